/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/disk-row.h"

#include "library/folder-lock.h"
#include "provision/disk-tool.h"
#include "ui/choice-row.h"
#include "ui/disk-size-dialog.h"
#include "ui/job-row.h"
#include "vm/machine-live.h"

#include <glib/gi18n.h>

/* What growing begins with, in bytes. */
#define GROW_BY 10000000000ull

struct _DioDiskRow
{
  AdwExpanderRow parent_instance;

  DioMachineSettings *settings;
  guint index;
  char *measured; /* the path that the sizes are of */
  guint64 size;   /* 0: not known */
  gboolean updating;
  DioJob *job; /* at work on the disk */

  /* template */
  GtkImage *icon;
  DioJobRow *job_row;
  AdwActionRow *disc;
  GtkWidget *change;
  GtkWidget *eject;
  DioChoiceRow *bus;
  DioChoiceRow *cache;
  AdwSwitchRow *read_only;
  AdwActionRow *path;
  AdwActionRow *grow;
  AdwActionRow *compact;
  AdwButtonRow *remove;
};

enum
{
  SIGNAL_REMOVE,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DioDiskRow, dio_disk_row, ADW_TYPE_EXPANDER_ROW)

static DioMachineConfig *
get_config (DioDiskRow *self)
{
  return dio_machine_settings_get_config (self->settings);
}

/* (nullable) */
static const DioDisk *
get_disk (DioDiskRow *self)
{
  GPtrArray *disks = self->settings ? dio_machine_config_get_disks (get_config (self)) : NULL;

  return disks && self->index < disks->len ? disks->pdata[self->index] : NULL;
}

/* Puts CHANGED (transfer full) in the place of what the row shows. */
static void
set_disk (DioDiskRow *self, DioDisk *changed)
{
  GPtrArray *old = dio_machine_config_get_disks (get_config (self));
  g_autoptr (GPtrArray) disks = g_ptr_array_new ();
  g_autoptr (DioDisk) owned = changed;

  for (guint i = 0; i < old->len; i++)
    g_ptr_array_add (disks, i == self->index ? changed : old->pdata[i]);
  dio_machine_config_set_disks (get_config (self), disks);
}

/* --- size --- */

typedef struct
{
  DioDisk *disk;
  DioDiskInfo info;
} Measuring;

static void
measuring_free (Measuring *measuring)
{
  dio_disk_free (measuring->disk);
  g_free (measuring);
}

