/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/key-bar.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <linux/input-event-codes.h>

/* Two taps within this lock a modifier. */
#define DOUBLE_TAP_US (300 * G_TIME_SPAN_MILLISECOND)

typedef enum
{
  LATCH_OFF,
  LATCH_ONCE,   /* goes with the next key */
  LATCH_LOCKED, /* until tapped again */
} Latch;

typedef struct
{
  const char *label; /* what is on the key */
  const char *name;  /* in full, for the tooltip and for screen readers */
  guint code;        /* evdev */
} Key;

typedef struct
{
  guint code;
  Latch latch;
  gint64 tapped; /* when, last; monotonic */
  GtkToggleButton *button;
} Modifier;

static const Key modifier_keys[] = {
  { NC_ ("key", "Shift"), N_ ("Shift"), KEY_LEFTSHIFT },
  { NC_ ("key", "Ctrl"), N_ ("Control"), KEY_LEFTCTRL },
  { NC_ ("key", "Alt"), N_ ("Alt"), KEY_LEFTALT },
  { NC_ ("key", "Super"), N_ ("Super (Windows Key)"), KEY_LEFTMETA },
};

static const Key main_keys[] = {
  { NC_ ("key", "Esc"), N_ ("Escape"), KEY_ESC },
  { NC_ ("key", "Tab"), N_ ("Tab"), KEY_TAB },
};

static const Key arrow_keys[] = {
  { "←", N_ ("Left Arrow"), KEY_LEFT },
  { "↓", N_ ("Down Arrow"), KEY_DOWN },
  { "↑", N_ ("Up Arrow"), KEY_UP },
  { "→", N_ ("Right Arrow"), KEY_RIGHT },
  { NC_ ("key", "Del"), N_ ("Delete"), KEY_DELETE },
};

static const Key function_keys[] = {
  { "F1", "F1", KEY_F1 },
  { "F2", "F2", KEY_F2 },
  { "F3", "F3", KEY_F3 },
  { "F4", "F4", KEY_F4 },
  { "F5", "F5", KEY_F5 },
  { "F6", "F6", KEY_F6 },
  { "F7", "F7", KEY_F7 },
  { "F8", "F8", KEY_F8 },
  { "F9", "F9", KEY_F9 },
  { "F10", "F10", KEY_F10 },
  { "F11", "F11", KEY_F11 },
  { "F12", "F12", KEY_F12 },
  { NC_ ("key", "Ins"), N_ ("Insert"), KEY_INSERT },
  { NC_ ("key", "Home"), N_ ("Home"), KEY_HOME },
  { NC_ ("key", "End"), N_ ("End"), KEY_END },
  { NC_ ("key", "PgUp"), N_ ("Page Up"), KEY_PAGEUP },
  { NC_ ("key", "PgDn"), N_ ("Page Down"), KEY_PAGEDOWN },
  { NC_ ("key", "PrtSc"), N_ ("Print Screen"), KEY_SYSRQ },
};

struct _DioKeyBar
{
  GtkWidget parent_instance;

  /* template */
  GtkStack *pages;
  AdwWrapBox *main_page;
  AdwWrapBox *function_page;
  GtkWidget *functions_button;
  GtkWidget *keyboard_button;
  GtkWidget *back_button;

  /* owned */
  DioKeyboard *keyboard;

  Modifier modifiers[G_N_ELEMENTS (modifier_keys)];
  guint held; /* the code of the key that a finger holds; 0: none */
  gulong active_id;
};

G_DEFINE_FINAL_TYPE (DioKeyBar, dio_key_bar, GTK_TYPE_WIDGET)

/* --- modifiers --- */

