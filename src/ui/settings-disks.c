/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/settings-disks.h"

#include "provision/disk-tool.h"
#include "ui/disk-row.h"
#include "ui/disk-size-dialog.h"
#include "ui/job-row.h"
#include "vm/disk-image.h"

#include <glib/gi18n.h>

/* Bytes of a new disk, which grows as it is filled. */
#define NEW_SIZE 64000000000ull
#define LEAST_SIZE 1000000000ull
#define MAX_DISKS 64
#define UNDO_S 10 /* more than usual: who has no pointer has a way to go to the button */

struct _DioSettingsDisks
{
  AdwPreferencesPage parent_instance;

  DioMachineSettings *settings;
  GPtrArray *rows;    /* (unowned), of LIST */
  GPtrArray *removed; /* Removed: those that can be had back */

  /* template */
  AdwPreferencesGroup *list;
  DioJobRow *job_row;
  AdwButtonRow *add_new;
};

G_DEFINE_FINAL_TYPE (DioSettingsDisks, dio_settings_disks, ADW_TYPE_PREFERENCES_PAGE)

static DioMachineConfig *
get_config (DioSettingsDisks *self)
{
  return dio_machine_settings_get_config (self->settings);
}

static const char *
get_folder (DioSettingsDisks *self)
{
  return dio_definition_get_folder (dio_machine_settings_get_definition (self->settings));
}

/* --- removal --- */

static void
on_trashed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioMachineSettings) settings = user_data;
  g_autoptr (GError) error = NULL;

  if (!g_file_trash_finish (G_FILE (source), result, &error))
    dio_machine_settings_tell_error (settings, error);
}

static GPtrArray *
copy_disks (DioSettingsDisks *self)
{
  GPtrArray *old = dio_machine_config_get_disks (get_config (self));
  GPtrArray *disks = g_ptr_array_new_with_free_func ((GDestroyNotify) dio_disk_free);

  for (guint i = 0; i < old->len; i++)
    g_ptr_array_add (disks, dio_disk_copy (old->pdata[i]));
  return disks;
}

/* --- second thoughts --- */

/* A disk that was removed, while its toast offers to undo that. */
typedef struct
{
  DioDisk *disk;
  guint index;
  gboolean trash;  /* its file goes to the Trash with the toast */
  AdwToast *toast; /* (unowned): to be compared only */
} Removed;

static void
removed_free (Removed *removed)
{
  dio_disk_free (removed->disk);
  g_free (removed);
}

static gboolean
has_file (DioSettingsDisks *self, const char *path)
{
  GPtrArray *disks = dio_machine_config_get_disks (get_config (self));

  for (guint i = 0; i < disks->len; i++)
    if (g_strcmp0 (((DioDisk *) disks->pdata[i])->path, path) == 0)
      return TRUE;
  return FALSE;
}

static Removed *
find_removed (DioSettingsDisks *self, AdwToast *toast)
{
  for (guint i = 0; i < self->removed->len; i++)
    if (((Removed *) self->removed->pdata[i])->toast == toast)
      return self->removed->pdata[i];
  return NULL;
}

/* The time for second thoughts is over. The definition that could not be saved still has the file, and so has one to
 * which it was added again. */
static void
settle (DioSettingsDisks *self, Removed *removed)
{
  g_autoptr (GFile) file = removed->trash ? g_file_new_for_path (removed->disk->path) : NULL;

  if (file && self->settings && !dio_machine_settings_get_save_error (self->settings) &&
      !has_file (self, removed->disk->path))
    g_file_trash_async (file, G_PRIORITY_DEFAULT, NULL, on_trashed, g_object_ref (self->settings));
  g_ptr_array_remove (self->removed, removed);
}

static void
on_dismissed (AdwToast *toast, DioSettingsDisks *self)
{
  Removed *removed = find_removed (self, toast);

  if (removed)
    settle (self, removed);
}

/* Where it was, as far as others did not go meanwhile. */
static void
on_undo (AdwToast *toast, DioSettingsDisks *self)
{
  Removed *removed = find_removed (self, toast);
  g_autoptr (GPtrArray) disks = NULL;

  if (!self->settings || !removed)
    return;
  disks = copy_disks (self);
  g_ptr_array_insert (disks, (gint) MIN (removed->index, disks->len), dio_disk_copy (removed->disk));
  g_ptr_array_remove (self->removed, removed);
  dio_machine_config_set_disks (get_config (self), disks);
}

