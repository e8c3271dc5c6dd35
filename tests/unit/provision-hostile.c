/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* Appliances and archives that want something else than to be imported: nothing is left of any of them, and nothing was
 * written, or read, but what they are. */
#include "disks.h"
#include "library/durable-file.h"
#include "library/library.h"
#include "provision/import.h"

#include <archive.h>
#include <archive_entry.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MIB (G_GUINT64_CONSTANT (1) << 20)

typedef struct
{
  char *place, *outside; /* folders */
  char *ova;             /* a path in OUTSIDE */
  GBytes *vmdk;          /* a disk of 4 MiB, as appliances have them */
  char *digest;          /* its SHA-256 */
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  g_autofree char *raw = NULL;
  g_autofree char *path = NULL;
  g_autofree char *content = NULL;
  gsize length;

  self->place = disks_make_folder ("place");
  self->outside = disks_make_folder ("outside");
  self->ova = g_build_filename (self->outside, "a.ova", NULL);
  raw = g_build_filename (self->outside, "raw", NULL);
  path = g_build_filename (self->outside, "vmdk", NULL);
  disks_fill (raw, 4 * MIB, 9);
  disks_qemu_img ((const char *const[]) { "convert", "-q", "-f", "raw", "-O", "vmdk", "-o", "subformat=streamOptimized",
                                          raw, path, NULL });
  g_assert_true (g_file_get_contents (path, &content, &length, NULL));
  self->vmdk = g_bytes_new (content, length);
  self->digest = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, self->vmdk);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_assert_true (dio_durable_remove_tree (self->place));
  g_assert_true (dio_durable_remove_tree (self->outside));
  g_bytes_unref (self->vmdk);
  g_free (self->digest);
  g_free (self->place);
  g_free (self->outside);
  g_free (self->ova);
}

/* --- archives as strangers write them --- */

static struct archive *
open_tar (const char *path)
{
  struct archive *archive = archive_write_new ();

  archive_write_set_format_gnutar (archive);
  g_assert_cmpint (archive_write_open_filename (archive, path), ==, ARCHIVE_OK);
  return archive;
}

static void
close_tar (struct archive *archive)
{
  g_assert_cmpint (archive_write_close (archive), ==, ARCHIVE_OK);
  archive_write_free (archive);
}

static void
add (struct archive *archive, const char *name, gconstpointer data, gsize size)
{
  struct archive_entry *entry = archive_entry_new ();

  archive_entry_set_pathname (entry, name);
  archive_entry_set_filetype (entry, AE_IFREG);
  archive_entry_set_perm (entry, 0644);
  archive_entry_set_size (entry, (gint64) size);
  g_assert_cmpint (archive_write_header (archive, entry), ==, ARCHIVE_OK);
  g_assert_cmpint (archive_write_data (archive, data, size), ==, (gssize) size);
  archive_entry_free (entry);
}

static void
add_text (struct archive *archive, const char *name, const char *text)
{
  add (archive, name, text, strlen (text));
}

