/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/image-options.h"

#include "ui/application.h"

#include <glib/gi18n.h>

#define MIB (1024 * (guint64) 1024)
/* Bytes: with what is put before and behind it, a folder of that name can be made on any file system. */

/* What was proposed: what is still the same, nobody has changed. */
typedef struct
{
  guint memory, cpus, firmware, bus;
} Proposal;

struct _DioImageOptions
{
  AdwNavigationPage parent_instance;

  DioLibrary *library;
  DioHost host;
  Proposal proposal;
  char *proposed_name;
  guint least_memory; /* MiB */
  gboolean adding;

  /* template */
  AdwEntryRow *name;
  AdwSpinRow *memory;
  AdwSpinRow *cpus;
  AdwComboRow *firmware;
  AdwComboRow *bus;
  GtkWidget *ways;
  GtkWidget *in_place_row;
  GtkWidget *copy_row;
  GtkWidget *linked_row;
  GtkCheckButton *in_place;
  GtkCheckButton *copy;
  GtkCheckButton *linked;
  AdwComboRow *place;
  GtkWidget *bottom;
  GtkLabel *problem;
};

enum
{
  CHANGED,
  ADD,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DioImageOptions, dio_image_options, ADW_TYPE_NAVIGATION_PAGE)

/* --- what was chosen --- */

const char *
dio_image_options_get_name (DioImageOptions *self)
{
  return gtk_editable_get_text (GTK_EDITABLE (self->name));
}

guint
dio_image_options_get_memory (DioImageOptions *self)
{
  return (guint) adw_spin_row_get_value (self->memory);
}

DioDiskBus
dio_image_options_get_bus (DioImageOptions *self)
{
  return (DioDiskBus) adw_combo_row_get_selected (self->bus);
}

DioImportMode
dio_image_options_get_mode (DioImageOptions *self)
{
  return gtk_check_button_get_active (self->copy)     ? DIO_IMPORT_COPY
         : gtk_check_button_get_active (self->linked) ? DIO_IMPORT_LINKED
                                                      : DIO_IMPORT_IN_PLACE;
}

const char *
dio_image_options_get_place (DioImageOptions *self)
{
  const char *const *places = dio_library_get_places (self->library);
  guint selected = adw_combo_row_get_selected (self->place);

  return selected < g_strv_length ((char **) places) ? places[selected] : places[0];
}

void
dio_image_options_apply (DioImageOptions *self, DioMachineConfig *config)
{
  g_autofree char *name = g_strstrip (g_strdup (dio_image_options_get_name (self)));

  if (*name)
    g_object_set (config, "name", name, NULL);
  g_object_set (config, "memory", dio_image_options_get_memory (self), "cpus",
                (guint) adw_spin_row_get_value (self->cpus), "firmware",
                (DioFirmware) adw_combo_row_get_selected (self->firmware), NULL);
}

char *
dio_image_options_dup_summary (DioImageOptions *self)
{
  guint cpus = (guint) adw_spin_row_get_value (self->cpus);
  g_autofree char *memory = g_format_size (dio_image_options_get_memory (self) * MIB);
  g_autofree char *processors = g_strdup_printf (ngettext ("%u processor", "%u processors", cpus), cpus);
  GtkStringObject *firmware = adw_combo_row_get_selected_item (self->firmware);
  GtkStringObject *bus = adw_combo_row_get_selected_item (self->bus);

  /* Translators: what a machine has: memory, processors, firmware, how its disk is connected */
  return g_strdup_printf (_ ("%s of memory, %s, %s, %s"), memory, processors,
                          firmware ? gtk_string_object_get_string (firmware) : "",
                          bus ? gtk_string_object_get_string (bus) : "");
}

/* --- what is told --- */

void
dio_image_options_tell (DioImageOptions *self, const char *message)
{
  gtk_label_set_text (self->problem, message ? message : "");
  gtk_widget_set_visible (GTK_WIDGET (self->problem), message != NULL);
  if (message)
    gtk_accessible_announce (GTK_ACCESSIBLE (self), message, GTK_ACCESSIBLE_ANNOUNCEMENT_PRIORITY_MEDIUM);
}

