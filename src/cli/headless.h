/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "library/library-machine.h"

G_BEGIN_DECLS

/* Runs MACHINE without a window until it has ended. SIGINT, SIGTERM and SIGHUP ask its system to shut down, a second
 * one ends it. PASSPHRASE_FILE: as dio_unlock() has it. Returns: the exit status; problems were told. */
int dio_headless_run (DioLibraryMachine *machine, const char *passphrase_file);

G_END_DECLS
