/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* A machine with encrypted disks that starts without their passphrases, or with wrong ones: they come from the keyring,
 * or are asked for, and it is started again. */
#include "config.h"

#include "ui/console-window-private.h"

#include "image/passphrase.h"
#include "ui/passphrase-dialog.h"

#include <glib/gi18n.h>

static void
set_asking (DioConsoleWindow *self, gboolean asking)
{
  self->start.asking = asking;
  dio_console_window_update_state (self);
}

static void
start_with (DioConsoleWindow *self, GBytes *passphrase)
{
  dio_machine_set_passphrase (self->machine, dio_machine_get_locked_image (self->machine), passphrase);
  dio_machine_start (self->machine);
  set_asking (self, FALSE);
}

static void
on_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioConsoleWindow) self = user_data;
  gboolean remember = FALSE;
  g_autoptr (GBytes) passphrase = dio_passphrase_dialog_ask_finish (result, &remember, NULL);
  const char *path = self->machine ? dio_machine_get_locked_image (self->machine) : NULL;

  if (!passphrase || !path)
    {
      set_asking (self, FALSE);
      return;
    }
  if (remember)
    g_hash_table_insert (self->start.to_remember, g_strdup (path), g_bytes_ref (passphrase));
  start_with (self, passphrase);
}

static void
ask (DioConsoleWindow *self, gboolean wrong)
{
  dio_passphrase_dialog_ask_async (GTK_WIDGET (self), dio_machine_get_locked_image (self->machine), wrong, NULL,
                                   on_answered, g_object_ref (self));
}

static void
on_looked_up (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioConsoleWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) passphrase = dio_passphrase_lookup_finish (result, &error);

  if (error)
    g_debug ("The keyring: %s", error->message);
  if (!self->session || !self->machine || dio_machine_get_state (self->machine) != DIO_MACHINE_FAILED)
    set_asking (self, FALSE);
  else if (passphrase)
    start_with (self, passphrase);
  else
    ask (self, FALSE);
}

static void
on_state_changed (DioConsoleWindow *self)
{
  const GError *failure = dio_machine_get_failure (self->machine);
  const char *path = dio_machine_get_locked_image (self->machine);

  if (dio_machine_get_state (self->machine) != DIO_MACHINE_FAILED || self->closing || self->start.asking || !path ||
      !gtk_widget_get_visible (GTK_WIDGET (self)))
    return;
  if (g_error_matches (failure, DIO_PASSPHRASE_ERROR, DIO_PASSPHRASE_ERROR_MISSING))
    {
      set_asking (self, TRUE);
      dio_passphrase_lookup_async (path, NULL, on_looked_up, g_object_ref (self));
    }
  else if (g_error_matches (failure, DIO_PASSPHRASE_ERROR, DIO_PASSPHRASE_ERROR_WRONG))
    {
      /* Also one that was remembered. */
      if (!g_hash_table_remove (self->start.to_remember, path))
        dio_passphrase_forget (path);
      set_asking (self, TRUE);
      ask (self, TRUE);
    }
}

static void
on_stored (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioConsoleWindow) self = user_data;
  g_autoptr (GError) error = NULL;

  if (dio_passphrase_store_finish (result, &error) || !self->session)
    return;
  g_debug ("The keyring: %s", error->message);
  adw_toast_overlay_add_toast (self->toasts, adw_toast_new (_ ("The passphrase could not be remembered")));
}

/* It fits. */
static void
on_ready (DioConsoleWindow *self)
{
  GHashTableIter iter;
  gpointer path, passphrase;

  g_hash_table_iter_init (&iter, self->start.to_remember);
  while (g_hash_table_iter_next (&iter, &path, &passphrase))
    {
      dio_passphrase_store_async (path, passphrase, NULL, on_stored, g_object_ref (self));
      g_hash_table_iter_remove (&iter);
    }
}

void
dio_console_window_setup_passphrases (DioConsoleWindow *self)
{
  if (!self->machine || self->number > 0)
    return;
  self->start.to_remember = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);
  g_signal_connect_object (self->machine, "notify::state", G_CALLBACK (on_state_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->machine, "ready", G_CALLBACK (on_ready), self, G_CONNECT_SWAPPED);
  /* A machine that is started before its window may have failed for want of one by the time it comes. */
  g_signal_connect (self, "map", G_CALLBACK (on_state_changed), NULL);
}
