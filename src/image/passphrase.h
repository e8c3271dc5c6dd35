/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The passphrase of an encrypted image: bytes that are overwritten when the last reference goes. (transfer full) */
GBytes *dio_passphrase_new (const char *text, gsize length);

/* The user's keyring (libsecret: the desktop's, or the portal's), by the image's host path. The functions may ask the
 * user to unlock it. Main thread. */
void dio_passphrase_lookup_async (const char *path, GCancellable *cancellable, GAsyncReadyCallback callback,
                                  gpointer user_data);
/* NULL without an error when it is not known. (transfer full) (nullable) */
GBytes *dio_passphrase_lookup_finish (GAsyncResult *result, GError **error);
void dio_passphrase_store_async (const char *path, GBytes *passphrase, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data);
gboolean dio_passphrase_store_finish (GAsyncResult *result, GError **error);
/* What was stored is wrong, or is not wanted any more. Errors are left out. */
void dio_passphrase_forget (const char *path);

G_END_DECLS
