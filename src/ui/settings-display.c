/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/settings-display.h"

#include "ui/choice-row.h"
#include "ui/number-row.h"

#include <glib/gi18n.h>

/* Values of the row of resolutions besides indices of sizes[]. */
#define AS_WINDOW -1
#define CUSTOM -2

struct _DioSettingsDisplay
{
  AdwPreferencesPage parent_instance;

  DioMachineSettings *settings;
  gboolean updating;

  /* template */
  DioChoiceRow *graphics;
  DioNumberRow *screens;
  DioChoiceRow *resolution;
  DioNumberRow *width;
  DioNumberRow *height;
  AdwSwitchRow *touch;
  AdwSwitchRow *usb_tablet;
};

G_DEFINE_FINAL_TYPE (DioSettingsDisplay, dio_settings_display, ADW_TYPE_PREFERENCES_PAGE)

static const struct
{
  guint width, height;
} sizes[] = {
  { 1024, 768 }, { 1280, 800 }, { 1600, 900 }, { 1920, 1080 }, { 1920, 1200 }, { 2560, 1440 }, { 3840, 2160 },
};

static void
set_graphics_choices (DioSettingsDisplay *self)
{
  const DioChoice choices[] = {
    { DIO_GRAPHICS_2D, _ ("Plain"),
      _ ("Works everywhere, and the machine can be saved and closed at any time (no 3D)") },
    { DIO_GRAPHICS_BLOB, _ ("Plain, Shared Memory"),
      _ ("The picture is not copied, which helps large screens; needs a graphics card and a recent system in the "
         "machine (blob resources)") },
    { DIO_GRAPHICS_3D, _ ("3D Acceleration"),
      _ ("Programs in the machine draw with this computer’s graphics card. While it runs the machine cannot be saved "
         "and closed, nor its memory be part of a snapshot: it has to be shut down (virgl)") },
  };

  dio_choice_row_set_choices (self->graphics, choices, G_N_ELEMENTS (choices));
}

static void
set_resolution_choices (DioSettingsDisplay *self)
{
  g_autoptr (GPtrArray) labels = g_ptr_array_new_with_free_func (g_free);
  DioChoice choices[G_N_ELEMENTS (sizes) + 2] = {
    { AS_WINDOW, _ ("As Its Window"), _ ("The machine’s screen gets the size that its window has") },
  };
  const char *explanation = _ ("What the screen has when the machine starts; the system in it may choose another");
  guint n = 1;

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      /* Translators: width × height of a screen, in pixels */
      char *label = g_strdup_printf (_ ("%u × %u"), sizes[i].width, sizes[i].height);

      g_ptr_array_add (labels, label);
      choices[n++] = (DioChoice) { (int) i, label, explanation };
    }
  choices[n++] = (DioChoice) { CUSTOM, _ ("Other"), explanation };
  dio_choice_row_set_choices (self->resolution, choices, n);
}

static int
find_size (guint width, guint height)
{
  if (width == 0 || height == 0)
    return AS_WINDOW;
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    if (sizes[i].width == width && sizes[i].height == height)
      return (int) i;
  return CUSTOM;
}

static void
update_size (DioSettingsDisplay *self)
{
  DioMachineConfig *config = dio_machine_settings_get_config (self->settings);
  guint width = dio_machine_config_get_width (config), height = dio_machine_config_get_height (config);

  if (self->updating)
    return;
  self->updating = TRUE;
  if (dio_choice_row_get_value (self->resolution) != CUSTOM || width == 0)
    g_object_set (self->resolution, "value", find_size (width, height), NULL);
  if (width > 0 && height > 0)
    {
      dio_number_row_set_value (self->width, width);
      dio_number_row_set_value (self->height, height);
    }
  self->updating = FALSE;
}

static void
set_size (DioSettingsDisplay *self, guint width, guint height)
{
  self->updating = TRUE;
  g_object_set (dio_machine_settings_get_config (self->settings), "width", width, "height", height, NULL);
  self->updating = FALSE;
}

static void
on_resolution (DioSettingsDisplay *self)
{
  int value = dio_choice_row_get_value (self->resolution);

  gtk_widget_set_visible (GTK_WIDGET (self->width), value == CUSTOM);
  gtk_widget_set_visible (GTK_WIDGET (self->height), value == CUSTOM);
  if (self->updating)
    return;
  if (value == AS_WINDOW)
    set_size (self, 0, 0);
  else if (value == CUSTOM)
    set_size (self, dio_number_row_get_value (self->width), dio_number_row_get_value (self->height));
  else
    set_size (self, sizes[value].width, sizes[value].height);
}

static void
on_custom_size (DioSettingsDisplay *self)
{
  if (!self->updating && dio_choice_row_get_value (self->resolution) == CUSTOM)
    set_size (self, dio_number_row_get_value (self->width), dio_number_row_get_value (self->height));
}

static void
dio_settings_display_dispose (GObject *object)
{
  DioSettingsDisplay *self = DIO_SETTINGS_DISPLAY (object);

  g_clear_object (&self->settings);
  gtk_widget_dispose_template (GTK_WIDGET (self), DIO_TYPE_SETTINGS_DISPLAY);
  G_OBJECT_CLASS (dio_settings_display_parent_class)->dispose (object);
}

static void
dio_settings_display_class_init (DioSettingsDisplayClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (DIO_TYPE_CHOICE_ROW);
  g_type_ensure (DIO_TYPE_NUMBER_ROW);
  G_OBJECT_CLASS (klass)->dispose = dio_settings_display_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/settings-display.ui");
  gtk_widget_class_bind_template_child (widget_class, DioSettingsDisplay, graphics);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsDisplay, screens);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsDisplay, resolution);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsDisplay, width);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsDisplay, height);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsDisplay, touch);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsDisplay, usb_tablet);
  gtk_widget_class_bind_template_callback (widget_class, on_resolution);
  gtk_widget_class_bind_template_callback (widget_class, on_custom_size);
}

static void
dio_settings_display_init (DioSettingsDisplay *self)
{
  self->updating = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));
  set_graphics_choices (self);
  set_resolution_choices (self);
  dio_number_row_set_value (self->width, 1280);
  dio_number_row_set_value (self->height, 800);
  g_object_set (self->resolution, "value", AS_WINDOW, NULL);
  self->updating = FALSE;
}

GtkWidget *
dio_settings_display_new (DioMachineSettings *settings)
{
  DioSettingsDisplay *self = g_object_new (DIO_TYPE_SETTINGS_DISPLAY, NULL);
  DioMachineConfig *config = dio_machine_settings_get_config (settings);

  self->settings = g_object_ref (settings);
  dio_machine_settings_bind (settings, "graphics", self->graphics, "value");
  dio_machine_settings_bind (settings, "screens", self->screens, "value");
  dio_machine_settings_bind (settings, "touch", self->touch, "active");
  dio_machine_settings_bind (settings, "usb-tablet", self->usb_tablet, "active");
  g_signal_connect_object (config, "notify::width", G_CALLBACK (update_size), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (config, "notify::height", G_CALLBACK (update_size), self, G_CONNECT_SWAPPED);
  update_size (self);
  return GTK_WIDGET (self);
}