static void
measure_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Measuring *measuring = task_data;
  GError *error = NULL;

  if (dio_disk_info (measuring->disk, &measuring->info, cancellable, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
on_measured (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DioDiskRow *self = DIO_DISK_ROW (source);
  Measuring *measuring = g_task_get_task_data (G_TASK (result));
  const DioDisk *disk = get_disk (self);
  g_autoptr (GError) error = NULL;
  g_autofree char *size = NULL, *used = NULL, *text = NULL;
  gboolean known = g_task_propagate_boolean (G_TASK (result), &error);

  /* It may show another one by now. */
  if (!disk || g_strcmp0 (disk->path, measuring->disk->path) != 0)
    return;
  self->size = known ? measuring->info.size : 0;
  size = g_format_size (measuring->info.size);
  used = g_format_size (measuring->info.used);
  text = known ? g_strdup_printf (_ ("%s, takes %s on this computer"), size, used) : g_strdup (error->message);
  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (self), text);
}

static void
measure (DioDiskRow *self)
{
  const DioDisk *disk = get_disk (self);
  g_autoptr (GTask) task = NULL;
  Measuring *measuring;

  if (!disk || !disk->path)
    return;
  measuring = g_new0 (Measuring, 1);
  measuring->disk = dio_disk_copy (disk);
  task = g_task_new (self, NULL, on_measured, NULL);
  g_task_set_source_tag (task, measure);
  g_task_set_task_data (task, measuring, (GDestroyNotify) measuring_free);
  g_task_run_in_thread (task, measure_in_thread);
}

/* --- what it shows --- */

static void
update_usable (DioDiskRow *self)
{
  const DioDisk *disk = get_disk (self);
  gboolean running = dio_machine_settings_get_running (self->settings) != NULL;
  gboolean resizable = disk && disk->path && !disk->cdrom && !disk->read_only &&
                       (g_str_equal (disk->format, "qcow2") || g_str_equal (disk->format, "raw"));
  gboolean free_now = !running && !self->job;

  gtk_widget_set_visible (GTK_WIDGET (self->grow), resizable);
  gtk_widget_set_visible (GTK_WIDGET (self->compact), resizable);
  gtk_widget_set_sensitive (GTK_WIDGET (self->grow), free_now);
  gtk_widget_set_sensitive (GTK_WIDGET (self->compact), free_now);
  gtk_widget_set_sensitive (GTK_WIDGET (self->remove), !self->job);
  adw_action_row_set_subtitle (self->grow, running ? _ ("Can be changed while the machine is off")
                                                   : _ ("More room for the machine; it cannot be made smaller again"));
  adw_action_row_set_subtitle (self->compact, running ? _ ("Can be given back while the machine is off")
                                                      : _ ("Gives back to this computer what the machine has deleted"));
}

static void
update_disc (DioDiskRow *self, const DioDisk *disk, const char *shown)
{
  gtk_widget_set_visible (GTK_WIDGET (self->disc), disk->cdrom);
  adw_action_row_set_subtitle (self->disc, shown ? shown : _ ("Empty"));
  gtk_widget_set_visible (self->eject, disk->path != NULL);
}

static void
update (DioDiskRow *self)
{
  const DioDisk *disk = get_disk (self);
  g_autofree char *shown = NULL, *title = NULL;

  if (!disk)
    return;
  self->updating = TRUE;
  shown = disk->path ? dio_machine_settings_dup_shown_path (self->settings, disk->path) : NULL;
  title = disk->path ? g_path_get_basename (shown) : g_strdup (_ ("Empty CD Drive"));
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), title);
  gtk_image_set_from_icon_name (self->icon, disk->cdrom ? "drive-optical-symbolic" : "drive-harddisk-symbolic");
  update_disc (self, disk, shown);
  gtk_widget_set_visible (GTK_WIDGET (self->bus), !disk->cdrom);
  gtk_widget_set_visible (GTK_WIDGET (self->cache), !disk->cdrom);
  gtk_widget_set_visible (GTK_WIDGET (self->read_only), !disk->cdrom);
  gtk_widget_set_visible (GTK_WIDGET (self->path), !disk->cdrom);
  adw_action_row_set_subtitle (self->path, shown ? shown : "");
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->remove),
                                 disk->cdrom ? _ ("Remove the Drive") : _ ("Remove…"));
  g_object_set (self->bus, "value", disk->bus, NULL);
  g_object_set (self->cache, "value", disk->cache, NULL);
  adw_switch_row_set_active (self->read_only, disk->read_only);
  self->updating = FALSE;

  update_usable (self);
  if (g_set_str (&self->measured, disk->path))
    {
      self->size = 0;
      adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (self), disk->path ? "" : _ ("Put a CD image in with Change…"));
      measure (self);
    }
}

static void
set_choices (DioDiskRow *self)
{
  const DioChoice buses[] = {
    { DIO_DISK_BUS_VIRTIO, _ ("Fast"), _ ("For systems that know machines, as every Linux does (virtio)") },
    { DIO_DISK_BUS_SATA, _ ("Common"), _ ("Known to every system without further drivers (SATA)") },
    { DIO_DISK_BUS_NVME, _ ("Modern"), _ ("Fast, and known to today’s systems, Windows too (NVMe)") },
    { DIO_DISK_BUS_USB, _ ("USB"), _ ("As a drive that is plugged in (USB)") },
    { DIO_DISK_BUS_SCSI, _ ("Server"), _ ("For many disks, in systems that know machines (virtio-scsi)") },
  };
  const DioChoice caches[] = {
    { DIO_DISK_CACHE_SAFE, _ ("Safe"),
      _ ("What the system in the machine has saved survives a power cut (writeback)") },
    { DIO_DISK_CACHE_DIRECT, _ ("Safe, Sparing Memory"),
      _ ("As “Safe”, without keeping a second copy in this computer’s memory (none)") },
    { DIO_DISK_CACHE_FAST, _ ("Fast"), _ ("A power cut may cost the whole disk; for what can be made again (unsafe)") },
  };

  dio_choice_row_set_choices (self->bus, buses, G_N_ELEMENTS (buses));
  dio_choice_row_set_choices (self->cache, caches, G_N_ELEMENTS (caches));
}

