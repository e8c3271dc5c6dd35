/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "session/agent-port.h"

#include "base/debug.h"
#include "dbus/display1.h"

#include <gio/gunixfdlist.h>
#include <glib/gstdio.h>
#include <sys/socket.h>

/* QEMU says no while it has not noticed yet that the socket before is closed, or while somebody else has the port. */
#define RETRY_MS 100
#define RETRIES 20
/* A guest that opens and closes its port again and again, or sends what makes no sense, costs no more than this. */
#define PAUSE_MS 1000

struct _DioAgentPort
{
  GObject parent_instance;

  GCancellable *cancellable;
  DioQemuChardev *proxy; /* NULL until it is there */
  DioAgent *agent;
  int fd;             /* our end of what is being registered, or -1 */
  guint n_refused;    /* since the guest opened the port, one after the other */
  gint64 rested_from; /* monotonic time of the last registration */
  guint retry_id;
};

G_DEFINE_FINAL_TYPE (DioAgentPort, dio_agent_port, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_AGENT,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

static void consider (DioAgentPort *self);

static void
on_retry_due (gpointer user_data)
{
  DioAgentPort *self = user_data;

  self->retry_id = 0;
  consider (self);
}

static void
consider_later (DioAgentPort *self, guint milliseconds)
{
  g_clear_handle_id (&self->retry_id, g_source_remove);
  self->retry_id = g_timeout_add_once (milliseconds, on_retry_due, self);
}

static void
drop_agent (DioAgentPort *self)
{
  g_autoptr (DioAgent) agent = g_steal_pointer (&self->agent);

  if (!agent)
    return;
  g_signal_handlers_disconnect_by_data (agent, self);
  dio_agent_close (agent);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_AGENT]);
}

/* QEMU sees our end closed, so the guest does, and its agent opens the port anew. */
static void
on_agent_failed (DioAgent *agent, const char *why, DioAgentPort *self)
{
  dio_debug (DIO_DEBUG_DBUS, "the agent's stream ended: %s", why);
  drop_agent (self);
  consider_later (self, PAUSE_MS);
}

static void
take_agent (DioAgentPort *self, int fd)
{
  self->agent = dio_agent_new (fd);
  g_signal_connect_object (self->agent, "failed", G_CALLBACK (on_agent_failed), self, 0);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_AGENT]);
}

/* What was told of the guest's end before this answer was told of before the new stream. */
static void
on_registered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioAgentPort) self = user_data;
  DioQemuChardev *proxy = DIO_QEMU_CHARDEV (source);
  g_autofd int fd = g_steal_fd (&self->fd);
  g_autoptr (GError) error = NULL;

  if (!dio_qemu_chardev_call_register_finish (proxy, NULL, result, &error))
    {
      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
      dio_debug (DIO_DEBUG_DBUS, "the agent's port is not to be had: %s", error->message);
      if (++self->n_refused < RETRIES)
        consider_later (self, RETRY_MS);
    }
  else if (dio_qemu_chardev_get_fe_opened (proxy))
    {
      self->n_refused = 0;
      take_agent (self, g_steal_fd (&fd));
    }
}

static void
register_stream (DioAgentPort *self)
{
  g_autoptr (GUnixFDList) list = g_unix_fd_list_new ();
  g_autofd int theirs = -1;
  int pair[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
    {
      consider_later (self, PAUSE_MS);
      return;
    }
  self->fd = pair[0];
  theirs = pair[1];
  self->rested_from = g_get_monotonic_time ();
  if (g_unix_fd_list_append (list, theirs, NULL) < 0)
    {
      g_clear_fd (&self->fd, NULL);
      consider_later (self, PAUSE_MS);
      return;
    }
  dio_qemu_chardev_call_register (self->proxy, g_variant_new_handle (0), G_DBUS_CALL_FLAGS_NONE, -1, list,
                                  self->cancellable, on_registered, g_object_ref (self));
}

static void
consider (DioAgentPort *self)
{
  gint64 rested = (g_get_monotonic_time () - self->rested_from) / 1000;
  gboolean is_new = self->n_refused == 0 && self->rested_from > 0;

  g_clear_handle_id (&self->retry_id, g_source_remove);
  if (!dio_qemu_chardev_get_fe_opened (self->proxy))
    {
      self->n_refused = 0;
      drop_agent (self);
    }
  else if (self->agent || self->fd >= 0)
    return;
  else if (is_new && rested < PAUSE_MS)
    consider_later (self, (guint) (PAUSE_MS - rested));
  else
    register_stream (self);
}

/* Whoever had the port has let go of it. */
static void
on_owner (DioAgentPort *self)
{
  self->n_refused = 0;
  if (!self->agent)
    consider_later (self, RETRY_MS);
}

static void
on_proxy_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioAgentPort) self = user_data;
  g_autoptr (GError) error = NULL;
  DioQemuChardev *proxy = dio_qemu_chardev_proxy_new_finish (result, &error);

  if (!proxy)
    {
      dio_debug (DIO_DEBUG_DBUS, "the agent's port: %s", error->message);
      return;
    }
  self->proxy = proxy;
  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  g_signal_connect_object (proxy, "notify::fe-opened", G_CALLBACK (consider), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (proxy, "notify::owner", G_CALLBACK (on_owner), self, G_CONNECT_SWAPPED);
  consider (self);
}

static void
dio_agent_port_dispose (GObject *object)
{
  DioAgentPort *self = DIO_AGENT_PORT (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->retry_id, g_source_remove);
  g_clear_object (&self->agent);
  g_clear_object (&self->proxy);
  g_clear_object (&self->cancellable);
  g_clear_fd (&self->fd, NULL);

  G_OBJECT_CLASS (dio_agent_port_parent_class)->dispose (object);
}

static void
dio_agent_port_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  DioAgentPort *self = DIO_AGENT_PORT (object);

  switch (prop_id)
    {
    case PROP_AGENT:
      g_value_set_object (value, self->agent);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
dio_agent_port_class_init (DioAgentPortClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = dio_agent_port_dispose;
  object_class->get_property = dio_agent_port_get_property;

  properties[PROP_AGENT] =
      g_param_spec_object ("agent", NULL, NULL, DIO_TYPE_AGENT, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
dio_agent_port_init (DioAgentPort *self)
{
  self->cancellable = g_cancellable_new ();
  self->fd = -1;
}

DioAgentPort *
dio_agent_port_new (GDBusConnection *connection, const char *bus_name, const char *object_path)
{
  DioAgentPort *self = g_object_new (DIO_TYPE_AGENT_PORT, NULL);

  dio_qemu_chardev_proxy_new (connection, G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START, bus_name, object_path,
                              self->cancellable, on_proxy_ready, g_object_ref (self));
  return self;
}

DioAgent *
dio_agent_port_get_agent (DioAgentPort *self)
{
  g_return_val_if_fail (DIO_IS_AGENT_PORT (self), NULL);
  return self->agent;
}

/* The guest finds the host's end closed. */
void
dio_agent_port_close (DioAgentPort *self)
{
  g_return_if_fail (DIO_IS_AGENT_PORT (self));
  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->retry_id, g_source_remove);
  if (self->proxy)
    g_signal_handlers_disconnect_by_data (self->proxy, self);
  drop_agent (self);
}
