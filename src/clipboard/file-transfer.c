/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "clipboard/file-transfer.h"

#include "clipboard/vdagent.h"

#include <glib/gi18n-lib.h>
#include <spice/vd_agent.h>
#include <string.h>

#define PIECE (64 * 1024)
#define MAX_IN_FLIGHT 4
/* Without a word of the agent's, when it is its turn. */
#define SILENCE_SECONDS 60

typedef enum
{
  OPENING,
  TOLD,    /* until the agent agrees */
  SENDING, /* until all is on its way */
  SENT,    /* until the agent has it */
  ENDED,
} State;

struct _DioFileTransfer
{
  GObject parent_instance;

  DioAgent *agent;
  guint32 id;
  char *name;
  guint number, n;
  State state;
  GFileInputStream *stream;
  guint64 left; /* bytes to read */
  gboolean reading;
  guint in_flight;
  GCancellable *cancellable;
  guint timeout_id;
};

enum
{
  PROGRESS,
  ENDED_SIGNAL,
  N_SIGNALS
};

static guint signals[N_SIGNALS];
static guint32 last_id;

G_DEFINE_FINAL_TYPE (DioFileTransfer, dio_file_transfer, G_TYPE_OBJECT)

static void read_on (DioFileTransfer *self);

/* --- the end --- */

static void
send_status (DioFileTransfer *self, guint32 status)
{
  GByteArray *body = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;

  dio_vdagent_put_u32 (body, self->id);
  dio_vdagent_put_u32 (body, status);
  bytes = g_byte_array_free_to_bytes (body);
  dio_agent_send (self->agent, VD_AGENT_FILE_XFER_STATUS, bytes);
}

/* Whether the agent believes that something is to come. */
static void
stop (DioFileTransfer *self, gboolean tell, guint32 status)
{
  State state = self->state;

  self->state = ENDED;
  g_clear_handle_id (&self->timeout_id, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  g_signal_handlers_disconnect_by_data (self->agent, self);
  if (tell && state > OPENING && state < ENDED)
    send_status (self, status);
}

/* ERROR: (transfer full) (nullable). */
static void
end (DioFileTransfer *self, GError *error, gboolean for_all)
{
  g_autoptr (GError) owned = error;

  if (self->state == ENDED)
    return;
  g_object_ref (self);
  stop (self, FALSE, 0);
  g_signal_emit (self, signals[ENDED_SIGNAL], 0, owned, for_all);
  g_object_unref (self);
}

/* It is we who give up. */
static void
give_up (DioFileTransfer *self, GError *error, gboolean for_all)
{
  if (self->state > OPENING && self->state < ENDED)
    send_status (self, VD_AGENT_FILE_XFER_STATUS_ERROR);
  end (self, error, for_all);
}

void
dio_file_transfer_cancel (DioFileTransfer *self)
{
  g_return_if_fail (DIO_IS_FILE_TRANSFER (self));
  stop (self, TRUE, VD_AGENT_FILE_XFER_STATUS_CANCELLED);
}

static gboolean
on_silence (gpointer user_data)
{
  DioFileTransfer *self = user_data;

  self->timeout_id = 0;
  give_up (self,
           g_error_new_literal (G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                                _ ("The machine does not answer. Its agent may not be able to take files.")),
           TRUE);
  return G_SOURCE_REMOVE;
}

static void
expect_answer (DioFileTransfer *self)
{
  g_clear_handle_id (&self->timeout_id, g_source_remove);
  self->timeout_id = g_timeout_add_seconds (SILENCE_SECONDS, on_silence, self);
}

/* --- what is sent --- */

static void
on_piece_sent (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioFileTransfer) self = user_data;
  gboolean sent = dio_agent_send_finish (DIO_AGENT (source), result, NULL);

  self->in_flight--;
  /* An agent that has gone is told by "open". */
  if (!sent || self->state != SENDING)
    return;
  if (self->left == 0 && self->in_flight == 0 && !self->reading)
    {
      self->state = SENT;
      expect_answer (self);
    }
  read_on (self);
}

static void
send_piece (DioFileTransfer *self, GBytes *piece)
{
  gsize size = g_bytes_get_size (piece);
  GByteArray *head = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;

  dio_vdagent_put_u32 (head, self->id);
  dio_vdagent_put_u64 (head, size);
  bytes = g_byte_array_free_to_bytes (head);
  self->in_flight++;
  dio_agent_send_parts_async (self->agent, VD_AGENT_FILE_XFER_DATA, bytes, piece, NULL, on_piece_sent,
                              g_object_ref (self));
  g_signal_emit (self, signals[PROGRESS], 0, (guint64) size);
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioFileTransfer) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) piece = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, &error);

  self->reading = FALSE;
  if (self->state != SENDING)
    return;
  if (!piece)
    {
      give_up (self, g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, _ ("It cannot be read: %s"), error->message), FALSE);
      return;
    }
  if (g_bytes_get_size (piece) == 0)
    {
      give_up (self,
               g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED,
                                    _ ("It became smaller while it was sent. Send it again.")),
               FALSE);
      return;
    }
  self->left -= g_bytes_get_size (piece);
  send_piece (self, piece);
  if (self->state == SENDING)
    read_on (self);
}

