/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/trash-queue.h"

#include "ui/application.h"

#include <glib/gi18n.h>

/* Of one act of the user's. */
typedef struct
{
  AdwToast *toast;
  GPtrArray *items;
} Batch;

struct _DioTrashQueue
{
  GObject parent_instance;

  AdwToastOverlay *toasts; /* (unowned): whose window owns this */
  GPtrArray *batches;
};

G_DEFINE_FINAL_TYPE (DioTrashQueue, dio_trash_queue, G_TYPE_OBJECT)

static void
batch_free (Batch *batch)
{
  g_object_unref (batch->toast);
  g_ptr_array_unref (batch->items);
  g_free (batch);
}

static void
on_trashed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioLibraryItem) item = user_data;
  GApplication *application = g_application_get_default ();
  g_autoptr (GError) error = NULL;

  if (!dio_library_machine_trash_finish (DIO_LIBRARY_MACHINE (source), result, &error))
    {
      dio_library_item_set_hidden (item, FALSE);
      dio_application_report (DIO_APPLICATION (application),
                              gtk_application_get_active_window (GTK_APPLICATION (application)),
                              _ ("Could Not Move to the Trash"), error->message);
    }
  g_application_release (application);
}

static void
trash (DioLibraryItem *item)
{
  g_application_hold (g_application_get_default ());
  dio_library_machine_trash_async (dio_library_item_get_machine (item), on_trashed, g_object_ref (item));
}

/* (transfer full) (nullable) */
static Batch *
take_batch (DioTrashQueue *self, AdwToast *toast)
{
  for (guint i = 0; i < self->batches->len; i++)
    if (((Batch *) self->batches->pdata[i])->toast == toast)
      return g_ptr_array_steal_index (self->batches, i);
  return NULL;
}

static void
on_undo (DioTrashQueue *self, AdwToast *toast)
{
  Batch *batch = take_batch (self, toast);

  if (!batch)
    return;
  for (guint i = 0; i < batch->items->len; i++)
    dio_library_item_set_hidden (batch->items->pdata[i], FALSE);
  batch_free (batch);
}

static void
on_dismissed (DioTrashQueue *self, AdwToast *toast)
{
  Batch *batch = take_batch (self, toast);

  if (!batch)
    return;
  for (guint i = 0; i < batch->items->len; i++)
    trash (batch->items->pdata[i]);
  batch_free (batch);
}

void
dio_trash_queue_add (DioTrashQueue *self, GPtrArray *items)
{
  Batch *batch;
  g_autofree char *title = NULL;

  g_return_if_fail (DIO_IS_TRASH_QUEUE (self) && items->len > 0);

  batch = g_new (Batch, 1);
  title =
      items->len == 1
          ? g_strdup_printf (_ ("“%s” moved to the Trash"), dio_library_item_get_name (items->pdata[0]))
          : g_strdup_printf (ngettext ("%u machine moved to the Trash", "%u machines moved to the Trash", items->len),
                             items->len);
  batch->items = g_ptr_array_ref (items);
  batch->toast = g_object_ref_sink (adw_toast_new (""));
  adw_toast_set_use_markup (batch->toast, FALSE);
  adw_toast_set_title (batch->toast, title);
  adw_toast_set_button_label (batch->toast, _ ("_Undo"));
  g_signal_connect_object (batch->toast, "button-clicked", G_CALLBACK (on_undo), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (batch->toast, "dismissed", G_CALLBACK (on_dismissed), self, G_CONNECT_SWAPPED);
  g_ptr_array_add (self->batches, batch);
  for (guint i = 0; i < items->len; i++)
    dio_library_item_set_hidden (items->pdata[i], TRUE);
  adw_toast_overlay_add_toast (self->toasts, g_object_ref (batch->toast));
}

void
dio_trash_queue_flush (DioTrashQueue *self)
{
  g_return_if_fail (DIO_IS_TRASH_QUEUE (self));

  while (self->batches->len > 0)
    on_dismissed (self, ((Batch *) self->batches->pdata[0])->toast);
}

static void
dio_trash_queue_dispose (GObject *object)
{
  dio_trash_queue_flush (DIO_TRASH_QUEUE (object));
  G_OBJECT_CLASS (dio_trash_queue_parent_class)->dispose (object);
}

static void
dio_trash_queue_finalize (GObject *object)
{
  g_ptr_array_unref (DIO_TRASH_QUEUE (object)->batches);
  G_OBJECT_CLASS (dio_trash_queue_parent_class)->finalize (object);
}

static void
dio_trash_queue_class_init (DioTrashQueueClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dio_trash_queue_dispose;
  G_OBJECT_CLASS (klass)->finalize = dio_trash_queue_finalize;
}

static void
dio_trash_queue_init (DioTrashQueue *self)
{
  self->batches = g_ptr_array_new ();
}

DioTrashQueue *
dio_trash_queue_new (AdwToastOverlay *toasts)
{
  DioTrashQueue *self = g_object_new (DIO_TYPE_TRASH_QUEUE, NULL);

  self->toasts = toasts;
  return self;
}
