/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "disks.h"
#include "library/durable-file.h"
#include "library/folder-lock.h"
#include "library/library.h"
#include "provision/archive-file.h"
#include "provision/create.h"
#include "provision/disk-tool.h"
#include "provision/duplicate.h"
#include "provision/export.h"
#include "provision/import-machine.h"
#include "provision/install.h"
#include "provision/new-file.h"
#include "provision/new-machine.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utime.h>

#define MIB (G_GUINT64_CONSTANT (1) << 20)

typedef struct
{
  char *place, *outside; /* folders */
  char *raw;             /* a disk image in OUTSIDE, of 8 MiB */
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->place = disks_make_folder ("place");
  self->outside = disks_make_folder ("out side");
  self->raw = g_build_filename (self->outside, "disk.img", NULL);
  disks_fill (self->raw, 8 * MIB, 5);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_assert_true (dio_durable_remove_tree (self->place));
  g_assert_true (dio_durable_remove_tree (self->outside));
  g_free (self->place);
  g_free (self->outside);
  g_free (self->raw);
}

static DioDefinition *
load (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, DIO_DEFINITION_FILE, NULL);
  g_autoptr (GBytes) text = dio_durable_read (path, DIO_DEFINITION_MAX, NULL, "", NULL);
  g_autoptr (GError) error = NULL;
  DioDefinition *definition;

  g_assert_nonnull (text);
  definition = dio_definition_parse (text, folder, &error);
  g_assert_no_error (error);
  return definition;
}

static const DioDisk *
get_disk (DioDefinition *definition, guint i)
{
  DioMachineConfig *config = dio_definition_get_config (definition);

  g_assert_cmpuint (dio_machine_config_get_n_disks (config), >, i);
  return dio_machine_config_get_disk (config, i);
}

static const char *
get_uuid (DioDefinition *definition)
{
  return dio_machine_config_get_uuid (dio_definition_get_config (definition));
}

static char *
run (DioJob *job)
{
  g_autoptr (GError) error = NULL;
  char *result = disks_run (job, &error);

  g_assert_no_error (error);
  g_assert_nonnull (result);
  return result;
}

/* A machine with the disk RAW as a copy. Returns: its folder. */
static char *
make_machine (Fixture *self, const char *name, DioImportMode mode)
{
  g_autoptr (DioDefinition) definition = dio_definition_new (name, self->place);

  g_object_set (dio_definition_get_config (definition), "firmware", DIO_FIRMWARE_UEFI, "tpm", TRUE, "cpus", 3, "memory",
                1536, NULL);
  return run (
      dio_import_disks (definition, (const char *const *) &self->raw, 1, mode, DIO_DISK_BUS_VIRTIO, self->place));
}

