/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "vm/passphrases.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct _DioPassphrases
{
  GHashTable *by_path; /* of GBytes */
  GArray *files;       /* of int: ours of those that QEMU has */
  GArray *numbers;     /* of int, for each disk: the child's, or -1 */
  GArray *overlay_numbers;
};

DioPassphrases *
dio_passphrases_new (void)
{
  DioPassphrases *self = g_new0 (DioPassphrases, 1);

  self->by_path = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);
  self->files = g_array_new (FALSE, FALSE, sizeof (int));
  self->numbers = g_array_new (FALSE, FALSE, sizeof (int));
  self->overlay_numbers = g_array_new (FALSE, FALSE, sizeof (int));
  return self;
}

void
dio_passphrases_free (DioPassphrases *self)
{
  if (self == NULL)
    return;
  dio_passphrases_settle (self);
  g_hash_table_unref (self->by_path);
  g_array_unref (self->files);
  g_array_unref (self->numbers);
  g_array_unref (self->overlay_numbers);
  g_free (self);
}

void
dio_passphrases_set (DioPassphrases *self, const char *path, GBytes *passphrase)
{
  if (passphrase != NULL)
    g_hash_table_insert (self->by_path, g_strdup (path), g_bytes_ref (passphrase));
  else
    g_hash_table_remove (self->by_path, path);
}

void
dio_passphrases_forget_all (DioPassphrases *self)
{
  g_hash_table_remove_all (self->by_path);
}

const char *
dio_passphrases_find_missing (DioPassphrases *self, DioMachineConfig *config)
{
  for (guint i = 0; i < dio_machine_config_get_n_disks (config); i++)
    {
      const DioDisk *disk = dio_machine_config_get_disk (config, i);

      if (disk->encryption != NULL && disk->path != NULL && !g_hash_table_contains (self->by_path, disk->path))
        return disk->path;
    }
  return NULL;
}

static int
make_file (GBytes *passphrase)
{
  g_autofd int fd = memfd_create ("diorama", MFD_CLOEXEC);
  gsize size;
  const char *bytes = g_bytes_get_data (passphrase, &size);

  errno = ENOSPC; /* of a write that was cut short */
  return fd >= 0 && write (fd, bytes, size) == (gssize) size ? g_steal_fd (&fd) : -1;
}

/* SECRET, when there is one, as a file in FDS. Its number in the child, or -1, is added to NUMBERS. */
static gboolean
hand_over (DioPassphrases *self, GBytes *secret, GArray *numbers, int first_fd, GArray *fds, GError **error)
{
  int number = -1, file = secret != NULL ? make_file (secret) : -1, theirs;

  if (file >= 0)
    {
      g_array_append_val (self->files, file);
      theirs = fcntl (file, F_DUPFD_CLOEXEC, 3);
      number = theirs >= 0 ? first_fd + (int) fds->len : -1;
    }
  if (secret != NULL && number < 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
                   _ ("The machine did not start: %s. Close some windows."), g_strerror (errno));
      return FALSE;
    }
  if (number >= 0)
    g_array_append_val (fds, theirs);
  g_array_append_val (numbers, number);
  return TRUE;
}

gboolean
dio_passphrases_hand_over (DioPassphrases *self, DioMachineConfig *config, GPtrArray *overlay_keys, DioRunPaths *paths,
                           int first_fd, GArray *fds, GError **error)
{
  dio_passphrases_settle (self);
  g_array_set_size (self->numbers, 0);
  g_array_set_size (self->overlay_numbers, 0);
  for (guint i = 0; i < dio_machine_config_get_n_disks (config); i++)
    {
      const DioDisk *disk = dio_machine_config_get_disk (config, i);
      GBytes *passphrase =
          disk->encryption != NULL && disk->path != NULL ? g_hash_table_lookup (self->by_path, disk->path) : NULL;
      GBytes *key = overlay_keys != NULL ? g_ptr_array_index (overlay_keys, i) : NULL;

      if (!hand_over (self, passphrase, self->numbers, first_fd, fds, error) ||
          !hand_over (self, key, self->overlay_numbers, first_fd, fds, error))
        return FALSE;
    }
  paths->secret_fds = (const int *) (gpointer) self->numbers->data;
  paths->overlay_fds = (const int *) (gpointer) self->overlay_numbers->data;
  return TRUE;
}

/* What is in memory that others share is gone for all of them; nothing of it stays for a swap file. */
static void
empty (int fd)
{
  off_t size = lseek (fd, 0, SEEK_END);
  g_autofree char *zeros = size > 0 ? g_malloc0 ((gsize) size) : NULL;

  if (zeros != NULL && (pwrite (fd, zeros, (gsize) size, 0) != size || ftruncate (fd, 0) < 0))
    g_debug ("A file in memory was not emptied: %s", g_strerror (errno));
}

void
dio_passphrases_settle (DioPassphrases *self)
{
  for (guint i = 0; i < self->files->len; i++)
    {
      empty (g_array_index (self->files, int, i));
      g_clear_fd (&g_array_index (self->files, int, i), NULL);
    }
  g_array_set_size (self->files, 0);
}

/* QEMU names the option that it did not like before what is wrong with it, and the option names the node. The words:
 * its crypto/block-luks.c. */
const char *
dio_passphrases_find_wrong (DioMachineConfig *config, const char *output)
{
  const char *words = strstr (output, "Invalid password, cannot unlock any keyslot");
  const char *first = NULL;

  for (guint i = 0; words != NULL && i < dio_machine_config_get_n_disks (config); i++)
    {
      const DioDisk *disk = dio_machine_config_get_disk (config, i);
      g_autofree char *secret = g_strdup_printf ("\"disk%u-key\"", i);
      const char *named = g_strstr_len (output, words - output, secret);

      if (disk->encryption == NULL)
        continue;
      if (named != NULL)
        return disk->path;
      first = first != NULL ? first : disk->path;
    }
  return first;
}
