/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "input-fixture.h"

#define STOCK "org.qemu.Display1.Keyboard", "org.qemu.Display1.Mouse", "org.qemu.Display1.MultiTouch"
/* Answers that make something else be sent: no device has more to say than this many times. */
#define MAX_ROUNDS 1000
/* Answers and questions change threads on their way. */
#define QUIET_ROUNDS 4

const char *const stock_interfaces[] = { STOCK, NULL };
const char *const our_interfaces[] = { STOCK, "app.diorama.Display1.Input", NULL };
const char *const old_interfaces[] = { "org.qemu.Display1.Keyboard", "org.qemu.Display1.Mouse", NULL };

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

static void
on_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GVariant) answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);

  *(gboolean *) user_data = TRUE;
}

/* Messages keep their order, so what was sent before a question has been got when that is answered. */
void
input_settle (InputFixture *self)
{
  guint n_quiet = 0;

  for (guint i = 0; i < MAX_ROUNDS && n_quiet < QUIET_ROUNDS; i++)
    {
      gsize before = self->qemu->log->len;
      gboolean answered = FALSE;

      g_dbus_connection_call (self->qemu->client, NULL, INPUT_PATH, "org.freedesktop.DBus.Properties", "Get",
                              g_variant_new ("(ss)", "org.qemu.Display1.Keyboard", "Modifiers"), NULL,
                              G_DBUS_CALL_FLAGS_NONE, -1, NULL, on_answered, &answered);
      wait_until (answered);
      while (g_main_context_iteration (NULL, FALSE))
        ;
      n_quiet = self->qemu->log->len == before ? n_quiet + 1 : 0;
    }
  if (n_quiet < QUIET_ROUNDS)
    g_error ("it does not come to rest: %s", self->qemu->log->str);
}

guint
input_count (InputFixture *self, const char *needle)
{
  guint n = 0;

  for (const char *at = self->qemu->log->str; (at = strstr (at, needle)); at += strlen (needle))
    n++;
  return n;
}
