/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "dbus/fd-queue.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static void
drop (DioFdQueue *self, guint n)
{
  self->n -= n;
  memmove (self->entries, self->entries + n, self->n * sizeof self->entries[0]);
}

static void
close_first (DioFdQueue *self, guint n)
{
  for (guint i = 0; i < n; i++)
    g_clear_fd (&self->entries[i].fd, NULL);
  drop (self, n);
}

void
dio_fd_queue_push (DioFdQueue *self, int fd, guint64 since, guint64 until)
{
  if (self->n < DIO_FD_QUEUE_MAX)
    self->entries[self->n++] = (DioQueuedFd) { fd, since, until };
  else if (fd >= 0)
    close (fd);
}

gboolean
dio_fd_queue_pop (DioFdQueue *self, guint64 start, guint64 end, guint wanted, int fds[DIO_FD_QUEUE_MAX], guint *ret_n)
{
  guint n = 0;

  dio_fd_queue_forget (self, start);
  while (n < wanted && n < self->n && self->entries[n].since < end)
    {
      if (self->entries[n].fd < 0)
        {
          close_first (self, n + 1);
          *ret_n = 0;
          return TRUE;
        }
      n++;
    }
  *ret_n = n;
  if (n < wanted)
    return FALSE;
  for (guint i = 0; i < n; i++)
    fds[i] = self->entries[i].fd;
  drop (self, n);
  return TRUE;
}

void
dio_fd_queue_forget (DioFdQueue *self, guint64 position)
{
  guint n = 0;

  while (n < self->n && self->entries[n].until <= position)
    n++;
  close_first (self, n);
}
