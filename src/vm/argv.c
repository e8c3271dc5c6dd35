/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "vm/argv.h"

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>

#define AHCI_PORTS 6
#define TB_SIZE 256 /* MiB of translated code; less makes big guests translate again and again */

typedef struct
{
  GPtrArray *args;
  DioMachineConfig *config;
  DioEngine *engine;
  const DioRunPaths *paths;
  DioAccel accel;
  guint n_sata;
  guint n_boot;
  GError *error;
} Builder;

static void add (Builder *self, const char *option, const char *format, ...) G_GNUC_PRINTF (3, 4);

static void
add (Builder *self, const char *option, const char *format, ...)
{
  va_list arguments;

  g_ptr_array_add (self->args, g_strdup (option));
  va_start (arguments, format);
  g_ptr_array_add (self->args, g_strdup_vprintf (format, arguments));
  va_end (arguments);
}

static void add_device (Builder *self, const char *device, const char *format, ...) G_GNUC_PRINTF (3, 4);

/* The first thing that is missing is the one that is told. */
static void
add_device (Builder *self, const char *device, const char *format, ...)
{
  g_autofree char *properties = NULL;
  va_list arguments;

  if (self->error == NULL)
    dio_engine_require_device (self->engine, device, &self->error);
  va_start (arguments, format);
  properties = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  add (self, "-device", "%s,%s", device, properties);
}

/* A value inside a list of KEY=VALUE: QEMU takes two commas for one. */
static char *
escape (const char *value)
{
  GString *escaped = g_string_new (value);

  g_string_replace (escaped, ",", ",,", 0);
  for (gsize i = 0; i < escaped->len; i++)
    if (g_ascii_iscntrl (escaped->str[i]))
      escaped->str[i] = ' ';
  return g_string_free_and_steal (escaped);
}

static gboolean
is_uefi (Builder *self)
{
  return dio_machine_config_get_firmware (self->config) != DIO_FIRMWARE_BIOS;
}

static gboolean
is_secure (Builder *self)
{
  return dio_machine_config_get_firmware (self->config) == DIO_FIRMWARE_UEFI_SECURE;
}

static void
add_machine (Builder *self)
{
  g_autofree char *name = escape (dio_machine_config_get_name (self->config));

  g_ptr_array_add (self->args, g_strdup ("-nodefaults"));
  g_ptr_array_add (self->args, g_strdup ("-no-user-config"));
  if (dio_engine_get_data_dir (self->engine) != NULL)
    add (self, "-L", "%s", dio_engine_get_data_dir (self->engine));
  add (self, "-name", "guest=%s,debug-threads=on", name);
  add (self, "-uuid", "%s", dio_machine_config_get_uuid (self->config));
  /* VMware's backdoor (vmport) takes the absolute pointer away from guests that look for it. System management mode is
   * slow under emulation and of use only to protect the variables of Secure Boot. */
  add (self, "-machine", "q35,memory-backend=mem,vmport=off,dump-guest-core=off,smm=%s%s",
       is_secure (self) ? "on" : "off", is_uefi (self) ? ",pflash0=uefi-code,pflash1=uefi-vars" : "");
  /* A machine that sleeps looks like one that hangs, and guests sleep when left alone. */
  add (self, "-global", "ICH9-LPC.disable_s3=1");
  add (self, "-rtc", "base=%s", dio_machine_config_get_clock_local (self->config) ? "localtime" : "utc");
}

static void
add_processor (Builder *self)
{
  guint cpus = dio_machine_config_get_cpus (self->config);
  guint memory = dio_machine_config_get_memory (self->config);
  const char *option = self->accel == DIO_ACCEL_KVM ? "kvm" : "tcg";

  if (self->error == NULL)
    dio_engine_require_option (self->engine, option, &self->error);
  if (self->error == NULL)
    dio_engine_require_option (self->engine, "memory-backend-memfd", &self->error);
  if (self->accel == DIO_ACCEL_KVM)
    add (self, "-accel", "kvm");
  else
    add (self, "-accel", "tcg,thread=multi,tb-size=%d", TB_SIZE);
  add (self, "-cpu", "%s", self->accel == DIO_ACCEL_KVM ? "host" : "max");
  add (self, "-smp", "cpus=%u,sockets=1,cores=%u,threads=1", cpus, cpus);
  /* Shared: helpers in processes of their own map the guest's memory. */
  add (self, "-object", "memory-backend-memfd,id=mem,size=%uM,share=on", memory);
  add (self, "-m", "size=%uM", memory);
}

