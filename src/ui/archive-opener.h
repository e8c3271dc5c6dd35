/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/application.h"

G_BEGIN_DECLS

/* Whether FILE is called like an archive of a machine, and is a file. */
gboolean dio_archive_opener_is_archive (GFile *file);
/* Imports the machine in the archive FILE into the first place, where the library window, which is shown, shows how far
 * that is. The application stays until it is done. Errors are sentences for the user; that it was cancelled is none. */
void dio_archive_opener_open_async (DioApplication *application, GFile *file, GAsyncReadyCallback callback,
                                    gpointer user_data);
gboolean dio_archive_opener_open_finish (GAsyncResult *result, GError **error);

G_END_DECLS
