/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Long work: an import, an export, a download, a copy. It runs in a thread of its own, tells how far it is, can be
 * cancelled at any time, and leaves nothing behind unless it was done. Signals come on the main thread. */
#define DIO_TYPE_JOB (dio_job_get_type ())
G_DECLARE_FINAL_TYPE (DioJob, dio_job, DIO, JOB, GObject)

/* Does the work: returns FALSE with ERROR, a sentence for the user, or TRUE. Looks at CANCELLABLE often; tells its
 * progress. What it made is its own to remove when it fails. */
typedef gboolean (*DioJobFunc) (DioJob *job, gpointer data, GCancellable *cancellable, GError **error);

/* TITLE: for the user, "Importing “Debian”". */
DioJob *dio_job_new (const char *title, DioJobFunc func, gpointer data, GDestroyNotify free_data);
/* Once. */
void dio_job_start (DioJob *self);
void dio_job_cancel (DioJob *self);
/* The work's side, from its thread. FRACTION: 0…1, or -1: not known. DETAIL: (nullable): "1.2 GB of 4 GB". */
void dio_job_tell (DioJob *self, double fraction, const char *detail);
/* What came of it (the path of a folder or a file); from the thread, before it returns TRUE. */
void dio_job_set_result (DioJob *self, const char *result);

/* Properties, notified on the main thread: "title", "progress" (double; -1: not known), "detail" (string or NULL),
 * "running" (boolean). Signal "ended" once, with a GError * or NULL; G_IO_ERROR_CANCELLED when it was cancelled. */
const char *dio_job_get_title (DioJob *self);
double dio_job_get_progress (DioJob *self);
const char *dio_job_get_detail (DioJob *self);
gboolean dio_job_get_running (DioJob *self);
const char *dio_job_get_result (DioJob *self);
const GError *dio_job_get_error (DioJob *self); /* (nullable) */
/* From the main thread: ends when the job has. */
void dio_job_wait_async (DioJob *self, GAsyncReadyCallback callback, gpointer user_data);
gboolean dio_job_wait_finish (DioJob *self, GAsyncResult *result, GError **error);

G_END_DECLS
