/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "session/input-options.h"

#include "session/state-file.h"

#define VERSION 1
#define MAX_LAYOUT 63 /* bytes */
#define NO_UUID "00000000-0000-0000-0000-000000000000"

G_DEFINE_ENUM_TYPE (DioTouchMode, dio_touch_mode, G_DEFINE_ENUM_VALUE (DIO_TOUCH_MODE_AUTOMATIC, "automatic"),
                    G_DEFINE_ENUM_VALUE (DIO_TOUCH_MODE_FINGERS, "fingers"),
                    G_DEFINE_ENUM_VALUE (DIO_TOUCH_MODE_POINTER, "pointer"))

enum
{
  PROP_TOUCH_MODE = 1,
  PROP_LAYOUT,
  PROP_LONG_PRESS, /* the booleans, to the last */
  PROP_TWO_FINGER_SCROLL,
  PROP_GUEST_GESTURES,
  PROP_EVERY_POINT,
  PROP_KEY_BAR,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

struct _DioInputOptions
{
  GObject parent_instance;

  char *uuid; /* NULL: they are not kept */
  DioStateFile *file;
  DioTouchMode touch_mode;
  char *layout;
  gboolean flags[N_PROPS]; /* by their property */
};

G_DEFINE_FINAL_TYPE (DioInputOptions, dio_input_options, G_TYPE_OBJECT)

/* --- the file --- */

/* It becomes an argument to xkb, which reads files of that name. */
static gboolean
is_layout (const char *text)
{
  gsize length = strspn (text, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-+");

  return length <= MAX_LAYOUT && text[length] == '\0';
}

static void
load (DioInputOptions *self)
{
  g_autoptr (JsonObject) object = dio_state_file_read (self->file, VERSION);
  g_autoptr (GEnumClass) modes = g_type_class_ref (DIO_TYPE_TOUCH_MODE);
  const char *text;
  GEnumValue *mode;

  if (!object)
    return;
  text = dio_state_file_get_string (object, "touch-mode");
  mode = text ? g_enum_get_value_by_nick (modes, text) : NULL;
  if (mode)
    self->touch_mode = mode->value;
  text = dio_state_file_get_string (object, "layout");
  if (text && is_layout (text))
    g_set_str (&self->layout, text);
  for (guint id = PROP_LONG_PRESS; id < N_PROPS; id++)
    self->flags[id] = dio_state_file_get_boolean (object, props[id]->name, self->flags[id]);
}

static void
on_saved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!dio_state_file_save_finish (DIO_STATE_FILE (source), result, &error))
    g_debug ("The options for input are not kept: %s", error->message);
}

static void
save (DioInputOptions *self)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  g_autoptr (GEnumClass) modes = g_type_class_ref (DIO_TYPE_TOUCH_MODE);

  json_builder_begin_object (json);
  json_builder_set_member_name (json, "version");
  json_builder_add_int_value (json, VERSION);
  json_builder_set_member_name (json, "touch-mode");
  json_builder_add_string_value (json, g_enum_get_value (modes, (int) self->touch_mode)->value_nick);
  json_builder_set_member_name (json, "layout");
  json_builder_add_string_value (json, self->layout);
  for (guint id = PROP_LONG_PRESS; id < N_PROPS; id++)
    {
      json_builder_set_member_name (json, props[id]->name);
      json_builder_add_boolean_value (json, self->flags[id]);
    }
  json_builder_end_object (json);
  dio_state_file_set (self->file, json);
  dio_state_file_save_async (self->file, on_saved, NULL);
}

/* --- properties --- */

DioTouchMode
dio_input_options_get_touch_mode (DioInputOptions *self)
{
  g_return_val_if_fail (DIO_IS_INPUT_OPTIONS (self), DIO_TOUCH_MODE_AUTOMATIC);
  return self->touch_mode;
}

gboolean
dio_input_options_get_long_press (DioInputOptions *self)
{
  g_return_val_if_fail (DIO_IS_INPUT_OPTIONS (self), FALSE);
  return self->flags[PROP_LONG_PRESS];
}

gboolean
dio_input_options_get_two_finger_scroll (DioInputOptions *self)
{
  g_return_val_if_fail (DIO_IS_INPUT_OPTIONS (self), FALSE);
  return self->flags[PROP_TWO_FINGER_SCROLL];
}

gboolean
dio_input_options_get_guest_gestures (DioInputOptions *self)
{
  g_return_val_if_fail (DIO_IS_INPUT_OPTIONS (self), FALSE);
  return self->flags[PROP_GUEST_GESTURES];
}

gboolean
dio_input_options_get_every_point (DioInputOptions *self)
{
  g_return_val_if_fail (DIO_IS_INPUT_OPTIONS (self), FALSE);
  return self->flags[PROP_EVERY_POINT];
}

gboolean
dio_input_options_get_key_bar (DioInputOptions *self)
{
  g_return_val_if_fail (DIO_IS_INPUT_OPTIONS (self), FALSE);
  return self->flags[PROP_KEY_BAR];
}

