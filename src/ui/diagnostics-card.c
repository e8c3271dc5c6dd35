/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/diagnostics-card.h"

#include "ui/survey.h"

#include <glib/gi18n.h>
#include <math.h>

#define INTERVAL_MS 500

struct _DioDiagnosticsCard
{
  AdwBin parent_instance;

  DioConsoleView *view; /* owned */
  GtkWindow *window;    /* while mapped; (unowned) */
  guint timeout_id;
  gboolean has_last;
  DioReading last;

  /* template */
  GtkLabel *path;
  GtkLabel *picture;
  GtkLabel *guest;
  GtkLabel *shown;
  GtkLabel *damage;
  GtkLabel *upload;
  GtkLabel *answer;
  GtkLabel *late;
  GtkLabel *coalesced;
};

enum
{
  PROP_0,
  PROP_VIEW,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (DioDiagnosticsCard, dio_diagnostics_card, ADW_TYPE_BIN)

/* --- lines --- */

/* Takes over TEXT. A label that says the same is not drawn again. */
static void
set_line (GtkLabel *label, char *text)
{
  if (!g_str_equal (gtk_label_get_text (label), text))
    gtk_label_set_text (label, text);
  g_free (text);
}

static char *
none (void)
{
  return g_strdup ("–");
}

static char *
path_line (const DioReading *reading)
{
  if (!reading->painter)
    return g_strdup (reading->display.path);
  return g_strdup_printf ("%s → %s (%s)", reading->display.path, reading->painter,
                          reading->renderer ? reading->renderer : "–");
}

static const char *
filter_text (const char *filter)
{
  if (g_str_equal (filter, "nearest"))
    /* Translators: how a picture is enlarged; pixels stay squares. */
    return C_ ("filter", "nearest");
  /* Translators: how a picture is made larger or smaller; pixels are mixed. */
  return g_str_equal (filter, "linear") ? C_ ("filter", "linear") : C_ ("filter", "trilinear");
}

static char *
picture_line (const DioReading *reading)
{
  if (reading->width < 1)
    return none ();
  /* Translators: width × height of a picture, how many times it is enlarged, and the filter for that. */
  return g_strdup_printf (_ ("%d × %d, %.2f×, %s"), reading->width, reading->height, reading->scale,
                          filter_text (reading->filter));
}

static char *
rate_line (double rate)
{
  /* Translators: so many a second. */
  return g_strdup_printf (_ ("%.1f/s"), rate);
}

static char *
bytes_line (double rate)
{
  g_autofree char *size = g_format_size ((guint64) rate);

  /* Translators: %s is a size: so many bytes a second. */
  return g_strdup_printf (_ ("%s/s"), size);
}

static char *
damage_line (const DioRates *rates)
{
  if (isnan (rates->damage_share))
    return none ();
  /* Translators: a percentage. */
  return g_strdup_printf (_ ("%.2f %%"), rates->damage_share * 100);
}

static char *
answer_line (const DioReading *reading, const DioRates *rates)
{
  if (reading->display.answers == 0)
    return none ();
  if (isnan (rates->mean_answer_delay_us))
    /* Translators: milliseconds: the longest delay. */
    return g_strdup_printf (_ ("max. %.1f ms"), (double) reading->display.max_answer_delay_us / 1000);
  /* Translators: milliseconds: the mean delay and the longest. */
  return g_strdup_printf (_ ("%.1f ms, max. %.1f ms"), rates->mean_answer_delay_us / 1000,
                          (double) reading->display.max_answer_delay_us / 1000);
}

static char *
count_line (guint64 count)
{
  return g_strdup_printf ("%" G_GUINT64_FORMAT, count);
}

static void
update (DioDiagnosticsCard *self)
{
  DioReading reading;
  DioRates rates = { .damage_share = NAN, .mean_answer_delay_us = NAN };

  if (!self->view || !dio_reading_take (&reading, self->view))
    {
      self->has_last = FALSE;
      return;
    }
  if (self->has_last)
    dio_rates_compute (&self->last, &reading, &rates);
  self->last = reading;
  self->has_last = TRUE;

  set_line (self->path, path_line (&reading));
  set_line (self->picture, picture_line (&reading));
  set_line (self->guest, rate_line (rates.guest_updates));
  set_line (self->shown, rate_line (rates.shown_frames));
  set_line (self->damage, damage_line (&rates));
  set_line (self->upload, bytes_line (rates.uploaded_bytes));
  set_line (self->answer, answer_line (&reading, &rates));
  set_line (self->late, count_line (reading.display.late_answers));
  set_line (self->coalesced, count_line (reading.display.coalesced));
}

/* --- when --- */

static gboolean
on_timeout (gpointer user_data)
{
  update (user_data);
  return G_SOURCE_CONTINUE;
}

static void
follow_visibility (DioDiagnosticsCard *self)
{
  gboolean seen = self->window && !gtk_window_is_suspended (self->window);

  if (seen == (self->timeout_id != 0))
    return;
  g_clear_handle_id (&self->timeout_id, g_source_remove);
  self->has_last = FALSE;
  if (seen)
    {
      update (self);
      self->timeout_id = g_timeout_add (INTERVAL_MS, on_timeout, self);
    }
}

static void
dio_diagnostics_card_map (GtkWidget *widget)
{
  DioDiagnosticsCard *self = DIO_DIAGNOSTICS_CARD (widget);
  GtkRoot *root = gtk_widget_get_root (widget);

  GTK_WIDGET_CLASS (dio_diagnostics_card_parent_class)->map (widget);
  if (!GTK_IS_WINDOW (root))
    return;
  self->window = GTK_WINDOW (root);
  g_signal_connect_object (root, "notify::suspended", G_CALLBACK (follow_visibility), self, G_CONNECT_SWAPPED);
  follow_visibility (self);
}

static void
dio_diagnostics_card_unmap (GtkWidget *widget)
{
  DioDiagnosticsCard *self = DIO_DIAGNOSTICS_CARD (widget);

  if (self->window)
    g_signal_handlers_disconnect_by_func (self->window, follow_visibility, self);
  self->window = NULL;
  follow_visibility (self);
  GTK_WIDGET_CLASS (dio_diagnostics_card_parent_class)->unmap (widget);
}

/* --- object --- */

void
dio_diagnostics_card_set_view (DioDiagnosticsCard *self, DioConsoleView *view)
{
  g_return_if_fail (DIO_IS_DIAGNOSTICS_CARD (self));

  if (g_set_object (&self->view, view))
    {
      self->has_last = FALSE;
      g_object_notify_by_pspec (G_OBJECT (self), props[PROP_VIEW]);
    }
}

DioConsoleView *
dio_diagnostics_card_get_view (DioDiagnosticsCard *self)
{
  g_return_val_if_fail (DIO_IS_DIAGNOSTICS_CARD (self), NULL);

  return self->view;
}

static void
dio_diagnostics_card_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_VIEW)
    g_value_set_object (value, DIO_DIAGNOSTICS_CARD (object)->view);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
