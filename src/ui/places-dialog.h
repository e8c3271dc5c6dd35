/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* The folders that machines are kept in: adds and removes them (not what is in them), and says which one new machines
 * go to. */
#define DIO_TYPE_PLACES_DIALOG (dio_places_dialog_get_type ())
G_DECLARE_FINAL_TYPE (DioPlacesDialog, dio_places_dialog, DIO, PLACES_DIALOG, AdwDialog)

DioPlacesDialog *dio_places_dialog_new (void);

/* What the setting "places" means: the default place where it is empty. (transfer full) */
char **dio_places_dup (GSettings *settings);
/* Adds PATH, if it is not among them. */
void dio_places_add (GSettings *settings, const char *path);

G_END_DECLS
