/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/number-row.h"

/* A page is so many steps. */
#define PAGE_STEPS 10
#define HEIGHT 44

struct _DioNumberRow
{
  AdwActionRow parent_instance;

  GtkSpinButton *spin; /* (unowned) */
  guint lower, upper, step;
};

enum
{
  PROP_VALUE = 1,
  PROP_LOWER,
  PROP_UPPER,
  PROP_STEP,
  N_PROPS
};
static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (DioNumberRow, dio_number_row, ADW_TYPE_ACTION_ROW)

guint
dio_number_row_get_value (DioNumberRow *self)
{
  gtk_spin_button_update (self->spin);
  return (guint) gtk_spin_button_get_value (self->spin);
}

void
dio_number_row_set_value (DioNumberRow *self, guint value)
{
  gtk_spin_button_set_value (self->spin, value);
}

static void
on_value_changed (DioNumberRow *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_VALUE]);
}

static void
on_title_changed (DioNumberRow *self)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->spin), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  adw_preferences_row_get_title (ADW_PREFERENCES_ROW (self)), -1);
}

static void
dio_number_row_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  DioNumberRow *self = DIO_NUMBER_ROW (object);
  const guint values[N_PROPS] = { 0, (guint) gtk_spin_button_get_value (self->spin), self->lower, self->upper,
                                  self->step };

  g_value_set_uint (value, values[property_id]);
}

static void
dio_number_row_set_property (GObject *object, guint property_id, const GValue *value, GParamSpec *pspec)
{
  DioNumberRow *self = DIO_NUMBER_ROW (object);
  guint *fields[N_PROPS] = { NULL, NULL, &self->lower, &self->upper, &self->step };

  if (property_id == PROP_VALUE)
    dio_number_row_set_value (self, g_value_get_uint (value));
  else
    *fields[property_id] = g_value_get_uint (value);
}

static void
dio_number_row_constructed (GObject *object)
{
  DioNumberRow *self = DIO_NUMBER_ROW (object);

  G_OBJECT_CLASS (dio_number_row_parent_class)->constructed (object);
  gtk_spin_button_set_range (self->spin, self->lower, self->upper);
  gtk_spin_button_set_increments (self->spin, self->step, self->step * PAGE_STEPS);
}

static void
dio_number_row_class_init (DioNumberRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  object_class->constructed = dio_number_row_constructed;
  object_class->get_property = dio_number_row_get_property;
  object_class->set_property = dio_number_row_set_property;
  props[PROP_VALUE] = g_param_spec_uint ("value", NULL, NULL, 0, G_MAXINT, 0, flags | G_PARAM_EXPLICIT_NOTIFY);
  props[PROP_LOWER] = g_param_spec_uint ("lower", NULL, NULL, 0, G_MAXINT, 0, flags | G_PARAM_CONSTRUCT_ONLY);
  props[PROP_UPPER] = g_param_spec_uint ("upper", NULL, NULL, 0, G_MAXINT, 100, flags | G_PARAM_CONSTRUCT_ONLY);
  props[PROP_STEP] = g_param_spec_uint ("step", NULL, NULL, 1, G_MAXINT, 1, flags | G_PARAM_CONSTRUCT_ONLY);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
dio_number_row_init (DioNumberRow *self)
{
  GtkWidget *spin = gtk_spin_button_new (NULL, 1, 0);

  self->spin = GTK_SPIN_BUTTON (spin);
  gtk_spin_button_set_numeric (self->spin, TRUE);
  gtk_widget_set_valign (spin, GTK_ALIGN_CENTER);
  gtk_widget_set_size_request (spin, -1, HEIGHT);
  adw_action_row_add_suffix (ADW_ACTION_ROW (self), spin);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (self), spin);
  /* The number has the focus, the row adds nothing. */
  gtk_widget_set_focusable (GTK_WIDGET (self), FALSE);
  g_signal_connect_object (spin, "value-changed", G_CALLBACK (on_value_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect (self, "notify::title", G_CALLBACK (on_title_changed), NULL);
}

DioNumberRow *
dio_number_row_new (const char *title, guint lower, guint upper)
{
  return g_object_new (DIO_TYPE_NUMBER_ROW, "title", title, "lower", lower, "upper", upper, NULL);
}
