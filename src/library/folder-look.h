/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "library/library-machine.h"

#include <sys/stat.h>

G_BEGIN_DECLS

/* Which content a file has, as far as that can be told without reading it. */
typedef struct
{
  guint64 device, inode, size;
  gint64 modified, changed; /* ns since 1970 */
} DioStamp;

/* What a list shows of a machine, found by a look into its folder, in any thread. It does not change; references are
 * counted. */
typedef struct
{
  char *folder;                 /* absolute */
  DioStamp stamp;               /* of the definition */
  guint64 device, inode;        /* of the folder */
  gint64 modified;              /* the folder, ns since 1970 */
  DioLibraryMachineState state; /* READY, NEWER, DAMAGED or IN_USE */
  char *message;                /* (nullable) */
  char *name;
  char *uuid; /* (nullable): as the definition has it */
  char *os, *os_name, *icon, *group;
  gboolean autostart;
  gboolean newer;
  gint64 last_used;
  gint64 born; /* ns: when the folder came to be; known only where two have one UUID */
} DioFolderLook;

void dio_stamp_set (DioStamp *stamp, const struct stat *status);
gboolean dio_stamp_equal (const DioStamp *a, const DioStamp *b);

/* Looks into FOLDER. KNOWN: (nullable): what was found at another time; its definition is not read if it is as it was.
 * Returns: (transfer full) (nullable): NULL if there is no machine. */
DioFolderLook *dio_folder_look (const char *folder, const DioFolderLook *known);
DioFolderLook *dio_folder_look_new (void);
DioFolderLook *dio_folder_look_ref (DioFolderLook *look);
void dio_folder_look_unref (DioFolderLook *look);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioFolderLook, dio_folder_look_unref)

/* Reads the definition in FOLDER. STAMP: (out) (optional). */
DioDefinition *dio_folder_read_definition (const char *folder, DioStamp *stamp, GError **error);

G_END_DECLS
