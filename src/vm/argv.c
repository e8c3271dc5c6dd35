/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "vm/argv-private.h"

#include <glib/gi18n-lib.h>

#define TB_SIZE 256 /* MiB of translated code; less makes big guests translate again and again */
/* What Windows knows of running on KVM: without it timers and locks cost it several times the processor time. All of it
 * is in Linux 4.20 and newer. */
#define HYPERV                                                                                                         \
  ",hv-relaxed,hv-vapic,hv-spinlocks=0x1fff,hv-vpindex,hv-runtime,hv-time,hv-synic,hv-stimer,hv-frequencies,"          \
  "hv-tlbflush,hv-ipi"
#define BOOT_MENU_TIME 8000 /* ms that the firmware waits for a key */

void
dio_argv_add (DioArgv *self, const char *option, const char *format, ...)
{
  va_list arguments;

  g_ptr_array_add (self->args, g_strdup (option));
  va_start (arguments, format);
  g_ptr_array_add (self->args, g_strdup_vprintf (format, arguments));
  va_end (arguments);
}

/* The first thing that is missing is the one that is told. */
void
dio_argv_add_device (DioArgv *self, const char *device, const char *format, ...)
{
  g_autofree char *properties = NULL;
  va_list arguments;

  if (self->error == NULL)
    dio_engine_require_device (self->engine, device, &self->error);
  va_start (arguments, format);
  properties = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  dio_argv_add (self, "-device", "%s,%s", device, properties);
}

void
dio_argv_require_option (DioArgv *self, const char *option)
{
  if (self->error == NULL)
    dio_engine_require_option (self->engine, option, &self->error);
}

void
dio_argv_refuse (DioArgv *self, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  if (self->error == NULL)
    self->error = g_error_new_valist (G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, format, arguments);
  va_end (arguments);
}

char *
dio_argv_escape (const char *value)
{
  GString *escaped = g_string_new (value);

  g_string_replace (escaped, ",", ",,", 0);
  return g_string_free_and_steal (escaped);
}

static char *
escape_name (const char *name)
{
  char *escaped = dio_argv_escape (name);

  for (char *c = escaped; *c != '\0'; c++)
    if (g_ascii_iscntrl (*c))
      *c = ' ';
  return escaped;
}

gboolean
dio_argv_is_uefi (DioArgv *self)
{
  return dio_machine_config_get_firmware (self->config) != DIO_FIRMWARE_BIOS;
}

gboolean
dio_argv_is_secure (DioArgv *self)
{
  return dio_machine_config_get_firmware (self->config) == DIO_FIRMWARE_UEFI_SECURE;
}

static void
add_machine (DioArgv *self)
{
  g_autofree char *name = escape_name (dio_machine_config_get_name (self->config));

  g_ptr_array_add (self->args, g_strdup ("-nodefaults"));
  g_ptr_array_add (self->args, g_strdup ("-no-user-config"));
  if (dio_engine_get_data_dir (self->engine) != NULL)
    dio_argv_add (self, "-L", "%s", dio_engine_get_data_dir (self->engine));
  dio_argv_add (self, "-name", "guest=%s,debug-threads=on", name);
  dio_argv_add (self, "-uuid", "%s", dio_machine_config_get_uuid (self->config));
  /* VMware's backdoor (vmport) takes the absolute pointer away from guests that look for it. System management mode is
   * slow under emulation and of use only to protect the variables of Secure Boot. */
  dio_argv_add (self, "-machine", "q35,memory-backend=mem,vmport=off,dump-guest-core=off,smm=%s%s",
                dio_argv_is_secure (self) ? "on" : "off",
                dio_argv_is_uefi (self) ? ",pflash0=uefi-code,pflash1=uefi-vars" : "");
  /* A machine that sleeps looks like one that hangs, and guests sleep when left alone. */
  dio_argv_add (self, "-global", "ICH9-LPC.disable_s3=1");
  if (dio_machine_config_get_boot_menu (self->config))
    dio_argv_add (self, "-boot", "menu=on,splash-time=%d", BOOT_MENU_TIME);
  dio_argv_add (self, "-rtc", "base=%s", dio_machine_config_get_clock_local (self->config) ? "localtime" : "utc");
}

