/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* Pointer, buttons and wheels arrive at QEMU exactly as they were moved. */
#include "input-fixture.h"

#include <math.h>

static void
test_buttons (InputFixture *self, gconstpointer data)
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
}

/* Motion is thinned out to what QEMU keeps up with; a click lands where the pointer was. */
static void
test_motion (InputFixture *self, gconstpointer data)
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
test_held (InputFixture *self, gconstpointer data)
{
  g_assert_false (dio_mouse_set_held (self->mouse, TRUE));
  for (guint i = 0; i < 1000; i++)
    dio_mouse_set_position (self->mouse, i, 7);
  assert_log (self, "");
  g_assert_true (dio_mouse_set_held (self->mouse, FALSE));
  g_assert_false (dio_mouse_set_held (self->mouse, TRUE));
  assert_log (self, "position 999 7\n");

  dio_mouse_set_position (self->mouse, 3, 4);
  dio_mouse_press (self->mouse, DIO_MOUSE_LEFT);
  dio_mouse_release (self->mouse, DIO_MOUSE_LEFT);
  assert_log (self, "position 3 4\nbutton 0 down\nbutton 0 up\n");
  dio_mouse_set_position (self->mouse, 5, 6);
  dio_mouse_scroll (self->mouse, 0, 1);
  dio_mouse_set_position (self->mouse, 7, 8);
  assert_log (self, "position 5 6\nbutton 4 down\nbutton 4 up\n");
  g_assert_true (dio_mouse_set_held (self->mouse, FALSE));
  assert_log (self, "position 7 8\n");
}

/* What was on its way already, before QEMU fell behind, goes on. */
static void
test_held_pending (InputFixture *self, gconstpointer data)
{
  fake_input_set_stalls (&self->qemu->input, TRUE);
  dio_mouse_set_position (self->mouse, 1, 1);
  dio_mouse_set_position (self->mouse, 2, 2);
  dio_mouse_set_held (self->mouse, TRUE);
  dio_mouse_set_position (self->mouse, 3, 3);
  fake_input_set_stalls (&self->qemu->input, FALSE);
  assert_log (self, "position 1 1\nposition 2 2\n");
  dio_mouse_set_held (self->mouse, FALSE);
  assert_log (self, "position 3 3\n");

  dio_qemu_mouse_set_is_absolute (self->qemu->consoles[0].mouse, FALSE);
  wait_until (!dio_mouse_get_is_absolute (self->mouse));
  fake_input_set_stalls (&self->qemu->input, TRUE);
  dio_mouse_move (self->mouse, 1, 1);
  dio_mouse_set_held (self->mouse, TRUE);
  dio_mouse_move (self->mouse, 2, 2);
  fake_input_set_stalls (&self->qemu->input, FALSE);
  assert_log (self, "motion 1 1\n");
}

static void
test_held_relative (InputFixture *self, gconstpointer data)
{
  dio_qemu_mouse_set_is_absolute (self->qemu->consoles[0].mouse, FALSE);
  wait_until (!dio_mouse_get_is_absolute (self->mouse));
  dio_mouse_move (self->mouse, 1, 1);
  dio_mouse_set_held (self->mouse, TRUE);
  for (guint i = 0; i < 100; i++)
    dio_mouse_move (self->mouse, 3, -2);
  assert_log (self, "motion 1 1\n");
  dio_mouse_press (self->mouse, DIO_MOUSE_LEFT);
  dio_mouse_move (self->mouse, 5, 5);
  assert_log (self, "motion 300 -200\nbutton 0 down\n");
  dio_mouse_flush (self->mouse);
  dio_mouse_flush (self->mouse);
  assert_log (self, "motion 5 5\n");
  g_assert_false (dio_mouse_set_held (self->mouse, FALSE));
}

static void
test_relative (InputFixture *self, gconstpointer data)
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

/* A thousand motions a second for five seconds, with clicks among them, while QEMU does something else. */
static void
test_stalled (InputFixture *self, gconstpointer data)
{
  guint n_down;

  fake_input_set_stalls (&self->qemu->input, TRUE);
  for (guint i = 1; i <= 5000; i++)
    {
      dio_mouse_set_position (self->mouse, i, 9);
      if (i % 4 == 0)
        dio_mouse_press (self->mouse, DIO_MOUSE_RIGHT);
      if (i % 4 == 2)
        dio_mouse_release (self->mouse, DIO_MOUSE_RIGHT);
      if (i % 16 == 0)
        dio_mouse_scroll (self->mouse, 0.5, -1);
    }
  input_settle (self);
  g_assert_cmpuint (g_queue_get_length (&self->qemu->input.held), <=, 2 * MAX_SENT + 1);
  fake_input_set_stalls (&self->qemu->input, FALSE);
  input_settle (self);
  g_assert_nonnull (strstr (self->qemu->log->str, "position 5000 9\n"));
  n_down = input_count (self, "button 2 down\n");
  g_assert_cmpuint (n_down, >, 10);
  g_assert_cmpuint (n_down, ==, input_count (self, "button 2 up\n"));
}

