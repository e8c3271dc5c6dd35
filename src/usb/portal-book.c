/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "usb/portal-book.h"

#include "usb/host-facts.h"
#include "usb/portal-facts.h"

#include <string.h>

/* More than a computer can have: 127 on each of its buses, of which it has few. */
#define MAX_DEVICES 512
#define MAX_ID 128 /* bytes */

struct _DioUsbPortalBook
{
  GListStore *devices;
  GHashTable *ids;   /* what the portal calls it → DioUsbDevice */
  GHashTable *stale; /* DioUsbDevice */
  GHashTable *gone;  /* what was called so was pulled out while the portal lists what there is; NULL when it does not */
};

DioUsbPortalBook *
dio_usb_portal_book_new (void)
{
  DioUsbPortalBook *self = g_new0 (DioUsbPortalBook, 1);

  self->devices = g_list_store_new (DIO_TYPE_USB_DEVICE);
  self->ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->stale = g_hash_table_new_full (NULL, NULL, g_object_unref, NULL);
  return self;
}

void
dio_usb_portal_book_free (DioUsbPortalBook *self)
{
  g_clear_pointer (&self->gone, g_hash_table_unref);
  g_hash_table_unref (self->stale);
  g_hash_table_unref (self->ids);
  g_object_unref (self->devices);
  g_free (self);
}

GListModel *
dio_usb_portal_book_get_list (DioUsbPortalBook *self)
{
  return G_LIST_MODEL (self->devices);
}

/* Those without a port come last, by their nodes. */
static int
compare (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const char *port_a = dio_usb_device_get_port ((DioUsbDevice *) a);
  const char *port_b = dio_usb_device_get_port ((DioUsbDevice *) b);

  if (port_a != NULL && port_b != NULL)
    return dio_usb_host_compare_ports (port_a, port_b);
  if (port_a != NULL || port_b != NULL)
    return port_a != NULL ? -1 : 1;
  return g_strcmp0 (dio_usb_device_get_node ((DioUsbDevice *) a), dio_usb_device_get_node ((DioUsbDevice *) b));
}

/* Also of what it is called. */
static void
remove_device (DioUsbPortalBook *self, DioUsbDevice *device)
{
  g_autoptr (DioUsbDevice) owned = g_object_ref (device);
  GHashTableIter iter;
  gpointer called;
  guint position;

  g_hash_table_remove (self->stale, device);
  g_hash_table_iter_init (&iter, self->ids);
  while (g_hash_table_iter_next (&iter, NULL, &called))
    if (called == device)
      g_hash_table_iter_remove (&iter);
  if (g_list_store_find (self->devices, device, &position))
    g_list_store_remove (self->devices, position);
}

void
dio_usb_portal_book_clear (DioUsbPortalBook *self)
{
  g_hash_table_remove_all (self->ids);
  g_hash_table_remove_all (self->stale);
  g_list_store_remove_all (self->devices);
}

static gboolean
is_same (DioUsbDevice *a, DioUsbDevice *b)
{
  return dio_usb_device_get_vendor (a) == dio_usb_device_get_vendor (b) &&
         dio_usb_device_get_product (a) == dio_usb_device_get_product (b) &&
         g_strcmp0 (dio_usb_device_get_node (a), dio_usb_device_get_node (b)) == 0 &&
         g_strcmp0 (dio_usb_device_get_serial (a), dio_usb_device_get_serial (b)) == 0;
}

/* (transfer none) (nullable): what it was before the portal was started anew. */
static DioUsbDevice *
find_stale (DioUsbPortalBook *self, DioUsbDevice *device)
{
  GHashTableIter iter;
  gpointer stale;

  g_hash_table_iter_init (&iter, self->stale);
  while (g_hash_table_iter_next (&iter, &stale, NULL))
    if (is_same (stale, device))
      return stale;
  return NULL;
}

void
dio_usb_portal_book_add (DioUsbPortalBook *self, const char *id, GVariant *info)
{
  g_autoptr (DioUsbDevice) device = NULL;
  DioUsbDevice *stale;
  gboolean full = g_list_model_get_n_items (G_LIST_MODEL (self->devices)) >= MAX_DEVICES;

  if ((full && g_hash_table_size (self->stale) == 0) || strnlen (id, MAX_ID) == MAX_ID ||
      g_hash_table_contains (self->ids, id) || (self->gone != NULL && g_hash_table_contains (self->gone, id)))
    return;
  device = dio_usb_portal_device_new (id, info);
  if (device == NULL)
    return;
  stale = find_stale (self, device);
  if (stale != NULL)
    {
      g_hash_table_insert (self->ids, g_strdup (id), g_object_ref (stale));
      g_hash_table_remove (self->stale, stale);
    }
  else if (!full)
    {
      g_hash_table_insert (self->ids, g_strdup (id), g_object_ref (device));
      g_list_store_insert_sorted (self->devices, device, compare, NULL);
    }
}

void
dio_usb_portal_book_remove (DioUsbPortalBook *self, const char *id)
{
  DioUsbDevice *device = g_hash_table_lookup (self->ids, id);

  if (self->gone != NULL && g_hash_table_size (self->gone) < MAX_DEVICES && strnlen (id, MAX_ID) < MAX_ID)
    g_hash_table_add (self->gone, g_strdup (id));
  if (device != NULL)
    remove_device (self, device);
}

const char *
dio_usb_portal_book_find (DioUsbPortalBook *self, DioUsbDevice *device)
{
  GHashTableIter iter;
  gpointer id, called;

  g_hash_table_iter_init (&iter, self->ids);
  while (g_hash_table_iter_next (&iter, &id, &called))
    if (called == device)
      return id;
  return NULL;
}

gboolean
dio_usb_portal_book_is_stale (DioUsbPortalBook *self, DioUsbDevice *device)
{
  return g_hash_table_contains (self->stale, device);
}

gboolean
dio_usb_portal_book_has (DioUsbPortalBook *self, DioUsbDevice *device)
{
  guint position;

  return g_list_store_find (self->devices, device, &position);
}

void
dio_usb_portal_book_forget_ids (DioUsbPortalBook *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->devices));

  g_clear_pointer (&self->gone, g_hash_table_unref);
  g_hash_table_remove_all (self->ids);
  for (guint i = 0; i < n; i++)
    g_hash_table_add (self->stale, g_list_model_get_item (G_LIST_MODEL (self->devices), i));
}

void
dio_usb_portal_book_begin_listing (DioUsbPortalBook *self)
{
  g_clear_pointer (&self->gone, g_hash_table_unref);
  self->gone = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

void
dio_usb_portal_book_end_listing (DioUsbPortalBook *self)
{
  g_autoptr (GList) stale = g_hash_table_get_keys (self->stale);

  g_clear_pointer (&self->gone, g_hash_table_unref);
  for (GList *each = stale; each != NULL; each = each->next)
    remove_device (self, each->data);
}
