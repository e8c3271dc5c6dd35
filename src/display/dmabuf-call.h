/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "display/dmabuf.h"

#include <cairo.h>
#include <gio/gunixfdlist.h>

G_BEGIN_DECLS

/* What ScanoutDMABUF or ScanoutDMABUF2 said, checked, with the descriptors for as long as this is not cleared. */
typedef struct
{
  DioDmabuf dmabuf;
  int width, height;              /* of the picture */
  int fds[DIO_DMABUF_MAX_PLANES]; /* owned */
} DioDmabufCall;

/* FDS is what came with the message, or NULL. On failure there is nothing to clear. */
gboolean dio_dmabuf_call_read (DioDmabufCall *self, GVariant *body, GUnixFDList *fds, GError **error);
gboolean dio_dmabuf_call_read2 (DioDmabufCall *self, GVariant *body, GUnixFDList *fds, GError **error);
void dio_dmabuf_call_clear (DioDmabufCall *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (DioDmabufCall, dio_dmabuf_call_clear)

/* What RECT of an UpdateDMABUF may mean: one rectangle of the picture, or two where the picture is a part of the
 * buffer. QEMU passes what it is told, and virglrenderer's guests tell where in the buffer, the others where in the
 * picture. Both count from the top, also in a buffer that is stored bottom row first. Returns how many. */
guint dio_dmabuf_call_place (const DioDmabufCall *self, const cairo_rectangle_int_t *rect,
                             cairo_rectangle_int_t ret_rects[2]);

G_END_DECLS
