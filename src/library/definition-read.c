/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "library/definition-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Where the reading is: an object of the definition, and how it is called in errors. */
typedef struct
{
  JsonObject *object;
  const char *where; /* "", "machine.", "machine.disks[1]." */
  const char *folder;
  gboolean newer;
} Place;

static const char *const disk_formats[] = { "raw", "qcow2", "vmdk", "vdi", "vpc", "vhdx", "qcow", "qed", "luks", NULL };
static const char *const encryptions[] = { "luks", "aes", NULL };

G_GNUC_PRINTF (4, 5)
static gboolean
fail (const Place *place, const char *member, GError **error, const char *format, ...)
{
  g_autofree char *what = NULL;
  va_list args;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  /* Translators: the name of a member of a file, as "machine.cpus", and what is wrong with it. */
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _ ("“%s%s” %s"), place->where, member, what);
  return FALSE;
}

/* --- single values: each returns TRUE without changing its result when the member is not there --- */

static JsonNode *
get_member (const Place *place, const char *member)
{
  JsonNode *node = json_object_get_member (place->object, member);

  return node && !JSON_NODE_HOLDS_NULL (node) ? node : NULL;
}

static gboolean
is_value (JsonNode *node, GType type)
{
  return JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == type;
}

gboolean
dio_definition_is_plain (const char *text, DioTextKind kind)
{
  for (const char *c = text; *c != '\0'; c = g_utf8_next_char (c))
    {
      gunichar character = g_utf8_get_char (c);

      if (g_unichar_iscntrl (character) && !(kind == DIO_TEXT_LINES && (character == '\n' || character == '\t')))
        return FALSE;
    }
  return TRUE;
}

static const char *
check_text (const Place *place, const char *member, JsonNode *node, gsize max, DioTextKind kind, GError **error)
{
  const char *text = is_value (node, G_TYPE_STRING) ? json_node_get_string (node) : NULL;

  if (!text)
    fail (place, member, error, _ ("must be a text."));
  else if (strlen (text) > max)
    fail (place, member, error, _ ("must be at most %" G_GSIZE_FORMAT " bytes long."), max);
  else if (!dio_definition_is_plain (text, kind))
    fail (place, member, error, _ ("must not have control characters."));
  else
    return text;
  return NULL;
}

static gboolean
read_text (const Place *place, const char *member, gsize max, DioTextKind kind, const char **ret, GError **error)
{
  JsonNode *node = get_member (place, member);

  if (!node)
    return TRUE;
  *ret = check_text (place, member, node, max, kind, error);
  return *ret != NULL;
}

static gboolean
read_path (const Place *place, const char *member, char **ret, GError **error)
{
  const char *text = NULL;

  if (!read_text (place, member, DIO_MAX_TEXT, DIO_TEXT_LINE, &text, error))
    return FALSE;
  if (!text)
    return TRUE;
  *ret = dio_definition_resolve (place->folder, text);
  if (!*ret)
    return fail (place, member, error, _ ("must be a path inside the machine's folder, or an absolute one."));
  return TRUE;
}

static gboolean
read_uint (const Place *place, const char *member, guint min, guint max, guint *ret, GError **error)
{
  JsonNode *node = get_member (place, member);
  gint64 value;

  if (!node)
    return TRUE;
  value = is_value (node, G_TYPE_INT64) ? json_node_get_int (node) : -1;
  if (value < min || value > max)
    return fail (place, member, error, _ ("must be a whole number from %u to %u."), min, max);
  *ret = (guint) value;
  return TRUE;
}

static gboolean
read_boolean (const Place *place, const char *member, gboolean *ret, GError **error)
{
  JsonNode *node = get_member (place, member);

  if (!node)
    return TRUE;
  if (!is_value (node, G_TYPE_BOOLEAN))
    return fail (place, member, error, _ ("must be true or false."));
  *ret = json_node_get_boolean (node);
  return TRUE;
}

