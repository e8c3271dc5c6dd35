/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "provision/os-database.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* The page of the new machine's dialog on which one chooses how to come by a system's disc: one of those that can be
 * downloaded, whose sizes are asked of their servers while the page is there, or a file. Signals: "chosen" (DioOsMedia
 * *) and "choose-file" (). */
#define DIO_TYPE_NEW_MACHINE_MEDIA (dio_new_machine_media_get_type ())
G_DECLARE_FINAL_TYPE (DioNewMachineMedia, dio_new_machine_media, DIO, NEW_MACHINE_MEDIA, AdwNavigationPage)

DioNewMachineMedia *dio_new_machine_media_new (DioOsDatabase *database, DioOs *os);
DioOs *dio_new_machine_media_get_os (DioNewMachineMedia *self);
/* Shows what was wrong with a file; NULL: nothing. */
void dio_new_machine_media_tell (DioNewMachineMedia *self, const char *message);

G_END_DECLS
