/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* What a machine for an image gets, from all that may be known of it. */
#include "provision/image-guess.h"

static DioOsDatabase *database;
static const DioHost host = { .cpus = 8, .memory = 16384 };

static void
guess (DioImageFlags flags, DioImageInsides *insides, DioImageGuess *ret)
{
  DioImageReport report = { .flags = flags };

  dio_image_guess (&report, insides, NULL, database, &host, ret);
}

static void
test_nothing (void)
{
  DioImageInsides none = { 0 };
  DioImageGuess g;

  guess (0, NULL, &g);
  g_assert_null (g.os);
  g_assert_null (g.foreign);
  g_assert_true (g.bootable);
  g_assert_false (g.firmware_known);
  g_assert_cmpint (g.recommendation.firmware, ==, DIO_FIRMWARE_BIOS);
  g_assert_cmpint (g.recommendation.disk_bus, ==, DIO_DISK_BUS_SATA);
  g_assert_cmpint (g.recommendation.network_card, ==, DIO_NETWORK_CARD_E1000E);
  dio_image_guess_clear (&g);
  guess (0, &none, &g);
  g_assert_false (g.bootable);
  dio_image_guess_clear (&g);
}

static void
test_firmware (void)
{
  static const struct
  {
    DioImageBoot boot;
    DioImageFlags flags;
    DioFirmware firmware;
  } cases[] = {
    { DIO_IMAGE_BOOT_BIOS, 0, DIO_FIRMWARE_BIOS },
    { DIO_IMAGE_BOOT_UEFI, 0, DIO_FIRMWARE_UEFI },
    { DIO_IMAGE_BOOT_UEFI | DIO_IMAGE_BOOT_BIOS, 0, DIO_FIRMWARE_UEFI },
    { DIO_IMAGE_BOOT_UEFI | DIO_IMAGE_BOOT_UEFI_ARM, 0, DIO_FIRMWARE_UEFI },
    { DIO_IMAGE_BOOT_UEFI | DIO_IMAGE_BOOT_BIOS, DIO_IMAGE_OPTICAL, DIO_FIRMWARE_BIOS },
    { DIO_IMAGE_BOOT_UEFI, DIO_IMAGE_OPTICAL, DIO_FIRMWARE_UEFI },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      DioImageInsides insides = { .boot = cases[i].boot };
      DioImageGuess g;

      guess (cases[i].flags, &insides, &g);
      g_assert_cmpint (g.recommendation.firmware, ==, cases[i].firmware);
      g_assert_true (g.firmware_known);
      g_assert_null (g.foreign);
      dio_image_guess_clear (&g);
    }
}

static void
test_linux (void)
{
  DioImageInsides insides = { .boot = DIO_IMAGE_BOOT_BIOS | DIO_IMAGE_BOOT_UEFI,
                              .os_id = (char *) "debian",
                              .os_version = (char *) "12",
                              .os_name = (char *) "Debian GNU/Linux 12 (bookworm)",
                              .arch = (char *) "x86_64" };
  DioImageGuess g;

  guess (0, &insides, &g);
  g_assert_cmpstr (dio_os_get_short_id (g.os), ==, "debian12");
  g_assert_cmpstr (g.os_name, ==, "Debian GNU/Linux 12 (bookworm)");
  g_assert_cmpint (g.recommendation.disk_bus, ==, DIO_DISK_BUS_VIRTIO);
  g_assert_cmpint (g.recommendation.network_card, ==, DIO_NETWORK_CARD_VIRTIO);
  g_assert_false (g.windows);
  dio_image_guess_clear (&g);
}

/* Nobody knows whether it has drivers for anything else. */
static void
test_windows (void)
{
  DioImagePartition ntfs = { .file_system = (char *) "ntfs" };
  DioImageInsides suspected = { .boot = DIO_IMAGE_BOOT_UEFI, .partitions = &ntfs, .n_partitions = 1 };
  DioImageInsides known = {
    .boot = DIO_IMAGE_BOOT_BIOS, .os_id = (char *) "windows", .os_version = (char *) "10", .os_name = (char *) "Windows"
  };
  DioImageInsides *both[] = { &suspected, &known };

  for (guint i = 0; i < G_N_ELEMENTS (both); i++)
    {
      DioImageGuess g;

      guess (0, both[i], &g);
      g_assert_true (g.windows);
      g_assert_cmpint (g.recommendation.disk_bus, ==, DIO_DISK_BUS_SATA);
      g_assert_cmpint (g.recommendation.network_card, ==, DIO_NETWORK_CARD_E1000E);
      g_assert_true (g.recommendation.clock_local);
      dio_image_guess_clear (&g);
    }
}

static void
test_foreign (void)
{
  static const struct
  {
    DioImageBoot boot;
    const char *arch, *foreign;
  } cases[] = {
    { DIO_IMAGE_BOOT_UEFI_ARM, NULL, "aarch64" },
    { DIO_IMAGE_BOOT_UEFI_RISCV, NULL, "riscv64" },
    { DIO_IMAGE_BOOT_UEFI_IA32, NULL, "ia32" },
    { DIO_IMAGE_BOOT_UEFI_IA32 | DIO_IMAGE_BOOT_UEFI, NULL, NULL },
    { 0, "aarch64", "aarch64" },
    { 0, "i686", NULL },
    { DIO_IMAGE_BOOT_UEFI, "aarch64", NULL },
    { DIO_IMAGE_BOOT_BIOS, NULL, NULL },
    { DIO_IMAGE_BOOT_UEFI_ARM, "x86_64", "aarch64" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      DioImageInsides insides = { .boot = cases[i].boot, .arch = (char *) cases[i].arch };
      DioImageGuess g;

      guess (0, &insides, &g);
      g_assert_cmpstr (g.foreign, ==, cases[i].foreign);
      dio_image_guess_clear (&g);
    }
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  database = dio_os_database_load (&error); /* where it is installed, which tests are kept from */
  g_assert_no_error (error);
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/image-guess/nothing", test_nothing);
  g_test_add_func ("/image-guess/firmware", test_firmware);
  g_test_add_func ("/image-guess/linux", test_linux);
  g_test_add_func ("/image-guess/windows", test_windows);
  g_test_add_func ("/image-guess/foreign", test_foreign);
  return g_test_run ();
}
