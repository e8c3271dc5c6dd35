/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "vm/disk-image.h"
#include "vm/run-files.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#define SIZE (64 * 2048)

static guint8 content[SIZE];

static void
put (gsize offset, const char *bytes, gsize n)
{
  memcpy (content + offset, bytes, n);
}

static void
put_uint (gsize offset, guint n_bytes, guint64 value, gboolean big_endian)
{
  for (guint i = 0; i < n_bytes; i++)
    content[offset + i] = value >> 8 * (big_endian ? n_bytes - 1 - i : i);
}

/* Writes the first SIZE bytes of CONTENT to a file, wipes them, and probes the file. */
static gboolean
probe (gsize size, DioDiskImage *image, GError **error)
{
  g_autofree char *path = g_build_filename (g_get_user_cache_dir (), "image", NULL);
  gboolean result;

  g_assert_cmpint (g_mkdir_with_parents (g_get_user_cache_dir (), 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, (const char *) content, size, NULL));
  memset (content, 0, sizeof content);
  result = dio_disk_image_probe (path, image, error);
  g_assert_cmpint (g_unlink (path), ==, 0);
  return result;
}

static void
assert_format (const char *format, gboolean optical, DioFirmware firmware)
{
  g_autoptr (GError) error = NULL;
  DioDiskImage image;

  g_assert_true (probe (SIZE, &image, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (image.format, ==, format);
  g_assert_cmpint (image.optical, ==, optical);
  g_assert_cmpint (image.firmware, ==, firmware);
}

static void
assert_refused (gsize size, const char *word)
{
  g_autoptr (GError) error = NULL;
  DioDiskImage image;

  g_assert_false (probe (size, &image, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  if (!strstr (error->message, word))
    g_error ("“%s” is not in: %s", word, error->message);
}

static void
put_iso (guint64 catalogue, guint8 platform)
{
  put (16 * 2048, "\1CD001", 6);
  put (17 * 2048, "\0CD001\1EL TORITO SPECIFICATION", 30);
  put_uint (17 * 2048 + 0x47, 4, catalogue, FALSE);
  if (catalogue < SIZE / 2048)
    {
      content[catalogue * 2048] = 1;
      content[catalogue * 2048 + 1] = platform;
    }
}

static void
test_formats (void)
{
  put (0, "QFI\xfb\0\0\0\3", 8);
  assert_format ("qcow2", FALSE, DIO_FIRMWARE_BIOS);
  put (0x40, "\x7f\x10\xda\xbe", 4);
  assert_format ("vdi", FALSE, DIO_FIRMWARE_BIOS);
  put (0, "vhdxfile", 8);
  assert_format ("vhdx", FALSE, DIO_FIRMWARE_BIOS);
  put (0, "conectix", 8);
  assert_format ("vpc", FALSE, DIO_FIRMWARE_BIOS);
  put (0, "KDMV", 4);
  put_uint (12, 8, 1000, FALSE);
  assert_format ("vmdk", FALSE, DIO_FIRMWARE_BIOS);
  put (510, "\x55\xaa", 2);
  assert_format ("raw", FALSE, DIO_FIRMWARE_BIOS);
  put (SIZE - 512, "conectix", 8);
  assert_format ("vpc", FALSE, DIO_FIRMWARE_BIOS);
}

static void
test_firmware (void)
{
  put_iso (20, 0);
  assert_format ("raw", TRUE, DIO_FIRMWARE_BIOS);
  put_iso (63, 0xef);
  assert_format ("raw", TRUE, DIO_FIRMWARE_UEFI);
  put_iso (G_MAXUINT32, 0xef);
  assert_format ("raw", TRUE, DIO_FIRMWARE_BIOS);
  put (510, "\x55\xaa", 2);
  put (512, "EFI PART", 8);
  assert_format ("raw", FALSE, DIO_FIRMWARE_UEFI);
  content[0] = 0xeb;
  put (510, "\x55\xaa", 2);
  put (512, "EFI PART", 8);
  assert_format ("raw", FALSE, DIO_FIRMWARE_BIOS);
}

/* What would make QEMU open more than the file itself. */
static void
test_references (void)
{
  put (0, "QFI\xfb\0\0\0\3", 8);
  put_uint (8, 8, 512, TRUE);
  put_uint (16, 4, 11, TRUE);
  put (512, "/etc/shadow", 11);
  assert_refused (SIZE, "/etc/shadow");

  put (0, "QFI\xfb\0\0\0\3", 8);
  put_uint (8, 8, G_MAXUINT64 - 4, TRUE);
  put_uint (16, 4, G_MAXUINT32, TRUE);
  assert_refused (SIZE, "another file");

  put (0, "QFI\xfb\0\0\0\3", 8);
  put_uint (72, 8, 1 << 2, TRUE);
  assert_refused (SIZE, "another file");

  put (0, "QFI\xfb\0\0\0\2", 8);
  put_uint (32, 4, 1, TRUE);
  assert_refused (SIZE, "encrypted");

  put (0, "conectix", 8);
  put_uint (60, 4, 4, TRUE);
  assert_refused (SIZE, "another disk");
  put (SIZE - 512, "conectix", 8);
  put_uint (SIZE - 512 + 60, 4, 4, TRUE);
  assert_refused (SIZE, "another disk");
  put (0, "# Disk DescriptorFile\nversion=1\n", 32);
  assert_refused (SIZE, "names the files");

  put (0, "KDMV", 4);
  assert_refused (SIZE, "VMware");
  put (0, "KDMV", 4);
  put_uint (12, 8, 1000, FALSE);
  put_uint (28, 8, 1, FALSE);
  put_uint (36, 8, 2, FALSE);
  put (5000, "parentFileNameHint=\"/etc/shadow\"", 32);
  assert_refused (SIZE, "another VMware disk");
  put (0, "KDMV", 4);
  put_uint (12, 8, 1000, FALSE);
  put_uint (28, 8, G_MAXUINT64 / 512, FALSE);
  put_uint (36, 8, G_MAXUINT64, FALSE);
  assert_refused (SIZE, "VMware");
}

static void
test_no_disks (void)
{
  g_autoptr (GError) error = NULL;
  DioDiskImage image;

  assert_refused (0, "empty");
  put (0, "QFI\xfb", 4);
  assert_refused (4, "version");
  put (0, "\x1f\x8b", 2);
  assert_refused (SIZE, "compressed");
  put (0, "7z\xbc\xaf\x27\x1c", 6);
  assert_refused (SIZE, "compressed");
  put (257, "ustar", 5);
  assert_refused (SIZE, "archive");
  put (0, "<!DOCTYPE html>", 15);
  assert_refused (15, "web page");
  put (0, "\r\n <HTML lang=de>", 17);
  assert_refused (SIZE, "web page");
  put (0, "a", 1);
  assert_refused (1, "not a disk image");
  assert_refused (SIZE, "not a disk image");
  put (510, "\x55\xaa", 2);
  assert_refused (SIZE - 1, "not a disk image");

  g_assert_false (dio_disk_image_probe ("/", &image, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_clear_error (&error);
  g_assert_false (dio_disk_image_probe ("/dev/null", &image, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_clear_error (&error);
  g_assert_false (dio_disk_image_probe ("/nonexistent", &image, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

/* What a definition names is looked at before a machine starts: each file of each disk. */
static void
test_start (void)
{
  g_autofree char *top = g_build_filename (g_get_user_cache_dir (), "top.qcow2", NULL);
  g_autofree char *below = g_build_filename (g_get_user_cache_dir (), "below.qcow2", NULL);
  char *layers[] = { below, (char *) "qcow2", NULL };
  DioDisk disk = { .path = top, .format = (char *) "qcow2", .layers = layers };
  g_autoptr (GPtrArray) disks = g_ptr_array_new ();
  g_autoptr (DioMachineConfig) config = dio_machine_config_new ("x");
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (g_get_user_cache_dir (), 0700), ==, 0);
  g_ptr_array_add (disks, &disk);
  dio_machine_config_set_disks (config, disks);
  put (0, "QFI\xfb", 4);
  put_uint (4, 4, 3, TRUE);
  g_assert_true (g_file_set_contents (top, (const char *) content, SIZE, NULL));
  put_uint (72, 8, 1 << 2, TRUE);
  g_assert_true (g_file_set_contents (below, (const char *) content, SIZE, NULL));
  memset (content, 0, sizeof content);
  /* Without an engine: nothing else is done before. */
  g_assert_null (dio_run_files_new (config, NULL, g_get_user_cache_dir (), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_assert_nonnull (strstr (error->message, "“below.qcow2”"));
  g_assert_nonnull (strstr (error->message, "another file"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/disk-image/formats", test_formats);
  g_test_add_func ("/disk-image/firmware", test_firmware);
  g_test_add_func ("/disk-image/references", test_references);
  g_test_add_func ("/disk-image/no-disks", test_no_disks);
  g_test_add_func ("/disk-image/start", test_start);
  return g_test_run ();
}
