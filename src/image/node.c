/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "image/node.h"

#include <json-glib/json-glib.h>

static void
add (JsonBuilder *json, const char *name, const char *value)
{
  json_builder_set_member_name (json, name);
  json_builder_add_string_value (json, value);
}

static void
add_encryption (JsonBuilder *json, const char *format, const char *encryption, const char *secret)
{
  if (g_str_equal (format, "luks"))
    add (json, "key-secret", secret);
  else
    {
      json_builder_set_member_name (json, "encrypt");
      json_builder_begin_object (json);
      add (json, "format", encryption);
      add (json, "key-secret", secret);
      json_builder_end_object (json);
    }
}

static void
add_node (JsonBuilder *json, const char *const *paths, const char *const *formats, guint n, gboolean writable,
          const char *encryption, const char *secret)
{
  static const char *const layered[] = { "qcow2", "qcow", "qed", "vmdk", NULL };

  json_builder_begin_object (json);
  if (secret != NULL)
    add (json, "node-name", "disk");
  add (json, "driver", *formats);
  json_builder_set_member_name (json, "read-only");
  json_builder_add_boolean_value (json, !writable);
  if (encryption != NULL)
    add_encryption (json, *formats, encryption, secret);
  json_builder_set_member_name (json, "file");
  json_builder_begin_object (json);
  add (json, "driver", "file");
  add (json, "filename", *paths);
  add (json, "locking", "off");
  json_builder_end_object (json);
  if (g_strv_contains (layered, *formats))
    {
      json_builder_set_member_name (json, "backing");
      if (n > 1)
        add_node (json, paths + 1, formats + 1, n - 1, FALSE, NULL, NULL);
      else
        json_builder_add_null_value (json);
    }
  json_builder_end_object (json);
}

char *
dio_image_node_to_json (const char *const *paths, const char *const *formats, guint n, gboolean writable,
                        const char *encryption, const char *secret)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  add_node (json, paths, formats, n, writable, encryption, secret);
  root = json_builder_get_root (json);
  return json_to_string (root, FALSE);
}
