/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Sums since the console was opened: rates are differences of two of them. */
typedef struct
{
  const char *path;       /* what QEMU sends now: "none", "array", "file" (shared memory, copied), "map", "dmabuf"; a
                             literal */
  guint64 scanouts;       /* new pictures */
  guint64 updates;        /* calls that say what is new in the picture, or send it anew in its present shape */
  guint64 damage_pixels;  /* sum of what they said, the overlapping counted twice */
  guint64 picture_pixels; /* sum of the picture's whole size at each update: damage_pixels ÷ this is the damage share */
  guint64 bytes_copied;   /* by us, from QEMU's memory or messages into the picture */
  guint64 coalesced;      /* updates that no frame of its own was taken for */
  guint64 answers;        /* UpdateDMABUF calls answered */
  guint64 late_answers;   /* of these, because the deadline had come */
  guint64 answer_delay_us;     /* their sum, from arrival */
  guint64 max_answer_delay_us; /* the longest */
} DioDisplayStats;

G_END_DECLS
