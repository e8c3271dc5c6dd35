/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/library-item.h"
#include "ui/machine-tile.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* The machines as tiles, in sections by their groups, or as a list; scrolls, and has widgets for what is in sight only.
 *
 * Not GTK's own: GtkGridView of GTK 4.18 knows no sections and makes thirty rows of widgets however few are seen, and
 * GtkListView two hundred rows, which was most of what the start with a full library took.
 *
 * Properties: "list" (boolean), "columns" (boolean: a row of the list shows all that is known), "selecting" (boolean),
 * "skeleton" (boolean: grey tiles, while there is nothing to show yet). Signals: "activate" (DioLibraryItem); "menu"
 * (DioLibraryItem, DioMachineTile, double x, double y: in the tile, -1 when by key or button); "move" (DioLibraryItem
 * dragged, DioLibraryItem onto or NULL, string group or NULL: onto its heading). */
#define DIO_TYPE_MACHINE_VIEW (dio_machine_view_get_type ())
G_DECLARE_FINAL_TYPE (DioMachineView, dio_machine_view, DIO, MACHINE_VIEW, GtkWidget)

/* MODEL: of DioLibraryItem, those of one group one after the other. */
void dio_machine_view_set_model (DioMachineView *self, GtkSelectionModel *model);
gboolean dio_machine_view_get_list (DioMachineView *self);
void dio_machine_view_set_list (DioMachineView *self, gboolean list);
gboolean dio_machine_view_get_selecting (DioMachineView *self);
void dio_machine_view_set_selecting (DioMachineView *self, gboolean selecting);
void dio_machine_view_set_skeleton (DioMachineView *self, gboolean skeleton);
/* Whose turn it is with the keyboard. (nullable) */
DioLibraryItem *dio_machine_view_get_current (DioMachineView *self);
/* Scrolls to ITEM and focuses it. */
void dio_machine_view_show (DioMachineView *self, DioLibraryItem *item);
/* Its tile, if it has one. (nullable) */
DioMachineTile *dio_machine_view_get_tile (DioMachineView *self, DioLibraryItem *item);

G_END_DECLS