/* What was added to the file since it was told is not sent: the agent would not take it. */
static void
read_on (DioFileTransfer *self)
{
  if (self->state != SENDING || self->reading || self->left == 0 || self->in_flight >= MAX_IN_FLIGHT)
    return;
  self->reading = TRUE;
  g_input_stream_read_bytes_async (G_INPUT_STREAM (self->stream), (gsize) MIN (self->left, PIECE), G_PRIORITY_DEFAULT,
                                   self->cancellable, on_read, g_object_ref (self));
}

static void
begin (DioFileTransfer *self)
{
  g_autoptr (GBytes) nothing = NULL;

  g_clear_handle_id (&self->timeout_id, g_source_remove);
  self->state = SENDING;
  if (self->left > 0)
    {
      read_on (self);
      return;
    }
  /* An agent looks at whether a file is complete when something of it comes. */
  nothing = g_bytes_new_static ("", 0);
  send_piece (self, nothing);
}

/* --- what the agent says --- */

static GError *
explain_error (GBytes *body)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (body, &size);
  guint32 code = G_IO_ERROR_FAILED;

  if (size >= 9 && data[8] == VD_AGENT_FILE_XFER_STATUS_ERROR_GLIB_IO)
    dio_vdagent_get_u32 (body, 9, &code);
  switch (code)
    {
    case G_IO_ERROR_INVALID_FILENAME:
      return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED,
                                  _ ("The machine cannot have a file of that name. Rename it."));
    case G_IO_ERROR_TOO_MANY_OPEN_FILES:
      return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED,
                                  _ ("Too many files are being sent to the machine. Try again when they are there."));
    default:
      return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED,
                                  _ ("The machine could not write it. Its disk may be full, or the folder for "
                                     "downloads missing."));
    }
}

static GError *
explain_space (GBytes *body)
{
  guint64 space;
  g_autofree char *text = NULL;

  if (!dio_vdagent_get_u64 (body, 8, &space))
    return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                                _ ("There is not enough space for it in the machine. Delete something there."));
  text = g_format_size (space);
  /* Translators: %s is a size, like “1.2 GB”. */
  return g_error_new (G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                      _ ("There is not enough space for it in the machine: %s are free there."), text);
}

static void
on_refused (DioFileTransfer *self, guint32 status, GBytes *body)
{
  switch (status)
    {
    case VD_AGENT_FILE_XFER_STATUS_CANCELLED:
      end (self, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("It was cancelled in the machine.")), FALSE);
      break;
    case VD_AGENT_FILE_XFER_STATUS_NOT_ENOUGH_SPACE:
      end (self, explain_space (body), FALSE);
      break;
    case VD_AGENT_FILE_XFER_STATUS_SESSION_LOCKED:
      end (self,
           g_error_new_literal (G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                                _ ("The machine’s screen is locked. Unlock it, then send it again.")),
           TRUE);
      break;
    case VD_AGENT_FILE_XFER_STATUS_VDAGENT_NOT_CONNECTED:
      end (self,
           g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED,
                                _ ("Nobody is logged in to the machine. Log in, then send it again.")),
           TRUE);
      break;
    case VD_AGENT_FILE_XFER_STATUS_DISABLED:
      end (self,
           g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                                _ ("The machine’s agent has been told not to take files.")),
           TRUE);
      break;
    default:
      end (self, explain_error (body), FALSE);
    }
}

static void
on_message (DioAgent *agent, guint type, GBytes *body, DioFileTransfer *self)
{
  guint32 id, status;

  if (type != VD_AGENT_FILE_XFER_STATUS || !dio_vdagent_get_u32 (body, 0, &id) ||
      !dio_vdagent_get_u32 (body, 4, &status) || id != self->id || self->state == OPENING)
    return;
  if (status == VD_AGENT_FILE_XFER_STATUS_CAN_SEND_DATA)
    {
      if (self->state == TOLD)
        begin (self);
    }
  else if (status != VD_AGENT_FILE_XFER_STATUS_SUCCESS)
    {
      on_refused (self, status, body);
    }
  /* It may be faster than the news of our having sent all. */
  else if (self->state == SENT || (self->state == SENDING && self->left == 0))
    {
      end (self, NULL, FALSE);
    }
  else
    {
      give_up (self,
               g_error_new_literal (G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                                    _ ("The machine’s agent said that it had the file before it was sent.")),
               FALSE);
    }
}

