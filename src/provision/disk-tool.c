/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "provision/disk-tool.h"

#include "image/host-path.h"
#include "vm/disk-image.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define MAX_LAYERS 64
#define MIN_SIZE (G_GUINT64_CONSTANT (1) << 20)
#define MAX_SIZE (G_GUINT64_CONSTANT (1) << 44)
#define SECTOR 512
#define MAX_TABLES (G_GUINT64_CONSTANT (4) << 20)
#define MAX_BACKING_NAME 1023 /* QEMU's docs/interop/qcow2.rst */

/* --- what qemu-img is told of an image --- */

static gboolean
can_have_layers (const char *format)
{
  static const char *const formats[] = { "qcow2", "qcow", "qed", "vmdk", NULL };

  return g_strv_contains (formats, format);
}

/* PATH of FORMAT over LAYERS, all named. */
static void
add_node (JsonBuilder *json, const char *path, const char *format, const char *const *layers)
{
  json_builder_begin_object (json);
  json_builder_set_member_name (json, "driver");
  json_builder_add_string_value (json, format);
  json_builder_set_member_name (json, "file");
  json_builder_begin_object (json);
  json_builder_set_member_name (json, "driver");
  json_builder_add_string_value (json, "file");
  json_builder_set_member_name (json, "filename");
  json_builder_add_string_value (json, path);
  if (dio_path_is_portal (path))
    {
      json_builder_set_member_name (json, "locking");
      json_builder_add_string_value (json, "off");
    }
  json_builder_end_object (json);
  if (can_have_layers (format))
    {
      json_builder_set_member_name (json, "backing");
      if (layers != NULL && layers[0] != NULL)
        add_node (json, layers[0], layers[1], layers + 2);
      else
        json_builder_add_null_value (json);
    }
  json_builder_end_object (json);
}

static char *
node_to_name (const char *path, const char *format, const char *const *layers)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *text = NULL;

  add_node (json, path, format, layers);
  root = json_builder_get_root (json);
  text = json_to_string (root, FALSE);
  return g_strconcat ("json:", text, NULL);
}

/* PATH and LAYERS are what they are said to be, and QEMU can be told of them. */
static gboolean
check_files (const char *path, const char *format, const char *const *layers, GError **error)
{
  guint n = layers != NULL ? g_strv_length ((GStrv) layers) : 0;

  g_return_val_if_fail (path != NULL && format != NULL, FALSE);

  if (n % 2 != 0 || n / 2 > MAX_LAYERS || (n > 0 && !can_have_layers (format)))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                           _ ("The machine's definition says something impossible of what a disk is written over."));
      return FALSE;
    }
  return dio_disk_image_check_all (path, format, layers, error);
}

/* What qemu-img is told of DISK, whose files TOOL may read; WRITES: and write its own. NULL when they are not what they
 * should be, or there is no TOOL. */
static char *
name_of (const DioDisk *disk, DioConfine *tool, gboolean writes, GError **error)
{
  const char *const *layers = (const char *const *) disk->layers;

  if (tool == NULL || !check_files (disk->path, disk->format, layers, error) ||
      !dio_confine_give (tool, disk->path, writes, error))
    return NULL;
  for (guint i = 0; layers != NULL && layers[i] != NULL; i += 2)
    if (!dio_confine_give (tool, layers[i], FALSE, error))
      return NULL;
  return node_to_name (disk->path, disk->format, layers);
}

/* The same of its own file alone, to be read, for what does not look below it. */
static char *
name_alone (const DioDisk *disk, DioConfine *tool, GError **error)
{
  return tool != NULL && check_files (disk->path, disk->format, (const char *const *) disk->layers, error) &&
                 dio_confine_give (tool, disk->path, FALSE, error)
             ? node_to_name (disk->path, disk->format, NULL)
             : NULL;
}

const char *
dio_disk_format_suffix (const char *format)
{
  return g_str_equal (format, "vpc") ? "vhd" : g_str_equal (format, "raw") ? "img" : format;
}

/* --- what qemu-img says --- */

