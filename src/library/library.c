/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "library/library-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Of more changes than this a list is told at once that all of it is new. */
#define MAX_NAME 200 /* bytes: the folder's name is made of it */
#define MAX_SINGLE_CHANGES 16

enum
{
  PROP_LOADING = 1,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

static void list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (DioLibrary, dio_library, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static void
place_free (DioPlace *place)
{
  g_free (place->path);
  if (place->monitor)
    g_file_monitor_cancel (place->monitor);
  g_clear_object (&place->monitor);
  g_free (place);
}

/* --- the list --- */

static GType
get_item_type (GListModel *model)
{
  return DIO_TYPE_LIBRARY_MACHINE;
}

static guint
get_n_items (GListModel *model)
{
  return DIO_LIBRARY (model)->machines->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  DioLibrary *self = DIO_LIBRARY (model);

  return position < self->machines->len ? g_object_ref (self->machines->pdata[position]) : NULL;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

static void on_gone (DioLibraryMachine *machine, DioLibrary *self);

void
dio_library_change_list (DioLibrary *self, GHashTable *gone, GPtrArray *new)
{
  guint n_before = self->machines->len;
  gboolean at_once = g_hash_table_size (gone) > MAX_SINGLE_CHANGES;

  for (guint i = n_before; i-- > 0 && g_hash_table_size (gone) > 0;)
    {
      DioLibraryMachine *machine = self->machines->pdata[i];

      if (!g_hash_table_contains (gone, machine))
        continue;
      g_signal_handlers_disconnect_by_data (machine, self);
      g_ptr_array_remove_index (self->machines, i);
      if (!at_once)
        g_list_model_items_changed (G_LIST_MODEL (self), i, 1, 0);
    }
  for (guint i = 0; i < new->len; i++)
    {
      DioLibraryMachine *machine = new->pdata[i];

      g_signal_connect (machine, "gone", G_CALLBACK (on_gone), self);
      g_ptr_array_add (self->machines, g_object_ref (machine));
    }
  if (at_once)
    g_list_model_items_changed (G_LIST_MODEL (self), 0, n_before, self->machines->len);
  else if (new->len > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), self->machines->len - new->len, 0, new->len);
}

static void
remove_machine (DioLibrary *self, DioLibraryMachine *machine)
{
  g_autoptr (GHashTable) gone = g_hash_table_new (NULL, NULL);
  g_autoptr (GPtrArray) none = g_ptr_array_new ();

  g_hash_table_add (gone, machine);
  dio_library_change_list (self, gone, none);
}

static void
on_gone (DioLibraryMachine *machine, DioLibrary *self)
{
  remove_machine (self, machine);
}

void
dio_library_refresh (DioLibrary *self, const char *place)
{
  g_return_if_fail (DIO_IS_LIBRARY (self));

  dio_library_scan (self);
}

/* --- places --- */

const char *
dio_library_get_default_place (void)
{
  static char *place;

  if (g_once_init_enter_pointer (&place))
    g_once_init_leave_pointer (&place, g_build_filename (g_get_home_dir (), "Diorama", NULL));
  return place;
}

static void
on_mounts_changed (GUnixMountMonitor *mounts, DioLibrary *self)
{
  dio_library_scan_soon (self);
}

DioPlace *
dio_library_find_place (DioLibrary *self, const char *folder)
{
  g_autofree char *parent = g_path_get_dirname (folder);

  for (guint i = 0; i < self->places->len; i++)
    {
      DioPlace *place = self->places->pdata[i];

      if (g_str_equal (place->path, parent))
        return place;
    }
  return NULL;
}

void
dio_library_set_places (DioLibrary *self, const char *const *places)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (GPtrArray) made = g_ptr_array_new_with_free_func ((GDestroyNotify) place_free);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  g_return_if_fail (DIO_IS_LIBRARY (self));
  g_return_if_fail (places != NULL);

  for (guint i = 0; places[i]; i++)
    {
      char *path = g_canonicalize_filename (places[i], "/");
      DioPlace *place;

      if (!g_hash_table_add (seen, path))
        continue;
      g_strv_builder_add (builder, path);
      place = g_new0 (DioPlace, 1);
      place->path = g_strdup (path);
      g_ptr_array_add (made, place);
    }
  g_strfreev (self->place_paths);
  self->place_paths = g_strv_builder_end (builder);
  g_ptr_array_unref (self->places);
  self->places = g_steal_pointer (&made);
  dio_library_scan (self);
}

const char *const *
dio_library_get_places (DioLibrary *self)
{
  return (const char *const *) self->place_paths;
}

gboolean
dio_library_is_online (DioLibrary *self, const char *place)
{
  for (guint i = 0; i < self->places->len; i++)
    if (g_str_equal (((DioPlace *) self->places->pdata[i])->path, place))
      return ((DioPlace *) self->places->pdata[i])->online;
  return FALSE;
}

/* --- finding one --- */

gboolean
dio_library_get_loading (DioLibrary *self)
{
  return self->loading;
}

void
dio_library_set_loaded (DioLibrary *self)
{
  if (!self->loading)
    return;
  self->loading = FALSE;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_LOADING]);
}

