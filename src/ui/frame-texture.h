/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "display/frame.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* The one place where a picture of a guest becomes a texture. PREVIOUS is the texture of the frame that was taken
 * before (nullable): where it fits, only the damage is redrawn. The texture keeps FRAME alive, without a copy. */
GdkTexture *dio_frame_texture_new (DioFrame *frame, GdkTexture *previous);

G_END_DECLS
