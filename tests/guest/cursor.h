/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <stdint.h>

#include "kms.h"

/* Draws a pointer image of WIDTH × HEIGHT into CURSOR_SIZE² premultiplied ARGB pixels, the rest of which is
 * transparent. PATTERN is "solid", "checker" (squares of 4 pixels of COLOR and black), or "arrow" (COLOR is not used).
 */
void cursor_draw (uint32_t *argb, const char *pattern, int width, int height, uint32_t color);

/* The pointer of the demonstration: an arrow with its hotspot at its tip. */
void cursor_show_arrow (Kms *kms, Output *output);
