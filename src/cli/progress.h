/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "library/job.h"

G_BEGIN_DECLS

/* Starts JOB and waits for it, showing how far it is in one line of standard error if that is a terminal. Ctrl+C
 * cancels it. Returns: DIO_EXIT_OK, or the exit status of its failure, which was told. */
int dio_progress_run (DioJob *job);

G_END_DECLS
