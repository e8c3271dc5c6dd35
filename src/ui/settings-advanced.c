/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/settings-advanced.h"

#include "ui/entry-check.h"

#include <glib/gi18n.h>

struct _DioSettingsAdvanced
{
  AdwPreferencesPage parent_instance;

  DioMachineSettings *settings;

  /* template */
  AdwSwitchRow *clock_local;
  AdwActionRow *uuid;
  AdwActionRow *kernel;
  GtkWidget *kernel_clear;
  AdwActionRow *initrd;
  GtkWidget *initrd_clear;
  AdwEntryRow *kernel_arguments;
  AdwEntryRow *arguments;
  AdwActionRow *arguments_note;
};

G_DEFINE_FINAL_TYPE (DioSettingsAdvanced, dio_settings_advanced, ADW_TYPE_PREFERENCES_PAGE)

static DioMachineConfig *
get_config (DioSettingsAdvanced *self)
{
  return dio_machine_settings_get_config (self->settings);
}

/* --- further arguments --- */

/* Parses as a shell does. RET_ARGUMENTS: (out): NULL for none. */
static gboolean
parse_arguments (const char *text, GStrv *ret_arguments, GError **error)
{
  g_autofree char *stripped = g_strstrip (g_strdup (text));
  g_autoptr (GError) local = NULL;

  *ret_arguments = NULL;
  if (!*stripped || g_shell_parse_argv (stripped, NULL, ret_arguments, &local))
    return TRUE;
  if (g_error_matches (local, G_SHELL_ERROR, G_SHELL_ERROR_BAD_QUOTING))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                 _ ("A quotation mark is not closed, or a “\\” stands at the end: %s"), local->message);
  else
    g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* Written so that it parses to the same. (transfer full) */
static char *
join_arguments (const char *const *arguments)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; arguments && arguments[i]; i++)
    {
      /* What no shell would touch is easier to read without quotes. */
      gboolean plain = *arguments[i] && !arguments[i][strspn (arguments[i], "abcdefghijklmnopqrstuvwxyz"
                                                                            "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                                            "0123456789-_=,.:/@+%")];
      g_autofree char *quoted = plain ? g_strdup (arguments[i]) : g_shell_quote (arguments[i]);

      g_string_append_printf (text, "%s%s", i ? " " : "", quoted);
    }
  return g_string_free_and_steal (g_steal_pointer (&text));
}

static void
on_arguments_changed (DioSettingsAdvanced *self)
{
  g_auto (GStrv) arguments = NULL;
  g_autoptr (GError) error = NULL;

  parse_arguments (gtk_editable_get_text (GTK_EDITABLE (self->arguments)), &arguments, &error);
  dio_entry_check_show (GTK_WIDGET (self->arguments), self->arguments_note, error ? error->message : NULL);
}

static void
on_arguments_apply (DioSettingsAdvanced *self)
{
  g_auto (GStrv) arguments = NULL;

  if (parse_arguments (gtk_editable_get_text (GTK_EDITABLE (self->arguments)), &arguments, NULL))
    g_object_set (get_config (self), "extra-arguments", arguments, NULL);
}

/* --- a kernel of this computer's --- */

static void
show_file (DioSettingsAdvanced *self, AdwActionRow *row, const char *path, const char *otherwise)
{
  g_autofree char *shown = path ? dio_machine_settings_dup_shown_path (self->settings, path) : NULL;

  adw_action_row_set_subtitle (row, shown ? shown : otherwise);
}

static void
update_kernel (DioSettingsAdvanced *self)
{
  DioMachineConfig *config = get_config (self);
  const char *kernel = dio_machine_config_get_kernel (config), *initrd = dio_machine_config_get_initrd (config);

  show_file (self, self->kernel, kernel, _ ("None: the machine starts from its disks"));
  show_file (self, self->initrd, initrd, _ ("None"));
  gtk_widget_set_visible (self->kernel_clear, kernel != NULL);
  gtk_widget_set_visible (self->initrd_clear, initrd != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->initrd), kernel != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->kernel_arguments), kernel != NULL);
}

typedef struct
{
  DioSettingsAdvanced *self;
  const char *property;
} Choosing;

static void
on_file_chosen (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Choosing *choosing = user_data;
  g_autoptr (DioSettingsAdvanced) self = choosing->self;
  g_autoptr (GError) error = NULL;
  g_autoptr (GFile) file = gtk_file_dialog_open_finish (GTK_FILE_DIALOG (source), result, &error);

  if (!self->settings)
    return;
  if (file && g_file_peek_path (file))
    g_object_set (get_config (self), choosing->property, g_file_peek_path (file), NULL);
  else if (error)
    dio_machine_settings_tell_error (self->settings, error);
}

