/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "qmp/qmp.h"

#include "base/trace.h"
#include "qmp/transport.h"

#define MAX_PENDING 256
/* Real machines send some events a second; a computer that slept may find some thousand at once. */
#define FLOOD_BURST 10000
#define FLOOD_PER_SECOND 1000
#define MAX_MESSAGE 1000 /* bytes of an error's text that are kept */

typedef enum
{
  STATE_GREETING,
  STATE_NEGOTIATING,
  STATE_READY,
  STATE_CLOSED,
} State;

struct _DioQmp
{
  GObject parent_instance;

  DioQmpTransport *transport;
  State state;
  int version[3];

  GTask *handshake; /* (owned) (nullable) */
  GSource *handshake_cancel;
  GHashTable *pending; /* id → Pending */
  gint64 last_id;

  double flood_credit;
  gint64 flood_time; /* µs, monotonic */
};

G_DEFINE_FINAL_TYPE (DioQmp, dio_qmp, G_TYPE_OBJECT)

enum
{
  SIGNAL_EVENT,
  SIGNAL_CLOSED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/* --- errors --- */

typedef struct
{
  char *error_class;
} DioQmpErrorPrivate;

static void
dio_qmp_error_private_init (DioQmpErrorPrivate *priv)
{
}

static void
dio_qmp_error_private_copy (const DioQmpErrorPrivate *from, DioQmpErrorPrivate *to)
{
  to->error_class = g_strdup (from->error_class);
}

static void
dio_qmp_error_private_clear (DioQmpErrorPrivate *priv)
{
  g_clear_pointer (&priv->error_class, g_free);
}

G_DEFINE_EXTENDED_ERROR (DioQmpError, dio_qmp_error)

const char *
dio_qmp_error_get_class (const GError *error)
{
  if (!g_error_matches (error, DIO_QMP_ERROR, DIO_QMP_ERROR_COMMAND))
    return NULL;
  return dio_qmp_error_get_private (error)->error_class;
}

static GError *
protocol_error (const char *what)
{
  return g_error_new (DIO_QMP_ERROR, DIO_QMP_ERROR_PROTOCOL, "QEMU's control connection sent %s.", what);
}

/* --- commands that wait --- */

typedef struct
{
  GTask *task; /* NULL once cancelled: the answer still comes */
  GSource *cancel;
  gint64 begin; /* for sysprof */
} Pending;

static void
clear_source (GSource **source)
{
  if (*source != NULL)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
pending_free (Pending *pending)
{
  clear_source (&pending->cancel);
  g_clear_object (&pending->task);
  g_free (pending);
}

static gboolean
on_cancelled (GCancellable *cancellable, Pending *pending)
{
  g_autoptr (GTask) task = g_steal_pointer (&pending->task);

  clear_source (&pending->cancel);
  g_task_return_error_if_cancelled (task);
  return G_SOURCE_REMOVE;
}

static GSource *
watch_cancellable (GTask *task, GSourceFunc callback, gpointer user_data)
{
  GCancellable *cancellable = g_task_get_cancellable (task);
  GSource *source;

  if (cancellable == NULL)
    return NULL;
  source = g_cancellable_source_new (cancellable);
  g_source_set_static_name (source, "QMP cancellation");
  g_source_set_callback (source, callback, user_data, NULL);
  g_source_attach (source, g_task_get_context (task));
  return source;
}

/* Fails what waits; nothing is emitted. */
static void
shut (DioQmp *self, const GError *error)
{
  g_autoptr (GHashTable) pending = NULL;
  g_autoptr (GTask) handshake = NULL;
  GHashTableIter iter;
  Pending *each;

  if (self->state == STATE_CLOSED)
    return;
  self->state = STATE_CLOSED;
  dio_qmp_transport_close (self->transport);

  pending = g_steal_pointer (&self->pending);
  self->pending = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, (GDestroyNotify) pending_free);
  handshake = g_steal_pointer (&self->handshake);
  clear_source (&self->handshake_cancel);

  g_hash_table_iter_init (&iter, pending);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &each))
    {
      g_autoptr (GTask) task = g_steal_pointer (&each->task);

      if (task != NULL)
        g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CLOSED, "%s", error->message);
    }
  if (handshake != NULL)
    g_task_return_error (handshake, g_error_copy (error));
}

static void
fail (DioQmp *self, const GError *error)
{
  g_autoptr (DioQmp) hold = g_object_ref (self);

  if (self->state == STATE_CLOSED)
    return;
  shut (self, error);
  g_signal_emit (self, signals[SIGNAL_CLOSED], 0, error);
}

static void
fail_protocol (DioQmp *self, const char *what)
{
  g_autoptr (GError) error = protocol_error (what);

  fail (self, error);
}

/* --- what arrives --- */

