/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* Keys, pointer and wheel arrive at QEMU exactly as they were sent; a QEMU that does not listen costs nothing. */
#include "fake-qemu.h"

#include "dbus/connection.h"
#include "input/keyboard.h"
#include "input/mouse.h"

#include <linux/input-event-codes.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATH "/org/qemu/Display1/Console_0"

typedef struct
{
  FakeQemu *qemu;
  DioKeyboard *keyboard;
  DioMouse *mouse;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->qemu = fake_qemu_new (FAKE_QEMU_HONEST);
  self->keyboard = dio_keyboard_new (self->qemu->client, NULL, PATH);
  self->mouse = dio_mouse_new (self->qemu->client, NULL, PATH, NULL);
  wait_until (dio_mouse_get_is_absolute (self->mouse));
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_assert_finalize_object (self->keyboard);
  g_assert_finalize_object (self->mouse);
  fake_qemu_free (self->qemu);
}

#define assert_log(self, expected)                                                                                     \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    wait_until ((self)->qemu->log->len >= strlen (expected));                                                          \
    test_run_for (5);                                                                                                  \
    g_assert_cmpstr ((self)->qemu->log->str, ==, expected);                                                            \
    g_string_set_size ((self)->qemu->log, 0);                                                                          \
  }                                                                                                                    \
  G_STMT_END

static void
test_keys (Fixture *self, gconstpointer data)
{
  g_assert_true (dio_keyboard_press (self->keyboard, KEY_A));
  g_assert_true (dio_keyboard_press (self->keyboard, KEY_A)); /* a repeat */
  g_assert_cmpuint (dio_keyboard_get_n_pressed (self->keyboard), ==, 1);
  g_assert_true (dio_keyboard_press (self->keyboard, KEY_RIGHTCTRL));
  g_assert_true (dio_keyboard_release (self->keyboard, KEY_A));
  g_assert_true (dio_keyboard_release (self->keyboard, KEY_A));
  g_assert_true (dio_keyboard_release (self->keyboard, KEY_RIGHTCTRL));
  g_assert_cmpuint (dio_keyboard_get_n_pressed (self->keyboard), ==, 0);
  assert_log (self, "key 30 down\nkey 157 down\nkey 30 up\nkey 157 up\n");
  g_assert_false (dio_keyboard_press (self->keyboard, KEY_UNKNOWN));
  g_assert_false (dio_keyboard_press (self->keyboard, 0));
  g_assert_false (dio_keyboard_press (self->keyboard, G_MAXUINT));
  g_assert_false (dio_keyboard_release (self->keyboard, BTN_LEFT));
}

static void
test_release_all (Fixture *self, gconstpointer data)
{
  dio_keyboard_press (self->keyboard, KEY_LEFTALT);
  dio_keyboard_press (self->keyboard, KEY_TAB);
  dio_keyboard_release_all (self->keyboard);
  dio_keyboard_release_all (self->keyboard);
  g_assert_cmpuint (dio_keyboard_get_n_pressed (self->keyboard), ==, 0);
  assert_log (self, "key 56 down\nkey 15 down\nkey 15 up\nkey 56 up\n");
}

static void
test_combination (Fixture *self, gconstpointer data)
{
  const guint keys[] = { KEY_LEFTCTRL, KEY_LEFTALT, KEY_DELETE };

  dio_keyboard_press (self->keyboard, KEY_LEFTALT);
  dio_keyboard_send_combination (self->keyboard, keys, G_N_ELEMENTS (keys));
  g_assert_cmpuint (dio_keyboard_get_n_pressed (self->keyboard), ==, 1);
  assert_log (self, "key 56 down\nkey 29 down\nkey 211 down\nkey 211 up\nkey 29 up\n");
}

/* Ten thousand keys at once: in order, and none that is down for ever. */
static void
test_many_keys (Fixture *self, gconstpointer data)
{
  guint n_down = 0, n_up = 0;

  for (guint i = 0; i < 10000; i++)
    {
      dio_keyboard_press (self->keyboard, KEY_A);
      dio_keyboard_release (self->keyboard, KEY_A);
    }
  dio_keyboard_press (self->keyboard, KEY_B);
  test_run_for (200);
  for (const char *line = self->qemu->log->str; *line; line = strchr (line, '\n') + 1)
    {
      n_down += g_str_has_prefix (line, "key 30 down");
      n_up += g_str_has_prefix (line, "key 30 up");
      g_assert_cmpuint (n_down - n_up, <=, 1);
    }
  g_assert_cmpuint (n_down, ==, n_up);
  g_assert_cmpuint (n_down, >=, 200);
}

