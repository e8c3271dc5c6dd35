/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "session/session.h"

#include "base/debug.h"
#include "dbus/connection.h"
#include "session/screen-layout.h"

#include <glib/gi18n-lib.h>

#define QEMU_BUS_NAME "org.qemu"
/* A QEMU that ends closes its display some time (vm/machine-run.c: 2 s at most) before its end is known. */
#define LOSS_DELAY_MS 3000
/* How long somebody else\'s machine may take to answer, seconds. */
#define PATIENCE_S 30
#define MAX_TITLE 100 /* characters; it may come from somebody else's QEMU */

struct _DioSession
{
  GObject parent_instance;

  DioMachine *machine; /* NULL when attached to somebody else's QEMU */
  char *address;       /* of the bus, when attached; NULL is the session bus */
  char *bus_name;      /* the unique name of the QEMU we attached to, so that another one is not taken for it */
  char *title;
  char *error;

  GPtrArray *heads;
  DioTouchSlots *slots; /* of the QEMU that the connection is to */
  GArray *screens;      /* guint32: QEMU's number of the console that is screen 0, 1 and so on */
  guint32 coming;       /* bit per screen: its head is being made */
  DioScreenLayout *layout;
  DioInputOptions *input_options;
  GDBusConnection *connection;
  GCancellable *attempt; /* of the connection being made or in use; cancelled to abandon it */
  GTask *attaching;      /* the caller of dio_session_new_attach_async() until the first outcome */
  guint watch;
  guint patience_id; /* a bus, or the QEMU on it, may accept and then say nothing */
  gboolean connected;

  char *loss; /* becomes the error unless the machine proves to have ended by then */
  guint loss_id;
};

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
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

static void
set_title (DioSession *self, const char *title)
{
  g_autofree char *cut =
      title && *title && g_utf8_validate (title, -1, NULL) ? g_utf8_truncate_middle (title, MAX_TITLE) : NULL;

  if (cut && g_set_str (&self->title, cut))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TITLE]);
}

static void
set_error (DioSession *self, const char *error)
{
  if (g_set_str (&self->error, error))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ERROR]);
}

static void
set_connected (DioSession *self, gboolean connected)
{
  if (self->connected == connected)
    return;
  self->connected = connected;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CONNECTED]);
}

/* After a change of the heads. */
static void
update_layout (DioSession *self)
{
  for (guint i = 0; self->machine && i < self->heads->len; i++)
    dio_touch_set_present (dio_head_get_touch (g_ptr_array_index (self->heads, i)),
                           dio_machine_config_get_touch (dio_machine_get_config (self->machine)));
  dio_screen_layout_set (self->layout, self->machine ? dio_machine_get_qmp (self->machine) : NULL, self->heads);
}

static void
take_heads (DioSession *self, GPtrArray *heads)
{
  g_autoptr (GPtrArray) old = g_steal_pointer (&self->heads);

  self->heads = heads;
  update_layout (self);
  g_list_model_items_changed (G_LIST_MODEL (self), 0, old->len, heads->len);
}

/* Lets go of the connection; the heads keep their last pictures. */
static void
drop_connection (DioSession *self)
{
  g_cancellable_cancel (self->attempt);
  g_clear_object (&self->attempt);
  self->coming = 0;
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
    dio_console_close (dio_head_get_console (g_ptr_array_index (self->heads, i)));
  set_connected (self, FALSE);
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
    set_error (self, self->loss);
}

static void
fail (DioSession *self, const GError *error)
{
  g_autoptr (GTask) attaching = g_steal_pointer (&self->attaching);

  dio_debug (DIO_DEBUG_DBUS, "%s: display lost: %s", self->title, error->message);
  drop_connection (self);
  /* A machine of ours tells by its state why it ended; that its display went with it is no news. */
  if (!self->machine)
    set_error (self, error->message);
  else if (machine_is_up (self))
    {
      g_set_str (&self->loss, error->message);
      self->loss_id = g_timeout_add_once (LOSS_DELAY_MS, on_loss_lasts, self);
    }
  if (attaching)
    g_task_return_error (attaching, g_error_copy (error));
}

static void
on_connection_closed (GDBusConnection *connection, gboolean remote_peer_vanished, const GError *error, DioSession *self)
{
  g_autoptr (GError) gone = g_error_new_literal (
      G_IO_ERROR, G_IO_ERROR_CLOSED,
      self->machine ? _ ("The connection to the machine's display was closed. Start the machine again.")
                    : _ ("The message bus closed the connection. Reconnect when it runs again."));

  if (error)
    dio_debug (DIO_DEBUG_DBUS, "%s: %s", self->title, error->message);
  fail (self, gone);
}

