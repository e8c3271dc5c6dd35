/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "guest-tools/exchange.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spice/vd_agent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ASK_MS 120000  /* the host's user may be asked first */
#define STALL_MS 10000 /* without one byte */
#define REST_BYTES 65536
#define BACKLOG_BYTES (3 * REST_BYTES) /* one reading of the port, at most as large, goes on top */
#define COPY_MAX ((size_t) 256 << 20)  /* of all that is held for the host */

/* --- the guest pastes --- */

static void ask_next (DioExchange *self, unsigned selection);

/* What it has not got it will not get: it sees an end. */
static void
drop_paste (DioExchange *self, DioPaste *paste)
{
  unsigned selection = paste->selection;
  bool asked = paste->asked;

  if (paste->fd >= 0)
    close (paste->fd);
  free (paste->bytes);
  if (self->receiving == paste)
    self->receiving = NULL;
  *paste = (DioPaste) { .fd = -1 };
  if (asked)
    ask_next (self, selection);
}

static bool
is_asked (DioExchange *self, unsigned selection)
{
  for (int i = 0; i < DIO_N_PASTES; i++)
    if (self->pastes[i].used && self->pastes[i].asked && !self->pastes[i].ended &&
        self->pastes[i].selection == selection)
      return true;
  return false;
}

static void
ask_next (DioExchange *self, unsigned selection)
{
  DioPaste *next = NULL;

  for (int i = 0; i < DIO_N_PASTES; i++)
    {
      DioPaste *paste = &self->pastes[i];

      if (paste->used && !paste->asked && paste->selection == selection &&
          (next == NULL || paste->deadline < next->deadline))
        next = paste;
    }
  if (next == NULL || is_asked (self, selection))
    return;
  next->deadline = self->now + ASK_MS;
  next->asked = dio_agent_ask (self->agent, selection, next->kind);
  if (!next->asked)
    {
      drop_paste (self, next);
      ask_next (self, selection);
    }
}

static void
on_pastes (void *data, unsigned selection, uint32_t kind, int fd)
{
  DioExchange *self = data;

  for (int i = 0; i < DIO_N_PASTES; i++)
    if (!self->pastes[i].used)
      {
        fcntl (fd, F_SETFL, O_NONBLOCK);
        fcntl (fd, F_SETFD, FD_CLOEXEC);
        self->pastes[i] = (DioPaste) { .used = true, .selection = selection, .kind = kind, .fd = fd };
        /* They are asked for in the order of their deadlines. */
        self->pastes[i].deadline = self->now + 2 * ASK_MS;
        ask_next (self, selection);
        return;
      }
  fprintf (stderr, "diorama-guest-agent: too many programs paste at once\n");
  close (fd);
}

/* Writes what it takes of what is there. */
static void
feed (DioExchange *self, DioPaste *paste)
{
  while (paste->fd >= 0 && paste->n > 0)
    {
      ssize_t n = write (paste->fd, paste->bytes + paste->begin, paste->n);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0 && errno == EAGAIN)
        return;
      if (n < 0)
        {
          close (paste->fd);
          paste->fd = -1;
          break;
        }
      paste->begin += n;
      paste->n -= n;
      paste->deadline = self->now + STALL_MS;
    }
  paste->begin = paste->n = 0;
  if (paste->ended)
    drop_paste (self, paste);
}

static void
on_begin (void *data, unsigned selection, uint32_t kind, uint32_t size)
{
  DioExchange *self = data;

  self->receiving = NULL;
  for (int i = 0; i < DIO_N_PASTES; i++)
    {
      DioPaste *paste = &self->pastes[i];

      if (paste->used && paste->asked && !paste->ended && paste->selection == selection)
        self->receiving = paste;
    }
  if (self->receiving == NULL)
    return;
  if (self->receiving->kind == kind)
    self->receiving->deadline = self->now + STALL_MS;
  else
    drop_paste (self, self->receiving);
}

