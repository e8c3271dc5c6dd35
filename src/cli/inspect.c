/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "cli/command.h"
#include "image/insides-json.h"

#include <glib/gi18n.h>

/* --- words for what the report has as numbers; scripts rely on them (diorama.1) --- */

static const char *const problems[] = {
  [DIO_IMAGE_GOOD] = "good",
  [DIO_IMAGE_UNREADABLE] = "unreadable",
  [DIO_IMAGE_EMPTY] = "empty",
  [DIO_IMAGE_WEB_PAGE] = "web-page",
  [DIO_IMAGE_LFS_POINTER] = "lfs-pointer",
  [DIO_IMAGE_TEXT] = "text",
  [DIO_IMAGE_COMPRESSED] = "compressed",
  [DIO_IMAGE_PACKED] = "packed",
  [DIO_IMAGE_OTHER_FILE] = "other-file",
  [DIO_IMAGE_UNKNOWN] = "unknown",
  [DIO_IMAGE_OTHER_FORMAT] = "other-format",
  [DIO_IMAGE_NEWER] = "newer",
  [DIO_IMAGE_BROKEN] = "broken",
  [DIO_IMAGE_TRUNCATED] = "truncated",
  [DIO_IMAGE_REFERS] = "refers",
  [DIO_IMAGE_PARENT_MISSING] = "parent-missing",
  [DIO_IMAGE_PARENT_UNDECLARED] = "parent-undeclared",
  [DIO_IMAGE_PARENT_BAD] = "parent-bad",
  [DIO_IMAGE_PARENT_LOOP] = "parent-loop",
  [DIO_IMAGE_ENCRYPTED] = "encrypted",
  [DIO_IMAGE_CORRUPT] = "corrupt",
};
static const char *const reference_kinds[] = {
  [DIO_IMAGE_REFERENCE_NONE] = NULL,         [DIO_IMAGE_REFERENCE_DATA_FILE] = "data-file",
  [DIO_IMAGE_REFERENCE_EXTENT] = "extent",   [DIO_IMAGE_REFERENCE_JSON] = "json",
  [DIO_IMAGE_REFERENCE_NETWORK] = "network", [DIO_IMAGE_REFERENCE_DEVICE] = "device",
  [DIO_IMAGE_REFERENCE_OUTSIDE] = "outside", [DIO_IMAGE_REFERENCE_PARENT] = "parent",
};
static const char *const boots[] = { "bios", "uefi", "uefi-arm", "uefi-ia32", "uefi-riscv" };
static const char *const flags[] = {
  "optical", "read-only", "dirty", "removable", "portal", "misnamed", "saved-state"
};

static void
set_text (JsonObject *object, const char *name, const char *text)
{
  if (text)
    json_object_set_string_member (object, name, text);
  else
    json_object_set_null_member (object, name);
}

/* Names of files need not be UTF-8, which JSON is. */
static void
set_path (JsonObject *object, const char *name, const char *path)
{
  g_autofree char *text = path ? g_utf8_make_valid (path, -1) : NULL;

  set_text (object, name, text);
}

/* JSON's numbers are signed here; nothing that is real is larger. */
static void
set_size (JsonObject *object, const char *name, guint64 size)
{
  json_object_set_int_member (object, name, (gint64) MIN (size, G_MAXINT64));
}

/* NAMES: of its bits, from the lowest on. */
static JsonArray *
list_bits (guint bits, const char *const *names, guint n_names)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < n_names; i++)
    if (bits & 1u << i)
      json_array_add_string_element (array, names[i]);
  return array;
}

static JsonArray *
list_files (const DioImageReport *report)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < report->n_files; i++)
    {
      const DioImageFile *file = report->files[i];
      JsonObject *object = json_object_new ();

      set_path (object, "path", file->host_path);
      set_text (object, "format", file->format);
      json_object_set_int_member (object, "version", file->version);
      set_size (object, "virtual-size", file->virtual_size);
      set_size (object, "used", file->used);
      json_array_add_object_element (array, object);
    }
  return array;
}

