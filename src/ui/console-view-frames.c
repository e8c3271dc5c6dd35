/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/console-view-private.h"

#include "base/trace.h"

/* A picture that nobody sees for so long is not worth QEMU's and our work. */
#define REST_SECONDS 2
/* A clock that asks for no frame in so long stands still: the compositor has taken the window off the screen, and has
 * perhaps no way to say so. */
#define STALL_MS 1000

/* No frame is longer under way. */
#define TRACE_FRAMES 16

static DioFramebuffer *
get_framebuffer (DioConsoleView *self)
{
  DioConsole *console = dio_console_view_get_console (self);

  return console ? dio_console_get_framebuffer (console) : NULL;
}

static void
update_unshowable (DioConsoleView *self)
{
  DioFramebuffer *framebuffer = get_framebuffer (self);

  dio_console_view_set_unshowable (self,
                                   self->undrawable || (framebuffer && dio_framebuffer_get_refused (framebuffer)));
}

/* --- one frame a tick --- */

static gboolean
on_tick (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  DioConsoleView *self = DIO_CONSOLE_VIEW (widget);
  g_autoptr (DioFrame) frame = self->reader ? dio_frame_reader_take (self->reader) : NULL;
  GskRenderer *renderer = gtk_native_get_renderer (gtk_widget_get_native (widget));
  gboolean shown = frame && dio_painters_update (self->painters, renderer, frame, get_framebuffer (self));

  self->tick_id = 0;
  g_clear_handle_id (&self->stall_id, g_source_remove);
  if (self->stalled)
    {
      self->stalled = FALSE;
      dio_console_view_update_visible (self);
    }
  self->news = FALSE;
  if (!frame)
    return G_SOURCE_REMOVE;
  self->undrawable = !shown;
  update_unshowable (self);
  if (!shown)
    return G_SOURCE_REMOVE;
  self->fresh = TRUE;
  dio_console_view_update_geometry (self);
  gtk_widget_queue_draw (widget);
  return G_SOURCE_REMOVE;
}

static void
on_stall (gpointer user_data)
{
  DioConsoleView *self = user_data;

  self->stall_id = 0;
  self->stalled = TRUE;
  dio_console_view_update_visible (self);
}

/* A window that is not drawn gets no ticks, and no tick is asked for when there is nothing to take. */
static void
schedule_tick (DioConsoleView *self)
{
  if (self->tick_id == 0 && self->news && gtk_widget_get_mapped (GTK_WIDGET (self)))
    {
      self->tick_id = gtk_widget_add_tick_callback (GTK_WIDGET (self), on_tick, NULL, NULL);
      if (self->stall_id == 0 && !self->stalled)
        self->stall_id = g_timeout_add_once (STALL_MS, on_stall, self);
    }
}

static void
on_reader_changed (DioConsoleView *self)
{
  if (!self->news)
    self->news_time = g_get_monotonic_time ();
  self->news = TRUE;
  dio_console_view_set_has_picture (self, TRUE);
  schedule_tick (self);
}

static void
on_active_changed (DioConsoleView *self, GParamSpec *pspec, DioFramebuffer *framebuffer)
{
  if (dio_framebuffer_get_active (framebuffer))
    on_reader_changed (self);
  else if (!self->dimmed)
    {
      dio_painters_clear (self->painters);
      dio_console_view_set_has_picture (self, FALSE);
      self->undrawable = FALSE;
      update_unshowable (self);
      dio_console_view_update_geometry (self);
      gtk_widget_queue_draw (GTK_WIDGET (self));
    }
}

/* When the compositor showed a frame is known some frames later, or never. */
static void
trace_presented (DioConsoleView *self, GdkFrameClock *clock)
{
  gint64 number, presented;

  if (!self->traced)
    return;
  number = gdk_frame_timings_get_frame_counter (self->traced);
  if (!gdk_frame_timings_get_complete (self->traced) &&
      gdk_frame_clock_get_frame_counter (clock) < number + TRACE_FRAMES)
    return;
  presented = gdk_frame_timings_get_presentation_time (self->traced);
  if (presented > 0)
    dio_trace_mark (self->traced_time * 1000, presented * 1000, "frame drawn → presented", "frame %" G_GINT64_FORMAT,
                    number);
  g_clear_pointer (&self->traced, gdk_frame_timings_unref);
}

static void
trace_drawn (DioConsoleView *self, GdkFrameClock *clock)
{
  GdkFrameTimings *timings = gdk_frame_clock_get_current_timings (clock);

  dio_trace_end (dio_trace_since (self->news_time), "news → frame drawn", "%" G_GINT64_FORMAT " µs", self->draw_delay);
  if (self->traced || !timings)
    return;
  self->traced = gdk_frame_timings_ref (timings);
  self->traced_time = g_get_monotonic_time ();
}

static void
on_after_paint (DioConsoleView *self, GdkFrameClock *clock)
{
  DioPainter *painter = dio_console_view_get_painter (self);
  const gboolean traced = dio_trace_begin () != 0;

  if (traced)
    trace_presented (self, clock);
  if (!self->drawn)
    return;
  self->drawn = FALSE;
  if (painter)
    dio_painter_painted (painter);
  if (!self->fresh)
    return;
  self->fresh = FALSE;
  self->frames_shown++;
  self->draw_delay = g_get_monotonic_time () - self->news_time;
  if (traced)
    trace_drawn (self, clock);
}

/* --- whether anybody looks --- */

