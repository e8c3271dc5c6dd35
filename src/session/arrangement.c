/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "session/arrangement.h"

#include "session/state-file.h"

#define VERSION 1
#define MAX_SIDE 32767 /* of a window */

struct _DioArrangement
{
  GObject parent_instance;

  DioStateFile *file;
  DioScreenPlace places[DIO_ARRANGEMENT_MAX_SCREENS];
  gboolean changed;
};

G_DEFINE_FINAL_TYPE (DioArrangement, dio_arrangement, G_TYPE_OBJECT)

static void
read_place (JsonNode *node, DioScreenPlace *places)
{
  JsonObject *object;
  DioScreenPlace *place;
  const char *monitor;
  int number;

  if (!JSON_NODE_HOLDS_OBJECT (node))
    return;
  object = json_node_get_object (node);
  number = dio_state_file_get_int (object, "number", DIO_ARRANGEMENT_MAX_SCREENS - 1);
  if (number < 0)
    return;
  place = &places[number];
  *place = (DioScreenPlace) {
    .open = dio_state_file_get_boolean (object, "open", FALSE),
    .width = dio_state_file_get_int (object, "width", MAX_SIDE),
    .height = dio_state_file_get_int (object, "height", MAX_SIDE),
    .maximized = dio_state_file_get_boolean (object, "maximized", FALSE),
    .fullscreen = dio_state_file_get_boolean (object, "fullscreen", FALSE),
  };
  if (place->width < 1 || place->height < 1)
    place->width = place->height = 0;
  monitor = dio_state_file_get_string (object, "monitor");
  if (monitor && strlen (monitor) < sizeof place->monitor)
    g_strlcpy (place->monitor, monitor, sizeof place->monitor);
}

static void
load (DioArrangement *self)
{
  g_autoptr (JsonObject) object = dio_state_file_read (self->file, VERSION);
  JsonNode *screens = object ? json_object_get_member (object, "screens") : NULL;
  JsonArray *array;

  if (!screens || !JSON_NODE_HOLDS_ARRAY (screens))
    return;
  array = json_node_get_array (screens);
  for (guint i = 0; i < json_array_get_length (array) && i < DIO_ARRANGEMENT_MAX_SCREENS; i++)
    read_place (json_array_get_element (array, i), self->places);
}

static void
add_place (JsonBuilder *json, guint number, const DioScreenPlace *place)
{
  json_builder_begin_object (json);
  json_builder_set_member_name (json, "number");
  json_builder_add_int_value (json, number);
  json_builder_set_member_name (json, "open");
  json_builder_add_boolean_value (json, place->open);
  json_builder_set_member_name (json, "width");
  json_builder_add_int_value (json, place->width);
  json_builder_set_member_name (json, "height");
  json_builder_add_int_value (json, place->height);
  json_builder_set_member_name (json, "maximized");
  json_builder_add_boolean_value (json, place->maximized);
  json_builder_set_member_name (json, "fullscreen");
  json_builder_add_boolean_value (json, place->fullscreen);
  json_builder_set_member_name (json, "monitor");
  json_builder_add_string_value (json, place->monitor);
  json_builder_end_object (json);
}

static void
put (DioArrangement *self)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();

  json_builder_begin_object (json);
  json_builder_set_member_name (json, "version");
  json_builder_add_int_value (json, VERSION);
  json_builder_set_member_name (json, "screens");
  json_builder_begin_array (json);
  for (guint i = 0; i < DIO_ARRANGEMENT_MAX_SCREENS; i++)
    if (self->places[i].open || self->places[i].width > 0)
      add_place (json, i, &self->places[i]);
  json_builder_end_array (json);
  json_builder_end_object (json);
  dio_state_file_set (self->file, json);
}

static void
on_saved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (dio_state_file_save_finish (DIO_STATE_FILE (source), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
dio_arrangement_save_async (DioArrangement *self, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task;

  g_return_if_fail (DIO_IS_ARRANGEMENT (self));
  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, dio_arrangement_save_async);
  if (self->changed)
    put (self);
  self->changed = FALSE;
  dio_state_file_save_async (self->file, on_saved, task);
}

gboolean
dio_arrangement_save_finish (DioArrangement *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

const DioScreenPlace *
dio_arrangement_get (DioArrangement *self, guint number)
{
  g_return_val_if_fail (DIO_IS_ARRANGEMENT (self), NULL);
  g_return_val_if_fail (number < DIO_ARRANGEMENT_MAX_SCREENS, NULL);
  return &self->places[number];
}

static gboolean
is_same (const DioScreenPlace *a, const DioScreenPlace *b)
{
  return a->open == b->open && a->width == b->width && a->height == b->height && a->maximized == b->maximized &&
         a->fullscreen == b->fullscreen && g_str_equal (a->monitor, b->monitor);
}

void
dio_arrangement_set (DioArrangement *self, guint number, const DioScreenPlace *place)
{
  g_return_if_fail (DIO_IS_ARRANGEMENT (self));
  g_return_if_fail (number < DIO_ARRANGEMENT_MAX_SCREENS);
  if (is_same (&self->places[number], place))
    return;
  self->places[number] = *place;
  self->changed = TRUE;
}

static void
dio_arrangement_dispose (GObject *object)
{
  g_clear_object (&DIO_ARRANGEMENT (object)->file);
  G_OBJECT_CLASS (dio_arrangement_parent_class)->dispose (object);
}

static void
dio_arrangement_class_init (DioArrangementClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dio_arrangement_dispose;
}

static void
dio_arrangement_init (DioArrangement *self)
{
}

DioArrangement *
dio_arrangement_new (const char *uuid)
{
  DioArrangement *self = g_object_new (DIO_TYPE_ARRANGEMENT, NULL);

  self->file = dio_state_file_new ("screens", uuid);
  load (self);
  return self;
}
