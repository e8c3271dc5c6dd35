/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/application.h"

G_BEGIN_DECLS

/* Closes all windows. Where machines run that something could be lost with, asks first, once for all of them; until the
 * answer nothing closes. */
void dio_quit (DioApplication *application);

G_END_DECLS
