/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* Compressed images, unpacked: whole, and in every way that it can go wrong. */
#include "disks.h"
#include "provision/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#define MIB (1024 * 1024)
#define SIZE (2 * MIB)

/* What the drive is said to have: this stands before the C library's. 0: a lot. */
static guint64 room;

int
statvfs (const char *path, struct statvfs *status)
{
  *status = (struct statvfs) { .f_frsize = 1, .f_blocks = G_MAXINT64, .f_bavail = room ? room : G_MAXINT64 };
  return 0;
}

typedef struct
{
  char *folder;
  char *raw_content; /* half of it empty */
  gsize raw_length;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  room = 0;
  self->folder = disks_make_folder ("unpack");
  self->raw_length = SIZE;
  self->raw_content = g_malloc0 (SIZE);
  for (gsize i = 0; i < SIZE / 2; i++)
    self->raw_content[i] = (char) (i * 7 + i / 512);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_autofree char *command = g_strdup_printf ("rm -rf '%s'", self->folder);

  g_assert_cmpint (system (command), ==, 0);
  g_free (self->folder);
  g_free (self->raw_content);
}

/* FILTER: of libarchive. Returns: the path of NAME, the disk compressed. (transfer full) */
static char *
pack (Fixture *self, const char *name, int filter)
{
  char *path = g_build_filename (self->folder, name, NULL);
  struct archive *archive = archive_write_new ();
  struct archive_entry *entry = archive_entry_new ();

  g_assert_cmpint (archive_write_set_format_raw (archive), ==, ARCHIVE_OK);
  g_assert_cmpint (archive_write_add_filter (archive, filter), ==, ARCHIVE_OK);
  g_assert_cmpint (archive_write_open_filename (archive, path), ==, ARCHIVE_OK);
  archive_entry_set_filetype (entry, AE_IFREG);
  g_assert_cmpint (archive_write_header (archive, entry), ==, ARCHIVE_OK);
  g_assert_cmpint (archive_write_data (archive, self->raw_content, self->raw_length), ==,
                   (la_ssize_t) self->raw_length);
  archive_entry_free (entry);
  g_assert_cmpint (archive_write_free (archive), ==, ARCHIVE_OK);
  return path;
}

static void
assert_content (Fixture *self, const char *path, const char *name)
{
  g_autofree char *base = g_path_get_basename (path);
  g_autofree char *content = NULL;
  gsize length;

  g_assert_cmpstr (base, ==, name);
  g_assert_true (g_file_get_contents (path, &content, &length, NULL));
  g_assert_cmpmem (content, length, self->raw_content, self->raw_length);
}

/* Nothing but what was there, and a sentence. */
static void
assert_refused (Fixture *self, DioJob *job, GIOErrorEnum code, const char *word)
{
  g_autofree char *before = disks_list (self->folder);
  g_autofree char *after = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *result = disks_run (job, &error);

  g_assert_null (result);
  g_assert_error (error, G_IO_ERROR, (int) code);
  if (!strstr (error->message, word))
    g_error ("“%s” is not in: %s", word, error->message);
  g_assert_true (g_str_has_suffix (error->message, "."));
  after = disks_list (self->folder);
  g_assert_cmpstr (after, ==, before);
}

static void
test_kinds (Fixture *self, gconstpointer data)
{
  static const struct
  {
    const char *name;
    int filter;
  } kinds[] = {
    { "disk.img.xz", ARCHIVE_FILTER_XZ },      { "disk-2.img.gz", ARCHIVE_FILTER_GZIP },
    { "disk-3.img.ZST", ARCHIVE_FILTER_ZSTD }, { "disk-4.img.bz2", ARCHIVE_FILTER_BZIP2 },
    { "disk-5.img.lz4", ARCHIVE_FILTER_LZ4 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autofree char *packed = pack (self, kinds[i].name, kinds[i].filter);
      g_autofree char *name = g_strndup (kinds[i].name, strrchr (kinds[i].name, '.') - kinds[i].name);
      g_autofree char *result = NULL;
      g_autoptr (GError) error = NULL;
      struct stat status;

      result = disks_run (dio_unpack_new (packed, self->folder), &error);
      g_assert_no_error (error);
      assert_content (self, result, name);
      g_assert_cmpint (g_stat (result, &status), ==, 0);
      g_assert_cmpint (status.st_blocks * 512, <, SIZE * 3 / 4);
      g_assert_true (g_file_test (packed, G_FILE_TEST_EXISTS));
    }
}

/* What has its name already stays as it is. */
static void
test_names (Fixture *self, gconstpointer data)
{
  static const char *const names[] = { "disk.img", "disk (2).img", "disk (3).img" };
  g_autofree char *packed = pack (self, "disk.img.gz", ARCHIVE_FILTER_GZIP);
  g_autofree char *nameless = pack (self, "nameless", ARCHIVE_FILTER_XZ);
  g_autofree char *result = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = disks_run (dio_unpack_new (packed, self->folder), NULL);

      assert_content (self, path, names[i]);
      g_assert_true (g_file_set_contents (path, "kept", 4, NULL));
    }
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (self->folder, names[i], NULL);
      g_autofree char *content = NULL;

      g_assert_true (g_file_get_contents (path, &content, NULL, NULL));
      g_assert_cmpstr (content, ==, "kept");
    }
  result = disks_run (dio_unpack_new (nameless, self->folder), NULL);
  assert_content (self, result, "nameless (2)");
}

