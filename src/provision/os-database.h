/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "provision/os-media.h"

G_BEGIN_DECLS

/* What libosinfo knows of operating systems. Reading it takes most of a second, so it is read in a thread, once, when
 * it is first asked for. Immutable then. */
#define DIO_TYPE_OS_DATABASE (dio_os_database_get_type ())
G_DECLARE_FINAL_TYPE (DioOsDatabase, dio_os_database, DIO, OS_DATABASE, GObject)

/* The one of this process. Where osinfo-db is not installed it is empty. Main thread. (transfer full) */
void dio_os_database_load_async (GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
DioOsDatabase *dio_os_database_load_finish (GAsyncResult *result, GError **error);
/* The same, blocking; from any thread. (transfer full) */
DioOsDatabase *dio_os_database_load (GError **error);

/* All systems that a PC can run, in the order of dio_os_compare(). (transfer none) */
GListModel *dio_os_database_get_oses (DioOsDatabase *self);
/* By its id or short id. (transfer none) (nullable) */
DioOs *dio_os_database_find (DioOsDatabase *self, const char *id);
/* By what a system says of itself: os-release's ID and VERSION_ID (nullable). Of a release that nobody knows here yet,
 * the one before it, which is much the same computer to it. (transfer none) (nullable) */
DioOs *dio_os_database_find_release (DioOsDatabase *self, const char *id, const char *version);
/* DioOsMedia of OS that can be downloaded for ARCH. (transfer full) */
GListModel *dio_os_database_get_media (DioOsDatabase *self, DioOs *os, const char *arch);

/* What the ISO image at PATH (absolute) is. Errors are sentences for the user: it is not there, cannot be read, is no
 * ISO image. A disc that nobody knows is none: its "os" is NULL. (transfer full) */
void dio_os_database_identify_async (DioOsDatabase *self, const char *path, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data);
DioOsMedia *dio_os_database_identify_finish (DioOsDatabase *self, GAsyncResult *result, GError **error);

G_END_DECLS
