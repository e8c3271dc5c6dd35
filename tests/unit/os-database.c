/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* What is made of osinfo-db: the root's own, of which systems are taken that will not change any more. */
#include "provision/os-database.h"
#include "provision/recommendation.h"

#include "provision/install-media.h"

#include <glib/gstdio.h>
#include <string.h>

#define GIB ((guint64) 1 << 30)

static DioOsDatabase *database;
static const DioHost host = { .cpus = 8, .memory = 16384 };

static DioOs *
find (const char *id)
{
  DioOs *os = dio_os_database_find (database, id);

  g_assert_nonnull (os);
  return os;
}

static void
test_list (void)
{
  GListModel *oses = dio_os_database_get_oses (database);
  gboolean seen_old = FALSE;
  guint n_current = 0;

  g_assert_cmpuint (g_list_model_get_n_items (oses), >, 300);
  for (guint i = 0; i < g_list_model_get_n_items (oses); i++)
    {
      g_autoptr (DioOs) os = g_list_model_get_item (oses, i);

      g_assert_cmpstr (dio_os_get_name (os), !=, "");
      g_assert_cmpstr (dio_os_get_family (os), !=, "darwin");
      /* Those that are still looked after come first. */
      g_assert_false (seen_old && dio_os_get_current (os));
      seen_old |= !dio_os_get_current (os);
      n_current += dio_os_get_current (os);
    }
  g_assert_cmpuint (n_current, >, 20);
  g_assert_true (seen_old);
}

static void
test_find (void)
{
  DioOs *debian = find ("http://debian.org/debian/12");

  g_assert_true (find ("debian12") == debian);
  g_assert_true (find ("debianbookworm") == debian);
  g_assert_cmpstr (dio_os_get_name (debian), ==, "Debian 12");
  g_assert_cmpstr (dio_os_get_short_id (debian), ==, "debian12");
  g_assert_null (dio_os_database_find (database, "http://nobody.example/os"));
  g_assert_true (dio_os_matches (debian, "deb"));
  g_assert_true (dio_os_matches (debian, "12 BOOKWORM"));
  g_assert_false (dio_os_matches (debian, "debian 13"));
  g_assert_cmpint (dio_os_compare (find ("fedora40"), find ("fedora39")), <, 0);
}

static void
test_media (void)
{
  g_autoptr (GListModel) media = dio_os_database_get_media (database, find ("debian12"), "x86_64");
  g_autoptr (GListModel) windows = dio_os_database_get_media (database, find ("win11"), "x86_64");
  guint n_live = 0;

  g_assert_cmpuint (g_list_model_get_n_items (media), >=, 3);
  for (guint i = 0; i < g_list_model_get_n_items (media); i++)
    {
      g_autoptr (DioOsMedia) one = g_list_model_get_item (media, i);

      g_assert_cmpstr (dio_os_media_get_arch (one), ==, "x86_64");
      g_assert_true (g_str_has_prefix (dio_os_media_get_url (one), "https://"));
      g_assert_true (g_str_has_suffix (dio_os_media_get_details (one), ".iso"));
      g_assert_true (dio_os_media_suits (one, "x86_64"));
      g_assert_false (dio_os_media_suits (one, "aarch64"));
      n_live += dio_os_media_get_live (one);
    }
  g_assert_cmpuint (n_live, ==, 1);
  g_assert_cmpuint (g_list_model_get_n_items (windows), ==, 0);
}

/* --- what a machine should have --- */

static void
test_linux (void)
{
  DioRecommendation r;
  g_autoptr (DioMachineConfig) config = dio_machine_config_new ("Debian");

  dio_recommend (find ("debian12"), "x86_64", &host, &r);
  g_assert_cmpuint (r.cpus, ==, 2);
  g_assert_cmpuint (r.memory, ==, 2048);
  g_assert_cmpuint (r.least_memory, ==, 1024);
  g_assert_cmpuint (r.disk_size, ==, 20 * GIB);
  g_assert_cmpuint (r.least_disk_size, ==, 10 * GIB);
  g_assert_cmpint (r.disk_bus, ==, DIO_DISK_BUS_VIRTIO);
  g_assert_cmpint (r.network_card, ==, DIO_NETWORK_CARD_VIRTIO);
  g_assert_true (r.usb_tablet);
  g_assert_false (r.clock_local || r.hyperv || r.tpm || r.needs_uefi);

  dio_recommendation_apply (&r, config);
  g_assert_cmpuint (dio_machine_config_get_memory (config), ==, 2048);
  g_assert_cmpint (dio_machine_config_get_network_card (config), ==, DIO_NETWORK_CARD_VIRTIO);
}

