/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "cli/parts.h"

#include "vm/disk-image.h"

#include <glib/gi18n.h>
#include <string.h>

static gboolean refuse (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
refuse (GError **error, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_propagate_error (error, g_error_new_valist (G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, format, arguments));
  va_end (arguments);
  return FALSE;
}

/* --- whole lists --- */

/* "[tcp:|udp:][ADDRESS:]HOST-PORT:GUEST-PORT" */
static JsonObject *
parse_forward (const char *word, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (word, ":", -1);
  guint first = parts[0] && (g_str_equal (parts[0], "tcp") || g_str_equal (parts[0], "udp")) ? 1 : 0;
  guint n = g_strv_length (parts);
  guint64 host, guest;
  JsonObject *object;

  if (n - first < 2 || n - first > 3 || !g_ascii_string_to_unsigned (parts[n - 2], 10, 1, 65535, &host, NULL) ||
      !g_ascii_string_to_unsigned (parts[n - 1], 10, 1, 65535, &guest, NULL))
    {
      refuse (error,
              _ ("“forwards” does not understand “%s”. “2222:22” leads from this computer's port 2222 to the machine's "
                 "22; “udp:” and an address of this computer can stand before."),
              word);
      return NULL;
    }
  object = json_object_new ();
  json_object_set_string_member (object, "protocol", first ? parts[0] : "tcp");
  if (n - first == 3)
    json_object_set_string_member (object, "address", parts[first]);
  json_object_set_int_member (object, "host-port", (gint64) host);
  json_object_set_int_member (object, "guest-port", (gint64) guest);
  return object;
}

static JsonNode *
parse_forwards (const char *value, GError **error)
{
  g_auto (GStrv) words = g_strsplit (value, ",", -1);
  g_autoptr (JsonArray) array = json_array_new ();

  for (guint i = 0; words[i]; i++)
    {
      JsonObject *forward = parse_forward (words[i], error);

      if (!forward)
        return NULL;
      json_array_add_object_element (array, forward);
    }
  return json_node_init_array (json_node_alloc (), array);
}

static gboolean
holds_objects (JsonArray *array)
{
  for (guint i = 0; i < json_array_get_length (array); i++)
    if (!JSON_NODE_HOLDS_OBJECT (json_array_get_element (array, i)))
      return FALSE;
  return TRUE;
}

JsonNode *
dio_parts_parse (const char *name, const char *value, GError **error)
{
  g_autoptr (JsonNode) node = NULL;
  g_autoptr (GError) cause = NULL;

  if (g_str_equal (name, "forwards") && value[0] != '[')
    return parse_forwards (value, error);
  node = json_from_string (value, &cause);
  if (node && JSON_NODE_HOLDS_ARRAY (node) && holds_objects (json_node_get_array (node)))
    return g_steal_pointer (&node);
  if (cause)
    refuse (error, _ ("“%s” takes a JSON array of objects, as a definition has it (%s)."), name, cause->message);
  else
    refuse (error, _ ("“%s” takes a JSON array of objects, as a definition has it."), name);
  return NULL;
}

/* --- one of them --- */

gboolean
dio_parts_knows (const char *name)
{
  return g_str_equal (name, "cdrom") || g_str_has_prefix (name, "disk.") || g_str_has_prefix (name, "share.");
}

/* An array of objects, whatever the definition had. */
static JsonArray *
ensure_array (JsonObject *machine, const char *name)
{
  JsonNode *node = json_object_get_member (machine, name);

  if (!node || !JSON_NODE_HOLDS_ARRAY (node) || !holds_objects (json_node_get_array (node)))
    json_object_set_array_member (machine, name, json_array_new ());
  return json_object_get_array_member (machine, name);
}

static gboolean
member_is (JsonObject *object, const char *member, const char *text)
{
  JsonNode *node = json_object_get_member (object, member);

  return node && json_node_get_value_type (node) == G_TYPE_STRING && g_str_equal (json_node_get_string (node), text);
}

static gboolean
is_cdrom (JsonObject *disk)
{
  JsonNode *node = json_object_get_member (disk, "cdrom");

  return node && json_node_get_value_type (node) == G_TYPE_BOOLEAN && json_node_get_boolean (node);
}

/* The definition makes it relative where it is in the machine's folder. */
static void
set_path (JsonObject *object, const char *value)
{
  g_autofree char *path = g_canonicalize_filename (value, NULL);

  json_object_set_string_member (object, "path", path);
}

/* QEMU is told each image's format, and so it has to be known. */
static gboolean
set_image (JsonObject *object, const char *value, GError **error)
{
  g_autofree char *path = g_canonicalize_filename (value, NULL);
  g_autoptr (GError) cause = NULL;
  DioDiskImage image;

  if (!dio_disk_image_probe (path, &image, &cause))
    return refuse (error, _ ("“%s” cannot be used. %s"), path, cause->message);
  set_path (object, path);
  json_object_set_string_member (object, "format", image.format);
  json_object_remove_member (object, "layers");
  json_object_remove_member (object, "encryption");
  return TRUE;
}

/* The first CD drive; there is one afterwards. */
static gboolean
assign_cdrom (JsonObject *machine, const char *value, GError **error)
{
  JsonArray *disks = ensure_array (machine, "disks");
  JsonObject *drive = NULL;

  for (guint i = 0; i < json_array_get_length (disks) && !drive; i++)
    {
      JsonObject *disk = json_array_get_object_element (disks, i);

      if (is_cdrom (disk))
        drive = disk;
    }
  if (!drive)
    {
      drive = json_object_new ();
      json_object_set_string_member (drive, "format", "raw");
      json_object_set_string_member (drive, "bus", "sata");
      json_object_set_boolean_member (drive, "read-only", TRUE);
      json_object_set_boolean_member (drive, "cdrom", TRUE);
      json_array_add_object_element (disks, drive);
    }
  if (*value)
    return set_image (drive, value, error);
  json_object_remove_member (drive, "path");
  return TRUE;
}

static gboolean
assign_member (JsonObject *disk, const char *member, const char *value, GError **error)
{
  static const char *const yes[] = { "yes", "true", "on", "1", NULL };
  static const char *const no[] = { "no", "false", "off", "0", NULL };

  if (g_str_equal (member, "path"))
    return set_image (disk, value, error);
  if (g_str_equal (member, "bus") || g_str_equal (member, "cache") || g_str_equal (member, "format"))
    {
      if (*value)
        json_object_set_string_member (disk, member, value);
      else
        json_object_remove_member (disk, member);
      return TRUE;
    }
  if (!g_str_equal (member, "read-only") && !g_str_equal (member, "cdrom"))
    return refuse (error, _ ("A disk has “path”, “format”, “bus”, “cache”, “read-only” and “cdrom”, but no “%s”."),
                   member);
  if (!g_strv_contains (yes, value) && !g_strv_contains (no, value))
    return refuse (error, _ ("“%s” takes “yes” or “no”, not “%s”."), member, value);
  json_object_set_boolean_member (disk, member, g_strv_contains (yes, value));
  return TRUE;
}

/* "disk.2.cache", or "disk.2" to be removed. They are counted from 1; one behind the last adds one. */
static gboolean
assign_disk (JsonObject *machine, const char *name, const char *value, GError **error)
{
  JsonArray *disks = ensure_array (machine, "disks");
  g_auto (GStrv) parts = g_strsplit (name, ".", 3);
  guint n = json_array_get_length (disks);
  guint64 number;

  if (!g_ascii_string_to_unsigned (parts[1], 10, 1, n + 1, &number, NULL))
    return refuse (error, _ ("“%s”: the machine has %u disks, which are counted from 1."), name, n);
  if (!parts[2])
    {
      if (*value || number > n)
        return refuse (error, _ ("“%s=” takes disk %u out of the machine; “%s.path=FILE” puts one in."), name,
                       (guint) number, name);
      json_array_remove_element (disks, (guint) number - 1);
      return TRUE;
    }
  if (number > n)
    {
      if (!g_str_equal (parts[2], "path"))
        return refuse (error, _ ("“%s”: there is no such disk. Add it first with “disk.%u.path=FILE”."), name,
                       (guint) number);
      json_array_add_object_element (disks, json_object_new ());
    }
  return assign_member (json_array_get_object_element (disks, (guint) number - 1), parts[2], value, error);
}

/* "share.music=/home/me/Music", "share.music.read-only=yes", "share.music=" */
static gboolean
assign_share (JsonObject *machine, const char *name, const char *value, GError **error)
{
  JsonArray *shares = ensure_array (machine, "shares");
  g_auto (GStrv) parts = g_strsplit (name, ".", 3);
  JsonObject *share = NULL;
  guint i; /* behind the share's place */

  for (i = 0; i < json_array_get_length (shares) && !share; i++)
    if (member_is (json_array_get_object_element (shares, i), "tag", parts[1]))
      share = json_array_get_object_element (shares, i);
  if (parts[2] && (!share || !g_str_equal (parts[2], "read-only")))
    return refuse (error,
                   _ ("“%s”: “share.TAG=FOLDER” shares a “share.TAG.read-only=yes” keeps the machine "
                      "from writing to it."),
                   name);
  if (parts[2])
    return assign_member (share, parts[2], value, error);
  if (!*value)
    {
      if (!share)
        return refuse (error, _ ("No folder is shared as “%s”."), parts[1]);
      json_array_remove_element (shares, i - 1);
      return TRUE;
    }
  if (!share)
    {
      share = json_object_new ();
      json_object_set_string_member (share, "tag", parts[1]);
      json_array_add_object_element (shares, share);
    }
  set_path (share, value);
  return TRUE;
}

gboolean
dio_parts_assign (JsonObject *machine, const char *name, const char *value, GError **error)
{
  if (g_str_equal (name, "cdrom"))
    return assign_cdrom (machine, value, error);
  if (g_str_has_prefix (name, "disk."))
    return assign_disk (machine, name, value, error);
  return assign_share (machine, name, value, error);
}

/* --- all of them --- */

static const char *
get_nick (GType type, int value)
{
  g_autoptr (GEnumClass) klass = g_type_class_ref (type);

  return g_enum_get_value (klass, value)->value_nick;
}

static JsonArray *
layers_to_json (GStrv layers)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; layers && layers[i] && layers[i + 1]; i += 2)
    {
      JsonObject *layer = json_object_new ();

      json_object_set_string_member (layer, "path", layers[i]);
      json_object_set_string_member (layer, "format", layers[i + 1]);
      json_array_add_object_element (array, layer);
    }
  return array;
}