const char *
dio_input_options_get_layout (DioInputOptions *self)
{
  g_return_val_if_fail (DIO_IS_INPUT_OPTIONS (self), NULL);
  return self->layout;
}

/* Returns: whether it is another. What is no layout is none. */
static gboolean
set_layout (DioInputOptions *self, const char *layout)
{
  return g_set_str (&self->layout, layout && is_layout (layout) ? layout : "");
}

static gboolean
set_flag (DioInputOptions *self, guint id, gboolean flag)
{
  gboolean changed = self->flags[id] != flag;

  self->flags[id] = flag;
  return changed;
}

static gboolean
set_touch_mode (DioInputOptions *self, DioTouchMode mode)
{
  gboolean changed = self->touch_mode != mode;

  self->touch_mode = mode;
  return changed;
}

static void
dio_input_options_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  DioInputOptions *self = DIO_INPUT_OPTIONS (object);
  gboolean changed;

  if (id == PROP_TOUCH_MODE)
    changed = set_touch_mode (self, g_value_get_enum (value));
  else if (id == PROP_LAYOUT)
    changed = set_layout (self, g_value_get_string (value));
  else
    changed = set_flag (self, id, g_value_get_boolean (value));
  if (!changed)
    return;
  g_object_notify_by_pspec (object, pspec);
  save (self);
}

static void
dio_input_options_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  DioInputOptions *self = DIO_INPUT_OPTIONS (object);

  if (id == PROP_TOUCH_MODE)
    g_value_set_enum (value, self->touch_mode);
  else if (id == PROP_LAYOUT)
    g_value_set_string (value, self->layout);
  else
    g_value_set_boolean (value, self->flags[id]);
}

static void
dio_input_options_dispose (GObject *object)
{
  g_clear_object (&DIO_INPUT_OPTIONS (object)->file);
  G_OBJECT_CLASS (dio_input_options_parent_class)->dispose (object);
}

static void
dio_input_options_finalize (GObject *object)
{
  g_clear_pointer (&DIO_INPUT_OPTIONS (object)->layout, g_free);
  g_clear_pointer (&DIO_INPUT_OPTIONS (object)->uuid, g_free);
  G_OBJECT_CLASS (dio_input_options_parent_class)->finalize (object);
}

static void
dio_input_options_class_init (DioInputOptionsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = dio_input_options_get_property;
  object_class->set_property = dio_input_options_set_property;
  object_class->dispose = dio_input_options_dispose;
  object_class->finalize = dio_input_options_finalize;

  props[PROP_TOUCH_MODE] =
      g_param_spec_enum ("touch-mode", NULL, NULL, DIO_TYPE_TOUCH_MODE, DIO_TOUCH_MODE_AUTOMATIC, flags);
  props[PROP_LAYOUT] = g_param_spec_string ("layout", NULL, NULL, "", flags);
  props[PROP_LONG_PRESS] = g_param_spec_boolean ("long-press", NULL, NULL, TRUE, flags);
  props[PROP_TWO_FINGER_SCROLL] = g_param_spec_boolean ("two-finger-scroll", NULL, NULL, TRUE, flags);
  props[PROP_GUEST_GESTURES] = g_param_spec_boolean ("guest-gestures", NULL, NULL, FALSE, flags);
  props[PROP_EVERY_POINT] = g_param_spec_boolean ("every-point", NULL, NULL, FALSE, flags);
  props[PROP_KEY_BAR] = g_param_spec_boolean ("key-bar", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
set_defaults (DioInputOptions *self)
{
  self->touch_mode = DIO_TOUCH_MODE_AUTOMATIC;
  g_set_str (&self->layout, "");
  for (guint id = PROP_LONG_PRESS; id < N_PROPS; id++)
    self->flags[id] = id == PROP_LONG_PRESS || id == PROP_TWO_FINGER_SCROLL;
}

static void
dio_input_options_init (DioInputOptions *self)
{
  self->file = dio_state_file_new ("input", NULL);
  set_defaults (self);
}

void
dio_input_options_set_uuid (DioInputOptions *self, const char *uuid)
{
  g_return_if_fail (DIO_IS_INPUT_OPTIONS (self));

  if (!g_set_str (&self->uuid, g_strcmp0 (uuid, NO_UUID) == 0 ? NULL : uuid))
    return;
  g_clear_object (&self->file);
  self->file = dio_state_file_new ("input", self->uuid);
  set_defaults (self);
  load (self);
  for (guint id = PROP_TOUCH_MODE; id < N_PROPS; id++)
    g_object_notify_by_pspec (G_OBJECT (self), props[id]);
}

DioInputOptions *
dio_input_options_new (const char *uuid)
{
  DioInputOptions *self = g_object_new (DIO_TYPE_INPUT_OPTIONS, NULL);

  dio_input_options_set_uuid (self, uuid);
  return self;
}
