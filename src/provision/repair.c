/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "provision/repair.h"

#include "image/node.h"
#include "provision/disk-tool.h"
#include "provision/file-copy.h"
#include "provision/new-file.h"
#include "vm/image-lock.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define MAX_NAME 100     /* characters of the image's and the snapshot's names that a copy has */
#define MAX_LIKE_IT 1000 /* names that are tried */

typedef struct
{
  char *title;
  GStrv paths, formats; /* of the image, then of what it is written over */
  guint n;
  guint64 used;           /* bytes, of the image's own file */
  const char *encryption; /* static; NULL: none */
  GBytes *passphrase;     /* (nullable) */
  char *folder, *name;    /* of the copy; without what is added when there is one, and without ending */
  char *snapshot;         /* its id; NULL: repair */
} Request;

static void
request_free (Request *self)
{
  g_free (self->title);
  g_strfreev (self->paths);
  g_strfreev (self->formats);
  g_free (self->folder);
  g_free (self->name);
  g_free (self->snapshot);
  g_clear_pointer (&self->passphrase, g_bytes_unref);
  g_free (self);
}

static void
tell (double fraction, gpointer job)
{
  dio_job_tell (job, fraction, NULL);
}

/* A name in the folder that nobody has. */
static char *
find_target (const Request *self)
{
  for (guint i = 1;; i++)
    {
      g_autofree char *name =
          i == 1 ? g_strconcat (self->name, ".qcow2", NULL) : g_strdup_printf ("%s %u.qcow2", self->name, i);
      g_autofree char *path = g_build_filename (self->folder, name, NULL);

      if (!g_file_test (path, G_FILE_TEST_EXISTS) || i == MAX_LIKE_IT)
        return g_steal_pointer (&path);
    }
}

static gboolean
refuse (GError **error, const char *sentence)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, sentence);
  return FALSE;
}

/* qemu-img with WORDS on PATH, which is a copy of the image. RET_STATUS: as dio_qemu_img_run(). */
static gboolean
run_on_copy (const Request *self, const char *path, const char *const *words, GCancellable *cancellable,
             int *ret_status, GError **error)
{
  g_autoptr (DioConfine) tool = dio_qemu_img_new (FALSE, error);
  g_autofree char *node = dio_image_node_to_json ((const char *const[]) { path }, (const char *const *) self->formats,
                                                  1, TRUE, self->encryption, DIO_QEMU_PASSPHRASE);
  g_autofree char *secret = NULL;
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) all = NULL;

  if (tool == NULL || !dio_confine_give (tool, path, TRUE, error))
    return FALSE;
  g_strv_builder_addv (builder, (const char **) words);
  if (self->encryption != NULL)
    {
      secret = dio_qemu_tool_give_passphrase (tool, self->passphrase, error);
      if (secret == NULL)
        return FALSE;
      g_strv_builder_add_many (builder, "--object", secret, NULL);
    }
  g_strv_builder_take (builder, g_strconcat ("json:", node, NULL));
  all = g_strv_builder_end (builder);
  return dio_qemu_img_run (tool, (const char *const *) all, NULL, NULL, cancellable, NULL, ret_status, error);
}

/* --- repairing --- */

/* The tables of the image at PATH, which is a copy. */
static gboolean
mend (const Request *self, const char *path, GCancellable *cancellable, GError **error)
{
  int status;

  if (!run_on_copy (self, path, (const char *const[]) { "check", "-q", "-r", "all", NULL }, cancellable, &status,
                    error))
    return FALSE;
  /* 3: clusters that nobody uses, which costs room and nothing else; 63: QEMU mends none of this format, of which all
   * that can be read is copied. */
  if (status == 0 || status == 3 || status == 63)
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                       _ ("The disk is damaged beyond what can be mended. If there is another copy of it, use that "
                          "one."));
  return FALSE;
}

/* Also when all of what was freed by mending is written again. */
static gboolean
require_space (const Request *self, guint n_copies, GError **error)
{
  return (n_copies == 1 && dio_file_can_share (self->paths[0], self->folder)) ||
         dio_disk_require_space (self->folder, self->used * n_copies, error);
}

/* As qcow2 it stays what it is, with its snapshots, over what it was written over. */
static gboolean
repair_as_it_is (const Request *self, DioJob *job, const char *path, GCancellable *cancellable, GError **error)
{
  return require_space (self, 1, error) && dio_file_copy (self->paths[0], path, tell, job, cancellable, error) &&
         mend (self, path, cancellable, error) &&
         (self->n < 2 || dio_disk_name_backing (path, self->paths[1], self->formats[1], cancellable, error));
}

static gboolean
repair_as_another (const Request *self, DioJob *job, const char *path, GCancellable *cancellable, GError **error)
{
  g_autofree char *like = g_strconcat (path, ".old", NULL);
  g_autoptr (DioNewFile) old = dio_new_file_new (like);
  const DioDisk disk = { .path = (char *) dio_new_file_get_path (old), .format = self->formats[0] };

  return require_space (self, 2, error) && dio_file_copy (self->paths[0], disk.path, NULL, NULL, cancellable, error) &&
         mend (self, disk.path, cancellable, error) &&
         dio_disk_convert (&disk, path, "qcow2", DIO_DISK_CONVERT_PLAIN, tell, job, cancellable, error);
}

/* --- a snapshot --- */

/* In QEMU's options a comma is written twice. */
static char *
make_snapshot_option (const char *id)
{
  g_auto (GStrv) parts = g_strsplit (id, ",", -1);
  g_autofree char *escaped = g_strjoinv (",,", parts);

  return g_strconcat ("snapshot.id=", escaped, NULL);
}

