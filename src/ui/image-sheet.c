/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/image-sheet-private.h"

#include "ui/new-machine.h"

#include <glib/gi18n.h>
#include <string.h>

/* Less is not seen as waiting. */
#define SPINNER_MS 200
/* Pixels of height for an image that can be started. */
#define ROOM 640

enum
{
  PROP_SETTLED = 1,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

enum
{
  KNOWN,
  APART,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DioImageSheet, dio_image_sheet, ADW_TYPE_DIALOG)

/* --- what is known --- */

const DioImageReport *
dio_sheet_file_get_report (const DioSheetFile *file)
{
  return file->inquiry ? file->inquiry->report : NULL;
}

gboolean
dio_image_sheet_is_usable (DioImageSheet *self)
{
  for (guint i = 0; i < self->files->len; i++)
    {
      const DioImageReport *report = dio_sheet_file_get_report (self->files->pdata[i]);

      if (!report || (report->problem != DIO_IMAGE_GOOD && report->problem != DIO_IMAGE_ENCRYPTED))
        return FALSE;
    }
  return !self->guess.foreign;
}

char *
dio_image_sheet_dup_hindrance (DioImageSheet *self)
{
  for (guint i = 0; i < self->files->len; i++)
    {
      const DioSheetFile *file = self->files->pdata[i];

      if (file->inquiry && file->inquiry->holder)
        return g_strdup (file->inquiry->holder);
      if (file->use == DIO_IMAGE_USE_LAYER)
        return g_strdup_printf (_ ("A disk of “%s” is written over this image and would be destroyed if the image "
                                   "changed. A machine that is linked to it leaves it as it is."),
                                dio_library_machine_get_name (file->user));
      if (file->use == DIO_IMAGE_USE_DISK && self->files->len > 1)
        return g_strdup_printf (_ ("The image is the disk of “%s”, which is a machine of its own."),
                                dio_library_machine_get_name (file->user));
      if (file->damaged)
        return g_strdup (file->check);
    }
  return NULL;
}

gboolean
dio_image_sheet_is_looking (DioImageSheet *self)
{
  for (guint i = 0; i < self->files->len; i++)
    {
      const DioSheetFile *file = self->files->pdata[i];

      if (!file->use_known || file->looking > 0)
        return TRUE;
    }
  return FALSE;
}

gboolean
dio_image_sheet_get_settled (DioImageSheet *self)
{
  g_return_val_if_fail (DIO_IS_IMAGE_SHEET (self), FALSE);

  return self->settled;
}

GStrv
dio_image_sheet_dup_paths (DioImageSheet *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; i < self->files->len; i++)
    g_strv_builder_add (builder, ((DioSheetFile *) self->files->pdata[i])->path);
  return g_strv_builder_end (builder);
}

/* --- what is shown --- */

void
dio_image_sheet_tell (DioImageSheet *self, const char *message)
{
  gtk_label_set_text (self->problem, message ? message : "");
  if (message)
    gtk_widget_set_visible (self->bottom, TRUE);
  gtk_widget_set_visible (GTK_WIDGET (self->problem), message != NULL);
  if (message)
    gtk_accessible_announce (GTK_ACCESSIBLE (self), message, GTK_ACCESSIBLE_ANNOUNCEMENT_PRIORITY_MEDIUM);
}

static void
guess (DioImageSheet *self)
{
  const DioSheetFile *first = self->files->pdata[0];
  g_autofree char *base = g_filename_display_basename (first->path);
  char *dot = strrchr (base, '.');

  if (!first->inquiry)
    return;
  if (dot && dot != base)
    *dot = '\0';
  dio_image_guess_clear (&self->guess);
  dio_image_guess (first->inquiry->report, first->insides, first->media, self->database, &self->host, &self->guess);
  dio_image_options_propose (self->options_page, base, &self->guess);
}

static void
show_outcome (DioImageSheet *self)
{
  const DioSheetFile *first = self->files->pdata[0];
  const DioImageReport *report = dio_sheet_file_get_report (first);
  const char *text = self->files->len > 1 ? _ ("Changes are written to the images themselves.")
                                          : _ ("Changes are written to the image itself.");

  if (report->flags & DIO_IMAGE_OPTICAL)
    text = _ ("The machine starts from this disc and has no disk of its own: nothing that is done in it is kept.");
  else if (report->flags & DIO_IMAGE_READ_ONLY)
    text = _ ("Changes are written to a file of their own.");
  if (self->starting)
    text = _ ("Looking inside before it starts…");
  gtk_label_set_text (self->outcome, text);
}

