/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/console-view-private.h"

#include <linux/input-event-codes.h>

/* What a key pans by, of the view's side. */
#define PAN_PART 8

G_DEFINE_ENUM_TYPE (DioScaling, dio_scaling, G_DEFINE_ENUM_VALUE (DIO_SCALING_AUTOMATIC, "automatic"),
                    G_DEFINE_ENUM_VALUE (DIO_SCALING_SHARP, "sharp"),
                    G_DEFINE_ENUM_VALUE (DIO_SCALING_SMOOTH, "smooth"))

/* --- drawing --- */

GskScalingFilter
dio_console_view_choose_filter (DioConsoleView *self)
{
  if (self->scaling == DIO_SCALING_SHARP ||
      (self->scaling == DIO_SCALING_AUTOMATIC && dio_viewport_is_integer (&self->viewport)))
    return GSK_SCALING_FILTER_NEAREST;
  return GSK_SCALING_FILTER_LINEAR;
}

static graphene_rect_t
to_graphene (const cairo_rectangle_int_t *rect)
{
  return GRAPHENE_RECT_INIT (rect->x, rect->y, rect->width, rect->height);
}

void
dio_console_view_push_turned (DioConsoleView *self, GtkSnapshot *snapshot, graphene_rect_t *picture,
                              graphene_rect_t *visible)
{
  cairo_rectangle_int_t whole, seen;

  dio_viewport_get_upright (&self->viewport, &whole, &seen);
  *picture = to_graphene (&whole);
  *visible = to_graphene (&seen);
  gtk_snapshot_save (snapshot);
  if (self->viewport.turns > 0)
    gtk_snapshot_rotate (snapshot, 90.0f * self->viewport.turns);
  if (dio_viewport_overflows (&self->viewport))
    gtk_snapshot_push_clip (snapshot, visible);
}

void
dio_console_view_pop_turned (DioConsoleView *self, GtkSnapshot *snapshot)
{
  if (dio_viewport_overflows (&self->viewport))
    gtk_snapshot_pop (snapshot);
  gtk_snapshot_restore (snapshot);
}

/* --- what is wanted --- */

static void
on_factor_idle (gpointer user_data)
{
  DioConsoleView *self = user_data;

  self->factor_id = 0;
  g_object_notify (G_OBJECT (self), "factor");
}

void
dio_console_view_factor_changed (DioConsoleView *self)
{
  dio_console_view_update_pointer (self);
  /* Whoever shows it must not change widgets while they are being laid out or drawn. */
  if (!self->factor_id)
    self->factor_id = g_idle_add_once (on_factor_idle, self);
}

