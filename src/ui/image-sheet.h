/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/application.h"

G_BEGIN_DECLS

/* What somebody sees who opens disk images: what they are, what will happen, what is the matter with them and what can
 * be done about it. It looks at them as soon as it is made, and may be shown at any time after. Nothing is changed by
 * that, and nothing stays behind when it is closed.
 *
 * Property "settled" (boolean): what can be found out at once is found out. Signals: "known" (DioLibraryMachine *): the
 * one image is that machine's disk, which is to be opened instead; "apart" (): each is to be opened by itself. */
#define DIO_TYPE_IMAGE_SHEET (dio_image_sheet_get_type ())
G_DECLARE_FINAL_TYPE (DioImageSheet, dio_image_sheet, DIO, IMAGE_SHEET, AdwDialog)

/* PATHS: absolute, one at least. */
DioImageSheet *dio_image_sheet_new (DioApplication *application, const char *const *paths, DioGraphics graphics);
gboolean dio_image_sheet_get_settled (DioImageSheet *self);
/* The files as they are now: what was unpacked takes the place of what was opened. (transfer full) */
GStrv dio_image_sheet_dup_paths (DioImageSheet *self);
/* As the button “Start” does, once it is settled; what keeps it from that is an error, a sentence for the user. */
void dio_image_sheet_start_async (DioImageSheet *self, GAsyncReadyCallback callback, gpointer user_data);
gboolean dio_image_sheet_start_finish (DioImageSheet *self, GAsyncResult *result, GError **error);

G_END_DECLS
