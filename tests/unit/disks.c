/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "disks.h"

#include "image/qemu-img.h"

#include <fcntl.h>
#include <ftw.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK 65536

char *
disks_make_folder (const char *name)
{
  g_autofree char *folder = g_build_filename (g_get_user_cache_dir (), name, NULL);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  return g_canonicalize_filename (folder, NULL);
}

void
disks_fill (const char *path, guint64 size, guint seed)
{
  g_autofd int fd = open (path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  g_autofree guint32 *block = g_malloc (BLOCK);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (ftruncate (fd, (off_t) size), ==, 0);
  for (guint64 at = 0; at + BLOCK <= size; at += MAX (BLOCK, size / 64 / BLOCK * BLOCK))
    {
      for (guint i = 0; i < BLOCK / 4; i++)
        block[i] = i % 2 ? g_rand_int (rand) : seed;
      g_assert_cmpint (pwrite (fd, block, BLOCK, (off_t) at), ==, BLOCK);
    }
  g_assert_cmpint (pwrite (fd, "\x55\xaa", 2, 510), ==, 2);
}

void
disks_qemu_img (const char *const *arguments)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GStrvBuilder) argv = g_strv_builder_new ();
  g_auto (GStrv) words = NULL;
  int status = -1;

  /* What the tests make themselves may open all that they name. */
  g_strv_builder_take (argv, dio_qemu_tool_find ("qemu-img", NULL));
  g_strv_builder_addv (argv, (const char **) arguments);
  words = g_strv_builder_end (argv);
  g_spawn_sync (NULL, words, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, NULL, &status, &error);
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, 0);
}

void
disks_assert_same (const char *a, const char *a_format, const char *b, const char *b_format)
{
  disks_qemu_img ((const char *const[]) { "compare", "-q", "-f", a_format, "-F", b_format, a, b, NULL });
}

gboolean
disks_contains (const char *path, const char *text)
{
  g_autofree char *content = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &content, &length, NULL));
  return memmem (content, length, text, strlen (text)) != NULL;
}

static GPtrArray *listed; /* nftw() hands nothing through */

static int
list_one (const char *path, const struct stat *status, int kind, struct FTW *ftw)
{
  g_ptr_array_add (listed, g_strdup_printf ("%s %d %" G_GINT64_FORMAT, path, kind,
                                            S_ISDIR (status->st_mode) ? 0 : (gint64) status->st_size));
  return 0;
}

char *
disks_list (const char *folder)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);

  listed = lines;
  g_assert_cmpint (nftw (folder, list_one, 16, FTW_PHYS), ==, 0);
  listed = NULL;
  g_ptr_array_sort_values (lines, (GCompareFunc) strcmp);
  g_ptr_array_add (lines, NULL);
  return g_strjoinv ("\n", (char **) lines->pdata);
}

typedef struct
{
  double fraction;
  gboolean ended;
} Watch;

static void
on_ended (DioJob *job, const GError *error, Watch *watch)
{
  watch->ended = TRUE;
}

static void
on_progress (DioJob *job, GParamSpec *pspec, Watch *watch)
{
  if (dio_job_get_progress (job) >= watch->fraction)
    dio_job_cancel (job);
}

static char *
run (DioJob *job, Watch *watch, GError **error)
{
  g_autoptr (DioJob) owned = job;

  g_assert_nonnull (job);
  g_signal_connect (job, "ended", G_CALLBACK (on_ended), watch);
  dio_job_start (job);
  if (watch->fraction < 0)
    dio_job_cancel (job);
  while (!watch->ended)
    g_main_context_iteration (NULL, TRUE);
  if (dio_job_get_error (job) == NULL)
    return g_strdup (dio_job_get_result (job));
  g_propagate_error (error, g_error_copy (dio_job_get_error (job)));
  return NULL;
}

char *
disks_run (DioJob *job, GError **error)
{
  Watch watch = { .fraction = 2 };

  return run (job, &watch, error);
}

char *
disks_run_cancelled (DioJob *job, double fraction, GError **error)
{
  Watch watch = { .fraction = fraction };

  g_signal_connect (job, "notify::progress", G_CALLBACK (on_progress), &watch);
  return run (job, &watch, error);
}

void
disks_limit (guint64 size)
{
  static struct rlimit before;
  struct rlimit limit;

  if (before.rlim_max == 0)
    g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &before), ==, 0);
  signal (SIGXFSZ, SIG_IGN);
  limit = before;
  if (size != 0)
    limit.rlim_cur = size;
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
}
