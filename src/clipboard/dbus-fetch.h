/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "clipboard/offer.h"
#include "dbus/display1.h"

G_BEGIN_DECLS

/* What the host wants to have of one selection of a guest whose agent QEMU speaks with. QEMU takes one question at a
 * time, and gives up after 5 s. */
#define DIO_TYPE_DBUS_FETCH (dio_dbus_fetch_get_type ())
G_DECLARE_FINAL_TYPE (DioDbusFetch, dio_dbus_fetch, DIO, DBUS_FETCH, GObject)

DioDbusFetch *dio_dbus_fetch_new (DioQemuClipboard *proxy, DioSelection selection);
/* The guest has copied something else, or QEMU has gone: what is waited for fails. */
void dio_dbus_fetch_withdraw (DioDbusFetch *self);

/* A text of the guest's. */
#define DIO_TYPE_DBUS_OFFER (dio_dbus_offer_get_type ())
G_DECLARE_FINAL_TYPE (DioDbusOffer, dio_dbus_offer, DIO, DBUS_OFFER, DioOffer)

DioDbusOffer *dio_dbus_offer_new (DioDbusFetch *fetch);
void dio_dbus_offer_withdraw (DioDbusOffer *self);

G_END_DECLS
