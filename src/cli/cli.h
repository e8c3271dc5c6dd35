/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The commands that keep the library: list, info, new, set, start, stop, import, export, duplicate, delete; and the one
 * that looks at disk images, inspect. They need
 * neither a display nor a session bus, and so come before the toolkit in main(). Returns: the exit status (see
 * cli/command.h), or -1: the arguments, which may have been changed, are the application's. */
int dio_cli_run (int *argc, char **argv);

G_END_DECLS