/* QEMU, or a fault in what it sent, ended one console's pictures. */
static void
on_console_closed (DioConsole *console, const GError *error, DioSession *self)
{
  fail (self, error);
}

static void
on_name_vanished (GDBusConnection *connection, const char *name, gpointer user_data)
{
  g_autoptr (DioSession) self = g_object_ref (user_data);
  g_autoptr (GError) gone = g_error_new_literal (
      G_IO_ERROR, G_IO_ERROR_CLOSED,
      _ ("The machine was shut down, or its display was turned off. Reconnect when it runs again."));

  fail (self, gone);
}

/* Returns: FALSE when its console was lost already. */
static gboolean
watch_head (DioSession *self, DioHead *head)
{
  DioConsole *console = dio_head_get_console (head);
  g_autofree char *lost = NULL;
  g_autoptr (GError) error = NULL;

  g_signal_connect_object (console, "closed", G_CALLBACK (on_console_closed), self, 0);
  g_object_get (console, "error", &lost, NULL);
  if (!lost)
    return TRUE;
  error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CLOSED, lost);
  fail (self, error);
  return FALSE;
}

static gboolean
watch_heads (DioSession *self)
{
  for (guint i = 0; i < self->heads->len; i++)
    if (!watch_head (self, g_ptr_array_index (self->heads, i)))
      return FALSE;
  return TRUE;
}

static void
take_screens (DioSession *self, GArray *screens)
{
  guint before = dio_session_get_n_screens (self);

  g_clear_pointer (&self->screens, g_array_unref);
  self->screens = screens;
  if (before != screens->len)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_N_SCREENS]);
}

static void
on_heads_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioSession) self = user_data;
  g_autofree char *title = NULL;
  g_autoptr (GArray) screens = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) heads = dio_heads_load_finish (result, &title, &screens, &error);
  g_autoptr (GTask) attaching = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (!heads)
    {
      fail (self, error);
      return;
    }

  if (!self->machine)
    set_title (self, title);
  take_screens (self, g_steal_pointer (&screens));
  take_heads (self, g_steal_pointer (&heads));
  if (!watch_heads (self))
    return;
  g_clear_handle_id (&self->patience_id, g_source_remove);
  set_error (self, NULL);
  set_connected (self, TRUE);
  attaching = g_steal_pointer (&self->attaching);
  if (attaching)
    g_task_return_pointer (attaching, g_object_ref (self), g_object_unref);
}

static void
load_heads (DioSession *self, GDBusConnection *connection)
{
  g_set_object (&self->connection, connection);
  g_signal_connect_object (connection, "closed", G_CALLBACK (on_connection_closed), self, 0);
  g_clear_object (&self->slots);
  self->slots = dio_touch_slots_new ();
  /* A head that nobody looks at costs a thread, and QEMU the work for it. */
  dio_heads_load_async (connection, self->bus_name, self->slots, self->machine != NULL, self->attempt, on_heads_loaded,
                        g_object_ref (self));
}

/* Further screens */

static void
insert_head (DioSession *self, DioHead *head)
{
  guint at = 0;

  while (at < self->heads->len &&
         dio_head_get_number (g_ptr_array_index (self->heads, at)) < dio_head_get_number (head))
    at++;
  g_ptr_array_insert (self->heads, (int) at, g_object_ref (head));
  update_layout (self);
  g_list_model_items_changed (G_LIST_MODEL (self), at, 0, 1);
}

static void
on_head_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioSession) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DioHead) head = dio_head_load_finish (result, &error);

  if (g_cancellable_is_cancelled (g_task_get_cancellable (G_TASK (result))))
    return;
  if (!head)
    {
      fail (self, error);
      return;
    }
  /* Unwanted meanwhile? */
  if (!(self->coming & 1u << dio_head_get_number (head)))
    return;
  self->coming &= ~(1u << dio_head_get_number (head));
  if (watch_head (self, head))
    insert_head (self, head);
}

void
dio_session_add_screen (DioSession *self, guint number)
{
  g_return_if_fail (DIO_IS_SESSION (self));

  if (!self->connected || number >= dio_session_get_n_screens (self) || dio_session_get_head (self, number) ||
      self->coming & 1u << number)
    return;
  self->coming |= 1u << number;
  dio_head_load_async (self->connection, self->bus_name, self->slots, number,
                       g_array_index (self->screens, guint32, number), self->attempt, on_head_loaded,
                       g_object_ref (self));
}