static void
offer_undo (DioSettingsDisks *self, Removed *removed, const char *name)
{
  GtkWidget *overlay = gtk_widget_get_ancestor (GTK_WIDGET (self), ADW_TYPE_TOAST_OVERLAY);
  g_autofree char *title = g_strdup_printf (_ ("%s removed"), name);
  AdwToast *toast = adw_toast_new (title);

  adw_toast_set_use_markup (toast, FALSE);
  adw_toast_set_button_label (toast, _ ("_Undo"));
  adw_toast_set_timeout (toast, UNDO_S);
  removed->toast = toast;
  g_signal_connect_object (toast, "button-clicked", G_CALLBACK (on_undo), self, 0);
  g_signal_connect_object (toast, "dismissed", G_CALLBACK (on_dismissed), self, 0);
  adw_toast_overlay_add_toast (ADW_TOAST_OVERLAY (overlay), toast);
}

static void
remove_disk (DioSettingsDisks *self, guint i, gboolean trash)
{
  g_autoptr (GPtrArray) disks = copy_disks (self);
  const DioDisk *disk = disks->pdata[i];
  g_autofree char *name = disk->path ? g_filename_display_basename (disk->path) : g_strdup (_ ("CD drive"));
  Removed *removed = g_new0 (Removed, 1);

  *removed = (Removed) { dio_disk_copy (disk), i, trash };
  g_ptr_array_add (self->removed, removed);
  g_ptr_array_remove_index (disks, i);
  dio_machine_config_set_disks (get_config (self), disks);
  gtk_widget_child_focus (i < self->rows->len ? self->rows->pdata[i] : GTK_WIDGET (self->add_new), GTK_DIR_TAB_FORWARD);
  offer_undo (self, removed, name);
}

/* --- the question --- */

typedef struct
{
  DioSettingsDisks *self;
  DioDisk *disk;
} Removal;

static void
removal_free (gpointer data, GClosure *closure)
{
  Removal *removal = data;

  g_clear_object (&removal->self);
  dio_disk_free (removal->disk);
  g_free (removal);
}

static void
on_remove_response (AdwAlertDialog *dialog, const char *response, gpointer user_data)
{
  Removal *removal = user_data;
  DioSettingsDisks *self = removal->self;
  GPtrArray *disks;

  if (g_str_equal (response, "cancel") || !self->settings)
    return;
  disks = dio_machine_config_get_disks (get_config (self));
  for (guint i = 0; i < disks->len; i++)
    if (dio_disk_equal (disks->pdata[i], removal->disk))
      {
        remove_disk (self, i, g_str_equal (response, "trash"));
        return;
      }
}

static void
ask_remove (DioSettingsDisks *self, const DioDisk *disk)
{
  g_autofree char *name = g_filename_display_basename (disk->path);
  g_autofree char *heading = g_strdup_printf (_ ("Remove %s?"), name);
  gboolean running = dio_machine_settings_get_running (self->settings) != NULL;
  AdwDialog *dialog = adw_alert_dialog_new (
      heading, running ? _ ("The machine has it until it is restarted. The file stays where it is.")
                       : _ ("The machine loses this disk. What is on it is in the file: that can stay where it is, for "
                            "other machines, or go to the Trash."));
  Removal *removal = g_new0 (Removal, 1);

  *removal = (Removal) { g_object_ref (self), dio_disk_copy (disk) };
  adw_alert_dialog_add_responses (ADW_ALERT_DIALOG (dialog), "cancel", _ ("_Cancel"), "keep",
                                  running ? _ ("_Remove") : _ ("_Keep the File"), NULL);
  if (!running)
    {
      adw_alert_dialog_add_response (ADW_ALERT_DIALOG (dialog), "trash", _ ("_Move the File to the Trash"));
      adw_alert_dialog_set_response_appearance (ADW_ALERT_DIALOG (dialog), "trash", ADW_RESPONSE_DESTRUCTIVE);
    }
  adw_alert_dialog_set_default_response (ADW_ALERT_DIALOG (dialog), "cancel");
  adw_alert_dialog_set_close_response (ADW_ALERT_DIALOG (dialog), "cancel");
  g_signal_connect_data (dialog, "response", G_CALLBACK (on_remove_response), removal, removal_free, 0);
  adw_dialog_present (dialog, GTK_WIDGET (self));
}

static void
on_remove (DioSettingsDisks *self, DioDiskRow *row)
{
  GPtrArray *disks = dio_machine_config_get_disks (get_config (self));
  guint i = dio_disk_row_get_index (row);
  const DioDisk *disk = i < disks->len ? disks->pdata[i] : NULL;

  if (!disk)
    return;
  /* A drive is no loss, and what is in it stays. */
  if (disk->cdrom)
    remove_disk (self, i, FALSE);
  else
    ask_remove (self, disk);
}

/* --- the list --- */