static void
assert_same (const DioDisk *a, const char *b, const char *b_format)
{
  g_autofree char *folder = g_path_get_dirname (b);
  g_autofree char *flat = g_build_filename (folder, "flat", NULL);
  g_autoptr (GError) error = NULL;

  dio_disk_convert (a, flat, "raw", DIO_DISK_CONVERT_PLAIN, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  disks_assert_same (flat, "raw", b, b_format);
  g_unlink (flat);
}

static void
assert_sentence (const GError *error, int code, const char *word)
{
  g_assert_error (error, G_IO_ERROR, code);
  if (!strstr (error->message, word))
    g_error ("“%s” is not in: %s", word, error->message);
}

static void
write_into (const DioDisk *disk, const char *pattern)
{
  disks_qemu_img ((const char *const[]) { "bench", "-q", "-w", "-c", "8", "-s", "65536", "-S", "65536", "--pattern",
                                          pattern, "-t", "writeback", "-f", disk->format, disk->path, NULL });
}

/* --- making --- */

static void
test_create (Fixture *self, gconstpointer data)
{
  const DioNewDisk disks[] = { { .size = 64 * MIB, .bus = DIO_DISK_BUS_NVME }, { .size = 32 * MIB } };
  g_autoptr (DioDefinition) template = dio_definition_new ("A / 🦀", self->place);
  g_autoptr (DioDefinition) made = NULL;
  g_autofree char *iso = g_build_filename (self->place, "cd.iso", NULL);
  g_autofree char *folder = NULL;
  DioDiskInfo info;

  dio_machine_config_add_cdrom (dio_definition_get_config (template), iso);
  folder = run (dio_create_machine (template, disks, 2, self->place));
  g_assert_true (g_str_has_suffix (folder, "🦀.diorama"));
  made = load (folder);
  g_assert_cmpstr (get_uuid (made), ==, get_uuid (template));
  g_assert_cmpint (get_disk (made, 0)->bus, ==, DIO_DISK_BUS_NVME);
  g_assert_cmpstr (get_disk (made, 2)->path, ==, iso);
  g_assert_true (dio_disk_info (get_disk (made, 1), &info, NULL, NULL));
  g_assert_cmpuint (info.size, ==, 32 * MIB);
}

/* --- bringing in --- */

static void
test_import_copy (Fixture *self, gconstpointer data)
{
  static const char *const formats[] = { "raw", "qcow2", "vmdk", "vdi", "vhdx", "vpc" };

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      g_autofree char *path = g_strdup_printf ("%s/image.%u", self->outside, i);
      g_autoptr (DioDefinition) template = dio_definition_new (formats[i], self->place);
      g_autoptr (DioDefinition) made = NULL;
      g_autofree char *folder = NULL;
      DioImportKind kind;

      disks_qemu_img ((const char *const[]) { "convert", "-q", "-f", "raw", "-O", formats[i], self->raw, path, NULL });
      g_assert_true (dio_import_recognise (path, &kind, NULL));
      g_assert_cmpint (kind, ==, DIO_IMPORT_DISK);
      folder = run (
          dio_import_disks (template, (const char *[]) { path }, 1, DIO_IMPORT_COPY, DIO_DISK_BUS_SATA, self->place));
      made = load (folder);
      g_assert_true (g_str_has_prefix (get_disk (made, 0)->path, folder));
      g_assert_cmpstr (get_disk (made, 0)->format, ==, i == 0 ? "raw" : "qcow2");
      if (!g_str_equal (formats[i], "vpc")) /* rounds to cylinders */
        assert_same (get_disk (made, 0), self->raw, "raw");
    }
}

static void
test_import_in_place (Fixture *self, gconstpointer data)
{
  g_autofree char *folder = make_machine (self, "In place", DIO_IMPORT_IN_PLACE);
  g_autoptr (DioDefinition) made = load (folder);
  g_autoptr (GError) error = NULL;
  g_autoptr (DioDefinition) template = dio_definition_new ("Again", self->place);

  g_assert_cmpstr (get_disk (made, 0)->path, ==, self->raw);
  g_assert_cmpstr (get_disk (made, 0)->format, ==, "raw");
  g_unlink (self->raw);
  g_assert_null (disks_run (dio_import_disks (template, (const char *const *) &self->raw, 1, DIO_IMPORT_IN_PLACE,
                                              DIO_DISK_BUS_SATA, self->place),
                            &error));
  assert_sentence (error, G_IO_ERROR_NOT_FOUND, "disk.img");
}

static void
test_import_linked (Fixture *self, gconstpointer data)
{
  g_autofree char *folder = make_machine (self, "Linked", DIO_IMPORT_LINKED);
  g_autoptr (DioDefinition) made = load (folder);
  g_autofree char *copy = g_strconcat (self->raw, ".copy", NULL);

  disks_fill (copy, 8 * MIB, 5);
  assert_same (get_disk (made, 0), self->raw, "raw");
  g_assert_cmpstr (get_disk (made, 0)->layers[0], ==, self->raw);
  write_into (get_disk (made, 0), "3");
  disks_assert_same (self->raw, "raw", copy, "raw");
}

