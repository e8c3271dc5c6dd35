/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "vm/failure.h"

#include "vm/port.h"

#include <glib/gi18n-lib.h>

#define MAX_LINE 400

gboolean
dio_failure_is_kvm (const char *output)
{
  static const char *const signs[] = {
    "KVM internal error",   "KVM: entry failed", "kvm run failed",       "emulation failure",
    "failed to set MSR",    "kvm_buf_set_msrs",  "Could not access KVM", "failed to initialize kvm",
    "ioctl(KVM_",           "KVM_CREATE_VCPU",   "kvm_init_vcpu",        "kvm: ",
    "error: failed to set", "KVM_SET_",
  };

  for (guint i = 0; i < G_N_ELEMENTS (signs); i++)
    if (strstr (output, signs[i]) != NULL)
      return TRUE;
  return FALSE;
}

/* "2026-11-21T08:49:41.123456Z qemu-system-x86_64: -blockdev …: Could not …" */
static const char *
skip_preamble (const char *line)
{
  const char *colon;

  if (g_ascii_isdigit (line[0]) && strlen (line) > 28 && line[4] == '-' && line[10] == 'T' && line[27] == ' ')
    line += 28;
  colon = strstr (line, ": ");
  if (g_str_has_prefix (line, "qemu-system-") && colon != NULL)
    line = colon + 2;
  return line;
}

char *
dio_failure_dup_last_line (const char *output)
{
  g_autofree char *copy = g_strchomp (g_strdup (output));
  char *newline = strrchr (copy, '\n');
  const char *line = skip_preamble (newline != NULL ? newline + 1 : copy);
  g_autofree char *cut = g_strndup (line, MAX_LINE);

  return *cut != '\0' ? g_utf8_make_valid (cut, -1) : NULL;
}

/* Returns: what stands between quotes or brackets after START in OUTPUT, or NULL. */
static char *
quoted_after (const char *output, const char *start)
{
  const char *found = strstr (output, start);
  const char *begin = found != NULL ? found + strlen (start) : NULL;
  const char *end = begin != NULL ? strpbrk (begin, g_str_has_suffix (start, "[") ? "]\n" : "'\"\n") : NULL;

  return end != NULL && *end != '\n' ? g_strndup (begin, end - begin) : NULL;
}

static char *
explain_file (const char *output)
{
  g_autofree char *path = quoted_after (output, "Could not open '");

  if (path == NULL)
    path = quoted_after (output, "could not open kernel file '");
  if (path == NULL)
    path = quoted_after (output, "could not open initrd '");
  if (path == NULL)
    path = quoted_after (output, "could not load kernel '");
  if (path == NULL)
    return NULL;
  if (strstr (output, "No such file"))
    return g_strdup_printf (_ ("The file “%s” is missing. Put it back, or take it out of the machine."), path);
  if (strstr (output, "Permission denied"))
    return g_strdup_printf (_ ("You may not use the file “%s”. Change its permissions."), path);
  if (strstr (output, "Read-only file system"))
    return g_strdup_printf (_ ("The file “%s” is on a medium that cannot be written. Copy it elsewhere."), path);
  return g_strdup_printf (_ ("The file “%s” cannot be opened."), path);
}

/* Somebody else has an image open. */
static char *
explain_lock (const char *output)
{
  g_autofree char *path = quoted_after (output, "using the image [");

  if (path == NULL || strstr (output, "Failed to get ") == NULL)
    return NULL;
  return g_strdup_printf (_ ("Another program or machine uses the file “%s”. Close it, then start this machine again."),
                          path);
}

/* "Could not set up host forwarding rule 'tcp:127.0.0.1:2222-:22'" */
static char *
explain_port (const char *output)
{
  g_autofree char *rule = quoted_after (output, "ould not set up host forwarding rule '");
  g_autoptr (GError) error = NULL;
  char *port, *end;

  if (rule == NULL || (port = strchr (rule, ':')) == NULL || (port = strchr (port + 1, ':')) == NULL)
    return NULL;
  end = strchr (++port, '-');
  if (end != NULL)
    *end = '\0';
  error = dio_port_new_busy_error (port);
  return g_strdup (error->message);
}