static JsonObject *
parse (JsonParser *parser, const char *text, GError **error)
{
  JsonNode *root;

  if (json_parser_load_from_data (parser, text, -1, NULL) && (root = json_parser_get_root (parser)) != NULL &&
      JSON_NODE_HOLDS_OBJECT (root))
    return json_node_get_object (root);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                       _ ("The program that works on disks (qemu-img) gave an answer that Diorama does not "
                          "understand. Report this."));
  return NULL;
}

/* Not there or negative: 0. */
static guint64
get_size (JsonObject *object, const char *member)
{
  JsonNode *node = json_object_get_member (object, member);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) ? (guint64) MAX (0, json_node_get_int (node)) : 0;
}

gboolean
dio_disk_info (const DioDisk *disk, DioDiskInfo *info, GCancellable *cancellable, GError **error)
{
  g_autoptr (DioConfine) tool = dio_qemu_img_new (TRUE, error);
  g_autofree char *name = name_alone (disk, tool, error);
  g_autofree char *output = NULL;
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *object;

  if (name == NULL || !dio_qemu_img_run (tool, (const char *const[]) { "info", "--output=json", "-U", name, NULL },
                                         NULL, NULL, cancellable, &output, NULL, error))
    return FALSE;
  object = parse (parser, output, error);
  if (object == NULL)
    return FALSE;
  *info = (DioDiskInfo) { .size = get_size (object, "virtual-size"),
                          .used = get_size (object, "actual-size"),
                          .snapshots = json_object_has_member (object, "snapshots") };
  return TRUE;
}

gboolean
dio_disk_is_untouched (const DioDisk *disk, GCancellable *cancellable)
{
  g_autoptr (DioConfine) tool = dio_qemu_img_new (TRUE, NULL);
  g_autofree char *name = name_alone (disk, tool, NULL);
  g_autofree char *output = NULL;
  g_autoptr (JsonParser) parser = json_parser_new ();
  DioDiskInfo info;
  JsonArray *extents;
  gboolean untouched = TRUE;

  /* The map of one that has more than its tables would be long. */
  if (name == NULL || !dio_disk_info (disk, &info, cancellable, NULL) || info.snapshots || info.used > MAX_TABLES ||
      !dio_qemu_img_run (tool, (const char *const[]) { "map", "--output=json", "-U", name, NULL }, NULL, NULL,
                         cancellable, &output, NULL, NULL) ||
      !json_parser_load_from_data (parser, output, -1, NULL) || !JSON_NODE_HOLDS_ARRAY (json_parser_get_root (parser)))
    return FALSE;
  extents = json_node_get_array (json_parser_get_root (parser));
  for (guint i = 0; untouched && i < json_array_get_length (extents); i++)
    {
      JsonNode *extent = json_array_get_element (extents, i);

      untouched = JSON_NODE_HOLDS_OBJECT (extent) &&
                  !json_object_get_boolean_member_with_default (json_node_get_object (extent), "present", TRUE);
    }
  return untouched;
}

gboolean
dio_disk_verify (const DioDisk *disk, GCancellable *cancellable, GError **error)
{
  g_autoptr (DioConfine) tool = dio_qemu_img_new (FALSE, error);
  g_autofree char *name = name_alone (disk, tool, error);
  g_autofree char *shown = g_filename_display_basename (disk->path);
  int status = 0;

  /* 3: clusters that nobody uses, which costs room and nothing else; 63: the format has nothing to check. */
  if (name == NULL || !dio_qemu_img_run (tool, (const char *const[]) { "check", "-q", "-U", name, NULL }, NULL, NULL,
                                         cancellable, NULL, &status, error))
    return FALSE;
  if (status == 0 || status == 3 || status == 63)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
               _ ("The disk image “%s” is damaged. If there is another copy of it, use that one."), shown);
  return FALSE;
}

/* --- room --- */

gboolean
dio_disk_measure (const DioDisk *disk, const char *format, guint64 *ret_bytes, GCancellable *cancellable,
                  GError **error)
{
  /* The others cannot be measured; they take about as much as qcow2 does. */
  const char *as = g_str_equal (format, "raw") ? "raw" : "qcow2";
  g_autoptr (DioConfine) tool = dio_qemu_img_new (FALSE, error);
  g_autofree char *name = name_of (disk, tool, FALSE, error);
  g_autofree char *output = NULL;
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *object;

  if (name == NULL ||
      !dio_qemu_img_run (tool, (const char *const[]) { "measure", "--output=json", "-U", "-O", as, name, NULL }, NULL,
                         NULL, cancellable, &output, NULL, error))
    return FALSE;
  object = parse (parser, output, error);
  if (object == NULL)
    return FALSE;
  *ret_bytes = get_size (object, "required");
  return TRUE;
}

