/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "library/definition.h"
#include "library/folder-lock.h"

G_BEGIN_DECLS

/* A machine of the library that work reads, or changes: locked, so that nobody starts it meanwhile. Any thread. */
typedef struct
{
  char *folder;
  GBytes *text; /* of the definition as it was read */
  DioDefinition *definition;
  DioFolderLock *lock;
} DioStoredMachine;

/* Fails with a sentence when it runs, or cannot be read. */
DioStoredMachine *dio_stored_machine_open (const char *folder, GError **error);
void dio_stored_machine_free (DioStoredMachine *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioStoredMachine, dio_stored_machine_free)

/* Whether PATH (nullable) is below its folder. */
gboolean dio_stored_machine_has (DioStoredMachine *self, const char *path);
/* Whether the file at PATH (nullable) is really there, and not only by a symbolic link. */
gboolean dio_stored_machine_holds (DioStoredMachine *self, const char *path);
/* A path in its folder that nobody has yet: STEM-1.SUFFIX, STEM-2.SUFFIX, … (transfer full) */
char *dio_stored_machine_make_path (DioStoredMachine *self, const char *stem, const char *suffix);
/* Bytes that the files at PATH, of LAYERS (nullable), really take. */
guint64 dio_disk_files_use (const DioDisk *disk);

/* Writes TEXT, a definition, durably in the place of its own, and of the last good one. */
gboolean dio_stored_machine_write (DioStoredMachine *self, GBytes *text, GError **error);

G_END_DECLS