/* As the sheet has it: a disk with all that it is written over. */
static char *
make_layered (Fixture *self, DioImportMode mode)
{
  g_autofree char *top = g_build_filename (self->outside, "top.qcow2", NULL);
  char *layers[] = { self->raw, (char *) "raw", NULL };
  g_autoptr (DioMachineConfig) config = dio_machine_config_new ("Layered");
  g_autoptr (GPtrArray) disks = g_ptr_array_new ();
  g_autoptr (DioDefinition) definition = NULL;
  g_autoptr (GError) error = NULL;
  DioDisk disk = { .path = top, .format = (char *) "qcow2", .bus = DIO_DISK_BUS_SATA, .layers = layers };

  g_unlink (top);
  dio_disk_create (top, "qcow2", 0, (const char *const *) layers, NULL, &error);
  g_assert_no_error (error);
  g_ptr_array_add (disks, &disk);
  dio_machine_config_set_disks (config, disks);
  dio_machine_config_add_cdrom (config, self->raw);
  definition = dio_definition_new_loose (config);
  return run (dio_import_machine (definition, mode, self->place));
}

/* What the dialog “New Machine” makes of a disk image: the machine has it, a copy of it, or what it changes of it. */
static void
test_install_image (Fixture *self, gconstpointer data)
{
  for (DioImageUse use = DIO_IMAGE_IN_PLACE; use <= DIO_IMAGE_LINK; use++)
    {
      g_autofree char *name = g_strdup_printf ("use %d", use);
      g_autoptr (DioDefinition) definition = dio_definition_new (name, "/");
      const DioInstall install = { .definition = definition,
                                   .place = self->place,
                                   .bus = DIO_DISK_BUS_NVME,
                                   .image = self->raw,
                                   .image_format = "raw",
                                   .image_use = use };
      g_autofree char *folder = run (dio_install_machine (&install));
      g_autoptr (DioDefinition) made = load (folder);
      const DioDisk *disk = get_disk (made, 0);
      g_autofree char *own = g_build_filename (folder, "disk-1.qcow2", NULL);

      g_assert_cmpstr (disk->path, ==, use == DIO_IMAGE_IN_PLACE ? self->raw : own);
      g_assert_cmpint (disk->bus, ==, DIO_DISK_BUS_NVME);
      g_assert_true ((disk->layers != NULL) == (use == DIO_IMAGE_LINK));
      if (disk->layers)
        g_assert_cmpstr (disk->layers[0], ==, self->raw);
      assert_same (disk, self->raw, "raw");
    }
}

static void
test_import_machine (Fixture *self, gconstpointer data)
{
  g_autofree char *top = g_build_filename (self->outside, "top.qcow2", NULL);
  g_autofree char *in_place = make_layered (self, DIO_IMPORT_IN_PLACE);
  g_autofree char *copy = make_layered (self, DIO_IMPORT_COPY);
  g_autofree char *linked = make_layered (self, DIO_IMPORT_LINKED);
  g_autoptr (DioDefinition) a = load (in_place), b = load (copy), c = load (linked);

  g_assert_cmpstr (get_disk (a, 0)->path, ==, top);
  g_assert_cmpstr (get_disk (a, 0)->layers[0], ==, self->raw);
  g_assert_true (g_str_has_prefix (get_disk (b, 0)->path, copy));
  g_assert_null (get_disk (b, 0)->layers);
  assert_same (get_disk (b, 0), self->raw, "raw");
  g_assert_true (g_str_has_prefix (get_disk (c, 0)->path, linked));
  g_assert_cmpstr (get_disk (c, 0)->layers[0], ==, top);
  g_assert_cmpstr (get_disk (c, 0)->layers[2], ==, self->raw);
  assert_same (get_disk (c, 0), self->raw, "raw");
  g_assert_true (get_disk (b, 1)->cdrom);
  g_assert_cmpstr (get_disk (b, 1)->path, ==, self->raw);
}

/* --- duplicates --- */

