/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "input/mouse.h"
#include "qmp/qmp.h"

G_BEGIN_DECLS

/* The one pointer of a guest that has several screens. QEMU's console interface takes positions in pixels of one screen
 * and stretches them over the whole pointing device, so it can only name as many places of the desktop as one screen
 * has pixels. QMP (input-send-event) can name them all. Main thread only. */
typedef struct _DioPointerRoute DioPointerRoute;

DioPointerRoute *dio_pointer_route_new (DioQmp *qmp);
void dio_pointer_route_free (DioPointerRoute *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioPointerRoute, dio_pointer_route_free)

/* To the pixel (X, Y) of a desktop of WIDTH × HEIGHT. Until QEMU has answered only the newest position is kept; it goes
 * out with that answer, or before the next button. */
void dio_pointer_route_move (DioPointerRoute *self, guint x, guint y, guint width, guint height);
/* A DioMouseButton; after the last position. Returns: whether it was sent; lifting one always is, while QMP is open. */
gboolean dio_pointer_route_button (DioPointerRoute *self, guint button, gboolean down);

G_END_DECLS
