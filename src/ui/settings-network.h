/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/machine-settings.h"

G_BEGIN_DECLS

/* A page of a machine's settings: the network card, what it leads to and ports of this computer that lead in. */
#define DIO_TYPE_SETTINGS_NETWORK (dio_settings_network_get_type ())
G_DECLARE_FINAL_TYPE (DioSettingsNetwork, dio_settings_network, DIO, SETTINGS_NETWORK, AdwPreferencesPage)

/* Returns: (transfer floating) */
GtkWidget *dio_settings_network_new (DioMachineSettings *settings);

G_END_DECLS
