/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/machine-layout.h"
#include "ui/machine-view.h"

G_BEGIN_DECLS

typedef struct
{
  GtkWidget *label;
  int y;
} DioHeading;

struct _DioMachineView
{
  GtkWidget parent_instance;

  GtkSelectionModel *model;
  GPtrArray *items; /* the model's, all of them */
  DioMachineLayout layout;
  GtkAdjustment *hadjustment;
  GtkAdjustment *vadjustment;
  GtkWindow *root; /* while mapped; (unowned) */
  gboolean list;
  gboolean selecting;
  gboolean skeleton;
  gboolean columns;
  gboolean allocating;
  gboolean wants_focus; /* as soon as there is a tile for it */
  guint current;        /* position of the one that keys act on */
  guint anchor;         /* where Shift extends the selection from */

  /* children */
  GPtrArray *tiles; /* in sight, in order */
  GPtrArray *spare;
  GArray *headings;       /* of DioHeading */
  GtkWidget *sample;      /* what tiles are measured with */
  GtkWidget *drop_target; /* highlighted; (weak) */
};

/* machine-view.c */
void dio_machine_view_open_menu (DioMachineView *self, DioMachineTile *tile, double x, double y);
void dio_machine_view_move_item (DioMachineView *self, DioLibraryItem *item, DioLibraryItem *onto, const char *group);

/* machine-view-keys.c */
void dio_machine_view_setup_keys (DioMachineView *self);
gboolean dio_machine_view_focus (GtkWidget *widget, GtkDirectionType direction);
/* Makes the tile at POSITION the current one, in sight and with the focus. */
void dio_machine_view_go_to (DioMachineView *self, guint position);
/* Once there are tiles: the focus, if it was to go to one. */
void dio_machine_view_give_focus (DioMachineView *self);
/* Begins to select if need be. */
void dio_machine_view_toggle (DioMachineView *self, guint position);
void dio_machine_view_extend (DioMachineView *self, guint position);

/* machine-view-pointer.c */
void dio_machine_view_setup_pointer (DioMachineView *self);
/* (nullable) */
DioMachineTile *dio_machine_view_pick (DioMachineView *self, double x, double y);

/* machine-view-drag.c */
void dio_machine_view_setup_drag (DioMachineView *self);

G_END_DECLS
