/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "library/job.h"

G_BEGIN_DECLS

typedef enum
{
  /* The duplicate has all that the original has. Where the file system can, both share it until one is written. */
  DIO_DUPLICATE_FULL,
  /* What is on the disks now becomes a layer that is only read, and both machines write what is new over it, each to a
   * file of its own. The layer has a name in both folders (a hard link), so that either can be moved on its drive,
   * renamed or deleted without the other: the file itself is there until both are gone. Both can be used. Not possible
   * on another drive, nor on one without hard links (FAT): then it fails with a sentence, and a full duplicate is the
   * way. Disks that are not in the original's folder are duplicated in full. */
  DIO_DUPLICATE_LINKED
} DioDuplicateKind;

/* A job that makes a machine NAME (NULL: a name made from the original's) in the folder PLACE from the one in FOLDER,
 * which must not run meanwhile. The duplicate has a UUID, and thus a network address, of its own; its firmware's
 * variables, TPM and picture are copies. CDs, disks that may only be read, and shared folders outside the original's
 * folder are used by both. Its result is the new folder. Not started. (transfer full) */
DioJob *dio_duplicate_machine (const char *folder, const char *name, DioDuplicateKind kind, const char *place);

G_END_DECLS
