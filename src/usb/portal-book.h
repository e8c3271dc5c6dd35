/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "usb/device.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* The devices of a portal, and what it calls them. That is random, and another name after the portal was started anew.
 * The objects stay what they were through that, so that no machine loses a device by it: those that were there before
 * are stale until they are told of again, by their node and numbers, and the rest goes when all were told of. At most
 * 512. */
typedef struct _DioUsbPortalBook DioUsbPortalBook;

DioUsbPortalBook *dio_usb_portal_book_new (void);
void dio_usb_portal_book_free (DioUsbPortalBook *self);

/* (transfer none): of DioUsbDevice, in the order of their ports. */
GListModel *dio_usb_portal_book_get_list (DioUsbPortalBook *self);
/* INFO: see usb/portal-facts.h. What is there already stays as it is. */
void dio_usb_portal_book_add (DioUsbPortalBook *self, const char *id, GVariant *info);
void dio_usb_portal_book_remove (DioUsbPortalBook *self, const char *id);
void dio_usb_portal_book_clear (DioUsbPortalBook *self);
/* What the portal calls DEVICE; NULL: nothing, or not yet again. (transfer none) (nullable) */
const char *dio_usb_portal_book_find (DioUsbPortalBook *self, DioUsbDevice *device);
gboolean dio_usb_portal_book_is_stale (DioUsbPortalBook *self, DioUsbDevice *device);
gboolean dio_usb_portal_book_has (DioUsbPortalBook *self, DioUsbDevice *device);

/* The portal is gone: all are stale. */
void dio_usb_portal_book_forget_ids (DioUsbPortalBook *self);
/* Around asking the portal for all that there are: what is removed meanwhile is not added again by the answer; what is
 * stale at its end is gone. */
void dio_usb_portal_book_begin_listing (DioUsbPortalBook *self);
void dio_usb_portal_book_end_listing (DioUsbPortalBook *self);

G_END_DECLS
