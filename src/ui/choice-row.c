/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/choice-row.h"

/* Pixels of the mark at the choice that holds. */
#define MARK_WIDTH 16
/* Characters of the choice that holds that are always shown. */
#define LEAST_CHARS 14

struct _DioChoiceRow
{
  AdwComboRow parent_instance;

  GtkStringList *labels;
  GArray *values;       /* int */
  GPtrArray *explained; /* char *, may be NULL */
  int value;
  gboolean updating;
};

enum
{
  PROP_VALUE = 1,
  N_PROPS
};
static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (DioChoiceRow, dio_choice_row, ADW_TYPE_COMBO_ROW)

int
dio_choice_row_get_value (DioChoiceRow *self)
{
  return self->value;
}

static guint
find (DioChoiceRow *self)
{
  for (guint i = 0; i < self->values->len; i++)
    if (g_array_index (self->values, int, i) == self->value)
      return i;
  return GTK_INVALID_LIST_POSITION;
}

static void
show_value (DioChoiceRow *self)
{
  guint i = find (self);
  const char *explanation = i < self->explained->len ? self->explained->pdata[i] : NULL;

  self->updating = TRUE;
  adw_combo_row_set_selected (ADW_COMBO_ROW (self), i);
  self->updating = FALSE;
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self), explanation ? explanation : "");
}

static void
set_value (DioChoiceRow *self, int value)
{
  if (self->value == value)
    return;
  self->value = value;
  show_value (self);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_VALUE]);
}

static void
on_selected (DioChoiceRow *self)
{
  guint i = adw_combo_row_get_selected (ADW_COMBO_ROW (self));

  if (!self->updating && i < self->values->len)
    set_value (self, g_array_index (self->values, int, i));
}

void
dio_choice_row_set_choices (DioChoiceRow *self, const DioChoice *choices, guint n_choices)
{
  g_return_if_fail (DIO_IS_CHOICE_ROW (self));

  self->updating = TRUE;
  gtk_string_list_splice (self->labels, 0, g_list_model_get_n_items (G_LIST_MODEL (self->labels)), NULL);
  g_array_set_size (self->values, 0);
  g_ptr_array_set_size (self->explained, 0);
  for (guint i = 0; i < n_choices; i++)
    {
      g_array_append_val (self->values, choices[i].value);
      g_ptr_array_add (self->explained, g_strdup (choices[i].explanation));
      gtk_string_list_append (self->labels, choices[i].label);
    }
  show_value (self);
}

/* --- how the choices look --- */

/* The row's own label gives all its room to the explanation; this one keeps what is needed to know the choice. */
static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_label_set_xalign (GTK_LABEL (label), 1);
  gtk_list_item_set_child (item, label);
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  const char *text = gtk_string_object_get_string (gtk_list_item_get_item (item));
  GtkLabel *label = GTK_LABEL (gtk_list_item_get_child (item));

  gtk_label_set_text (label, text);
  gtk_label_set_width_chars (label, (int) MIN (g_utf8_strlen (text, -1), LEAST_CHARS));
}

static void
on_setup_list (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *label = gtk_label_new (NULL), *mark = gtk_image_new_from_icon_name ("object-select-symbolic");
  GtkWidget *place = adw_bin_new ();

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_set_hexpand (label, TRUE);
  gtk_accessible_update_state (GTK_ACCESSIBLE (mark), GTK_ACCESSIBLE_STATE_HIDDEN, TRUE, -1);
  gtk_box_append (GTK_BOX (box), label);
  /* It keeps its room when the mark is at another. */
  gtk_widget_set_size_request (place, MARK_WIDTH, -1);
  adw_bin_set_child (ADW_BIN (place), mark);
  gtk_box_append (GTK_BOX (box), place);
  gtk_list_item_set_child (item, box);
  g_object_bind_property (item, "selected", mark, "visible", G_BINDING_SYNC_CREATE);
}

static void
on_bind_list (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  gtk_label_set_text (GTK_LABEL (gtk_widget_get_first_child (gtk_list_item_get_child (item))),
                      gtk_string_object_get_string (gtk_list_item_get_item (item)));
}

static GtkListItemFactory *
new_factory (GCallback setup, GCallback bind)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();

  g_signal_connect (factory, "setup", setup, NULL);
  g_signal_connect (factory, "bind", bind, NULL);
  return factory;
}

static void
set_factories (DioChoiceRow *self)
{
  g_autoptr (GtkListItemFactory) factory = new_factory (G_CALLBACK (on_setup), G_CALLBACK (on_bind));
  g_autoptr (GtkListItemFactory) list_factory = new_factory (G_CALLBACK (on_setup_list), G_CALLBACK (on_bind_list));

  adw_combo_row_set_factory (ADW_COMBO_ROW (self), factory);
  adw_combo_row_set_list_factory (ADW_COMBO_ROW (self), list_factory);
}

static void
dio_choice_row_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  g_value_set_int (value, DIO_CHOICE_ROW (object)->value);
}

static void
dio_choice_row_set_property (GObject *object, guint property_id, const GValue *value, GParamSpec *pspec)
{
  set_value (DIO_CHOICE_ROW (object), g_value_get_int (value));
}

static void
dio_choice_row_finalize (GObject *object)
{
  DioChoiceRow *self = DIO_CHOICE_ROW (object);

  g_clear_object (&self->labels);
  g_clear_pointer (&self->values, g_array_unref);
  g_clear_pointer (&self->explained, g_ptr_array_unref);
  G_OBJECT_CLASS (dio_choice_row_parent_class)->finalize (object);
}

static void
dio_choice_row_class_init (DioChoiceRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = dio_choice_row_finalize;
  object_class->get_property = dio_choice_row_get_property;
  object_class->set_property = dio_choice_row_set_property;
  props[PROP_VALUE] = g_param_spec_int ("value", NULL, NULL, G_MININT, G_MAXINT, 0,
                                        G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
dio_choice_row_init (DioChoiceRow *self)
{
  self->labels = gtk_string_list_new (NULL);
  self->values = g_array_new (FALSE, FALSE, sizeof (int));
  self->explained = g_ptr_array_new_with_free_func (g_free);
  g_signal_connect (self, "notify::selected", G_CALLBACK (on_selected), NULL);
  set_factories (self);
  adw_combo_row_set_model (ADW_COMBO_ROW (self), G_LIST_MODEL (self->labels));
}
