/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

/* Mounts the kernel's file systems and opens the console, when this is process 1. */
void init_mount (void);

/* Loads each module of /modules/order (lines "NAME WHEN [PARAMETERS]") that is not loaded yet and whose WHEN holds:
 * "always", or a prefix of the modalias of a device that is there. With LATE false only lines before the line "late".
 */
void init_load_modules (int late);
/* Loads those whose WHEN is "asked:WHAT". */
void init_load_asked (const char *what);

/* Ends the machine at once: one of RB_POWER_OFF and RB_AUTOBOOT. Without the right to it, ends the process. */
void init_end (int how) __attribute__ ((noreturn));

/* Crashes the kernel, on purpose. */
void init_panic (void);
