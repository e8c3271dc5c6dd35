/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* Fingers arrive at QEMU, each in a slot of its own, and are lifted. */
#include "input-fixture.h"

#include <math.h>

#define NAME(i) GUINT_TO_POINTER ((i) + 1)

static void
test_fingers (InputFixture *self, gconstpointer data)
{
  g_assert_true (dio_touch_begin (self->touch, NAME (0), 1.5, 2));
  g_assert_true (dio_touch_begin (self->touch, NAME (1), 3, 4));
  assert_log (self, "touch 0 0 1.5 2\ntouch 0 1 3 4\n");
  dio_touch_move (self->touch, NAME (0), 5, 6);
  dio_touch_move (self->touch, NAME (1), 7, 8);
  dio_touch_move (self->touch, NAME (1), 9, 10);
  assert_log (self, "touch 1 0 5 6\ntouch 1 1 9 10\n");
  dio_touch_end (self->touch, NAME (0));
  dio_touch_end (self->touch, NAME (0));
  dio_touch_move (self->touch, NAME (0), 1, 1);
  /* The lowest free one. */
  g_assert_true (dio_touch_begin (self->touch, NAME (2), 0, 0));
  assert_log (self, "touch 2 0 5 6\ntouch 0 0 0 0\n");
  dio_touch_move (self->touch, NAME (2), 1, 1);
  dio_touch_move (self->touch, NAME (2), 2, 2);
  dio_touch_release_all (self->touch);
  dio_touch_release_all (self->touch);
  assert_log (self, "touch 1 0 1 1\ntouch 1 0 2 2\ntouch 2 0 2 2\ntouch 2 1 9 10\n");
}

/* A second “begin” is a motion, one that stays where it is nothing; where no finger can be there is none. */
static void
test_odd (InputFixture *self, gconstpointer data)
{
  g_assert_true (dio_touch_begin (self->touch, NAME (0), -5, 1e300));
  g_assert_true (dio_touch_begin (self->touch, NAME (0), 7, 8));
  dio_touch_move (self->touch, NAME (0), 7, 8);
  dio_touch_move (self->touch, NAME (0), NAN, 8);
  dio_touch_move (self->touch, NAME (0), 7, INFINITY);
  g_assert_false (dio_touch_begin (self->touch, NAME (1), NAN, 0));
  assert_log (self, "touch 0 0 0 65535\ntouch 1 0 7 8\n");
  dio_touch_move (self->touch, NAME (0), 1e300, -1);
  assert_log (self, "touch 1 0 65535 0\n");
}

/* Ten at once, on two screens of one machine. */
static void
test_slots (InputFixture *self, gconstpointer data)
{
  DioTouch *other = dio_touch_new (self->qemu->client, NULL, "/org/qemu/Display1/Console_1", data, self->slots);

  for (guint i = 0; i < 10; i++)
    g_assert_true (dio_touch_begin (i % 2 ? other : self->touch, NAME (i), i, i));
  g_assert_false (dio_touch_begin (self->touch, NAME (10), 1, 1));
  g_assert_false (dio_touch_begin (other, NAME (10), 1, 1));
  dio_touch_move (other, NAME (10), 2, 2);
  dio_touch_end (other, NAME (10));
  input_settle (self);
  for (guint i = 0; i < 10; i++)
    {
      g_autofree char *line = g_strdup_printf ("touch 0 %u %u %u\n", i, i, i);

      g_assert_cmpuint (input_count (self, line), ==, 1);
    }
  g_assert_cmpuint (input_count (self, "\n"), ==, 10);
  g_string_set_size (self->qemu->log, 0);

  dio_touch_end (other, NAME (3));
  g_assert_true (dio_touch_begin (self->touch, NAME (10), 1, 1));
  assert_log (self, "touch 2 3 3 3\ntouch 0 3 1 1\n");
  /* A screen that is unplugged lifts its own. */
  g_assert_finalize_object (other);
  assert_log (self, "touch 2 1 1 1\ntouch 2 5 5 5\ntouch 2 7 7 7\ntouch 2 9 9 9\n");
  for (guint i = 11; i < 15; i++)
    g_assert_true (dio_touch_begin (self->touch, NAME (i), 0, 0));
  g_assert_false (dio_touch_begin (self->touch, NAME (15), 0, 0));
}

