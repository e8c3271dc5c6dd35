/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* A QEMU that does not listen, or is gone, costs nothing. What arrives at one that does is judged in input-keyboard.c,
 * input-mouse.c and input-touch.c. */
#include "input-fixture.h"

#include "dbus/connection.h"

#include <linux/input-event-codes.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void
test_death (InputFixture *self, gconstpointer data)
{
  dio_keyboard_press (self->keyboard, KEY_B);
  fake_qemu_die (self->qemu);
  wait_until (g_dbus_connection_is_closed (self->qemu->client));
  g_assert_true (dio_keyboard_press (self->keyboard, KEY_A));
  g_assert_cmpuint (dio_keyboard_get_n_pressed (self->keyboard), ==, 1);
  dio_keyboard_sync_locks (self->keyboard, DIO_LOCK_CAPS, DIO_LOCK_CAPS);
  dio_keyboard_release_all (self->keyboard);
  g_assert_cmpuint (dio_keyboard_get_n_pressed (self->keyboard), ==, 0);
  dio_mouse_set_position (self->mouse, 1, 1);
  dio_mouse_press (self->mouse, DIO_MOUSE_LEFT);
  dio_mouse_scroll (self->mouse, 32, 32);
  dio_mouse_release_all (self->mouse);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* A QEMU that has stopped reading. */

static gpointer
run_authentication (gpointer data)
{
  return GINT_TO_POINTER (fake_qemu_authenticate (GPOINTER_TO_INT (data)));
}

static void
on_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static void
test_stalled (gconstpointer interfaces)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GDBusConnection) connection = NULL;
  g_autoptr (GError) error = NULL;
  DioKeyboard *keyboard;
  DioMouse *mouse;
  DioTouchSlots *slots;
  DioTouch *touch;
  int fds[2];
  gsize rss;
  GThread *thread;

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  thread = g_thread_new ("server", run_authentication, GINT_TO_POINTER (fds[0]));
  dio_dbus_connect_peer_async (fds[1], NULL, on_result, &result);
  wait_until (result);
  g_assert_true (GPOINTER_TO_INT (g_thread_join (thread)));
  connection = dio_dbus_connect_peer_finish (result, &error);
  g_assert_no_error (error);
  keyboard = dio_keyboard_new (connection, NULL, INPUT_PATH);
  mouse = dio_mouse_new (connection, NULL, INPUT_PATH, interfaces);
  slots = dio_touch_slots_new ();
  touch = dio_touch_new (connection, NULL, INPUT_PATH, interfaces, slots);

  rss = test_get_rss ();
  for (guint i = 0; i < 200000; i++)
    {
      dio_mouse_set_position (mouse, i % 1000, 5);
      dio_mouse_move (mouse, 1, 1);
      dio_touch_begin (touch, &fds, i % 999, 5);
      if (i % 10 == 0)
        dio_mouse_scroll (mouse, 0, 32);
      if (i % 10 == 5)
        {
          dio_mouse_press (mouse, DIO_MOUSE_LEFT);
          dio_mouse_release (mouse, DIO_MOUSE_LEFT);
          dio_keyboard_press (keyboard, KEY_A);
          dio_keyboard_release (keyboard, KEY_A);
          dio_touch_end (touch, &fds);
        }
      if (i % 1000 == 0)
        test_run_for (1);
    }
  g_test_message ("memory +%" G_GSIZE_FORMAT " KiB", (test_get_rss () - MIN (rss, test_get_rss ())) / 1024);
  g_assert_cmpuint (test_get_rss (), <, rss + (g_getenv ("DIORAMA_TEST_SANITIZED") ? 400u : 8u) * 1024 * 1024);
  /* What is down stays to be lifted. */
  g_assert_cmpuint (dio_keyboard_get_n_pressed (keyboard), ==, 0);
  g_object_unref (keyboard);
  g_object_unref (mouse);
  g_object_unref (touch);
  g_object_unref (slots);
  close (fds[0]);
  wait_until (g_dbus_connection_is_closed (connection));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add ("/input/death", InputFixture, NULL, input_set_up, test_death, input_tear_down);
  g_test_add ("/input/death/fine", InputFixture, our_interfaces, input_set_up, test_death, input_tear_down);
  g_test_add_data_func ("/input/stalled", NULL, test_stalled);
  g_test_add_data_func ("/input/stalled/fine", our_interfaces, test_stalled);
  return g_test_run ();
}
