/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/console-view-private.h"

#include <math.h>

#define POSITION_ERROR (1.0 / 256)

/* --- where things are --- */

static void
update_guest_size (DioConsoleView *self, GdkSurface *surface)
{
  GtkWidget *widget = GTK_WIDGET (self);
  GdkMonitor *monitor;
  GdkRectangle geometry = { 0 };
  int width_mm = 0, height_mm = 0;

  /* Who looks closer wants to see the same picture. */
  if (!gtk_widget_get_mapped (widget) || self->zoom.factor > 0)
    return;
  monitor = gdk_display_get_monitor_at_surface (gtk_widget_get_display (widget), surface);
  if (monitor)
    gdk_monitor_get_geometry (monitor, &geometry);
  if (geometry.width > 0 && geometry.height > 0)
    {
      width_mm = gtk_widget_get_width (widget) * gdk_monitor_get_width_mm (monitor) / geometry.width;
      height_mm = gtk_widget_get_height (widget) * gdk_monitor_get_height_mm (monitor) / geometry.height;
    }
  if (self->zoom.turns % 2 == 1)
    dio_guest_resizer_update (self->resizer, self->viewport.view_height, self->viewport.view_width, MAX (height_mm, 0),
                              MAX (width_mm, 0));
  else
    dio_guest_resizer_update (self->resizer, self->viewport.view_width, self->viewport.view_height, MAX (width_mm, 0),
                              MAX (height_mm, 0));
}

/* Positions are sums of floats: a hair beside a pixel's edge is that edge. */
static int
first_whole (double position)
{
  return (int) ceil (position - POSITION_ERROR);
}

static int
end_of_whole (double position)
{
  return (int) floor (position + POSITION_ERROR);
}

static gboolean
is_elsewhere (const DioViewport *a, const DioViewport *b)
{
  return a->guest_width != b->guest_width || a->guest_height != b->guest_height || a->turns != b->turns ||
         a->x != b->x || a->y != b->y || a->width != b->width || a->height != b->height;
}

void
dio_console_view_update_geometry (DioConsoleView *self)
{
  const DioViewport before = self->viewport;
  GtkWidget *widget = GTK_WIDGET (self);
  GtkNative *native = gtk_widget_get_native (widget);
  GdkSurface *surface = native ? gtk_native_get_surface (native) : NULL;
  DioPainter *painter = dio_console_view_get_painter (self);
  graphene_point_t origin;
  double transform_x, transform_y;

  if (!surface || !gtk_widget_compute_point (widget, GTK_WIDGET (native), graphene_point_zero (), &origin))
    return;

  /* The widget may begin and end within a device pixel (fractional scales), which it then shares with its neighbours:
   * the header bar, say. The view is made of those that are wholly its own. */
  gtk_native_get_surface_transform (native, &transform_x, &transform_y);
  self->scale = gdk_surface_get_scale (surface);
  self->origin_x = origin.x + transform_x;
  self->origin_y = origin.y + transform_y;
  self->device_x = first_whole (self->origin_x * self->scale);
  self->device_y = first_whole (self->origin_y * self->scale);
  dio_viewport_arrange (
      &self->viewport, painter ? dio_painter_get_width (painter) : 0, painter ? dio_painter_get_height (painter) : 0,
      end_of_whole ((self->origin_x + gtk_widget_get_width (widget)) * self->scale) - self->device_x,
      end_of_whole ((self->origin_y + gtk_widget_get_height (widget)) * self->scale) - self->device_y, &self->zoom);
  if (is_elsewhere (&before, &self->viewport))
    dio_console_input_picture_moved (self->input);
  if (self->cursor_factor != dio_viewport_get_factor (&self->viewport))
    dio_console_view_factor_changed (self);
  update_guest_size (self, surface);
}

const DioViewport *
dio_console_view_locate (DioConsoleView *self, double x, double y, double *view_x, double *view_y)
{
  dio_console_view_update_geometry (self);
  /* Wayland tells positions in 256ths, rounded: at a fractional scale the first half of a pixel's first 256th would
   * count as the pixel before. */
  *view_x = (x + POSITION_ERROR) * self->scale - self->device_x;
  *view_y = (y + POSITION_ERROR) * self->scale - self->device_y;
  return &self->viewport;
}

void
dio_console_view_to_surface (DioConsoleView *self, double *x, double *y)
{
  dio_console_view_update_geometry (self);
  *x += self->origin_x;
  *y += self->origin_y;
}

/* --- drawing --- */

