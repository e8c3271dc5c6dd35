/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/library-item.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Of a row: the picture, what is between its parts, and its columns, characters wide. */
#define DIO_ROW_PICTURE_WIDTH 64
#define DIO_ROW_SPACING 12
#define DIO_COLUMN_SYSTEM 16
#define DIO_COLUMN_MEMORY 10
#define DIO_COLUMN_SIZE 11
#define DIO_COLUMN_LAST_USED 12

/* One machine in the library: a picture of 16:10, its name, its state, a button for its menu; or the same as a row of a
 * list. Tiles are used again for other machines. What looks after an item that is on a tile is the tile's.
 *
 * Signals: "clicked" (); "more" (): the menu's button, or, where a job can be cancelled, that. */
#define DIO_TYPE_MACHINE_TILE (dio_machine_tile_get_type ())
G_DECLARE_FINAL_TYPE (DioMachineTile, dio_machine_tile, DIO, MACHINE_TILE, GtkWidget)

/* ROW: of a list. */
DioMachineTile *dio_machine_tile_new (gboolean row);
/* As high as any, to be measured. */
DioMachineTile *dio_machine_tile_new_sample (gboolean row);

DioLibraryItem *dio_machine_tile_get_item (DioMachineTile *self); /* (nullable) */
void dio_machine_tile_set_item (DioMachineTile *self, DioLibraryItem *item);
/* Of N tiles that there are; from 0. */
void dio_machine_tile_set_position (DioMachineTile *self, guint position, guint n);
guint dio_machine_tile_get_position (DioMachineTile *self);
/* SELECTING: whether one selects at present. */
void dio_machine_tile_set_selected (DioMachineTile *self, gboolean selecting, gboolean selected);
/* Whether somebody can see it: the picture rests meanwhile. */
void dio_machine_tile_set_seen (DioMachineTile *self, gboolean seen);
/* Of a row: only what is needed. */
void dio_machine_tile_set_narrow (DioMachineTile *self, gboolean narrow);
/* Where the name is, for what is to appear beside it. */
GtkWidget *dio_machine_tile_get_label (DioMachineTile *self);
/* Where its menu opens. */
GtkWidget *dio_machine_tile_get_menu_anchor (DioMachineTile *self);

G_END_DECLS
