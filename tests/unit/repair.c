/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "provision/repair.h"

#include "disks.h"
#include "image/insides.h"
#include "image/passphrase.h"
#include "provision/disk-tool.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define MIB (G_GUINT64_CONSTANT (1) << 20)
#define CLUSTER 65536

typedef struct
{
  char *folder, *raw, *image, *other; /* OTHER: a folder */
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->folder = disks_make_folder ("repair");
  self->raw = g_build_filename (self->folder, "raw.img", NULL);
  self->image = g_build_filename (self->folder, "A disk.v2", NULL);
  self->other = disks_make_folder ("repair/other");
  disks_fill (self->raw, 16 * MIB, 1);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_free (self->folder);
  g_free (self->raw);
  g_free (self->image);
  g_free (self->other);
}

/* A report of what was just made, which nobody needs to look at. */
static DioImageReport *
make_report (const char *const *paths, const char *const *formats)
{
  DioImageReport *report = g_new0 (DioImageReport, 1);

  report->files = g_new0 (DioImageFile *, 4);
  for (; paths[report->n_files] != NULL; report->n_files++)
    {
      DioImageFile *file = report->files[report->n_files] = g_new0 (DioImageFile, 1);

      file->path = g_strdup (paths[report->n_files]);
      file->host_path = g_strdup (paths[report->n_files]);
      file->format = formats[report->n_files];
    }
  return report;
}

/* CLUSTER is said to be used by nobody. By default the table that says so is the third cluster. */
static void
damage (const char *path, guint cluster)
{
  g_autofd int fd = open (path, O_RDWR | O_CLOEXEC);

  g_assert_cmpint (pwrite (fd, "\0\0", 2, 2 * CLUSTER + 2 * cluster), ==, 2);
}

static void
assert_checked_with (GBytes *passphrase, const char *path, const char *format, gboolean good)
{
  g_autoptr (DioImageReport) report = make_report ((const char *const[]) { path, NULL }, &format);
  g_autoptr (GError) error = NULL;
  guint64 errors = 0;

  report->encryption = passphrase != NULL ? "luks" : NULL;
  dio_image_check (report, passphrase, NULL, &errors, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (errors == 0, ==, good);
}

static void
assert_checked (const char *path, const char *format, gboolean good)
{
  assert_checked_with (NULL, path, format, good);
}

static void
test_repair (Fixture *self, gconstpointer data)
{
  g_autoptr (DioImageReport) report =
      make_report ((const char *const[]) { self->image, NULL }, (const char *const[]) { "qcow2" });
  g_autofree char *wanted = g_build_filename (self->other, "A disk (repaired).qcow2", NULL);
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  gsize length, length_after;

  disks_qemu_img ((const char *const[]) { "convert", "-f", "raw", "-O", "qcow2", self->raw, self->image, NULL });
  damage (self->image, 6); /* the first of data */
  assert_checked (self->image, "qcow2", FALSE);
  g_assert_true (g_file_get_contents (self->image, &before, &length, NULL));
  for (guint i = 1; i <= 2; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *copy = disks_run (dio_repair_new (report, NULL, self->other), &error);

      g_assert_no_error (error);
      if (i == 1)
        g_assert_cmpstr (copy, ==, wanted);
      else
        g_assert_true (g_str_has_suffix (copy, "A disk (repaired) 2.qcow2"));
      assert_checked (copy, "qcow2", TRUE);
      disks_assert_same (self->raw, "raw", copy, "qcow2");
    }
  g_assert_true (g_file_get_contents (self->image, &after, &length_after, NULL));
  g_assert_cmpmem (before, length, after, length_after);
}

/* What it is written over is found from another folder, too. */
static void
test_layered (Fixture *self, gconstpointer data)
{
  g_autoptr (DioImageReport) report =
      make_report ((const char *const[]) { self->image, self->raw, NULL }, (const char *const[]) { "qcow2", "raw" });
  g_autofree char *copy = NULL;
  g_autoptr (GError) error = NULL;

  disks_qemu_img (
      (const char *const[]) { "create", "-q", "-f", "qcow2", "-b", "raw.img", "-F", "raw", self->image, NULL });
  copy = disks_run (dio_repair_new (report, NULL, self->other), &error);
  g_assert_no_error (error);
  disks_assert_same (self->raw, "raw", copy, "qcow2");
  g_assert_true (disks_contains (copy, self->raw));
}

static void
test_other_formats (Fixture *self, gconstpointer data)
{
  static const char *const formats[] = { "vdi", "vhdx", "raw" };

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      g_autoptr (DioImageReport) report =
          make_report ((const char *const[]) { self->image, NULL }, (const char *const[]) { formats[i] });
      g_autoptr (GError) error = NULL;
      g_autofree char *copy = NULL;

      g_unlink (self->image);
      disks_qemu_img ((const char *const[]) { "convert", "-f", "raw", "-O", formats[i], self->raw, self->image, NULL });
      copy = disks_run (dio_repair_new (report, NULL, self->other), &error);
      if (i < 2)
        {
          g_assert_no_error (error);
          disks_assert_same (self->raw, "raw", copy, "qcow2");
        }
      else
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
    }
}

