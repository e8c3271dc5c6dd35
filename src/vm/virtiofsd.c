/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "vm/virtiofsd.h"

#include "vm/local-socket.h"
#include "vm/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define TIMEOUT 5000 /* ms for an answer */

/* What a vhost-user front end asks first (QEMU's docs/interop/vhost-user.rst): GET_FEATURES, version 1, no payload.
 * QEMU asks it again: it may be asked at any time. */
static const guint32 question[3] = { 1, 1, 0 };

static const char *const sandboxes[] = { "namespace", "none" };

typedef struct
{
  DioShare *share;
  char *socket;
  char *log;
  guint attempt;
  DioVirtiofsd *server;
  GSource *answer;
  guint timeout_id;
} Start;

void
dio_virtiofsd_free (DioVirtiofsd *self)
{
  if (self == NULL)
    return;
  g_clear_object (&self->process);
  g_clear_fd (&self->fd, NULL);
  g_free (self);
}

static void
stop_waiting (Start *start)
{
  g_clear_handle_id (&start->timeout_id, g_source_remove);
  if (start->answer != NULL)
    g_source_destroy (start->answer);
  g_clear_pointer (&start->answer, g_source_unref);
}

static void
start_free (Start *start)
{
  stop_waiting (start);
  g_clear_pointer (&start->server, dio_virtiofsd_free);
  dio_share_free (start->share);
  g_free (start->socket);
  g_free (start->log);
  g_free (start);
}

/* Whoever makes a file in the guest: on this computer it is the user's. */
static GStrv
build_arguments (const char *program, const DioShare *share, const char *sandbox)
{
  g_autoptr (GStrvBuilder) argv = g_strv_builder_new ();

  g_strv_builder_add_many (argv, program, "--fd=3", "--shared-dir", share->path, "--sandbox", sandbox, NULL);
  g_strv_builder_take (argv, g_strdup_printf ("--translate-uid=squash-guest:0:%u:%u", getuid (), G_MAXUINT32));
  g_strv_builder_take (argv, g_strdup_printf ("--translate-gid=squash-guest:0:%u:%u", getgid (), G_MAXUINT32));
  g_strv_builder_add (argv, "--log-level=warn");
  if (share->read_only)
    g_strv_builder_add (argv, "--readonly");
  return g_strv_builder_end (argv);
}

static void attempt (GTask *task, const char *why_not);

static void
try_next (GTask *task)
{
  Start *start = g_task_get_task_data (task);
  g_autofree char *words = dio_process_dup_tail (start->server->process);

  stop_waiting (start);
  g_clear_pointer (&start->server, dio_virtiofsd_free);
  start->attempt++;
  attempt (task, g_strstrip (words));
}

static gboolean
on_answer (int fd, GIOCondition condition, gpointer user_data)
{
  GTask *task = G_TASK (user_data);
  Start *start = g_task_get_task_data (task);
  char answer[64];

  if (recv (fd, answer, sizeof answer, MSG_DONTWAIT) < (gssize) sizeof question)
    try_next (task);
  else
    {
      stop_waiting (start);
      g_task_return_pointer (task, g_steal_pointer (&start->server), (GDestroyNotify) dio_virtiofsd_free);
    }
  return G_SOURCE_REMOVE;
}

static gboolean
on_timeout (gpointer user_data)
{
  GTask *task = G_TASK (user_data);

  ((Start *) g_task_get_task_data (task))->timeout_id = 0;
  try_next (task);
  return G_SOURCE_REMOVE;
}

static DioVirtiofsd *
spawn (Start *start, const char *program, GError **error)
{
  g_auto (GStrv) argv = build_arguments (program, start->share, sandboxes[start->attempt]);
  int listener = dio_local_socket_listen (start->socket, error);
  DioVirtiofsd *server;

  if (listener < 0)
    return NULL;
  server = g_new0 (DioVirtiofsd, 1);
  server->fd = dio_local_socket_connect (start->socket, error);
  unlink (start->socket);
  if (server->fd >= 0 && send (server->fd, question, sizeof question, MSG_NOSIGNAL) != sizeof question)
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), _ ("The socket “%s” cannot be used (%s)."),
                 start->socket, g_strerror (errno));
  else if (server->fd >= 0)
    server->process = dio_process_new ((const char *const *) argv, &listener, 1,
                                       open (start->log, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW), error);
  g_clear_fd (&listener, NULL);
  if (server->process == NULL)
    g_clear_pointer (&server, dio_virtiofsd_free);
  return server;
}

static void
attempt (GTask *task, const char *why_not)
{
  Start *start = g_task_get_task_data (task);
  g_autofree char *program = dio_tool_find ("virtiofsd");
  g_autoptr (GError) error = NULL;

  if (program == NULL || start->attempt == G_N_ELEMENTS (sandboxes))
    {
      g_task_return_new_error (task, G_IO_ERROR, program == NULL ? G_IO_ERROR_NOT_FOUND : G_IO_ERROR_FAILED,
                               _ ("The program %s does not run here (%s)."), "virtiofsd",
                               program == NULL ? _ ("it is not installed") : why_not);
      return;
    }
  start->server = spawn (start, program, &error);
  if (start->server == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  start->answer = g_unix_fd_source_new (start->server->fd, G_IO_IN | G_IO_HUP | G_IO_ERR);
  g_source_set_callback (start->answer, G_SOURCE_FUNC (on_answer), g_object_ref (task), g_object_unref);
  g_source_attach (start->answer, NULL);
  start->timeout_id = g_timeout_add_full (G_PRIORITY_DEFAULT, TIMEOUT, on_timeout, g_object_ref (task), g_object_unref);
}

void
dio_virtiofsd_start_async (const DioShare *share, const char *socket, const char *log, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Start *start = g_new0 (Start, 1);

  g_task_set_source_tag (task, dio_virtiofsd_start_async);
  start->share = dio_share_copy (share);
  start->socket = g_strdup (socket);
  start->log = g_strdup (log);
  g_task_set_task_data (task, start, (GDestroyNotify) start_free);
  attempt (task, "");
}

DioVirtiofsd *
dio_virtiofsd_start_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