static void
on_piece (void *data, const uint8_t *bytes, size_t n)
{
  DioExchange *self = data;
  DioPaste *paste = self->receiving;

  if (paste == NULL || paste->fd < 0)
    return;
  if (paste->bytes == NULL)
    paste->bytes = malloc (BACKLOG_BYTES);
  if (paste->bytes == NULL || n > BACKLOG_BYTES - paste->n)
    {
      drop_paste (self, paste);
      return;
    }
  if (paste->begin > 0)
    memmove (paste->bytes, paste->bytes + paste->begin, paste->n);
  paste->begin = 0;
  memcpy (paste->bytes + paste->n, bytes, n);
  paste->n += n;
  paste->deadline = self->now + STALL_MS;
  if (paste->n >= 32768)
    feed (self, paste);
}

static void
on_end (void *data)
{
  DioExchange *self = data;
  DioPaste *paste = self->receiving;
  unsigned selection;

  self->receiving = NULL;
  if (paste == NULL)
    return;
  selection = paste->selection;
  paste->ended = true;
  feed (self, paste);
  ask_next (self, selection);
}

static void
on_grabbed (void *data, unsigned selection, uint32_t kinds)
{
  DioExchange *self = data;

  /* What nobody has asked the host for yet was another content. */
  for (int i = 0; i < DIO_N_PASTES; i++)
    if (self->pastes[i].used && !self->pastes[i].asked && self->pastes[i].selection == selection)
      drop_paste (self, &self->pastes[i]);
  dio_data_control_set (self->control, selection, kinds);
}

/* --- the host pastes --- */

static void
drop_copy (DioCopy *copy)
{
  if (copy->fd >= 0)
    close (copy->fd);
  free (copy->bytes);
  *copy = (DioCopy) { .fd = -1 };
}

static void
refuse (DioExchange *self, DioCopy *copy, const char *why)
{
  fprintf (stderr, "diorama-guest-agent: what was copied was not sent: %s\n", why);
  dio_agent_answer (self->agent, copy->selection, VD_AGENT_CLIPBOARD_NONE, NULL, 0);
  drop_copy (copy);
}

static size_t
count_held (DioExchange *self)
{
  size_t n = self->agent->queue.n_bytes;

  for (int i = 0; i < DIO_N_COPIES; i++)
    n += self->copies[i].used ? self->copies[i].n : 0;
  return n;
}

static void
on_asked (void *data, unsigned selection, uint32_t kind)
{
  DioExchange *self = data;

  for (int i = 0; i < DIO_N_COPIES; i++)
    if (!self->copies[i].used)
      {
        int fd = dio_data_control_receive (self->control, selection, kind);

        if (fd < 0)
          break;
        self->copies[i] = (DioCopy) { .used = true, .selection = selection, .kind = kind, .fd = fd };
        self->copies[i].deadline = self->now + STALL_MS;
        return;
      }
  dio_agent_answer (self->agent, selection, VD_AGENT_CLIPBOARD_NONE, NULL, 0);
}

static bool
make_room (DioCopy *copy)
{
  size_t size = copy->size > 0 ? 2 * copy->size : 65536;
  uint8_t *bytes = NULL;

  if (copy->n < copy->size)
    return true;
  bytes = realloc (copy->bytes, size);
  if (bytes == NULL)
    return false;
  copy->bytes = bytes;
  copy->size = size;
  return true;
}

static void
collect (DioExchange *self, DioCopy *copy)
{
  int64_t limit = self->agent->limit;
  ssize_t n;

  if (!make_room (copy))
    {
      refuse (self, copy, "there is no memory for it");
      return;
    }
  n = read (copy->fd, copy->bytes + copy->n, copy->size - copy->n);
  if (n < 0 && errno != EAGAIN && errno != EINTR)
    refuse (self, copy, strerror (errno));
  else if (n > 0)
    {
      copy->n += n;
      copy->deadline = self->now + STALL_MS;
      if (count_held (self) > COPY_MAX || (limit >= 0 && copy->n > (uint64_t) limit))
        refuse (self, copy, "it is too large");
    }
  else if (n == 0)
    {
      dio_agent_answer (self->agent, copy->selection, copy->kind, copy->bytes, copy->n);
      copy->bytes = NULL;
      drop_copy (copy);
    }
}

