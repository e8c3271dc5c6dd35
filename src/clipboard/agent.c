/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "clipboard/agent.h"

#include "clipboard/agent-stream.h"

#include <spice/vd_agent.h>

#define DEFAULT_LIMIT (64 * 1024 * 1024)

/* What we can. Line ends are the guest's affair, and volumes are QEMU's. */
static const guint our_capabilities[] = {
  VD_AGENT_CAP_MONITORS_CONFIG,
  VD_AGENT_CAP_REPLY,
  VD_AGENT_CAP_CLIPBOARD_BY_DEMAND,
  VD_AGENT_CAP_CLIPBOARD_SELECTION,
  VD_AGENT_CAP_MONITORS_CONFIG_POSITION,
  VD_AGENT_CAP_FILE_XFER_DETAILED_ERRORS,
  VD_AGENT_CAP_CLIPBOARD_NO_RELEASE_ON_REGRAB,
  VD_AGENT_CAP_CLIPBOARD_GRAB_SERIAL,
};

struct _DioAgent
{
  GObject parent_instance;

  DioAgentStream *stream;
  gboolean open, asked;
  guint64 capabilities;
  gboolean resting;

  GArray *screens; /* DioAgentScreen */
  gboolean telling_screens, tell_screens_again;
};

enum
{
  PROP_0,
  PROP_OPEN,
  PROP_CAPABILITIES,
  N_PROPS
};

enum
{
  MESSAGE,
  LARGE,
  FAILED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DioAgent, dio_agent, G_TYPE_OBJECT)

gboolean
dio_agent_get_open (DioAgent *self)
{
  g_return_val_if_fail (DIO_IS_AGENT (self), FALSE);
  return self->open;
}

gboolean
dio_agent_can (DioAgent *self, guint capability)
{
  g_return_val_if_fail (DIO_IS_AGENT (self) && capability < 64, FALSE);
  return (self->capabilities >> capability & 1) != 0;
}

static void
set_capabilities (DioAgent *self, guint64 capabilities)
{
  if (self->capabilities == capabilities)
    return;
  self->capabilities = capabilities;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CAPABILITIES]);
}

static void
set_open (DioAgent *self, gboolean open)
{
  if (self->open == open)
    return;
  self->open = open;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_OPEN]);
}

/* --- screens --- */

static void tell_screens (DioAgent *self);

static void
on_screens_sent (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DioAgent *self = DIO_AGENT (source);
  gboolean again = self->tell_screens_again && dio_agent_send_finish (self, result, NULL);

  self->telling_screens = FALSE;
  self->tell_screens_again = FALSE;
  if (again)
    tell_screens (self);
}

static void
put_screen (GByteArray *body, const DioAgentScreen *screen)
{
  dio_vdagent_put_u32 (body, screen->height);
  dio_vdagent_put_u32 (body, screen->width);
  dio_vdagent_put_u32 (body, 32);
  dio_vdagent_put_u32 (body, (guint32) screen->x);
  dio_vdagent_put_u32 (body, (guint32) screen->y);
}

static void
tell_screens (DioAgent *self)
{
  gboolean sparse = dio_agent_can (self, VD_AGENT_CAP_SPARSE_MONITORS_CONFIG);
  g_autoptr (GByteArray) screens = g_byte_array_new ();
  GByteArray *body;
  g_autoptr (GBytes) bytes = NULL;
  guint n = 0;

  if (!self->screens || self->screens->len == 0 || !self->open || !dio_agent_can (self, VD_AGENT_CAP_MONITORS_CONFIG))
    return;
  self->tell_screens_again = self->telling_screens;
  if (self->telling_screens)
    return;
  for (guint i = 0; i < self->screens->len; i++)
    {
      const DioAgentScreen *screen = &g_array_index (self->screens, DioAgentScreen, i);

      if (!sparse && (screen->width == 0 || screen->height == 0))
        continue;
      put_screen (screens, screen);
      n++;
    }
  body = g_byte_array_new ();
  dio_vdagent_put_u32 (body, n);
  dio_vdagent_put_u32 (body, VD_AGENT_CONFIG_MONITORS_FLAG_USE_POS);
  g_byte_array_append (body, screens->data, screens->len);
  bytes = g_byte_array_free_to_bytes (body);
  self->telling_screens = TRUE;
  dio_agent_send_async (self, VD_AGENT_MONITORS_CONFIG, bytes, NULL, on_screens_sent, NULL);
}