static gboolean
read_enum (const Place *place, const char *member, GType type, int *ret, GError **error)
{
  g_autoptr (GEnumClass) enumeration = g_type_class_ref (type);
  g_autoptr (GString) nicks = g_string_new (NULL);
  const char *text = NULL;
  GEnumValue *value;

  if (!read_text (place, member, DIO_MAX_TEXT, DIO_TEXT_LINE, &text, error))
    return FALSE;
  if (!text)
    return TRUE;
  value = g_enum_get_value_by_nick (enumeration, text);
  if (value)
    *ret = value->value;
  if (value || place->newer)
    return TRUE;
  for (guint i = 0; i < enumeration->n_values; i++)
    g_string_append_printf (nicks, "%s“%s”", i > 0 ? ", " : "", enumeration->values[i].value_nick);
  return fail (place, member, error, _ ("must be one of %s."), nicks->str);
}

static gboolean
read_strv (const Place *place, const char *member, GStrv *ret, GError **error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  JsonNode *node = get_member (place, member);
  JsonArray *array = node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  if (!node)
    return TRUE;
  if (!array || json_array_get_length (array) > DIO_MAX_PARTS)
    return fail (place, member, error, _ ("must be a list of at most %d texts."), DIO_MAX_PARTS);
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      const char *text =
          check_text (place, member, json_array_get_element (array, i), DIO_MAX_TEXT, DIO_TEXT_LINE, error);

      if (!text)
        return FALSE;
      g_strv_builder_add (builder, text);
    }
  if (json_array_get_length (array) > 0)
    *ret = g_strv_builder_end (builder);
  return TRUE;
}

/* --- what there are several of --- */

typedef gpointer (*ReadPart) (const Place *place, GError **error);

/* Returns: (transfer full) (nullable): the parts that the list MEMBER has, each read by READ. */
static GPtrArray *
read_parts (const Place *place, const char *member, ReadPart read, GDestroyNotify free_part, GError **error)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (free_part);
  JsonNode *node = get_member (place, member);
  JsonArray *array = node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  if (!node)
    return g_steal_pointer (&parts);
  if (!array || json_array_get_length (array) > DIO_MAX_PARTS)
    {
      fail (place, member, error, _ ("must be a list of at most %d objects."), DIO_MAX_PARTS);
      return NULL;
    }
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *element = json_array_get_element (array, i);
      g_autofree char *name = g_strdup_printf ("%s[%u]", member, i);
      g_autofree char *where = g_strdup_printf ("%s%s.", place->where, name);
      gpointer part = NULL;

      if (!JSON_NODE_HOLDS_OBJECT (element))
        fail (place, name, error, _ ("must be an object."));
      else
        part = read (&(Place) { json_node_get_object (element), where, place->folder, place->newer }, error);
      if (!part)
        return NULL;
      g_ptr_array_add (parts, part);
    }
  return g_steal_pointer (&parts);
}

/* "path" and "format" of a disk, or of a layer below one. */
static gboolean
read_image (const Place *place, char **path, char **format, GError **error)
{
  const char *text = NULL;

  if (!read_path (place, "path", path, error) ||
      !read_text (place, "format", DIO_MAX_TEXT, DIO_TEXT_LINE, &text, error))
    return FALSE;
  if (text && !g_strv_contains (disk_formats, text))
    return fail (place, "format", error, _ ("must be one of %s."),
                 "“raw”, “qcow2”, “vmdk”, “vdi”, “vpc”, “vhdx”, “qcow”, “qed”, “luks”");
  g_set_str (format, text);
  return TRUE;
}

/* A layer is a disk with nothing but its path and format. */
static gpointer
read_layer (const Place *place, GError **error)
{
  g_autoptr (DioDisk) layer = g_new0 (DioDisk, 1);

  if (!read_image (place, &layer->path, &layer->format, error))
    return NULL;
  if (layer->path && layer->format)
    return g_steal_pointer (&layer);
  fail (place, layer->path ? "format" : "path", error, _ ("is missing."));
  return NULL;
}

