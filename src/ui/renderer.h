/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Has GSK draw in the way that costs least on this computer: with OpenGL where there is a graphics card to do it, with
 * Cairo where the processor would have to play one. What the user says in GSK_RENDERER counts more. Before GTK is
 * initialised. */
void dio_renderer_choose (void);

G_END_DECLS