void
dio_session_remove_screen (DioSession *self, guint number)
{
  DioHead *head;
  guint at;

  g_return_if_fail (DIO_IS_SESSION (self));
  g_return_if_fail (number > 0);

  if (number < dio_session_get_n_screens (self))
    self->coming &= ~(1u << number);
  head = dio_session_get_head (self, number);
  if (!head)
    return;
  dio_console_set_ui_info (dio_head_get_console (head), 0, 0, 0, 0);
  if (!self->machine)
    return;
  /* Its listener ends with the console, which lives until QEMU has been told. */
  g_signal_handlers_disconnect_by_data (dio_head_get_console (head), self);
  g_ptr_array_find (self->heads, head, &at);
  g_ptr_array_remove_index (self->heads, at);
  update_layout (self);
  g_list_model_items_changed (G_LIST_MODEL (self), at, 1, 0);
}

/* A machine of ours: peer to peer */

static void
on_peer_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioSession) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) connection = dio_dbus_connect_peer_finish (result, &error);

  if (connection && self->attempt)
    load_heads (self, connection);
  else if (error && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    fail (self, error);
}

static void
on_display_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioSession) self = user_data;
  g_autoptr (GError) error = NULL;
  int fd = dio_machine_open_display_finish (DIO_MACHINE (source), result, &error);

  if (fd >= 0)
    dio_dbus_connect_peer_async (fd, self->attempt, on_peer_connected, g_object_ref (self));
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    fail (self, error);
}

static void
on_machine_ready (DioMachine *machine, DioSession *self)
{
  drop_connection (self);
  set_error (self, NULL);
  self->attempt = g_cancellable_new ();
  dio_machine_open_display_async (machine, self->attempt, on_display_opened, g_object_ref (self));
}

static void
on_machine_state (DioMachine *machine, GParamSpec *pspec, DioSession *self)
{
  switch (dio_machine_get_state (machine))
    {
    case DIO_MACHINE_STOPPED:
    case DIO_MACHINE_FAILED:
    case DIO_MACHINE_CRASHED:
      drop_connection (self);
      set_error (self, NULL);
      break;
    case DIO_MACHINE_STARTING:
    case DIO_MACHINE_RUNNING:
    case DIO_MACHINE_PAUSED:
    case DIO_MACHINE_STOPPING:
    default:
      break;
    }
}

/* Somebody else's machine: on a bus */

static void
on_name_owner (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioSession) self = user_data;
  GDBusConnection *bus = G_DBUS_CONNECTION (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (bus, result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || !self->attempt)
    return;
  if (!reply)
    {
      g_autoptr (GError) none = g_error_new_literal (
          G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
          _ ("No machine with a D-Bus display was found. Start QEMU with -display dbus, then try again."));
      fail (self, none);
      return;
    }

  g_clear_pointer (&self->bus_name, g_free);
  g_variant_get (reply, "(s)", &self->bus_name);
  self->watch = g_bus_watch_name_on_connection (bus, self->bus_name, G_BUS_NAME_WATCHER_FLAGS_NONE, NULL,
                                                on_name_vanished, self, NULL);
  load_heads (self, bus);
}

static void
on_bus_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioSession) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) bus =
      self->address ? g_dbus_connection_new_for_address_finish (result, &error) : g_bus_get_finish (result, &error);

  if (bus && self->attempt)
    g_dbus_connection_call (bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                            "GetNameOwner", g_variant_new ("(s)", QEMU_BUS_NAME), G_VARIANT_TYPE ("(s)"),
                            G_DBUS_CALL_FLAGS_NONE, -1, self->attempt, on_name_owner, g_object_ref (self));
  else if (error && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_autoptr (GError) unreachable =
          self->address
              ? g_error_new (error->domain, error->code,
                             _ ("The message bus at “%s” could not be reached: %s. Check the address."), self->address,
                             error->message)
              : g_error_new (error->domain, error->code,
                             _ ("The message bus of the session could not be reached: %s. Give the address of the bus "
                                "that the machine is on."),
                             error->message);

      fail (self, unreachable);
    }
}

static void
on_patience_over (gpointer user_data)
{
  g_autoptr (DioSession) self = g_object_ref (user_data);
  g_autoptr (GError) silent = g_error_new (
      G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
      _ ("The machine's display did not answer for %d seconds. Look whether QEMU hangs, then try again."), PATIENCE_S);

  self->patience_id = 0;
  fail (self, silent);
}

static void
connect_bus (DioSession *self)
{
  self->attempt = g_cancellable_new ();
  self->patience_id = g_timeout_add_seconds_once (PATIENCE_S, on_patience_over, self);
  if (self->address)
    g_dbus_connection_new_for_address (
        self->address, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
        NULL, self->attempt, on_bus_connected, g_object_ref (self));
  else
    g_bus_get (G_BUS_TYPE_SESSION, self->attempt, on_bus_connected, g_object_ref (self));
}

