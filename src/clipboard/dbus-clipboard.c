/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "clipboard/dbus-clipboard.h"

#include "base/debug.h"
#include "clipboard/dbus-fetch.h"
#include "clipboard/text.h"

#include <glib/gi18n-lib.h>

#define OBJECT_PATH "/org/qemu/Display1/Clipboard"
/* QEMU, the guest with it, stands still until it has an answer. */
#define ANSWER_MS 800
#define CALL_TIMEOUT_MS 10000
/* Of what QEMU keeps for its agent to read (VDAGENT_BUFFER_LIMIT of its ui/vdagent.c): it drops what is larger, and
 * what comes with other things. */
#define MAX_TEXT (1000 * 1000)

typedef struct
{
  DioDbusClipboard *clipboard; /* not owned */
  DioSelection selection;
  guint32 serial; /* that the next grab has */

  DioOffer *offer; /* the host's, as long as it was the last to copy */
  GDBusMethodInvocation *invocation;
  guint timeout_id;
  GCancellable *reading; /* of the offer; or NULL */
  GBytes *ready;         /* what came too late */

  DioDbusOffer *guests;
  DioDbusFetch *fetch;
} Selection;

struct _DioDbusClipboard
{
  DioClipboardChannel parent_instance;

  char *owner; /* who may call us; NULL: the connection's other end */
  DioQemuClipboard *proxy;
  DioQemuClipboard *skeleton; /* exported as long as there is a connection */
  gboolean connected;
  gboolean retried; /* the registration */
  Selection selections[DIO_N_SELECTIONS];
};

G_DEFINE_FINAL_TYPE (DioDbusClipboard, dio_dbus_clipboard, DIO_TYPE_CLIPBOARD_CHANNEL)

static void
withdraw (Selection *selection)
{
  g_autoptr (DioDbusOffer) before = g_steal_pointer (&selection->guests);

  if (before)
    dio_dbus_offer_withdraw (before);
  if (selection->fetch)
    dio_dbus_fetch_withdraw (selection->fetch);
}

/* --- what the host has --- */

static void
tell (DioDbusClipboard *self, Selection *selection, gboolean had)
{
  const char *types[] = { DIO_TEXT_TYPE, NULL };

  if (!self->connected)
    return;
  if (selection->offer && dio_offer_has_type (selection->offer, DIO_TEXT_TYPE))
    dio_qemu_clipboard_call_grab (self->proxy, selection->selection, selection->serial++, types, G_DBUS_CALL_FLAGS_NONE,
                                  CALL_TIMEOUT_MS, NULL, NULL, NULL);
  else if (had)
    dio_qemu_clipboard_call_release (self->proxy, selection->selection, G_DBUS_CALL_FLAGS_NONE, CALL_TIMEOUT_MS, NULL,
                                     NULL, NULL);
}

static void
answer (Selection *selection, GBytes *text)
{
  GDBusMethodInvocation *invocation = g_steal_pointer (&selection->invocation);

  g_clear_handle_id (&selection->timeout_id, g_source_remove);
  if (!invocation)
    return;
  if (text)
    dio_qemu_clipboard_complete_request (selection->clipboard->skeleton, invocation, DIO_TEXT_TYPE,
                                         g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, text, TRUE));
  else
    g_dbus_method_invocation_return_error_literal (invocation, G_DBUS_ERROR, G_DBUS_ERROR_FAILED,
                                                   "There is no such text");
}

static void
forget_offer (Selection *selection)
{
  answer (selection, NULL);
  if (selection->reading)
    g_cancellable_cancel (selection->reading);
  g_clear_object (&selection->reading);
  g_clear_pointer (&selection->ready, g_bytes_unref);
  g_clear_object (&selection->offer);
}

static void
dio_dbus_clipboard_offer (DioClipboardChannel *channel, DioSelection which, DioOffer *offer)
{
  DioDbusClipboard *self = DIO_DBUS_CLIPBOARD (channel);
  Selection *selection = &self->selections[which];
  gboolean had = selection->offer != NULL;

  if (offer == selection->offer)
    return;
  forget_offer (selection);
  g_set_object (&selection->offer, offer);
  if (offer)
    withdraw (selection);
  tell (self, selection, had);
}