static void
test_windows (void)
{
  DioRecommendation r;

  dio_recommend (find ("win11"), "x86_64", &host, &r);
  g_assert_cmpuint (r.least_memory, ==, 4096);
  g_assert_cmpuint (r.memory, ==, 4096);
  g_assert_cmpuint (r.disk_size, ==, 64 * GIB);
  g_assert_cmpint (r.firmware, ==, DIO_FIRMWARE_UEFI_SECURE);
  g_assert_true (r.needs_uefi && r.tpm && r.clock_local && r.hyperv && r.usb_tablet);
  g_assert_cmpint (r.disk_bus, ==, DIO_DISK_BUS_SATA);
  g_assert_cmpint (r.network_card, ==, DIO_NETWORK_CARD_E1000E);

  dio_recommend (find ("win10"), "x86_64", &host, &r);
  g_assert_true (r.hyperv && r.clock_local);
  g_assert_false (r.tpm || r.needs_uefi);

  /* Older than Hyper-V, and than the network card. */
  dio_recommend (find ("winxp"), "i686", &host, &r);
  g_assert_true (r.clock_local);
  g_assert_false (r.hyperv);
  g_assert_cmpint (r.network_card, ==, DIO_NETWORK_CARD_RTL8139);
}

static void
test_unknown (void)
{
  DioRecommendation r;

  dio_recommend (NULL, "x86_64", &host, &r);
  g_assert_cmpuint (r.cpus, ==, 2);
  g_assert_cmpuint (r.memory, ==, 2048);
  g_assert_cmpuint (r.disk_size, ==, 20 * GIB);
  g_assert_cmpint (r.disk_bus, ==, DIO_DISK_BUS_SATA);
  g_assert_cmpint (r.network_card, ==, DIO_NETWORK_CARD_E1000E);
  g_assert_cmpint (r.firmware, ==, DIO_FIRMWARE_BIOS);
  g_assert_true (r.usb_tablet);
}

/* Whatever is recommended, and to whatever computer. */
static void
test_limits (void)
{
  static const DioHost hosts[] = { { .cpus = 1, .memory = 512 },
                                   { .cpus = 1, .memory = 4096 },
                                   { .cpus = 255, .memory = 1024 * 1024 } };
  GListModel *oses = dio_os_database_get_oses (database);

  for (guint i = 0; i < g_list_model_get_n_items (oses); i++)
    for (guint j = 0; j < G_N_ELEMENTS (hosts); j++)
      {
        g_autoptr (DioOs) os = g_list_model_get_item (oses, i);
        DioRecommendation r;

        dio_recommend (os, "x86_64", &hosts[j], &r);
        g_assert_cmpuint (r.cpus, >=, 1);
        g_assert_cmpuint (r.cpus, <=, hosts[j].cpus);
        g_assert_cmpuint (r.memory, >=, 64);
        g_assert_cmpuint (r.memory, <=, hosts[j].memory);
        g_assert_cmpuint (r.disk_size, >, 0);
        g_assert_cmpuint (r.disk_size, >=, r.least_disk_size);
      }
  {
    DioRecommendation r;

    /* Half of it is the computer's own, unless the system would not run with less. */
    dio_recommend (find ("debian12"), "x86_64", &(DioHost) { .cpus = 1, .memory = 3000 }, &r);
    g_assert_cmpuint (r.memory, ==, 1500);
    dio_recommend (find ("win11"), "x86_64", &(DioHost) { .cpus = 1, .memory = 6000 }, &r);
    g_assert_cmpuint (r.memory, ==, 4096);
  }
}

static void
test_host (void)
{
  DioHost own;

  dio_host_get (&own);
  g_assert_cmpuint (own.cpus, >=, 1);
  g_assert_cmpuint (own.memory, >, 64);
}

/* --- discs --- */

static void
on_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static DioOsMedia *
identify (const char *path, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  dio_os_database_identify_async (database, path, NULL, on_result, &result);
  while (!result)
    g_main_context_iteration (NULL, TRUE);
  return dio_os_database_identify_finish (database, result, error);
}

#define LABEL 32
#define LABEL_AT (16 * 2048 + 40) /* ECMA-119, 8.4: the volume's name in its primary descriptor */

static char *
write_disc (const char *label)
{
  static const char *const names[] = { "readme.txt", NULL };
  g_autoptr (GPtrArray) contents = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr (GError) error = NULL;
  char *path = g_build_filename (g_get_user_cache_dir (), "disc.iso", NULL);
  g_autofree char *content = NULL;
  gsize size;

  g_mkdir_with_parents (g_get_user_cache_dir (), 0700);
  g_ptr_array_add (contents, g_bytes_new_static ("Hello", 5));
  g_unlink (path);
  dio_iso_write (path, "LABEL", names, contents, &error);
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (path, &content, &size, NULL));
  /* libarchive writes capitals only; Debian does as it likes. */
  memset (content + LABEL_AT, ' ', LABEL);
  memcpy (content + LABEL_AT, label, strlen (label));
  g_assert_true (g_file_set_contents (path, content, size, NULL));
  return path;
}

