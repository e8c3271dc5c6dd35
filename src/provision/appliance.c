/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "provision/appliance.h"

#include "library/durable-file.h"
#include "provision/archive-file.h"
#include "provision/disk-tool.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_MANIFEST (1024 * 1024)
#define BLOCK (1024 * 1024)
#define KEEP_FREE (256 * 1024 * 1024)
#define CHECK_EVERY (64 * 1024 * 1024)

struct _DioAppliance
{
  char *path;
  char *folder;   /* of an OVF; NULL: it is an OVA */
  char *ovf_name; /* nullable until it is found */
  GBytes *text;
  char *manifest;    /* nullable */
  GHashTable *sizes; /* name → guint64 *, of an OVA's members */
  DioOvf *ovf;
};

static gboolean
refuse (GError **error, const char *message)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, message);
  return FALSE;
}

void
dio_appliance_free (DioAppliance *self)
{
  g_clear_pointer (&self->ovf, dio_ovf_free);
  g_clear_pointer (&self->sizes, g_hash_table_unref);
  g_clear_pointer (&self->text, g_bytes_unref);
  g_free (self->manifest);
  g_free (self->ovf_name);
  g_free (self->folder);
  g_free (self->path);
  g_free (self);
}

DioOvf *
dio_appliance_get_ovf (DioAppliance *self)
{
  return self->ovf;
}

/* --- checksums --- */

/* The checksum that the list has of NAME, to be computed; NULL: none. */
static gboolean
start_checksum (DioAppliance *self, const char *name, GChecksum **ret_checksum, char **ret_digest, GError **error)
{
  GChecksumType type;

  *ret_checksum = NULL;
  *ret_digest = NULL;
  if (self->manifest == NULL)
    return TRUE;
  if (!dio_manifest_lookup (self->manifest, name, &type, ret_digest, error))
    return FALSE;
  if (*ret_digest != NULL)
    *ret_checksum = g_checksum_new (type);
  return TRUE;
}

static gboolean
check_digest (const char *name, GChecksum *checksum, const char *digest, GError **error)
{
  if (checksum == NULL || g_str_equal (g_checksum_get_string (checksum), digest))
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
               _ ("“%s” in the appliance is not what its list of checksums says. It is damaged, or was changed: get it "
                  "again."),
               name);
  return FALSE;
}

static gboolean
check_text (DioAppliance *self, GError **error)
{
  g_autoptr (GChecksum) checksum = NULL;
  g_autofree char *digest = NULL;
  gsize size;
  const guint8 *data = g_bytes_get_data (self->text, &size);

  if (!start_checksum (self, self->ovf_name, &checksum, &digest, error))
    return FALSE;
  if (checksum != NULL)
    g_checksum_update (checksum, data, (gssize) size);
  return check_digest (self->ovf_name, checksum, digest, error);
}

/* --- reading --- */

static gboolean
has_suffix (const char *name, const char *suffix)
{
  gsize length = strlen (name), end = strlen (suffix);

  return length > end && g_ascii_strcasecmp (name + length - end, suffix) == 0;
}

static char *
to_text (GBytes *bytes)
{
  gsize size;
  const char *data = g_bytes_get_data (bytes, &size);

  return g_strndup (data, size);
}

static gboolean
look_at_member (DioAppliance *self, DioArchiveReader *reader, const DioArchiveMember *member, GError **error)
{
  g_autoptr (GBytes) bytes = NULL;

  if (member->folder)
    return TRUE;
  if (!g_hash_table_insert (self->sizes, g_strdup (member->name), g_memdup2 (&member->size, sizeof member->size)))
    return refuse (error, _ ("The archive has a file twice. It is damaged: get it again."));
  if (has_suffix (member->name, ".ovf") && self->text == NULL)
    {
      self->ovf_name = g_strdup (member->name);
      self->text = dio_archive_reader_read (reader, DIO_OVF_MAX, error);
      return self->text != NULL;
    }
  if (!has_suffix (member->name, ".mf") || self->manifest != NULL)
    return TRUE;
  bytes = dio_archive_reader_read (reader, MAX_MANIFEST, error);
  if (bytes != NULL)
    self->manifest = to_text (bytes);
  return bytes != NULL;
}

