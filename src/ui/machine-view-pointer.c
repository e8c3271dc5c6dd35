/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/machine-view-private.h"

/* Pointer and fingers: before the tiles, which are buttons, see them. */

DioMachineTile *
dio_machine_view_pick (DioMachineView *self, double x, double y)
{
  GtkWidget *widget = gtk_widget_pick (GTK_WIDGET (self), x, y, GTK_PICK_DEFAULT);

  return widget ? DIO_MACHINE_TILE (gtk_widget_get_ancestor (widget, DIO_TYPE_MACHINE_TILE)) : NULL;
}

static void
on_pressed (DioMachineView *self, int n_press, double x, double y, GtkGestureClick *click)
{
  DioMachineTile *tile = dio_machine_view_pick (self, x, y);
  GdkEvent *event = gtk_event_controller_get_current_event (GTK_EVENT_CONTROLLER (click));
  GdkModifierType modifiers = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (click));
  graphene_point_t point;

  if (!tile)
    return;
  if (gdk_event_triggers_context_menu (event) && !self->selecting &&
      gtk_widget_compute_point (GTK_WIDGET (self), GTK_WIDGET (tile), &GRAPHENE_POINT_INIT ((float) x, (float) y),
                                &point))
    dio_machine_view_open_menu (self, tile, point.x, point.y);
  else if (gtk_gesture_single_get_current_button (GTK_GESTURE_SINGLE (click)) != GDK_BUTTON_PRIMARY)
    return;
  else if (modifiers & GDK_SHIFT_MASK)
    dio_machine_view_extend (self, dio_machine_tile_get_position (tile));
  else if (modifiers & GDK_CONTROL_MASK)
    dio_machine_view_toggle (self, dio_machine_tile_get_position (tile));
  else
    return;
  gtk_gesture_set_state (GTK_GESTURE (click), GTK_EVENT_SEQUENCE_CLAIMED);
}

static void
on_long_pressed (DioMachineView *self, double x, double y, GtkGesture *gesture)
{
  DioMachineTile *tile = dio_machine_view_pick (self, x, y);

  if (!tile)
    return;
  gtk_gesture_set_state (gesture, GTK_EVENT_SEQUENCE_CLAIMED);
  dio_machine_view_toggle (self, dio_machine_tile_get_position (tile));
}

/* Fingers do not hover. */
static void
on_motion (DioMachineView *self, double x, double y, GtkEventController *motion)
{
  GdkDevice *device = gtk_event_controller_get_current_event_device (motion);

  if (device && gdk_device_get_source (device) == GDK_SOURCE_TOUCHSCREEN)
    gtk_widget_add_css_class (GTK_WIDGET (self), "touch");
}

static void
on_realize (DioMachineView *self)
{
  GdkSeat *seat = gdk_display_get_default_seat (gtk_widget_get_display (GTK_WIDGET (self)));

  if (seat && gdk_seat_get_capabilities (seat) & GDK_SEAT_CAPABILITY_TOUCH)
    gtk_widget_add_css_class (GTK_WIDGET (self), "touch");
}

void
dio_machine_view_setup_pointer (DioMachineView *self)
{
  GtkGesture *click = gtk_gesture_click_new ();
  GtkGesture *press = gtk_gesture_long_press_new ();
  GtkEventController *motion = gtk_event_controller_motion_new ();

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), 0);
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (click), GTK_PHASE_CAPTURE);
  g_signal_connect_object (click, "pressed", G_CALLBACK (on_pressed), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));

  gtk_gesture_single_set_touch_only (GTK_GESTURE_SINGLE (press), TRUE);
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (press), GTK_PHASE_CAPTURE);
  g_signal_connect_object (press, "pressed", G_CALLBACK (on_long_pressed), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (press));

  g_signal_connect_object (motion, "enter", G_CALLBACK (on_motion), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
  g_signal_connect (self, "realize", G_CALLBACK (on_realize), NULL);
}
