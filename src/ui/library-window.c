/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/library-window-private.h"

#include "ui/empty-library.h"
#include "ui/library-heads.h"

#include <glib/gi18n.h>

/* What takes less is not worth a sign that one waits. */
#define SKELETON_DELAY_MS 200

G_DEFINE_FINAL_TYPE (DioLibraryWindow, dio_library_window, ADW_TYPE_APPLICATION_WINDOW)

void
dio_library_window_tell (DioLibraryWindow *self, const char *text)
{
  AdwToast *toast = adw_toast_new (text);

  /* Names are not markup. */
  adw_toast_set_use_markup (toast, FALSE);
  adw_toast_overlay_add_toast (self->toasts, toast);
}

void
dio_library_window_report (DioLibraryWindow *self, const char *heading, const GError *error)
{
  if (!error || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  dio_application_report (DIO_APPLICATION (g_application_get_default ()), GTK_WINDOW (self), heading, error->message);
}

/* --- pages --- */

static void
on_skeleton_due (gpointer user_data)
{
  DioLibraryWindow *self = user_data;

  self->skeleton_id = 0;
  dio_machine_view_set_skeleton (self->view, TRUE);
}

static void
wait_for_library (DioLibraryWindow *self, gboolean waits)
{
  if (!waits)
    {
      g_clear_handle_id (&self->skeleton_id, g_source_remove);
      dio_machine_view_set_skeleton (self->view, FALSE);
    }
  else if (!self->skeleton_id)
    self->skeleton_id = g_timeout_add_once (SKELETON_DELAY_MS, on_skeleton_due, self);
}

static GtkWidget *
new_status (const char *icon, const char *title, const char *description)
{
  return g_object_new (ADW_TYPE_STATUS_PAGE, "icon-name", icon, "title", title, "description", description, NULL);
}

/* Most of them are never seen, and so are made when they are. */
static void
show_page (DioLibraryWindow *self, const char *name)
{
  if (!gtk_stack_get_child_by_name (self->pages, name))
    {
      GtkWidget *page;

      if (g_str_equal (name, "empty"))
        page = dio_empty_library_new ();
      else if (g_str_equal (name, "offline"))
        page = new_status ("drive-harddisk-symbolic", _ ("Your Machines Are Not Here"),
                           _ ("The folder or drive that they are on is not there. Connect the drive, or choose other "
                              "folders with “Places” in the main menu."));
      else
        page = new_status ("edit-find-symbolic", _ ("No Machines Found"), _ ("Try a different search."));
      gtk_stack_add_named (self->pages, page, name);
    }
  if (g_strcmp0 (gtk_stack_get_visible_child_name (self->pages), name) == 0)
    return;
  gtk_stack_set_visible_child_name (self->pages, name);
  if (g_str_equal (name, "empty"))
    gtk_window_set_focus (GTK_WINDOW (self), NULL);
}

static gboolean
is_offline (DioLibraryWindow *self)
{
  const char *const *places = dio_library_get_places (self->library);

  for (guint i = 0; places[i]; i++)
    if (!dio_library_is_online (self->library, places[i]) && !g_str_equal (places[i], dio_library_get_default_place ()))
      return TRUE;
  return FALSE;
}

/* Without counting what waits for the Trash. */
static guint
count (DioLibraryWindow *self)
{
  GListModel *model = G_LIST_MODEL (self->items);
  guint n = 0;

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (DioLibraryItem) item = g_list_model_get_item (model, i);

      n += !dio_library_item_get_hidden (item);
    }
  return n;
}

static void
update_page (DioLibraryWindow *self)
{
  guint shown, all;
  gboolean loading, empty;

  /* The list goes on changing while the window goes. */
  if (!self->pages)
    return;
  shown = g_list_model_get_n_items (G_LIST_MODEL (self->filtered));
  loading = dio_library_get_loading (self->library);
  all = shown > 0 ? shown : count (self);
  empty = all == 0 && !loading;
  if (shown > 0 || loading)
    show_page (self, "machines");
  else
    show_page (self, all > 0 ? "nothing" : is_offline (self) ? "offline" : "empty");
  wait_for_library (self, loading && shown == 0);
  /* What one can do without machines is told on a page of its own, in full. */
  gtk_widget_set_visible (self->open_button, !empty && !dio_machine_view_get_selecting (self->view));
  gtk_widget_set_visible (GTK_WIDGET (self->view_button), !empty);
  gtk_widget_set_visible (self->search_button, !empty);
}

/* --- order, search --- */

