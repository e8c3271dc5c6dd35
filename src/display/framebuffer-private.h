/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "dbus/endpoint.h"
#include "display/framebuffer.h"
#include "display/pixel-source.h"

G_BEGIN_DECLS

/* The producer's side, for the listener: any one thread. Each call counts as a picture: it ends a
 * dio_framebuffer_disable() that has not taken effect. */

/* SOURCE is the whole picture from now on, and copied. */
gboolean dio_framebuffer_scanout (DioFramebuffer *self, const DioPixelSource *source, GError **error);

/* SOURCE is what is new at X, Y. Where that does not fit into the picture, or is of another format, the guest has
 * changed its mode and QEMU did not say so (it sends no Scanout to a listener without shared memory when less than
 * the whole screen is drawn): then the picture becomes as large as dio_framebuffer_set_size_hint() said, or as needed.
 */
gboolean dio_framebuffer_update (DioFramebuffer *self, const DioPixelSource *source, int x, int y, GError **error);

/* The rectangle of SOURCE, which is of the whole picture and was scanned out before, is new; it is copied. */
gboolean dio_framebuffer_update_shared (DioFramebuffer *self, const DioPixelSource *source, int x, int y, int width,
                                        int height, GError **error);

/* The memory of SOURCE, which is dio_pixel_source_is_mappable(), is the whole picture from now on; nothing is copied.
 */
gboolean dio_framebuffer_scanout_map (DioFramebuffer *self, const DioPixelSource *source, GError **error);
/* The rectangle of what was scanned out so is new. */
gboolean dio_framebuffer_update_map (DioFramebuffer *self, int x, int y, int width, int height, GError **error);

/* DMABUF, which was checked (its descriptors are dup'ed where they are kept), is the whole picture from now on, of
 * WIDTH × HEIGHT. */
gboolean dio_framebuffer_scanout_dmabuf (DioFramebuffer *self, const DioDmabuf *dmabuf, int width, int height,
                                         GError **error);

/* The rectangles, of the picture with row 0 on top, are new in the dma-buf; what lies outside does not count. Takes a
 * reference to CALL, which is answered as frame-reader.h says. */
gboolean dio_framebuffer_update_dmabuf (DioFramebuffer *self, const cairo_rectangle_int_t *rects, guint n_rects,
                                        DioEndpointCall *call, GError **error);

/* The guest has a picture that cannot be taken: the present one is out of date until the next. */
void dio_framebuffer_refuse (DioFramebuffer *self);

/* The guest has no picture any more; "active" becomes FALSE if none follows in 250 ms. */
void dio_framebuffer_disable (DioFramebuffer *self);

/* Answers the calls whose deadline has come. Returns when to call this again (monotonic time), or -1: none waits. */
gint64 dio_framebuffer_expire (DioFramebuffer *self);
/* Answers all calls that wait: nobody asks any more. */
void dio_framebuffer_release (DioFramebuffer *self);

/* The console's size by its properties, which come over another connection than the pictures. Any thread. */
void dio_framebuffer_set_size_hint (DioFramebuffer *self, guint width, guint height);

G_END_DECLS
