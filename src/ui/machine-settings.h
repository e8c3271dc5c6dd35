/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "library/library-machine.h"
#include "ui/application.h"

G_BEGIN_DECLS

/* What the pages of one machine's settings share: its definition, which they change; that each change is saved, a
 * moment later; the machine where it runs, to which changes go at once where they can.
 *
 * Properties, read only, notified: "problem" (string or NULL: why nothing can be changed at present), "save-error"
 * (string or NULL: why the last changes are not saved), "pending" (GStrv or NULL: what comes with the next start, as
 * the rows are called), "running" (DioMachine or NULL). Signal: "told" (string: a sentence for a toast).
 */
#define DIO_TYPE_MACHINE_SETTINGS (dio_machine_settings_get_type ())
G_DECLARE_FINAL_TYPE (DioMachineSettings, dio_machine_settings, DIO, MACHINE_SETTINGS, GObject)

DioMachineSettings *dio_machine_settings_new (DioApplication *application, DioLibraryMachine *machine,
                                              DioDefinition *definition);

DioApplication *dio_machine_settings_get_application (DioMachineSettings *self);
DioLibraryMachine *dio_machine_settings_get_machine (DioMachineSettings *self);
DioDefinition *dio_machine_settings_get_definition (DioMachineSettings *self);
DioMachineConfig *dio_machine_settings_get_config (DioMachineSettings *self);
/* The machine while it runs or is paused, to which live changes go. (nullable) */
DioMachine *dio_machine_settings_get_running (DioMachineSettings *self);
const char *dio_machine_settings_get_problem (DioMachineSettings *self);
const char *dio_machine_settings_get_save_error (DioMachineSettings *self);
/* Another program has changed the file: nothing can be saved until it is read again. */
gboolean dio_machine_settings_is_stale (DioMachineSettings *self);
const char *const *dio_machine_settings_get_pending (DioMachineSettings *self);

/* Saves now what is not saved yet, and again what could not be. */
void dio_machine_settings_save (DioMachineSettings *self);
/* JOB, not started yet, will have the folder's lock: nothing is saved until it has ended, when all is. */
void dio_machine_settings_wait_for (DioMachineSettings *self, DioJob *job);
/* A file of the user's choice: as the name of a file in the machine's folder, or with its path. (transfer full) */
char *dio_machine_settings_dup_shown_path (DioMachineSettings *self, const char *path);
/* Emits "told". */
void dio_machine_settings_tell (DioMachineSettings *self, const char *sentence);
/* The same of ERROR, unless the user cancelled or dismissed. */
void dio_machine_settings_tell_error (DioMachineSettings *self, const GError *error);
/* Binds PROPERTY of the machine's configuration and TARGET_PROPERTY of a row, both ways. */
void dio_machine_settings_bind (DioMachineSettings *self, const char *property, gpointer row,
                                const char *target_property);

G_END_DECLS
