/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "library/definition-private.h"

#include <string.h>

/* --- members that we do not know --- */

/* Behind what TO has, the members of FROM that are not KNOWN. */
static void
keep_unknown (JsonObject *to, JsonObject *from, const char *const *known)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  if (!from)
    return;
  json_object_iter_init_ordered (&iter, from);
  while (json_object_iter_next_ordered (&iter, &name, &node))
    if (!g_strv_contains (known, name) && !json_object_has_member (to, name))
      json_object_set_member (to, name, json_node_copy (node));
}

static JsonObject *
get_object (JsonObject *from, const char *member)
{
  JsonNode *node = from ? json_object_get_member (from, member) : NULL;

  return node && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static JsonArray *
get_array (JsonObject *from, const char *member)
{
  JsonNode *node = from ? json_object_get_member (from, member) : NULL;

  return node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

static gboolean
has_value (JsonObject *object, const char *key, JsonNode *value)
{
  JsonNode *node = json_object_get_member (object, key);

  return node && value ? json_node_equal (node, value) : node == value;
}

/* Finds what PART of a list was in the list OLD: the one with the same KEY; if there is none, the one that stood at
 * the same INDEX, unless that has another place now. */
static JsonObject *
find_old (JsonArray *old, JsonArray *list, guint index, const char *key)
{
  JsonObject *part = json_array_get_object_element (list, index);
  JsonObject *same = NULL;

  for (guint i = 0; old && i < json_array_get_length (old); i++)
    {
      JsonNode *node = json_array_get_element (old, i);

      if (JSON_NODE_HOLDS_OBJECT (node) &&
          has_value (json_node_get_object (node), key, json_object_get_member (part, key)))
        return json_node_get_object (node);
    }
  if (old && index < json_array_get_length (old) && JSON_NODE_HOLDS_OBJECT (json_array_get_element (old, index)))
    same = json_array_get_object_element (old, index);
  for (guint i = 0; same && i < json_array_get_length (list); i++)
    if (has_value (json_array_get_object_element (list, i), key, json_object_get_member (same, key)))
      same = NULL;
  return same;
}

static void
keep_unknown_of_parts (JsonArray *list, JsonArray *old, const char *key, const char *const *known)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new ();

  for (guint i = 0; i < json_array_get_length (list); i++)
    g_ptr_array_add (found, find_old (old, list, i, key));
  for (guint i = 0; i < found->len; i++)
    keep_unknown (json_array_get_object_element (list, i), found->pdata[i], known);
}

/* Adds LIST as MEMBER, unless it is empty. */
static void
take_parts (JsonObject *object, const char *member, JsonArray *list)
{
  if (json_array_get_length (list) > 0)
    json_object_set_array_member (object, member, list);
  else
    json_array_unref (list);
}

/* --- what there are several of --- */

static void
set_path (JsonObject *object, const char *member, const char *folder, const char *path)
{
  g_autofree char *text = path ? dio_definition_shorten (folder, path) : NULL;

  if (!text)
    return;
  json_object_set_string_member (object, member, text);
}

static const char *
get_nick (GType type, int value)
{
  g_autoptr (GEnumClass) enumeration = g_type_class_ref (type);

  return g_enum_get_value (enumeration, value)->value_nick;
}

static JsonArray *
write_layers (const DioDisk *disk, const char *folder)
{
  JsonArray *list = json_array_new ();

  for (guint i = 0; disk->layers && disk->layers[i] && disk->layers[i + 1]; i += 2)
    {
      JsonObject *layer = json_object_new ();

      set_path (layer, "path", folder, disk->layers[i]);
      json_object_set_string_member (layer, "format", disk->layers[i + 1]);
      json_array_add_object_element (list, layer);
    }
  return list;
}

static JsonObject *
write_disk (const DioDisk *disk, const char *folder)
{
  JsonObject *object = json_object_new ();

  set_path (object, "path", folder, disk->path);
  json_object_set_string_member (object, "format", disk->format);
  json_object_set_string_member (object, "bus", get_nick (DIO_TYPE_DISK_BUS, disk->bus));
  if (disk->cache != DIO_DISK_CACHE_SAFE)
    json_object_set_string_member (object, "cache", get_nick (DIO_TYPE_DISK_CACHE, disk->cache));
  if (disk->encryption)
    json_object_set_string_member (object, "encryption", disk->encryption);
  if (disk->cdrom)
    json_object_set_boolean_member (object, "cdrom", TRUE);
  else if (disk->read_only)
    json_object_set_boolean_member (object, "read-only", TRUE);
  take_parts (object, "layers", write_layers (disk, folder));
  return object;
}

static JsonArray *
write_disks (GPtrArray *disks, const char *folder, JsonArray *old)
{
  static const char *const known[] = { "path",      "format", "bus",        "cache", "cdrom",
                                       "read-only", "layers", "encryption", NULL };
  static const char *const known_of_layer[] = { "path", "format", NULL };
  JsonArray *list = json_array_new ();

  for (guint i = 0; i < disks->len; i++)
    json_array_add_object_element (list, write_disk (disks->pdata[i], folder));
  for (guint i = 0; i < disks->len; i++)
    {
      JsonArray *layers = get_array (json_array_get_object_element (list, i), "layers");

      if (layers)
        keep_unknown_of_parts (layers, get_array (find_old (old, list, i, "path"), "layers"), "path", known_of_layer);
    }
  keep_unknown_of_parts (list, old, "path", known);
  return list;
}

static JsonArray *
write_forwards (GPtrArray *forwards, JsonArray *old)
{
  static const char *const known[] = { "protocol", "address", "host-port", "guest-port", NULL };
  JsonArray *list = json_array_new ();

  for (guint i = 0; i < forwards->len; i++)
    {
      const DioForward *forward = forwards->pdata[i];
      JsonObject *object = json_object_new ();

      json_object_set_string_member (object, "protocol", forward->udp ? "udp" : "tcp");
      if (forward->address)
        json_object_set_string_member (object, "address", forward->address);
      json_object_set_int_member (object, "host-port", forward->host_port);
      json_object_set_int_member (object, "guest-port", forward->guest_port);
      json_array_add_object_element (list, object);
    }
  keep_unknown_of_parts (list, old, "host-port", known);
  return list;
}

static JsonArray *
write_shares (GPtrArray *shares, const char *folder, JsonArray *old)
{
  static const char *const known[] = { "tag", "path", "read-only", NULL };
  JsonArray *list = json_array_new ();

  for (guint i = 0; i < shares->len; i++)
    {
      const DioShare *share = shares->pdata[i];
      JsonObject *object = json_object_new ();

      json_object_set_string_member (object, "tag", share->tag);
      set_path (object, "path", folder, share->path);
      if (share->read_only)
        json_object_set_boolean_member (object, "read-only", TRUE);
      json_array_add_object_element (list, object);
    }
  keep_unknown_of_parts (list, old, "tag", known);
  return list;
}

/* --- properties of an object --- */

static JsonNode *
write_strv (const char *const *strv)
{
  g_autoptr (JsonArray) list = json_array_new ();

  for (guint i = 0; strv[i]; i++)
    json_array_add_string_element (list, strv[i]);
  return json_node_init_array (json_node_alloc (), list);
}

static JsonNode *
write_value (GParamSpec *pspec, const GValue *value, const char *folder)
{
  JsonNode *node = json_node_alloc ();
  g_autofree char *path = NULL;

  if (G_IS_PARAM_SPEC_STRING (pspec) && dio_definition_is_path (pspec))
    {
      path = dio_definition_shorten (folder, g_value_get_string (value));
      return json_node_init_string (node, path);
    }
  if (G_IS_PARAM_SPEC_STRING (pspec))
    return json_node_init_string (node, g_value_get_string (value));
  if (G_IS_PARAM_SPEC_BOOLEAN (pspec))
    return json_node_init_boolean (node, g_value_get_boolean (value));
  if (G_IS_PARAM_SPEC_UINT (pspec))
    return json_node_init_int (node, g_value_get_uint (value));
  if (G_IS_PARAM_SPEC_ENUM (pspec))
    return json_node_init_string (node, get_nick (pspec->value_type, g_value_get_enum (value)));
  json_node_free (node);
  return write_strv (g_value_get_boxed (value));
}

static gboolean
is_default (GParamSpec *pspec, const GValue *value)
{
  /* An empty list is as none. */
  if (G_VALUE_HOLDS (value, G_TYPE_STRV))
    {
      const char *const *strv = g_value_get_boxed (value);

      return !strv || !strv[0];
    }
  return g_param_value_defaults (pspec, value);
}

/* Adds what OBJECT's properties say, other than their defaults, and notes the names of all of them in KNOWN. */
static void
write_properties (JsonObject *to, GObject *object, const char *folder, GStrvBuilder *known)
{
  guint n;
  g_autofree GParamSpec **pspecs = g_object_class_list_properties (G_OBJECT_GET_CLASS (object), &n);

  for (guint i = 0; i < n; i++)
    {
      g_auto (GValue) value = G_VALUE_INIT;

      if (!dio_definition_has_property (pspecs[i]))
        continue;
      g_strv_builder_add (known, pspecs[i]->name);
      g_value_init (&value, pspecs[i]->value_type);
      g_object_get_property (object, pspecs[i]->name, &value);
      if (!is_default (pspecs[i], &value))
        json_object_set_member (to, pspecs[i]->name, write_value (pspecs[i], &value, folder));
    }
}

static JsonObject *
write_machine (DioDefinition *self, JsonObject *old)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) known = NULL;
  JsonObject *machine = json_object_new ();

  write_properties (machine, G_OBJECT (self->config), self->folder, builder);
  take_parts (machine, "disks",
              write_disks (dio_machine_config_get_disks (self->config), self->folder, get_array (old, "disks")));
  take_parts (machine, "forwards",
              write_forwards (dio_machine_config_get_forwards (self->config), get_array (old, "forwards")));
  take_parts (machine, "shares",
              write_shares (dio_machine_config_get_shares (self->config), self->folder, get_array (old, "shares")));
  g_strv_builder_add_many (builder, "disks", "forwards", "shares", NULL);
  known = g_strv_builder_end (builder);
  keep_unknown (machine, old, (const char *const *) known);
  return machine;
}

JsonObject *
dio_definition_write (DioDefinition *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) known = NULL;
  JsonObject *top = json_object_new ();

  json_object_set_int_member (top, "diorama", DIO_DEFINITION_VERSION);
  json_object_set_string_member (top, "name", dio_machine_config_get_name (self->config));
  json_object_set_string_member (top, "uuid", dio_machine_config_get_uuid (self->config));
  if (self->created > 0)
    {
      g_autoptr (GDateTime) created = g_date_time_new_from_unix_utc (self->created);
      g_autofree char *time = created ? g_date_time_format_iso8601 (created) : NULL;

      if (time)
        json_object_set_string_member (top, "created", time);
    }
  write_properties (top, G_OBJECT (self), self->folder, builder);
  json_object_set_object_member (top, "machine", write_machine (self, get_object (self->read, "machine")));
  g_strv_builder_add_many (builder, "diorama", "name", "uuid", "created", "machine", NULL);
  known = g_strv_builder_end (builder);
  keep_unknown (top, self->read, (const char *const *) known);
  return top;
}
