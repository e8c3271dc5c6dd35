/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "display/frame-reader.h"
#include "ui/console-input.h"
#include "ui/console-view-input.h"
#include "ui/guest-resizer.h"
#include "ui/painters.h"

G_BEGIN_DECLS

struct _DioConsoleView
{
  GtkWidget parent_instance;

  /* owned */
  DioHead *head;
  DioConsoleInput *input;
  DioInputOptions *input_options;
  DioTouchRing *ring;
  DioGuestResizer *resizer;
  GSignalGroup *framebuffer_signals;
  GSignalGroup *console_signals;
  GSignalGroup *mouse_signals;
  GSignalGroup *surface_signals;
  GSignalGroup *clock_signals;
  DioPainters *painters;
  DioFrameReader *reader;      /* of the head's framebuffer */
  GdkTexture *pointer_texture; /* drawn in the picture while the pointer is relative */

  /* frames */
  guint tick_id;
  guint rest_id; /* timeout until a hidden console rests */
  gboolean may_rest;
  guint n_watchers;
  guint stall_id;   /* timeout until a clock that does not tick is taken for one that … */
  gboolean stalled; /* … stands still */
  gboolean news;    /* there is something to take */
  gboolean has_picture;
  gboolean undrawable; /* there is no way to draw the present picture */
  gboolean unshowable; /* that, or it could not even be taken */
  gboolean drawn;      /* by the snapshot of this frame of the clock */
  gboolean fresh;      /* what was drawn was not on screen before */
  guint64 frames_shown;
  gint64 news_time;  /* when the oldest of the news came; 0: not measured */
  gint64 draw_delay; /* from news to paint, the last time; microseconds */

  GdkFrameTimings *traced; /* for sysprof: of a frame that is not known to be presented yet */
  gint64 traced_time;      /* when it was drawn */

  gboolean resize_guest;
  gboolean accept_input;
  gboolean edge_swipes;
  gboolean dimmed;
  gboolean hovered;
  DioLocks locks_apart;
  double cursor_factor; /* that the host's pointer was made for */
  guint factor_id;      /* "factor" is told when nothing is being drawn */
  DioScaling scaling;

  /* what the user wants to see */
  DioZoom zoom;
  DioZoomGrip grip;

  /* the pointer that pushes at an edge; console-view-edge.c */
  guint edge_tick_id;
  double edge_x, edge_y;           /* device pixels of the view */
  double push_x, push_y;           /* -1 to 1 */
  double edge_rest_x, edge_rest_y; /* device pixels not moved yet */
  gint64 edge_time;                /* of the last move */

  /* where it is */
  DioViewport viewport;
  double scale;              /* device pixels an application pixel */
  double origin_x, origin_y; /* of the widget in its surface, application pixels */
  int device_x, device_y;    /* of the view in its surface, device pixels */
};

/* console-view.c */
DioConsole *dio_console_view_get_console (DioConsoleView *self); /* (transfer none) (nullable) */
void dio_console_view_set_has_picture (DioConsoleView *self, gboolean has_picture);
void dio_console_view_set_unshowable (DioConsoleView *self, gboolean unshowable);

/* console-view-frames.c */
/* Follows the present head's framebuffer. */
void dio_console_view_take_framebuffer (DioConsoleView *self);
/* Whether the window is on screen may have changed. */
void dio_console_view_update_visible (DioConsoleView *self);
/* CLOCK: (nullable). */
void dio_console_view_set_clock (DioConsoleView *self, GdkFrameClock *clock);
void dio_console_view_setup_frames (DioConsoleView *self);
void dio_console_view_dispose_frames (DioConsoleView *self);

/* console-view-draw.c */
/* Finds out anew where the view and its picture are, and has the guest follow. */
void dio_console_view_update_geometry (DioConsoleView *self);
void dio_console_view_snapshot (GtkWidget *widget, GtkSnapshot *snapshot);

/* console-view-zoom.c */
/* The factor is another, for whatever reason. */
void dio_console_view_factor_changed (DioConsoleView *self);
/* How the picture is scaled at its present size. Painters halve one that is shown at less than half its size, so that
 * linear filtering is enough for all. */
GskScalingFilter dio_console_view_choose_filter (DioConsoleView *self);
/* Turns SNAPSHOT's canvas, whose units are device pixels from the view's corner, as the picture is turned, and clips
 * it. PICTURE (out): where on it the upright picture goes; VISIBLE (out): what of that the view shows. */
void dio_console_view_push_turned (DioConsoleView *self, GtkSnapshot *snapshot, graphene_rect_t *picture,
                                   graphene_rect_t *visible);
void dio_console_view_pop_turned (DioConsoleView *self, GtkSnapshot *snapshot);

/* console-view-pointer.c */
gboolean dio_console_view_pointer_is_relative (DioConsoleView *self);
/* Makes the host's pointer over the view look as it should now. */
void dio_console_view_update_pointer (DioConsoleView *self);
void dio_console_view_setup_pointer (DioConsoleView *self);
void dio_console_view_take_pointer_texture (DioConsoleView *self);

G_END_DECLS
