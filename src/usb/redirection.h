/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "usb/redirector.h"
#include "usb/usb-thread.h"

G_BEGIN_DECLS

/* One device's part of the USB thread: usbredirhost, the stream's socket, what waits to be sent. Functions are called
 * on the thread, but for the first and the last. */
typedef struct _DioRedirection DioRedirection;

/* TO_GUEST, FROM_GUEST: bytes, counted there. */
typedef struct
{
  guint64 from_guest, to_guest; /* atomic */
} DioRedirectionTraffic;

/* Once, when the device is the kernel's again and both descriptors are closed. DETAILS: (nullable). */
typedef void (*DioRedirectionEnded) (DioUsbEnd end, const char *details, gpointer user_data);

/* Takes both descriptors. TRAFFIC: kept until the end. */
DioRedirection *dio_redirection_new (DioUsbThread *thread, int device_fd, int stream_fd,
                                     DioRedirectionTraffic *traffic);
/* FALSE: nothing was changed about the device, or it was given back; ENDED is not called. */
gboolean dio_redirection_open (DioRedirection *self, DioRedirectionEnded ended, gpointer user_data, GError **error);
/* As if the guest had gone. Nothing after the end. */
void dio_redirection_close (DioRedirection *self);
void dio_redirection_free (DioRedirection *self);

G_END_DECLS
