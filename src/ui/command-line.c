/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/command-line.h"

#include "ui/image-opener.h"
#include "ui/survey.h"

#include <glib/gi18n.h>
#include <string.h>

#define EXIT_NOT_UNDERSTOOD 2
/* Seconds between the two readings of “diagnostics”. */
#define MIN_INTERVAL 0.1
#define MAX_INTERVAL 3600.0

void
dio_command_line_add_options (GApplication *application)
{
  static const GOptionEntry entries[] = {
    { "address", 0, 0, G_OPTION_ARG_STRING, NULL,
      N_ ("With “attach”: the D-Bus address of the bus that the machine is on"), N_ ("ADDRESS") },
    { "graphics", 0, 0, G_OPTION_ARG_STRING, NULL,
      N_ ("How the machine draws: by the processor (2d), the same without copies (blob), or by the graphics card (3d)"),
      N_ ("2d|blob|3d") },
    { "interval", 0, 0, G_OPTION_ARG_DOUBLE, NULL, N_ ("With “diagnostics”: how long to measure rates"),
      N_ ("SECONDS") },
    { "start", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Start disk images at once, each by itself, without asking"), NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Show the version and end"), NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, NULL, NULL, N_ ("[COMMAND|FILE…]") },
    { 0 },
  };

  g_application_add_main_option_entries (application, entries);
  g_application_set_option_context_summary (application, _ ("Runs virtual machines, each in a window of its own."));
  g_application_set_option_context_description (
      application, _ ("Examples:\n"
                      "  diorama                             Show the library\n"
                      "  diorama debian-13-netinst.iso       Open an ISO file\n"
                      "  diorama disk.qcow2                  Open a disk image\n"
                      "  diorama --start disk.qcow2          Start from it at once\n"
                      "  diorama demo                        Start the built-in demonstration\n"
                      "  diorama --graphics=3d disk.qcow2    Let the machine use the graphics card\n"
                      "  diorama attach                      Show a machine that runs with “-display dbus”\n"
                      "  diorama attach --address=unix:path=/run/user/1000/vm-bus\n"
                      "  diorama diagnostics --interval=2    Tell what the display costs, as JSON\n"
                      "\n"
                      "The machines of the library (each command has a “--help” of its own):\n"
                      "  diorama list                        List them\n"
                      "  diorama info NAME                   Tell all about one\n"
                      "  diorama inspect FILE…               Tell what is in a disk image\n"
                      "  diorama new NAME                    Make one\n"
                      "  diorama set NAME PROPERTY=VALUE…    Change it\n"
                      "  diorama start [--headless] NAME     Start it\n"
                      "  diorama stop NAME                   Ask it to shut down\n"
                      "  diorama import FILE                 Make one from an archive, an appliance or a disk image\n"
                      "  diorama export NAME FILE            Write it into a file\n"
                      "  diorama duplicate NAME              Copy it\n"
                      "  diorama delete NAME                 Move it to the Trash\n"));
}

static gboolean
is_command (const char *word)
{
  return g_str_equal (word, "demo") || g_str_equal (word, "attach") || g_str_equal (word, "diagnostics");
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
      g_printerr (_ ("diorama: there is neither a command nor a file “%s”. If that is a machine of the library, "
                     "“diorama start %s” starts it; “diorama --help” tells the commands.\n"),
                  word, word);
      return EXIT_NOT_UNDERSTOOD;
    }
  g_printerr (_ ("diorama: there is no file “%s”. Check its name and folder.\n"), word);
  return 1;
}

/* FALSE: that is none. */
static gboolean
parse_graphics (GVariantDict *options, DioGraphics *ret_graphics)
{
  g_autoptr (GEnumClass) klass = g_type_class_ref (DIO_TYPE_GRAPHICS);
  const char *word = "2d";
  const GEnumValue *value;

  g_variant_dict_lookup (options, "graphics", "&s", &word);
  value = g_enum_get_value_by_nick (klass, word);
  if (value)
    *ret_graphics = (DioGraphics) value->value;
  return value != NULL;
}

/* "graphics" goes with what starts a machine. */
static int
check_graphics (GVariantDict *options, const char *word)
{
  DioGraphics graphics;

  if (!g_variant_dict_contains (options, "graphics"))
    return -1;
  if (!word || g_str_equal (word, "attach") || g_str_equal (word, "diagnostics"))
    {
      g_printerr (_ ("diorama: “--graphics” only goes with what starts a machine, as in “diorama --graphics=3d "
                     "disk.qcow2”.\n"));
      return EXIT_NOT_UNDERSTOOD;
    }
  if (parse_graphics (options, &graphics))
    return -1;
  g_printerr (_ ("diorama: “--graphics” takes “2d”, “blob” or “3d”.\n"));
  return EXIT_NOT_UNDERSTOOD;
}

