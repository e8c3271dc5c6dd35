/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/console-window-private.h"

/* How long the pointer rests at the top edge before the header bar comes: a guest has things up there too. */
#define HOVER_DELAY_MS 300
#define HOVER_EDGE 2.0
#define HANDLE_VISIBLE_S 3

static gboolean
header_is_shown (DioConsoleWindow *self)
{
  return adw_toolbar_view_get_reveal_top_bars (self->toolbar_view);
}

static void
on_handle_seen (gpointer user_data)
{
  DioConsoleWindow *self = user_data;

  self->handle_id = 0;
  gtk_widget_set_visible (self->handle, FALSE);
}

static gboolean
handle_stays (DioConsoleWindow *self)
{
  return dio_input_options_get_guest_gestures (dio_session_get_input_options (self->session));
}

/* The handle says where the header bar went, and gets out of the way again, unless fingers have no other way to get
 * there. */
static void
show_handle (DioConsoleWindow *self)
{
  gtk_widget_set_visible (self->handle, TRUE);
  g_clear_handle_id (&self->handle_id, g_source_remove);
  if (!handle_stays (self))
    self->handle_id = g_timeout_add_seconds_once (HANDLE_VISIBLE_S, on_handle_seen, self);
}

static void
set_header_shown (DioConsoleWindow *self, gboolean shown)
{
  GtkWidget *bars = gtk_widget_get_ancestor (GTK_WIDGET (self->header), GTK_TYPE_REVEALER);

  g_clear_handle_id (&self->hover_id, g_source_remove);
  adw_toolbar_view_set_reveal_top_bars (self->toolbar_view, shown);
  /* Hidden bars have no height, but GTK counts the line at their place as theirs: the guest would never see the pointer
   * in its topmost row. */
  if (bars)
    gtk_widget_set_can_target (bars, shown);
  gtk_widget_set_visible (self->handle, !shown && handle_stays (self));
}

static gboolean
header_is_in_use (DioConsoleWindow *self)
{
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (self));

  return gtk_menu_button_get_active (self->power_button) || gtk_menu_button_get_active (self->keys_button) ||
         gtk_menu_button_get_active (self->menu_button) || gtk_menu_button_get_active (self->usb_button) ||
         (focus && gtk_widget_is_ancestor (focus, GTK_WIDGET (self->header)));
}

static void
on_hovered (gpointer user_data)
{
  DioConsoleWindow *self = user_data;

  self->hover_id = 0;
  if (gtk_window_is_fullscreen (GTK_WINDOW (self)))
    set_header_shown (self, TRUE);
}

static void
on_motion (DioConsoleWindow *self, double x, double y)
{
  if (!gtk_window_is_fullscreen (GTK_WINDOW (self)))
    return;

  if (header_is_shown (self))
    {
      if (y > gtk_widget_get_height (GTK_WIDGET (self->header)) && !header_is_in_use (self))
        set_header_shown (self, FALSE);
    }
  else if (y > HOVER_EDGE)
    g_clear_handle_id (&self->hover_id, g_source_remove);
  else if (!self->hover_id)
    self->hover_id = g_timeout_add_once (HOVER_DELAY_MS, on_hovered, self);
}

/* A finger that is put elsewhere does to the header bar what the pointer does that leaves it. */
static gboolean
on_event (DioConsoleWindow *self, GdkEvent *event)
{
  double x, y;

  if (gdk_event_get_event_type (event) != GDK_TOUCH_BEGIN || !gtk_window_is_fullscreen (GTK_WINDOW (self)) ||
      !gdk_event_get_position (event, &x, &y))
    return GDK_EVENT_PROPAGATE;
  if (!header_is_shown (self))
    show_handle (self);
  else if (y > gtk_widget_get_height (GTK_WIDGET (self->header)) && !header_is_in_use (self))
    set_header_shown (self, FALSE);
  return GDK_EVENT_PROPAGATE;
}

static void
on_edge_swipe (DioConsoleWindow *self, GtkPositionType edge)
{
  if (edge == GTK_POS_TOP)
    set_header_shown (self, TRUE);
}

