/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/machine-settings.h"

G_BEGIN_DECLS

/* A page of a machine's settings: sound and microphone. */
#define DIO_TYPE_SETTINGS_SOUND (dio_settings_sound_get_type ())
G_DECLARE_FINAL_TYPE (DioSettingsSound, dio_settings_sound, DIO, SETTINGS_SOUND, AdwPreferencesPage)

/* Returns: (transfer floating) */
GtkWidget *dio_settings_sound_new (DioMachineSettings *settings);

G_END_DECLS
