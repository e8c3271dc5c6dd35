/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/new-machine-dialog.h"

#include "provision/image-guess.h"
#include "ui/new-machine-media.h"
#include "ui/new-machine-review.h"

#include <glib/gi18n.h>

#define ARCH "x86_64"
/* Rows; nobody reads more, and each costs time to make. */
#define MAX_ROWS 60

struct _DioNewMachineDialog
{
  AdwDialog parent_instance;

  DioLibrary *library;
  DioOsDatabase *database; /* NULL until it is read */
  GtkFilterListModel *filtered;
  GtkSliceListModel *shown;
  GCancellable *cancellable;
  GtkWidget *parent; /* (unowned; weak): where to come back to */

  /* a file that is being looked at */
  char *path;
  DioOs *os; /* that it was chosen for; (nullable) */
  DioDiskImage image;
  DioImageReport *report;
  DioImageInsides *insides; /* (nullable): what is not found out is left to the user */

  /* template */
  AdwNavigationView *navigation;
  GtkDropTarget *drop;
  GtkWidget *choose;
  GtkWidget *looking;
  GtkLabel *problem;
  GtkEditable *search;
  GtkStack *lists;
  GtkListBox *oses;
  GtkWidget *more;
};

enum
{
  CREATED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DioNewMachineDialog, dio_new_machine_dialog, ADW_TYPE_DIALOG)

/* On the page that is shown. */
static void
tell (DioNewMachineDialog *self, const char *message)
{
  AdwNavigationPage *page = adw_navigation_view_get_visible_page (self->navigation);

  if (DIO_IS_NEW_MACHINE_MEDIA (page))
    {
      dio_new_machine_media_tell (DIO_NEW_MACHINE_MEDIA (page), message);
      return;
    }
  gtk_label_set_text (self->problem, message ? message : "");
  gtk_widget_set_visible (GTK_WIDGET (self->problem), message != NULL);
  if (message)
    gtk_accessible_announce (GTK_ACCESSIBLE (self), message, GTK_ACCESSIBLE_ANNOUNCEMENT_PRIORITY_MEDIUM);
}

/* --- the second page --- */

static void
on_created (DioNewMachineDialog *self, const char *folder, gboolean start)
{
  g_signal_emit (self, signals[CREATED], 0, folder, start);
  g_object_unref (self); /* on_started()'s */
}

static void
on_started (DioNewMachineDialog *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  g_set_weak_pointer (&self->parent, GTK_WIDGET (root));
  g_object_ref (self);
  adw_dialog_force_close (ADW_DIALOG (self));
}

static void
on_failed (DioNewMachineDialog *self, gboolean cancelled)
{
  if (self->parent && !cancelled)
    adw_dialog_present (ADW_DIALOG (self), self->parent);
  g_object_unref (self); /* on_started()'s */
}

