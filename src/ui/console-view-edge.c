/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/console-view-private.h"

/* Application pixels: how near to the view's edge the pointer pushes, and how fast at most. */
#define REACH 16.0
#define SPEED 1200.0
/* A clock that stood still does not make the picture jump. */
#define MAX_STEP_S 0.05

/* How hard the pointer at POSITION pushes a side that begins at START: 1 is at the view's edge, towards the picture's
 * beginning when positive; 0 where there is nothing more of it. */
static double
get_push (double position, int start, int size, int view_size, double reach)
{
  if (position < reach && start < 0)
    return MIN ((reach - position) / reach, 1);
  if (position >= view_size - reach && start + size > view_size)
    return -MIN ((position - (view_size - reach)) / reach, 1);
  return 0;
}

static void
update_push (DioConsoleView *self)
{
  const DioViewport *viewport = &self->viewport;
  double reach = REACH * self->scale;

  self->push_x = get_push (self->edge_x, viewport->x, viewport->width, viewport->view_width, reach);
  self->push_y = get_push (self->edge_y, viewport->y, viewport->height, viewport->view_height, reach);
}

static gboolean
on_tick (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  DioConsoleView *self = DIO_CONSOLE_VIEW (widget);
  gint64 now = gdk_frame_clock_get_frame_time (clock);
  double way = SPEED * self->scale * MIN ((double) (now - self->edge_time) / G_USEC_PER_SEC, MAX_STEP_S);
  int dx, dy;

  update_push (self);
  if (self->push_x == 0 && self->push_y == 0)
    {
      self->edge_tick_id = 0;
      return G_SOURCE_REMOVE;
    }
  self->edge_time = now;
  self->edge_rest_x += self->push_x * way;
  self->edge_rest_y += self->push_y * way;
  dx = (int) self->edge_rest_x;
  dy = (int) self->edge_rest_y;
  self->edge_rest_x -= dx;
  self->edge_rest_y -= dy;
  if (dx != 0 || dy != 0)
    dio_console_view_pan (self, dx, dy);
  return G_SOURCE_CONTINUE;
}

void
dio_console_view_push_edge (DioConsoleView *self, double x, double y)
{
  dio_console_view_locate (self, x, y, &self->edge_x, &self->edge_y);
  update_push (self);
  if (self->edge_tick_id || (self->push_x == 0 && self->push_y == 0))
    return;
  self->edge_time = gdk_frame_clock_get_frame_time (gtk_widget_get_frame_clock (GTK_WIDGET (self)));
  self->edge_rest_x = self->edge_rest_y = 0;
  self->edge_tick_id = gtk_widget_add_tick_callback (GTK_WIDGET (self), on_tick, NULL, NULL);
}

void
dio_console_view_leave_edge (DioConsoleView *self)
{
  if (self->edge_tick_id)
    gtk_widget_remove_tick_callback (GTK_WIDGET (self), self->edge_tick_id);
  self->edge_tick_id = 0;
}
