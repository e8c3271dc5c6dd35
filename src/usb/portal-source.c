/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "usb/portal-source.h"

#include "usb/guard.h"
#include "usb/portal-acquire.h"
#include "usb/portal-book.h"
#include "usb/portal-facts.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#define PORTAL "org.freedesktop.portal.Desktop"
#define SESSION_INTERFACE "org.freedesktop.portal.Session"
/* More than a computer can have: 127 on each of its buses, of which it has few. */
#define MAX_DEVICES 512
#define MAX_ID 128 /* bytes */

/* What the portal calls a device is random, and another name after the portal was started anew. The objects stay what
 * they were through that, so that no machine loses a device by it: those that were there before are stale until they
 * are told of again, by their node and numbers, and the rest goes when all were told of. */
struct _DioUsbPortalSource
{
  GObject parent;

  GCancellable *cancellable;
  GDBusConnection *connection;
  guint watch, events, closed; /* identifiers of their subscriptions */
  char *owner, *session;
  gboolean works; /* the portal has a session for us, or had */
  char *trouble;

  DioUsbPortalBook *book;
};

enum
{
  PROP_0,
  PROP_CONNECTION,
  PROP_TROUBLE,
};

static void list_model_init (GListModelInterface *iface);
static void source_init (DioUsbSourceInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (DioUsbPortalSource, dio_usb_portal_source, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init)
                                   G_IMPLEMENT_INTERFACE (DIO_TYPE_USB_SOURCE, source_init))

/* --- the list --- */

static GType
dio_usb_portal_source_get_item_type (GListModel *model)
{
  return DIO_TYPE_USB_DEVICE;
}

static guint
dio_usb_portal_source_get_n_items (GListModel *model)
{
  return g_list_model_get_n_items (dio_usb_portal_book_get_list (DIO_USB_PORTAL_SOURCE (model)->book));
}

static gpointer
dio_usb_portal_source_get_item (GListModel *model, guint position)
{
  return g_list_model_get_item (dio_usb_portal_book_get_list (DIO_USB_PORTAL_SOURCE (model)->book), position);
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = dio_usb_portal_source_get_item_type;
  iface->get_n_items = dio_usb_portal_source_get_n_items;
  iface->get_item = dio_usb_portal_source_get_item;
}

/* --- the session --- */

static void
set_trouble (DioUsbPortalSource *self, const char *trouble)
{
  if (g_set_str (&self->trouble, trouble))
    g_object_notify (G_OBJECT (self), "trouble");
}

/* What was there is kept, for the portal's next run. */
static void
end_session (DioUsbPortalSource *self)
{
  if (self->events != 0)
    g_dbus_connection_signal_unsubscribe (self->connection, g_steal_handle_id (&self->events));
  if (self->closed != 0)
    g_dbus_connection_signal_unsubscribe (self->connection, g_steal_handle_id (&self->closed));
  g_cancellable_cancel (self->cancellable);
  g_set_object (&self->cancellable, NULL);
  self->cancellable = g_cancellable_new ();
  g_clear_pointer (&self->session, g_free);
  g_clear_pointer (&self->owner, g_free);
  dio_usb_portal_book_forget_ids (self->book);
}

static void
give_up (DioUsbPortalSource *self, const char *trouble)
{
  end_session (self);
  dio_usb_portal_book_clear (self->book);
  set_trouble (self, trouble);
}

static const char *
no_portal (void)
{
  return _ (
      "This desktop's portal does not hand USB devices to sandboxed applications. Use Diorama in another desktop, or "
      "install it without a sandbox.");
}

static void
on_events (GDBusConnection *connection, const char *sender, const char *path, const char *interface, const char *signal,
           GVariant *arguments, gpointer user_data)
{
  DioUsbPortalSource *self = user_data;
  g_autoptr (GVariant) events = NULL;
  const char *session, *action, *id;
  GVariantIter iter;
  GVariant *info;

  if (!g_variant_is_of_type (arguments, G_VARIANT_TYPE ("(oa(ssa{sv}))")))
    return;
  g_variant_get (arguments, "(&o@a(ssa{sv}))", &session, &events);
  if (!g_str_equal (session, self->session))
    return;
  g_variant_iter_init (&iter, events);
  while (g_variant_iter_next (&iter, "(&s&s@a{sv})", &action, &id, &info))
    {
      g_autoptr (GVariant) owned = info;

      if (g_str_equal (action, "remove"))
        dio_usb_portal_book_remove (self->book, id);
      else if (g_str_equal (action, "add") || g_str_equal (action, "change"))
        dio_usb_portal_book_add (self->book, id, owned);
    }
}