static void
test_identify (void)
{
  g_autofree char *path = write_disc ("Debian 12.7.0 amd64 n");
  g_autoptr (GError) error = NULL;
  g_autoptr (DioOsMedia) media = identify (path, &error);

  g_assert_no_error (error);
  g_assert_nonnull (dio_os_media_get_os (media));
  g_assert_cmpstr (dio_os_get_id (dio_os_media_get_os (media)), ==, "http://debian.org/debian/12");
  g_assert_cmpstr (dio_os_media_get_name (media), ==, "Debian 12");
  g_assert_cmpstr (dio_os_media_get_arch (media), ==, "x86_64");
  g_assert_true (dio_os_media_get_installer (media));
  g_assert_false (dio_os_media_get_live (media));
}

static void
test_identify_unknown (void)
{
  g_autofree char *path = write_disc ("HOLIDAYS");
  g_autoptr (GError) error = NULL;
  g_autoptr (DioOsMedia) media = identify (path, &error);

  g_assert_no_error (error);
  g_assert_null (dio_os_media_get_os (media));
  g_assert_cmpstr (dio_os_media_get_name (media), ==, "HOLIDAYS");
  g_assert_true (dio_os_media_suits (media, "x86_64"));
}

static void
test_identify_bad (void)
{
  g_autofree char *path = g_build_filename (g_get_user_cache_dir (), "no.iso", NULL);
  g_autofree char *disk = g_malloc0 (256 * 1024);
  g_autoptr (GError) missing = NULL, empty = NULL, not_disc = NULL;

  g_mkdir_with_parents (g_get_user_cache_dir (), 0700);
  g_unlink (path);
  g_assert_null (identify (path, &missing));
  g_assert_error (missing, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_true (g_file_set_contents (path, "", 0, NULL));
  g_assert_null (identify (path, &empty));
  g_assert_nonnull (empty);
  memcpy (disk + 510, "\x55\xaa", 2); /* one that starts, but no disc */
  g_assert_true (g_file_set_contents (path, disk, 256 * 1024, NULL));
  g_assert_null (identify (path, &not_disc));
  g_assert_nonnull (strstr (not_disc->message, "not an ISO image"));
}

static void
test_release (void)
{
  static const struct
  {
    const char *id, *version, *expected;
  } cases[] = {
    { "debian", "12", "debian12" },
    { "ubuntu", "24.04", "ubuntu24.04" },
    { "opensuse-leap", "15.6", "opensuse15.6" },
    { "alpine", "3.20.3", "alpinelinux3.20" },
    { "centos", "9", "centos-stream9" },
    { "centos", "7", "centos7.0" },
    { "arch", NULL, "archlinux" },
    { "windows", "10", "win10" },
    { "fedora", "41", "fedora41" },
    /* Releases to come are taken for the newest; 3.9 is not newer than 3.20. */
    { "alpine", "3.5.999", "alpinelinux3.5" },
    { "nixos", "24.05.1234", "nixos-24.05" },
  };
  DioOs *future = dio_os_database_find_release (database, "fedora", "4000");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      DioOs *os = dio_os_database_find_release (database, cases[i].id, cases[i].version);

      g_assert_nonnull (os);
      g_assert_true (os == find (cases[i].expected));
    }
  g_assert_nonnull (future);
  g_assert_true (g_str_has_prefix (dio_os_get_short_id (future), "fedora"));
  g_assert_true (dio_os_get_current (future));
  g_assert_null (dio_os_database_find_release (database, "debian", NULL));
  g_assert_null (dio_os_database_find_release (database, "debian", "sid"));
  g_assert_null (dio_os_database_find_release (database, "nobody's own", "1"));
  g_assert_null (dio_os_database_find_release (database, "", ""));
  g_assert_null (dio_os_database_find_release (database, "", "5"));
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  database = dio_os_database_load (&error); /* where it is installed, which tests are kept from */
  g_assert_no_error (error);
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/os-database/list", test_list);
  g_test_add_func ("/os-database/find", test_find);
  g_test_add_func ("/os-database/release", test_release);
  g_test_add_func ("/os-database/media", test_media);
  g_test_add_func ("/os-database/linux", test_linux);
  g_test_add_func ("/os-database/windows", test_windows);
  g_test_add_func ("/os-database/unknown", test_unknown);
  g_test_add_func ("/os-database/limits", test_limits);
  g_test_add_func ("/os-database/host", test_host);
  g_test_add_func ("/os-database/identify", test_identify);
  g_test_add_func ("/os-database/identify-unknown", test_identify_unknown);
  g_test_add_func ("/os-database/identify-bad", test_identify_bad);
  return g_test_run ();
}
