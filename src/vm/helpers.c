/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "vm/helpers.h"

#include "base/debug.h"
#include "vm/failure.h"
#include "vm/local-socket.h"
#include "vm/net-port.h"
#include "vm/passt.h"
#include "vm/port.h"
#include "vm/run-images.h"
#include "vm/run-files.h"
#include "vm/swtpm.h"
#include "vm/virtiofsd.h"

#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#define TROUBLE_DELAY 1000 /* ms; when QEMU ends they do, too, and that is no trouble */

struct _DioHelpers
{
  GObject parent_instance;

  DioMachineConfig *config;
  DioEngine *engine;
  char *run_dir;
  char *log;

  DioRunImages *images;
  DioRunFiles *files;
  DioProcess *swtpm;
  DioProcess *passt;
  DioNetPort *net_port;
  GPtrArray *servers; /* of DioVirtiofsd, or NULL, for each share */
  GArray *share_fds;  /* as DioRunPaths has them */
  char *network_path; /* where QEMU listens for passt */
  int passt_fd;       /* what passt has */
  int tpm_fd, network_fd;
  char *notice;
  guint trouble_id;
};

G_DEFINE_FINAL_TYPE (DioHelpers, dio_helpers, G_TYPE_OBJECT)

enum
{
  SIGNAL_TROUBLE,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

DioHelpers *
dio_helpers_new (DioMachineConfig *config, DioEngine *engine, const char *run_dir, const char *log)
{
  DioHelpers *self = g_object_new (DIO_TYPE_HELPERS, NULL);

  self->config = dio_machine_config_copy (config);
  self->engine = g_object_ref (engine);
  self->run_dir = g_strdup (run_dir);
  self->log = g_strdup (log);
  return self;
}

static int
open_log (DioHelpers *self)
{
  return open (self->log, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
}

/* --- processes that end --- */

/* With QEMU they all end, too, but with status 0. */
static gboolean
has_ended (DioProcess *process, gboolean badly)
{
  return process != NULL && !dio_process_is_running (process) && !(badly && dio_process_succeeded (process));
}

/* SENTENCE has a place for the last words of PROCESS. */
static char *
explain_end (DioProcess *process, const char *sentence)
{
  g_autofree char *words = dio_process_dup_tail (process);
  g_autofree char *line = dio_failure_dup_last_line (words);

  return line != NULL ? g_strdup_printf ("%s\n%s", sentence, line) : g_strdup (sentence);
}

char *
dio_helpers_dup_failure (DioHelpers *self, gboolean badly)
{
  GPtrArray *shares = dio_machine_config_get_shares (self->config);

  if (has_ended (self->swtpm, badly))
    return explain_end (self->swtpm, _ ("The machine's TPM has ended (swtpm). Start the machine again; its log tells "
                                        "more."));
  if (has_ended (self->passt, badly))
    return explain_end (self->passt, _ ("The machine's network has ended (passt). Start the machine again, or choose "
                                        "the network “NAT” in its settings."));
  for (guint i = 0; i < self->servers->len; i++)
    {
      DioVirtiofsd *server = g_ptr_array_index (self->servers, i);
      const DioShare *share = g_ptr_array_index (shares, i);
      g_autofree char *sentence = NULL;

      if (server == NULL || !has_ended (server->process, badly))
        continue;
      sentence = g_strdup_printf (_ ("The shared folder “%s” is no longer there for the guest (virtiofsd has ended). "
                                     "Start the machine again to have it back."),
                                  share->tag);
      return explain_end (server->process, sentence);
    }
  return NULL;
}

static gboolean
on_trouble (gpointer user_data)
{
  DioHelpers *self = DIO_HELPERS (user_data);
  g_autofree char *sentence = dio_helpers_dup_failure (self, FALSE);

  self->trouble_id = 0;
  if (sentence != NULL)
    g_signal_emit (self, signals[SIGNAL_TROUBLE], 0, sentence);
  return G_SOURCE_REMOVE;
}

static void
on_exited (DioProcess *process, gpointer user_data)
{
  DioHelpers *self = DIO_HELPERS (user_data);

  if (process == self->passt)
    g_clear_fd (&self->passt_fd, NULL); /* QEMU learns of it, too */
  if (self->trouble_id == 0)
    self->trouble_id = g_timeout_add (TROUBLE_DELAY, on_trouble, self);
}

static void
watch (DioHelpers *self, DioProcess *process)
{
  if (process != NULL)
    g_signal_connect_object (process, "exited", G_CALLBACK (on_exited), self, 0);
}

/* --- getting ready: files, then processes, then shared folders one after another --- */

static gboolean
check_ports (DioHelpers *self, GError **error)
{
  DioNetwork network = dio_machine_config_get_network (self->config);
  GPtrArray *forwards = dio_machine_config_get_forwards (self->config);

  for (guint i = 0; (network == DIO_NETWORK_NAT || network == DIO_NETWORK_PASST) && i < forwards->len; i++)
    if (!dio_port_check (g_ptr_array_index (forwards, i), error))
      return FALSE;
  return TRUE;
}

/* One connection goes at a time, from QEMU's side, too: it lets the next in when it has seen the end of the one before.
 * That may take until the guest has a driver for its card. Until then the one that waits, of which nothing was read
 * yet, does for the next passt. */
static gboolean
connect_network (DioHelpers *self, GError **error)
{
  g_autoptr (GError) reason = NULL;
  g_autofd int fd = dio_local_socket_connect (self->network_path, &reason);

  if (fd < 0 && self->passt_fd >= 0 && g_error_matches (reason, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    return TRUE;
  if (fd < 0)
    {
      g_propagate_error (error, g_steal_pointer (&reason));
      return FALSE;
    }
  g_clear_fd (&self->passt_fd, NULL);
  self->passt_fd = g_steal_fd (&fd);
  return TRUE;
}

static gboolean
start_passt (DioHelpers *self, GPtrArray *forwards, GError **error)
{
  if (!connect_network (self, error))
    return FALSE;
  self->passt = dio_passt_new (fcntl (self->passt_fd, F_DUPFD_CLOEXEC, 3), forwards, open_log (self), error);
  watch (self, self->passt);
  return self->passt != NULL;
}

static gboolean
start_network (DioHelpers *self, GError **error)
{
  switch (dio_machine_config_get_network (self->config))
    {
    case DIO_NETWORK_PASST:
      self->network_path = g_build_filename (self->run_dir, "network.sock", NULL);
      self->network_fd = dio_local_socket_listen (self->network_path, error);
      return self->network_fd >= 0 && start_passt (self, dio_machine_config_get_forwards (self->config), error);
    case DIO_NETWORK_ISOLATED:
      self->net_port = dio_net_port_new (dio_machine_config_get_network_name (self->config), &self->network_fd, error);
      return self->net_port != NULL;
    case DIO_NETWORK_NAT:
    case DIO_NETWORK_NONE:
    default:
      return TRUE;
    }
}

static gboolean
start_tpm (DioHelpers *self, GError **error)
{
  if (self->files->tpm_state != NULL)
    self->swtpm = dio_swtpm_new (self->files->tpm_state, open_log (self), &self->tpm_fd, error);
  watch (self, self->swtpm);
  return self->swtpm != NULL || self->files->tpm_state == NULL;
}

static void share_next (GTask *task);

/* Without virtiofsd QEMU shares the folder itself. */
static void
on_share_served (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  DioHelpers *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;
  DioVirtiofsd *server = dio_virtiofsd_start_finish (result, &error);
  int fd = server != NULL ? 1 : 0; /* its number comes with hand_over() */

  if (error != NULL)
    dio_debug (DIO_DEBUG_VM, "%s", error->message);
  if (server != NULL)
    watch (self, server->process);
  g_ptr_array_add (self->servers, server);
  g_array_append_val (self->share_fds, fd);
  share_next (task);
}

static void
leave_out (DioHelpers *self, const DioShare *share)
{
  int none = DIO_RUN_NO_SHARE;

  g_ptr_array_add (self->servers, NULL);
  g_array_append_val (self->share_fds, none);
  g_free (self->notice);
  self->notice = g_strdup_printf (_ ("The shared folder “%s” is not there, so the guest does not have it. Put it back, "
                                     "then start the machine again."),
                                  share->path);
}

static void
share_next (GTask *task)
{
  DioHelpers *self = g_task_get_source_object (task);
  GPtrArray *shares = dio_machine_config_get_shares (self->config);

  for (guint i = self->servers->len; i < shares->len; i++)
    {
      const DioShare *share = g_ptr_array_index (shares, i);
      g_autofree char *name = g_strdup_printf ("share%u.sock", i);
      g_autofree char *socket = g_build_filename (self->run_dir, name, NULL);
      int by_qemu = 0;

      if (!g_file_test (share->path, G_FILE_TEST_IS_DIR))
        leave_out (self, share);
      else if (dio_engine_has_device (self->engine, "vhost-user-fs-pci"))
        {
          dio_virtiofsd_start_async (share, socket, self->log, g_task_get_cancellable (task), on_share_served,
                                     g_object_ref (task));
          return;
        }
      else
        {
          g_ptr_array_add (self->servers, NULL);
          g_array_append_val (self->share_fds, by_qemu);
        }
    }
  g_task_return_boolean (task, TRUE);
}

/* What a thread makes. */
typedef struct
{
  DioRunImages *images;
  DioRunFiles *files;
} Made;

static void
made_free (Made *made)
{
  g_clear_pointer (&made->files, dio_run_files_free);
  g_clear_pointer (&made->images, dio_run_images_free);
  g_free (made);
}

static void
on_files_made (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  DioHelpers *self = DIO_HELPERS (source);
  g_autoptr (GError) error = NULL;
  Made *made = g_task_propagate_pointer (G_TASK (result), &error);

  if (made != NULL)
    {
      self->images = g_steal_pointer (&made->images);
      self->files = g_steal_pointer (&made->files);
      made_free (made);
    }
  if (self->files == NULL || !start_network (self, &error) || !start_tpm (self, &error))
    g_task_return_error (task, g_steal_pointer (&error));
  else
    share_next (task);
}

static void
make_files (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  DioHelpers *self = DIO_HELPERS (source);
  Made *made = g_new0 (Made, 1);
  GError *error = NULL;

  made->images = dio_run_images_new (self->config, &error);
  if (made->images != NULL)
    made->files = dio_run_files_new (self->config, self->engine, self->run_dir, &error);
  if (made->files != NULL)
    g_task_return_pointer (task, made, (GDestroyNotify) made_free);
  else
    {
      made_free (made);
      g_task_return_error (task, error);
    }
}

void
dio_helpers_prepare_async (DioHelpers *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (GTask) files = NULL;
  g_autoptr (GError) error = NULL;

  g_task_set_source_tag (task, dio_helpers_prepare_async);
  if (!check_ports (self, &error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  files = g_task_new (self, cancellable, on_files_made, g_steal_pointer (&task));
  g_task_run_in_thread (files, make_files);
}

gboolean
dio_helpers_prepare_finish (DioHelpers *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- with QEMU --- */

static int
hand (int *fd, int first_fd, GArray *fds)
{
  int number = first_fd + (int) fds->len, taken = g_steal_fd (fd);

  g_array_append_val (fds, taken);
  return number;
}

void
dio_helpers_hand_over (DioHelpers *self, DioRunPaths *paths, int first_fd, GArray *fds)
{
  paths->uefi_vars = self->files->uefi_vars;
  paths->uefi_vars_format = self->files->uefi_vars_format;
  paths->overlays = (const char *const *) self->files->overlays;
  if (self->tpm_fd >= 0)
    paths->tpm_fd = hand (&self->tpm_fd, first_fd, fds);
  if (self->network_fd >= 0)
    paths->network_fd = hand (&self->network_fd, first_fd, fds);
  for (guint i = 0; i < self->servers->len; i++)
    {
      DioVirtiofsd *server = g_ptr_array_index (self->servers, i);

      if (server != NULL)
        g_array_index (self->share_fds, int, i) = hand (&server->fd, first_fd, fds);
    }
  paths->share_fds = (const int *) (gpointer) self->share_fds->data;
  dio_run_images_hand_over (self->images, paths, fds);
}

GPtrArray *
dio_helpers_get_overlay_keys (DioHelpers *self)
{
  return self->files->keys;
}

void
dio_helpers_settle (DioHelpers *self)
{
  dio_run_files_hide_overlays (self->files);
}

const char *
dio_helpers_get_notice (DioHelpers *self)
{
  return self->notice;
}

/* --- another passt --- */

static void
on_passt_gone (DioProcess *process, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  DioHelpers *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;

  g_clear_object (&self->passt);
  if (start_passt (self, g_task_get_task_data (task), &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

void
dio_helpers_change_forwards_async (DioHelpers *self, GPtrArray *forwards, GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  gboolean running = self->passt != NULL && dio_process_is_running (self->passt);

  g_task_set_source_tag (task, dio_helpers_change_forwards_async);
  g_task_set_task_data (task, g_ptr_array_ref (forwards), (GDestroyNotify) g_ptr_array_unref);
  if (!running)
    {
      on_passt_gone (self->passt, g_steal_pointer (&task));
      return;
    }
  /* Its ports are free when it has ended, not before. */
  g_signal_handlers_disconnect_by_data (self->passt, self);
  g_signal_connect (self->passt, "exited", G_CALLBACK (on_passt_gone), g_steal_pointer (&task));
  dio_process_end (self->passt, 0);
}

gboolean
dio_helpers_change_forwards_finish (DioHelpers *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- object --- */

static void
dio_helpers_dispose (GObject *object)
{
  DioHelpers *self = DIO_HELPERS (object);

  g_clear_handle_id (&self->trouble_id, g_source_remove);
  g_clear_object (&self->swtpm);
  g_clear_object (&self->passt);
  g_clear_pointer (&self->net_port, dio_net_port_free);
  g_ptr_array_set_size (self->servers, 0);
  g_clear_fd (&self->tpm_fd, NULL);
  g_clear_fd (&self->network_fd, NULL);
  g_clear_fd (&self->passt_fd, NULL);
  g_clear_pointer (&self->files, dio_run_files_free);
  g_clear_pointer (&self->images, dio_run_images_free);
  G_OBJECT_CLASS (dio_helpers_parent_class)->dispose (object);
}

static void
dio_helpers_finalize (GObject *object)
{
  DioHelpers *self = DIO_HELPERS (object);

  g_clear_object (&self->config);
  g_clear_object (&self->engine);
  g_clear_pointer (&self->run_dir, g_free);
  g_clear_pointer (&self->log, g_free);
  g_clear_pointer (&self->servers, g_ptr_array_unref);
  g_clear_pointer (&self->share_fds, g_array_unref);
  g_clear_pointer (&self->network_path, g_free);
  g_clear_pointer (&self->notice, g_free);
  G_OBJECT_CLASS (dio_helpers_parent_class)->finalize (object);
}

static void
dio_helpers_class_init (DioHelpersClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = dio_helpers_dispose;
  object_class->finalize = dio_helpers_finalize;

  signals[SIGNAL_TROUBLE] =
      g_signal_new ("trouble", DIO_TYPE_HELPERS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
dio_helpers_init (DioHelpers *self)
{
  self->tpm_fd = -1;
  self->network_fd = -1;
  self->passt_fd = -1;
  self->servers = g_ptr_array_new_with_free_func ((GDestroyNotify) dio_virtiofsd_free);
  self->share_fds = g_array_new (FALSE, FALSE, sizeof (int));
}
