/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "display/dmabuf.h"

G_BEGIN_DECLS

/* Calls CALLBACK (which is of a GSource without arguments, and should return G_SOURCE_REMOVE) when all that reads or
 * writes DMABUF's memory by now has done so, as far as the graphics drivers tell the kernel; never from within the call
 * itself. NULL where the kernel cannot tell. (transfer full) (nullable) */
GSource *dio_dmabuf_fence_watch (const DioDmabuf *dmabuf, GSourceFunc callback, gpointer user_data);

G_END_DECLS
