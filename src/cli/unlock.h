/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "vm/machine.h"

G_BEGIN_DECLS

/* Gives MACHINE the passphrases of its encrypted disk images before a start: all lines but the end of the last of the
 * file PASSPHRASE_FILE (nullable; "-": standard input), which is for all of them; else from the keyring; else asked for
 * on the terminal, without echo. AGAIN: those that were given did not fit, and only the terminal may know others.
 * Errors are sentences. */
gboolean dio_unlock (DioMachine *machine, const char *passphrase_file, gboolean again, GError **error);

G_END_DECLS
