/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "library/definition-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

enum
{
  PROP_OS = 1,
  PROP_OS_NAME,
  PROP_ICON,
  PROP_GROUP,
  PROP_NOTES,
  PROP_AUTOSTART,
  PROP_CREATED,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (DioDefinition, dio_definition, G_TYPE_OBJECT)

gboolean
dio_definition_has_property (GParamSpec *pspec)
{
  /* The first two have members of their own; the third is a run's, not the machine's. */
  static const char *const others[] = { "name", "uuid", "disposable", NULL };

  return (pspec->flags & G_PARAM_WRITABLE) && !g_strv_contains (others, pspec->name) &&
         pspec->value_type != G_TYPE_PTR_ARRAY;
}

gboolean
dio_definition_is_path (GParamSpec *pspec)
{
  static const char *const paths[] = { "kernel", "initrd", "uefi-vars", "tpm-state", "install-folder", NULL };

  return pspec->owner_type == DIO_TYPE_MACHINE_CONFIG && g_strv_contains (paths, pspec->name);
}

/* --- paths --- */

/* Returns: (nullable): what PATH is below FOLDER, both being canonical. */
static const char *
get_below (const char *folder, const char *path)
{
  gsize length = strlen (folder);

  if (!g_str_has_prefix (path, folder))
    return NULL;
  if (length > 0 && folder[length - 1] == '/')
    return path + length;
  return path[length] == '/' ? path + length + 1 : NULL;
}

static gboolean
has_control (const char *path)
{
  for (const char *c = path; *c != '\0'; c++)
    if (g_ascii_iscntrl (*c))
      return TRUE;
  return FALSE;
}

char *
dio_definition_resolve (const char *folder, const char *text)
{
  g_autofree char *path = NULL, *host = NULL;

  if (*text == '\0')
    return NULL;
  if (!g_str_has_prefix (text, "file:"))
    {
      path = g_canonicalize_filename (text, folder);
      return g_path_is_absolute (text) || get_below (folder, path) ? g_steal_pointer (&path) : NULL;
    }
  /* A name that is not UTF-8 has no other way into JSON. */
  path = g_filename_from_uri (text, &host, NULL);
  if (!path || host || !g_path_is_absolute (path) || has_control (path))
    return NULL;
  return g_canonicalize_filename (path, NULL);
}

char *
dio_definition_shorten (const char *folder, const char *path)
{
  g_autofree char *canonical = g_canonicalize_filename (path, folder);
  const char *below = get_below (folder, canonical);

  if (!g_utf8_validate (below ? below : canonical, -1, NULL))
    return g_filename_to_uri (canonical, NULL, NULL);
  if (!below)
    return g_steal_pointer (&canonical);
  return g_str_has_prefix (below, "file:") ? g_strconcat ("./", below, NULL) : g_strdup (below);
}

/* Returns: (transfer full): PATH, which was inside FROM, inside TO; another PATH as it is. */
static char *
move_path (const char *path, const char *from, const char *to)
{
  const char *below = path ? get_below (from, path) : NULL;

  return below ? g_build_filename (to, below, NULL) : g_strdup (path);
}

static void
move_strings (DioMachineConfig *config, const char *from, const char *to)
{
  guint n;
  g_autofree GParamSpec **pspecs = g_object_class_list_properties (G_OBJECT_GET_CLASS (config), &n);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *path = NULL, *moved = NULL;

      if (!dio_definition_is_path (pspecs[i]))
        continue;
      g_object_get (config, pspecs[i]->name, &path, NULL);
      moved = move_path (path, from, to);
      g_object_set (config, pspecs[i]->name, moved, NULL);
    }
}

static void
move_parts (DioMachineConfig *config, const char *from, const char *to)
{
  g_autoptr (GPtrArray) disks = g_ptr_array_new_with_free_func ((GDestroyNotify) dio_disk_free);
  g_autoptr (GPtrArray) shares = g_ptr_array_new_with_free_func ((GDestroyNotify) dio_share_free);

  for (guint i = 0; i < dio_machine_config_get_n_disks (config); i++)
    {
      DioDisk *disk = dio_disk_copy (dio_machine_config_get_disk (config, i));

      g_ptr_array_add (disks, disk);
      g_free (disk->path);
      disk->path = move_path (dio_machine_config_get_disk (config, i)->path, from, to);
      for (guint j = 0; disk->layers && disk->layers[j] && disk->layers[j + 1]; j += 2)
        {
          g_autofree char *path = g_steal_pointer (&disk->layers[j]);

          disk->layers[j] = move_path (path, from, to);
        }
    }
  for (guint i = 0; i < dio_machine_config_get_shares (config)->len; i++)
    {
      DioShare *share = dio_share_copy (dio_machine_config_get_shares (config)->pdata[i]);
      g_autofree char *path = g_steal_pointer (&share->path);

      share->path = move_path (path, from, to);
      g_ptr_array_add (shares, share);
    }
  g_object_set (config, "disks", disks, "shares", shares, NULL);
}