gboolean
dio_library_get_scanning (DioLibrary *self)
{
  return self->scanning || self->settle_id != 0;
}

DioLibraryMachine *
dio_library_find (DioLibrary *self, const char *name_or_uuid, GError **error)
{
  g_autoptr (GString) uuids = g_string_new (NULL);
  DioLibraryMachine *found = NULL;
  guint n_found = 0;

  g_return_val_if_fail (DIO_IS_LIBRARY (self), NULL);
  g_return_val_if_fail (name_or_uuid != NULL, NULL);

  for (guint i = 0; i < self->machines->len; i++)
    {
      DioLibraryMachine *machine = self->machines->pdata[i];
      const char *uuid = dio_library_machine_get_uuid (machine);

      if (!dio_library_machine_get_look (machine))
        continue;
      if (uuid && g_ascii_strcasecmp (uuid, name_or_uuid) == 0)
        return machine;
      if (!g_str_equal (dio_library_machine_get_name (machine), name_or_uuid))
        continue;
      found = machine;
      n_found++;
      g_string_append_printf (uuids, "%s%s", n_found > 1 ? ", " : "",
                              uuid ? uuid : dio_library_machine_get_folder (machine));
    }
  if (n_found == 1)
    return found;
  if (n_found == 0)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                 _ ("There is no machine “%s”. Look at its name in the library."), name_or_uuid);
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                 _ ("Several machines are named “%s”. Name the one that is meant by its UUID: %s."), name_or_uuid,
                 uuids->str);
  return NULL;
}

static gboolean
has_disk (DioLibraryMachine *machine, const char *path)
{
  DioDefinition *definition = dio_library_machine_get_definition (machine);
  GPtrArray *disks = definition ? dio_machine_config_get_disks (dio_definition_get_config (definition)) : NULL;

  for (guint i = 0; disks && i < disks->len; i++)
    if (g_strcmp0 (((DioDisk *) disks->pdata[i])->path, path) == 0)
      return TRUE;
  return FALSE;
}

gboolean
dio_library_has_name (DioLibrary *self, const char *name)
{
  g_return_val_if_fail (DIO_IS_LIBRARY (self) && name, FALSE);

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self)); i++)
    {
      g_autoptr (DioLibraryMachine) machine = g_list_model_get_item (G_LIST_MODEL (self), i);

      if (g_strcmp0 (dio_library_machine_get_name (machine), name) == 0)
        return TRUE;
    }
  return FALSE;
}

gboolean
dio_library_check_name (DioLibrary *self, const char *name, GError **error)
{
  g_return_val_if_fail (DIO_IS_LIBRARY (self) && name, FALSE);

  if (!*name)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _ ("The machine needs a name."));
  else if (strlen (name) > MAX_NAME)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                         _ ("This name is too long. Write a shorter one."));
  else if (dio_library_has_name (self, name))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
                 _ ("There is a machine called “%s” already. Write another name."), name);
  else
    return TRUE;
  return FALSE;
}

