/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Where tiles lie: all of one size, in rows, in sections with headings. Plain arithmetic, so that a thousand tiles cost
 * no more than ten. Application pixels from the upper left, as if read from left to right. */
typedef struct
{
  guint first, end; /* positions */
  int y;            /* of its heading, or its first row */
  char *heading;    /* NULL: none */
} DioSection;

typedef struct
{
  GArray *sections; /* of DioSection */
  int columns;
  int left; /* of the first column */
  int tile_width, tile_height;
  int heading_height;
  int height; /* of all */
} DioMachineLayout;

void dio_machine_layout_init (DioMachineLayout *self);
void dio_machine_layout_clear (DioMachineLayout *self);

/* The sections of MODEL, a list of DioLibraryItem sorted by their groups. */
void dio_machine_layout_set_items (DioMachineLayout *self, GPtrArray *items);
/* How many columns fit WIDTH; LIST: one. MINIMUM: how narrow a tile may be. */
void dio_machine_layout_set_width (DioMachineLayout *self, int width, int minimum, gboolean list);
/* With the heights that tiles of that width have. */
void dio_machine_layout_set_heights (DioMachineLayout *self, int tile_height, int heading_height);

/* Which section the tile at POSITION is in. */
const DioSection *dio_machine_layout_find_section (const DioMachineLayout *self, guint position);
void dio_machine_layout_get_tile (const DioMachineLayout *self, guint position, GdkRectangle *ret_rect);
/* The positions, from FIRST to before END, of the tiles of SECTION that are between TOP and BOTTOM. */
void dio_machine_layout_get_range (const DioMachineLayout *self, const DioSection *section, int top, int bottom,
                                   guint *ret_first, guint *ret_end);
/* The tile that is in that direction of the one at POSITION: the same when there is none. PAGE: rows, for
 * GTK_DIR_UP and GTK_DIR_DOWN. */
guint dio_machine_layout_move (const DioMachineLayout *self, guint position, GtkDirectionType direction, int rows);

G_END_DECLS
