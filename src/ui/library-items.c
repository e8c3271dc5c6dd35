/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/library-items.h"

#include "ui/console-window-private.h"

/* The library's come first, in its order, then those of windows alone. */
struct _DioLibraryItems
{
  GObject parent_instance;

  DioLibrary *library;
  DioApplication *application; /* (unowned) */
  GPtrArray *items;
  guint n_library;
  guint refresh_id;
};

static GType
get_item_type (GListModel *model)
{
  return DIO_TYPE_LIBRARY_ITEM;
}

static guint
get_n_items (GListModel *model)
{
  return DIO_LIBRARY_ITEMS (model)->items->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  DioLibraryItems *self = DIO_LIBRARY_ITEMS (model);

  return position < self->items->len ? g_object_ref (self->items->pdata[position]) : NULL;
}

static void
init_list_model (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (DioLibraryItems, dio_library_items, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, init_list_model))

static void queue_refresh (DioLibraryItems *self);

/* --- items --- */

static void
on_keys_changed (DioLibraryItems *self, DioLibraryItem *item)
{
  guint position;

  /* It runs now, or no more: there is, or was, a window. */
  queue_refresh (self);
  if (g_ptr_array_find (self->items, item, &position))
    g_list_model_items_changed (G_LIST_MODEL (self), position, 1, 1);
}

static DioLibraryItem *
add (DioLibraryItems *self, guint position, DioLibraryMachine *machine, DioConsoleWindow *window)
{
  DioLibraryItem *item = dio_library_item_new (machine, window);

  g_signal_connect_object (item, "keys-changed", G_CALLBACK (on_keys_changed), self, G_CONNECT_SWAPPED);
  g_ptr_array_insert (self->items, (int) position, item);
  return item;
}

static void
remove_at (DioLibraryItems *self, guint position)
{
  g_autoptr (DioLibraryItem) item = g_object_ref (self->items->pdata[position]);

  g_signal_handlers_disconnect_by_data (item, self);
  g_ptr_array_remove_index (self->items, position);
  dio_library_item_set_window (item, NULL);
}

static void
on_library_changed (DioLibraryItems *self, guint position, guint removed, guint added)
{
  for (guint i = 0; i < removed; i++)
    remove_at (self, position);
  for (guint i = 0; i < added; i++)
    {
      g_autoptr (DioLibraryMachine) machine = g_list_model_get_item (G_LIST_MODEL (self->library), position + i);

      add (self, position + i, machine, NULL);
    }
  self->n_library = self->n_library - removed + added;
  g_list_model_items_changed (G_LIST_MODEL (self), position, removed, added);
  if (added > 0)
    queue_refresh (self);
}

/* --- windows --- */

static gboolean
is_shown (DioConsoleWindow *window)
{
  return window->number == 0 && window->session && gtk_widget_get_visible (GTK_WIDGET (window)) &&
         dio_console_window_is_alive (window);
}

/* The item of the window's machine, wherever that comes from. */
static DioLibraryItem *
find_for_window (DioLibraryItems *self, DioConsoleWindow *window)
{
  for (guint i = 0; i < self->items->len; i++)
    {
      DioLibraryItem *item = self->items->pdata[i];

      if (dio_library_item_get_window (item) == window ||
          (i < self->n_library && window->machine &&
           dio_library_machine_get_machine (dio_library_item_get_machine (item)) == window->machine))
        return item;
    }
  return NULL;
}

static void
let_go_of_windows (DioLibraryItems *self, DioConsoleWindow *gone)
{
  for (guint i = self->items->len; i-- > 0;)
    {
      DioLibraryItem *item = self->items->pdata[i];
      DioConsoleWindow *window = dio_library_item_get_window (item);

      if (!window || (gone ? window != gone : is_shown (window)))
        continue;
      if (i < self->n_library)
        dio_library_item_set_window (item, NULL);
      else
        {
          remove_at (self, i);
          g_list_model_items_changed (G_LIST_MODEL (self), i, 1, 0);
        }
    }
}

