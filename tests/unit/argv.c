/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* Golden tests: golden/NAME.args holds one argument a line. DIORAMA_UPDATE_GOLDEN=1 writes them anew; look at the
 * difference before you keep it. */
#include "vm/argv.h"

#include <string.h>

#define UUID "11111111-2222-4333-8444-555555555555"

static const char *const all_devices[] = {
  "virtio-vga",
  "virtio-vga-gl",
  "qemu-xhci",
  "usb-tablet",
  "virtio-keyboard-pci",
  "virtio-multitouch-pci",
  "virtio-tablet-pci",
  "virtio-net-pci",
  "virtio-rng-pci",
  "virtio-serial-pci",
  "virtserialport",
  "ich9-intel-hda",
  "hda-duplex",
  "hda-output",
  "e1000e",
  "rtl8139",
  "virtio-scsi-pci",
  "scsi-hd",
  "scsi-cd",
  "virtio-9p-pci",
  "vhost-user-fs-pci",
  "tpm-crb",
  "virtio-blk-pci",
  "ide-hd",
  "ide-cd",
  "nvme",
  "usb-storage",
  "ich9-ahci",
  NULL,
};
static const char *const all_options[] = {
  "dbus-display",   "kvm",      "tcg",          "sandbox",      "slirp", "memory-backend-memfd",
  "audio-pipewire", "audio-pa", "tpm-emulator", "dbus-chardev", NULL,
};
static const char *const new_options[] = {
  "dbus-display", "dbus-chardev", "kvm", "tcg", "sandbox", "slirp", "memory-backend-memfd", "exit-with-parent", NULL,
};
static const char *const firmware[] = {
  "bios",        "/fw/bios-256k.bin", "uefi-code",          "/fw/CODE.fd",      "uefi-vars",
  "/fw/VARS.fd", "uefi-secure-code",  "/fw/SECURE-CODE.fd", "uefi-secure-vars", "/fw/SECURE-VARS.fd",
  NULL,
};
static const DioRunPaths run_paths = {
  .qmp_fd = 3,
  .uefi_vars = "/run/user/1000/diorama/" UUID "/uefi-vars.fd",
  .uefi_vars_format = "raw",
  .control_socket = "/run/user/1000/diorama/" UUID "/control.sock",
  .audio = "pipewire",
};

static DioEngine *
system_engine (void)
{
  return dio_engine_new (&(DioEngineFacts) { .binary = "/usr/bin/qemu-system-x86_64",
                                             .version = "10.0.13",
                                             .origin = "system",
                                             .devices = all_devices,
                                             .options = all_options,
                                             .firmware = firmware });
}

static DioEngine *
embedded_engine (void)
{
  return dio_engine_new (&(DioEngineFacts) { .binary = "/opt/diorama/qemu/bin/qemu-system-x86_64",
                                             .version = "10.2.0",
                                             .origin = "embedded",
                                             .data_dir = "/opt/diorama/qemu/share/qemu",
                                             .devices = all_devices,
                                             .options = new_options,
                                             .firmware = firmware });
}

static DioMachineConfig *
new_config (const char *name)
{
  DioMachineConfig *config = dio_machine_config_new (name);

  g_object_set (config, "uuid", UUID, NULL);
  return config;
}

static void
compare (const char *name, DioMachineConfig *config, DioEngine *engine, const DioRunPaths *paths, DioAccel accel)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) argv = dio_argv_build (config, engine, paths, accel, &error);
  g_autofree char *file = g_strconcat (name, ".args", NULL);
  g_autofree char *path = g_build_filename (g_getenv ("DIORAMA_TEST_SRCDIR"), "unit", "golden", file, NULL);
  g_autofree char *expected = NULL, *lines = NULL, *text = NULL;

  g_assert_no_error (error);
  lines = g_strjoinv ("\n", argv);
  text = g_strconcat (lines, "\n", NULL);
  if (g_getenv ("DIORAMA_UPDATE_GOLDEN") != NULL)
    g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_file_get_contents (path, &expected, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, expected);
}

