/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/key-combination-dialog.h"

#include "input/keymap.h"
#include "ui/key-names.h"
#include "ui/key-recorder.h"

#include <glib/gi18n.h>
#include <linux/input-event-codes.h>

#define N_MODIFIERS 5
static const guint modifiers[N_MODIFIERS] = { KEY_LEFTCTRL, KEY_LEFTALT, KEY_LEFTSHIFT, KEY_LEFTMETA, KEY_RIGHTALT };

struct _DioKeyCombinationDialog
{
  AdwDialog parent_instance;

  guint position;
  GArray *codes;     /* guint: what the items of KEY stand for; the first one is 0, "none" */
  guint held;        /* while recording: bits of MODIFIERS */
  gboolean changing; /* several rows at once */

  /* template */
  AdwActionRow *keys_row;
  GtkToggleButton *record;
  AdwEntryRow *name;
  AdwSwitchRow *ctrl, *alt, *shift, *super, *alt_gr;
  AdwComboRow *key;
  GtkButton *done;
};

enum
{
  DONE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DioKeyCombinationDialog, dio_key_combination_dialog, ADW_TYPE_DIALOG)

static AdwSwitchRow *
get_switch (DioKeyCombinationDialog *self, guint i)
{
  AdwSwitchRow *const switches[N_MODIFIERS] = { self->ctrl, self->alt, self->shift, self->super, self->alt_gr };

  return switches[i];
}

static gboolean
is_right_modifier (guint code)
{
  return code == KEY_RIGHTCTRL || code == KEY_RIGHTSHIFT || code == KEY_RIGHTMETA;
}

/* Of the left and the right one, the left one; N_MODIFIERS: none. */
static guint
get_modifier (guint code)
{
  if (is_right_modifier (code))
    code = code == KEY_RIGHTCTRL ? KEY_LEFTCTRL : code == KEY_RIGHTSHIFT ? KEY_LEFTSHIFT : KEY_LEFTMETA;
  for (guint i = 0; i < N_MODIFIERS; i++)
    if (modifiers[i] == code)
      return i;
  return N_MODIFIERS;
}

/* --- the combination in the rows --- */

static gboolean
read_rows (DioKeyCombinationDialog *self, DioKeyCombination *ret_combination)
{
  guint key = g_array_index (self->codes, guint, adw_combo_row_get_selected (self->key));

  ret_combination->n_keys = 0;
  for (guint i = 0; i < N_MODIFIERS; i++)
    if (adw_switch_row_get_active (get_switch (self, i)))
      ret_combination->keys[ret_combination->n_keys++] = modifiers[i];
  if (key != 0)
    ret_combination->keys[ret_combination->n_keys++] = key;
  return ret_combination->n_keys > 0;
}

static void
update (DioKeyCombinationDialog *self)
{
  DioKeyCombination combination = { .name = (char *) "" };
  g_autofree char *keys = NULL;
  gboolean any;

  if (self->changing || !self->codes)
    return;
  any = read_rows (self, &combination);
  keys = any ? dio_key_combination_describe (&combination) : NULL;
  if (gtk_toggle_button_get_active (self->record))
    adw_action_row_set_subtitle (self->keys_row, _ ("Press the keys together…"));
  else
    adw_action_row_set_subtitle (self->keys_row, any ? keys : _ ("None yet"));
  gtk_widget_set_sensitive (GTK_WIDGET (self->done), any);
}

/* Finds the key's place in the list; one that is not there yet is added. */
static guint
find_key (DioKeyCombinationDialog *self, guint code)
{
  g_autofree char *name = NULL;

  for (guint i = 0; i < self->codes->len; i++)
    if (g_array_index (self->codes, guint, i) == code)
      return i;
  name = dio_key_name (gtk_widget_get_display (GTK_WIDGET (self)), code);
  gtk_string_list_append (GTK_STRING_LIST (adw_combo_row_get_model (self->key)), name);
  g_array_append_val (self->codes, code);
  return self->codes->len - 1;
}

/* SET: bits of MODIFIERS; CODE: 0 for none. */
static void
show (DioKeyCombinationDialog *self, guint set, guint code)
{
  self->changing = TRUE;
  for (guint i = 0; i < N_MODIFIERS; i++)
    adw_switch_row_set_active (get_switch (self, i), (set & 1u << i) != 0);
  adw_combo_row_set_selected (self->key, find_key (self, code));
  self->changing = FALSE;
  update (self);
}

/* --- recording --- */

static void
on_record_toggled (DioKeyCombinationDialog *self)
{
  self->held = 0;
  if (gtk_toggle_button_get_active (self->record))
    gtk_accessible_announce (GTK_ACCESSIBLE (self), _ ("Press the keys together…"),
                             GTK_ACCESSIBLE_ANNOUNCEMENT_PRIORITY_MEDIUM);
  update (self);
}

/* SET with CODE is what was pressed. */
static void
finish_recording (DioKeyCombinationDialog *self, guint set, guint code)
{
  gtk_toggle_button_set_active (self->record, FALSE);
  show (self, set, code);
  gtk_accessible_announce (GTK_ACCESSIBLE (self), adw_action_row_get_subtitle (self->keys_row),
                           GTK_ACCESSIBLE_ANNOUNCEMENT_PRIORITY_MEDIUM);
}

static gboolean
on_key_pressed (DioKeyCombinationDialog *self, guint keyval, guint keycode, GdkModifierType state, GdkEvent *event)
{
  guint code = keycode - DIO_KEYCODE_OFFSET, modifier = get_modifier (code);

  if (modifier < N_MODIFIERS)
    self->held |= 1u << modifier;
  else if (keycode > DIO_KEYCODE_OFFSET && dio_keymap_evdev_to_qnum (code) != 0)
    finish_recording (self, self->held, code);
  return GDK_EVENT_STOP;
}

