/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "usb/portal-acquire.h"

#include "usb/error.h"
#include "usb/text.h"

#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define USB_MAJOR 189
#define REQUEST_INTERFACE "org.freedesktop.portal.Request"
#define MAX_ROUNDS 8 /* of FinishAcquireDevices, for one device */
#define MAX_REASON 200

typedef enum
{
  RESPONSE_SUCCESS,
  RESPONSE_CANCELLED,
} Response;

typedef struct
{
  GDBusConnection *connection;
  char *owner, *id, *name, *request;
  dev_t number;
  guint response, watch; /* identifiers of their subscriptions */
  GSource *cancelled;
  guint rounds;
  int fd;
} Acquire;

static void
stop_waiting (Acquire *self)
{
  if (self->response != 0)
    g_dbus_connection_signal_unsubscribe (self->connection, g_steal_handle_id (&self->response));
  if (self->watch != 0)
    g_bus_unwatch_name (g_steal_handle_id (&self->watch));
  if (self->cancelled != NULL)
    g_source_destroy (self->cancelled);
  g_clear_pointer (&self->cancelled, g_source_unref);
}

static void
acquire_free (gpointer data)
{
  Acquire *self = data;

  stop_waiting (self);
  g_clear_fd (&self->fd, NULL);
  g_free (self->owner);
  g_free (self->id);
  g_free (self->name);
  g_free (self->request);
  g_object_unref (self->connection);
  g_free (self);
}

char *
dio_usb_portal_make_token (void)
{
  static guint last;

  return g_strdup_printf ("diorama%u_%u", g_random_int (), ++last);
}

char *
dio_usb_portal_make_path (GDBusConnection *connection, const char *kind, const char *token)
{
  const char *name = g_dbus_connection_get_unique_name (connection);
  g_autofree char *sender = g_strdelimit (g_strdup (name != NULL && *name == ':' ? name + 1 : ""), ".", '_');

  return g_strdup_printf (DIO_USB_PORTAL_PATH "/%s/%s/%s", kind, sender, token);
}

void
dio_usb_portal_release (GDBusConnection *connection, const char *owner, const char *id)
{
  const char *const ids[] = { id, NULL };

  g_dbus_connection_call (connection, owner, DIO_USB_PORTAL_PATH, DIO_USB_PORTAL_INTERFACE, "ReleaseDevices",
                          g_variant_new ("(^asa{sv})", ids, NULL), NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL,
                          NULL, NULL);
}

/* --- how it ends --- */

static void
fail (GTask *task, GQuark domain, int code, char *message)
{
  stop_waiting (g_task_get_task_data (task));
  g_task_return_new_error_literal (task, domain, code, message);
  g_free (message);
}

/* REASON: (nullable): as the portal says it. */
static void
fail_with_reason (GTask *task, const char *reason)
{
  Acquire *self = g_task_get_task_data (task);
  g_autofree char *clean = dio_usb_text_clean (reason, MAX_REASON);

  fail (task, G_IO_ERROR, G_IO_ERROR_FAILED,
        clean != NULL
            ? g_strdup_printf (_ ("The desktop did not hand out “%s”: %s. Plug it in again, then try again."),
                               self->name, clean)
            : g_strdup_printf (_ ("The desktop did not hand out “%s”. Plug it in again, then try again."), self->name));
}

/* TRUE: FD is a USB device's that can be written, and the one that was asked for. */
static gboolean
is_wanted (const Acquire *self, int fd)
{
  struct stat status;
  int flags = fcntl (fd, F_GETFL);

  return flags >= 0 && (flags & O_ACCMODE) == O_RDWR && (flags & O_PATH) == 0 && fstat (fd, &status) == 0 &&
         S_ISCHR (status.st_mode) && major (status.st_rdev) == USB_MAJOR &&
         (self->number == 0 || status.st_rdev == self->number);
}