dio_diagnostics_card_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  if (id == PROP_VIEW)
    dio_diagnostics_card_set_view (DIO_DIAGNOSTICS_CARD (object), g_value_get_object (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
dio_diagnostics_card_dispose (GObject *object)
{
  DioDiagnosticsCard *self = DIO_DIAGNOSTICS_CARD (object);

  g_clear_handle_id (&self->timeout_id, g_source_remove);
  g_clear_object (&self->view);
  gtk_widget_dispose_template (GTK_WIDGET (self), DIO_TYPE_DIAGNOSTICS_CARD);
  G_OBJECT_CLASS (dio_diagnostics_card_parent_class)->dispose (object);
}

static void
dio_diagnostics_card_class_init (DioDiagnosticsCardClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = dio_diagnostics_card_get_property;
  object_class->set_property = dio_diagnostics_card_set_property;
  object_class->dispose = dio_diagnostics_card_dispose;
  widget_class->map = dio_diagnostics_card_map;
  widget_class->unmap = dio_diagnostics_card_unmap;

  props[PROP_VIEW] = g_param_spec_object ("view", NULL, NULL, DIO_TYPE_CONSOLE_VIEW,
                                          G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);

  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/diagnostics-card.ui");
  gtk_widget_class_bind_template_child (widget_class, DioDiagnosticsCard, path);
  gtk_widget_class_bind_template_child (widget_class, DioDiagnosticsCard, picture);
  gtk_widget_class_bind_template_child (widget_class, DioDiagnosticsCard, guest);
  gtk_widget_class_bind_template_child (widget_class, DioDiagnosticsCard, shown);
  gtk_widget_class_bind_template_child (widget_class, DioDiagnosticsCard, damage);
  gtk_widget_class_bind_template_child (widget_class, DioDiagnosticsCard, upload);
  gtk_widget_class_bind_template_child (widget_class, DioDiagnosticsCard, answer);
  gtk_widget_class_bind_template_child (widget_class, DioDiagnosticsCard, late);
  gtk_widget_class_bind_template_child (widget_class, DioDiagnosticsCard, coalesced);
}

static void
dio_diagnostics_card_init (DioDiagnosticsCard *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