static void
show_buttons (DioImageSheet *self)
{
  const DioImageReport *report = dio_sheet_file_get_report (self->files->pdata[0]);
  gboolean usable = self->settled && dio_image_sheet_is_usable (self) && !self->job;
  g_autofree char *hindrance = usable ? dio_image_sheet_dup_hindrance (self) : NULL;
  gboolean optical = report && report->flags & DIO_IMAGE_OPTICAL;
  gboolean held = FALSE;

  for (guint i = 0; i < self->files->len; i++)
    {
      const DioSheetFile *file = self->files->pdata[i];

      held |= file->inquiry && file->inquiry->holder;
    }
  gtk_widget_set_visible (self->choices, usable && !held);
  gtk_widget_set_visible (self->more, self->settled && !self->job && self->detail_rows->len > 0);
  gtk_widget_set_visible (GTK_WIDGET (self->outcome), usable && !hindrance);
  gtk_widget_set_visible (self->start, usable && !hindrance);
  gtk_widget_set_visible (self->try, usable && !optical && !held);
  gtk_widget_set_visible (self->add, usable && !hindrance);
  gtk_button_set_label (GTK_BUTTON (self->add),
                        optical && self->files->len == 1 ? _ ("_New Machine…") : _ ("_Add to Library…"));
  gtk_widget_set_visible (self->apart, self->files->len > 1 && !self->job);
  gtk_widget_set_visible (self->others, gtk_widget_get_visible (self->try) || gtk_widget_get_visible (self->add) ||
                                            gtk_widget_get_visible (self->apart));
  gtk_widget_set_visible (self->bottom, gtk_widget_get_visible (self->start) || gtk_widget_get_visible (self->others));
  gtk_widget_set_sensitive (self->start, !self->starting);
  gtk_widget_set_sensitive (self->others, !self->starting);
  if (usable)
    show_outcome (self);
}

static gboolean
is_settled (DioImageSheet *self)
{
  for (guint i = 0; i < self->files->len; i++)
    if (!((DioSheetFile *) self->files->pdata[i])->use_known)
      return FALSE;
  return TRUE;
}

static void
on_waited (gpointer user_data)
{
  DioImageSheet *self = user_data;

  self->spinner_id = 0;
  gtk_widget_set_visible (self->spinner, TRUE);
}

static void
show_waiting (DioImageSheet *self)
{
  if (!self->settled && !self->spinner_id && !gtk_widget_get_visible (self->spinner))
    self->spinner_id = g_timeout_add_once (SPINNER_MS, on_waited, self);
  if (!self->settled)
    return;
  g_clear_handle_id (&self->spinner_id, g_source_remove);
  gtk_widget_set_visible (self->spinner, FALSE);
}

/* What is found inside comes later, and has its room already. What is new has its style, and so its size, only now. */
static void
reserve_room (gpointer user_data)
{
  DioImageSheet *self = user_data;
  int height = ROOM;

  self->room_id = 0;
  if (!gtk_widget_get_visible (self->start))
    gtk_widget_measure (adw_dialog_get_child (ADW_DIALOG (self)), GTK_ORIENTATION_VERTICAL,
                        adw_dialog_get_content_width (ADW_DIALOG (self)), NULL, &height, NULL, NULL);
  adw_dialog_set_content_height (ADW_DIALOG (self), height);
}

void
dio_image_sheet_update (DioImageSheet *self)
{
  gboolean settled = is_settled (self), changed = settled != self->settled;
  const DioSheetFile *first = self->files->pdata[0];

  if (self->closed)
    return;
  self->settled = settled;
  guess (self);
  show_waiting (self);
  dio_image_sheet_show_facts (self);
  dio_image_sheet_show_files (self);
  dio_image_sheet_show_details (self);
  show_buttons (self);
  dio_image_sheet_show_notes (self);
  if (!changed)
    return;
  if (!self->room_id)
    self->room_id = g_idle_add_once (reserve_room, self);
  /* Not as the default widget: Enter on a row would start the machine, too. */
  if (settled && gtk_widget_get_visible (self->start))
    adw_dialog_set_focus (ADW_DIALOG (self), self->start);
  if (settled && self->files->len == 1 && first->use == DIO_IMAGE_USE_DISK)
    g_signal_emit (self, signals[KNOWN], 0, first->user);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_SETTLED]);
}