/* Those without one come last. */
static int
compare_systems (const char *first, const char *second)
{
  gboolean has_first = first && *first, has_second = second && *second;

  return has_first && has_second ? g_utf8_collate (first, second) : has_second - has_first;
}

static int
compare (gconstpointer a, gconstpointer b, gpointer user_data)
{
  DioLibraryWindow *self = user_data;
  DioLibraryItem *first = (DioLibraryItem *) a, *second = (DioLibraryItem *) b;
  int result = dio_library_item_compare_groups (first, second);
  gint64 difference = 0;

  if (result != 0)
    return result;
  switch (self->sort)
    {
    case DIO_SORT_LAST_USED:
      /* What runs is used now. */
      difference = (dio_library_item_get_window (second) != NULL) - (dio_library_item_get_window (first) != NULL);
      if (difference == 0)
        difference = dio_library_item_get_last_used (second) - dio_library_item_get_last_used (first);
      break;
    case DIO_SORT_STATE:
      difference = (gint64) dio_library_item_get_look (first) - (gint64) dio_library_item_get_look (second);
      break;
    case DIO_SORT_SIZE:
      difference = dio_library_item_get_disk_use (second) - dio_library_item_get_disk_use (first);
      break;
    case DIO_SORT_SYSTEM:
      difference = compare_systems (dio_library_item_get_os_name (first), dio_library_item_get_os_name (second));
      break;
    case DIO_SORT_MEMORY:
      difference = (gint64) dio_library_item_get_memory (second) - (gint64) dio_library_item_get_memory (first);
      break;
    case DIO_SORT_NAME:
    default:
      difference = dio_library_item_compare_names (first, second);
      break;
    }
  if (self->reversed)
    difference = -difference;
  if (difference != 0)
    return difference < 0 ? -1 : 1;
  return dio_library_item_compare_names (first, second);
}

static gboolean
matches (gpointer item, gpointer user_data)
{
  DioLibraryWindow *self = user_data;

  return !dio_library_item_get_hidden (item) && dio_library_item_matches (item, (const char *const *) self->words);
}

static void
on_search_changed (DioLibraryWindow *self)
{
  g_autofree char *folded = dio_library_item_fold (gtk_editable_get_text (GTK_EDITABLE (self->search_entry)));

  g_strfreev (self->words);
  self->words = g_strsplit_set (folded, " \t", -1);
  gtk_filter_changed (gtk_filter_list_model_get_filter (self->filtered), GTK_FILTER_CHANGE_DIFFERENT);
  update_page (self);
}

/* Enter opens what was looked for. */
static void
on_search_activated (DioLibraryWindow *self)
{
  g_autoptr (DioLibraryItem) first = g_list_model_get_item (G_LIST_MODEL (self->selection), 0);

  if (first && self->words && self->words[0])
    dio_library_window_activate_item (self, first);
}

void
dio_library_window_search (DioLibraryWindow *self, const char *text)
{
  g_return_if_fail (DIO_IS_LIBRARY_WINDOW (self));

  gtk_search_bar_set_search_mode (self->search_bar, TRUE);
  gtk_editable_set_text (GTK_EDITABLE (self->search_entry), text);
}

/* What is typed goes to the entry, whatever had the focus. */
static void
on_search_mode (DioLibraryWindow *self)
{
  if (!gtk_search_bar_get_search_mode (self->search_bar))
    return;
  gtk_widget_set_visible (self->search_content, TRUE);
  gtk_text_grab_focus_without_selecting (GTK_TEXT (gtk_editable_get_delegate (GTK_EDITABLE (self->search_entry))));
}

static void
on_search_stopped (DioLibraryWindow *self)
{
  gtk_search_bar_set_search_mode (self->search_bar, FALSE);
  gtk_widget_grab_focus (GTK_WIDGET (self->view));
}

static void
measure_all (DioLibraryWindow *self)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->library)); i++)
    {
      g_autoptr (DioLibraryMachine) machine = g_list_model_get_item (G_LIST_MODEL (self->library), i);

      dio_library_machine_measure (machine);
    }
}

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioLibraryWindow) self = user_data;
  g_autoptr (DioDefinition) definition = dio_library_machine_load_finish (DIO_LIBRARY_MACHINE (source), result, NULL);

  if (--self->n_loading == 0 && self->sorter)
    gtk_sorter_changed (self->sorter, GTK_SORTER_CHANGE_DIFFERENT);
}

