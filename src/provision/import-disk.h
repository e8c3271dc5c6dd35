/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "provision/import.h"
#include "provision/new-machine.h"

G_BEGIN_DECLS

/* Brings the image PATH into MACHINE, as a step of the work that is under way. MOVE: PATH is a file of our own in the
 * machine's folder, which is renamed or removed. DISK: bus and cache; gets path, format, and whether it is a CD. */
gboolean dio_import_copy_disk (DioNewMachine *machine, const char *path, gboolean move, DioDisk *disk, GError **error);

G_END_DECLS
