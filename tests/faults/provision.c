/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* The work that makes machines, on every bad day of a disk (faults.h), at each of its calls: the machine that there was
 * is never lost, nor what is on its disk; a new one is whole or not there; a file is the old or the new one. Each
 * attempt is a process of its own, which is this program again: PROGRAM --attempt OPERATION FAULT CALL PLACE. What
 * qemu-img does is not seen; see the unit tests for that. */
#include "faults.h"

#include "library/durable-file.h"
#include "library/library.h"
#include "provision/create.h"
#include "provision/duplicate.h"
#include "provision/export.h"
#include "provision/import.h"
#include "provision/unpack.h"

#include <archive.h>
#include <archive_entry.h>

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DISK_SIZE (1024 * 1024)
#define MAX_CALLS 400

/* How an attempt ended. */
enum
{
  DONE = 0,
  FAILED = 1, /* with a sentence */
};

static char *program;

/* --- the attempts --- */

static char *
in (const char *place, const char *name)
{
  return g_build_filename (place, name, NULL);
}

static DioJob *
make_import (const char *place, DioImportMode mode)
{
  g_autofree char *raw = in (place, "raw");
  g_autoptr (DioDefinition) definition = dio_definition_new (mode == DIO_IMPORT_COPY ? "New" : "First", place);

  return dio_import_disks (definition, (const char *[]) { raw }, 1, DIO_IMPORT_COPY, DIO_DISK_BUS_SATA, place);
}

static DioJob *
make_job (const char *operation, const char *place)
{
  g_autofree char *machine = in (place, "First.diorama");
  g_autofree char *archive = in (place, "archive");
  g_autofree char *target = in (place, "target");

  if (g_str_equal (operation, "first"))
    return make_import (place, DIO_IMPORT_LINKED);
  if (g_str_equal (operation, "import"))
    return make_import (place, DIO_IMPORT_COPY);
  if (g_str_equal (operation, "duplicate"))
    return dio_duplicate_machine (machine, "New", DIO_DUPLICATE_FULL, place);
  if (g_str_equal (operation, "clone"))
    return dio_duplicate_machine (machine, "New", DIO_DUPLICATE_LINKED, place);
  if (g_str_equal (operation, "unpack"))
    return dio_import_archive (archive, "New", NULL, place);
  if (g_str_equal (operation, "image"))
    {
      g_autofree char *packed = in (place, "packed.xz");

      return dio_unpack_new (packed, place);
    }
  return dio_export_archive (machine, g_str_equal (operation, "archive") ? archive : target);
}

static void
on_ended (DioJob *job, const GError *error, gboolean *ended)
{
  *ended = TRUE;
}

static int
attempt (const char *operation, DioFault fault, guint call, const char *place)
{
  g_autoptr (DioJob) job = make_job (operation, place);
  gboolean ended = FALSE;

  g_signal_connect (job, "ended", G_CALLBACK (on_ended), &ended);
  dio_faults_arm (place, fault, call);
  dio_job_start (job);
  while (!ended)
    g_main_context_iteration (NULL, TRUE);
  if (fault == DIO_FAULT_NONE)
    g_print ("%u\n", dio_faults_count ());
  if (dio_job_get_error (job) == NULL)
    return DONE;
  /* A sentence, with what to do next. */
  g_assert_cmpint ((int) dio_job_get_error (job)->domain, ==, (int) G_IO_ERROR);
  g_assert_true (g_str_has_suffix (dio_job_get_error (job)->message, "."));
  return FAILED;
}

/* Returns: how it ended; DIO_FAULTS_EXIT: it was killed. */
static int
spawn (const char *operation, DioFault fault, guint call, const char *place, guint *ret_calls)
{
  g_autofree char *kind = g_strdup_printf ("%d", (int) fault);
  g_autofree char *number = g_strdup_printf ("%u", call);
  const char *argv[] = { program, "--attempt", operation, kind, number, place, NULL };
  g_autofree char *output = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &output, NULL, &status, &error);
  g_assert_no_error (error);
  if (ret_calls != NULL)
    *ret_calls = (guint) strtoul (output, NULL, 10);
  if (!WIFEXITED (status) ||
      (WEXITSTATUS (status) != DONE && WEXITSTATUS (status) != FAILED && WEXITSTATUS (status) != DIO_FAULTS_EXIT))
    g_error ("%s, %s at call %u: ended with %x", operation, dio_faults_name (fault), call, (guint) status);
  return WEXITSTATUS (status);
}

/* --- what there is after --- */