static void
on_option (DioDiskRow *self)
{
  const DioDisk *disk = get_disk (self);
  DioDisk *changed;

  if (self->updating || !disk)
    return;
  changed = dio_disk_copy (disk);
  changed->bus = (DioDiskBus) dio_choice_row_get_value (self->bus);
  changed->cache = (DioDiskCache) dio_choice_row_get_value (self->cache);
  changed->read_only = adw_switch_row_get_active (self->read_only);
  set_disk (self, changed);
}

/* --- discs --- */

typedef struct
{
  DioDiskRow *self;
  DioDisk *disk; /* what the drive had when the change began */
  char *path;
} DiscChange;

static void
disc_change_free (DiscChange *change)
{
  g_clear_object (&change->self);
  dio_disk_free (change->disk);
  g_free (change->path);
  g_free (change);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DiscChange, disc_change_free)

/* The definition follows what the drive has. */
static void
keep_disc (DioDiskRow *self, const char *path)
{
  DioDisk *changed = dio_disk_copy (get_disk (self));

  g_set_str (&changed->path, path);
  g_set_str (&changed->format, "raw");
  set_disk (self, changed);
}

static void put_disc (DioDiskRow *self, const char *path, gboolean force);

static void
on_locked_response (AdwAlertDialog *dialog, const char *response, gpointer user_data)
{
  DiscChange *change = user_data;

  if (g_str_equal (response, "force") && change->self->settings)
    put_disc (change->self, change->path, TRUE);
}

static void
on_locked_gone (gpointer data, GClosure *closure)
{
  disc_change_free (data);
}

/* Takes CHANGE. */
static void
ask_force (DiscChange *change)
{
  AdwDialog *dialog = adw_alert_dialog_new (_ ("The Machine Uses the Disc"),
                                            _ ("Its system has locked the drive. Eject the disc in the machine, then "
                                               "try again; or take it out now, and what reads from it fails."));

  adw_alert_dialog_add_responses (ADW_ALERT_DIALOG (dialog), "cancel", _ ("_Cancel"), "force", _ ("_Take It Out"),
                                  NULL);
  adw_alert_dialog_set_response_appearance (ADW_ALERT_DIALOG (dialog), "force", ADW_RESPONSE_DESTRUCTIVE);
  adw_alert_dialog_set_default_response (ADW_ALERT_DIALOG (dialog), "cancel");
  adw_alert_dialog_set_close_response (ADW_ALERT_DIALOG (dialog), "cancel");
  g_signal_connect_data (dialog, "response", G_CALLBACK (on_locked_response), change, on_locked_gone, 0);
  adw_dialog_present (dialog, GTK_WIDGET (change->self));
}

static void
on_disc_changed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DiscChange) change = user_data;
  DioDiskRow *self = change->self;
  const DioDisk *disk = get_disk (self);
  g_autoptr (GError) error = NULL;

  if (!dio_machine_command_finish (DIO_MACHINE (source), result, &error))
    {
      if (!self->settings)
        return;
      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_BUSY))
        ask_force (g_steal_pointer (&change));
      else
        dio_machine_settings_tell_error (self->settings, error);
    }
  else if (disk && dio_disk_equal (disk, change->disk))
    keep_disc (self, change->path);
}

/* Which drive of the machine that runs the row's is: it was at another place of the list if that was changed since. */
static gboolean
find_running (DioDiskRow *self, DioMachine *machine, guint *ret_index)
{
  DioMachineConfig *config = dio_machine_get_config (machine);
  const DioDisk *disk = get_disk (self);
  guint nth = 0;

  for (guint i = 0; i < self->index; i++)
    nth += dio_machine_config_get_disk (get_config (self), i)->cdrom;
  for (guint i = 0; disk && i < dio_machine_config_get_n_disks (config); i++)
    if (dio_machine_config_get_disk (config, i)->cdrom && nth-- == 0)
      {
        *ret_index = i;
        return TRUE;
      }
  return FALSE;
}

static void
put_disc (DioDiskRow *self, const char *path, gboolean force)
{
  DioMachine *machine = dio_machine_settings_get_running (self->settings);
  DiscChange *change;
  guint index;

  if (!get_disk (self))
    return;
  if (!machine || !find_running (self, machine, &index))
    {
      keep_disc (self, path);
      return;
    }
  change = g_new0 (DiscChange, 1);
  change->self = g_object_ref (self);
  change->disk = dio_disk_copy (get_disk (self));
  change->path = g_strdup (path);
  dio_machine_change_disc_async (machine, index, path, force, on_disc_changed, change);
}

