/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "clipboard/agent-stream.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_SIZE (64 * 1024)
/* What may wait for the main thread before nothing more is read. */
#define MAX_NEWS 64
#define MAX_NEWS_BYTES (256 * 1024)
/* After so long, an agent that was killed may have been followed by another. */
#define PAUSE_US (50 * G_TIME_SPAN_MILLISECOND)
/* GTK draws at 120. */
#define PRIORITY (G_PRIORITY_HIGH_IDLE + 30)

typedef struct
{
  DioVdagentWriter writer;
  GTask *task;
  gboolean dropped;
} Outgoing;

typedef enum
{
  NEWS_MESSAGE,
  NEWS_LARGE,
  NEWS_SENT,
  NEWS_FAILED,
} NewsKind;

/* What the thread has to tell. */
typedef struct
{
  NewsKind kind;
  guint type;
  GBytes *body;
  guint64 size;
  GTask *task;
  GError *error;
} News;

struct _DioAgentStream
{
  gatomicrefcount ref_count; /* the owner's and the source's */
  const DioAgentStreamClass *klass;
  gpointer user_data;
  GThread *thread;
  GMainContext *context;
  int fd, wake_fd;
  int closing; /* atomic */
  guint limit; /* atomic */

  /* the thread's */
  DioVdagentReader *reader;
  guint8 *buffer;
  const guint8 *unread; /* in the buffer */
  gsize n_unread;
  gint64 last_read;

  GMutex mutex; /* guards what follows */
  GQueue outgoing;
  GQueue news;
  gsize news_bytes;
  GSource *source;
  guint64 received;
  gboolean resting, decided, decision, ended;
};

static void
outgoing_free (Outgoing *self)
{
  dio_vdagent_writer_clear (&self->writer);
  g_clear_object (&self->task);
  g_free (self);
}

static void
news_free (News *self)
{
  g_clear_pointer (&self->body, g_bytes_unref);
  g_clear_object (&self->task);
  g_clear_error (&self->error);
  g_free (self);
}

static void
stream_unref (gpointer data)
{
  DioAgentStream *self = data;

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_queue_clear_full (&self->outgoing, (GDestroyNotify) outgoing_free);
  g_queue_clear_full (&self->news, (GDestroyNotify) news_free);
  g_clear_pointer (&self->reader, dio_vdagent_reader_free);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_clear_fd (&self->fd, NULL);
  g_clear_fd (&self->wake_fd, NULL);
  g_free (self->buffer);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

static void
wake (DioAgentStream *self)
{
  eventfd_write (self->wake_fd, 1);
}

/* --- what is told --- */

static void
finish_task (GTask *task, GError *error)
{
  if (error)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

static void
tell (DioAgentStream *self, News *news)
{
  switch (news->kind)
    {
    case NEWS_MESSAGE:
      self->klass->message (news->type, news->body, self->user_data);
      break;
    case NEWS_LARGE:
      self->klass->large (news->size, self->user_data);
      break;
    case NEWS_SENT:
      finish_task (news->task, g_steal_pointer (&news->error));
      break;
    case NEWS_FAILED:
      self->klass->failed (news->error, self->user_data);
      break;
    }
}

static gsize
news_size (const News *news)
{
  return news->body ? g_bytes_get_size (news->body) : 0;
}

static gboolean
on_news (gpointer user_data)
{
  DioAgentStream *self = user_data;
  News *news;
  gsize size;
  gboolean more;

  g_mutex_lock (&self->mutex);
  news = g_queue_pop_head (&self->news);
  g_mutex_unlock (&self->mutex);
  if (!news || g_atomic_int_get (&self->closing))
    {
      g_clear_pointer (&news, news_free);
      return G_SOURCE_REMOVE;
    }
  size = news_size (news);
  /* May close the stream. */
  tell (self, news);
  news_free (news);

  g_mutex_lock (&self->mutex);
  self->news_bytes -= size;
  more = !g_queue_is_empty (&self->news) && !g_atomic_int_get (&self->closing);
  if (!more)
    g_clear_pointer (&self->source, g_source_unref);
  g_mutex_unlock (&self->mutex);
  wake (self);
  return more ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

/* With the mutex. */
static void
add_news (DioAgentStream *self, const News *news)
{
  g_queue_push_tail (&self->news, g_memdup2 (news, sizeof *news));
  self->news_bytes += news_size (news);
  if (self->source || g_atomic_int_get (&self->closing))
    return;
  self->source = g_idle_source_new ();
  g_source_set_priority (self->source, PRIORITY);
  g_atomic_ref_count_inc (&self->ref_count);
  g_source_set_callback (self->source, on_news, self, stream_unref);
  g_source_set_static_name (self->source, "[diorama] agent");
  g_source_attach (self->source, self->context);
}

/* --- the thread --- */

/* With the mutex: OUTGOING, which is not in the queue any more, has come to its end. */
static void
end_outgoing (DioAgentStream *self, Outgoing *outgoing)
{
  GError *error = NULL;

  if (outgoing->dropped)
    error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CLOSED, "The guest’s agent has gone");
  if (outgoing->task)
    add_news (self, &(News){ .kind = NEWS_SENT, .task = g_steal_pointer (&outgoing->task), .error = error });
  else
    g_clear_error (&error);
  outgoing_free (outgoing);
}

/* With the mutex. Returns the next that is to be sent. */
static Outgoing *
next_outgoing (DioAgentStream *self)
{
  Outgoing *outgoing;

  while ((outgoing = g_queue_peek_head (&self->outgoing)))
    {
      GCancellable *cancellable = outgoing->task ? g_task_get_cancellable (outgoing->task) : NULL;

      if (outgoing->writer.sent == 0 && g_cancellable_is_cancelled (cancellable))
        outgoing->writer.size = 0;
      if (outgoing->writer.sent < outgoing->writer.size)
        return outgoing;
      end_outgoing (self, g_queue_pop_head (&self->outgoing));
    }
  return NULL;
}

static gboolean
write_some (DioAgentStream *self, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);
  Outgoing *outgoing = next_outgoing (self);
  DioVdagentBatch batch;
  struct msghdr message = { .msg_iov = batch.pieces };
  gssize n;

  if (!outgoing)
    return TRUE;
  dio_vdagent_writer_fill (&outgoing->writer, &batch);
  message.msg_iovlen = batch.n_pieces;
  n = sendmsg (self->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (n >= 0)
    {
      outgoing->writer.sent += (guint64) n;
      next_outgoing (self);
      return TRUE;
    }
  if (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK)
    return TRUE;
  g_set_error (error, G_IO_ERROR, errno == EPIPE || errno == ECONNRESET ? G_IO_ERROR_CLOSED : G_IO_ERROR_FAILED,
               "Writing to the guest’s agent failed: %s", g_strerror (errno));
  return FALSE;
}

static gboolean
receive (DioAgentStream *self, GError **error)
{
  gssize n = recv (self->fd, self->buffer, READ_SIZE, MSG_DONTWAIT);
  gint64 now = g_get_monotonic_time ();

  if (n < 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK))
    return TRUE;
  if (n <= 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED, "QEMU closed the connection to the guest’s agent%s%s",
                   n < 0 ? ": " : "", n < 0 ? g_strerror (errno) : "");
      return FALSE;
    }
  self->unread = self->buffer;
  self->n_unread = (gsize) n;
  if (now - self->last_read >= PAUSE_US)
    dio_vdagent_reader_after_pause (self->reader, self->unread, self->n_unread);
  self->last_read = now;
  g_mutex_lock (&self->mutex);
  self->received += (guint64) n;
  g_mutex_unlock (&self->mutex);
  return TRUE;
}