static JsonArray *
list_snapshots (const DioImageReport *report)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < report->n_snapshots; i++)
    {
      JsonObject *object = json_object_new ();

      json_object_set_string_member (object, "id", report->snapshots[i].id);
      json_object_set_string_member (object, "name", report->snapshots[i].name);
      json_object_set_int_member (object, "date", report->snapshots[i].date);
      set_size (object, "state", report->snapshots[i].state);
      json_array_add_object_element (array, object);
    }
  return array;
}

static JsonObject *
describe (const DioImageReport *report)
{
  JsonObject *object = json_object_new ();

  set_path (object, "path", report->files[0]->host_path);
  json_object_set_string_member (object, "problem", problems[report->problem]);
  set_text (object, "sentence", report->sentence);
  set_text (object, "detail", report->detail);
  set_text (object, "reference", report->reference);
  set_text (object, "reference-kind", reference_kinds[report->reference_kind]);
  json_object_set_array_member (object, "flags", list_bits (report->flags, flags, G_N_ELEMENTS (flags)));
  set_text (object, "encryption", report->encryption);
  set_text (object, "compression", report->compression);
  set_size (object, "unpacked-size", report->unpacked_size);
  json_object_set_array_member (object, "files", list_files (report));
  json_object_set_array_member (object, "snapshots", list_snapshots (report));
  return object;
}

/* OBJECT gets what is on the disk, or why that is not known. */
static void
look_inside (const DioImageReport *report, JsonObject *object)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (DioImageInsides) inside = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  JsonNode *node;

  dio_image_look_inside_async (report, NULL, NULL, dio_command_take_result, &result);
  inside = dio_image_look_inside_finish (dio_command_wait (&result), &error);
  if (!inside)
    {
      json_object_set_null_member (object, "inside");
      json_object_set_string_member (object, "inside-sentence", error->message);
      return;
    }
  text = dio_image_insides_to_json (inside);
  node = json_from_string (text, NULL);
  json_object_set_array_member (json_node_get_object (node), "boot",
                                list_bits (inside->boot, boots, G_N_ELEMENTS (boots)));
  json_object_set_member (object, "inside", node);
}

int
dio_command_inspect (int argc, char **argv)
{
  gboolean json = FALSE, only_header = FALSE;
  g_auto (GStrv) places = NULL;
  const GOptionEntry entries[] = {
    { "look-in", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &places, N_ ("Where a missing file that it is written over may be"),
      N_ ("FOLDER") },
    { "header", 0, 0, G_OPTION_ARG_NONE, &only_header, N_ ("Do not look at what is on the disk"), NULL },
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("Print an array of objects"), NULL },
    { 0 },
  };
  const DioUsage usage = {
    "inspect",
    N_ ("[--json] FILE…"),
    N_ ("Tells what Diorama makes of disk images, without opening them as disks: the format, what "
        "they refer to, what is on them, and what is the matter with those that cannot be used."),
    NULL,
    1,
    G_MAXUINT
  };
  g_auto (GStrv) operands = dio_usage_parse (&usage, entries, argc, argv, TRUE);
  g_autoptr (JsonArray) array = json_array_new ();
  gboolean all_good = TRUE;

  if (!operands)
    return DIO_EXIT_NOT_UNDERSTOOD;
  for (guint i = 0; operands[i]; i++)
    {
      g_autofree char *path = g_canonicalize_filename (operands[i], NULL);
      g_autoptr (DioImageReport) report = dio_image_report_new (path, (const char *const *) places);
      JsonObject *object = describe (report);

      all_good &= report->problem == DIO_IMAGE_GOOD;
      json_array_add_object_element (array, object);
      if (!only_header && report->problem == DIO_IMAGE_GOOD)
        look_inside (report, object);
      else
        json_object_set_null_member (object, "inside");
    }
  if (json)
    dio_command_print_json (json_node_init_array (json_node_alloc (), array));
  for (guint i = 0; !json && i < json_array_get_length (array); i++)
    {
      if (i > 0)
        dio_command_print ("\n");
      dio_command_print_object (json_array_get_object_element (array, i));
    }
  return all_good ? DIO_EXIT_OK : DIO_EXIT_FAILED;
}
