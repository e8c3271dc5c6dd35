/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* What installers are given to read, for systems of osinfo-db that will not change any more. The discs are made here,
 * with the files that libosinfo says are on them. */
#include "provision/unattended.h"

#include "library/durable-file.h"
#include "provision/install-media.h"
#include "provision/os-database.h"

#include <archive.h>
#include <archive_entry.h>
#include <glib/gstdio.h>
#include <osinfo/osinfo.h>
#include <string.h>

#define PASSWORD "correct horse; battery & staple"

static DioOsDatabase *database;

typedef struct
{
  char *folder;
  char *iso;
  DioMachineConfig *config;
  DioOsMedia *media;
  DioUnattended choice;
} Fixture;

static DioOsMedia *
find_media (const char *os, const char *part)
{
  g_autoptr (GListModel) media = dio_os_database_get_media (database, dio_os_database_find (database, os), "x86_64");

  for (guint i = 0; i < g_list_model_get_n_items (media); i++)
    {
      g_autoptr (DioOsMedia) one = g_list_model_get_item (media, i);

      if (strstr (dio_os_media_get_details (one), part))
        return g_steal_pointer (&one);
    }
  g_assert_not_reached ();
}

/* KERNEL and INITRD: their paths on the disc. */
static void
set_up (Fixture *self, const char *os, const char *part, const char *kernel, const char *initrd)
{
  const char *names[] = { "readme", kernel, initrd, NULL };
  g_autoptr (GPtrArray) contents = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr (GError) error = NULL;

  self->folder = g_dir_make_tmp ("unattended-XXXXXX", NULL);
  self->iso = g_build_filename (self->folder, "disc.iso", NULL);
  g_ptr_array_add (contents, g_bytes_new_static ("Hello", 5));
  g_ptr_array_add (contents, g_bytes_new_static ("the kernel", 10));
  g_ptr_array_add (contents, g_bytes_new_static ("an archive", 10));
  dio_iso_write (self->iso, "DISC", names, contents, &error);
  g_assert_no_error (error);
  self->config = dio_machine_config_new ("Test");
  self->media = find_media (os, part);
  self->choice = (DioUnattended) { .user = "anna",
                                   .password = PASSWORD,
                                   .keyboard = "us",
                                   .host_name = "Ännas Büro 1!",
                                   .disk_bus = DIO_DISK_BUS_VIRTIO };
}

static void
clear (Fixture *self)
{
  g_autofree char *install = g_build_filename (self->folder, DIO_UNATTENDED_FOLDER, NULL);

  dio_durable_remove_tree (install);
  g_unlink (self->iso);
  /* Nothing else was made. */
  g_assert_cmpint (g_rmdir (self->folder), ==, 0);
  g_free (self->folder);
  g_free (self->iso);
  g_clear_object (&self->media);
  g_assert_finalize_object (self->config);
}

/* What Linux would find in NAME: in the archive behind the first OFFSET bytes. */
static char *
read_appended (const char *initrd, gsize offset, const char *name)
{
  struct archive *reader = archive_read_new ();
  struct archive_entry *entry;
  g_autofree char *bytes = NULL;
  char *text = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (initrd, &bytes, &size, NULL));
  g_assert_cmpuint (size, >, offset);
  archive_read_support_format_cpio (reader);
  g_assert_cmpint (archive_read_open_memory (reader, bytes + offset, size - offset), ==, ARCHIVE_OK);
  while (archive_read_next_header (reader, &entry) == ARCHIVE_OK)
    if (g_str_equal (archive_entry_pathname (entry), name))
      {
        text = g_malloc0 (archive_entry_size (entry) + 1);
        g_assert_cmpint (archive_read_data (reader, text, archive_entry_size (entry)), ==, archive_entry_size (entry));
        g_assert_cmpint (archive_format (reader), ==, ARCHIVE_FORMAT_CPIO_SVR4_NOCRC);
      }
  archive_read_free (reader);
  g_assert_nonnull (text);
  return text;
}

static void
assert_line (const char *text, const char *line)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i]; i++)
    if (g_str_equal (g_strstrip (lines[i]), line))
      return;
  g_error ("There is no line “%s” in:\n%s", line, text);
}

static void
assert_mode (const char *path, guint mode)
{
  GStatBuf info;

  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmphex (info.st_mode & 0777, ==, mode);
}

