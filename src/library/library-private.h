/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "library/library-machine-private.h"
#include "library/library-scan.h"
#include "library/library.h"

#include <gio/gunixmounts.h>

G_BEGIN_DECLS

typedef struct
{
  char *path;
  gboolean online;
  GFileMonitor *monitor; /* (nullable) */
  DioWatched watched;
} DioPlace;

struct _DioLibrary
{
  GObject parent_instance;

  GPtrArray *machines; /* DioLibraryMachine */
  GPtrArray *places;   /* DioPlace */
  GStrv place_paths;
  GUnixMountMonitor *mounts;

  gboolean loading;
  gboolean scanning;
  gboolean again; /* something happened while it was scanning */
  guint settle_id;
  GHashTable *silent; /* a set: paths of places that have not answered yet */
  GPtrArray *ended;   /* DioLibraryMachines whose job has ended: they go with the next scan */

  guint watch_id;
  guint n_new_watches; /* of this round */
  guint index_id;
  guint index_hash; /* of what the index has */
};

/* For tests: whether places are being looked through. */
gboolean dio_library_get_scanning (DioLibrary *self);
/* Looks through the places; soon: when what happens there has settled. */
void dio_library_scan (DioLibrary *self);
void dio_library_scan_soon (DioLibrary *self);
void dio_library_set_loaded (DioLibrary *self);
/* The place that FOLDER is in; (nullable). */
DioPlace *dio_library_find_place (DioLibrary *self, const char *folder);
/* Takes out those of GONE (a set), and adds those of NEW, in few steps. */
void dio_library_change_list (DioLibrary *self, GHashTable *gone, GPtrArray *new);
/* Makes of the list what SCANS, of all places, found, which began at TIME (monotonic). N_ENDED: so many jobs had ended
 * by then. */
void dio_library_merge (DioLibrary *self, GPtrArray *scans, gint64 time, guint n_ended);

G_END_DECLS
