/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "image/passphrase.h"

#include "image/host-path.h"

#include <glib/gi18n-lib.h>
#include <libsecret/secret.h>
#include <string.h>

#define MAX_PASSPHRASE (64 * 1024)

static const SecretSchema schema = {
  "app.diorama.DiskImage",
  SECRET_SCHEMA_NONE,
  { { "path", SECRET_SCHEMA_ATTRIBUTE_STRING }, { NULL, 0 } },
};

typedef struct
{
  char *bytes;
  gsize length;
} Secret;

static void
secret_free (gpointer data)
{
  Secret *secret = data;

  explicit_bzero (secret->bytes, secret->length);
  g_free (secret->bytes);
  g_free (secret);
}

GBytes *
dio_passphrase_new (const char *text, gsize length)
{
  Secret *secret;

  g_return_val_if_fail (text != NULL && length <= MAX_PASSPHRASE, NULL);

  secret = g_new0 (Secret, 1);
  secret->bytes = g_memdup2 (text, length);
  secret->length = length;
  return g_bytes_new_with_free_func (secret->bytes, length, secret_free, secret);
}

/* --- keyring --- */

static void
on_found (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  GError *error = NULL;
  char *text = secret_password_lookup_finish (result, &error);

  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, text != NULL ? dio_passphrase_new (text, strlen (text)) : NULL,
                           (GDestroyNotify) g_bytes_unref);
  secret_password_free (text);
}

void
dio_passphrase_lookup_async (const char *path, GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data)
{
  g_autofree char *host = dio_path_dup_host (path);
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, dio_passphrase_lookup_async);
  secret_password_lookup (&schema, cancellable, on_found, task, "path", host, NULL);
}

GBytes *
dio_passphrase_lookup_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
on_stored (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  GError *error = NULL;

  if (secret_password_store_finish (result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
dio_passphrase_store_async (const char *path, GBytes *passphrase, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data)
{
  g_autofree char *host = dio_path_dup_host (path);
  g_autofree char *shown = g_filename_display_basename (host);
  /* Translators: how an entry of the user's keyring is called; the name of a disk image. */
  g_autofree char *label = g_strdup_printf (_ ("Passphrase of the disk image “%s”"), shown);
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  gsize length;
  const char *bytes = g_bytes_get_data (passphrase, &length);
  char *text = g_strndup (bytes, length);

  g_task_set_source_tag (task, dio_passphrase_store_async);
  secret_password_store (&schema, SECRET_COLLECTION_DEFAULT, label, text, cancellable, on_stored, task, "path", host,
                         NULL);
  explicit_bzero (text, length);
  g_free (text);
}

gboolean
dio_passphrase_store_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
on_forgotten (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  secret_password_clear_finish (result, &error);
  if (error != NULL)
    g_debug ("A passphrase was not forgotten: %s", error->message);
}

void
dio_passphrase_forget (const char *path)
{
  g_autofree char *host = dio_path_dup_host (path);

  secret_password_clear (&schema, NULL, on_forgotten, NULL, "path", host, NULL);
}
