/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "vm/demo.h"
#include "vm/machine-config.h"

#include <glib/gstdio.h>

static void
on_notify (GObject *object, GParamSpec *pspec, gpointer user_data)
{
  *(guint *) user_data += 1;
}

static void
test_defaults (void)
{
  g_autoptr (DioMachineConfig) config = dio_machine_config_new ("Name");
  DioMachineConfig *other = dio_machine_config_new ("Name");

  g_assert_cmpstr (dio_machine_config_get_name (config), ==, "Name");
  g_assert_true (g_uuid_string_is_valid (dio_machine_config_get_uuid (config)));
  g_assert_cmpstr (dio_machine_config_get_uuid (config), !=, dio_machine_config_get_uuid (other));
  g_assert_cmpstr (dio_machine_config_get_arch (config), ==, "x86_64");
  g_assert_cmpuint (dio_machine_config_get_cpus (config), ==, 2);
  g_assert_cmpuint (dio_machine_config_get_memory (config), ==, 2048);
  g_assert_cmpint (dio_machine_config_get_network (config), ==, DIO_NETWORK_NAT);
  g_assert_cmpint (dio_machine_config_get_accel (config), ==, DIO_ACCEL_AUTO);
  g_assert_null (dio_machine_config_get_kernel (config));
  g_assert_cmpuint (dio_machine_config_get_n_disks (config), ==, 0);
  g_assert_finalize_object (other);
}

static void
test_properties (void)
{
  const char *const extra[] = { "-a", "b", NULL };
  g_autoptr (DioMachineConfig) config = dio_machine_config_new ("x");
  g_auto (GStrv) read = NULL;
  g_autofree char *kernel = NULL;
  DioFirmware firmware;
  guint cpus, screens, n_notified = 0;
  gboolean touch;

  g_signal_connect (config, "notify", G_CALLBACK (on_notify), &n_notified);
  g_object_set (config, "kernel", "/k", "cpus", 8, "firmware", DIO_FIRMWARE_UEFI, "touch", TRUE, "screens", 2,
                "extra-arguments", extra, NULL);
  g_assert_cmpuint (n_notified, ==, 6);
  g_object_set (config, "kernel", "/k", "cpus", 8, "firmware", DIO_FIRMWARE_UEFI, "touch", TRUE, "screens", 2,
                "extra-arguments", extra, NULL);
  g_assert_cmpuint (n_notified, ==, 6);
  g_object_get (config, "kernel", &kernel, "cpus", &cpus, "firmware", &firmware, "touch", &touch, "screens", &screens,
                "extra-arguments", &read, NULL);
  g_assert_cmpstr (kernel, ==, "/k");
  g_assert_cmpuint (cpus, ==, 8);
  g_assert_cmpuint (screens, ==, 2);
  g_assert_cmpint (firmware, ==, DIO_FIRMWARE_UEFI);
  g_assert_true (touch);
  g_assert_cmpstrv (read, extra);
}

static void
test_disks (void)
{
  g_autoptr (DioMachineConfig) config = dio_machine_config_new ("x");
  const DioDisk *disk;

  dio_machine_config_add_cdrom (config, "/a.iso");
  dio_machine_config_add_disk (config, "/b.vdi", "vdi", DIO_DISK_BUS_NVME, FALSE);
  g_assert_cmpuint (dio_machine_config_get_n_disks (config), ==, 2);
  disk = dio_machine_config_get_disk (config, 0);
  g_assert_true (disk->cdrom && disk->read_only);
  g_assert_cmpstr (disk->format, ==, "raw");
  disk = dio_machine_config_get_disk (config, 1);
  g_assert_false (disk->cdrom || disk->read_only);
  g_assert_cmpstr (disk->path, ==, "/b.vdi");
  g_assert_cmpint (disk->bus, ==, DIO_DISK_BUS_NVME);
}

static void
test_differences (void)
{
  const char *const extra[] = { "-a", NULL };
  const char *const expected[] = { "cpus", "extra-arguments", "disposable", "disks", NULL };
  g_autoptr (DioMachineConfig) config = dio_machine_config_new ("x");
  g_autoptr (DioMachineConfig) same = NULL, other = NULL;
  g_auto (GStrv) none = NULL, names = NULL;

  g_object_set (config, "kernel", "/k", "disposable", TRUE, NULL);
  dio_machine_config_add_cdrom (config, NULL);
  same = dio_machine_config_copy (config);
  other = dio_machine_config_copy (config);
  g_assert_true (dio_machine_config_get_disposable (same));
  none = dio_machine_config_list_differences (config, same);
  g_assert_cmpuint (g_strv_length (none), ==, 0);

  dio_machine_config_add_cdrom (other, "/b.iso");
  g_object_set (other, "cpus", 3, "extra-arguments", extra, "disposable", FALSE, NULL);
  names = dio_machine_config_list_differences (config, other);
  g_assert_cmpstrv (names, expected);
}

static void
assert_vars (DioMachineConfig *config, DioFirmware firmware, const char *expected)
{
  g_autofree char *path = NULL;

  g_object_set (config, "firmware", firmware, NULL);
  path = dio_machine_config_dup_uefi_vars_path (config);
  g_assert_cmpstr (path, ==, expected);
}

static void
test_vars_path (void)
{
  g_autoptr (DioMachineConfig) config = dio_machine_config_new ("x");

  assert_vars (config, DIO_FIRMWARE_UEFI, NULL);
  g_object_set (config, "uefi-vars", "/m.diorama/uefi-vars.qcow2", NULL);
  assert_vars (config, DIO_FIRMWARE_BIOS, NULL);
  assert_vars (config, DIO_FIRMWARE_UEFI, "/m.diorama/uefi-vars.qcow2");
  assert_vars (config, DIO_FIRMWARE_UEFI_SECURE, "/m.diorama/uefi-vars-secure.qcow2");
  g_object_set (config, "uefi-vars", "/m.diorama/vars", NULL);
  assert_vars (config, DIO_FIRMWARE_UEFI_SECURE, "/m.diorama/vars-secure.qcow2");
}

static void
test_demo (void)
{
  g_autofree char *dir = g_dir_make_tmp (NULL, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (DioMachineConfig) config = NULL;
  const char *const names[] = { "vmlinuz", "initramfs", "cmdline" };

  g_setenv ("DIORAMA_DEMO_GUEST", dir, TRUE);
  g_assert_null (dio_demo_config_new (&error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, dir));
  g_clear_error (&error);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (dir, names[i], NULL);

      g_assert_true (g_file_set_contents (path, "quiet a=b\n", -1, NULL));
    }
  config = dio_demo_config_new (&error);
  g_assert_no_error (error);
  g_assert_cmpstr (dio_machine_config_get_kernel_arguments (config), ==, "quiet a=b");
  g_assert_cmpstr (dio_machine_config_get_control_port (config), ==, DIO_DEMO_CONTROL_PORT);
  g_assert_true (dio_machine_config_get_touch (config));
  g_unsetenv ("DIORAMA_DEMO_GUEST");

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (dir, names[i], NULL);

      g_assert_cmpint (g_unlink (path), ==, 0);
    }
  g_assert_cmpint (g_rmdir (dir), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/machine-config/defaults", test_defaults);
  g_test_add_func ("/machine-config/properties", test_properties);
  g_test_add_func ("/machine-config/disks", test_disks);
  g_test_add_func ("/machine-config/differences", test_differences);
  g_test_add_func ("/machine-config/vars-path", test_vars_path);
  g_test_add_func ("/machine-config/demo", test_demo);
  return g_test_run ();
}