static void
add_processor (DioArgv *self)
{
  guint cpus = dio_machine_config_get_cpus (self->config);
  guint memory = dio_machine_config_get_memory (self->config);
  const char *option = self->accel == DIO_ACCEL_KVM ? "kvm" : "tcg";

  dio_argv_require_option (self, option);
  dio_argv_require_option (self, "memory-backend-memfd");
  if (self->accel == DIO_ACCEL_KVM)
    dio_argv_add (self, "-accel", "kvm");
  else
    dio_argv_add (self, "-accel", "tcg,thread=multi,tb-size=%d", TB_SIZE);
  if (self->accel != DIO_ACCEL_KVM)
    dio_argv_add (self, "-cpu", "max");
  else
    dio_argv_add (self, "-cpu", "host%s", dio_machine_config_get_hyperv (self->config) ? HYPERV : "");
  dio_argv_add (self, "-smp", "cpus=%u,sockets=1,cores=%u,threads=1", cpus, cpus);
  /* Shared: helpers in processes of their own map the guest's memory. */
  dio_argv_add (self, "-object", "memory-backend-memfd,id=mem,size=%uM,share=on", memory);
  dio_argv_add (self, "-m", "size=%uM", memory);
}

static void
add_kernel (DioArgv *self)
{
  const char *kernel = dio_machine_config_get_kernel (self->config);
  const char *initrd = dio_machine_config_get_initrd (self->config);
  const char *arguments = dio_machine_config_get_kernel_arguments (self->config);

  if (kernel == NULL)
    return;
  dio_argv_add (self, "-kernel", "%s", kernel);
  if (initrd != NULL)
    {
      g_autofree char *escaped = dio_argv_escape (initrd); /* a list of files, in multiboot's way */

      dio_argv_add (self, "-initrd", "%s", escaped);
    }
  if (arguments != NULL)
    dio_argv_add (self, "-append", "%s", arguments);
  /* QEMU would start the installer's kernel again. */
  if (dio_machine_config_get_install_folder (self->config) != NULL)
    dio_argv_add (self, "-action", "reboot=shutdown");
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
add_input (DioArgv *self)
{
  /* As many ports as it can have, and as many for USB 3 as for USB 2: only so are they the same sockets. */
  dio_argv_add_device (self, "qemu-xhci", "id=usb,p2=15,p3=15");
  if (dio_machine_config_get_usb_tablet (self->config))
    dio_argv_add_device (self, "usb-tablet", "id=usb-tablet0,bus=usb.0");
  dio_argv_add_device (self, "virtio-keyboard-pci", "id=keyboard0");
  if (dio_machine_config_get_touch (self->config))
    dio_argv_add_device (self, "virtio-multitouch-pci", "id=touch0");
  dio_argv_add_device (self, "virtio-tablet-pci", "id=tablet0");
}

/* Whether somebody's own arguments give the agent in the guest another end to talk to. */
static gboolean
has_agent_port (DioArgv *self)
{
  const char *const *extra = dio_machine_config_get_extra_arguments (self->config);

  for (guint i = 0; extra != NULL && extra[i] != NULL; i++)
    if (strstr (extra[i], DIO_AGENT_PORT) != NULL)
      return TRUE;
  return FALSE;
}

/* The port that SPICE's agent in the guest opens, for whoever shows the machine. Nobody waits for anybody: the guest
 * sees the port unconnected until a session registers, and what is not read stops the guest's program that writes, not
 * QEMU. Unlike QEMU's own agent (qemu-vdagent) it knows more than text, does not take the mouse, and does not keep the
 * machine from being saved (QEMU 10.0). */
static void
add_agent (DioArgv *self)
{
  if (!dio_engine_has_option (self->engine, "dbus-chardev") || has_agent_port (self))
    return;
  dio_argv_add (self, "-chardev", "dbus,id=agent,name=" DIO_AGENT_PORT);
  dio_argv_add_device (self, "virtserialport", "id=agent0,bus=serial0.0,chardev=agent,name=" DIO_AGENT_PORT);
}

static void
add_serial (DioArgv *self)
{
  const char *port = dio_machine_config_get_control_port (self->config);
  g_autofree char *path = NULL, *name = NULL;

  dio_argv_add_device (self, "virtio-serial-pci", "id=serial0");
  if (port == NULL)
    return;
  if (self->paths->control_socket == NULL)
    {
      dio_argv_refuse (self, _ ("There is no place for the control port “%s”."), port);
      return;
    }
  path = dio_argv_escape (self->paths->control_socket);
  name = dio_argv_escape (port);
  dio_argv_add (self, "-chardev", "socket,id=control,path=%s,server=on,wait=off", path);
  dio_argv_add_device (self, "virtserialport", "bus=serial0.0,chardev=control,name=%s", name);
}

static void
add_sound (DioArgv *self)
{
  if (!dio_machine_config_get_audio (self->config))
    return;
  dio_argv_add (self, "-audiodev", "%s,id=audio0", self->paths->audio != NULL ? self->paths->audio : "none");
  dio_argv_add_device (self, "ich9-intel-hda", "id=sound0");
  dio_argv_add_device (self, dio_machine_config_get_microphone (self->config) ? "hda-duplex" : "hda-output",
                       "bus=sound0.0,audiodev=audio0");
}

/* --- picture --- */

/* The modules of QEMU's that draw by OpenGL come with the device that does. */
static gboolean
require_gl (DioArgv *self)
{
  if (!self->error && !dio_engine_require_device (self->engine, "virtio-vga-gl", &self->error))
    return FALSE;
  if (!self->paths->render_node)
    dio_argv_refuse (
        self, _ ("This computer has no graphics card that the machine could use (there is no /dev/dri/renderD128, or "
                 "it cannot be opened). Start the machine with “--graphics=2d”."));
  return !self->error;
}

static void
add_picture (DioArgv *self)
{
  guint screens = dio_machine_config_get_screens (self->config);
  guint width = dio_machine_config_get_width (self->config), height = dio_machine_config_get_height (self->config);
  g_autofree char *size = width > 0 && height > 0 ? g_strdup_printf (",xres=%u,yres=%u", width, height) : g_strdup ("");

  switch (dio_machine_config_get_graphics (self->config))
    {
    case DIO_GRAPHICS_3D:
      if (require_gl (self))
        dio_argv_add_device (self, "virtio-vga-gl", "id=video0,max_outputs=%u%s", screens, size);
      break;
    case DIO_GRAPHICS_BLOB:
      if (!self->paths->shares_memory)
        dio_argv_refuse (self,
                         _ ("This computer does not let programs share memory with its graphics card (there is no "
                            "/dev/udmabuf, or it cannot be opened). Start the machine with “--graphics=2d”."));
      if (require_gl (self))
        dio_argv_add_device (self, "virtio-vga", "id=video0,max_outputs=%u,blob=on%s", screens, size);
      break;
    case DIO_GRAPHICS_2D:
    default:
      dio_argv_add_device (self, "virtio-vga", "id=video0,max_outputs=%u%s", screens, size);
    }
}

static void
add_display (DioArgv *self)
{
  g_autofree char *node = NULL;

  dio_argv_require_option (self, "dbus-display");
  if (dio_machine_config_get_graphics (self->config) == DIO_GRAPHICS_2D || !self->paths->render_node)
    {
      dio_argv_add (self, "-display", "dbus,p2p=on");
      return;
    }
  node = dio_argv_escape (self->paths->render_node);
  dio_argv_add (self, "-display", "dbus,p2p=on,gl=on,rendernode=%s", node);
}

/* --- how it is run --- */

static void
add_process (DioArgv *self)
{
  add_display (self);
  dio_argv_add (self, "-chardev", "socket,id=qmp,fd=%d", self->paths->qmp_fd);
  dio_argv_add (self, "-mon", "chardev=qmp,mode=control");
  dio_argv_add (self, "-msg", "timestamp=on");
  if (dio_engine_has_option (self->engine, "sandbox"))
    dio_argv_add (self, "-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
  if (dio_engine_has_option (self->engine, "exit-with-parent"))
    dio_argv_add (self, "-run-with", "exit-with-parent=on");
}

static void
add_extra (DioArgv *self)
{
  const char *const *extra = dio_machine_config_get_extra_arguments (self->config);

  for (guint i = 0; extra != NULL && extra[i] != NULL; i++)
    g_ptr_array_add (self->args, g_strdup (extra[i]));
}

char **
dio_argv_build (DioMachineConfig *config, DioEngine *engine, const DioRunPaths *paths, DioAccel accel, GError **error)
{
  g_autoptr (GPtrArray) args = g_ptr_array_new_null_terminated (96, g_free, TRUE);
  g_autoptr (GHashTable) serials = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  DioArgv self = { args, config, engine, paths, accel, .serials = serials };

  g_return_val_if_fail (accel != DIO_ACCEL_AUTO, NULL);

  g_ptr_array_add (args, g_strdup (dio_engine_get_binary (engine)));
  add_machine (&self);
  add_processor (&self);
  dio_argv_add_firmware (&self);
  add_picture (&self);
  add_input (&self);
  dio_argv_add_network (&self);
  dio_argv_add_device (&self, "virtio-rng-pci", "id=rng0");
  add_serial (&self);
  add_agent (&self);
  add_sound (&self);
  dio_argv_add_disks (&self);
  dio_argv_add_shares (&self);
  dio_argv_add_tpm (&self);
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
