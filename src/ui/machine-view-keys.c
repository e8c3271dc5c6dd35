/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/machine-view-private.h"

/* The keyboard, and what is selected with it or otherwise. */

static void
scroll_to (DioMachineView *self, guint position)
{
  double value = gtk_adjustment_get_value (self->vadjustment);
  double page = gtk_adjustment_get_page_size (self->vadjustment);
  const DioSection *section = dio_machine_layout_find_section (&self->layout, position);
  GdkRectangle place;
  int top;

  dio_machine_layout_get_tile (&self->layout, position, &place);
  /* With its heading, or the margin above all of them. */
  top = (int) (position - section->first) < self->layout.columns ? section->y : place.y;
  top = position < (guint) self->layout.columns ? 0 : top;
  if (value > top)
    gtk_adjustment_set_value (self->vadjustment, top);
  else if (value + page < place.y + place.height)
    gtk_adjustment_set_value (self->vadjustment, place.y + place.height + 6 - page);
}

void
dio_machine_view_go_to (DioMachineView *self, guint position)
{
  DioMachineTile *tile;

  if (position >= self->items->len)
    return;
  self->current = position;
  if (gtk_widget_get_height (GTK_WIDGET (self)) > 0)
    scroll_to (self, position);
  tile = dio_machine_view_get_tile (self, self->items->pdata[position]);
  if (tile)
    gtk_widget_grab_focus (GTK_WIDGET (tile));
  else
    self->wants_focus = TRUE;
}

static void
on_tiles_made (gpointer user_data)
{
  g_autoptr (DioMachineView) self = user_data;
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root ? gtk_root_get_focus (root) : NULL;

  /* Somebody else may have taken it meanwhile. */
  if (root && (!focus || gtk_widget_is_ancestor (focus, GTK_WIDGET (self))))
    dio_machine_view_go_to (self, self->current);
}

void
dio_machine_view_give_focus (DioMachineView *self)
{
  if (!self->wants_focus || self->tiles->len == 0)
    return;
  self->wants_focus = FALSE;
  /* Not while sizes are given out. */
  g_idle_add_once (on_tiles_made, g_object_ref (self));
}

void
dio_machine_view_show (DioMachineView *self, DioLibraryItem *item)
{
  guint position;

  if (g_ptr_array_find (self->items, item, &position))
    dio_machine_view_go_to (self, position);
}

/* --- selecting --- */

void
dio_machine_view_toggle (DioMachineView *self, guint position)
{
  dio_machine_view_set_selecting (self, TRUE);
  self->current = self->anchor = position;
  if (gtk_selection_model_is_selected (self->model, position))
    gtk_selection_model_unselect_item (self->model, position);
  else
    gtk_selection_model_select_item (self->model, position, FALSE);
}

void
dio_machine_view_extend (DioMachineView *self, guint position)
{
  guint first = MIN (self->anchor, position), last = MAX (self->anchor, position);

  dio_machine_view_set_selecting (self, TRUE);
  gtk_selection_model_select_range (self->model, first, last - first + 1, TRUE);
}

/* --- keys --- */

static guint
n_rows_of_page (DioMachineView *self)
{
  double page = gtk_adjustment_get_page_size (self->vadjustment);

  return (guint) MAX (1, page / MAX (1, self->layout.tile_height) - 1);
}

static gboolean
is_mirrored (DioMachineView *self)
{
  return gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
}

