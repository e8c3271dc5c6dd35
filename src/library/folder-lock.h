/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Who may change a machine's folder. The lock is an flock() on the file ".lock", which thus ends with its process
 * however that ends. Its text says who holds it, for others to tell their users, and for other computers that see the
 * folder over a network or by synchronisation, where flock() may not reach: their lock is believed until the user
 * breaks it. The text is hostile. The file's time is when the machine was used last. Blocks; any thread, one at a time.
 */
#define DIO_LOCK_FILE ".lock"

typedef struct _DioFolderLock DioFolderLock;

typedef enum
{
  DIO_LOCK_QUIET,   /* for a moment, to write: the text and the time stay as they are */
  DIO_LOCK_USE,     /* while the machine is used */
  DIO_LOCK_USE_NOW, /* the same, on the main thread: who has it for a moment is not waited for */
  DIO_LOCK_BREAK,   /* as QUIET, though another computer's text stands there, which goes */
} DioLockKind;

/* Fails with G_IO_ERROR_BUSY and a sentence that tells who has it, or with what keeps the file from being made. */
DioFolderLock *dio_folder_lock_take (const char *folder, DioLockKind kind, GError **error);
/* From a QUIET one to one that tells who uses the machine; and that it ends. */
gboolean dio_folder_lock_use (DioFolderLock *self, GError **error);
/* Nobody has used the machine yet. */
void dio_folder_lock_set_unused (DioFolderLock *self);
void dio_folder_lock_free (DioFolderLock *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioFolderLock, dio_folder_lock_free)

/* Who, other than this process, has FOLDER: a sentence for the user, or NULL. Takes nothing. (transfer full) */
char *dio_folder_lock_look (const char *folder);

G_END_DECLS