/* Ten fingers that move a thousand times while QEMU does something else: each is told once, where it is. */
static void
test_thinned (InputFixture *self, gconstpointer data)
{
  for (guint i = 0; i < 10; i++)
    dio_touch_begin (self->touch, NAME (i), i, 0);
  input_settle (self);
  g_string_set_size (self->qemu->log, 0);
  fake_input_set_stalls (&self->qemu->input, TRUE);
  for (guint step = 1; step <= 1000; step++)
    for (guint i = 0; i < 10; i++)
      dio_touch_move (self->touch, NAME (i), i, step);
  input_settle (self);
  g_assert_cmpuint (g_queue_get_length (&self->qemu->input.held), ==, 1);
  fake_input_set_stalls (&self->qemu->input, FALSE);
  /* The first one's first way was sent at once; then it is the next one's turn. */
  assert_log (self, "touch 1 0 0 1\ntouch 1 1 1 1000\ntouch 1 2 2 1000\ntouch 1 3 3 1000\ntouch 1 4 4 1000\n"
                    "touch 1 5 5 1000\ntouch 1 6 6 1000\ntouch 1 7 7 1000\ntouch 1 8 8 1000\ntouch 1 9 9 1000\n"
                    "touch 1 0 0 1000\n");
}

static void
test_every_point (InputFixture *self, gconstpointer data)
{
  dio_touch_set_every_point (self->touch, TRUE);
  dio_touch_begin (self->touch, NAME (0), 0, 0);
  for (guint i = 1; i <= 100; i++)
    dio_touch_move (self->touch, NAME (0), i, 7);
  input_settle (self);
  g_assert_cmpuint (input_count (self, "touch 1 0 "), ==, 100);
  g_string_set_size (self->qemu->log, 0);

  /* As long as QEMU keeps up. */
  fake_input_set_stalls (&self->qemu->input, TRUE);
  for (guint i = 1; i <= 5000; i++)
    dio_touch_move (self->touch, NAME (0), i, 8);
  input_settle (self);
  g_assert_cmpuint (g_queue_get_length (&self->qemu->input.held), ==, MAX_SENT);
  fake_input_set_stalls (&self->qemu->input, FALSE);
  input_settle (self);
  g_assert_cmpuint (input_count (self, "touch 1 0 "), ==, MAX_SENT + 1);
  g_assert_true (g_str_has_suffix (self->qemu->log->str, "touch 1 0 5000 8\n"));
}

/* However far QEMU is behind, what is down is lifted, where it was last. */
static void
test_ends_arrive (InputFixture *self, gconstpointer data)
{
  guint n = 0;

  dio_touch_begin (self->touch, NAME (9), 3, 3);
  input_settle (self);
  fake_input_set_stalls (&self->qemu->input, TRUE);
  while (dio_touch_begin (self->touch, NAME (0), 1, 1) && ++n < 5000)
    dio_touch_end (self->touch, NAME (0));
  g_assert_cmpuint (n, <=, MAX_SENT);
  dio_touch_move (self->touch, NAME (9), 5, 6);
  dio_touch_release_all (self->touch);
  fake_input_set_stalls (&self->qemu->input, FALSE);
  input_settle (self);
  g_assert_cmpuint (input_count (self, "touch 0 1 1 1\n"), ==, n);
  g_assert_cmpuint (input_count (self, "touch 2 1 1 1\n"), ==, n);
  g_assert_true (g_str_has_suffix (self->qemu->log->str, "touch 1 0 5 6\ntouch 2 0 5 6\n"));
  /* The slot of the one that was refused is free. */
  g_string_set_size (self->qemu->log, 0);
  g_assert_true (dio_touch_begin (self->touch, NAME (1), 0, 0));
  g_assert_true (dio_touch_begin (self->touch, NAME (2), 0, 0));
  assert_log (self, "touch 0 0 0 0\ntouch 0 1 0 0\n");
}

