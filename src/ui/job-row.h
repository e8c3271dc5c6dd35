/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "library/job.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* A row that shows how far a job is, and cancels it. */
#define DIO_TYPE_JOB_ROW (dio_job_row_get_type ())
G_DECLARE_FINAL_TYPE (DioJobRow, dio_job_row, DIO, JOB_ROW, AdwPreferencesRow)

/* JOB: (nullable): the row is hidden. */
void dio_job_row_set_job (DioJobRow *self, DioJob *job);

G_END_DECLS
