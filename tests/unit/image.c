/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* Machines made of one file; what the file is, is tested in disk-image.c. */
#include "vm/image.h"

#include "image-files.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIZE (64 * 2048)

static guint8 content[SIZE];

static char *
write_file (const char *name)
{
  char *path = g_build_filename (g_get_user_cache_dir (), name, NULL);

  g_assert_cmpint (g_mkdir_with_parents (g_get_user_cache_dir (), 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, (const char *) content, SIZE, NULL));
  memset (content, 0, SIZE);
  return path;
}

static void
test_disk (void)
{
  g_autofree char *path = NULL;
  g_autoptr (GByteArray) qcow2 = image_files_qcow2 ();
  g_autoptr (GError) error = NULL;
  g_autoptr (DioMachineConfig) config = NULL, again = NULL;
  const DioDisk *disk;

  memcpy (content, qcow2->data, qcow2->len);
  path = write_file ("My, Disk.v2.qcow2");
  config = dio_image_config_new (path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (dio_machine_config_get_name (config), ==, "My, Disk.v2");
  g_assert_cmpuint (dio_machine_config_get_n_disks (config), ==, 1);
  disk = dio_machine_config_get_disk (config, 0);
  g_assert_cmpstr (disk->path, ==, path);
  g_assert_cmpstr (disk->format, ==, "qcow2");
  g_assert_cmpint (disk->bus, ==, DIO_DISK_BUS_SATA);
  g_assert_false (disk->read_only || disk->cdrom);
  g_assert_cmpuint (dio_machine_config_get_memory (config), >=, 1024);
  g_assert_cmpuint (dio_machine_config_get_memory (config), <=, 4096);

  /* The same computer each time, to the guest. */
  again = dio_image_config_new (path, &error);
  g_assert_cmpstr (dio_machine_config_get_uuid (again), ==, dio_machine_config_get_uuid (config));
  g_assert_true (g_uuid_string_is_valid (dio_machine_config_get_uuid (config)));
  g_assert_cmpint (dio_machine_config_get_uuid (config)[14], ==, '5');
  g_unlink (path);
}

static void
test_iso (void)
{
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (DioMachineConfig) config = NULL;
  const DioDisk *disk;

  memcpy (content + 16 * 2048, "\1CD001", 6);
  path = write_file ("install.iso");
  g_assert_cmpint (g_chmod (path, 0400), ==, 0);
  config = dio_image_config_new (path, &error);
  g_assert_no_error (error);
  disk = dio_machine_config_get_disk (config, 0);
  g_assert_true (disk->cdrom);
  g_assert_cmpint (dio_machine_config_get_firmware (config), ==, DIO_FIRMWARE_BIOS);
  g_unlink (path);
}

static void
test_relative (void)
{
  g_autofree char *path = NULL, *before = g_get_current_dir ();
  g_autoptr (DioMachineConfig) config = NULL;

  content[510] = 0x55;
  content[511] = 0xaa;
  path = write_file ("x.img");
  g_assert_cmpint (g_chdir (g_get_user_cache_dir ()), ==, 0);
  config = dio_image_config_new ("./x.img", NULL);
  g_assert_nonnull (config);
  g_assert_cmpstr (dio_machine_config_get_disk (config, 0)->path, ==, path);
  g_assert_cmpint (g_chdir (before), ==, 0);
  g_unlink (path);
}

static void
assert_refused (const char *path, const char *word)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *base = g_filename_display_basename (path);

  g_assert_null (dio_image_config_new (path, &error));
  g_assert_nonnull (error);
  if (!strstr (error->message, word) || !strstr (error->message, base))
    g_error ("“%s” and “%s” are not in: %s", word, base, error->message);
}

static void
test_refused (void)
{
  g_autofree char *page = NULL, *fifo = NULL, *locked = NULL;

  assert_refused ("/nonexistent.iso", "cannot be opened");
  assert_refused ("/tmp", "folder");
  memcpy (content, "\n <!doctype HTML><html>", 23);
  page = write_file ("image.iso");
  assert_refused (page, "web page");
  g_unlink (page);

  fifo = g_build_filename (g_get_user_cache_dir (), "fifo", NULL);
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  assert_refused (fifo, "ordinary");
  g_unlink (fifo);

  if (geteuid () == 0)
    return; /* to whom nothing is forbidden */
  memcpy (content, "QFI\xfb\0\0\0\3", 8);
  locked = write_file ("locked.qcow2");
  g_assert_cmpint (g_chmod (locked, 0400), ==, 0);
  assert_refused (locked, "may not be written");
  g_assert_cmpint (g_chmod (locked, 0), ==, 0);
  assert_refused (locked, "not allowed");
  g_unlink (locked);
}

static void
on_config (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DioMachineConfig) config = dio_image_config_new_finish (result, &error);

  g_assert_null (config);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  *(gboolean *) user_data = TRUE;
}

static void
test_async (void)
{
  gboolean done = FALSE;

  dio_image_config_new_async ("/nonexistent.iso", NULL, on_config, &done);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/image/disk", test_disk);
  g_test_add_func ("/image/iso", test_iso);
  g_test_add_func ("/image/relative", test_relative);
  g_test_add_func ("/image/refused", test_refused);
  g_test_add_func ("/image/async", test_async);
  return g_test_run ();
}
