/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "vm/demo.h"

#include <glib/gi18n-lib.h>

#define UUID "6f2c1c0e-5d0a-4f0e-9c39-64696f72616d"
#define MEMORY 256 /* MiB */
#define CPUS 2

static char *
find (const char *directory, const char *name)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);

  return g_file_test (path, G_FILE_TEST_IS_REGULAR) ? g_canonicalize_filename (path, NULL) : NULL;
}

DioMachineConfig *
dio_demo_config_new (GError **error)
{
  const char *environment = g_getenv ("DIORAMA_DEMO_GUEST");
  const char *directory = environment != NULL && *environment != '\0' ? environment : DIO_DEMO_GUEST;
  /* The unpacked kernel starts a second sooner under emulation. */
  g_autofree char *unpacked = find (directory, "vmlinux");
  g_autofree char *kernel = unpacked != NULL ? g_strdup (unpacked) : find (directory, "vmlinuz");
  g_autofree char *initrd = find (directory, "initramfs");
  g_autofree char *cmdline = find (directory, "cmdline");
  g_autofree char *arguments = NULL;
  g_autoptr (DioMachineConfig) config = NULL;

  if (kernel == NULL || initrd == NULL || cmdline == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                   _ ("The demonstration guest is not in “%s”. In the source tree, tests/guest/build makes it."),
                   directory);
      return NULL;
    }
  if (!g_file_get_contents (cmdline, &arguments, NULL, error))
    return NULL;

  config = dio_machine_config_new (_ ("Demonstration"));
  g_object_set (config, "uuid", UUID, "memory", MEMORY, "cpus", CPUS, "touch", TRUE, "usb-tablet", FALSE, "kernel",
                kernel, "initrd", initrd, "kernel-arguments", g_strstrip (arguments), "control-port",
                DIO_DEMO_CONTROL_PORT, NULL);
  return g_steal_pointer (&config);
}