void
dio_definition_set_folder (DioDefinition *self, const char *folder)
{
  g_autofree char *old = NULL;

  g_return_if_fail (DIO_IS_DEFINITION (self));
  g_return_if_fail (folder != NULL && g_path_is_absolute (folder));

  old = g_steal_pointer (&self->folder);
  self->folder = g_canonicalize_filename (folder, NULL);
  if (g_str_equal (old, self->folder))
    return;
  move_strings (self->config, old, self->folder);
  move_parts (self->config, old, self->folder);
}

/* --- reading --- */

/* Version 0: the drafts had what is now in "machine" beside the name. */
static void
upgrade_0 (JsonObject *object)
{
  g_autoptr (DioMachineConfig) config = dio_machine_config_new ("");
  JsonObject *machine = json_object_new ();
  guint n;
  g_autofree GParamSpec **pspecs = g_object_class_list_properties (G_OBJECT_GET_CLASS (config), &n);

  for (guint i = 0; i < n; i++)
    {
      const char *name = pspecs[i]->name;

      if (!json_object_has_member (object, name) || g_str_equal (name, "name") || g_str_equal (name, "uuid"))
        continue;
      json_object_set_member (machine, name, json_object_dup_member (object, name));
      json_object_remove_member (object, name);
    }
  json_object_set_object_member (object, "machine", machine);
}

/* A number beyond what can be written again, wherever it is; the depth is the parser's to bound. */
static gboolean
has_infinity (JsonNode *node)
{
  gboolean found = FALSE;

  if (JSON_NODE_HOLDS_OBJECT (node))
    {
      JsonObjectIter iter;
      JsonNode *member;

      json_object_iter_init (&iter, json_node_get_object (node));
      while (!found && json_object_iter_next (&iter, NULL, &member))
        found = has_infinity (member);
    }
  else if (JSON_NODE_HOLDS_ARRAY (node))
    for (guint i = 0; !found && i < json_array_get_length (json_node_get_array (node)); i++)
      found = has_infinity (json_array_get_element (json_node_get_array (node), i));
  else if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_DOUBLE)
    found = !isfinite (json_node_get_double (node));
  return found;
}

/* Returns: (transfer full) (nullable): the object that TEXT is. */
static JsonObject *
parse_object (GBytes *text, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) reason = NULL;
  const char *data = g_bytes_get_data (text, NULL);
  gsize length = g_bytes_get_size (text);
  JsonNode *root = NULL;

  if (length > DIO_DEFINITION_MAX)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _ ("It is bigger than %d bytes."), DIO_DEFINITION_MAX);
  else if (length == 0)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _ ("It is empty."));
  else if (!g_utf8_validate_len (data, length, NULL))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _ ("It is not text."));
  else if (!json_parser_load_from_data (parser, data, (gssize) length, &reason))
    {
      /* The parser may tell half a character. */
      g_autofree char *told = g_utf8_make_valid (reason->message, -1);

      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _ ("It is not JSON: %s."), told);
    }
  else
    {
      root = json_parser_get_root (parser);
      if (!root || !JSON_NODE_HOLDS_OBJECT (root))
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _ ("It is not an object of JSON."));
      else if (has_infinity (root))
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _ ("A number in it is too big."));
      else
        return json_object_ref (json_node_get_object (root));
    }
  return NULL;
}

/* Returns: the version of OBJECT, or -1 with ERROR. */
static gint64
get_version (JsonObject *object, GError **error)
{
  JsonNode *node = json_object_get_member (object, "diorama");

  if (node && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_INT64 &&
      json_node_get_int (node) >= 0)
    return json_node_get_int (node);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _ ("“%s%s” %s"), "", "diorama",
               _ ("must be the number of its version."));
  return -1;
}

DioDefinition *
dio_definition_parse (GBytes *text, const char *folder, GError **error)
{
  g_autoptr (DioDefinition) self = NULL;
  g_autoptr (JsonObject) object = NULL;
  g_autoptr (GError) reason = NULL;
  gint64 version;

  g_return_val_if_fail (text != NULL, NULL);
  g_return_val_if_fail (folder != NULL && g_path_is_absolute (folder), NULL);

  object = parse_object (text, error);
  version = object ? get_version (object, error) : -1;
  if (version < 0)
    return NULL;
  self = g_object_new (DIO_TYPE_DEFINITION, NULL);
  self->config = dio_machine_config_new ("");
  self->folder = g_canonicalize_filename (folder, NULL);
  self->read = g_steal_pointer (&object);
  self->writable = version <= DIO_DEFINITION_VERSION;
  if (version == 0)
    upgrade_0 (self->read);
  if (dio_definition_read (self, !self->writable, &reason))
    return g_steal_pointer (&self);
  if (self->writable)
    g_propagate_error (error, g_steal_pointer (&reason));
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                 _ ("It was written by a newer Diorama, and this one does not understand it (%s). Update Diorama."),
                 reason->message);
  return NULL;
}

