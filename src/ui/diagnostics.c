/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/diagnostics.h"

#include <math.h>

/* Sums only grow, but for a view that is given another console meanwhile. */
static double
growth (guint64 before, guint64 now)
{
  return now > before ? (double) (now - before) : 0;
}

static double
share (double part, double whole)
{
  return whole > 0 ? part / whole : NAN;
}

gboolean
dio_rates_compute (const DioReading *before, const DioReading *now, DioRates *ret_rates)
{
  const DioDisplayStats *then = &before->display, *present = &now->display;
  double seconds = (double) (now->time_us - before->time_us) / G_USEC_PER_SEC;

  if (seconds <= 0 || before->console != now->console || present->updates < then->updates)
    return FALSE;

  *ret_rates = (DioRates) {
    .seconds = seconds,
    .guest_updates = growth (then->updates, present->updates) / seconds,
    .shown_frames = growth (before->frames_shown, now->frames_shown) / seconds,
    .damage_share = share (growth (then->damage_pixels, present->damage_pixels),
                           growth (then->picture_pixels, present->picture_pixels)),
    .copied_bytes = growth (then->bytes_copied, present->bytes_copied) / seconds,
    .uploaded_bytes = growth (before->bytes_uploaded, now->bytes_uploaded) / seconds,
    .coalesced = growth (then->coalesced, present->coalesced) / seconds,
    .late_answers = growth (then->late_answers, present->late_answers) / seconds,
    .mean_answer_delay_us =
        share (growth (then->answer_delay_us, present->answer_delay_us), growth (then->answers, present->answers)),
  };
  /* Rectangles that overlap count twice. */
  if (isfinite (ret_rates->damage_share))
    ret_rates->damage_share = MIN (ret_rates->damage_share, 1);
  return TRUE;
}

/* JSON knows no NaN. */
static void
set_double (JsonObject *object, const char *name, double value)
{
  if (isfinite (value))
    json_object_set_double_member (object, name, value);
  else
    json_object_set_null_member (object, name);
}

/* A string member of NULL would be left out. */
static void
set_string (JsonObject *object, const char *name, const char *value)
{
  if (value)
    json_object_set_string_member (object, name, value);
  else
    json_object_set_null_member (object, name);
}

static JsonObject *
rates_to_json (const DioRates *self)
{
  JsonObject *object = json_object_new ();

  set_double (object, "guest_updates_per_s", self->guest_updates);
  set_double (object, "shown_frames_per_s", self->shown_frames);
  set_double (object, "damage_share", self->damage_share);
  set_double (object, "copied_bytes_per_s", self->copied_bytes);
  set_double (object, "uploaded_bytes_per_s", self->uploaded_bytes);
  set_double (object, "coalesced_per_s", self->coalesced);
  set_double (object, "late_answers_per_s", self->late_answers);
  set_double (object, "mean_answer_delay_us", self->mean_answer_delay_us);
  return object;
}

JsonObject *
dio_reading_to_json (const DioReading *self, const DioRates *rates)
{
  JsonObject *object = json_object_new ();
  const struct
  {
    const char *name;
    guint64 value;
  } counters[] = {
    { "scanouts", self->display.scanouts },
    { "updates", self->display.updates },
    { "damage_pixels", self->display.damage_pixels },
    { "picture_pixels", self->display.picture_pixels },
    { "bytes_copied", self->display.bytes_copied },
    { "coalesced", self->display.coalesced },
    { "answers", self->display.answers },
    { "late_answers", self->display.late_answers },
    { "answer_delay_us", self->display.answer_delay_us },
    { "max_answer_delay_us", self->display.max_answer_delay_us },
    { "frames_taken", self->frames_taken },
    { "frames_shown", self->frames_shown },
    { "bytes_uploaded", self->bytes_uploaded },
    { "imports", self->imports },
    { "draw_delay_us", (guint64) MAX (self->draw_delay_us, 0) },
  };

  json_object_set_int_member (object, "console", self->console);
  json_object_set_int_member (object, "head", self->head);
  set_string (object, "path", self->display.path ? self->display.path : "none");
  set_string (object, "painter", self->painter);
  set_string (object, "renderer", self->renderer);
  json_object_set_int_member (object, "width", self->width);
  json_object_set_int_member (object, "height", self->height);
  json_object_set_int_member (object, "view_width", self->view_width);
  json_object_set_int_member (object, "view_height", self->view_height);
  set_double (object, "scale", self->scale);
  set_string (object, "filter", self->filter);
  for (guint i = 0; i < G_N_ELEMENTS (counters); i++)
    json_object_set_int_member (object, counters[i].name, (gint64) MIN (counters[i].value, G_MAXINT64));
  if (rates)
    json_object_set_object_member (object, "rates", rates_to_json (rates));
  return object;
}