static void
set_latch (DioKeyBar *self, Modifier *modifier, Latch latch)
{
  if (self->keyboard && latch != LATCH_OFF && modifier->latch == LATCH_OFF)
    dio_keyboard_press_by (self->keyboard, DIO_KEY_HOLDER_BAR, modifier->code);
  if (self->keyboard && latch == LATCH_OFF && modifier->latch != LATCH_OFF)
    dio_keyboard_release_by (self->keyboard, DIO_KEY_HOLDER_BAR, modifier->code);
  modifier->latch = latch;
  gtk_toggle_button_set_active (modifier->button, latch != LATCH_OFF);
  if (latch == LATCH_LOCKED)
    gtk_widget_add_css_class (GTK_WIDGET (modifier->button), "locked");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (modifier->button), "locked");
  gtk_accessible_update_property (GTK_ACCESSIBLE (modifier->button), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  latch == LATCH_LOCKED ? _ ("Held until tapped again")
                                  : latch == LATCH_ONCE ? _ ("Goes with the next key")
                                                        : "",
                                  -1);
}

static void
on_modifier_clicked (DioKeyBar *self, GtkToggleButton *button)
{
  Modifier *modifier = g_object_get_data (G_OBJECT (button), "dio-modifier");
  gint64 now = g_get_monotonic_time ();

  if (modifier->latch == LATCH_OFF)
    set_latch (self, modifier, LATCH_ONCE);
  else if (modifier->latch == LATCH_ONCE && now - modifier->tapped <= DOUBLE_TAP_US)
    set_latch (self, modifier, LATCH_LOCKED);
  else
    set_latch (self, modifier, LATCH_OFF);
  modifier->tapped = now;
}

static gboolean
is_modifier (guint code)
{
  switch (code)
    {
    case KEY_LEFTSHIFT:
    case KEY_RIGHTSHIFT:
    case KEY_LEFTCTRL:
    case KEY_RIGHTCTRL:
    case KEY_LEFTALT:
    case KEY_RIGHTALT:
    case KEY_LEFTMETA:
    case KEY_RIGHTMETA:
    case KEY_CAPSLOCK:
      return TRUE;
    default:
      return FALSE;
    }
}

/* Somebody pressed a key: what was latched has gone with it. */
static void
on_key_pressed (DioKeyBar *self, guint code)
{
  if (is_modifier (code))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (self->modifiers); i++)
    if (self->modifiers[i].latch == LATCH_ONCE)
      set_latch (self, &self->modifiers[i], LATCH_OFF);
}

/* --- keys --- */

static guint
get_code (GtkWidget *button)
{
  return GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (button), "dio-code"));
}

static void
on_key_clicked (DioKeyBar *self, GtkWidget *button)
{
  guint code = get_code (button);

  if (!self->keyboard)
    return;
  dio_keyboard_press_by (self->keyboard, DIO_KEY_HOLDER_BAR, code);
  dio_keyboard_release_by (self->keyboard, DIO_KEY_HOLDER_BAR, code);
}

static void
let_go (DioKeyBar *self)
{
  if (self->held && self->keyboard)
    dio_keyboard_release_by (self->keyboard, DIO_KEY_HOLDER_BAR, self->held);
  self->held = 0;
}

/* Of another key than the one that is held it is not the end. */
static void
on_hold_ended (DioKeyBar *self, GdkEventSequence *sequence, GtkGesture *gesture)
{
  if (get_code (gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (gesture))) == self->held)
    let_go (self);
}

/* From here on it is no click; the key is down until the finger is lifted, and the guest repeats it. */
static void
on_held (DioKeyBar *self, double x, double y, GtkGesture *gesture)
{
  GtkWidget *button = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (gesture));
  Modifier *modifier = g_object_get_data (G_OBJECT (button), "dio-modifier");

  gtk_gesture_set_state (gesture, GTK_EVENT_SEQUENCE_CLAIMED);
  let_go (self);
  if (modifier)
    set_latch (self, modifier, LATCH_LOCKED);
  else if (self->keyboard)
    {
      self->held = get_code (button);
      dio_keyboard_press_by (self->keyboard, DIO_KEY_HOLDER_BAR, self->held);
    }
}

