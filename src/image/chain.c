/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "image/chain.h"

#include "image/host-path.h"
#include "image/sentence.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FILES 32

static const char *const formats[] = { "raw", "qcow2", "qcow", "qed", "vmdk", "vdi", "vpc", "vhdx", "luks", NULL };
static const char *const forbidden[] = { "/dev", "/proc", "/sys" };

typedef struct
{
  DioHeader *header; /* of the image */
  GPtrArray *roots;  /* real paths: folders in which parents are opened, and files that are opened themselves */
  const char *const *granted;
  GPtrArray *files;
  char *name, *format; /* of the parent that comes next, as its child has them */
} Chain;

DioImageFile *
dio_image_file_new (const char *path, DioReader *reader, const DioHeader *header)
{
  DioImageFile *self = g_new0 (DioImageFile, 1);
  const struct stat *status = reader != NULL ? dio_reader_get_status (reader) : NULL;

  self->path = g_strdup (path);
  self->host_path = dio_path_dup_host (path);
  self->format = header->format;
  self->version = header->version;
  self->virtual_size = header->virtual_size;
  if (status == NULL)
    return self;
  self->used = (guint64) status->st_blocks * 512;
  self->device = status->st_dev;
  self->inode = status->st_ino;
  self->modified = (gint64) status->st_mtim.tv_sec * G_USEC_PER_SEC + status->st_mtim.tv_nsec / 1000;
  return self;
}

void
dio_image_file_free (DioImageFile *self)
{
  g_free (self->path);
  g_free (self->host_path);
  g_free (self);
}

/* --- where parents may be --- */

static gboolean
is_below (const char *path, const char *folder)
{
  gsize length = strlen (folder);

  return strncmp (path, folder, length) == 0 &&
         (path[length] == '/' || path[length] == '\0' || g_str_has_suffix (folder, "/"));
}

static gboolean
is_forbidden (const char *path)
{
  for (guint i = 0; i < G_N_ELEMENTS (forbidden); i++)
    if (is_below (path, forbidden[i]))
      return TRUE;
  return FALSE;
}

static gboolean
is_allowed (Chain *self, const char *real)
{
  for (guint i = 0; i < self->roots->len; i++)
    if (is_below (real, self->roots->pdata[i]))
      return TRUE;
  return FALSE;
}

static char *
dup_real (const char *path)
{
  char *real = realpath (path, NULL);
  char *copy = g_strdup (real);

  free (real);
  return copy;
}

static void
add_root (Chain *self, const char *path)
{
  char *real = dup_real (path);

  if (real != NULL)
    g_ptr_array_add (self->roots, real);
}

static void
add_roots (Chain *self, const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *real = dup_real (path);
  g_autofree char *real_folder = real != NULL ? g_path_get_dirname (real) : NULL;

  add_root (self, folder);
  if (real_folder != NULL)
    add_root (self, real_folder);
  for (guint i = 0; self->granted != NULL && self->granted[i] != NULL; i++)
    add_root (self, self->granted[i]);
}

/* --- what a name is --- */

/* "nbd:…", "file:…": QEMU takes a colon before any slash for the end of a protocol's name. */
static gboolean
has_protocol (const char *name)
{
  return name[strcspn (name, ":/")] == ':';
}

static gboolean
leads_up (const char *name)
{
  g_auto (GStrv) parts = g_strsplit (name, "/", -1);

  return g_strv_contains ((const char *const *) parts, "..");
}

/* GLib keeps two slashes at the start, which mean no more than one here. */
static char *
dup_canonical (const char *name, const char *folder)
{
  return g_canonicalize_filename (name + (name[0] == '/' ? strspn (name, "/") - 1 : 0), folder);
}

/* By the name alone. */
static DioImageReferenceKind
classify (const char *name)
{
  g_autofree char *path = NULL;

  if (g_str_has_prefix (name, "json:"))
    return DIO_IMAGE_REFERENCE_JSON;
  if (has_protocol (name))
    return DIO_IMAGE_REFERENCE_NETWORK;
  if (leads_up (name))
    return DIO_IMAGE_REFERENCE_OUTSIDE;
  path = g_path_is_absolute (name) ? dup_canonical (name, "/") : NULL;
  return path != NULL && is_forbidden (path) ? DIO_IMAGE_REFERENCE_DEVICE : DIO_IMAGE_REFERENCE_NONE;
}

