/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/transfer-card.h"

#include "ui/application.h"

#include <glib/gi18n.h>

/* What is done sooner need not be told while it lasts. */
#define DELAY_MS 200

struct _DioTransferCard
{
  AdwBin parent_instance;

  DioFileSend *send;
  guint delay_id;

  /* template */
  GtkLabel *title;
  GtkProgressBar *progress;
  GtkLabel *detail;
};

G_DEFINE_FINAL_TYPE (DioTransferCard, dio_transfer_card, ADW_TYPE_BIN)

static void
update (DioTransferCard *self)
{
  const char *current = dio_file_send_get_current (self->send);
  guint64 sent = dio_file_send_get_sent (self->send), size = dio_file_send_get_size (self->send);
  guint n = dio_file_send_get_n_files (self->send), done = dio_file_send_get_n_done (self->send);
  g_autofree char *title = current ? g_strdup_printf (_ ("Sending “%s”"), current) : g_strdup (_ ("Sending files"));
  g_autofree char *so_far = g_format_size (sent), *all = g_format_size (size), *detail = NULL;

  if (n > 1)
    /* Translators: "File 2 of 5 — 1.2 MB of 10 MB" */
    detail = g_strdup_printf (_ ("File %u of %u — %s of %s"), MIN (done + 1, n), n, so_far, all);
  else
    /* Translators: "1.2 MB of 10 MB" */
    detail = g_strdup_printf (_ ("%s of %s"), so_far, all);
  gtk_label_set_text (self->title, title);
  gtk_label_set_text (self->detail, detail);
  gtk_progress_bar_set_fraction (self->progress, size > 0 ? CLAMP ((double) sent / (double) size, 0, 1) : 0);
}

static void
on_delayed (gpointer user_data)
{
  DioTransferCard *self = user_data;

  self->delay_id = 0;
  gtk_widget_set_visible (GTK_WIDGET (self), TRUE);
}

static void
on_cancel (DioTransferCard *self)
{
  if (self->send)
    dio_file_send_cancel (self->send);
}

void
dio_transfer_card_set_send (DioTransferCard *self, DioFileSend *send)
{
  g_return_if_fail (DIO_IS_TRANSFER_CARD (self));

  if (self->send)
    g_signal_handlers_disconnect_by_data (self->send, self);
  g_set_object (&self->send, send);
  g_clear_handle_id (&self->delay_id, g_source_remove);
  if (!send)
    {
      gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
      return;
    }
  g_signal_connect_object (send, "notify", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
  self->delay_id = g_timeout_add_once (DELAY_MS, on_delayed, self);
}

static void
dio_transfer_card_dispose (GObject *object)
{
  DioTransferCard *self = DIO_TRANSFER_CARD (object);

  g_clear_handle_id (&self->delay_id, g_source_remove);
  g_clear_object (&self->send);
  gtk_widget_dispose_template (GTK_WIDGET (self), DIO_TYPE_TRANSFER_CARD);
  G_OBJECT_CLASS (dio_transfer_card_parent_class)->dispose (object);
}

static void
dio_transfer_card_class_init (DioTransferCardClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_transfer_card_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/transfer-card.ui");
  gtk_widget_class_bind_template_child (widget_class, DioTransferCard, title);
  gtk_widget_class_bind_template_child (widget_class, DioTransferCard, progress);
  gtk_widget_class_bind_template_child (widget_class, DioTransferCard, detail);
  gtk_widget_class_bind_template_callback (widget_class, on_cancel);
}

static void
dio_transfer_card_init (DioTransferCard *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