/* With the mutex. */
static gboolean
may_read (DioAgentStream *self)
{
  return !self->resting && g_queue_get_length (&self->news) < MAX_NEWS && self->news_bytes < MAX_NEWS_BYTES;
}

/* Reads out of the buffer as far as may be. */
static gboolean
parse (DioAgentStream *self, GError **error)
{
  while (self->n_unread > 0)
    {
      DioVdagentResult result;
      News news = { .kind = NEWS_MESSAGE };
      g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

      if (self->decided)
        dio_vdagent_reader_decide (self->reader, self->decision);
      self->decided = FALSE;
      if (!may_read (self))
        return TRUE;
      g_mutex_unlock (&self->mutex);
      dio_vdagent_reader_set_limit (self->reader, g_atomic_int_get (&self->limit));
      result = dio_vdagent_reader_push (self->reader, &self->unread, &self->n_unread, error);
      g_mutex_lock (&self->mutex);
      if (result == DIO_VDAGENT_ERROR)
        return FALSE;
      if (result == DIO_VDAGENT_LARGE)
        {
          self->resting = TRUE;
          add_news (self, &(News){ .kind = NEWS_LARGE, .size = dio_vdagent_reader_get_size (self->reader) });
        }
      else if (result == DIO_VDAGENT_MESSAGE && (news.body = dio_vdagent_reader_take (self->reader, &news.type)))
        {
          add_news (self, &news);
        }
    }
  return TRUE;
}

/* One turn: waits, writes, reads. */
static gboolean
exchange (DioAgentStream *self, GError **error)
{
  gboolean reading, writing;
  struct pollfd fds[2] = { { .fd = self->fd }, { .fd = self->wake_fd, .events = POLLIN } };
  eventfd_t value;

  if (!parse (self, error))
    return FALSE;
  g_mutex_lock (&self->mutex);
  reading = self->n_unread == 0 && may_read (self);
  writing = next_outgoing (self) != NULL;
  g_mutex_unlock (&self->mutex);
  fds[0].events = (short) ((reading ? POLLIN : 0) | (writing ? POLLOUT : 0));
  /* A hang-up is told where nothing is asked, too. */
  if (!fds[0].events)
    fds[0].fd = -1;
  if (poll (fds, G_N_ELEMENTS (fds), -1) < 0 && errno != EINTR)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "Waiting failed: %s", g_strerror (errno));
      return FALSE;
    }
  if (fds[1].revents)
    eventfd_read (self->wake_fd, &value);
  /* What it said before it hung up is heard. */
  if (reading && (fds[0].revents & (POLLIN | POLLHUP | POLLERR | POLLNVAL)))
    return receive (self, error);
  if (writing && fds[0].revents)
    return write_some (self, error);
  return TRUE;
}

