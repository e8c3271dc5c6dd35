/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "usb/find.h"

#include "config.h"
#include "usb/error.h"

#include <glib/gi18n-lib.h>

static gboolean
is_at (DioUsbDevice *device, const char *word)
{
  return g_str_equal (dio_usb_device_get_id (device), word) || g_strcmp0 (dio_usb_device_get_port (device), word) == 0;
}

static gboolean
has_numbers (DioUsbDevice *device, const char *word)
{
  g_autofree char *numbers =
      g_strdup_printf ("%04x:%04x", dio_usb_device_get_vendor (device), dio_usb_device_get_product (device));

  return g_ascii_strcasecmp (numbers, word) == 0;
}

static gboolean
has_serial (DioUsbDevice *device, const char *word)
{
  return g_strcmp0 (dio_usb_device_get_serial (device), word) == 0;
}

static gboolean
has_name (DioUsbDevice *device, const char *word)
{
  g_autofree char *name = g_utf8_casefold (dio_usb_device_get_name (device), -1);
  g_autofree char *wanted = g_utf8_casefold (word, -1);

  return g_str_equal (name, wanted);
}

/* Returns: how many fit. *RET_DEVICE: (transfer full): the first of them. */
static guint
count (GListModel *devices, gboolean (*fits) (DioUsbDevice *, const char *), const char *word,
       DioUsbDevice **ret_device)
{
  guint n = 0;

  for (guint i = 0; i < g_list_model_get_n_items (devices); i++)
    {
      g_autoptr (DioUsbDevice) device = g_list_model_get_item (devices, i);

      if (fits (device, word) && n++ == 0)
        *ret_device = g_steal_pointer (&device);
    }
  return n;
}

DioUsbDevice *
dio_usb_find (GListModel *devices, const char *word, GError **error)
{
  static gboolean (*const ways[]) (DioUsbDevice *, const char *) = { is_at, has_numbers, has_serial, has_name };

  g_return_val_if_fail (G_IS_LIST_MODEL (devices) && word, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (ways); i++)
    {
      g_autoptr (DioUsbDevice) device = NULL;
      guint n = count (devices, ways[i], word, &device);

      if (n == 1)
        return g_steal_pointer (&device);
      if (n > 1)
        {
          g_set_error (error, DIO_USB_ERROR, DIO_USB_ERROR_GONE,
                       _ ("Several USB devices are “%s”. Say which one by its port, such as 1-2."), word);
          return NULL;
        }
    }
  g_set_error (error, DIO_USB_ERROR, DIO_USB_ERROR_GONE, _ ("No USB device that is plugged in is “%s”."), word);
  return NULL;
}
