/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/machine-settings.h"

G_BEGIN_DECLS

/* A page of a machine's settings: what the machine and this computer share: what is copied, and folders. */
#define DIO_TYPE_SETTINGS_SHARING (dio_settings_sharing_get_type ())
G_DECLARE_FINAL_TYPE (DioSettingsSharing, dio_settings_sharing, DIO, SETTINGS_SHARING, AdwPreferencesPage)

/* Returns: (transfer floating) */
GtkWidget *dio_settings_sharing_new (DioMachineSettings *settings);

G_END_DECLS
