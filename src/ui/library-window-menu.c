/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/library-window-private.h"

#include "ui/menu-sheet.h"

#include <glib/gi18n.h>

/* Narrower windows have menus that come from below, as wide as they are. */
#define NARROW 500

static void
on_closed_idle (gpointer user_data)
{
  g_autoptr (DioLibraryWindow) self = user_data;

  if (!self->menu || !gtk_widget_get_visible (self->menu))
    g_clear_object (&self->target);
  if (self->rename && !gtk_widget_get_visible (self->rename))
    g_clear_pointer (&self->rename, gtk_widget_unparent);
}

/* The item that was chosen acts after this. */
static void
on_closed (DioLibraryWindow *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->view));
  g_idle_add_once (on_closed_idle, g_object_ref (self));
}

static void
add_popover (DioLibraryWindow *self, GtkWidget *popover)
{
  gtk_widget_set_parent (popover, GTK_WIDGET (self->view));
  g_signal_connect_object (popover, "closed", G_CALLBACK (on_closed), self, G_CONNECT_SWAPPED);
}

GMenu *
dio_library_window_get_menu (const char *id)
{
  static GtkBuilder *builder;

  /* GTK 4 reads “menus.ui” by itself, and no other file. */
  if (!builder)
    builder = gtk_builder_new_from_resource (DIO_RESOURCE_PATH "/library-menus.ui");
  return G_MENU (gtk_builder_get_object (builder, id));
}

/* One for all: GTK 4.18 stumbles over items that lose their actions when their menu goes, and never frees them. */
static GtkWidget *
get_menu (DioLibraryWindow *self)
{
  GMenu *model = dio_library_window_get_menu ("library-machine");

  if (!self->menu)
    {
      /* In its place before it has items, of which it loses some that find their actions only then. */
      self->menu = gtk_popover_menu_new_from_model (NULL);
      add_popover (self, self->menu);
      gtk_popover_menu_set_menu_model (GTK_POPOVER_MENU (self->menu), G_MENU_MODEL (model));
    }
  return self->menu;
}

/* In the view: WIDGET's place, or the point X, Y in it. */
static GdkRectangle
place_in_view (DioLibraryWindow *self, GtkWidget *widget, double x, double y)
{
  graphene_rect_t bounds = GRAPHENE_RECT_INIT (0, 0, 0, 0);

  if (!gtk_widget_compute_bounds (widget, GTK_WIDGET (self->view), &bounds))
    return (GdkRectangle) { 0, 0, 1, 1 };
  if (x >= 0)
    return (GdkRectangle) { (int) (bounds.origin.x + x), (int) (bounds.origin.y + y), 1, 1 };
  return (GdkRectangle) { (int) bounds.origin.x, (int) bounds.origin.y, (int) bounds.size.width,
                          (int) bounds.size.height };
}

/* The lines between its sections come when GTK is idle: a menu that is measured before is too low for its last items.
 */
static void
on_popup (gpointer user_data)
{
  g_autoptr (DioLibraryWindow) self = user_data;

  if (self->menu && self->target)
    gtk_popover_popup (GTK_POPOVER (self->menu));
}

void
dio_library_window_open_menu (DioLibraryWindow *self, DioLibraryItem *item, DioMachineTile *tile, double x, double y)
{
  GMenuModel *model = G_MENU_MODEL (dio_library_window_get_menu ("library-machine"));
  GtkWidget *anchor = x >= 0 ? GTK_WIDGET (tile) : dio_machine_tile_get_menu_anchor (tile);
  GdkRectangle place = place_in_view (self, anchor, x, y);
  GtkWidget *popover;

  g_set_object (&self->target, item);
  dio_library_window_update_actions (self);
  if (gtk_widget_get_width (GTK_WIDGET (self)) < NARROW)
    {
      AdwDialog *sheet = dio_menu_sheet_new (dio_library_item_get_name (item), model, G_ACTION_GROUP (self->actions));

      g_signal_connect_object (sheet, "closed", G_CALLBACK (on_closed), self, G_CONNECT_SWAPPED);
      adw_dialog_present (sheet, GTK_WIDGET (self));
      return;
    }
  popover = get_menu (self);
  gtk_popover_set_has_arrow (GTK_POPOVER (popover), x < 0);
  gtk_widget_set_halign (popover, x < 0 ? GTK_ALIGN_FILL : GTK_ALIGN_START);
  gtk_popover_set_pointing_to (GTK_POPOVER (popover), &place);
  g_idle_add_once (on_popup, g_object_ref (self));
}

/* --- a new name --- */

typedef struct
{
  DioLibraryWindow *window; /* (unowned): whose popover it is */
  DioLibraryItem *item;
  GtkEditable *entry;
} Rename;

static void
rename_free (gpointer data, GClosure *closure)
{
  g_object_unref (((Rename *) data)->item);
  g_free (data);
}

static void
on_rename (GtkWidget *widget, Rename *rename)
{
  g_autofree char *name = g_strstrip (g_strdup (gtk_editable_get_text (rename->entry)));

  gtk_popover_popdown (GTK_POPOVER (gtk_widget_get_ancestor (widget, GTK_TYPE_POPOVER)));
  if (*name && !g_str_equal (name, dio_library_item_get_name (rename->item)))
    dio_library_window_set_machine_text (rename->window, rename->item, "name", name);
}

static GtkWidget *
new_rename_popover (DioLibraryWindow *self, DioLibraryItem *item)
{
  GtkWidget *popover = gtk_popover_new (), *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  GtkWidget *entry = gtk_entry_new (), *button = gtk_button_new_with_mnemonic (_ ("_Rename"));
  Rename *rename = g_new (Rename, 1);

  *rename = (Rename) { self, g_object_ref (item), GTK_EDITABLE (entry) };
  gtk_editable_set_text (GTK_EDITABLE (entry), dio_library_item_get_name (item));
  gtk_editable_set_width_chars (GTK_EDITABLE (entry), 24);
  gtk_entry_set_activates_default (GTK_ENTRY (entry), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Name"), -1);
  gtk_widget_set_halign (button, GTK_ALIGN_END);
  gtk_widget_add_css_class (button, "suggested-action");
  g_signal_connect_data (button, "clicked", G_CALLBACK (on_rename), rename, rename_free, 0);
  gtk_box_append (GTK_BOX (box), entry);
  gtk_box_append (GTK_BOX (box), button);
  gtk_widget_add_css_class (box, "rename");
  gtk_popover_set_child (GTK_POPOVER (popover), box);
  gtk_popover_set_default_widget (GTK_POPOVER (popover), button);
  return popover;
}

void
dio_library_window_rename (DioLibraryWindow *self, DioLibraryItem *item)
{
  DioMachineTile *tile;
  GdkRectangle place;

  dio_machine_view_show (self->view, item);
  tile = dio_machine_view_get_tile (self->view, item);
  if (!tile)
    return;
  place = place_in_view (self, dio_machine_tile_get_label (tile), -1, -1);
  g_clear_pointer (&self->rename, gtk_widget_unparent);
  self->rename = new_rename_popover (self, item);
  add_popover (self, self->rename);
  gtk_popover_set_pointing_to (GTK_POPOVER (self->rename), &place);
  gtk_popover_popup (GTK_POPOVER (self->rename));
}
