/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/settings-processor.h"

#include "ui/choice-row.h"
#include "ui/host-share.h"
#include "ui/limit-row.h"
#include "vm/kvm.h"

#include <glib/gi18n.h>

struct _DioSettingsProcessor
{
  AdwPreferencesPage parent_instance;

  DioMachineSettings *settings;

  /* template */
  DioLimitRow *memory;
  DioLimitRow *cpus;
  DioChoiceRow *accel;
  AdwActionRow *kvm;
  AdwSwitchRow *hyperv;
};

G_DEFINE_FINAL_TYPE (DioSettingsProcessor, dio_settings_processor, ADW_TYPE_PREFERENCES_PAGE)

static void
update_limits (DioSettingsProcessor *self)
{
  DioLibraryMachine *machine = dio_machine_settings_get_machine (self->settings);
  DioHostShare share;

  dio_host_share_find (&share, GTK_APPLICATION (dio_machine_settings_get_application (self->settings)),
                       dio_library_machine_get_machine (machine));
  dio_limit_row_set_limits (self->memory, share.memory, share.memory_taken);
  /* More than a machine can have is of no use to it. */
  dio_limit_row_set_limits (self->cpus, MIN (share.cpus, 255), share.cpus_taken);
}

static void
show_kvm (DioSettingsProcessor *self)
{
  DioKvmFacts facts;
  g_autofree char *why = NULL;

  dio_kvm_probe (&facts);
  why =
      dio_kvm_get_failed () ? g_strdup (_ ("KVM did not work when a machine was started.")) : dio_kvm_explain (&facts);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->kvm),
                                 why ? _ ("Machines Are Emulated on This Computer")
                                     : _ ("This Computer’s Processor Can Run Machines"));
  adw_action_row_set_subtitle (self->kvm, why ? why : _ ("Nearly as fast as this computer itself (KVM)"));
}

static void
set_choices (DioSettingsProcessor *self)
{
  const DioChoice accels[] = {
    { DIO_ACCEL_AUTO, _ ("Automatic"), _ ("This computer’s processor where that works, else emulation") },
    { DIO_ACCEL_KVM, _ ("Processor Only"), _ ("Does not start where this computer’s processor cannot be used (KVM)") },
    { DIO_ACCEL_TCG, _ ("Emulation Only"), _ ("Many times slower, but the same on each computer (TCG)") },
  };

  dio_choice_row_set_choices (self->accel, accels, G_N_ELEMENTS (accels));
}

static void
dio_settings_processor_map (GtkWidget *widget)
{
  /* Other machines may have started since. */
  update_limits (DIO_SETTINGS_PROCESSOR (widget));
  GTK_WIDGET_CLASS (dio_settings_processor_parent_class)->map (widget);
}

static void
dio_settings_processor_dispose (GObject *object)
{
  DioSettingsProcessor *self = DIO_SETTINGS_PROCESSOR (object);

  g_clear_object (&self->settings);
  gtk_widget_dispose_template (GTK_WIDGET (self), DIO_TYPE_SETTINGS_PROCESSOR);
  G_OBJECT_CLASS (dio_settings_processor_parent_class)->dispose (object);
}

static void
dio_settings_processor_class_init (DioSettingsProcessorClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (DIO_TYPE_CHOICE_ROW);
  g_type_ensure (DIO_TYPE_LIMIT_ROW);
  G_OBJECT_CLASS (klass)->dispose = dio_settings_processor_dispose;
  widget_class->map = dio_settings_processor_map;
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/settings-processor.ui");
  gtk_widget_class_bind_template_child (widget_class, DioSettingsProcessor, memory);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsProcessor, cpus);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsProcessor, accel);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsProcessor, kvm);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsProcessor, hyperv);
}

static void
dio_settings_processor_init (DioSettingsProcessor *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  set_choices (self);
}

GtkWidget *
dio_settings_processor_new (DioMachineSettings *settings)
{
  DioSettingsProcessor *self = g_object_new (DIO_TYPE_SETTINGS_PROCESSOR, NULL);

  self->settings = g_object_ref (settings);
  dio_machine_settings_bind (settings, "memory", self->memory, "value");
  dio_machine_settings_bind (settings, "cpus", self->cpus, "value");
  dio_machine_settings_bind (settings, "accel", self->accel, "value");
  dio_machine_settings_bind (settings, "hyperv", self->hyperv, "active");
  update_limits (self);
  show_kvm (self);
  return GTK_WIDGET (self);
}