static JsonArray *
disks_to_json (GPtrArray *disks)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < disks->len; i++)
    {
      const DioDisk *disk = disks->pdata[i];
      JsonObject *object = json_object_new ();

      json_object_set_string_member (object, "path", disk->path);
      json_object_set_string_member (object, "format", disk->format);
      json_object_set_string_member (object, "bus", get_nick (DIO_TYPE_DISK_BUS, (int) disk->bus));
      json_object_set_string_member (object, "cache", get_nick (DIO_TYPE_DISK_CACHE, (int) disk->cache));
      json_object_set_boolean_member (object, "read-only", disk->read_only);
      json_object_set_boolean_member (object, "cdrom", disk->cdrom);
      if (disk->encryption)
        json_object_set_string_member (object, "encryption", disk->encryption);
      json_object_set_array_member (object, "layers", layers_to_json (disk->layers));
      json_array_add_object_element (array, object);
    }
  return array;
}

static JsonArray *
forwards_to_json (GPtrArray *forwards)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < forwards->len; i++)
    {
      const DioForward *forward = forwards->pdata[i];
      JsonObject *object = json_object_new ();

      json_object_set_string_member (object, "protocol", forward->udp ? "udp" : "tcp");
      json_object_set_string_member (object, "address", forward->address ? forward->address : "127.0.0.1");
      json_object_set_int_member (object, "host-port", forward->host_port);
      json_object_set_int_member (object, "guest-port", forward->guest_port);
      json_array_add_object_element (array, object);
    }
  return array;
}