/* --- what is done --- */

static void
on_start (DioImageSheet *self)
{
  dio_image_sheet_run (self, DIO_SHEET_START);
}

static void
on_try (DioImageSheet *self)
{
  dio_image_sheet_run (self, DIO_SHEET_TRY);
}

/* A disc is for installing from. */
static void
make_new (DioImageSheet *self)
{
  g_autoptr (DioApplication) application = g_object_ref (self->application);
  g_autoptr (GFile) file = g_file_new_for_path (((DioSheetFile *) self->files->pdata[0])->path);

  g_application_hold (G_APPLICATION (application));
  adw_dialog_force_close (ADW_DIALOG (self));
  dio_new_machine_present (application, file);
  g_application_release (G_APPLICATION (application));
}

static void
on_add (DioImageSheet *self)
{
  if (dio_sheet_file_get_report (self->files->pdata[0])->flags & DIO_IMAGE_OPTICAL && self->files->len == 1)
    make_new (self);
  else
    dio_image_sheet_show_adding (self);
}

static void
on_apart (DioImageSheet *self)
{
  g_signal_emit (self, signals[APART], 0);
}

static void
on_options (DioImageSheet *self)
{
  dio_image_options_set_adding (self->options_page, FALSE);
  adw_navigation_view_push (self->navigation, ADW_NAVIGATION_PAGE (self->options_page));
}

static void
on_options_changed (DioImageSheet *self)
{
  g_autofree char *summary = dio_image_options_dup_summary (self->options_page);

  adw_action_row_set_subtitle (self->options, summary);
  if (self->settled)
    dio_image_sheet_show_notes (self);
}

/* Whatever is still being found out, or made, is not wanted any more. */
static void
on_closed (DioImageSheet *self)
{
  self->closed = TRUE;
  g_clear_handle_id (&self->spinner_id, g_source_remove);
  for (guint i = 0; i < self->files->len; i++)
    g_cancellable_cancel (((DioSheetFile *) self->files->pdata[i])->cancellable);
  if (self->job)
    dio_job_cancel (self->job);
  dio_image_sheet_give_up (self);
}

static void
on_library_changed (DioImageSheet *self)
{
  for (guint i = 0; !self->closed && i < self->files->len; i++)
    dio_sheet_file_look_for_use (self->files->pdata[i]);
}

DioImageSheet *
dio_image_sheet_new (DioApplication *application, const char *const *paths, DioGraphics graphics)
{
  DioImageSheet *self = g_object_new (DIO_TYPE_IMAGE_SHEET, NULL);

  self->application = g_object_ref (application);
  self->graphics = graphics;
  self->options_page =
      g_object_ref_sink (dio_image_options_new (dio_application_get_library (application), &self->host));
  g_signal_connect_object (self->options_page, "changed", G_CALLBACK (on_options_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->options_page, "add", G_CALLBACK (dio_image_sheet_add), self, G_CONNECT_SWAPPED);
  for (guint i = 0; paths[i]; i++)
    g_ptr_array_add (self->files, dio_sheet_file_new (self, paths[i]));
  for (guint i = 0; i < self->files->len; i++)
    dio_sheet_file_look (self->files->pdata[i]);
  g_signal_connect_object (dio_application_get_library (application), "items-changed", G_CALLBACK (on_library_changed),
                           self, G_CONNECT_SWAPPED);
  dio_image_sheet_update (self);
  return self;
}

/* --- object --- */

static void
dio_image_sheet_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  g_value_set_boolean (value, DIO_IMAGE_SHEET (object)->settled);
}