static gboolean
read_layers (const Place *place, GStrv *ret, GError **error)
{
  g_autoptr (GPtrArray) layers = read_parts (place, "layers", read_layer, (GDestroyNotify) dio_disk_free, error);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  if (!layers)
    return FALSE;
  for (guint i = 0; i < layers->len; i++)
    {
      DioDisk *layer = layers->pdata[i];

      g_strv_builder_add_many (builder, layer->path, layer->format, NULL);
    }
  if (layers->len > 0)
    *ret = g_strv_builder_end (builder);
  return TRUE;
}

/* What a format is encrypted with. Unencrypted "luks" there is none. */
static gboolean
read_encryption (const Place *place, DioDisk *disk, GError **error)
{
  const char *text = disk->format && g_str_equal (disk->format, "luks") ? "luks" : NULL;

  if (!read_text (place, "encryption", DIO_MAX_TEXT, DIO_TEXT_LINE, &text, error))
    return FALSE;
  for (guint i = 0; text && encryptions[i]; i++)
    if (g_str_equal (text, encryptions[i]))
      disk->encryption = encryptions[i];
  if (text && !disk->encryption)
    return fail (place, "encryption", error, _ ("must be one of %s."), "“luks”, “aes”");
  return TRUE;
}

static gpointer
read_disk (const Place *place, GError **error)
{
  g_autoptr (DioDisk) disk = g_new0 (DioDisk, 1);
  int bus = DIO_DISK_BUS_VIRTIO, cache = DIO_DISK_CACHE_SAFE;

  if (!read_image (place, &disk->path, &disk->format, error) || !read_boolean (place, "cdrom", &disk->cdrom, error) ||
      !read_boolean (place, "read-only", &disk->read_only, error) ||
      !read_enum (place, "cache", DIO_TYPE_DISK_CACHE, &cache, error) || !read_layers (place, &disk->layers, error) ||
      !read_encryption (place, disk, error))
    return NULL;
  bus = disk->cdrom ? DIO_DISK_BUS_SATA : bus;
  if (!read_enum (place, "bus", DIO_TYPE_DISK_BUS, &bus, error))
    return NULL;
  disk->bus = (DioDiskBus) bus;
  disk->cache = (DioDiskCache) cache;
  if (disk->cdrom)
    {
      disk->read_only = TRUE;
      if (!disk->format)
        disk->format = g_strdup ("raw");
    }
  if (disk->format && (disk->path || disk->cdrom))
    return g_steal_pointer (&disk);
  fail (place, disk->format ? "path" : "format", error, _ ("is missing."));
  return NULL;
}

static gboolean
read_port (const Place *place, const char *member, guint16 *ret, GError **error)
{
  guint port = 0;

  if (!read_uint (place, member, 1, G_MAXUINT16, &port, error))
    return FALSE;
  if (port == 0)
    return fail (place, member, error, _ ("is missing."));
  *ret = (guint16) port;
  return TRUE;
}

static gpointer
read_forward (const Place *place, GError **error)
{
  g_autoptr (DioForward) forward = g_new0 (DioForward, 1);
  const char *protocol = "tcp", *address = NULL;
  g_autoptr (GInetAddress) parsed = NULL;

  if (!read_text (place, "protocol", DIO_MAX_TEXT, DIO_TEXT_LINE, &protocol, error) ||
      !read_text (place, "address", DIO_MAX_TEXT, DIO_TEXT_LINE, &address, error) ||
      !read_port (place, "host-port", &forward->host_port, error) ||
      !read_port (place, "guest-port", &forward->guest_port, error))
    return NULL;
  if (!g_str_equal (protocol, "tcp") && !g_str_equal (protocol, "udp"))
    {
      fail (place, "protocol", error, _ ("must be one of %s."), "“tcp”, “udp”");
      return NULL;
    }
  parsed = address ? g_inet_address_new_from_string (address) : NULL;
  if (address && (!parsed || g_inet_address_get_family (parsed) != G_SOCKET_FAMILY_IPV4))
    {
      fail (place, "address", error, _ ("must be an IPv4 address."));
      return NULL;
    }
  forward->udp = g_str_equal (protocol, "udp");
  forward->address = g_strdup (address);
  return g_steal_pointer (&forward);
}