static JsonObject *
get_object (JsonObject *object, const char *name)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static gboolean
get_int (JsonObject *object, const char *name, gint64 *value)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_INT64)
    return FALSE;
  *value = json_node_get_int (node);
  return TRUE;
}

static const char *
get_string (JsonObject *object, const char *name)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
    return NULL;
  return json_node_get_string (node);
}

static void
on_negotiated (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DioQmp *self = DIO_QMP (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dio_qmp_execute_finish (self, result, &error);
  g_autoptr (GTask) task = NULL;

  if (answer == NULL)
    fail (self, error);
  if (self->state == STATE_CLOSED)
    return; /* now, or by what came right behind the answer */
  self->state = STATE_READY;
  clear_source (&self->handshake_cancel);
  task = g_steal_pointer (&self->handshake);
  g_task_return_pointer (task, g_object_ref (self), g_object_unref);
}

static void
handle_greeting (DioQmp *self, JsonObject *message)
{
  static const char *const parts[] = { "major", "minor", "micro" };
  JsonObject *version = get_object (get_object (get_object (message, "QMP"), "version"), "qemu");

  for (guint i = 0; i < 3; i++)
    {
      gint64 number;

      if (!get_int (version, parts[i], &number) || number < 0 || number > 9999)
        {
          fail_protocol (self, "something else than QEMU's greeting");
          return;
        }
      self->version[i] = number;
    }
  self->state = STATE_NEGOTIATING;
  dio_qmp_execute_async (self, "qmp_capabilities", NULL, -1, NULL, on_negotiated, NULL);
}

static GError *
command_error (JsonObject *object)
{
  const char *desc = get_string (object, "desc");
  const char *error_class = get_string (object, "class");
  GError *error;

  if (desc == NULL)
    return protocol_error ("an error without a text");
  error = g_error_new (DIO_QMP_ERROR, DIO_QMP_ERROR_COMMAND, "%.*s", (int) MIN (strlen (desc), MAX_MESSAGE), desc);
  if (!g_utf8_validate (error->message, -1, NULL))
    {
      g_autofree char *message = error->message;

      error->message = g_utf8_make_valid (message, -1);
    }
  dio_qmp_error_get_private (error)->error_class = g_strndup (error_class, MAX_MESSAGE);
  return error;
}

static void
handle_answer (DioQmp *self, JsonObject *message)
{
  JsonObject *failure = get_object (message, "error");
  JsonNode *value = json_object_get_member (message, "return");
  g_autofree gint64 *key = NULL;
  Pending *pending = NULL;
  gint64 id;

  if (get_int (message, "id", &id) &&
      g_hash_table_steal_extended (self->pending, &id, (gpointer *) &key, (gpointer *) &pending))
    {
      g_autoptr (GTask) task = g_steal_pointer (&pending->task);

      dio_trace_end (pending->begin, "QMP command", "%s", task ? g_task_get_name (task) : "cancelled");
      pending_free (pending);
      if (value == NULL && failure == NULL)
        {
          if (task != NULL)
            g_task_return_error (task, protocol_error ("an answer without content"));
          fail_protocol (self, "an answer without content");
        }
      else if (task == NULL)
        return;
      else if (failure != NULL)
        g_task_return_error (task, command_error (failure));
      else
        g_task_return_pointer (task, json_node_ref (value), (GDestroyNotify) json_node_unref);
      return;
    }
  fail_protocol (self, "an answer to nothing that was asked");
}

/* Returns: FALSE when the peer sends more events than any machine does. */
static gboolean
afford_event (DioQmp *self)
{
  gint64 now = g_get_monotonic_time ();
  double gained = (double) (now - self->flood_time) / G_USEC_PER_SEC * FLOOD_PER_SECOND;

  self->flood_credit = MIN (FLOOD_BURST, self->flood_credit + gained);
  self->flood_time = now;
  if (self->flood_credit < 1)
    return FALSE;
  self->flood_credit -= 1;
  return TRUE;
}

static void
handle_event (DioQmp *self, const char *name, JsonObject *message)
{
  if (!afford_event (self))
    fail_protocol (self, "a flood of events");
  else if (self->state == STATE_READY)
    g_signal_emit (self, signals[SIGNAL_EVENT], 0, name, get_object (message, "data"));
}

static void
on_line (const char *line, gsize length, gpointer user_data)
{
  g_autoptr (DioQmp) self = g_object_ref (user_data);
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *message;
  const char *event;
  JsonNode *root;

  if (!json_parser_load_from_data (parser, line, length, NULL) || (root = json_parser_get_root (parser)) == NULL ||
      !JSON_NODE_HOLDS_OBJECT (root))
    {
      fail_protocol (self, "something that is not a JSON object");
      return;
    }
  message = json_node_get_object (root);
  event = get_string (message, "event");

  if (self->state == STATE_GREETING)
    handle_greeting (self, message);
  else if (event != NULL)
    handle_event (self, event, message);
  else if (json_object_has_member (message, "return") || json_object_has_member (message, "error"))
    handle_answer (self, message);
  else
    fail_protocol (self, "a message of no known kind");
}

static void
on_closed (const GError *error, gpointer user_data)
{
  fail (DIO_QMP (user_data), error);
}

/* --- public --- */

static gboolean
on_handshake_cancelled (GCancellable *cancellable, gpointer user_data)
{
  g_autoptr (DioQmp) self = g_object_ref (DIO_QMP (user_data));
  g_autoptr (GError) error = NULL;

  g_cancellable_set_error_if_cancelled (cancellable, &error);
  shut (self, error);
  return G_SOURCE_REMOVE;
}

void
dio_qmp_new_async (int fd, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (DioQmp) self = g_object_new (DIO_TYPE_QMP, NULL);

  g_return_if_fail (fd >= 0);

  self->transport = dio_qmp_transport_new (fd, on_line, on_closed, self);
  self->handshake = g_task_new (NULL, cancellable, callback, user_data);
  g_task_set_source_tag (self->handshake, dio_qmp_new_async);
  g_task_set_static_name (self->handshake, "QMP handshake");
  /* The task keeps the connection, the connection the task, until one of the two ends of the handshake. */
  g_task_set_task_data (self->handshake, g_object_ref (self), g_object_unref);
  self->handshake_cancel = watch_cancellable (self->handshake, G_SOURCE_FUNC (on_handshake_cancelled), self);
}

DioQmp *
dio_qmp_new_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static char *
make_line (const char *command, JsonObject *arguments, gint64 id)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  JsonObject *message = json_object_new ();

  json_object_set_string_member (message, "execute", command);
  if (arguments != NULL)
    json_object_set_object_member (message, "arguments", arguments);
  json_object_set_int_member (message, "id", id);
  json_node_take_object (node, message);
  return json_to_string (node, FALSE);
}

