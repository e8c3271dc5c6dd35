/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* What a machine keeps: disks, the firmware's variables, the TPM. */
#include "config.h"

#include "vm/argv-private.h"
#include "vm/machine-parts.h"

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>

#define AHCI_PORTS 6

/* One file that QEMU opens as a disk. NODE is the name of its format's node; its file's is NODE-file; the object with
 * its passphrase is SECRET. */
typedef struct
{
  const char *node;
  const char *path;
  const char *format;
  const char *backing; /* the node of what it is written over, or NULL */
  gboolean read_only;
  DioDiskCache cache;
  const char *encryption; /* as DioDisk has it */
  const char *secret;
} Image;

static void
set_string (JsonObject *object, const char *name, const char *value)
{
  json_object_set_string_member (object, name, value);
}

/* JSON because a path may hold any byte that is UTF-8, commas and quotes among them. */
static void
add_blockdev (DioArgv *self, JsonObject *object, const Image *image)
{
  g_autoptr (JsonNode) root = json_node_init_object (json_node_alloc (), object);
  g_autofree char *text = NULL;

  if (!image->read_only)
    set_string (object, "discard", "unmap");
  json_object_set_boolean_member (object, "read-only", image->read_only);
  if (image->cache != DIO_DISK_CACHE_SAFE)
    {
      JsonObject *cache = json_object_new ();

      json_object_set_boolean_member (cache, "direct", image->cache == DIO_DISK_CACHE_DIRECT);
      json_object_set_boolean_member (cache, "no-flush", image->cache == DIO_DISK_CACHE_FAST);
      json_object_set_object_member (object, "cache", cache);
    }
  text = json_to_string (root, FALSE);
  dio_argv_add (self, "-blockdev", "%s", text);
}

/* Formats that can lie over others. */
static gboolean
is_layered (const char *format)
{
  static const char *const formats[] = { "qcow2", "qcow", "qed", "vmdk", NULL };

  return g_strv_contains (formats, format);
}

/* The image is encrypted: where its key comes from. */
static void
set_encryption (JsonObject *format, const Image *image)
{
  JsonObject *encrypt;

  if (image->encryption == NULL)
    return;
  if (g_str_equal (image->format, "luks"))
    {
      set_string (format, "key-secret", image->secret);
      return;
    }
  encrypt = json_object_new ();
  set_string (encrypt, "format", image->encryption);
  set_string (encrypt, "key-secret", image->secret);
  json_object_set_object_member (format, "encrypt", encrypt);
}

static void
add_image (DioArgv *self, const Image *image)
{
  g_autofree char *file_node = g_strconcat (image->node, "-file", NULL);
  g_autoptr (JsonObject) file = json_object_new (), format = json_object_new ();

  if (!g_utf8_validate (image->path, -1, NULL))
    {
      dio_argv_refuse (self, _ ("The name of a disk image has characters that QEMU cannot take (it is not UTF-8). "
                                "Rename the file."));
      return;
    }
  set_string (file, "driver", "file");
  set_string (file, "node-name", file_node);
  set_string (file, "filename", image->path);
  /* QEMU's locks fail there (F_OFD_GETLK is answered with EIO), and so does every open; ours keep others away. */
  if (self->paths->unlocked != NULL && g_strv_contains (self->paths->unlocked, image->path))
    set_string (file, "locking", "off");
  add_blockdev (self, file, image);

  set_string (format, "driver", image->format);
  set_string (format, "node-name", image->node);
  set_string (format, "file", file_node);
  /* Whatever the image names, no further file is opened for it but those that we name. */
  if (image->backing != NULL)
    set_string (format, "backing", image->backing);
  else if (is_layered (image->format))
    json_object_set_null_member (format, "backing");
  set_encryption (format, image);
  add_blockdev (self, format, image);
}

/* --- disks --- */

/* What lies under DISK, the lowest first, each a read-only node. Returns: the name of the uppermost, or NULL. (transfer
 * full) */
static char *
add_layers (DioArgv *self, const DioDisk *disk, const char *node)
{
  guint n = disk->layers != NULL ? g_strv_length (disk->layers) / 2 : 0;
  g_autofree char *below = NULL;

  if (n > 0 && !is_layered (disk->format))
    dio_argv_refuse (self,
                     _ ("The disk image “%s” cannot be written over another one: only images in QEMU's own format "
                        "(qcow2) can."),
                     disk->path);
  for (guint i = n; i > 0; i--)
    {
      g_autofree char *layer = g_strdup_printf ("%s-layer%u", node, i);

      add_image (self, &(Image) { layer, disk->layers[2 * i - 2], disk->layers[2 * i - 1], below, TRUE, disk->cache });
      g_set_str (&below, layer);
    }
  return g_steal_pointer (&below);
}