static gboolean
is_tag (const char *tag)
{
  return *tag != '\0' && strlen (tag) <= 31 &&
         strspn (tag, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_") == strlen (tag);
}

static gpointer
read_share (const Place *place, GError **error)
{
  g_autoptr (DioShare) share = g_new0 (DioShare, 1);
  const char *tag = NULL;

  if (!read_text (place, "tag", DIO_MAX_TEXT, DIO_TEXT_LINE, &tag, error) ||
      !read_path (place, "path", &share->path, error) || !read_boolean (place, "read-only", &share->read_only, error))
    return NULL;
  if (!tag || !is_tag (tag))
    {
      fail (place, "tag", error, _ ("must be 1 to 31 ASCII letters, digits, “-” and “_”."));
      return NULL;
    }
  if (!share->path)
    {
      fail (place, "path", error, _ ("is missing."));
      return NULL;
    }
  share->tag = g_strdup (tag);
  return g_steal_pointer (&share);
}

/* --- properties of an object --- */

static gboolean
read_string (const Place *place, GParamSpec *pspec, GValue *value, GError **error)
{
  gboolean notes = g_str_equal (pspec->name, "notes");
  g_autofree char *path = NULL;
  const char *text = NULL;

  if (dio_definition_is_path (pspec))
    {
      if (!read_path (place, pspec->name, &path, error))
        return FALSE;
      text = path;
    }
  else if (!read_text (place, pspec->name, notes ? DIO_MAX_NOTES : DIO_MAX_TEXT, notes ? DIO_TEXT_LINES : DIO_TEXT_LINE,
                       &text, error))
    return FALSE;
  if (text && g_str_equal (pspec->name, "arch") &&
      (*text == '\0' || strspn (text, G_CSET_a_2_z G_CSET_DIGITS "_") < strlen (text)))
    return fail (place, pspec->name, error, _ ("must be the name of an architecture, as “x86_64”."));
  if (text && g_str_equal (pspec->name, "icon") && (*text == '.' || strchr (text, '/')))
    return fail (place, pspec->name, error, _ ("must be a name without folders."));
  if (text)
    g_value_set_string (value, text);
  return TRUE;
}

/* VALUE: the default, of PSPEC's type. */
static gboolean
read_value (const Place *place, GParamSpec *pspec, GValue *value, GError **error)
{
  if (G_IS_PARAM_SPEC_STRING (pspec))
    return read_string (place, pspec, value, error);
  if (G_IS_PARAM_SPEC_BOOLEAN (pspec))
    {
      gboolean boolean = g_value_get_boolean (value);

      if (!read_boolean (place, pspec->name, &boolean, error))
        return FALSE;
      g_value_set_boolean (value, boolean);
    }
  else if (G_IS_PARAM_SPEC_UINT (pspec))
    {
      GParamSpecUInt *bounds = G_PARAM_SPEC_UINT (pspec);
      guint number = g_value_get_uint (value);

      if (!read_uint (place, pspec->name, bounds->minimum, bounds->maximum, &number, error))
        return FALSE;
      g_value_set_uint (value, number);
    }
  else if (G_IS_PARAM_SPEC_ENUM (pspec))
    {
      int number = g_value_get_enum (value);

      if (!read_enum (place, pspec->name, pspec->value_type, &number, error))
        return FALSE;
      g_value_set_enum (value, number);
    }
  else
    {
      GStrv strv = NULL;

      if (!read_strv (place, pspec->name, &strv, error))
        return FALSE;
      g_value_take_boxed (value, strv);
    }
  return TRUE;
}

/* Sets PSPECS, those of OBJECT that are ours to set, from the members of their names; what has no member gets its
 * default. */
static gboolean
read_properties (const Place *place, GObject *object, GError **error)
{
  guint n;
  g_autofree GParamSpec **pspecs = g_object_class_list_properties (G_OBJECT_GET_CLASS (object), &n);

  for (guint i = 0; i < n; i++)
    {
      g_auto (GValue) value = G_VALUE_INIT;

      if (!dio_definition_has_property (pspecs[i]))
        continue;
      g_value_init (&value, pspecs[i]->value_type);
      g_param_value_set_default (pspecs[i], &value);
      if (!read_value (place, pspecs[i], &value, error))
        return FALSE;
      g_object_set_property (object, pspecs[i]->name, &value);
    }
  return TRUE;
}

static gboolean
read_machine (const Place *place, DioMachineConfig *config, GError **error)
{
  g_autoptr (GPtrArray) disks = NULL, forwards = NULL, shares = NULL;

  if (!read_properties (place, G_OBJECT (config), error))
    return FALSE;
  disks = read_parts (place, "disks", read_disk, (GDestroyNotify) dio_disk_free, error);
  if (!disks)
    return FALSE;
  forwards = read_parts (place, "forwards", read_forward, (GDestroyNotify) dio_forward_free, error);
  if (!forwards)
    return FALSE;
  shares = read_parts (place, "shares", read_share, (GDestroyNotify) dio_share_free, error);
  if (!shares)
    return FALSE;
  g_object_set (config, "disks", disks, "forwards", forwards, "shares", shares, NULL);
  return TRUE;
}

/* --- all of it --- */

static gboolean
read_identity (const Place *place, DioDefinition *self, GError **error)
{
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  g_autoptr (GDateTime) created = NULL;
  g_autofree char *lower = NULL;
  const char *name = NULL, *uuid = NULL, *time = NULL;

  if (!read_text (place, "name", DIO_MAX_TEXT, DIO_TEXT_LINE, &name, error) ||
      !read_text (place, "uuid", DIO_MAX_TEXT, DIO_TEXT_LINE, &uuid, error) ||
      !read_text (place, "created", DIO_MAX_TEXT, DIO_TEXT_LINE, &time, error))
    return FALSE;
  if (!name || *name == '\0' || g_utf8_strlen (name, -1) > DIO_MAX_NAME)
    return fail (place, "name", error, _ ("must be a text of 1 to %d characters."), DIO_MAX_NAME);
  if (!uuid || !g_uuid_string_is_valid (uuid))
    return fail (place, "uuid", error, _ ("must be a UUID."));
  created = time ? g_date_time_new_from_iso8601 (time, utc) : NULL;
  if (time && !created)
    return fail (place, "created", error, _ ("must be a date and time, as “2026-11-21T18:20:00Z”."));
  lower = g_ascii_strdown (uuid, -1);
  g_object_set (self->config, "name", name, "uuid", lower, NULL);
  self->created = created ? MAX (g_date_time_to_unix (created), 0) : 0;
  return TRUE;
}

gboolean
dio_definition_read (DioDefinition *self, gboolean newer, GError **error)
{
  const Place top = { self->read, "", self->folder, newer };
  JsonNode *machine = get_member (&top, "machine");
  const Place below = { machine && JSON_NODE_HOLDS_OBJECT (machine) ? json_node_get_object (machine) : NULL, "machine.",
                        self->folder, newer };

  if (!below.object)
    return fail (&top, "machine", error, _ ("must be an object."));
  return read_identity (&top, self, error) && read_properties (&top, G_OBJECT (self), error) &&
         read_machine (&below, self->config, error);
}