static void
update_list (DioSettingsDisks *self)
{
  GPtrArray *disks = dio_machine_config_get_disks (get_config (self));

  while (self->rows->len > disks->len)
    {
      adw_preferences_group_remove (self->list, g_ptr_array_steal_index (self->rows, self->rows->len - 1));
      for (guint i = 0; i < self->rows->len; i++)
        adw_expander_row_set_expanded (self->rows->pdata[i], FALSE);
    }
  while (self->rows->len < disks->len)
    {
      DioDiskRow *row = dio_disk_row_new (self->settings);

      g_signal_connect_object (row, "remove", G_CALLBACK (on_remove), self, G_CONNECT_SWAPPED);
      adw_preferences_group_add (self->list, GTK_WIDGET (row));
      g_ptr_array_add (self->rows, row);
    }
  /* Rows stay, and with them the focus and what is unfolded. */
  for (guint i = 0; i < disks->len; i++)
    dio_disk_row_set_index (self->rows->pdata[i], i);
  gtk_widget_set_visible (GTK_WIDGET (self->list), disks->len > 0);
}

/* --- adding --- */

static void
append (DioSettingsDisks *self, const DioDisk *disk)
{
  g_autoptr (GPtrArray) disks = copy_disks (self);

  g_ptr_array_add (disks, dio_disk_copy (disk));
  dio_machine_config_set_disks (get_config (self), disks);
}

/* As the machine's others: its system knows that. */
static DioDiskBus
get_usual_bus (DioSettingsDisks *self)
{
  GPtrArray *disks = dio_machine_config_get_disks (get_config (self));

  for (guint i = 0; i < disks->len; i++)
    if (!((DioDisk *) disks->pdata[i])->cdrom)
      return ((DioDisk *) disks->pdata[i])->bus;
  return DIO_DISK_BUS_SATA;
}

/* A name in the machine's folder that no disk has. (transfer full) */
static char *
make_path (DioSettingsDisks *self)
{
  for (guint i = 1; i < G_MAXUINT; i++)
    {
      g_autofree char *name = g_strdup_printf ("disk-%u.qcow2", i);
      g_autofree char *path = g_build_filename (get_folder (self), name, NULL);

      if (!g_file_test (path, G_FILE_TEST_EXISTS))
        return g_steal_pointer (&path);
    }
  return NULL;
}

typedef struct
{
  char *path;
  guint64 size;
} Creation;

static void
creation_free (gpointer data)
{
  Creation *creation = data;

  g_free (creation->path);
  g_free (creation);
}

static gboolean
create_disk (DioJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
  Creation *creation = data;

  if (!dio_disk_create (creation->path, "qcow2", creation->size, NULL, cancellable, error) ||
      !dio_disk_sync (creation->path, error))
    return FALSE;
  dio_job_set_result (job, creation->path);
  return TRUE;
}

static void
on_created (DioSettingsDisks *self, const GError *error, DioJob *job)
{
  if (!self->settings)
    return;
  dio_job_row_set_job (self->job_row, NULL);
  if (error)
    dio_machine_settings_tell_error (self->settings, error);
  else
    append (self, &(DioDisk) { .path = (char *) dio_job_get_result (job),
                               .format = (char *) "qcow2",
                               .bus = get_usual_bus (self) });
}

static void
on_new_size (guint64 size, gpointer user_data)
{
  DioSettingsDisks *self = user_data;
  Creation *creation = g_new0 (Creation, 1);
  g_autoptr (DioJob) job = NULL;

  creation->path = make_path (self);
  creation->size = size;
  job = dio_job_new (_ ("Making a Disk"), create_disk, creation, creation_free);
  g_signal_connect_object (job, "ended", G_CALLBACK (on_created), self, G_CONNECT_SWAPPED);
  dio_job_row_set_job (self->job_row, job);
  dio_job_start (job);
}

static gboolean
has_room (DioSettingsDisks *self)
{
  if (dio_machine_config_get_n_disks (get_config (self)) < MAX_DISKS)
    return TRUE;
  dio_machine_settings_tell (self->settings, _ ("This machine has as many disks as it can have"));
  return FALSE;
}

static void
on_add_new (DioSettingsDisks *self)
{
  if (has_room (self))
    dio_disk_size_dialog_present (GTK_WIDGET (self), _ ("New Disk"),
                                  _ ("Its file takes only as much of this computer as the machine has written to it."),
                                  _ ("_Make"), LEAST_SIZE, NEW_SIZE, on_new_size, G_OBJECT (self));
}

static void
probe_in_thread (GTask *task, gpointer source, gpointer path, GCancellable *cancellable)
{
  DioDiskImage *image = g_new0 (DioDiskImage, 1);
  GError *error = NULL;

  if (dio_disk_image_probe (path, image, &error))
    {
      g_task_return_pointer (task, image, g_free);
      return;
    }
  g_free (image);
  g_task_return_error (task, error);
}

