/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "session/boot-watch.h"

#define S G_USEC_PER_SEC

typedef struct
{
  int second;
  guint64 read;
  int busy; /* percent of the processor from then on */
} Point;

/* Follows what was read at which time, up to the second END. */
static DioBootVerdict
judge (gboolean uefi, const Point *points, guint n, int end, guint n_drives, int *ret_second)
{
  DioBootJudge self = { .uefi = uefi };
  DioBootVerdict verdict = DIO_BOOT_UNDECIDED;
  guint64 read = 0;
  gint64 busy = 0;
  int share = 0;

  for (int second = 0; second <= end; second += 2)
    {
      for (guint i = 0; i < n && points[i].second <= second; i++)
        {
          read = points[i].read;
          share = points[i].busy;
        }
      busy += 2 * S * share / 100;
      verdict = dio_boot_judge_take (&self, &(DioBootSample) { read, 0, n_drives, 1000 * S + second * S, busy });
      if (ret_second)
        *ret_second = second;
      if (verdict != DIO_BOOT_UNDECIDED)
        break;
    }
  return verdict;
}

#define JUDGE(uefi, end, n_drives, ret, ...)                                                                           \
  judge (uefi, (const Point[]) { __VA_ARGS__ }, sizeof ((const Point[]) { __VA_ARGS__ }) / sizeof (Point), end,        \
         n_drives, ret)

/* As they were measured with the real firmware under emulation. */
static void
test_nothing_starts (void)
{
  int second;

  g_assert_cmpint (JUDGE (FALSE, 60, 1, &second, { 1, 512 }), ==, DIO_BOOT_STUCK);
  g_assert_cmpint (second, >=, 16);
  g_assert_cmpint (second, <=, 18);
  /* A disk that is formatted, and says so: two sectors. A disc for UEFI: its catalogue. */
  g_assert_cmpint (JUDGE (FALSE, 60, 1, NULL, { 1, 1024 }), ==, DIO_BOOT_STUCK);
  g_assert_cmpint (JUDGE (FALSE, 60, 2, NULL, { 1, 512 }, { 2, 4608 }), ==, DIO_BOOT_STUCK);
  g_assert_cmpint (JUDGE (TRUE, 60, 1, NULL, { 9, 9728 }), ==, DIO_BOOT_STUCK);
  g_assert_cmpint (JUDGE (TRUE, 60, 1, &second, { 6, 82432 }), ==, DIO_BOOT_STUCK);
  g_assert_cmpint (second, ==, 22);
  /* Real file systems without a loader. It is busy until it has looked at them. */
  g_assert_cmpint (JUDGE (TRUE, 60, 1, NULL, { 0, 0, 100 }, { 14, 223744, 3 }), ==, DIO_BOOT_STUCK);
  g_assert_cmpint (JUDGE (TRUE, 60, 1, NULL, { 0, 0, 100 }, { 14, 51712, 100 }, { 16, 256512, 3 }), ==, DIO_BOOT_STUCK);
  g_assert_cmpint (JUDGE (TRUE, 60, 1, &second, { 0, 0, 100 }, { 12, 846848, 3 }), ==, DIO_BOOT_STUCK);
  g_assert_cmpint (second, ==, 28);
  /* A disk for UEFI in a BIOS, which runs the zeros of its first sector. */
  g_assert_cmpint (JUDGE (FALSE, 60, 1, &second, { 2, 512, 100 }), ==, DIO_BOOT_STUCK);
  g_assert_cmpint (second, ==, 18);
  /* A firmware that sees no disk at all. */
  g_assert_cmpint (JUDGE (FALSE, 60, 1, &second, { 0, 0 }), ==, DIO_BOOT_STUCK);
  g_assert_cmpint (second, >=, 44);
}

static void
test_slow_guests (void)
{
  /* GRUB's menu, which waits for ever. */
  g_assert_cmpint (JUDGE (FALSE, 600, 1, NULL, { 1, 208384 }), ==, DIO_BOOT_STARTED);
  g_assert_cmpint (JUDGE (TRUE, 600, 1, NULL, { 6, 512 }, { 8, 11445248 }), ==, DIO_BOOT_STARTED);
  /* GRUB's prompt, with all that it needs in one small file. */
  g_assert_cmpint (JUDGE (TRUE, 600, 1, NULL, { 16, 795136, 100 }), ==, DIO_BOOT_UNDECIDED);
  /* Ten times as slow as measured. */
  g_assert_cmpint (JUDGE (TRUE, 600, 1, NULL, { 40, 512 }, { 50, 9728 }, { 60, 3892224 }), ==, DIO_BOOT_STARTED);
  /* A boot manager that fits into a sector, and asks for a key for ten seconds. */
  g_assert_cmpint (JUDGE (FALSE, 600, 1, NULL, { 1, 512 }, { 12, 204800 }), ==, DIO_BOOT_STARTED);
  /* An overloaded host: the firmware has not come to the disk yet. */
  g_assert_cmpint (JUDGE (TRUE, 40, 1, NULL, { 0, 0 }), ==, DIO_BOOT_UNDECIDED);
}

/* What was stuck starts after all: somebody pressed a key. */
static void
test_late (void)
{
  DioBootJudge self = { 0 };

  g_assert_cmpint (dio_boot_judge_take (&self, &(DioBootSample) { 512, 0, 1, 1 * S }), ==, DIO_BOOT_UNDECIDED);
  g_assert_cmpint (dio_boot_judge_take (&self, &(DioBootSample) { 512, 0, 1, 60 * S }), ==, DIO_BOOT_STUCK);
  g_assert_cmpint (dio_boot_judge_take (&self, &(DioBootSample) { 1024, 0, 1, 62 * S }), ==, DIO_BOOT_UNDECIDED);
  g_assert_cmpint (dio_boot_judge_take (&self, &(DioBootSample) { 1024, 1, 1, 64 * S }), ==, DIO_BOOT_STARTED);
}

static void
test_answer (void)
{
  static const char text[] =
      "[{\"qdev\": \"/machine/peripheral/disk0-drive/virtio-backend\", \"stats\": {\"rd_bytes\": 512, "
      "\"wr_operations\": 1}}, {\"qdev\": \"/machine/system.flash0\", \"stats\": {\"rd_bytes\": 99, "
      "\"wr_operations\": 99}}, {\"qdev\": \"cd1-drive\", \"stats\": {\"rd_bytes\": 2048, "
      "\"wr_operations\": -7}}, 3, {\"qdev\": 4}, {\"qdev\": \"disk2-drive\", \"stats\": []}]";
  g_autoptr (JsonNode) answer = json_from_string (text, NULL);
  g_autoptr (JsonNode) empty = json_from_string ("[]", NULL), other = json_from_string ("{}", NULL);
  DioBootSample sample;

  g_assert_true (dio_boot_sample_read (answer, &sample));
  g_assert_cmpuint (sample.n_drives, ==, 2);
  g_assert_cmpuint (sample.read, ==, 2560);
  g_assert_cmpuint (sample.written, ==, 1);
  g_assert_false (dio_boot_sample_read (empty, &sample));
  g_assert_false (dio_boot_sample_read (other, &sample));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/boot-watch/nothing-starts", test_nothing_starts);
  g_test_add_func ("/boot-watch/slow-guests", test_slow_guests);
  g_test_add_func ("/boot-watch/late", test_late);
  g_test_add_func ("/boot-watch/answer", test_answer);
  return g_test_run ();
}