static gboolean
read_archive (DioAppliance *self, GError **error)
{
  g_autoptr (DioArchiveReader) reader = dio_archive_reader_new (self->path, error);
  DioArchiveMember member;

  self->sizes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (reader == NULL)
    return FALSE;
  do
    if (!dio_archive_reader_next (reader, &member, error) ||
        (member.name != NULL && !look_at_member (self, reader, &member, error)))
      return FALSE;
  while (member.name != NULL);
  if (self->text == NULL)
    return refuse (error, _ ("There is no description of a machine (OVF) in it. It is not an appliance, or damaged."));
  return TRUE;
}

static gboolean
read_folder (DioAppliance *self, GError **error)
{
  g_autofree char *stem = g_strndup (self->path, strlen (self->path) - strlen (".ovf"));
  g_autofree char *list = g_strconcat (stem, ".mf", NULL);
  g_autoptr (GBytes) bytes = NULL;

  self->folder = g_path_get_dirname (self->path);
  self->ovf_name = g_path_get_basename (self->path);
  self->text = dio_durable_read (self->path, DIO_OVF_MAX, NULL, _ ("The appliance cannot be read"), error);
  if (self->text == NULL)
    return FALSE;
  if (!g_file_test (list, G_FILE_TEST_EXISTS))
    return TRUE;
  bytes = dio_durable_read (list, MAX_MANIFEST, NULL, _ ("The appliance's list of checksums cannot be read"), error);
  if (bytes != NULL)
    self->manifest = to_text (bytes);
  return bytes != NULL;
}

DioAppliance *
dio_appliance_open (const char *path, GError **error)
{
  g_autoptr (DioAppliance) self = g_new0 (DioAppliance, 1);

  self->path = g_canonicalize_filename (path, NULL);
  if (has_suffix (path, ".ovf") ? !read_folder (self, error) : !read_archive (self, error))
    return NULL;
  if (!check_text (self, error))
    return NULL;
  self->ovf = dio_ovf_parse (self->text, error);
  return self->ovf != NULL ? g_steal_pointer (&self) : NULL;
}

/* --- its files --- */

/* NAME stands for a URI, which may have "%20" for a space; or may not. Returns: the file's size; 0 with an error when
 * it is not there. RET_NAME: what it is really called. */
static guint64
find_file (DioAppliance *self, const char *name, char **ret_name, GError **error)
{
  g_autofree char *unescaped = g_uri_unescape_string (name, "/");
  const char *const names[] = { name, unescaped };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = NULL;
      struct stat status;
      guint64 *size;

      if (names[i] == NULL || !dio_ovf_is_file_name (names[i]))
        continue;
      *ret_name = g_strdup (names[i]);
      if (self->folder == NULL && (size = g_hash_table_lookup (self->sizes, names[i])) != NULL)
        return MAX (*size, 1);
      path = self->folder != NULL ? g_build_filename (self->folder, names[i], NULL) : NULL;
      /* A link could lead to any file of the user's. */
      if (path != NULL && lstat (path, &status) == 0 && S_ISREG (status.st_mode))
        return (guint64) MAX (status.st_size, 1);
      g_clear_pointer (ret_name, g_free);
    }
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
               _ ("The appliance's file “%s” is missing. Get all of its files, and keep them in one folder."), name);
  return 0;
}