/* Whoever asks must not become the running instance: that would have nothing to tell. */
static int
check_running (void)
{
  g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);
  g_autoptr (GVariant) answer = NULL;
  gboolean running = FALSE;

  if (bus)
    answer = g_dbus_connection_call_sync (bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                          "NameHasOwner", g_variant_new ("(s)", DIO_APPLICATION_ID),
                                          G_VARIANT_TYPE ("(b)"), G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
  if (answer)
    g_variant_get (answer, "(b)", &running);
  if (running)
    return -1;
  g_printerr (_ ("diorama: Diorama is not running, so there is nothing to tell. Start a machine first.\n"));
  return 1;
}

static int
check_diagnostics (GVariantDict *options)
{
  double interval;

  if (g_variant_dict_lookup (options, "interval", "d", &interval) &&
      !(interval >= MIN_INTERVAL && interval <= MAX_INTERVAL))
    {
      g_printerr (_ ("diorama: “--interval” takes %g to %g seconds.\n"), MIN_INTERVAL, MAX_INTERVAL);
      return EXIT_NOT_UNDERSTOOD;
    }
  return check_running ();
}

int
dio_command_line_check (GVariantDict *options)
{
  g_autofree const char **words = lookup_words (options);
  guint n = words ? g_strv_length ((char **) words) : 0;
  gboolean attach = n > 0 && g_str_equal (words[0], "attach");
  gboolean diagnostics = n > 0 && g_str_equal (words[0], "diagnostics");
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
  if (g_variant_dict_contains (options, "interval") && !diagnostics)
    {
      g_printerr (
          _ ("diorama: “--interval” only goes with “diagnostics”, as in “diorama diagnostics --interval=2”.\n"));
      return EXIT_NOT_UNDERSTOOD;
    }
  if (g_variant_dict_contains (options, "start") && (n == 0 || is_command (words[0])))
    {
      g_printerr (_ ("diorama: “--start” only goes with disk images, as in “diorama --start disk.qcow2”.\n"));
      return EXIT_NOT_UNDERSTOOD;
    }
  status = check_graphics (options, n > 0 ? words[0] : NULL);
  if (status >= 0)
    return status;
  if (n > 0 && is_command (words[0]))
    {
      if (n == 1)
        return diagnostics ? check_diagnostics (options) : -1;
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

  /* The caller waits until this has let its command line go. */
  if (!dio_image_opener_open_finish (DIO_APPLICATION (source), result, &error))
    dio_application_fail_command_line (DIO_APPLICATION (source), command_line, error->message);
}

static void
open_words (DioApplication *application, GApplicationCommandLine *command_line, const char **words, DioOpenHow how,
            DioGraphics graphics)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; words[i]; i++)
    g_ptr_array_add (files, g_application_command_line_create_file_for_arg (command_line, words[i]));
  dio_image_opener_open_async (application, NULL, (GFile **) files->pdata, files->len, how, graphics, on_opened,
                               g_object_ref (command_line));
}

/* --- diagnostics --- */

typedef struct
{
  GApplicationCommandLine *command_line;
  DioSurvey *before; /* NULL: no rates */
} Question;

/* Takes over QUESTION. */
static void
answer (gpointer user_data)
{
  Question *question = user_data;
  GApplication *application = g_application_get_default ();
  g_autoptr (DioSurvey) survey = dio_survey_new (GTK_APPLICATION (application));
  g_autofree char *text = dio_survey_to_json (survey, question->before);

  g_application_command_line_print_literal (question->command_line, text);
  g_application_command_line_done (question->command_line);
  g_object_unref (question->command_line);
  g_clear_pointer (&question->before, dio_survey_free);
  g_free (question);
  g_application_release (application);
}

static void
tell_diagnostics (DioApplication *application, GApplicationCommandLine *command_line, GVariantDict *options)
{
  Question *question = g_new0 (Question, 1);
  double interval;

  /* The caller waits for the outcome as long as its command line is not done. */
  g_application_hold (G_APPLICATION (application));
  question->command_line = g_object_ref (command_line);
  if (!g_variant_dict_lookup (options, "interval", "d", &interval))
    {
      answer (question);
      return;
    }
  question->before = dio_survey_new (GTK_APPLICATION (application));
  g_timeout_add_once ((guint) (interval * 1000), answer, question);
}

int
dio_command_line_run (DioApplication *application, GApplicationCommandLine *command_line)
{
  GVariantDict *options = g_application_command_line_get_options_dict (command_line);
  g_autofree const char **words = lookup_words (options);
  const char *address = NULL;
  g_autoptr (GError) error = NULL;
  DioGraphics graphics = DIO_GRAPHICS_2D;

  parse_graphics (options, &graphics);
  if (!words || !words[0])
    {
      g_application_activate (G_APPLICATION (application));
      return 0;
    }
  if (g_str_equal (words[0], "demo"))
    {
      if (dio_application_start_demo (application, graphics, &error))
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
  if (g_str_equal (words[0], "diagnostics"))
    {
      tell_diagnostics (application, command_line, options);
      return 0;
    }
  open_words (application, command_line, words,
              g_variant_dict_contains (options, "start") ? DIO_OPEN_START : DIO_OPEN_ASK, graphics);
  return 0;
}
