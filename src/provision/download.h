/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "library/job.h"

G_BEGIN_DECLS

/* A file from the network. What has come is kept in PATH.part, with a note of where it is from beside it (hidden),
 * until all of it is there and its checksum is right: the next download goes on from there, if the server's file is
 * still the same. */
typedef struct
{
  const char *uri;      /* http or https; what is begun with https stays with it */
  const char *path;     /* absolute: the file to be made. One that is there already is never overwritten: if it is the
                           same, it is the result; else the new one gets another name */
  const char *checksum; /* (nullable): SHA-256 or SHA-512, hexadecimal; NULL: looked for beside the file, in SHA256SUMS
                           and SHA512SUMS, and done without where there is none */
  guint patience;       /* seconds without a byte until the connection counts as lost; 0: 30 */
  guint retry;          /* milliseconds until the first of five attempts to connect again, each twice as long as the
                           one before; 0: 1000 */
} DioDownload;

/* In the thread of JOB, which it tells how far it is. When it fails, or is cancelled, what has come is kept. RET_PATH:
 * (out) (transfer full): of the file. */
gboolean dio_download_run (const DioDownload *download, DioJob *job, char **ret_path, GCancellable *cancellable,
                           GError **error);
/* Removes what an unfinished download to PATH left. */
void dio_download_discard (const char *path);

/* Where to put what is at URI: in the user's folder for downloads, where other programs and the user look for such
 * files and where it can be thrown away without hurting a machine; the name is URI's last part, made harmless.
 * (transfer full) */
char *dio_download_dup_path (const char *uri);
/* How many bytes URI has: 0 when the server does not tell. */
void dio_download_measure_async (const char *uri, GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer user_data);
guint64 dio_download_measure_finish (GAsyncResult *result, GError **error);

G_END_DECLS
