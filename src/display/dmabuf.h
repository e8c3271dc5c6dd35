/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define DIO_DMABUF_MAX_PLANES 4

/* A buffer of the graphics driver's with a picture in it, checked as far as that can be done without the driver: known
 * format, sane planes, every descriptor a dma-buf, and the picture inside the buffer. */
typedef struct
{
  guint n_planes;                 /* 1…4 */
  int fds[DIO_DMABUF_MAX_PLANES]; /* borrowed; planes may share one */
  guint32 offsets[DIO_DMABUF_MAX_PLANES];
  guint32 strides[DIO_DMABUF_MAX_PLANES];
  guint32 fourcc;     /* drm_fourcc.h; the opaque twin of what QEMU said: a scanout is opaque */
  guint64 modifier;   /* drm_fourcc.h; DRM_FORMAT_MOD_INVALID: the driver knows */
  int width, height;  /* of the whole buffer, pixels */
  int crop_x, crop_y; /* of the picture in it; its size is the frame's */
  gboolean bottom_up; /* the buffer's first row is the lowest of the picture (QEMU's y0_top); crop_y counts from the
                         buffer's first row all the same */
  gboolean linear; /* rows lie one after the other, because the modifier says so, or because of who made the buffer */
} DioDmabuf;

/* SELF as it came from QEMU, with its descriptors, and with a picture of WIDTH × HEIGHT pixels in it: FALSE with
 * G_IO_ERROR_INVALID_DATA unless all of it is sound. Sets "linear", and makes "fourcc" the opaque twin. */
gboolean dio_dmabuf_check (DioDmabuf *self, int width, int height, GError **error);

/* Linear and of one plane, in a format that the processor can read as DioPixelFormat. */
gboolean dio_dmabuf_is_linear (const DioDmabuf *self);

G_END_DECLS