static JsonArray *
shares_to_json (GPtrArray *shares)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < shares->len; i++)
    {
      const DioShare *share = shares->pdata[i];
      JsonObject *object = json_object_new ();

      json_object_set_string_member (object, "tag", share->tag);
      json_object_set_string_member (object, "path", share->path);
      json_object_set_boolean_member (object, "read-only", share->read_only);
      json_array_add_object_element (array, object);
    }
  return array;
}

void
dio_parts_to_json (DioMachineConfig *config, JsonObject *object)
{
  json_object_set_array_member (object, "disks", disks_to_json (dio_machine_config_get_disks (config)));
  json_object_set_array_member (object, "forwards", forwards_to_json (dio_machine_config_get_forwards (config)));
  json_object_set_array_member (object, "shares", shares_to_json (dio_machine_config_get_shares (config)));
}

const char *
dio_parts_get_help (void)
{
  return _ ("  cdrom              an ISO file; nothing: no disc\n"
            "  disk.N.path        an image; one behind the last adds a disk\n"
            "  disk.N.bus         “virtio”, “sata”, “nvme”, “usb”, “scsi”\n"
            "  disk.N.cache       “safe”, “direct”, “fast”\n"
            "  disk.N.read-only   “yes”, “no”\n"
            "  disk.N             nothing: takes it out; its file stays\n"
            "  forwards           ports of this computer that lead into the machine: 2222:22,udp:5353:53\n"
            "  share.TAG          a folder that the machine sees; nothing: no longer\n"
            "  share.TAG.read-only  “yes”, “no”\n"
            "“disks”, “forwards” and “shares” also take JSON arrays, as the definition has them.");
}