static void
on_disc_chosen (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioDiskRow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GFile) file = gtk_file_dialog_open_finish (GTK_FILE_DIALOG (source), result, &error);

  if (!self->settings)
    return;
  if (!file)
    dio_machine_settings_tell_error (self->settings, error);
  else if (!g_file_peek_path (file))
    dio_machine_settings_tell (self->settings, _ ("That file is not on this computer: copy it here first"));
  else
    put_disc (self, g_file_peek_path (file), FALSE);
}

static void
on_change (DioDiskRow *self)
{
  g_autoptr (GtkFileDialog) dialog = gtk_file_dialog_new ();
  g_autoptr (GtkFileFilter) discs = gtk_file_filter_new ();

  gtk_file_filter_set_name (discs, _ ("CD Images"));
  gtk_file_filter_add_suffix (discs, "iso");
  gtk_file_dialog_set_default_filter (dialog, discs);
  gtk_file_dialog_set_title (dialog, _ ("Choose a CD Image"));
  gtk_file_dialog_open (dialog, GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), NULL, on_disc_chosen,
                        g_object_ref (self));
}

static void
on_eject (DioDiskRow *self)
{
  put_disc (self, NULL, FALSE);
}

/* --- work on the image --- */

typedef struct
{
  DioDisk *disk;
  char *folder;
  guint64 size; /* to grow to */
} Work;

static void
work_free (gpointer data)
{
  Work *work = data;

  dio_disk_free (work->disk);
  g_free (work->folder);
  g_free (work);
}

static void
on_progress (double fraction, gpointer data)
{
  dio_job_tell (data, fraction, NULL);
}

static gboolean
grow_disk (DioJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
  Work *work = data;
  g_autoptr (DioFolderLock) lock = dio_folder_lock_take (work->folder, DIO_LOCK_QUIET, error);

  return lock && dio_disk_grow (work->disk, work->size, cancellable, error);
}

static gboolean
compact_disk (DioJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
  Work *work = data;
  g_autoptr (DioFolderLock) lock = dio_folder_lock_take (work->folder, DIO_LOCK_QUIET, error);
  g_autofree char *saved_text = NULL;
  guint64 saved = 0;

  if (!lock || !dio_disk_compact (work->disk, &saved, on_progress, job, cancellable, error))
    return FALSE;
  saved_text = g_format_size (saved);
  dio_job_set_result (job, saved_text);
  return TRUE;
}

static void
on_job_ended (DioDiskRow *self, const GError *error, DioJob *job)
{
  if (!self->settings)
    return;
  /* Before what has the focus goes. */
  if (gtk_widget_get_focus_child (GTK_WIDGET (self->job_row)))
    gtk_widget_child_focus (GTK_WIDGET (self->path), GTK_DIR_TAB_FORWARD);
  dio_job_row_set_job (self->job_row, NULL);
  if (error)
    dio_machine_settings_tell_error (self->settings, error);
  else if (dio_job_get_result (job))
    {
      g_autofree char *text = g_strdup_printf (_ ("%s became free on this computer"), dio_job_get_result (job));

      dio_machine_settings_tell (self->settings, text);
    }
  g_clear_object (&self->job);
  g_clear_pointer (&self->measured, g_free);
  update (self);
}

/* Takes what FUNC is to do with the disk. TITLE: with %s for its name. */
static void
start_job (DioDiskRow *self, const char *title, DioJobFunc func, guint64 size)
{
  Work *work = g_new0 (Work, 1);

  work->disk = dio_disk_copy (get_disk (self));
  work->folder = g_strdup (dio_definition_get_folder (dio_machine_settings_get_definition (self->settings)));
  work->size = size;
  self->job = dio_job_new (title, func, work, work_free);
  g_signal_connect_object (self->job, "ended", G_CALLBACK (on_job_ended), self, G_CONNECT_SWAPPED);
  dio_job_row_set_job (self->job_row, self->job);
  /* The button that had the focus cannot be used meanwhile. */
  gtk_widget_child_focus (GTK_WIDGET (self->job_row), GTK_DIR_TAB_FORWARD);
  update_usable (self);
  dio_machine_settings_wait_for (self->settings, self->job);
  dio_job_start (self->job);
}