/* QEMU drops what is lifted while the machine stands still. */
static void
test_suspend (InputFixture *self, gconstpointer data)
{
  g_assert_true (dio_touch_begin (self->touch, NAME (0), 1, 2));
  g_assert_true (dio_touch_begin (self->touch, NAME (1), 3, 4));
  dio_touch_end (self->touch, NAME (0));
  input_settle (self);
  g_string_set_size (self->qemu->log, 0);
  dio_touch_move (self->touch, NAME (1), 5, 6);
  dio_touch_suspend (self->touch);
  dio_touch_suspend (self->touch);
  assert_log (self, "touch 1 1 5 6\ntouch 2 1 5 6\n");
  dio_touch_end (self->touch, NAME (1));
  dio_touch_release_all (self->touch);
  assert_log (self, "");
  /* Another screen's finger does not get that slot. */
  g_assert_cmpint (dio_touch_slots_take (self->slots), ==, 0);
  g_assert_cmpint (dio_touch_slots_take (self->slots), ==, 2);
  dio_touch_resume (self->touch);
  assert_log (self, "touch 0 1 5 6\ntouch 2 1 5 6\n");
  dio_touch_resume (self->touch);
  assert_log (self, "");
  g_assert_cmpint (dio_touch_slots_take (self->slots), ==, 1);
}

/* A screen that is unplugged meanwhile leaves no slot taken. */
static void
test_suspended_to_the_end (InputFixture *self, gconstpointer data)
{
  DioTouch *other = dio_touch_new (self->qemu->client, NULL, "/org/qemu/Display1/Console_1", data, self->slots);

  g_assert_true (dio_touch_begin (other, NAME (0), 1, 2));
  dio_touch_suspend (other);
  g_assert_finalize_object (other);
  assert_log (self, "touch 0 0 1 2\ntouch 2 0 1 2\n");
  g_assert_cmpint (dio_touch_slots_take (self->slots), ==, 0);
}

static void
test_errors (InputFixture *self, gconstpointer data)
{
  self->qemu->input.fails = TRUE;
  g_assert_true (dio_touch_begin (self->touch, NAME (0), 1, 1));
  dio_touch_move (self->touch, NAME (0), 2, 2);
  dio_touch_end (self->touch, NAME (0));
  assert_log (self, "touch 0 0 1 1\ntouch 1 0 2 2\ntouch 2 0 2 2\n");
  g_assert_true (dio_touch_begin (self->touch, NAME (0), 1, 1));
  assert_log (self, "touch 0 0 1 1\n");
}

static void
test_death (InputFixture *self, gconstpointer data)
{
  g_assert_true (dio_touch_begin (self->touch, NAME (0), 1, 1));
  fake_qemu_die (self->qemu);
  wait_until (g_dbus_connection_is_closed (self->qemu->client));
  g_assert_false (dio_touch_begin (self->touch, NAME (1), 1, 1));
  dio_touch_move (self->touch, NAME (0), 2, 2);
  dio_touch_release_all (self->touch);
  g_assert_cmpint (dio_touch_slots_take (self->slots), ==, 0);
}

/* --- whether there is a touch screen --- */

static void
count_notify (guint *n)
{
  (*n)++;
}

