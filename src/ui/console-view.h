/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "display/zoom.h"
#include "session/session.h"
#include "ui/painter.h"
#include "ui/touch-ring.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* What becomes of pixels where the picture is not of the guest's own size. */
typedef enum
{
  DIO_SCALING_AUTOMATIC, /* sharp where each becomes a square of whole pixels, else smooth */
  DIO_SCALING_SHARP,
  DIO_SCALING_SMOOTH,
} DioScaling;

#define DIO_TYPE_SCALING (dio_scaling_get_type ())
GType dio_scaling_get_type (void);

/* How to see the picture otherwise. */
typedef enum
{
  DIO_ZOOM_IN,
  DIO_ZOOM_OUT,
  DIO_ZOOM_FIT,    /* the whole picture, as large as it goes */
  DIO_ZOOM_ACTUAL, /* a device pixel for each of the guest's */
  DIO_ZOOM_TURN_LEFT,
  DIO_ZOOM_TURN_RIGHT,
  DIO_ZOOM_UPRIGHT,
} DioZoomCommand;

/* The picture of one head: shows its newest frame, asks the guest for a picture of its own size, and hands keys and
 * pointer to it while "accept-input" is on.
 *
 * Properties: "head" (DioHead or NULL), "title" (string: the machine's name, for assistive technology), "resize-guest"
 * (boolean), "accept-input" (boolean: keys and pointer go to the guest), "dimmed" (boolean: grey, no longer live),
 * "has-picture" (boolean, read-only), "unshowable" (boolean, read-only: the guest shows something that nothing here can
 * draw; what was there before stays), "scaling" (DioScaling), "factor" (double, read-only: device pixels a guest pixel,
 * 0 without a picture), "pointer-locked" (boolean, read-only: the host's pointer is held, and only its ways go to the
 * guest), "locks-apart" (DioLocks: those of the guest's that stay other than the host's). Signals: "release" () when
 * the user presses and lifts Ctrl+Alt, to leave the picture; "toggle-fullscreen" () for Ctrl+Alt+Enter;
 * "toggle-diagnostics" () for
 * Ctrl+Alt+F12; "zoom-changed" () when the user has zoomed or turned the picture; "edge-swipe" (GtkPositionType) when a
 * finger came in from there; "shortcuts-refused" () when the desktop keeps its own, once. */
#define DIO_TYPE_CONSOLE_VIEW (dio_console_view_get_type ())
G_DECLARE_FINAL_TYPE (DioConsoleView, dio_console_view, DIO, CONSOLE_VIEW, GtkWidget)

DioHead *dio_console_view_get_head (DioConsoleView *self); /* (transfer none) (nullable) */
void dio_console_view_set_head (DioConsoleView *self, DioHead *head);
void dio_console_view_set_title (DioConsoleView *self, const char *title);
void dio_console_view_set_state_text (DioConsoleView *self, const char *text);
gboolean dio_console_view_get_resize_guest (DioConsoleView *self);
void dio_console_view_set_resize_guest (DioConsoleView *self, gboolean resize_guest);
gboolean dio_console_view_get_accept_input (DioConsoleView *self);
void dio_console_view_set_accept_input (DioConsoleView *self, gboolean accept_input);
gboolean dio_console_view_get_dimmed (DioConsoleView *self);
void dio_console_view_set_dimmed (DioConsoleView *self, gboolean dimmed);
gboolean dio_console_view_get_has_picture (DioConsoleView *self);
gboolean dio_console_view_get_unshowable (DioConsoleView *self);
/* What the guest shows now, on screen or not, as a texture that stays as it is; where it shows nothing any more, what
 * is on screen. NULL with an error when there is no picture or it cannot be read. (transfer full) */
GdkTexture *dio_console_view_copy_picture (DioConsoleView *self, GError **error);

/* Whether the console rests (dio_console_set_resting()) when its picture was not on screen for two seconds, for a QEMU
 * that bears it; off at first. */
void dio_console_view_set_may_rest (DioConsoleView *self, gboolean may_rest);
/* Somebody else looks at the head's framebuffer from now on, or (WATCH is FALSE) not any more: no rest meanwhile. */
void dio_console_view_watch (DioConsoleView *self, gboolean watch);

/* For diagnostics. */
DioPainter *dio_console_view_get_painter (DioConsoleView *self); /* (transfer none) (nullable): none has drawn yet */
void dio_console_view_get_painter_stats (DioConsoleView *self, DioPainterStats *ret_stats); /* over all painters */
guint64 dio_console_view_get_frames_shown (DioConsoleView *self); /* paints that had something new of the guest's */
gint64 dio_console_view_get_draw_delay (DioConsoleView *self);    /* last, from news of a frame to its paint; µs */
DioScaling dio_console_view_get_scaling (DioConsoleView *self);
void dio_console_view_set_scaling (DioConsoleView *self, DioScaling scaling);
gboolean dio_console_view_get_pointer_locked (DioConsoleView *self);
DioLocks dio_console_view_get_locks_apart (DioConsoleView *self);

/* Zooming and turning, which are the view's own and never told to the guest, but that a turned one is asked for a mode
 * of turned size. Commands that cannot be are ignored. */
void dio_console_view_zoom (DioConsoleView *self, DioZoomCommand command);
gboolean dio_console_view_can_zoom (DioConsoleView *self, DioZoomCommand command);
/* Device pixels a guest pixel; 0 without a picture. */
double dio_console_view_get_factor (DioConsoleView *self);
/* Quarter turns clockwise, 0 to 3. */
guint dio_console_view_get_turns (DioConsoleView *self);
/* Moves a picture that is larger than the view by device pixels, right and down. Returns: whether it moved. */
gboolean dio_console_view_pan (DioConsoleView *self, int dx, int dy);

/* How input is wanted; never NULL. (transfer none) */
DioInputOptions *dio_console_view_get_input_options (DioConsoleView *self);
void dio_console_view_set_input_options (DioConsoleView *self, DioInputOptions *options);
/* Whether the view's upper edge is the screen's, and the lower one (with the key bar, that lies below), where fingers
 * come in from. */
gboolean dio_console_view_get_edge_swipes (DioConsoleView *self);
void dio_console_view_set_edge_swipes (DioConsoleView *self, gboolean edge_swipes);

G_END_DECLS
