/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/settings-sound.h"

struct _DioSettingsSound
{
  AdwPreferencesPage parent_instance;

  /* template */
  AdwSwitchRow *audio;
  AdwSwitchRow *microphone;
};

G_DEFINE_FINAL_TYPE (DioSettingsSound, dio_settings_sound, ADW_TYPE_PREFERENCES_PAGE)

static void
dio_settings_sound_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), DIO_TYPE_SETTINGS_SOUND);
  G_OBJECT_CLASS (dio_settings_sound_parent_class)->dispose (object);
}

static void
dio_settings_sound_class_init (DioSettingsSoundClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_settings_sound_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/settings-sound.ui");
  gtk_widget_class_bind_template_child (widget_class, DioSettingsSound, audio);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsSound, microphone);
}

static void
dio_settings_sound_init (DioSettingsSound *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
dio_settings_sound_new (DioMachineSettings *settings)
{
  DioSettingsSound *self = g_object_new (DIO_TYPE_SETTINGS_SOUND, NULL);

  dio_machine_settings_bind (settings, "audio", self->audio, "active");
  dio_machine_settings_bind (settings, "microphone", self->microphone, "active");
  return GTK_WIDGET (self);
}
