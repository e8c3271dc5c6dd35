/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "session/usb-options.h"

#include "session/state-file.h"

#define VERSION 1
#define FOLDER "usb"
#define RULES "rules"
#define NO_UUID "00000000-0000-0000-0000-000000000000"

enum
{
  PROP_0,
  PROP_ASKS,
  PROP_RULES,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

struct _DioUsbOptions
{
  GObject parent_instance;

  char *uuid; /* NULL: they are not kept */
  DioStateFile *file;
  gboolean asks;
  DioUsbRules *rules;
};

G_DEFINE_FINAL_TYPE (DioUsbOptions, dio_usb_options, G_TYPE_OBJECT)

/* Those that are kept, by their UUID, as long as somebody has them. */
static GHashTable *living;

static void
load (DioUsbOptions *self)
{
  g_autoptr (JsonObject) object = dio_state_file_read (self->file, VERSION);
  JsonNode *rules = object != NULL ? json_object_get_member (object, RULES) : NULL;

  if (object == NULL)
    return;
  self->asks = dio_state_file_get_boolean (object, props[PROP_ASKS]->name, self->asks);
  if (rules != NULL && JSON_NODE_HOLDS_ARRAY (rules))
    dio_usb_rules_load (self->rules, json_node_get_array (rules));
}

static void
on_saved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!dio_state_file_save_finish (DIO_STATE_FILE (source), result, &error))
    g_debug ("The options for USB devices are not kept: %s", error->message);
}

static void
save (DioUsbOptions *self)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();

  json_builder_begin_object (json);
  json_builder_set_member_name (json, "version");
  json_builder_add_int_value (json, VERSION);
  json_builder_set_member_name (json, props[PROP_ASKS]->name);
  json_builder_add_boolean_value (json, self->asks);
  json_builder_set_member_name (json, RULES);
  dio_usb_rules_save (self->rules, json);
  json_builder_end_object (json);
  dio_state_file_set (self->file, json);
  dio_state_file_save_async (self->file, on_saved, NULL);
}

static void
dio_usb_options_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  DioUsbOptions *self = DIO_USB_OPTIONS (object);

  if (self->asks == g_value_get_boolean (value))
    return;
  self->asks = g_value_get_boolean (value);
  g_object_notify_by_pspec (object, pspec);
  save (self);
}

static void
dio_usb_options_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  DioUsbOptions *self = DIO_USB_OPTIONS (object);

  if (id == PROP_ASKS)
    g_value_set_boolean (value, self->asks);
  else
    g_value_set_object (value, self->rules);
}

static void
dio_usb_options_dispose (GObject *object)
{
  DioUsbOptions *self = DIO_USB_OPTIONS (object);

  if (self->uuid != NULL)
    g_hash_table_remove (living, self->uuid);
  g_clear_pointer (&self->uuid, g_free);
  g_clear_object (&self->file);
  G_OBJECT_CLASS (dio_usb_options_parent_class)->dispose (object);
}

static void
dio_usb_options_finalize (GObject *object)
{
  g_clear_object (&DIO_USB_OPTIONS (object)->rules);
  G_OBJECT_CLASS (dio_usb_options_parent_class)->finalize (object);
}

static void
dio_usb_options_class_init (DioUsbOptionsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = dio_usb_options_get_property;
  object_class->set_property = dio_usb_options_set_property;
  object_class->dispose = dio_usb_options_dispose;
  object_class->finalize = dio_usb_options_finalize;

  living = g_hash_table_new (g_str_hash, g_str_equal);
  props[PROP_ASKS] = g_param_spec_boolean ("asks", NULL, NULL, TRUE, G_PARAM_READWRITE | flags);
  props[PROP_RULES] = g_param_spec_object ("rules", NULL, NULL, DIO_TYPE_USB_RULES, G_PARAM_READABLE | flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
dio_usb_options_init (DioUsbOptions *self)
{
  self->asks = TRUE;
  self->rules = dio_usb_rules_new ();
  g_signal_connect_object (self->rules, "changed", G_CALLBACK (save), self, G_CONNECT_SWAPPED);
}

DioUsbOptions *
dio_usb_options_new (const char *uuid)
{
  const char *kept = uuid != NULL && g_uuid_string_is_valid (uuid) && !g_str_equal (uuid, NO_UUID) ? uuid : NULL;
  DioUsbOptions *self;

  /* The class has the table. */
  g_type_ensure (DIO_TYPE_USB_OPTIONS);
  self = living != NULL && kept != NULL ? g_hash_table_lookup (living, kept) : NULL;
  if (self != NULL)
    return g_object_ref (self);
  self = g_object_new (DIO_TYPE_USB_OPTIONS, NULL);
  self->file = dio_state_file_new (FOLDER, kept);
  if (kept != NULL)
    {
      self->uuid = g_strdup (kept);
      g_hash_table_insert (living, self->uuid, self);
      load (self);
    }
  return self;
}

gboolean
dio_usb_options_get_asks (DioUsbOptions *self)
{
  g_return_val_if_fail (DIO_IS_USB_OPTIONS (self), FALSE);
  return self->asks;
}

DioUsbRules *
dio_usb_options_get_rules (DioUsbOptions *self)
{
  g_return_val_if_fail (DIO_IS_USB_OPTIONS (self), NULL);
  return self->rules;
}
