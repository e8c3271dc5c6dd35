/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "clipboard/channel.h"

enum
{
  PROP_0,
  PROP_CONNECTED,
  N_PROPS
};

G_DEFINE_ABSTRACT_TYPE (DioClipboardChannel, dio_clipboard_channel, G_TYPE_OBJECT)

gboolean
dio_clipboard_channel_get_connected (DioClipboardChannel *self)
{
  g_return_val_if_fail (DIO_IS_CLIPBOARD_CHANNEL (self), FALSE);
  return DIO_CLIPBOARD_CHANNEL_GET_CLASS (self)->get_connected (self);
}

void
dio_clipboard_channel_offer (DioClipboardChannel *self, DioSelection selection, DioOffer *offer)
{
  g_return_if_fail (DIO_IS_CLIPBOARD_CHANNEL (self) && selection < DIO_N_SELECTIONS);
  DIO_CLIPBOARD_CHANNEL_GET_CLASS (self)->offer (self, selection, offer);
}

static void
dio_clipboard_channel_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_CONNECTED:
      g_value_set_boolean (value, dio_clipboard_channel_get_connected (DIO_CLIPBOARD_CHANNEL (object)));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
dio_clipboard_channel_class_init (DioClipboardChannelClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = dio_clipboard_channel_get_property;
  g_object_class_install_property (
      object_class, PROP_CONNECTED,
      g_param_spec_boolean ("connected", NULL, NULL, FALSE,
                            G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY));
  g_signal_new ("offered", DIO_TYPE_CLIPBOARD_CHANNEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                G_TYPE_UINT, DIO_TYPE_OFFER);
}

static void
dio_clipboard_channel_init (DioClipboardChannel *self)
{
}