/* Whether it is named as disks are: one that is elsewhere may be asked for. */
static gboolean
looks_like_disk (const char *path)
{
  static const char *const endings[] = { ".qcow2", ".qcow", ".qed", ".img", ".raw", ".vmdk", ".vdi", ".vhd", ".vhdx" };
  g_autofree char *small = g_ascii_strdown (path, -1);

  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    if (g_str_has_suffix (small, endings[i]))
      return TRUE;
  return FALSE;
}

/* --- one parent --- */

static gboolean
fail (Chain *self, DioImageProblem problem, const char *detail)
{
  dio_header_set_problem (self->header, problem, detail);
  if (self->header->problem == problem && self->header->reference == NULL)
    self->header->reference = dio_header_clean (self->name);
  return FALSE;
}

static gboolean
refer (Chain *self, DioImageReferenceKind kind)
{
  dio_header_refer (self->header, kind, self->name);
  return FALSE;
}

/* The path of a file that is there and may be opened: where its child says, or by its name alone beside the image and
 * in what was granted. NULL, with REAL telling where the first of these leads: nowhere. */
static char *
find (Chain *self, char **real)
{
  const DioImageFile *child = self->files->pdata[self->files->len - 1], *top = self->files->pdata[0];
  g_autofree char *folder = g_path_get_dirname (child->path), *top_folder = g_path_get_dirname (top->path);
  g_autofree char *child_real = dup_real (child->path);
  g_autofree char *real_folder = child_real != NULL ? g_path_get_dirname (child_real) : NULL;
  g_autofree char *base = g_path_get_basename (self->name);
  g_autoptr (GPtrArray) places = g_ptr_array_new_with_free_func (g_free);

  g_ptr_array_add (places, dup_canonical (self->name, folder));
  if (real_folder != NULL)
    g_ptr_array_add (places, dup_canonical (self->name, real_folder));
  g_ptr_array_add (places, g_build_filename (top_folder, base, NULL));
  for (guint i = 0; self->granted != NULL && self->granted[i] != NULL; i++)
    {
      g_autofree char *granted_base = g_path_get_basename (self->granted[i]);

      if (g_str_equal (granted_base, base))
        g_ptr_array_add (places, g_canonicalize_filename (self->granted[i], NULL));
      g_ptr_array_add (places, g_build_filename (self->granted[i], base, NULL));
    }
  for (guint i = 0; i < places->len; i++)
    {
      g_autofree char *there = dup_real (places->pdata[i]);

      if (there != NULL && is_allowed (self, there) && !is_forbidden (there))
        return g_strdup (places->pdata[i]);
      if (i == 0)
        *real = g_steal_pointer (&there);
    }
  return NULL;
}

static char *
locate (Chain *self)
{
  g_autofree char *real = NULL;
  g_autofree char *path = find (self, &real);

  if (path != NULL)
    return g_steal_pointer (&path);
  if (real != NULL && is_forbidden (real))
    refer (self, DIO_IMAGE_REFERENCE_DEVICE);
  else if ((real != NULL || g_path_is_absolute (self->name)) && !looks_like_disk (real != NULL ? real : self->name))
    refer (self, DIO_IMAGE_REFERENCE_OUTSIDE);
  else
    fail (self, DIO_IMAGE_PARENT_MISSING, NULL);
  return NULL;
}

static gboolean
is_in_chain (Chain *self, DioReader *reader)
{
  const struct stat *status = dio_reader_get_status (reader);

  for (guint i = 0; i < self->files->len; i++)
    {
      const DioImageFile *file = self->files->pdata[i];

      if (file->device == status->st_dev && file->inode == status->st_ino)
        return TRUE;
    }
  return FALSE;
}

/* What a raw parent holds is not looked at but for this: a file that is no disk of any kind is somebody's secret that
 * a guest is to be shown. */
