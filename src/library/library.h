/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "library/library-machine.h"

G_BEGIN_DECLS

/* The machines in the user's places: a GListModel of DioLibraryMachine in no order. Follows what happens in the places
 * (machines that come, go, are renamed, moved, changed), also by others' hands. A machine keeps its object for as long
 * as it has its UUID. Two folders with one UUID (a copy made by hand) are two machines; the later has a UUID of its own
 * at once, which is written when it is saved or started first. */
#define DIO_TYPE_LIBRARY (dio_library_get_type ())
G_DECLARE_FINAL_TYPE (DioLibrary, dio_library, DIO, LIBRARY, GObject)

/* PLACES: absolute folders; the first is where new machines go. One that is missing is shown as offline (its machines
 * are remembered), not made, except the default (~/Diorama), which is made when the first machine is. */
DioLibrary *dio_library_new (const char *const *places);
/* ~/Diorama. */
const char *dio_library_get_default_place (void);
void dio_library_set_places (DioLibrary *self, const char *const *places);
const char *const *dio_library_get_places (DioLibrary *self);
/* Whether the folder is there. */
gboolean dio_library_is_online (DioLibrary *self, const char *place);

/* Property "loading" (boolean): TRUE until the places were looked through for the first time. */
gboolean dio_library_get_loading (DioLibrary *self);
/* By UUID, or by name if only one has it (case matters; NOT_FOUND or, when several have it, FAILED with a sentence that
 * tells their UUIDs). (transfer none) */
DioLibraryMachine *dio_library_find (DioLibrary *self, const char *name_or_uuid, GError **error);
/* Whether a machine is called NAME (case matters). */
gboolean dio_library_has_name (DioLibrary *self, const char *name);
/* Whether a new machine may be called NAME (without spaces around it): it is not empty, not too long, and no machine's
 * yet. Errors are sentences for the user. */
gboolean dio_library_check_name (DioLibrary *self, const char *name, GError **error);
/* Whose folder, definition or disk FILE is; (transfer none) (nullable). */
DioLibraryMachine *dio_library_find_file (DioLibrary *self, GFile *file);

/* A new machine's folder while it is made: hidden, in PLACE, given its name by commit(), which is when the machine
 * comes to be; free() without that removes it all. Threads: any one at a time. */
typedef struct _DioNewFolder DioNewFolder;
DioNewFolder *dio_new_folder_new (const char *place, GError **error);
const char *dio_new_folder_get_path (DioNewFolder *self);
/* Writes DEFINITION into it, makes all of it durable and renames it to a name made from the machine's that is free.
 * Returns: the folder's path. */
char *dio_new_folder_commit (DioNewFolder *self, DioDefinition *definition, GError **error);
void dio_new_folder_free (DioNewFolder *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioNewFolder, dio_new_folder_free)
/* A tile for what is being made by JOB, until that has ended. */
void dio_library_add_job (DioLibrary *self, DioJob *job);
/* Looks into PLACE now, without waiting to be told. */
void dio_library_refresh (DioLibrary *self, const char *place);

G_END_DECLS
