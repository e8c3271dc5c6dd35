/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "display/pixel-source.h"

G_BEGIN_DECLS

/* Whether this is no picture of a guest's but what QEMU makes up for a console on which a guest shows nothing: black,
 * with a sentence in its middle (qemu_create_placeholder_surface() in ui/console.c). The protocol does not tell the two
 * apart, so the sentence is read. FALSE for one that is too narrow for its sentence. Any thread. */
gboolean dio_pixel_source_is_placeholder (const DioPixelSource *source);

G_END_DECLS
