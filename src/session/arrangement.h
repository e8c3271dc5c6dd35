/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* How a machine's screens were last arranged on the host: which were open, how large their windows were, and on which
 * monitors they filled it. Kept in a small file of the user's state folder; one that cannot be read, or is not what we
 * wrote, is as none. Main thread only. */
#define DIO_TYPE_ARRANGEMENT (dio_arrangement_get_type ())
G_DECLARE_FINAL_TYPE (DioArrangement, dio_arrangement, DIO, ARRANGEMENT, GObject)

#define DIO_ARRANGEMENT_MAX_SCREENS 16

typedef struct
{
  gboolean open;
  int width, height; /* of the window when neither maximised nor fullscreen, application pixels; 0: not known */
  gboolean maximized;
  gboolean fullscreen;
  char monitor[64]; /* fullscreen on the monitor of that connector ("DP-1"); "": on any */
} DioScreenPlace;

/* UUID: (nullable): the machine's; without one nothing is read nor written. Reads the file, at most 64 KiB. */
DioArrangement *dio_arrangement_new (const char *uuid);

/* Screens are numbered from 0, below DIO_ARRANGEMENT_MAX_SCREENS. (transfer none) */
const DioScreenPlace *dio_arrangement_get (DioArrangement *self, guint number);
void dio_arrangement_set (DioArrangement *self, guint number, const DioScreenPlace *place);

/* Writes the file if something has changed since it was read or written; the old one stays whole until the new one is.
 * Concurrent calls end together. */
void dio_arrangement_save_async (DioArrangement *self, GAsyncReadyCallback callback, gpointer user_data);
gboolean dio_arrangement_save_finish (DioArrangement *self, GAsyncResult *result, GError **error);

G_END_DECLS
