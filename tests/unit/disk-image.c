/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "vm/disk-image.h"
#include "vm/run-files.h"

#include "image-files.h"

#include <glib/gstdio.h>
#include <string.h>

static char *
write_image (const char *name, GByteArray *image)
{
  char *path = g_build_filename (g_get_user_cache_dir (), name, NULL);

  g_assert_cmpint (g_mkdir_with_parents (g_get_user_cache_dir (), 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, (const char *) image->data, image->len, NULL));
  g_byte_array_unref (image);
  return path;
}

static void
assert_format (GByteArray *content, const char *format, gboolean optical)
{
  g_autofree char *path = write_image ("image", content);
  g_autoptr (GError) error = NULL;
  DioDiskImage image;

  g_assert_true (dio_disk_image_probe (path, &image, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (image.format, ==, format);
  g_assert_cmpint (image.optical, ==, optical);
  g_assert_false (image.read_only);
}

static void
assert_refused (GByteArray *content, const char *word)
{
  g_autofree char *path = write_image ("image", content);
  g_autoptr (GError) error = NULL;
  DioDiskImage image;

  g_assert_false (dio_disk_image_probe (path, &image, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  if (!strstr (error->message, word))
    g_error ("“%s” is not in: %s", word, error->message);
}

static void
test_probe (void)
{
  assert_format (image_files_qcow2 (), "qcow2", FALSE);
  assert_format (image_files_vhd (), "vpc", FALSE);
  assert_format (image_files_disc (), "raw", TRUE);
  assert_format (image_files_gpt (), "raw", FALSE);
}

/* What needs more than the file, and what is no disk. */
static void
test_refused (void)
{
  g_autofree char *base = write_image ("base", image_files_qcow2 ());
  g_autoptr (GError) error = NULL;
  GByteArray *image = image_files_qcow2 ();
  DioDiskImage probed;

  assert_refused (image_files_layer ("base", "qcow2"), "/base");
  assert_refused (image_files_layer ("/etc/shadow", "raw"), "/etc/shadow");
  image_files_put_be (image, 32, 4, 1);
  assert_refused (image, "encrypted");
  image = image_files_gpt ();
  memset (image->data, 0, image->len);
  assert_refused (image, "not a disk image");
  g_assert_false (dio_disk_image_probe ("/dev/null", &probed, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
}

static void
assert_checked (GByteArray *content, const char *format, gboolean layered, const char *word)
{
  g_autofree char *path = write_image ("image", content);
  g_autoptr (GError) error = NULL;
  gboolean good = dio_disk_image_check (path, format, layered, &error);

  g_assert_cmpint (good, ==, word == NULL);
  if (word == NULL)
    return;
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  if (!strstr (error->message, word))
    g_error ("“%s” is not in: %s", word, error->message);
}

static GByteArray *
change (GByteArray *image, gsize offset, guint n_bytes, guint64 value)
{
  image_files_put_be (image, offset, n_bytes, value);
  return image;
}

/* What a definition says: it is that format, or none; and what QEMU would open besides is told to it, or refused. */
static void
test_check (void)
{
  g_autoptr (GError) error = NULL;
  GByteArray *image;

  assert_checked (image_files_qcow2 (), "qcow2", FALSE, NULL);
  assert_checked (image_files_qcow2 (), "raw", FALSE, NULL);
  assert_checked (image_files_layer ("/etc/shadow", "raw"), "raw", FALSE, NULL);
  assert_checked (image_files_qcow2 (), "qcow", FALSE, "not the disk image");
  assert_checked (image_files_gpt (), "qcow2", FALSE, "not the disk image");
  assert_checked (image_files_vhd_fixed (), "vpc", FALSE, NULL);
  assert_checked (image_files_layer ("base", "qcow2"), "qcow2", FALSE, "“base”");
  assert_checked (image_files_layer ("base", "qcow2"), "qcow2", TRUE, NULL);
  assert_checked (image_files_layer ("json:{}", NULL), "qcow2", TRUE, NULL); /* never looked at */
  assert_checked (change (image_files_qcow2 (), 72, 8, 4), "qcow2", TRUE, "another file");
  assert_checked (change (image_files_qcow2 (), 72, 8, 4 | 1 << 20), "qcow2", TRUE, "newer version");
  assert_checked (change (image_files_qcow2 (), 72, 8, 3), "qcow2", FALSE, NULL); /* damaged is for QEMU to tell */
  assert_checked (change (image_files_qcow2 (), 40, 8, 1 << 20), "qcow2", FALSE, NULL);
  assert_checked (change (image_files_qcow2 (), 40, 8, 8), "qcow2", FALSE, "damaged");
  assert_checked (change (image_files_qcow2 (), 32, 4, 1), "qcow2", FALSE, NULL); /* its passphrase is asked for */
  assert_checked (image_files_luks (), "luks", FALSE, NULL);
  image = change (image_files_qcow (), 8, 8, 100);
  image_files_put_be (image, 16, 4, 4);
  image_files_put_text (image, 100, "base");
  assert_checked (image, "qcow", FALSE, "“base”");
  image = image_files_qed ();
  image_files_put_le (image, 16, 8, 1);
  image_files_put_le (image, 56, 8, G_GUINT64_CONSTANT (4) << 32 | 64);
  image_files_put_text (image, 64, "base");
  assert_checked (image, "qed", FALSE, "“base”");
  image = image_files_vmdk ();
  image_files_put_text (image, 5000, "parentFileNameHint=\"/etc/shadow\"");
  assert_checked (image, "vmdk", TRUE, "/etc/shadow");
  image = change (image_files_vhd_fixed (), 8 * 1024 * 1024 + 60, 4, 4);
  image_files_seal_vhd (image);
  assert_checked (image, "vpc", FALSE, "another disk");

  /* A device would be opened for a raw disk. */
  g_assert_false (dio_disk_image_check ("/dev/zero", "raw", FALSE, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_clear_error (&error);
  g_assert_false (dio_disk_image_check ("/etc", "raw", FALSE, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
}

/* What a definition names is looked at before a machine starts: each file of each disk. */
static void
test_start (void)
{
  g_autofree char *top = write_image ("top.qcow2", image_files_qcow2 ());
  g_autofree char *below = write_image ("below.qcow2", change (image_files_qcow2 (), 72, 8, 4));
  char *layers[] = { below, (char *) "qcow2", NULL };
  DioDisk disk = { .path = top, .format = (char *) "qcow2", .layers = layers };
  g_autoptr (GPtrArray) disks = g_ptr_array_new ();
  g_autoptr (DioMachineConfig) config = dio_machine_config_new ("x");
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (disks, &disk);
  dio_machine_config_set_disks (config, disks);
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
  g_test_add_func ("/disk-image/probe", test_probe);
  g_test_add_func ("/disk-image/refused", test_refused);
  g_test_add_func ("/disk-image/check", test_check);
  g_test_add_func ("/disk-image/start", test_start);
  return g_test_run ();
}
