/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/usb-service.h"

#include "ui/console-window-usb.h"
#include "usb/error.h"
#include "usb/find.h"

#include <glib/gi18n.h>

/* (transfer full) */
static GStrv
list (DioUsbManager *manager, DioSession *session)
{
  g_autoptr (GStrvBuilder) ids = g_strv_builder_new ();

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (manager)); i++)
    {
      g_autoptr (DioUsbDevice) device = g_list_model_get_item (G_LIST_MODEL (manager), i);

      if (dio_usb_manager_get_session (manager, device) == session)
        g_strv_builder_add (ids, dio_usb_device_get_id (device));
    }
  return g_strv_builder_end (ids);
}

/* --- connecting --- */

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) answer = user_data;
  GError *error = NULL;

  if (dio_usb_manager_connect_finish (DIO_USB_MANAGER (source), result, &error))
    g_task_return_pointer (answer, NULL, NULL);
  else
    g_task_return_error (answer, error);
}

static gboolean
parse_how (const char *const *how, DioUsbConnectFlags *ret_flags, gboolean *ret_always)
{
  *ret_flags = DIO_USB_CONNECT_DEFAULT;
  *ret_always = FALSE;
  for (; *how; how++)
    if (g_str_equal (*how, "insist"))
      *ret_flags |= DIO_USB_CONNECT_INSIST;
    else if (g_str_equal (*how, "unmount"))
      *ret_flags |= DIO_USB_CONNECT_UNMOUNT;
    else if (g_str_equal (*how, "take"))
      *ret_flags |= DIO_USB_CONNECT_TAKE;
    else if (g_str_equal (*how, "always"))
      *ret_always = TRUE;
    else
      return FALSE;
  return TRUE;
}

static void
connect_device (DioUsbManager *manager, DioSession *session, DioUsbDevice *device, const char *const *how,
                GTask *answer)
{
  DioUsbConnectFlags flags;
  gboolean always;

  if (!parse_how (how, &flags, &always))
    {
      g_task_return_new_error_literal (
          answer, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
          _ ("A USB device can be connected “always”, and to “insist”, “unmount” or “take” "
             "can be said; there is nothing else."));
      return;
    }
  if (always)
    dio_usb_rules_remember (dio_usb_options_get_rules (dio_usb_manager_get_options (manager, session)), device,
                            DIO_USB_ACTION_CONNECT, FALSE);
  dio_usb_manager_connect_async (manager, session, device, flags, NULL, NULL, on_connected, g_object_ref (answer));
}

/* --- taking back --- */

static void
on_disconnected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) answer = user_data;

  dio_usb_manager_disconnect_finish (DIO_USB_MANAGER (source), result);
  g_task_return_pointer (answer, NULL, NULL);
}

static void
disconnect_device (DioUsbManager *manager, DioSession *session, DioUsbDevice *device, GTask *answer)
{
  if (dio_usb_manager_get_session (manager, device) == session)
    dio_usb_manager_disconnect_async (manager, device, on_disconnected, g_object_ref (answer));
  else
    g_task_return_new_error (answer, DIO_USB_ERROR, DIO_USB_ERROR_GONE, _ ("“%s” is not in this machine."),
                             dio_usb_device_get_name (device));
}

void
dio_usb_serve (DioMachine *machine, DioMachineUsbCall call, const char *device, const char *const *how, GTask *answer,
               gpointer user_data)
{
  DioApplication *application = user_data;
  DioSession *session = dio_console_window_find_session (application, machine);
  DioUsbManager *manager = dio_application_get_usb_manager (application);
  g_autoptr (DioUsbDevice) found = NULL;
  GError *error = NULL;

  if (!session)
    {
      /* Its window is just coming, or going. */
      g_task_return_new_error_literal (answer, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                                       _ ("The machine is not ready yet. Try again in a moment."));
      return;
    }
  if (call == DIO_MACHINE_USB_LIST)
    {
      g_task_return_pointer (answer, list (manager, session), (GDestroyNotify) g_strfreev);
      return;
    }
  found = dio_usb_find (G_LIST_MODEL (manager), device, &error);
  if (!found)
    g_task_return_error (answer, error);
  else if (call == DIO_MACHINE_USB_CONNECT)
    connect_device (manager, session, found, how, answer);
  else
    disconnect_device (manager, session, found, answer);
}
