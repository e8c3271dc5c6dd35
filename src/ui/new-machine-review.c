/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/new-machine-review.h"

#include "input/layouts.h"
#include "provision/install.h"
#include "provision/recommendation.h"
#include "ui/host-layout.h"
#include "ui/limit-row.h"

#include <glib/gi18n.h>
#include <string.h>
#include <sys/statvfs.h>

#define ARCH "x86_64"
#define GB 1000000000.0
/* Bytes: with what is put before and behind it, a folder of that name can be made on any file system. */

struct _DioNewMachineReview
{
  AdwNavigationPage parent_instance;

  DioLibrary *library;
  DioOs *os;
  DioOsMedia *media;
  char *path;
  DioDiskImage disk_image;
  DioHost host;
  DioRecommendation recommendation;
  DioUnattendedOffer offer;
  guint64 free; /* bytes at the chosen place; 0: not known */
  GCancellable *measuring;
  DioJob *job;
  gboolean start; /* when the job is done */

  /* template */
  AdwActionRow *source;
  GtkImage *source_icon;
  AdwEntryRow *name;
  GtkWidget *image;
  GtkCheckButton *in_place;
  GtkCheckButton *copy;
  GtkCheckButton *linked;
  GtkWidget *unattended_group;
  AdwExpanderRow *unattended;
  AdwEntryRow *user;
  AdwPasswordEntryRow *password;
  AdwEntryRow *product_key;
  AdwSpinRow *cpus;
  AdwSpinRow *memory;
  AdwSpinRow *disk;
  AdwComboRow *firmware;
  AdwComboRow *place;
  GtkLabel *problem;
  GtkWidget *create;
  GtkWidget *create_and_start;
};

enum
{
  CREATED,
  STARTED,
  FAILED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DioNewMachineReview, dio_new_machine_review, ADW_TYPE_NAVIGATION_PAGE)

static gboolean
has_image (DioNewMachineReview *self)
{
  return self->path && !self->disk_image.optical;
}

static const char *
get_text (gpointer row)
{
  return gtk_editable_get_text (GTK_EDITABLE (row));
}

/* --- what is wrong --- */

/* WIDGET: (nullable): where. */
static void
tell (DioNewMachineReview *self, gpointer widget, const char *message)
{
  gpointer rows[] = { self->name, self->user, self->password, self->product_key, self->disk };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (rows[i] == widget)
      gtk_widget_add_css_class (rows[i], "error");
    else
      gtk_widget_remove_css_class (rows[i], "error");
  gtk_label_set_text (self->problem, message ? message : "");
  gtk_widget_set_visible (GTK_WIDGET (self->problem), message != NULL);
  if (message)
    gtk_accessible_announce (GTK_ACCESSIBLE (self), message, GTK_ACCESSIBLE_ANNOUNCEMENT_PRIORITY_MEDIUM);
  if (message && widget)
    gtk_widget_grab_focus (widget);
}

static void
on_edited (DioNewMachineReview *self)
{
  if (gtk_widget_get_visible (GTK_WIDGET (self->problem)))
    tell (self, NULL, NULL);
}

static gboolean
check_name (DioNewMachineReview *self)
{
  g_autofree char *name = g_strstrip (g_strdup (get_text (self->name)));
  g_autoptr (GError) error = NULL;

  if (!dio_library_check_name (self->library, name, &error))
    tell (self, self->name, error->message);
  return error == NULL;
}

static gboolean
is_unattended (DioNewMachineReview *self)
{
  return self->offer != DIO_UNATTENDED_NOT && adw_expander_row_get_enable_expansion (self->unattended);
}

/* The texts are the entries'. */
static void
get_unattended (DioNewMachineReview *self, DioUnattended *choice)
{
  *choice = (DioUnattended) { .user = get_text (self->user),
                              .password = get_text (self->password),
                              .host_name = get_text (self->name),
                              .disk_bus = self->recommendation.disk_bus };
  if (self->offer == DIO_UNATTENDED_PRODUCT_KEY)
    choice->product_key = get_text (self->product_key);
}

static gboolean
check_unattended (DioNewMachineReview *self)
{
  g_autoptr (GError) user = NULL, password = NULL, all = NULL;
  DioUnattended choice;

  if (!is_unattended (self))
    return TRUE;
  get_unattended (self, &choice);
  if (!dio_unattended_check_user (choice.user, &user))
    tell (self, self->user, user->message);
  else if (!dio_unattended_check_password (choice.password, &password))
    tell (self, self->password, password->message);
  else if (!dio_unattended_check (&choice, &all))
    tell (self, self->product_key, all->message);
  else
    return TRUE;
  return FALSE;
}

