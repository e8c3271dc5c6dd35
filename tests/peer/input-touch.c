/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* Fingers arrive at QEMU, each in a slot of its own, and are lifted. */
#include "input-fixture.h"

#include "input/touch.h"

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
  g_assert_false (dio_touch_has (self->touch, NAME (0)));
  g_assert_true (dio_touch_has (self->touch, NAME (1)));
  /* The lowest free one. */
  g_assert_true (dio_touch_begin (self->touch, NAME (2), 0, 0));
  assert_log (self, "touch 2 0 5 6\ntouch 0 0 0 0\n");
  g_assert_cmpuint (dio_touch_get_n_fingers (self->touch), ==, 2);
  dio_touch_move (self->touch, NAME (2), 1, 1);
  dio_touch_move (self->touch, NAME (2), 2, 2);
  dio_touch_release_all (self->touch);
  dio_touch_release_all (self->touch);
  g_assert_cmpuint (dio_touch_get_n_fingers (self->touch), ==, 0);
  assert_log (self, "touch 1 0 1 1\ntouch 1 0 2 2\ntouch 2 0 2 2\ntouch 2 1 9 10\n");
}

#define TEST(name) g_test_add ("/input/touch/" #name, InputFixture, NULL, input_set_up, test_##name, input_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  TEST (fingers);
  return g_test_run ();
}
