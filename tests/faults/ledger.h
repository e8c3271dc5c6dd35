/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

/* What was done to a disk and would be lost if its power were cut now. Not for several threads at once. */

typedef enum
{
  DIO_NAME_MADE,
  DIO_NAME_REMOVED,
  DIO_NAME_MOVED,
  DIO_NAME_FOLDER_MADE,
  DIO_NAME_FOLDER_REMOVED,
} DioNameChange;

/* A file that will be replaced or removed, kept by another name beside the root. */
typedef struct DioLedgerStash DioLedgerStash;

void dio_ledger_open (const char *root);
/* NULL when there is no file at PATH. */
DioLedgerStash *dio_ledger_stash (const char *path);
void dio_ledger_drop (DioLedgerStash *stash);
/* After the call. Takes STASH. */
void dio_ledger_note (DioNameChange change, const char *path, DioLedgerStash *stash);
void dio_ledger_note_moved (const char *from, const char *to, DioLedgerStash *stash);
/* The data of FD have changed. */
void dio_ledger_dirty (int fd);
/* FD, a file or folder, is safe; -1: all is. */
void dio_ledger_sync (int fd);
/* The power is cut. NAMES: changes of names are lost, too. */
void dio_ledger_undo (int names);
