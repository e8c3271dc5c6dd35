/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "display/framebuffer.h"

G_BEGIN_DECLS

/* Somebody who looks at a framebuffer, with an account of his own of what is new to him: a window, a thumbnail, a
 * recorder; as many as like, one listener feeds them all. Used in the main context that made it.
 *
 * Signal: "changed": there is something to take; emitted at most once until the next take (the first take of a reader
 * gives the whole present picture, if there is one). A reader that does not take costs nothing but its account. */
#define DIO_TYPE_FRAME_READER (dio_frame_reader_get_type ())
G_DECLARE_FINAL_TYPE (DioFrameReader, dio_frame_reader, DIO, FRAME_READER, GObject)

DioFrameReader *dio_frame_reader_new (DioFramebuffer *framebuffer);

/* The newest picture, or NULL when nothing is new to this reader. Costs nothing that grows with the picture.
 * (transfer full) (nullable) */
DioFrame *dio_frame_reader_take (DioFrameReader *self);

/* Whether the guest waits for this reader: QEMU's UpdateDMABUF is then answered when the reader consumed a frame that
 * was taken after it came, or after 250 ms at most. For a reader that is on screen now; off (as it is at first) lets go
 * of all that wait. Without any such reader each call is answered at once. */
void dio_frame_reader_set_pacing (DioFrameReader *self, gboolean pacing);
gboolean dio_frame_reader_get_pacing (DioFrameReader *self);

G_END_DECLS
