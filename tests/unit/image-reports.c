/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* Machines made of what was found out of images; and what is kept of those that may not be written. */
#include "vm/image-overlay.h"
#include "vm/image.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

/* A report on files that are made, of FORMATS: the image, then what it is written over. */
static DioImageReport *
new_report (const char *name, const char *const *formats)
{
  DioImageReport *report = g_new0 (DioImageReport, 1);
  guint n = g_strv_length ((GStrv) formats);

  g_assert_cmpint (g_mkdir_with_parents (g_get_user_cache_dir (), 0700), ==, 0);
  report->files = g_new0 (DioImageFile *, n + 1);
  report->n_files = n;
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *file = i == 0 ? g_strdup (name) : g_strdup_printf ("%s-base%u", name, i);

      report->files[i] = g_new0 (DioImageFile, 1);
      report->files[i]->path = g_build_filename (g_get_user_cache_dir (), file, NULL);
      report->files[i]->host_path = g_strdup (report->files[i]->path);
      report->files[i]->format = formats[i];
      report->files[i]->virtual_size = 1024 * 1024;
      g_assert_true (g_file_set_contents (report->files[i]->path, "x", 1, NULL));
    }
  return report;
}

#define REPORT(name, ...) new_report (name, (const char *const[]) { __VA_ARGS__, NULL })

static DioMachineConfig *
make (DioImageReport *report, const DioImageInsides *insides)
{
  g_autoptr (GError) error = NULL;
  DioMachineConfig *config = dio_image_config_new (&report, 1, insides, &error);

  g_assert_no_error (error);
  return config;
}

static void
test_one (void)
{
  g_autoptr (DioImageReport) report = REPORT ("debian.qcow2", "qcow2", "qcow2", "raw");
  g_autoptr (DioMachineConfig) config = make (report, NULL), again = make (report, NULL);
  const DioDisk *disk = dio_machine_config_get_disk (config, 0);

  g_assert_cmpstr (dio_machine_config_get_name (config), ==, "debian");
  g_assert_cmpstr (dio_machine_config_get_uuid (config), ==, dio_machine_config_get_uuid (again));
  g_assert_true (g_uuid_string_is_valid (dio_machine_config_get_uuid (config)));
  g_assert_cmpint (dio_machine_config_get_uuid (config)[14], ==, '5');
  g_assert_cmpuint (dio_machine_config_get_n_disks (config), ==, 1);
  g_assert_cmpstr (disk->path, ==, report->files[0]->path);
  g_assert_cmpint (disk->bus, ==, DIO_DISK_BUS_SATA);
  g_assert_false (disk->read_only);
  g_assert_cmpuint (g_strv_length (disk->layers), ==, 4);
  g_assert_cmpstr (disk->layers[0], ==, report->files[1]->path);
  g_assert_cmpstr (disk->layers[3], ==, "raw");
}

static void
test_several (void)
{
  g_autoptr (DioImageReport) one = REPORT ("one.img", "raw"), two = REPORT ("two.vdi", "vdi");
  g_autoptr (DioImageReport) disc = REPORT ("disc.iso", "raw");
  DioImageReport *all[] = { one, two, disc };
  g_autoptr (DioMachineConfig) config = NULL, alone = make (one, NULL);

  disc->flags = DIO_IMAGE_OPTICAL | DIO_IMAGE_READ_ONLY;
  config = dio_image_config_new (all, 3, NULL, NULL);
  g_assert_cmpstr (dio_machine_config_get_name (config), ==, "one");
  g_assert_cmpstr (dio_machine_config_get_uuid (config), !=, dio_machine_config_get_uuid (alone));
  g_assert_cmpuint (dio_machine_config_get_n_disks (config), ==, 3);
  g_assert_cmpstr (dio_machine_config_get_disk (config, 1)->format, ==, "vdi");
  g_assert_true (dio_machine_config_get_disk (config, 2)->cdrom);
  g_assert_cmpint (dio_image_overlay_look (disc), ==, DIO_IMAGE_OVERLAY_UNNEEDED);
}

static void
assert_refused (DioImageReport *report, const DioImageInsides *insides, const char *word)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (dio_image_config_new (&report, 1, insides, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  if (!strstr (error->message, word))
    g_error ("“%s” is not in: %s", word, error->message);
}

static void
test_refused (void)
{
  g_autoptr (DioImageReport) report = REPORT ("x.qcow2", "qcow2");
  DioImageInsides arm = { .boot = DIO_IMAGE_BOOT_UEFI_ARM }, pi = { .arch = (char *) "aarch64" };
  g_autoptr (DioMachineConfig) config = NULL;

  assert_refused (report, &arm, "aarch64");
  assert_refused (report, &pi, "aarch64");
  report->problem = DIO_IMAGE_CORRUPT;
  report->sentence = g_strdup ("It is damaged.");
  assert_refused (report, NULL, "damaged");
  report->problem = DIO_IMAGE_ENCRYPTED;
  report->encryption = "aes";
  assert_refused (report, NULL, "no longer");
  report->encryption = "luks";
  config = make (report, NULL);
  g_assert_cmpstr (dio_machine_config_get_disk (config, 0)->encryption, ==, "luks");
}

/* --- overlays --- */

static void
on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_set_object ((GAsyncResult **) user_data, result);
}

