/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/machine-settings.h"

G_BEGIN_DECLS

/* A page of a machine's settings: what it is called, what it is and where it lies. */
#define DIO_TYPE_SETTINGS_GENERAL (dio_settings_general_get_type ())
G_DECLARE_FINAL_TYPE (DioSettingsGeneral, dio_settings_general, DIO, SETTINGS_GENERAL, AdwPreferencesPage)

/* Returns: (transfer floating) */
GtkWidget *dio_settings_general_new (DioMachineSettings *settings);

G_END_DECLS