void
dio_agent_set_screens (DioAgent *self, const DioAgentScreen *screens, guint n)
{
  g_return_if_fail (DIO_IS_AGENT (self) && n <= DIO_AGENT_MAX_SCREENS);

  g_clear_pointer (&self->screens, g_array_unref);
  self->screens = g_array_sized_new (FALSE, FALSE, sizeof *screens, n);
  if (n > 0)
    g_array_append_vals (self->screens, screens, n);
  tell_screens (self);
}

/* --- capabilities --- */

static void
announce (DioAgent *self, gboolean request)
{
  GByteArray *body = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;
  guint32 capabilities = 0;

  for (guint i = 0; i < G_N_ELEMENTS (our_capabilities); i++)
    capabilities |= 1u << our_capabilities[i];
  dio_vdagent_put_u32 (body, request);
  dio_vdagent_put_u32 (body, capabilities);
  bytes = g_byte_array_free_to_bytes (body);
  dio_agent_stream_send (self->stream, VD_AGENT_ANNOUNCE_CAPABILITIES, bytes, NULL, NULL);
}

/* Nothing that is copied in the guest is too large for its agent to send: here somebody is asked. */
static void
tell_max_clipboard (DioAgent *self)
{
  GByteArray *body = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;

  dio_vdagent_put_u32 (body, G_MAXUINT32); /* -1 */
  bytes = g_byte_array_free_to_bytes (body);
  if (dio_agent_can (self, VD_AGENT_CAP_MAX_CLIPBOARD))
    dio_agent_send (self, VD_AGENT_MAX_CLIPBOARD, bytes);
}

/* An agent that starts asks for ours, and knows nothing of what was before. One that was there before us is asked, and
 * starts anew then (its serials, too); should it be starting at that moment, it has answered the question as well when
 * its answer comes, and nothing is to be reset any more. */
static void
on_capabilities (DioAgent *self, GBytes *body)
{
  guint32 request = 0, word = 0;
  guint64 capabilities = 0;
  g_autoptr (DioAgent) keep = g_object_ref (self);

  dio_vdagent_get_u32 (body, 0, &request);
  for (guint i = 0; i < 2 && dio_vdagent_get_u32 (body, 4 + 4 * i, &word); i++)
    capabilities |= (guint64) word << 32 * i;
  if (!request && !self->asked)
    {
      set_capabilities (self, capabilities);
      return;
    }
  self->asked = FALSE;
  set_open (self, FALSE);
  if (self->stream && request)
    {
      dio_agent_stream_drop (self->stream);
      announce (self, FALSE);
    }
  if (!self->stream)
    return;
  set_capabilities (self, capabilities);
  set_open (self, TRUE);
  if (self->stream)
    {
      tell_max_clipboard (self);
      tell_screens (self);
    }
}

/* --- the stream --- */

static void
on_message (guint type, GBytes *body, gpointer user_data)
{
  DioAgent *self = user_data;

  if (type == VD_AGENT_ANNOUNCE_CAPABILITIES)
    on_capabilities (self, body);
  else if (self->open)
    g_signal_emit (self, signals[MESSAGE], 0, type, body);
}

static void
on_large (guint64 size, gpointer user_data)
{
  DioAgent *self = user_data;

  self->resting = TRUE;
  if (self->open && g_signal_has_handler_pending (self, signals[LARGE], 0, FALSE))
    g_signal_emit (self, signals[LARGE], 0, size);
  else
    dio_agent_accept_large (self, FALSE);
}

static void
on_failed (const GError *error, gpointer user_data)
{
  g_autoptr (DioAgent) self = g_object_ref (user_data);

  set_open (self, FALSE);
  g_signal_emit (self, signals[FAILED], 0, error->message);
}

static const DioAgentStreamClass stream_class = {
  .message = on_message,
  .large = on_large,
  .failed = on_failed,
};

