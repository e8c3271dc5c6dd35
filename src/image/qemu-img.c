/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "image/qemu-img.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/wait.h>

#define MAX_MESSAGE 4096
#define MAX_MEMORY                                                                                                     \
  (G_GUINT64_CONSTANT (4) << 30) /* of address space; its threads' stacks are most of what it needs                    \
                                  */

/* What one run says while it works. */
typedef struct
{
  GString *text; /* from the last percentage on */
  DioProgressFunc progress;
  gpointer data;
} Telling;

char *
dio_qemu_tool_find (const char *name, GError **error)
{
  const char *directory = g_getenv ("DIORAMA_EMBEDDED_QEMU");
  const char *engine = g_getenv ("DIORAMA_QEMU");
  g_autofree char *path = NULL;

  if (directory == NULL)
    directory = DIO_EMBEDDED_QEMU;
  if (*directory != '\0')
    path = g_build_filename (directory, "bin", name, NULL);
  if (path != NULL && g_file_test (path, G_FILE_TEST_IS_EXECUTABLE))
    return g_canonicalize_filename (path, NULL);

  if (engine != NULL && *engine != '\0')
    {
      g_autofree char *folder = g_path_get_dirname (engine);
      g_autofree char *beside = g_build_filename (folder, name, NULL);

      if (g_file_test (beside, G_FILE_TEST_IS_EXECUTABLE))
        return g_canonicalize_filename (beside, NULL);
    }

  g_set_str (&path, NULL);
  path = g_find_program_in_path (name);
  if (path == NULL)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                 _ ("The program %s, which works on disks, is missing. Install the package %s."), name, "qemu-utils");
  return g_steal_pointer (&path);
}

DioConfine *
dio_qemu_img_new (gboolean quick, GError **error)
{
  g_autofree char *program = dio_qemu_tool_find ("qemu-img", error);
  DioConfine *self = program != NULL ? dio_confine_new (program) : NULL;

  if (self != NULL && !quick)
    dio_confine_set_limits (self, MAX_MEMORY, 0, 0);
  return self;
}

char *
dio_qemu_tool_give_passphrase (DioConfine *self, GBytes *passphrase, GError **error)
{
  g_autofree char *name = NULL;

  if (passphrase == NULL)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                         _ ("What is on the disk cannot be seen without its passphrase."));
  else
    name = dio_confine_give_bytes (self, passphrase, error);
  return name != NULL ? g_strconcat ("secret,id=" DIO_QEMU_PASSPHRASE ",file=", name, NULL) : NULL;
}

/* "    (12.34/100%)\r" is progress. */
static void
take_output (const char *bytes, gsize length, gpointer user_data)
{
  Telling *telling = user_data;
  const char *percent;

  g_string_append_len (telling->text, bytes, (gssize) length);
  percent = g_strrstr_len (telling->text->str, (gssize) telling->text->len, "/100%)");
  if (percent != NULL)
    {
      const char *open = g_strrstr_len (telling->text->str, percent - telling->text->str, "(");

      if (open != NULL)
        telling->progress (CLAMP (g_ascii_strtod (open + 1, NULL) / 100, 0, 1), telling->data);
      g_string_erase (telling->text, 0, percent - telling->text->str + 1);
    }
  if (telling->text->len > MAX_MESSAGE)
    g_string_truncate (telling->text, 0);
}

/* The reason in its last line: what comes behind "qemu-img: Could not open 'json:{…}': ". */
static char *
last_message (const char *all)
{
  g_autofree char *text = g_utf8_make_valid (all, -1);
  const char *line = strrchr (g_strchomp (text), '\n');
  const char *quoted = g_strrstr (text, "}': ");

  line = line != NULL ? line + 1 : text;
  if (quoted != NULL && quoted >= line)
    line = quoted + strlen ("}': ");
  return g_strdup (g_str_has_prefix (line, "qemu-img: ") ? line + strlen ("qemu-img: ") : line);
}

/* The words: QEMU's crypto/block-luks.c. */
static gboolean
is_locked (const char *all)
{
  return strstr (all, "Invalid password, cannot unlock any keyslot") != NULL;
}

static void
set_error_from_messages (const char *all, int status, GError **error)
{
  g_autofree char *message = last_message (all);

  if (strstr (all, "No space left on device") || strstr (all, "File too large") || strstr (all, "quota exceeded"))
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                         _ ("The disk is full. Make room on it, then try again."));
  else if (strstr (all, "Is another process using the image"))
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_BUSY,
                         _ ("The disk image is in use by a machine that runs. Shut that machine down first."));
  else if (is_locked (all))
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                         _ ("The passphrase is not the one of this disk. Enter it again."));
  else if (strstr (all, "Permission denied") || strstr (all, "Read-only file system"))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                 _ ("A file may not be read or written (%s). Change its permissions, then try again."), message);
  else if (WIFSIGNALED (status))
    g_set_error (
        error, G_IO_ERROR, G_IO_ERROR_FAILED,
        _ ("The program that works on disks (qemu-img) was ended by signal %d. The disk may be full, the image "
           "damaged, or this computer without memory that is free."),
        WTERMSIG (status));
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                 _ ("The disk image cannot be worked on: %s. It may be damaged, or its drive is."), message);
}

gboolean
dio_qemu_img_run (DioConfine *tool, const char *const *arguments, DioProgressFunc progress, gpointer data,
                  GCancellable *cancellable, char **ret_output, int *ret_status, GError **error)
{
  g_autofree char *output = NULL;
  g_autofree char *messages = NULL;
  Telling telling = { g_string_new (NULL), progress, data };
  gboolean ran;
  int status;

  ran = dio_confine_run (tool, arguments, progress != NULL ? take_output : NULL, &telling, cancellable, &output,
                         &messages, &status, error);
  g_string_free (telling.text, TRUE);
  if (!ran)
    return FALSE;
  if (ret_status != NULL && WIFEXITED (status) && !is_locked (messages))
    *ret_status = WEXITSTATUS (status);
  else if (status != 0)
    {
      set_error_from_messages (messages, status, error);
      return FALSE;
    }
  if (ret_output != NULL)
    *ret_output = g_steal_pointer (&output);
  return TRUE;
}
