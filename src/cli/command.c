/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "cli/command.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <stdio.h>

/* --- words --- */

static gboolean
check_operands (const DioUsage *usage, GStrv operands, gboolean filenames)
{
  guint n = g_strv_length (operands);

  if (n < usage->min_operands)
    {
      dio_command_warn (_ ("“%s” needs more: %s. “diorama %s --help” tells more."), usage->name, _ (usage->operands),
                        usage->name);
      return FALSE;
    }
  if (n > usage->max_operands)
    {
      g_autofree char *first = dio_command_dup_printable (operands[usage->max_operands]);

      dio_command_warn (_ ("“%s” takes no “%s”. “diorama %s --help” tells more."), usage->name, first, usage->name);
      return FALSE;
    }
  for (guint i = 0; i < n && !filenames; i++)
    if (!g_utf8_validate (operands[i], -1, NULL))
      {
        g_autofree char *word = dio_command_dup_printable (operands[i]);

        dio_command_warn (_ ("“%s” is not written in UTF-8."), word);
        return FALSE;
      }
  return TRUE;
}

GStrv
dio_usage_parse (const DioUsage *usage, const GOptionEntry *entries, int argc, char **argv, gboolean filenames)
{
  g_autofree char *program = g_strdup_printf ("diorama %s", usage->name);
  g_autoptr (GOptionContext) context = g_option_context_new (_ (usage->operands));
  g_auto (GStrv) operands = NULL;
  const GOptionEntry rest[] = {
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &operands, NULL, NULL },
    { 0 },
  };
  g_autoptr (GError) error = NULL;

  g_set_prgname (program);
  g_option_context_set_summary (context, _ (usage->summary));
  if (usage->description)
    g_option_context_set_description (context, _ (usage->description));
  if (entries)
    g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  g_option_context_add_main_entries (context, rest, GETTEXT_PACKAGE);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      dio_command_warn (_ ("%s. “diorama %s --help” tells more."), error->message, usage->name);
      return NULL;
    }
  if (!operands)
    operands = g_new0 (char *, 1);
  return check_operands (usage, operands, filenames) ? g_steal_pointer (&operands) : NULL;
}

gboolean
dio_command_check_name (const char *name)
{
  if (!name || (*name && g_utf8_validate (name, -1, NULL) && g_utf8_strlen (name, -1) <= 255))
    return TRUE;
  dio_command_warn (_ ("A machine's name is a text of 1 to 255 characters."));
  return FALSE;
}

/* --- what is told --- */

void
dio_command_warn (const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  fprintf (stderr, "diorama: %s\n", text);
}

int
dio_command_fail (const GError *error)
{
  g_autofree char *message = dio_command_dup_printable (error->message);

  dio_command_warn ("%s", message);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return DIO_EXIT_CANCELLED;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_BUSY))
    return DIO_EXIT_STATE;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT))
    return DIO_EXIT_NOT_UNDERSTOOD;
  return DIO_EXIT_FAILED;
}

void
dio_command_print (const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  vprintf (format, arguments);
  va_end (arguments);
}

/* Control characters, and those that reorder or hide text. */
static gboolean
is_printable (gunichar c)
{
  return !g_unichar_iscntrl (c) && g_unichar_type (c) != G_UNICODE_LINE_SEPARATOR &&
         g_unichar_type (c) != G_UNICODE_PARAGRAPH_SEPARATOR && !(c >= 0x202a && c <= 0x202e) &&
         !(c >= 0x2066 && c <= 0x2069);
}

char *
dio_command_dup_printable (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *printable = g_string_new (NULL);

  for (const char *p = valid; *p; p = g_utf8_next_char (p))
    g_string_append_unichar (printable, is_printable (g_utf8_get_char (p)) ? g_utf8_get_char (p) : 0xfffd);
  return g_string_free (printable, FALSE);
}

void
dio_command_print_json (JsonNode *root)
{
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  g_autofree char *text = NULL;

  json_generator_set_root (generator, root);
  json_generator_set_pretty (generator, TRUE);
  text = json_generator_to_data (generator, NULL);
  dio_command_print ("%s\n", text);
  json_node_unref (root);
}

int
dio_command_end (int status)
{
  if (fflush (stdout) == 0 && !ferror (stdout))
    return status;
  dio_command_warn (_ ("The output cannot be written: %s."), g_strerror (errno));
  return status > DIO_EXIT_OK ? status : DIO_EXIT_FAILED;
}

/* --- waiting --- */

void
dio_command_take_result (GObject *source, GAsyncResult *async_result, gpointer result)
{
  *(GAsyncResult **) result = g_object_ref (async_result);
}

GAsyncResult *
dio_command_wait (GAsyncResult **result)
{
  while (!*result)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}