static void
on_copied (void *data, unsigned selection, uint32_t kinds)
{
  DioExchange *self = data;

  dio_agent_grab (self->agent, selection, kinds);
}

/* --- both --- */

static void
on_reset (void *data)
{
  DioExchange *self = data;

  dio_exchange_clear (self);
  for (unsigned i = 0; i < DIO_N_SELECTIONS; i++)
    dio_agent_grab (self->agent, i, dio_data_control_get_kinds (self->control, i));
}

int64_t
dio_exchange_prepare (DioExchange *self, struct pollfd *fds)
{
  int64_t deadline = INT64_MAX;

  for (int i = 0; i < DIO_N_PASTES; i++, fds++)
    {
      DioPaste *paste = &self->pastes[i];

      /* Without anything to write: whether its reader is still there. */
      *fds = (struct pollfd) { .fd = paste->used ? paste->fd : -1, .events = paste->n > 0 ? POLLOUT : 0 };
      if (paste->used && paste->deadline < deadline)
        deadline = paste->deadline;
    }
  for (int i = 0; i < DIO_N_COPIES; i++, fds++)
    {
      DioCopy *copy = &self->copies[i];

      *fds = (struct pollfd) { .fd = copy->used ? copy->fd : -1, .events = POLLIN };
      if (copy->used && copy->deadline < deadline)
        deadline = copy->deadline;
    }
  return deadline;
}

static void
move_paste (DioExchange *self, DioPaste *paste, short revents)
{
  if (!paste->used)
    return;
  if (paste->deadline <= self->now)
    {
      drop_paste (self, paste);
      return;
    }
  if (revents & POLLERR)
    {
      close (paste->fd);
      paste->fd = -1;
      paste->n = 0;
      /* The host's answer comes all the same, if it was asked. */
      if (!paste->asked || paste->ended)
        drop_paste (self, paste);
    }
  else if (revents & POLLOUT)
    feed (self, paste);
}

void
dio_exchange_move (DioExchange *self, const struct pollfd *fds)
{
  for (int i = 0; i < DIO_N_PASTES; i++)
    move_paste (self, &self->pastes[i], fds[i].revents);
  fds += DIO_N_PASTES;
  for (int i = 0; i < DIO_N_COPIES; i++)
    {
      DioCopy *copy = &self->copies[i];

      if (copy->used && fds[i].revents != 0)
        collect (self, copy);
      else if (copy->used && copy->deadline <= self->now)
        refuse (self, copy, "the program that has it does not hand it out");
    }
}

bool
dio_exchange_rests (const DioExchange *self)
{
  for (int i = 0; i < DIO_N_PASTES; i++)
    if (self->pastes[i].used && self->pastes[i].n >= REST_BYTES)
      return true;
  return false;
}

void
dio_exchange_clear (DioExchange *self)
{
  for (int i = 0; i < DIO_N_PASTES; i++)
    if (self->pastes[i].used)
      {
        self->pastes[i].asked = false;
        drop_paste (self, &self->pastes[i]);
      }
  for (int i = 0; i < DIO_N_COPIES; i++)
    if (self->copies[i].used)
      drop_copy (&self->copies[i]);
  for (unsigned i = 0; i < DIO_N_SELECTIONS; i++)
    dio_data_control_set (self->control, i, 0);
}

const DioAgentHost dio_exchange_host = { on_reset, on_grabbed, on_asked, on_begin, on_piece, on_end };
const DioDataControlEvents dio_exchange_events = { on_copied, on_pastes };