gboolean
dio_disk_require_space (const char *folder, guint64 bytes, GError **error)
{
  struct statvfs status;
  guint64 free;

  if (statvfs (folder, &status) < 0 || status.f_blocks == 0)
    return TRUE;
  if (!g_uint64_checked_mul (&free, status.f_bavail, status.f_frsize) || free >= bytes)
    return TRUE;
  else
    {
      g_autofree char *needed = g_format_size (bytes);
      g_autofree char *there = g_format_size (free);

      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                   _ ("There is not enough room: %s are needed, %s are free. Make room, or choose another place."),
                   needed, there);
      return FALSE;
    }
}

/* --- making --- */

/* How an image in FOLDER names what it is written over: beside it, by its name alone, so that both can be moved. */
static char *
make_backing_name (const char *path, const char *layer)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *layer_folder = g_path_get_dirname (layer);
  g_autofree char *base = g_path_get_basename (layer);

  /* "./": a name with a colon would be a protocol's. */
  return g_str_equal (folder, layer_folder) ? g_strconcat ("./", base, NULL) : g_strdup (layer);
}

static gboolean
check_new (const char *path, GError **error)
{
  struct stat status;

  if (!g_utf8_validate (path, -1, NULL))
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                         _ ("The name of the new disk has characters that QEMU cannot take (it is not UTF-8). Choose "
                            "another one."));
  else if (lstat (path, &status) == 0)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
                         _ ("There is a file of the new disk's name already. Choose another name."));
  else
    return TRUE;
  return FALSE;
}

gboolean
dio_disk_create (const char *path, const char *format, guint64 size, const char *const *layers,
                 GCancellable *cancellable, GError **error)
{
  g_autoptr (DioConfine) tool = dio_qemu_img_new (FALSE, error);
  g_autofree char *backing = NULL;
  g_autofree char *text = NULL;
  gboolean over = layers != NULL && layers[0] != NULL;

  g_return_val_if_fail (g_path_is_absolute (path), FALSE);

  if (tool == NULL || !check_new (path, error))
    return FALSE;
  if (over)
    {
      const DioDisk below = { .path = (char *) layers[0], .format = (char *) layers[1], .layers = (GStrv) layers + 2 };
      DioDiskInfo info;

      if (!dio_disk_info (&below, &info, cancellable, error))
        return FALSE;
      size = size == 0 ? info.size : size;
      backing = make_backing_name (path, layers[0]);
    }
  if (size < MIN_SIZE || size > MAX_SIZE || (backing != NULL && strlen (backing) > MAX_BACKING_NAME))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                           size < MIN_SIZE || size > MAX_SIZE
                               ? _ ("A disk can have between 1 MiB and 16 TiB. Choose another size.")
                               : _ ("The path of the disk to write over is too long. Move it to a shorter one."));
      return FALSE;
    }
  text = g_strdup_printf ("%" G_GUINT64_FORMAT, (size + SECTOR - 1) / SECTOR * SECTOR);
  if (!dio_confine_give_new (tool, path, error))
    return FALSE;
  /* "-u": the backing file is not looked at, by which it would be opened as its own header wants. */
  if (dio_qemu_img_run (tool,
                        over ? (const char *const[]) { "create", "-q", "-u", "-f", format, "-b", backing, "-F",
                                                       layers[1], path, text, NULL }
                             : (const char *const[]) { "create", "-q", "-f", format, path, text, NULL },
                        NULL, NULL, cancellable, NULL, NULL, error))
    return TRUE;
  g_unlink (path);
  return FALSE;
}

/* Some formats' drivers do not pass on what the file system says, as long as what they wrote of PATH is there. */
static void
explain_full (const char *path, GError **reason)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GError) full = NULL;

  if (!g_error_matches (*reason, G_IO_ERROR, G_IO_ERROR_FAILED) || dio_disk_require_space (folder, MIN_SIZE, &full))
    return;
  g_clear_error (reason);
  *reason = g_steal_pointer (&full);
}