/* Beyond mending: nothing is left. */
static void
test_hopeless (Fixture *self, gconstpointer data)
{
  g_autoptr (DioImageReport) report =
      make_report ((const char *const[]) { self->image, NULL }, (const char *const[]) { "qcow2" });
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autoptr (GError) error = NULL;
  g_autofd int fd = -1;

  disks_qemu_img ((const char *const[]) { "convert", "-f", "raw", "-O", "qcow2", self->raw, self->image, NULL });
  before = disks_list (self->folder);
  fd = open (self->image, O_RDWR | O_CLOEXEC);
  g_assert_cmpint (pwrite (fd, "\377\377\377\377", 4, 36), ==, 4); /* an impossible number of entries of its table */
  g_assert_null (disks_run (dio_repair_new (report, NULL, self->folder), &error));
  g_assert_nonnull (error);
  g_assert_true (g_str_has_suffix (error->message, "."));
  after = disks_list (self->folder);
  g_assert_cmpstr (before, ==, after);
  g_clear_error (&error);
  g_assert_null (disks_run_cancelled (dio_repair_new (report, NULL, self->folder), -1, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_snapshot (Fixture *self, gconstpointer data)
{
  static DioImageSnapshot snapshots[] = { { (char *) "1", (char *) "be/fore" } };
  g_autoptr (DioImageReport) report =
      make_report ((const char *const[]) { self->image, NULL }, (const char *const[]) { "qcow2" });
  g_autofree char *copy = NULL;
  g_autoptr (GError) error = NULL;

  disks_qemu_img ((const char *const[]) { "convert", "-f", "raw", "-O", "qcow2", self->raw, self->image, NULL });
  disks_qemu_img ((const char *const[]) { "snapshot", "-q", "-c", "be/fore", self->image, NULL });
  disks_qemu_img ((const char *const[]) { "bench", "-q", "-w", "-c", "32", "-s", "65536", "-S", "65536", "--pattern",
                                          "7", "-t", "writeback", "-f", "qcow2", self->image, NULL });
  report->snapshots = snapshots;
  report->n_snapshots = 1;
  copy = disks_run (dio_unpack_snapshot_new (report, "1", NULL, self->other), &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_suffix (copy, "/A disk (be_fore).qcow2"));
  disks_assert_same (self->raw, "raw", copy, "qcow2");
  g_assert_null (disks_run (dio_unpack_snapshot_new (report, "9", NULL, self->other), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
  report->snapshots = NULL;
  report->n_snapshots = 0;
}

/* --- encrypted --- */

#define SECRET "secret,id=passphrase,data=sesame"

static char *
make_options (const char *path)
{
  return g_strdup_printf ("driver=qcow2,encrypt.format=luks,encrypt.key-secret=passphrase,file.filename=%s", path);
}

/* Held what self->raw does, in a snapshot, and then something else. */
static void
make_encrypted (Fixture *self)
{
  g_autofree char *options = make_options (self->image);
  g_autofree char *second = g_build_filename (self->other, "second.img", NULL);

  disks_qemu_img ((const char *const[]) { "convert", "-f", "raw", "-O", "qcow2", "--object", SECRET, "-o",
                                          "encrypt.format=luks,encrypt.key-secret=passphrase,encrypt.iter-time=10",
                                          self->raw, self->image, NULL });
  disks_qemu_img (
      (const char *const[]) { "snapshot", "-q", "-c", "before", "--object", SECRET, "--image-opts", options, NULL });
  disks_fill (second, 16 * MIB, 2);
  disks_qemu_img ((const char *const[]) { "convert", "-n", "-f", "raw", "--object", SECRET, "--target-image-opts",
                                          second, options, NULL });
}

/* COPY is encrypted, with the same passphrase, and holds what A does, of which OPTIONS tell. */
static void
assert_encrypted_copy (const char *copy, const char *a)
{
  g_autofree char *options = make_options (copy);

  disks_qemu_img ((const char *const[]) { "compare", "-q", "--object", SECRET, "--image-opts", options, a, NULL });
}

static void
test_encrypted (Fixture *self, gconstpointer data)
{
  static DioImageSnapshot snapshots[] = { { (char *) "1", (char *) "before" } };
  g_autoptr (DioImageReport) report =
      make_report ((const char *const[]) { self->image, NULL }, (const char *const[]) { "qcow2" });
  g_autoptr (GBytes) right = dio_passphrase_new ("sesame", 6), wrong = dio_passphrase_new ("seasme", 6);
  GBytes *const bad[] = { NULL, wrong };
  g_autofree char *raw = g_strdup_printf ("driver=raw,file.filename=%s", self->raw);
  g_autofree char *options = make_options (self->image), *copy = NULL, *earlier = NULL;
  g_autoptr (GError) error = NULL;

  report->encryption = "luks";
  make_encrypted (self);
  report->snapshots = snapshots;
  report->n_snapshots = 1;
  earlier = disks_run (dio_unpack_snapshot_new (report, "1", right, self->other), &error);
  g_assert_no_error (error);
  assert_encrypted_copy (earlier, raw);
  report->snapshots = NULL;
  report->n_snapshots = 0;

  damage (self->image, 60);
  assert_checked_with (right, self->image, "qcow2", FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_assert_false (dio_image_check (report, bad[i], NULL, NULL, NULL, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
      g_clear_error (&error);
      g_assert_null (disks_run (dio_repair_new (report, bad[i], self->other), &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
      g_clear_error (&error);
    }
  copy = disks_run (dio_repair_new (report, right, self->other), &error);
  g_assert_no_error (error);
  assert_checked_with (right, copy, "qcow2", TRUE);
  assert_encrypted_copy (copy, options);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
#define ADD(name, function) g_test_add ("/repair/" name, Fixture, NULL, set_up, function, tear_down)
  ADD ("repair", test_repair);
  ADD ("layered", test_layered);
  ADD ("other-formats", test_other_formats);
  ADD ("hopeless", test_hopeless);
  ADD ("snapshot", test_snapshot);
  ADD ("encrypted", test_encrypted);
  return g_test_run ();
}