static void
choose_file (DioSettingsAdvanced *self, const char *property, const char *title)
{
  g_autoptr (GtkFileDialog) dialog = gtk_file_dialog_new ();
  Choosing *choosing = g_new0 (Choosing, 1);

  choosing->self = g_object_ref (self);
  choosing->property = property;
  gtk_file_dialog_set_title (dialog, title);
  gtk_file_dialog_open (dialog, GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), NULL, on_file_chosen, choosing);
}

static void
on_kernel_choose (DioSettingsAdvanced *self)
{
  choose_file (self, "kernel", _ ("Choose a Kernel"));
}

static void
on_kernel_clear (DioSettingsAdvanced *self)
{
  g_object_set (get_config (self), "kernel", NULL, NULL);
}

static void
on_initrd_choose (DioSettingsAdvanced *self)
{
  choose_file (self, "initrd", _ ("Choose an Initial System"));
}

static void
on_initrd_clear (DioSettingsAdvanced *self)
{
  g_object_set (get_config (self), "initrd", NULL, NULL);
}

static void
on_kernel_arguments_apply (DioSettingsAdvanced *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->kernel_arguments));

  g_object_set (get_config (self), "kernel-arguments", *text ? text : NULL, NULL);
}

static void
on_uuid_copy (DioSettingsAdvanced *self)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), adw_action_row_get_subtitle (self->uuid));
  dio_machine_settings_tell (self->settings, _ ("Number copied"));
}

static void
dio_settings_advanced_dispose (GObject *object)
{
  DioSettingsAdvanced *self = DIO_SETTINGS_ADVANCED (object);

  g_clear_object (&self->settings);
  gtk_widget_dispose_template (GTK_WIDGET (self), DIO_TYPE_SETTINGS_ADVANCED);
  G_OBJECT_CLASS (dio_settings_advanced_parent_class)->dispose (object);
}

static void
dio_settings_advanced_class_init (DioSettingsAdvancedClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_settings_advanced_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/settings-advanced.ui");
  gtk_widget_class_bind_template_child (widget_class, DioSettingsAdvanced, clock_local);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsAdvanced, uuid);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsAdvanced, kernel);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsAdvanced, initrd);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsAdvanced, kernel_clear);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsAdvanced, initrd_clear);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsAdvanced, kernel_arguments);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsAdvanced, arguments);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsAdvanced, arguments_note);
  gtk_widget_class_bind_template_callback (widget_class, on_arguments_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_arguments_apply);
  gtk_widget_class_bind_template_callback (widget_class, on_kernel_choose);
  gtk_widget_class_bind_template_callback (widget_class, on_kernel_clear);
  gtk_widget_class_bind_template_callback (widget_class, on_initrd_choose);
  gtk_widget_class_bind_template_callback (widget_class, on_initrd_clear);
  gtk_widget_class_bind_template_callback (widget_class, on_kernel_arguments_apply);
  gtk_widget_class_bind_template_callback (widget_class, on_uuid_copy);
}

static void
dio_settings_advanced_init (DioSettingsAdvanced *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
dio_settings_advanced_new (DioMachineSettings *settings)
{
  DioSettingsAdvanced *self = g_object_new (DIO_TYPE_SETTINGS_ADVANCED, NULL);
  DioMachineConfig *config = dio_machine_settings_get_config (settings);
  g_autofree char *arguments = join_arguments (dio_machine_config_get_extra_arguments (config));
  const char *kernel_arguments = dio_machine_config_get_kernel_arguments (config);

  self->settings = g_object_ref (settings);
  dio_machine_settings_bind (settings, "clock-local", self->clock_local, "active");
  adw_action_row_set_subtitle (self->uuid, dio_machine_config_get_uuid (config));
  gtk_editable_set_text (GTK_EDITABLE (self->arguments), arguments);
  gtk_editable_set_text (GTK_EDITABLE (self->kernel_arguments), kernel_arguments ? kernel_arguments : "");
  g_signal_connect_object (config, "notify::kernel", G_CALLBACK (update_kernel), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (config, "notify::initrd", G_CALLBACK (update_kernel), self, G_CONNECT_SWAPPED);
  update_kernel (self);
  return GTK_WIDGET (self);
}
