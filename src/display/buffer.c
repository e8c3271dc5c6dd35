/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "display/buffer.h"

#include "display/drm-format.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <linux/dma-buf.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Which memory a descriptor is of. The buffer keeps that memory, and so nothing else can get the same numbers. */
typedef struct
{
  dev_t device;
  ino_t inode;
} Identity;

struct _DioBuffer
{
  gatomicrefcount ref_count;
  guint64 id;
  DioFrameKind kind;
  int width, height;
  const DioPixelConversion *conversion;

  DioPicture picture; /* BYTES */

  Identity identities[DIO_DMABUF_MAX_PLANES]; /* MAP, which has one, and DMABUF */
  guint64 offset;                             /* MAP */
  gsize stride;                               /* MAP */
  DioDmabuf dmabuf;                           /* DMABUF */

  GMutex mutex; /* guards what follows */
  GCond idle;
  guint n_readers;
  gboolean writing;
  guint8 *mapping; /* MAP; DMABUF once it was read */
  gsize mapping_size;
};

static DioBuffer *
buffer_new (DioFrameKind kind, int width, int height, const DioPixelConversion *conversion)
{
  static guint64 last_id;
  DioBuffer *self = g_new0 (DioBuffer, 1);

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->mutex);
  g_cond_init (&self->idle);
  self->id = __atomic_add_fetch (&last_id, 1, __ATOMIC_RELAXED);
  self->kind = kind;
  self->width = width;
  self->height = height;
  self->conversion = conversion;
  for (guint i = 0; i < DIO_DMABUF_MAX_PLANES; i++)
    self->dmabuf.fds[i] = -1;
  return self;
}

