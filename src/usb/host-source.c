/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "usb/host-source.h"

#include "config.h"
#include "usb/host-facts.h"
#include "usb/host-open.h"

#include <glib/gi18n-lib.h>
#include <gudev/gudev.h>

/* How long to wait for the drivers of a new device before it is told: what it is for is known better then. */
#define SETTLE_MS 1000

struct _DioUsbHostSource
{
  GObject parent;

  GUdevClient *client;
  GListStore *devices;
  GHashTable *settling; /* sysfs path → identifier of its timeout */
};

enum
{
  PROP_0,
  PROP_TROUBLE,
};

static void list_model_init (GListModelInterface *iface);
static void source_init (DioUsbSourceInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (DioUsbHostSource, dio_usb_host_source, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init)
                                   G_IMPLEMENT_INTERFACE (DIO_TYPE_USB_SOURCE, source_init))

static GType
dio_usb_host_source_get_item_type (GListModel *model)
{
  return DIO_TYPE_USB_DEVICE;
}

static guint
dio_usb_host_source_get_n_items (GListModel *model)
{
  return g_list_model_get_n_items (G_LIST_MODEL (DIO_USB_HOST_SOURCE (model)->devices));
}

static gpointer
dio_usb_host_source_get_item (GListModel *model, guint position)
{
  return g_list_model_get_item (G_LIST_MODEL (DIO_USB_HOST_SOURCE (model)->devices), position);
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = dio_usb_host_source_get_item_type;
  iface->get_n_items = dio_usb_host_source_get_n_items;
  iface->get_item = dio_usb_host_source_get_item;
}

static int
compare (gconstpointer a, gconstpointer b, gpointer user_data)
{
  return dio_usb_host_compare_ports (dio_usb_device_get_port ((DioUsbDevice *) a),
                                     dio_usb_device_get_port ((DioUsbDevice *) b));
}

/* (transfer full) (nullable) */
static DioUsbDevice *
find (DioUsbHostSource *self, const char *sysfs_path, guint *ret_position)
{
  DioUsbDevice *device;

  for (guint i = 0; (device = g_list_model_get_item (G_LIST_MODEL (self->devices), i)); i++)
    {
      if (g_str_equal (dio_usb_device_get_sysfs_path (device), sysfs_path))
        {
          *ret_position = i;
          return device;
        }
      g_object_unref (device);
    }
  return NULL;
}

static void
remove_device (DioUsbHostSource *self, const char *sysfs_path)
{
  guint position;
  g_autoptr (DioUsbDevice) device = find (self, sysfs_path, &position);

  if (device)
    g_list_store_remove (self->devices, position);
}

/* Tells of it, if it is ready and not told of yet. */
static void
add_device (DioUsbHostSource *self, GUdevDevice *udev)
{
  const char *sysfs_path = g_udev_device_get_sysfs_path (udev);
  g_autoptr (DioUsbDevice) device = NULL, told = NULL;
  guint position;

  g_hash_table_remove (self->settling, sysfs_path);
  device = dio_usb_host_device_new (udev, NULL);
  if (!device)
    return;
  told = find (self, sysfs_path, &position);
  if (told && g_str_equal (dio_usb_device_get_id (told), dio_usb_device_get_id (device)))
    return;
  /* Its end was lost on the way, as happens when too much comes at once. */
  if (told)
    g_list_store_remove (self->devices, position);
  g_list_store_insert_sorted (self->devices, device, compare, NULL);
}

typedef struct
{
  DioUsbHostSource *source; /* which outlives the timeout */
  GUdevDevice *udev;
} Settling;

static void
settling_free (gpointer data)
{
  Settling *settling = data;

  g_object_unref (settling->udev);
  g_free (settling);
}

static gboolean
on_settled (gpointer user_data)
{
  Settling *settling = user_data;
  g_autoptr (GUdevDevice) udev = g_object_ref (settling->udev);

  add_device (settling->source, udev);
  return G_SOURCE_REMOVE;
}

static void
stop_settling (gpointer source)
{
  g_source_destroy (source);
  g_source_unref (source);
}

