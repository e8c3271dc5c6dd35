/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "provision/import.h"

G_BEGIN_DECLS

/* A machine like DEFINITION, of which a copy is taken, in the folder PLACE, whose disks are somebody's images, as the
 * sheet has found them: with their formats, and all that they are written over. MODE: what becomes of the images; a
 * copy needs none of those files any more. Discs are used where they are. An encrypted image that is written over
 * others can neither be copied nor linked to. The job's result is the machine's folder. Not started. (transfer full) */
DioJob *dio_import_machine (DioDefinition *definition, DioImportMode mode, const char *place);

G_END_DECLS
