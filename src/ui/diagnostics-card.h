/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/console-view.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* The figures of a console view in a corner of it, while the card is visible: twice a second, and nothing at all while
 * it is not or its window cannot be seen. It takes no input; a screen reader finds its lines as text. */
#define DIO_TYPE_DIAGNOSTICS_CARD (dio_diagnostics_card_get_type ())
G_DECLARE_FINAL_TYPE (DioDiagnosticsCard, dio_diagnostics_card, DIO, DIAGNOSTICS_CARD, AdwBin)

/* Property "view". */
void dio_diagnostics_card_set_view (DioDiagnosticsCard *self, DioConsoleView *view);
DioConsoleView *dio_diagnostics_card_get_view (DioDiagnosticsCard *self);

G_END_DECLS
