/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/machine-view-private.h"

/* A tile is dragged onto another, onto a heading, or beside all. */

/* How near an edge it scrolls, application pixels, and how far each time. */
#define EDGE 48
#define STEP 24

static GdkContentProvider *
on_prepare (DioMachineView *self, double x, double y, GtkDragSource *source)
{
  DioMachineTile *tile = dio_machine_view_pick (self, x, y);
  DioLibraryItem *item = tile ? dio_machine_tile_get_item (tile) : NULL;
  GdkDevice *device = gtk_event_controller_get_current_event_device (GTK_EVENT_CONTROLLER (source));

  /* A finger scrolls. */
  if (!item || !dio_library_item_get_machine (item) ||
      (device && gdk_device_get_source (device) == GDK_SOURCE_TOUCHSCREEN))
    return NULL;
  return gdk_content_provider_new_typed (DIO_TYPE_LIBRARY_ITEM, item);
}

static void
on_drag_begin (DioMachineView *self, GdkDrag *drag, GtkDragSource *source)
{
  g_autoptr (GdkPaintable) icon = NULL;
  GValue value = G_VALUE_INIT;
  DioMachineTile *tile;

  g_value_init (&value, DIO_TYPE_LIBRARY_ITEM);
  if (gdk_content_provider_get_value (gdk_drag_get_content (drag), &value, NULL) &&
      (tile = dio_machine_view_get_tile (self, g_value_get_object (&value))))
    {
      g_autoptr (GdkPaintable) live = gtk_widget_paintable_new (GTK_WIDGET (tile));

      /* The tile may be used for another one meanwhile. */
      icon = gdk_paintable_get_current_image (live);
      gtk_drag_source_set_icon (source, icon, gtk_widget_get_width (GTK_WIDGET (tile)) / 2,
                                gtk_widget_get_height (GTK_WIDGET (tile)) / 2);
    }
  g_value_unset (&value);
}

static void
highlight (DioMachineView *self, GtkWidget *widget)
{
  if (self->drop_target == widget)
    return;
  if (self->drop_target)
    gtk_widget_remove_css_class (self->drop_target, "drop");
  g_set_weak_pointer (&self->drop_target, widget);
  if (widget)
    gtk_widget_add_css_class (widget, "drop");
}

/* (nullable) */
static GtkWidget *
find_heading (DioMachineView *self, double x, double y)
{
  for (guint i = 0; i < self->headings->len; i++)
    {
      GtkWidget *label = g_array_index (self->headings, DioHeading, i).label;
      graphene_rect_t bounds;

      if (gtk_widget_compute_bounds (label, GTK_WIDGET (self), &bounds) && y >= bounds.origin.y &&
          y < bounds.origin.y + bounds.size.height)
        return label;
    }
  return NULL;
}

static void
scroll_at_edge (DioMachineView *self, double y)
{
  double value = gtk_adjustment_get_value (self->vadjustment);

  if (y < EDGE)
    gtk_adjustment_set_value (self->vadjustment, value - STEP);
  else if (y > gtk_widget_get_height (GTK_WIDGET (self)) - EDGE)
    gtk_adjustment_set_value (self->vadjustment, value + STEP);
}

static GdkDragAction
on_drop_motion (DioMachineView *self, double x, double y, GtkDropTarget *target)
{
  DioMachineTile *tile = dio_machine_view_pick (self, x, y);
  const GValue *value = gtk_drop_target_get_value (target);
  DioLibraryItem *dragged = value ? g_value_get_object (value) : NULL;

  scroll_at_edge (self, y);
  if (tile &&
      (dio_machine_tile_get_item (tile) == dragged || !dio_library_item_get_machine (dio_machine_tile_get_item (tile))))
    {
      highlight (self, NULL);
      return 0;
    }
  highlight (self, tile ? GTK_WIDGET (tile) : find_heading (self, x, y));
  return GDK_ACTION_MOVE;
}

static void
on_drop_leave (DioMachineView *self)
{
  highlight (self, NULL);
}

static gboolean
on_drop (DioMachineView *self, const GValue *value, double x, double y)
{
  DioLibraryItem *dragged = g_value_get_object (value);
  DioMachineTile *tile = dio_machine_view_pick (self, x, y);
  DioLibraryItem *onto = tile ? dio_machine_tile_get_item (tile) : NULL;
  GtkWidget *heading = find_heading (self, x, y);

  highlight (self, NULL);
  if (!dragged || dragged == onto || (onto && !dio_library_item_get_machine (onto)))
    return FALSE;
  dio_machine_view_move_item (self, dragged, onto, heading ? gtk_label_get_text (GTK_LABEL (heading)) : NULL);
  return TRUE;
}

void
dio_machine_view_setup_drag (DioMachineView *self)
{
  GtkDragSource *source = gtk_drag_source_new ();
  GtkDropTarget *target = gtk_drop_target_new (DIO_TYPE_LIBRARY_ITEM, GDK_ACTION_MOVE);

  gtk_drag_source_set_actions (source, GDK_ACTION_MOVE);
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (source), GTK_PHASE_CAPTURE);
  g_signal_connect_object (source, "prepare", G_CALLBACK (on_prepare), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (source, "drag-begin", G_CALLBACK (on_drag_begin), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (source));

  gtk_drop_target_set_preload (target, TRUE);
  g_signal_connect_object (target, "motion", G_CALLBACK (on_drop_motion), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (target, "leave", G_CALLBACK (on_drop_leave), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (target, "drop", G_CALLBACK (on_drop), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (target));
}