/* Modifiers alone are a combination when the first of them is let go. */
static void
on_key_released (DioKeyCombinationDialog *self, guint keycode)
{
  guint modifier = get_modifier (keycode - DIO_KEYCODE_OFFSET);

  if (modifier < N_MODIFIERS && self->held & 1u << modifier)
    finish_recording (self, self->held, 0);
}

/* --- */

static void
on_done (DioKeyCombinationDialog *self)
{
  DioKeyCombination combination = { 0 };

  if (!read_rows (self, &combination))
    return;
  g_signal_emit (self, signals[DONE], 0);
  adw_dialog_force_close (ADW_DIALOG (self));
}

DioKeyCombination *
dio_key_combination_dialog_take (DioKeyCombinationDialog *self)
{
  DioKeyCombination *combination = g_new0 (DioKeyCombination, 1);

  g_return_val_if_fail (DIO_IS_KEY_COMBINATION_DIALOG (self), NULL);
  read_rows (self, combination);
  combination->name = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->name))));
  return combination;
}

void
dio_key_combination_dialog_set_position (DioKeyCombinationDialog *self, guint position)
{
  g_return_if_fail (DIO_IS_KEY_COMBINATION_DIALOG (self));
  self->position = position;
}

guint
dio_key_combination_dialog_get_position (DioKeyCombinationDialog *self)
{
  g_return_val_if_fail (DIO_IS_KEY_COMBINATION_DIALOG (self), 0);
  return self->position;
}

static void
fill (DioKeyCombinationDialog *self)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);
  guint none = 0, n;
  const guint *list = dio_key_names_list (&n);

  self->codes = g_array_new (FALSE, FALSE, sizeof (guint));
  g_array_append_val (self->codes, none);
  gtk_string_list_append (names, _ ("None"));
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = dio_key_name (gtk_widget_get_display (GTK_WIDGET (self)), list[i]);

      gtk_string_list_append (names, name);
      g_array_append_val (self->codes, list[i]);
    }
  adw_combo_row_set_model (self->key, G_LIST_MODEL (names));
  for (guint i = 0; i < N_MODIFIERS; i++)
    {
      g_autofree char *name = dio_key_name (gtk_widget_get_display (GTK_WIDGET (self)), modifiers[i]);

      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (get_switch (self, i)), name);
    }
}

static void
dio_key_combination_dialog_dispose (GObject *object)
{
  DioKeyCombinationDialog *self = DIO_KEY_COMBINATION_DIALOG (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), DIO_TYPE_KEY_COMBINATION_DIALOG);
  g_clear_pointer (&self->codes, g_array_unref);
  G_OBJECT_CLASS (dio_key_combination_dialog_parent_class)->dispose (object);
}

static void
dio_key_combination_dialog_class_init (DioKeyCombinationDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_key_combination_dialog_dispose;
  signals[DONE] =
      g_signal_new ("done", DIO_TYPE_KEY_COMBINATION_DIALOG, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  g_type_ensure (DIO_TYPE_KEY_RECORDER);
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/key-combination-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, DioKeyCombinationDialog, keys_row);
  gtk_widget_class_bind_template_child (widget_class, DioKeyCombinationDialog, record);
  gtk_widget_class_bind_template_child (widget_class, DioKeyCombinationDialog, name);
  gtk_widget_class_bind_template_child (widget_class, DioKeyCombinationDialog, ctrl);
  gtk_widget_class_bind_template_child (widget_class, DioKeyCombinationDialog, alt);
  gtk_widget_class_bind_template_child (widget_class, DioKeyCombinationDialog, shift);
  gtk_widget_class_bind_template_child (widget_class, DioKeyCombinationDialog, super);
  gtk_widget_class_bind_template_child (widget_class, DioKeyCombinationDialog, alt_gr);
  gtk_widget_class_bind_template_child (widget_class, DioKeyCombinationDialog, key);
  gtk_widget_class_bind_template_child (widget_class, DioKeyCombinationDialog, done);
  gtk_widget_class_bind_template_callback (widget_class, update);
  gtk_widget_class_bind_template_callback (widget_class, on_done);
  gtk_widget_class_bind_template_callback (widget_class, on_key_pressed);
  gtk_widget_class_bind_template_callback (widget_class, on_key_released);
  gtk_widget_class_bind_template_callback (widget_class, on_record_toggled);
}

static void
dio_key_combination_dialog_init (DioKeyCombinationDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  fill (self);
}

DioKeyCombinationDialog *
dio_key_combination_dialog_new (const DioKeyCombination *combination)
{
  DioKeyCombinationDialog *self = g_object_new (DIO_TYPE_KEY_COMBINATION_DIALOG, NULL);
  guint set = 0, code = 0;

  gtk_button_set_label (self->done, combination ? _ ("_Save") : _ ("_Add"));
  for (guint i = 0; combination && i < combination->n_keys; i++)
    /* A right one can only be shown as the key of the combination, which may be another. */
    if (is_right_modifier (combination->keys[i]) && i == combination->n_keys - 1)
      code = combination->keys[i];
    else if (get_modifier (combination->keys[i]) < N_MODIFIERS)
      set |= 1u << get_modifier (combination->keys[i]);
    else
      code = combination->keys[i];
  show (self, set, code);
  if (combination)
    gtk_editable_set_text (GTK_EDITABLE (self->name), combination->name);
  return self;
}
