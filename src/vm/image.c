/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "vm/image.h"

#include "vm/disk-image.h"

#include <glib/gi18n-lib.h>
#include <unistd.h>

#define MIN_MEMORY 1024 /* MiB */
#define MAX_MEMORY 4096
#define MAX_CPUS 4

/* "debian-13-netinst.iso" is the machine "debian-13-netinst". */
static char *
make_name (const char *path)
{
  g_autofree char *base = g_path_get_basename (path);
  g_autofree char *name = g_filename_display_name (base);
  char *dot = strrchr (name, '.');

  if (dot != NULL && dot != name)
    *dot = '\0';
  return g_steal_pointer (&name);
}

/* A UUID of version 5 (RFC 9562) of the file's URI: guests take another one for another computer. */
static char *
make_uuid (const char *path)
{
  static const guint8 url_namespace[] = { 0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1,
                                          0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8 };
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA1);
  g_autofree char *uri = g_strconcat ("file://", path, NULL);
  guint8 b[20];
  gsize length = sizeof b;

  g_checksum_update (checksum, url_namespace, sizeof url_namespace);
  g_checksum_update (checksum, (const guint8 *) uri, -1);
  g_checksum_get_digest (checksum, b, &length);
  b[6] = (b[6] & 0x0f) | 0x50;
  b[8] = (b[8] & 0x3f) | 0x80;
  return g_strdup_printf ("%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2],
                          b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

/* A quarter of this computer's, within what systems of today need and a laptop can spare. */
static guint
choose_memory (void)
{
  gint64 pages = sysconf (_SC_PHYS_PAGES), page_size = sysconf (_SC_PAGESIZE);
  gint64 quarter = pages > 0 && page_size > 0 ? pages / 4 * page_size / (1024 * 1024) : MIN_MEMORY;

  return CLAMP (quarter, MIN_MEMORY, MAX_MEMORY) / 256 * 256;
}

DioMachineConfig *
dio_image_config_new (const char *path, GError **error)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  g_autofree char *shown = g_filename_display_basename (absolute);
  g_autofree char *name = make_name (absolute);
  g_autofree char *uuid = make_uuid (absolute);
  g_autoptr (DioMachineConfig) config = NULL;
  DioDiskImage image;

  if (!dio_disk_image_probe (absolute, &image, error))
    {
      g_prefix_error (error, _ ("“%s” cannot be opened. "), shown);
      return NULL;
    }
  if (image.read_only && !image.optical)
    {
      g_set_error (
          error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
          _ ("“%s” cannot be opened. It is a disk that may not be written. Change its permissions, or copy it to a "
             "folder of yours and open the copy."),
          shown);
      return NULL;
    }

  config = dio_machine_config_new (name);
  g_object_set (config, "uuid", uuid, "memory", choose_memory (), "cpus", CLAMP (g_get_num_processors (), 1, MAX_CPUS),
                "firmware", image.firmware, NULL);
  if (image.optical)
    dio_machine_config_add_cdrom (config, absolute);
  else
    dio_machine_config_add_disk (config, absolute, image.format, DIO_DISK_BUS_SATA, FALSE);
  return g_steal_pointer (&config);
}

static void
run_in_thread (GTask *task, gpointer source, gpointer path, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  DioMachineConfig *config = dio_image_config_new (path, &error);

  if (config != NULL)
    g_task_return_pointer (task, config, g_object_unref);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

void
dio_image_config_new_async (const char *path, GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, dio_image_config_new_async);
  g_task_set_static_name (task, "Look at an image");
  g_task_set_return_on_cancel (task, TRUE);
  g_task_set_task_data (task, g_strdup (path), g_free);
  g_task_run_in_thread (task, run_in_thread);
}

DioMachineConfig *
dio_image_config_new_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
