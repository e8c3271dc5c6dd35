/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "clipboard/file-send.h"

#include "clipboard/file-name.h"
#include "clipboard/file-transfer.h"
#include "clipboard/file-walk.h"

#include <glib/gi18n-lib.h>
#include <spice/vd_agent.h>

/* Sentences; of the files that come after those it is told how many. */
#define MAX_ERRORS 100

struct _DioFileSend
{
  GObject parent_instance;

  DioAgent *agent;
  GListModel *roots;
  guint n_walked; /* of the roots */
  gboolean walking;
  GPtrArray *entries; /* DioFileEntry */
  GHashTable *names;
  GPtrArray *errors; /* ended by NULL when running is over */
  guint n_errors_more;

  gboolean started, running;
  guint n_done;
  guint64 sent, size;
  DioFileTransfer *transfer;
  char *current;
  guint64 current_sent; /* of its entry's size */
  GCancellable *cancellable;
};

enum
{
  PROP_0,
  PROP_SENT,
  PROP_SIZE,
  PROP_CURRENT,
  PROP_N_FILES,
  PROP_N_DONE,
  PROP_RUNNING,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];
static guint ended_signal;

G_DEFINE_FINAL_TYPE (DioFileSend, dio_file_send, G_TYPE_OBJECT)

static void send_next (DioFileSend *self);
static void walk_next (DioFileSend *self);

static void
notify (DioFileSend *self, guint prop_id)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[prop_id]);
}

/* (transfer full) */
static void
add_error (DioFileSend *self, char *sentence)
{
  if (self->errors->len < MAX_ERRORS)
    g_ptr_array_add (self->errors, sentence);
  else
    self->n_errors_more++, g_free (sentence);
}

static void
set_current (DioFileSend *self, const char *name)
{
  if (g_set_str (&self->current, name))
    notify (self, PROP_CURRENT);
}

static void
set_sent (DioFileSend *self, guint64 sent)
{
  if (self->sent == sent)
    return;
  self->sent = sent;
  notify (self, PROP_SENT);
}

/* --- the end --- */

static void
end (DioFileSend *self)
{
  if (!self->running)
    return;
  g_object_ref (self);
  self->running = FALSE;
  g_cancellable_cancel (self->cancellable);
  if (self->transfer)
    {
      g_signal_handlers_disconnect_by_data (self->transfer, self);
      dio_file_transfer_cancel (self->transfer);
    }
  g_clear_object (&self->transfer);
  if (self->n_errors_more > 0)
    g_ptr_array_add (self->errors, g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u more file was not sent.",
                                                                 "%u more files were not sent.", self->n_errors_more),
                                                    self->n_errors_more));
  set_current (self, NULL);
  notify (self, PROP_RUNNING);
  g_signal_emit (self, ended_signal, 0);
  g_object_unref (self);
}

void
dio_file_send_cancel (DioFileSend *self)
{
  g_return_if_fail (DIO_IS_FILE_SEND (self));
  end (self);
}

/* None of the others would fare better than the one that has failed. */
static void
give_up (DioFileSend *self)
{
  self->n_errors_more += self->entries->len - self->n_done;
  for (guint i = self->n_walked; i < g_list_model_get_n_items (self->roots); i++)
    self->n_errors_more++;
  end (self);
}

/* --- one file after the other --- */

static void
on_progress (DioFileTransfer *transfer, guint64 bytes, DioFileSend *self)
{
  DioFileEntry *entry = g_ptr_array_index (self->entries, self->n_done);
  guint64 more = MIN (bytes, entry->size - self->current_sent);

  self->current_sent += more;
  set_sent (self, self->sent + more);
}

static void
on_transfer_ended (DioFileTransfer *transfer, const GError *error, gboolean for_all, DioFileSend *self)
{
  DioFileEntry *entry = g_ptr_array_index (self->entries, self->n_done);

  /* Translators: the name of a file, and what became of it. */
  if (error)
    add_error (self, g_strdup_printf (_ ("“%s”: %s"), entry->name, error->message));
  g_signal_handlers_disconnect_by_data (transfer, self);
  g_clear_object (&self->transfer);
  self->n_done++;
  set_sent (self, self->sent + (entry->size - self->current_sent));
  notify (self, PROP_N_DONE);
  if (for_all && error)
    give_up (self);
  else
    send_next (self);
}

