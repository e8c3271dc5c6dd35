/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "session/arrangement.h"

#include <glib/gstdio.h>
#include <string.h>

#define UUID "11111111-2222-4333-8444-555555555555"

static char *
path_of (const char *uuid)
{
  g_autofree char *name = g_strconcat (uuid, ".json", NULL);

  return g_build_filename (g_get_user_state_dir (), "diorama", "screens", name, NULL);
}

static void
put (const char *text, gssize length)
{
  g_autofree char *path = path_of (UUID);
  g_autofree char *folder = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, text, length, NULL));
}

static void
on_saved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  gboolean *saved = user_data;
  g_autoptr (GError) error = NULL;

  g_assert_true (dio_arrangement_save_finish (DIO_ARRANGEMENT (source), result, &error));
  g_assert_no_error (error);
  *saved = TRUE;
}

static void
save (DioArrangement *arrangement)
{
  gboolean saved = FALSE;

  dio_arrangement_save_async (arrangement, on_saved, &saved);
  while (!saved)
    g_main_context_iteration (NULL, TRUE);
}

static void
assert_empty (DioArrangement *arrangement)
{
  for (guint i = 0; i < DIO_ARRANGEMENT_MAX_SCREENS; i++)
    {
      const DioScreenPlace *place = dio_arrangement_get (arrangement, i);

      g_assert_false (place->open || place->maximized || place->fullscreen);
      g_assert_cmpint (place->width, ==, 0);
      g_assert_cmpint (place->height, ==, 0);
      g_assert_cmpstr (place->monitor, ==, "");
    }
}

static void
assert_place (DioArrangement *arrangement, guint number, const DioScreenPlace *expected)
{
  const DioScreenPlace *place = dio_arrangement_get (arrangement, number);

  g_assert_cmpint (place->open, ==, expected->open);
  g_assert_cmpint (place->width, ==, expected->width);
  g_assert_cmpint (place->height, ==, expected->height);
  g_assert_cmpint (place->maximized, ==, expected->maximized);
  g_assert_cmpint (place->fullscreen, ==, expected->fullscreen);
  g_assert_cmpstr (place->monitor, ==, expected->monitor);
}

static const DioScreenPlace first = { TRUE, 1024, 768, FALSE, TRUE, "DP-1" };
static const DioScreenPlace last = { TRUE, 1, 32767, TRUE, FALSE, "" };
static const DioScreenPlace closed = { FALSE, 800, 600, FALSE, FALSE, "" };

