/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "session/session-private.h"

#include "base/debug.h"

/* A QEMU that ends closes its display some time (vm/machine-run.c: 2 s at most) before its end is known. */
#define LOSS_DELAY_MS 3000
#define MAX_TITLE 100 /* characters; it may come from somebody else's QEMU */

static GType
dio_session_get_item_type (GListModel *model)
{
  return DIO_TYPE_HEAD;
}

static guint
dio_session_get_n_items (GListModel *model)
{
  return DIO_SESSION (model)->heads->len;
}

static gpointer
dio_session_get_item (GListModel *model, guint position)
{
  DioSession *self = DIO_SESSION (model);

  return position < self->heads->len ? g_object_ref (g_ptr_array_index (self->heads, position)) : NULL;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = dio_session_get_item_type;
  iface->get_n_items = dio_session_get_n_items;
  iface->get_item = dio_session_get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (DioSession, dio_session, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

enum
{
  PROP_0,
  PROP_TITLE,
  PROP_MACHINE,
  PROP_CONNECTED,
  PROP_ERROR,
  PROP_N_SCREENS,
  PROP_CLIPBOARD,
  PROP_AGENT,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

void
dio_session_set_title (DioSession *self, const char *title)
{
  g_autofree char *cut =
      title && *title && g_utf8_validate (title, -1, NULL) ? g_utf8_truncate_middle (title, MAX_TITLE) : NULL;

  if (cut && g_set_str (&self->title, cut))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TITLE]);
}

void
dio_session_set_error (DioSession *self, const char *error)
{
  if (g_set_str (&self->error, error))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ERROR]);
}

void
dio_session_set_connected (DioSession *self, gboolean connected)
{
  if (self->connected == connected)
    return;
  self->connected = connected;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CONNECTED]);
}

void
dio_session_set_screens (DioSession *self, GArray *screens)
{
  guint before = dio_session_get_n_screens (self);

  g_clear_pointer (&self->screens, g_array_unref);
  self->screens = screens;
  if (before != screens->len)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_N_SCREENS]);
}

void
dio_session_notify_agent (DioSession *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_AGENT]);
}

void
dio_session_drop_connection (DioSession *self)
{
  g_cancellable_cancel (self->attempt);
  dio_session_drop_clipboard (self);
  g_clear_object (&self->attempt);
  self->coming = self->lost = self->retried = 0;
  g_clear_handle_id (&self->loss_id, g_source_remove);
  g_clear_handle_id (&self->patience_id, g_source_remove);
  g_clear_handle_id (&self->watch, g_bus_unwatch_name);
  if (self->connection)
    {
      g_signal_handlers_disconnect_by_data (self->connection, self);
      if (self->machine)
        g_dbus_connection_close (self->connection, NULL, NULL, NULL);
      g_clear_object (&self->connection);
    }
  for (guint i = 0; i < self->heads->len; i++)
    {
      dio_console_close (dio_head_get_console (g_ptr_array_index (self->heads, i)));
      dio_keyboard_close (dio_head_get_keyboard (g_ptr_array_index (self->heads, i)));
    }
  dio_session_set_connected (self, FALSE);
}

static gboolean
machine_is_up (DioSession *self)
{
  switch (dio_machine_get_state (self->machine))
    {
    case DIO_MACHINE_RUNNING:
    case DIO_MACHINE_PAUSED:
    case DIO_MACHINE_STOPPING:
      return TRUE;
    default:
      return FALSE;
    }
}

static void
on_loss_lasts (gpointer user_data)
{
  DioSession *self = user_data;

  self->loss_id = 0;
  if (machine_is_up (self))
    dio_session_set_error (self, self->loss);
}

void
dio_session_fail (DioSession *self, const GError *error)
{
  g_autoptr (GTask) attaching = g_steal_pointer (&self->attaching);

  dio_debug (DIO_DEBUG_DBUS, "%s: display lost: %s", self->title, error->message);
  dio_session_drop_connection (self);
  /* A machine of ours tells by its state why it ended; that its display went with it is no news. */
  if (!self->machine)
    dio_session_set_error (self, error->message);
  else if (machine_is_up (self))
    {
      g_set_str (&self->loss, error->message);
      self->loss_id = g_timeout_add_once (LOSS_DELAY_MS, on_loss_lasts, self);
    }
  if (attaching)
    g_task_return_error (attaching, g_error_copy (error));
}

