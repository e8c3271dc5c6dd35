/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* What the user is told of KVM, and how it is known. */
#include "vm/failure.h"
#include "vm/kvm-watch.h"
#include "vm/kvm.h"

#include <errno.h>
#include <string.h>

static void
assert_has (const char *text, const char *word)
{
  if (text == NULL || !strstr (text, word))
    g_error ("“%s” is not in: %s", word, text);
}

static void
check (DioKvmFacts facts, const char *word)
{
  g_autofree char *text = dio_kvm_explain (&facts);

  assert_has (text, word);
  g_assert_cmpint (text[strlen (text) - 1], ==, '.');
}

static void
test_explain (void)
{
  g_assert_null (dio_kvm_explain (&(DioKvmFacts) { .status = DIO_KVM_USABLE }));
  check ((DioKvmFacts) { DIO_KVM_MISSING, ENOENT, .cpu_capable = TRUE }, "modprobe");
  check ((DioKvmFacts) { DIO_KVM_MISSING, ENOENT, .in_machine = TRUE }, "nested");
  check ((DioKvmFacts) { DIO_KVM_MISSING, ENOENT }, "firmware settings");
  check ((DioKvmFacts) { DIO_KVM_MISSING, ENOENT, .in_sandbox = TRUE }, "flatpak override");
  check ((DioKvmFacts) { DIO_KVM_NO_PERMISSION, EACCES, .group = "kvm" }, "usermod -aG kvm");
  check ((DioKvmFacts) { DIO_KVM_NO_PERMISSION, EACCES }, "allow it");
  check ((DioKvmFacts) { DIO_KVM_BUSY, EBUSY }, "VirtualBox");
  check ((DioKvmFacts) { DIO_KVM_FAULTY, EIO }, "Input/output error");
}

static void
test_probe (void)
{
  DioKvmFacts facts;
  g_autofree char *text = NULL;

  dio_kvm_probe (&facts);
  text = dio_kvm_explain (&facts);
  g_test_message ("KVM here: %s", text != NULL ? text : "usable so far");
  g_assert_true ((text == NULL) == (facts.status == DIO_KVM_USABLE));
}

/* What real kernels and QEMUs wrote. */
static void
test_signs (void)
{
  g_assert_true (
      dio_failure_is_kvm ("2026-11-21T09:21:11.277867Z qemu-system-x86_64: error: failed to set MSR 0x10a to "
                          "0xc000069\nqemu-system-x86_64: target/i386/kvm/kvm.c:3877: kvm_buf_set_msrs: "
                          "Assertion `ret == cpu->kvm_msr_buf->nmsrs' failed.\n"));
  g_assert_true (dio_failure_is_kvm ("KVM internal error. Suberror: 1\nemulation failure\n"));
  g_assert_true (dio_failure_is_kvm ("Could not access KVM kernel module: No such device\n"));
  g_assert_false (dio_failure_is_kvm (""));
  g_assert_false (dio_failure_is_kvm ("qemu-system-x86_64: -device foo: 'foo' is not a valid device model name\n"));
  g_assert_false (dio_failure_is_kvm ("Could not open '/home/kvm/disk.img': No such file or directory\n"));
}

static void
check_start (const char *output, const char *word, const char *technical)
{
  g_autoptr (GError) error = dio_failure_new_start (output, "QEMU ended with status 1.");
  g_auto (GStrv) lines = g_strsplit (error->message, "\n", -1);

  g_assert_cmpuint (g_strv_length (lines), ==, 2);
  assert_has (lines[0], word);
  g_assert_cmpstr (lines[1], ==, technical);
}

static void
test_failures (void)
{
  check_start ("2026-11-21T08:49:41.123456Z qemu-system-x86_64: -blockdev {\"driver\":\"file\"}: Could not open "
               "'/d/a.img': No such file or directory\n",
               "“/d/a.img” is missing",
               "-blockdev {\"driver\":\"file\"}: Could not open '/d/a.img': No such file or directory");
  check_start ("qemu-system-x86_64: x: Failed to get \"write\" lock\nIs another process using the image [/d/a]?\n",
               "Another program", "Is another process using the image [/d/a]?");
  check_start ("qemu: Could not open '/d/a.img': Permission denied", "may not use the file “/d/a.img”",
               "qemu: Could not open '/d/a.img': Permission denied");
  check_start ("", "did not start", "QEMU ended with status 1.");
  check_start ("\n\n", "did not start", "QEMU ended with status 1.");
  check_start ("\xff\xfe\n", "did not start", "\xef\xbf\xbd\xef\xbf\xbd");
  check_start ("Could not open 'unterminated", "did not start", "Could not open 'unterminated");
}

static DioKvmSample
read_sample (const char *json, gboolean good)
{
  g_autoptr (JsonNode) node = json_from_string (json, NULL);
  DioKvmSample sample;

  g_assert_cmpint (dio_kvm_sample_read (node, &sample), ==, good);
  return sample;
}

static void
test_samples (void)
{
  DioKvmSample sample;

  sample =
      read_sample ("[{\"provider\":\"kvm\",\"stats\":[{\"name\":\"exits\",\"value\":7},{\"name\":\"blocking\","
                   "\"value\":true},{\"name\":\"insn_emulation\",\"value\":5}]},{\"stats\":[{\"name\":\"exits\","
                   "\"value\":3},{\"name\":\"blocking\",\"value\":false},{\"name\":\"insn_emulation\",\"value\":1}]}]",
                   TRUE);
  g_assert_cmpuint (sample.exits, ==, 10);
  g_assert_cmpuint (sample.interpreted, ==, 6);
  g_assert_false (sample.waiting);

  read_sample ("[]", FALSE);
  read_sample ("{}", FALSE);
  read_sample ("[1, {\"stats\": 3}, {\"stats\": [null, {\"name\": 3}, {\"name\": \"exits\"}]}]", FALSE);
  read_sample ("[{\"stats\":[{\"name\":\"exits\",\"value\":7}]}]", FALSE);
}

static gboolean
is_stuck (guint64 exits, guint64 interpreted, gboolean waiting)
{
  const DioKvmSample before = { 1000, 5000, FALSE };
  const DioKvmSample after = { 1000 + exits, 5000 + interpreted, waiting };

  return dio_kvm_sample_is_stuck (&before, &after);
}

static void
test_stuck (void)
{
  g_assert_false (is_stuck (500000, 400000, FALSE)); /* firmware: a device access after the other */
  g_assert_false (is_stuck (1250, 0, FALSE));        /* memory test: only the host's clock at 250 Hz */
  g_assert_false (is_stuck (0, 0, TRUE));            /* asleep */
  g_assert_false (is_stuck (4000, 30000, FALSE));
  g_assert_true (is_stuck (0, 0, FALSE));
  g_assert_true (is_stuck (10484, 5943897, FALSE)); /* measured where KVM is itself emulated */
  g_assert_true (is_stuck (5341, 3926461, FALSE));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/kvm/explain", test_explain);
  g_test_add_func ("/kvm/probe", test_probe);
  g_test_add_func ("/kvm/signs", test_signs);
  g_test_add_func ("/kvm/failures", test_failures);
  g_test_add_func ("/kvm/samples", test_samples);
  g_test_add_func ("/kvm/stuck", test_stuck);
  return g_test_run ();
}
