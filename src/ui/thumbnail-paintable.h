/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "display/thumbnail.h"
#include "ui/console-view.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* The live thumbnail of what a console view shows, as a paintable of 16:10: the guest's picture in the middle, black
 * around it. It follows the view to another console and then keeps the last picture until there is a new one. */
#define DIO_TYPE_THUMBNAIL_PAINTABLE (dio_thumbnail_paintable_get_type ())
G_DECLARE_FINAL_TYPE (DioThumbnailPaintable, dio_thumbnail_paintable, DIO, THUMBNAIL_PAINTABLE, GObject)

DioThumbnailPaintable *dio_thumbnail_paintable_new (DioConsoleView *view);

/* Off at first: whether somebody looks. Costs nothing otherwise. */
void dio_thumbnail_paintable_set_active (DioThumbnailPaintable *self, gboolean active);

G_END_DECLS
