/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "clipboard/dbus-clipboard.h"
#include "session/agent-port.h"
#include "session/screen-layout.h"
#include "session/session.h"

G_BEGIN_DECLS

/* What a session's files share: session.c (the object, and how a connection ends), session-screens.c (its heads),
 * session-clipboard.c (the clipboard, the agent), session-machine.c (a machine of ours) and session-attach.c (somebody
 * else's). */
struct _DioSession
{
  GObject parent_instance;

  DioMachine *machine; /* NULL when attached to somebody else's QEMU */
  char *address;       /* of the bus, when attached; NULL is the session bus */
  char *bus_name;      /* the unique name of the QEMU we attached to, so that another one is not taken for it */
  char *title;
  char *error;

  GPtrArray *heads;
  DioTouchSlots *slots; /* of the QEMU that the connection is to */
  GArray *screens;      /* guint32: QEMU's number of the console that is screen 0, 1 and so on */
  guint32 coming;       /* bit per screen: its head is being made */
  guint32 lost;         /* as well: its head has only its last picture */
  guint32 retried;      /* as well: it was lost, and opened again by itself */
  DioScreenLayout *layout;
  DioInputOptions *input_options;
  DioClipboardShare *clipboard;
  DioAgentPort *agent_port;         /* NULL: not connected, or QEMU has no such port */
  DioDbusClipboard *dbus_clipboard; /* NULL: the agent's port is used, or there is no clipboard */
  DioClipboardOptions *clipboard_options;
  GDBusConnection *connection;
  GCancellable *attempt; /* of the connection being made or in use; cancelled to abandon it */
  GTask *attaching;      /* the caller of dio_session_new_attach_async() until the first outcome */
  guint watch;
  guint patience_id; /* a bus, or the QEMU on it, may accept and then say nothing */
  gboolean connected;

  char *loss; /* becomes the error unless the machine proves to have ended by then */
  guint loss_id;
};

/* session.c */
void dio_session_set_title (DioSession *self, const char *title);
void dio_session_set_error (DioSession *self, const char *error); /* ERROR: (nullable) */
void dio_session_set_connected (DioSession *self, gboolean connected);
void dio_session_set_screens (DioSession *self, GArray *screens); /* (transfer full) */
void dio_session_notify_agent (DioSession *self);
/* Lets go of the connection; the heads keep their last pictures. */
void dio_session_drop_connection (DioSession *self);
/* Does that because of ERROR, and tells it where that is news. */
void dio_session_fail (DioSession *self, const GError *error);

/* session-screens.c */
/* Shows what is behind CONNECTION: all is there when "connected" becomes TRUE. */
void dio_session_load_heads (DioSession *self, GDBusConnection *connection);

/* session-clipboard.c */
/* Looks for a clipboard behind the connection that there is. */
void dio_session_connect_clipboard (DioSession *self);
void dio_session_drop_clipboard (DioSession *self);

/* session-machine.c */
void dio_session_connect_machine (DioSession *self);

/* session-attach.c */
void dio_session_connect_bus (DioSession *self);

G_END_DECLS
