/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/command-line.h"

#include <glib/gi18n.h>
#include <string.h>

#define EXIT_NOT_UNDERSTOOD 2

void
dio_command_line_add_options (GApplication *application)
{
  static const GOptionEntry entries[] = {
    { "address", 0, 0, G_OPTION_ARG_STRING, NULL,
      N_ ("With “attach”: the D-Bus address of the bus that the machine is on"), N_ ("ADDRESS") },
    { "version", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Show the version and end"), NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, NULL, NULL, N_ ("[FILE…|demo|attach]") },
    { 0 },
  };

  g_application_add_main_option_entries (application, entries);
  g_application_set_option_context_summary (application, _ ("Runs virtual machines, each in a window of its own."));
  g_application_set_option_context_description (
      application, _ ("Examples:\n"
                      "  diorama                             Show the library\n"
                      "  diorama debian-13-netinst.iso       Start from an ISO file\n"
                      "  diorama disk.qcow2                  Start from a disk image\n"
                      "  diorama demo                        Start the built-in demonstration\n"
                      "  diorama attach                      Show a machine that runs with “-display dbus”\n"
                      "  diorama attach --address=unix:path=/run/user/1000/vm-bus\n"));
}

static gboolean
is_command (const char *word)
{
  return g_str_equal (word, "demo") || g_str_equal (word, "attach");
}

static const char **
lookup_words (GVariantDict *options)
{
  const char **words = NULL;

  g_variant_dict_lookup (options, G_OPTION_REMAINING, "^a&ay", &words);
  return words;
}

/* A word with neither a folder nor a suffix, and no file of that name, was hardly meant as a file. */
static int
check_file (const char *word)
{
  g_autoptr (GFile) file = g_file_new_for_commandline_arg (word);

  if (g_file_query_exists (file, NULL))
    return -1;
  if (!strpbrk (word, "/.:"))
    {
      g_printerr (_ ("diorama: there is neither a command nor a file “%s”. The commands are “demo” and “attach”; "
                     "“diorama --help” tells more.\n"),
                  word);
      return EXIT_NOT_UNDERSTOOD;
    }
  g_printerr (_ ("diorama: there is no file “%s”. Check its name and folder.\n"), word);
  return 1;
}

int
dio_command_line_check (GVariantDict *options)
{
  g_autofree const char **words = lookup_words (options);
  guint n = words ? g_strv_length ((char **) words) : 0;
  gboolean attach = n > 0 && g_str_equal (words[0], "attach");
  int status = -1;

  if (g_variant_dict_contains (options, "version"))
    {
      g_print ("Diorama %s\n", DIO_VERSION);
      return 0;
    }
  if (g_variant_dict_contains (options, "address") && !attach)
    {
      g_printerr (_ ("diorama: “--address” only goes with “attach”, as in “diorama attach --address=ADDRESS”.\n"));
      return EXIT_NOT_UNDERSTOOD;
    }
  if (n > 0 && is_command (words[0]))
    {
      if (n == 1)
        return -1;
      g_printerr (_ ("diorama: “%s” takes nothing more, but “%s” was given. “diorama --help” tells more.\n"), words[0],
                  words[1]);
      return EXIT_NOT_UNDERSTOOD;
    }
  for (guint i = 0; i < n && status < 0; i++)
    status = check_file (words[i]);
  return status;
}

static void
on_attached (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GApplicationCommandLine) command_line = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DioSession) session = dio_session_new_attach_finish (result, &error);
  GApplication *application = g_application_get_default ();

  if (session)
    dio_application_show_session (DIO_APPLICATION (application), session);
  else
    dio_application_fail_command_line (DIO_APPLICATION (application), command_line, error->message);
  g_application_command_line_done (command_line);
  g_application_release (application);
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GApplicationCommandLine) command_line = user_data;
  g_autoptr (GError) error = NULL;

  /* The caller waits until the last of these has let its command line go. */
  if (!dio_application_open_image_finish (DIO_APPLICATION (source), result, &error))
    dio_application_fail_command_line (DIO_APPLICATION (source), command_line, error->message);
}

static void
open_words (DioApplication *application, GApplicationCommandLine *command_line, const char **words)
{
  for (guint i = 0; words[i]; i++)
    {
      g_autoptr (GFile) file = g_application_command_line_create_file_for_arg (command_line, words[i]);

      dio_application_open_image_async (application, file, on_opened, g_object_ref (command_line));
    }
}

int
dio_command_line_run (DioApplication *application, GApplicationCommandLine *command_line)
{
  GVariantDict *options = g_application_command_line_get_options_dict (command_line);
  g_autofree const char **words = lookup_words (options);
  const char *address = NULL;
  g_autoptr (GError) error = NULL;

  if (!words || !words[0])
    {
      g_application_activate (G_APPLICATION (application));
      return 0;
    }
  if (g_str_equal (words[0], "demo"))
    {
      if (dio_application_start_demo (application, &error))
        return 0;
      g_application_command_line_printerr (command_line, "diorama: %s\n", error->message);
      return 1;
    }
  if (g_str_equal (words[0], "attach"))
    {
      g_variant_dict_lookup (options, "address", "&s", &address);
      /* The caller waits for the outcome as long as its command line is not done. */
      g_application_hold (G_APPLICATION (application));
      dio_session_new_attach_async (address, NULL, on_attached, g_object_ref (command_line));
      return 0;
    }
  open_words (application, command_line, words);
  return 0;
}
