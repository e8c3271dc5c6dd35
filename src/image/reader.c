/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "image/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Numbers are read one by one; a window of the file is kept for them. */
#define WINDOW_SIZE (64 * 1024)

struct _DioReader
{
  int fd; /* -1: DATA */
  const guint8 *data;
  guint64 size;
  struct stat status;
  int error_number;
  guint8 *window;
  guint64 window_offset;
  gsize window_size;
};

DioReader *
dio_reader_new (const char *path, int *ret_error_number)
{
  g_autoptr (DioReader) self = g_new0 (DioReader, 1);

  g_return_val_if_fail (path != NULL && ret_error_number != NULL, NULL);

  /* A FIFO must not make us wait for its writer. */
  self->fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (self->fd < 0 || fstat (self->fd, &self->status) < 0)
    {
      *ret_error_number = errno;
      return NULL;
    }
  if (!S_ISREG (self->status.st_mode))
    {
      *ret_error_number = S_ISDIR (self->status.st_mode) ? EISDIR : ENOTSUP;
      return NULL;
    }
  self->size = self->status.st_size > 0 ? self->status.st_size : 0;
  self->window = g_malloc (WINDOW_SIZE);
  return g_steal_pointer (&self);
}

DioReader *
dio_reader_new_for_data (const void *data, gsize size)
{
  DioReader *self = g_new0 (DioReader, 1);

  self->fd = -1;
  self->data = data;
  self->size = size;
  return self;
}

void
dio_reader_free (DioReader *self)
{
  if (self->fd >= 0)
    close (self->fd);
  g_free (self->window);
  g_free (self);
}

guint64
dio_reader_get_size (DioReader *self)
{
  return self->size;
}

const struct stat *
dio_reader_get_status (DioReader *self)
{
  return &self->status;
}

int
dio_reader_get_error_number (DioReader *self)
{
  return self->error_number;
}

static gboolean
read_from_file (DioReader *self, guint64 offset, guint8 *buffer, gsize n)
{
  gsize done = 0;

  while (done < n)
    {
      gssize got = pread (self->fd, buffer + done, n - done, (off_t) (offset + done));

      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        self->error_number = errno;
      if (got <= 0)
        return FALSE; /* it may have become shorter */
      done += got;
    }
  return TRUE;
}

gboolean
dio_reader_read (DioReader *self, guint64 offset, void *buffer, gsize n)
{
  if (offset > self->size || n > self->size - offset)
    return FALSE;
  if (n == 0)
    return TRUE;
  if (self->fd < 0)
    {
      memcpy (buffer, self->data + offset, n);
      return TRUE;
    }
  if (n > WINDOW_SIZE)
    return read_from_file (self, offset, buffer, n);
  if (offset < self->window_offset || offset - self->window_offset > self->window_size ||
      n > self->window_size - (offset - self->window_offset))
    {
      self->window_offset = offset;
      self->window_size = MIN (WINDOW_SIZE, self->size - offset);
      if (!read_from_file (self, offset, self->window, self->window_size))
        {
          self->window_size = 0;
          return FALSE;
        }
    }
  memcpy (buffer, self->window + (offset - self->window_offset), n);
  return TRUE;
}

guint64
dio_reader_be (DioReader *self, guint64 offset, guint n_bytes)
{
  guint8 bytes[8];
  guint64 value = 0;

  g_return_val_if_fail (n_bytes >= 1 && n_bytes <= sizeof bytes, 0);

  if (!dio_reader_read (self, offset, bytes, n_bytes))
    return 0;
  for (guint i = 0; i < n_bytes; i++)
    value = value << 8 | bytes[i];
  return value;
}

guint64
dio_reader_le (DioReader *self, guint64 offset, guint n_bytes)
{
  guint8 bytes[8];
  guint64 value = 0;

  g_return_val_if_fail (n_bytes >= 1 && n_bytes <= sizeof bytes, 0);

  if (!dio_reader_read (self, offset, bytes, n_bytes))
    return 0;
  for (guint i = n_bytes; i-- > 0;)
    value = value << 8 | bytes[i];
  return value;
}

gboolean
dio_reader_has (DioReader *self, guint64 offset, const char *mark, gsize length)
{
  guint8 bytes[64];

  g_return_val_if_fail (length <= sizeof bytes, FALSE);

  return dio_reader_read (self, offset, bytes, length) && memcmp (bytes, mark, length) == 0;
}

char *
dio_reader_dup (DioReader *self, guint64 offset, gsize n)
{
  g_autofree char *text = NULL;

  if (offset > self->size || n > self->size - offset)
    return NULL;
  text = g_malloc (n + 1);
  text[n] = '\0';
  return dio_reader_read (self, offset, text, n) ? g_steal_pointer (&text) : NULL;
}
