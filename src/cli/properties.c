/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "cli/properties.h"

#include "cli/parts.h"

#include <glib/gi18n.h>
#include <string.h>

/* Of the definition itself; the others are of the machine in it. */
static const char *const outer[] = { "name", "os", "os-name", "icon", "group", "notes", "autostart", NULL };
static const char *const fixed[] = { "uuid", "arch", "disposable", NULL };
static const char *const paths[] = { "kernel", "initrd", "uefi-vars", "tpm-state", NULL };

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

/* --- values --- */

static JsonNode *
parse_boolean (const char *name, const char *value, GError **error)
{
  static const char *const yes[] = { "yes", "true", "on", "1", NULL };
  static const char *const no[] = { "no", "false", "off", "0", NULL };
  gboolean is_yes = g_strv_contains (yes, value);

  if (is_yes || g_strv_contains (no, value))
    return json_node_init_boolean (json_node_alloc (), is_yes);
  refuse (error, _ ("“%s” takes “yes” or “no”, not “%s”."), name, value);
  return NULL;
}

static JsonNode *
parse_number (GParamSpecUInt *pspec, const char *value, GError **error)
{
  const char *name = G_PARAM_SPEC (pspec)->name;
  gsize length = strlen (value);
  g_autofree char *digits = g_strdup (value);
  gboolean gibibytes = g_str_equal (name, "memory") && length > 1 && (value[length - 1] | 0x20) == 'g';
  guint64 number;

  if (gibibytes)
    digits[length - 1] = '\0';
  if (g_ascii_string_to_unsigned (digits, 10, 0, G_MAXUINT / 1024, &number, NULL))
    {
      number *= gibibytes ? 1024 : 1;
      if (number >= pspec->minimum && number <= pspec->maximum)
        return json_node_init_int (json_node_alloc (), (gint64) number);
    }
  if (g_str_equal (name, "memory"))
    refuse (error, _ ("“memory” takes a whole number of MiB from %u to %u, or of GiB as in “4G”, not “%s”."),
            pspec->minimum, pspec->maximum, value);
  else
    refuse (error, _ ("“%s” takes a whole number from %u to %u, not “%s”."), name, pspec->minimum, pspec->maximum,
            value);
  return NULL;
}

static char *
dup_nicks (GEnumClass *klass)
{
  GString *nicks = g_string_new (NULL);

  for (guint i = 0; i < klass->n_values; i++)
    g_string_append_printf (nicks, "%s“%s”", i ? ", " : "", klass->values[i].value_nick);
  return g_string_free (nicks, FALSE);
}

static JsonNode *
parse_enum (GParamSpecEnum *pspec, const char *value, GError **error)
{
  g_autofree char *nicks = NULL;

  if (g_enum_get_value_by_nick (pspec->enum_class, value))
    return json_node_init_string (json_node_alloc (), value);
  nicks = dup_nicks (pspec->enum_class);
  refuse (error, _ ("“%s” takes one of %s, not “%s”."), G_PARAM_SPEC (pspec)->name, nicks, value);
  return NULL;
}

static JsonNode *
parse_words (const char *name, const char *value, GError **error)
{
  g_auto (GStrv) words = NULL;
  g_autoptr (GError) cause = NULL;
  JsonArray *array;
  JsonNode *node;

  if (!g_shell_parse_argv (value, NULL, &words, &cause))
    {
      refuse (error, _ ("“%s” takes words as a shell reads them. %s"), name, cause->message);
      return NULL;
    }
  array = json_array_new ();
  for (guint i = 0; words[i]; i++)
    json_array_add_string_element (array, words[i]);
  node = json_node_new (JSON_NODE_ARRAY);
  json_node_take_array (node, array);
  return node;
}

static JsonNode *
parse_value (GParamSpec *pspec, const char *value, GError **error)
{
  g_autofree char *path = NULL;

  if (pspec->value_type == G_TYPE_PTR_ARRAY)
    return dio_parts_parse (pspec->name, value, error);
  if (pspec->value_type == G_TYPE_STRV)
    return parse_words (pspec->name, value, error);
  if (G_IS_PARAM_SPEC_ENUM (pspec))
    return parse_enum (G_PARAM_SPEC_ENUM (pspec), value, error);
  if (G_IS_PARAM_SPEC_UINT (pspec))
    return parse_number (G_PARAM_SPEC_UINT (pspec), value, error);
  if (G_IS_PARAM_SPEC_BOOLEAN (pspec))
    return parse_boolean (pspec->name, value, error);
  if (g_strv_contains (paths, pspec->name))
    path = g_canonicalize_filename (value, NULL);
  return json_node_init_string (json_node_alloc (), path ? path : value);
}