static void
review (DioNewMachineDialog *self, const DioNewMachineSource *source)
{
  DioNewMachineReview *page = dio_new_machine_review_new (self->library, source);

  tell (self, NULL);
  g_signal_connect_object (page, "created", G_CALLBACK (on_created), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (page, "started", G_CALLBACK (on_started), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (page, "failed", G_CALLBACK (on_failed), self, G_CONNECT_SWAPPED);
  adw_navigation_view_push (self->navigation, ADW_NAVIGATION_PAGE (page));
  adw_dialog_set_default_widget (ADW_DIALOG (self), dio_new_machine_review_get_default_widget (page));
}

static void
on_empty (DioNewMachineDialog *self)
{
  review (self, &(DioNewMachineSource) { 0 });
}

/* --- files --- */

static void
set_looking (DioNewMachineDialog *self, gboolean looking)
{
  gtk_widget_set_visible (self->looking, looking);
  gtk_widget_set_sensitive (self->choose, !looking);
}

static void
stop_looking (DioNewMachineDialog *self, const GError *error)
{
  set_looking (self, FALSE);
  tell (self, error->message);
}

/* DATABASE, MEDIA: (nullable): what is not known. */
static void
finish_looking (DioNewMachineDialog *self, DioOsDatabase *database, DioOsMedia *media)
{
  g_auto (DioImageGuess) guess = { 0 };
  DioHost host;

  set_looking (self, FALSE);
  dio_host_get (&host);
  dio_image_guess (self->report, self->insides, media, database, &host, &guess);
  review (self, &(DioNewMachineSource) { .os = guess.os ? guess.os : self->os,
                                         .media = media,
                                         .path = self->path,
                                         .image = self->image,
                                         .firmware_known = guess.firmware_known,
                                         .firmware = guess.recommendation.firmware });
}

static void
on_identified (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioNewMachineDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DioOsMedia) media = dio_os_database_identify_finish (DIO_OS_DATABASE (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (error)
    stop_looking (self, error);
  else
    finish_looking (self, DIO_OS_DATABASE (source), media);
}

/* Without it, a system is one that nobody knows. */
static void
on_database_for_file (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioNewMachineDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DioOsDatabase) database = dio_os_database_load_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (database && self->image.optical)
    dio_os_database_identify_async (database, self->path, self->cancellable, on_identified, g_object_ref (self));
  else
    finish_looking (self, database, NULL);
}

static void
on_looked_inside (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioNewMachineDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  DioImageInsides *insides = dio_image_look_inside_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (error)
    g_debug ("%s: %s", self->path, error->message);
  self->insides = insides;
  dio_os_database_load_async (self->cancellable, on_database_for_file, g_object_ref (self));
}

typedef struct
{
  DioDiskImage image;
  DioImageReport *report;
} Probed;

static void
probed_free (Probed *self)
{
  g_clear_pointer (&self->report, dio_image_report_free);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Probed, probed_free)

static void
probe (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  g_autoptr (Probed) probed = g_new0 (Probed, 1);
  GError *error = NULL;

  if (!dio_disk_image_probe (task_data, &probed->image, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  probed->report = dio_image_report_new (task_data, NULL);
  g_task_return_pointer (task, g_steal_pointer (&probed), (GDestroyNotify) probed_free);
}

static void
on_probed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DioNewMachineDialog *self = DIO_NEW_MACHINE_DIALOG (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (Probed) probed = g_task_propagate_pointer (G_TASK (result), &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (!probed)
    {
      stop_looking (self, error);
      return;
    }
  self->image = probed->image;
  g_clear_pointer (&self->report, dio_image_report_free);
  g_clear_pointer (&self->insides, dio_image_insides_free);
  self->report = g_steal_pointer (&probed->report);
  dio_image_look_inside_async (self->report, NULL, self->cancellable, on_looked_inside, g_object_ref (self));
}

/* OS: (nullable): that it is chosen for. */
static void
use_file (DioNewMachineDialog *self, GFile *file, DioOs *os)
{
  g_autofree char *path = g_file_get_path (file);
  g_autofree char *shown = g_file_get_parse_name (file);
  g_autoptr (GTask) task = NULL;

  tell (self, NULL);
  if (!path)
    {
      g_autofree char *message =
          g_strdup_printf (_ ("“%s” is not on this computer. Copy it here first, then choose the copy."), shown);

      tell (self, message);
      return;
    }
  g_set_str (&self->path, path);
  g_set_object (&self->os, os);
  set_looking (self, TRUE);
  task = g_task_new (self, self->cancellable, on_probed, NULL);
  g_task_set_source_tag (task, use_file);
  g_task_set_task_data (task, g_steal_pointer (&path), g_free);
  g_task_run_in_thread (task, probe);
}

void
dio_new_machine_dialog_use_file (DioNewMachineDialog *self, GFile *file)
{
  use_file (self, file, NULL);
}

static gboolean
on_drop (DioNewMachineDialog *self, const GValue *value)
{
  GSList *files = g_value_get_boxed (value);

  if (!files || gtk_widget_get_visible (self->looking))
    return FALSE;
  use_file (self, files->data, NULL);
  return TRUE;
}

static void
on_file_chosen (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioNewMachineDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GFile) file = gtk_file_dialog_open_finish (GTK_FILE_DIALOG (source), result, &error);
  AdwNavigationPage *page;

  if (g_error_matches (error, GTK_DIALOG_ERROR, GTK_DIALOG_ERROR_DISMISSED) ||
      g_cancellable_is_cancelled (self->cancellable))
    return;
  page = adw_navigation_view_get_visible_page (self->navigation);
  if (file)
    use_file (self, file,
              DIO_IS_NEW_MACHINE_MEDIA (page) ? dio_new_machine_media_get_os (DIO_NEW_MACHINE_MEDIA (page)) : NULL);
  else
    tell (self, error->message);
}

static void
choose_file (DioNewMachineDialog *self, gboolean discs_only)
{
  static const char *suffixes[] = { "iso", "qcow2", "img", "raw", "vmdk", "vdi", "vhd", "vhdx" };
  g_autoptr (GtkFileDialog) dialog = gtk_file_dialog_new ();
  g_autoptr (GListStore) filters = g_list_store_new (GTK_TYPE_FILE_FILTER);
  g_autoptr (GtkFileFilter) images = gtk_file_filter_new ();
  g_autoptr (GtkFileFilter) everything = gtk_file_filter_new ();

  gtk_file_filter_set_name (images, discs_only ? _ ("ISO Files") : _ ("ISO Files and Disk Images"));
  for (guint i = 0; i < (discs_only ? 1 : G_N_ELEMENTS (suffixes)); i++)
    gtk_file_filter_add_suffix (images, suffixes[i]);
  gtk_file_filter_set_name (everything, _ ("All Files"));
  gtk_file_filter_add_pattern (everything, "*");
  g_list_store_append (filters, images);
  g_list_store_append (filters, everything);
  gtk_file_dialog_set_filters (dialog, G_LIST_MODEL (filters));
  gtk_file_dialog_set_title (dialog, discs_only ? _ ("Choose an ISO File") : _ ("Choose an ISO or Disk Image"));
  gtk_file_dialog_open (dialog, GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), self->cancellable, on_file_chosen,
                        g_object_ref (self));
}

static void
on_choose (DioNewMachineDialog *self)
{
  choose_file (self, FALSE);
}

/* --- systems --- */

static void
on_media_chosen (DioNewMachineDialog *self, DioOsMedia *media)
{
  review (self, &(DioNewMachineSource) { .os = dio_os_media_get_os (media), .media = media });
}

static void
on_choose_disc (DioNewMachineDialog *self)
{
  choose_file (self, TRUE);
}

static void
use_os (DioNewMachineDialog *self, guint position)
{
  g_autoptr (DioOs) os = g_list_model_get_item (G_LIST_MODEL (self->shown), position);
  DioNewMachineMedia *page;

  if (!os)
    return;
  tell (self, NULL);
  page = dio_new_machine_media_new (self->database, os);
  g_signal_connect_object (page, "chosen", G_CALLBACK (on_media_chosen), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (page, "choose-file", G_CALLBACK (on_choose_disc), self, G_CONNECT_SWAPPED);
  adw_navigation_view_push (self->navigation, ADW_NAVIGATION_PAGE (page));
}

static void
on_os (DioNewMachineDialog *self, GtkListBoxRow *row)
{
  use_os (self, gtk_list_box_row_get_index (row));
}

static GtkWidget *
new_os_row (gpointer item, gpointer user_data)
{
  DioNewMachineDialog *self = user_data;
  DioOs *os = item;
  g_autoptr (GListModel) media = dio_os_database_get_media (self->database, os, ARCH);
  gboolean download = g_list_model_get_n_items (media) > 0;
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *mark = gtk_label_new (download ? _ ("Download") : _ ("Needs an ISO"));

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), dio_os_get_name (os));
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), dio_os_get_vendor (os));
  gtk_widget_add_css_class (mark, "dim-label");
  gtk_widget_add_css_class (mark, "caption");
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), mark);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  return row;
}