static void
on_gestures_changed (DioConsoleWindow *self)
{
  if (handle_stays (self))
    gtk_widget_add_css_class (self->handle, "permanent");
  else
    gtk_widget_remove_css_class (self->handle, "permanent");
  if (gtk_window_is_fullscreen (GTK_WINDOW (self)) && !header_is_shown (self))
    show_handle (self);
}

/* Back in the picture, the header bar has done its duty. */
static void
on_focus_changed (DioConsoleWindow *self)
{
  if (gtk_window_is_fullscreen (GTK_WINDOW (self)) &&
      gtk_window_get_focus (GTK_WINDOW (self)) == GTK_WIDGET (self->view))
    set_header_shown (self, FALSE);
}

static void
on_fullscreened (DioConsoleWindow *self)
{
  gboolean fullscreen = gtk_window_is_fullscreen (GTK_WINDOW (self));

  /* The header bar lies over the picture, so that its coming and going does not resize the guest. */
  adw_toolbar_view_set_extend_content_to_top_edge (self->toolbar_view, fullscreen);
  dio_console_view_set_edge_swipes (self->view, fullscreen);
  set_header_shown (self, !fullscreen);
  if (fullscreen)
    {
      show_handle (self);
      if (!self->ended)
        gtk_widget_grab_focus (GTK_WIDGET (self->view));
    }
  else
    gtk_widget_set_visible (self->handle, FALSE);
}

static void
on_handle_clicked (DioConsoleWindow *self)
{
  dio_console_window_leave_picture (self);
}

void
dio_console_window_toggle_fullscreen (DioConsoleWindow *self)
{
  g_autoptr (DioConsoleWindow) hold = g_object_ref (self);

  if (gtk_window_is_fullscreen (GTK_WINDOW (self)))
    {
      gtk_window_unfullscreen (GTK_WINDOW (self));
      /* This one may have been opened for that only. */
      dio_screens_leave_all_monitors (self->screens);
    }
  else
    gtk_window_fullscreen (GTK_WINDOW (self));
}

void
dio_console_window_leave_picture (DioConsoleWindow *self)
{
  set_header_shown (self, TRUE);
  if (gtk_widget_get_visible (GTK_WIDGET (self->question_card)))
    gtk_widget_grab_focus (GTK_WIDGET (self->question_card));
  else if (gtk_widget_get_visible (GTK_WIDGET (self->usb_card)))
    gtk_widget_grab_focus (GTK_WIDGET (self->usb_card));
  else
    gtk_widget_grab_focus (GTK_WIDGET (self->menu_button));
  gtk_window_set_focus_visible (GTK_WINDOW (self), TRUE);
}

void
dio_console_window_setup_fullscreen (DioConsoleWindow *self)
{
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *events = gtk_event_controller_legacy_new ();
  DioInputOptions *options = dio_session_get_input_options (self->session);
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);

  gtk_widget_add_css_class (line, "line");
  gtk_button_set_child (GTK_BUTTON (self->handle), line);
  gtk_event_controller_set_propagation_phase (motion, GTK_PHASE_CAPTURE);
  gtk_event_controller_set_propagation_phase (events, GTK_PHASE_CAPTURE);
  g_signal_connect_object (motion, "motion", G_CALLBACK (on_motion), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (events, "event", G_CALLBACK (on_event), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
  gtk_widget_add_controller (GTK_WIDGET (self), events);
  g_signal_connect (self, "notify::fullscreened", G_CALLBACK (on_fullscreened), NULL);
  g_signal_connect (self, "notify::focus-widget", G_CALLBACK (on_focus_changed), NULL);
  g_signal_connect_object (self->handle, "clicked", G_CALLBACK (on_handle_clicked), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view, "edge-swipe", G_CALLBACK (on_edge_swipe), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (options, "notify::guest-gestures", G_CALLBACK (on_gestures_changed), self,
                           G_CONNECT_SWAPPED);
  on_gestures_changed (self);
}
