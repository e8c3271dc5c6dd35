/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "provision/import-file.h"

#include "provision/recommendation.h"

#include <string.h>

/* The file's name without its ending. */
static char *
make_name (const char *path)
{
  g_autofree char *base = g_path_get_basename (path);
  char *shown = g_utf8_make_valid (base, -1);
  char *dot = strrchr (shown, '.');

  if (dot && dot != shown)
    *dot = '\0';
  for (char *c = shown; *c; c++)
    if (g_ascii_iscntrl (*c))
      *c = ' ';
  return shown;
}

static DioJob *
import_disk (const char *path, const char *name, DioImportMode mode, const char *place)
{
  g_autofree char *stem = make_name (path);
  /* It belongs to no folder yet: nothing is relative in there. */
  g_autoptr (DioDefinition) definition = dio_definition_new (name ? name : stem, "/");
  DioMachineConfig *config = dio_definition_get_config (definition);
  const char *paths[] = { path };
  DioRecommendation recommendation;
  DioHost host;

  dio_host_get (&host);
  dio_recommend (NULL, dio_machine_config_get_arch (config), &host, &recommendation);
  dio_recommendation_apply (&recommendation, config);
  return dio_import_disks (definition, paths, 1, mode, recommendation.disk_bus, place);
}

DioJob *
dio_import_archive_for (DioLibrary *library, const char *path, const char *name, const char *place)
{
  g_autoptr (GPtrArray) taken = g_ptr_array_new_null_terminated (0, NULL, TRUE);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (library));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (DioLibraryMachine) machine = g_list_model_get_item (G_LIST_MODEL (library), i);

      if (dio_library_machine_get_uuid (machine))
        g_ptr_array_add (taken, (gpointer) dio_library_machine_get_uuid (machine));
    }
  return dio_import_archive (path, name, (const char *const *) taken->pdata, place);
}

DioJob *
dio_import_file (DioLibrary *library, const char *path, const char *name, DioImportMode mode, const char *place,
                 GError **error)
{
  DioImportKind kind;

  g_return_val_if_fail (DIO_IS_LIBRARY (library), NULL);

  if (!dio_import_recognise (path, &kind, error))
    return NULL;
  switch (kind)
    {
    case DIO_IMPORT_APPLIANCE:
      return dio_import_appliance (path, name, place);
    case DIO_IMPORT_ARCHIVE:
      return dio_import_archive_for (library, path, name, place);
    case DIO_IMPORT_DISK:
    default:
      return import_disk (path, name, mode, place);
    }
}
