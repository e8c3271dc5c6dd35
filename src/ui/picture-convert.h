/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The most that a picture may have to be converted. */
#define DIO_PICTURE_MAX_PIXELS (64u * 1024 * 1024)

/* Whether gdk-pixbuf reads pictures of that MIME type. */
gboolean dio_picture_can_convert (const char *mime_type);

/* Makes a PNG of a PICTURE of MIME_TYPE, which is a stranger's, in a thread. Fails with G_IO_ERROR_MESSAGE_TOO_LARGE
 * for too many pixels, and with G_IO_ERROR_INVALID_DATA for what is no such picture. */
void dio_picture_convert_async (GBytes *picture, const char *mime_type, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data);
GBytes *dio_picture_convert_finish (GAsyncResult *result, GError **error);

G_END_DECLS
