/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/diagnostics.h"

#include <math.h>

static DioReading
reading (gint64 time_us)
{
  return (DioReading) {
    .time_us = time_us,
    .console = 1,
    .display = { .path = "map",
                 .scanouts = 1,
                 .updates = 100,
                 .damage_pixels = 1000,
                 .picture_pixels = 10000,
                 .bytes_copied = 5000,
                 .coalesced = 7,
                 .answers = 10,
                 .late_answers = 1,
                 .answer_delay_us = 30000,
                 .max_answer_delay_us = 16000 },
    .painter = "gl",
    .renderer = "vulkan",
    .frames_taken = 50,
    .frames_shown = 49,
    .bytes_uploaded = 4000,
    .width = 1920,
    .height = 1080,
    .view_width = 960,
    .view_height = 540,
    .scale = 0.5,
    .filter = "linear",
  };
}

static void
test_rates (void)
{
  DioReading before = reading (1000000), now = reading (3000000);
  DioRates rates;

  now.display.updates += 120;
  now.display.damage_pixels += 300;
  now.display.picture_pixels += 1200;
  now.display.bytes_copied += 8000;
  now.display.coalesced += 4;
  now.display.answers += 4;
  now.display.late_answers += 2;
  now.display.answer_delay_us += 20000;
  now.frames_shown += 118;
  now.bytes_uploaded += 6000;

  g_assert_true (dio_rates_compute (&before, &now, &rates));
  g_assert_cmpfloat (rates.seconds, ==, 2);
  g_assert_cmpfloat (rates.guest_updates, ==, 60);
  g_assert_cmpfloat (rates.shown_frames, ==, 59);
  g_assert_cmpfloat (rates.damage_share, ==, 0.25);
  g_assert_cmpfloat (rates.copied_bytes, ==, 4000);
  g_assert_cmpfloat (rates.uploaded_bytes, ==, 3000);
  g_assert_cmpfloat (rates.coalesced, ==, 2);
  g_assert_cmpfloat (rates.late_answers, ==, 1);
  g_assert_cmpfloat (rates.mean_answer_delay_us, ==, 5000);
}

static void
test_rates_when_idle (void)
{
  DioReading before = reading (1000000), now = reading (2000000);
  DioRates rates;

  g_assert_true (dio_rates_compute (&before, &now, &rates));
  g_assert_cmpfloat (rates.guest_updates, ==, 0);
  g_assert_cmpfloat (rates.shown_frames, ==, 0);
  g_assert_cmpfloat (rates.uploaded_bytes, ==, 0);
  g_assert_true (isnan (rates.damage_share));
  g_assert_true (isnan (rates.mean_answer_delay_us));
}

static void
test_rates_of_strangers (void)
{
  DioReading before = reading (1000000), now = reading (2000000);
  DioRates rates;

  g_assert_false (dio_rates_compute (&now, &before, &rates));
  g_assert_false (dio_rates_compute (&now, &now, &rates));
  now.console = 2;
  g_assert_false (dio_rates_compute (&before, &now, &rates));
  /* A machine that was started again counts from nothing. */
  now = reading (2000000);
  now.display.updates = 3;
  g_assert_false (dio_rates_compute (&before, &now, &rates));
  /* A painter that takes over may, too; that is not a negative rate. */
  now = reading (2000000);
  now.bytes_uploaded = 0;
  g_assert_true (dio_rates_compute (&before, &now, &rates));
  g_assert_cmpfloat (rates.uploaded_bytes, ==, 0);
}

/* Keys are promised to whoever reads them. */
static void
assert_members (JsonObject *object, const char *const *names)
{
  g_assert_cmpuint (json_object_get_size (object), ==, g_strv_length ((char **) names));
  for (guint i = 0; names[i]; i++)
    if (!json_object_has_member (object, names[i]))
      g_error ("%s is missing", names[i]);
}

static void
test_json (void)
{
  static const char *const names[] = { "console",
                                       "head",
                                       "path",
                                       "painter",
                                       "renderer",
                                       "width",
                                       "height",
                                       "view_width",
                                       "view_height",
                                       "scale",
                                       "filter",
                                       "scanouts",
                                       "updates",
                                       "damage_pixels",
                                       "picture_pixels",
                                       "bytes_copied",
                                       "coalesced",
                                       "answers",
                                       "late_answers",
                                       "answer_delay_us",
                                       "max_answer_delay_us",
                                       "frames_taken",
                                       "frames_shown",
                                       "bytes_uploaded",
                                       "imports",
                                       "draw_delay_us",
                                       NULL };
  DioReading now = reading (1000000);
  g_autoptr (JsonObject) object = dio_reading_to_json (&now, NULL);

  assert_members (object, names);
  g_assert_cmpstr (json_object_get_string_member (object, "path"), ==, "map");
  g_assert_cmpstr (json_object_get_string_member (object, "renderer"), ==, "vulkan");
  g_assert_cmpint (json_object_get_int_member (object, "width"), ==, 1920);
  g_assert_cmpint (json_object_get_int_member (object, "answer_delay_us"), ==, 30000);
  g_assert_cmpint (json_object_get_int_member (object, "frames_shown"), ==, 49);
  g_assert_cmpfloat (json_object_get_double_member (object, "scale"), ==, 0.5);
}

static void
test_json_rates (void)
{
  static const char *const names[] = { "guest_updates_per_s", "shown_frames_per_s",   "damage_share",
                                       "copied_bytes_per_s",  "uploaded_bytes_per_s", "coalesced_per_s",
                                       "late_answers_per_s",  "mean_answer_delay_us", NULL };
  DioReading before = reading (1000000), now = reading (2000000);
  DioRates rates;
  g_autoptr (JsonObject) object = NULL;
  JsonObject *member;

  now.display.updates += 60;
  g_assert_true (dio_rates_compute (&before, &now, &rates));
  object = dio_reading_to_json (&now, &rates);
  member = json_object_get_object_member (object, "rates");
  assert_members (member, names);
  g_assert_cmpfloat (json_object_get_double_member (member, "guest_updates_per_s"), ==, 60);
  /* There is no number for what did not happen. */
  g_assert_true (json_object_get_null_member (member, "damage_share"));
  g_assert_true (json_object_get_null_member (member, "mean_answer_delay_us"));
}

/* Before the first frame. */
static void
test_json_of_nothing (void)
{
  DioReading nothing = { .filter = "nearest", .scale = 0 };
  g_autoptr (JsonObject) object = dio_reading_to_json (&nothing, NULL);

  g_assert_cmpstr (json_object_get_string_member (object, "path"), ==, "none");
  g_assert_true (json_object_get_null_member (object, "painter"));
  g_assert_true (json_object_get_null_member (object, "renderer"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/diagnostics/rates", test_rates);
  g_test_add_func ("/diagnostics/rates-when-idle", test_rates_when_idle);
  g_test_add_func ("/diagnostics/rates-of-strangers", test_rates_of_strangers);
  g_test_add_func ("/diagnostics/json", test_json);
  g_test_add_func ("/diagnostics/json-rates", test_json_rates);
  g_test_add_func ("/diagnostics/json-of-nothing", test_json_of_nothing);
  return g_test_run ();
}