/* However far QEMU is behind, a drag ends where it ends. */
static void
test_drag_ends (InputFixture *self, gconstpointer data)
{
  dio_mouse_press (self->mouse, DIO_MOUSE_LEFT);
  input_settle (self);
  fake_input_set_stalls (&self->qemu->input, TRUE);
  for (guint i = 0; i < 5000; i++)
    dio_mouse_send_button (self->mouse, DIO_MOUSE_EXTRA, TRUE);
  input_settle (self);
  g_assert_cmpuint (g_queue_get_length (&self->qemu->input.held), ==, MAX_SENT);
  dio_mouse_set_position (self->mouse, 5, 6);
  dio_mouse_release (self->mouse, DIO_MOUSE_LEFT);
  fake_input_set_stalls (&self->qemu->input, FALSE);
  input_settle (self);
  g_assert_true (g_str_has_suffix (self->qemu->log->str, "button 6 down\nposition 5 6\nbutton 0 up\n"));
}

/* QEMU drops what is lifted while the machine stands still. */
static void
test_suspend (InputFixture *self, gconstpointer data)
{
  dio_mouse_resume (self->mouse);
  dio_mouse_press (self->mouse, DIO_MOUSE_RIGHT);
  assert_log (self, "button 2 down\n");
  dio_mouse_suspend (self->mouse);
  dio_mouse_suspend (self->mouse);
  assert_log (self, "button 2 up\n");
  dio_mouse_press (self->mouse, DIO_MOUSE_LEFT);
  dio_mouse_resume (self->mouse);
  assert_log (self, "button 0 down\nbutton 1 up\nbutton 2 up\nbutton 5 up\nbutton 6 up\n");
  dio_mouse_resume (self->mouse);
  assert_log (self, "");
}

/* The last way of a pointer that has no position, too. */
static void
test_stalled_relative (InputFixture *self, gconstpointer data)
{
  gint64 x = 0;

  dio_qemu_mouse_set_is_absolute (self->qemu->consoles[0].mouse, FALSE);
  wait_until (!dio_mouse_get_is_absolute (self->mouse));
  fake_input_set_stalls (&self->qemu->input, TRUE);
  for (guint i = 1; i <= 5000; i++)
    {
      dio_mouse_move (self->mouse, 1, 0);
      dio_mouse_press (self->mouse, DIO_MOUSE_RIGHT);
      dio_mouse_release (self->mouse, DIO_MOUSE_RIGHT);
    }
  fake_input_set_stalls (&self->qemu->input, FALSE);
  input_settle (self);
  for (const char *line = self->qemu->log->str; (line = strstr (line, "motion ")); line++)
    x += g_ascii_strtoll (line + strlen ("motion "), NULL, 10);
  g_assert_cmpint (x, ==, 5000);
}

/* --- wheels that are buttons --- */

#define CLICK(button) "button " #button " down\nbutton " #button " up\n"

static void
test_clicks (InputFixture *self, gconstpointer data)
{
  dio_mouse_scroll (self->mouse, 0, 2);
  assert_log (self, CLICK (4) CLICK (4));
  dio_mouse_scroll (self->mouse, 0, -1);
  dio_mouse_scroll (self->mouse, 0, 0);
  assert_log (self, CLICK (3));
  dio_mouse_scroll (self->mouse, -1, 0);
  assert_log (self, CLICK (7));
  dio_mouse_scroll (self->mouse, 2, 1);
  assert_log (self, CLICK (4) CLICK (8) CLICK (8));
  /* 120ths make clicks. */
  for (guint i = 0; i < 119; i++)
    dio_mouse_scroll (self->mouse, 0, 1 / 120.0);
  assert_log (self, "");
  dio_mouse_scroll (self->mouse, 0, 1 / 120.0);
  assert_log (self, CLICK (4));
  for (guint i = 0; i < 10; i++)
    dio_mouse_scroll (self->mouse, -0.1, 0);
  assert_log (self, CLICK (7));
}

