/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "image/insides-json.h"

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>
#include <string.h>

#define MAX_JSON (256 * 1024)
#define MAX_NESTING 4

void
dio_image_insides_free (DioImageInsides *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < self->n_partitions; i++)
    {
      g_free (self->partitions[i].type);
      g_free (self->partitions[i].file_system);
      g_free (self->partitions[i].label);
    }
  g_free (self->partitions);
  g_free (self->table);
  g_free (self->os_id);
  g_free (self->os_version);
  g_free (self->os_name);
  g_free (self->arch);
  g_free (self);
}

/* --- telling --- */

static void
add_text (JsonBuilder *json, const char *name, const char *value)
{
  g_autofree char *text = value != NULL ? g_utf8_make_valid (value, -1) : NULL;
  g_autofree char *cut =
      text != NULL ? g_utf8_substring (text, 0, MIN (g_utf8_strlen (text, -1), DIO_INSIDES_MAX_TEXT)) : NULL;

  if (cut == NULL)
    return;
  for (char *c = cut; *c != '\0'; c = g_utf8_next_char (c))
    if (g_ascii_iscntrl (*c))
      *c = ' ';
  json_builder_set_member_name (json, name);
  json_builder_add_string_value (json, cut);
}

static void
add_number (JsonBuilder *json, const char *name, guint64 value)
{
  json_builder_set_member_name (json, name);
  json_builder_add_int_value (json, (gint64) MIN (value, G_MAXINT64));
}

char *
dio_image_insides_to_json (const DioImageInsides *self)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (json);
  add_number (json, "boot", self->boot);
  add_text (json, "table", self->table);
  json_builder_set_member_name (json, "partitions");
  json_builder_begin_array (json);
  for (guint i = 0; i < MIN (self->n_partitions, DIO_INSIDES_MAX_PARTITIONS); i++)
    {
      const DioImagePartition *partition = &self->partitions[i];

      json_builder_begin_object (json);
      add_number (json, "start", partition->start);
      add_number (json, "size", partition->size);
      add_text (json, "type", partition->type != NULL ? partition->type : "");
      add_text (json, "file-system", partition->file_system);
      add_text (json, "label", partition->label);
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
  add_text (json, "os-id", self->os_id);
  add_text (json, "os-version", self->os_version);
  add_text (json, "os-name", self->os_name);
  add_text (json, "arch", self->arch);
  json_builder_end_object (json);
  root = json_builder_get_root (json);
  return json_to_string (root, FALSE);
}

/* --- being told --- */

/* FALSE: it is there, but no such text. What is shown to people has no control characters. */
static gboolean
take_text (JsonObject *object, const char *name, char **text)
{
  JsonNode *node = json_object_get_member (object, name);
  const char *value;

  if (node == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
    return FALSE;
  value = json_node_get_string (node);
  if (!g_utf8_validate (value, -1, NULL) || g_utf8_strlen (value, -1) > DIO_INSIDES_MAX_TEXT)
    return FALSE;
  for (const char *c = value; *c != '\0'; c = g_utf8_next_char (c))
    if (g_unichar_iscntrl (g_utf8_get_char (c)))
      return FALSE;
  *text = g_strdup (value);
  return TRUE;
}

static gboolean
take_number (JsonObject *object, const char *name, guint64 max, guint64 *number)
{
  JsonNode *node = json_object_get_member (object, name);

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_INT64 ||
      json_node_get_int (node) < 0 || (guint64) json_node_get_int (node) > max)
    return FALSE;
  *number = (guint64) json_node_get_int (node);
  return TRUE;
}

static gboolean
take_partition (JsonNode *node, DioImagePartition *partition)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;

  return object != NULL && take_number (object, "start", G_MAXINT64, &partition->start) &&
         take_number (object, "size", G_MAXINT64 - partition->start, &partition->size) &&
         take_text (object, "type", &partition->type) && partition->type != NULL &&
         take_text (object, "file-system", &partition->file_system) && take_text (object, "label", &partition->label);
}

static gboolean
take_partitions (JsonObject *object, DioImageInsides *self)
{
  JsonNode *node = json_object_get_member (object, "partitions");
  JsonArray *array = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  guint n = array != NULL ? json_array_get_length (array) : 0;

  if (array == NULL || n > DIO_INSIDES_MAX_PARTITIONS)
    return FALSE;
  self->partitions = g_new0 (DioImagePartition, n);
  for (guint i = 0; i < n; i++)
    {
      self->n_partitions = i + 1;
      if (!take_partition (json_array_get_element (array, i), &self->partitions[i]))
        return FALSE;
    }
  return TRUE;
}

static gboolean
take_all (JsonNode *root, DioImageInsides *self)
{
  const guint64 all_boot = (DIO_IMAGE_BOOT_UEFI_RISCV << 1) - 1;
  JsonObject *object = root != NULL && JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;
  guint64 boot = 0;

  if (object == NULL || !take_number (object, "boot", all_boot, &boot) || !take_text (object, "table", &self->table) ||
      !take_partitions (object, self) || !take_text (object, "os-id", &self->os_id) ||
      !take_text (object, "os-version", &self->os_version) || !take_text (object, "os-name", &self->os_name) ||
      !take_text (object, "arch", &self->arch))
    return FALSE;
  self->boot = (DioImageBoot) boot;
  return self->table == NULL || g_str_equal (self->table, "gpt") || g_str_equal (self->table, "dos");
}

/* json-glib's parser recurses. */
static gboolean
is_flat (const char *text, gsize length)
{
  gsize depth = 0;

  for (gsize i = 0; i < length; i++)
    if (text[i] == '{' || text[i] == '[')
      depth++;
    else if ((text[i] == '}' || text[i] == ']') && depth > 0)
      depth--;
    else if (depth > MAX_NESTING)
      return FALSE;
  return TRUE;
}

DioImageInsides *
dio_image_insides_from_json (const char *text, gssize length, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (DioImageInsides) self = g_new0 (DioImageInsides, 1);
  gsize size = length < 0 ? strlen (text) : (gsize) length;

  if (size > 0 && size <= MAX_JSON && is_flat (text, size) &&
      json_parser_load_from_data (parser, text, (gssize) size, NULL) && take_all (json_parser_get_root (parser), self))
    return g_steal_pointer (&self);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                       _ ("What is on the disk could not be found out: what was told of it makes no sense. The image "
                          "may be made to mislead; only start it if you trust where it is from."));
  return NULL;
}
