/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/console-view.h"
#include "ui/diagnostics.h"

G_BEGIN_DECLS

/* Reads the figures of VIEW. FALSE: it shows no console. */
gboolean dio_reading_take (DioReading *ret_reading, DioConsoleView *view);

/* One reading of the whole application: every console in every window. */
typedef struct _DioSurvey DioSurvey;

DioSurvey *dio_survey_new (GtkApplication *application);
void dio_survey_free (DioSurvey *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioSurvey, dio_survey_free)

/* The JSON of ui/diagnostics.h, indented, with a newline at its end; with rates where BEFORE (nullable), an earlier
 * survey, is given. */
char *dio_survey_to_json (const DioSurvey *self, const DioSurvey *before);

G_END_DECLS
