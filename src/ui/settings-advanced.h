/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/machine-settings.h"

G_BEGIN_DECLS

/* A page of a machine's settings: what few need, QEMU arguments last. */
#define DIO_TYPE_SETTINGS_ADVANCED (dio_settings_advanced_get_type ())
G_DECLARE_FINAL_TYPE (DioSettingsAdvanced, dio_settings_advanced, DIO, SETTINGS_ADVANCED, AdwPreferencesPage)

/* Returns: (transfer floating) */
GtkWidget *dio_settings_advanced_new (DioMachineSettings *settings);

G_END_DECLS