static void
check (const char *name, DioMachineConfig *config, DioAccel accel)
{
  g_autoptr (DioEngine) engine = system_engine ();

  compare (name, config, engine, &run_paths, accel);
}

static void
test_plain (void)
{
  g_autoptr (DioMachineConfig) config = new_config ("Debian 13");

  dio_machine_config_add_disk (config, "/home/me/debian.qcow2", "qcow2", DIO_DISK_BUS_VIRTIO, FALSE);
  check ("plain", config, DIO_ACCEL_KVM);
  check ("plain-emulated", config, DIO_ACCEL_TCG);
}

static void
test_names (void)
{
  g_autoptr (DioMachineConfig) config = new_config ("A,B=on,,\"q\" 'x' ünïcödé 🖥\n-");

  dio_machine_config_add_disk (config, "/home/me/a, \"b\" \\c ß=1,read-only=on.img", "raw", DIO_DISK_BUS_VIRTIO, FALSE);
  dio_machine_config_add_cdrom (config, "/home/me/Büro, neu.iso");
  check ("names", config, DIO_ACCEL_KVM);
}

static void
test_uefi (void)
{
  g_autoptr (DioMachineConfig) config = new_config ("UEFI");

  g_object_set (config, "firmware", DIO_FIRMWARE_UEFI, "cpus", 4, "memory", 4096, NULL);
  dio_machine_config_add_disk (config, "/d/nvme.qcow2", "qcow2", DIO_DISK_BUS_NVME, FALSE);
  check ("uefi-nvme", config, DIO_ACCEL_KVM);
  g_object_set (config, "firmware", DIO_FIRMWARE_UEFI_SECURE, "clock-local", TRUE, NULL);
  check ("uefi-secure", config, DIO_ACCEL_KVM);
}

static void
test_disks (void)
{
  g_autoptr (DioMachineConfig) config = new_config ("Disks");
  const char *const formats[] = { "raw", "qcow2", "vmdk", "vdi", "vpc", "vhdx", "raw" };

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      g_autofree char *path = g_strdup_printf ("/d/%u.%s", i, formats[i]);

      dio_machine_config_add_disk (config, path, formats[i], DIO_DISK_BUS_SATA, FALSE);
    }
  dio_machine_config_add_disk (config, "/d/stick.img", "raw", DIO_DISK_BUS_USB, TRUE);
  dio_machine_config_add_disk (config, "/d/data.img", "raw", DIO_DISK_BUS_VIRTIO, TRUE);
  dio_machine_config_add_cdrom (config, "/d/install.iso");
  check ("disks", config, DIO_ACCEL_KVM);
}

static void
test_guest (void)
{
  g_autoptr (DioMachineConfig) config = new_config ("Demonstration");
  g_autoptr (DioEngine) engine = embedded_engine ();

  g_object_set (config, "memory", 256, "touch", TRUE, "usb-tablet", FALSE, "kernel", "/demo/vmlinuz", "initrd",
                "/demo/init,ramfs", "kernel-arguments", "quiet panic=-1 a,b", "control-port", "app.diorama.guest",
                NULL);
  compare ("guest-embedded", config, engine, &run_paths, DIO_ACCEL_TCG);
}

static void
test_bare (void)
{
  g_autoptr (DioMachineConfig) config = new_config ("Bare");

  g_object_set (config, "network", DIO_NETWORK_NONE, "audio", FALSE, "cpus", 1, "memory", 64, "screens", 1, NULL);
  check ("bare", config, DIO_ACCEL_TCG);
}

static void
test_extra (void)
{
  const char *const extra[] = { "-device", "edu", "-append", "a b", NULL };
  g_autoptr (DioMachineConfig) config = new_config ("Extra");

  g_object_set (config, "extra-arguments", extra, NULL);
  check ("extra", config, DIO_ACCEL_KVM);
}

