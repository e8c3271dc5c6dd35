/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "session/clipboard-options.h"

#include "session/state-file.h"

#define VERSION 1
#define FOLDER "clipboard"
#define NO_UUID "00000000-0000-0000-0000-000000000000"

enum
{
  PROP_TO_GUEST = 1,
  PROP_TO_HOST,
  PROP_PRIMARY,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

struct _DioClipboardOptions
{
  GObject parent_instance;

  char *uuid; /* NULL: they are not kept */
  DioStateFile *file;
  DioSharing directions[N_PROPS]; /* by their property */
  gboolean primary;
};

G_DEFINE_FINAL_TYPE (DioClipboardOptions, dio_clipboard_options, G_TYPE_OBJECT)

/* All that there are, for those of the same machine: its window's, and those of its settings. */
static GPtrArray *living;

/* --- the file --- */

static void
load_direction (DioClipboardOptions *self, JsonObject *object, guint id)
{
  g_autoptr (GEnumClass) values = g_type_class_ref (DIO_TYPE_SHARING);
  const char *text = dio_state_file_get_string (object, props[id]->name);
  GEnumValue *value = text ? g_enum_get_value_by_nick (values, text) : NULL;

  if (value)
    self->directions[id] = (DioSharing) value->value;
  else if (json_object_has_member (object, props[id]->name))
    self->directions[id] = DIO_SHARING_ASK; /* something was chosen, who knows what */
}

static void
load (DioClipboardOptions *self)
{
  g_autoptr (JsonObject) object = dio_state_file_read (self->file, VERSION);

  if (!object)
    return;
  load_direction (self, object, PROP_TO_GUEST);
  load_direction (self, object, PROP_TO_HOST);
  self->primary = dio_state_file_get_boolean (object, props[PROP_PRIMARY]->name, self->primary);
}

static void
on_saved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!dio_state_file_save_finish (DIO_STATE_FILE (source), result, &error))
    g_debug ("The options for the clipboard are not kept: %s", error->message);
}

static void
save (DioClipboardOptions *self)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  g_autoptr (GEnumClass) values = g_type_class_ref (DIO_TYPE_SHARING);

  json_builder_begin_object (json);
  json_builder_set_member_name (json, "version");
  json_builder_add_int_value (json, VERSION);
  for (guint id = PROP_TO_GUEST; id <= PROP_TO_HOST; id++)
    {
      json_builder_set_member_name (json, props[id]->name);
      json_builder_add_string_value (json, g_enum_get_value (values, (int) self->directions[id])->value_nick);
    }
  json_builder_set_member_name (json, props[PROP_PRIMARY]->name);
  json_builder_add_boolean_value (json, self->primary);
  json_builder_end_object (json);
  dio_state_file_set (self->file, json);
  dio_state_file_save_async (self->file, on_saved, NULL);
}

/* --- properties --- */

/* Returns: whether it is another. */
static gboolean
set_value (DioClipboardOptions *self, guint id, const GValue *value)
{
  gboolean changed;

  if (id == PROP_PRIMARY)
    {
      changed = self->primary != g_value_get_boolean (value);
      self->primary = g_value_get_boolean (value);
      return changed;
    }
  changed = self->directions[id] != (DioSharing) g_value_get_enum (value);
  self->directions[id] = (DioSharing) g_value_get_enum (value);
  return changed;
}

static void
dio_clipboard_options_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  DioClipboardOptions *self = DIO_CLIPBOARD_OPTIONS (object);

  if (!set_value (self, id, value))
    return;
  g_object_notify_by_pspec (object, pspec);
  save (self);
  for (guint i = 0; self->uuid && i < living->len; i++)
    {
      DioClipboardOptions *other = living->pdata[i];

      if (other != self && g_strcmp0 (other->uuid, self->uuid) == 0 && set_value (other, id, value))
        g_object_notify_by_pspec (G_OBJECT (other), pspec);
    }
}

static void
dio_clipboard_options_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  DioClipboardOptions *self = DIO_CLIPBOARD_OPTIONS (object);

  if (id == PROP_PRIMARY)
    g_value_set_boolean (value, self->primary);
  else
    g_value_set_enum (value, (int) self->directions[id]);
}

static void
dio_clipboard_options_dispose (GObject *object)
{
  g_ptr_array_remove_fast (living, object);
  g_clear_object (&DIO_CLIPBOARD_OPTIONS (object)->file);
  G_OBJECT_CLASS (dio_clipboard_options_parent_class)->dispose (object);
}

static void
dio_clipboard_options_finalize (GObject *object)
{
  g_clear_pointer (&DIO_CLIPBOARD_OPTIONS (object)->uuid, g_free);
  G_OBJECT_CLASS (dio_clipboard_options_parent_class)->finalize (object);
}

static void
dio_clipboard_options_class_init (DioClipboardOptionsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = dio_clipboard_options_get_property;
  object_class->set_property = dio_clipboard_options_set_property;
  object_class->dispose = dio_clipboard_options_dispose;
  object_class->finalize = dio_clipboard_options_finalize;

  living = g_ptr_array_new ();
  props[PROP_TO_GUEST] = g_param_spec_enum ("to-guest", NULL, NULL, DIO_TYPE_SHARING, DIO_SHARING_ON, flags);
  props[PROP_TO_HOST] = g_param_spec_enum ("to-host", NULL, NULL, DIO_TYPE_SHARING, DIO_SHARING_ON, flags);
  props[PROP_PRIMARY] = g_param_spec_boolean ("primary", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
set_defaults (DioClipboardOptions *self)
{
  self->directions[PROP_TO_GUEST] = self->directions[PROP_TO_HOST] = DIO_SHARING_ON;
  self->primary = FALSE;
}

static void
dio_clipboard_options_init (DioClipboardOptions *self)
{
  self->file = dio_state_file_new (FOLDER, NULL);
  set_defaults (self);
  g_ptr_array_add (living, self);
}

void
dio_clipboard_options_set_uuid (DioClipboardOptions *self, const char *uuid)
{
  g_return_if_fail (DIO_IS_CLIPBOARD_OPTIONS (self));

  if (!g_set_str (&self->uuid, g_strcmp0 (uuid, NO_UUID) == 0 ? NULL : uuid))
    return;
  g_clear_object (&self->file);
  self->file = dio_state_file_new (FOLDER, self->uuid);
  set_defaults (self);
  load (self);
  for (guint id = PROP_TO_GUEST; id < N_PROPS; id++)
    g_object_notify_by_pspec (G_OBJECT (self), props[id]);
}

void
dio_clipboard_options_bind (DioClipboardOptions *self, DioClipboardShare *share)
{
  g_return_if_fail (DIO_IS_CLIPBOARD_OPTIONS (self));

  for (guint id = PROP_TO_GUEST; id < N_PROPS; id++)
    g_object_bind_property (self, props[id]->name, share, props[id]->name, G_BINDING_SYNC_CREATE);
}

DioClipboardOptions *
dio_clipboard_options_new (const char *uuid)
{
  DioClipboardOptions *self = g_object_new (DIO_TYPE_CLIPBOARD_OPTIONS, NULL);

  dio_clipboard_options_set_uuid (self, uuid);
  return self;
}
