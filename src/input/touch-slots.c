/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "input/touch-slots.h"

struct _DioTouchSlots
{
  GObject parent_instance;

  guint taken; /* bit per slot */
};

G_DEFINE_FINAL_TYPE (DioTouchSlots, dio_touch_slots, G_TYPE_OBJECT)

int
dio_touch_slots_take (DioTouchSlots *self)
{
  g_return_val_if_fail (DIO_IS_TOUCH_SLOTS (self), -1);

  for (int slot = 0; slot < DIO_TOUCH_MAX_FINGERS; slot++)
    if (!(self->taken & 1u << slot))
      {
        self->taken |= 1u << slot;
        return slot;
      }
  return -1;
}

void
dio_touch_slots_give_back (DioTouchSlots *self, int slot)
{
  g_return_if_fail (DIO_IS_TOUCH_SLOTS (self));
  g_return_if_fail (slot >= 0 && slot < DIO_TOUCH_MAX_FINGERS && self->taken & 1u << slot);

  self->taken &= ~(1u << slot);
}

static void
dio_touch_slots_class_init (DioTouchSlotsClass *klass)
{
}

static void
dio_touch_slots_init (DioTouchSlots *self)
{
}

DioTouchSlots *
dio_touch_slots_new (void)
{
  return g_object_new (DIO_TYPE_TOUCH_SLOTS, NULL);
}