static gboolean
is_disk (DioReader *reader)
{
  g_auto (DioHeader) header = { 0 };

  dio_header_parse (reader, &header);
  return header.format != NULL;
}

/* HEADER is the parent's own. */
static gboolean
take (Chain *self, DioReader *reader, DioHeader *header)
{
  g_autofree char *sentence = NULL;

  if (dio_reader_get_size (reader) == 0)
    dio_header_set_problem (header, DIO_IMAGE_EMPTY, NULL);
  else if (!dio_header_parse_as (reader, self->format, header))
    return fail (self, DIO_IMAGE_PARENT_BAD, _ ("It is not an image of the format that it should be."));
  if (g_str_equal (self->format, "raw") && header->problem == DIO_IMAGE_UNKNOWN && is_disk (reader))
    header->problem = DIO_IMAGE_GOOD;
  if (header->problem == DIO_IMAGE_GOOD)
    return TRUE;
  if (header->problem == DIO_IMAGE_REFERS)
    {
      dio_header_refer (self->header, header->reference_kind, header->reference != NULL ? header->reference : "");
      return FALSE;
    }
  sentence = dio_sentence_of_header (header, dio_reader_get_error_number (reader));
  return fail (self, DIO_IMAGE_PARENT_BAD, sentence);
}

/* Returns: FALSE at the end, good or bad. */
static gboolean
follow_one (Chain *self)
{
  DioImageReferenceKind kind = classify (self->name);
  g_autofree char *path = NULL;
  g_autoptr (DioReader) reader = NULL;
  g_auto (DioHeader) header = { 0 };
  int error_number = 0;

  if (kind != DIO_IMAGE_REFERENCE_NONE)
    return refer (self, kind);
  if (!g_utf8_validate (self->name, -1, NULL))
    return fail (self, DIO_IMAGE_PARENT_BAD, _ ("Its name has characters that cannot be used (it is not UTF-8)."));
  /* A name that leads out is told of before what it lacks. */
  path = locate (self);
  if (self->header->problem == DIO_IMAGE_REFERS)
    return FALSE;
  if (self->format == NULL || *self->format == '\0')
    {
      self->header->problem =
          self->header->problem == DIO_IMAGE_PARENT_MISSING ? DIO_IMAGE_GOOD : self->header->problem;
      return fail (self, DIO_IMAGE_PARENT_UNDECLARED, NULL);
    }
  if (path == NULL)
    return FALSE;
  if (!g_strv_contains (formats, self->format))
    return fail (self, DIO_IMAGE_PARENT_BAD, _ ("It is said to be of a format that is not known."));
  reader = dio_reader_new (path, &error_number);
  if (reader == NULL)
    return error_number == ENOTSUP || error_number == EISDIR ? refer (self, DIO_IMAGE_REFERENCE_DEVICE)
                                                             : fail (self, DIO_IMAGE_PARENT_MISSING, NULL);
  if (is_in_chain (self, reader))
    return fail (self, DIO_IMAGE_PARENT_LOOP, NULL);
  if (self->files->len >= MAX_FILES)
    return fail (self, DIO_IMAGE_PARENT_BAD, _ ("Too many files are written over one another."));
  if (!take (self, reader, &header))
    return FALSE;
  g_ptr_array_add (self->files, dio_image_file_new (path, reader, &header));
  g_set_str (&self->name, header.parent);
  g_set_str (&self->format, header.parent_format);
  return self->name != NULL;
}

void
dio_chain_follow (DioHeader *header, const char *const *granted, GPtrArray *files)
{
  g_autoptr (GPtrArray) roots = g_ptr_array_new_with_free_func (g_free);
  Chain self = { .header = header, .roots = roots, .granted = granted, .files = files };

  add_roots (&self, ((DioImageFile *) files->pdata[0])->path);
  self.name = g_strdup (header->parent);
  self.format = g_strdup (header->parent_format);
  while (self.name != NULL && follow_one (&self))
    ;
  g_free (self.name);
  g_free (self.format);
}