/* QEMU repeats the option that it cannot take, and so names the node. */
static char *
explain_vars (const char *output)
{
  if (strstr (output, "\"node-name\":\"uefi-vars") == NULL && strstr (output, "pflash") == NULL)
    return NULL;
  if (strstr (output, "is not in qcow2 format") == NULL && strstr (output, "Image is corrupt") == NULL &&
      strstr (output, "requires ") == NULL && strstr (output, "size") == NULL && strstr (output, "too small") == NULL &&
      strstr (output, "header") == NULL)
    return NULL;
  return g_strdup (_ ("The file with the firmware's variables (uefi-vars) is damaged. Move it out of the machine's "
                      "folder to start with new ones; only what the firmware itself had been set to is lost."));
}

static char *
explain_share (const char *output)
{
  g_autofree char *path = quoted_after (output, "failed to open '");

  if (strstr (output, "fsdev") == NULL || path == NULL)
    return NULL;
  return g_strdup_printf (_ ("The shared folder “%s” cannot be opened. Put it back, or take it out of the machine's "
                             "settings."),
                          path);
}

static const char *
explain_text (const char *output)
{
  static const struct
  {
    const char *sign;
    const char *text;
  } known[] = {
    { "Failed to get \"write\" lock",
      N_ ("Another program uses a disk image of this machine. Close the other machine, or "
          "the program that has the image open, then start again.") },
    { "Failed to get shared",
      N_ ("Another program writes to a disk image of this machine. Close the other machine, or the "
          "program that has the image open, then start again.") },
    { "Cannot allocate memory",
      N_ ("This computer has too little free memory for the machine. Close other programs, or give "
          "the machine less memory.") },
    { "cannot set up guest memory",
      N_ ("This computer has too little free memory for the machine. Close other programs, or "
          "give the machine less memory.") },
    { "O_DIRECT",
      N_ ("A disk of the machine is set to go past this computer's cache, and the drive where its image lies cannot do "
          "that. Choose another cache mode in the machine's settings.") },
    { "tpm-emulator",
      N_ ("The machine's TPM does not work (swtpm). Its log tells more; without a TPM the machine may start.") },
    { "vhost-user-fs", N_ ("A shared folder of the machine does not work (virtiofsd). Its log tells more.") },
    { "No space left on device", N_ ("A disk of this computer is full. Free some space, then start again.") },
    { "is not in qcow2 format",
      N_ ("A disk image is not what its settings say, or it is damaged. Check it with “qemu-img "
          "info”.") },
    { "Image is corrupt", N_ ("A disk image is damaged. Check it with “qemu-img check”.") },
    { "is not a valid device model name", N_ ("This QEMU lacks a device that the machine has. Install the package "
                                              "qemu-system-x86 in a newer version.") },
    { "invalid option",
      N_ ("An extra argument of the machine is not one that QEMU knows. Correct it in its settings.") },
    { "Address already in use", N_ ("Something else uses an address of this machine. Close the other machine.") },
    { "error while loading shared libraries", N_ ("QEMU cannot run here: a library is missing. Install QEMU again.") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    if (strstr (output, known[i].sign) != NULL)
      return _ (known[i].text);
  return NULL;
}

static GError *
make (const char *sentence, const char *output, const char *exit_text)
{
  g_autofree char *line = dio_failure_dup_last_line (output);

  return g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, "%s\n%s%s%s", sentence, exit_text != NULL ? exit_text : "",
                      exit_text != NULL && line != NULL ? " " : "", line != NULL ? line : "");
}

char *
dio_failure_dup_sentence (const char *output)
{
  typedef char *(*Explain) (const char *output);
  static const Explain explain[] = { explain_lock, explain_port, explain_vars, explain_share };
  char *sentence = NULL;

  for (guint i = 0; sentence == NULL && i < G_N_ELEMENTS (explain); i++)
    sentence = explain[i](output);
  if (sentence == NULL)
    sentence = g_strdup (explain_text (output));
  if (sentence == NULL)
    sentence = explain_file (output);
  return sentence;
}

GError *
dio_failure_new_start (const char *output, const char *exit_text)
{
  g_autofree char *sentence = dio_failure_dup_sentence (output);
  g_autofree char *line = dio_failure_dup_last_line (output);

  if (sentence != NULL)
    return make (sentence, output, NULL);
  return make (_ ("The machine did not start. Its log tells more."), output, line == NULL ? exit_text : NULL);
}

GError *
dio_failure_new_crash (const char *output, const char *exit_text)
{
  return make (_ ("The machine ended unexpectedly. Start it again; its log tells more."), output, exit_text);
}
