/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/usb-card.h"

#include "ui/usb-connect.h"

#include <glib/gi18n.h>

/* Places of the answers. */
enum
{
  ANSWER_KEEP,
  ANSWER_CONNECT,
  ANSWER_ALWAYS,
};

struct _DioUsbCard
{
  DioPromptCard parent_instance;

  GQueue *devices; /* DioUsbDevice; the first is shown */
  DioUsbManager *manager;
  DioSession *session;
  char *name;
};

G_DEFINE_FINAL_TYPE (DioUsbCard, dio_usb_card, DIO_TYPE_PROMPT_CARD)

/* (transfer full): what it is beside its name, or NULL where that is all. */
static char *
describe (DioUsbDevice *device)
{
  const char *kind = dio_usb_device_get_kind_name (device), *name = dio_usb_device_get_name (device);

  return g_strcmp0 (kind, name) == 0 ? NULL : g_strdup (kind);
}

static void
show_next (DioUsbCard *self)
{
  DioUsbDevice *device = g_queue_peek_head (self->devices);
  g_autofree char *title = NULL, *text = NULL, *connect = NULL;
  const char *answers[] = { _ ("_Keep on This Computer"), NULL, _ ("_Always Connect"), NULL };

  if (!device)
    {
      dio_prompt_card_hide (DIO_PROMPT_CARD (self));
      return;
    }
  /* Translators: a USB device was plugged in. */
  title = g_strdup_printf (_ ("“%s” was plugged in"), dio_usb_device_get_name (device));
  text = describe (device);
  /* Translators: to a machine. */
  connect = g_strdup_printf (_ ("_Connect to %s"), self->name);
  answers[ANSWER_CONNECT] = connect;
  dio_prompt_card_show (DIO_PROMPT_CARD (self), dio_usb_device_get_icon_name (device), title, text, answers);
}

static void
dio_usb_card_answered (DioPromptCard *card, guint answer)
{
  DioUsbCard *self = DIO_USB_CARD (card);
  g_autoptr (DioUsbDevice) device = g_queue_pop_head (self->devices);

  if (device && answer != ANSWER_KEEP)
    {
      DioUsbRules *rules = dio_usb_options_get_rules (dio_usb_manager_get_options (self->manager, self->session));

      if (answer == ANSWER_ALWAYS)
        dio_usb_rules_remember (rules, device, DIO_USB_ACTION_CONNECT, FALSE);
      dio_usb_connect (GTK_WIDGET (self), self->manager, self->session, device);
    }
  show_next (self);
}

static gboolean
is_there (DioUsbCard *self, DioUsbDevice *device)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->manager)); i++)
    {
      g_autoptr (DioUsbDevice) other = g_list_model_get_item (G_LIST_MODEL (self->manager), i);

      if (other == device)
        return dio_usb_device_get_state (device) == DIO_USB_DEVICE_FREE;
    }
  return FALSE;
}

static void
forget_gone (DioUsbCard *self)
{
  DioUsbDevice *shown = g_queue_peek_head (self->devices);

  for (GList *l = self->devices->head, *next; l; l = next)
    {
      next = l->next;
      if (is_there (self, l->data))
        continue;
      g_signal_handlers_disconnect_by_func (l->data, forget_gone, self);
      g_object_unref (l->data);
      g_queue_delete_link (self->devices, l);
    }
  if (g_queue_peek_head (self->devices) != shown)
    show_next (self);
}

static void
dio_usb_card_dispose (GObject *object)
{
  DioUsbCard *self = DIO_USB_CARD (object);

  g_queue_clear_full (self->devices, g_object_unref);
  g_clear_object (&self->manager);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (dio_usb_card_parent_class)->dispose (object);
}

static void
dio_usb_card_finalize (GObject *object)
{
  DioUsbCard *self = DIO_USB_CARD (object);

  g_clear_pointer (&self->devices, g_queue_free);
  g_clear_pointer (&self->name, g_free);
  G_OBJECT_CLASS (dio_usb_card_parent_class)->finalize (object);
}

static void
dio_usb_card_class_init (DioUsbCardClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dio_usb_card_dispose;
  G_OBJECT_CLASS (klass)->finalize = dio_usb_card_finalize;
  DIO_PROMPT_CARD_CLASS (klass)->answered = dio_usb_card_answered;
}

static void
dio_usb_card_init (DioUsbCard *self)
{
  self->devices = g_queue_new ();
}

void
dio_usb_card_ask (DioUsbCard *self, DioUsbManager *manager, DioSession *session, const char *name, DioUsbDevice *device)
{
  g_return_if_fail (DIO_IS_USB_CARD (self) && DIO_IS_USB_DEVICE (device));

  if (g_set_object (&self->manager, manager))
    g_signal_connect_object (manager, "items-changed", G_CALLBACK (forget_gone), self, G_CONNECT_SWAPPED);
  g_set_object (&self->session, session);
  g_set_str (&self->name, name);
  if (g_queue_find (self->devices, device))
    return;
  g_queue_push_tail (self->devices, g_object_ref (device));
  g_signal_connect_object (device, "notify::state", G_CALLBACK (forget_gone), self, G_CONNECT_SWAPPED);
  if (g_queue_get_length (self->devices) == 1)
    show_next (self);
}
