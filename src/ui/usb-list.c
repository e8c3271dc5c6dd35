/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/usb-list.h"

#include "ui/application.h"
#include "ui/usb-access-note.h"
#include "ui/usb-row.h"
#include "usb/access.h"

#include <glib/gi18n.h>
#include <unistd.h>

struct _DioUsbList
{
  AdwBin parent_instance;

  DioUsbManager *manager;
  DioSession *session;

  /* template */
  GtkListBox *list;
  GtkWidget *empty;
  GtkLabel *trouble;
  AdwBin *access;
};

G_DEFINE_FINAL_TYPE (DioUsbList, dio_usb_list, ADW_TYPE_BIN)

/* Whether there is something here that may not be opened, which our rule would change. */
static gboolean
lacks_access (DioUsbList *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->manager)), closed = 0;

  if (n == 0 || dio_usb_access_has_rule ())
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (DioUsbDevice) device = g_list_model_get_item (G_LIST_MODEL (self->manager), i);
      const char *node = dio_usb_device_get_node (device);

      if (node && access (node, F_OK) == 0 && access (node, R_OK | W_OK) < 0)
        closed++;
    }
  return closed > 0;
}

static void
update (DioUsbList *self)
{
  g_autofree char *trouble = NULL;
  gboolean any = g_list_model_get_n_items (G_LIST_MODEL (self->manager)) > 0, closed = lacks_access (self);

  g_object_get (self->manager, "trouble", &trouble, NULL);
  gtk_label_set_text (self->trouble, trouble ? trouble : "");
  gtk_widget_set_visible (GTK_WIDGET (self->trouble), trouble != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->list), any);
  gtk_widget_set_visible (self->empty, !any && !trouble);
  if (closed && !adw_bin_get_child (self->access))
    adw_bin_set_child (self->access, dio_usb_access_note_new ());
  gtk_widget_set_visible (GTK_WIDGET (self->access), closed);
}

static void
on_map (DioUsbList *self)
{
  GtkWidget *row = gtk_widget_get_first_child (GTK_WIDGET (self->list));

  for (; row; row = gtk_widget_get_next_sibling (row))
    if (DIO_IS_USB_ROW (row))
      dio_usb_row_refresh (DIO_USB_ROW (row));
  update (self);
}

static GtkWidget *
new_row (gpointer device, gpointer user_data)
{
  DioUsbList *self = user_data;

  return dio_usb_row_new (self->manager, self->session, device);
}

static void
dio_usb_list_dispose (GObject *object)
{
  DioUsbList *self = DIO_USB_LIST (object);

  g_clear_object (&self->manager);
  g_clear_object (&self->session);
  gtk_widget_dispose_template (GTK_WIDGET (self), DIO_TYPE_USB_LIST);
  G_OBJECT_CLASS (dio_usb_list_parent_class)->dispose (object);
}

static void
dio_usb_list_class_init (DioUsbListClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_usb_list_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/usb-list.ui");
  gtk_widget_class_bind_template_child (widget_class, DioUsbList, list);
  gtk_widget_class_bind_template_child (widget_class, DioUsbList, empty);
  gtk_widget_class_bind_template_child (widget_class, DioUsbList, trouble);
  gtk_widget_class_bind_template_child (widget_class, DioUsbList, access);
}

static void
dio_usb_list_init (DioUsbList *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect (self, "map", G_CALLBACK (on_map), NULL);
}

GtkWidget *
dio_usb_list_new (DioUsbManager *manager, DioSession *session)
{
  DioUsbList *self = g_object_new (DIO_TYPE_USB_LIST, NULL);

  self->manager = g_object_ref (manager);
  self->session = g_object_ref (session);
  gtk_list_box_bind_model (self->list, G_LIST_MODEL (manager), new_row, self, NULL);
  g_signal_connect_object (manager, "items-changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (manager, "notify::trouble", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
  return GTK_WIDGET (self);
}
