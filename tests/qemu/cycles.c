/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* Starts and stops machines $DIORAMA_TEST_CYCLES times (200) and looks at what is left. */
#include "harness.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WARM_UP 20      /* cycles before the first look: caches and pools fill */
#define MAX_GROWTH 4096 /* KiB from the first look to the last */

static guint
count_entries (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint n = 0;

  while (dir != NULL && g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static guint
count_children (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc", 0, NULL);
  const char *name;
  guint n = 0;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename ("/proc", name, "stat", NULL);
      g_autofree char *text = NULL;
      const char *after;
      int parent;

      if (g_ascii_isdigit (name[0]) && g_file_get_contents (path, &text, NULL, NULL) &&
          (after = strrchr (text, ')')) != NULL && sscanf (after, ") %*c %d", &parent) == 1 && parent == getpid ())
        n++;
    }
  return n;
}

static guint
get_resident (void)
{
  g_autofree char *text = NULL;
  unsigned long pages = 0;

  g_assert_true (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL));
  g_assert_cmpint (sscanf (text, "%*u %lu", &pages), ==, 1);
  return pages * (sysconf (_SC_PAGESIZE) / 1024);
}

static void
on_display (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(int *) user_data = dio_machine_open_display_finish (DIO_MACHINE (source), result, NULL);
}

/* Most are stopped as usual with their display open; some are killed, some are new ones. */
static void
cycle (DioMachine **machine, DioMachineConfig *config, guint i)
{
  int fd = -1;

  if (i % 5 == 4)
    {
      g_assert_finalize_object (*machine);
      *machine = dio_machine_new (config);
    }
  dio_machine_start (*machine);
  wait_for_state (*machine, DIO_MACHINE_RUNNING);
  dio_machine_open_display_async (*machine, NULL, on_display, &fd);
  wait_for (fd >= 0);
  if (i % 10 == 7)
    {
      kill (dio_machine_get_pid (*machine), SIGKILL);
      wait_for (dio_machine_get_state (*machine) == DIO_MACHINE_CRASHED);
    }
  else
    stop (*machine);
  g_clear_fd (&fd, NULL);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
test_cycles (void)
{
  const char *wanted = g_getenv ("DIORAMA_TEST_CYCLES");
  guint n = wanted != NULL ? (guint) g_ascii_strtoull (wanted, NULL, 10) : 200;
  g_autoptr (DioMachineConfig) config = small_config ("Cycles");
  DioMachine *machine = dio_machine_new (config);
  guint fds = 0, children = 0, resident = 0;
  gint64 began = g_get_monotonic_time ();

  for (guint i = 0; i < n; i++)
    {
      if (i == MIN (WARM_UP, n / 2))
        {
          fds = count_entries ("/proc/self/fd");
          children = count_children ();
          resident = get_resident ();
        }
      cycle (&machine, config, i);
    }
  g_test_message ("%u cycles in %.1f s: %u → %u descriptors, %u → %u children, %u → %u KiB", n,
                  (double) (g_get_monotonic_time () - began) / G_USEC_PER_SEC, fds, count_entries ("/proc/self/fd"),
                  children, count_children (), resident, get_resident ());
  g_assert_cmpuint (count_entries ("/proc/self/fd"), <=, fds);
  g_assert_cmpuint (count_children (), ==, 0);
#ifndef __SANITIZE_ADDRESS__
  g_assert_cmpuint (get_resident (), <, resident + MAX_GROWTH);
#endif
  g_assert_finalize_object (machine);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  use_test_qemu ();
  g_test_add_func ("/machine/cycles", test_cycles);
  return g_test_run ();
}
