/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/limit-row.h"

#include "ui/application.h"

#include <glib/gi18n.h>
#include <math.h>

/* MiB: what a slider can be set to, and what the keys change. */
#define MEMORY_STEP 256
#define MEMORY_PAGE 1024
#define MEMORY_LEAST 64
/* A bare number below is of GB. */
#define BARE_GB 64

struct _DioLimitRow
{
  AdwPreferencesRow parent_instance;

  gboolean memory;
  guint value;
  guint total, taken;

  /* template */
  GtkLabel *subtitle;
  GtkSpinButton *spin;
  GtkScale *scale;
  GtkLabel *legend;
  GtkAdjustment *adjustment;
};

enum
{
  PROP_VALUE = 1,
  PROP_MEMORY,
  PROP_SUBTITLE,
  N_PROPS
};
static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (DioLimitRow, dio_limit_row, ADW_TYPE_PREFERENCES_ROW)

/* --- amounts --- */

char *
dio_limit_row_format_memory (guint mib)
{
  if (mib < 1024)
    /* Translators: megabytes of memory */
    return g_strdup_printf (_ ("%u MB"), mib);
  if (mib % 1024 == 0)
    /* Translators: gigabytes of memory */
    return g_strdup_printf (_ ("%u GB"), mib / 1024);
  return g_strdup_printf (_ ("%.2f GB"), mib / 1024.0);
}

gboolean
dio_limit_row_parse_memory (const char *text, guint *mib)
{
  g_autofree char *stripped = g_strstrip (g_strdup (text));
  char *end;
  double number = g_strtod (stripped, &end), factor;

  if (end == stripped || !isfinite (number) || number <= 0)
    return FALSE;
  while (g_ascii_isspace (*end))
    end++;
  switch (g_ascii_toupper (*end))
    {
    case '\0':
      factor = number < BARE_GB ? 1024 : 1;
      break;
    case 'G':
      factor = 1024;
      break;
    case 'M':
      factor = 1;
      break;
    default:
      return FALSE;
    }
  if (number * factor < 1 || number * factor > G_MAXINT)
    return FALSE;
  *mib = (guint) (number * factor + 0.5);
  return TRUE;
}

static void tell_bad (DioLimitRow *self, const char *text);

static char *
format_amount (DioLimitRow *self, guint amount)
{
  return self->memory ? dio_limit_row_format_memory (amount) : g_strdup_printf ("%u", amount);
}

static gboolean
on_output (DioLimitRow *self)
{
  g_autofree char *text = format_amount (self, (guint) gtk_adjustment_get_value (self->adjustment));

  if (!g_str_equal (gtk_editable_get_text (GTK_EDITABLE (self->spin)), text))
    gtk_editable_set_text (GTK_EDITABLE (self->spin), text);
  return TRUE;
}

/* What is more than there is becomes all that there is; what is no amount is told, and changes nothing. */
static int
on_input (DioLimitRow *self, double *value)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->spin));
  guint amount = 0;
  gboolean good = self->memory ? dio_limit_row_parse_memory (text, &amount)
                               : g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT, NULL, NULL);

  if (good && !self->memory)
    amount = (guint) g_ascii_strtoull (text, NULL, 10);
  tell_bad (self, good ? NULL : text);
  if (!good)
    return GTK_INPUT_ERROR;
  *value = CLAMP (amount, gtk_adjustment_get_lower (self->adjustment), gtk_adjustment_get_upper (self->adjustment));
  return TRUE;
}

/* --- the slider --- */

/* Dragged, it stands still at round amounts; keys and the number reach the others. */
static gboolean
on_change_value (DioLimitRow *self, GtkScrollType scroll, double value)
{
  if (scroll != GTK_SCROLL_JUMP || !self->memory)
    return FALSE;
  gtk_adjustment_set_value (self->adjustment, fmax (round (value / MEMORY_STEP) * MEMORY_STEP, MEMORY_LEAST));
  return TRUE;
}

static char *
describe_memory (guint total, guint taken)
{
  g_autofree char *has = dio_limit_row_format_memory (total);
  g_autofree char *others = dio_limit_row_format_memory (taken);
  g_autofree char *rest = dio_limit_row_format_memory (total - MIN (taken, total));

  return taken ? g_strdup_printf (_ ("This computer has %s. Other machines that run take %s of it, which leaves %s."),
                                  has, others, rest)
               : g_strdup_printf (_ ("This computer has %s. No other machine runs."), has);
}

static char *
describe_cpus (guint total, guint taken)
{
  g_autofree char *has = g_strdup_printf (
      g_dngettext (NULL, "This computer has %u processor.", "This computer has %u processors.", total), total);
  g_autofree char *others = g_strdup_printf (
      g_dngettext (NULL, "Other machines that run use %u.", "Other machines that run use %u.", taken), taken);

  return g_strdup_printf ("%s %s", has, taken ? others : _ ("No other machine runs."));
}

static void
update_legend (DioLimitRow *self)
{
  gboolean too_much =
      self->total > 0 && (self->value > self->total || (guint64) self->value + self->taken > self->total);
  g_autofree char *text =
      self->memory ? describe_memory (self->total, self->taken) : describe_cpus (self->total, self->taken);
  g_autofree char *warning =
      !too_much ? NULL
                : g_strdup_printf ("%s %s", text,
                                   self->memory ? _ ("That is not enough for all: this computer may stall, and "
                                                     "machines may not start.")
                                                : _ ("They have to share: each is slower when all are busy."));

  gtk_label_set_text (self->legend, warning ? warning : text);
  if (too_much && self->memory)
    gtk_widget_add_css_class (GTK_WIDGET (self->legend), "warning");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->legend), "warning");
}

