/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/clipboard-link.h"

#include "ui/guest-content.h"
#include "ui/host-offer.h"

struct _DioClipboardLink
{
  GObject parent_instance;

  GtkWindow *window; /* weak */
  DioClipboardShare *share;
  GdkClipboard *clipboards[DIO_N_SELECTIONS];
  DioHostOffer *offers[DIO_N_SELECTIONS]; /* what was there when the machine was last told, or NULL */
  gboolean news[DIO_N_SELECTIONS];        /* which the machine does not know of yet */
};

G_DEFINE_FINAL_TYPE (DioClipboardLink, dio_clipboard_link, G_TYPE_OBJECT)

static gboolean
is_active (DioClipboardLink *self)
{
  return self->window && gtk_window_is_active (self->window);
}

/* --- from here to the machine --- */

static void
tell_guest (DioClipboardLink *self, DioSelection selection)
{
  GdkClipboard *clipboard = self->clipboards[selection];
  GdkContentProvider *content = gdk_clipboard_get_content (clipboard);
  DioOffer *offer;

  if (!self->news[selection] || !is_active (self))
    return;
  self->news[selection] = FALSE;
  if (DIO_IS_GUEST_CONTENT (content))
    offer = dio_guest_content_get_offer (DIO_GUEST_CONTENT (content));
  else
    {
      g_clear_object (&self->offers[selection]);
      self->offers[selection] = dio_host_offer_new (clipboard);
      offer = self->offers[selection] ? DIO_OFFER (self->offers[selection]) : NULL;
    }
  dio_clipboard_share_set_host_offer (self->share, selection, offer);
}

static void
on_changed (DioClipboardLink *self, GdkClipboard *clipboard)
{
  DioSelection selection =
      clipboard == self->clipboards[DIO_SELECTION_PRIMARY] ? DIO_SELECTION_PRIMARY : DIO_SELECTION_CLIPBOARD;

  if (self->offers[selection])
    dio_host_offer_withdraw (self->offers[selection]);
  self->news[selection] = TRUE;
  tell_guest (self, selection);
}

static void
on_active_changed (DioClipboardLink *self)
{
  for (guint i = 0; i < DIO_N_SELECTIONS; i++)
    tell_guest (self, i);
}

/* --- from the machine to here --- */

static void
withdraw (DioClipboardLink *self, DioSelection selection)
{
  GdkContentProvider *content = gdk_clipboard_get_content (self->clipboards[selection]);

  if (DIO_IS_GUEST_CONTENT (content) && dio_guest_content_is_of (DIO_GUEST_CONTENT (content), self->share))
    gdk_clipboard_set_content (self->clipboards[selection], NULL);
}

static void
on_guest_offer (DioClipboardLink *self, guint selection, DioOffer *offer)
{
  g_autoptr (GdkContentProvider) content = NULL;

  if (selection >= DIO_N_SELECTIONS)
    return;
  if (!offer)
    {
      withdraw (self, selection);
      return;
    }
  /* What a machine in the background copies must not take the place of what the user has copied. */
  if (!is_active (self))
    return;
  content = dio_guest_content_new (offer, self->share);
  gdk_clipboard_set_content (self->clipboards[selection], content);
}

void
dio_clipboard_link_withdraw (DioClipboardLink *self)
{
  g_return_if_fail (DIO_IS_CLIPBOARD_LINK (self));

  for (guint i = 0; i < DIO_N_SELECTIONS; i++)
    withdraw (self, i);
}

static void
dio_clipboard_link_dispose (GObject *object)
{
  DioClipboardLink *self = DIO_CLIPBOARD_LINK (object);

  g_clear_weak_pointer (&self->window);
  g_clear_object (&self->share);
  for (guint i = 0; i < DIO_N_SELECTIONS; i++)
    {
      g_clear_object (&self->offers[i]);
      g_clear_object (&self->clipboards[i]);
    }
  G_OBJECT_CLASS (dio_clipboard_link_parent_class)->dispose (object);
}

static void
dio_clipboard_link_class_init (DioClipboardLinkClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dio_clipboard_link_dispose;
}

static void
dio_clipboard_link_init (DioClipboardLink *self)
{
}

DioClipboardLink *
dio_clipboard_link_new (GtkWindow *window, DioClipboardShare *share)
{
  DioClipboardLink *self = g_object_new (DIO_TYPE_CLIPBOARD_LINK, NULL);

  g_set_weak_pointer (&self->window, window);
  self->share = g_object_ref (share);
  self->clipboards[DIO_SELECTION_CLIPBOARD] = g_object_ref (gtk_widget_get_clipboard (GTK_WIDGET (window)));
  self->clipboards[DIO_SELECTION_PRIMARY] = g_object_ref (gtk_widget_get_primary_clipboard (GTK_WIDGET (window)));
  for (guint i = 0; i < DIO_N_SELECTIONS; i++)
    {
      self->news[i] = TRUE;
      g_signal_connect_object (self->clipboards[i], "changed", G_CALLBACK (on_changed), self, G_CONNECT_SWAPPED);
    }
  g_signal_connect_object (window, "notify::is-active", G_CALLBACK (on_active_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (share, "guest-offer", G_CALLBACK (on_guest_offer), self, G_CONNECT_SWAPPED);
  on_active_changed (self);
  return self;
}
