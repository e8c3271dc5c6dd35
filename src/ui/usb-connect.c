/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/usb-connect.h"

#include "ui/usb-access-note.h"
#include "usb/access.h"
#include "usb/error.h"
#include "usb/mounts.h"

#include <adwaita.h>
#include <glib/gi18n.h>

/* Marks of devices. */
#define UNDER_WAY "dio-usb-connect"
#define WARNED "dio-usb-eject-warned"

typedef struct
{
  GtkWidget *parent;  /* (nullable) (weak): over which things are told: a dialog, or a window */
  GtkWidget *popover; /* (nullable) (weak): what the widget is in */
  DioUsbManager *manager;
  DioSession *session; /* (nullable): to take it back */
  DioUsbDevice *device;
  DioUsbConnectFlags flags; /* what the user has agreed to */
} Attempt;

static void
attempt_free (Attempt *attempt)
{
  g_object_set_data (G_OBJECT (attempt->device), UNDER_WAY, NULL);
  g_clear_weak_pointer (&attempt->parent);
  g_clear_weak_pointer (&attempt->popover);
  g_clear_object (&attempt->manager);
  g_clear_object (&attempt->session);
  g_clear_object (&attempt->device);
  g_free (attempt);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Attempt, attempt_free)

static void try (Attempt *own);

/* --- what is told --- */

/* In a toast, where there is a place for one. */
static void
tell (Attempt *attempt, const char *text)
{
  GtkWidget *parent = attempt->parent, *child;
  AdwToastOverlay *toasts = NULL;

  if (!parent)
    return;
  child = ADW_IS_APPLICATION_WINDOW (parent) ? adw_application_window_get_content (ADW_APPLICATION_WINDOW (parent))
          : ADW_IS_DIALOG (parent)           ? adw_dialog_get_child (ADW_DIALOG (parent))
                                             : NULL;
  toasts = ADW_IS_TOAST_OVERLAY (child) ? ADW_TOAST_OVERLAY (child) : NULL;
  if (toasts)
    {
      AdwToast *toast = adw_toast_new (text);

      /* Devices say their names themselves. */
      adw_toast_set_use_markup (toast, FALSE);
      adw_toast_overlay_add_toast (toasts, toast);
    }
}

/* (transfer floating): with “Cancel”, and an answer that goes on. */
static AdwAlertDialog *
new_question (const char *heading, const char *body, const char *yes, gboolean destructive)
{
  AdwAlertDialog *dialog = ADW_ALERT_DIALOG (adw_alert_dialog_new (heading, body));

  adw_alert_dialog_add_responses (dialog, "cancel", _ ("_Cancel"), "go-on", yes, NULL);
  if (destructive)
    adw_alert_dialog_set_response_appearance (dialog, "go-on", ADW_RESPONSE_DESTRUCTIVE);
  adw_alert_dialog_set_default_response (dialog, "cancel");
  adw_alert_dialog_set_close_response (dialog, "cancel");
  return dialog;
}

/* --- what stands in the way --- */

static AdwAlertDialog *
new_guarded (Attempt *attempt, const GError *error)
{
  DioUsbSource *source = dio_usb_manager_get_source (attempt->manager);
  DioUsbGuard guard = source ? dio_usb_source_get_guard (source, attempt->device) : DIO_USB_GUARD_NONE;
  g_autofree char *heading = g_strdup_printf (_ ("Connect “%s” Anyway?"), dio_usb_device_get_name (attempt->device));

  return new_question (heading, guard == DIO_USB_GUARD_NONE ? error->message : dio_usb_guard_get_sentence (guard),
                       _ ("Connect _Anyway"), TRUE);
}

static AdwAlertDialog *
new_mounted (Attempt *attempt)
{
  g_auto (GStrv) folders = dio_usb_mounts_list (attempt->device);
  g_autofree char *list = g_strjoinv ("\n", folders);
  g_autofree char *heading =
      g_strdup_printf (_ ("“%s” Is Open on This Computer"), dio_usb_device_get_name (attempt->device));
  g_autofree char *body = g_strdup_printf (_ ("It has to be unmounted first: files that are open on it are lost to the "
                                              "programs that have them.\n\n%s"),
                                           list);

  return new_question (heading, body, _ ("_Unmount and Connect"), FALSE);
}

static AdwAlertDialog *
new_held (Attempt *attempt)
{
  const char *holder = dio_usb_device_get_holder (attempt->device);
  g_autofree char *heading = g_strdup_printf (_ ("Take “%s” From %s?"), dio_usb_device_get_name (attempt->device),
                                              holder ? holder : _ ("the Other Machine"));
  gboolean storage = dio_usb_device_get_kind (attempt->device) == DIO_USB_KIND_STORAGE;

  return new_question (heading,
                       storage ? _ ("Eject it there first: what is not written yet is lost.")
                               : _ ("That machine cannot use it any more then."),
                       _ ("_Take It"), storage);
}

static AdwAlertDialog *
new_denied (Attempt *attempt, const GError *error)
{
  AdwAlertDialog *dialog =
      new_question (_ ("Diorama May Not Use This Device"), error->message, _ ("_Try Again"), FALSE);

  if (!dio_usb_access_has_rule ())
    adw_alert_dialog_set_extra_child (dialog, dio_usb_access_note_new ());
  return dialog;
}

static void
on_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Attempt) attempt = user_data;

  if (g_str_equal (adw_alert_dialog_choose_finish (ADW_ALERT_DIALOG (source), result), "go-on"))
    try (g_steal_pointer (&attempt));
}

