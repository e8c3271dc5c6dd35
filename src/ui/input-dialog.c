/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/input-dialog.h"

#include "ui/application.h"

#include <glib/gi18n.h>

struct _DioInputDialog
{
  AdwPreferencesDialog parent_instance;

  DioInputOptions *options;
  DioTouch *touch; /* NULL where there is no machine at present */

  /* template */
  AdwPreferencesGroup *touch_group;
  AdwComboRow *touch_mode;
  AdwSwitchRow *long_press;
  AdwSwitchRow *two_finger_scroll;
  AdwSwitchRow *guest_gestures;
  AdwSwitchRow *every_point;
};

G_DEFINE_FINAL_TYPE (DioInputDialog, dio_input_dialog, ADW_TYPE_PREFERENCES_DIALOG)

static void
update_state (DioInputDialog *self)
{
  const char *text;

  switch (self->touch ? dio_touch_get_state (self->touch) : DIO_TOUCH_ABSENT)
    {
    case DIO_TOUCH_READY:
      text = _ ("The system in this machine uses a touch screen now.");
      break;
    case DIO_TOUCH_ABSENT:
      text = _ ("The system in this machine uses no touch screen now.");
      break;
    case DIO_TOUCH_UNKNOWN:
    default:
      text = _ ("Whether the system in this machine uses a touch screen is not known; choose Fingers if it does.");
      break;
    }
  adw_preferences_group_set_description (self->touch_group, text);
}

/* Some of it has a meaning only where fingers point. */
static void
update_rows (DioInputDialog *self)
{
  DioTouchMode mode = dio_input_options_get_touch_mode (self->options);

  gtk_widget_set_sensitive (GTK_WIDGET (self->long_press), mode != DIO_TOUCH_MODE_FINGERS);
  gtk_widget_set_sensitive (GTK_WIDGET (self->two_finger_scroll), mode != DIO_TOUCH_MODE_FINGERS);
}

static void
bind (DioInputDialog *self, const char *option, gpointer row, const char *property)
{
  g_object_bind_property (self->options, option, row, property, G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
}

static void
dio_input_dialog_dispose (GObject *object)
{
  DioInputDialog *self = DIO_INPUT_DIALOG (object);

  g_clear_object (&self->options);
  g_clear_object (&self->touch);
  gtk_widget_dispose_template (GTK_WIDGET (self), DIO_TYPE_INPUT_DIALOG);
  G_OBJECT_CLASS (dio_input_dialog_parent_class)->dispose (object);
}

static void
dio_input_dialog_class_init (DioInputDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_input_dialog_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/input-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, DioInputDialog, touch_group);
  gtk_widget_class_bind_template_child (widget_class, DioInputDialog, touch_mode);
  gtk_widget_class_bind_template_child (widget_class, DioInputDialog, long_press);
  gtk_widget_class_bind_template_child (widget_class, DioInputDialog, two_finger_scroll);
  gtk_widget_class_bind_template_child (widget_class, DioInputDialog, guest_gestures);
  gtk_widget_class_bind_template_child (widget_class, DioInputDialog, every_point);
}

static void
dio_input_dialog_init (DioInputDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

DioInputDialog *
dio_input_dialog_new (DioInputOptions *options, DioTouch *touch)
{
  DioInputDialog *self = g_object_new (DIO_TYPE_INPUT_DIALOG, NULL);

  self->options = g_object_ref (options);
  g_set_object (&self->touch, touch);
  bind (self, "touch-mode", self->touch_mode, "selected");
  bind (self, "long-press", self->long_press, "active");
  bind (self, "two-finger-scroll", self->two_finger_scroll, "active");
  bind (self, "guest-gestures", self->guest_gestures, "active");
  bind (self, "every-point", self->every_point, "active");
  if (touch)
    g_signal_connect_object (touch, "notify::state", G_CALLBACK (update_state), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (options, "notify::touch-mode", G_CALLBACK (update_rows), self, G_CONNECT_SWAPPED);
  update_state (self);
  update_rows (self);
  return self;
}
