/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "cli/command.h"
#include "cli/machines.h"
#include "cli/progress.h"
#include "provision/export.h"

#include <glib/gi18n.h>
#include <string.h>

typedef struct
{
  const char *word;   /* as “--format” and a file's ending have it */
  const char *format; /* of a disk, as QEMU names it; NULL: of a whole machine */
} Format;

static const Format formats[] = {
  { "diorama", NULL }, { "ova", NULL },  { "qcow2", "qcow2" }, { "img", "raw" },   { "raw", "raw" },
  { "vmdk", "vmdk" },  { "vdi", "vdi" }, { "vhd", "vpc" },     { "vhdx", "vhdx" },
};

/* WORD: (nullable): FILE's ending decides. */
static const Format *
find_format (const char *word, const char *file)
{
  g_autofree char *base = g_path_get_basename (file);
  const char *dot = strrchr (base, '.');
  g_autofree char *wanted = g_ascii_strdown (word ? word : dot ? dot + 1 : "", -1);

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    if (g_str_equal (formats[i].word, wanted))
      return &formats[i];
  dio_command_warn (
      _ ("What is to be written? “--format” or the file's ending says it: “diorama”, “ova”, “qcow2”, “img”, "
         "“vmdk”, “vdi”, “vhd” or “vhdx”."));
  return NULL;
}

static DioJob *
new_job (DioLibraryMachine *machine, const Format *format, guint disk, const char *path)
{
  const char *folder = dio_library_machine_get_folder (machine);

  if (format->format)
    return dio_export_disk (folder, disk - 1, format->format, path);
  return g_str_equal (format->word, "ova") ? dio_export_appliance (folder, path) : dio_export_archive (folder, path);
}

int
dio_command_export (int argc, char **argv)
{
  int disk = 1;
  gboolean replace = FALSE;
  g_autofree char *word = NULL, *path = NULL;
  const GOptionEntry entries[] = {
    { "disk", 0, 0, G_OPTION_ARG_INT, &disk, N_ ("Which disk, where one is written (1)"), N_ ("N") },
    { "format", 0, 0, G_OPTION_ARG_STRING, &word, N_ ("What is written (as the file's ending says)"),
      N_ ("diorama|ova|qcow2|img|vmdk|vdi|vhd|vhdx") },
    { "replace", 0, 0, G_OPTION_ARG_NONE, &replace, N_ ("Replace FILE if it is there"), NULL },
    { 0 },
  };
  const DioUsage usage = {
    "export",
    N_ ("NAME|UUID FILE"),
    N_ ("Writes a machine that does not run into a file: an archive (.diorama), an appliance for "
        "other programs (.ova), or one of its disks."),
    NULL,
    2,
    2
  };
  g_auto (GStrv) operands = dio_usage_parse (&usage, entries, argc, argv, TRUE);
  g_autoptr (DioLibrary) library = NULL;
  g_autoptr (DioJob) job = NULL;
  DioLibraryMachine *machine;
  const Format *format;

  format = operands ? find_format (word, operands[1]) : NULL;
  if (!format)
    return DIO_EXIT_NOT_UNDERSTOOD;
  if (disk < 1)
    {
      dio_command_warn (_ ("Disks are counted from 1."));
      return DIO_EXIT_NOT_UNDERSTOOD;
    }
  library = dio_machines_load ();
  machine = dio_machines_find (library, operands[0]);
  if (!machine)
    return DIO_EXIT_NO_MACHINE;
  if (dio_machines_check_idle (machine) != DIO_EXIT_OK)
    return DIO_EXIT_STATE;
  path = g_canonicalize_filename (operands[1], NULL);
  if (!replace && g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_autofree char *shown = dio_command_dup_printable (path);

      dio_command_warn (_ ("“%s” is there already. Choose another name, or say “--replace”."), shown);
      return DIO_EXIT_FAILED;
    }
  job = new_job (machine, format, (guint) disk, path);
  return dio_progress_run (job);
}
