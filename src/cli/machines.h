/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "library/library.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* The user's library, loaded. */
DioLibrary *dio_machines_load (void);
/* By name, by UUID, or by the path of its folder or of a file in it. NULL: was told; the status is DIO_EXIT_NO_MACHINE.
 * (transfer none) */
DioLibraryMachine *dio_machines_find (DioLibrary *library, const char *word);
/* Reads the definition; says what is wrong and returns NULL if it cannot, or if the machine is in use and IDLE is asked
 * for. *RET_STATUS is set then. (transfer full) */
DioDefinition *dio_machines_load_definition (DioLibraryMachine *machine, gboolean idle, int *ret_status);
/* Says why if the machine is in use, damaged or not there, and returns DIO_EXIT_STATE; else DIO_EXIT_OK. */
int dio_machines_check_idle (DioLibraryMachine *machine);

/* What it does, in one word: "stopped", "starting", "running", "paused", "stopping", "in-use" (by whom, the message
 * tells), "damaged", "offline", "working". *BUS: NULL at first, then connected if need be; the caller's. */
const char *dio_machines_get_state (DioLibraryMachine *machine, GDBusConnection **bus);
/* What “list --json” and “info --json” have in common. */
JsonObject *dio_machines_describe (DioLibraryMachine *machine, GDBusConnection **bus);
/* (transfer full): OBJECT */
JsonNode *dio_machines_to_node (JsonObject *object);
/* What “new”, “import” and “duplicate” tell in the end of what is in FOLDER: its path, or with JSON the machine. */
int dio_machines_tell_new (const char *folder, gboolean json);

G_END_DECLS
