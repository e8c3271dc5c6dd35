/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "session/session.h"
#include "usb/source.h"

G_BEGIN_DECLS

/* What usb-manager.c does with one device for one machine, from the wish to the end: unmounts, connects, disconnects,
 * and tells those who wait. It sets the device's "state" and "holder", and holds itself from its start to its end. Main
 * thread only.
 *
 * Signal "over" (GError or NULL): once. Why it did not come to be, or why it ended; NULL: as somebody wanted it, or as
 * it goes: it was pulled out, the machine ended. The one that comes next begins after that. */
#define DIO_TYPE_USB_LINK (dio_usb_link_get_type ())
G_DECLARE_FINAL_TYPE (DioUsbLink, dio_usb_link, DIO, USB_LINK, GObject)

typedef enum
{
  DIO_USB_LINK_DEFAULT = 0,
  DIO_USB_LINK_UNMOUNTS = 1 << 0,  /* what is mounted of it, before */
  DIO_USB_LINK_AUTOMATIC = 1 << 1, /* nobody waits for it */
} DioUsbLinkFlags;

/* WINDOW: (nullable). RUN: which of the machine's, as its owner counts them. */
DioUsbLink *dio_usb_link_new (DioSession *session, DioUsbSource *source, DioUsbDevice *device, DioUsbLinkFlags flags,
                              const char *window, guint run);
void dio_usb_link_start (DioUsbLink *self);
/* TASK (transfer full) is returned TRUE when it is connected, or why not. If it is cancelled and nobody else waits, the
 * link ends. */
void dio_usb_link_wait (DioUsbLink *self, GTask *task);
/* WANTED: somebody wants that; else it is because the device is gone. TASK (transfer full) (nullable) is returned TRUE
 * when it is over. */
void dio_usb_link_end (DioUsbLink *self, gboolean wanted, GTask *task);
/* What begins when this one is over; NEXT may be NULL. Those who wait for one that was to be next fail with ERROR
 * (transfer full). */
void dio_usb_link_set_next (DioUsbLink *self, DioUsbLink *next, GError *error);

DioUsbLink *dio_usb_link_get_next (DioUsbLink *self);    /* (transfer none) (nullable) */
DioSession *dio_usb_link_get_session (DioUsbLink *self); /* (transfer none) (nullable): it is gone */
DioUsbDevice *dio_usb_link_get_device (DioUsbLink *self);
guint dio_usb_link_get_run (DioUsbLink *self);
gboolean dio_usb_link_is_automatic (DioUsbLink *self);
gboolean dio_usb_link_is_connected (DioUsbLink *self);
gboolean dio_usb_link_is_ending (DioUsbLink *self);
/* Also when it is over: it has been connected; it was ended as somebody wanted; because the device was gone. */
gboolean dio_usb_link_was_connected (DioUsbLink *self);
gboolean dio_usb_link_was_ended (DioUsbLink *self);
gboolean dio_usb_link_was_unplugged (DioUsbLink *self);

G_END_DECLS
