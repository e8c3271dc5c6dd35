/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "library/library.h"
#include "provision/import.h"

G_BEGIN_DECLS

/* A job that makes a machine for LIBRARY, in its place PLACE, of whatever the file PATH (absolute) is. NAME: NULL: as
 * the file says. MODE: of a disk image, whose machine gets what all systems know. Errors are sentences: it is none of
 * them, cannot be read. Reads at most 128 KiB. Not started. (transfer full) */
DioJob *dio_import_file (DioLibrary *library, const char *path, const char *name, DioImportMode mode, const char *place,
                         GError **error);
/* The same of an archive, for which nothing is read before the job is started. */
DioJob *dio_import_archive_for (DioLibrary *library, const char *path, const char *name, const char *place);

G_END_DECLS
