/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/guest-resizer.h"

/* Modes are slow to set; a window that is being dragged would ask for one a frame. */
#define DELAY_MS 150

typedef struct
{
  int width;
  int height;
  int width_mm;
  int height_mm;
} Size;

struct _DioGuestResizer
{
  GObject parent_instance;

  DioConsole *console;
  gboolean enabled;
  Size wish;
  Size asked; /* width 0: nothing yet */
  guint timeout_id;
};

G_DEFINE_FINAL_TYPE (DioGuestResizer, dio_guest_resizer, G_TYPE_OBJECT)

/* On a monitor of another density, guests choose another scale for the same number of pixels. */
static gboolean
is_same (const Size *a, const Size *b)
{
  return a->width == b->width && a->height == b->height && a->width_mm == b->width_mm && a->height_mm == b->height_mm;
}

static void
ask (DioGuestResizer *self)
{
  self->asked = self->wish;
  dio_console_set_ui_info (self->console, self->wish.width, self->wish.height, self->wish.width_mm,
                           self->wish.height_mm);
}

static void
on_settled (gpointer user_data)
{
  DioGuestResizer *self = user_data;

  self->timeout_id = 0;
  ask (self);
}

static void
reconsider (DioGuestResizer *self)
{
  /* A further screen is plugged in by telling its size, if only once. */
  gboolean must_ask = self->console && self->asked.width == 0 && dio_console_get_head (self->console) > 0;

  g_clear_handle_id (&self->timeout_id, g_source_remove);
  if (!self->console || !(self->enabled || must_ask) || self->wish.width < DIO_CONSOLE_MIN_WIDTH ||
      self->wish.height < DIO_CONSOLE_MIN_HEIGHT)
    return;

  if (self->asked.width == 0)
    ask (self);
  else if (!is_same (&self->asked, &self->wish))
    self->timeout_id = g_timeout_add_once (DELAY_MS, on_settled, self);
}

void
dio_guest_resizer_set_console (DioGuestResizer *self, DioConsole *console)
{
  g_set_object (&self->console, console);
  self->asked = (Size) { 0 };
  reconsider (self);
}

void
dio_guest_resizer_set_enabled (DioGuestResizer *self, gboolean enabled)
{
  if (self->enabled == enabled)
    return;
  self->enabled = enabled;
  /* Whatever the guest did meanwhile, it is told again. */
  self->asked = (Size) { 0 };
  reconsider (self);
}

void
dio_guest_resizer_update (DioGuestResizer *self, int width, int height, int width_mm, int height_mm)
{
  Size wish = { width, height, width_mm, height_mm };

  if (is_same (&self->wish, &wish))
    return;
  self->wish = wish;
  reconsider (self);
}

static void
dio_guest_resizer_dispose (GObject *object)
{
  DioGuestResizer *self = DIO_GUEST_RESIZER (object);

  g_clear_handle_id (&self->timeout_id, g_source_remove);
  g_clear_object (&self->console);
  G_OBJECT_CLASS (dio_guest_resizer_parent_class)->dispose (object);
}

static void
dio_guest_resizer_class_init (DioGuestResizerClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dio_guest_resizer_dispose;
}

static void
dio_guest_resizer_init (DioGuestResizer *self)
{
}

DioGuestResizer *
dio_guest_resizer_new (void)
{
  return g_object_new (DIO_TYPE_GUEST_RESIZER, NULL);
}
