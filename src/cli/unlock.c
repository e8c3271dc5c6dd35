/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "cli/unlock.h"

#include "cli/command.h"
#include "image/host-path.h"
#include "image/passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define MAX_PASSPHRASE 1024 /* bytes */
#define INTERRUPT 0x03      /* Ctrl+C, which does not interrupt while there is no echo */

/* Reads until the end, or a line's if LINE, and leaves that end out. NULL: nothing came, or too much, or Ctrl+C. */
static GBytes *
read_from (int fd, gboolean line)
{
  char text[MAX_PASSPHRASE + 1];
  gsize length = 0;
  GBytes *passphrase = NULL;
  gssize n = 0;

  while (length < sizeof text && !(line && length > 0 && text[length - 1] == '\n'))
    {
      n = read (fd, text + length, line ? 1 : sizeof text - length);
      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        break;
      length += (gsize) n;
    }
  if (length > 0 && text[length - 1] == '\n')
    length--;
  if (n >= 0 && length > 0 && length <= MAX_PASSPHRASE && !memchr (text, INTERRUPT, length))
    passphrase = dio_passphrase_new (text, length);
  explicit_bzero (text, sizeof text);
  return passphrase;
}

static GBytes *
read_file (const char *path, GError **error)
{
  g_autofd int opened = -1;
  gboolean standard = g_str_equal (path, "-");
  GBytes *passphrase;

  if (!standard)
    opened = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (!standard && opened < 0)
    {
      g_set_error (error, G_IO_ERROR, (int) g_io_error_from_errno (errno), _ ("“%s” cannot be read (%s)."), path,
                   g_strerror (errno));
      return NULL;
    }
  passphrase = read_from (standard ? STDIN_FILENO : opened, FALSE);
  if (!passphrase)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                 _ ("There is no passphrase in “%s”: it has to be of 1 to %d bytes."), path, MAX_PASSPHRASE);
  return passphrase;
}

static GBytes *
ask (const char *shown, GError **error)
{
  struct termios before, silent;
  GBytes *passphrase;

  if (!isatty (STDIN_FILENO) || tcgetattr (STDIN_FILENO, &before) < 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                   _ ("The disk image “%s” is encrypted. Start the machine from a terminal, which asks for the "
                      "passphrase, or with “--passphrase-file”."),
                   shown);
      return NULL;
    }
  g_printerr (_ ("Passphrase of “%s”: "), shown);
  silent = before;
  silent.c_lflag &= ~(tcflag_t) (ECHO | ISIG);
  tcsetattr (STDIN_FILENO, TCSAFLUSH, &silent);
  passphrase = read_from (STDIN_FILENO, TRUE);
  tcsetattr (STDIN_FILENO, TCSAFLUSH, &before);
  g_printerr ("\n");
  if (!passphrase)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("No passphrase was entered."));
  return passphrase;
}

static GBytes *
look_up (const char *path)
{
  g_autoptr (GAsyncResult) result = NULL;

  dio_passphrase_lookup_async (path, NULL, dio_command_take_result, &result);
  return dio_passphrase_lookup_finish (dio_command_wait (&result), NULL);
}

gboolean
dio_unlock (DioMachine *machine, const char *passphrase_file, gboolean again, GError **error)
{
  DioMachineConfig *config = dio_machine_get_config (machine);
  g_autoptr (GBytes) given = NULL;

  for (guint i = 0; i < dio_machine_config_get_n_disks (config); i++)
    {
      const DioDisk *disk = dio_machine_config_get_disk (config, i);
      g_autoptr (GBytes) passphrase = NULL;
      g_autofree char *host = disk->path ? dio_path_dup_host (disk->path) : NULL;
      g_autofree char *shown = host ? g_filename_display_basename (host) : NULL;

      if (!disk->encryption || !disk->path)
        continue;
      if (again && g_strcmp0 (dio_machine_get_locked_image (machine), disk->path) != 0)
        continue;
      if (passphrase_file && !given && !(given = read_file (passphrase_file, error)))
        return FALSE;
      passphrase = given ? g_bytes_ref (given) : again ? NULL : look_up (disk->path);
      if (!passphrase && !(passphrase = ask (shown, error)))
        return FALSE;
      dio_machine_set_passphrase (machine, disk->path, passphrase);
    }
  return TRUE;
}