static gboolean
use (DioMachineConfig *config, DioImageReport *report, gboolean discard, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  dio_image_overlay_use_async (config, &report, 1, discard, NULL, on_done, &result);
  while (!result)
    g_main_context_iteration (NULL, TRUE);
  return dio_image_overlay_use_finish (result, error);
}

static char *
get_overlay (DioImageReport *report, gboolean discard)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DioMachineConfig) config = make (report, NULL);
  const DioDisk *disk;

  g_assert_true (dio_machine_config_get_disk (config, 0)->read_only);
  g_assert_true (use (config, report, discard, &error));
  g_assert_no_error (error);
  disk = dio_machine_config_get_disk (config, 0);
  g_assert_false (disk->read_only);
  g_assert_cmpstr (disk->format, ==, "qcow2");
  g_assert_cmpuint (g_strv_length (disk->layers), ==, 4);
  g_assert_cmpstr (disk->layers[0], ==, report->files[0]->path);
  g_assert_cmpstr (disk->layers[3], ==, report->files[1]->format);
  return g_strdup (disk->path);
}

static guint64
get_inode (const char *path)
{
  GStatBuf status;

  g_assert_cmpint (g_stat (path, &status), ==, 0);
  return status.st_ino;
}

static void
test_overlay (void)
{
  g_autoptr (DioImageReport) report = REPORT ("read-only.qcow2", "qcow2", "raw");
  g_autofree char *first = NULL, *second = NULL, *third = NULL, *bytes = NULL;
  g_autoptr (DioMachineConfig) config = NULL;
  g_autoptr (GError) error = NULL;
  guint64 inode;

  report->flags = DIO_IMAGE_READ_ONLY;
  g_assert_cmpint (dio_image_overlay_look (report), ==, DIO_IMAGE_OVERLAY_NONE);
  first = get_overlay (report, FALSE);
  g_assert_true (g_str_has_prefix (first, g_get_user_data_dir ()));
  g_assert_true (g_file_get_contents (first, &bytes, NULL, NULL));
  g_assert_cmpmem (bytes, 4, "QFI\xfb", 4);
  inode = get_inode (first);
  /* It is used again. */
  g_assert_cmpint (dio_image_overlay_look (report), ==, DIO_IMAGE_OVERLAY_KEPT);
  second = get_overlay (report, FALSE);
  g_assert_cmpstr (first, ==, second);
  g_assert_cmpuint (get_inode (second), ==, inode);
  /* What is below has changed. */
  g_assert_true (g_file_set_contents (report->files[1]->path, "yy", 2, NULL));
  g_assert_cmpint (dio_image_overlay_look (report), ==, DIO_IMAGE_OVERLAY_STALE);
  config = make (report, NULL);
  g_assert_false (use (config, report, FALSE, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WRONG_ETAG);
  g_assert_nonnull (strstr (error->message, "“read-only.qcow2”"));
  g_assert_true (dio_machine_config_get_disk (config, 0)->read_only);
  g_assert_cmpuint (get_inode (first), ==, inode);
  g_assert_true (g_file_set_contents (first, "old", 3, NULL));
  third = get_overlay (report, TRUE);
  g_clear_pointer (&bytes, g_free);
  g_assert_true (g_file_get_contents (third, &bytes, NULL, NULL));
  g_assert_cmpmem (bytes, 4, "QFI\xfb", 4);
  g_assert_cmpint (dio_image_overlay_look (report), ==, DIO_IMAGE_OVERLAY_KEPT);
}

/* What is written must not lie there for all to read. */
static void
test_encrypted_overlay (void)
{
  g_autoptr (DioImageReport) report = REPORT ("secret.img", "luks");
  g_autoptr (DioMachineConfig) config = NULL;
  g_autoptr (GError) error = NULL;

  report->flags = DIO_IMAGE_READ_ONLY;
  report->encryption = "luks";
  config = make (report, NULL);
  g_assert_false (use (config, report, FALSE, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_assert_cmpint (dio_image_overlay_look (report), ==, DIO_IMAGE_OVERLAY_NONE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/image-reports/one", test_one);
  g_test_add_func ("/image-reports/several", test_several);
  g_test_add_func ("/image-reports/refused", test_refused);
  g_test_add_func ("/image-reports/overlay", test_overlay);
  g_test_add_func ("/image-reports/encrypted-overlay", test_encrypted_overlay);
  return g_test_run ();
}