DioBuffer *
dio_buffer_ref (DioBuffer *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/* Planes may share a descriptor; the first of them owns it. */
static void
close_planes (DioDmabuf *dmabuf)
{
  for (guint i = 0; i < DIO_DMABUF_MAX_PLANES; i++)
    {
      for (guint j = i + 1; j < DIO_DMABUF_MAX_PLANES; j++)
        if (dmabuf->fds[j] == dmabuf->fds[i])
          dmabuf->fds[j] = -1;
      g_clear_fd (&dmabuf->fds[i], NULL);
    }
}

void
dio_buffer_unref (DioBuffer *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  dio_picture_clear (&self->picture);
  if (self->mapping)
    munmap (self->mapping, self->mapping_size);
  close_planes (&self->dmabuf);
  g_cond_clear (&self->idle);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

DioBuffer *
dio_buffer_new_bytes (DioPicture *picture)
{
  DioBuffer *self =
      buffer_new (DIO_FRAME_BYTES, picture->width, picture->height, dio_pixel_conversion_get_plain (picture->format));

  self->picture = *picture;
  *picture = (DioPicture) { 0 };
  return self;
}

static gboolean
identify (int fd, Identity *ret_identity)
{
  struct stat status;

  if (fstat (fd, &status) < 0)
    return FALSE;
  *ret_identity = (Identity) { status.st_dev, status.st_ino };
  return TRUE;
}

static gboolean
is_same (const Identity *a, const Identity *b)
{
  return a->device == b->device && a->inode == b->inode;
}

static gboolean
fail (GError **error, int code, const char *what)
{
  g_set_error (error, G_IO_ERROR, (int) g_io_error_from_errno (code), "%s: %s", what, g_strerror (code));
  return FALSE;
}

DioBuffer *
dio_buffer_new_map (const DioPixelSource *source, GError **error)
{
  g_autoptr (DioBuffer) self = buffer_new (DIO_FRAME_MAP, source->width, source->height, source->conversion);
  guint64 page = (guint64) sysconf (_SC_PAGESIZE), start = source->offset & ~(page - 1);
  guint64 end = source->offset + dio_pixel_source_get_length (source);

  g_return_val_if_fail (dio_pixel_source_is_mappable (source), NULL);
  self->offset = source->offset;
  self->stride = source->stride;
  self->mapping_size = (gsize) (end - start);
  if (!identify (source->fd, &self->identities[0]))
    {
      fail (error, errno, "The memory file cannot be looked at");
      return NULL;
    }
  self->mapping = mmap (NULL, self->mapping_size, PROT_READ, MAP_SHARED, source->fd, (off_t) start);
  if (self->mapping == MAP_FAILED)
    {
      self->mapping = NULL;
      fail (error, errno, "The memory file cannot be mapped");
      return NULL;
    }
  return g_steal_pointer (&self);
}

DioBuffer *
dio_buffer_new_dmabuf (const DioDmabuf *dmabuf, int width, int height, GError **error)
{
  const DioDrmFormat *format = dio_drm_format_lookup (dmabuf->fourcc);
  g_autoptr (DioBuffer) self =
      buffer_new (DIO_FRAME_DMABUF, width, height, dio_dmabuf_is_linear (dmabuf) ? format->conversion : NULL);

  self->dmabuf = *dmabuf;
  for (guint i = 0; i < DIO_DMABUF_MAX_PLANES; i++)
    self->dmabuf.fds[i] = -1;
  for (guint i = 0; i < dmabuf->n_planes; i++)
    {
      if (!identify (dmabuf->fds[i], &self->identities[i]))
        {
          fail (error, errno, "The buffer cannot be looked at");
          return NULL;
        }
      for (guint j = 0; j < i && self->dmabuf.fds[i] < 0; j++)
        if (is_same (&self->identities[i], &self->identities[j]))
          self->dmabuf.fds[i] = self->dmabuf.fds[j];
      if (self->dmabuf.fds[i] < 0)
        self->dmabuf.fds[i] = fcntl (dmabuf->fds[i], F_DUPFD_CLOEXEC, 3);
      if (self->dmabuf.fds[i] < 0)
        {
          fail (error, errno, "The buffer cannot be kept");
          return NULL;
        }
    }
  return g_steal_pointer (&self);
}

gboolean
dio_buffer_is_map_of (DioBuffer *self, const DioPixelSource *source)
{
  Identity identity;

  return self->kind == DIO_FRAME_MAP && self->width == source->width && self->height == source->height &&
         self->stride == source->stride && self->offset == source->offset && self->conversion == source->conversion &&
         identify (source->fd, &identity) && is_same (&self->identities[0], &identity);
}

gboolean
dio_buffer_is_dmabuf_of (DioBuffer *self, const DioDmabuf *dmabuf, int width, int height)
{
  const DioDmabuf *own = &self->dmabuf;

  if (self->kind != DIO_FRAME_DMABUF || self->width != width || self->height != height ||
      own->n_planes != dmabuf->n_planes || own->fourcc != dmabuf->fourcc || own->modifier != dmabuf->modifier ||
      own->width != dmabuf->width || own->height != dmabuf->height || own->crop_x != dmabuf->crop_x ||
      own->crop_y != dmabuf->crop_y || own->bottom_up != dmabuf->bottom_up)
    return FALSE;
  for (guint i = 0; i < own->n_planes; i++)
    {
      Identity identity;

      if (own->offsets[i] != dmabuf->offsets[i] || own->strides[i] != dmabuf->strides[i] ||
          !identify (dmabuf->fds[i], &identity) || !is_same (&self->identities[i], &identity))
        return FALSE;
    }
  return TRUE;
}

guint64
dio_buffer_get_id (DioBuffer *self)
{
  return self->id;
}

DioFrameKind
dio_buffer_get_kind (DioBuffer *self)
{
  return self->kind;
}

int
dio_buffer_get_width (DioBuffer *self)
{
  return self->width;
}

int
dio_buffer_get_height (DioBuffer *self)
{
  return self->height;
}

const DioPixelConversion *
dio_buffer_get_conversion (DioBuffer *self)
{
  return self->conversion;
}

const DioDmabuf *
dio_buffer_get_dmabuf (DioBuffer *self)
{
  return self->kind == DIO_FRAME_DMABUF ? &self->dmabuf : NULL;
}

gboolean
dio_buffer_is_aligned (DioBuffer *self)
{
  const DioDmabuf *dmabuf = &self->dmabuf;

  /* Pictures of our own are so made, and others are not mapped. */
  return self->kind != DIO_FRAME_DMABUF ||
         (self->conversion && dmabuf->strides[0] % 4 == 0 &&
          (dmabuf->offsets[0] + (guint64) dmabuf->crop_x * self->conversion->bytes_per_pixel) % 4 == 0);
}

DioPicture *
dio_buffer_begin_write (DioBuffer *self)
{
  g_mutex_lock (&self->mutex);
  while (self->n_readers > 0)
    g_cond_wait (&self->idle, &self->mutex);
  self->writing = TRUE;
  g_mutex_unlock (&self->mutex);
  return &self->picture;
}

void
dio_buffer_end_write (DioBuffer *self)
{
  g_mutex_lock (&self->mutex);
  self->writing = FALSE;
  g_cond_broadcast (&self->idle);
  g_mutex_unlock (&self->mutex);
}

/* --- reading --- */

/* Tells the driver that the processor is about to read, or has read. A memory file, which stands in for a dma-buf in
 * tests, knows no such thing and needs none. */
static gboolean
sync_dmabuf (DioBuffer *self, guint64 flags, GError **error)
{
  struct dma_buf_sync sync = { .flags = flags | DMA_BUF_SYNC_READ };

  while (ioctl (self->dmabuf.fds[0], DMA_BUF_IOCTL_SYNC, &sync) < 0)
    if (errno != EINTR && errno != EAGAIN)
      return errno == ENOTTY ? TRUE : fail (error, errno, "The buffer cannot be read now");
  return TRUE;
}

/* With the mutex held. */
static gboolean
map_dmabuf (DioBuffer *self, GError **error)
{
  const DioDmabuf *dmabuf = &self->dmabuf;
  void *mapping;

  if (self->mapping)
    return TRUE;
  self->mapping_size = (gsize) (dmabuf->offsets[0] + (guint64) dmabuf->strides[0] * (guint64) (dmabuf->height - 1) +
                                (guint64) dmabuf->width * self->conversion->bytes_per_pixel);
  mapping = mmap (NULL, self->mapping_size, PROT_READ, MAP_SHARED, dmabuf->fds[0], 0);
  if (mapping == MAP_FAILED)
    return fail (error, errno, "The buffer cannot be mapped");
  self->mapping = mapping;
  return TRUE;
}

static const guint8 *
begin_read_dmabuf (DioBuffer *self, gssize *ret_stride, GError **error)
{
  const DioDmabuf *dmabuf = &self->dmabuf;
  const guint8 *first;

  if (!self->conversion)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                           "The buffer has a layout that only the graphics card knows");
      return NULL;
    }
  if (!map_dmabuf (self, error))
    return NULL;
  if (self->n_readers == 0 && !sync_dmabuf (self, DMA_BUF_SYNC_START, error))
    return NULL;
  self->n_readers++;
  first = self->mapping + dmabuf->offsets[0] + (gsize) dmabuf->crop_y * dmabuf->strides[0] +
          (gsize) dmabuf->crop_x * self->conversion->bytes_per_pixel;
  *ret_stride = (gssize) dmabuf->strides[0];
  if (!dmabuf->bottom_up)
    return first;
  *ret_stride = -*ret_stride;
  return first + (gsize) (self->height - 1) * dmabuf->strides[0];
}