static void
on_probed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DioSettingsDisks *self = DIO_SETTINGS_DISKS (source);
  g_autoptr (GError) error = NULL;
  g_autofree DioDiskImage *image = g_task_propagate_pointer (G_TASK (result), &error);
  char *path = g_task_get_task_data (G_TASK (result));

  if (!self->settings)
    return;
  if (!image)
    dio_machine_settings_tell_error (self->settings, error);
  else if (has_file (self, path))
    dio_machine_settings_tell (self->settings, _ ("The machine has this disk already"));
  else if (image->optical)
    append (self, &(DioDisk) { path, (char *) "raw", DIO_DISK_BUS_SATA, .read_only = TRUE, .cdrom = TRUE });
  else
    append (self, &(DioDisk) { path, (char *) image->format, get_usual_bus (self), .read_only = image->read_only });
}

static void
on_file_chosen (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioSettingsDisks) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GFile) file = gtk_file_dialog_open_finish (GTK_FILE_DIALOG (source), result, &error);
  g_autoptr (GTask) task = NULL;

  if (!self->settings)
    return;
  if (!file || !g_file_peek_path (file))
    {
      if (error)
        dio_machine_settings_tell_error (self->settings, error);
      else
        dio_machine_settings_tell (self->settings, _ ("That file is not on this computer: copy it here first"));
      return;
    }
  task = g_task_new (self, NULL, on_probed, NULL);
  g_task_set_source_tag (task, on_file_chosen);
  g_task_set_task_data (task, g_file_get_path (file), g_free);
  g_task_run_in_thread (task, probe_in_thread);
}

static void
on_add_existing (DioSettingsDisks *self)
{
  g_autoptr (GtkFileDialog) dialog = NULL;

  if (!has_room (self))
    return;
  dialog = gtk_file_dialog_new ();
  gtk_file_dialog_set_title (dialog, _ ("Add a Disk Image"));
  gtk_file_dialog_set_accept_label (dialog, _ ("_Add"));
  gtk_file_dialog_open (dialog, GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), NULL, on_file_chosen,
                        g_object_ref (self));
}

static void
on_add_drive (DioSettingsDisks *self)
{
  if (has_room (self))
    append (self, &(DioDisk) { NULL, (char *) "raw", DIO_DISK_BUS_SATA, .read_only = TRUE, .cdrom = TRUE });
}

/* --- GObject --- */

static void
dio_settings_disks_dispose (GObject *object)
{
  DioSettingsDisks *self = DIO_SETTINGS_DISKS (object);

  while (self->removed && self->removed->len > 0)
    settle (self, self->removed->pdata[0]);
  g_clear_pointer (&self->removed, g_ptr_array_unref);
  g_clear_pointer (&self->rows, g_ptr_array_unref);
  g_clear_object (&self->settings);
  gtk_widget_dispose_template (GTK_WIDGET (self), DIO_TYPE_SETTINGS_DISKS);
  G_OBJECT_CLASS (dio_settings_disks_parent_class)->dispose (object);
}

static void
dio_settings_disks_class_init (DioSettingsDisksClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (DIO_TYPE_JOB_ROW);
  G_OBJECT_CLASS (klass)->dispose = dio_settings_disks_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/settings-disks.ui");
  gtk_widget_class_bind_template_child (widget_class, DioSettingsDisks, list);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsDisks, job_row);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsDisks, add_new);
  gtk_widget_class_bind_template_callback (widget_class, on_add_new);
  gtk_widget_class_bind_template_callback (widget_class, on_add_existing);
  gtk_widget_class_bind_template_callback (widget_class, on_add_drive);
}

static void
dio_settings_disks_init (DioSettingsDisks *self)
{
  self->rows = g_ptr_array_new ();
  self->removed = g_ptr_array_new_with_free_func ((GDestroyNotify) removed_free);
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
dio_settings_disks_new (DioMachineSettings *settings)
{
  DioSettingsDisks *self = g_object_new (DIO_TYPE_SETTINGS_DISKS, NULL);

  self->settings = g_object_ref (settings);
  g_signal_connect_object (dio_machine_settings_get_config (settings), "notify::disks", G_CALLBACK (update_list), self,
                           G_CONNECT_SWAPPED);
  update_list (self);
  /* What can be done while it runs. */
  for (guint i = 0; i < self->rows->len; i++)
    if (dio_machine_settings_get_running (settings) && dio_machine_config_get_disk (get_config (self), i)->cdrom)
      adw_expander_row_set_expanded (self->rows->pdata[i], TRUE);
  return GTK_WIDGET (self);
}