static void
dio_session_dispose (GObject *object)
{
  DioSession *self = DIO_SESSION (object);

  dio_session_drop_connection (self);
  if (self->machine)
    g_signal_handlers_disconnect_by_data (self->machine, self);
  g_clear_object (&self->machine);
  g_clear_object (&self->layout);
  g_clear_object (&self->input_options);
  g_clear_object (&self->clipboard_options);
  g_clear_object (&self->slots);

  G_OBJECT_CLASS (dio_session_parent_class)->dispose (object);
}

static void
dio_session_finalize (GObject *object)
{
  DioSession *self = DIO_SESSION (object);

  g_clear_object (&self->clipboard);
  g_clear_pointer (&self->address, g_free);
  g_clear_pointer (&self->bus_name, g_free);
  g_clear_pointer (&self->title, g_free);
  g_clear_pointer (&self->error, g_free);
  g_clear_pointer (&self->loss, g_free);
  g_clear_pointer (&self->heads, g_ptr_array_unref);
  g_clear_pointer (&self->screens, g_array_unref);

  G_OBJECT_CLASS (dio_session_parent_class)->finalize (object);
}

static void
dio_session_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  DioSession *self = DIO_SESSION (object);

  switch (prop_id)
    {
    case PROP_TITLE:
      g_value_set_string (value, self->title);
      break;
    case PROP_MACHINE:
      g_value_set_object (value, self->machine);
      break;
    case PROP_CONNECTED:
      g_value_set_boolean (value, self->connected);
      break;
    case PROP_ERROR:
      g_value_set_string (value, self->error);
      break;
    case PROP_N_SCREENS:
      g_value_set_uint (value, dio_session_get_n_screens (self));
      break;
    case PROP_CLIPBOARD:
      g_value_set_object (value, self->clipboard);
      break;
    case PROP_AGENT:
      g_value_set_object (value, dio_session_get_agent (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
dio_session_class_init (DioSessionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->dispose = dio_session_dispose;
  object_class->finalize = dio_session_finalize;
  object_class->get_property = dio_session_get_property;

  properties[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, NULL, flags);
  properties[PROP_MACHINE] = g_param_spec_object ("machine", NULL, NULL, DIO_TYPE_MACHINE, flags);
  properties[PROP_CONNECTED] = g_param_spec_boolean ("connected", NULL, NULL, FALSE, flags);
  properties[PROP_ERROR] = g_param_spec_string ("error", NULL, NULL, NULL, flags);
  properties[PROP_N_SCREENS] = g_param_spec_uint ("n-screens", NULL, NULL, 0, G_MAXUINT, 0, flags);
  properties[PROP_CLIPBOARD] = g_param_spec_object ("clipboard", NULL, NULL, DIO_TYPE_CLIPBOARD_SHARE, flags);
  properties[PROP_AGENT] = g_param_spec_object ("agent", NULL, NULL, DIO_TYPE_AGENT, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  g_signal_new ("screen-failed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                G_TYPE_UINT, G_TYPE_STRING);
}

static void
dio_session_init (DioSession *self)
{
  self->heads = g_ptr_array_new_with_free_func (g_object_unref);
  self->screens = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->layout = dio_screen_layout_new ();
  self->clipboard = dio_clipboard_share_new ();
  self->title = g_strdup ("QEMU");
}

DioMachine *
dio_session_get_machine (DioSession *self)
{
  g_return_val_if_fail (DIO_IS_SESSION (self), NULL);
  return self->machine;
}

const char *
dio_session_get_title (DioSession *self)
{
  g_return_val_if_fail (DIO_IS_SESSION (self), NULL);
  return self->title;
}

gboolean
dio_session_get_connected (DioSession *self)
{
  g_return_val_if_fail (DIO_IS_SESSION (self), FALSE);
  return self->connected;
}

/* (nullable) */
const char *
dio_session_get_error (DioSession *self)
{
  g_return_val_if_fail (DIO_IS_SESSION (self), NULL);
  return self->error;
}

/* Attaches again after a loss. Of a machine of ours, whose QEMU still runs, the display is opened anew. */
void
dio_session_reconnect (DioSession *self)
{
  g_return_if_fail (DIO_IS_SESSION (self));

  dio_session_drop_connection (self);
  dio_session_set_error (self, NULL);
  if (!self->machine)
    dio_session_connect_bus (self);
  else if (dio_machine_get_qmp (self->machine))
    dio_session_connect_machine (self);
}

/* Lets go of the display. The machine, ours or not, runs on. */
void
dio_session_close (DioSession *self)
{
  g_return_if_fail (DIO_IS_SESSION (self));
  dio_session_drop_connection (self);
}