/* For screen readers, instead of what is on it. */
static void
set_name (GtkWidget *button, const char *name)
{
  gtk_accessible_reset_relation (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_RELATION_LABELLED_BY);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

static GtkWidget *
new_button (DioKeyBar *self, GType type, const Key *key)
{
  GtkWidget *button = g_object_new (type, "label", g_dpgettext2 (NULL, "key", key->label), "tooltip-text",
                                    gettext (key->name), "focus-on-click", FALSE, NULL);
  GtkGesture *hold = gtk_gesture_long_press_new ();

  set_name (button, gettext (key->name));
  gtk_widget_add_css_class (button, "key");
  g_object_set_data (G_OBJECT (button), "dio-code", GUINT_TO_POINTER (key->code));

  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (hold), GTK_PHASE_CAPTURE);
  g_signal_connect_object (hold, "pressed", G_CALLBACK (on_held), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (hold, "end", G_CALLBACK (on_hold_ended), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (button, GTK_EVENT_CONTROLLER (hold));
  return button;
}

static void
add_keys (DioKeyBar *self, AdwWrapBox *page, GtkWidget *before, const Key *keys, guint n_keys)
{
  for (guint i = 0; i < n_keys; i++)
    {
      GtkWidget *button = new_button (self, GTK_TYPE_BUTTON, &keys[i]);

      g_signal_connect_object (button, "clicked", G_CALLBACK (on_key_clicked), self, G_CONNECT_SWAPPED);
      gtk_widget_insert_before (button, GTK_WIDGET (page), before);
    }
}

static void
add_modifiers (DioKeyBar *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (modifier_keys); i++)
    {
      GtkWidget *button = new_button (self, GTK_TYPE_TOGGLE_BUTTON, &modifier_keys[i]);

      self->modifiers[i] = (Modifier) { .code = modifier_keys[i].code, .button = GTK_TOGGLE_BUTTON (button) };
      g_object_set_data (G_OBJECT (button), "dio-modifier", &self->modifiers[i]);
      g_signal_connect_object (button, "clicked", G_CALLBACK (on_modifier_clicked), self, G_CONNECT_SWAPPED);
      gtk_widget_insert_before (button, GTK_WIDGET (self->main_page), self->functions_button);
    }
}

static void
on_functions_clicked (DioKeyBar *self)
{
  gtk_stack_set_visible_child (self->pages, GTK_WIDGET (self->function_page));
}

static void
on_back_clicked (DioKeyBar *self)
{
  gtk_stack_set_visible_child (self->pages, GTK_WIDGET (self->main_page));
}

void
dio_key_bar_release_all (DioKeyBar *self)
{
  g_return_if_fail (DIO_IS_KEY_BAR (self));

  let_go (self);
  for (guint i = 0; i < G_N_ELEMENTS (self->modifiers); i++)
    if (self->modifiers[i].latch != LATCH_OFF)
      set_latch (self, &self->modifiers[i], LATCH_OFF);
}

static void
set_keys_sensitive (AdwWrapBox *page, gboolean sensitive)
{
  for (GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (page)); child;
       child = gtk_widget_get_next_sibling (child))
    if (get_code (child))
      gtk_widget_set_sensitive (child, sensitive);
}

/* Only the keys: the bar can be hidden without a machine, too. */
static void
update_sensitive (DioKeyBar *self)
{
  set_keys_sensitive (self->main_page, self->keyboard != NULL);
  set_keys_sensitive (self->function_page, self->keyboard != NULL);
  gtk_widget_set_sensitive (self->keyboard_button, self->keyboard != NULL);
}

