/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "display/pacer.h"

#include "base/trace.h"

/* Less than what an endpoint leaves unanswered before it stops reading. */
#define MAX_WAITING 32
/* Waiting ends on a whole millisecond: rather a little before the deadline than after. */
#define EARLY_US 1000

typedef struct
{
  guint64 serial;
  gint64 arrival; /* monotonic time */
  DioEndpointCall *call;
} Ticket;

typedef struct
{
  guint number;
  guint64 consumed; /* calls up to this one do not wait for it any more */
} Reader;

struct _DioPacer
{
  gatomicrefcount ref_count;

  GMutex mutex;   /* guards what follows */
  GQueue tickets; /* of Ticket, the oldest first */
  GArray *readers;
  guint last_reader;
  guint64 last_serial;
  guint64 answers, late_answers, delay, max_delay;
};

DioPacer *
dio_pacer_new (void)
{
  DioPacer *self = g_new0 (DioPacer, 1);

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->mutex);
  g_queue_init (&self->tickets);
  self->readers = g_array_new (FALSE, FALSE, sizeof (Reader));
  return self;
}

DioPacer *
dio_pacer_ref (DioPacer *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/* All that follow: with the mutex held. */

static void
answer (DioPacer *self, DioEndpointCall *call, gint64 arrival)
{
  guint64 delay = (guint64) (g_get_monotonic_time () - arrival);

  dio_endpoint_call_return (call, NULL);
  self->answers++;
  self->delay += delay;
  self->max_delay = MAX (self->max_delay, delay);
  dio_trace_end (dio_trace_since (arrival), "UpdateDMABUF answered", "%u still wait",
                 g_queue_get_length (&self->tickets));
}

static void
answer_oldest (DioPacer *self)
{
  Ticket *ticket = g_queue_pop_head (&self->tickets);

  answer (self, ticket->call, ticket->arrival);
  dio_endpoint_call_unref (ticket->call);
  g_free (ticket);
}

/* Answers what all readers have done with. */
static void
answer_consumed (DioPacer *self)
{
  guint64 consumed = G_MAXUINT64;

  for (guint i = 0; i < self->readers->len; i++)
    consumed = MIN (consumed, g_array_index (self->readers, Reader, i).consumed);
  while (!g_queue_is_empty (&self->tickets) && ((Ticket *) g_queue_peek_head (&self->tickets))->serial <= consumed)
    answer_oldest (self);
}

void
dio_pacer_unref (DioPacer *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  while (!g_queue_is_empty (&self->tickets))
    answer_oldest (self);
  g_array_unref (self->readers);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

guint
dio_pacer_add_reader (DioPacer *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);
  Reader reader = { ++self->last_reader, self->last_serial };

  g_array_append_val (self->readers, reader);
  return reader.number;
}

void
dio_pacer_remove_reader (DioPacer *self, guint number)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  for (guint i = 0; i < self->readers->len; i++)
    if (g_array_index (self->readers, Reader, i).number == number)
      {
        g_array_remove_index_fast (self->readers, i);
        break;
      }
  answer_consumed (self);
}

void
dio_pacer_hold (DioPacer *self, DioEndpointCall *call)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);
  gint64 now = g_get_monotonic_time ();
  Ticket *ticket;

  self->last_serial++;
  if (self->readers->len == 0)
    {
      answer (self, call, now);
      return;
    }
  ticket = g_new (Ticket, 1);
  *ticket = (Ticket) { self->last_serial, now, dio_endpoint_call_ref (call) };
  g_queue_push_tail (&self->tickets, ticket);
  if (g_queue_get_length (&self->tickets) > MAX_WAITING)
    answer_oldest (self);
}

void
dio_pacer_pass (DioPacer *self, DioEndpointCall *call)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  answer (self, call, g_get_monotonic_time ());
}

void
dio_pacer_release (DioPacer *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  while (!g_queue_is_empty (&self->tickets))
    answer_oldest (self);
}

guint64
dio_pacer_get_serial (DioPacer *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  return self->last_serial;
}

void
dio_pacer_consume (DioPacer *self, guint number, guint64 serial)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  for (guint i = 0; i < self->readers->len; i++)
    {
      Reader *reader = &g_array_index (self->readers, Reader, i);

      if (reader->number == number)
        reader->consumed = MAX (reader->consumed, serial);
    }
  answer_consumed (self);
}

gint64
dio_pacer_expire (DioPacer *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);
  gint64 now = g_get_monotonic_time ();

  while (!g_queue_is_empty (&self->tickets))
    {
      const Ticket *oldest = g_queue_peek_head (&self->tickets);
      gint64 deadline = oldest->arrival + DIO_PACER_DEADLINE_MS * G_TIME_SPAN_MILLISECOND;

      if (deadline - EARLY_US > now)
        return deadline;
      self->late_answers++;
      answer_oldest (self);
    }
  return -1;
}

void
dio_pacer_get_stats (DioPacer *self, DioDisplayStats *stats)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  stats->answers = self->answers;
  stats->late_answers = self->late_answers;
  stats->answer_delay_us = self->delay;
  stats->max_answer_delay_us = self->max_delay;
}