/* --- disks --- */

/* JSON because a path may hold any byte that is UTF-8, commas and quotes among them. */
static void
add_blockdev (Builder *self, const char *const *strings, gboolean read_only, gboolean alone)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *text = NULL;

  json_builder_begin_object (json);
  for (guint i = 0; strings[i] != NULL; i += 2)
    {
      json_builder_set_member_name (json, strings[i]);
      json_builder_add_string_value (json, strings[i + 1]);
    }
  json_builder_set_member_name (json, "read-only");
  json_builder_add_boolean_value (json, read_only);
  if (alone)
    {
      /* Whatever the image names, no further file is opened for it. */
      json_builder_set_member_name (json, "backing");
      json_builder_add_null_value (json);
    }
  json_builder_end_object (json);
  root = json_builder_get_root (json);
  text = json_to_string (root, FALSE);
  add (self, "-blockdev", "%s", text);
}

static void
add_file (Builder *self, const char *node, const char *path, const char *format, gboolean read_only)
{
  g_autofree char *file = g_strconcat (node, "-file", NULL);
  const char *discard = read_only ? NULL : "discard";
  gboolean layered = g_str_equal (format, "qcow2") || g_str_equal (format, "vmdk");

  if (self->error == NULL && !g_utf8_validate (path, -1, NULL))
    self->error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                                       _ ("The name of a disk image has characters that QEMU cannot take (it is not "
                                          "UTF-8). Rename the file."));
  if (self->error != NULL)
    return;
  add_blockdev (self,
                (const char *[]) { "driver", "file", "node-name", file, "filename", path, discard, "unmap", NULL },
                read_only, FALSE);
  add_blockdev (self, (const char *[]) { "driver", format, "node-name", node, "file", file, discard, "unmap", NULL },
                read_only, layered);
}

