/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* One machine in the library: a picture of 16:10, its name, its state. A button: what a click does is its owner's.
 *
 * It looks live, in full colour and with a mark, or not. */
#define DIO_TYPE_MACHINE_TILE (dio_machine_tile_get_type ())
G_DECLARE_FINAL_TYPE (DioMachineTile, dio_machine_tile, DIO, MACHINE_TILE, GtkButton)

DioMachineTile *dio_machine_tile_new (void);

void dio_machine_tile_set_name (DioMachineTile *self, const char *name);
void dio_machine_tile_set_state (DioMachineTile *self, const char *text, gboolean live);
void dio_machine_tile_set_paintable (DioMachineTile *self, GdkPaintable *paintable);

G_END_DECLS