/* The object that hands QEMU the passphrase of disk number I. Returns: its name; NULL when the disk is not encrypted.
 * (transfer full) */
static char *
add_secret (DioArgv *self, const DioDisk *disk, guint i)
{
  int fd = self->paths->secret_fds != NULL ? self->paths->secret_fds[i] : -1;

  if (disk->encryption == NULL)
    return NULL;
  if (!g_str_equal (disk->encryption, "luks"))
    dio_argv_refuse (self,
                     _ ("The disk image “%s” is encrypted in an old way that is not safe, and that QEMU no longer "
                        "runs. Convert it to an image without encryption first (qemu-img convert)."),
                     disk->path);
  else if (fd < 0)
    dio_argv_refuse (self, _ ("The disk image “%s” is encrypted, and needs its passphrase."), disk->path);
  dio_argv_add (self, "-object", "secret,id=disk%u-key,file=/proc/self/fd/%d", i, fd);
  return g_strdup_printf ("disk%u-key", i);
}

static gboolean
has_overlay (DioArgv *self, guint i)
{
  return self->paths->overlays != NULL && *self->paths->overlays[i] != '\0';
}

/* The same for its overlay. (transfer full) (nullable) */
static char *
add_overlay_secret (DioArgv *self, guint i)
{
  int fd = self->paths->overlay_fds != NULL ? self->paths->overlay_fds[i] : -1;

  if (fd < 0)
    return NULL;
  dio_argv_add (self, "-object", "secret,id=disk%u-overlay-key,file=/proc/self/fd/%d", i, fd);
  return g_strdup_printf ("disk%u-overlay-key", i);
}

/* The image of disk number I: with an overlay, which takes what is written, it is read only itself. */
static void
add_disk_images (DioArgv *self, const DioDisk *disk, guint i, const char *node)
{
  gboolean kept = !has_overlay (self, i);
  g_autofree char *below = add_layers (self, disk, node);
  g_autofree char *secret = add_secret (self, disk, i);
  g_autofree char *base = g_strconcat (node, "-kept", NULL);
  g_autofree char *overlay_secret = NULL;

  if (kept)
    {
      add_image (self, &(Image) { node, disk->path, disk->format, below, disk->read_only, disk->cache, disk->encryption,
                                  secret });
      return;
    }
  add_image (self, &(Image) { base, disk->path, disk->format, below, TRUE, disk->cache, disk->encryption, secret });
  overlay_secret = add_overlay_secret (self, i);
  /* It goes with the machine: nothing has to be on the disk before. */
  add_image (self, &(Image) { node, self->paths->overlays[i], "qcow2", base, FALSE, DIO_DISK_CACHE_FAST,
                              overlay_secret != NULL ? "luks" : NULL, overlay_secret });
}

/* By what a guest tells its disks apart: the same as long as the file has its name, whatever is added or taken away.
 * At most 20 bytes, which is what ATA and virtio have room for. (transfer full) */
static char *
make_serial (DioArgv *self, const DioDisk *disk, guint i)
{
  g_autofree char *name = g_path_get_basename (disk->path);
  g_autofree char *checksum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, name, -1);
  g_autofree char *serial = g_strdup_printf ("diorama-%.8s", checksum);

  if (!g_hash_table_add (self->serials, g_strdup (serial)))
    return g_strdup_printf ("%s-%u", serial, i);
  return g_steal_pointer (&serial);
}

/* Returns: the bus for one more SATA drive; the machine has six ports, each further controller as many. (transfer full)
 */
static char *
next_sata_bus (DioArgv *self)
{
  guint controller = self->n_sata / AHCI_PORTS, port = self->n_sata % AHCI_PORTS;

  self->n_sata++;
  if (controller == 0)
    return g_strdup_printf ("ide.%u", port);
  if (port == 0)
    dio_argv_add_device (self, "ich9-ahci", "id=sata%u", controller);
  return g_strdup_printf ("sata%u.%u", controller, port);
}

/* Returns: the bus of the SCSI controller, which comes with the first that needs it. */
static const char *
next_scsi_bus (DioArgv *self)
{
  if (self->n_scsi++ == 0)
    dio_argv_add_device (self, "virtio-scsi-pci", "id=scsi0");
  return "scsi0.0";
}

