/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "session/arrangement.h"
#include "ui/screens.h"

G_BEGIN_DECLS

struct _DioScreens
{
  GObject parent_instance;

  /* borrowed */
  DioConsoleWindow *windows[DIO_ARRANGEMENT_MAX_SCREENS]; /* by their screens' numbers; NULL: not open */
  GListModel *monitors;

  /* owned */
  DioSession *session;
  DioArrangement *arrangement;
  GSimpleActionGroup *actions;

  /* state */
  gboolean all_monitors; /* one screen fills each */
  guint settle_id;       /* windows or monitors may still be moving */
  guint n_tries;
  guint32 borrowed; /* bit per screen that was opened for that only */
};

/* screens.c */
guint dio_screens_count (DioScreens *self); /* that there can be */
guint dio_screens_count_open (DioScreens *self);
/* The lowest number of a screen that is not open, or the count of all. */
guint dio_screens_find_closed (DioScreens *self);
void dio_screens_open (DioScreens *self, guint number);

/* screens-actions.c */
void dio_screens_setup_actions (DioScreens *self);
void dio_screens_update_actions (DioScreens *self);
void dio_screens_add_actions (DioScreens *self, DioConsoleWindow *window);

/* screens-monitors.c */
void dio_screens_setup_monitors (DioScreens *self);
gboolean dio_screens_can_use_all_monitors (DioScreens *self);
void dio_screens_set_all_monitors (DioScreens *self, gboolean all);
/* One of the windows did: so do all. */
void dio_screens_left_fullscreen (DioScreens *self);
/* WINDOW's monitor now. (transfer none) (nullable) */
GdkMonitor *dio_screens_get_monitor (GtkWidget *window);

G_END_DECLS