static void
test_ready (InputFixture *self, gconstpointer data)
{
  DioQemuInput *input = self->qemu->consoles[0].input;
  guint n = 0;

  wait_until (dio_touch_get_state (self->touch) == DIO_TOUCH_ABSENT);
  g_signal_connect_swapped (self->touch, "notify::state", G_CALLBACK (count_notify), &n);
  dio_qemu_input_set_touch_ready (input, TRUE);
  wait_until (dio_touch_get_state (self->touch) == DIO_TOUCH_READY);
  /* It knows better. */
  dio_touch_set_present (self->touch, FALSE);
  g_assert_cmpint (dio_touch_get_state (self->touch), ==, DIO_TOUCH_READY);
  g_assert_cmpuint (n, ==, 1);
  dio_qemu_input_set_touch_ready (input, FALSE);
  wait_until (dio_touch_get_state (self->touch) == DIO_TOUCH_ABSENT);
  dio_touch_set_present (self->touch, TRUE);
  g_assert_cmpint (dio_touch_get_state (self->touch), ==, DIO_TOUCH_ABSENT);
  g_assert_cmpuint (n, ==, 2);
}

static void
test_hint (InputFixture *self, gconstpointer data)
{
  DioTouchState state;
  guint n = 0;

  input_settle (self);
  g_assert_cmpint (dio_touch_get_state (self->touch), ==, DIO_TOUCH_UNKNOWN);
  g_signal_connect_swapped (self->touch, "notify::state", G_CALLBACK (count_notify), &n);
  dio_touch_set_present (self->touch, TRUE);
  dio_touch_set_present (self->touch, TRUE);
  g_object_get (self->touch, "state", &state, NULL);
  g_assert_cmpint (state, ==, DIO_TOUCH_READY);
  dio_touch_set_present (self->touch, FALSE);
  g_assert_cmpint (dio_touch_get_state (self->touch), ==, DIO_TOUCH_ABSENT);
  g_assert_cmpuint (n, ==, 2);
}

static void
test_none (InputFixture *self, gconstpointer data)
{
  g_assert_cmpint (dio_touch_get_state (self->touch), ==, DIO_TOUCH_ABSENT);
  dio_touch_set_present (self->touch, TRUE);
  g_assert_cmpint (dio_touch_get_state (self->touch), ==, DIO_TOUCH_ABSENT);
}

/* A QEMU that tells nonsense tells nothing. */
static void
test_nonsense (InputFixture *self, gconstpointer data)
{
  GVariantDict changed;
  const char *const none[] = { NULL };

  wait_until (dio_touch_get_state (self->touch) == DIO_TOUCH_ABSENT);
  g_test_expect_message ("GLib-GIO", G_LOG_LEVEL_WARNING, "*TouchReady*type*");
  g_variant_dict_init (&changed, NULL);
  g_variant_dict_insert (&changed, "TouchReady", "s", "perhaps");
  g_dbus_connection_emit_signal (
      self->qemu->server, NULL, INPUT_PATH, "org.freedesktop.DBus.Properties", "PropertiesChanged",
      g_variant_new ("(s@a{sv}^as)", "app.diorama.Display1.Input", g_variant_dict_end (&changed), none), NULL);
  input_settle (self);
  g_test_assert_expected_messages ();
  g_assert_cmpint (dio_touch_get_state (self->touch), !=, DIO_TOUCH_READY);
  dio_qemu_input_set_touch_ready (self->qemu->consoles[0].input, TRUE);
  wait_until (dio_touch_get_state (self->touch) == DIO_TOUCH_READY);
}

#define TEST(name, interfaces)                                                                                         \
  g_test_add ("/input/touch/" #name, InputFixture, interfaces, input_set_up, test_##name, input_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  TEST (fingers, NULL);
  TEST (odd, NULL);
  TEST (slots, NULL);
  TEST (thinned, NULL);
  TEST (every_point, NULL);
  TEST (ends_arrive, NULL);
  TEST (suspend, NULL);
  TEST (suspended_to_the_end, NULL);
  TEST (errors, NULL);
  TEST (death, NULL);
  TEST (ready, our_interfaces);
  TEST (hint, stock_interfaces);
  TEST (none, old_interfaces);
  TEST (nonsense, our_interfaces);
  return g_test_run ();
}