static gpointer
run (gpointer user_data)
{
  DioAgentStream *self = user_data;
  GError *error = NULL;

  while (!g_atomic_int_get (&self->closing) && exchange (self, &error))
    continue;
  shutdown (self->fd, SHUT_RDWR);
  g_mutex_lock (&self->mutex);
  self->ended = TRUE;
  g_clear_pointer (&self->reader, dio_vdagent_reader_free);
  if (error)
    {
      Outgoing *outgoing;

      while ((outgoing = g_queue_pop_head (&self->outgoing)))
        {
          outgoing->dropped = TRUE;
          end_outgoing (self, outgoing);
        }
      add_news (self, &(News){ .kind = NEWS_FAILED, .error = error });
    }
  g_mutex_unlock (&self->mutex);
  return NULL;
}

/* --- the main thread --- */

DioAgentStream *
dio_agent_stream_new (int fd, const DioAgentStreamClass *klass, gpointer user_data)
{
  DioAgentStream *self = g_new0 (DioAgentStream, 1);

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->mutex);
  self->klass = klass;
  self->user_data = user_data;
  self->context = g_main_context_ref_thread_default ();
  self->fd = fd;
  self->wake_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  self->limit = G_MAXUINT32;
  self->reader = dio_vdagent_reader_new ();
  self->buffer = g_malloc (READ_SIZE);
  self->thread = g_thread_new ("dio-agent", run, self);
  return self;
}

void
dio_agent_stream_close (DioAgentStream *self)
{
  GSource *source;
  Outgoing *outgoing;
  News *news;

  g_atomic_int_set (&self->closing, TRUE);
  wake (self);
  g_thread_join (g_steal_pointer (&self->thread));
  /* Nobody else is left. */
  source = g_steal_pointer (&self->source);
  while ((news = g_queue_pop_head (&self->news)))
    {
      if (news->task)
        finish_task (news->task, g_steal_pointer (&news->error));
      news_free (news);
    }
  while ((outgoing = g_queue_pop_head (&self->outgoing)))
    {
      if (outgoing->task)
        g_task_return_new_error_literal (outgoing->task, G_IO_ERROR, G_IO_ERROR_CLOSED,
                                         "The connection to the guest’s agent was closed");
      outgoing_free (outgoing);
    }
  if (source)
    {
      g_source_destroy (source);
      g_source_unref (source);
    }
  g_clear_fd (&self->fd, NULL);
  stream_unref (self);
}

void
dio_agent_stream_send (DioAgentStream *self, guint type, GBytes *head, GBytes *body, GTask *task)
{
  Outgoing *outgoing = g_new0 (Outgoing, 1);

  outgoing->task = task;
  if (!dio_vdagent_writer_init (&outgoing->writer, type, head, body))
    {
      if (task)
        g_task_return_new_error_literal (task, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE,
                                         "The guest’s agent takes no more than 4 GB at once");
      outgoing_free (outgoing);
      return;
    }
  g_mutex_lock (&self->mutex);
  g_queue_push_tail (&self->outgoing, outgoing);
  if (self->ended)
    {
      outgoing->dropped = TRUE;
      end_outgoing (self, g_queue_pop_tail (&self->outgoing));
    }
  g_mutex_unlock (&self->mutex);
  wake (self);
}

void
dio_agent_stream_drop (DioAgentStream *self)
{
  g_mutex_lock (&self->mutex);
  for (GList *l = self->outgoing.head; l; l = l->next)
    {
      Outgoing *outgoing = l->data;

      outgoing->dropped = TRUE;
      dio_vdagent_writer_cut_short (&outgoing->writer);
    }
  next_outgoing (self);
  g_mutex_unlock (&self->mutex);
}

void
dio_agent_stream_set_limit (DioAgentStream *self, guint32 limit)
{
  g_atomic_int_set (&self->limit, limit);
}

void
dio_agent_stream_decide (DioAgentStream *self, gboolean accept)
{
  g_mutex_lock (&self->mutex);
  self->decided = TRUE;
  self->decision = accept;
  self->resting = FALSE;
  g_mutex_unlock (&self->mutex);
  wake (self);
}

guint64
dio_agent_stream_get_received (DioAgentStream *self)
{
  guint64 received;

  g_mutex_lock (&self->mutex);
  received = self->received;
  g_mutex_unlock (&self->mutex);
  return received;
}