/* Without a search, those that are looked after. */
static gboolean
is_shown (gpointer item, gpointer user_data)
{
  DioNewMachineDialog *self = user_data;
  const char *words = gtk_editable_get_text (self->search);

  return *words ? dio_os_matches (item, words) : dio_os_get_current (item);
}

static void
update_list (DioNewMachineDialog *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->filtered));

  gtk_stack_set_visible_child_name (self->lists, n > 0 ? "list" : "none");
  gtk_widget_set_visible (self->more, n > MAX_ROWS || (n > 0 && !*gtk_editable_get_text (self->search)));
}

static void
on_search_changed (DioNewMachineDialog *self)
{
  if (!self->database)
    return;
  gtk_filter_changed (gtk_filter_list_model_get_filter (self->filtered), GTK_FILTER_CHANGE_DIFFERENT);
  update_list (self);
}

/* Enter opens what was looked for. */
static void
on_search_activated (DioNewMachineDialog *self)
{
  on_search_changed (self);
  if (*gtk_editable_get_text (self->search))
    use_os (self, 0);
}

static void
on_search_stopped (DioNewMachineDialog *self)
{
  if (*gtk_editable_get_text (self->search))
    gtk_editable_set_text (self->search, "");
  else
    adw_dialog_close (ADW_DIALOG (self));
}