static guint
count_agent_ports (DioMachineConfig *config, DioEngine *engine)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) argv = dio_argv_build (config, engine, &run_paths, DIO_ACCEL_KVM, &error);
  guint n = 0;

  g_assert_no_error (error);
  for (char **word = argv; *word; word++)
    n += g_str_has_prefix (*word, "virtserialport,") && g_str_has_suffix (*word, "name=" DIO_AGENT_PORT);
  return n;
}

/* One port for the agent, if QEMU can give it to us and nobody else has it. */
static void
test_agent (void)
{
  static const char *const options[] = { "dbus-display", "kvm", "slirp", "memory-backend-memfd", NULL };
  const char *const own[] = { "-chardev", "qemu-vdagent,id=x,mouse=off,clipboard=on", "-device",
                              "virtserialport,chardev=x,name=" DIO_AGENT_PORT, NULL };
  g_autoptr (DioMachineConfig) config = new_config ("Agent");
  g_autoptr (DioEngine) engine = system_engine ();
  g_autoptr (DioEngine) plain = dio_engine_new (&(DioEngineFacts) {
      .binary = "/q", .version = "10.0.13", .origin = "system", .devices = all_devices, .options = options });

  g_assert_cmpuint (count_agent_ports (config, engine), ==, 1);
  g_assert_cmpuint (count_agent_ports (config, plain), ==, 0);
  g_object_set (config, "extra-arguments", own, NULL);
  g_assert_cmpuint (count_agent_ports (config, engine), ==, 1);
}

static void
test_no_audio_driver (void)
{
  g_autoptr (DioMachineConfig) config = new_config ("Silent");
  g_autoptr (DioEngine) engine = system_engine ();
  DioRunPaths paths = run_paths;

  paths.audio = NULL;
  compare ("silent", config, engine, &paths, DIO_ACCEL_KVM);
}

static void
test_graphics (void)
{
  g_autoptr (DioMachineConfig) config = new_config ("Graphics");
  g_autoptr (DioEngine) engine = system_engine ();
  DioRunPaths paths = run_paths;

  paths.render_node = "/dev/dri/renderD128";
  paths.shares_memory = TRUE;
  g_object_set (config, "graphics", DIO_GRAPHICS_3D, NULL);
  compare ("graphics-3d", config, engine, &paths, DIO_ACCEL_KVM);
  g_object_set (config, "graphics", DIO_GRAPHICS_BLOB, NULL);
  compare ("graphics-blob", config, engine, &paths, DIO_ACCEL_KVM);
}

static void
set_disks (DioMachineConfig *config, const DioDisk *disks, guint n)
{
  g_autoptr (GPtrArray) array = g_ptr_array_new ();

  for (guint i = 0; i < n; i++)
    g_ptr_array_add (array, (gpointer) &disks[i]);
  dio_machine_config_set_disks (config, array);
}

static void
test_layers (void)
{
  const char *const layers[] = { "/d/base, 2.qcow2", "qcow2", "/d/base-1.vdi", "vdi", NULL };
  const DioDisk disks[] = {
    { (char *) "/d/linked.qcow2", (char *) "qcow2", .layers = (GStrv) layers },
    { (char *) "/e/linked.qcow2", (char *) "qcow2", DIO_DISK_BUS_SCSI, .cache = DIO_DISK_CACHE_DIRECT },
    { (char *) "/d/fast.img", (char *) "raw", DIO_DISK_BUS_SCSI, .cache = DIO_DISK_CACHE_FAST },
    { NULL, (char *) "raw", DIO_DISK_BUS_SATA, TRUE, TRUE },
    { (char *) "/d/a.iso", (char *) "raw", DIO_DISK_BUS_SCSI, TRUE, TRUE },
  };
  g_autoptr (DioMachineConfig) config = new_config ("Layers");

  set_disks (config, disks, G_N_ELEMENTS (disks));
  check ("layers", config, DIO_ACCEL_KVM);
}

