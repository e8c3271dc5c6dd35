/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What programs may use of this computer's graphics. Looks into /dev. */

/* The device to draw with, the first that can be opened: "/dev/dri/renderD128". NULL: there is none. (transfer full) */
char *dio_graphics_card_find (void);
/* Whether memory of a program's can become a buffer of the card's (/dev/udmabuf). */
gboolean dio_graphics_card_shares_memory (void);

G_END_DECLS
