/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/machine-settings.h"

G_BEGIN_DECLS

/* A page of a machine's settings: disks and CD drives. */
#define DIO_TYPE_SETTINGS_DISKS (dio_settings_disks_get_type ())
G_DECLARE_FINAL_TYPE (DioSettingsDisks, dio_settings_disks, DIO, SETTINGS_DISKS, AdwPreferencesPage)

/* Returns: (transfer floating) */
GtkWidget *dio_settings_disks_new (DioMachineSettings *settings);

G_END_DECLS
