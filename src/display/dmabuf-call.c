/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "display/dmabuf-call.h"

#include "display/pixel-format.h"

#include <glib/gstdio.h>

static gboolean
refuse (GError **error, const char *why)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, why);
  return FALSE;
}

/* A number that may be any as one that is checked later. */
static int
as_int (guint32 value)
{
  return (int) MIN (value, (guint32) G_MAXINT);
}

static void
start (DioDmabufCall *self)
{
  *self = (DioDmabufCall) { 0 };
  for (guint i = 0; i < DIO_DMABUF_MAX_PLANES; i++)
    self->fds[i] = self->dmabuf.fds[i] = -1;
}

void
dio_dmabuf_call_clear (DioDmabufCall *self)
{
  for (guint i = 0; i < DIO_DMABUF_MAX_PLANES; i++)
    g_clear_fd (&self->fds[i], NULL);
}

static gboolean
take_fd (DioDmabufCall *self, guint plane, GUnixFDList *fds, gint32 handle, GError **error)
{
  if (!fds || handle < 0 || handle >= g_unix_fd_list_get_length (fds))
    return refuse (error, "The file descriptor is missing");
  self->fds[plane] = g_unix_fd_list_get (fds, handle, error);
  self->dmabuf.fds[plane] = self->fds[plane];
  return self->fds[plane] >= 0;
}

static gboolean
finish (DioDmabufCall *self, gboolean good, GError **error)
{
  if (good && dio_dmabuf_check (&self->dmabuf, self->width, self->height, error))
    return TRUE;
  dio_dmabuf_call_clear (self);
  return FALSE;
}

gboolean
dio_dmabuf_call_read (DioDmabufCall *self, GVariant *body, GUnixFDList *fds, GError **error)
{
  DioDmabuf *dmabuf = &self->dmabuf;
  gint32 handle;
  guint32 width, height;

  start (self);
  g_variant_get (body, "(huuuutb)", &handle, &width, &height, &dmabuf->strides[0], &dmabuf->fourcc, &dmabuf->modifier,
                 &dmabuf->bottom_up);
  dmabuf->n_planes = 1;
  self->width = dmabuf->width = as_int (width);
  self->height = dmabuf->height = as_int (height);
  return finish (self, take_fd (self, 0, fds, handle, error), error);
}

/* Copies the numbers of all planes; QEMU may send more. */
static gboolean
read_planes (GVariant *array, guint n_planes, guint32 *ret_values, GError **error)
{
  gsize n;
  const guint32 *values = g_variant_get_fixed_array (array, &n, sizeof (guint32));

  if (n < n_planes)
    return refuse (error, "The planes are not described");
  for (guint i = 0; i < n_planes; i++)
    ret_values[i] = values[i];
  return TRUE;
}

/* QEMU sends the descriptors up to the first plane that has none of its own: those without are in the first one's. */
static gboolean
take_fds (DioDmabufCall *self, GUnixFDList *fds, GVariant *handles, GError **error)
{
  gsize n;
  const gint32 *values = g_variant_get_fixed_array (handles, &n, sizeof (gint32));

  if (n < 1)
    return refuse (error, "The file descriptor is missing");
  for (guint i = 0; i < self->dmabuf.n_planes && i < n; i++)
    if (!take_fd (self, i, fds, values[i], error))
      return FALSE;
  for (guint i = 1; i < self->dmabuf.n_planes; i++)
    if (i >= n)
      self->dmabuf.fds[i] = self->dmabuf.fds[0];
  return TRUE;
}

gboolean
dio_dmabuf_call_read2 (DioDmabufCall *self, GVariant *body, GUnixFDList *fds, GError **error)
{
  DioDmabuf *dmabuf = &self->dmabuf;
  g_autoptr (GVariant) handles = NULL, offsets = NULL, strides = NULL;
  guint32 x, y, width, height, backing_width, backing_height;

  start (self);
  g_variant_get (body, "(@ahuuuu@au@auuuuutb)", &handles, &x, &y, &width, &height, &offsets, &strides,
                 &dmabuf->n_planes, &dmabuf->fourcc, &backing_width, &backing_height, &dmabuf->modifier,
                 &dmabuf->bottom_up);
  self->width = as_int (width);
  self->height = as_int (height);
  dmabuf->crop_x = as_int (x);
  dmabuf->crop_y = as_int (y);
  dmabuf->width = as_int (backing_width);
  dmabuf->height = as_int (backing_height);
  if (dmabuf->n_planes < 1 || dmabuf->n_planes > DIO_DMABUF_MAX_PLANES)
    return refuse (error, "The number of planes is not valid");
  return finish (self,
                 read_planes (offsets, dmabuf->n_planes, dmabuf->offsets, error) &&
                     read_planes (strides, dmabuf->n_planes, dmabuf->strides, error) &&
                     take_fds (self, fds, handles, error),
                 error);
}

guint
dio_dmabuf_call_place (const DioDmabufCall *self, const cairo_rectangle_int_t *rect, cairo_rectangle_int_t ret_rects[2])
{
  const DioDmabuf *dmabuf = &self->dmabuf;
  int left = dmabuf->crop_x;
  int top = dmabuf->bottom_up ? dmabuf->height - self->height - dmabuf->crop_y : dmabuf->crop_y;

  ret_rects[0] = ret_rects[1] = *rect;
  if (left == 0 && top == 0)
    return 1;
  ret_rects[1].x = (int) CLAMP ((gint64) rect->x - left, G_MININT, G_MAXINT);
  ret_rects[1].y = (int) CLAMP ((gint64) rect->y - top, G_MININT, G_MAXINT);
  return 2;
}
