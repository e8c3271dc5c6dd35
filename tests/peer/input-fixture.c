/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "input-fixture.h"

#define STOCK "org.qemu.Display1.Keyboard", "org.qemu.Display1.Mouse", "org.qemu.Display1.MultiTouch"

const char *const stock_interfaces[] = { STOCK, NULL };
const char *const our_interfaces[] = { STOCK, "app.diorama.Display1.Input", NULL };

void
input_set_up (InputFixture *self, gconstpointer interfaces)
{
  GDBusConnection *client;

  self->qemu = fake_qemu_new (FAKE_QEMU_HONEST);
  client = self->qemu->client;
  self->slots = dio_touch_slots_new ();
  self->keyboard = dio_keyboard_new (client, NULL, INPUT_PATH);
  self->mouse = dio_mouse_new (client, NULL, INPUT_PATH, interfaces);
  self->touch = dio_touch_new (client, NULL, INPUT_PATH, interfaces, self->slots);
  wait_until (dio_mouse_get_is_absolute (self->mouse) && dio_keyboard_get_locks_known (self->keyboard));
}

void
input_tear_down (InputFixture *self, gconstpointer interfaces)
{
  g_assert_finalize_object (self->keyboard);
  g_assert_finalize_object (self->mouse);
  g_assert_finalize_object (self->touch);
  g_assert_finalize_object (self->slots);
  fake_qemu_free (self->qemu);
}