static void
on_database (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioNewMachineDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DioOsDatabase) database = dio_os_database_load_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (!database)
    {
      gtk_stack_set_visible_child_name (self->lists, "none");
      tell (self, error->message);
      return;
    }
  self->database = g_object_ref (database);
  gtk_filter_list_model_set_model (self->filtered, dio_os_database_get_oses (database));
  update_list (self);
  gtk_list_box_bind_model (self->oses, G_LIST_MODEL (self->shown), new_os_row, self, NULL);
}

/* --- object --- */

/* Its work may go on: see on_started(). */
static void
on_closed (DioNewMachineDialog *self)
{
  if (!self->parent)
    g_cancellable_cancel (self->cancellable);
}

static void
dio_new_machine_dialog_dispose (GObject *object)
{
  DioNewMachineDialog *self = DIO_NEW_MACHINE_DIALOG (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_weak_pointer (&self->parent);
  gtk_widget_dispose_template (GTK_WIDGET (self), DIO_TYPE_NEW_MACHINE_DIALOG);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->shown);
  g_clear_object (&self->filtered);
  g_clear_object (&self->database);
  g_clear_object (&self->library);
  g_clear_object (&self->os);
  g_clear_pointer (&self->path, g_free);
  g_clear_pointer (&self->report, dio_image_report_free);
  g_clear_pointer (&self->insides, dio_image_insides_free);
  G_OBJECT_CLASS (dio_new_machine_dialog_parent_class)->dispose (object);
}

static void
dio_new_machine_dialog_class_init (DioNewMachineDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_new_machine_dialog_dispose;
  signals[CREATED] = g_signal_new ("created", DIO_TYPE_NEW_MACHINE_DIALOG, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_BOOLEAN);
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/new-machine-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, DioNewMachineDialog, navigation);
  gtk_widget_class_bind_template_child (widget_class, DioNewMachineDialog, drop);
  gtk_widget_class_bind_template_child (widget_class, DioNewMachineDialog, choose);
  gtk_widget_class_bind_template_child (widget_class, DioNewMachineDialog, looking);
  gtk_widget_class_bind_template_child (widget_class, DioNewMachineDialog, problem);
  gtk_widget_class_bind_template_child (widget_class, DioNewMachineDialog, search);
  gtk_widget_class_bind_template_child (widget_class, DioNewMachineDialog, lists);
  gtk_widget_class_bind_template_child (widget_class, DioNewMachineDialog, oses);
  gtk_widget_class_bind_template_child (widget_class, DioNewMachineDialog, more);
  gtk_widget_class_bind_template_callback (widget_class, on_choose);
  gtk_widget_class_bind_template_callback (widget_class, on_closed);
  gtk_widget_class_bind_template_callback (widget_class, on_drop);
  gtk_widget_class_bind_template_callback (widget_class, on_empty);
  gtk_widget_class_bind_template_callback (widget_class, on_os);
  gtk_widget_class_bind_template_callback (widget_class, on_search_activated);
  gtk_widget_class_bind_template_callback (widget_class, on_search_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_search_stopped);
}

static void
dio_new_machine_dialog_init (DioNewMachineDialog *self)
{
  GtkFilter *filter = GTK_FILTER (gtk_custom_filter_new (is_shown, self, NULL));
  GType types[] = { GDK_TYPE_FILE_LIST };

  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_drop_target_set_gtypes (self->drop, types, G_N_ELEMENTS (types));
  self->filtered = gtk_filter_list_model_new (NULL, filter);
  self->shown = gtk_slice_list_model_new (G_LIST_MODEL (g_object_ref (self->filtered)), 0, MAX_ROWS);
  dio_os_database_load_async (self->cancellable, on_database, g_object_ref (self));
}

DioNewMachineDialog *
dio_new_machine_dialog_new (DioLibrary *library)
{
  DioNewMachineDialog *self = g_object_new (DIO_TYPE_NEW_MACHINE_DIALOG, NULL);

  self->library = g_object_ref (library);
  return self;
}