/* --- what is noted beside the figures --- */

static void
show_hint (gpointer row, const char *text, gboolean warning)
{
  g_object_set (row, "subtitle", text, NULL);
  if (warning)
    gtk_widget_add_css_class (row, "warning");
  else
    gtk_widget_remove_css_class (row, "warning");
}

static void
update_memory_hint (DioNewMachineReview *self)
{
  double memory = adw_spin_row_get_value (self->memory);
  g_autofree char *all = dio_limit_row_format_memory (self->host.memory);
  g_autofree char *least = dio_limit_row_format_memory (self->recommendation.least_memory);
  g_autofree char *text = NULL;
  gboolean little = memory<self->recommendation.least_memory, much = memory> self->host.memory * 0.75;

  if (little)
    text = g_strdup_printf (_ ("The system needs %s at least"), least);
  else if (much)
    text = g_strdup_printf (_ ("This computer has %s, and needs some of it itself"), all);
  else
    text = g_strdup_printf (_ ("This computer has %s"), all);
  show_hint (self->memory, text, little || much);
}

static void
update_disk_hint (DioNewMachineReview *self)
{
  double disk = adw_spin_row_get_value (self->disk) * GB;
  g_autofree char *least = g_format_size (self->recommendation.least_disk_size);
  g_autofree char *room = g_format_size (self->free);
  g_autofree char *text = NULL;
  gboolean little = disk < self->recommendation.least_disk_size, much = self->free > 0 && disk > self->free;

  if (little)
    text = g_strdup_printf (_ ("The system needs %s at least"), least);
  else if (much)
    text = g_strdup_printf (_ ("Only %s are free at its place: it cannot be filled up"), room);
  else
    text = g_strdup (_ ("Takes room only as it is filled"));
  show_hint (self->disk, text, little || much);
}

static void
update_hints (DioNewMachineReview *self)
{
  g_autofree char *cpus = NULL;
  gboolean bios = adw_combo_row_get_selected (self->firmware) == DIO_FIRMWARE_BIOS;

  if (!self->library)
    return; /* it is being made */
  cpus = g_strdup_printf (ngettext ("This computer has %u", "This computer has %u", self->host.cpus), self->host.cpus);
  show_hint (self->cpus, cpus, FALSE);
  update_memory_hint (self);
  update_disk_hint (self);
  show_hint (self->firmware, self->recommendation.needs_uefi && bios ? _ ("The system starts with UEFI only") : "",
             self->recommendation.needs_uefi && bios);
  on_edited (self);
}

/* --- the place --- */

static const char *
get_place (DioNewMachineReview *self)
{
  const char *const *places = dio_library_get_places (self->library);
  guint selected = adw_combo_row_get_selected (self->place);

  return selected < g_strv_length ((char **) places) ? places[selected] : places[0];
}

/* Of the folder, or of what it will be made in. */
static void
measure (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  g_autofree char *path = g_strdup (task_data);
  struct statvfs info;

  while (statvfs (path, &info) != 0)
    {
      g_autofree char *parent = g_path_get_dirname (path);

      if (g_str_equal (parent, path))
        break;
      g_set_str (&path, parent);
    }
  g_task_return_int (task, (gssize) MIN ((guint64) info.f_bavail * info.f_frsize, G_MAXSSIZE));
}

static void
on_room_known (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DioNewMachineReview *self = DIO_NEW_MACHINE_REVIEW (source);
  gssize room = g_task_propagate_int (G_TASK (result), NULL);

  if (room < 0)
    return;
  self->free = room;
  update_hints (self);
}

static void
on_place (DioNewMachineReview *self)
{
  g_autoptr (GTask) task = NULL;

  if (!self->library)
    return;
  g_cancellable_cancel (self->measuring);
  g_object_unref (self->measuring);
  self->measuring = g_cancellable_new ();
  task = g_task_new (self, self->measuring, on_room_known, NULL);
  g_task_set_source_tag (task, on_place);
  g_task_set_task_data (task, g_strdup (get_place (self)), g_free);
  g_task_run_in_thread (task, measure);
}