static void
send_next (DioFileSend *self)
{
  gboolean windows = dio_agent_can (self->agent, VD_AGENT_CAP_GUEST_LINEEND_CRLF);
  g_autofree char *name = NULL;
  DioFileEntry *entry;
  guint n;

  if (!self->running || self->transfer)
    return;
  if (self->n_done == self->entries->len)
    {
      if (!self->walking && self->n_walked == g_list_model_get_n_items (self->roots))
        end (self);
      return;
    }
  entry = g_ptr_array_index (self->entries, self->n_done);
  name = dio_file_name_for_guest (entry->name, windows, self->names);
  /* As long as there may be more, none of them is the last. */
  n = self->entries->len + (self->walking ? 1 : 0);
  self->current_sent = 0;
  self->transfer = dio_file_transfer_new (self->agent, entry->file, name, self->n_done + 1, n);
  g_signal_connect_object (self->transfer, "progress", G_CALLBACK (on_progress), self, 0);
  g_signal_connect_object (self->transfer, "ended", G_CALLBACK (on_transfer_ended), self, 0);
  set_current (self, entry->name);
}

/* --- which files --- */

static void
take_found (DioFileSend *self, DioFileWalk *found)
{
  guint64 size = self->size;

  for (guint i = 0; i < found->errors->len; i++)
    add_error (self, g_strdup (g_ptr_array_index (found->errors, i)));
  for (guint i = 0; i < found->files->len; i++)
    {
      DioFileEntry *entry = g_ptr_array_index (found->files, i);

      if (!g_uint64_checked_add (&size, size, entry->size))
        size = G_MAXUINT64;
    }
  if (found->files->len == 0)
    return;
  g_ptr_array_extend_and_steal (self->entries, g_steal_pointer (&found->files));
  found->files = g_ptr_array_new ();
  self->size = size;
  notify (self, PROP_N_FILES);
  notify (self, PROP_SIZE);
}

static void
on_walked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioFileSend) self = user_data;
  g_autoptr (DioFileWalk) found = dio_file_walk_finish (result, NULL);

  self->walking = FALSE;
  if (!found || !self->running)
    return;
  take_found (self, found);
  walk_next (self);
  send_next (self);
}

static void
walk_next (DioFileSend *self)
{
  g_autoptr (GFile) file = g_list_model_get_item (self->roots, self->n_walked);

  if (!file)
    return;
  self->n_walked++;
  self->walking = TRUE;
  dio_file_walk_async (file, DIO_FILE_WALK_MAX_FILES - MIN (self->entries->len, DIO_FILE_WALK_MAX_FILES),
                       self->cancellable, on_walked, g_object_ref (self));
}

void
dio_file_send_start (DioFileSend *self)
{
  g_return_if_fail (DIO_IS_FILE_SEND (self) && !self->started);

  self->started = TRUE;
  self->running = TRUE;
  notify (self, PROP_RUNNING);
  if (!dio_agent_get_open (self->agent))
    {
      add_error (self, g_strdup (_ ("The machine takes no files: no agent is running in it.")));
      end (self);
    }
  else if (dio_agent_can (self->agent, VD_AGENT_CAP_FILE_XFER_DISABLED))
    {
      add_error (self, g_strdup (_ ("The machine takes no files: its agent has been told not to.")));
      end (self);
    }
  else
    {
      walk_next (self);
      send_next (self);
    }
}

/* --- what there is to know --- */

guint64
dio_file_send_get_sent (DioFileSend *self)
{
  g_return_val_if_fail (DIO_IS_FILE_SEND (self), 0);
  return self->sent;
}

guint64
dio_file_send_get_size (DioFileSend *self)
{
  g_return_val_if_fail (DIO_IS_FILE_SEND (self), 0);
  return self->size;
}