static void refuse (Builder *self, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
refuse (Builder *self, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  if (self->error == NULL)
    self->error = g_error_new_valist (G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, format, arguments);
  va_end (arguments);
}

/* Returns: the bus for one more SATA drive; the machine has six ports, each further controller as many. (transfer full)
 */
static char *
next_sata_bus (Builder *self)
{
  guint controller = self->n_sata / AHCI_PORTS, port = self->n_sata % AHCI_PORTS;

  self->n_sata++;
  if (controller == 0)
    return g_strdup_printf ("ide.%u", port);
  if (port == 0)
    add_device (self, "ich9-ahci", "id=sata%u", controller);
  return g_strdup_printf ("sata%u.%u", controller, port);
}

static void
add_disk (Builder *self, guint i)
{
  const DioDisk *disk = dio_machine_config_get_disk (self->config, i);
  g_autofree char *node = g_strdup_printf (disk->cdrom ? "cd%u" : "disk%u", i);
  g_autofree char *bus = NULL;
  guint boot = ++self->n_boot;

  add_file (self, node, disk->path, disk->format, disk->read_only);
  if (disk->cdrom || disk->bus == DIO_DISK_BUS_SATA)
    bus = next_sata_bus (self);

  if (disk->cdrom)
    add_device (self, "ide-cd", "id=%s-drive,bus=%s,drive=%s,bootindex=%u", node, bus, node, boot);
  else
    switch (disk->bus)
      {
      case DIO_DISK_BUS_VIRTIO:
        add_device (self, "virtio-blk-pci", "id=%s-drive,drive=%s,bootindex=%u", node, node, boot);
        break;
      case DIO_DISK_BUS_SATA:
        if (disk->read_only)
          refuse (self,
                  _ ("The disk image “%s” cannot be written, and a SATA disk has to be. Change its permissions, or "
                     "use another bus."),
                  disk->path);
        add_device (self, "ide-hd", "id=%s-drive,bus=%s,drive=%s,bootindex=%u", node, bus, node, boot);
        break;
      case DIO_DISK_BUS_NVME:
        add_device (self, "nvme", "id=%s-drive,drive=%s,serial=diorama-%u,bootindex=%u", node, node, i, boot);
        break;
      case DIO_DISK_BUS_USB:
        add_device (self, "usb-storage", "id=%s-drive,bus=usb.0,drive=%s,bootindex=%u", node, node, boot);
        break;
      default:
        refuse (self, _ ("The disk image “%s” is on a bus that Diorama does not know."), disk->path);
      }
}

static void
add_firmware (Builder *self)
{
  const char *which = is_secure (self) ? "uefi-secure-code" : "uefi-code";
  const char *code = dio_engine_get_firmware (self->engine, which);

  if (!is_uefi (self))
    return;
  if (code == NULL || self->paths->uefi_vars == NULL)
    {
      if (self->error == NULL)
        self->error = g_error_new (G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                                   _ ("There is no UEFI firmware for this machine. Install the package %s."), "ovmf");
      return;
    }
  add_file (self, "uefi-code", code, "raw", TRUE);
  add_file (self, "uefi-vars", self->paths->uefi_vars, "raw", FALSE);
  if (is_secure (self))
    add (self, "-global", "driver=cfi.pflash01,property=secure,value=on");
}

static void
add_kernel (Builder *self)
{
  const char *kernel = dio_machine_config_get_kernel (self->config);
  const char *initrd = dio_machine_config_get_initrd (self->config);
  const char *arguments = dio_machine_config_get_kernel_arguments (self->config);

  if (kernel == NULL)
    return;
  add (self, "-kernel", "%s", kernel);
  if (initrd != NULL)
    {
      g_autofree char *escaped = escape (initrd); /* a list of files, in multiboot's way */

      add (self, "-initrd", "%s", escaped);
    }
  if (arguments != NULL)
    add (self, "-append", "%s", arguments);
}

/* --- devices --- */

/* How QEMU finds the device that a key or a motion is for: it keeps its input devices in a list and takes the first
 * that understands the kind of event. PS/2 comes first because the machine itself has it. A virtio device moves to the
 * front when the guest's driver starts it and to the end when it is reset; a USB tablet moves to the front when the
 * guest first polls it; a USB keyboard never moves, so behind PS/2 it would get nothing. Hence:
 * - keyboard: PS/2 serves firmware, boot loaders and guests without virtio; virtio-keyboard takes over where it can.
 * - pointer: without drivers it is the PS/2 mouse; a USB tablet serves Windows and others without virtio, but a Linux
 *   desktop that opens both uses it too, because it polls it last. It joins motions that come fast, which virtio does
 * not: guests that are known to have virtio go without it.
 * - multi-touch understands buttons, and so the wheel, too. Guests start devices in the order that they have on the
 * bus, and the last one started is in front: the tablet has to come after it, or the touch screen gets the tablet's
 * buttons (seen with Linux 6.12 on QEMU 10.0). */
static void
add_input (Builder *self)
{
  add_device (self, "qemu-xhci", "id=usb,p2=8,p3=8");
  if (dio_machine_config_get_usb_tablet (self->config))
    add_device (self, "usb-tablet", "id=usb-tablet0,bus=usb.0");
  add_device (self, "virtio-keyboard-pci", "id=keyboard0");
  if (dio_machine_config_get_touch (self->config))
    add_device (self, "virtio-multitouch-pci", "id=touch0");
  add_device (self, "virtio-tablet-pci", "id=tablet0");
}

static void
add_network (Builder *self)
{
  if (dio_machine_config_get_network (self->config) == DIO_NETWORK_NONE)
    return;
  if (self->error == NULL)
    dio_engine_require_option (self->engine, "slirp", &self->error);
  add (self, "-netdev", "user,id=net0");
  /* Without its ROM: starting from the network costs every start some seconds. */
  add_device (self, "virtio-net-pci", "id=nic0,netdev=net0,romfile=");
}

static void
add_serial (Builder *self)
{
  const char *port = dio_machine_config_get_control_port (self->config);
  g_autofree char *path = NULL, *name = NULL;

  add_device (self, "virtio-serial-pci", "id=serial0");
  if (port == NULL)
    return;
  if (self->paths->control_socket == NULL)
    {
      refuse (self, _ ("There is no place for the control port “%s”."), port);
      return;
    }
  path = escape (self->paths->control_socket);
  name = escape (port);
  add (self, "-chardev", "socket,id=control,path=%s,server=on,wait=off", path);
  add_device (self, "virtserialport", "bus=serial0.0,chardev=control,name=%s", name);
}

static void
add_sound (Builder *self)
{
  if (!dio_machine_config_get_audio (self->config))
    return;
  add (self, "-audiodev", "%s,id=audio0", self->paths->audio != NULL ? self->paths->audio : "none");
  add_device (self, "ich9-intel-hda", "id=sound0");
  add_device (self, "hda-duplex", "bus=sound0.0,audiodev=audio0");
}

/* --- picture --- */

/* The modules of QEMU's that draw by OpenGL come with the device that does. */
static gboolean
require_gl (Builder *self)
{
  if (!self->error && !dio_engine_require_device (self->engine, "virtio-vga-gl", &self->error))
    return FALSE;
  if (!self->paths->render_node)
    refuse (self,
            _ ("This computer has no graphics card that the machine could use (there is no /dev/dri/renderD128, or "
               "it cannot be opened). Start the machine with “--graphics=2d”."));
  return !self->error;
}

static void
add_picture (Builder *self)
{
  guint screens = dio_machine_config_get_screens (self->config);

  switch (dio_machine_config_get_graphics (self->config))
    {
    case DIO_GRAPHICS_3D:
      if (require_gl (self))
        add_device (self, "virtio-vga-gl", "id=video0,max_outputs=%u", screens);
      break;
    case DIO_GRAPHICS_BLOB:
      if (!self->paths->shares_memory)
        refuse (self, _ ("This computer does not let programs share memory with its graphics card (there is no "
                         "/dev/udmabuf, or it cannot be opened). Start the machine with “--graphics=2d”."));
      if (require_gl (self))
        add_device (self, "virtio-vga", "id=video0,max_outputs=%u,blob=on", screens);
      break;
    case DIO_GRAPHICS_2D:
    default:
      add_device (self, "virtio-vga", "id=video0,max_outputs=%u", screens);
    }
}

static void
add_display (Builder *self)
{
  g_autofree char *node = NULL;

  if (self->error == NULL)
    dio_engine_require_option (self->engine, "dbus-display", &self->error);
  if (dio_machine_config_get_graphics (self->config) == DIO_GRAPHICS_2D || !self->paths->render_node)
    {
      add (self, "-display", "dbus,p2p=on");
      return;
    }
  node = escape (self->paths->render_node);
  add (self, "-display", "dbus,p2p=on,gl=on,rendernode=%s", node);
}

/* --- how it is run --- */

static void
add_process (Builder *self)
{
  add_display (self);
  add (self, "-chardev", "socket,id=qmp,fd=%d", self->paths->qmp_fd);
  add (self, "-mon", "chardev=qmp,mode=control");
  add (self, "-msg", "timestamp=on");
  if (dio_engine_has_option (self->engine, "sandbox"))
    add (self, "-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
  if (dio_engine_has_option (self->engine, "exit-with-parent"))
    add (self, "-run-with", "exit-with-parent=on");
}

static void
add_extra (Builder *self)
{
  const char *const *extra = dio_machine_config_get_extra_arguments (self->config);

  for (guint i = 0; extra != NULL && extra[i] != NULL; i++)
    g_ptr_array_add (self->args, g_strdup (extra[i]));
}

char **
dio_argv_build (DioMachineConfig *config, DioEngine *engine, const DioRunPaths *paths, DioAccel accel, GError **error)
{
  g_autoptr (GPtrArray) args = g_ptr_array_new_null_terminated (96, g_free, TRUE);
  Builder self = { args, config, engine, paths, accel };

  g_return_val_if_fail (accel != DIO_ACCEL_AUTO, NULL);

  g_ptr_array_add (args, g_strdup (dio_engine_get_binary (engine)));
  add_machine (&self);
  add_processor (&self);
  add_firmware (&self);
  add_picture (&self);
  add_input (&self);
  add_network (&self);
  add_device (&self, "virtio-rng-pci", "id=rng0");
  add_serial (&self);
  add_sound (&self);
  for (guint i = 0; i < dio_machine_config_get_n_disks (config); i++)
    add_disk (&self, i);
  add_kernel (&self);
  add_process (&self);
  add_extra (&self);

  if (self.error != NULL)
    {
      g_propagate_error (error, self.error);
      return NULL;
    }
  return (char **) g_ptr_array_steal (args, NULL);
}
