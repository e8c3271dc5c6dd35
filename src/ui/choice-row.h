/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* A row to choose one of some values, which explains the one that is chosen in its subtitle. Property "value" (int,
 * read and write); a value that is not among the choices stays as it is until another is chosen. */
#define DIO_TYPE_CHOICE_ROW (dio_choice_row_get_type ())
G_DECLARE_FINAL_TYPE (DioChoiceRow, dio_choice_row, DIO, CHOICE_ROW, AdwComboRow)

/* One of the choices. Everything is copied; EXPLANATION: (nullable). */
typedef struct
{
  int value;
  const char *label;
  const char *explanation;
} DioChoice;

/* Replaces all choices; the value stays. */
void dio_choice_row_set_choices (DioChoiceRow *self, const DioChoice *choices, guint n_choices);
int dio_choice_row_get_value (DioChoiceRow *self);

G_END_DECLS
