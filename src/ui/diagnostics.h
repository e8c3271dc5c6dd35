/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "display/display-stats.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* What the display costs, in figures: for the card on the picture, and as JSON for people who report a fault and
 * programs that measure.
 *
 * The JSON of "diorama diagnostics" is one object. Keys are never renamed and never change their meaning; new ones may
 * come. Counters are sums since the console was opened (or, of the painter, since the window first drew it), so that
 * two readings give rates.
 *
 *   schema       1
 *   version      of Diorama
 *   time_us      when it was read, CLOCK_MONOTONIC
 *   pid, cpu_us  Diorama's process and the processor time that it took so far
 *   interval_us  with --interval only: between the two readings that the rates are made of
 *   windows      [ {
 *     title, machine   its name; the machine's UUID, null for one of another program
 *     state            "starting", "running", "paused", "stopping", "stopped", "failed", "crashed"
 *     qemu_pid         null for a machine of another program, or without one
 *     visible          whether the window is mapped and not suspended (minimised, covered, another workspace)
 *     heads  [ {       the consoles that the window shows
 *       console, head              QEMU's numbers
 *       path                       what QEMU sends: "none", "array", "file", "map", "dmabuf"
 *       painter, renderer          how it is drawn, and GSK's renderer ("gl", "vulkan", "cairo" …); null: not yet
 *       width, height              of the guest's last picture, guest pixels; 0: none yet
 *       view_width, view_height    of the view, device pixels
 *       scale, filter              device pixels a guest pixel; "nearest", "linear", "trilinear"
 *       scanouts, updates, damage_pixels, picture_pixels, bytes_copied, coalesced, answers, late_answers,
 *       answer_delay_us, max_answer_delay_us     display/display-stats.h
 *       frames_taken, bytes_uploaded, imports    ui/painter.h, over all painters of this view
 *       frames_shown               frames of the frame clock in which a new picture was drawn
 *       draw_delay_us              of the last of these, from news of it to its being drawn
 *       rates                      with --interval only, for a console that was there at both readings: {
 *         guest_updates_per_s, shown_frames_per_s, damage_share (0…1, null without updates), copied_bytes_per_s,
 *         uploaded_bytes_per_s, coalesced_per_s, late_answers_per_s, mean_answer_delay_us (null without answers) }
 *     } ]
 *   } ]
 */

/* One reading of one console in one view. Strings are literals, or interned. */
typedef struct
{
  gint64 time_us;
  guint console, head;
  DioDisplayStats display;

  const char *painter;  /* NULL: none yet */
  const char *renderer; /* NULL: none yet */
  guint64 frames_taken;
  guint64 frames_shown;
  guint64 bytes_uploaded;
  guint64 imports;
  gint64 draw_delay_us;

  int width, height;           /* guest pixels */
  int view_width, view_height; /* device pixels */
  double scale;                /* device pixels a guest pixel */
  const char *filter;
} DioReading;

/* What happened between two readings of the same console. */
typedef struct
{
  double seconds;
  double guest_updates;        /* a second */
  double shown_frames;         /* a second */
  double damage_share;         /* 0…1, NAN without updates */
  double copied_bytes;         /* a second */
  double uploaded_bytes;       /* a second */
  double coalesced;            /* a second */
  double late_answers;         /* a second */
  double mean_answer_delay_us; /* NAN without answers */
} DioRates;

/* FALSE, and RET_RATES untouched, where these are not two readings of one console, one after the other. */
gboolean dio_rates_compute (const DioReading *before, const DioReading *now, DioRates *ret_rates);

/* A member of "heads". RATES: (nullable). (transfer full) */
JsonObject *dio_reading_to_json (const DioReading *self, const DioRates *rates);

G_END_DECLS
