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

/* One line for a value, in the words that “set” takes; parts are told as JSON, on a line each. */
static void
print_value (const char *name, JsonNode *node)
{
  g_autofree char *text = NULL;
  g_autofree char *printable = NULL;

  if (JSON_NODE_HOLDS_NULL (node))
    text = g_strdup ("–");
  else if (json_node_get_value_type (node) == G_TYPE_STRING)
    text = json_node_dup_string (node);
  else if (json_node_get_value_type (node) == G_TYPE_BOOLEAN)
    text = g_strdup (json_node_get_boolean (node) ? "yes" : "no");
  else
    text = json_to_string (node, FALSE);
  printable = dio_command_dup_printable (text);
  dio_command_print ("%-18s %s\n", name, printable);
}

void
dio_command_print_object (JsonObject *object)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &name, &node))
    if (JSON_NODE_HOLDS_OBJECT (node))
      dio_command_print_object (json_node_get_object (node));
    else if (JSON_NODE_HOLDS_ARRAY (node) && json_array_get_length (json_node_get_array (node)) > 0 &&
             JSON_NODE_HOLDS_OBJECT (json_array_get_element (json_node_get_array (node), 0)))
      for (guint i = 0; i < json_array_get_length (json_node_get_array (node)); i++)
        print_value (name, json_array_get_element (json_node_get_array (node), i));
    else
      print_value (name, node);
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