static void
add_bytes (struct archive *archive, const char *name, GBytes *bytes)
{
  add (archive, name, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

static void
add_link (struct archive *archive, const char *name, const char *to, gboolean hard)
{
  struct archive_entry *entry = archive_entry_new ();

  archive_entry_set_pathname (entry, name);
  archive_entry_set_filetype (entry, hard ? AE_IFREG : AE_IFLNK);
  if (hard)
    archive_entry_set_hardlink (entry, to);
  else
    archive_entry_set_symlink (entry, to);
  g_assert_cmpint (archive_write_header (archive, entry), ==, ARCHIVE_OK);
  archive_entry_free (entry);
}

/* One disk of 4 MiB in the file HREF. */
static char *
make_ovf (const char *href, const char *compression)
{
  return g_strdup_printf (
      "<Envelope><References><File id='f' href='%s' %s/></References>"
      "<DiskSection><Disk diskId='d' fileRef='f' capacity='4194304'/></DiskSection><VirtualSystem><Name>Foreign</Name>"
      "<VirtualHardwareSection><Item><ResourceType>3</ResourceType><VirtualQuantity>2</VirtualQuantity></Item>"
      "<Item><ResourceType>17</ResourceType><HostResource>ovf:/disk/d</HostResource></Item>"
      "</VirtualHardwareSection></VirtualSystem></Envelope>",
      href, compression);
}

/* --- what comes of them --- */

static void
assert_job_refused (Fixture *self, DioJob *job, const char *word)
{
  g_autofree char *before = disks_list (self->outside);
  g_autofree char *after = NULL;
  g_autofree char *place = NULL;
  g_autofree char *result = NULL;
  g_autoptr (GError) error = NULL;

  result = disks_run (job, &error);
  g_assert_null (result);
  g_assert_nonnull (error);
  if (!strstr (error->message, word))
    g_error ("“%s” is not in: %s", word, error->message);
  after = disks_list (self->outside);
  g_assert_cmpstr (before, ==, after);
  place = disks_list (self->place);
  g_assert_null (strchr (place, '\n'));
}

static void
assert_refused (Fixture *self, const char *word)
{
  assert_job_refused (self, dio_import_appliance (self->ova, NULL, self->place), word);
}

/* Returns: the machine's folder. */
static char *
assert_taken (Fixture *self, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *raw = g_build_filename (self->outside, "raw", NULL);
  g_autofree char *disk = NULL;
  char *folder = disks_run (dio_import_appliance (path, NULL, self->place), &error);

  g_assert_no_error (error);
  disk = g_build_filename (folder, "disk-1.qcow2", NULL);
  disks_assert_same (disk, "qcow2", raw, "raw");
  return folder;
}

static void
test_names (Fixture *self, gconstpointer data)
{
  static const char *const names[] = { "../evil", "/tmp/evil", "a/../../evil", "a//b" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      struct archive *tar = open_tar (self->ova);

      add_text (tar, names[i], "x");
      close_tar (tar);
      assert_refused (self, "must not");
    }
}

static void
test_links (Fixture *self, gconstpointer data)
{
  for (guint hard = 0; hard < 2; hard++)
    {
      struct archive *tar = open_tar (self->ova);
      g_autofree char *ovf = make_ovf ("disk.vmdk", "");

      add_text (tar, "a.ovf", ovf);
      add_link (tar, "disk.vmdk", "/etc/passwd", hard == 1);
      close_tar (tar);
      assert_refused (self, "must not");
    }
}

static void
test_twice_and_missing (Fixture *self, gconstpointer data)
{
  g_autofree char *ovf = make_ovf ("disk.vmdk", "");
  struct archive *tar = open_tar (self->ova);

  add_text (tar, "a.ovf", ovf);
  add_bytes (tar, "disk.vmdk", self->vmdk);
  add_bytes (tar, "./disk.vmdk", self->vmdk);
  close_tar (tar);
  assert_refused (self, "twice");

  tar = open_tar (self->ova);
  add_text (tar, "a.ovf", ovf);
  close_tar (tar);
  assert_refused (self, "missing");

  tar = open_tar (self->ova);
  add_bytes (tar, "disk.vmdk", self->vmdk);
  close_tar (tar);
  assert_refused (self, "no description");
}

static void
test_checksums (Fixture *self, gconstpointer data)
{
  g_autofree char *ovf = make_ovf ("disk.vmdk", "");
  g_autofree char *good = g_strdup_printf ("SHA256(disk.vmdk)= %s\n", self->digest);
  g_autofree char *wrong_text = g_strdup_printf ("SHA1(a.ovf)= %040d\n", 0);
  g_autofree char *wrong_disk = g_strdup_printf ("SHA512(disk.vmdk)= %0128d\n", 0);
  const char *const lists[] = { wrong_text, wrong_disk, "SHA256(disk.vmdk)= x", good };

  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      struct archive *tar = open_tar (self->ova);
      g_autofree char *folder = NULL;

      add_text (tar, "a.ovf", ovf);
      add_bytes (tar, "disk.vmdk", self->vmdk);
      add_text (tar, "a.mf", lists[i]);
      close_tar (tar);
      if (i + 1 < G_N_ELEMENTS (lists))
        assert_refused (self, "checksums");
      else
        folder = assert_taken (self, self->ova);
    }
}

/* Cut at every place, and with a size that no file has. */
static void
test_truncated (Fixture *self, gconstpointer data)
{
  g_autofree char *ovf = make_ovf ("disk.vmdk", "");
  g_autofree char *content = NULL;
  struct archive *tar = open_tar (self->ova);
  gsize length;

  add_text (tar, "a.ovf", ovf);
  add_bytes (tar, "disk.vmdk", self->vmdk);
  close_tar (tar);
  g_assert_true (g_file_get_contents (self->ova, &content, &length, NULL));
  for (gsize size = 0; size < length - 20 * 1024; size += length / 37)
    {
      g_assert_true (g_file_set_contents (self->ova, content, (gssize) size, NULL));
      assert_refused (self, size < 1536 ? "" : "damaged");
    }
  memcpy (content + 124, "77777777777", 11);
  g_assert_true (g_file_set_contents (self->ova, content, (gssize) length, NULL));
  assert_refused (self, "damaged");
}

static void
test_many_members (Fixture *self, gconstpointer data)
{
  struct archive *tar = open_tar (self->ova);

  for (guint i = 0; i < 5000; i++)
    {
      g_autofree char *name = g_strdup_printf ("file%u", i);

      add_text (tar, name, "");
    }
  close_tar (tar);
  assert_refused (self, "more files");
}

/* Compressed disks inside: good, damaged, and one that becomes more than the description says. */
static void
test_gzip (Fixture *self, gconstpointer data)
{
  g_autofree char *ovf = make_ovf ("disk.vmdk.gz", "compression='gzip'");
  g_autofree char *bomb = g_malloc0 (80 * MIB);
  g_autoptr (GBytes) zeros = g_bytes_new_static (bomb, 80 * MIB);
  GBytes *const contents[] = { zeros, self->vmdk };

  for (guint i = 0; i < 4; i++)
    {
      g_autoptr (GZlibCompressor) compressor = g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, 1);
      g_autoptr (GBytes) packed = g_converter_convert_bytes (G_CONVERTER (compressor), contents[i > 0], NULL);
      g_autoptr (GBytes) half = g_bytes_new_from_bytes (packed, 0, g_bytes_get_size (packed) / 2);
      g_autofree char *folder = NULL;
      struct archive *tar = open_tar (self->ova);

      add_text (tar, "a.ovf", ovf);
      add_bytes (tar, "disk.vmdk.gz", i == 1 ? half : i == 2 ? self->vmdk : packed);
      close_tar (tar);
      if (i < 3)
        assert_refused (self, i == 0 ? "more than it says" : "damaged");
      else
        folder = assert_taken (self, self->ova);
    }
}

