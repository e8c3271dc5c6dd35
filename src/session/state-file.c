/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "session/state-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_FILE (64 * 1024) /* bytes */

struct _DioStateFile
{
  GObject parent_instance;

  char *path; /* NULL: not kept */
  char *text; /* to be written; NULL: nothing has changed */
  gboolean saving;
  GPtrArray *waiting; /* GTasks that end with the next write */
};

G_DEFINE_FINAL_TYPE (DioStateFile, dio_state_file, G_TYPE_OBJECT)

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

JsonObject *
dio_state_file_read (DioStateFile *self, int version)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  JsonNode *root = NULL;
  gsize length;

  g_return_val_if_fail (DIO_IS_STATE_FILE (self), NULL);

  text = self->path ? read_file (self->path, &length) : NULL;
  if (!text)
    return NULL;
  if (g_utf8_validate_len (text, length, NULL) && json_parser_load_from_data (parser, text, (gssize) length, &error))
    root = json_parser_get_root (parser);
  if (root && JSON_NODE_HOLDS_OBJECT (root) &&
      dio_state_file_get_int (json_node_get_object (root), "version", version) == version)
    return json_object_ref (json_node_get_object (root));
  g_debug ("%s is left out: %s", self->path, error ? error->message : "it is of another kind");
  return NULL;
}

/* Returns: (nullable): MEMBER, if it is a value of TYPE. */
static JsonNode *
get_value (JsonObject *object, const char *member, GType type)
{
  JsonNode *node = json_object_get_member (object, member);

  return node && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == type ? node : NULL;
}

int
dio_state_file_get_int (JsonObject *object, const char *member, int max)
{
  JsonNode *node = get_value (object, member, G_TYPE_INT64);
  gint64 value = node ? json_node_get_int (node) : -1;

  return value >= 0 && value <= max ? (int) value : -1;
}

gboolean
dio_state_file_get_boolean (JsonObject *object, const char *member, gboolean fallback)
{
  JsonNode *node = get_value (object, member, G_TYPE_BOOLEAN);

  return node ? json_node_get_boolean (node) : fallback;
}

const char *
dio_state_file_get_string (JsonObject *object, const char *member)
{
  JsonNode *node = get_value (object, member, G_TYPE_STRING);

  return node ? json_node_get_string (node) : NULL;
}

/* --- writing --- */

void
dio_state_file_set (DioStateFile *self, JsonBuilder *content)
{
  g_autoptr (JsonNode) root = NULL;

  g_return_if_fail (DIO_IS_STATE_FILE (self));

  root = json_builder_get_root (content);
  g_clear_pointer (&self->text, g_free);
  if (self->path)
    self->text = json_to_string (root, TRUE);
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

static void start_saving (DioStateFile *self);

static void
on_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DioStateFile *self = DIO_STATE_FILE (source);
  g_autoptr (GPtrArray) done = user_data;
  g_autoptr (GError) error = NULL;
  gboolean saved = g_task_propagate_boolean (G_TASK (result), &error);

  self->saving = FALSE;
  for (guint i = 0; i < done->len; i++)
    if (saved)
      g_task_return_boolean (g_ptr_array_index (done, i), TRUE);
    else
      g_task_return_error (g_ptr_array_index (done, i), g_error_copy (error));
  if (self->waiting->len > 0)
    start_saving (self);
  if (g_application_get_default ())
    g_application_release (g_application_get_default ());
}

static void
start_saving (DioStateFile *self)
{
  g_autoptr (GPtrArray) waiting = g_steal_pointer (&self->waiting);
  g_autoptr (GTask) task = NULL;
  Write *data;

  self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
  if (!self->text)
    {
      for (guint i = 0; i < waiting->len; i++)
        g_task_return_boolean (g_ptr_array_index (waiting, i), TRUE);
      return;
    }
  data = g_new0 (Write, 1);
  data->path = g_strdup (self->path);
  data->text = g_steal_pointer (&self->text);
  task = g_task_new (self, NULL, on_written, g_steal_pointer (&waiting));
  g_task_set_source_tag (task, start_saving);
  g_task_set_task_data (task, data, (GDestroyNotify) write_free);
  self->saving = TRUE;
  if (g_application_get_default ())
    g_application_hold (g_application_get_default ());
  g_task_run_in_thread (task, write_in_thread);
}

void
dio_state_file_save_async (DioStateFile *self, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task;

  g_return_if_fail (DIO_IS_STATE_FILE (self));
  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, dio_state_file_save_async);
  g_ptr_array_add (self->waiting, task);
  if (!self->saving)
    start_saving (self);
}

gboolean
dio_state_file_save_finish (DioStateFile *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
dio_state_file_finalize (GObject *object)
{
  DioStateFile *self = DIO_STATE_FILE (object);

  g_clear_pointer (&self->path, g_free);
  g_clear_pointer (&self->text, g_free);
  g_clear_pointer (&self->waiting, g_ptr_array_unref);
  G_OBJECT_CLASS (dio_state_file_parent_class)->finalize (object);
}

static void
dio_state_file_class_init (DioStateFileClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dio_state_file_finalize;
}

static void
dio_state_file_init (DioStateFile *self)
{
  self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
}

DioStateFile *
dio_state_file_new (const char *folder, const char *uuid)
{
  DioStateFile *self = g_object_new (DIO_TYPE_STATE_FILE, NULL);

  /* It becomes part of a path. */
  if (uuid && g_uuid_string_is_valid (uuid))
    {
      g_autofree char *name = g_strconcat (uuid, ".json", NULL);

      self->path = g_build_filename (g_get_user_state_dir (), "diorama", folder, name, NULL);
    }
  return self;
}