static void
load_all (DioLibraryWindow *self)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->library)); i++)
    {
      g_autoptr (DioLibraryMachine) machine = g_list_model_get_item (G_LIST_MODEL (self->library), i);

      if (dio_library_machine_get_definition (machine))
        continue;
      self->n_loading++;
      dio_library_machine_load_async (machine, NULL, on_loaded, g_object_ref (self));
    }
}

static void
update_sort (DioLibraryWindow *self)
{
  static const char *const names[] = { "name", "last-used", "state", "size", "system", "memory" };
  g_autofree char *sort = g_settings_get_string (self->settings, "library-sort");

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (sort, names[i]))
      self->sort = (DioSort) i;
  self->reversed = g_settings_get_boolean (self->settings, "library-sort-reversed");
  if (self->sort == DIO_SORT_SIZE)
    measure_all (self);
  else if (self->sort == DIO_SORT_MEMORY)
    load_all (self);
  if (self->sorter)
    gtk_sorter_changed (self->sorter, GTK_SORTER_CHANGE_DIFFERENT);
}

static void
update_view (DioLibraryWindow *self)
{
  g_autofree char *view = g_settings_get_string (self->settings, "library-view");
  gboolean list = g_str_equal (view, "list");

  dio_machine_view_set_list (self->view, list);
  if (list && !adw_bin_get_child (self->heads))
    adw_bin_set_child (self->heads, dio_library_heads_new (self->settings));
  if (adw_bin_get_child (self->heads))
    gtk_widget_set_visible (adw_bin_get_child (self->heads), list);
  gtk_button_set_icon_name (self->view_button, list ? "view-grid-symbolic" : "view-list-symbolic");
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->view_button), list ? _ ("Show as a Grid") : _ ("Show as a List"));
}

static void
on_view_button (DioLibraryWindow *self)
{
  g_settings_set_string (self->settings, "library-view", dio_machine_view_get_list (self->view) ? "grid" : "list");
}

/* --- selecting --- */

static void
update_selecting (DioLibraryWindow *self)
{
  gboolean selecting = dio_machine_view_get_selecting (self->view);
  g_autoptr (GtkBitset) selected = gtk_selection_model_get_selection (self->selection);
  guint n = (guint) gtk_bitset_get_size (selected);
  g_autofree char *title =
      n > 0 ? g_strdup_printf (ngettext ("%u Selected", "%u Selected", n), n) : g_strdup (_ ("Select Machines"));
  gboolean narrow = adw_application_window_get_current_breakpoint (ADW_APPLICATION_WINDOW (self)) == self->telephone;

  adw_window_title_set_title (self->title, selecting ? title : _ ("Diorama"));
  gtk_widget_set_visible (GTK_WIDGET (self->title), selecting || !narrow);
  gtk_widget_set_visible (self->cancel_button, selecting);
  gtk_widget_set_visible (GTK_WIDGET (self->menu_button), !selecting);
  gtk_widget_set_visible (self->new_button, !selecting && self->has_new);
  if (selecting)
    gtk_widget_set_visible (self->selection_bar, TRUE);
  adw_toolbar_view_set_reveal_bottom_bars (ADW_TOOLBAR_VIEW (self->content), selecting);
  update_page (self);
  dio_library_window_update_actions (self);
}

static void
on_cancel (DioLibraryWindow *self)
{
  dio_machine_view_set_selecting (self->view, FALSE);
}

static gboolean
on_key (DioLibraryWindow *self, guint keyval)
{
  if (keyval != GDK_KEY_Escape || !dio_machine_view_get_selecting (self->view))
    return GDK_EVENT_PROPAGATE;
  on_cancel (self);
  return GDK_EVENT_STOP;
}

/* --- what comes from the view --- */

static void
on_view_activate (DioLibraryWindow *self, DioLibraryItem *item)
{
  dio_library_window_activate_item (self, item);
}

static void
on_view_menu (DioLibraryWindow *self, DioLibraryItem *item, DioMachineTile *tile, double x, double y)
{
  DioJob *job = dio_library_item_get_job (item);

  if (x < 0 && job && dio_job_get_running (job))
    dio_job_cancel (job);
  else
    dio_library_window_open_menu (self, item, tile, x, y);
}

