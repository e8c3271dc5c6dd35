/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "vm/disk-image.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#define HEAD_SIZE (128 * 1024)
#define SECTOR 512
#define ISO_SECTOR 2048

/* The start of a file; offsets beyond its end read as zero. */
typedef struct
{
  guint8 *data;
  gsize size;
  guint64 file_size;
  int fd; /* (unowned) of the whole file */
} Head;

static gboolean
head_has (const Head *head, gsize offset, const char *magic, gsize n)
{
  return offset <= head->size && n <= head->size - offset && memcmp (head->data + offset, magic, n) == 0;
}

#define HEAD_HAS(head, offset, magic) head_has (head, offset, magic, sizeof (magic) - 1)

static guint64
head_uint (const Head *head, gsize offset, guint n_bytes, gboolean big_endian)
{
  guint64 value = 0;

  if (offset > head->size || n_bytes > head->size - offset)
    return 0;
  for (guint i = 0; i < n_bytes; i++)
    value |= (guint64) head->data[offset + i] << 8 * (big_endian ? n_bytes - 1 - i : i);
  return value;
}

static gboolean
head_read (Head *head, int fd, GError **error)
{
  while (head->size < HEAD_SIZE)
    {
      gssize n = pread (fd, head->data + head->size, HEAD_SIZE - head->size, head->size);

      if (n == 0)
        break;
      if (n > 0)
        head->size += n;
      else if (errno != EINTR)
        {
          int saved_errno = errno;

          g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno),
                       _ ("It cannot be read (%s). Check the drive that it is on."), g_strerror (saved_errno));
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
refuse (GError **error, const char *message)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, message);
  return FALSE;
}

static gboolean
refuse_reference (GError **error, const char *name, gsize length)
{
  g_autofree char *raw = g_strndup (name, MIN (length, 256));
  g_autofree char *text = g_utf8_make_valid (raw, -1);

  g_set_error (
      error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
      _ ("It only holds the changes to another file, “%s”, which it would make this computer open. Convert it to "
         "an image that stands alone first (qemu-img convert)."),
      text);
  return FALSE;
}

/* Header fields: QEMU's docs/interop/qcow2.rst. */
static gboolean
check_qcow2 (const Head *head, gboolean layered, gboolean encrypted, GError **error)
{
  guint64 version = head_uint (head, 4, 4, TRUE);
  guint64 backing = head_uint (head, 8, 8, TRUE);
  guint64 incompatible = version >= 3 ? head_uint (head, 72, 8, TRUE) : 0;

  if (version != 2 && version != 3)
    return refuse (error,
                   _ ("It is a QCOW image of a version that Diorama does not know. Convert it to a newer one first "
                      "(qemu-img convert)."));
  if (backing != 0 && !layered)
    {
      guint64 length = head_uint (head, 16, 4, TRUE);
      gboolean inside = backing < head->size && length <= head->size - backing;

      return refuse_reference (error, inside ? (const char *) head->data + backing : "?", inside ? length : 1);
    }
  if (head_uint (head, 32, 4, TRUE) != 0 && !encrypted)
    return refuse (error,
                   _ ("It is encrypted, and cannot be used here. Convert it to an image without encryption first "
                      "(qemu-img convert)."));
  if (incompatible & 1 << 2)
    return refuse (error,
                   _ ("Its data is kept in another file, which it would make this computer open. Convert it to an "
                      "image that stands alone first (qemu-img convert)."));
  return TRUE;
}

/* Header fields: QEMU's block/qcow.c and docs/interop/qed_spec.rst. */
static gboolean
check_older (const Head *head, const char *format, gboolean layered, GError **error)
{
  gboolean qed = g_str_equal (format, "qed");
  guint64 backing = qed ? head_uint (head, 16, 8, FALSE) & 1 : head_uint (head, 8, 8, TRUE);
  guint64 start = qed ? head_uint (head, 56, 4, FALSE) : backing;
  guint64 length = qed ? head_uint (head, 60, 4, FALSE) : head_uint (head, 16, 4, TRUE);
  gboolean inside = start < head->size && length <= head->size - start;

  if (backing == 0 || layered)
    return TRUE;
  return refuse_reference (error, inside ? (const char *) head->data + start : "?", inside ? length : 1);
}

/* Header fields: VMware's "Virtual Disk Format 5.0". A capacity of 0 hands the choice of files to the descriptor. */
static gboolean
check_vmdk (const Head *head, GError **error)
{
  guint64 capacity = head_uint (head, 12, 8, FALSE);
  guint64 descriptor = head_uint (head, 28, 8, FALSE);
  guint64 sectors = head_uint (head, 36, 8, FALSE);
  gsize start = descriptor * SECTOR;

  if (capacity == 0 || descriptor > head->size / SECTOR || sectors > (head->size - start) / SECTOR)
    return refuse (error,
                   _ ("It is a VMware disk of a kind that Diorama cannot check. Convert it to QCOW2 first (qemu-img "
                      "convert)."));
  /* Wherever it stands: QEMU looks for it in the second sector, whatever the header says. */
  if (memmem (head->data, head->size, "parentFileNameHint", strlen ("parentFileNameHint")))
    return refuse (error,
                   _ ("It only holds the changes to another VMware disk. Convert it to an image that stands alone "
                      "first (qemu-img convert)."));
  return TRUE;
}

