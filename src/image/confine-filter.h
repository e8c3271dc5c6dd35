/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <stdbool.h>

/* The system calls that a confined program has (seccomp): those of working on open files, with threads and memory of
 * its own. All others are as if the kernel did not know them. */

/* Puts it on this process, which then can only execute PROGRAM, a descriptor. False: errno says why. */
bool dio_confine_filter_load (int program);
/* The filter as a file for bubblewrap, which is to execute the program by its name; -1 when there is none. */
int dio_confine_filter_export (void);