static void
show_hint (gpointer row, const char *text, gboolean warning)
{
  adw_action_row_set_subtitle (row, text);
  if (warning)
    gtk_widget_add_css_class (row, "warning");
  else
    gtk_widget_remove_css_class (row, "warning");
}

static const char *
describe_bus (DioDiskBus bus)
{
  switch (bus)
    {
    case DIO_DISK_BUS_VIRTIO:
    case DIO_DISK_BUS_SCSI:
      return _ ("Fast, if the system has a driver for it");
    case DIO_DISK_BUS_NVME:
      return _ ("For systems since 2015 or so");
    case DIO_DISK_BUS_USB:
      return _ ("Slow, for systems made for a stick");
    case DIO_DISK_BUS_SATA:
    default:
      return _ ("Every system knows it");
    }
}

static void
update_hints (DioImageOptions *self)
{
  guint memory = dio_image_options_get_memory (self);
  g_autofree char *all = g_format_size (self->host.memory * MIB);
  g_autofree char *least = g_format_size (self->least_memory * MIB);
  g_autofree char *text = NULL;
  g_autofree char *cpus = NULL;
  gboolean little = memory<self->least_memory, much = memory> self->host.memory / 4 * 3;

  if (little)
    text = g_strdup_printf (_ ("The system needs %s at least"), least);
  else if (much)
    text = g_strdup_printf (_ ("This computer has %s, and needs some of it itself"), all);
  else
    text = g_strdup_printf (_ ("This computer has %s"), all);
  show_hint (self->memory, text, little || much);
  cpus = g_strdup_printf (ngettext ("This computer has %u", "This computer has %u", self->host.cpus), self->host.cpus);
  show_hint (self->cpus, cpus, FALSE);
  show_hint (self->bus, describe_bus (dio_image_options_get_bus (self)), FALSE);
}