static void
on_closed (GDBusConnection *connection, const char *sender, const char *path, const char *interface, const char *signal,
           GVariant *arguments, gpointer user_data)
{
  give_up (user_data,
           _ ("The desktop does not show USB devices to Diorama any more. Allow it in the desktop's settings, "
              "then start Diorama again."));
}

/* What was there before and is not listed is not there. */
static void
on_listed (GObject *connection, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (connection), result, &error);
  DioUsbPortalSource *self = user_data;
  g_autoptr (GVariant) devices = NULL;
  GVariantIter iter;
  const char *id;
  GVariant *info;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (reply != NULL)
    {
      g_variant_get (reply, "(@a(sa{sv}))", &devices);
      g_variant_iter_init (&iter, devices);
      while (g_variant_iter_next (&iter, "(&s@a{sv})", &id, &info))
        {
          g_autoptr (GVariant) owned = info;

          dio_usb_portal_book_add (self->book, id, owned);
        }
    }
  dio_usb_portal_book_end_listing (self->book);
}

static void
on_session (GObject *connection, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (connection), result, &error);
  DioUsbPortalSource *self = user_data;
  g_autofree char *code = error != NULL ? g_dbus_error_get_remote_error (error) : NULL;
  const char *session = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (reply != NULL)
    g_variant_get (reply, "(&o)", &session);
  if (g_strcmp0 (session, self->session) != 0)
    {
      give_up (self,
               g_strcmp0 (code, "org.freedesktop.portal.Error.NotAllowed") == 0
                   ? _ ("The desktop does not show USB devices to Diorama. Allow it in the desktop's settings, then "
                        "start Diorama again.")
                   : no_portal ());
      return;
    }
  self->works = TRUE;
  set_trouble (self, NULL);
  dio_usb_portal_book_begin_listing (self->book);
  g_dbus_connection_call (self->connection, self->owner, DIO_USB_PORTAL_PATH, DIO_USB_PORTAL_INTERFACE,
                          "EnumerateDevices", g_variant_new ("(a{sv})", NULL), G_VARIANT_TYPE ("(a(sa{sv}))"),
                          G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, self->cancellable, on_listed, self);
}

/* Listens before it asks, so that nothing comes between: what the session will be called is known. */
static void
begin_session (DioUsbPortalSource *self, const char *owner)
{
  g_autofree char *token = dio_usb_portal_make_token ();
  GVariantBuilder options;

  end_session (self);
  self->owner = g_strdup (owner);
  self->session = dio_usb_portal_make_path (self->connection, "session", token);
  self->events =
      g_dbus_connection_signal_subscribe (self->connection, owner, DIO_USB_PORTAL_INTERFACE, "DeviceEvents",
                                          DIO_USB_PORTAL_PATH, NULL, G_DBUS_SIGNAL_FLAGS_NONE, on_events, self, NULL);
  self->closed =
      g_dbus_connection_signal_subscribe (self->connection, owner, SESSION_INTERFACE, "Closed", self->session, NULL,
                                          G_DBUS_SIGNAL_FLAGS_NONE, on_closed, self, NULL);
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "session_handle_token", g_variant_new_string (token));
  g_dbus_connection_call (self->connection, owner, DIO_USB_PORTAL_PATH, DIO_USB_PORTAL_INTERFACE, "CreateSession",
                          g_variant_new ("(a{sv})", &options), G_VARIANT_TYPE ("(o)"), G_DBUS_CALL_FLAGS_NO_AUTO_START,
                          -1, self->cancellable, on_session, self);
}

/* --- the portal --- */