static void
check_file_content (const char *path, const char *raw)
{
  g_autofree char *content = NULL;
  g_autofree char *wanted = NULL;
  gsize length, wanted_length;

  g_assert_true (g_file_get_contents (path, &content, &length, NULL));
  g_assert_true (g_file_get_contents (raw, &wanted, &wanted_length, NULL));
  g_assert_cmpmem (content, length, wanted, wanted_length);
}

static DioDefinition *
load (const char *folder)
{
  g_autofree char *path = in (folder, DIO_DEFINITION_FILE);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) text = dio_durable_read (path, DIO_DEFINITION_MAX, NULL, path, &error);
  DioDefinition *definition;

  g_assert_no_error (error);
  definition = dio_definition_parse (text, folder, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (dio_machine_config_get_n_disks (dio_definition_get_config (definition)), ==, 1);
  return definition;
}

/* What one machine writes is nothing that the other reads. */
static void
check_apart (const char *folder, const char *other)
{
  g_autoptr (DioDefinition) writes = load (folder);
  g_autoptr (DioDefinition) reads = load (other);
  const DioDisk *disk = dio_machine_config_get_disk (dio_definition_get_config (reads), 0);
  struct stat written, read;

  g_assert_cmpint (g_stat (dio_machine_config_get_disk (dio_definition_get_config (writes), 0)->path, &written), ==, 0);
  g_assert_cmpint (g_stat (disk->path, &read), ==, 0);
  g_assert_cmpuint (written.st_ino, !=, read.st_ino);
  for (guint i = 0; disk->layers != NULL && disk->layers[i] != NULL; i += 2)
    {
      g_assert_cmpint (g_stat (disk->layers[i], &read), ==, 0);
      g_assert_cmpuint (written.st_ino, !=, read.st_ino);
    }
}

/* The lowest of its layers has all that was on the disk; what is above is there, and is what it should be. */
static void
check_machine (const char *folder, const char *raw)
{
  g_autoptr (DioDefinition) definition = load (folder);
  const DioDisk *disk;
  guint n;

  disk = dio_machine_config_get_disk (dio_definition_get_config (definition), 0);
  n = disk->layers != NULL ? g_strv_length (disk->layers) : 0;
  check_file_content (n > 0 ? disk->layers[n - 2] : disk->path, raw);
  if (n > 0)
    {
      g_autofree char *content = NULL;
      gsize length;

      g_assert_true (g_file_get_contents (disk->path, &content, &length, NULL));
      g_assert_cmpuint (length, >=, 192 * 1024);
      g_assert_cmpmem (content, 4, "QFI\xfb", 4);
    }
}

static gboolean
check_place (const char *place, const char *operation, DioFault fault, guint call, int how)
{
  g_autofree char *raw = in (place, "raw");
  g_autofree char *first = in (place, "First.diorama");
  g_autofree char *new = in (place, "New.diorama");
  g_autofree char *target = in (place, "target");
  g_autofree char *unpacked = in (place, "packed");
  g_autofree char *content = NULL;
  g_autoptr (GDir) dir = g_dir_open (place, 0, NULL);
  const char *name;
  gsize length;

  g_test_message ("%s, %s at call %u: %s", operation, dio_faults_name (fault), call,
                  how == DONE     ? "done"
                  : how == FAILED ? "failed"
                                  : "killed");
  check_machine (first, raw);
  if (g_file_test (new, G_FILE_TEST_EXISTS))
    {
      check_machine (new, raw);
      check_apart (first, new);
      check_apart (new, first);
    }
  else
    g_assert_true (how != DONE || g_str_equal (operation, "pack") || g_str_equal (operation, "image"));
  if (g_file_test (unpacked, G_FILE_TEST_EXISTS))
    check_file_content (unpacked, raw);
  else
    g_assert_true (how != DONE || !g_str_equal (operation, "image"));
  g_assert_true (g_file_get_contents (target, &content, &length, NULL));
  if (!g_str_equal (content, "old"))
    g_assert_cmpmem (content, 4, "\x28\xb5\x2f\xfd", 4);
  else
    g_assert_true (how != DONE || !g_str_equal (operation, "pack"));
  /* What is not whole has no name that anybody looks at; without a fault in removing it, it is not there at all. */
  while ((name = g_dir_read_name (dir)) != NULL)
    if (!g_str_equal (name, "raw") && !g_str_equal (name, "archive") && !g_str_equal (name, "target") &&
        !g_str_equal (name, "First.diorama") && !g_str_equal (name, "New.diorama") &&
        !g_str_equal (name, "packed.xz") && !g_str_equal (name, "packed"))
      {
        g_assert_cmpint (*name, ==, '.');
        g_assert_true (fault != DIO_FAULT_NO_SPACE);
      }
  return TRUE;
}