static void
test_duplicate (Fixture *self, gconstpointer data)
{
  g_autofree char *folder = make_machine (self, "First", DIO_IMPORT_COPY);
  g_autofree char *vars = g_build_filename (folder, "uefi-vars.qcow2", NULL);
  g_autofree char *secure = g_build_filename (folder, "uefi-vars-secure.qcow2", NULL);
  g_autofree char *tpm = g_build_filename (folder, "tpm", NULL);
  g_autofree char *state = g_build_filename (tpm, "tpm2-00.permall", NULL);
  g_autoptr (DioDefinition) first = load (folder);
  g_autoptr (DioDefinition) second = NULL;
  g_autofree char *copy = NULL;
  g_autofree char *copied_state = NULL;
  g_autofree char *mac = NULL;
  g_autofree char *copied_mac = NULL;

  g_assert_cmpstr (dio_machine_config_get_uefi_vars (dio_definition_get_config (first)), ==, vars);
  g_assert_true (g_file_set_contents (vars, "vars", -1, NULL));
  g_assert_true (g_file_set_contents (secure, "secure", -1, NULL));
  g_assert_cmpint (g_mkdir (tpm, 0700), ==, 0);
  g_assert_true (g_file_set_contents (state, "tpm", -1, NULL));

  copy = run (dio_duplicate_machine (folder, NULL, DIO_DUPLICATE_FULL, self->place));
  second = load (copy);
  g_assert_cmpstr (get_uuid (first), !=, get_uuid (second));
  mac = dio_machine_config_dup_mac (dio_definition_get_config (first));
  copied_mac = dio_machine_config_dup_mac (dio_definition_get_config (second));
  g_assert_cmpstr (mac, !=, copied_mac);
  g_assert_true (g_str_has_prefix (get_disk (second, 0)->path, copy));
  assert_same (get_disk (second, 0), self->raw, "raw");
  copied_state = g_build_filename (copy, "tpm/tpm2-00.permall", NULL);
  g_assert_true (disks_contains (copied_state, "tpm"));
  g_assert_true (disks_contains (dio_machine_config_get_uefi_vars (dio_definition_get_config (second)), "vars"));
  g_free (copied_state);
  copied_state = g_build_filename (copy, "uefi-vars-secure.qcow2", NULL);
  g_assert_true (disks_contains (copied_state, "secure"));
  write_into (get_disk (second, 0), "3");
  assert_same (get_disk (first, 0), self->raw, "raw");
}

/* Both write, neither sees it of the other; either can go. A clone of a clone is as good. */
static void
test_linked_clone (Fixture *self, gconstpointer data)
{
  g_autofree char *folder = make_machine (self, "First", DIO_IMPORT_COPY);
  g_autofree char *copy = run (dio_duplicate_machine (folder, "Clone", DIO_DUPLICATE_LINKED, self->place));
  g_autofree char *third = run (dio_duplicate_machine (copy, NULL, DIO_DUPLICATE_LINKED, self->place));
  g_autoptr (DioDefinition) first = load (folder);
  g_autoptr (DioDefinition) second = load (copy);
  g_autoptr (DioDefinition) last = load (third);
  g_autoptr (DioDefinition) written = NULL;
  g_autofree char *fourth = NULL;
  const DioDisk *disks[] = { get_disk (first, 0), get_disk (second, 0), get_disk (last, 0) };
  struct stat status;

  /* The clone had nothing of its own when it was cloned: no further layer came. */
  for (guint i = 0; i < 3; i++)
    g_assert_cmpuint (g_strv_length (disks[i]->layers), ==, 2);
  for (guint i = 0; i < 3; i++)
    {
      assert_same (disks[i], self->raw, "raw");
      for (guint j = 0; disks[i]->layers[j] != NULL; j += 2)
        {
          g_assert_cmpint (g_stat (disks[i]->layers[j], &status), ==, 0);
          g_assert_cmpint (status.st_mode & 0222, ==, 0);
          g_assert_true (g_str_has_prefix (disks[i]->layers[j], i == 0 ? folder : i == 1 ? copy : third));
        }
    }
  write_into (disks[0], "1");
  write_into (disks[1], "2");
  assert_same (disks[2], self->raw, "raw");
  fourth = run (dio_duplicate_machine (copy, NULL, DIO_DUPLICATE_LINKED, self->place));
  written = load (fourth);
  g_assert_cmpuint (g_strv_length (get_disk (written, 0)->layers), ==, 4);
  g_assert_true (disks_contains (get_disk (written, 0)->layers[0], "\2\2\2\2\2\2\2\2"));
  g_assert_true (dio_durable_remove_tree (folder));
  assert_same (disks[2], self->raw, "raw");
  g_assert_true (dio_durable_remove_tree (copy));
  assert_same (disks[2], self->raw, "raw");
}

