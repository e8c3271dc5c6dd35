/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* What a portal's devices look like to us, for tests/lab/test-usb-portal.py. Tells, a line each: “trouble SENTENCE”,
 * “here ID|NODE|NAME|KIND|PORT”, “gone ID”. Reads “open ID”, “release ID”; answers “opened ID MAJOR:MINOR”, “failed ID
 * DOMAIN CODE MESSAGE”. Ends at the end of what it reads. */
#include "usb/portal-source.h"

#include <gio/gunixinputstream.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static GMainLoop *loop;
static DioUsbSource *source;
static GPtrArray *known; /* of DioUsbDevice, as the list has it */

static void
on_items (GListModel *list, guint position, guint removed, guint added, gpointer user_data)
{
  for (guint i = 0; i < removed; i++)
    {
      printf ("gone %s\n", dio_usb_device_get_id (g_ptr_array_index (known, position)));
      g_ptr_array_remove_index (known, position);
    }
  for (guint i = position; i < position + added; i++)
    {
      DioUsbDevice *device = g_list_model_get_item (list, i);

      g_ptr_array_insert (known, (int) i, device);
      printf ("here %s|%s|%s|%s|%s\n", dio_usb_device_get_id (device), dio_usb_device_get_node (device),
              dio_usb_device_get_name (device), dio_usb_device_get_kind_name (device),
              dio_usb_device_get_port (device) != NULL ? dio_usb_device_get_port (device) : "");
    }
  fflush (stdout);
}

static void
on_trouble (void)
{
  const char *trouble = dio_usb_source_get_trouble (source);

  printf ("trouble %s\n", trouble != NULL ? trouble : "none");
  fflush (stdout);
}

static void
on_opened (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioUsbDevice) device = user_data;
  g_autoptr (GError) error = NULL;
  g_autofd int fd = dio_usb_source_open_finish (source, result, &error);
  struct stat status;

  if (fd >= 0 && fstat (fd, &status) == 0)
    printf ("opened %s %u:%u\n", dio_usb_device_get_id (device), major (status.st_rdev), minor (status.st_rdev));
  else
    printf ("failed %s %s %d %s\n", dio_usb_device_get_id (device), g_quark_to_string (error->domain), error->code,
            error->message);
  fflush (stdout);
}

static void
on_line (GObject *object, GAsyncResult *result, gpointer user_data)
{
  GDataInputStream *input = G_DATA_INPUT_STREAM (object);
  g_autofree char *line = g_data_input_stream_read_line_finish (input, result, NULL, NULL);

  if (line == NULL)
    {
      g_main_loop_quit (loop);
      return;
    }
  for (guint i = 0; i < known->len; i++)
    {
      DioUsbDevice *device = g_ptr_array_index (known, i);

      if (g_str_has_prefix (line, "open ") && g_str_equal (line + 5, dio_usb_device_get_id (device)))
        dio_usb_source_open_async (source, device, NULL, NULL, on_opened, g_object_ref (device));
      else if (g_str_has_prefix (line, "release ") && g_str_equal (line + 8, dio_usb_device_get_id (device)))
        dio_usb_source_release (source, device);
    }
  g_data_input_stream_read_line_async (input, G_PRIORITY_DEFAULT, NULL, on_line, NULL);
}

int
main (void)
{
  g_autoptr (GInputStream) stream = g_unix_input_stream_new (STDIN_FILENO, FALSE);
  g_autoptr (GDataInputStream) input = g_data_input_stream_new (stream);

  loop = g_main_loop_new (NULL, FALSE);
  known = g_ptr_array_new_with_free_func (g_object_unref);
  source = dio_usb_portal_source_new (NULL);
  g_signal_connect (source, "items-changed", G_CALLBACK (on_items), NULL);
  g_signal_connect (source, "notify::trouble", G_CALLBACK (on_trouble), NULL);
  g_data_input_stream_read_line_async (input, G_PRIORITY_DEFAULT, NULL, on_line, NULL);
  g_main_loop_run (loop);
  g_main_loop_unref (loop);
  g_assert_finalize_object (source);
  g_ptr_array_unref (known);
  return 0;
}