static void
test_debian (void)
{
  Fixture self;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL, *kernel = NULL, *install = NULL;
  const char *initrd, *arguments;

  set_up (&self, "debian12", "netinst", "install.amd/vmlinuz", "install.amd/initrd.gz");
  g_assert_cmpint (dio_unattended_offered (self.media), ==, DIO_UNATTENDED_READY);
  dio_unattended_prepare (self.media, self.iso, &self.choice, self.folder, self.config, NULL, &error);
  g_assert_no_error (error);

  install = g_build_filename (self.folder, DIO_UNATTENDED_FOLDER, NULL);
  g_assert_true (g_str_has_prefix (dio_machine_config_get_kernel (self.config), install));
  g_assert_true (g_file_get_contents (dio_machine_config_get_kernel (self.config), &kernel, NULL, NULL));
  g_assert_cmpstr (kernel, ==, "the kernel");
  initrd = dio_machine_config_get_initrd (self.config);
  assert_mode (install, 0700);
  assert_mode (initrd, 0600);
  text = read_appended (initrd, 12, "preseed.cfg"); /* 10 bytes, and two to a multiple of four */
  assert_line (text, "d-i passwd/username anna");
  assert_line (text, "d-i passwd/user-password password " PASSWORD);
  assert_line (text, "d-i passwd/user-password-again password " PASSWORD);
  assert_line (text, "d-i passwd/root-password password " PASSWORD);
  assert_line (text, "d-i partman-auto/disk string /dev/vda");
  assert_line (text, "d-i grub-installer/bootdev string /dev/vda");
  assert_line (text, "d-i debian-installer/locale string de_DE");
  assert_line (text, "d-i time/zone select Europe/Berlin");
  assert_line (text, "d-i netcfg/get_hostname string annas-buro-1");

  arguments = dio_machine_config_get_kernel_arguments (self.config);
  g_assert_cmpstr (arguments, ==, "keyboard-configuration/xkb-keymap=de debconf/priority=critical");
  g_assert_null (strstr (arguments, PASSWORD));
  clear (&self);
}

static void
test_fedora (void)
{
  Fixture self;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  set_up (&self, "fedora41", "Everything-netinst", "images/pxeboot/vmlinuz", "images/pxeboot/initrd.img");
  self.choice.disk_bus = DIO_DISK_BUS_SATA;
  g_assert_cmpint (dio_unattended_offered (self.media), ==, DIO_UNATTENDED_READY);
  dio_unattended_prepare (self.media, self.iso, &self.choice, self.folder, self.config, NULL, &error);
  g_assert_no_error (error);
  text = read_appended (dio_machine_config_get_initrd (self.config), 12, "fedora.ks");
  assert_line (text, "keyboard 'de'");
  assert_line (text, "lang de_DE");
  assert_line (text, "timezone --utc Europe/Berlin");
  assert_line (text, "clearpart --all --drives=/dev/sda");
  assert_line (text, "useradd -G wheel anna # Add user");
  assert_line (text, "echo '" PASSWORD "' |passwd --stdin anna");
  g_assert_cmpstr (dio_machine_config_get_kernel_arguments (self.config), ==, "inst.ks=file:/fedora.ks");
  clear (&self);
}

/* Nobody downloads Windows, so its discs are not in the list of those that can be. */
static DioOsMedia *
find_windows (void)
{
  DioOs *os = dio_os_database_find (database, "win7");
  g_autoptr (OsinfoMediaList) media = osinfo_os_get_media_list (dio_os_get_osinfo (os));

  g_assert_cmpint (osinfo_list_get_length (OSINFO_LIST (media)), >, 0);
  return dio_os_media_new (OSINFO_MEDIA (osinfo_list_get_nth (OSINFO_LIST (media), 0)), os);
}

static void
test_windows (void)
{
  Fixture self;
  g_autoptr (GError) error = NULL;
  g_autofree char *out = NULL, *text = NULL;

  set_up (&self, "debian12", "netinst", "sources/boot.wim", "bootmgr");
  g_clear_object (&self.media);
  self.media = find_windows ();
  self.choice.product_key = "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE";
  g_assert_cmpint (dio_unattended_offered (self.media), ==, DIO_UNATTENDED_PRODUCT_KEY);
  dio_unattended_prepare (self.media, self.iso, &self.choice, self.folder, self.config, NULL, &error);
  g_assert_no_error (error);
  g_assert_null (dio_machine_config_get_kernel (self.config));
  g_assert_cmpuint (dio_machine_config_get_n_disks (self.config), ==, 1);
  g_assert_true (dio_machine_config_get_disk (self.config, 0)->cdrom);
  assert_mode (dio_machine_config_get_disk (self.config, 0)->path, 0600);
  out = g_build_filename (self.folder, "out", NULL);
  dio_iso_extract (dio_machine_config_get_disk (self.config, 0)->path, "autounattend.xml", out, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (out, &text, NULL, NULL));
  g_unlink (out);
  /* As XML has it. */
  g_assert_nonnull (strstr (text, "correct horse; battery &amp; staple"));
  g_assert_nonnull (strstr (text, "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE"));
  g_assert_nonnull (strstr (text, "DE-DE"));
  clear (&self);
}

