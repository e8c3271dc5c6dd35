/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "image/report.h"

#include "image-files.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  char *folder;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("diorama-report-XXXXXX", NULL);
  g_assert_nonnull (fixture->folder);
}

static void
remove_all (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      GStatBuf status;

      g_assert_cmpint (g_lstat (path, &status), ==, 0);
      if (S_ISDIR (status.st_mode))
        remove_all (path);
      else
        g_unlink (path);
    }
  g_rmdir (folder);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  remove_all (fixture->folder);
  g_free (fixture->folder);
}

static char *
write_image (Fixture *fixture, const char *name, GByteArray *image)
{
  char *path = g_build_filename (fixture->folder, name, NULL);
  g_autofree char *folder = g_path_get_dirname (path);

  g_mkdir_with_parents (folder, 0700);
  g_assert_true (g_file_set_contents (path, (const char *) image->data, image->len, NULL));
  g_byte_array_unref (image);
  return path;
}

/* The one over PARENT, of FORMAT. */
static DioImageReport *
report_layer (Fixture *fixture, const char *parent, const char *format, const char *const *granted)
{
  g_autofree char *path = write_image (fixture, "top.qcow2", image_files_layer (parent, format));

  return dio_image_report_new (path, granted);
}

static void
assert_layer (Fixture *fixture, const char *parent, const char *format, DioImageProblem problem,
              DioImageReferenceKind kind)
{
  g_autoptr (DioImageReport) report = report_layer (fixture, parent, format, NULL);
  g_autoptr (GError) error = NULL;

  if (report->problem != problem || report->reference_kind != kind)
    g_error ("“%s”: problem %d, reference of kind %d: %s", parent, report->problem, report->reference_kind,
             report->sentence);
  g_assert_cmpstr (report->files[0]->format, ==, "qcow2");
  if (problem == DIO_IMAGE_GOOD)
    return;
  g_assert_nonnull (report->sentence);
  g_assert_nonnull (report->reference);
  g_assert_false (dio_image_report_require_good (report, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
}

/* Names that are never followed, whatever is there. */
static void
test_names (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *name;
    DioImageReferenceKind kind;
  } names[] = {
    { "json:{\"driver\":\"file\",\"filename\":\"/etc/shadow\"}", DIO_IMAGE_REFERENCE_JSON },
    { "nbd://127.0.0.1/x", DIO_IMAGE_REFERENCE_NETWORK },
    { "http://127.0.0.1/x.img", DIO_IMAGE_REFERENCE_NETWORK },
    { "file:/etc/passwd", DIO_IMAGE_REFERENCE_NETWORK },
    { "fat:rw:/etc", DIO_IMAGE_REFERENCE_NETWORK },
    { "/dev/sda", DIO_IMAGE_REFERENCE_DEVICE },
    { "//dev/./sda", DIO_IMAGE_REFERENCE_DEVICE },
    { "/proc/self/environ", DIO_IMAGE_REFERENCE_DEVICE },
    { "/sys/power/state", DIO_IMAGE_REFERENCE_DEVICE },
    { "../../../etc/passwd", DIO_IMAGE_REFERENCE_OUTSIDE },
    { "a/../../etc/passwd", DIO_IMAGE_REFERENCE_OUTSIDE },
    { "/etc/passwd", DIO_IMAGE_REFERENCE_OUTSIDE },
    { "/nonexistent", DIO_IMAGE_REFERENCE_OUTSIDE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      assert_layer (fixture, names[i].name, "raw", DIO_IMAGE_REFERS, names[i].kind);
      assert_layer (fixture, names[i].name, NULL, DIO_IMAGE_REFERS, names[i].kind);
    }
}

/* Links that lead out, and what is no ordinary file. */
static void
test_links (Fixture *fixture, gconstpointer data)
{
  g_autofree char *link = g_build_filename (fixture->folder, "base.img", NULL);
  g_autofree char *folder = g_build_filename (fixture->folder, "folder", NULL);
  g_autofree char *pipe = g_build_filename (fixture->folder, "pipe", NULL);
  g_autofree char *beside = g_strconcat (fixture->folder, "-beside", NULL);
  g_autofree char *secret = g_build_filename (beside, "secret", NULL);
  g_autoptr (DioImageReport) report = NULL;

  g_assert_cmpint (symlink ("/dev/zero", link), ==, 0);
  assert_layer (fixture, "base.img", "raw", DIO_IMAGE_REFERS, DIO_IMAGE_REFERENCE_DEVICE);
  g_unlink (link);
  g_assert_cmpint (symlink ("/etc/passwd", link), ==, 0);
  assert_layer (fixture, "base.img", "raw", DIO_IMAGE_REFERS, DIO_IMAGE_REFERENCE_OUTSIDE);
  g_unlink (link);
  /* A folder whose name begins like that of the image's. */
  g_assert_cmpint (g_mkdir (beside, 0700), ==, 0);
  g_assert_true (g_file_set_contents (secret, "secret", -1, NULL));
  g_assert_cmpint (symlink (secret, link), ==, 0);
  assert_layer (fixture, "base.img", "raw", DIO_IMAGE_REFERS, DIO_IMAGE_REFERENCE_OUTSIDE);
  remove_all (beside);
  /* Whatever was granted, a device is none of it. */
  g_unlink (link);
  g_assert_cmpint (symlink ("/dev/zero", link), ==, 0);
  report = report_layer (fixture, "base.img", "raw", (const char *const[]) { "/", NULL });
  g_assert_cmpint (report->reference_kind, ==, DIO_IMAGE_REFERENCE_DEVICE);
  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  assert_layer (fixture, "folder", "raw", DIO_IMAGE_REFERS, DIO_IMAGE_REFERENCE_DEVICE);
  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
  assert_layer (fixture, "pipe", "raw", DIO_IMAGE_REFERS, DIO_IMAGE_REFERENCE_DEVICE);
}

static void
test_chain (Fixture *fixture, gconstpointer data)
{
  g_autofree char *middle = write_image (fixture, "below/middle.qcow2", image_files_layer ("base.img", "raw"));
  g_autofree char *base = write_image (fixture, "below/base.img", image_files_gpt ());
  g_autoptr (DioImageReport) report = report_layer (fixture, "below/middle.qcow2", "qcow2", NULL);
  g_auto (GStrv) layers = dio_image_report_dup_layers (report);

  g_assert_cmpint (report->problem, ==, DIO_IMAGE_GOOD);
  g_assert_null (report->sentence);
  g_assert_true (dio_image_report_require_good (report, NULL));
  g_assert_cmpuint (report->n_files, ==, 3);
  g_assert_cmpuint (g_strv_length (layers), ==, 4);
  g_assert_cmpstr (layers[0], ==, middle);
  g_assert_cmpstr (layers[1], ==, "qcow2");
  g_assert_cmpstr (layers[2], ==, base);
  g_assert_cmpstr (layers[3], ==, "raw");
}

/* Each as its child says it is, or not at all. */
static void
test_parents (Fixture *fixture, gconstpointer data)
{
  g_autofree char *base = write_image (fixture, "base", image_files_qcow2 ());
  g_autofree char *corrupt = NULL, *encrypted = NULL, *text = g_build_filename (fixture->folder, "notes.txt", NULL);
  g_autoptr (DioImageReport) report = NULL;
  GByteArray *image = image_files_qcow2 ();

  assert_layer (fixture, "base", "qcow2", DIO_IMAGE_GOOD, DIO_IMAGE_REFERENCE_NONE);
  assert_layer (fixture, "./base", "raw", DIO_IMAGE_GOOD, DIO_IMAGE_REFERENCE_NONE); /* raw for ever */
  assert_layer (fixture, "base", "vmdk", DIO_IMAGE_PARENT_BAD, DIO_IMAGE_REFERENCE_NONE);
  assert_layer (fixture, "base", "blkdebug", DIO_IMAGE_PARENT_BAD, DIO_IMAGE_REFERENCE_NONE);
  assert_layer (fixture, "base", NULL, DIO_IMAGE_PARENT_UNDECLARED, DIO_IMAGE_REFERENCE_NONE);
  assert_layer (fixture, "gone", NULL, DIO_IMAGE_PARENT_UNDECLARED, DIO_IMAGE_REFERENCE_NONE);
  assert_layer (fixture, "gone", "qcow2", DIO_IMAGE_PARENT_MISSING, DIO_IMAGE_REFERENCE_NONE);
  assert_layer (fixture, "/nonexistent/base.qcow2", "qcow2", DIO_IMAGE_PARENT_MISSING, DIO_IMAGE_REFERENCE_NONE);
  assert_layer (fixture, "/elsewhere/base", "qcow2", DIO_IMAGE_GOOD, DIO_IMAGE_REFERENCE_NONE); /* it is beside it */
  /* Somebody's notes are not shown to a guest. */
  g_assert_true (g_file_set_contents (text, "secret\n", -1, NULL));
  assert_layer (fixture, "notes.txt", "raw", DIO_IMAGE_PARENT_BAD, DIO_IMAGE_REFERENCE_NONE);

  image_files_put_be (image, 72, 8, 2);
  corrupt = write_image (fixture, "corrupt", image);
  assert_layer (fixture, "corrupt", "qcow2", DIO_IMAGE_PARENT_BAD, DIO_IMAGE_REFERENCE_NONE);
  /* A passphrase alone would not do. */
  image = image_files_layer ("gone", "qcow2");
  image_files_put_be (image, 32, 4, 1);
  encrypted = write_image (fixture, "encrypted", image);
  report = dio_image_report_new (encrypted, NULL);
  g_assert_cmpint (report->problem, ==, DIO_IMAGE_PARENT_MISSING);
  g_assert_cmpstr (report->encryption, ==, "aes");

  image = image_files_qcow2 ();
  image_files_put_be (image, 72, 8, 4);
  image_files_put_be (image, 104, 4, 0x44415441);
  image_files_put_be (image, 108, 4, 4);
  image_files_put_text (image, 112, "data");
  g_free (write_image (fixture, "refers", image));
  assert_layer (fixture, "refers", "qcow2", DIO_IMAGE_REFERS, DIO_IMAGE_REFERENCE_DATA_FILE);
}

static void
test_loops (Fixture *fixture, gconstpointer data)
{
  g_autofree char *link = g_build_filename (fixture->folder, "link", NULL);

  assert_layer (fixture, "top.qcow2", "qcow2", DIO_IMAGE_PARENT_LOOP, DIO_IMAGE_REFERENCE_NONE);
  g_assert_cmpint (symlink ("top.qcow2", link), ==, 0);
  assert_layer (fixture, "link", "qcow2", DIO_IMAGE_PARENT_LOOP, DIO_IMAGE_REFERENCE_NONE);
  g_free (write_image (fixture, "a", image_files_layer ("b", "qcow2")));
  g_free (write_image (fixture, "b", image_files_layer ("a", "qcow2")));
  assert_layer (fixture, "a", "qcow2", DIO_IMAGE_PARENT_LOOP, DIO_IMAGE_REFERENCE_NONE);
  for (guint i = 0; i < 40; i++)
    {
      g_autofree char *name = g_strdup_printf ("%u", i), *next = g_strdup_printf ("%u", i + 1);

      g_free (write_image (fixture, name, image_files_layer (next, "qcow2")));
    }
  g_free (write_image (fixture, "40", image_files_qcow2 ()));
  assert_layer (fixture, "0", "qcow2", DIO_IMAGE_PARENT_BAD, DIO_IMAGE_REFERENCE_NONE);
  assert_layer (fixture, "11", "qcow2", DIO_IMAGE_GOOD, DIO_IMAGE_REFERENCE_NONE);
}

/* What the user pointed at. */
static void
test_granted (Fixture *fixture, gconstpointer data)
{
  Fixture other;
  g_autofree char *base = NULL, *wrong = NULL;

  set_up (&other, NULL);
  base = write_image (&other, "base.qcow2", image_files_qcow2 ());
  wrong = write_image (&other, "other.qcow2", image_files_qcow2 ());
  for (guint i = 0; i < 4; i++)
    {
      const char *const places[][2] = { { base }, { other.folder }, { wrong }, { "/nonexistent" } };
      g_autoptr (DioImageReport) near = report_layer (fixture, "base.qcow2", "qcow2", places[i]);
      g_autoptr (DioImageReport) far = report_layer (fixture, base, "qcow2", places[i]);

      g_assert_cmpint (near->problem, ==, i < 2 ? DIO_IMAGE_GOOD : DIO_IMAGE_PARENT_MISSING);
      g_assert_cmpint (far->problem, ==, i < 2 ? DIO_IMAGE_GOOD : DIO_IMAGE_PARENT_MISSING);
      if (i < 2)
        g_assert_cmpstr (far->files[1]->path, ==, base);
    }
  tear_down (&other, NULL);
}

static void
test_flags (Fixture *fixture, gconstpointer data)
{
  g_autofree char *disc = write_image (fixture, "disc.qcow2", image_files_disc ());
  g_autofree char *raw = write_image (fixture, "disk.img", image_files_gpt ());
  g_autoptr (DioImageReport) report = dio_image_report_new (disc, NULL);
  GStatBuf status;

  g_assert_cmpint (report->problem, ==, DIO_IMAGE_GOOD);
  g_assert_cmpint (report->flags & ~DIO_IMAGE_REMOVABLE, ==, DIO_IMAGE_OPTICAL | DIO_IMAGE_MISNAMED);
  g_assert_cmpint (g_stat (disc, &status), ==, 0);
  g_assert_cmpuint (report->files[0]->inode, ==, status.st_ino);
  g_assert_cmpuint (report->files[0]->device, ==, status.st_dev);
  g_clear_pointer (&report, dio_image_report_free);

  g_assert_cmpint (g_chmod (raw, 0400), ==, 0);
  report = dio_image_report_new (raw, NULL);
  g_assert_cmpint (report->flags & ~DIO_IMAGE_REMOVABLE, ==, DIO_IMAGE_READ_ONLY);
}

static void
test_unreadable (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *path;
    int code;
  } paths[] = {
    { "/nonexistent", G_IO_ERROR_NOT_FOUND },
    { "/", G_IO_ERROR_IS_DIRECTORY },
    { "/dev/null", G_IO_ERROR_NOT_SUPPORTED },
    { "/\xff.img", G_IO_ERROR_NOT_FOUND },
  };
  g_autofree char *name = write_image (fixture, "\xff.img", image_files_gpt ());
  g_autoptr (DioImageReport) report = dio_image_report_new (name, NULL);

  g_assert_cmpint (report->problem, ==, DIO_IMAGE_UNREADABLE); /* QEMU could not be told its name */
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (DioImageReport) other = dio_image_report_new (paths[i].path, NULL);
      g_autoptr (GError) error = NULL;

      g_assert_cmpint (other->problem, ==, DIO_IMAGE_UNREADABLE);
      g_assert_cmpint (other->error_number, !=, 0);
      g_assert_cmpuint (other->n_files, ==, 1);
      g_assert_false (dio_image_report_require_good (other, &error));
      g_assert_error (error, G_IO_ERROR, paths[i].code);
    }
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    void (*test) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "/image-report/names", test_names }, { "/image-report/links", test_links },
    { "/image-report/chain", test_chain }, { "/image-report/parents", test_parents },
    { "/image-report/loops", test_loops }, { "/image-report/granted", test_granted },
    { "/image-report/flags", test_flags }, { "/image-report/unreadable", test_unreadable },
  };

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Fixture, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
