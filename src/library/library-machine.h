/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "library/definition.h"
#include "library/job.h"
#include "vm/machine.h"

G_BEGIN_DECLS

/* One machine of the library: its folder, NAME.diorama, and what is known of it. Everything is on the main thread;
 * files are read and written in threads. */
#define DIO_TYPE_LIBRARY_MACHINE (dio_library_machine_get_type ())
G_DECLARE_FINAL_TYPE (DioLibraryMachine, dio_library_machine, DIO, LIBRARY_MACHINE, GObject)

typedef enum
{
  DIO_LIBRARY_MACHINE_READY,   /* can be started, or runs: see "machine" */
  DIO_LIBRARY_MACHINE_NEWER,   /* written by a newer Diorama: can be started, not changed */
  DIO_LIBRARY_MACHINE_DAMAGED, /* the definition cannot be read; "message" says why; restore() may help */
  DIO_LIBRARY_MACHINE_OFFLINE, /* its drive, or place, is not there */
  DIO_LIBRARY_MACHINE_IN_USE,  /* another process, or another computer, has it; "message" says who */
  DIO_LIBRARY_MACHINE_WORKING, /* it is being made, copied, imported: see "job" */
} DioLibraryMachineState;

#define DIO_TYPE_LIBRARY_MACHINE_STATE (dio_library_machine_state_get_type ())
GType dio_library_machine_state_get_type (void) G_GNUC_CONST;

/* Properties, read only, notified on change: "name", "uuid", "os", "os-name", "icon", "group" (strings; all but the
 * name nullable), "autostart" (boolean), "folder" (string, absolute; NULL of what a job makes), "state", "message"
 * (string or NULL: a sentence for the user), "machine" (DioMachine or NULL: while it runs, and after it failed until it
 * is started again), "job" (DioJob or NULL), "last-used" (gint64, seconds since 1970; 0: never), "disk-use" (gint64,
 * bytes its folder takes; -1: not known yet; asked for by dio_library_machine_measure()). */
const char *dio_library_machine_get_name (DioLibraryMachine *self);
const char *dio_library_machine_get_uuid (DioLibraryMachine *self);
const char *dio_library_machine_get_os (DioLibraryMachine *self);
const char *dio_library_machine_get_os_name (DioLibraryMachine *self);
const char *dio_library_machine_get_icon (DioLibraryMachine *self);
const char *dio_library_machine_get_group (DioLibraryMachine *self);
gboolean dio_library_machine_get_autostart (DioLibraryMachine *self);
const char *dio_library_machine_get_folder (DioLibraryMachine *self);
DioLibraryMachineState dio_library_machine_get_state (DioLibraryMachine *self);
const char *dio_library_machine_get_message (DioLibraryMachine *self);
DioMachine *dio_library_machine_get_machine (DioLibraryMachine *self);
DioJob *dio_library_machine_get_job (DioLibraryMachine *self);
gint64 dio_library_machine_get_last_used (DioLibraryMachine *self);
gint64 dio_library_machine_get_disk_use (DioLibraryMachine *self);
void dio_library_machine_measure (DioLibraryMachine *self);
/* Where the last picture of its screen is kept, a PNG; it need not exist. (transfer full) */
char *dio_library_machine_dup_picture_path (DioLibraryMachine *self);

/* Reads the definition, unless that was done and the file is as it was. Change the definition that comes, (transfer
 * full), then save() it. */
void dio_library_machine_load_async (DioLibraryMachine *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data);
DioDefinition *dio_library_machine_load_finish (DioLibraryMachine *self, GAsyncResult *result, GError **error);
/* The definition if it was loaded, else NULL. (transfer none) */
DioDefinition *dio_library_machine_get_definition (DioLibraryMachine *self);
/* Writes the loaded definition, durably, under the folder's lock, and a copy beside it. Fails with
 * G_IO_ERROR_WRONG_ETAG when another program has changed the file since it was read: then load() again. Calls while one
 * is under way end with the write that has their changes. A changed name renames the folder too, unless it runs: then
 * with the next save after. */
void dio_library_machine_save_async (DioLibraryMachine *self, GAsyncReadyCallback callback, gpointer user_data);
gboolean dio_library_machine_save_finish (DioLibraryMachine *self, GAsyncResult *result, GError **error);
/* Whether something of it is being written, or removed from its folder: who ends the process waits until that is over.
 * It is not notified, but the main loop wakes up. */
gboolean dio_library_machine_is_busy (DioLibraryMachine *self);
/* Of a DAMAGED one: the last good definition takes the place of the damaged, which is kept beside it. */
void dio_library_machine_restore_async (DioLibraryMachine *self, GAsyncReadyCallback callback, gpointer user_data);
gboolean dio_library_machine_restore_finish (DioLibraryMachine *self, GAsyncResult *result, GError **error);

/* Loads the definition, takes the folder's lock and makes the DioMachine to start ("machine"), which keeps the lock
 * until it has ended. DISPOSABLE: nothing that the guest writes is kept. The caller starts it, and shows it. (transfer
 * full) */
void dio_library_machine_prepare_async (DioLibraryMachine *self, gboolean disposable, GCancellable *cancellable,
                                        GAsyncReadyCallback callback, gpointer user_data);
DioMachine *dio_library_machine_prepare_finish (DioLibraryMachine *self, GAsyncResult *result, GError **error);
/* Of one IN_USE by a process that is gone for certain to the user (another computer's, say): the lock is taken from it.
 */
void dio_library_machine_break_lock_async (DioLibraryMachine *self, GAsyncReadyCallback callback, gpointer user_data);
gboolean dio_library_machine_break_lock_finish (DioLibraryMachine *self, GAsyncResult *result, GError **error);
/* What differs between the machine that runs and its definition, and so comes with the next start: names of
 * properties of DioMachineConfig. NULL when nothing does. (transfer full) (nullable) */
char **dio_library_machine_dup_pending (DioLibraryMachine *self);

/* Moves the folder to the Trash. Not while it runs. */
void dio_library_machine_trash_async (DioLibraryMachine *self, GAsyncReadyCallback callback, gpointer user_data);
gboolean dio_library_machine_trash_finish (DioLibraryMachine *self, GAsyncResult *result, GError **error);

G_END_DECLS
