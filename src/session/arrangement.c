/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "session/arrangement.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <sys/stat.h>
#include <unistd.h>

#define VERSION 1
#define MAX_FILE (16 * 1024) /* bytes */
#define MAX_SIDE 32767       /* of a window */

struct _DioArrangement
{
  GObject parent_instance;

  char *path; /* NULL: not kept */
  DioScreenPlace places[DIO_ARRANGEMENT_MAX_SCREENS];
  gboolean changed;
  GTask *saving;      /* the write under way */
  GPtrArray *waiting; /* GTasks that end with the next */
};

G_DEFINE_FINAL_TYPE (DioArrangement, dio_arrangement, G_TYPE_OBJECT)

/* --- reading --- */

/* Returns: (transfer full) (nullable): the text, if it is a plain file of sensible size. */
static char *
read_file (const char *path, gsize *ret_length)
{
  g_autofd int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  g_autofree char *text = NULL;
  struct stat status;
  gsize length = 0;

  if (fd < 0 || fstat (fd, &status) < 0 || !S_ISREG (status.st_mode) || status.st_size > MAX_FILE)
    {
      if (fd >= 0 || errno != ENOENT)
        g_debug ("%s is left out", path);
      return NULL;
    }
  text = g_malloc (MAX_FILE);
  while (length < MAX_FILE)
    {
      gssize n = read (fd, text + length, MAX_FILE - length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return NULL;
      if (n == 0)
        break;
      length += (gsize) n;
    }
  *ret_length = length;
  return g_steal_pointer (&text);
}

/* A whole number from 0 to MAX, or -1. */
static int
read_int (JsonObject *object, const char *name, int max)
{
  JsonNode *node = json_object_get_member (object, name);
  gint64 value;

  if (!node || !JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_INT64)
    return -1;
  value = json_node_get_int (node);
  return value >= 0 && value <= max ? (int) value : -1;
}

static gboolean
read_boolean (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_BOOLEAN &&
         json_node_get_boolean (node);
}

static void
read_monitor (JsonObject *object, DioScreenPlace *place)
{
  JsonNode *node = json_object_get_member (object, "monitor");
  const char *name = node && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING
                         ? json_node_get_string (node)
                         : "";

  if (strlen (name) < sizeof place->monitor)
    g_strlcpy (place->monitor, name, sizeof place->monitor);
}

static void
read_place (JsonNode *node, DioScreenPlace *places)
{
  JsonObject *object;
  DioScreenPlace *place;
  int number;

  if (!JSON_NODE_HOLDS_OBJECT (node))
    return;
  object = json_node_get_object (node);
  number = read_int (object, "number", DIO_ARRANGEMENT_MAX_SCREENS - 1);
  if (number < 0)
    return;
  place = &places[number];
  *place = (DioScreenPlace) {
    .open = read_boolean (object, "open"),
    .width = read_int (object, "width", MAX_SIDE),
    .height = read_int (object, "height", MAX_SIDE),
    .maximized = read_boolean (object, "maximized"),
    .fullscreen = read_boolean (object, "fullscreen"),
  };
  if (place->width < 1 || place->height < 1)
    place->width = place->height = 0;
  read_monitor (object, place);
}

static gboolean
parse (JsonNode *root, DioScreenPlace *places)
{
  JsonObject *object;
  JsonNode *screens;
  JsonArray *array;

  if (!root || !JSON_NODE_HOLDS_OBJECT (root))
    return FALSE;
  object = json_node_get_object (root);
  screens = json_object_get_member (object, "screens");
  if (read_int (object, "version", VERSION) != VERSION || !screens || !JSON_NODE_HOLDS_ARRAY (screens))
    return FALSE;
  array = json_node_get_array (screens);
  for (guint i = 0; i < json_array_get_length (array) && i < DIO_ARRANGEMENT_MAX_SCREENS; i++)
    read_place (json_array_get_element (array, i), places);
  return TRUE;
}

static void
load (DioArrangement *self)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (GError) error = NULL;
  gsize length;
  g_autofree char *text = read_file (self->path, &length);

  if (!text)
    return;
  if (!g_utf8_validate_len (text, length, NULL) ||
      !json_parser_load_from_data (parser, text, (gssize) length, &error) ||
      !parse (json_parser_get_root (parser), self->places))
    g_debug ("%s is left out: %s", self->path, error ? error->message : "it is of another kind");
}

