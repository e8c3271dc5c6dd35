/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "clipboard/offer.h"

G_BEGIN_DECLS

/* Remembers for a second what a guest has read from the host, to know it when the guest copies it: its clipboard
 * manager does so, nobody else. Two such guests would hand it to each other for ever. */
typedef struct _DioEcho DioEcho;

DioEcho *dio_echo_new (void);
void dio_echo_free (DioEcho *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioEcho, dio_echo_free)

/* The guest has read CONTENT as TYPE of what was offered as TYPES. */
void dio_echo_remember (DioEcho *self, const char *const *types, const char *type, GBytes *content);
/* Whether OFFER, which the guest has made now, may be that: it is of no other kinds (text, image). */
gboolean dio_echo_is_likely (DioEcho *self, DioOffer *offer);
/* Whether it is. It is read, and compared: a text must be the same; a picture, whose bytes may be new, must have as
 * many pixels in width and height, as far as that can be told (PNG, BMP). Of other things their kinds decide. Fails
 * only when it is cancelled. */
void dio_echo_check_async (DioEcho *self, DioOffer *offer, GCancellable *cancellable, GAsyncReadyCallback callback,
                           gpointer user_data);
gboolean dio_echo_check_finish (GAsyncResult *result, gboolean *ret_is_echo, GError **error);

G_END_DECLS