static void
settle (DioUsbHostSource *self, GUdevDevice *udev)
{
  GSource *source = g_timeout_source_new (SETTLE_MS);
  Settling *settling = g_new (Settling, 1);

  *settling = (Settling) { self, g_object_ref (udev) };
  g_source_set_callback (source, on_settled, settling, settling_free);
  g_source_attach (source, g_main_context_get_thread_default ());
  g_hash_table_replace (self->settling, g_strdup (g_udev_device_get_sysfs_path (udev)), source);
}

/* Rules were applied before udev tells of anything, those that give access (uaccess), too. After “add” come the
 * drivers; what they make of it is there when the device itself is bound: “bind” is told after all of its children. */
static void
on_uevent (DioUsbHostSource *self, const char *action, GUdevDevice *udev)
{
  const char *sysfs_path = g_udev_device_get_sysfs_path (udev);

  if (g_strcmp0 (g_udev_device_get_devtype (udev), "usb_device") != 0 || !sysfs_path)
    return;
  if (g_str_equal (action, "remove"))
    {
      g_hash_table_remove (self->settling, sysfs_path);
      remove_device (self, sysfs_path);
    }
  else if (g_str_equal (action, "add"))
    settle (self, udev);
  else if (!g_str_equal (action, "unbind"))
    add_device (self, udev);
}

static int
dio_usb_host_source_open_finish (DioUsbSource *source, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, source), -1);
  return (int) g_task_propagate_int (G_TASK (result), error);
}

static void
dio_usb_host_source_release (DioUsbSource *source, DioUsbDevice *device)
{
}

static const char *
dio_usb_host_source_get_trouble (DioUsbSource *source)
{
  if (g_file_test ("/sys/bus/usb/devices", G_FILE_TEST_IS_DIR))
    return NULL;
  return _ ("No USB devices can be seen here: this computer has no USB, or Diorama runs where it is hidden.");
}

static void
source_init (DioUsbSourceInterface *iface)
{
  iface->get_trouble = dio_usb_host_source_get_trouble;
  iface->open_async = dio_usb_host_open_async;
  iface->open_finish = dio_usb_host_source_open_finish;
  iface->release = dio_usb_host_source_release;
  iface->get_guard = dio_usb_host_source_get_guard;
}

static void
dio_usb_host_source_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_TROUBLE:
      g_value_set_string (value, dio_usb_host_source_get_trouble (DIO_USB_SOURCE (object)));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
dio_usb_host_source_dispose (GObject *object)
{
  DioUsbHostSource *self = DIO_USB_HOST_SOURCE (object);

  g_clear_pointer (&self->settling, g_hash_table_unref);
  g_clear_object (&self->client);
  g_clear_object (&self->devices);
  G_OBJECT_CLASS (dio_usb_host_source_parent_class)->dispose (object);
}

static void
dio_usb_host_source_class_init (DioUsbHostSourceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = dio_usb_host_source_dispose;
  object_class->get_property = dio_usb_host_source_get_property;
  g_object_class_override_property (object_class, PROP_TROUBLE, "trouble");
}

/* Listens before it looks, so that nothing comes between. */
static void
dio_usb_host_source_init (DioUsbHostSource *self)
{
  /* Without udevd nobody says when a device is ready. */
  const gboolean has_udevd = g_file_test ("/run/udev/data", G_FILE_TEST_EXISTS);
  g_autolist (GUdevDevice) found = NULL;

  self->devices = g_list_store_new (DIO_TYPE_USB_DEVICE);
  g_signal_connect_object (self->devices, "items-changed", G_CALLBACK (g_list_model_items_changed), self,
                           G_CONNECT_SWAPPED);
  self->settling = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, stop_settling);
  self->client = g_udev_client_new ((const char *const[]) { "usb/usb_device", NULL });
  g_signal_connect_object (self->client, "uevent", G_CALLBACK (on_uevent), self, G_CONNECT_SWAPPED);
  found = g_udev_client_query_by_subsystem (self->client, "usb");
  for (GList *item = found; item; item = item->next)
    if (g_strcmp0 (g_udev_device_get_devtype (item->data), "usb_device") == 0 &&
        (!has_udevd || g_udev_device_get_is_initialized (item->data)))
      add_device (self, item->data);
}

DioUsbSource *
dio_usb_host_source_new (void)
{
  return g_object_new (DIO_TYPE_USB_HOST_SOURCE, NULL);
}