static void
dio_image_sheet_dispose (GObject *object)
{
  DioImageSheet *self = DIO_IMAGE_SHEET (object);

  self->closed = TRUE;
  g_clear_handle_id (&self->spinner_id, g_source_remove);
  g_clear_handle_id (&self->room_id, g_source_remove);
  g_clear_pointer (&self->files, g_ptr_array_unref);
  g_clear_pointer (&self->detail_rows, g_ptr_array_unref);
  g_clear_pointer (&self->file_rows, g_ptr_array_unref);
  g_clear_object (&self->starting);
  g_clear_object (&self->job);
  g_clear_object (&self->database);
  dio_image_guess_clear (&self->guess);
  gtk_widget_dispose_template (GTK_WIDGET (self), DIO_TYPE_IMAGE_SHEET);
  g_clear_object (&self->options_page);
  g_clear_object (&self->application);
  g_clear_pointer (&self->notes_shown, g_free);
  g_clear_pointer (&self->files_shown, g_free);
  G_OBJECT_CLASS (dio_image_sheet_parent_class)->dispose (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/image-sheet.ui");
  gtk_widget_class_bind_template_child (widget_class, DioImageSheet, navigation);
  gtk_widget_class_bind_template_child (widget_class, DioImageSheet, picture);
  gtk_widget_class_bind_template_child (widget_class, DioImageSheet, name);
  gtk_widget_class_bind_template_child (widget_class, DioImageSheet, system);
  gtk_widget_class_bind_template_child (widget_class, DioImageSheet, facts);
  gtk_widget_class_bind_template_child (widget_class, DioImageSheet, location);
  gtk_widget_class_bind_template_child (widget_class, DioImageSheet, spinner);
  gtk_widget_class_bind_template_child (widget_class, DioImageSheet, notes);
  gtk_widget_class_bind_template_child (widget_class, DioImageSheet, work_group);
  gtk_widget_class_bind_template_child (widget_class, DioImageSheet, work);
  gtk_widget_class_bind_template_child (widget_class, DioImageSheet, group);
  gtk_widget_class_bind_template_child (widget_class, DioImageSheet, choices);
  gtk_widget_class_bind_template_child (widget_class, DioImageSheet, more);
  gtk_widget_class_bind_template_child (widget_class, DioImageSheet, options);
  gtk_widget_class_bind_template_child (widget_class, DioImageSheet, details);
  gtk_widget_class_bind_template_child (widget_class, DioImageSheet, bottom);
  gtk_widget_class_bind_template_child (widget_class, DioImageSheet, outcome);
  gtk_widget_class_bind_template_child (widget_class, DioImageSheet, problem);
  gtk_widget_class_bind_template_child (widget_class, DioImageSheet, start);
  gtk_widget_class_bind_template_child (widget_class, DioImageSheet, others);
  gtk_widget_class_bind_template_child (widget_class, DioImageSheet, try);
  gtk_widget_class_bind_template_child (widget_class, DioImageSheet, add);
  gtk_widget_class_bind_template_child (widget_class, DioImageSheet, apart);
  gtk_widget_class_bind_template_callback (widget_class, on_start);
  gtk_widget_class_bind_template_callback (widget_class, on_try);
  gtk_widget_class_bind_template_callback (widget_class, on_add);
  gtk_widget_class_bind_template_callback (widget_class, on_apart);
  gtk_widget_class_bind_template_callback (widget_class, on_options);
  gtk_widget_class_bind_template_callback (widget_class, on_closed);
}

static void
dio_image_sheet_class_init (DioImageSheetClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = dio_image_sheet_dispose;
  object_class->get_property = dio_image_sheet_get_property;
  props[PROP_SETTLED] = g_param_spec_boolean ("settled", NULL, NULL, FALSE,
                                              G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, props);
  signals[KNOWN] = g_signal_new ("known", DIO_TYPE_IMAGE_SHEET, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                 DIO_TYPE_LIBRARY_MACHINE);
  signals[APART] = g_signal_new ("apart", DIO_TYPE_IMAGE_SHEET, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  g_type_ensure (DIO_TYPE_JOB_ROW);
  bind_template (GTK_WIDGET_CLASS (klass));
}

static void
dio_image_sheet_init (DioImageSheet *self)
{
  self->files = g_ptr_array_new_with_free_func ((GDestroyNotify) dio_sheet_file_free);
  self->detail_rows = g_ptr_array_new ();
  self->file_rows = g_ptr_array_new ();
  dio_host_get (&self->host);
  gtk_widget_init_template (GTK_WIDGET (self));
}
