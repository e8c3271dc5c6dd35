/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Writes TEXTURE as "NAME YYYY-MM-DD HH-MM-SS.png" into the user's Pictures folder (the home folder where there is
 * none), never over another file. */
void dio_screenshot_save_async (GdkTexture *texture, const char *name, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data);
/* The file; (transfer full). Errors are sentences for the user. */
GFile *dio_screenshot_save_finish (GAsyncResult *result, GError **error);

G_END_DECLS
