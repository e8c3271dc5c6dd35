/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* A small file of the user's state folder that is about one machine: an object of JSON with a "version". Whatever else
 * is found there is as nothing. Main thread only; an application does not end while it is being written. */
#define DIO_TYPE_STATE_FILE (dio_state_file_get_type ())
G_DECLARE_FINAL_TYPE (DioStateFile, dio_state_file, DIO, STATE_FILE, GObject)

/* FOLDER: below our own one. UUID: (nullable): the machine's; without a valid one nothing is read nor written. */
DioStateFile *dio_state_file_new (const char *folder, const char *uuid);

/* Reads it, at most 64 KiB. NULL when there is none of VERSION. (transfer full) (nullable) */
JsonObject *dio_state_file_read (DioStateFile *self, int version);
/* What is to be written next: an object of JSON. */
void dio_state_file_set (DioStateFile *self, JsonBuilder *content);
/* Writes what was set and is not written yet; the old file stays whole until the new one is. Concurrent calls end
 * together. */
void dio_state_file_save_async (DioStateFile *self, GAsyncReadyCallback callback, gpointer user_data);
gboolean dio_state_file_save_finish (DioStateFile *self, GAsyncResult *result, GError **error);

/* Members of an object, for files that somebody else may have written: MEMBER as a whole number from 0 to MAX, else -1;
 * as a boolean, else FALLBACK; as a string, else NULL. */
int dio_state_file_get_int (JsonObject *object, const char *member, int max);
gboolean dio_state_file_get_boolean (JsonObject *object, const char *member, gboolean fallback);
const char *dio_state_file_get_string (JsonObject *object, const char *member);

G_END_DECLS
