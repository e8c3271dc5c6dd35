/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "session/session.h"
#include "session/usb-options.h"
#include "usb/source.h"

G_BEGIN_DECLS

/* Which machine has which USB device: one for the whole application, so that two machines cannot race for one. It is
 * a GListModel of the source's DioUsbDevice, whose "state" and "holder" it sets. It does by itself what the machines'
 * rules say: connects when a device is plugged in and when a machine starts, and connects again what a machine had when
 * its QEMU was started anew, or the device came back to the same port (a reset, a host that slept). Main thread only.
 *
 * Properties: "trouble" (string or NULL, notify: the source's).
 * Signals: "question" (DioSession, DioUsbDevice): it was plugged in while that machine's window was in front, no rule
 * knows it, and nothing guards it: the window asks, and answers by dio_usb_options_get_rules() and connecting;
 * "failed" (DioSession, DioUsbDevice, string: why, for the user): what was connected is not any more, or what a rule
 * wanted did not come to be. */
#define DIO_TYPE_USB_MANAGER (dio_usb_manager_get_type ())
G_DECLARE_FINAL_TYPE (DioUsbManager, dio_usb_manager, DIO, USB_MANAGER, GObject)

typedef enum
{
  DIO_USB_CONNECT_DEFAULT = 0,
  DIO_USB_CONNECT_INSIST = 1 << 0,  /* although it is guarded */
  DIO_USB_CONNECT_UNMOUNT = 1 << 1, /* unmounts what is mounted of it before */
  DIO_USB_CONNECT_TAKE = 1 << 2,    /* from another machine that has it */
} DioUsbConnectFlags;

/* SOURCE: (nullable): the default one, looked for when the first session comes: nothing costs anything before. */
DioUsbManager *dio_usb_manager_new (DioUsbSource *source);

/* SESSION, of a machine of ours, takes part for as long as it lives. */
void dio_usb_manager_add_session (DioUsbManager *self, DioSession *session);
/* Whose window is in front. SESSION: (nullable): no machine's. */
void dio_usb_manager_set_active (DioUsbManager *self, DioSession *session);
/* What SESSION's user wants; by the UUID of its machine. (transfer none) */
DioUsbOptions *dio_usb_manager_get_options (DioUsbManager *self, DioSession *session);

/* Hands DEVICE to SESSION's machine. Fails with DIO_USB_ERROR_GUARDED, MOUNTED or HELD, each of which a flag answers,
 * and with what usb/source.h, vm/usb-port.h and usb/redirector.h tell. Does nothing when it has it. */
void dio_usb_manager_connect_async (DioUsbManager *self, DioSession *session, DioUsbDevice *device,
                                    DioUsbConnectFlags flags, const char *window, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data);
gboolean dio_usb_manager_connect_finish (DioUsbManager *self, GAsyncResult *result, GError **error);
/* Takes it back; done when it is this computer's. It is not connected again before somebody does. Never fails. */
void dio_usb_manager_disconnect_async (DioUsbManager *self, DioUsbDevice *device, GAsyncReadyCallback callback,
                                       gpointer user_data);
void dio_usb_manager_disconnect_finish (DioUsbManager *self, GAsyncResult *result);

DioSession *dio_usb_manager_get_session (DioUsbManager *self, DioUsbDevice *device); /* (transfer none) (nullable) */
guint dio_usb_manager_count (DioUsbManager *self, DioSession *session);              /* how many it has */
DioUsbSource *dio_usb_manager_get_source (DioUsbManager *self);                      /* (transfer none) (nullable) */

G_END_DECLS
