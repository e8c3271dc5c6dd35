/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What DIORAMA_DEBUG (a comma-separated list, or "all") makes Diorama tell on standard error. */
typedef enum
{
  DIO_DEBUG_FRAMES = 1 << 0,
  DIO_DEBUG_INPUT = 1 << 1,
  DIO_DEBUG_QMP = 1 << 2,
  DIO_DEBUG_VM = 1 << 3,
  DIO_DEBUG_DBUS = 1 << 4,
  DIO_DEBUG_USB = 1 << 5,
} DioDebugFlags;

gboolean dio_debug_enabled (DioDebugFlags flag);

/* Arguments are not evaluated when the flag is off. */
#define dio_debug(flag, ...)                                                                                           \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    if (G_UNLIKELY (dio_debug_enabled (flag)))                                                                         \
      g_printerr (G_LOG_DOMAIN ": " __VA_ARGS__), g_printerr ("\n");                                                   \
  }                                                                                                                    \
  G_STMT_END

G_END_DECLS