/* Onto a heading or a machine with a group: into that; onto one without: they make a new one; beside all: out. */
static void
on_view_move (DioLibraryWindow *self, DioLibraryItem *dragged, DioLibraryItem *onto, const char *group)
{
  g_autoptr (GPtrArray) items = NULL;

  if (dio_machine_view_get_selecting (self->view))
    items = dio_library_window_list_targets (self);
  if (!items || !g_ptr_array_find (items, dragged, NULL))
    {
      g_clear_pointer (&items, g_ptr_array_unref);
      items = g_ptr_array_new_with_free_func (g_object_unref);
      g_ptr_array_add (items, g_object_ref (dragged));
    }
  if (onto && !*dio_library_item_get_group (onto))
    {
      if (!g_ptr_array_find (items, onto, NULL))
        g_ptr_array_add (items, g_object_ref (onto));
      dio_library_window_ask_group (self, items);
    }
  else
    dio_library_window_set_group (self, items, onto ? dio_library_item_get_group (onto) : group ? group : "");
}

/* --- files --- */

static gboolean
on_drop (DioLibraryWindow *self, const GValue *value)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new ();

  for (GSList *l = g_value_get_boxed (value); l; l = l->next)
    g_ptr_array_add (files, l->data);
  dio_application_open_images (DIO_APPLICATION (gtk_window_get_application (GTK_WINDOW (self))), GTK_WINDOW (self),
                               (GFile **) files->pdata, files->len);
  return TRUE;
}

/* --- object --- */

static void
dio_library_window_dispose (GObject *object)
{
  DioLibraryWindow *self = DIO_LIBRARY_WINDOW (object);

  g_clear_handle_id (&self->skeleton_id, g_source_remove);
  if (self->trash)
    dio_trash_queue_flush (self->trash);
  g_clear_object (&self->trash);
  g_clear_object (&self->actions);
  g_clear_object (&self->target);
  g_clear_pointer (&self->rename, gtk_widget_unparent);
  if (self->menu)
    {
      g_autoptr (GMenu) nothing = g_menu_new ();

      /* GTK 4.18 stumbles over items that lose their actions when their menu goes. */
      gtk_popover_menu_set_menu_model (GTK_POPOVER_MENU (self->menu), G_MENU_MODEL (nothing));
      g_clear_pointer (&self->menu, gtk_widget_unparent);
    }
  g_clear_object (&self->selection);
  g_clear_object (&self->filtered);
  g_clear_object (&self->sorter);
  g_clear_object (&self->items);
  g_clear_object (&self->library);
  g_clear_object (&self->settings);
  gtk_widget_dispose_template (GTK_WIDGET (self), DIO_TYPE_LIBRARY_WINDOW);
  G_OBJECT_CLASS (dio_library_window_parent_class)->dispose (object);
}