static void
snapshot_pointer (DioConsoleView *self, GtkSnapshot *snapshot, const graphene_rect_t *picture)
{
  DioConsole *console = dio_console_view_get_console (self);
  DioCursor *cursor = console ? dio_console_get_cursor (console) : NULL;
  double factor = dio_viewport_get_factor (&self->viewport);
  graphene_rect_t rect;
  int x, y;

  if (!cursor || !self->pointer_texture || !dio_console_view_pointer_is_relative (self) ||
      !dio_console_get_cursor_visible (console))
    return;

  g_object_get (console, "cursor-x", &x, "cursor-y", &y, NULL);
  rect = GRAPHENE_RECT_INIT ((float) (picture->origin.x + ((double) x - dio_cursor_get_hot_x (cursor)) * factor),
                             (float) (picture->origin.y + ((double) y - dio_cursor_get_hot_y (cursor)) * factor),
                             (float) (dio_cursor_get_width (cursor) * factor),
                             (float) (dio_cursor_get_height (cursor) * factor));
  gtk_snapshot_push_clip (snapshot, picture);
  gtk_snapshot_append_scaled_texture (snapshot, self->pointer_texture, dio_console_view_choose_filter (self), &rect);
  gtk_snapshot_pop (snapshot);
}

static void
snapshot_picture (DioConsoleView *self, GtkSnapshot *snapshot)
{
  /* Without colour, by Rec. 709's weights, and half as bright: what is no longer live. */
  static const float grey[16] = { .11f, .11f, .11f, 0, .36f, .36f, .36f, 0, .04f, .04f, .04f, 0, 0, 0, 0, 1 };
  graphene_rect_t rect, visible;
  graphene_matrix_t matrix;

  dio_console_view_push_turned (self, snapshot, &rect, &visible);
  if (self->dimmed)
    gtk_snapshot_push_color_matrix (snapshot, graphene_matrix_init_from_float (&matrix, grey), graphene_vec4_zero ());
  dio_painter_snapshot (dio_console_view_get_painter (self), snapshot, &rect, &visible,
                        dio_console_view_choose_filter (self));
  self->drawn = TRUE;
  snapshot_pointer (self, snapshot, &rect);
  if (self->dimmed)
    gtk_snapshot_pop (snapshot);
  dio_console_view_pop_turned (self, snapshot);
}

static void
append_black (GtkSnapshot *snapshot, int left, int top, int right, int bottom)
{
  if (left < right && top < bottom)
    gtk_snapshot_append_color (snapshot, &(GdkRGBA) { 0, 0, 0, 1 },
                               &GRAPHENE_RECT_INIT (left, top, right - left, bottom - top));
}

/* What the picture, which is opaque, leaves of the view, and a seam below it: the units are floats. */
static void
snapshot_bars (DioConsoleView *self, GtkSnapshot *snapshot)
{
  const DioViewport *viewport = &self->viewport;
  int width = viewport->view_width, height = viewport->view_height;
  int left = MAX (viewport->x + 1, 0), right = MIN (viewport->x + viewport->width - 1, width);
  int top = MAX (viewport->y + 1, 0), bottom = MIN (viewport->y + viewport->height - 1, height);

  if (dio_viewport_is_empty (viewport) || left >= right || top >= bottom)
    {
      append_black (snapshot, 0, 0, width, height);
      return;
    }
  append_black (snapshot, 0, 0, width, viewport->y > 0 ? top : 0);
  append_black (snapshot, 0, viewport->y + viewport->height < height ? bottom : height, width, height);
  append_black (snapshot, 0, 0, viewport->x > 0 ? left : 0, height);
  append_black (snapshot, viewport->x + viewport->width < width ? right : width, 0, width, height);
}

void
dio_console_view_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  DioConsoleView *self = DIO_CONSOLE_VIEW (widget);

  /* The view can move within its window without being allocated anew. */
  dio_console_view_update_geometry (self);

  /* From here on a unit is a device pixel. GSK scales a texture to units first and from there to device pixels: only
   * where the two are the same is a pixel of the guest drawn as one pixel at any scale. */
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float) (self->device_x / self->scale - self->origin_x),
                                                          (float) (self->device_y / self->scale - self->origin_y)));
  gtk_snapshot_scale (snapshot, (float) (1 / self->scale), (float) (1 / self->scale));
  snapshot_bars (self, snapshot);
  if (!dio_viewport_is_empty (&self->viewport))
    snapshot_picture (self, snapshot);
  gtk_snapshot_restore (snapshot);
  gtk_widget_snapshot_child (widget, GTK_WIDGET (self->ring), snapshot);
}