const char *
dio_file_send_get_current (DioFileSend *self)
{
  g_return_val_if_fail (DIO_IS_FILE_SEND (self), NULL);
  return self->current;
}

guint
dio_file_send_get_n_files (DioFileSend *self)
{
  g_return_val_if_fail (DIO_IS_FILE_SEND (self), 0);
  return self->entries->len;
}

guint
dio_file_send_get_n_done (DioFileSend *self)
{
  g_return_val_if_fail (DIO_IS_FILE_SEND (self), 0);
  return self->n_done;
}

const char *const *
dio_file_send_get_errors (DioFileSend *self)
{
  static const char *const none[] = { NULL };

  g_return_val_if_fail (DIO_IS_FILE_SEND (self), none);
  return self->errors->len > 0 ? (const char *const *) self->errors->pdata : none;
}

/* --- the object --- */

static void
dio_file_send_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  DioFileSend *self = DIO_FILE_SEND (object);

  switch (prop_id)
    {
    case PROP_SENT:
      g_value_set_uint64 (value, self->sent);
      break;
    case PROP_SIZE:
      g_value_set_uint64 (value, self->size);
      break;
    case PROP_CURRENT:
      g_value_set_string (value, self->current);
      break;
    case PROP_N_FILES:
      g_value_set_uint (value, self->entries->len);
      break;
    case PROP_N_DONE:
      g_value_set_uint (value, self->n_done);
      break;
    case PROP_RUNNING:
      g_value_set_boolean (value, self->running);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
dio_file_send_dispose (GObject *object)
{
  DioFileSend *self = DIO_FILE_SEND (object);

  if (self->transfer)
    dio_file_transfer_cancel (self->transfer);
  g_clear_object (&self->transfer);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->agent);
  g_clear_object (&self->roots);
  G_OBJECT_CLASS (dio_file_send_parent_class)->dispose (object);
}

static void
dio_file_send_finalize (GObject *object)
{
  DioFileSend *self = DIO_FILE_SEND (object);

  g_ptr_array_unref (self->entries);
  g_ptr_array_unref (self->errors);
  g_hash_table_unref (self->names);
  g_free (self->current);
  G_OBJECT_CLASS (dio_file_send_parent_class)->finalize (object);
}

static void
dio_file_send_class_init (DioFileSendClass *klass)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = dio_file_send_get_property;
  object_class->dispose = dio_file_send_dispose;
  object_class->finalize = dio_file_send_finalize;
  properties[PROP_SENT] = g_param_spec_uint64 ("sent", NULL, NULL, 0, G_MAXUINT64, 0, flags);
  properties[PROP_SIZE] = g_param_spec_uint64 ("size", NULL, NULL, 0, G_MAXUINT64, 0, flags);
  properties[PROP_CURRENT] = g_param_spec_string ("current", NULL, NULL, NULL, flags);
  properties[PROP_N_FILES] = g_param_spec_uint ("n-files", NULL, NULL, 0, G_MAXUINT, 0, flags);
  properties[PROP_N_DONE] = g_param_spec_uint ("n-done", NULL, NULL, 0, G_MAXUINT, 0, flags);
  properties[PROP_RUNNING] = g_param_spec_boolean ("running", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  ended_signal = g_signal_new ("ended", DIO_TYPE_FILE_SEND, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
dio_file_send_init (DioFileSend *self)
{
  self->entries = g_ptr_array_new_with_free_func ((GDestroyNotify) dio_file_entry_free);
  self->errors = g_ptr_array_new_null_terminated (0, g_free, TRUE);
  self->names = dio_file_names_new ();
  self->cancellable = g_cancellable_new ();
}

DioFileSend *
dio_file_send_new (DioAgent *agent, GListModel *files)
{
  DioFileSend *self = g_object_new (DIO_TYPE_FILE_SEND, NULL);

  self->agent = g_object_ref (agent);
  self->roots = g_object_ref (files);
  return self;
}