/* A disk that would have this computer's files opened. */
static void
test_disk_refers (Fixture *self, gconstpointer data)
{
  g_autofree char *ovf = make_ovf ("disk.qcow2", "");
  g_autofree char *path = g_build_filename (self->outside, "evil", NULL);
  g_autofree char *content = NULL;
  struct archive *tar = open_tar (self->ova);
  gsize length;

  disks_qemu_img ((const char *const[]) { "create", "-q", "-u", "-f", "qcow2", "-b", "/etc/passwd", "-F", "raw", path,
                                          "1M", NULL });
  g_assert_true (g_file_get_contents (path, &content, &length, NULL));
  add_text (tar, "a.ovf", ovf);
  add (tar, "disk.qcow2", content, length);
  close_tar (tar);
  assert_refused (self, "/etc/passwd");
}

/* In a folder: as good as in one file, but not through a link. */
static void
test_folder (Fixture *self, gconstpointer data)
{
  g_autofree char *text = make_ovf ("a%20disk.vmdk", "");
  g_autofree char *ovf = g_build_filename (self->outside, "b.ovf", NULL);
  g_autofree char *list = g_build_filename (self->outside, "b.mf", NULL);
  g_autofree char *disk = g_build_filename (self->outside, "a disk.vmdk", NULL);
  g_autofree char *vmdk = g_build_filename (self->outside, "vmdk", NULL);
  g_autofree char *good = g_strdup_printf ("SHA256(a disk.vmdk)= %s\n", self->digest);
  g_autofree char *wrong = g_strdup_printf ("SHA256(a disk.vmdk)= %064d\n", 0);
  g_autofree char *folder = NULL;

  g_assert_true (g_file_set_contents (ovf, text, -1, NULL));
  assert_job_refused (self, dio_import_appliance (ovf, NULL, self->place), "missing");
  g_assert_cmpint (symlink (vmdk, disk), ==, 0);
  assert_job_refused (self, dio_import_appliance (ovf, NULL, self->place), "missing");
  g_assert_cmpint (g_unlink (disk), ==, 0);
  g_assert_cmpint (link (vmdk, disk), ==, 0);
  g_assert_true (g_file_set_contents (list, wrong, -1, NULL));
  assert_job_refused (self, dio_import_appliance (ovf, NULL, self->place), "checksums");
  g_assert_true (g_file_set_contents (list, good, -1, NULL));
  folder = assert_taken (self, ovf);
  g_assert_true (g_file_test (disk, G_FILE_TEST_EXISTS));
}

/* --- Diorama's own archives, which anybody can write --- */

#define DEFINITION_START                                                                                               \
  "{\"diorama\": 1, \"name\": \"Evil\", \"uuid\": \"5f3ad51d-5b2b-4ab5-b8e1-0dbb0d6c1d11\", \"autostart\": true, "     \
  "\"machine\": {\"cpus\": 2, "

static void
write_archive (Fixture *self, const char *rest)
{
  g_autofree char *definition = g_strconcat (DEFINITION_START, rest, "}}", NULL);
  struct archive *tar = open_tar (self->ova);

  add_text (tar, "x.diorama/" DIO_DEFINITION_FILE, definition);
  add_text (tar, "x.diorama/disk.img", "disk");
  add_text (tar, "x.diorama/.lock", "somebody");
  add_text (tar, "x.diorama/log/qemu.log", "said");
  close_tar (tar);
}