static void
test_end (void)
{
  Fixture self;
  g_autoptr (GError) error = NULL;

  set_up (&self, "debian12", "netinst", "install.amd/vmlinuz", "install.amd/initrd.gz");
  dio_machine_config_add_disk (self.config, "/elsewhere/install/disk.qcow2", "qcow2", DIO_DISK_BUS_VIRTIO, FALSE);
  dio_machine_config_add_cdrom (self.config, self.iso);
  g_assert_false (dio_machine_config_end_install (self.config));
  dio_unattended_prepare (self.media, self.iso, &self.choice, self.folder, self.config, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (dio_machine_config_end_install (self.config));
  g_assert_null (dio_machine_config_get_kernel (self.config));
  g_assert_null (dio_machine_config_get_initrd (self.config));
  g_assert_null (dio_machine_config_get_kernel_arguments (self.config));
  g_assert_null (dio_machine_config_get_install_folder (self.config));
  g_assert_cmpuint (dio_machine_config_get_n_disks (self.config), ==, 2);
  g_assert_false (dio_machine_config_end_install (self.config));
  clear (&self);
}

static void
test_not_offered (void)
{
  g_autoptr (DioOsMedia) live = find_media ("fedora41", "Workstation-Live");
  g_autoptr (DioOsMedia) unknown = dio_os_media_new (dio_os_media_get_osinfo (live), NULL);

  g_assert_cmpint (dio_unattended_offered (live), ==, DIO_UNATTENDED_NOT);
  g_assert_cmpint (dio_unattended_offered (unknown), ==, DIO_UNATTENDED_NOT);
}

/* The disc is another than it seemed: nothing is left. */
static void
test_wrong_disc (void)
{
  Fixture self;
  g_autoptr (GError) error = NULL;

  set_up (&self, "debian12", "netinst", "install.amd/vmlinuz", "install.amd/other");
  g_assert_false (dio_unattended_prepare (self.media, self.iso, &self.choice, self.folder, self.config, NULL, &error));
  g_assert_nonnull (strstr (error->message, "initrd.gz"));
  g_assert_null (dio_machine_config_get_kernel (self.config));
  clear (&self);
}

static void
test_check (void)
{
  static const char *const bad_users[] = { "",       "root",  "Anna",
                                           "1anna",  "an na", "anna;",
                                           "anna\n", "-anna", "abcdefghijklmnopqrstuvwxyz1234567" };
  static const char *const bad_passwords[] = { "", " x", "x ", "it's", "a\nb", "a\\b", "$HOME", "`id`", "\"", "\x80" };
  static const char *const good_passwords[] = { "x", "pass word", "Grüße", "a&b<c>d;e|f#g%h" };

  for (guint i = 0; i < G_N_ELEMENTS (bad_users); i++)
    g_assert_false (dio_unattended_check (&(DioUnattended) { .user = bad_users[i], .password = "x" }, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (bad_passwords); i++)
    g_assert_false (dio_unattended_check (&(DioUnattended) { .user = "anna", .password = bad_passwords[i] }, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (good_passwords); i++)
    g_assert_true (dio_unattended_check (&(DioUnattended) { .user = "a-1_b", .password = good_passwords[i] }, NULL));
  g_assert_false (dio_unattended_check (&(DioUnattended) { .user = "a", .password = "x", .product_key = "1" }, NULL));
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  g_setenv ("TZ", "Europe/Berlin", TRUE);
  g_setenv ("LANGUAGE", "de_DE.UTF-8", TRUE);
  database = dio_os_database_load (&error); /* where it is installed, which tests are kept from */
  g_assert_no_error (error);
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/unattended/debian", test_debian);
  g_test_add_func ("/unattended/fedora", test_fedora);
  g_test_add_func ("/unattended/windows", test_windows);
  g_test_add_func ("/unattended/end", test_end);
  g_test_add_func ("/unattended/not-offered", test_not_offered);
  g_test_add_func ("/unattended/wrong-disc", test_wrong_disc);
  g_test_add_func ("/unattended/check", test_check);
  return g_test_run ();
}