/* --- assignments --- */

static GParamSpec *
find_property (DioDefinition *definition, const char *name)
{
  GObject *owner = G_OBJECT (definition);

  if (g_str_equal (name, "name") || !g_strv_contains (outer, name))
    owner = G_OBJECT (dio_definition_get_config (definition));
  return g_object_class_find_property (G_OBJECT_GET_CLASS (owner), name);
}

static gboolean
assign (DioDefinition *definition, JsonObject *root, JsonObject *machine, const char *assignment, GError **error)
{
  const char *equals = strchr (assignment, '=');
  g_autofree char *name = equals ? g_strndup (assignment, (gsize) (equals - assignment)) : NULL;
  JsonObject *object;
  GParamSpec *pspec;
  JsonNode *node;

  if (!equals || equals == assignment)
    return refuse (error, _ ("“%s” is not of the form “property=value”."), assignment);
  if (g_strv_contains (fixed, name) || g_str_equal (name, "created"))
    return refuse (error, _ ("“%s” cannot be changed."), name);
  if (dio_parts_knows (name))
    return dio_parts_assign (machine, name, equals + 1, error);
  pspec = find_property (definition, name);
  if (!pspec || !(pspec->flags & G_PARAM_WRITABLE))
    return refuse (error, _ ("There is no property “%s”. “diorama set --help” lists those that there are."), name);

  object = g_strv_contains (outer, name) ? root : machine;
  if (equals[1] == '\0' && !g_str_equal (name, "name"))
    {
      json_object_remove_member (object, name);
      return TRUE;
    }
  node = parse_value (pspec, equals + 1, error);
  if (node)
    json_object_set_member (object, name, node);
  return node != NULL;
}

/* Makes every property of TO what it is in FROM. */
static void
take_over (GObject *to, GObject *from)
{
  guint n;
  g_autofree GParamSpec **pspecs = g_object_class_list_properties (G_OBJECT_GET_CLASS (from), &n);

  for (guint i = 0; i < n; i++)
    {
      g_auto (GValue) value = G_VALUE_INIT;

      if ((pspecs[i]->flags & G_PARAM_READWRITE) != G_PARAM_READWRITE || (pspecs[i]->flags & G_PARAM_CONSTRUCT_ONLY))
        continue;
      g_object_get_property (from, pspecs[i]->name, &value);
      g_object_set_property (to, pspecs[i]->name, &value);
    }
}

static JsonObject *
ensure_machine (JsonObject *root)
{
  if (!json_object_has_member (root, "machine"))
    json_object_set_object_member (root, "machine", json_object_new ());
  return json_object_get_object_member (root, "machine");
}

/* Goes by way of the text: so the rules for values are those of the definition, in one place. */
gboolean
dio_properties_set (DioDefinition *definition, const char *const *assignments, GError **error)
{
  g_autoptr (GBytes) before = dio_definition_to_bytes (definition);
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (JsonNode) node = NULL;
  g_autoptr (DioDefinition) changed = NULL;
  g_autoptr (GBytes) after = NULL;
  g_autoptr (GError) cause = NULL;
  JsonObject *root;
  char *text;

  if (!json_parser_load_from_data (parser, g_bytes_get_data (before, NULL), (gssize) g_bytes_get_size (before), error))
    return FALSE;
  node = json_parser_steal_root (parser);
  root = json_node_get_object (node);
  for (guint i = 0; assignments[i]; i++)
    if (!assign (definition, root, ensure_machine (root), assignments[i], error))
      return FALSE;

  text = json_to_string (node, FALSE);
  after = g_bytes_new_take (text, strlen (text));
  changed = dio_definition_parse (after, dio_definition_get_folder (definition), &cause);
  if (!changed)
    return refuse (error, "%s", cause->message);
  take_over (G_OBJECT (definition), G_OBJECT (changed));
  take_over (G_OBJECT (dio_definition_get_config (definition)), G_OBJECT (dio_definition_get_config (changed)));
  return TRUE;
}