/* The portal has said all that it will say. */
static void
conclude (GTask *task)
{
  Acquire *self = g_task_get_task_data (task);

  if (self->fd < 0)
    {
      fail_with_reason (task, NULL);
      return;
    }
  if (is_wanted (self, self->fd) && !g_task_return_error_if_cancelled (task))
    {
      g_task_return_int (task, g_steal_fd (&self->fd));
      return;
    }
  dio_usb_portal_release (self->connection, self->owner, self->id);
  if (!g_task_had_error (task))
    fail (task, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
          g_strdup_printf (_ ("What the desktop handed out for “%s” is not that device. Plug it in again, then try "
                              "again."),
                           self->name));
}

/* --- the device --- */

static void ask_for_results (GTask *task);

/* Returns: FALSE when it has failed. */
static gboolean
take_result (GTask *task, GVariant *result, GUnixFDList *fds)
{
  Acquire *self = g_task_get_task_data (task);
  gboolean success = FALSE;
  const char *reason = NULL;
  gint32 index;

  g_variant_lookup (result, "success", "b", &success);
  if (!success)
    {
      g_variant_lookup (result, "error", "&s", &reason);
      fail_with_reason (task, reason);
      return FALSE;
    }
  if (self->fd < 0 && fds != NULL && g_variant_lookup (result, "fd", "h", &index) && index >= 0 &&
      index < g_unix_fd_list_get_length (fds))
    self->fd = g_unix_fd_list_get (fds, index, NULL);
  return TRUE;
}

static void
on_results (GObject *connection, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Acquire *self = g_task_get_task_data (task);
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_with_unix_fd_list_finish (G_DBUS_CONNECTION (connection), &fds, result, &error);
  g_autoptr (GVariant) results = NULL;
  gboolean finished;
  GVariantIter iter;
  const char *id;
  GVariant *what;

  if (reply == NULL)
    {
      g_dbus_error_strip_remote_error (error);
      fail_with_reason (task, error->message);
      return;
    }
  g_variant_get (reply, "(@a(sa{sv})b)", &results, &finished);
  g_variant_iter_init (&iter, results);
  while (g_variant_iter_next (&iter, "(&s@a{sv})", &id, &what))
    {
      g_autoptr (GVariant) owned = what;

      if (g_str_equal (id, self->id) && !take_result (task, owned, fds))
        return;
    }
  if (finished || ++self->rounds == MAX_ROUNDS)
    conclude (task);
  else
    ask_for_results (g_steal_pointer (&task));
}

/* (transfer full) */
static void
ask_for_results (GTask *task)
{
  Acquire *self = g_task_get_task_data (task);

  g_dbus_connection_call_with_unix_fd_list (
      self->connection, self->owner, DIO_USB_PORTAL_PATH, DIO_USB_PORTAL_INTERFACE, "FinishAcquireDevices",
      g_variant_new ("(oa{sv})", self->request, NULL), G_VARIANT_TYPE ("(a(sa{sv})b)"), G_DBUS_CALL_FLAGS_NO_AUTO_START,
      -1, NULL, NULL, on_results, task);
}

/* --- the request --- */

static void
on_response (GDBusConnection *connection, const char *sender, const char *path, const char *interface,
             const char *signal, GVariant *arguments, gpointer user_data)
{
  g_autoptr (GTask) task = g_object_ref (user_data);
  Acquire *self = g_task_get_task_data (task);
  guint32 response;

  if (!g_variant_is_of_type (arguments, G_VARIANT_TYPE ("(ua{sv})")))
    return;
  g_variant_get_child (arguments, 0, "u", &response);
  stop_waiting (self);
  if (response == RESPONSE_SUCCESS)
    ask_for_results (g_steal_pointer (&task));
  else if (response == RESPONSE_CANCELLED)
    fail (task, DIO_USB_ERROR, DIO_USB_ERROR_REFUSED, g_strdup_printf (_ ("“%s” was not allowed."), self->name));
  else
    fail_with_reason (task, NULL);
}

