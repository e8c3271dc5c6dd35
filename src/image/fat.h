/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "image/source.h"

G_BEGIN_DECLS

/* The folders of a FAT file system (12, 16 and 32 bits), as far as looking for boot loaders needs: all of it is
 * hostile; what is read for one file system is bounded, and so is every loop. By Microsoft's "FAT32 File System
 * Specification" 1.03. */
typedef struct _DioFat DioFat;

typedef struct
{
  char *name; /* UTF-8; the long one where there is one */
  gboolean folder;
  guint32 cluster; /* where it starts */
  guint32 size;    /* bytes, of a file */
} DioFatEntry;

/* SOURCE is copied. NULL: it is none. */
DioFat *dio_fat_new (const DioSource *source);
void dio_fat_free (DioFat *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioFat, dio_fat_free)

/* What is in the folder at PATH ("EFI/BOOT"; "": the root), whatever the case of its letters: DioFatEntry, at most 256,
 * without "." and "..". (transfer full); NULL when there is none. */
GPtrArray *dio_fat_list (DioFat *self, const char *path);
/* The first bytes of a file, up to a cluster. Returns: how many of LENGTH. */
gsize dio_fat_read_start (DioFat *self, const DioFatEntry *entry, gpointer buffer, gsize length);

G_END_DECLS