/* Who turns the wheel back does not mean what was left of turning it. */
static void
test_turn_back (InputFixture *self, gconstpointer data)
{
  dio_mouse_scroll (self->mouse, 0.9, 0.9);
  dio_mouse_scroll (self->mouse, 0.05, -0.3);
  dio_mouse_scroll (self->mouse, 0, -0.6);
  assert_log (self, "");
  dio_mouse_scroll (self->mouse, 0.05, -0.1);
  assert_log (self, CLICK (3) CLICK (8));
  dio_mouse_scroll (self->mouse, 0.9, 0.9);
  dio_mouse_release_all (self->mouse);
  dio_mouse_scroll (self->mouse, 0.9, 0.9);
  assert_log (self, "");
}

static void
test_absurd (InputFixture *self, gconstpointer data)
{
  dio_mouse_scroll (self->mouse, NAN, INFINITY);
  dio_mouse_scroll (self->mouse, -INFINITY, 0);
  assert_log (self, "");
  dio_mouse_scroll (self->mouse, 0, 1e300);
  input_settle (self);
  g_assert_cmpuint (input_count (self, CLICK (4)), ==, 32);
  g_assert_cmpuint (input_count (self, "\n"), ==, 64);
}

/* What is turned while QEMU does not answer adds up, and comes before the button that follows. */
static void
test_clicks_wait (InputFixture *self, gconstpointer data)
{
  fake_input_set_stalls (&self->qemu->input, TRUE);
  dio_mouse_set_position (self->mouse, 1, 1);
  for (guint i = 0; i < 5; i++)
    dio_mouse_scroll (self->mouse, 0, 1);
  dio_mouse_scroll (self->mouse, 0, -2);
  input_settle (self);
  g_assert_cmpuint (g_queue_get_length (&self->qemu->input.held), ==, 1);
  fake_input_set_stalls (&self->qemu->input, FALSE);
  assert_log (self, "position 1 1\n" CLICK (4) CLICK (4) CLICK (4));

  fake_input_set_stalls (&self->qemu->input, TRUE);
  dio_mouse_set_position (self->mouse, 2, 2);
  for (guint i = 0; i < 1000; i++)
    dio_mouse_scroll (self->mouse, -1, 0);
  dio_mouse_set_position (self->mouse, 3, 3);
  dio_mouse_press (self->mouse, DIO_MOUSE_LEFT);
  fake_input_set_stalls (&self->qemu->input, FALSE);
  input_settle (self);
  g_assert_cmpuint (input_count (self, CLICK (7)), ==, 32);
  g_assert_true (g_str_has_prefix (self->qemu->log->str, "position 2 2\nposition 3 3\nbutton 7 down\n"));
  g_assert_true (g_str_has_suffix (self->qemu->log->str, "button 7 up\nbutton 0 down\n"));
}

/* --- wheels of our own QEMU --- */

static void
test_fine (InputFixture *self, gconstpointer data)
{
  dio_mouse_scroll (self->mouse, 0, 1);
  assert_log (self, "scroll 120 0\n");
  dio_mouse_scroll (self->mouse, -0.5, 1 / 3.0);
  assert_log (self, "scroll 40 -60\n");
  /* Less than a part waits; a thousand of 0.7 parts are 700. */
  dio_mouse_scroll (self->mouse, 0, 0.7 / 120);
  assert_log (self, "");
  for (guint i = 1; i < 1000; i++)
    dio_mouse_scroll (self->mouse, 0, 0.7 / 120);
  assert_log (self, "scroll 1 0\nscroll 699 0\n");
  dio_mouse_scroll (self->mouse, 0, 0.7 / 120);
  dio_mouse_scroll (self->mouse, 0, -0.7 / 120);
  assert_log (self, "");
  dio_mouse_scroll (self->mouse, 0, -0.3 / 120);
  assert_log (self, "scroll -1 0\n");
}

