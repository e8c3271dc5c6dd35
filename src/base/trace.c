/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "base/trace.h"

#if DIO_SYSPROF
#include <sysprof-capture.h>

static gboolean
is_recorded (void)
{
  static gsize state = 0; /* 1: not recorded, 2: recorded */

  /* sysprof starts what it records, and tells it so in its environment. Without that its library would give each thread
   * that asks a collector of its own. */
  if (g_once_init_enter (&state))
    g_once_init_leave (&state, g_getenv ("SYSPROF_CONTROL_FD") ? 2 : 1);
  return state == 2 && sysprof_collector_is_active ();
}

gint64
dio_trace_begin (void)
{
  return is_recorded () ? SYSPROF_CAPTURE_CURRENT_TIME : 0;
}

gint64
dio_trace_since (gint64 monotonic_us)
{
  return is_recorded () ? monotonic_us * 1000 : 0;
}

void
dio_trace_mark (gint64 begin, gint64 end, const char *name, const char *format, ...)
{
  gint64 duration = (end != 0 ? end : SYSPROF_CAPTURE_CURRENT_TIME) - begin;
  va_list args;

  va_start (args, format);
  sysprof_collector_mark_vprintf (begin, duration, "diorama", name, format, args);
  va_end (args);
}

#else

gint64
dio_trace_begin (void)
{
  return 0;
}

gint64
dio_trace_since (gint64 monotonic_us)
{
  return 0;
}

void
dio_trace_mark (gint64 begin, gint64 end, const char *name, const char *format, ...)
{
}

#endif
