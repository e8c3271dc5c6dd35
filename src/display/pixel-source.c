/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "display/pixel-source.h"

#include "display/memory-file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static gboolean
refuse (GError **error, const char *why)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, why);
  return FALSE;
}

/* Checks the layout, and tells how many bytes it takes; the last row needs no padding. */
static gboolean
check_layout (DioPixelSource *self, gint64 width, gint64 height, guint32 stride, guint32 pixman_format,
              guint64 *ret_needed, GError **error)
{
  const DioPixelConversion *conversion = dio_pixel_conversion_lookup (pixman_format);

  if (!conversion)
    return refuse (error, "The pixel format is not known");
  if (width < 1 || width > DIO_MAX_SIZE || height < 1 || height > DIO_MAX_SIZE)
    return refuse (error, "The size is not valid");
  if ((guint64) width * (guint64) height * 4 > DIO_MAX_PICTURE_BYTES)
    return refuse (error, "The picture is too large");
  if (stride < (guint64) width * conversion->bytes_per_pixel)
    return refuse (error, "The stride is shorter than a row");
  *ret_needed = (guint64) (height - 1) * stride + (guint64) width * conversion->bytes_per_pixel;
  *self = (DioPixelSource) {
    .conversion = conversion, .width = (int) width, .height = (int) height, .stride = stride, .fd = -1
  };
  return TRUE;
}

gboolean
dio_pixel_source_init_memory (DioPixelSource *self, gint64 width, gint64 height, guint32 stride, guint32 pixman_format,
                              const void *data, gsize size, GError **error)
{
  DioPixelSource checked;
  guint64 needed;

  if (!check_layout (&checked, width, height, stride, pixman_format, &needed, error))
    return FALSE;
  if (needed > size)
    return refuse (error, "There are less pixels than announced");
  checked.data = data;
  *self = checked;
  return TRUE;
}

gboolean
dio_pixel_source_init_file (DioPixelSource *self, gint64 width, gint64 height, guint32 stride, guint32 pixman_format,
                            int fd, guint32 offset, GError **error)
{
  DioPixelSource checked;
  guint64 needed;
  struct stat status;
  int flags = fcntl (fd, F_GETFL);
  gboolean sealed = dio_memory_file_seal (fd);

  if (!check_layout (&checked, width, height, stride, pixman_format, &needed, error))
    return FALSE;
  if (flags < 0 || (flags & O_PATH) || (flags & O_ACCMODE) == O_WRONLY)
    return refuse (error, "The file descriptor cannot be read");
  /* Only memory has seals; a file on a disk, a network or a peer's FUSE mount can make its reader wait for ever. */
  if (fcntl (fd, F_GET_SEALS) < 0 || fstat (fd, &status) < 0 || !S_ISREG (status.st_mode))
    return refuse (error, "The file descriptor is not of a memory file");
  if (status.st_size < 0 || offset + needed > (guint64) status.st_size)
    return refuse (error, "The memory file is smaller than the picture");
  checked.fd = fd;
  checked.offset = offset;
  checked.sealed = sealed;
  *self = checked;
  return TRUE;
}

guint64
dio_pixel_source_get_length (const DioPixelSource *self)
{
  return (guint64) (self->height - 1) * self->stride + (guint64) self->width * self->conversion->bytes_per_pixel;
}

gboolean
dio_pixel_source_is_mappable (const DioPixelSource *self)
{
  return self->sealed && self->conversion->conversion == DIO_PIXEL_COPY && self->offset % 4 == 0 &&
         self->stride % 4 == 0;
}

static gboolean
read_file (int fd, guint64 offset, guint8 *target, gsize size, GError **error)
{
  while (size > 0)
    {
      gssize n = pread (fd, target, size, (off_t) offset);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return refuse (error, "The memory file has become smaller than the picture");
      target += n;
      offset += (guint64) n;
      size -= (gsize) n;
    }
  return TRUE;
}

/* OFFSET and TARGET are those of the rectangle's first pixel. */
static gboolean
read_rows_of_file (const DioPixelSource *self, guint64 offset, int width, int height, guint8 *target,
                   gsize target_stride, GError **error)
{
  gsize row = (gsize) width * self->conversion->bytes_per_pixel;
  g_autofree guint8 *scratch = NULL;

  if (self->conversion->conversion == DIO_PIXEL_COPY && row == self->stride && row == target_stride)
    return read_file (self->fd, offset, target, row * (gsize) height, error);
  if (self->conversion->conversion != DIO_PIXEL_COPY)
    scratch = g_malloc (row);
  for (int y = 0; y < height; y++)
    {
      if (!read_file (self->fd, offset, scratch ? scratch : target, row, error))
        return FALSE;
      if (scratch)
        dio_pixel_conversion_convert (self->conversion, scratch, target, (gsize) width);
      offset += self->stride;
      target += target_stride;
    }
  return TRUE;
}

gboolean
dio_pixel_source_read (const DioPixelSource *self, int x, int y, int width, int height, guint8 *target,
                       gsize target_stride, GError **error)
{
  guint64 first;

  g_return_val_if_fail (x >= 0 && y >= 0 && width > 0 && height > 0, FALSE);
  g_return_val_if_fail (width <= self->width - x && height <= self->height - y, FALSE);
  first = (guint64) y * self->stride + (guint64) x * self->conversion->bytes_per_pixel;
  if (!self->data)
    return read_rows_of_file (self, self->offset + first, width, height, target, target_stride, error);
  for (int row = 0; row < height; row++)
    dio_pixel_conversion_convert (self->conversion, self->data + first + (gsize) row * self->stride,
                                  target + (gsize) row * target_stride, (gsize) width);
  return TRUE;
}
