/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Marks on sysprof's time line, in the group "diorama". Built in where sysprof's capture library was found; without it,
 * or while no sysprof records this process, a mark costs one comparison. Any thread.
 *
 *   gint64 begin = dio_trace_begin ();
 *   …
 *   dio_trace_end (begin, "texture upload", "%u bytes", n);
 *
 * BEGIN may be kept as long as what it measures takes, and handed to another thread. */

/* The time now, in nanoseconds of the monotonic clock, or 0 while nothing is recorded. */
gint64 dio_trace_begin (void);
/* The same for a time of g_get_monotonic_time(), for what began earlier. */
gint64 dio_trace_since (gint64 monotonic_us);

/* END: 0 for now. */
void dio_trace_mark (gint64 begin, gint64 end, const char *name, const char *format, ...) G_GNUC_PRINTF (4, 5);

/* Marks what lasted from BEGIN until now. NAME is of a kind of event; the rest tells the single one. The arguments are
 * not evaluated when BEGIN is 0. */
#define dio_trace_end(begin, name, ...)                                                                                \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    gint64 dio_trace_begin__ = (begin);                                                                                \
    if (G_UNLIKELY (dio_trace_begin__ != 0))                                                                           \
      dio_trace_mark (dio_trace_begin__, 0, name, __VA_ARGS__);                                                        \
  }                                                                                                                    \
  G_STMT_END

G_END_DECLS