void
dio_qmp_execute_async (DioQmp *self, const char *command, JsonObject *arguments, int fd, GCancellable *cancellable,
                       GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autofree char *line = NULL;
  g_autoptr (GError) error = NULL;
  Pending *pending;
  gint64 id = ++self->last_id;

  g_return_if_fail (DIO_IS_QMP (self) && command != NULL);

  g_task_set_source_tag (task, dio_qmp_execute_async);
  g_task_set_name (task, command);
  line = make_line (command, arguments, id);
  if (g_task_return_error_if_cancelled (task))
    return;
  if (g_hash_table_size (self->pending) >= MAX_PENDING)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_BUSY,
                               "QEMU does not answer its commands; it may hang. Force the machine off if that lasts.");
      return;
    }
  if (!dio_qmp_transport_send (self->transport, line, fd, &error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  pending = g_new0 (Pending, 1);
  pending->begin = dio_trace_begin ();
  pending->task = g_object_ref (task);
  pending->cancel = watch_cancellable (task, G_SOURCE_FUNC (on_cancelled), pending);
  g_hash_table_insert (self->pending, g_memdup2 (&id, sizeof id), pending);
}

JsonNode *
dio_qmp_execute_finish (DioQmp *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

void
dio_qmp_get_version (DioQmp *self, int version[3])
{
  memcpy (version, self->version, sizeof self->version);
}

gboolean
dio_qmp_is_open (DioQmp *self)
{
  return self->state != STATE_CLOSED;
}

void
dio_qmp_close (DioQmp *self)
{
  g_autoptr (DioQmp) hold = g_object_ref (self);
  g_autoptr (GError) error =
      g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CLOSED, "The control connection to QEMU is closed.");

  shut (self, error);
}

static void
dio_qmp_dispose (GObject *object)
{
  DioQmp *self = DIO_QMP (object);

  g_clear_pointer (&self->transport, dio_qmp_transport_unref);
  g_clear_pointer (&self->pending, g_hash_table_unref);
  G_OBJECT_CLASS (dio_qmp_parent_class)->dispose (object);
}

static void
dio_qmp_class_init (DioQmpClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = dio_qmp_dispose;

  /* NAME: of the event, as "STOP". DATA: (nullable) what it tells, untrusted. */
  signals[SIGNAL_EVENT] =
      g_signal_new ("event", DIO_TYPE_QMP, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                    G_TYPE_STRING | G_SIGNAL_TYPE_STATIC_SCOPE, JSON_TYPE_OBJECT | G_SIGNAL_TYPE_STATIC_SCOPE);
  signals[SIGNAL_CLOSED] = g_signal_new ("closed", DIO_TYPE_QMP, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                         G_TYPE_ERROR | G_SIGNAL_TYPE_STATIC_SCOPE);
}

static void
dio_qmp_init (DioQmp *self)
{
  self->pending = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, (GDestroyNotify) pending_free);
  self->flood_credit = FLOOD_BURST;
  self->flood_time = g_get_monotonic_time ();
}