static void
on_edited (DioImageOptions *self)
{
  if (!self->library)
    return; /* it is being made */
  update_hints (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
on_name (DioImageOptions *self)
{
  gtk_widget_remove_css_class (GTK_WIDGET (self->name), "error");
  dio_image_options_tell (self, NULL);
  on_edited (self);
}

/* --- what is proposed --- */

void
dio_image_options_propose_memory (DioImageOptions *self, guint memory)
{
  self->proposal.memory = memory;
  adw_spin_row_set_value (self->memory, memory);
}

void
dio_image_options_propose (DioImageOptions *self, const char *name, const DioImageGuess *guess)
{
  const DioRecommendation *r = &guess->recommendation;
  Proposal before = self->proposal;

  self->least_memory = r->least_memory;
  self->proposal = (Proposal) { r->memory, r->cpus, r->firmware, r->disk_bus };
  if (dio_image_options_get_memory (self) == before.memory || before.memory == 0)
    adw_spin_row_set_value (self->memory, r->memory);
  if ((guint) adw_spin_row_get_value (self->cpus) == before.cpus || before.cpus == 0)
    adw_spin_row_set_value (self->cpus, r->cpus);
  if (adw_combo_row_get_selected (self->firmware) == before.firmware)
    adw_combo_row_set_selected (self->firmware, r->firmware);
  if (adw_combo_row_get_selected (self->bus) == before.bus)
    adw_combo_row_set_selected (self->bus, r->disk_bus);
  if (g_strcmp0 (dio_image_options_get_name (self), self->proposed_name ? self->proposed_name : "") == 0)
    {
      g_set_str (&self->proposed_name, name);
      gtk_editable_set_text (GTK_EDITABLE (self->name), name);
    }
  update_hints (self);
}

void
dio_image_options_set_ways (DioImageOptions *self, guint ways, DioImportMode preferred)
{
  const struct
  {
    DioImportMode mode;
    GtkWidget *row;
    GtkCheckButton *button;
  } all[] = { { DIO_IMPORT_IN_PLACE, self->in_place_row, self->in_place },
              { DIO_IMPORT_COPY, self->copy_row, self->copy },
              { DIO_IMPORT_LINKED, self->linked_row, self->linked } };
  DioImportMode chosen = dio_image_options_get_mode (self);

  for (int i = G_N_ELEMENTS (all) - 1; i >= 0; i--)
    {
      gtk_widget_set_visible (all[i].row, (ways & 1u << all[i].mode) != 0);
      if (!(ways & 1u << preferred) && ways & 1u << all[i].mode)
        preferred = all[i].mode;
    }
  if (gtk_widget_get_visible (self->ways) && ways & 1u << chosen)
    return; /* somebody is choosing */
  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    if (all[i].mode == preferred)
      gtk_check_button_set_active (all[i].button, TRUE);
}

void
dio_image_options_set_adding (DioImageOptions *self, gboolean adding)
{
  self->adding = adding;
  adw_navigation_page_set_title (ADW_NAVIGATION_PAGE (self), adding ? _ ("Add to Library") : _ ("Options"));
  gtk_widget_set_visible (self->ways, adding);
  gtk_widget_set_visible (self->bottom, adding);
  dio_image_options_tell (self, NULL);
}

/* --- adding --- */

static void
on_add (DioImageOptions *self)
{
  g_autofree char *name = g_strstrip (g_strdup (dio_image_options_get_name (self)));
  g_autoptr (GError) error = NULL;
  gboolean good = dio_library_check_name (self->library, name, &error);

  dio_image_options_tell (self, good ? NULL : error->message);
  if (good)
    {
      g_signal_emit (self, signals[ADD], 0);
      return;
    }
  gtk_widget_add_css_class (GTK_WIDGET (self->name), "error");
  gtk_widget_grab_focus (GTK_WIDGET (self->name));
}

static void
fill_places (DioImageOptions *self)
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

DioImageOptions *
dio_image_options_new (DioLibrary *library, const DioHost *host)
{
  DioImageOptions *self = g_object_new (DIO_TYPE_IMAGE_OPTIONS, NULL);

  self->host = *host;
  gtk_adjustment_set_upper (adw_spin_row_get_adjustment (self->cpus), host->cpus);
  gtk_adjustment_set_upper (adw_spin_row_get_adjustment (self->memory), host->memory);
  self->library = g_object_ref (library);
  fill_places (self);
  return self;
}

/* --- object --- */

static void
dio_image_options_dispose (GObject *object)
{
  DioImageOptions *self = DIO_IMAGE_OPTIONS (object);

  g_clear_object (&self->library);
  gtk_widget_dispose_template (GTK_WIDGET (self), DIO_TYPE_IMAGE_OPTIONS);
  g_clear_pointer (&self->proposed_name, g_free);
  G_OBJECT_CLASS (dio_image_options_parent_class)->dispose (object);
}

static void
dio_image_options_class_init (DioImageOptionsClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_image_options_dispose;
  signals[CHANGED] =
      g_signal_new ("changed", DIO_TYPE_IMAGE_OPTIONS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[ADD] = g_signal_new ("add", DIO_TYPE_IMAGE_OPTIONS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/image-options.ui");
  gtk_widget_class_bind_template_child (widget_class, DioImageOptions, name);
  gtk_widget_class_bind_template_child (widget_class, DioImageOptions, memory);
  gtk_widget_class_bind_template_child (widget_class, DioImageOptions, cpus);
  gtk_widget_class_bind_template_child (widget_class, DioImageOptions, firmware);
  gtk_widget_class_bind_template_child (widget_class, DioImageOptions, bus);
  gtk_widget_class_bind_template_child (widget_class, DioImageOptions, ways);
  gtk_widget_class_bind_template_child (widget_class, DioImageOptions, in_place_row);
  gtk_widget_class_bind_template_child (widget_class, DioImageOptions, copy_row);
  gtk_widget_class_bind_template_child (widget_class, DioImageOptions, linked_row);
  gtk_widget_class_bind_template_child (widget_class, DioImageOptions, in_place);
  gtk_widget_class_bind_template_child (widget_class, DioImageOptions, copy);
  gtk_widget_class_bind_template_child (widget_class, DioImageOptions, linked);
  gtk_widget_class_bind_template_child (widget_class, DioImageOptions, place);
  gtk_widget_class_bind_template_child (widget_class, DioImageOptions, bottom);
  gtk_widget_class_bind_template_child (widget_class, DioImageOptions, problem);
  gtk_widget_class_bind_template_callback (widget_class, on_name);
  gtk_widget_class_bind_template_callback (widget_class, on_edited);
  gtk_widget_class_bind_template_callback (widget_class, on_add);
}

static void
dio_image_options_init (DioImageOptions *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