/* Where a key leads; FALSE: it leads nowhere. */
static gboolean
find_target (DioMachineView *self, guint keyval, guint *ret_position)
{
  int page = (int) n_rows_of_page (self);
  DioMachineLayout *layout = &self->layout;

  switch (keyval)
    {
    case GDK_KEY_Up:
    case GDK_KEY_KP_Up:
      *ret_position = dio_machine_layout_move (layout, self->current, GTK_DIR_UP, 1);
      return TRUE;
    case GDK_KEY_Down:
    case GDK_KEY_KP_Down:
      *ret_position = dio_machine_layout_move (layout, self->current, GTK_DIR_DOWN, 1);
      return TRUE;
    case GDK_KEY_Left:
    case GDK_KEY_KP_Left:
    case GDK_KEY_Right:
    case GDK_KEY_KP_Right:
      *ret_position = dio_machine_layout_move (
          layout, self->current,
          (keyval == GDK_KEY_Left || keyval == GDK_KEY_KP_Left) != is_mirrored (self) ? GTK_DIR_LEFT : GTK_DIR_RIGHT,
          1);
      return TRUE;
    case GDK_KEY_Page_Up:
    case GDK_KEY_KP_Page_Up:
      *ret_position = dio_machine_layout_move (layout, self->current, GTK_DIR_UP, page);
      return TRUE;
    case GDK_KEY_Page_Down:
    case GDK_KEY_KP_Page_Down:
      *ret_position = dio_machine_layout_move (layout, self->current, GTK_DIR_DOWN, page);
      return TRUE;
    case GDK_KEY_Home:
    case GDK_KEY_KP_Home:
      *ret_position = 0;
      return TRUE;
    case GDK_KEY_End:
    case GDK_KEY_KP_End:
      *ret_position = self->items->len - 1;
      return TRUE;
    default:
      return FALSE;
    }
}

static gboolean
on_key (DioMachineView *self, guint keyval, guint keycode, GdkModifierType state)
{
  GdkModifierType modifiers = state & gtk_accelerator_get_default_mod_mask ();
  guint target;

  /* What a popover makes nothing of comes here, too. */
  if (self->items->len == 0 || !DIO_IS_MACHINE_TILE (gtk_widget_get_focus_child (GTK_WIDGET (self))))
    return GDK_EVENT_PROPAGATE;
  if ((modifiers & ~(GDK_SHIFT_MASK | GDK_CONTROL_MASK)) == 0 && find_target (self, keyval, &target))
    {
      if (modifiers & GDK_SHIFT_MASK)
        dio_machine_view_extend (self, target);
      else
        self->anchor = target;
      dio_machine_view_go_to (self, target);
      return GDK_EVENT_STOP;
    }
  if (modifiers == GDK_CONTROL_MASK && keyval == GDK_KEY_space)
    {
      dio_machine_view_toggle (self, self->current);
      return GDK_EVENT_STOP;
    }
  if (modifiers == GDK_CONTROL_MASK && keyval == GDK_KEY_a)
    {
      dio_machine_view_set_selecting (self, TRUE);
      gtk_selection_model_select_all (self->model);
      return GDK_EVENT_STOP;
    }
  if ((modifiers == 0 && keyval == GDK_KEY_Menu) || (modifiers == GDK_SHIFT_MASK && keyval == GDK_KEY_F10))
    {
      DioMachineTile *tile = dio_machine_view_get_tile (self, dio_machine_view_get_current (self));

      if (tile && !self->selecting)
        dio_machine_view_open_menu (self, tile, -1, -1);
      return GDK_EVENT_STOP;
    }
  return GDK_EVENT_PROPAGATE;
}

gboolean
dio_machine_view_focus (GtkWidget *widget, GtkDirectionType direction)
{
  DioMachineView *self = DIO_MACHINE_VIEW (widget);
  GtkWidget *child = gtk_widget_get_focus_child (widget);

  if (self->items->len == 0)
    {
      self->wants_focus = TRUE;
      return FALSE;
    }
  /* Within the tile, to its menu's button and back, and then out: arrows lead to the other tiles. */
  if (DIO_IS_MACHINE_TILE (child))
    return gtk_widget_child_focus (child, direction);
  dio_machine_view_go_to (self, self->current);
  return gtk_widget_get_focus_child (widget) != NULL;
}

static void
on_focus_enter (DioMachineView *self)
{
  GtkWidget *child = gtk_widget_get_focus_child (GTK_WIDGET (self));

  if (DIO_IS_MACHINE_TILE (child))
    self->current = dio_machine_tile_get_position (DIO_MACHINE_TILE (child));
}

void
dio_machine_view_setup_keys (DioMachineView *self)
{
  GtkEventController *keys = gtk_event_controller_key_new ();
  GtkEventController *focus = gtk_event_controller_focus_new ();

  g_signal_connect_object (keys, "key-pressed", G_CALLBACK (on_key), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
  g_signal_connect_object (focus, "enter", G_CALLBACK (on_focus_enter), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (GTK_WIDGET (self), focus);
}
