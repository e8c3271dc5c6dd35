/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/library-window.h"

#include "ui/running-section.h"

/* Application pixels; the clamp in the template is as wide. */
#define ILLUSTRATION_WIDTH 480

struct _DioLibraryWindow
{
  AdwApplicationWindow parent_instance;

  GSettings *settings;

  /* template */
  GtkWidget *content;
  GtkPicture *illustration;
  GtkStack *pages;
  GtkWidget *open_button;
  DioRunningSection *running;
};

G_DEFINE_FINAL_TYPE (DioLibraryWindow, dio_library_window, ADW_TYPE_APPLICATION_WINDOW)

/* GTK would draw a resource's SVG at its own size and enlarge that. */
static void
update_illustration (DioLibraryWindow *self)
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
on_drop (DioLibraryWindow *self, const GValue *value)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new ();

  for (GSList *l = g_value_get_boxed (value); l; l = l->next)
    g_ptr_array_add (files, l->data);
  dio_application_open_images (DIO_APPLICATION (gtk_window_get_application (GTK_WINDOW (self))), GTK_WINDOW (self),
                               (GFile **) files->pdata, files->len);
  return TRUE;
}

/* What one can do without machines is told on a page of its own, in full. */
static void
on_running_changed (DioLibraryWindow *self)
{
  gboolean empty = dio_running_section_get_empty (self->running);

  gtk_stack_set_visible_child_name (self->pages, empty ? "empty" : "machines");
  gtk_widget_set_visible (self->open_button, !empty);
}

static void
dio_library_window_dispose (GObject *object)
{
  DioLibraryWindow *self = DIO_LIBRARY_WINDOW (object);

  g_clear_object (&self->settings);
  gtk_widget_dispose_template (GTK_WIDGET (self), DIO_TYPE_LIBRARY_WINDOW);
  G_OBJECT_CLASS (dio_library_window_parent_class)->dispose (object);
}

static void
dio_library_window_class_init (DioLibraryWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (DIO_TYPE_RUNNING_SECTION);
  G_OBJECT_CLASS (klass)->dispose = dio_library_window_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/library-window.ui");
  gtk_widget_class_bind_template_child (widget_class, DioLibraryWindow, content);
  gtk_widget_class_bind_template_child (widget_class, DioLibraryWindow, illustration);
  gtk_widget_class_bind_template_child (widget_class, DioLibraryWindow, pages);
  gtk_widget_class_bind_template_child (widget_class, DioLibraryWindow, open_button);
  gtk_widget_class_bind_template_child (widget_class, DioLibraryWindow, running);
}

static void
dio_library_window_init (DioLibraryWindow *self)
{
  GtkDropTarget *drop = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);

  self->settings = g_settings_new (DIO_APPLICATION_ID);
  gtk_widget_init_template (GTK_WIDGET (self));
  dio_application_add_shortcuts (GTK_WIDGET (self));
  if (DIO_DEVEL)
    gtk_widget_add_css_class (GTK_WIDGET (self), "devel");
  g_signal_connect_object (drop, "drop", G_CALLBACK (on_drop), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (self->content, GTK_EVENT_CONTROLLER (drop));

  g_signal_connect (self, "notify::scale-factor", G_CALLBACK (update_illustration), NULL);
  update_illustration (self);

  g_settings_bind (self->settings, "library-width", self, "default-width", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (self->settings, "library-height", self, "default-height", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (self->settings, "library-maximized", self, "maximized", G_SETTINGS_BIND_DEFAULT);
}

DioLibraryWindow *
dio_library_window_new (DioApplication *application)
{
  DioLibraryWindow *self = g_object_new (DIO_TYPE_LIBRARY_WINDOW, "application", application, NULL);

  g_signal_connect_object (self->running, "notify::empty", G_CALLBACK (on_running_changed), self, G_CONNECT_SWAPPED);
  dio_running_section_set_application (self->running, application);
  on_running_changed (self);
  return self;
}