gboolean
dio_disk_convert (const DioDisk *disk, const char *path, const char *format, DioDiskConvert how,
                  DioProgressFunc progress, gpointer data, GCancellable *cancellable, GError **error)
{
  g_autoptr (DioConfine) tool = dio_qemu_img_new (FALSE, error);
  g_autofree char *name = name_of (disk, tool, FALSE, error);
  g_autoptr (GPtrArray) arguments = g_ptr_array_new ();
  g_autoptr (GError) reason = NULL;
  const char *const start[] = { "convert", "-p", "-O", format };

  if (name == NULL || !check_new (path, error) || !dio_confine_give_new (tool, path, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (start); i++)
    g_ptr_array_add (arguments, (gpointer) start[i]);
  if (how == DIO_DISK_CONVERT_COMPRESSED && g_str_equal (format, "qcow2"))
    {
      g_ptr_array_add (arguments, (gpointer) "-c");
      g_ptr_array_add (arguments, (gpointer) "-o");
      g_ptr_array_add (arguments, (gpointer) "compression_type=zstd");
    }
  else if (how == DIO_DISK_CONVERT_COMPRESSED && g_str_equal (format, "vmdk"))
    {
      g_ptr_array_add (arguments, (gpointer) "-o");
      g_ptr_array_add (arguments, (gpointer) "subformat=streamOptimized");
    }
  g_ptr_array_add (arguments, name);
  g_ptr_array_add (arguments, (gpointer) path);
  g_ptr_array_add (arguments, NULL);
  if (dio_qemu_img_run (tool, (const char *const *) arguments->pdata, progress, data, cancellable, NULL, NULL, &reason))
    return TRUE;
  explain_full (path, &reason);
  g_propagate_error (error, g_steal_pointer (&reason));
  g_unlink (path);
  return FALSE;
}

gboolean
dio_disk_sync (const char *path, GError **error)
{
  g_autofd int fd = open (path, O_RDONLY | O_CLOEXEC);

  if (fd >= 0 && fsync (fd) == 0)
    return TRUE;
  else
    {
      int saved_errno = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno),
                   _ ("What was written could not be brought to the drive (%s). Check the drive, then try again."),
                   g_strerror (saved_errno));
      return FALSE;
    }
}

/* --- changing --- */

static gboolean
refuse_format (const DioDisk *disk, GError **error)
{
  if (!disk->read_only && !disk->cdrom && (g_str_equal (disk->format, "qcow2") || g_str_equal (disk->format, "raw")))
    return FALSE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
               disk->read_only || disk->cdrom
                   ? _ ("The disk may only be read.")
                   : _ ("A disk of this kind (%s) cannot be changed this way. Import it as a copy, which is one of "
                        "Diorama's own kind."),
               disk->format);
  return TRUE;
}

gboolean
dio_disk_grow (const DioDisk *disk, guint64 size, GCancellable *cancellable, GError **error)
{
  g_autoptr (DioConfine) tool = dio_qemu_img_new (FALSE, error);
  g_autofree char *name = NULL;
  g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, (size + SECTOR - 1) / SECTOR * SECTOR);
  DioDiskInfo info;

  if (tool == NULL || refuse_format (disk, error) || !dio_disk_info (disk, &info, cancellable, error))
    return FALSE;
  if (size <= info.size || size > MAX_SIZE)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                           size > MAX_SIZE ? _ ("A disk can have at most 16 TiB. Choose a smaller size.")
                                           : _ ("A disk can only become larger: the system on it would lose what is "
                                                "at its end. Choose a larger size."));
      return FALSE;
    }
  name = name_of (disk, tool, TRUE, error);
  return name != NULL &&
         dio_qemu_img_run (tool, (const char *const[]) { "resize", "-q", name, text, NULL }, NULL, NULL, cancellable,
                           NULL, NULL, error) &&
         dio_disk_sync (disk->path, error);
}

