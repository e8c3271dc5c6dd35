/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "vm/image.h"

#include <glib/gi18n-lib.h>
#include <string.h>

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

/* A UUID of version 5 (RFC 9562) of the files' URIs: guests take another one for another computer. */
static char *
make_uuid (DioImageReport *const *reports, guint n)
{
  static const guint8 url_namespace[] = { 0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1,
                                          0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8 };
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA1);
  guint8 b[20];
  gsize length = sizeof b;

  g_checksum_update (checksum, url_namespace, sizeof url_namespace);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *uri = g_strconcat (i > 0 ? "\nfile://" : "file://", reports[i]->files[0]->host_path, NULL);

      g_checksum_update (checksum, (const guint8 *) uri, -1);
    }
  g_checksum_get_digest (checksum, b, &length);
  b[6] = (b[6] & 0x0f) | 0x50;
  b[8] = (b[8] & 0x3f) | 0x80;
  return g_strdup_printf ("%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2],
                          b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

static gboolean
refuse (const DioImageReport *report, GError **error, const char *sentence)
{
  g_autofree char *shown = g_filename_display_basename (report->files[0]->host_path);

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, _ ("“%s” cannot be opened. %s"), shown, sentence);
  return FALSE;
}

static gboolean
check_report (const DioImageReport *report, GError **error)
{
  if (report->problem != DIO_IMAGE_ENCRYPTED && !dio_image_report_require_good (report, error))
    return FALSE;
  if (g_strcmp0 (report->encryption, "aes") == 0)
    return refuse (report, error,
                   _ ("It is encrypted in an old way that is not safe, and that QEMU no longer runs. Convert it to an "
                      "image without encryption first (qemu-img convert)."));
  return TRUE;
}

static gboolean
check_arch (const DioImageReport *report, const DioImageInsides *insides, GError **error)
{
  const char *foreign = insides != NULL ? dio_image_insides_find_foreign (insides) : NULL;
  g_autofree char *sentence = NULL;

  if (foreign == NULL)
    return TRUE;
  sentence = g_strdup_printf (_ ("It is a system for another kind of processor (%s). Diorama runs systems for x86-64 "
                                 "only: get its edition for “x86_64” or “amd64”."),
                              foreign);
  return refuse (report, error, sentence);
}

static void
add_report (DioMachineConfig *config, const DioImageReport *report)
{
  GPtrArray *disks = dio_machine_config_get_disks (config);
  g_autoptr (GPtrArray) all = g_ptr_array_new ();
  g_auto (GStrv) layers = NULL;
  gboolean optical = (report->flags & DIO_IMAGE_OPTICAL) != 0;
  DioDisk disk = { .path = report->files[0]->path,
                   .format = (char *) report->files[0]->format,
                   .bus = DIO_DISK_BUS_SATA,
                   .cdrom = optical,
                   .read_only = optical || (report->flags & DIO_IMAGE_READ_ONLY) != 0,
                   .encryption = report->encryption };

  layers = dio_image_report_dup_layers (report);
  disk.layers = layers;
  for (guint i = 0; i < disks->len; i++)
    g_ptr_array_add (all, disks->pdata[i]);
  g_ptr_array_add (all, &disk);
  dio_machine_config_set_disks (config, all);
}

DioMachineConfig *
dio_image_config_new (DioImageReport *const *reports, guint n, const DioImageInsides *insides, GError **error)
{
  g_autoptr (DioMachineConfig) config = NULL;
  g_autofree char *name = NULL, *uuid = NULL;

  g_return_val_if_fail (reports != NULL && n > 0, NULL);

  for (guint i = 0; i < n; i++)
    if (!check_report (reports[i], error))
      return NULL;
  if (!check_arch (reports[0], insides, error))
    return NULL;
  name = make_name (reports[0]->files[0]->host_path);
  uuid = make_uuid (reports, n);
  config = dio_machine_config_new (name);
  g_object_set (config, "uuid", uuid, NULL);
  for (guint i = 0; i < n; i++)
    add_report (config, reports[i]);
  return g_steal_pointer (&config);
}