DioLibraryMachine *
dio_library_find_file (DioLibrary *self, GFile *file)
{
  g_autofree char *path = g_file_get_path (file);

  g_return_val_if_fail (DIO_IS_LIBRARY (self), NULL);

  for (guint i = 0; path && i < self->machines->len; i++)
    {
      DioLibraryMachine *machine = self->machines->pdata[i];
      const char *folder = dio_library_machine_get_folder (machine);
      gsize length = folder ? strlen (folder) : 0;

      if (!folder)
        continue;
      if (g_str_has_prefix (path, folder) && (path[length] == '\0' || path[length] == '/'))
        return machine;
      if (has_disk (machine, path))
        return machine;
    }
  return NULL;
}

/* --- jobs --- */

/* The tile goes as the machine comes. */
static void
on_ended (DioLibrary *self, GError *error, DioJob *job)
{
  for (guint i = 0; i < self->machines->len; i++)
    if (dio_library_machine_get_job (self->machines->pdata[i]) == job)
      g_ptr_array_add (self->ended, g_object_ref (self->machines->pdata[i]));
  dio_library_scan (self);
}

void
dio_library_add_job (DioLibrary *self, DioJob *job)
{
  g_autoptr (GHashTable) none = g_hash_table_new (NULL, NULL);
  g_autoptr (GPtrArray) new = g_ptr_array_new_with_free_func (g_object_unref);
  DioLibraryMachine *machine;

  g_return_if_fail (DIO_IS_LIBRARY (self));
  g_return_if_fail (DIO_IS_JOB (job));

  machine = dio_library_machine_new_for_job (job);
  g_ptr_array_add (new, machine);
  g_signal_connect_object (job, "ended", G_CALLBACK (on_ended), self, G_CONNECT_SWAPPED);
  dio_library_change_list (self, none, new);
}

/* --- object --- */

DioLibrary *
dio_library_new (const char *const *places)
{
  DioLibrary *self = g_object_new (DIO_TYPE_LIBRARY, NULL);

  dio_library_set_places (self, places);
  return self;
}

static void
dio_library_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  g_value_set_boolean (value, DIO_LIBRARY (object)->loading);
}

static void
dio_library_dispose (GObject *object)
{
  DioLibrary *self = DIO_LIBRARY (object);

  for (guint i = 0; i < self->machines->len; i++)
    g_signal_handlers_disconnect_by_data (self->machines->pdata[i], self);
  g_ptr_array_set_size (self->machines, 0);
  g_clear_handle_id (&self->settle_id, g_source_remove);
  g_clear_handle_id (&self->index_id, g_source_remove);
  g_clear_handle_id (&self->watch_id, g_source_remove);
  g_clear_object (&self->mounts);
  G_OBJECT_CLASS (dio_library_parent_class)->dispose (object);
}

static void
dio_library_finalize (GObject *object)
{
  DioLibrary *self = DIO_LIBRARY (object);

  g_clear_pointer (&self->machines, g_ptr_array_unref);
  g_clear_pointer (&self->places, g_ptr_array_unref);
  g_clear_pointer (&self->ended, g_ptr_array_unref);
  g_clear_pointer (&self->silent, g_hash_table_unref);
  g_clear_pointer (&self->place_paths, g_strfreev);
  G_OBJECT_CLASS (dio_library_parent_class)->finalize (object);
}

static void
dio_library_class_init (DioLibraryClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = dio_library_get_property;
  object_class->dispose = dio_library_dispose;
  object_class->finalize = dio_library_finalize;

  props[PROP_LOADING] = g_param_spec_boolean ("loading", NULL, NULL, TRUE,
                                              G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
dio_library_init (DioLibrary *self)
{
  self->machines = g_ptr_array_new_with_free_func (g_object_unref);
  self->places = g_ptr_array_new_with_free_func ((GDestroyNotify) place_free);
  self->ended = g_ptr_array_new_with_free_func (g_object_unref);
  self->silent = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->loading = TRUE;
  self->mounts = g_unix_mount_monitor_get ();
  g_signal_connect_object (self->mounts, "mounts-changed", G_CALLBACK (on_mounts_changed), self, G_CONNECT_DEFAULT);
}
