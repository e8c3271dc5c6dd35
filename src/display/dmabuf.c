/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "display/dmabuf.h"

#include "display/drm-format.h"
#include "display/memory-file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define DMA_BUF_FILE_SYSTEM 0x444d4142

/* A row of the widest format, with as much padding as a graphics card may like. */
#define MAX_STRIDE (DIO_MAX_SIZE * 16)

static gboolean
refuse (GError **error, const char *why)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, why);
  return FALSE;
}

/* The memory behind FD, which must be a dma-buf, or a sealed memory file: those cannot become shorter. -1 otherwise. */
static gint64
get_size (int fd, gboolean *ret_is_file)
{
  struct statfs system;
  struct stat status;
  int flags = fcntl (fd, F_GETFL);

  if (flags < 0 || (flags & O_PATH) || (flags & O_ACCMODE) == O_WRONLY || fstatfs (fd, &system) < 0)
    return -1;
  *ret_is_file = system.f_type != DMA_BUF_FILE_SYSTEM;
  if (!*ret_is_file)
    return lseek (fd, 0, SEEK_END);
  return dio_memory_file_seal (fd) && fstat (fd, &status) == 0 ? status.st_size : -1;
}

/* Whether FD is of an exporter that knows no layout but one row after the other. The kernel tells its name. */
static gboolean
is_of_plain_memory (int fd)
{
  static const char *const exporters[] = { "udmabuf", "vgem", "vkms", "system_heap", "cma_heap", NULL };
  g_autofree char *path = g_strdup_printf ("/proc/self/fdinfo/%d", fd), *contents = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (path, &contents, NULL, NULL))
    return FALSE;
  lines = g_strsplit (contents, "\n", -1);
  for (guint i = 0; lines[i]; i++)
    if (g_str_has_prefix (lines[i], "exp_name:"))
      return g_strv_contains (exporters, g_strstrip (lines[i] + strlen ("exp_name:")));
  return FALSE;
}

static gboolean
check_picture (const DioDmabuf *self, int width, int height, GError **error)
{
  if (self->width < 1 || self->width > DIO_MAX_SIZE || self->height < 1 || self->height > DIO_MAX_SIZE || width < 1 ||
      height < 1)
    return refuse (error, "The size is not valid");
  if ((guint64) self->width * (guint64) self->height * 4 > DIO_MAX_PICTURE_BYTES)
    return refuse (error, "The buffer is too large");
  if (self->crop_x < 0 || self->crop_x > self->width - width || self->crop_y < 0 ||
      self->crop_y > self->height - height)
    return refuse (error, "The picture lies outside the buffer");
  return TRUE;
}

/* What can be said of a plane without knowing its layout. */
static gboolean
check_plane (const DioDmabuf *self, guint plane, gint64 *ret_size, gboolean *ret_is_file, GError **error)
{
  *ret_size = get_size (self->fds[plane], ret_is_file);
  if (*ret_size < 0)
    return refuse (error, "The file descriptor is not of a graphics buffer");
  if (self->strides[plane] < 1 || self->strides[plane] > MAX_STRIDE)
    return refuse (error, "The stride is not valid");
  if (self->offsets[plane] >= *ret_size)
    return refuse (error, "The graphics buffer is smaller than its offset");
  return TRUE;
}

/* All of it, where rows follow each other. */
static gboolean
check_rows (const DioDmabuf *self, const DioDrmFormat *format, gint64 size, GError **error)
{
  guint64 row = (guint64) self->width * format->bytes_per_pixel;

  if (self->strides[0] < row)
    return refuse (error, "The stride is shorter than a row");
  if (self->offsets[0] + (guint64) self->strides[0] * (guint64) (self->height - 1) + row > (guint64) size)
    return refuse (error, "The graphics buffer is smaller than the picture");
  return TRUE;
}

gboolean
dio_dmabuf_check (DioDmabuf *self, int width, int height, GError **error)
{
  const DioDrmFormat *format = dio_drm_format_lookup (self->fourcc);
  gboolean is_file = FALSE;
  gint64 size = 0;

  if (!format)
    return refuse (error, "The pixel format is not known");
  if (self->n_planes < 1 || self->n_planes > DIO_DMABUF_MAX_PLANES)
    return refuse (error, "The number of planes is not valid");
  if (!check_picture (self, width, height, error))
    return FALSE;
  for (guint i = self->n_planes; i-- > 0;)
    if (!check_plane (self, i, &size, &is_file, error))
      return FALSE;
  self->fourcc = format->opaque;
  self->linear = self->modifier == DIO_DRM_MODIFIER_LINEAR ||
                 (self->modifier == DIO_DRM_MODIFIER_INVALID && (is_file || is_of_plain_memory (self->fds[0])));
  if (is_file && !self->linear)
    return refuse (error, "A memory file has no layout of a graphics card's");
  return !self->linear || check_rows (self, format, size, error);
}

gboolean
dio_dmabuf_is_linear (const DioDmabuf *self)
{
  return self->linear && self->n_planes == 1 && dio_drm_format_lookup (self->fourcc)->conversion;
}