gboolean
dio_disk_name_backing (const char *path, const char *layer, const char *format, GCancellable *cancellable,
                       GError **error)
{
  g_autoptr (DioConfine) tool = dio_qemu_img_new (FALSE, error);
  g_autofree char *backing = make_backing_name (path, layer);

  return tool != NULL && dio_confine_give (tool, path, TRUE, error) &&
         dio_qemu_img_run (
             tool,
             (const char *const[]) { "rebase", "-q", "-u", "-f", "qcow2", "-b", backing, "-F", format, path, NULL },
             NULL, NULL, cancellable, NULL, NULL, error);
}

/* DISK anew at PATH: over the same layers, where it has some, only with what is its own. */
static gboolean
rewrite (const DioDisk *disk, const char *path, DioProgressFunc progress, gpointer data, GCancellable *cancellable,
         GError **error)
{
  const char *const *layers = (const char *const *) disk->layers;
  g_autoptr (DioConfine) tool = NULL;
  g_autofree char *name = NULL;
  g_autofree char *below = NULL;

  if (layers == NULL || layers[0] == NULL)
    return dio_disk_convert (disk, path, disk->format, DIO_DISK_CONVERT_PLAIN, progress, data, cancellable, error);

  /* While it is written its header has all layers named, as the node has; then only the first, as always. */
  tool = dio_qemu_img_new (FALSE, error);
  name = name_of (disk, tool, FALSE, error);
  if (name == NULL)
    return FALSE;
  below = node_to_name (layers[0], layers[1], layers + 2);
  if (strlen (below) > MAX_BACKING_NAME)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                           _ ("The paths of what the disk is written over are too long. Move the machine to a "
                              "shorter one."));
      return FALSE;
    }
  if (!dio_confine_give_new (tool, path, error))
    return FALSE;
  if (dio_qemu_img_run (
          tool,
          (const char *const[]) { "convert", "-p", "-O", disk->format, "-B", below, "-F", layers[1], name, path, NULL },
          progress, data, cancellable, NULL, NULL, error) &&
      dio_disk_name_backing (path, layers[0], layers[1], cancellable, error))
    return TRUE;
  g_unlink (path);
  return FALSE;
}

/* The name of what is written beside a disk, which is its own until it is renamed. */
static char *
make_part_path (const DioDisk *disk)
{
  g_autofree char *folder = g_path_get_dirname (disk->path);
  g_autofree char *random = g_uuid_string_random ();
  g_autofree char *name = g_strdup_printf (".compact-%.8s.part", random);

  return g_build_filename (folder, name, NULL);
}

/* PART takes the place of DISK, with its permissions. */
static gboolean
replace (const DioDisk *disk, const char *part, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (disk->path);
  struct stat status;

  if (stat (disk->path, &status) == 0 && chmod (part, status.st_mode & 07777) == 0 && dio_disk_sync (part, error) &&
      g_rename (part, disk->path) == 0)
    return dio_disk_sync (folder, error);
  if (error != NULL && *error == NULL)
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
                 _ ("The compacted disk could not be put in the place of the old one (%s). Nothing was changed."),
                 g_strerror (errno));
  return FALSE;
}

gboolean
dio_disk_compact (const DioDisk *disk, guint64 *ret_saved, DioProgressFunc progress, gpointer data,
                  GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *folder = g_path_get_dirname (disk->path);
  g_autofree char *part = make_part_path (disk);
  DioDiskInfo before, after;
  const DioDisk fresh = { .path = part, .format = disk->format, .layers = disk->layers };

  if (refuse_format (disk, error) || !dio_disk_info (disk, &before, cancellable, error) ||
      !dio_disk_verify (disk, cancellable, error))
    return FALSE;
  if (before.snapshots)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                           _ ("The disk holds snapshots, which compacting it would lose. Delete them first."));
      return FALSE;
    }
  /* At most what it takes now; nobody knows how much less. */
  if (!dio_disk_require_space (folder, before.used, error))
    return FALSE;
  if (rewrite (disk, part, progress, data, cancellable, &local) &&
      dio_disk_info (&fresh, &after, cancellable, &local) && replace (disk, part, &local))
    {
      if (ret_saved != NULL)
        *ret_saved = before.used > after.used ? before.used - after.used : 0;
      return TRUE;
    }
  g_unlink (part);
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}