/* FOLDER's disk is elsewhere, and in the folder a link to it that leads there from the folder only. */
static void
link_disk (Fixture *self, const char *folder)
{
  g_autoptr (DioDefinition) definition = load (folder);
  const char *path = get_disk (definition, 0)->path;
  g_autofree char *name = g_path_get_basename (path), *base = g_path_get_basename (self->outside);
  g_autofree char *target = g_build_filename ("..", "..", base, name, NULL);
  g_autofree char *moved = g_build_filename (self->outside, name, NULL);

  g_assert_cmpint (g_rename (path, moved), ==, 0);
  g_assert_cmpint (symlink (target, path), ==, 0);
}

/* A link is no disk: what it leads to is taken along. */
static void
test_link (Fixture *self, gconstpointer data)
{
  static const DioDuplicateKind kinds[] = { DIO_DUPLICATE_FULL, DIO_DUPLICATE_LINKED };
  g_autofree char *folder = make_machine (self, "First", DIO_IMPORT_COPY);
  g_autofree char *deep = g_build_filename (self->place, "deeper", NULL), *back = NULL, *exported = NULL;
  g_autofree char *path = g_build_filename (self->outside, "out.diorama", NULL);
  g_autoptr (DioDefinition) made = NULL;

  link_disk (self, folder);
  g_assert_cmpint (g_mkdir (deep, 0700), ==, 0);
  exported = run (dio_export_archive (folder, path));
  back = run (dio_import_archive (path, NULL, NULL, deep));
  made = load (back);
  assert_same (get_disk (made, 0), self->raw, "raw");
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autofree char *copy = run (dio_duplicate_machine (folder, NULL, kinds[i], deep));
      g_autoptr (DioDefinition) definition = load (copy);

      assert_same (get_disk (definition, 0), self->raw, "raw");
    }
}

/* What is frozen stays that on another drive. */
static void
test_frozen (Fixture *self, gconstpointer data)
{
  g_autofree char *folder = make_machine (self, "First", DIO_IMPORT_COPY);
  g_autofree char *clone = run (dio_duplicate_machine (folder, "Clone", DIO_DUPLICATE_LINKED, self->place));
  g_autofree char *drive = g_strdup ("/dev/shm/diorama-XXXXXX"), *copy = NULL;
  g_autoptr (DioDefinition) definition = NULL;
  struct stat here, there;

  if (!g_mkdtemp (drive) || g_stat (drive, &there) < 0 || g_stat (self->place, &here) < 0 ||
      here.st_dev == there.st_dev)
    {
      g_test_skip ("/dev/shm is no other drive than that of temporary files");
      g_rmdir (drive);
      return;
    }
  copy = run (dio_duplicate_machine (clone, NULL, DIO_DUPLICATE_FULL, drive));
  definition = load (copy);
  g_assert_cmpint (g_stat (get_disk (definition, 0)->layers[0], &here), ==, 0);
  g_assert_cmpint (here.st_dev, ==, there.st_dev);
  g_assert_cmpint (here.st_mode & 0222, ==, 0);
  assert_same (get_disk (definition, 0), self->raw, "raw");
  g_assert_true (dio_durable_remove_tree (drive));
}