const guint8 *
dio_buffer_begin_read (DioBuffer *self, gssize *ret_stride, GError **error)
{
  g_autoptr (GMutexLocker) locker = NULL;

  if (self->kind == DIO_FRAME_MAP)
    {
      *ret_stride = (gssize) self->stride;
      return self->mapping + self->offset % (guint64) sysconf (_SC_PAGESIZE);
    }
  locker = g_mutex_locker_new (&self->mutex);
  if (self->kind == DIO_FRAME_DMABUF)
    return begin_read_dmabuf (self, ret_stride, error);
  self->n_readers++;
  while (self->writing)
    g_cond_wait (&self->idle, &self->mutex);
  *ret_stride = (gssize) self->picture.stride;
  return self->picture.data;
}

void
dio_buffer_end_read (DioBuffer *self)
{
  g_autoptr (GMutexLocker) locker = NULL;

  if (self->kind == DIO_FRAME_MAP)
    return;
  locker = g_mutex_locker_new (&self->mutex);
  g_return_if_fail (self->n_readers > 0);
  if (--self->n_readers > 0)
    return;
  if (self->kind == DIO_FRAME_DMABUF)
    sync_dmabuf (self, DMA_BUF_SYNC_END, NULL);
  else
    g_cond_broadcast (&self->idle);
}
