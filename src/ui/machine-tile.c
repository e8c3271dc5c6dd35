/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/machine-tile.h"

struct _DioMachineTile
{
  GtkButton parent_instance;

  /* template */
  GtkPicture *picture;
  GtkLabel *name;
  GtkLabel *state;
  GtkWidget *mark;
};

G_DEFINE_FINAL_TYPE (DioMachineTile, dio_machine_tile, GTK_TYPE_BUTTON)

void
dio_machine_tile_set_name (DioMachineTile *self, const char *name)
{
  g_return_if_fail (DIO_IS_MACHINE_TILE (self));

  gtk_label_set_text (self->name, name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

void
dio_machine_tile_set_state (DioMachineTile *self, const char *text, gboolean live)
{
  g_return_if_fail (DIO_IS_MACHINE_TILE (self));

  gtk_label_set_text (self->state, text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
  gtk_widget_set_visible (self->mark, live);
  if (live)
    gtk_widget_remove_css_class (GTK_WIDGET (self->picture), "asleep");
  else
    gtk_widget_add_css_class (GTK_WIDGET (self->picture), "asleep");
}

void
dio_machine_tile_set_paintable (DioMachineTile *self, GdkPaintable *paintable)
{
  g_return_if_fail (DIO_IS_MACHINE_TILE (self));

  gtk_picture_set_paintable (self->picture, paintable);
}

static void
dio_machine_tile_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), DIO_TYPE_MACHINE_TILE);
  G_OBJECT_CLASS (dio_machine_tile_parent_class)->dispose (object);
}

static void
dio_machine_tile_class_init (DioMachineTileClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_machine_tile_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/machine-tile.ui");
  gtk_widget_class_bind_template_child (widget_class, DioMachineTile, picture);
  gtk_widget_class_bind_template_child (widget_class, DioMachineTile, name);
  gtk_widget_class_bind_template_child (widget_class, DioMachineTile, state);
  gtk_widget_class_bind_template_child (widget_class, DioMachineTile, mark);
}

static void
dio_machine_tile_init (DioMachineTile *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

DioMachineTile *
dio_machine_tile_new (void)
{
  return g_object_new (DIO_TYPE_MACHINE_TILE, NULL);
}
