/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* A row for how much a machine takes of what this computer has: a number, a slider with the limits marked, and a
 * sentence on them. Properties: "value" (uint, read and write: MiB of memory, or processors), "memory" (boolean,
 * construct-only: amounts are shown as GB and MB). */
#define DIO_TYPE_LIMIT_ROW (dio_limit_row_get_type ())
G_DECLARE_FINAL_TYPE (DioLimitRow, dio_limit_row, DIO, LIMIT_ROW, AdwPreferencesRow)

/* TOTAL: what this computer has; TAKEN: what other machines that run have of it; both in the unit of "value". */
void dio_limit_row_set_limits (DioLimitRow *self, guint total, guint taken);
/* MiB as “4 GB”, “512 MB”. (transfer full) */
char *dio_limit_row_format_memory (guint mib);
/* What a user may write: “4”, “4 GB”, “1.5 G”, “512 MB”; a number alone is GB below 64, else MB. FALSE for what is no
 * amount. */
gboolean dio_limit_row_parse_memory (const char *text, guint *mib);

G_END_DECLS
