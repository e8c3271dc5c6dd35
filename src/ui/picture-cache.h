/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gdk/gdk.h>

G_BEGIN_DECLS

/* Pixels of a kept picture, 16:10 as tiles are. As many again each way, for screens of twice the density, would be four
 * times the memory. */
#define DIO_PICTURE_WIDTH 320
#define DIO_PICTURE_HEIGHT 200

/* The last pictures of machines, read in a thread, as large as a tile, the latest few kept. They are taken as hostile:
 * only PNG, nothing large. The file may be missing: then NULL comes, without an error. */
void dio_picture_cache_load_async (const char *path, GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data);
GdkTexture *dio_picture_cache_load_finish (GAsyncResult *result, GError **error); /* (nullable) (transfer full) */
/* What is kept of the file, at once. (nullable) (transfer none) */
GdkTexture *dio_picture_cache_peek (const char *path);
/* The file is another one now. */
void dio_picture_cache_forget (const char *path);
/* Writes TEXTURE, made smaller, to PATH in a thread; failures are only noted: it is a picture. */
void dio_picture_cache_save (const char *path, GdkTexture *texture);

G_END_DECLS
