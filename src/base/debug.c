/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "base/debug.h"

static guint
parse_flags (void)
{
  static const GDebugKey keys[] = {
    { "frames", DIO_DEBUG_FRAMES }, { "input", DIO_DEBUG_INPUT }, { "qmp", DIO_DEBUG_QMP },
    { "vm", DIO_DEBUG_VM },         { "dbus", DIO_DEBUG_DBUS },   { "usb", DIO_DEBUG_USB },
  };

  return g_parse_debug_string (g_getenv ("DIORAMA_DEBUG"), keys, G_N_ELEMENTS (keys));
}

gboolean
dio_debug_enabled (DioDebugFlags flag)
{
  static gsize flags = 0;

  /* The extra bit tells "parsed, nothing on" from "not parsed yet". */
  if (g_once_init_enter (&flags))
    g_once_init_leave (&flags, parse_flags () | (1u << 31));
  return (flags & flag) != 0;
}