/* It may be started again when it has no tile any more. */
static void
follow_machine (DioLibraryItems *self, DioMachine *machine)
{
  if (!machine)
    return;
  g_signal_handlers_disconnect_by_func (machine, queue_refresh, self);
  g_signal_connect_object (machine, "notify::state", G_CALLBACK (queue_refresh), self, G_CONNECT_SWAPPED);
}

static void
refresh (DioLibraryItems *self)
{
  let_go_of_windows (self, NULL);
  for (GList *l = gtk_application_get_windows (GTK_APPLICATION (self->application)); l; l = l->next)
    {
      DioConsoleWindow *window = DIO_IS_CONSOLE_WINDOW (l->data) ? l->data : NULL;
      DioLibraryItem *item;

      if (!window || !window->session)
        continue;
      follow_machine (self, window->machine);
      if (!is_shown (window))
        continue;
      item = find_for_window (self, window);
      if (item)
        dio_library_item_set_window (item, window);
      else
        {
          add (self, self->items->len, NULL, window);
          g_list_model_items_changed (G_LIST_MODEL (self), self->items->len - 1, 0, 1);
        }
    }
}

static void
on_refresh (gpointer user_data)
{
  DioLibraryItems *self = user_data;

  self->refresh_id = 0;
  refresh (self);
}

static void
queue_refresh (DioLibraryItems *self)
{
  /* Not at once: a window is the application's before it is finished. */
  if (self->refresh_id == 0)
    self->refresh_id = g_idle_add_once (on_refresh, self);
}

static void
on_window_added (DioLibraryItems *self, GtkWindow *window)
{
  if (!DIO_IS_CONSOLE_WINDOW (window))
    return;
  /* One whose machine was off comes back by itself, too. */
  g_signal_connect_object (window, "notify::visible", G_CALLBACK (queue_refresh), self, G_CONNECT_SWAPPED);
  queue_refresh (self);
}

/* Now: there will be no window to ask later. */
static void
on_window_removed (DioLibraryItems *self, GtkWindow *window)
{
  if (DIO_IS_CONSOLE_WINDOW (window))
    let_go_of_windows (self, DIO_CONSOLE_WINDOW (window));
}

/* --- object --- */

static void
dio_library_items_dispose (GObject *object)
{
  DioLibraryItems *self = DIO_LIBRARY_ITEMS (object);

  g_clear_handle_id (&self->refresh_id, g_source_remove);
  g_ptr_array_set_size (self->items, 0);
  self->n_library = 0;
  g_clear_object (&self->library);
  G_OBJECT_CLASS (dio_library_items_parent_class)->dispose (object);
}

static void
dio_library_items_finalize (GObject *object)
{
  g_ptr_array_unref (DIO_LIBRARY_ITEMS (object)->items);
  G_OBJECT_CLASS (dio_library_items_parent_class)->finalize (object);
}

static void
dio_library_items_class_init (DioLibraryItemsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dio_library_items_dispose;
  G_OBJECT_CLASS (klass)->finalize = dio_library_items_finalize;
}

static void
dio_library_items_init (DioLibraryItems *self)
{
  self->items = g_ptr_array_new_with_free_func (g_object_unref);
}

DioLibraryItems *
dio_library_items_new (DioLibrary *library, DioApplication *application)
{
  DioLibraryItems *self = g_object_new (DIO_TYPE_LIBRARY_ITEMS, NULL);

  self->library = g_object_ref (library);
  self->application = application;
  g_signal_connect_object (library, "items-changed", G_CALLBACK (on_library_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (application, "window-added", G_CALLBACK (on_window_added), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (application, "window-removed", G_CALLBACK (on_window_removed), self, G_CONNECT_SWAPPED);
  for (GList *l = gtk_application_get_windows (GTK_APPLICATION (application)); l; l = l->next)
    on_window_added (self, l->data);
  on_library_changed (self, 0, 0, g_list_model_get_n_items (G_LIST_MODEL (library)));
  refresh (self);
  return self;
}
