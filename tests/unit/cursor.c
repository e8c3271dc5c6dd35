/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "display/cursor.h"

static void
test_good (void)
{
  g_autoptr (GBytes) pixels = g_bytes_new_take (g_malloc0 (512 * 512 * 4), 512 * 512 * 4);
  g_autoptr (GError) error = NULL;
  g_autoptr (DioCursor) cursor = dio_cursor_new (512, 512, 511, 0, pixels, &error);
  g_autoptr (DioCursor) same = NULL;

  g_assert_no_error (error);
  same = dio_cursor_ref (cursor);
  g_assert_cmpint (dio_cursor_get_width (same), ==, 512);
  g_assert_cmpint (dio_cursor_get_height (same), ==, 512);
  g_assert_cmpint (dio_cursor_get_hot_x (same), ==, 511);
  g_assert_cmpint (dio_cursor_get_hot_y (same), ==, 0);
  g_assert_true (dio_cursor_get_pixels (same) == pixels);
}

static void
test_bad (void)
{
  static const struct
  {
    int width, height, hot_x, hot_y;
    gsize size;
  } bad[] = {
    { 0, 1, 0, 0, 0 },
    { 1, 0, 0, 0, 0 },
    { -1, -1, 0, 0, 4 },
    { 513, 1, 0, 0, 513 * 4 },
    { 1, 513, 0, 0, 2052 },
    { 2, 2, 2, 0, 16 },
    { 2, 2, 0, 2, 16 },
    { 2, 2, -1, 0, 16 },
    { 2, 2, 0, 0, 15 },
    { 2, 2, 0, 0, 17 },
    { 0x10000, 0x10000, 0, 0, 0 },
    { G_MAXINT, G_MAXINT, 0, 0, 4 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GBytes) pixels = g_bytes_new_take (g_malloc0 (bad[i].size), bad[i].size);
      g_autoptr (GError) error = NULL;

      g_assert_null (dio_cursor_new (bad[i].width, bad[i].height, bad[i].hot_x, bad[i].hot_y, pixels, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/cursor/good", test_good);
  g_test_add_func ("/cursor/bad", test_bad);
  return g_test_run ();
}