static void
test_round_trip (void)
{
  g_autoptr (DioArrangement) arrangement = dio_arrangement_new (UUID), other = NULL;
  g_autofree char *path = path_of (UUID);
  GStatBuf status;

  assert_empty (arrangement);
  save (arrangement);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));

  dio_arrangement_set (arrangement, 0, &first);
  dio_arrangement_set (arrangement, 2, &closed);
  dio_arrangement_set (arrangement, DIO_ARRANGEMENT_MAX_SCREENS - 1, &last);
  save (arrangement);
  g_assert_cmpint (g_stat (path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
  other = dio_arrangement_new (UUID);
  assert_place (other, 0, &first);
  assert_place (other, 1, &(DioScreenPlace) { 0 });
  assert_place (other, 2, &closed);
  assert_place (other, DIO_ARRANGEMENT_MAX_SCREENS - 1, &last);
}

/* What changes while the file is being written is written, too, and all who asked are told. */
static void
test_again_meanwhile (void)
{
  g_autoptr (DioArrangement) arrangement = dio_arrangement_new (UUID), other = NULL;
  gboolean saved[3] = { FALSE };

  dio_arrangement_set (arrangement, 0, &first);
  dio_arrangement_save_async (arrangement, on_saved, &saved[0]);
  dio_arrangement_set (arrangement, 0, &closed);
  dio_arrangement_save_async (arrangement, on_saved, &saved[1]);
  dio_arrangement_set (arrangement, 1, &first);
  dio_arrangement_save_async (arrangement, on_saved, &saved[2]);
  while (!saved[0] || !saved[1] || !saved[2])
    g_main_context_iteration (NULL, TRUE);
  other = dio_arrangement_new (UUID);
  assert_place (other, 0, &closed);
  assert_place (other, 1, &first);
}

static void
test_damaged (void)
{
  static const char *const texts[] = {
    "",
    "{",
    "null",
    "[]",
    "{\"version\":1}",
    "{\"version\":2,\"screens\":[{\"number\":0,\"open\":true,\"width\":5,\"height\":5}]}",
    "{\"version\":\"1\",\"screens\":[{\"number\":0,\"open\":true}]}",
    "{\"version\":1,\"screens\":{\"number\":0,\"open\":true}}",
    "{\"version\":1,\"screens\":[0,null,[],\"x\",{}]}",
    "{\"version\":1,\"screens\":[{\"number\":16,\"open\":true},{\"number\":-1,\"open\":true}]}",
    "{\"version\":1,\"screens\":[{\"number\":0.5,\"open\":true},{\"number\":99999999999999999999,\"open\":true}]}",
    "{\"version\":1,\"screens\":[{\"number\":0,\"open\":1,\"width\":-5,\"height\":70000,\"maximized\":\"x\"}]}",
    "{\"version\":1,\"screens\":[{\"number\":0,\"width\":5}]}",
    "\xff\xfe{\"version\":1}",
  };
  g_autoptr (GString) deep = g_string_new (NULL);
  g_autofree char *large = g_malloc0 (70000);

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (DioArrangement) arrangement = NULL;

      put (texts[i], -1);
      arrangement = dio_arrangement_new (UUID);
      assert_empty (arrangement);
    }
  for (guint i = 0; i < 15000; i++)
    g_string_append_c (deep, '[');
  memset (large, ' ', 70000);
  memcpy (large, "{\"version\":1,\"screens\":[{\"number\":0,\"open\":true}]}", 50);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (DioArrangement) arrangement = NULL;

      put (i == 0 ? deep->str : large, i == 0 ? (gssize) deep->len : 70000);
      arrangement = dio_arrangement_new (UUID);
      assert_empty (arrangement);
    }
}

/* Part of it is of use. */
static void
test_partly_damaged (void)
{
  g_autoptr (DioArrangement) arrangement = NULL;

  put ("{\"version\":1,\"extra\":{},\"screens\":[{\"number\":1,\"open\":true,\"width\":0,\"height\":9,\"monitor\":7},"
       "{\"number\":0,\"open\":true,\"width\":1024,\"height\":768,\"fullscreen\":true,\"monitor\":\"DP-1\"}]}",
       -1);
  arrangement = dio_arrangement_new (UUID);
  assert_place (arrangement, 0, &first);
  assert_place (arrangement, 1, &(DioScreenPlace) { .open = TRUE });
}

/* Neither what is no UUID nor what is no file leads anywhere. */
static void
test_elsewhere (void)
{
  static const char *const uuids[] = { NULL, "", "../../escape", "x" };
  g_autofree char *path = path_of (UUID);
  g_autoptr (DioArrangement) folder = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (uuids); i++)
    {
      g_autoptr (DioArrangement) arrangement = dio_arrangement_new (uuids[i]);

      dio_arrangement_set (arrangement, 0, &first);
      save (arrangement);
    }
  g_assert_false (g_file_test (g_get_user_state_dir (), G_FILE_TEST_EXISTS));

  g_assert_cmpint (g_mkdir_with_parents (path, 0700), ==, 0);
  folder = dio_arrangement_new (UUID);
  assert_empty (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/arrangement/round-trip", test_round_trip);
  g_test_add_func ("/arrangement/again-meanwhile", test_again_meanwhile);
  g_test_add_func ("/arrangement/damaged", test_damaged);
  g_test_add_func ("/arrangement/partly-damaged", test_partly_damaged);
  g_test_add_func ("/arrangement/elsewhere", test_elsewhere);
  return g_test_run ();
}
