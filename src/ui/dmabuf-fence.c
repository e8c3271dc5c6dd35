/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/dmabuf-fence.h"

#include <errno.h>
#include <glib-unix.h>
#include <linux/dma-buf.h>
#include <poll.h>
#include <sys/ioctl.h>

/* Returns: what becomes readable when a writer could begin (linux/dma-buf.h), or -1: nothing keeps it. */
static int
export_fence (int fd)
{
  struct dma_buf_export_sync_file request = { .flags = DMA_BUF_SYNC_WRITE, .fd = -1 };
  int result;

  do
    result = ioctl (fd, DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &request);
  while (result < 0 && errno == EINTR);
  return result < 0 ? -1 : request.fd;
}

typedef struct
{
  GSource source;
  int fds[DIO_DMABUF_MAX_PLANES];
  gpointer tags[DIO_DMABUF_MAX_PLANES];
  guint n_fds;
} FenceSource;

static gboolean
fence_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  FenceSource *self = (FenceSource *) source;

  for (guint i = 0; i < self->n_fds; i++)
    if (self->tags[i] && g_source_query_unix_fd (source, self->tags[i]))
      g_source_remove_unix_fd (source, g_steal_pointer (&self->tags[i]));
  for (guint i = 0; i < self->n_fds; i++)
    if (self->tags[i])
      return G_SOURCE_CONTINUE;
  return callback (user_data);
}

static void
fence_finalize (GSource *source)
{
  FenceSource *self = (FenceSource *) source;

  for (guint i = 0; i < self->n_fds; i++)
    g_clear_fd (&self->fds[i], NULL);
}

GSource *
dio_dmabuf_fence_watch (const DioDmabuf *dmabuf, GSourceFunc callback, gpointer user_data)
{
  static GSourceFuncs funcs = { .dispatch = fence_dispatch, .finalize = fence_finalize };
  GSource *source = g_source_new (&funcs, sizeof (FenceSource));
  FenceSource *self = (FenceSource *) source;

  for (guint i = 0; i < dmabuf->n_planes; i++)
    {
      int fence = export_fence (dmabuf->fds[i]);

      if (fence < 0)
        continue;
      self->fds[self->n_fds] = fence;
      self->tags[self->n_fds] = g_source_add_unix_fd (source, fence, G_IO_IN | G_IO_ERR);
      self->n_fds++;
    }
  if (self->n_fds == 0)
    {
      g_source_unref (source);
      return NULL;
    }
  g_source_set_static_name (source, "dio_dmabuf_fence_watch");
  g_source_set_priority (source, G_PRIORITY_HIGH);
  g_source_set_callback (source, callback, user_data, NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
  return source;
}