/* A footer that is also at the start of dynamic disks. Header fields: Microsoft's "Virtual Hard Disk Image Format
 * Specification". Type 4 only holds the changes to another disk, which QEMU would take for one of fixed size. */
static gboolean
check_vpc (const guint8 footer[SECTOR], GError **error)
{
  if (footer[60] == 0 && footer[61] == 0 && footer[62] == 0 && footer[63] == 4)
    return refuse (error, _ ("It only holds the changes to another disk (VHD). Merge it with that one first."));
  return TRUE;
}

/* Disks of fixed size have their only mark at the very end. */
static gboolean
read_footer (const Head *head, guint8 footer[SECTOR])
{
  return head->file_size >= 2 * SECTOR &&
         pread (head->fd, footer, SECTOR, (off_t) (head->file_size - SECTOR)) == SECTOR &&
         memcmp (footer, "conectix", strlen ("conectix")) == 0;
}

/* What people get instead of an image, and what images come packed in. Returns: a sentence, or NULL. */
static const char *
recognise_other (const Head *head)
{
  g_autofree char *start = g_ascii_strdown ((const char *) head->data, MIN (head->size, 256));
  const char *text = g_strchug (start);

  if (g_str_has_prefix (text, "<!doctype html") || g_str_has_prefix (text, "<html"))
    return _ ("It is a web page, not an image: the download went wrong. Download it again.");
  if (g_str_has_prefix (text, "# disk descriptorfile"))
    return _ ("It only names the files that the disk (VMDK) is kept in. Convert it to a single file first (qemu-img "
              "convert).");
  if (HEAD_HAS (head, 257, "ustar"))
    return _ (
        "It is an archive (TAR, or an OVA appliance). Unpack it first, then open the disk image that was inside.");
  if (HEAD_HAS (head, 0, "\x1f\x8b") ||
      HEAD_HAS (head, 0,
                "\xfd"
                "7zXZ") ||
      HEAD_HAS (head, 0, "PK\x03\x04") || HEAD_HAS (head, 0, "\x28\xb5\x2f\xfd") || HEAD_HAS (head, 0, "BZh") ||
      HEAD_HAS (head, 0, "7z\xbc\xaf\x27\x1c"))
    return _ ("It is compressed. Unpack it first, then open the disk image that was inside.");
  return NULL;
}

/* The El Torito boot catalogue, anywhere in the file: its first entry's platform is EFI only where a BIOS finds
 * nothing. */
static DioFirmware
optical_firmware (const Head *head)
{
  guint64 catalogue = head_uint (head, 17 * ISO_SECTOR + 0x47, 4, FALSE);
  guint8 entry[2];

  if (!HEAD_HAS (head, 17 * ISO_SECTOR + 7, "EL TORITO SPECIFICATION") ||
      pread (head->fd, entry, sizeof entry, (off_t) (catalogue * ISO_SECTOR)) != sizeof entry)
    return DIO_FIRMWARE_BIOS;
  return entry[0] == 1 && entry[1] == 0xef ? DIO_FIRMWARE_UEFI : DIO_FIRMWARE_BIOS;
}

/* A GUID partition table under a boot sector without code is nothing that a BIOS can start. */
static DioFirmware
raw_firmware (const Head *head)
{
  gboolean code = FALSE;

  if (!HEAD_HAS (head, SECTOR, "EFI PART"))
    return DIO_FIRMWARE_BIOS;
  for (gsize i = 0; i < 440 && !code; i++)
    code = head->data[i] != 0;
  return code ? DIO_FIRMWARE_BIOS : DIO_FIRMWARE_UEFI;
}

/* Files without a mark at their start. */
static gboolean
identify_raw (const Head *head, DioDiskImage *image, GError **error)
{
  guint8 footer[SECTOR];
  const char *other;

  image->optical = HEAD_HAS (head, 16 * ISO_SECTOR + 1, "CD001") || HEAD_HAS (head, 16 * ISO_SECTOR + 1, "BEA01");
  if (image->optical)
    {
      image->firmware = optical_firmware (head);
      return TRUE;
    }
  if (read_footer (head, footer))
    {
      image->format = "vpc";
      return check_vpc (footer, error);
    }
  other = recognise_other (head);
  if (other != NULL)
    return refuse (error, other);
  if (head->file_size % SECTOR != 0 || !HEAD_HAS (head, SECTOR - 2, "\x55\xaa"))
    return refuse (
        error, _ ("It is not a disk image, or one that nothing can start from. Diorama opens ISO, QCOW2, VMDK, VDI, "
                  "VHD, VHDX and raw images."));
  image->firmware = raw_firmware (head);
  return TRUE;
}

