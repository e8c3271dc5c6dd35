/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/clipboard-group.h"

#include "ui/application.h"

struct _DioClipboardGroup
{
  AdwPreferencesGroup parent_instance;

  DioClipboardOptions *options;

  /* template */
  AdwComboRow *to_guest;
  AdwComboRow *to_host;
  AdwSwitchRow *primary;
};

G_DEFINE_FINAL_TYPE (DioClipboardGroup, dio_clipboard_group, ADW_TYPE_PREFERENCES_GROUP)

static void
dio_clipboard_group_dispose (GObject *object)
{
  g_clear_object (&DIO_CLIPBOARD_GROUP (object)->options);
  gtk_widget_dispose_template (GTK_WIDGET (object), DIO_TYPE_CLIPBOARD_GROUP);
  G_OBJECT_CLASS (dio_clipboard_group_parent_class)->dispose (object);
}

static void
dio_clipboard_group_class_init (DioClipboardGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_clipboard_group_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/clipboard-group.ui");
  gtk_widget_class_bind_template_child (widget_class, DioClipboardGroup, to_guest);
  gtk_widget_class_bind_template_child (widget_class, DioClipboardGroup, to_host);
  gtk_widget_class_bind_template_child (widget_class, DioClipboardGroup, primary);
}

static void
dio_clipboard_group_init (DioClipboardGroup *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

static void
bind (DioClipboardGroup *self, const char *option, gpointer row, const char *property)
{
  g_object_bind_property (self->options, option, row, property, G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
}

void
dio_clipboard_group_set_options (DioClipboardGroup *self, DioClipboardOptions *options)
{
  g_return_if_fail (DIO_IS_CLIPBOARD_GROUP (self) && !self->options);

  self->options = g_object_ref (options);
  bind (self, "to-guest", self->to_guest, "selected");
  bind (self, "to-host", self->to_host, "selected");
  bind (self, "primary", self->primary, "active");
}
