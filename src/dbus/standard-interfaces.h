/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "dbus/endpoint.h"

G_BEGIN_DECLS

/* What every D-Bus object answers by itself, for the endpoint's thread. */

/* TRUE when MESSAGE called Peer, Introspectable or Properties, and was answered. */
gboolean dio_standard_interfaces_handle (const DioEndpointClass *klass, gpointer user_data, DioEndpointCall *call,
                                         GDBusMessage *message);
/* The method of KLASS that MESSAGE calls, with its arguments in RET_BODY; or NULL when there is none such, which was
 * then answered. */
const GDBusMethodInfo *dio_standard_interfaces_find_method (const DioEndpointClass *klass, DioEndpointCall *call,
                                                            GDBusMessage *message, GVariant **ret_body);

G_END_DECLS