void
dio_agent_send_parts_async (DioAgent *self, guint type, GBytes *head, GBytes *body, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (DIO_IS_AGENT (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, dio_agent_send_async);
  if (self->open)
    dio_agent_stream_send (self->stream, type, head, body, g_steal_pointer (&task));
  else
    g_task_return_new_error_literal (task, G_IO_ERROR, G_IO_ERROR_CLOSED, "There is no agent in the guest");
}

void
dio_agent_send_async (DioAgent *self, guint type, GBytes *body, GCancellable *cancellable, GAsyncReadyCallback callback,
                      gpointer user_data)
{
  dio_agent_send_parts_async (self, type, NULL, body, cancellable, callback, user_data);
}

gboolean
dio_agent_send_finish (DioAgent *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
dio_agent_send (DioAgent *self, guint type, GBytes *body)
{
  g_return_if_fail (DIO_IS_AGENT (self));

  if (self->open)
    dio_agent_stream_send (self->stream, type, NULL, body, NULL);
}

guint64
dio_agent_get_received (DioAgent *self)
{
  g_return_val_if_fail (DIO_IS_AGENT (self), 0);
  return self->stream ? dio_agent_stream_get_received (self->stream) : 0;
}

void
dio_agent_set_limit (DioAgent *self, guint64 limit)
{
  g_return_if_fail (DIO_IS_AGENT (self));

  if (self->stream)
    dio_agent_stream_set_limit (self->stream, (guint32) MIN (limit, G_MAXUINT32));
}

void
dio_agent_accept_large (DioAgent *self, gboolean accept)
{
  g_return_if_fail (DIO_IS_AGENT (self));

  if (self->stream && self->resting)
    dio_agent_stream_decide (self->stream, accept);
  self->resting = FALSE;
}

gboolean
dio_agent_is_resting (DioAgent *self)
{
  g_return_val_if_fail (DIO_IS_AGENT (self), FALSE);
  return self->resting;
}

/* --- the object --- */

void
dio_agent_close (DioAgent *self)
{
  DioAgentStream *stream;

  g_return_if_fail (DIO_IS_AGENT (self));

  stream = g_steal_pointer (&self->stream);
  if (!stream)
    return;
  g_object_ref (self);
  set_open (self, FALSE);
  dio_agent_stream_close (stream);
  g_object_unref (self);
}

static void
dio_agent_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  DioAgent *self = DIO_AGENT (object);

  switch (prop_id)
    {
    case PROP_OPEN:
      g_value_set_boolean (value, self->open);
      break;
    case PROP_CAPABILITIES:
      g_value_set_uint64 (value, self->capabilities);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
dio_agent_dispose (GObject *object)
{
  DioAgent *self = DIO_AGENT (object);

  g_clear_pointer (&self->stream, dio_agent_stream_close);
  g_clear_pointer (&self->screens, g_array_unref);
  G_OBJECT_CLASS (dio_agent_parent_class)->dispose (object);
}

static void
dio_agent_class_init (DioAgentClass *klass)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = dio_agent_get_property;
  object_class->dispose = dio_agent_dispose;
  properties[PROP_OPEN] = g_param_spec_boolean ("open", NULL, NULL, FALSE, flags);
  properties[PROP_CAPABILITIES] = g_param_spec_uint64 ("capabilities", NULL, NULL, 0, G_MAXUINT64, 0, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[MESSAGE] = g_signal_new ("message", DIO_TYPE_AGENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                                   G_TYPE_UINT, G_TYPE_BYTES);
  signals[LARGE] =
      g_signal_new ("large", DIO_TYPE_AGENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT64);
  signals[FAILED] =
      g_signal_new ("failed", DIO_TYPE_AGENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
dio_agent_init (DioAgent *self)
{
}

DioAgent *
dio_agent_new (int fd)
{
  DioAgent *self = g_object_new (DIO_TYPE_AGENT, NULL);

  self->stream = dio_agent_stream_new (fd, &stream_class, self);
  dio_agent_set_limit (self, DEFAULT_LIMIT);
  self->asked = TRUE;
  announce (self, TRUE);
  return self;
}