void
dio_key_bar_set_keyboard (DioKeyBar *self, DioKeyboard *keyboard)
{
  g_return_if_fail (DIO_IS_KEY_BAR (self));
  g_return_if_fail (!keyboard || DIO_IS_KEYBOARD (keyboard));

  if (self->keyboard == keyboard)
    return;
  dio_key_bar_release_all (self);
  if (self->keyboard)
    g_signal_handlers_disconnect_by_data (self->keyboard, self);
  g_set_object (&self->keyboard, keyboard);
  if (keyboard)
    {
      g_signal_connect_object (keyboard, "pressed", G_CALLBACK (on_key_pressed), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (keyboard, "lifted", G_CALLBACK (dio_key_bar_release_all), self, G_CONNECT_SWAPPED);
    }
  update_sensitive (self);
}

/* --- the widget --- */

/* Another window has the user's keys now. */
static void
on_active_changed (DioKeyBar *self, GParamSpec *pspec, GtkWindow *window)
{
  if (!gtk_window_is_active (window))
    dio_key_bar_release_all (self);
}

static void
dio_key_bar_root (GtkWidget *widget)
{
  DioKeyBar *self = DIO_KEY_BAR (widget);

  GTK_WIDGET_CLASS (dio_key_bar_parent_class)->root (widget);
  self->active_id = g_signal_connect_swapped (gtk_widget_get_root (widget), "notify::is-active",
                                              G_CALLBACK (on_active_changed), self);
}

static void
dio_key_bar_unroot (GtkWidget *widget)
{
  DioKeyBar *self = DIO_KEY_BAR (widget);

  g_clear_signal_handler (&self->active_id, gtk_widget_get_root (widget));
  GTK_WIDGET_CLASS (dio_key_bar_parent_class)->unroot (widget);
}

static void
dio_key_bar_unmap (GtkWidget *widget)
{
  dio_key_bar_release_all (DIO_KEY_BAR (widget));
  GTK_WIDGET_CLASS (dio_key_bar_parent_class)->unmap (widget);
}

static void
dio_key_bar_dispose (GObject *object)
{
  DioKeyBar *self = DIO_KEY_BAR (object);

  if (self->keyboard)
    dio_key_bar_set_keyboard (self, NULL);
  gtk_widget_dispose_template (GTK_WIDGET (self), DIO_TYPE_KEY_BAR);
  G_OBJECT_CLASS (dio_key_bar_parent_class)->dispose (object);
}

static void
dio_key_bar_class_init (DioKeyBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_key_bar_dispose;
  widget_class->root = dio_key_bar_root;
  widget_class->unroot = dio_key_bar_unroot;
  widget_class->unmap = dio_key_bar_unmap;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "keybar");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_TOOLBAR);
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/key-bar.ui");
  gtk_widget_class_bind_template_child (widget_class, DioKeyBar, pages);
  gtk_widget_class_bind_template_child (widget_class, DioKeyBar, main_page);
  gtk_widget_class_bind_template_child (widget_class, DioKeyBar, function_page);
  gtk_widget_class_bind_template_child (widget_class, DioKeyBar, functions_button);
  gtk_widget_class_bind_template_child (widget_class, DioKeyBar, keyboard_button);
  gtk_widget_class_bind_template_child (widget_class, DioKeyBar, back_button);
  gtk_widget_class_bind_template_callback (widget_class, on_functions_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_back_clicked);
}

static void
dio_key_bar_init (DioKeyBar *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  set_name (self->functions_button, _ ("Function Keys"));
  /* The keys of a keyboard lie the same way round everywhere. */
  gtk_widget_set_direction (GTK_WIDGET (self->main_page), GTK_TEXT_DIR_LTR);
  gtk_widget_set_direction (GTK_WIDGET (self->function_page), GTK_TEXT_DIR_LTR);
  add_keys (self, self->main_page, self->functions_button, main_keys, G_N_ELEMENTS (main_keys));
  add_modifiers (self);
  add_keys (self, self->main_page, self->keyboard_button, arrow_keys, G_N_ELEMENTS (arrow_keys));
  add_keys (self, self->function_page, self->back_button, function_keys, G_N_ELEMENTS (function_keys));
  update_sensitive (self);
}