static void
test_buttons (Fixture *self, gconstpointer data)
{
  dio_mouse_set_position (self->mouse, 10, 20);
  dio_mouse_press (self->mouse, DIO_MOUSE_LEFT);
  dio_mouse_release (self->mouse, DIO_MOUSE_LEFT);
  dio_mouse_release (self->mouse, DIO_MOUSE_LEFT);
  dio_mouse_press (self->mouse, DIO_MOUSE_SIDE);
  dio_mouse_press (self->mouse, DIO_MOUSE_MIDDLE);
  dio_mouse_release_all (self->mouse);
  assert_log (self,
              "position 10 20\nbutton 0 down\nbutton 0 up\nbutton 5 down\nbutton 1 down\nbutton 1 up\nbutton 5 up\n");
  dio_mouse_scroll (self->mouse, 0, 2);
  dio_mouse_scroll (self->mouse, 0, -1);
  dio_mouse_scroll (self->mouse, 0, 0);
  assert_log (self, "button 4 down\nbutton 4 up\nbutton 4 down\nbutton 4 up\nbutton 3 down\nbutton 3 up\n");
}

/* Motion is thinned out to what QEMU keeps up with; a click lands where the pointer was. */
static void
test_motion (Fixture *self, gconstpointer data)
{
  for (guint i = 0; i < 1000; i++)
    dio_mouse_set_position (self->mouse, i, 7);
  dio_mouse_press (self->mouse, DIO_MOUSE_LEFT);
  for (guint i = 0; i < 1000; i++)
    dio_mouse_set_position (self->mouse, 2000 + i, 7);
  dio_mouse_release (self->mouse, DIO_MOUSE_LEFT);
  for (guint i = 0; i < 1000; i++)
    dio_mouse_set_position (self->mouse, 4000 + i, 7);
  assert_log (self, "position 0 7\nposition 999 7\nbutton 0 down\nposition 2999 7\nbutton 0 up\nposition 4999 7\n");
}

static void
test_relative (Fixture *self, gconstpointer data)
{
  dio_qemu_mouse_set_is_absolute (self->qemu->consoles[0].mouse, FALSE);
  wait_until (!dio_mouse_get_is_absolute (self->mouse));
  for (guint i = 0; i < 100; i++)
    dio_mouse_move (self->mouse, 3, -2);
  assert_log (self, "motion 3 -2\nmotion 297 -198\n");
  dio_mouse_move (self->mouse, G_MAXINT, G_MININT);
  dio_mouse_move (self->mouse, G_MAXINT, G_MININT);
  dio_mouse_move (self->mouse, G_MAXINT, G_MININT);
  assert_log (self, "motion 2147483647 -2147483648\nmotion 2147483647 -2147483648\n");
}

static void
test_death (Fixture *self, gconstpointer data)
{
  fake_qemu_die (self->qemu);
  wait_until (g_dbus_connection_is_closed (self->qemu->client));
  dio_keyboard_press (self->keyboard, KEY_A);
  dio_keyboard_release_all (self->keyboard);
  dio_mouse_set_position (self->mouse, 1, 1);
  dio_mouse_press (self->mouse, DIO_MOUSE_LEFT);
  dio_mouse_scroll (self->mouse, 0, 32);
  test_run_for (20);
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
test_stalled (void)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GDBusConnection) connection = NULL;
  g_autoptr (GError) error = NULL;
  DioKeyboard *keyboard;
  DioMouse *mouse;
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
  keyboard = dio_keyboard_new (connection, NULL, PATH);
  mouse = dio_mouse_new (connection, NULL, PATH, NULL);

  rss = test_get_rss ();
  for (guint i = 0; i < 200000; i++)
    {
      dio_mouse_set_position (mouse, i % 1000, 5);
      dio_mouse_move (mouse, 1, 1);
      if (i % 10 == 0)
        dio_mouse_scroll (mouse, 0, 32);
      if (i % 10 == 5)
        {
          dio_mouse_press (mouse, DIO_MOUSE_LEFT);
          dio_mouse_release (mouse, DIO_MOUSE_LEFT);
          dio_keyboard_press (keyboard, KEY_A);
          dio_keyboard_release (keyboard, KEY_A);
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
  close (fds[0]);
  wait_until (g_dbus_connection_is_closed (connection));
}

#define TEST(name) g_test_add ("/input/" #name, Fixture, NULL, set_up, test_##name, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  TEST (keys);
  TEST (release_all);
  TEST (combination);
  TEST (many_keys);
  TEST (buttons);
  TEST (motion);
  TEST (relative);
  TEST (death);
  g_test_add_func ("/input/stalled", test_stalled);
  return g_test_run ();
}