/* QEMU has been told “no”, and does not ask again for what it knows of: it is told anew, and finds the text ready. */
static void
on_text (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) text = dio_text_convert_finish (result, &error);
  Selection *selection = user_data;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&selection->reading);
  if (text && g_bytes_get_size (text) > MAX_TEXT)
    {
      dio_debug (DIO_DEBUG_DBUS, "QEMU's clipboard has no room for %zu bytes", g_bytes_get_size (text));
      g_clear_pointer (&text, g_bytes_unref);
    }
  if (!selection->invocation && text)
    {
      selection->ready = g_steal_pointer (&text);
      tell (selection->clipboard, selection, FALSE);
    }
  answer (selection, text);
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) text = dio_offer_read_finish (DIO_OFFER (source), result, &error);
  Selection *selection = user_data;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (text)
    {
      dio_text_convert_async (text, DIO_TEXT_KEEP, selection->reading, on_text, selection);
      return;
    }
  g_clear_object (&selection->reading);
  answer (selection, NULL);
}

static gboolean
on_too_late (gpointer user_data)
{
  Selection *selection = user_data;

  selection->timeout_id = 0;
  answer (selection, NULL);
  return G_SOURCE_REMOVE;
}

/* --- QEMU's calls --- */

/* The selection, or NULL, and then the call has been answered. */
static Selection *
check_call (DioDbusClipboard *self, GDBusMethodInvocation *invocation, guint selection)
{
  if (self->owner && g_strcmp0 (self->owner, g_dbus_method_invocation_get_sender (invocation)) != 0)
    g_dbus_method_invocation_return_error_literal (invocation, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED,
                                                   "This clipboard is for QEMU");
  else if (selection >= DIO_N_SELECTIONS)
    g_dbus_method_invocation_return_error_literal (invocation, G_DBUS_ERROR, G_DBUS_ERROR_NOT_SUPPORTED,
                                                   "There is no such selection");
  else
    return &self->selections[selection];
  return NULL;
}