gboolean
dio_appliance_measure (DioAppliance *self, guint64 *ret_bytes, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  *ret_bytes = 0;
  for (guint i = 0; i < self->ovf->disks->len; i++)
    {
      DioOvfDisk *disk = self->ovf->disks->pdata[i];
      g_autofree char *name = NULL;
      guint64 size;

      if (disk->file == NULL)
        continue;
      size = find_file (self, disk->file, &name, error);
      if (size == 0)
        return FALSE;
      /* Two disks of the same file would have to be two files afterwards; nobody writes such appliances. */
      if (!g_hash_table_add (seen, g_strdup (name)) || !g_uint64_checked_add (ret_bytes, *ret_bytes, size))
        return refuse (error, _ ("Two disks of the appliance are kept in the same file. It is damaged: get it again."));
      g_set_str (&disk->file, name);
    }
  return TRUE;
}

/* --- taking them out --- */

typedef struct
{
  DioAppliance *appliance;
  const char *part;
  DioProgressFunc progress;
  gpointer data;
  GCancellable *cancellable;
} Take;

static gboolean
write_all (int fd, const guint8 *bytes, gsize length, GError **error)
{
  while (length > 0)
    {
      gssize n = write (fd, bytes, length);

      if (n < 0 && errno != EINTR)
        {
          dio_set_file_error (error, errno, _ ("The appliance cannot be unpacked"));
          return FALSE;
        }
      bytes += MAX (n, 0);
      length -= (gsize) MAX (n, 0);
    }
  return TRUE;
}

/* MAX: bytes that it can have; 0: not known. */
static gboolean
write_stream (Take *self, GInputStream *input, int fd, guint64 max, GError **error)
{
  g_autofree guint8 *buffer = g_malloc (BLOCK);
  g_autofree char *folder = g_path_get_dirname (self->part);
  guint64 written = 0, checked = 0;
  gssize n;

  while ((n = g_input_stream_read (input, buffer, BLOCK, self->cancellable, NULL)) > 0)
    {
      written += (guint64) n;
      if (max > 0 && written > max)
        return refuse (error, _ ("A disk of the appliance holds more than it says. Diorama does not unpack it."));
      if (written - checked >= CHECK_EVERY)
        {
          checked = written;
          if (!dio_disk_require_space (folder, KEEP_FREE, error))
            return FALSE;
        }
      if (!write_all (fd, buffer, (gsize) n, error))
        return FALSE;
    }
  if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
    return FALSE;
  return n == 0 || refuse (error, _ ("A disk of the appliance is damaged, or was cut short. Get it again."));
}

/* FROM, compressed, into the file TO. */
static gboolean
decompress (Take *self, const char *from, const char *to, const DioOvfDisk *disk, GError **error)
{
  g_autoptr (GFile) source = g_file_new_for_path (from);
  g_autoptr (GFileInputStream) compressed = g_file_read (source, self->cancellable, error);
  g_autofd int fd = compressed != NULL ? open (to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666) : -1;
  g_autoptr (GConverter) converter = G_CONVERTER (g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP));
  g_autoptr (GInputStream) input = NULL;

  if (compressed == NULL)
    return FALSE;
  if (fd < 0)
    {
      dio_set_file_error (error, errno, _ ("The appliance cannot be unpacked"));
      return FALSE;
    }
  input = g_converter_input_stream_new (G_INPUT_STREAM (compressed), converter);
  /* A VMDK of a full disk is a little larger than the disk. */
  if (write_stream (self, input, fd, disk->capacity > 0 ? disk->capacity + disk->capacity / 8 + CHECK_EVERY : 0, error))
    return TRUE;
  g_unlink (to);
  return FALSE;
}

/* PATH is the file of disk I, checked. */
static gboolean
hand_over (Take *self, guint i, const char *path, gboolean own, DioApplianceFunc func, GError **error)
{
  const DioOvfDisk *disk = self->appliance->ovf->disks->pdata[i];
  g_autofree char *plain = disk->gzip ? g_strconcat (self->part, ".plain", NULL) : NULL;
  gboolean done;

  if (plain == NULL)
    return func (i, path, own, self->data, error);
  if (!decompress (self, path, plain, disk, error))
    return FALSE;
  if (own)
    g_unlink (path);
  done = func (i, plain, TRUE, self->data, error);
  g_unlink (plain);
  return done;
}

