/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <stdbool.h>

/* The first sound card, by the kernel's interface. Each blocks for as long as it sounds; false: errno tells why not. */

/* All that the mixer has is switched on, and loud. */
bool sound_unmute (void);
/* A sine of FREQUENCY (Hz). */
bool sound_play (int frequency, int milliseconds);
/* Listens; SHARE: how much of what was heard is a sine of FREQUENCY (0…1), LOUDNESS: its amplitude (0…1). */
bool sound_record (int frequency, int milliseconds, double *share, double *loudness);
