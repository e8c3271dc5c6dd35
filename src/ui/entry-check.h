/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* Tells what is wrong with what is in ROW: in NOTE, a row below it that is hidden while nothing is, by ROW's looks, and
 * to a screen reader. MESSAGE: a sentence, or NULL: all is well. */
void dio_entry_check_show (GtkWidget *row, AdwActionRow *note, const char *message);

G_END_DECLS
