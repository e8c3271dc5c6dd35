/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "vm/engine-cache.h"

#include <glib/gstdio.h>

#define MAX_SIZE (1024 * 1024) /* bytes */
/* To be raised with every change of what engine-ask.c asks and makes of it. */
#define CACHE_VERSION 2
/* That, the key, QEMU's version, devices, options. */
#define CACHE_TYPE "(us(iii)asas)"

static char *
make_path (void)
{
  return g_build_filename (g_get_user_cache_dir (), "diorama", "engine", NULL);
}

static GPtrArray *
make_list (GVariantIter *names)
{
  GPtrArray *list = g_ptr_array_new_null_terminated (0, g_free, TRUE);
  char *name;

  while (g_variant_iter_next (names, "s", &name))
    g_ptr_array_add (list, name);
  return list;
}

DioEngineAnswers *
dio_engine_cache_read (const char *key)
{
  g_autofree char *path = make_path ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GVariant) cache = NULL;
  g_autoptr (GVariantIter) devices = NULL, options = NULL;
  DioEngineAnswers *answers;
  char *contents;
  gsize length;
  GStatBuf status;
  const char *kept;
  guint32 version;
  int numbers[3];

  if (g_stat (path, &status) < 0 || !S_ISREG (status.st_mode) || status.st_size > MAX_SIZE ||
      !g_file_get_contents (path, &contents, &length, NULL))
    return NULL;
  bytes = g_bytes_new_take (contents, length);
  cache = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (CACHE_TYPE), bytes, FALSE));
  g_variant_get (cache, "(u&s(iii)asas)", &version, &kept, &numbers[0], &numbers[1], &numbers[2], &devices, &options);
  if (version != CACHE_VERSION || !g_str_equal (kept, key) || !g_variant_is_normal_form (cache))
    return NULL;
  answers = g_new0 (DioEngineAnswers, 1);
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    answers->version[i] = numbers[i];
  answers->devices = make_list (devices);
  answers->options = make_list (options);
  return answers;
}

static void
on_written (GObject *file, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!g_file_replace_contents_finish (G_FILE (file), result, NULL, &error))
    g_debug ("What QEMU answered is not kept: %s", error->message);
}

void
dio_engine_cache_write (const char *key, const DioEngineAnswers *answers)
{
  g_autofree char *path = make_path (), *folder = g_path_get_dirname (path);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GVariant) cache = g_variant_ref_sink (g_variant_new (
      "(us(iii)^as^as)", CACHE_VERSION, key, answers->version[0], answers->version[1], answers->version[2],
      (const char *const *) answers->devices->pdata, (const char *const *) answers->options->pdata));
  g_autoptr (GBytes) bytes = g_variant_get_data_as_bytes (cache);

  if (g_mkdir_with_parents (folder, 0700) == 0)
    g_file_replace_contents_bytes_async (
        file, bytes, NULL, FALSE, G_FILE_CREATE_PRIVATE | G_FILE_CREATE_REPLACE_DESTINATION, NULL, on_written, NULL);
}
