/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/machine-settings.h"

G_BEGIN_DECLS

/* A page of a machine's settings: the USB devices that it has, gets by itself, and is never asked about. */
#define DIO_TYPE_SETTINGS_USB (dio_settings_usb_get_type ())
G_DECLARE_FINAL_TYPE (DioSettingsUsb, dio_settings_usb, DIO, SETTINGS_USB, AdwPreferencesPage)

/* Returns: (transfer floating) */
GtkWidget *dio_settings_usb_new (DioMachineSettings *settings);

G_END_DECLS