static void
add_cdrom (DioArgv *self, const DioDisk *disk, guint i)
{
  g_autofree char *node = g_strdup_printf ("cd%u", i);
  g_autofree char *drive = disk->path != NULL ? g_strdup_printf (",drive=%s", node) : g_strdup ("");
  g_autofree char *bus = NULL;
  guint boot = ++self->n_boot;

  if (disk->path != NULL)
    add_image (self, &(Image) { node, disk->path, disk->format != NULL ? disk->format : "raw", NULL, TRUE });
  bus = disk->bus == DIO_DISK_BUS_SCSI ? g_strdup (next_scsi_bus (self)) : next_sata_bus (self);
  dio_argv_add_device (self, disk->bus == DIO_DISK_BUS_SCSI ? "scsi-cd" : "ide-cd", "id=%s-drive,bus=%s%s,bootindex=%u",
                       node, bus, drive, boot);
}

static void
add_sata_disk (DioArgv *self, const DioDisk *disk, guint i, const char *node, const char *rest)
{
  g_autofree char *bus = next_sata_bus (self);

  if (disk->read_only && !has_overlay (self, i))
    dio_argv_refuse (self,
                     _ ("The disk image “%s” cannot be written, and a SATA disk has to be. Change its permissions, or "
                        "use another bus."),
                     disk->path);
  dio_argv_add_device (self, "ide-hd", "id=%s-drive,bus=%s,%s", node, bus, rest);
}

static void
add_disk (DioArgv *self, const DioDisk *disk, guint i)
{
  g_autofree char *node = g_strdup_printf ("disk%u", i);
  g_autofree char *serial = make_serial (self, disk, i);
  g_autofree char *rest = g_strdup_printf ("drive=%s,serial=%s,bootindex=%u", node, serial, ++self->n_boot);

  add_disk_images (self, disk, i, node);
  switch (disk->bus)
    {
    case DIO_DISK_BUS_VIRTIO:
      dio_argv_add_device (self, "virtio-blk-pci", "id=%s-drive,%s", node, rest);
      break;
    case DIO_DISK_BUS_SATA:
      add_sata_disk (self, disk, i, node, rest);
      break;
    case DIO_DISK_BUS_NVME:
      dio_argv_add_device (self, "nvme", "id=%s-drive,%s", node, rest);
      break;
    case DIO_DISK_BUS_USB:
      dio_argv_add_device (self, "usb-storage", "id=%s-drive,bus=usb.0,%s", node, rest);
      break;
    case DIO_DISK_BUS_SCSI:
      dio_argv_add_device (self, "scsi-hd", "id=%s-drive,bus=%s,%s", node, next_scsi_bus (self), rest);
      break;
    default:
      dio_argv_refuse (self, _ ("The disk image “%s” is on a bus that Diorama does not know."), disk->path);
    }
}

void
dio_argv_add_disks (DioArgv *self)
{
  for (guint i = 0; i < dio_machine_config_get_n_disks (self->config); i++)
    {
      const DioDisk *disk = dio_machine_config_get_disk (self->config, i);

      if (disk->cdrom)
        add_cdrom (self, disk, i);
      else
        add_disk (self, disk, i);
    }
}

/* --- firmware, TPM --- */

void
dio_argv_add_firmware (DioArgv *self)
{
  gboolean secure = dio_argv_is_secure (self);
  const char *code = dio_engine_get_firmware (self->engine, secure ? "uefi-secure-code" : "uefi-code");
  const DioRunPaths *paths = self->paths;

  if (!dio_argv_is_uefi (self))
    return;
  if (code == NULL || paths->uefi_vars == NULL)
    {
      if (self->error == NULL)
        self->error = g_error_new (G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                                   _ ("There is no UEFI firmware for this machine. Install the package %s."), "ovmf");
      return;
    }
  add_image (self, &(Image) { "uefi-code", code, "raw", NULL, TRUE });
  add_image (self, &(Image) { "uefi-vars", paths->uefi_vars, paths->uefi_vars_format, NULL, FALSE });
  if (secure)
    dio_argv_add (self, "-global", "driver=cfi.pflash01,property=secure,value=on");
}

void
dio_argv_add_tpm (DioArgv *self)
{
  if (!dio_machine_config_get_tpm (self->config))
    return;
  dio_argv_require_option (self, "tpm-emulator");
  dio_argv_add (self, "-chardev", "socket,id=tpm,fd=%d", self->paths->tpm_fd);
  dio_argv_add (self, "-tpmdev", "emulator,id=tpm0,chardev=tpm");
  dio_argv_add_device (self, "tpm-crb", "tpmdev=tpm0");
}