static void
on_appeared (GDBusConnection *connection, const char *name, const char *owner, gpointer user_data)
{
  begin_session (user_data, owner);
}

static void
on_started (GObject *connection, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (connection), result, &error);

  if (reply == NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    give_up (user_data, no_portal ());
}

/* It is started again, by whom it was before: the bus. Not if it had been of no use. */
static void
on_vanished (GDBusConnection *connection, const char *name, gpointer user_data)
{
  DioUsbPortalSource *self = user_data;
  gboolean again = self->works && self->session != NULL && connection != NULL;

  if (!again)
    {
      give_up (self, no_portal ());
      return;
    }
  end_session (self);
  self->works = FALSE;
  g_dbus_connection_call (connection, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                          "StartServiceByName", g_variant_new ("(su)", PORTAL, 0), G_VARIANT_TYPE ("(u)"),
                          G_DBUS_CALL_FLAGS_NONE, -1, self->cancellable, on_started, self);
}

static void
watch (DioUsbPortalSource *self)
{
  self->watch = g_bus_watch_name_on_connection (self->connection, PORTAL, G_BUS_NAME_WATCHER_FLAGS_AUTO_START,
                                                on_appeared, on_vanished, self, NULL);
}

static void
on_bus (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) connection = g_bus_get_finish (result, &error);
  DioUsbPortalSource *self = user_data;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (connection == NULL)
    {
      set_trouble (self, no_portal ());
      return;
    }
  self->connection = g_steal_pointer (&connection);
  watch (self);
}

/* --- the interface --- */

typedef struct
{
  DioUsbDevice *device;
  char *id;
} Open;

static void
open_free (gpointer data)
{
  Open *open = data;

  g_object_unref (open->device);
  g_free (open->id);
  g_free (open);
}

static void
fail_gone (GTask *task, DioUsbDevice *device)
{
  g_task_return_new_error (task, DIO_USB_ERROR, DIO_USB_ERROR_GONE, _ ("“%s” is not plugged in any more."),
                           dio_usb_device_get_name (device));
}

/* Who asked is told that it is gone when it went meanwhile, whatever the portal says by then. */
static void
on_acquired (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  DioUsbPortalSource *self = g_task_get_source_object (task);
  const Open *open = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autofd int fd = dio_usb_portal_acquire_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_task_return_error (task, g_steal_pointer (&error));
  else if (!dio_usb_portal_book_has (self->book, open->device))
    {
      if (fd >= 0 && self->owner != NULL)
        dio_usb_portal_release (self->connection, self->owner, open->id);
      fail_gone (task, open->device);
    }
  else if (fd >= 0)
    g_task_return_int (task, g_steal_fd (&fd));
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static void
dio_usb_portal_source_open_async (DioUsbSource *source, DioUsbDevice *device, const char *window,
                                  GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  DioUsbPortalSource *self = DIO_USB_PORTAL_SOURCE (source);
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Open *open = g_new0 (Open, 1);

  g_task_set_source_tag (task, dio_usb_portal_source_open_async);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, open, open_free);
  open->device = g_object_ref (device);
  open->id = g_strdup (dio_usb_portal_book_find (self->book, device));
  if (open->id != NULL)
    dio_usb_portal_acquire_async (self->connection, self->owner, open->id, dio_usb_device_get_name (device),
                                  dio_usb_portal_get_number (dio_usb_device_get_node (device)),
                                  window != NULL ? window : "", cancellable, on_acquired, task);
  else
    {
      if (dio_usb_portal_book_is_stale (self->book, device))
        g_task_return_new_error_literal (task, G_IO_ERROR, G_IO_ERROR_BUSY,
                                         _ ("The desktop's portal is being started again. Try once more."));
      else
        fail_gone (task, device);
      g_object_unref (task);
    }
}

static int
dio_usb_portal_source_open_finish (DioUsbSource *source, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, source), -1);
  return (int) g_task_propagate_int (G_TASK (result), error);
}

static void
dio_usb_portal_source_release (DioUsbSource *source, DioUsbDevice *device)
{
  DioUsbPortalSource *self = DIO_USB_PORTAL_SOURCE (source);
  const char *id = dio_usb_portal_book_find (self->book, device);

  if (id != NULL)
    dio_usb_portal_release (self->connection, self->owner, id);
}