/* --- writing --- */

GBytes *
dio_definition_to_bytes (DioDefinition *self)
{
  g_autoptr (JsonNode) root = json_node_alloc ();
  g_autofree char *json = NULL;
  char *text;

  g_return_val_if_fail (DIO_IS_DEFINITION (self), NULL);

  json_node_take_object (json_node_init (root, JSON_NODE_OBJECT), dio_definition_write (self));
  json = json_to_string (root, TRUE);
  text = g_strconcat (json, "\n", NULL);
  return g_bytes_new_take (text, strlen (text));
}

/* --- object --- */

DioMachineConfig *
dio_definition_get_config (DioDefinition *self)
{
  return self->config;
}

const char *
dio_definition_get_folder (DioDefinition *self)
{
  return self->folder;
}

gboolean
dio_definition_get_writable (DioDefinition *self)
{
  return self->writable;
}

const char *
dio_definition_get_os (DioDefinition *self)
{
  return self->os;
}

const char *
dio_definition_get_os_name (DioDefinition *self)
{
  return self->os_name;
}

const char *
dio_definition_get_icon (DioDefinition *self)
{
  return self->icon;
}

const char *
dio_definition_get_group (DioDefinition *self)
{
  return self->group;
}

const char *
dio_definition_get_notes (DioDefinition *self)
{
  return self->notes;
}

gboolean
dio_definition_get_autostart (DioDefinition *self)
{
  return self->autostart;
}

gint64
dio_definition_get_created (DioDefinition *self)
{
  return self->created;
}

DioDefinition *
dio_definition_new (const char *name, const char *folder)
{
  DioDefinition *self;

  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (folder != NULL && g_path_is_absolute (folder), NULL);

  self = g_object_new (DIO_TYPE_DEFINITION, NULL);
  self->config = dio_machine_config_new (name);
  self->folder = g_canonicalize_filename (folder, NULL);
  self->writable = TRUE;
  self->created = g_get_real_time () / G_USEC_PER_SEC;
  return self;
}

static char **
get_string (DioDefinition *self, guint property_id)
{
  switch (property_id)
    {
    case PROP_OS:
      return &self->os;
    case PROP_OS_NAME:
      return &self->os_name;
    case PROP_ICON:
      return &self->icon;
    case PROP_GROUP:
      return &self->group;
    default:
      return &self->notes;
    }
}

static void
dio_definition_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  DioDefinition *self = DIO_DEFINITION (object);

  switch (property_id)
    {
    case PROP_AUTOSTART:
      g_value_set_boolean (value, self->autostart);
      break;
    case PROP_CREATED:
      g_value_set_int64 (value, self->created);
      break;
    default:
      g_value_set_string (value, *get_string (self, property_id));
    }
}

static void
dio_definition_set_property (GObject *object, guint property_id, const GValue *value, GParamSpec *pspec)
{
  DioDefinition *self = DIO_DEFINITION (object);
  gboolean changed;

  if (property_id == PROP_AUTOSTART)
    {
      changed = self->autostart != g_value_get_boolean (value);
      self->autostart = g_value_get_boolean (value);
    }
  else
    changed = g_set_str (get_string (self, property_id), g_value_get_string (value));
  if (changed)
    g_object_notify_by_pspec (object, pspec);
}

static void
dio_definition_finalize (GObject *object)
{
  DioDefinition *self = DIO_DEFINITION (object);

  g_clear_pointer (&self->folder, g_free);
  g_clear_object (&self->config);
  g_clear_pointer (&self->read, json_object_unref);
  g_clear_pointer (&self->os, g_free);
  g_clear_pointer (&self->os_name, g_free);
  g_clear_pointer (&self->icon, g_free);
  g_clear_pointer (&self->group, g_free);
  g_clear_pointer (&self->notes, g_free);
  G_OBJECT_CLASS (dio_definition_parent_class)->finalize (object);
}

static void
dio_definition_class_init (DioDefinitionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = dio_definition_get_property;
  object_class->set_property = dio_definition_set_property;
  object_class->finalize = dio_definition_finalize;

  props[PROP_OS] = g_param_spec_string ("os", NULL, NULL, NULL, flags);
  props[PROP_OS_NAME] = g_param_spec_string ("os-name", NULL, NULL, NULL, flags);
  props[PROP_ICON] = g_param_spec_string ("icon", NULL, NULL, NULL, flags);
  props[PROP_GROUP] = g_param_spec_string ("group", NULL, NULL, NULL, flags);
  props[PROP_NOTES] = g_param_spec_string ("notes", NULL, NULL, NULL, flags);
  props[PROP_AUTOSTART] = g_param_spec_boolean ("autostart", NULL, NULL, FALSE, flags);
  props[PROP_CREATED] = g_param_spec_int64 ("created", NULL, NULL, 0, G_MAXINT64, 0,
                                            G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
dio_definition_init (DioDefinition *self)
{
}
