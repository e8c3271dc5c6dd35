/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/machine-settings.h"

G_BEGIN_DECLS

/* A page of a machine's settings: processors and memory, with what this computer has. */
#define DIO_TYPE_SETTINGS_PROCESSOR (dio_settings_processor_get_type ())
G_DECLARE_FINAL_TYPE (DioSettingsProcessor, dio_settings_processor, DIO, SETTINGS_PROCESSOR, AdwPreferencesPage)

/* Returns: (transfer floating) */
GtkWidget *dio_settings_processor_new (DioMachineSettings *settings);

G_END_DECLS
