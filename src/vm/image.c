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

/* A UUID of version 5 (RFC 9562) of the files' URIs: guests take another one for another computer. */
static char *
make_uuid (const char *uris)
{
  static const guint8 url_namespace[] = { 0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1,
                                          0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8 };
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA1);
  guint8 b[20];
  gsize length = sizeof b;

  g_checksum_update (checksum, url_namespace, sizeof url_namespace);
  g_checksum_update (checksum, (const guint8 *) uris, -1);
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
  g_autofree char *uri = g_strconcat ("file://", absolute, NULL);
  g_autofree char *uuid = make_uuid (uri);
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

/* --- of what was found out before --- */

static char *
make_uuid_for_reports (DioImageReport *const *reports, guint n)
{
  g_autoptr (GString) uris = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (uris, "%sfile://%s", i > 0 ? "\n" : "", reports[i]->files[0]->host_path);
  return make_uuid (uris->str);
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
  if (report->problem != DIO_IMAGE_GOOD && report->problem != DIO_IMAGE_ENCRYPTED)
    {
      g_set_error (error, G_IO_ERROR,
                   report->problem == DIO_IMAGE_UNREADABLE ? (int) g_io_error_from_errno (report->error_number)
                                                           : G_IO_ERROR_NOT_SUPPORTED,
                   "%s", report->sentence != NULL ? report->sentence : _ ("It cannot be opened."));
      return FALSE;
    }
  if (g_strcmp0 (report->encryption, "aes") == 0)
    return refuse (report, error,
                   _ ("It is encrypted in an old way that is not safe, and that QEMU no longer runs. Convert it to an "
                      "image without encryption first (qemu-img convert)."));
  return TRUE;
}

static gboolean
is_ours (const char *arch)
{
  static const char *const names[] = { "x86_64", "amd64", "x86", "i386", "i486", "i586", "i686", NULL };

  return g_strv_contains (names, arch);
}

static gboolean
refuse_arch (const DioImageReport *report, const char *arch, GError **error)
{
  g_autofree char *sentence = g_strdup_printf (
      _ ("It is a system for another kind of processor (%s). Diorama runs systems for x86-64 only: get "
         "its edition for “x86_64” or “amd64”."),
      arch);

  return refuse (report, error, sentence);
}

/* Only what is not for us at all: who has firmware for us, too, starts. */
static gboolean
check_arch (const DioImageReport *report, const DioImageInsides *insides, GError **error)
{
  const DioImageBoot ours = DIO_IMAGE_BOOT_BIOS | DIO_IMAGE_BOOT_UEFI;

  if (insides == NULL || (insides->boot & ours) != 0)
    return TRUE;
  if (insides->boot == 0)
    return insides->arch == NULL || is_ours (insides->arch) || refuse_arch (report, insides->arch, error);
  if (insides->boot & DIO_IMAGE_BOOT_UEFI_ARM)
    return refuse (report, error,
                   _ ("It is a system for Arm processors (AArch64). Diorama runs systems for x86-64 "
                      "only: get its edition for “x86_64” or “amd64”."));
  if (insides->boot & DIO_IMAGE_BOOT_UEFI_RISCV)
    return refuse (report, error,
                   _ ("It is a system for RISC-V processors. Diorama runs systems for x86-64 only: get "
                      "its edition for “x86_64” or “amd64”."));
  return refuse (report, error,
                 _ ("It only starts on computers with a UEFI of 32 bits, which Diorama does not have: "
                    "get its edition for “x86_64” or “amd64”."));
}

/* BIOS code is often there without a use; what UEFI starts is not. */
static DioFirmware
choose_firmware (const DioImageReport *report, const DioImageInsides *insides)
{
  DioDiskImage image;

  if (insides != NULL && insides->boot & DIO_IMAGE_BOOT_UEFI)
    return DIO_FIRMWARE_UEFI;
  if (insides != NULL && insides->boot & DIO_IMAGE_BOOT_BIOS)
    return DIO_FIRMWARE_BIOS;
  return dio_disk_image_probe (report->files[0]->path, &image, NULL) ? image.firmware : DIO_FIRMWARE_BIOS;
}

/* Linux knows the network card of virtual machines; Windows does not, and wants its clock in local time. */
static void
choose_devices (DioMachineConfig *config, const DioImageInsides *insides)
{
  const char *os = insides != NULL ? insides->os_id : NULL;
  gboolean windows = os != NULL && g_str_has_prefix (os, "windows");
  gboolean linux_like = os != NULL && !windows && insides->os_name != NULL;

  g_object_set (config, "network-card", linux_like ? DIO_NETWORK_CARD_VIRTIO : DIO_NETWORK_CARD_E1000E, "hyperv",
                windows, "clock-local", windows, NULL);
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
dio_image_config_new_for_reports (DioImageReport *const *reports, guint n, const DioImageInsides *insides,
                                  GError **error)
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
  uuid = make_uuid_for_reports (reports, n);
  config = dio_machine_config_new (name);
  g_object_set (config, "uuid", uuid, "memory", choose_memory (), "cpus", CLAMP (g_get_num_processors (), 1, MAX_CPUS),
                "firmware", choose_firmware (reports[0], insides), NULL);
  choose_devices (config, insides);
  for (guint i = 0; i < n; i++)
    add_report (config, reports[i]);
  return g_steal_pointer (&config);
}

/* --- in a thread --- */

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