static void
on_size (guint64 size, gpointer user_data)
{
  DioDiskRow *self = user_data;
  g_autofree char *title =
      g_strdup_printf (_ ("Growing %s"), adw_preferences_row_get_title (ADW_PREFERENCES_ROW (self)));

  if (get_disk (self) && !self->job)
    start_job (self, title, grow_disk, size);
}

static void
on_grow (DioDiskRow *self)
{
  if (self->size == 0)
    return;
  dio_disk_size_dialog_present (GTK_WIDGET (self), _ ("Grow the Disk"),
                                _ ("A disk cannot be made smaller again. The system in the machine sees the new space "
                                   "as not used yet: its own disk program enlarges the drive into it."),
                                _ ("_Grow"), self->size + 1, self->size + GROW_BY, on_size, G_OBJECT (self));
}

static void
on_compact (DioDiskRow *self)
{
  g_autofree char *title =
      g_strdup_printf (_ ("Compacting %s"), adw_preferences_row_get_title (ADW_PREFERENCES_ROW (self)));

  if (get_disk (self) && !self->job)
    start_job (self, title, compact_disk, 0);
}

static void
on_remove (DioDiskRow *self)
{
  g_signal_emit (self, signals[SIGNAL_REMOVE], 0);
}

/* --- GObject --- */

static void
dio_disk_row_dispose (GObject *object)
{
  DioDiskRow *self = DIO_DISK_ROW (object);

  g_clear_object (&self->job);
  g_clear_object (&self->settings);
  g_clear_pointer (&self->measured, g_free);
  gtk_widget_dispose_template (GTK_WIDGET (self), DIO_TYPE_DISK_ROW);
  G_OBJECT_CLASS (dio_disk_row_parent_class)->dispose (object);
}

static void
dio_disk_row_class_init (DioDiskRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (DIO_TYPE_CHOICE_ROW);
  g_type_ensure (DIO_TYPE_JOB_ROW);
  G_OBJECT_CLASS (klass)->dispose = dio_disk_row_dispose;
  signals[SIGNAL_REMOVE] =
      g_signal_new ("remove", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/disk-row.ui");
  gtk_widget_class_bind_template_child (widget_class, DioDiskRow, icon);
  gtk_widget_class_bind_template_child (widget_class, DioDiskRow, job_row);
  gtk_widget_class_bind_template_child (widget_class, DioDiskRow, disc);
  gtk_widget_class_bind_template_child (widget_class, DioDiskRow, change);
  gtk_widget_class_bind_template_child (widget_class, DioDiskRow, eject);
  gtk_widget_class_bind_template_child (widget_class, DioDiskRow, bus);
  gtk_widget_class_bind_template_child (widget_class, DioDiskRow, cache);
  gtk_widget_class_bind_template_child (widget_class, DioDiskRow, read_only);
  gtk_widget_class_bind_template_child (widget_class, DioDiskRow, path);
  gtk_widget_class_bind_template_child (widget_class, DioDiskRow, grow);
  gtk_widget_class_bind_template_child (widget_class, DioDiskRow, compact);
  gtk_widget_class_bind_template_child (widget_class, DioDiskRow, remove);
  gtk_widget_class_bind_template_callback (widget_class, on_option);
  gtk_widget_class_bind_template_callback (widget_class, on_change);
  gtk_widget_class_bind_template_callback (widget_class, on_eject);
  gtk_widget_class_bind_template_callback (widget_class, on_grow);
  gtk_widget_class_bind_template_callback (widget_class, on_compact);
  gtk_widget_class_bind_template_callback (widget_class, on_remove);
}

static void
dio_disk_row_init (DioDiskRow *self)
{
  self->updating = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));
  set_choices (self);
  self->updating = FALSE;
}

DioDiskRow *
dio_disk_row_new (DioMachineSettings *settings)
{
  DioDiskRow *self = g_object_new (DIO_TYPE_DISK_ROW, NULL);

  self->settings = g_object_ref (settings);
  self->index = G_MAXUINT;
  self->measured = g_strdup (""); /* nothing yet, not even an empty drive */
  g_signal_connect_object (settings, "notify::running", G_CALLBACK (update_usable), self, G_CONNECT_SWAPPED);
  return self;
}

void
dio_disk_row_set_index (DioDiskRow *self, guint index)
{
  g_return_if_fail (DIO_IS_DISK_ROW (self));

  self->index = index;
  update (self);
}

guint
dio_disk_row_get_index (DioDiskRow *self)
{
  return self->index;
}
