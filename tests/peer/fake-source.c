/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "fake-source.h"

struct _FakeSource
{
  GObject parent_instance;

  const FakeSourceFuncs *funcs;
  GPtrArray *devices;
};

enum
{
  PROP_TROUBLE = 1,
};

static GType
get_item_type (GListModel *model)
{
  return DIO_TYPE_USB_DEVICE;
}

static guint
get_n_items (GListModel *model)
{
  return FAKE_SOURCE (model)->devices->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  FakeSource *self = FAKE_SOURCE (model);

  return position < self->devices->len ? g_object_ref (g_ptr_array_index (self->devices, position)) : NULL;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

static void
open_async (DioUsbSource *source, DioUsbDevice *device, const char *window, GCancellable *cancellable,
            GAsyncReadyCallback callback, gpointer user_data)
{
  FAKE_SOURCE (source)->funcs->open (g_task_new (source, cancellable, callback, user_data));
}

static int
open_finish (DioUsbSource *source, GAsyncResult *result, GError **error)
{
  return (int) g_task_propagate_int (G_TASK (result), error);
}

static void
release (DioUsbSource *source, DioUsbDevice *device)
{
  FAKE_SOURCE (source)->funcs->release ();
}

static DioUsbGuard
get_guard (DioUsbSource *source, DioUsbDevice *device)
{
  return FAKE_SOURCE (source)->funcs->get_guard ();
}

static const char *
get_trouble (DioUsbSource *source)
{
  return NULL;
}

static void
source_init (DioUsbSourceInterface *iface)
{
  iface->get_trouble = get_trouble;
  iface->open_async = open_async;
  iface->open_finish = open_finish;
  iface->release = release;
  iface->get_guard = get_guard;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (FakeSource, fake_source, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init)
                                   G_IMPLEMENT_INTERFACE (DIO_TYPE_USB_SOURCE, source_init))

static void
fake_source_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  g_value_set_string (value, NULL);
}

static void
fake_source_finalize (GObject *object)
{
  g_ptr_array_unref (FAKE_SOURCE (object)->devices);
  G_OBJECT_CLASS (fake_source_parent_class)->finalize (object);
}

static void
fake_source_class_init (FakeSourceClass *klass)
{
  G_OBJECT_CLASS (klass)->get_property = fake_source_get_property;
  G_OBJECT_CLASS (klass)->finalize = fake_source_finalize;
  g_object_class_override_property (G_OBJECT_CLASS (klass), PROP_TROUBLE, "trouble");
}

static void
fake_source_init (FakeSource *self)
{
  self->devices = g_ptr_array_new_with_free_func (g_object_unref);
}

FakeSource *
fake_source_new (const FakeSourceFuncs *funcs)
{
  FakeSource *self = g_object_new (FAKE_TYPE_SOURCE, NULL);

  self->funcs = funcs;
  return self;
}

DioUsbDevice *
fake_source_plug_in (FakeSource *self, guint product, const char *serial, const char *port)
{
  static guint n;
  static const DioUsbInterface storage = { 8, 6, 0x50 };
  g_autofree char *id = g_strdup_printf ("%u", n++);
  g_autofree char *name = g_strdup_printf ("Stick %u", product);
  DioUsbFacts facts = { .id = id,
                        .vendor = 0x1234,
                        .product = (guint16) product,
                        .product_name = name,
                        .serial = serial,
                        .port = port,
                        .speed = DIO_USB_SPEED_HIGH,
                        .interfaces = &storage,
                        .n_interfaces = 1 };
  DioUsbDevice *device = dio_usb_device_new (&facts);

  g_ptr_array_add (self->devices, device);
  g_list_model_items_changed (G_LIST_MODEL (self), self->devices->len - 1, 0, 1);
  return device;
}

void
fake_source_pull_out (FakeSource *self, DioUsbDevice *device)
{
  guint position;

  g_assert_true (g_ptr_array_find (self->devices, device, &position));
  g_ptr_array_remove_index (self->devices, position);
  g_list_model_items_changed (G_LIST_MODEL (self), position, 1, 0);
}
