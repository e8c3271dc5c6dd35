/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/application.h"

G_BEGIN_DECLS

/* diorama [--graphics=2d|blob|3d] [FILE…], diorama [--graphics=…] demo, diorama attach [--address=ADDRESS],
 * diorama diagnostics [--interval=SECONDS], --version, --help. */
void dio_command_line_add_options (GApplication *application);

/* In the calling process: prints the version, or refuses on standard error what cannot be meant. Returns: the exit
 * status (0; 1: no such file; 2: not understood), or -1 to go on with dio_command_line_run() in the running instance.
 */
int dio_command_line_check (GVariantDict *options);
int dio_command_line_run (DioApplication *application, GApplicationCommandLine *command_line);

G_END_DECLS
