/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "library/library-machine.h"
#include "ui/console-window.h"

#include <gdk/gdk.h>

G_BEGIN_DECLS

/* What a tile shows at a glance. In the order of sorting by state: what somebody looks for comes first. */
typedef enum
{
  DIO_LOOK_RUNNING,
  DIO_LOOK_BUSY, /* starting, shutting down */
  DIO_LOOK_PAUSED,
  DIO_LOOK_WORKING, /* a job is at it, see dio_library_item_get_job() */
  DIO_LOOK_FAILED,  /* did not start, or ended unexpectedly */
  DIO_LOOK_DAMAGED,
  DIO_LOOK_IN_USE,
  DIO_LOOK_OFF,
  DIO_LOOK_OFFLINE,
} DioLook;

/* One tile of the library: a machine of the library, or one that is on show without being in it (an opened image, the
 * demonstration, somebody else's), or a machine of the library that is on show. Its picture is only there while
 * somebody looks.
 *
 * Signals: "changed" (): it looks otherwise; "keys-changed" (): and may sort, group or match otherwise. */
#define DIO_TYPE_LIBRARY_ITEM (dio_library_item_get_type ())
G_DECLARE_FINAL_TYPE (DioLibraryItem, dio_library_item, DIO, LIBRARY_ITEM, GObject)

/* MACHINE: (nullable), if WINDOW is given. */
DioLibraryItem *dio_library_item_new (DioLibraryMachine *machine, DioConsoleWindow *window);
DioLibraryMachine *dio_library_item_get_machine (DioLibraryItem *self); /* (nullable) */
/* The first window of the machine, while that is on show. */
DioConsoleWindow *dio_library_item_get_window (DioLibraryItem *self); /* (nullable) */
void dio_library_item_set_window (DioLibraryItem *self, DioConsoleWindow *window);
DioMachine *dio_library_item_get_running (DioLibraryItem *self); /* (nullable): what can be told to pause … */

const char *dio_library_item_get_name (DioLibraryItem *self);
const char *dio_library_item_get_os_name (DioLibraryItem *self); /* (nullable) */
const char *dio_library_item_get_group (DioLibraryItem *self);   /* "" when it has none */
DioLook dio_library_item_get_look (DioLibraryItem *self);
/* The state in words: "Running", "Paused", "Used yesterday" (without WITH_USE: "Off"), or a sentence about what is
 * wrong. (transfer full) */
char *dio_library_item_dup_state_text (DioLibraryItem *self, gboolean with_use);
/* When it was used last, "" when that is not known. (transfer full) */
char *dio_library_item_dup_used_text (DioLibraryItem *self);
DioJob *dio_library_item_get_job (DioLibraryItem *self); /* (nullable) */
gint64 dio_library_item_get_last_used (DioLibraryItem *self);
gint64 dio_library_item_get_disk_use (DioLibraryItem *self); /* bytes, or -1 */
guint64 dio_library_item_get_memory (DioLibraryItem *self);  /* MiB, or 0: not known (yet) */

/* Gone from sight, but not yet from the disk: "Undo" is still offered. */
gboolean dio_library_item_get_hidden (DioLibraryItem *self);
void dio_library_item_set_hidden (DioLibraryItem *self, gboolean hidden);

/* For sorting (by name, in the order of the user's language) and searching (WORDS: as dio_library_item_fold() makes
 * them). */
int dio_library_item_compare_names (DioLibraryItem *a, DioLibraryItem *b);
int dio_library_item_compare_groups (DioLibraryItem *a, DioLibraryItem *b);
gboolean dio_library_item_matches (DioLibraryItem *self, const char *const *words);
char *dio_library_item_fold (const char *text);

/* Whether it is in sight. What the tile shows as a picture comes then, told by "changed". */
void dio_library_item_set_watched (DioLibraryItem *self, gboolean watched);
GdkPaintable *dio_library_item_get_picture (DioLibraryItem *self); /* (nullable) */
/* Whether it is being read: "changed" tells the end, also when there is none. */
gboolean dio_library_item_get_picture_comes (DioLibraryItem *self);
/* Looks for what only the list tells: size and memory. */
void dio_library_item_ask_details (DioLibraryItem *self);

G_END_DECLS