static gboolean
unpack (const Request *self, DioJob *job, const char *path, GCancellable *cancellable, GError **error)
{
  g_autoptr (DioConfine) tool = dio_qemu_img_new (FALSE, error);
  g_autofree char *node = dio_image_node_to_json ((const char *const *) self->paths,
                                                  (const char *const *) self->formats, self->n, FALSE, NULL, NULL);
  g_autofree char *name = g_strconcat ("json:", node, NULL);
  g_autofree char *option = make_snapshot_option (self->snapshot);

  if (tool == NULL || !dio_disk_require_space (self->folder, self->used, error))
    return FALSE;
  for (guint i = 0; i < self->n; i++)
    if (!dio_confine_give (tool, self->paths[i], FALSE, error))
      return FALSE;
  return dio_confine_give_new (tool, path, error) &&
         dio_qemu_img_run (tool,
                           (const char *const[]) { "convert", "-p", "-O", "qcow2", "-l", option, name, path, NULL },
                           tell, job, cancellable, NULL, NULL, error);
}

/* What is encrypted is copied as a whole, and the copy taken back to the snapshot: it stays encrypted, with all of its
 * passphrases. QEMU looks for a snapshot with such an id before it looks for such a name. */
static gboolean
go_back (const Request *self, DioJob *job, const char *path, GCancellable *cancellable, GError **error)
{
  return require_space (self, 1, error) && dio_file_copy (self->paths[0], path, tell, job, cancellable, error) &&
         run_on_copy (self, path, (const char *const[]) { "snapshot", "-q", "-a", self->snapshot, NULL }, cancellable,
                      NULL, error);
}

/* --- both --- */

static gboolean
make_copy (DioJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
  const Request *self = data;
  g_autofree char *target = find_target (self);
  g_autoptr (DioImageLock) lock = NULL;
  g_autoptr (DioNewFile) file = NULL;
  const char *path;
  gboolean done;

  if (self->encryption != NULL && (!g_str_equal (self->encryption, "luks") || self->n > 1))
    return refuse (error, _ ("This cannot be done with a disk that is encrypted in this way."));
  if (self->snapshot == NULL && (g_str_equal (self->formats[0], "raw") || g_str_equal (self->formats[0], "luks")))
    return refuse (error, _ ("A disk of this kind has no tables that could be mended. If there is another copy of it, "
                             "use that one."));
  dio_new_file_sweep (self->folder);
  lock = dio_image_lock_take (self->paths[0], FALSE, self->title, error);
  if (lock == NULL)
    return FALSE;
  file = dio_new_file_new (target);
  path = dio_new_file_get_path (file);
  if (self->snapshot != NULL && self->encryption != NULL)
    done = go_back (self, job, path, cancellable, error);
  else if (self->snapshot != NULL)
    done = unpack (self, job, path, cancellable, error);
  else if (g_str_equal (self->formats[0], "qcow2"))
    done = repair_as_it_is (self, job, path, cancellable, error);
  else
    done = repair_as_another (self, job, path, cancellable, error);
  if (!done || !dio_new_file_commit (file, error))
    return FALSE;
  dio_job_set_result (job, target);
  return TRUE;
}

/* What a file can be called that is named for TEXT. */
static char *
make_name (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  char *name = g_utf8_substring (valid, 0, MIN (g_utf8_strlen (valid, -1), MAX_NAME));

  for (char *c = name; *c != '\0'; c = g_utf8_next_char (c))
    if (*c == '/' || g_ascii_iscntrl (*c))
      *c = '_';
  return name;
}

static char *
make_stem (const char *path)
{
  g_autofree char *base = g_path_get_basename (path);
  char *dot = strrchr (base, '.');

  if (dot != NULL && dot != base)
    *dot = '\0';
  return make_name (base);
}

static Request *
request_new (const DioImageReport *report, GBytes *passphrase, const char *folder)
{
  Request *self = g_new0 (Request, 1);

  self->n = report->n_files;
  self->paths = g_new0 (char *, self->n + 1);
  self->formats = g_new0 (char *, self->n + 1);
  for (guint i = 0; i < self->n; i++)
    {
      self->paths[i] = g_strdup (report->files[i]->path);
      self->formats[i] = g_strdup (report->files[i]->format);
    }
  self->used = report->files[0]->used;
  self->encryption = report->encryption;
  self->passphrase = passphrase != NULL ? g_bytes_ref (passphrase) : NULL;
  self->folder = g_canonicalize_filename (folder, NULL);
  return self;
}

DioJob *
dio_repair_new (const DioImageReport *report, GBytes *passphrase, const char *folder)
{
  Request *self = request_new (report, passphrase, folder);
  g_autofree char *stem = make_stem (self->paths[0]);

  self->title = g_strdup_printf (_ ("Repairing a copy of “%s”"), stem);
  self->name = g_strdup_printf (_ ("%s (repaired)"), stem);
  return dio_job_new (self->title, make_copy, self, (GDestroyNotify) request_free);
}

DioJob *
dio_unpack_snapshot_new (const DioImageReport *report, const char *id, GBytes *passphrase, const char *folder)
{
  Request *self = request_new (report, passphrase, folder);
  g_autofree char *stem = make_stem (self->paths[0]);
  g_autofree char *name = make_name (id);

  for (guint i = 0; i < report->n_snapshots; i++)
    if (g_str_equal (report->snapshots[i].id, id))
      {
        g_free (name);
        name = make_name (report->snapshots[i].name);
        break;
      }
  self->snapshot = g_strdup (id);
  self->title = g_strdup_printf (_ ("Copying “%s” as it was in “%s”"), stem, name);
  self->name = g_strdup_printf ("%s (%s)", stem, name);
  return dio_job_new (self->title, make_copy, self, (GDestroyNotify) request_free);
}