static const char *
dio_usb_portal_source_get_trouble (DioUsbSource *source)
{
  return DIO_USB_PORTAL_SOURCE (source)->trouble;
}

static DioUsbGuard
dio_usb_portal_source_get_guard (DioUsbSource *source, DioUsbDevice *device)
{
  const char *path = dio_usb_device_get_sysfs_path (device);

  if (path != NULL)
    return dio_usb_guard_find ("", path, dio_usb_device_get_kind (device));
  switch (dio_usb_device_get_kind (device))
    {
    case DIO_USB_KIND_HUB:
      return DIO_USB_GUARD_HUB;
    case DIO_USB_KIND_KEYBOARD:
    case DIO_USB_KIND_POINTER:
      return DIO_USB_GUARD_INPUT;
    default:
      return DIO_USB_GUARD_NONE;
    }
}

static void
source_init (DioUsbSourceInterface *iface)
{
  iface->get_trouble = dio_usb_portal_source_get_trouble;
  iface->open_async = dio_usb_portal_source_open_async;
  iface->open_finish = dio_usb_portal_source_open_finish;
  iface->release = dio_usb_portal_source_release;
  iface->get_guard = dio_usb_portal_source_get_guard;
}

static void
dio_usb_portal_source_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  DioUsbPortalSource *self = DIO_USB_PORTAL_SOURCE (object);

  switch (prop_id)
    {
    case PROP_CONNECTION:
      self->connection = g_value_dup_object (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
dio_usb_portal_source_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_TROUBLE:
      g_value_set_string (value, DIO_USB_PORTAL_SOURCE (object)->trouble);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
dio_usb_portal_source_constructed (GObject *object)
{
  DioUsbPortalSource *self = DIO_USB_PORTAL_SOURCE (object);

  G_OBJECT_CLASS (dio_usb_portal_source_parent_class)->constructed (object);
  if (self->connection != NULL)
    watch (self);
  else
    g_bus_get (G_BUS_TYPE_SESSION, self->cancellable, on_bus, self);
}

static void
dio_usb_portal_source_dispose (GObject *object)
{
  DioUsbPortalSource *self = DIO_USB_PORTAL_SOURCE (object);

  g_clear_handle_id (&self->watch, g_bus_unwatch_name);
  if (self->session != NULL)
    g_dbus_connection_call (self->connection, self->owner, self->session, SESSION_INTERFACE, "Close", NULL, NULL,
                            G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, NULL, NULL);
  if (self->book != NULL)
    end_session (self);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->trouble, g_free);
  g_clear_pointer (&self->book, dio_usb_portal_book_free);
  g_clear_object (&self->connection);
  G_OBJECT_CLASS (dio_usb_portal_source_parent_class)->dispose (object);
}

static void
dio_usb_portal_source_class_init (DioUsbPortalSourceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->constructed = dio_usb_portal_source_constructed;
  object_class->dispose = dio_usb_portal_source_dispose;
  object_class->set_property = dio_usb_portal_source_set_property;
  object_class->get_property = dio_usb_portal_source_get_property;
  g_object_class_install_property (
      object_class, PROP_CONNECTION,
      g_param_spec_object ("connection", NULL, NULL, G_TYPE_DBUS_CONNECTION,
                           G_PARAM_WRITABLE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS));
  g_object_class_override_property (object_class, PROP_TROUBLE, "trouble");
}

static void
dio_usb_portal_source_init (DioUsbPortalSource *self)
{
  self->cancellable = g_cancellable_new ();
  self->book = dio_usb_portal_book_new ();
  g_signal_connect_object (dio_usb_portal_book_get_list (self->book), "items-changed",
                           G_CALLBACK (g_list_model_items_changed), self, G_CONNECT_SWAPPED);
}

DioUsbSource *
dio_usb_portal_source_new (GDBusConnection *connection)
{
  return g_object_new (DIO_TYPE_USB_PORTAL_SOURCE, "connection", connection, NULL);
}
