/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/key-recorder.h"

struct _DioKeyRecorder
{
  GtkToggleButton parent_instance;

  GdkToplevel *inhibited;    /* whose shortcuts were asked for */
  GtkWidget *dialog;         /* (unowned): which has these controllers, while there is one */
  GtkEventController *keys;  /* (unowned) */
  GtkEventController *focus; /* (unowned) */
};

G_DEFINE_FINAL_TYPE (DioKeyRecorder, dio_key_recorder, GTK_TYPE_TOGGLE_BUTTON)

enum
{
  KEY_PRESSED,
  KEY_RELEASED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
stop (DioKeyRecorder *self)
{
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self), FALSE);
}

static void
dio_key_recorder_toggled (GtkToggleButton *button)
{
  DioKeyRecorder *self = DIO_KEY_RECORDER (button);
  GtkNative *native = gtk_widget_get_native (GTK_WIDGET (self));
  GdkSurface *surface = native ? gtk_native_get_surface (native) : NULL;

  if (self->inhibited)
    gdk_toplevel_restore_system_shortcuts (self->inhibited);
  g_clear_object (&self->inhibited);
  if (gtk_toggle_button_get_active (button) && surface && GDK_IS_TOPLEVEL (surface))
    {
      self->inhibited = g_object_ref (GDK_TOPLEVEL (surface));
      gdk_toplevel_inhibit_system_shortcuts (self->inhibited, NULL);
    }
}

/* Where the focus goes, the shortcuts may be asked for, too: they are given back before. While the desktop asks the
 * user about them the window is not active. */
static void
on_focus_left (DioKeyRecorder *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  if (GTK_IS_WINDOW (root) && gtk_window_is_active (GTK_WINDOW (root)))
    stop (self);
}

static gboolean
on_key_pressed (DioKeyRecorder *self, guint keyval, guint keycode, GdkModifierType state,
                GtkEventController *controller)
{
  gboolean handled = GDK_EVENT_PROPAGATE;

  if (gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (self)))
    g_signal_emit (self, signals[KEY_PRESSED], 0, keyval, keycode, state,
                   gtk_event_controller_get_current_event (controller), &handled);
  return handled;
}

static void
on_key_released (DioKeyRecorder *self, guint keyval, guint keycode)
{
  if (gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (self)))
    g_signal_emit (self, signals[KEY_RELEASED], 0, keycode);
}

static void
dio_key_recorder_root (GtkWidget *widget)
{
  DioKeyRecorder *self = DIO_KEY_RECORDER (widget);

  GTK_WIDGET_CLASS (dio_key_recorder_parent_class)->root (widget);
  self->dialog = gtk_widget_get_ancestor (widget, ADW_TYPE_DIALOG);
  g_return_if_fail (self->dialog);
  self->keys = gtk_event_controller_key_new ();
  gtk_event_controller_set_propagation_phase (self->keys, GTK_PHASE_CAPTURE);
  g_signal_connect_object (self->keys, "key-pressed", G_CALLBACK (on_key_pressed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->keys, "key-released", G_CALLBACK (on_key_released), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (self->dialog, self->keys);
  self->focus = gtk_event_controller_focus_new ();
  g_signal_connect_object (self->focus, "leave", G_CALLBACK (on_focus_left), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (self->dialog, self->focus);
}

static void
dio_key_recorder_unroot (GtkWidget *widget)
{
  DioKeyRecorder *self = DIO_KEY_RECORDER (widget);

  if (self->dialog)
    {
      gtk_widget_remove_controller (self->dialog, g_steal_pointer (&self->keys));
      gtk_widget_remove_controller (self->dialog, g_steal_pointer (&self->focus));
    }
  self->dialog = NULL;
  GTK_WIDGET_CLASS (dio_key_recorder_parent_class)->unroot (widget);
}

static void
dio_key_recorder_unmap (GtkWidget *widget)
{
  stop (DIO_KEY_RECORDER (widget));
  GTK_WIDGET_CLASS (dio_key_recorder_parent_class)->unmap (widget);
}

static void
dio_key_recorder_dispose (GObject *object)
{
  g_clear_object (&DIO_KEY_RECORDER (object)->inhibited);
  G_OBJECT_CLASS (dio_key_recorder_parent_class)->dispose (object);
}

static void
dio_key_recorder_class_init (DioKeyRecorderClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_key_recorder_dispose;
  GTK_TOGGLE_BUTTON_CLASS (klass)->toggled = dio_key_recorder_toggled;
  widget_class->root = dio_key_recorder_root;
  widget_class->unroot = dio_key_recorder_unroot;
  widget_class->unmap = dio_key_recorder_unmap;
  signals[KEY_PRESSED] =
      g_signal_new ("key-pressed", DIO_TYPE_KEY_RECORDER, G_SIGNAL_RUN_LAST, 0, g_signal_accumulator_true_handled, NULL,
                    NULL, G_TYPE_BOOLEAN, 4, G_TYPE_UINT, G_TYPE_UINT, GDK_TYPE_MODIFIER_TYPE, G_TYPE_POINTER);
  signals[KEY_RELEASED] = g_signal_new ("key-released", DIO_TYPE_KEY_RECORDER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                        G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
dio_key_recorder_init (DioKeyRecorder *self)
{
}
