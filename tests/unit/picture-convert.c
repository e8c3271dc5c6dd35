/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/picture-convert.h"

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <string.h>

#define WIDTH 40
#define HEIGHT 30

static void
on_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/* (transfer full) (nullable) */
static GBytes *
convert (GBytes *picture, const char *mime_type, GCancellable *cancellable, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  dio_picture_convert_async (picture, mime_type, cancellable, on_ready, &result);
  while (!result)
    g_main_context_iteration (NULL, TRUE);
  return dio_picture_convert_finish (result, error);
}

static guint8 *
get_pixel (GdkPixbuf *pixbuf, guint x, guint y)
{
  return gdk_pixbuf_get_pixels (pixbuf) + y * (guint) gdk_pixbuf_get_rowstride (pixbuf) +
         x * (guint) gdk_pixbuf_get_n_channels (pixbuf);
}

/* Each pixel has a colour of its own. (transfer full) */
static GdkPixbuf *
draw (void)
{
  GdkPixbuf *pixbuf = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, WIDTH, HEIGHT);

  for (guint y = 0; y < HEIGHT; y++)
    for (guint x = 0; x < WIDTH; x++)
      {
        guint8 *pixel = get_pixel (pixbuf, x, y);

        pixel[0] = (guint8) (x * 6);
        pixel[1] = (guint8) (y * 8);
        pixel[2] = (guint8) (x * y);
      }
  return pixbuf;
}

/* (transfer full) */
static GBytes *
save (GdkPixbuf *pixbuf, const char *format)
{
  char *data;
  gsize size;
  g_autoptr (GError) error = NULL;

  gdk_pixbuf_save_to_buffer (pixbuf, &data, &size, format, &error, NULL);
  g_assert_no_error (error);
  return g_bytes_new_take (data, size);
}

static void
check_same (GBytes *png, GdkPixbuf *expected)
{
  g_autoptr (GdkPixbufLoader) loader = gdk_pixbuf_loader_new_with_type ("png", NULL);
  GdkPixbuf *got;

  g_assert_true (gdk_pixbuf_loader_write_bytes (loader, png, NULL));
  g_assert_true (gdk_pixbuf_loader_close (loader, NULL));
  got = gdk_pixbuf_loader_get_pixbuf (loader);
  g_assert_cmpint (gdk_pixbuf_get_width (got), ==, WIDTH);
  g_assert_cmpint (gdk_pixbuf_get_height (got), ==, HEIGHT);
  for (guint y = 0; y < HEIGHT; y++)
    for (guint x = 0; x < WIDTH; x++)
      g_assert_cmpmem (get_pixel (got, x, y), 3, get_pixel (expected, x, y), 3);
}

static void
test_formats (void)
{
  static const char *const formats[][2] = { { "bmp", "image/bmp" }, { "tiff", "image/tiff" }, { "png", "image/png" } };
  g_autoptr (GdkPixbuf) pixbuf = draw ();

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      g_autoptr (GBytes) picture = save (pixbuf, formats[i][0]), png = NULL;
      g_autoptr (GError) error = NULL;

      g_assert_true (dio_picture_can_convert (formats[i][1]));
      png = convert (picture, formats[i][1], NULL, &error);
      g_assert_no_error (error);
      check_same (png, pixbuf);
    }
  g_assert_false (dio_picture_can_convert ("text/plain"));
  g_assert_false (dio_picture_can_convert ("image/x-diorama"));
}

static void
check_fails (const guint8 *data, gsize size, const char *mime_type, int code)
{
  g_autoptr (GBytes) picture = g_bytes_new (data, size), png = NULL;
  g_autoptr (GError) error = NULL;

  png = convert (picture, mime_type, NULL, &error);
  g_assert_null (png);
  g_assert_error (error, G_IO_ERROR, code);
}

/* A guest's picture may be anything. */
static void
test_hostile (void)
{
  g_autoptr (GdkPixbuf) pixbuf = draw ();
  g_autoptr (GBytes) bmp = save (pixbuf, "bmp");
  gsize size;
  const guint8 *data = g_bytes_get_data (bmp, &size);
  g_autofree guint8 *changed = g_memdup2 (data, size);

  /* Its header ends before; the loader lets rows be missing. */
  for (gsize n = 0; n < 54; n++)
    check_fails (data, n, "image/bmp", G_IO_ERROR_INVALID_DATA);
  check_fails (data, size, "image/png", G_IO_ERROR_INVALID_DATA);
  check_fails (data, size, "image/x-diorama", G_IO_ERROR_INVALID_DATA);
  /* 32768 × 32768, of which not a pixel is there: its memory is not asked for. */
  changed[18] = changed[22] = 0;
  changed[19] = changed[23] = 0x80;
  check_fails (changed, size, "image/bmp", G_IO_ERROR_MESSAGE_TOO_LARGE);
  /* As many as an int can have: the loader itself finds them too many. */
  memset (changed + 18, 0xff, 8);
  changed[21] = changed[25] = 0x7f;
  check_fails (changed, size, "image/bmp", G_IO_ERROR_INVALID_DATA);
}

static void
test_cancelled (void)
{
  g_autoptr (GdkPixbuf) pixbuf = draw ();
  g_autoptr (GBytes) picture = save (pixbuf, "bmp"), png = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  png = convert (picture, "image/bmp", cancellable, &error);
  g_assert_null (png);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/picture-convert/formats", test_formats);
  g_test_add_func ("/picture-convert/hostile", test_hostile);
  g_test_add_func ("/picture-convert/cancelled", test_cancelled);
  return g_test_run ();
}