/* Takes over ATTEMPT. */
static void
present (Attempt *attempt, AdwAlertDialog *dialog, GAsyncReadyCallback callback)
{
  if (attempt->popover)
    gtk_popover_popdown (GTK_POPOVER (attempt->popover));
  adw_alert_dialog_choose (dialog, attempt->parent, NULL, callback, attempt);
}

/* Takes over ATTEMPT. Returns: FALSE where there is nothing to ask, and it is still the caller's. */
static gboolean
ask (Attempt *attempt, const GError *error)
{
  AdwAlertDialog *dialog = NULL;

  if (!attempt->parent || error->domain != DIO_USB_ERROR)
    return FALSE;
  switch (error->code)
    {
    case DIO_USB_ERROR_GUARDED:
      dialog = attempt->flags & DIO_USB_CONNECT_INSIST ? NULL : new_guarded (attempt, error);
      attempt->flags |= DIO_USB_CONNECT_INSIST;
      break;
    case DIO_USB_ERROR_MOUNTED:
      dialog = attempt->flags & DIO_USB_CONNECT_UNMOUNT ? NULL : new_mounted (attempt);
      attempt->flags |= DIO_USB_CONNECT_UNMOUNT;
      break;
    case DIO_USB_ERROR_HELD:
      dialog = attempt->flags & DIO_USB_CONNECT_TAKE ? NULL : new_held (attempt);
      attempt->flags |= DIO_USB_CONNECT_TAKE;
      break;
    case DIO_USB_ERROR_DENIED:
      dialog = new_denied (attempt, error);
      break;
    default:
      break;
    }
  if (!dialog)
    return FALSE;
  present (attempt, dialog, on_answered);
  return TRUE;
}

/* --- connecting --- */

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Attempt) attempt = user_data;
  g_autoptr (GError) error = NULL;

  if (dio_usb_manager_connect_finish (DIO_USB_MANAGER (source), result, &error))
    return;
  /* The user has said so. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ||
      g_error_matches (error, DIO_USB_ERROR, DIO_USB_ERROR_REFUSED))
    return;
  if (ask (attempt, error))
    g_steal_pointer (&attempt);
  else
    tell (attempt, error->message);
}

static void
try (Attempt *own)
{
  g_autoptr (Attempt) attempt = own;
  DioUsbManager *manager = attempt->manager;
  DioSession *session = attempt->session;
  DioUsbDevice *device = attempt->device;
  DioUsbConnectFlags flags = attempt->flags;

  g_object_set_data (G_OBJECT (device), UNDER_WAY, attempt);
  dio_usb_manager_connect_async (manager, session, device, flags, NULL, NULL, on_connected, g_steal_pointer (&attempt));
}

static Attempt *
new_attempt (GtkWidget *widget, DioUsbManager *manager, DioSession *session, DioUsbDevice *device)
{
  Attempt *attempt = g_new0 (Attempt, 1);
  GtkWidget *popover = gtk_widget_get_ancestor (widget, GTK_TYPE_POPOVER);
  GtkWidget *dialog = gtk_widget_get_ancestor (widget, ADW_TYPE_DIALOG);

  attempt->manager = g_object_ref (manager);
  g_set_object (&attempt->session, session);
  attempt->device = g_object_ref (device);
  g_set_weak_pointer (&attempt->parent, dialog ? dialog : GTK_WIDGET (gtk_widget_get_root (widget)));
  g_set_weak_pointer (&attempt->popover, popover);
  return attempt;
}

void
dio_usb_connect (GtkWidget *widget, DioUsbManager *manager, DioSession *session, DioUsbDevice *device)
{
  g_return_if_fail (GTK_IS_WIDGET (widget) && DIO_IS_USB_DEVICE (device));

  try (new_attempt (widget, manager, session, device));
}

gboolean
dio_usb_connect_is_under_way (DioUsbDevice *device)
{
  return g_object_get_data (G_OBJECT (device), UNDER_WAY) != NULL;
}

/* --- taking back --- */

static void
on_eject_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Attempt) attempt = user_data;

  if (g_str_equal (adw_alert_dialog_choose_finish (ADW_ALERT_DIALOG (source), result), "go-on"))
    dio_usb_manager_disconnect_async (attempt->manager, attempt->device, NULL, NULL);
}

static AdwAlertDialog *
new_eject_warning (DioUsbDevice *device)
{
  const char *holder = dio_usb_device_get_holder (device);
  g_autofree char *heading = g_strdup_printf (_ ("Disconnect “%s”?"), dio_usb_device_get_name (device));
  g_autofree char *body = g_strdup_printf (_ ("Eject it in “%s” first: what is not written yet is lost."),
                                           holder ? holder : _ ("the machine"));

  return new_question (heading, body, _ ("_Disconnect"), TRUE);
}

void
dio_usb_disconnect (GtkWidget *widget, DioUsbManager *manager, DioUsbDevice *device)
{
  g_autoptr (Attempt) attempt = NULL;

  g_return_if_fail (GTK_IS_WIDGET (widget) && DIO_IS_USB_DEVICE (device));

  if (dio_usb_device_get_kind (device) != DIO_USB_KIND_STORAGE ||
      dio_usb_device_get_state (device) != DIO_USB_DEVICE_CONNECTED || g_object_get_data (G_OBJECT (device), WARNED))
    {
      dio_usb_manager_disconnect_async (manager, device, NULL, NULL);
      return;
    }
  g_object_set_data (G_OBJECT (device), WARNED, GINT_TO_POINTER (TRUE));
  attempt = new_attempt (widget, manager, NULL, device);
  if (attempt->parent)
    present (g_steal_pointer (&attempt), new_eject_warning (device), on_eject_answered);
}
