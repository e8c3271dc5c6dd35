/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "service/search.h"

/* Less is better; 0: not found. */
typedef enum
{
  FOUND_NOT,
  FOUND_BY_NAME,
  FOUND_BY_SYSTEM
} Found;

static Found
find_in (DioLibraryMachine *machine, const char *wanted)
{
  const char *name = dio_library_machine_get_name (machine);
  const char *system = dio_library_machine_get_os_name (machine);
  g_autofree char *both = g_strjoin (" ", name, system, NULL);

  if (!dio_library_machine_get_uuid (machine))
    return FOUND_NOT;
  if (g_str_match_string (wanted, name, TRUE))
    return FOUND_BY_NAME;
  return g_str_match_string (wanted, both, TRUE) ? FOUND_BY_SYSTEM : FOUND_NOT;
}

static int
compare (gconstpointer a, gconstpointer b, gpointer user_data)
{
  DioLibraryMachine *one = *(DioLibraryMachine *const *) a, *other = *(DioLibraryMachine *const *) b;
  Found found_one = find_in (one, user_data), found_other = find_in (other, user_data);
  gint64 used_one = dio_library_machine_get_last_used (one), used_other = dio_library_machine_get_last_used (other);

  if (found_one != found_other)
    return found_one < found_other ? -1 : 1;
  if (used_one != used_other)
    return used_one > used_other ? -1 : 1;
  return g_utf8_collate (dio_library_machine_get_name (one), dio_library_machine_get_name (other));
}

GPtrArray *
dio_search (DioLibrary *library, const char *const *terms)
{
  g_autofree char *wanted = g_strjoinv (" ", (char **) terms);
  GPtrArray *found = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (library)); i++)
    {
      g_autoptr (DioLibraryMachine) machine = g_list_model_get_item (G_LIST_MODEL (library), i);

      if (*g_strstrip (wanted) && find_in (machine, wanted) != FOUND_NOT)
        g_ptr_array_add (found, g_steal_pointer (&machine));
    }
  g_ptr_array_sort_with_data (found, compare, wanted);
  return found;
}