/* --- writing --- */

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

static char *
to_text (DioArrangement *self)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

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
  root = json_builder_get_root (json);
  return json_to_string (root, TRUE);
}

typedef struct
{
  char *path;
  char *text;
} Write;

static void
write_free (Write *write)
{
  g_free (write->path);
  g_free (write->text);
  g_free (write);
}

static void
write_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Write *data = task_data;
  g_autofree char *folder = g_path_get_dirname (data->path);
  GError *error = NULL;

  if (g_mkdir_with_parents (folder, 0700) != 0)
    g_task_return_new_error (task, G_IO_ERROR, (int) g_io_error_from_errno (errno), "%s: %s", folder,
                             g_strerror (errno));
  else if (g_file_set_contents_full (data->path, data->text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void start_saving (DioArrangement *self);

static void
on_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DioArrangement *self = DIO_ARRANGEMENT (source);
  g_autoptr (GPtrArray) done = user_data;
  g_autoptr (GError) error = NULL;
  gboolean saved = g_task_propagate_boolean (G_TASK (result), &error);

  self->saving = NULL;
  for (guint i = 0; i < done->len; i++)
    if (saved)
      g_task_return_boolean (g_ptr_array_index (done, i), TRUE);
    else
      g_task_return_error (g_ptr_array_index (done, i), g_error_copy (error));
  if (self->waiting->len > 0)
    start_saving (self);
}

static void
start_saving (DioArrangement *self)
{
  g_autoptr (GPtrArray) waiting = g_steal_pointer (&self->waiting);
  g_autoptr (GTask) task = NULL;
  Write *data;

  self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
  if (!self->path || !self->changed)
    {
      for (guint i = 0; i < waiting->len; i++)
        g_task_return_boolean (g_ptr_array_index (waiting, i), TRUE);
      return;
    }
  data = g_new0 (Write, 1);
  data->path = g_strdup (self->path);
  data->text = to_text (self);
  self->changed = FALSE;
  task = g_task_new (self, NULL, on_written, g_steal_pointer (&waiting));
  g_task_set_source_tag (task, start_saving);
  g_task_set_task_data (task, data, (GDestroyNotify) write_free);
  self->saving = task;
  g_task_run_in_thread (task, write_in_thread);
}

void
dio_arrangement_save_async (DioArrangement *self, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task;

  g_return_if_fail (DIO_IS_ARRANGEMENT (self));
  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, dio_arrangement_save_async);
  g_ptr_array_add (self->waiting, task);
  if (!self->saving)
    start_saving (self);
}

gboolean
dio_arrangement_save_finish (DioArrangement *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- places --- */

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
dio_arrangement_finalize (GObject *object)
{
  DioArrangement *self = DIO_ARRANGEMENT (object);

  g_clear_pointer (&self->path, g_free);
  g_clear_pointer (&self->waiting, g_ptr_array_unref);
  G_OBJECT_CLASS (dio_arrangement_parent_class)->finalize (object);
}

static void
dio_arrangement_class_init (DioArrangementClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dio_arrangement_finalize;
}

static void
dio_arrangement_init (DioArrangement *self)
{
  self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
}

DioArrangement *
dio_arrangement_new (const char *uuid)
{
  DioArrangement *self = g_object_new (DIO_TYPE_ARRANGEMENT, NULL);

  /* It becomes part of a path. */
  if (uuid && g_uuid_string_is_valid (uuid))
    {
      g_autofree char *name = g_strconcat (uuid, ".json", NULL);

      self->path = g_build_filename (g_get_user_state_dir (), "diorama", "screens", name, NULL);
      load (self);
    }
  return self;
}