static void
fill_places (DioNewMachineReview *self)
{
  const char *const *places = dio_library_get_places (self->library);
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);

  for (guint i = 0; places[i]; i++)
    {
      g_autofree char *name = g_filename_display_basename (places[i]);

      gtk_string_list_append (names, name);
    }
  adw_combo_row_set_model (self->place, G_LIST_MODEL (names));
  gtk_widget_set_visible (GTK_WIDGET (self->place), g_list_model_get_n_items (G_LIST_MODEL (names)) > 1);
}

/* --- making it --- */

static DioDefinition *
define (DioNewMachineReview *self)
{
  g_autofree char *name = g_strstrip (g_strdup (get_text (self->name)));
  DioDefinition *definition = dio_definition_new (name, get_place (self));
  DioMachineConfig *config = dio_definition_get_config (definition);

  dio_recommendation_apply (&self->recommendation, config);
  g_object_set (config, "cpus", (guint) adw_spin_row_get_value (self->cpus), "memory",
                (guint) adw_spin_row_get_value (self->memory), "firmware",
                (DioFirmware) adw_combo_row_get_selected (self->firmware), NULL);
  if (self->os)
    g_object_set (definition, "os", dio_os_get_id (self->os), "os-name", dio_os_get_name (self->os), NULL);
  return definition;
}

static char *
find_keyboard (DioNewMachineReview *self)
{
  g_autoptr (GListStore) layouts = dio_layouts_load ();
  char *keyboard = dio_host_layout_find (gtk_widget_get_display (GTK_WIDGET (self)), G_LIST_MODEL (layouts));

  keyboard[strcspn (keyboard, "(+")] = '\0'; /* its variant */
  return keyboard;
}

static void
on_ended (DioNewMachineReview *self, const GError *error, DioJob *job)
{
  g_autoptr (DioNewMachineReview) keep = g_object_ref (self);
  g_autofree char *folder = g_strdup (dio_job_get_result (job));
  gboolean cancelled;

  g_clear_object (&self->job);
  if (!error)
    {
      dio_library_refresh (self->library, get_place (self));
      g_signal_emit (self, signals[CREATED], 0, folder, self->start);
      return;
    }
  gtk_widget_set_sensitive (self->create, TRUE);
  gtk_widget_set_sensitive (self->create_and_start, TRUE);
  cancelled = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_signal_emit (self, signals[FAILED], 0, cancelled);
  if (cancelled)
    return;
  tell (self, NULL, error->message);
  gtk_widget_grab_focus (self->start ? self->create_and_start : self->create);
}

static void
fill_install (DioNewMachineReview *self, DioInstall *install)
{
  install->place = get_place (self);
  install->bus = self->recommendation.disk_bus;
  if (has_image (self))
    {
      install->image = self->path;
      install->image_format = self->disk_image.format;
      install->image_use = gtk_check_button_get_active (self->copy)     ? DIO_IMAGE_COPY
                           : gtk_check_button_get_active (self->linked) ? DIO_IMAGE_LINK
                                                                        : DIO_IMAGE_IN_PLACE;
      return;
    }
  install->disk_size = (guint64) (adw_spin_row_get_value (self->disk) * GB);
  install->iso = self->path;
  install->media = self->media;
}

static void
make (DioNewMachineReview *self, gboolean start)
{
  g_autoptr (DioDefinition) definition = NULL;
  g_autofree char *keyboard = NULL;
  DioUnattended unattended;
  DioInstall install = { 0 };

  if (self->job || !check_name (self) || !check_unattended (self))
    return;
  tell (self, NULL, NULL);
  definition = define (self);
  install.definition = definition;
  fill_install (self, &install);
  if (is_unattended (self))
    {
      get_unattended (self, &unattended);
      unattended.keyboard = keyboard = find_keyboard (self);
      install.unattended = &unattended;
    }
  self->start = start;
  self->job = dio_install_machine (&install);
  gtk_widget_set_sensitive (self->create, FALSE);
  gtk_widget_set_sensitive (self->create_and_start, FALSE);
  g_signal_connect_object (self->job, "ended", G_CALLBACK (on_ended), self, G_CONNECT_SWAPPED);
  dio_library_add_job (self->library, self->job);
  dio_job_start (self->job);
  g_signal_emit (self, signals[STARTED], 0);
}

static void
on_create (DioNewMachineReview *self)
{
  make (self, FALSE);
}

static void
on_create_and_start (DioNewMachineReview *self)
{
  make (self, TRUE);
}

/* --- what is proposed --- */