static void
on_open (DioFileTransfer *self)
{
  if (!dio_agent_get_open (self->agent))
    end (self,
         g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CLOSED,
                              _ ("The machine’s agent has stopped. Send it again when it runs.")),
         TRUE);
}

/* --- the beginning --- */

static void
tell (DioFileTransfer *self)
{
  g_autoptr (GKeyFile) key_file = g_key_file_new ();
  g_autofree char *text = NULL;
  GByteArray *body = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;

  g_key_file_set_string (key_file, "vdagent-file-xfer", "name", self->name);
  g_key_file_set_uint64 (key_file, "vdagent-file-xfer", "size", self->left);
  /* By the last one the agent knows when to show the folder. */
  g_key_file_set_integer (key_file, "vdagent-file-xfer", "file-xfer-nr", (int) self->number);
  g_key_file_set_integer (key_file, "vdagent-file-xfer", "file-xfer-total", (int) self->n);
  text = g_key_file_to_data (key_file, NULL, NULL);
  dio_vdagent_put_u32 (body, self->id);
  /* With the NUL: it is read as a string. */
  g_byte_array_append (body, (const guint8 *) text, (guint) strlen (text) + 1);
  bytes = g_byte_array_free_to_bytes (body);
  self->state = TOLD;
  expect_answer (self);
  dio_agent_send (self->agent, VD_AGENT_FILE_XFER_START, bytes);
}

static void
on_unreadable (DioFileTransfer *self, GError *error)
{
  g_autoptr (GError) owned = error;

  if (self->state == OPENING)
    end (self, g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, _ ("It cannot be read: %s"), error->message), FALSE);
}

static void
on_info (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioFileTransfer) self = user_data;
  GError *error = NULL;
  g_autoptr (GFileInfo) info = g_file_input_stream_query_info_finish (G_FILE_INPUT_STREAM (source), result, &error);

  if (!info)
    {
      on_unreadable (self, error);
      return;
    }
  self->left = (guint64) MAX (g_file_info_get_size (info), 0);
  if (self->state == OPENING)
    tell (self);
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioFileTransfer) self = user_data;
  GError *error = NULL;

  self->stream = g_file_read_finish (G_FILE (source), result, &error);
  if (self->stream)
    g_file_input_stream_query_info_async (self->stream, G_FILE_ATTRIBUTE_STANDARD_SIZE, G_PRIORITY_DEFAULT,
                                          self->cancellable, on_info, g_object_ref (self));
  else
    on_unreadable (self, error);
}

/* --- the object --- */

static void
dio_file_transfer_dispose (GObject *object)
{
  DioFileTransfer *self = DIO_FILE_TRANSFER (object);

  g_clear_handle_id (&self->timeout_id, g_source_remove);
  g_clear_object (&self->stream);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->agent);
  g_clear_pointer (&self->name, g_free);
  G_OBJECT_CLASS (dio_file_transfer_parent_class)->dispose (object);
}

static void
dio_file_transfer_class_init (DioFileTransferClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dio_file_transfer_dispose;
  signals[PROGRESS] = g_signal_new ("progress", DIO_TYPE_FILE_TRANSFER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                    G_TYPE_NONE, 1, G_TYPE_UINT64);
  signals[ENDED_SIGNAL] = g_signal_new ("ended", DIO_TYPE_FILE_TRANSFER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                        G_TYPE_NONE, 2, G_TYPE_ERROR, G_TYPE_BOOLEAN);
}

static void
dio_file_transfer_init (DioFileTransfer *self)
{
  self->cancellable = g_cancellable_new ();
}

DioFileTransfer *
dio_file_transfer_new (DioAgent *agent, GFile *file, const char *name, guint number, guint n)
{
  DioFileTransfer *self = g_object_new (DIO_TYPE_FILE_TRANSFER, NULL);

  self->agent = g_object_ref (agent);
  self->id = ++last_id;
  self->name = g_strdup (name);
  self->number = number;
  self->n = n;
  g_signal_connect_object (agent, "message", G_CALLBACK (on_message), self, 0);
  g_signal_connect_object (agent, "notify::open", G_CALLBACK (on_open), self, G_CONNECT_SWAPPED);
  g_file_read_async (file, G_PRIORITY_DEFAULT, self->cancellable, on_opened, g_object_ref (self));
  return self;
}