static void
test_damaged (Fixture *self, gconstpointer data)
{
  g_autofree char *packed = pack (self, "disk.img.xz", ARCHIVE_FILTER_XZ);
  g_autofree char *content = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (packed, &content, &length, NULL));
  g_assert_true (g_file_set_contents (packed, content, length / 2, NULL));
  assert_refused (self, dio_unpack_new (packed, self->folder), G_IO_ERROR_INVALID_DATA, "damaged");
  memset (content + length / 3, 0x55, 64);
  g_assert_true (g_file_set_contents (packed, content, length, NULL));
  assert_refused (self, dio_unpack_new (packed, self->folder), G_IO_ERROR_INVALID_DATA, "damaged");
  g_assert_true (g_file_set_contents (packed, "", 0, NULL));
  assert_refused (self, dio_unpack_new (packed, self->folder), G_IO_ERROR_INVALID_DATA, "damaged");
  g_assert_true (g_file_set_contents (packed, self->raw_content, self->raw_length, NULL));
  assert_refused (self, dio_unpack_new (packed, self->folder), G_IO_ERROR_INVALID_DATA, "not compressed");
  g_assert_cmpint (g_unlink (packed), ==, 0);
  assert_refused (self, dio_unpack_new (packed, self->folder), G_IO_ERROR_NOT_FOUND, "disk.img.xz");
  assert_refused (self, dio_unpack_new ("/dev/zero", self->folder), G_IO_ERROR_INVALID_ARGUMENT, "zero");
}

/* 2 GiB of nothing in 2 MiB, which would be written in no time; and one that says that it is larger than anything. */
static void
test_bombs (Fixture *self, gconstpointer data)
{
  static const guint8 claim[] = { 0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0 };
  g_autofree char *member = NULL, *bomb = NULL, *liar = NULL, *content = NULL;
  g_autoptr (GString) all = g_string_new (NULL);
  gsize length;

  memset (self->raw_content, 0, self->raw_length);
  member = pack (self, "member.gz", ARCHIVE_FILTER_GZIP);
  g_assert_true (g_file_get_contents (member, &content, &length, NULL));
  for (guint i = 0; i < 1024; i++)
    g_string_append_len (all, content, (gssize) length);
  bomb = g_build_filename (self->folder, "bomb.img.gz", NULL);
  g_assert_true (g_file_set_contents (bomb, all->str, (gssize) all->len, NULL));
  room = 1200 * (guint64) MIB;
  assert_refused (self, dio_unpack_new (bomb, self->folder), G_IO_ERROR_NO_SPACE, "not enough room");
  liar = g_build_filename (self->folder, "liar.img.zst", NULL);
  g_assert_true (g_file_set_contents (liar, (const char *) claim, sizeof claim, NULL));
  assert_refused (self, dio_unpack_new (liar, self->folder), G_IO_ERROR_NO_SPACE, "not enough room");
}

static void
test_full (Fixture *self, gconstpointer data)
{
  g_autofree char *packed = pack (self, "disk.img.xz", ARCHIVE_FILTER_XZ);
  g_autofree char *result = NULL;

  room = 100;
  assert_refused (self, dio_unpack_new (packed, self->folder), G_IO_ERROR_NO_SPACE, "not enough room");
  room = 0;
  disks_limit (MIB / 2);
  assert_refused (self, dio_unpack_new (packed, self->folder), G_IO_ERROR_FAILED, "unpacked");
  disks_limit (0);
  result = disks_run (dio_unpack_new (packed, self->folder), NULL);
  assert_content (self, result, "disk.img");
}

static void
test_cancelled (Fixture *self, gconstpointer data)
{
  static const double when[] = { -1, 0, 0.1 };
  g_autofree char *packed = NULL, *before = NULL;

  /* What does not compress, and is read in many turns. */
  self->raw_length = 24 * MIB;
  self->raw_content = g_realloc (self->raw_content, self->raw_length);
  for (gsize i = 0; i < self->raw_length; i += 4)
    *(guint32 *) (gpointer) (self->raw_content + i) = g_random_int ();
  packed = pack (self, "disk.img.gz", ARCHIVE_FILTER_GZIP);
  before = disks_list (self->folder);
  for (guint i = 0; i < G_N_ELEMENTS (when); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *after = NULL;
      g_autofree char *result = disks_run_cancelled (dio_unpack_new (packed, self->folder), when[i], &error);

      g_assert_null (result);
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      after = disks_list (self->folder);
      g_assert_cmpstr (after, ==, before);
    }
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  ADD ("/unpack/kinds", test_kinds);
  ADD ("/unpack/names", test_names);
  ADD ("/unpack/damaged", test_damaged);
  ADD ("/unpack/bombs", test_bombs);
  ADD ("/unpack/full", test_full);
  ADD ("/unpack/cancelled", test_cancelled);
  return g_test_run ();
}