/* TEXT: what was written and is no amount; NULL: all is well. */
static void
tell_bad (DioLimitRow *self, const char *text)
{
  g_autofree char *message = NULL;

  if (!text)
    {
      gtk_widget_remove_css_class (GTK_WIDGET (self->legend), "error");
      update_legend (self);
      return;
    }
  message = g_strdup_printf (self->memory ? _ ("“%s” is no amount of memory. Write it as 4 GB or 512 MB.")
                                          : _ ("“%s” is no number of processors."),
                             text);
  gtk_label_set_text (self->legend, message);
  gtk_widget_add_css_class (GTK_WIDGET (self->legend), "error");
  gtk_accessible_announce (GTK_ACCESSIBLE (self->spin), message, GTK_ACCESSIBLE_ANNOUNCEMENT_PRIORITY_MEDIUM);
}

void
dio_limit_row_set_limits (DioLimitRow *self, guint total, guint taken)
{
  g_return_if_fail (DIO_IS_LIMIT_ROW (self));

  self->total = total;
  self->taken = taken;
  gtk_adjustment_set_upper (self->adjustment, MAX (total, self->value));
  gtk_scale_clear_marks (self->scale);
  /* Words beside it would not fit where it is near an end; the sentence below has them. */
  if (taken > 0 && taken < total)
    gtk_scale_add_mark (self->scale, total - taken, GTK_POS_BOTTOM, NULL);
  update_legend (self);
}

static void
set_value (DioLimitRow *self, guint value)
{
  if (self->value == value)
    return;
  self->value = value;
  /* A definition from elsewhere may want more than this computer has; it keeps that until it is changed here. */
  gtk_adjustment_set_upper (self->adjustment, MAX (self->total, value));
  gtk_adjustment_set_value (self->adjustment, value);
  update_legend (self);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_VALUE]);
}

static void
on_value_changed (DioLimitRow *self)
{
  set_value (self, (guint) gtk_adjustment_get_value (self->adjustment));
}

static void
on_title_changed (DioLimitRow *self)
{
  const char *title = adw_preferences_row_get_title (ADW_PREFERENCES_ROW (self));

  gtk_accessible_update_property (GTK_ACCESSIBLE (self->spin), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->scale), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
}

/* --- GObject --- */

static void
dio_limit_row_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  DioLimitRow *self = DIO_LIMIT_ROW (object);

  if (property_id == PROP_VALUE)
    g_value_set_uint (value, self->value);
  else if (property_id == PROP_MEMORY)
    g_value_set_boolean (value, self->memory);
  else
    g_value_set_string (value, gtk_label_get_text (self->subtitle));
}

static void
dio_limit_row_set_property (GObject *object, guint property_id, const GValue *value, GParamSpec *pspec)
{
  DioLimitRow *self = DIO_LIMIT_ROW (object);

  if (property_id == PROP_VALUE)
    set_value (self, g_value_get_uint (value));
  else if (property_id == PROP_SUBTITLE)
    gtk_label_set_text (self->subtitle, g_value_get_string (value));
  else
    {
      self->memory = g_value_get_boolean (value);
      if (!self->memory)
        return;
      gtk_adjustment_set_lower (self->adjustment, MEMORY_LEAST);
      gtk_adjustment_set_step_increment (self->adjustment, MEMORY_STEP);
      gtk_adjustment_set_page_increment (self->adjustment, MEMORY_PAGE);
    }
}

static void
dio_limit_row_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), DIO_TYPE_LIMIT_ROW);
  G_OBJECT_CLASS (dio_limit_row_parent_class)->dispose (object);
}

static void
dio_limit_row_class_init (DioLimitRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  object_class->dispose = dio_limit_row_dispose;
  object_class->get_property = dio_limit_row_get_property;
  object_class->set_property = dio_limit_row_set_property;
  props[PROP_VALUE] = g_param_spec_uint ("value", NULL, NULL, 0, G_MAXINT, 1, flags | G_PARAM_EXPLICIT_NOTIFY);
  props[PROP_MEMORY] = g_param_spec_boolean ("memory", NULL, NULL, FALSE, flags | G_PARAM_CONSTRUCT_ONLY);
  props[PROP_SUBTITLE] = g_param_spec_string ("subtitle", NULL, NULL, "", flags);
  g_object_class_install_properties (object_class, N_PROPS, props);

  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/limit-row.ui");
  gtk_widget_class_bind_template_child (widget_class, DioLimitRow, subtitle);
  gtk_widget_class_bind_template_child (widget_class, DioLimitRow, spin);
  gtk_widget_class_bind_template_child (widget_class, DioLimitRow, scale);
  gtk_widget_class_bind_template_child (widget_class, DioLimitRow, legend);
  gtk_widget_class_bind_template_child (widget_class, DioLimitRow, adjustment);
  gtk_widget_class_bind_template_callback (widget_class, on_output);
  gtk_widget_class_bind_template_callback (widget_class, on_input);
  gtk_widget_class_bind_template_callback (widget_class, on_change_value);
  gtk_widget_class_bind_template_callback (widget_class, on_value_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_title_changed);
}

static void
dio_limit_row_init (DioLimitRow *self)
{
  self->value = 1;
  gtk_widget_init_template (GTK_WIDGET (self));
}