static gboolean
on_handle_request (DioDbusClipboard *self, GDBusMethodInvocation *invocation, guint which, const char *const *types)
{
  Selection *selection = check_call (self, invocation, which);

  if (!selection)
    return G_DBUS_METHOD_INVOCATION_HANDLED;
  answer (selection, NULL);
  selection->invocation = invocation;
  if (!selection->offer || !g_strv_contains (types, DIO_TEXT_TYPE) ||
      !dio_offer_has_type (selection->offer, DIO_TEXT_TYPE))
    {
      answer (selection, NULL);
    }
  else if (selection->ready)
    {
      g_autoptr (GBytes) ready = g_steal_pointer (&selection->ready);

      answer (selection, ready);
    }
  else
    {
      selection->timeout_id = g_timeout_add (ANSWER_MS, on_too_late, selection);
      if (selection->reading)
        return G_DBUS_METHOD_INVOCATION_HANDLED;
      selection->reading = g_cancellable_new ();
      dio_offer_read_async (selection->offer, DIO_TEXT_TYPE, selection->reading, on_read, selection);
    }
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/* Serials of grabs rise; of two that have crossed ours holds, and QEMU's, with a lower one or the same, does not. */
static gboolean
on_handle_grab (DioDbusClipboard *self, GDBusMethodInvocation *invocation, guint which, guint serial,
                const char *const *types)
{
  Selection *selection = check_call (self, invocation, which);

  if (!selection)
    return G_DBUS_METHOD_INVOCATION_HANDLED;
  dio_qemu_clipboard_complete_grab (self->skeleton, invocation);
  if (serial < selection->serial)
    {
      dio_debug (DIO_DEBUG_DBUS, "grab %u of the guest comes after grab %u", serial, selection->serial - 1);
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }
  selection->serial = serial + 1;
  withdraw (selection);
  forget_offer (selection);
  if (g_strv_contains (types, DIO_TEXT_TYPE))
    selection->guests = dio_dbus_offer_new (selection->fetch);
  g_signal_emit_by_name (self, "offered", which, selection->guests);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_handle_release (DioDbusClipboard *self, GDBusMethodInvocation *invocation, guint which)
{
  Selection *selection = check_call (self, invocation, which);

  if (!selection)
    return G_DBUS_METHOD_INVOCATION_HANDLED;
  dio_qemu_clipboard_complete_release (self->skeleton, invocation);
  if (!selection->guests)
    return G_DBUS_METHOD_INVOCATION_HANDLED;
  withdraw (selection);
  g_signal_emit_by_name (self, "offered", which, NULL);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/* An agent has come: serials begin anew, and it knows nothing. */
static gboolean
on_handle_register (DioDbusClipboard *self, GDBusMethodInvocation *invocation)
{
  if (!check_call (self, invocation, 0))
    return G_DBUS_METHOD_INVOCATION_HANDLED;
  dio_qemu_clipboard_complete_register (self->skeleton, invocation);
  for (guint i = 0; i < DIO_N_SELECTIONS; i++)
    {
      self->selections[i].serial = 0;
      tell (self, &self->selections[i], FALSE);
    }
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_handle_unregister (DioDbusClipboard *self, GDBusMethodInvocation *invocation)
{
  if (check_call (self, invocation, 0))
    dio_qemu_clipboard_complete_unregister (self->skeleton, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/* --- coming and going --- */

static void
set_connected (DioDbusClipboard *self, gboolean connected)
{
  if (self->connected == connected)
    return;
  self->connected = connected;
  g_object_notify (G_OBJECT (self), "connected");
}

static void
leave (DioDbusClipboard *self)
{
  for (guint i = 0; i < DIO_N_SELECTIONS; i++)
    {
      forget_offer (&self->selections[i]);
      withdraw (&self->selections[i]);
    }
  if (self->skeleton && g_dbus_interface_skeleton_get_connection (G_DBUS_INTERFACE_SKELETON (self->skeleton)))
    g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (self->skeleton));
}

void
dio_dbus_clipboard_close (DioDbusClipboard *self)
{
  g_return_if_fail (DIO_IS_DBUS_CLIPBOARD (self));

  if (self->connected)
    dio_qemu_clipboard_call_unregister (self->proxy, G_DBUS_CALL_FLAGS_NONE, CALL_TIMEOUT_MS, NULL, NULL, NULL);
  leave (self);
  set_connected (self, FALSE);
}

static void
on_closed (DioDbusClipboard *self)
{
  g_object_ref (self);
  leave (self);
  set_connected (self, FALSE);
  g_object_unref (self);
}

static void on_registered (GObject *source, GAsyncResult *result, gpointer user_data);

static void
register_with (DioDbusClipboard *self, GTask *task)
{
  dio_qemu_clipboard_call_register (self->proxy, G_DBUS_CALL_FLAGS_NONE, CALL_TIMEOUT_MS, g_task_get_cancellable (task),
                                    on_registered, task);
}

/* Whatever came of it. */
static void
on_unregistered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;

  dio_qemu_clipboard_call_unregister_finish (DIO_QEMU_CLIPBOARD (source), result, NULL);
  register_with (g_task_get_task_data (task), task);
}

static gboolean
is_missing (const GError *error)
{
  return g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD) ||
         g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_OBJECT) ||
         g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_INTERFACE) ||
         g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN);
}

