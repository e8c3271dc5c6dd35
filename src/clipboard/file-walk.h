/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define DIO_FILE_WALK_MAX_FILES 10000
#define DIO_FILE_WALK_MAX_DEPTH 32

typedef struct
{
  GFile *file;
  char *name; /* as it is shown */
  guint64 size;
} DioFileEntry;
void dio_file_entry_free (DioFileEntry *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioFileEntry, dio_file_entry_free)

typedef struct
{
  GPtrArray *files;  /* DioFileEntry */
  GPtrArray *errors; /* sentences, of what cannot be sent */
} DioFileWalk;
void dio_file_walk_free (DioFileWalk *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioFileWalk, dio_file_walk_free)

/* FILE, or the files in it when it is a folder: MAX_FILES at most. In a thread. What is in a folder by a symbolic link
 * only is left out: links may lead anywhere, and round in circles. Fails only when it is cancelled. */
void dio_file_walk_async (GFile *file, guint max_files, GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer user_data);
DioFileWalk *dio_file_walk_finish (GAsyncResult *result, GError **error);

G_END_DECLS
