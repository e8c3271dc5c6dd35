/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/console-input.h"
#include "ui/console-view.h"
#include "ui/guest-resizer.h"

G_BEGIN_DECLS

struct _DioConsoleView
{
  GtkWidget parent_instance;

  /* owned */
  DioHead *head;
  DioConsoleInput *input;
  DioGuestResizer *resizer;
  GSignalGroup *framebuffer_signals;
  GSignalGroup *console_signals;
  GSignalGroup *mouse_signals;
  GSignalGroup *surface_signals;
  GdkTexture *texture;         /* NULL: no picture */
  GdkTexture *pointer_texture; /* drawn in the picture while the pointer is relative */

  /* state */
  guint tick_id;
  gboolean resize_guest;
  gboolean accept_input;
  gboolean dimmed;
  gboolean hovered;
  double cursor_factor; /* that the host's pointer was made for */

  /* where it is */
  DioViewport viewport;
  double scale;    /* device pixels an application pixel */
  double origin_x; /* of the widget in its surface, application pixels */
  double origin_y;
  int device_x; /* of the view in its surface, device pixels */
  int device_y;
};

/* console-view.c */
DioConsole *dio_console_view_get_console (DioConsoleView *self); /* (transfer none) (nullable) */

/* console-view-draw.c */
/* Finds out anew where the view and its picture are, and has the guest follow. */
void dio_console_view_update_geometry (DioConsoleView *self);
void dio_console_view_snapshot (GtkWidget *widget, GtkSnapshot *snapshot);

/* console-view-pointer.c */
gboolean dio_console_view_pointer_is_relative (DioConsoleView *self);
/* Makes the host's pointer over the view look as it should now. */
void dio_console_view_update_pointer (DioConsoleView *self);
void dio_console_view_setup_pointer (DioConsoleView *self);
void dio_console_view_take_pointer_texture (DioConsoleView *self);

G_END_DECLS
