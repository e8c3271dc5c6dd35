/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "cli/progress.h"

#include "cli/command.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define DEFAULT_COLUMNS 80
#define CLEAR_LINE "\r\033[K"

static glong
get_columns (void)
{
  struct winsize size;

  return ioctl (STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : DEFAULT_COLUMNS;
}

static void
show (DioJob *job)
{
  g_autofree char *title = dio_command_dup_printable (dio_job_get_title (job));
  g_autofree char *detail = dio_command_dup_printable (dio_job_get_detail (job) ? dio_job_get_detail (job) : "");
  GString *line = g_string_new (title);
  g_autofree char *shown = NULL;
  double progress = dio_job_get_progress (job);

  if (progress >= 0)
    g_string_append_printf (line, " %d %%", (int) (CLAMP (progress, 0, 1) * 100));
  if (*detail)
    g_string_append_printf (line, " (%s)", detail);
  /* A line that wraps could not be rewritten. */
  shown = g_utf8_substring (line->str, 0, MIN (g_utf8_strlen (line->str, -1), get_columns () - 1));
  fprintf (stderr, CLEAR_LINE "%s", shown);
  fflush (stderr);
  g_string_free (line, TRUE);
}

static gboolean
on_signal (gpointer user_data)
{
  dio_job_cancel (user_data);
  return G_SOURCE_CONTINUE;
}

int
dio_progress_run (DioJob *job)
{
  guint interrupt = g_unix_signal_add (SIGINT, on_signal, job);
  guint terminate = g_unix_signal_add (SIGTERM, on_signal, job);
  gboolean terminal = isatty (STDERR_FILENO);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  gboolean done;

  if (terminal)
    {
      g_signal_connect (job, "notify::progress", G_CALLBACK (show), NULL);
      g_signal_connect (job, "notify::detail", G_CALLBACK (show), NULL);
    }
  dio_job_start (job);
  dio_job_wait_async (job, dio_command_take_result, &result);
  done = dio_job_wait_finish (job, dio_command_wait (&result), &error);
  if (terminal)
    {
      g_signal_handlers_disconnect_by_func (job, show, NULL);
      fputs (CLEAR_LINE, stderr);
    }
  g_source_remove (interrupt);
  g_source_remove (terminate);
  return done ? DIO_EXIT_OK : dio_command_fail (error);
}
