/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "display/viewport.h"

G_BEGIN_DECLS

/* What a user does to see more or less of a picture. Each function changes what is wanted (a DioZoom) with regard to
 * what is shown (a DioViewport arranged by it), which is to be arranged anew then. Does nothing while that is empty.
 *
 * A picture is never smaller than the view allows, or than at factor 1 where that is smaller, and never larger than 16
 * device pixels a guest pixel, but where it fits the view only then. */

/* A point of a picture that is held, by fingers. */
typedef struct
{
  double x; /* of the upright picture, 0 to 1 */
  double y;
  double factor; /* when it was gripped */
} DioZoomGrip;

/* Shows the whole picture, as large as the view allows. */
void dio_zoom_fit (DioZoom *self);
/* Device pixels a guest pixel, kept within the limits; what lies in the middle of the view remains there. */
void dio_zoom_set_factor (DioZoom *self, const DioViewport *viewport, double factor);
/* To the next larger or smaller of the usual factors (among them the one that fits). */
void dio_zoom_step (DioZoom *self, const DioViewport *viewport, gboolean in);
gboolean dio_zoom_can_step (const DioZoom *self, const DioViewport *viewport, gboolean in);
/* A quarter clockwise, or back. */
void dio_zoom_turn (DioZoom *self, gboolean clockwise);
/* Moves what is shown of a picture that is larger than the view: the picture goes DX, DY device pixels right and down,
 * as far as there is more of it. Returns: whether it moved. */
gboolean dio_zoom_pan (DioZoom *self, const DioViewport *viewport, int dx, int dy);

/* Grips the picture at (VIEW_X, VIEW_Y), device pixels of the view. */
void dio_zoom_grip (const DioViewport *viewport, double view_x, double view_y, DioZoomGrip *grip);
/* Has what was gripped lie at (VIEW_X, VIEW_Y) as far as the picture's edges allow, SCALE times as large as it was
 * then. A factor close to the one that fits, or to a whole number, becomes that. */
void dio_zoom_move_grip (DioZoom *self, const DioViewport *viewport, const DioZoomGrip *grip, double view_x,
                         double view_y, double scale);

G_END_DECLS
