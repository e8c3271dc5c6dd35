/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "library/library-machine.h"
#include "ui/application.h"

G_BEGIN_DECLS

/* The settings of one machine of the library: a list of pages beside the page that is chosen, one after the other where
 * there is little room. What is changed is saved at once. (An AdwPreferencesDialog would have its nine pages in a row
 * of buttons, which neither a phone nor its own width has room for.) */
#define DIO_TYPE_SETTINGS_DIALOG (dio_settings_dialog_get_type ())
G_DECLARE_FINAL_TYPE (DioSettingsDialog, dio_settings_dialog, DIO, SETTINGS_DIALOG, AdwDialog)

/* Shows it over PARENT once the definition of MACHINE is read; tells over PARENT when it cannot be. PAGE: (nullable):
 * the name of the page to begin with, such as "disks". */
void dio_settings_dialog_present_page (GtkWidget *parent, DioApplication *app, DioLibraryMachine *machine,
                                       const char *page);
void dio_settings_dialog_present (GtkWidget *parent, DioApplication *app, DioLibraryMachine *machine);

G_END_DECLS
