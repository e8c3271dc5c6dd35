/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/console-window.h"

G_BEGIN_DECLS

/* The windows of one machine: the first screen's, which owns this, and one for each further screen that is plugged in.
 * Opens them as they were when the machine was last shown, and, of somebody else's machine, for each screen that its
 * guest uses. Gives all of them the actions win.add-screen, win.show-screen-1 and so on, and win.use-all-monitors. */
#define DIO_TYPE_SCREENS (dio_screens_get_type ())
G_DECLARE_FINAL_TYPE (DioScreens, dio_screens, DIO, SCREENS, GObject)

/* Appends the items that name the screens to the menu that all windows share. */
void dio_screens_fill_menu (GMenu *menu);

/* FIRST, the window of screen 0, is not kept alive. */
DioScreens *dio_screens_new (DioConsoleWindow *first, DioSession *session);

/* The user has closed the window of a further screen: unplugs it. */
void dio_screens_close (DioScreens *self, guint number);
/* The user wants one of the windows to leave full screen: if they fill a monitor each, all do. */
void dio_screens_leave_all_monitors (DioScreens *self);

G_END_DECLS