static void
test_fine_waits (InputFixture *self, gconstpointer data)
{
  fake_input_set_stalls (&self->qemu->input, TRUE);
  dio_mouse_scroll (self->mouse, 1, 1);
  for (guint i = 0; i < 10; i++)
    dio_mouse_scroll (self->mouse, 0.25, -0.25);
  input_settle (self);
  g_assert_cmpuint (g_queue_get_length (&self->qemu->input.held), ==, 1);
  fake_input_set_stalls (&self->qemu->input, FALSE);
  assert_log (self, "scroll 120 120\nscroll -300 300\n");

  /* It lands where the pointer is, and the button after it. */
  fake_input_set_stalls (&self->qemu->input, TRUE);
  dio_mouse_set_position (self->mouse, 1, 1);
  dio_mouse_set_position (self->mouse, 2, 2);
  dio_mouse_scroll (self->mouse, 0, 1);
  for (guint i = 0; i < 1000; i++)
    dio_mouse_scroll (self->mouse, 1e9, -1e9);
  dio_mouse_press (self->mouse, DIO_MOUSE_LEFT);
  dio_mouse_scroll (self->mouse, 0, 0.5);
  dio_mouse_release (self->mouse, DIO_MOUSE_LEFT);
  dio_mouse_scroll (self->mouse, 0, 0.5);
  dio_mouse_release_all (self->mouse);
  fake_input_set_stalls (&self->qemu->input, FALSE);
  assert_log (self, "position 1 1\nposition 2 2\nscroll 120 0\nscroll -3840 3840\nbutton 0 down\nscroll 60 0\n"
                    "button 0 up\n");
}

static void
test_fine_errors (InputFixture *self, gconstpointer data)
{
  self->qemu->input.fails = TRUE;
  dio_mouse_scroll (self->mouse, 0, 1);
  dio_mouse_scroll (self->mouse, 0, 1);
  dio_mouse_press (self->mouse, DIO_MOUSE_LEFT);
  dio_mouse_release (self->mouse, DIO_MOUSE_LEFT);
  assert_log (self, "scroll 120 0\nscroll 120 0\nbutton 0 down\nbutton 0 up\n");
  dio_mouse_scroll (self->mouse, 0, -1);
  assert_log (self, "scroll -120 0\n");
}

/* --- another way --- */

static void
route_position (guint x, guint y, DioMouse *mouse, gpointer user_data)
{
  g_string_append_printf (user_data, "to %u %u\n", x, y);
}

static gboolean
route_button (guint button, gboolean down, gpointer user_data)
{
  g_string_append_printf (user_data, "%s %u\n", down ? "press" : "release", button);
  return TRUE;
}

static void
test_route (InputFixture *self, gconstpointer data)
{
  static const DioMouseRoute route = { route_position, route_button };
  g_autoptr (GString) routed = g_string_new (NULL);

  dio_mouse_set_route (self->mouse, &route, routed);
  dio_mouse_set_position (self->mouse, 5, 6);
  dio_mouse_scroll (self->mouse, -1, 1);
  dio_mouse_press (self->mouse, DIO_MOUSE_LEFT);
  dio_mouse_release_all (self->mouse);
  assert_log (self, "");
  g_assert_cmpstr (routed->str, ==, "to 5 6\npress 4\nrelease 4\npress 7\nrelease 7\npress 0\nrelease 0\n");
}

/* Parts of clicks cannot be said in another way; they come after the position all the same. */
static void
test_route_fine (InputFixture *self, gconstpointer data)
{
  static const DioMouseRoute route = { route_position, route_button };
  g_autoptr (GString) routed = g_string_new (NULL);

  dio_mouse_set_route (self->mouse, &route, routed);
  dio_mouse_set_held (self->mouse, TRUE);
  dio_mouse_set_position (self->mouse, 5, 6);
  dio_mouse_scroll (self->mouse, -1, 1);
  g_assert_cmpstr (routed->str, ==, "to 5 6\n");
  assert_log (self, "scroll 120 -120\n");
  g_assert_cmpstr (routed->str, ==, "to 5 6\n");
}

#define TEST(name, interfaces)                                                                                         \
  g_test_add ("/input/mouse/" #name, InputFixture, interfaces, input_set_up, test_##name, input_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  TEST (buttons, NULL);
  TEST (motion, NULL);
  TEST (held, NULL);
  TEST (held_pending, NULL);
  TEST (held_relative, NULL);
  TEST (relative, NULL);
  TEST (stalled, NULL);
  TEST (stalled_relative, NULL);
  TEST (drag_ends, NULL);
  TEST (suspend, NULL);
  g_test_add ("/input/mouse/stalled/fine", InputFixture, our_interfaces, input_set_up, test_stalled, input_tear_down);
  TEST (clicks, stock_interfaces);
  TEST (turn_back, stock_interfaces);
  TEST (absurd, stock_interfaces);
  TEST (clicks_wait, stock_interfaces);
  TEST (fine, our_interfaces);
  TEST (fine_waits, our_interfaces);
  TEST (fine_errors, our_interfaces);
  TEST (route, stock_interfaces);
  TEST (route_fine, our_interfaces);
  return g_test_run ();
}
