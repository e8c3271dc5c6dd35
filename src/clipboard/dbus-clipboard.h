/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "clipboard/channel.h"

G_BEGIN_DECLS

/* org.qemu.Display1.Clipboard of a QEMU that we did not start, which speaks with the guest's agent itself: text only.
 * QEMU waits for our answer in its main loop: it gets one within a second, an error if need be, and the text is got
 * ready then for its next question. */
#define DIO_TYPE_DBUS_CLIPBOARD (dio_dbus_clipboard_get_type ())
G_DECLARE_FINAL_TYPE (DioDbusClipboard, dio_dbus_clipboard, DIO, DBUS_CLIPBOARD, DioClipboardChannel)

/* BUS_NAME: (nullable) of a QEMU on a bus; NULL: the connection's other end. Fails with G_IO_ERROR_NOT_SUPPORTED when
 * QEMU has no clipboard. A registration that somebody's death left behind is replaced. */
void dio_dbus_clipboard_new_async (GDBusConnection *connection, const char *bus_name, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data);
DioDbusClipboard *dio_dbus_clipboard_new_finish (GAsyncResult *result, GError **error);
void dio_dbus_clipboard_close (DioDbusClipboard *self);

G_END_DECLS
