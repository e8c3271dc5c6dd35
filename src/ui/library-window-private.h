/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/library-items.h"
#include "ui/library-window.h"
#include "ui/machine-view.h"
#include "ui/trash-queue.h"

G_BEGIN_DECLS

typedef enum
{
  DIO_SORT_NAME,
  DIO_SORT_LAST_USED,
  DIO_SORT_STATE,
  DIO_SORT_SIZE,
  DIO_SORT_SYSTEM,
  DIO_SORT_MEMORY,
} DioSort;

struct _DioLibraryWindow
{
  AdwApplicationWindow parent_instance;

  GSettings *settings;
  DioLibrary *library;
  DioLibraryItems *items;
  GtkFilterListModel *filtered;
  GtkSelectionModel *selection;
  GtkSorter *sorter;
  DioSort sort;
  gboolean reversed;
  guint n_loading; /* definitions, which tell how much memory machines have */
  DioTrashQueue *trash;
  GSimpleActionGroup *actions;
  char **words;           /* that are searched for; NULL: none */
  DioLibraryItem *target; /* whose menu is open, or was last */
  GtkWidget *menu;        /* of machines; NULL until it is needed */
  GtkWidget *rename;      /* the popover, while it is open */
  guint skeleton_id;
  gboolean has_new; /* whether new machines can be made */

  /* template */
  GtkWidget *content;
  AdwToastOverlay *toasts;
  AdwWindowTitle *title;
  AdwBreakpoint *telephone; /* where there is no room for a title */
  GtkStack *pages;
  GtkWidget *open_button;
  GtkWidget *new_button;
  GtkWidget *cancel_button;
  GtkButton *view_button;
  GtkWidget *search_button;
  GtkMenuButton *menu_button;
  GtkSearchBar *search_bar;
  GtkWidget *search_content; /* as selection_bar, invisible until it is first seen: GTK styles and measures what is */
  GtkWidget *selection_bar;  /* covered as well, and the start of Diorama waits for that */
  GtkSearchEntry *search_entry;
  AdwBin *heads;
  DioMachineView *view;
};

/* library-window-actions.c */
void dio_library_window_add_actions (DioLibraryWindow *self);
/* What can be done with what is meant: the machine whose menu opens, or those selected. */
void dio_library_window_update_actions (DioLibraryWindow *self);
/* The machines that actions are about. (transfer full) (element-type DioLibraryItem) */
GPtrArray *dio_library_window_list_targets (DioLibraryWindow *self);
void dio_library_window_activate_item (DioLibraryWindow *self, DioLibraryItem *item);
/* Writes that name or group (empty: none) into the machine's definition. */
void dio_library_window_set_machine_text (DioLibraryWindow *self, DioLibraryItem *item, const char *property,
                                          const char *text);
void dio_library_window_set_group (DioLibraryWindow *self, GPtrArray *items, const char *group);
/* Asks for a group for ITEMS. */
void dio_library_window_ask_group (DioLibraryWindow *self, GPtrArray *items);

/* library-window-menu.c */
/* One of library-menus.ui, the same for all windows. (transfer none) */
GMenu *dio_library_window_get_menu (const char *id);
void dio_library_window_open_menu (DioLibraryWindow *self, DioLibraryItem *item, DioMachineTile *tile, double x,
                                   double y);
void dio_library_window_rename (DioLibraryWindow *self, DioLibraryItem *item);

/* library-window-jobs.c */
void dio_library_window_duplicate (DioLibraryWindow *self, DioLibraryItem *item);
void dio_library_window_clone (DioLibraryWindow *self, DioLibraryItem *item);
void dio_library_window_export_archive (DioLibraryWindow *self, DioLibraryItem *item);
void dio_library_window_export_appliance (DioLibraryWindow *self, DioLibraryItem *item);
void dio_library_window_export_disk (DioLibraryWindow *self, DioLibraryItem *item);

/* library-window.c */
void dio_library_window_tell (DioLibraryWindow *self, const char *text);
void dio_library_window_report (DioLibraryWindow *self, const char *heading, const GError *error);

G_END_DECLS