static void
test_encrypted (void)
{
  const char *const layers[] = { "/run/user/1000/doc/1/base.qcow2", "qcow2", NULL };
  const char *const unlocked[] = { "/run/user/1000/doc/1/base.qcow2", "/run/user/1000/doc/2/over.qcow2",
                                   "/run/user/1000/doc/3/a.iso", NULL };
  const int secrets[] = { 9, -1, 10, -1 };
  const DioDisk disks[] = {
    { (char *) "/d/luks.img", (char *) "luks", DIO_DISK_BUS_SATA, .encryption = "luks" },
    { (char *) "/run/user/1000/doc/2/over.qcow2", (char *) "qcow2", .layers = (GStrv) layers },
    { (char *) "/d/luks.qcow2", (char *) "qcow2", .encryption = "luks" },
    { (char *) "/run/user/1000/doc/3/a.iso", (char *) "raw", DIO_DISK_BUS_SATA, TRUE, TRUE },
  };
  g_autoptr (DioMachineConfig) config = new_config ("Encrypted");
  g_autoptr (DioEngine) engine = system_engine ();
  DioRunPaths paths = run_paths;

  paths.secret_fds = secrets;
  paths.unlocked = unlocked;
  set_disks (config, disks, G_N_ELEMENTS (disks));
  compare ("encrypted", config, engine, &paths, DIO_ACCEL_KVM);
}

static void
test_disposable (void)
{
  const char *const layers[] = { "/d/base.qcow2", "qcow2", NULL };
  const char *const overlays[] = { "/var/tmp/diorama-1/disk-0.qcow2", "", "/var/tmp/diorama-1/disk-2.qcow2", NULL };
  const int secrets[] = { -1, -1, 9 }, keys[] = { -1, -1, 10 };
  const DioDisk disks[] = {
    { (char *) "/d/linked.qcow2", (char *) "qcow2", .layers = (GStrv) layers },
    { (char *) "/d/fixed.img", (char *) "raw", .read_only = TRUE },
    { (char *) "/d/luks.img", (char *) "luks", DIO_DISK_BUS_SATA, .encryption = "luks" },
  };
  g_autoptr (DioMachineConfig) config = new_config ("Disposable");
  g_autoptr (DioEngine) engine = system_engine ();
  DioRunPaths paths = run_paths;

  set_disks (config, disks, G_N_ELEMENTS (disks));
  g_object_set (config, "disposable", TRUE, NULL);
  paths.overlays = overlays;
  paths.secret_fds = secrets;
  paths.overlay_fds = keys;
  compare ("disposable", config, engine, &paths, DIO_ACCEL_KVM);
}

/* What came with the library: all at once. */
static void
test_library (void)
{
  static const DioForward forwards[] = { { FALSE, NULL, 2222, 22 }, { TRUE, (char *) "0.0.0.0", 5353, 53 } };
  static const DioShare shares[] = { { (char *) "docs", (char *) "/home/me/Docs, old\n=1", TRUE },
                                     { (char *) "gone", (char *) "/media/me/gone", FALSE },
                                     { (char *) "fast", (char *) "/home/me", FALSE } };
  static const int share_fds[] = { 0, DIO_RUN_NO_SHARE, 6 };
  g_autoptr (GPtrArray) forward_array = g_ptr_array_new (), share_array = g_ptr_array_new ();
  g_autoptr (DioMachineConfig) config = new_config ("Library");
  g_autoptr (DioEngine) engine = system_engine ();
  DioRunPaths paths = run_paths;

  for (guint i = 0; i < G_N_ELEMENTS (forwards); i++)
    g_ptr_array_add (forward_array, (gpointer) &forwards[i]);
  for (guint i = 0; i < G_N_ELEMENTS (shares); i++)
    g_ptr_array_add (share_array, (gpointer) &shares[i]);
  g_object_set (config, "firmware", DIO_FIRMWARE_UEFI_SECURE, "tpm", TRUE, "microphone", TRUE, "width", 1920, "height",
                1080, "boot-menu", TRUE, "hyperv", TRUE, "network-card", DIO_NETWORK_CARD_E1000E, "forwards",
                forward_array, "shares", share_array, NULL);
  paths.uefi_vars = "/home/me/Diorama/W.diorama/uefi-vars-secure.qcow2";
  paths.uefi_vars_format = "qcow2";
  paths.tpm_fd = 4;
  paths.network_fd = 5;
  paths.share_fds = share_fds;
  compare ("library", config, engine, &paths, DIO_ACCEL_KVM);
  g_object_set (config, "network", DIO_NETWORK_PASST, "network-card", DIO_NETWORK_CARD_RTL8139, NULL);
  compare ("library-passt", config, engine, &paths, DIO_ACCEL_TCG);
  g_object_set (config, "network", DIO_NETWORK_ISOLATED, "firmware", DIO_FIRMWARE_BIOS, "tpm", FALSE, "shares", NULL,
                "audio", FALSE, NULL);
  compare ("library-isolated", config, engine, &paths, DIO_ACCEL_TCG);
}

