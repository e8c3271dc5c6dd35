/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/setting-names.h"

#include <glib/gi18n.h>

static const struct
{
  const char *property, *words;
} names[] = {
  { "accel", N_ ("Run It By") },
  { "audio", N_ ("Sound") },
  { "boot-menu", N_ ("Ask at Each Start") },
  { "clock-local", N_ ("Clock Shows Local Time") },
  { "cpus", N_ ("Processors") },
  { "disks", N_ ("Disks") },
  { "extra-arguments", N_ ("Further Arguments") },
  { "firmware", N_ ("Way of Starting") },
  { "forwards", N_ ("Forwarded Ports") },
  { "graphics", N_ ("Graphics") },
  { "height", N_ ("Resolution") },
  { "hyperv", N_ ("Help Windows Run Faster") },
  { "initrd", N_ ("Initial System") },
  { "kernel", N_ ("Kernel") },
  { "kernel-arguments", N_ ("Arguments of the Kernel") },
  { "memory", N_ ("Memory") },
  { "microphone", N_ ("Microphone") },
  { "name", N_ ("Name") },
  { "network", N_ ("Network") },
  { "network-card", N_ ("Network Card") },
  { "network-name", N_ ("Name of the Network Between Machines") },
  { "screens", N_ ("Screens at Most") },
  { "shares", N_ ("Shared Folders") },
  { "touch", N_ ("Touch Screen") },
  { "tpm", N_ ("Security Chip") },
  { "usb-tablet", N_ ("Pointer for Every System") },
  { "width", N_ ("Resolution") },
};

static const char *
get_name (const char *property)
{
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (names[i].property, property))
      return _ (names[i].words);
  return NULL;
}

GStrv
dio_setting_names (const char *const *properties)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new_null_terminated (0, g_free, TRUE);

  for (guint i = 0; properties && properties[i]; i++)
    {
      const char *name = get_name (properties[i]);

      if (name && !g_ptr_array_find_with_equal_func (found, name, g_str_equal, NULL))
        g_ptr_array_add (found, g_strdup (name));
    }
  return found->len > 0 ? (GStrv) g_ptr_array_steal (found, NULL) : NULL;
}