static char *
propose_name (DioNewMachineReview *self)
{
  g_autofree char *file = self->path ? g_filename_display_basename (self->path) : NULL;
  g_autofree char *name = NULL;
  const char *stem;
  char *dot = file ? strrchr (file, '.') : NULL;

  if (dot && dot != file)
    *dot = '\0';
  stem = self->os ? dio_os_get_name (self->os) : file && *file ? file : _ ("Machine");
  name = g_strdup (stem);
  for (guint i = 2; dio_library_has_name (self->library, name); i++)
    {
      g_free (name);
      name = g_strdup_printf ("%s %u", stem, i);
    }
  return g_steal_pointer (&name);
}

static void
show_source (DioNewMachineReview *self)
{
  g_autofree char *file = self->path ? g_filename_display_name (self->path) : NULL;
  g_autofree char *subtitle = NULL;
  const char *title = self->media  ? dio_os_media_get_name (self->media)
                      : self->os   ? dio_os_get_name (self->os)
                      : self->path ? _ ("Disk Image")
                                   : _ ("Empty Machine");

  if (self->media && !dio_os_media_suits (self->media, ARCH))
    {
      subtitle = g_strdup_printf (_ ("This disc is for computers of another kind (%s) and will not start here."),
                                  dio_os_media_get_arch (self->media));
      gtk_widget_add_css_class (GTK_WIDGET (self->source), "warning");
    }
  else if (file)
    subtitle = g_strdup (file);
  else if (self->media)
    subtitle = g_strdup_printf (_ ("Will be downloaded: %s"), dio_os_media_get_details (self->media));
  else
    subtitle = g_strdup (_ ("With an empty disk"));
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (self->source), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->source), *title ? title : _ ("Unknown System"));
  adw_action_row_set_subtitle (self->source, subtitle);
  gtk_image_set_from_icon_name (self->source_icon, self->media ? "media-optical-symbolic" : "drive-harddisk-symbolic");
}

static void
fill_figures (DioNewMachineReview *self, const DioNewMachineSource *source)
{
  const DioRecommendation *r = &self->recommendation;
  /* What its own loaders ask for is known better than what its system usually has. */
  DioFirmware firmware = source->firmware_known ? source->firmware : r->firmware;

  gtk_adjustment_set_upper (adw_spin_row_get_adjustment (self->cpus), self->host.cpus);
  gtk_adjustment_set_upper (adw_spin_row_get_adjustment (self->memory), self->host.memory);
  adw_spin_row_set_value (self->cpus, r->cpus);
  adw_spin_row_set_value (self->memory, r->memory);
  adw_spin_row_set_value (self->disk, (double) (guint64) ((r->disk_size + GB - 1) / GB));
  adw_combo_row_set_selected (self->firmware, firmware);
  gtk_widget_set_visible (GTK_WIDGET (self->disk), !has_image (self));
  gtk_widget_set_visible (self->image, has_image (self));
}

static void
fill_unattended (DioNewMachineReview *self)
{
  const char *user = g_get_user_name ();

  self->offer = self->media ? dio_unattended_offered (self->media) : DIO_UNATTENDED_NOT;
  gtk_widget_set_visible (self->unattended_group, self->offer != DIO_UNATTENDED_NOT);
  gtk_widget_set_visible (GTK_WIDGET (self->product_key), self->offer == DIO_UNATTENDED_PRODUCT_KEY);
  gtk_editable_set_text (GTK_EDITABLE (self->user), dio_unattended_check_user (user, NULL) ? user : "user");
}

/* When it is switched on, the next thing is to write. */
static void
on_unattended (DioNewMachineReview *self)
{
  gboolean on = adw_expander_row_get_enable_expansion (self->unattended);

  adw_expander_row_set_expanded (self->unattended, on);
  if (on && self->library)
    gtk_widget_grab_focus (GTK_WIDGET (self->user));
  on_edited (self);
}

GtkWidget *
dio_new_machine_review_get_default_widget (DioNewMachineReview *self)
{
  return self->create_and_start;
}

DioNewMachineReview *
dio_new_machine_review_new (DioLibrary *library, const DioNewMachineSource *source)
{
  DioNewMachineReview *self = g_object_new (DIO_TYPE_NEW_MACHINE_REVIEW, NULL);
  g_autofree char *name = NULL;

  g_set_object (&self->os, source->os);
  g_set_object (&self->media, source->media);
  self->path = g_strdup (source->path);
  self->disk_image = source->image;
  dio_host_get (&self->host);
  dio_recommend (self->os, ARCH, &self->host, &self->recommendation);
  self->library = g_object_ref (library);
  show_source (self);
  fill_figures (self, source);
  fill_unattended (self);
  fill_places (self);
  name = propose_name (self);
  gtk_editable_set_text (GTK_EDITABLE (self->name), name);
  update_hints (self);
  on_place (self);
  return self;
}

