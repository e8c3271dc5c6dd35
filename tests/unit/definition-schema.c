/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* The published schema tells of exactly what a definition has, and takes what we write. */
#include "library/definition.h"

#include <json-glib/json-glib.h>
#include <string.h>

static JsonObject *schema;

static void
load_schema (void)
{
  g_autofree char *path =
      g_build_filename (g_getenv ("DIORAMA_TEST_SRCDIR"), "..", "data", "machine.schema.json", NULL);
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;

  json_parser_load_from_file (parser, path, &error);
  g_assert_no_error (error);
  schema = json_object_ref (json_node_get_object (json_parser_get_root (parser)));
}

/* RULE, or what it refers to. */
static JsonObject *
resolve (JsonObject *rule)
{
  const char *reference = json_object_get_string_member_with_default (rule, "$ref", NULL);

  if (!reference)
    return rule;
  g_assert_true (g_str_has_prefix (reference, "#/$defs/"));
  return json_object_get_object_member (json_object_get_object_member (schema, "$defs"),
                                        reference + strlen ("#/$defs/"));
}

static JsonObject *
get_property_rule (JsonObject *rule, const char *name)
{
  JsonObject *properties = json_object_get_object_member (rule, "properties");

  return json_object_has_member (properties, name) ? resolve (json_object_get_object_member (properties, name)) : NULL;
}

/* --- a validator of what the schema uses --- */

static gboolean
has_type (JsonNode *node, const char *type)
{
  if (g_str_equal (type, "object"))
    return JSON_NODE_HOLDS_OBJECT (node);
  if (g_str_equal (type, "array"))
    return JSON_NODE_HOLDS_ARRAY (node);
  if (!JSON_NODE_HOLDS_VALUE (node))
    return FALSE;
  if (g_str_equal (type, "string"))
    return json_node_get_value_type (node) == G_TYPE_STRING;
  if (g_str_equal (type, "integer"))
    return json_node_get_value_type (node) == G_TYPE_INT64;
  g_assert_cmpstr (type, ==, "boolean");
  return json_node_get_value_type (node) == G_TYPE_BOOLEAN;
}

static gboolean
is_in (JsonArray *values, JsonNode *node)
{
  for (guint i = 0; i < json_array_get_length (values); i++)
    if (json_node_equal (json_array_get_element (values, i), node))
      return TRUE;
  return FALSE;
}

static gboolean
is_in_bounds (JsonNode *node, JsonObject *rule)
{
  if (json_object_has_member (rule, "minimum") &&
      json_node_get_int (node) < json_object_get_int_member (rule, "minimum"))
    return FALSE;
  if (json_object_has_member (rule, "maximum") &&
      json_node_get_int (node) > json_object_get_int_member (rule, "maximum"))
    return FALSE;
  return !json_object_has_member (rule, "pattern") ||
         g_regex_match_simple (json_object_get_string_member (rule, "pattern"), json_node_get_string (node), 0, 0);
}

static gboolean is_valid (JsonNode *node, JsonObject *rule);

static gboolean
has_valid_members (JsonObject *object, JsonObject *rule)
{
  JsonArray *required =
      json_object_has_member (rule, "required") ? json_object_get_array_member (rule, "required") : NULL;
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  for (guint i = 0; required && i < json_array_get_length (required); i++)
    if (!json_object_has_member (object, json_array_get_string_element (required, i)))
      return FALSE;
  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, &name, &node))
    {
      JsonObject *member = get_property_rule (rule, name);

      if (member && !is_valid (node, member))
        return FALSE;
    }
  return TRUE;
}

