/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* What a guest is asked for while its window changes. */
#include "display-fixture.h"

#include "ui/guest-resizer.h"

static void
test_smallest (Fixture *self, gconstpointer data)
{
  g_autoptr (DioGuestResizer) resizer = dio_guest_resizer_new ();

  dio_guest_resizer_set_console (resizer, self->console);
  dio_guest_resizer_set_enabled (resizer, TRUE);
  /* Not laid out yet. */
  dio_guest_resizer_update (resizer, 1, 1, 1, 1);
  dio_guest_resizer_update (resizer, 800, 600, 200, 150);
  wait_until (self->qemu->log->len > 0);
  g_assert_cmpstr (self->qemu->log->str, ==, "ui 800 600 200 150\n");
  /* As narrow, or as low, as a window gets: the guest stays as it is. */
  dio_guest_resizer_update (resizer, 900, 600, 200, 150);
  dio_guest_resizer_update (resizer, DIO_CONSOLE_MIN_WIDTH - 1, 600, 80, 150);
  test_run_for (300);
  dio_guest_resizer_update (resizer, 800, DIO_CONSOLE_MIN_HEIGHT - 1, 200, 50);
  test_run_for (300);
  g_assert_cmpstr (self->qemu->log->str, ==, "ui 800 600 200 150\n");
  dio_guest_resizer_update (resizer, DIO_CONSOLE_MIN_WIDTH, DIO_CONSOLE_MIN_HEIGHT, 80, 50);
  wait_until (g_str_has_suffix (self->qemu->log->str, "ui 320 200 80 50\n"));
}

/* Asked at once, then once it has come to rest. */
static void
test_rests (Fixture *self, gconstpointer data)
{
  g_autoptr (DioGuestResizer) resizer = dio_guest_resizer_new ();

  dio_guest_resizer_set_console (resizer, self->console);
  dio_guest_resizer_update (resizer, 700, 600, 0, 0);
  dio_guest_resizer_set_enabled (resizer, TRUE);
  for (int i = 0; i < 100; i++)
    dio_guest_resizer_update (resizer, 701 + i, 600, 0, 0);
  wait_until (g_str_has_suffix (self->qemu->log->str, "ui 800 600 0 0\n"));
  g_assert_cmpstr (self->qemu->log->str, ==, "ui 700 600 0 0\nui 800 600 0 0\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  FIXTURE_TEST ("resizer", smallest);
  FIXTURE_TEST ("resizer", rests);
  return g_test_run ();
}