/* --- object --- */

/* The focus was on the row that led here, and would be nowhere. */
static void
dio_new_machine_review_shown (AdwNavigationPage *page)
{
  gtk_widget_grab_focus (GTK_WIDGET (DIO_NEW_MACHINE_REVIEW (page)->name));
}

static void
dio_new_machine_review_dispose (GObject *object)
{
  DioNewMachineReview *self = DIO_NEW_MACHINE_REVIEW (object);

  g_cancellable_cancel (self->measuring);
  g_clear_object (&self->library);
  gtk_widget_dispose_template (GTK_WIDGET (self), DIO_TYPE_NEW_MACHINE_REVIEW);
  g_clear_object (&self->measuring);
  g_clear_object (&self->job);
  g_clear_object (&self->os);
  g_clear_object (&self->media);
  g_clear_pointer (&self->path, g_free);
  G_OBJECT_CLASS (dio_new_machine_review_parent_class)->dispose (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/new-machine-review.ui");
  gtk_widget_class_bind_template_child (widget_class, DioNewMachineReview, source);
  gtk_widget_class_bind_template_child (widget_class, DioNewMachineReview, source_icon);
  gtk_widget_class_bind_template_child (widget_class, DioNewMachineReview, name);
  gtk_widget_class_bind_template_child (widget_class, DioNewMachineReview, image);
  gtk_widget_class_bind_template_child (widget_class, DioNewMachineReview, in_place);
  gtk_widget_class_bind_template_child (widget_class, DioNewMachineReview, copy);
  gtk_widget_class_bind_template_child (widget_class, DioNewMachineReview, linked);
  gtk_widget_class_bind_template_child (widget_class, DioNewMachineReview, unattended_group);
  gtk_widget_class_bind_template_child (widget_class, DioNewMachineReview, unattended);
  gtk_widget_class_bind_template_child (widget_class, DioNewMachineReview, user);
  gtk_widget_class_bind_template_child (widget_class, DioNewMachineReview, password);
  gtk_widget_class_bind_template_child (widget_class, DioNewMachineReview, product_key);
  gtk_widget_class_bind_template_child (widget_class, DioNewMachineReview, cpus);
  gtk_widget_class_bind_template_child (widget_class, DioNewMachineReview, memory);
  gtk_widget_class_bind_template_child (widget_class, DioNewMachineReview, disk);
  gtk_widget_class_bind_template_child (widget_class, DioNewMachineReview, firmware);
  gtk_widget_class_bind_template_child (widget_class, DioNewMachineReview, place);
  gtk_widget_class_bind_template_child (widget_class, DioNewMachineReview, problem);
  gtk_widget_class_bind_template_child (widget_class, DioNewMachineReview, create);
  gtk_widget_class_bind_template_child (widget_class, DioNewMachineReview, create_and_start);
  gtk_widget_class_bind_template_callback (widget_class, on_edited);
  gtk_widget_class_bind_template_callback (widget_class, update_hints);
  gtk_widget_class_bind_template_callback (widget_class, on_place);
  gtk_widget_class_bind_template_callback (widget_class, on_unattended);
  gtk_widget_class_bind_template_callback (widget_class, on_create);
  gtk_widget_class_bind_template_callback (widget_class, on_create_and_start);
}

static void
dio_new_machine_review_class_init (DioNewMachineReviewClass *klass)
{
  GType type = DIO_TYPE_NEW_MACHINE_REVIEW;

  G_OBJECT_CLASS (klass)->dispose = dio_new_machine_review_dispose;
  ADW_NAVIGATION_PAGE_CLASS (klass)->shown = dio_new_machine_review_shown;
  signals[CREATED] = g_signal_new ("created", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                                   G_TYPE_STRING, G_TYPE_BOOLEAN);
  signals[STARTED] = g_signal_new ("started", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[FAILED] =
      g_signal_new ("failed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_BOOLEAN);
  bind_template (GTK_WIDGET_CLASS (klass));
}

static void
dio_new_machine_review_init (DioNewMachineReview *self)
{
  self->measuring = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}
