/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/clipboard-link.h"

#include "ui/guest-content.h"
#include "ui/host-offer.h"

/* What was copied here meanwhile is told just before, or just after, a window has become the active one. */
#define SETTLE_MS 200

struct _DioClipboardLink
{
  GObject parent_instance;

  GtkWindow *window; /* weak */
  DioClipboardShare *share;
  GdkClipboard *clipboards[DIO_N_SELECTIONS];
  DioHostOffer *offers[DIO_N_SELECTIONS];   /* what was there when the machine was last told, or NULL */
  gboolean news[DIO_N_SELECTIONS];          /* which the machine does not know of yet */
  DioHostOffer *doubtful[DIO_N_SELECTIONS]; /* is being compared with what was there before, or NULL */
  DioOffer *late[DIO_N_SELECTIONS];         /* what the machine has copied behind our back, or NULL */
  guint settle_id;
};

G_DEFINE_FINAL_TYPE (DioClipboardLink, dio_clipboard_link, G_TYPE_OBJECT)

static gboolean
is_active (DioClipboardLink *self)
{
  return self->window && gtk_window_is_active (self->window);
}

/* --- from here to the machine --- */

static void put (DioClipboardLink *self, DioSelection selection, DioOffer *offer);

/* It is what was copied last: what the machine has copied is older. */
static void
tell_host_offer (DioClipboardLink *self, DioSelection selection, DioHostOffer *offer)
{
  g_set_object (&self->offers[selection], offer);
  if (offer)
    g_clear_object (&self->late[selection]);
  dio_clipboard_share_set_host_offer (self->share, selection, offer ? DIO_OFFER (offer) : NULL);
}

typedef struct
{
  DioClipboardLink *link;
  DioSelection selection;
} Comparison;

static void
on_compared (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Comparison *comparison = user_data;
  g_autoptr (DioClipboardLink) self = comparison->link;
  DioSelection selection = comparison->selection;
  g_autoptr (DioHostOffer) offer = NULL;
  gboolean is_old = dio_host_offer_compare_finish (result);

  if (self->doubtful[selection] != DIO_HOST_OFFER (source))
    return;
  offer = g_steal_pointer (&self->doubtful[selection]);
  if (!is_old)
    tell_host_offer (self, selection, offer);
  else
    {
      /* It can be read, which the one before cannot be any more. */
      g_set_object (&self->offers[selection], offer);
      put (self, selection, self->late[selection]);
    }
}

static void
tell_guest (DioClipboardLink *self, DioSelection selection)
{
  GdkClipboard *clipboard = self->clipboards[selection];
  GdkContentProvider *content = gdk_clipboard_get_content (clipboard);
  g_autoptr (DioHostOffer) offer = NULL;
  Comparison *comparison;

  if (!self->news[selection] || !is_active (self))
    return;
  self->news[selection] = FALSE;
  if (DIO_IS_GUEST_CONTENT (content))
    {
      /* Whatever comes after it is new. */
      g_clear_object (&self->offers[selection]);
      g_clear_object (&self->late[selection]);
      dio_clipboard_share_set_host_offer (self->share, selection,
                                          dio_guest_content_get_offer (DIO_GUEST_CONTENT (content)));
      return;
    }
  offer = dio_host_offer_new (clipboard);
  if (!offer || !self->offers[selection] || dio_clipboard_share_has_host_offer (self->share, selection))
    {
      tell_host_offer (self, selection, offer);
      return;
    }
  g_set_object (&self->doubtful[selection], offer);
  comparison = g_new (Comparison, 1);
  *comparison = (Comparison) { g_object_ref (self), selection };
  dio_host_offer_compare_async (offer, self->offers[selection], on_compared, comparison);
}

static void
on_changed (DioClipboardLink *self, GdkClipboard *clipboard)
{
  DioSelection selection =
      clipboard == self->clipboards[DIO_SELECTION_PRIMARY] ? DIO_SELECTION_PRIMARY : DIO_SELECTION_CLIPBOARD;

  if (self->offers[selection])
    dio_host_offer_withdraw (self->offers[selection]);
  g_clear_object (&self->doubtful[selection]);
  self->news[selection] = TRUE;
  tell_guest (self, selection);
}

/* Nothing has been copied here since the machine did. */
static void
on_settled (gpointer user_data)
{
  DioClipboardLink *self = user_data;

  self->settle_id = 0;
  for (guint i = 0; i < DIO_N_SELECTIONS; i++)
    if (!self->doubtful[i])
      put (self, i, self->late[i]);
}

static void
on_active_changed (DioClipboardLink *self)
{
  g_clear_handle_id (&self->settle_id, g_source_remove);
  for (guint i = 0; i < DIO_N_SELECTIONS; i++)
    tell_guest (self, i);
  if (is_active (self))
    self->settle_id = g_timeout_add_once (SETTLE_MS, on_settled, self);
}

/* --- from the machine to here --- */

static void
withdraw (DioClipboardLink *self, DioSelection selection)
{
  GdkContentProvider *content = gdk_clipboard_get_content (self->clipboards[selection]);

  if (DIO_IS_GUEST_CONTENT (content) && dio_guest_content_is_of (DIO_GUEST_CONTENT (content), self->share))
    gdk_clipboard_set_content (self->clipboards[selection], NULL);
}

/* Through another window of the machine's. */
static gboolean
is_there (DioClipboardLink *self, DioSelection selection, DioOffer *offer)
{
  GdkContentProvider *content = gdk_clipboard_get_content (self->clipboards[selection]);

  return DIO_IS_GUEST_CONTENT (content) && dio_guest_content_get_offer (DIO_GUEST_CONTENT (content)) == offer;
}

/* OFFER: (nullable): nothing is done. */
static void
put (DioClipboardLink *self, DioSelection selection, DioOffer *offer)
{
  g_autoptr (GdkContentProvider) content = NULL;

  /* What a machine in the background copies must not take the place of what the user has copied. */
  if (!offer || !is_active (self) || is_there (self, selection, offer))
    return;
  content = dio_guest_content_new (offer, self->share);
  g_clear_object (&self->late[selection]);
  gdk_clipboard_set_content (self->clipboards[selection], content);
}

static void
on_guest_offer (DioClipboardLink *self, guint selection, DioOffer *offer)
{
  if (selection >= DIO_N_SELECTIONS)
    return;
  g_set_object (&self->late[selection], offer);
  if (offer)
    put (self, selection, offer);
  else
    withdraw (self, selection);
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

  g_clear_handle_id (&self->settle_id, g_source_remove);
  g_clear_weak_pointer (&self->window);
  g_clear_object (&self->share);
  for (guint i = 0; i < DIO_N_SELECTIONS; i++)
    {
      g_clear_object (&self->offers[i]);
      g_clear_object (&self->doubtful[i]);
      g_clear_object (&self->late[i]);
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