static void
test_archive_refers (Fixture *self, gconstpointer data)
{
  static const char *const disks[] = {
    "\"disks\": [{\"path\": \"/etc/passwd\", \"format\": \"raw\"}]",
    "\"disks\": [{\"path\": \"disk.img\", \"format\": \"qcow2\", \"layers\": [{\"path\": \"/etc/passwd\", "
    "\"format\": \"raw\"}]}]",
  };
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = NULL;
  g_autofree char *path = NULL;
  g_autofree char *text = NULL;
  g_autofree char *listing = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (disks); i++)
    {
      write_archive (self, disks[i]);
      assert_job_refused (self, dio_import_archive (self->ova, NULL, NULL, self->place), "not in it");
    }
  write_archive (self, "\"disks\": [{\"path\": \"../../x\", \"format\": \"raw\"}]");
  assert_job_refused (self, dio_import_archive (self->ova, NULL, NULL, self->place), "");

  write_archive (
      self,
      "\"extra-arguments\": [\"-evil\"], \"microphone\": true, \"forwards\": [{\"protocol\": \"tcp\", \"address\": "
      "\"0.0.0.0\", \"host-port\": 2222, \"guest-port\": 22}], \"install-folder\": \"install\", "
      "\"kernel\": \"/boot/evil\", \"shares\": [{\"tag\": \"evil\", "
      "\"path\": \"/home\"}], \"disks\": [{\"path\": \"disk.img\", \"format\": \"raw\"}, {\"path\": "
      "\"/home/evil.iso\", \"format\": \"raw\", \"cdrom\": true, \"read-only\": true}]");
  folder = disks_run (dio_import_archive (self->ova, "Tame", NULL, self->place), &error);
  g_assert_no_error (error);
  path = g_build_filename (folder, DIO_DEFINITION_FILE, NULL);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_null (strstr (text, "vil"));
  g_assert_null (strstr (text, "autostart"));
  g_assert_null (strstr (text, "microphone"));
  g_assert_null (strstr (text, "0.0.0.0"));
  g_assert_null (strstr (text, "install-folder"));
  g_assert_nonnull (strstr (text, "2222"));
  g_assert_nonnull (strstr (text, "disk.img"));
  listing = disks_list (folder);
  g_assert_null (strstr (listing, "qemu.log"));
}

static void
test_archive_links (Fixture *self, gconstpointer data)
{
  struct archive *tar = open_tar (self->ova);

  add_link (tar, "x.diorama/tpm", self->outside, FALSE);
  add_text (tar, "x.diorama/tpm/evil", "evil");
  close_tar (tar);
  assert_job_refused (self, dio_import_archive (self->ova, NULL, NULL, self->place), "must not");

  tar = open_tar (self->ova);
  add_text (tar, "x.diorama/disk.img", "one");
  add_text (tar, "x.diorama/disk.img", "two");
  close_tar (tar);
  assert_job_refused (self, dio_import_archive (self->ova, NULL, NULL, self->place), "twice");

  tar = open_tar (self->ova);
  add_text (tar, "x.diorama/a/b/c/d/e/f/g/h", "deep");
  close_tar (tar);
  assert_job_refused (self, dio_import_archive (self->ova, NULL, NULL, self->place), "folders");

  tar = open_tar (self->ova);
  add_text (tar, "x.diorama/disk.img", "one");
  close_tar (tar);
  assert_job_refused (self, dio_import_archive (self->ova, NULL, NULL, self->place), "no machine");

  g_assert_true (g_file_set_contents (self->ova, "\x28\xb5\x2f\xfdgarbage", 11, NULL));
  assert_job_refused (self, dio_import_archive (self->ova, NULL, NULL, self->place), "damaged");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

#define ADD(name, function) g_test_add ("/hostile/" name, Fixture, NULL, set_up, function, tear_down)
  ADD ("appliance/names", test_names);
  ADD ("appliance/links", test_links);
  ADD ("appliance/twice-and-missing", test_twice_and_missing);
  ADD ("appliance/checksums", test_checksums);
  ADD ("appliance/truncated", test_truncated);
  ADD ("appliance/many-members", test_many_members);
  ADD ("appliance/gzip", test_gzip);
  ADD ("appliance/disk-refers", test_disk_refers);
  ADD ("appliance/folder", test_folder);
  ADD ("archive/refers", test_archive_refers);
  ADD ("archive/links", test_archive_links);
#undef ADD

  return g_test_run ();
}
