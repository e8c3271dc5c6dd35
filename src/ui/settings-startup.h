/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/machine-settings.h"

G_BEGIN_DECLS

/* A page of a machine's settings: when it starts, from what, and by which firmware. */
#define DIO_TYPE_SETTINGS_STARTUP (dio_settings_startup_get_type ())
G_DECLARE_FINAL_TYPE (DioSettingsStartup, dio_settings_startup, DIO, SETTINGS_STARTUP, AdwPreferencesPage)

/* Returns: (transfer floating) */
GtkWidget *dio_settings_startup_new (DioMachineSettings *settings);

G_END_DECLS
