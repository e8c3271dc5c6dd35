/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "provision/disk-tool.h"

#include "disks.h"
#include "provision/file-copy.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#define MIB (G_GUINT64_CONSTANT (1) << 20)

typedef struct
{
  char *folder;
  char *raw, *other; /* paths in it */
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  /* A name with all that could mean something to QEMU. */
  self->folder = disks_make_folder ("nbd:a,b=c \"ď🦀");
  self->raw = g_build_filename (self->folder, "json:{a},b.img", NULL);
  self->other = g_build_filename (self->folder, "other", NULL);
  disks_fill (self->raw, 16 * MIB, 1);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_unlink (self->raw);
  g_unlink (self->other);
  g_free (self->folder);
  g_free (self->raw);
  g_free (self->other);
}

static void
on_progress (double fraction, gpointer data)
{
  double *highest = data;

  g_assert_cmpfloat (fraction, >=, *highest);
  g_assert_cmpfloat (fraction, <=, 1);
  *highest = fraction;
}

static void
assert_sentence (const GError *error, int code, const char *word)
{
  g_assert_error (error, G_IO_ERROR, code);
  if (!strstr (error->message, word))
    g_error ("“%s” is not in: %s", word, error->message);
}

static void
test_convert (Fixture *self, gconstpointer data)
{
  static const char *const formats[] = { "qcow2", "raw", "vdi", "vhdx", "vpc", "vmdk" };
  const DioDisk raw = { .path = self->raw, .format = (char *) "raw" };

  for (guint i = 0; i < 2 * G_N_ELEMENTS (formats); i++)
    {
      const char *format = formats[i / 2];
      const DioDisk other = { .path = self->other, .format = (char *) format };
      g_autoptr (GError) error = NULL;
      double highest = 0;
      DioDiskInfo info;

      dio_disk_convert (&raw, self->other, format, i % 2 ? DIO_DISK_CONVERT_COMPRESSED : DIO_DISK_CONVERT_PLAIN,
                        on_progress, &highest, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpfloat (highest, ==, 1);
      if (!g_str_equal (format, "vpc")) /* rounds to cylinders */
        disks_assert_same (self->other, format, self->raw, "raw");
      g_assert_true (dio_disk_info (&other, &info, NULL, &error));
      g_assert_cmpuint (info.size, >=, 16 * MIB);
      g_assert_true (dio_disk_verify (&other, NULL, &error));
      g_unlink (self->other);
    }
}

static void
test_create (Fixture *self, gconstpointer data)
{
  const DioDisk disk = { .path = self->other, .format = (char *) "qcow2" };
  g_autoptr (GError) error = NULL;
  DioDiskInfo info;

  dio_disk_create (self->other, "qcow2", 64 * MIB + 1, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (dio_disk_info (&disk, &info, NULL, NULL));
  g_assert_cmpuint (info.size, ==, 64 * MIB + 512);
  g_assert_cmpuint (info.used, <, MIB);

  g_assert_false (dio_disk_create (self->other, "qcow2", 64 * MIB, NULL, NULL, &error));
  assert_sentence (error, G_IO_ERROR_EXISTS, "Choose another name");
  g_clear_error (&error);
  g_unlink (self->other);
  g_assert_false (dio_disk_create (self->other, "qcow2", 1, NULL, NULL, &error));
  assert_sentence (error, G_IO_ERROR_INVALID_ARGUMENT, "between 1 MiB and 16 TiB");
  g_clear_error (&error);
  g_assert_false (dio_disk_create (self->other, "qcow2", G_MAXUINT64, NULL, NULL, &error));
  assert_sentence (error, G_IO_ERROR_INVALID_ARGUMENT, "between 1 MiB and 16 TiB");
  g_assert_false (g_file_test (self->other, G_FILE_TEST_EXISTS));
}

/* What is written over another disk has its content, and only what is named is opened for it. */
static void
test_layers (Fixture *self, gconstpointer data)
{
  char *layers[] = { self->raw, (char *) "raw", NULL };
  const DioDisk disk = { .path = self->other, .format = (char *) "qcow2", .layers = layers };
  const DioDisk alone = { .path = self->other, .format = (char *) "qcow2" };
  g_autofree char *flat = g_build_filename (self->folder, "flat", NULL);
  g_autoptr (GError) error = NULL;
  DioDiskInfo info;

  dio_disk_create (self->other, "qcow2", 0, (const char *const *) layers, NULL, &error);
  g_assert_no_error (error);
  dio_disk_info (&disk, &info, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (info.size, ==, 16 * MIB);
  dio_disk_convert (&disk, flat, "raw", DIO_DISK_CONVERT_PLAIN, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  disks_assert_same (flat, "raw", self->raw, "raw");
  g_unlink (flat);

  g_assert_false (dio_disk_info (&alone, &info, NULL, &error));
  assert_sentence (error, G_IO_ERROR_NOT_SUPPORTED, "json:{a},b.img");
  g_clear_error (&error);
  g_unlink (self->raw);
  g_assert_false (dio_disk_info (&disk, &info, NULL, &error));
  assert_sentence (error, G_IO_ERROR_NOT_FOUND, "json:{a},b.img");
}

static void
test_grow (Fixture *self, gconstpointer data)
{
  static const char *const formats[] = { "qcow2", "raw" };
  const DioDisk raw = { .path = self->raw, .format = (char *) "raw" };

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      const DioDisk disk = { .path = self->other, .format = (char *) formats[i] };
      const DioDisk read_only = { .path = self->other, .format = (char *) formats[i], .read_only = TRUE };
      g_autoptr (GError) error = NULL;
      DioDiskInfo info;

      g_assert_true (dio_disk_convert (&raw, self->other, formats[i], DIO_DISK_CONVERT_PLAIN, NULL, NULL, NULL, NULL));
      dio_disk_grow (&disk, 32 * MIB, NULL, &error);
      g_assert_no_error (error);
      g_assert_true (dio_disk_info (&disk, &info, NULL, NULL));
      g_assert_cmpuint (info.size, ==, 32 * MIB);
      g_assert_false (dio_disk_grow (&disk, 16 * MIB, NULL, &error));
      assert_sentence (error, G_IO_ERROR_INVALID_ARGUMENT, "Choose a larger size");
      g_clear_error (&error);
      g_assert_false (dio_disk_grow (&read_only, 64 * MIB, NULL, &error));
      assert_sentence (error, G_IO_ERROR_NOT_SUPPORTED, "only be read");
      g_assert_true (dio_disk_info (&disk, &info, NULL, NULL));
      g_assert_cmpuint (info.size, ==, 32 * MIB);
      g_unlink (self->other);
    }
}

/* Zeros that were written take no room afterwards; nothing else changes. */
static void
test_compact (Fixture *self, gconstpointer data)
{
  char *layers[] = { self->raw, (char *) "raw", NULL };
  const DioDisk over = { .path = self->other, .format = (char *) "qcow2", .layers = layers };
  g_autofree char *before = g_build_filename (self->folder, "before", NULL);
  g_autofree char *listing = NULL;
  g_autoptr (GError) error = NULL;
  guint64 saved = 0;
  struct stat status;

  g_assert_true (dio_disk_create (self->other, "qcow2", 0, (const char *const *) layers, NULL, NULL));
  disks_qemu_img ((const char *const[]) { "bench", "-q", "-w", "-c", "32", "-s", "65536", "-S", "65536", "--pattern",
                                          "7", "-t", "writeback", "-f", "qcow2", self->other, NULL });
  disks_qemu_img ((const char *const[]) { "snapshot", "-q", "-c", "one", self->other, NULL });
  g_assert_false (dio_disk_compact (&over, NULL, NULL, NULL, NULL, &error));
  assert_sentence (error, G_IO_ERROR_NOT_SUPPORTED, "snapshots");
  g_clear_error (&error);
  disks_qemu_img ((const char *const[]) { "snapshot", "-q", "-d", "one", self->other, NULL });
  disks_qemu_img ((const char *const[]) { "bench", "-q", "-w", "-c", "32", "-s", "65536", "-S", "65536", "--pattern",
                                          "0", "-t", "writeback", "-f", "qcow2", self->other, NULL });
  g_assert_cmpint (g_chmod (self->other, 0640), ==, 0);
  g_assert_true (dio_disk_convert (&over, before, "raw", DIO_DISK_CONVERT_PLAIN, NULL, NULL, NULL, NULL));

  dio_disk_compact (&over, &saved, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (saved, >=, MIB);
  g_assert_cmpint (g_stat (self->other, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0640);
  g_assert_cmpint (status.st_size, <, 4 * MIB);
  disks_assert_same (before, "raw", self->other, "qcow2");
  g_assert_true (disks_contains (self->other, "./json:{a},b.img"));
  g_unlink (before);
  listing = disks_list (self->folder);
  g_assert_null (strstr (listing, ".part"));
}

static void
test_compact_fails (Fixture *self, gconstpointer data)
{
  const DioDisk disk = { .path = self->raw, .format = (char *) "raw" };
  g_autofree char *before = disks_list (self->folder);
  g_autofree char *after = NULL;
  g_autoptr (GError) error = NULL;

  disks_limit (MIB);
  g_assert_false (dio_disk_compact (&disk, NULL, NULL, NULL, NULL, &error));
  disks_limit (0);
  assert_sentence (error, G_IO_ERROR_NO_SPACE, "Make room");
  after = disks_list (self->folder);
  g_assert_cmpstr (before, ==, after);
}

/* Of one that lost its end the rest is zeros for whoever reads it: no other is made of it. */
static void
test_compact_damaged (Fixture *self, gconstpointer data)
{
  const DioDisk raw = { .path = self->raw, .format = (char *) "raw" };
  const DioDisk disk = { .path = self->other, .format = (char *) "qcow2" };
  g_autoptr (GError) error = NULL;
  struct stat status;

  g_assert_true (dio_disk_convert (&raw, self->other, "qcow2", DIO_DISK_CONVERT_PLAIN, NULL, NULL, NULL, &error));
  g_assert_cmpint (truncate (self->other, 2 * MIB), ==, 0);
  g_assert_false (dio_disk_compact (&disk, NULL, NULL, NULL, NULL, &error));
  assert_sentence (error, G_IO_ERROR_INVALID_DATA, "damaged");
  g_assert_cmpint (g_stat (self->other, &status), ==, 0);
  g_assert_cmpint (status.st_size, ==, 2 * MIB);
}

static void
cancel_late (double fraction, gpointer cancellable)
{
  if (fraction > 0)
    g_cancellable_cancel (cancellable);
}

static void
cancel (double fraction, gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
}

static void
test_cancel (Fixture *self, gconstpointer data)
{
  const DioDisk disk = { .path = self->raw, .format = (char *) "raw" };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_assert_false (dio_disk_convert (&disk, self->other, "qcow2", DIO_DISK_CONVERT_PLAIN, cancel_late, cancellable,
                                    cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_false (g_file_test (self->other, G_FILE_TEST_EXISTS));
}

/* It would take hours: it is killed. */
static void
test_cancel_at_once (Fixture *self, gconstpointer data)
{
  const char *const arguments[] = { "convert",
                                    "-p",
                                    "-n",
                                    "--target-image-opts",
                                    "json:{\"driver\":\"null-co\",\"size\":17592186044416,\"read-zeroes\":false}",
                                    "driver=null-co,size=17592186044416",
                                    NULL };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (DioConfine) tool = NULL;
  g_autoptr (GError) error = NULL;

  tool = dio_qemu_img_new (FALSE, NULL);
  g_assert_false (dio_qemu_img_run (tool, arguments, cancel, cancellable, cancellable, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* Byte for byte; what was empty stays empty; nothing of one that was cancelled. */
static void
test_copy (Fixture *self, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  struct stat before, after;

  disks_fill (self->raw, 256 * MIB, 3);
  dio_file_copy (self->raw, self->other, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  disks_assert_same (self->raw, "raw", self->other, "raw");
  g_assert_cmpint (g_stat (self->raw, &before), ==, 0);
  g_assert_cmpint (g_stat (self->other, &after), ==, 0);
  g_assert_cmpint (before.st_size, ==, after.st_size);
  g_assert_cmpint (after.st_blocks, <=, before.st_blocks + 64);

  g_assert_false (dio_file_copy (self->raw, self->other, NULL, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_clear_error (&error);
  g_assert_true (g_file_test (self->other, G_FILE_TEST_EXISTS));
  g_unlink (self->other);
  if (dio_file_can_share (self->raw, self->folder))
    {
      g_test_message ("This file system shares blocks: copies are done before they can be cancelled");
      return;
    }
  g_assert_false (dio_file_copy (self->raw, self->other, cancel, cancellable, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_false (g_file_test (self->other, G_FILE_TEST_EXISTS));
}

static void
test_full (Fixture *self, gconstpointer data)
{
  const DioDisk disk = { .path = self->raw, .format = (char *) "raw" };
  g_autofree char *before = disks_list (self->folder);

  /* Of the very first write, of tables, of data. */
  for (guint64 size = 1; size < 4 * MIB; size *= 8)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *after = NULL;

      disks_limit (size);
      g_assert_false (dio_disk_convert (&disk, self->other, "qcow2", DIO_DISK_CONVERT_PLAIN, NULL, NULL, NULL, &error));
      disks_limit (0);
      assert_sentence (error, G_IO_ERROR_NO_SPACE, "Make room");
      after = disks_list (self->folder);
      g_assert_cmpstr (before, ==, after);
    }
}

static void
test_space (Fixture *self, gconstpointer data)
{
  const DioDisk disk = { .path = self->raw, .format = (char *) "raw" };
  g_autoptr (GError) error = NULL;
  guint64 bytes = 0;

  g_assert_true (dio_disk_measure (&disk, "qcow2", &bytes, NULL, &error));
  g_assert_cmpuint (bytes, >, 4 * MIB);
  g_assert_cmpuint (bytes, <, 17 * MIB);
  g_assert_true (dio_disk_require_space (self->folder, bytes, &error));
  g_assert_false (dio_disk_require_space (self->folder, G_MAXUINT64, &error));
  assert_sentence (error, G_IO_ERROR_NO_SPACE, "are needed");
}

/* An image that would have further files opened, or is of another format than was said, gets nowhere near QEMU. */
static void
test_hostile (Fixture *self, gconstpointer data)
{
  const DioDisk lie = { .path = self->raw, .format = (char *) "qcow2" };
  const DioDisk disk = { .path = self->other, .format = (char *) "qcow2" };
  char *odd[] = { self->raw, NULL };
  const DioDisk half = { .path = self->other, .format = (char *) "qcow2", .layers = odd };
  g_autofree char *data_path = g_build_filename (self->folder, "data", NULL);
  g_auto (GStrv) parts = g_strsplit (data_path, ",", -1);
  g_autofree char *option = g_strjoinv (",,", parts);
  g_autofree char *doubled = g_strconcat ("data_file=", option, NULL);
  g_autoptr (GError) error = NULL;
  DioDiskInfo info;

  g_assert_false (dio_disk_info (&lie, &info, NULL, &error));
  assert_sentence (error, G_IO_ERROR_NOT_SUPPORTED, "qcow2");
  g_clear_error (&error);
  g_assert_true (dio_disk_create (self->other, "qcow2", MIB, NULL, NULL, NULL));
  g_assert_false (dio_disk_info (&half, &info, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_clear_error (&error);
  g_unlink (self->other);

  disks_qemu_img ((const char *const[]) { "create", "-q", "-f", "qcow2", "-o", doubled, self->other, "1M", NULL });
  g_assert_false (dio_disk_info (&disk, &info, NULL, &error));
  assert_sentence (error, G_IO_ERROR_NOT_SUPPORTED, "other files");
  g_unlink (data_path);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

#define ADD(name, function) g_test_add ("/disk-tool/" name, Fixture, NULL, set_up, function, tear_down)
  ADD ("convert", test_convert);
  ADD ("create", test_create);
  ADD ("layers", test_layers);
  ADD ("grow", test_grow);
  ADD ("compact", test_compact);
  ADD ("compact-fails", test_compact_fails);
  ADD ("compact-damaged", test_compact_damaged);
  ADD ("cancel", test_cancel);
  ADD ("cancel-at-once", test_cancel_at_once);
  ADD ("copy", test_copy);
  ADD ("full", test_full);
  ADD ("space", test_space);
  ADD ("hostile", test_hostile);
#undef ADD

  return g_test_run ();
}