static gboolean
find_disk (DioAppliance *self, const char *name, guint *ret_disk)
{
  for (guint i = 0; i < self->ovf->disks->len; i++)
    if (g_strcmp0 (((DioOvfDisk *) self->ovf->disks->pdata[i])->file, name) == 0)
      {
        *ret_disk = i;
        return TRUE;
      }
  return FALSE;
}

static gboolean
take_member (Take *self, DioArchiveReader *reader, const DioArchiveMember *member, guint i, DioApplianceFunc func,
             GError **error)
{
  g_autoptr (GChecksum) checksum = NULL;
  g_autofree char *digest = NULL;
  gboolean done;

  if (!start_checksum (self->appliance, member->name, &checksum, &digest, error) ||
      !dio_archive_reader_extract (reader, self->part, checksum, self->progress, self->data, self->cancellable, error))
    return FALSE;
  done = check_digest (member->name, checksum, digest, error) && hand_over (self, i, self->part, TRUE, func, error);
  g_unlink (self->part);
  return done;
}

static gboolean
take_from_archive (Take *self, void (*before) (guint, gpointer), DioApplianceFunc func, GError **error)
{
  g_autoptr (DioArchiveReader) reader = dio_archive_reader_new (self->appliance->path, error);
  DioArchiveMember member;
  guint i;

  if (reader == NULL)
    return FALSE;
  do
    {
      if (!dio_archive_reader_next (reader, &member, error))
        return FALSE;
      if (member.name == NULL || member.folder || !find_disk (self->appliance, member.name, &i))
        continue;
      if (before != NULL)
        before (i, self->data);
      if (!take_member (self, reader, &member, i, func, error))
        return FALSE;
    }
  while (member.name != NULL);
  return TRUE;
}

/* The checksum of a file in the folder. */
static gboolean
check_file (Take *self, const char *name, const char *path, GError **error)
{
  g_autoptr (GChecksum) checksum = NULL;
  g_autofree char *digest = NULL;
  g_autofree guint8 *buffer = NULL;
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileInputStream) input = NULL;
  gssize n;

  if (!start_checksum (self->appliance, name, &checksum, &digest, error))
    return FALSE;
  if (checksum == NULL)
    return TRUE;
  input = g_file_read (file, self->cancellable, error);
  buffer = g_malloc (BLOCK);
  if (input == NULL)
    return FALSE;
  while ((n = g_input_stream_read (G_INPUT_STREAM (input), buffer, BLOCK, self->cancellable, error)) > 0)
    g_checksum_update (checksum, buffer, n);
  return n == 0 && check_digest (name, checksum, digest, error);
}

static gboolean
take_from_folder (Take *self, void (*before) (guint, gpointer), DioApplianceFunc func, GError **error)
{
  for (guint i = 0; i < self->appliance->ovf->disks->len; i++)
    {
      const DioOvfDisk *disk = self->appliance->ovf->disks->pdata[i];
      g_autofree char *path = disk->file != NULL ? g_build_filename (self->appliance->folder, disk->file, NULL) : NULL;

      if (path == NULL)
        continue;
      if (before != NULL)
        before (i, self->data);
      if (!check_file (self, disk->file, path, error) || !hand_over (self, i, path, FALSE, func, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
dio_appliance_take_disks (DioAppliance *self, const char *part, void (*before) (guint disk, gpointer data),
                          DioApplianceFunc func, DioProgressFunc progress, gpointer data, GCancellable *cancellable,
                          GError **error)
{
  Take take = { .appliance = self, .part = part, .progress = progress, .data = data, .cancellable = cancellable };

  return self->folder != NULL ? take_from_folder (&take, before, func, error)
                              : take_from_archive (&take, before, func, error);
}