static void
assert_refused (DioMachineConfig *config, DioEngine *engine, const DioRunPaths *paths, int code, const char *word)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (dio_argv_build (config, engine, paths, DIO_ACCEL_KVM, &error));
  g_assert_error (error, G_IO_ERROR, code);
  if (!strstr (error->message, word))
    g_error ("“%s” is not in: %s", word, error->message);
}

static void
test_missing (void)
{
  static const char *const no_devices[] = { NULL };
  static const char *const no_display[] = { "kvm", "memory-backend-memfd", "slirp", NULL };
  g_autoptr (DioMachineConfig) config = new_config ("Missing");
  DioEngineFacts facts = {
    .binary = "/q", .version = "10.0.13", .origin = "system", .devices = no_devices, .options = all_options
  };
  g_autoptr (DioEngine) bare = dio_engine_new (&facts);
  g_autoptr (DioEngine) blind = NULL, embedded = NULL, system = system_engine ();

  assert_refused (config, bare, &run_paths, G_IO_ERROR_NOT_SUPPORTED, "qemu-system-common");
  facts.devices = all_devices;
  facts.options = no_display;
  blind = dio_engine_new (&facts);
  assert_refused (config, blind, &run_paths, G_IO_ERROR_NOT_SUPPORTED, "qemu-system-modules-opengl");
  facts.origin = "embedded";
  embedded = dio_engine_new (&facts);
  assert_refused (config, embedded, &run_paths, G_IO_ERROR_NOT_SUPPORTED, "embedded-qemu/build");

  g_object_set (config, "firmware", DIO_FIRMWARE_UEFI, NULL);
  facts.options = all_options;
  g_clear_object (&embedded);
  embedded = dio_engine_new (&facts);
  assert_refused (config, embedded, &run_paths, G_IO_ERROR_NOT_SUPPORTED, "ovmf");
}

