/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* All work that makes machines and files, cancelled early and late, and on a disk that is full: nothing is left, and
 * what there was is as it was. */
#include "disks.h"
#include "library/durable-file.h"
#include "library/library.h"
#include "provision/create.h"
#include "provision/duplicate.h"
#include "provision/export.h"
#include "provision/import.h"

#include <glib/gstdio.h>
#include <string.h>

#define MIB (G_GUINT64_CONSTANT (1) << 20)

typedef struct
{
  char *place, *outside; /* folders */
  char *raw, *vdi;       /* disk images in OUTSIDE, of 8 MiB */
  char *machine;         /* a folder in PLACE, with a copy of RAW */
  char *archive, *ova;   /* of that one, in OUTSIDE */
  char *target;          /* what is there already, in OUTSIDE */
} Fixture;

typedef DioJob *(*MakeJob) (Fixture *self);

static DioJob *
import (Fixture *self, const char *path, DioImportMode mode)
{
  g_autoptr (DioDefinition) definition = dio_definition_new ("New", self->place);

  return dio_import_disks (definition, &path, 1, mode, DIO_DISK_BUS_SATA, self->place);
}

static DioJob *
make_copy (Fixture *self)
{
  return import (self, self->raw, DIO_IMPORT_COPY);
}

static DioJob *
make_converted (Fixture *self)
{
  return import (self, self->vdi, DIO_IMPORT_COPY);
}

static DioJob *
make_linked (Fixture *self)
{
  return import (self, self->raw, DIO_IMPORT_LINKED);
}

static DioJob *
make_empty (Fixture *self)
{
  const DioNewDisk disks[] = { { .size = 64 * MIB }, { .size = 64 * MIB } };
  g_autoptr (DioDefinition) definition = dio_definition_new ("New", self->place);

  return dio_create_machine (definition, disks, 2, self->place);
}

static DioJob *
make_duplicate (Fixture *self)
{
  return dio_duplicate_machine (self->machine, NULL, DIO_DUPLICATE_FULL, self->place);
}

static DioJob *
make_clone (Fixture *self)
{
  return dio_duplicate_machine (self->machine, NULL, DIO_DUPLICATE_LINKED, self->place);
}

static DioJob *
make_unpacked (Fixture *self)
{
  return dio_import_archive (self->archive, NULL, NULL, self->place);
}

static DioJob *
make_from_appliance (Fixture *self)
{
  return dio_import_appliance (self->ova, NULL, self->place);
}

static DioJob *
make_archive (Fixture *self)
{
  return dio_export_archive (self->machine, self->target);
}

static DioJob *
make_appliance (Fixture *self)
{
  return dio_export_appliance (self->machine, self->target);
}

static DioJob *
make_disk (Fixture *self)
{
  return dio_export_disk (self->machine, 0, "vhdx", self->target);
}

static const struct
{
  const char *name;
  MakeJob make;
  gboolean light; /* writes next to nothing */
} jobs[] = {
  { "copy", make_copy },           { "convert", make_converted },
  { "link", make_linked, TRUE },   { "create", make_empty, TRUE },
  { "duplicate", make_duplicate }, { "clone", make_clone, TRUE },
  { "unpack", make_unpacked },     { "from-appliance", make_from_appliance },
  { "archive", make_archive },     { "appliance", make_appliance },
  { "disk", make_disk },
};

static char *
run (DioJob *job)
{
  g_autoptr (GError) error = NULL;
  char *result = disks_run (job, &error);

  g_assert_no_error (error);
  return result;
}

static void
set_up (Fixture *self, gconstpointer data)
{
  self->place = disks_make_folder ("place");
  self->outside = disks_make_folder ("outside");
  self->raw = g_build_filename (self->outside, "raw", NULL);
  self->vdi = g_build_filename (self->outside, "vdi", NULL);
  self->archive = g_build_filename (self->outside, "archive", NULL);
  self->ova = g_build_filename (self->outside, "appliance.ova", NULL);
  self->target = g_build_filename (self->outside, "target", NULL);
  disks_fill (self->raw, 8 * MIB, 2);
  disks_qemu_img ((const char *const[]) { "convert", "-q", "-f", "raw", "-O", "vdi", self->raw, self->vdi, NULL });
  self->machine = run (make_copy (self));
  g_free (run (dio_export_archive (self->machine, self->archive)));
  g_free (run (dio_export_appliance (self->machine, self->ova)));
  g_assert_true (g_file_set_contents (self->target, "old", 3, NULL));
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_assert_true (dio_durable_remove_tree (self->place));
  g_assert_true (dio_durable_remove_tree (self->outside));
  g_free (self->place);
  g_free (self->outside);
  g_free (self->raw);
  g_free (self->vdi);
  g_free (self->machine);
  g_free (self->archive);
  g_free (self->ova);
  g_free (self->target);
}

