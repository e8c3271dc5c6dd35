/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* A row with a whole number. (An AdwSpinRow of libadwaita 1.7 is not there for screen readers.) Properties: "value"
 * (uint, read and write), "lower", "upper", "step" (uint, construct-only). */
#define DIO_TYPE_NUMBER_ROW (dio_number_row_get_type ())
G_DECLARE_FINAL_TYPE (DioNumberRow, dio_number_row, DIO, NUMBER_ROW, AdwActionRow)

DioNumberRow *dio_number_row_new (const char *title, guint lower, guint upper);
/* What was written but not left yet counts. */
guint dio_number_row_get_value (DioNumberRow *self);
void dio_number_row_set_value (DioNumberRow *self, guint value);

G_END_DECLS
