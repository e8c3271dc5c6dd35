/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* What a QEMU answered is kept, for that QEMU alone. */
#include "vm/engine-cache.h"

#include <glib/gstdio.h>

static DioEngineAnswers *
make_answers (void)
{
  DioEngineAnswers *answers = g_new0 (DioEngineAnswers, 1);

  answers->version[0] = 10;
  answers->version[2] = 13;
  answers->devices = g_ptr_array_new_null_terminated (0, g_free, TRUE);
  answers->options = g_ptr_array_new_null_terminated (0, g_free, TRUE);
  g_ptr_array_add (answers->devices, g_strdup ("virtio-vga"));
  g_ptr_array_add (answers->devices, g_strdup ("qemu-xhci"));
  g_ptr_array_add (answers->options, g_strdup ("dbus-display"));
  return answers;
}

static char *
write_cache (void)
{
  g_autoptr (DioEngineAnswers) answers = make_answers ();
  char *path = g_build_filename (g_get_user_cache_dir (), "diorama", "engine", NULL);
  gboolean kept = FALSE;

  g_remove (path);
  dio_engine_cache_write ("one", answers);
  while (!kept)
    {
      g_autoptr (DioEngineAnswers) read = NULL;

      g_main_context_iteration (NULL, TRUE);
      read = dio_engine_cache_read ("one");
      kept = read != NULL;
    }
  return path;
}

static void
test_kept (void)
{
  g_autofree char *path = write_cache ();
  g_autoptr (DioEngineAnswers) kept = dio_engine_cache_read ("one");
  g_autoptr (DioEngineAnswers) other = dio_engine_cache_read ("another");

  g_assert_nonnull (kept);
  g_assert_null (other);
  g_assert_cmpint (kept->version[0], ==, 10);
  g_assert_cmpint (kept->version[1], ==, 0);
  g_assert_cmpint (kept->version[2], ==, 13);
  g_assert_cmpuint (kept->devices->len, ==, 2);
  g_assert_cmpstr (kept->devices->pdata[1], ==, "qemu-xhci");
  g_assert_null (kept->devices->pdata[2]);
  g_assert_cmpstr (kept->options->pdata[0], ==, "dbus-display");
}

static void
test_damaged (void)
{
  g_autofree char *path = write_cache (), *bytes = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  for (gsize i = 0; i < length; i++)
    {
      g_autoptr (DioEngineAnswers) kept = NULL;

      g_assert_true (g_file_set_contents_full (path, bytes, (gssize) i, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
      kept = dio_engine_cache_read ("one");
      g_assert_null (kept);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/engine-cache/kept", test_kept);
  g_test_add_func ("/engine-cache/damaged", test_damaged);
  return g_test_run ();
}
