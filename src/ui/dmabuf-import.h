/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "display/frame.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* One buffer of the guest's that GTK can draw from: made known to the graphics driver once, wrapped as a texture for
 * each frame. It lasts as long as any of its textures. Main thread only. */
typedef struct _DioDmabufImport DioDmabufImport;

/* As a texture of CONTEXT's and of all that share with it. CONTEXT is made current. */
DioDmabufImport *dio_dmabuf_import_new_gl (DioFrame *frame, GdkGLContext *context, GError **error);
/* For GDK to import, or to hand on to the compositor. */
DioDmabufImport *dio_dmabuf_import_new_gdk (DioFrame *frame, GdkDisplay *display, GError **error);

DioDmabufImport *dio_dmabuf_import_ref (DioDmabufImport *self);
void dio_dmabuf_import_unref (DioDmabufImport *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioDmabufImport, dio_dmabuf_import_unref)

guint64 dio_dmabuf_import_get_buffer_id (DioDmabufImport *self);

/* The whole buffer, as it lies in memory. What differs from BEFORE (nullable; of any buffer), is DAMAGE, in the
 * buffer's pixels. RELEASED is called when the texture is gone, and with it one reason to read the buffer; in the main
 * thread, and perhaps in the middle of GSK's drawing. (transfer full) */
GdkTexture *dio_dmabuf_import_wrap (DioDmabufImport *self, GdkTexture *before, const cairo_region_t *damage,
                                    GDestroyNotify released, gpointer user_data, GError **error);

G_END_DECLS
