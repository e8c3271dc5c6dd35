/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "library/library.h"

G_BEGIN_DECLS

/* The folder for a new machine, made if it is the default one: WORD (nullable: the first of the user's places), as it
 * was written on the command line. It has to be one of the places: elsewhere nobody would find the machine. NULL: was
 * told. (transfer full) */
char *dio_place_choose (DioLibrary *library, const char *word);
/* Starts JOB, which makes a machine, waits for it, and tells the machine. Returns: the exit status. */
int dio_place_run_job (DioJob *job, gboolean json);

G_END_DECLS
