/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/application.h"

G_BEGIN_DECLS

/* Shows the dialog that makes machines over the active window (the library's, if there is none), and starts what it
 * made if that is wanted. FILE: (nullable): a disc or disk image to make it from. */
void dio_new_machine_present (DioApplication *application, GFile *file);

G_END_DECLS
