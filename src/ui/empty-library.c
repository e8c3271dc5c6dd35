/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/empty-library.h"

/* Application pixels; the clamp in the template is as wide. */
#define ILLUSTRATION_WIDTH 480

struct _DioEmptyLibrary
{
  AdwBin parent_instance;

  /* template */
  GtkPicture *illustration;
  GtkWidget *open;
  GtkWidget *new_machine;
};

G_DEFINE_FINAL_TYPE (DioEmptyLibrary, dio_empty_library, ADW_TYPE_BIN)

/* GTK would draw a resource's SVG at its own size and enlarge that. */
static void
update_illustration (DioEmptyLibrary *self)
{
  int scale = gtk_widget_get_scale_factor (GTK_WIDGET (self));
  g_autoptr (GdkPixbuf) pixbuf = NULL;
  g_autoptr (GdkTexture) texture = NULL;

  pixbuf = gdk_pixbuf_new_from_resource_at_scale (DIO_RESOURCE_PATH "/illustrations/empty-library.svg",
                                                  ILLUSTRATION_WIDTH * scale, -1, TRUE, NULL);
  if (pixbuf)
    texture = gdk_texture_new_for_pixbuf (pixbuf);
  gtk_picture_set_paintable (self->illustration, texture ? GDK_PAINTABLE (texture) : NULL);
}

static gboolean
dio_empty_library_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (DIO_EMPTY_LIBRARY (widget)->open);
}

static void
dio_empty_library_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), DIO_TYPE_EMPTY_LIBRARY);
  G_OBJECT_CLASS (dio_empty_library_parent_class)->dispose (object);
}

static void
dio_empty_library_class_init (DioEmptyLibraryClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_empty_library_dispose;
  widget_class->grab_focus = dio_empty_library_grab_focus;
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/empty-library.ui");
  gtk_widget_class_bind_template_child (widget_class, DioEmptyLibrary, illustration);
  gtk_widget_class_bind_template_child (widget_class, DioEmptyLibrary, open);
  gtk_widget_class_bind_template_child (widget_class, DioEmptyLibrary, new_machine);
}

static void
dio_empty_library_init (DioEmptyLibrary *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_widget_set_visible (self->new_machine, g_action_map_lookup_action (G_ACTION_MAP (g_application_get_default ()),
                                                                         "new-machine") != NULL);
  g_signal_connect (self, "notify::scale-factor", G_CALLBACK (update_illustration), NULL);
  update_illustration (self);
}

GtkWidget *
dio_empty_library_new (void)
{
  return g_object_new (DIO_TYPE_EMPTY_LIBRARY, NULL);
}