/* The caller does not wait any more: nor do we. */
static void
on_attach_cancelled (DioSession *self)
{
  g_autoptr (DioSession) hold = g_object_ref (self);
  g_autoptr (GTask) attaching = g_steal_pointer (&self->attaching);

  if (!attaching)
    return;
  drop_connection (self);
  g_task_return_error_if_cancelled (attaching);
}

static void
dio_session_dispose (GObject *object)
{
  DioSession *self = DIO_SESSION (object);

  drop_connection (self);
  if (self->machine)
    g_signal_handlers_disconnect_by_data (self->machine, self);
  g_clear_object (&self->machine);
  g_clear_object (&self->layout);
  g_clear_object (&self->input_options);
  g_clear_object (&self->slots);

  G_OBJECT_CLASS (dio_session_parent_class)->dispose (object);
}

static void
dio_session_finalize (GObject *object)
{
  DioSession *self = DIO_SESSION (object);

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
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
dio_session_init (DioSession *self)
{
  self->heads = g_ptr_array_new_with_free_func (g_object_unref);
  self->screens = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->layout = dio_screen_layout_new ();
  self->title = g_strdup ("QEMU");
}

/**
 * dio_session_new_for_machine:
 * @machine: a machine, started or not
 *
 * Follows @machine: attaches its display each time a QEMU of it is ready. The machine is not started.
 */
DioSession *
dio_session_new_for_machine (DioMachine *machine)
{
  DioSession *self;

  g_return_val_if_fail (DIO_IS_MACHINE (machine), NULL);

  self = g_object_new (DIO_TYPE_SESSION, NULL);
  self->machine = g_object_ref (machine);
  self->input_options = dio_input_options_new (dio_machine_config_get_uuid (dio_machine_get_config (machine)));
  set_title (self, dio_machine_config_get_name (dio_machine_get_config (machine)));
  g_signal_connect_object (machine, "ready", G_CALLBACK (on_machine_ready), self, 0);
  g_signal_connect_object (machine, "notify::state", G_CALLBACK (on_machine_state), self, 0);
  return self;
}

/**
 * dio_session_new_attach_async:
 * @address: (nullable): a D-Bus address of a message bus; %NULL for the session bus
 *
 * Attaches to the QEMU that owns org.qemu there. Several QEMUs queue for that name; the first of them is taken.
 */
void
dio_session_new_attach_async (const char *address, GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr (DioSession) self = g_object_new (DIO_TYPE_SESSION, NULL);

  self->address = g_strdup (address);
  self->input_options = dio_input_options_new (NULL);
  self->attaching = g_task_new (NULL, cancellable, callback, user_data);
  g_task_set_source_tag (self->attaching, dio_session_new_attach_async);
  connect_bus (self);
  if (g_cancellable_is_cancelled (cancellable))
    on_attach_cancelled (self);
  else if (cancellable)
    g_signal_connect_object (cancellable, "cancelled", G_CALLBACK (on_attach_cancelled), self, G_CONNECT_SWAPPED);
}

DioSession *
dio_session_new_attach_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
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

guint
dio_session_get_n_screens (DioSession *self)
{
  g_return_val_if_fail (DIO_IS_SESSION (self), 0);
  return self->screens->len;
}

DioInputOptions *
dio_session_get_input_options (DioSession *self)
{
  g_return_val_if_fail (DIO_IS_SESSION (self), NULL);
  return self->input_options;
}

DioHead *
dio_session_get_head (DioSession *self, guint number)
{
  g_return_val_if_fail (DIO_IS_SESSION (self), NULL);
  for (guint i = 0; i < self->heads->len; i++)
    {
      DioHead *head = g_ptr_array_index (self->heads, i);

      if (dio_head_get_number (head) == number)
        return head;
    }
  return NULL;
}

/* Attaches again after a loss. Of a machine of ours, whose QEMU still runs, the display is opened anew. */
void
dio_session_reconnect (DioSession *self)
{
  g_return_if_fail (DIO_IS_SESSION (self));

  drop_connection (self);
  set_error (self, NULL);
  if (!self->machine)
    connect_bus (self);
  else if (dio_machine_get_qmp (self->machine))
    on_machine_ready (self->machine, self);
}

/* Lets go of the display. The machine, ours or not, runs on. */
void
dio_session_close (DioSession *self)
{
  g_return_if_fail (DIO_IS_SESSION (self));
  drop_connection (self);
}