static void
on_portal_gone (GDBusConnection *connection, const char *name, gpointer user_data)
{
  g_autoptr (GTask) task = g_object_ref (user_data);

  fail_with_reason (task, NULL);
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  g_autoptr (GTask) task = g_object_ref (user_data);
  Acquire *self = g_task_get_task_data (task);

  g_dbus_connection_call (self->connection, self->owner, self->request, REQUEST_INTERFACE, "Close", NULL, NULL,
                          G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, NULL, NULL);
  stop_waiting (self);
  g_task_return_error_if_cancelled (task);
  return G_SOURCE_REMOVE;
}

/* The answer to the call says nothing that is not known, unless it is a failure. */
static void
on_asked (GObject *connection, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Acquire *self = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (connection), result, &error);
  g_autofree char *code = error != NULL ? g_dbus_error_get_remote_error (error) : NULL;
  const char *request;

  if (self->response == 0)
    return; /* it was over before */
  if (reply != NULL)
    {
      g_variant_get (reply, "(&o)", &request);
      if (!g_str_equal (request, self->request))
        fail_with_reason (task, NULL);
    }
  else if (g_strcmp0 (code, "org.freedesktop.portal.Error.NotAllowed") == 0)
    fail (
        task, DIO_USB_ERROR, DIO_USB_ERROR_DENIED,
        g_strdup_printf (_ ("The system does not let you use “%s”: it gives USB devices to administrators only, or the "
                            "desktop's settings keep this one from Diorama. An administrator can install the rule that "
                            "comes with Diorama."),
                         self->name));
  else
    {
      g_dbus_error_strip_remote_error (error);
      fail_with_reason (task, error->message);
    }
}

static GVariant *
make_arguments (const Acquire *self, const char *window, const char *token)
{
  GVariantBuilder devices, writable, options;

  g_variant_builder_init (&writable, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&writable, "{sv}", "writable", g_variant_new_boolean (TRUE));
  g_variant_builder_init (&devices, G_VARIANT_TYPE ("a(sa{sv})"));
  g_variant_builder_add (&devices, "(sa{sv})", self->id, &writable);
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "handle_token", g_variant_new_string (token));
  return g_variant_new ("(sa(sa{sv})a{sv})", window, &devices, &options);
}

void
dio_usb_portal_acquire_async (GDBusConnection *connection, const char *owner, const char *id, const char *name,
                              dev_t number, const char *window, GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Acquire *self = g_new0 (Acquire, 1);
  g_autofree char *token = dio_usb_portal_make_token ();

  g_task_set_source_tag (task, dio_usb_portal_acquire_async);
  /* What was handed out is given back first. */
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, self, acquire_free);
  self->connection = g_object_ref (connection);
  self->owner = g_strdup (owner);
  self->id = g_strdup (id);
  self->name = g_strdup (name);
  self->request = dio_usb_portal_make_path (connection, "request", token);
  self->number = number;
  self->fd = -1;
  self->response =
      g_dbus_connection_signal_subscribe (connection, owner, REQUEST_INTERFACE, "Response", self->request, NULL,
                                          G_DBUS_SIGNAL_FLAGS_NONE, on_response, g_object_ref (task), g_object_unref);
  self->watch = g_bus_watch_name_on_connection (connection, owner, G_BUS_NAME_WATCHER_FLAGS_NONE, NULL, on_portal_gone,
                                                g_object_ref (task), g_object_unref);
  if (cancellable != NULL)
    {
      self->cancelled = g_cancellable_source_new (cancellable);
      g_source_set_callback (self->cancelled, G_SOURCE_FUNC (on_cancelled), g_object_ref (task), g_object_unref);
      g_source_attach (self->cancelled, g_main_context_get_thread_default ());
    }
  g_dbus_connection_call (connection, owner, DIO_USB_PORTAL_PATH, DIO_USB_PORTAL_INTERFACE, "AcquireDevices",
                          make_arguments (self, window, token), G_VARIANT_TYPE ("(o)"), G_DBUS_CALL_FLAGS_NO_AUTO_START,
                          -1, NULL, on_asked, task);
}

int
dio_usb_portal_acquire_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), -1);
  return (int) g_task_propagate_int (G_TASK (result), error);
}
