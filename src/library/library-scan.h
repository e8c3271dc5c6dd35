/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "library/folder-look.h"

G_BEGIN_DECLS

/* What is in the user's places. Blocks; any thread. */

typedef enum
{
  DIO_UNWATCHED,
  DIO_WATCHED,
  DIO_WATCHED_PARENT, /* the folder that it should be in */
} DioWatched;

typedef struct
{
  char *path;
  gboolean online;
  GFileMonitor *monitor; /* (nullable): a new one, of the kind WATCHED */
  DioWatched watched;
  gboolean silent;    /* it did not answer in time */
  GPtrArray *looks;   /* of DioFolderLook, in no order; of a place that is not there those that are known */
  GPtrArray *remains; /* paths of folders whose makers may be gone */
} DioPlaceScan;

/* KNOWN: DioFolderLooks by their folder: what was found at another time. (transfer full) */
DioPlaceScan *dio_place_scan (const char *path, GHashTable *known);
/* What is known of a place that is not there. (transfer full) */
DioPlaceScan *dio_place_remember (const char *path, GHashTable *known);
void dio_place_scan_free (DioPlaceScan *scan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioPlaceScan, dio_place_scan_free)

G_END_DECLS