/* QEMU knows one client at a time, and on a connection without a bus never notices that one has died. */
static void
on_registered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  DioDbusClipboard *self = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  if (dio_qemu_clipboard_call_register_finish (DIO_QEMU_CLIPBOARD (source), result, &error))
    {
      set_connected (self, TRUE);
      g_task_return_pointer (task, g_object_ref (self), g_object_unref);
      return;
    }
  if (!self->retried && g_dbus_error_is_remote_error (error) && !is_missing (error))
    {
      GCancellable *cancellable = g_task_get_cancellable (task);

      self->retried = TRUE;
      dio_qemu_clipboard_call_unregister (self->proxy, G_DBUS_CALL_FLAGS_NONE, CALL_TIMEOUT_MS, cancellable,
                                          on_unregistered, g_steal_pointer (&task));
      return;
    }
  leave (self);
  if (is_missing (error))
    g_task_return_new_error_literal (task, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                                     _ ("This machine’s QEMU does not share a clipboard."));
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static void
export_to (DioDbusClipboard *self, GTask *task)
{
  GDBusConnection *connection = g_dbus_proxy_get_connection (G_DBUS_PROXY (self->proxy));
  GError *error = NULL;

  for (guint i = 0; i < DIO_N_SELECTIONS; i++)
    self->selections[i].fetch = dio_dbus_fetch_new (self->proxy, i);
  if (!g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (self->skeleton), connection, OBJECT_PATH, &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  g_signal_connect_object (connection, "closed", G_CALLBACK (on_closed), self, G_CONNECT_SWAPPED);
  register_with (self, task);
}

static void
on_proxy (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  DioDbusClipboard *self = g_task_get_task_data (task);
  GError *error = NULL;

  self->proxy = dio_qemu_clipboard_proxy_new_finish (result, &error);
  if (!self->proxy)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  self->owner = g_dbus_proxy_get_name_owner (G_DBUS_PROXY (self->proxy));
  if (g_dbus_proxy_get_name (G_DBUS_PROXY (self->proxy)) && !self->owner)
    {
      g_task_return_new_error_literal (task, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                                       _ ("The machine is not there any more."));
      g_object_unref (task);
      return;
    }
  g_signal_connect_object (self->proxy, "notify::g-name-owner", G_CALLBACK (on_closed), self, G_CONNECT_SWAPPED);
  export_to (self, task);
}

void
dio_dbus_clipboard_new_async (GDBusConnection *connection, const char *bus_name, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, dio_dbus_clipboard_new_async);
  g_task_set_task_data (task, g_object_new (DIO_TYPE_DBUS_CLIPBOARD, NULL), g_object_unref);
  dio_qemu_clipboard_proxy_new (connection,
                                G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START | G_DBUS_PROXY_FLAGS_DO_NOT_LOAD_PROPERTIES |
                                    G_DBUS_PROXY_FLAGS_DO_NOT_CONNECT_SIGNALS,
                                bus_name, OBJECT_PATH, cancellable, on_proxy, task);
}

DioDbusClipboard *
dio_dbus_clipboard_new_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- the object --- */

static gboolean
dio_dbus_clipboard_get_connected (DioClipboardChannel *channel)
{
  return DIO_DBUS_CLIPBOARD (channel)->connected;
}

static void
dio_dbus_clipboard_dispose (GObject *object)
{
  DioDbusClipboard *self = DIO_DBUS_CLIPBOARD (object);

  leave (self);
  for (guint i = 0; i < DIO_N_SELECTIONS; i++)
    g_clear_object (&self->selections[i].fetch);
  g_clear_object (&self->skeleton);
  g_clear_object (&self->proxy);
  g_clear_pointer (&self->owner, g_free);
  G_OBJECT_CLASS (dio_dbus_clipboard_parent_class)->dispose (object);
}

static void
dio_dbus_clipboard_class_init (DioDbusClipboardClass *klass)
{
  DioClipboardChannelClass *channel_class = DIO_CLIPBOARD_CHANNEL_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_dbus_clipboard_dispose;
  channel_class->get_connected = dio_dbus_clipboard_get_connected;
  channel_class->offer = dio_dbus_clipboard_offer;
}

static void
dio_dbus_clipboard_init (DioDbusClipboard *self)
{
  self->skeleton = dio_qemu_clipboard_skeleton_new ();
  g_object_connect (self->skeleton, "swapped-object-signal::handle-grab", on_handle_grab, self,
                    "swapped-object-signal::handle-release", on_handle_release, self,
                    "swapped-object-signal::handle-request", on_handle_request, self,
                    "swapped-object-signal::handle-register", on_handle_register, self,
                    "swapped-object-signal::handle-unregister", on_handle_unregister, self, NULL);
  for (guint i = 0; i < DIO_N_SELECTIONS; i++)
    self->selections[i] = (Selection) { .clipboard = self, .selection = i };
}
