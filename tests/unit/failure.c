/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* What QEMU's words mean to the user. The words are QEMU 10.0's. */
#include "vm/failure.h"

#include <string.h>

#define PREAMBLE "2026-11-21T08:49:41.123456Z qemu-system-x86_64: "

static void
assert_says (const char *output, const char *word)
{
  g_autofree char *sentence = dio_failure_dup_sentence (output);

  g_assert_nonnull (sentence);
  if (strstr (sentence, word) == NULL)
    g_error ("“%s” is not in: %s", word, sentence);
}

static void
test_known (void)
{
  assert_says (PREAMBLE "-netdev user,id=net0,hostfwd=tcp:127.0.0.1:2222-:22: Could not set up host forwarding rule "
                        "'tcp:127.0.0.1:2222-:22'\n",
               "Port 2222 of this computer");
  assert_says (PREAMBLE "-device virtio-blk-pci: Failed to get \"write\" lock\nIs another process using the image "
                        "[/d/a, 'b'.img]?\n",
               "“/d/a, 'b'.img”");
  assert_says (PREAMBLE "-device virtio-blk-pci: Failed to get \"write\" lock\n", "Another program uses a disk image");
  assert_says (PREAMBLE "-blockdev {\"driver\":\"qcow2\",\"node-name\":\"uefi-vars\"}: Image is not in qcow2 format\n"
                        "Image is corrupt; cannot be opened\n",
               "firmware's variables");
  assert_says (PREAMBLE
               "-fsdev local,id=share0,path=/s: cannot initialize fsdev 'share0': failed to open '/s': No such "
               "file or directory\n",
               "shared folder “/s”");
  assert_says (PREAMBLE "-blockdev {}: Could not open '/d/x.img': No such file or directory\n",
               "“/d/x.img” is missing");
  assert_says (PREAMBLE "-blockdev {}: Could not open '/d/x.img': filesystem does not support O_DIRECT\n",
               "cache mode");
}

/* Words that look like those, and are cut off or made by somebody. */
static void
test_hostile (void)
{
  const char *const outputs[] = { "",
                                  "Could not set up host forwarding rule '",
                                  "Could not set up host forwarding rule 'tcp'",
                                  "Could not set up host forwarding rule 'tcp:",
                                  "Is another process using the image [",
                                  "fsdev failed to open '",
                                  "Could not open '\n'" };

  for (guint i = 0; i < G_N_ELEMENTS (outputs); i++)
    {
      g_autofree char *sentence = dio_failure_dup_sentence (outputs[i]);
      g_autoptr (GError) error = dio_failure_new_start (outputs[i], "It ended.");

      g_assert_null (sentence);
      g_assert_nonnull (error);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/failure/known", test_known);
  g_test_add_func ("/failure/hostile", test_hostile);
  return g_test_run ();
}