static void
test_impossible (void)
{
  const char *const layers[] = { "/d/x.qcow2", "qcow2", NULL };
  DioShare share = { (char *) "a,b", (char *) "/home/me", FALSE };
  DioForward forward = { FALSE, (char *) "1.2.3.4,hostfwd=", 1, 1 };
  g_autoptr (GPtrArray) part = g_ptr_array_new ();
  g_autoptr (DioEngine) engine = system_engine ();
  g_autoptr (DioMachineConfig) read_only = new_config ("Read-only"), latin = new_config ("Latin"),
                               port = new_config ("P");
  DioRunPaths paths = run_paths;

  dio_machine_config_add_disk (read_only, "/d/x.img", "raw", DIO_DISK_BUS_SATA, TRUE);
  assert_refused (read_only, engine, &run_paths, G_IO_ERROR_INVALID_ARGUMENT, "/d/x.img");
  dio_machine_config_add_disk (latin, "/d/\xfc.img", "raw", DIO_DISK_BUS_VIRTIO, FALSE);
  assert_refused (latin, engine, &run_paths, G_IO_ERROR_INVALID_ARGUMENT, "UTF-8");
  dio_machine_config_set_disks (latin, NULL);
  set_disks (latin, &(DioDisk) { (char *) "/d/y.img", (char *) "raw", .layers = (GStrv) layers }, 1);
  assert_refused (latin, engine, &run_paths, G_IO_ERROR_INVALID_ARGUMENT, "/d/y.img");
  set_disks (latin, &(DioDisk) { (char *) "/d/y.img", (char *) "luks", .encryption = "luks" }, 1);
  assert_refused (latin, engine, &run_paths, G_IO_ERROR_INVALID_ARGUMENT, "passphrase");
  set_disks (latin, &(DioDisk) { (char *) "/d/y.img", (char *) "qcow2", .encryption = "aes" }, 1);
  assert_refused (latin, engine, &run_paths, G_IO_ERROR_INVALID_ARGUMENT, "no longer");
  dio_machine_config_set_disks (latin, NULL);
  g_ptr_array_add (part, &share);
  dio_machine_config_set_shares (latin, part);
  assert_refused (latin, engine, &run_paths, G_IO_ERROR_INVALID_ARGUMENT, "/home/me");
  g_ptr_array_index (part, 0) = &forward;
  dio_machine_config_set_shares (latin, NULL);
  dio_machine_config_set_forwards (latin, part);
  assert_refused (latin, engine, &run_paths, G_IO_ERROR_INVALID_ARGUMENT, "forwarded port");
  g_object_set (port, "control-port", "x", NULL);
  paths.control_socket = NULL;
  assert_refused (port, engine, &paths, G_IO_ERROR_INVALID_ARGUMENT, "control port");
}

static void
test_no_graphics_card (void)
{
  static const char *const without_gl[] = { "virtio-vga", NULL };
  g_autoptr (DioMachineConfig) config = new_config ("Graphics");
  g_autoptr (DioEngine) engine = system_engine ();
  g_autoptr (DioEngine) plain = dio_engine_new (&(DioEngineFacts) {
      .binary = "/q", .version = "10.0.13", .origin = "system", .devices = without_gl, .options = all_options });
  DioRunPaths paths = run_paths;

  g_object_set (config, "graphics", DIO_GRAPHICS_3D, NULL);
  assert_refused (config, engine, &paths, G_IO_ERROR_INVALID_ARGUMENT, "--graphics=2d");
  paths.render_node = "/dev/dri/renderD128";
  assert_refused (config, plain, &paths, G_IO_ERROR_NOT_SUPPORTED, "qemu-system-modules-opengl");
  g_object_set (config, "graphics", DIO_GRAPHICS_BLOB, NULL);
  assert_refused (config, engine, &paths, G_IO_ERROR_INVALID_ARGUMENT, "/dev/udmabuf");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/argv/plain", test_plain);
  g_test_add_func ("/argv/names", test_names);
  g_test_add_func ("/argv/uefi", test_uefi);
  g_test_add_func ("/argv/disks", test_disks);
  g_test_add_func ("/argv/guest", test_guest);
  g_test_add_func ("/argv/bare", test_bare);
  g_test_add_func ("/argv/extra", test_extra);
  g_test_add_func ("/argv/agent", test_agent);
  g_test_add_func ("/argv/no-audio-driver", test_no_audio_driver);
  g_test_add_func ("/argv/graphics", test_graphics);
  g_test_add_func ("/argv/no-graphics-card", test_no_graphics_card);
  g_test_add_func ("/argv/layers", test_layers);
  g_test_add_func ("/argv/encrypted", test_encrypted);
  g_test_add_func ("/argv/disposable", test_disposable);
  g_test_add_func ("/argv/library", test_library);
  g_test_add_func ("/argv/missing", test_missing);
  g_test_add_func ("/argv/impossible", test_impossible);
  return g_test_run ();
}