static gboolean
is_visible (DioConsoleView *self)
{
  GdkSurface *surface;

  if (self->stalled || !gtk_widget_get_mapped (GTK_WIDGET (self)))
    return FALSE;
  surface = gtk_native_get_surface (gtk_widget_get_native (GTK_WIDGET (self)));
  return !GDK_IS_TOPLEVEL (surface) ||
         !(gdk_toplevel_get_state (GDK_TOPLEVEL (surface)) & GDK_TOPLEVEL_STATE_SUSPENDED);
}

static void
on_rest (gpointer user_data)
{
  DioConsoleView *self = user_data;
  DioConsole *console = dio_console_view_get_console (self);

  self->rest_id = 0;
  if (console)
    dio_console_set_resting (console, TRUE);
}

void
dio_console_view_update_visible (DioConsoleView *self)
{
  gboolean visible = is_visible (self);
  DioConsole *console = dio_console_view_get_console (self);

  if (self->reader)
    dio_frame_reader_set_pacing (self->reader, visible);
  if (!visible && self->may_rest && self->n_watchers == 0)
    {
      if (self->rest_id == 0 && console)
        self->rest_id = g_timeout_add_seconds_once (REST_SECONDS, on_rest, self);
      return;
    }
  g_clear_handle_id (&self->rest_id, g_source_remove);
  if (console)
    dio_console_set_resting (console, FALSE);
  if (visible)
    schedule_tick (self);
}

void
dio_console_view_set_may_rest (DioConsoleView *self, gboolean may_rest)
{
  g_return_if_fail (DIO_IS_CONSOLE_VIEW (self));

  if (self->may_rest == may_rest)
    return;
  self->may_rest = may_rest;
  dio_console_view_update_visible (self);
}

void
dio_console_view_watch (DioConsoleView *self, gboolean watch)
{
  g_return_if_fail (DIO_IS_CONSOLE_VIEW (self));
  g_return_if_fail (watch || self->n_watchers > 0);

  if (watch)
    self->n_watchers++;
  else
    self->n_watchers--;
  dio_console_view_update_visible (self);
}

/* --- the framebuffer --- */

void
dio_console_view_take_framebuffer (DioConsoleView *self)
{
  DioFramebuffer *framebuffer = get_framebuffer (self);

  if (self->reader)
    g_signal_handlers_disconnect_by_data (self->reader, self);
  g_clear_object (&self->reader);
  g_signal_group_set_target (self->framebuffer_signals, framebuffer);
  if (framebuffer)
    {
      self->reader = dio_frame_reader_new (framebuffer);
      g_signal_connect_object (self->reader, "changed", G_CALLBACK (on_reader_changed), self, G_CONNECT_SWAPPED);
      /* The picture of the run before stays until the first of this one. */
      if (dio_framebuffer_get_active (framebuffer))
        on_reader_changed (self);
    }
  self->undrawable = FALSE;
  update_unshowable (self);
  dio_console_view_update_visible (self);
}

GdkTexture *
dio_console_view_copy_picture (DioConsoleView *self, GError **error)
{
  DioFramebuffer *framebuffer = get_framebuffer (self);
  DioPainter *painter = dio_console_view_get_painter (self);
  g_autoptr (DioFrame) frame = framebuffer ? dio_framebuffer_peek (framebuffer) : NULL;

  if (frame && dio_frame_is_readable (frame))
    return dio_painter_copy_frame (frame, error);
  if (painter)
    return dio_painter_copy (painter, error);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "There is no picture");
  return NULL;
}

/* --- figures --- */

DioPainter *
dio_console_view_get_painter (DioConsoleView *self)
{
  g_return_val_if_fail (DIO_IS_CONSOLE_VIEW (self), NULL);

  return self->painters ? dio_painters_get_current (self->painters) : NULL;
}

void
dio_console_view_get_painter_stats (DioConsoleView *self, DioPainterStats *ret_stats)
{
  g_return_if_fail (DIO_IS_CONSOLE_VIEW (self));

  dio_painters_get_stats (self->painters, ret_stats);
}

guint64
dio_console_view_get_frames_shown (DioConsoleView *self)
{
  g_return_val_if_fail (DIO_IS_CONSOLE_VIEW (self), 0);

  return self->frames_shown;
}

gint64
dio_console_view_get_draw_delay (DioConsoleView *self)
{
  g_return_val_if_fail (DIO_IS_CONSOLE_VIEW (self), 0);

  return self->draw_delay;
}

/* --- for the widget --- */

void
dio_console_view_set_clock (DioConsoleView *self, GdkFrameClock *clock)
{
  g_signal_group_set_target (self->clock_signals, clock);
}

void
dio_console_view_setup_frames (DioConsoleView *self)
{
  self->painters = dio_painters_new ();
  self->framebuffer_signals = g_signal_group_new (DIO_TYPE_FRAMEBUFFER);
  g_signal_group_connect_swapped (self->framebuffer_signals, "notify::active", G_CALLBACK (on_active_changed), self);
  g_signal_group_connect_swapped (self->framebuffer_signals, "notify::refused", G_CALLBACK (update_unshowable), self);
  self->clock_signals = g_signal_group_new (GDK_TYPE_FRAME_CLOCK);
  g_signal_group_connect_swapped (self->clock_signals, "after-paint", G_CALLBACK (on_after_paint), self);
}

void
dio_console_view_dispose_frames (DioConsoleView *self)
{
  g_clear_handle_id (&self->rest_id, g_source_remove);
  g_clear_handle_id (&self->stall_id, g_source_remove);
  g_clear_object (&self->framebuffer_signals);
  g_clear_object (&self->clock_signals);
  g_clear_object (&self->reader);
  g_clear_pointer (&self->traced, gdk_frame_timings_unref);
  g_clear_pointer (&self->painters, dio_painters_free);
}