/* --- all of them --- */

static void
pack (const char *path, const char *content, gsize length)
{
  struct archive *archive = archive_write_new ();
  struct archive_entry *entry = archive_entry_new ();

  g_assert_cmpint (archive_write_set_format_raw (archive), ==, ARCHIVE_OK);
  g_assert_cmpint (archive_write_add_filter_xz (archive), ==, ARCHIVE_OK);
  g_assert_cmpint (archive_write_open_filename (archive, path), ==, ARCHIVE_OK);
  archive_entry_set_filetype (entry, AE_IFREG);
  g_assert_cmpint (archive_write_header (archive, entry), ==, ARCHIVE_OK);
  g_assert_cmpint (archive_write_data (archive, content, length), ==, (la_ssize_t) length);
  archive_entry_free (entry);
  g_assert_cmpint (archive_write_free (archive), ==, ARCHIVE_OK);
}

static char *
make_place (void)
{
  g_autofree char *folder = g_build_filename (g_get_user_cache_dir (), "place", NULL);
  char *place;
  g_autofree char *raw = NULL;
  g_autofree char *target = NULL;
  g_autofree char *packed = NULL;
  g_autofree char *content = g_malloc (DISK_SIZE);

  dio_durable_remove_tree (folder);
  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  place = realpath (folder, NULL);
  raw = in (place, "raw");
  target = in (place, "target");
  for (guint i = 0; i < DISK_SIZE; i++)
    content[i] = (char) (i * 7 + i / 512);
  memcpy (content + 510, "\x55\xaa", 2);
  g_assert_true (g_file_set_contents (raw, content, DISK_SIZE, NULL));
  g_assert_true (g_file_set_contents (target, "old", 3, NULL));
  packed = in (place, "packed.xz");
  pack (packed, content, DISK_SIZE);
  g_assert_cmpint (spawn ("first", DIO_FAULT_NONE, 0, place, NULL), ==, DONE);
  g_assert_cmpint (spawn ("archive", DIO_FAULT_NONE, 0, place, NULL), ==, DONE);
  return place;
}

static void
restore_place (const char *place, const char *saved)
{
  g_autofree char *command = g_strdup_printf ("rm -rf '%s' && cp -a --sparse=always '%s' '%s'", place, saved, place);

  g_assert_cmpint (system (command), ==, 0);
}

static void
test_operation (gconstpointer data)
{
  static const DioFault faults[] = { DIO_FAULT_KILL,     DIO_FAULT_CUT,    DIO_FAULT_CUT_NAMES,
                                     DIO_FAULT_NO_SPACE, DIO_FAULT_DENIED, DIO_FAULT_ERROR };
  const char *operation = data;
  g_autofree char *place = make_place ();
  g_autofree char *saved = g_strconcat (place, ".saved", NULL);
  guint n_calls = 0, n_attempts = 0;
  /* One of several calls, another one for each fault; an attempt at a clone runs qemu-img four times. */
  guint step = g_str_equal (operation, "clone") ? 4 : 2;

  restore_place (saved, place);
  g_assert_cmpint (spawn (operation, DIO_FAULT_NONE, 0, place, &n_calls), ==, DONE);
  check_place (place, operation, DIO_FAULT_NONE, 0, DONE);
  g_assert_cmpuint (n_calls, >, 5);
  g_assert_cmpuint (n_calls, <, MAX_CALLS);
  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    for (guint call = 1 + i % step; call <= n_calls; call += step)
      {
        int how;

        restore_place (place, saved);
        how = spawn (operation, faults[i], call, place, NULL);
        check_place (place, operation, faults[i], call, how);
        n_attempts++;
      }
  g_test_message ("%s: %u calls, %u attempts", operation, n_calls, n_attempts);
  dio_durable_remove_tree (saved);
  dio_durable_remove_tree (place);
}

int
main (int argc, char **argv)
{
  static const char *const operations[] = { "import", "duplicate", "clone", "pack", "unpack", "image" };

  if (argc == 6 && g_str_equal (argv[1], "--attempt"))
    return attempt (argv[2], (DioFault) atoi (argv[3]), (guint) atoi (argv[4]), argv[5]);

  program = realpath (argv[0], NULL);
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (operations); i++)
    {
      g_autofree char *path = g_strconcat ("/faults/", operations[i], NULL);

      g_test_add_data_func (path, operations[i], test_operation);
    }
  return g_test_run ();
}
