/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/application.h"

G_BEGIN_DECLS

typedef enum
{
  DIO_OPEN_ASK,  /* a sheet says what they are, and what will happen */
  DIO_OPEN_START /* images that are good are started at once, each as a machine of its own */
} DioOpenHow;

/* Opens FILES, whatever they are: a machine's folder or definition, an archive, an appliance; the rest are disk images,
 * of which several are proposed as one machine's. An image that is a machine's disk already opens that machine.
 * PARENT: (nullable): whose window asked. Ends when all of them are on the screen, or under way; what could not be
 * opened is then an error, a sentence for each. The application stays until then. */
void dio_image_opener_open_async (DioApplication *application, GtkWindow *parent, GFile **files, guint n_files,
                                  DioOpenHow how, DioGraphics graphics, GAsyncReadyCallback callback,
                                  gpointer user_data);
gboolean dio_image_opener_open_finish (DioApplication *application, GAsyncResult *result, GError **error);

G_END_DECLS