static gboolean
is_valid (JsonNode *node, JsonObject *rule)
{
  const char *type = json_object_get_string_member_with_default (rule, "type", NULL);

  if (type && !has_type (node, type))
    return FALSE;
  if (json_object_has_member (rule, "const") && !json_node_equal (json_object_get_member (rule, "const"), node))
    return FALSE;
  if (json_object_has_member (rule, "enum") && !is_in (json_object_get_array_member (rule, "enum"), node))
    return FALSE;
  if (JSON_NODE_HOLDS_VALUE (node))
    return is_in_bounds (node, rule);
  if (JSON_NODE_HOLDS_OBJECT (node))
    return has_valid_members (json_node_get_object (node), rule);
  for (guint i = 0; i < json_array_get_length (json_node_get_array (node)); i++)
    if (!is_valid (json_array_get_element (json_node_get_array (node), i),
                   resolve (json_object_get_object_member (rule, "items"))))
      return FALSE;
  return TRUE;
}

static gboolean
is_valid_text (const char *text)
{
  g_autoptr (JsonNode) node = json_from_string (text, NULL);

  return is_valid (node, schema);
}

/* --- tests --- */

static JsonNode *
make_default (GParamSpec *pspec)
{
  const GValue *value = g_param_spec_get_default_value (pspec);
  JsonNode *node = json_node_alloc ();

  if (G_IS_PARAM_SPEC_ENUM (pspec))
    {
      g_autoptr (GEnumClass) enumeration = g_type_class_ref (pspec->value_type);

      return json_node_init_string (node, g_enum_get_value (enumeration, g_value_get_enum (value))->value_nick);
    }
  if (G_IS_PARAM_SPEC_UINT (pspec))
    return json_node_init_int (node, g_value_get_uint (value));
  if (G_IS_PARAM_SPEC_BOOLEAN (pspec))
    return json_node_init_boolean (node, g_value_get_boolean (value));
  return json_node_init_string (node, g_value_get_string (value));
}

static void
check_enum (GParamSpec *pspec, JsonObject *rule)
{
  g_autoptr (GEnumClass) enumeration = g_type_class_ref (pspec->value_type);
  JsonArray *values = json_object_get_array_member (rule, "enum");

  g_assert_cmpuint (json_array_get_length (values), ==, enumeration->n_values);
  for (guint i = 0; i < enumeration->n_values; i++)
    g_assert_cmpstr (json_array_get_string_element (values, i), ==, enumeration->values[i].value_nick);
}

static void
check_property (GParamSpec *pspec, JsonObject *rule)
{
  const char *type = json_object_get_string_member_with_default (rule, "type", NULL);

  g_test_message ("%s", pspec->name);
  g_assert_nonnull (rule);
  if (G_IS_PARAM_SPEC_ENUM (pspec))
    check_enum (pspec, rule);
  else if (G_IS_PARAM_SPEC_UINT (pspec))
    {
      g_assert_cmpstr (type, ==, "integer");
      g_assert_cmpint (json_object_get_int_member (rule, "minimum"), ==, G_PARAM_SPEC_UINT (pspec)->minimum);
      g_assert_cmpint (json_object_get_int_member (rule, "maximum"), ==, G_PARAM_SPEC_UINT (pspec)->maximum);
    }
  else if (G_IS_PARAM_SPEC_BOOLEAN (pspec))
    g_assert_cmpstr (type, ==, "boolean");
  else
    g_assert_cmpstr (type, ==, G_IS_PARAM_SPEC_STRING (pspec) ? "string" : "array");
  if (json_object_has_member (rule, "default"))
    {
      g_autoptr (JsonNode) node = make_default (pspec);

      g_assert_true (json_node_equal (json_object_get_member (rule, "default"), node));
    }
}

/* A property that comes has to be told. */
static void
test_properties (void)
{
  static const char *const others[] = { "name", "uuid", "disposable", NULL };
  JsonObject *machine = get_property_rule (schema, "machine");
  g_autoptr (DioDefinition) definition = dio_definition_new ("x", "/x");
  GObject *objects[] = { G_OBJECT (definition), G_OBJECT (dio_definition_get_config (definition)) };
  guint n_rules = 0;

  for (guint i = 0; i < G_N_ELEMENTS (objects); i++)
    {
      guint n;
      g_autofree GParamSpec **pspecs = g_object_class_list_properties (G_OBJECT_GET_CLASS (objects[i]), &n);

      for (guint j = 0; j < n; j++)
        {
          if (i == 1 && g_strv_contains (others, pspecs[j]->name))
            continue;
          n_rules++;
          if (!g_str_equal (pspecs[j]->name, "created"))
            check_property (pspecs[j], get_property_rule (i == 0 ? schema : machine, pspecs[j]->name));
        }
    }
  /* And no more than those, with "diorama", "name", "uuid" and "machine". */
  g_assert_cmpuint (n_rules + 4, ==,
                    json_object_get_size (json_object_get_object_member (schema, "properties")) +
                        json_object_get_size (json_object_get_object_member (machine, "properties")));
}