/* Has everything follow that depends on where the picture is. */
static void
show_anew (DioConsoleView *self)
{
  dio_console_view_update_geometry (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  dio_console_input_follow (self->input);
}

static void
take_zoom (DioConsoleView *self, const DioZoom *zoom)
{
  gboolean turned = self->zoom.turns != zoom->turns;
  gboolean changed = turned || self->zoom.factor != zoom->factor;

  self->zoom = *zoom;
  show_anew (self);
  if (turned)
    dio_console_view_update_pointer (self);
  if (changed)
    g_signal_emit_by_name (self, "zoom-changed");
}

gboolean
dio_console_view_can_zoom (DioConsoleView *self, DioZoomCommand command)
{
  g_return_val_if_fail (DIO_IS_CONSOLE_VIEW (self), FALSE);

  switch (command)
    {
    case DIO_ZOOM_IN:
    case DIO_ZOOM_OUT:
      return dio_zoom_can_step (&self->zoom, &self->viewport, command == DIO_ZOOM_IN);
    case DIO_ZOOM_FIT:
      return self->zoom.factor > 0;
    case DIO_ZOOM_ACTUAL:
      return !dio_viewport_is_empty (&self->viewport) && dio_viewport_get_factor (&self->viewport) != 1;
    case DIO_ZOOM_UPRIGHT:
      return self->zoom.turns != 0;
    case DIO_ZOOM_TURN_LEFT:
    case DIO_ZOOM_TURN_RIGHT:
    default:
      return dio_console_view_get_has_picture (self);
    }
}

void
dio_console_view_zoom (DioConsoleView *self, DioZoomCommand command)
{
  DioZoom zoom;

  g_return_if_fail (DIO_IS_CONSOLE_VIEW (self));

  dio_console_view_update_geometry (self);
  if (!dio_console_view_can_zoom (self, command))
    return;
  zoom = self->zoom;
  switch (command)
    {
    case DIO_ZOOM_IN:
    case DIO_ZOOM_OUT:
      dio_zoom_step (&zoom, &self->viewport, command == DIO_ZOOM_IN);
      break;
    case DIO_ZOOM_FIT:
      dio_zoom_fit (&zoom);
      break;
    case DIO_ZOOM_ACTUAL:
      dio_zoom_set_factor (&zoom, &self->viewport, 1);
      break;
    case DIO_ZOOM_TURN_LEFT:
    case DIO_ZOOM_TURN_RIGHT:
      dio_zoom_turn (&zoom, command == DIO_ZOOM_TURN_RIGHT);
      break;
    case DIO_ZOOM_UPRIGHT:
    default:
      zoom.turns = 0;
      break;
    }
  take_zoom (self, &zoom);
}

gboolean
dio_console_view_pan (DioConsoleView *self, int dx, int dy)
{
  gboolean moved;

  g_return_val_if_fail (DIO_IS_CONSOLE_VIEW (self), FALSE);

  dio_console_view_update_geometry (self);
  moved = dio_zoom_pan (&self->zoom, &self->viewport, dx, dy);
  if (moved)
    show_anew (self);
  return moved;
}

void
dio_console_view_grip (DioConsoleView *self, double view_x, double view_y)
{
  dio_zoom_grip (&self->viewport, view_x, view_y, &self->grip);
}

void
dio_console_view_move_grip (DioConsoleView *self, double view_x, double view_y, double scale)
{
  DioZoom zoom = self->zoom;

  dio_zoom_move_grip (&zoom, &self->viewport, &self->grip, view_x, view_y, scale);
  take_zoom (self, &zoom);
}

double
dio_console_view_get_factor (DioConsoleView *self)
{
  g_return_val_if_fail (DIO_IS_CONSOLE_VIEW (self), 0);

  return dio_viewport_get_factor (&self->viewport);
}

guint
dio_console_view_get_turns (DioConsoleView *self)
{
  g_return_val_if_fail (DIO_IS_CONSOLE_VIEW (self), 0);

  return self->zoom.turns;
}

/* --- keys --- */

static gboolean
find_command (guint keyval, guint code, DioZoomCommand *command)
{
  switch (keyval)
    {
    case GDK_KEY_plus:
    case GDK_KEY_equal: /* where plus needs Shift */
    case GDK_KEY_KP_Add:
      *command = DIO_ZOOM_IN;
      return TRUE;
    case GDK_KEY_minus:
    case GDK_KEY_KP_Subtract:
      *command = DIO_ZOOM_OUT;
      return TRUE;
    case GDK_KEY_KP_0:
      *command = DIO_ZOOM_FIT;
      return TRUE;
    case GDK_KEY_KP_1:
      *command = DIO_ZOOM_ACTUAL;
      return TRUE;
    default:
      /* By their place: digits may need Shift, or be another script's. */
      *command = code == KEY_0 ? DIO_ZOOM_FIT : DIO_ZOOM_ACTUAL;
      return code == KEY_0 || code == KEY_1;
    }
}

gboolean
dio_console_view_zoom_key (DioConsoleView *self, guint keyval, guint code)
{
  int step_x = self->viewport.view_width / PAN_PART, step_y = self->viewport.view_height / PAN_PART;
  DioZoomCommand command;

  if (!dio_console_view_get_has_picture (self))
    return FALSE;
  if (find_command (keyval, code, &command))
    {
      dio_console_view_zoom (self, command);
      return TRUE;
    }
  if (!dio_viewport_overflows (&self->viewport))
    return FALSE;

  switch (code)
    {
    case KEY_LEFT:
      dio_console_view_pan (self, step_x, 0);
      return TRUE;
    case KEY_RIGHT:
      dio_console_view_pan (self, -step_x, 0);
      return TRUE;
    case KEY_UP:
      dio_console_view_pan (self, 0, step_y);
      return TRUE;
    case KEY_DOWN:
      dio_console_view_pan (self, 0, -step_y);
      return TRUE;
    default:
      return FALSE;
    }
}

/* --- scaling --- */

DioScaling
dio_console_view_get_scaling (DioConsoleView *self)
{
  return self->scaling;
}

void
dio_console_view_set_scaling (DioConsoleView *self, DioScaling scaling)
{
  if (self->scaling == scaling)
    return;
  self->scaling = scaling;
  dio_console_view_update_pointer (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_object_notify (G_OBJECT (self), "scaling");
}
