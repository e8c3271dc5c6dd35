/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "cli/command.h"
#include "cli/machines.h"
#include "cli/place.h"
#include "cli/properties.h"
#include "provision/create.h"
#include "provision/os-database.h"
#include "provision/recommendation.h"

#include <glib/gi18n.h>
#include <string.h>

/* Bytes. */
#define MAX_DISK (G_GUINT64_CONSTANT (16) << 40)

typedef struct
{
  gboolean json;
  char *place, *os, *iso, *disk;
} Options;

static void
options_clear (Options *options)
{
  g_free (options->place);
  g_free (options->os);
  g_free (options->iso);
  g_free (options->disk);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

/* "20G"; "none" is 0. */
static gboolean
parse_size (const char *word, guint64 *ret_bytes)
{
  static const char units[] = "mgt";
  g_autofree char *digits = g_ascii_strdown (word, -1);
  gsize length = strlen (digits);
  const char *unit = length > 1 ? strchr (units, digits[length - 1]) : NULL;
  guint64 number;
  guint shift;

  if (g_str_equal (digits, "none"))
    {
      *ret_bytes = 0;
      return TRUE;
    }
  if (!unit)
    return FALSE;
  digits[length - 1] = '\0';
  shift = 20 + 10 * (guint) (unit - units);
  if (!g_ascii_string_to_unsigned (digits, 10, 1, MAX_DISK >> shift, &number, NULL))
    return FALSE;
  *ret_bytes = number << shift;
  return TRUE;
}

/* What is on the disc of --iso, or what --os says. RET_OS stays NULL where nobody knows. */
static int
find_os (const Options *options, DioOs **ret_os)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DioOsDatabase) database = NULL;
  g_autoptr (DioOsMedia) media = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree char *path = options->iso ? g_canonicalize_filename (options->iso, NULL) : NULL;
  DioOs *os = NULL;

  if (!options->os && !path)
    return DIO_EXIT_OK;
  database = dio_os_database_load (&error);
  if (!database)
    return dio_command_fail (error);
  if (options->os)
    {
      os = dio_os_database_find (database, options->os);
      if (!os)
        {
          g_autofree char *word = dio_command_dup_printable (options->os);

          dio_command_warn (_ ("No operating system is known as “%s”. “osinfo-query os” lists those that are."), word);
          return DIO_EXIT_NOT_UNDERSTOOD;
        }
    }
  else
    {
      dio_os_database_identify_async (database, path, NULL, dio_command_take_result, &result);
      media = dio_os_database_identify_finish (database, dio_command_wait (&result), &error);
      if (!media)
        {
          g_autofree char *shown = dio_command_dup_printable (path);

          dio_command_warn (_ ("The disc “%s” cannot be used. %s"), shown, error->message);
          return DIO_EXIT_FAILED;
        }
      os = dio_os_media_get_os (media);
    }
  *ret_os = os ? g_object_ref (os) : NULL;
  return DIO_EXIT_OK;
}

/* A machine as OS wants it, with what was said on the command line over that. */
static DioDefinition *
define (const Options *options, DioOs *os, GStrv words, DioRecommendation *recommendation, GError **error)
{
  /* It belongs to no folder yet: nothing is relative in there. */
  g_autoptr (DioDefinition) definition = dio_definition_new (words[0], "/");
  DioMachineConfig *config = dio_definition_get_config (definition);
  g_autofree char *path = options->iso ? g_canonicalize_filename (options->iso, NULL) : NULL;
  DioHost host;

  dio_host_get (&host);
  dio_recommend (os, dio_machine_config_get_arch (config), &host, recommendation);
  dio_recommendation_apply (recommendation, config);
  if (os)
    g_object_set (definition, "os", dio_os_get_id (os), "os-name", dio_os_get_name (os), NULL);
  if (path)
    dio_machine_config_add_cdrom (config, path);
  if (!dio_properties_set (definition, (const char *const *) words + 1, error))
    return NULL;
  return g_steal_pointer (&definition);
}

static gboolean
has_disk (DioMachineConfig *config)
{
  for (guint i = 0; i < dio_machine_config_get_n_disks (config); i++)
    if (!dio_machine_config_get_disk (config, i)->cdrom)
      return TRUE;
  return FALSE;
}

static int
make (const Options *options, const char *place, GStrv words)
{
  g_autoptr (DioOs) os = NULL;
  g_autoptr (DioDefinition) definition = NULL;
  g_autoptr (DioJob) job = NULL;
  g_autoptr (GError) error = NULL;
  DioRecommendation recommendation = { 0 };
  DioNewDisk disk = { 0 };
  int status = find_os (options, &os);

  if (status != DIO_EXIT_OK)
    return status;
  definition = define (options, os, words, &recommendation, &error);
  if (!definition)
    return dio_command_fail (error);
  disk.bus = recommendation.disk_bus;
  if (options->disk)
    parse_size (options->disk, &disk.size);
  else if (!has_disk (dio_definition_get_config (definition)))
    disk.size = recommendation.disk_size;
  job = dio_create_machine (definition, &disk, disk.size > 0 ? 1 : 0, place);
  return dio_place_run_job (job, options->json);
}

int
dio_command_new (int argc, char **argv)
{
  g_auto (Options) options = { 0 };
  const GOptionEntry entries[] = {
    { "disk", 0, 0, G_OPTION_ARG_STRING, &options.disk,
      N_ ("How large its new disk is, as “40G”, or “none” (what its system recommends)"), N_ ("SIZE") },
    { "iso", 0, 0, G_OPTION_ARG_FILENAME, &options.iso, N_ ("The disc that it starts from"), N_ ("FILE") },
    { "json", 0, 0, G_OPTION_ARG_NONE, &options.json, N_ ("Print an object"), NULL },
    { "os", 0, 0, G_OPTION_ARG_STRING, &options.os,
      N_ ("Its operating system, as “debian13” (what is found on the disc)"), N_ ("ID") },
    { "place", 0, 0, G_OPTION_ARG_FILENAME, &options.place, N_ ("Which of your places it goes to (the first)"),
      N_ ("FOLDER") },
    { 0 },
  };
  const DioUsage usage = { "new",
                           N_ ("NAME [PROPERTY=VALUE…]"),
                           N_ ("Makes a machine, and prints its folder. Its properties are what its system recommends, "
                               "and what is said here; “diorama set --help” lists them."),
                           NULL,
                           1,
                           G_MAXUINT };
  g_auto (GStrv) operands = dio_usage_parse (&usage, entries, argc, argv, FALSE);
  g_autoptr (DioLibrary) library = NULL;
  g_autofree char *place = NULL;
  guint64 size;

  if (!operands)
    return DIO_EXIT_NOT_UNDERSTOOD;
  if (options.disk && !parse_size (options.disk, &size))
    {
      g_autofree char *word = dio_command_dup_printable (options.disk);

      dio_command_warn (_ ("“--disk” takes a size as “500M”, “40G” or “1T”, at most 16 TiB, or “none”, not “%s”."),
                        word);
      return DIO_EXIT_NOT_UNDERSTOOD;
    }
  library = dio_machines_load ();
  place = dio_place_choose (library, options.place);
  return place ? make (&options, place, operands) : DIO_EXIT_NOT_UNDERSTOOD;
}