/* --- what there is --- */

static char *
dup_takes (GParamSpec *pspec)
{
  if (G_IS_PARAM_SPEC_ENUM (pspec))
    return dup_nicks (G_PARAM_SPEC_ENUM (pspec)->enum_class);
  if (G_IS_PARAM_SPEC_UINT (pspec))
    return g_strdup_printf ("%u…%u", G_PARAM_SPEC_UINT (pspec)->minimum, G_PARAM_SPEC_UINT (pspec)->maximum);
  if (G_IS_PARAM_SPEC_BOOLEAN (pspec))
    return g_strdup (_ ("“yes”, “no”"));
  if (pspec->value_type == G_TYPE_STRV)
    return g_strdup (_ ("words, quoted as for a shell"));
  if (g_strv_contains (paths, pspec->name))
    return g_strdup (_ ("a path"));
  return g_strdup (_ ("text"));
}

char *
dio_properties_dup_help (void)
{
  g_autoptr (DioMachineConfig) config = dio_machine_config_new ("");
  GString *text = g_string_new (_ ("Properties, and what each takes (nothing: the default):\n"));
  guint n;
  g_autofree GParamSpec **pspecs = g_object_class_list_properties (G_OBJECT_GET_CLASS (config), &n);

  for (guint i = 1; outer[i]; i++)
    g_string_append_printf (text, "  %-18s %s\n", outer[i],
                            g_str_equal (outer[i], "autostart") ? _ ("“yes”, “no”") : _ ("text"));
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *takes = dup_takes (pspecs[i]);

      if (!g_strv_contains (fixed, pspecs[i]->name) && pspecs[i]->value_type != G_TYPE_PTR_ARRAY)
        g_string_append_printf (text, "  %-18s %s\n", pspecs[i]->name, takes);
    }
  g_string_append (text, dio_parts_get_help ());
  return g_string_free (text, FALSE);
}

static JsonNode *
value_to_node (const GValue *value)
{
  if (G_VALUE_HOLDS_STRING (value))
    return g_value_get_string (value) ? json_node_init_string (json_node_alloc (), g_value_get_string (value))
                                      : json_node_new (JSON_NODE_NULL);
  if (G_VALUE_HOLDS_ENUM (value))
    {
      g_autoptr (GEnumClass) klass = g_type_class_ref (G_VALUE_TYPE (value));

      return json_node_init_string (json_node_alloc (), g_enum_get_value (klass, g_value_get_enum (value))->value_nick);
    }
  if (G_VALUE_HOLDS_UINT (value))
    return json_node_init_int (json_node_alloc (), g_value_get_uint (value));
  return json_node_init_boolean (json_node_alloc (), g_value_get_boolean (value));
}

static JsonNode *
words_to_node (const char *const *words)
{
  JsonArray *array = json_array_new ();
  JsonNode *node = json_node_new (JSON_NODE_ARRAY);

  for (guint i = 0; words && words[i]; i++)
    json_array_add_string_element (array, words[i]);
  json_node_take_array (node, array);
  return node;
}

JsonObject *
dio_properties_to_json (DioMachineConfig *config)
{
  JsonObject *object = json_object_new ();
  guint n;
  g_autofree GParamSpec **pspecs = g_object_class_list_properties (G_OBJECT_GET_CLASS (config), &n);

  for (guint i = 0; i < n; i++)
    {
      g_auto (GValue) value = G_VALUE_INIT;

      /* The first two are the definition's, the third is a run's. */
      if (g_str_equal (pspecs[i]->name, "name") || g_str_equal (pspecs[i]->name, "uuid") ||
          g_str_equal (pspecs[i]->name, "disposable"))
        continue;
      g_object_get_property (G_OBJECT (config), pspecs[i]->name, &value);
      if (G_VALUE_HOLDS (&value, G_TYPE_STRV))
        json_object_set_member (object, pspecs[i]->name, words_to_node (g_value_get_boxed (&value)));
      else if (pspecs[i]->value_type != G_TYPE_PTR_ARRAY)
        json_object_set_member (object, pspecs[i]->name, value_to_node (&value));
    }
  dio_parts_to_json (config, object);
  return object;
}