/* By the mark at its start; "raw" when there is none. */
static const char *
format_by_mark (const Head *head)
{
  if (HEAD_HAS (head, 0, "QFI\xfb\0\0\0\1"))
    return "qcow";
  if (HEAD_HAS (head, 0, "QFI\xfb"))
    return "qcow2";
  if (HEAD_HAS (head, 0, "QED\0"))
    return "qed";
  if (HEAD_HAS (head, 0, "LUKS\xba\xbe"))
    return "luks";
  if (HEAD_HAS (head, 0, "KDMV"))
    return "vmdk";
  if (HEAD_HAS (head, 0x40, "\x7f\x10\xda\xbe"))
    return "vdi";
  if (HEAD_HAS (head, 0, "vhdxfile"))
    return "vhdx";
  return HEAD_HAS (head, 0, "conectix") ? "vpc" : "raw";
}

static gboolean
check_marked (const Head *head, const char *format, gboolean layered, gboolean encrypted, GError **error)
{
  if (g_str_equal (format, "qcow2"))
    return check_qcow2 (head, layered, encrypted, error);
  if (g_str_equal (format, "qcow") || g_str_equal (format, "qed"))
    return check_older (head, format, layered, error);
  if (g_str_equal (format, "luks") && !encrypted)
    return refuse (error, _ ("It is encrypted, and cannot be used here. Convert it to an image without encryption first "
                             "(qemu-img convert)."));
  if (g_str_equal (format, "vmdk"))
    return check_vmdk (head, error);
  return !g_str_equal (format, "vpc") || head->size < SECTOR || check_vpc (head->data, error);
}

static gboolean
identify (const Head *head, DioDiskImage *image, GError **error)
{
  image->firmware = DIO_FIRMWARE_BIOS;
  if (head->size == 0)
    return refuse (error, _ ("It is empty. If it was downloaded, download it again."));

  image->format = format_by_mark (head);
  return g_str_equal (image->format, "raw") ? identify_raw (head, image, error)
                                            : check_marked (head, image->format, FALSE, FALSE, error);
}

/* Opens PATH and reads its start. Returns: the descriptor, or -1. */
static int
open_head (const char *path, Head *head, GError **error)
{
  g_autofd int fd = -1;
  struct stat status;

  /* A FIFO must not make us wait for its writer. */
  fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0 || fstat (fd, &status) < 0)
    {
      int saved_errno = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno),
                   saved_errno == EACCES ? _ ("You are not allowed to read it (%s). Change its permissions.")
                                         : _ ("It cannot be opened (%s)."),
                   g_strerror (saved_errno));
      return -1;
    }
  if (!S_ISREG (status.st_mode))
    {
      refuse (error, S_ISDIR (status.st_mode) ? _ ("It is a folder. Open a disk image inside it.")
                                              : _ ("It is not an ordinary file."));
      return -1;
    }
  head->fd = fd;
  head->file_size = status.st_size;
  return head_read (head, fd, error) ? g_steal_fd (&fd) : -1;
}

gboolean
dio_disk_image_probe (const char *path, DioDiskImage *image, GError **error)
{
  g_autofd int fd = -1;
  g_autofree guint8 *data = g_malloc (HEAD_SIZE);
  Head head = { .data = data };

  g_return_val_if_fail (path != NULL && image != NULL, FALSE);

  fd = open_head (path, &head, error);
  if (fd < 0)
    return FALSE;
  *image = (DioDiskImage) { .read_only = access (path, W_OK) != 0 };
  return identify (&head, image, error);
}

gboolean
dio_disk_image_check (const char *path, const char *format, gboolean layered, GError **error)
{
  g_autofd int fd = -1;
  g_autofree guint8 *data = g_malloc (HEAD_SIZE);
  Head head = { .data = data };
  const char *found;
  guint8 footer[SECTOR];

  g_return_val_if_fail (path != NULL && format != NULL, FALSE);

  fd = open_head (path, &head, error);
  if (fd < 0)
    return FALSE;
  if (g_str_equal (format, "raw"))
    return TRUE;
  found = format_by_mark (&head);
  if (g_str_equal (found, "raw") && read_footer (&head, footer))
    found = "vpc";
  if (g_str_equal (found, format))
    return g_str_equal (found, format_by_mark (&head)) ? check_marked (&head, format, layered, TRUE, error)
                                                       : check_vpc (footer, error);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
               _ ("It is not the disk image (%s) that it should be. It is damaged, or another file took its place."),
               format);
  return FALSE;
}

gboolean
dio_disk_image_check_all (const char *path, const char *format, const char *const *layers, GError **error)
{
  guint n = layers != NULL ? g_strv_length ((GStrv) layers) / 2 : 0;
  gboolean good = TRUE;

  g_return_val_if_fail (path != NULL && format != NULL, FALSE);

  for (guint i = 0; i <= n && good; i++)
    {
      const char *file = i == 0 ? path : layers[2 * i - 2], *kind = i == 0 ? format : layers[2 * i - 1];
      g_autofree char *shown = g_filename_display_basename (file);

      good = dio_disk_image_check (file, kind, i < n, error);
      if (good && !g_utf8_validate (file, -1, NULL))
        good = refuse (error, _ ("Its name has characters that QEMU cannot take (it is not UTF-8). Rename it."));
      if (!good)
        g_prefix_error (error, _ ("The disk image “%s” cannot be used. "), shown);
    }
  return good;
}