static void
dio_library_window_finalize (GObject *object)
{
  g_strfreev (DIO_LIBRARY_WINDOW (object)->words);
  G_OBJECT_CLASS (dio_library_window_parent_class)->finalize (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/library-window.ui");
  gtk_widget_class_bind_template_child (widget_class, DioLibraryWindow, content);
  gtk_widget_class_bind_template_child (widget_class, DioLibraryWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, DioLibraryWindow, title);
  gtk_widget_class_bind_template_child (widget_class, DioLibraryWindow, telephone);
  gtk_widget_class_bind_template_child (widget_class, DioLibraryWindow, pages);
  gtk_widget_class_bind_template_child (widget_class, DioLibraryWindow, open_button);
  gtk_widget_class_bind_template_child (widget_class, DioLibraryWindow, new_button);
  gtk_widget_class_bind_template_child (widget_class, DioLibraryWindow, cancel_button);
  gtk_widget_class_bind_template_child (widget_class, DioLibraryWindow, view_button);
  gtk_widget_class_bind_template_child (widget_class, DioLibraryWindow, search_button);
  gtk_widget_class_bind_template_child (widget_class, DioLibraryWindow, menu_button);
  gtk_widget_class_bind_template_child (widget_class, DioLibraryWindow, search_bar);
  gtk_widget_class_bind_template_child (widget_class, DioLibraryWindow, search_content);
  gtk_widget_class_bind_template_child (widget_class, DioLibraryWindow, search_entry);
  gtk_widget_class_bind_template_child (widget_class, DioLibraryWindow, selection_bar);
  gtk_widget_class_bind_template_child (widget_class, DioLibraryWindow, heads);
  gtk_widget_class_bind_template_child (widget_class, DioLibraryWindow, view);
  gtk_widget_class_bind_template_callback (widget_class, on_cancel);
  gtk_widget_class_bind_template_callback (widget_class, on_view_button);
  gtk_widget_class_bind_template_callback (widget_class, on_search_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_search_activated);
  gtk_widget_class_bind_template_callback (widget_class, on_search_stopped);
  gtk_widget_class_bind_template_callback (widget_class, on_view_activate);
  gtk_widget_class_bind_template_callback (widget_class, on_view_menu);
  gtk_widget_class_bind_template_callback (widget_class, on_view_move);
}

static void
dio_library_window_class_init (DioLibraryWindowClass *klass)
{
  g_type_ensure (DIO_TYPE_MACHINE_VIEW);
  G_OBJECT_CLASS (klass)->dispose = dio_library_window_dispose;
  G_OBJECT_CLASS (klass)->finalize = dio_library_window_finalize;
  bind_template (GTK_WIDGET_CLASS (klass));
}

/* A menu's widgets are many, and seldom seen. */
static void
create_main_menu (GtkMenuButton *button, gpointer user_data)
{
  GMenu *menu = dio_library_window_get_menu ("library-main");

  gtk_menu_button_set_popover (button, gtk_popover_menu_new_from_model (G_MENU_MODEL (menu)));
}

static void
setup_controllers (DioLibraryWindow *self)
{
  GtkDropTarget *drop = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);
  GtkEventController *keys = gtk_event_controller_key_new ();

  g_signal_connect_object (drop, "drop", G_CALLBACK (on_drop), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (self->content, GTK_EVENT_CONTROLLER (drop));
  g_signal_connect_object (keys, "key-pressed", G_CALLBACK (on_key), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
}

static void
dio_library_window_init (DioLibraryWindow *self)
{
  self->settings = g_settings_new (DIO_APPLICATION_ID);
  gtk_widget_init_template (GTK_WIDGET (self));
  dio_application_add_shortcuts (GTK_WIDGET (self), "window-shortcuts");
  if (DIO_DEVEL)
    gtk_widget_add_css_class (GTK_WIDGET (self), "devel");
  setup_controllers (self);
  gtk_menu_button_set_create_popup_func (self->menu_button, create_main_menu, NULL, NULL);
  g_signal_connect_object (self->search_bar, "notify::search-mode-enabled", G_CALLBACK (on_search_mode), self,
                           G_CONNECT_SWAPPED);
  gtk_search_bar_connect_entry (self->search_bar, GTK_EDITABLE (self->search_entry));
  gtk_search_bar_set_key_capture_widget (self->search_bar, GTK_WIDGET (self));
  g_settings_bind (self->settings, "library-width", self, "default-width", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (self->settings, "library-height", self, "default-height", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (self->settings, "library-maximized", self, "maximized", G_SETTINGS_BIND_DEFAULT);
}

/* All machines → those that are wanted → in order, group by group → some of them selected. */
static void
setup_models (DioLibraryWindow *self)
{
  GtkFilter *filter = GTK_FILTER (gtk_custom_filter_new (matches, self, NULL));
  GtkSortListModel *sorted;

  self->sorter = GTK_SORTER (gtk_custom_sorter_new (compare, self, NULL));
  self->filtered = gtk_filter_list_model_new (G_LIST_MODEL (g_object_ref (self->items)), filter);
  sorted = gtk_sort_list_model_new (G_LIST_MODEL (g_object_ref (self->filtered)), g_object_ref (self->sorter));
  self->selection = GTK_SELECTION_MODEL (gtk_multi_selection_new (G_LIST_MODEL (sorted)));
  g_signal_connect_object (self->filtered, "items-changed", G_CALLBACK (update_page), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->items, "items-changed", G_CALLBACK (update_page), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->library, "notify::loading", G_CALLBACK (update_page), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->selection, "selection-changed", G_CALLBACK (update_selecting), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view, "notify::selecting", G_CALLBACK (update_selecting), self, G_CONNECT_SWAPPED);
}

DioLibraryWindow *
dio_library_window_new (DioApplication *application)
{
  DioLibraryWindow *self = g_object_new (DIO_TYPE_LIBRARY_WINDOW, "application", application, NULL);

  self->library = g_object_ref (dio_application_get_library (application));
  self->items = dio_library_items_new (self->library, application);
  self->trash = dio_trash_queue_new (self->toasts);
  self->has_new = g_action_map_lookup_action (G_ACTION_MAP (application), "new-machine") != NULL;
  dio_library_window_add_actions (self);
  g_signal_connect_object (self->settings, "changed::library-sort", G_CALLBACK (update_sort), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->settings, "changed::library-sort-reversed", G_CALLBACK (update_sort), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->settings, "changed::library-view", G_CALLBACK (update_view), self, G_CONNECT_SWAPPED);
  update_sort (self);
  update_view (self);
  setup_models (self);
  dio_machine_view_set_model (self->view, self->selection);
  update_selecting (self);
  return self;
}