static void
add_parts (DioMachineConfig *config)
{
  g_autoptr (GPtrArray) disks = g_ptr_array_new (), forwards = g_ptr_array_new (), shares = g_ptr_array_new ();
  const char *layers[] = { "/base.raw", "raw", NULL };
  DioDisk disk = { (char *) "/x/d",      (char *) "qcow2",        DIO_DISK_BUS_SCSI, .cache = DIO_DISK_CACHE_FAST,
                   .encryption = "luks", .layers = (GStrv) layers };
  DioDisk drive = { NULL, (char *) "raw", DIO_DISK_BUS_SATA, .read_only = TRUE, .cdrom = TRUE };
  DioForward forward = { TRUE, (char *) "0.0.0.0", 65535, 1 };
  DioShare share = { (char *) "t", (char *) "/home", TRUE };

  g_ptr_array_add (disks, &disk);
  g_ptr_array_add (disks, &drive);
  g_ptr_array_add (forwards, &forward);
  g_ptr_array_add (shares, &share);
  g_object_set (config, "disks", disks, "forwards", forwards, "shares", shares, NULL);
}

static void
test_written (void)
{
  const char *arguments[] = { "-device", "edu", NULL };
  g_autoptr (DioDefinition) definition = dio_definition_new ("x", "/x");
  g_autoptr (GBytes) plain = dio_definition_to_bytes (definition), full = NULL;

  g_assert_true (is_valid_text (g_bytes_get_data (plain, NULL)));
  g_object_set (definition, "os", "o", "os-name", "O", "icon", "i", "group", "g", "notes", "n\n", "autostart", TRUE,
                NULL);
  g_object_set (dio_definition_get_config (definition), "firmware", DIO_FIRMWARE_UEFI_SECURE, "cpus", 255, "memory", 64,
                "audio", FALSE, "extra-arguments", arguments, "kernel", "/x/k", "width", 16384, NULL);
  add_parts (dio_definition_get_config (definition));
  full = dio_definition_to_bytes (definition);
  g_assert_true (is_valid_text (g_bytes_get_data (full, NULL)));
}

/* The validator can say no. */
static void
test_invalid (void)
{
#define HEAD "{\"diorama\": 1, \"name\": \"x\", \"uuid\": \"u\", "

  g_assert_true (is_valid_text (HEAD "\"machine\": {\"future\": 1}}"));
  g_assert_false (is_valid_text (HEAD "\"machine\": []}"));
  g_assert_false (is_valid_text (HEAD "\"more\": {}}"));
  g_assert_false (is_valid_text (HEAD "\"machine\": {\"cpus\": 256}}"));
  g_assert_false (is_valid_text (HEAD "\"machine\": {\"cpus\": \"2\"}}"));
  g_assert_false (is_valid_text (HEAD "\"machine\": {\"firmware\": \"x\"}}"));
  g_assert_false (is_valid_text (HEAD "\"machine\": {\"disks\": [{\"format\": \"x\"}]}}"));
  g_assert_false (is_valid_text (HEAD "\"machine\": {\"shares\": [{\"tag\": \"a b\", \"path\": \"/\"}]}}"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  load_schema ();
  g_test_add_func ("/definition-schema/properties", test_properties);
  g_test_add_func ("/definition-schema/written", test_written);
  g_test_add_func ("/definition-schema/invalid", test_invalid);
  return g_test_run ();
}
