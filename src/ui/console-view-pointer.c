/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/console-view-private.h"

#include "ui/cursor-image.h"

gboolean
dio_console_view_pointer_is_relative (DioConsoleView *self)
{
  return self->head && !dio_mouse_get_is_absolute (dio_head_get_mouse (self->head));
}

void
dio_console_view_update_pointer (DioConsoleView *self)
{
  DioConsole *console = dio_console_view_get_console (self);
  DioCursor *cursor = console ? dio_console_get_cursor (console) : NULL;
  double factor = dio_viewport_get_factor (&self->viewport);
  g_autoptr (GdkCursor) image = NULL;

  self->cursor_factor = factor;
  /* Before the guest has defined a pointer it may have none at all (firmware), or draw its own: the host's stays, for
   * people must see where they point. */
  if (!self->hovered || !self->accept_input || !cursor || factor <= 0)
    {
      gtk_widget_set_cursor (GTK_WIDGET (self), NULL);
      return;
    }

  /* A relative pointer is somewhere else than the host's, and drawn there. */
  if (dio_console_view_pointer_is_relative (self) || !dio_console_get_cursor_visible (console))
    image = gdk_cursor_new_from_name ("none", NULL);
  else
    image = dio_cursor_image_new (cursor, factor, self->viewport.turns,
                                  dio_console_view_choose_filter (self) != GSK_SCALING_FILTER_NEAREST);
  gtk_widget_set_cursor (GTK_WIDGET (self), image);
}

void
dio_console_view_set_hovered (DioConsoleView *self, gboolean hovered)
{
  if (self->hovered == hovered)
    return;
  self->hovered = hovered;
  dio_console_view_update_pointer (self);
}

void
dio_console_view_take_pointer_texture (DioConsoleView *self)
{
  DioConsole *console = dio_console_view_get_console (self);
  DioCursor *cursor = console ? dio_console_get_cursor (console) : NULL;

  g_clear_object (&self->pointer_texture);
  if (cursor)
    self->pointer_texture = dio_cursor_image_new_texture (cursor);
}

static void
on_cursor_changed (DioConsoleView *self)
{
  dio_console_view_take_pointer_texture (self);
  dio_console_view_update_pointer (self);
  if (dio_console_view_pointer_is_relative (self))
    gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* The host's pointer, when it is let go, appears where the guest's is. */
static void
lead_locked_pointer (DioConsoleView *self)
{
  double view_x, view_y;
  int x, y;

  g_object_get (dio_console_view_get_console (self), "cursor-x", &x, "cursor-y", &y, NULL);
  dio_viewport_to_view (&self->viewport, x + .5, y + .5, &view_x, &view_y);
  view_x = CLAMP (view_x, 0, self->viewport.view_width - 1);
  view_y = CLAMP (view_y, 0, self->viewport.view_height - 1);
  dio_console_input_pointer_is_at (self->input, (view_x + self->device_x) / self->scale,
                                   (view_y + self->device_y) / self->scale);
}

static void
on_pointer_moved (DioConsoleView *self)
{
  if (!dio_console_view_pointer_is_relative (self))
    return;
  if (dio_console_view_get_pointer_locked (self))
    lead_locked_pointer (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
on_is_absolute_changed (DioConsoleView *self)
{
  dio_console_input_pointer_mode_changed (self->input);
  dio_console_view_update_pointer (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
on_pointer_mode_changed (DioConsoleView *self)
{
  dio_console_view_update_pointer (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
dio_console_view_setup_pointer (DioConsoleView *self)
{
  g_signal_group_connect_swapped (self->console_signals, "notify::cursor", G_CALLBACK (on_cursor_changed), self);
  g_signal_group_connect_swapped (self->console_signals, "notify::cursor-visible", G_CALLBACK (on_pointer_mode_changed),
                                  self);
  g_signal_group_connect_swapped (self->console_signals, "notify::cursor-x", G_CALLBACK (on_pointer_moved), self);
  g_signal_group_connect_swapped (self->console_signals, "notify::cursor-y", G_CALLBACK (on_pointer_moved), self);
  g_signal_group_connect_swapped (self->mouse_signals, "notify::is-absolute", G_CALLBACK (on_is_absolute_changed),
                                  self);
}