static char *
list_all (Fixture *self)
{
  g_autofree char *place = disks_list (self->place);
  g_autofree char *outside = disks_list (self->outside);
  g_autofree char *path = g_build_filename (self->machine, DIO_DEFINITION_FILE, NULL);
  g_autofree char *definition = NULL;

  g_assert_true (g_file_get_contents (path, &definition, NULL, NULL));
  return g_strjoin ("\n", place, outside, definition, NULL);
}

/* Nothing but its result has come. */
static void
assert_done (Fixture *self, const char *name, const char *result)
{
  g_assert_nonnull (result);
  g_test_message ("%s was done before it was cancelled", name);
  if (g_str_equal (result, self->target))
    g_assert_true (g_file_set_contents (self->target, "old", 3, NULL));
  else
    g_assert_true (dio_durable_remove_tree (result));
}

static void
test_cancel (Fixture *self, gconstpointer data)
{
  static const double fractions[] = { -1, 0, 0.01, 0.3, 0.6, 0.9 };
  guint n_cancelled = 0;

  for (guint i = 0; i < G_N_ELEMENTS (jobs); i++)
    for (guint j = 0; j < G_N_ELEMENTS (fractions); j += jobs[i].light ? 3 : 1)
      {
        g_autofree char *before = list_all (self);
        g_autofree char *after = NULL;
        g_autofree char *result = NULL;
        g_autoptr (GError) error = NULL;

        result = disks_run_cancelled (jobs[i].make (self), fractions[j], &error);
        if (error == NULL)
          assert_done (self, jobs[i].name, result);
        else
          g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
        n_cancelled += error != NULL;
        /* A clone that was done has changed its original. */
        after = list_all (self);
        if (error != NULL || jobs[i].make != make_clone)
          g_assert_cmpstr (before, ==, after);
        g_assert_true (error != NULL || fractions[j] >= 0);
      }
  g_assert_cmpuint (n_cancelled, >=, G_N_ELEMENTS (jobs));
}

/* No file may grow beyond what is between nothing and all that is written. */
static void
test_full (Fixture *self, gconstpointer data)
{
  static const guint64 sizes[] = { 10, 3000, 300 * 1024, 2 * MIB };

  for (guint i = 0; i < G_N_ELEMENTS (jobs); i++)
    for (guint j = 0; j < (jobs[i].light ? 2 : G_N_ELEMENTS (sizes)); j++)
      {
        g_autofree char *before = list_all (self);
        g_autofree char *after = NULL;
        g_autofree char *result = NULL;
        g_autoptr (GError) error = NULL;

        disks_limit (sizes[j]);
        result = disks_run (jobs[i].make (self), &error);
        disks_limit (0);
        if (error == NULL)
          {
            assert_done (self, jobs[i].name, result);
            continue;
          }
        after = list_all (self);
        g_assert_cmpstr (before, ==, after);
        /* QEMU's driver for VMDK does not pass on what the file system says. */
        if (error->domain != G_IO_ERROR ||
            !(strstr (error->message, "full") || strstr (error->message, "room") ||
              strstr (error->message, "too big") ||
              (jobs[i].make == make_appliance && strstr (error->message, "Invalid argument"))))
          g_error ("%s, at %" G_GUINT64_FORMAT ": %s", jobs[i].name, sizes[j], error->message);
        g_assert_cmpuint (sizes[j], <, 8 * MIB);
      }
}

/* What is read is gone, or turns out to be something else. */
static void
test_source_gone (Fixture *self, gconstpointer data)
{
  g_autofree char *disk = g_build_filename (self->machine, "disk-1.img", NULL);
  const char *const gone[] = { self->raw, self->vdi, self->archive, self->ova, disk };

  for (guint i = 0; i < G_N_ELEMENTS (gone); i++)
    g_assert_cmpint (g_unlink (gone[i]), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (jobs); i++)
    {
      g_autofree char *before = list_all (self);
      g_autofree char *after = NULL;
      g_autofree char *result = NULL;
      g_autoptr (GError) error = NULL;

      if (jobs[i].make == make_empty || jobs[i].make == make_archive)
        continue;
      result = disks_run (jobs[i].make (self), &error);
      g_assert_null (result);
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
      after = list_all (self);
      g_assert_cmpstr (before, ==, after);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add ("/jobs/cancel", Fixture, NULL, set_up, test_cancel, tear_down);
  g_test_add ("/jobs/full", Fixture, NULL, set_up, test_full, tear_down);
  g_test_add ("/jobs/source-gone", Fixture, NULL, set_up, test_source_gone, tear_down);

  return g_test_run ();
}