static void
test_duplicate_running (Fixture *self, gconstpointer data)
{
  g_autofree char *folder = make_machine (self, "First", DIO_IMPORT_COPY);
  g_autoptr (DioFolderLock) lock = dio_folder_lock_take (folder, DIO_LOCK_USE, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (lock);
  g_assert_null (disks_run (dio_duplicate_machine (folder, NULL, DIO_DUPLICATE_LINKED, self->place), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
}

/* --- out and in again --- */

static void
test_archive (Fixture *self, gconstpointer data)
{
  g_autofree char *folder = make_machine (self, "Pack “me” 🦀", DIO_IMPORT_COPY);
  g_autofree char *path = g_build_filename (self->outside, "out.diorama", NULL);
  g_autofree char *back = NULL;
  g_autofree char *again = NULL;
  g_autoptr (DioDefinition) first = load (folder);
  g_autoptr (DioDefinition) second = NULL;
  g_autoptr (DioDefinition) third = NULL;
  const char *taken[] = { get_uuid (first), NULL };
  DioImportKind kind;
  g_autofree char *result = NULL;

  g_assert_true (g_file_set_contents (path, "old", -1, NULL));
  result = run (dio_export_archive (folder, path));
  g_assert_cmpstr (result, ==, path);
  g_assert_true (dio_import_recognise (path, &kind, NULL));
  g_assert_cmpint (kind, ==, DIO_IMPORT_ARCHIVE);

  back = run (dio_import_archive (path, NULL, NULL, self->place));
  second = load (back);
  g_assert_cmpstr (get_uuid (first), ==, get_uuid (second));
  assert_same (get_disk (second, 0), self->raw, "raw");
  g_assert_cmpuint (dio_machine_config_get_cpus (dio_definition_get_config (second)), ==, 3);
  again = run (dio_import_archive (path, "Other", taken, self->place));
  third = load (again);
  g_assert_cmpstr (get_uuid (first), !=, get_uuid (third));
  g_assert_cmpstr (dio_machine_config_get_name (dio_definition_get_config (third)), ==, "Other");
}

/* What the machine has elsewhere is in the archive; what is this computer's alone is not. */
static void
test_archive_outside (Fixture *self, gconstpointer data)
{
  g_autofree char *path = g_build_filename (self->outside, "out.diorama", NULL);

  for (DioImportMode mode = DIO_IMPORT_IN_PLACE; mode <= DIO_IMPORT_LINKED; mode++)
    {
      g_autofree char *folder = make_machine (self, "Elsewhere", mode);
      g_autofree char *back = NULL;
      g_autoptr (DioDefinition) made = NULL;
      g_autofree char *result = run (dio_export_archive (folder, path));

      back = run (dio_import_archive (path, NULL, NULL, self->place));
      made = load (back);
      g_assert_true (g_str_has_prefix (get_disk (made, 0)->path, back));
      g_assert_null (get_disk (made, 0)->layers);
      assert_same (get_disk (made, 0), self->raw, "raw");
    }
}

/* What an export leaves that was killed goes with the next one to that folder; what somebody may write stays. */
static void
test_remains (Fixture *self, gconstpointer data)
{
  g_autofree char *path = g_build_filename (self->outside, "x.ova", NULL);
  g_autofree char *old = g_build_filename (self->outside, ".diorama-1-1-0123abcd.part", NULL);
  g_autofree char *fresh = g_build_filename (self->outside, ".diorama-1-2-0123abcd.part", NULL);
  g_autofree char *strange = g_build_filename (self->outside, ".diorama-notes.part", NULL);
  g_autofree char *dead = NULL, *folder = make_machine (self, "First", DIO_IMPORT_COPY), *result = NULL;
  g_autoptr (DioNewFile) own = dio_new_file_new (path);
  const struct utimbuf yesterday = { time (NULL) - 90000, time (NULL) - 90000 };
  int ends[2], status;
  char name[4096] = "";
  pid_t pid;

  g_assert_cmpint (pipe (ends), ==, 0);
  pid = fork ();
  if (pid == 0)
    {
      const char *made = dio_new_file_get_path (dio_new_file_new (path));

      _exit (write (ends[1], made, strlen (made)) < 0);
    }
  g_assert_cmpint (read (ends[0], name, sizeof name - 1), >, 0);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  dead = g_strdup (name);
  g_assert_cmpstr (dead, !=, dio_new_file_get_path (own));
  for (guint i = 0; i < 5; i++)
    g_assert_true (g_file_set_contents ((const char *[]) { dead, old, fresh, strange, dio_new_file_get_path (own) }[i],
                                        "x", 1, NULL));
  g_assert_cmpint (utime (old, &yesterday), ==, 0);
  g_assert_cmpint (utime (strange, &yesterday), ==, 0);
  result = run (dio_export_appliance (folder, path));
  g_assert_false (g_file_test (dead, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (old, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (fresh, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (strange, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (dio_new_file_get_path (own), G_FILE_TEST_EXISTS));
  close (ends[0]);
  close (ends[1]);
}

static void
test_appliance (Fixture *self, gconstpointer data)
{
  g_autofree char *folder = make_machine (self, "To others & <co>", DIO_IMPORT_COPY);
  g_autofree char *path = g_build_filename (self->outside, "out.ova", NULL);
  g_autofree char *result = run (dio_export_appliance (folder, path));
  g_autofree char *back = NULL;
  g_autoptr (DioDefinition) made = NULL;
  DioMachineConfig *config;
  DioImportKind kind;

  g_assert_true (dio_import_recognise (path, &kind, NULL));
  g_assert_cmpint (kind, ==, DIO_IMPORT_APPLIANCE);
  back = run (dio_import_appliance (path, NULL, self->place));
  made = load (back);
  config = dio_definition_get_config (made);
  g_assert_cmpstr (dio_machine_config_get_name (config), ==, "To others & <co>");
  g_assert_cmpuint (dio_machine_config_get_cpus (config), ==, 3);
  g_assert_cmpuint (dio_machine_config_get_memory (config), ==, 1536);
  g_assert_cmpint (dio_machine_config_get_firmware (config), ==, DIO_FIRMWARE_UEFI);
  g_assert_cmpint (dio_machine_config_get_network (config), ==, DIO_NETWORK_NAT);
  g_assert_cmpint (get_disk (made, 0)->bus, ==, DIO_DISK_BUS_SATA);
  assert_same (get_disk (made, 0), self->raw, "raw");
}

/* A disk that nothing was written to is tables and the end of a stream, without which VirtualBox refuses it. */
static void
test_appliance_empty (Fixture *self, gconstpointer data)
{
  const DioNewDisk disk = { .size = 64 * MIB };
  g_autoptr (DioDefinition) template = dio_definition_new ("Empty", self->place);
  g_autofree char *folder = run (dio_create_machine (template, &disk, 1, self->place));
  g_autofree char *path = g_build_filename (self->outside, "empty.ova", NULL);
  g_autofree char *result = run (dio_export_appliance (folder, path));
  g_autofree char *back = run (dio_import_appliance (result, NULL, self->place));
  g_autoptr (DioArchiveReader) reader = dio_archive_reader_new (path, NULL);
  g_autoptr (GBytes) content = NULL;
  DioArchiveMember member = { 0 };
  const guint8 *bytes;
  guint64 first;

  while (!content && dio_archive_reader_next (reader, &member, NULL) && member.name)
    if (g_str_has_suffix (member.name, ".vmdk"))
      content = dio_archive_reader_read (reader, MIB, NULL);
  g_assert_nonnull (content);
  bytes = g_bytes_get_data (content, NULL);
  memcpy (&first, bytes + 64, sizeof first); /* the sector that the first block is to be in */
  g_assert_cmpuint (g_bytes_get_size (content), ==, (GUINT64_FROM_LE (first) + 1) * 512);
}

static void
test_export_disk (Fixture *self, gconstpointer data)
{
  g_autofree char *folder = make_machine (self, "One disk", DIO_IMPORT_LINKED);
  g_autofree char *path = g_build_filename (self->outside, "out.vdi", NULL);
  g_autofree char *result = run (dio_export_disk (folder, 0, "vdi", path));
  g_autoptr (GError) error = NULL;

  disks_assert_same (path, "vdi", self->raw, "raw");
  g_assert_null (disks_run (dio_export_disk (folder, 1, "vdi", path), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  disks_assert_same (path, "vdi", self->raw, "raw");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

#define ADD(name, function) g_test_add ("/provision/" name, Fixture, NULL, set_up, function, tear_down)
  ADD ("create", test_create);
  ADD ("import/copy", test_import_copy);
  ADD ("import/in-place", test_import_in_place);
  ADD ("import/linked", test_import_linked);
  ADD ("install/image", test_install_image);
  ADD ("import/machine", test_import_machine);
  ADD ("duplicate/full", test_duplicate);
  ADD ("duplicate/linked", test_linked_clone);
  ADD ("duplicate/link", test_link);
  ADD ("duplicate/frozen", test_frozen);
  ADD ("export/remains", test_remains);
  ADD ("duplicate/running", test_duplicate_running);
  ADD ("archive/round", test_archive);
  ADD ("archive/outside", test_archive_outside);
  ADD ("appliance/round", test_appliance);
  ADD ("appliance/empty", test_appliance_empty);
  ADD ("disk/export", test_export_disk);
#undef ADD

  return g_test_run ();
}
