/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/machine-settings.h"

G_BEGIN_DECLS

/* A page of a machine's settings: screens, graphics and what points. */
#define DIO_TYPE_SETTINGS_DISPLAY (dio_settings_display_get_type ())
G_DECLARE_FINAL_TYPE (DioSettingsDisplay, dio_settings_display, DIO, SETTINGS_DISPLAY, AdwPreferencesPage)

/* Returns: (transfer floating) */
GtkWidget *dio_settings_display_new (DioMachineSettings *settings);

G_END_DECLS
