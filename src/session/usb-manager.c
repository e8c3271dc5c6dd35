/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "session/usb-manager.h"

#include <glib/gi18n-lib.h>

/* A machine that takes part. */
typedef struct
{
  DioSession *session; /* unowned; it is taken out when that goes */
  DioUsbOptions *options;
} Member;

struct _DioUsbManager
{
  GObject parent_instance;

  DioUsbSource *source; /* NULL until it is needed */
  GPtrArray *members;   /* those that came first are first */
  DioSession *active;   /* (nullable): one of them */
};

static GType
dio_usb_manager_get_item_type (GListModel *model)
{
  return DIO_TYPE_USB_DEVICE;
}

static guint
dio_usb_manager_get_n_items (GListModel *model)
{
  DioUsbManager *self = DIO_USB_MANAGER (model);

  return self->source != NULL ? g_list_model_get_n_items (G_LIST_MODEL (self->source)) : 0;
}

static gpointer
dio_usb_manager_get_item (GListModel *model, guint position)
{
  DioUsbManager *self = DIO_USB_MANAGER (model);

  return self->source != NULL ? g_list_model_get_item (G_LIST_MODEL (self->source), position) : NULL;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = dio_usb_manager_get_item_type;
  iface->get_n_items = dio_usb_manager_get_n_items;
  iface->get_item = dio_usb_manager_get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (DioUsbManager, dio_usb_manager, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

enum
{
  PROP_0,
  PROP_TROUBLE,
  N_PROPS
};
static GParamSpec *props[N_PROPS];

enum
{
  QUESTION,
  FAILED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/* --- the devices --- */

static void
on_items_changed (DioUsbManager *self, guint position, guint removed, guint added)
{
  g_list_model_items_changed (G_LIST_MODEL (self), position, removed, added);
}

static void
on_trouble (DioUsbManager *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_TROUBLE]);
}

static void
take_source (DioUsbManager *self, DioUsbSource *source)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (source));

  self->source = source;
  g_signal_connect_object (source, "items-changed", G_CALLBACK (on_items_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (source, "notify::trouble", G_CALLBACK (on_trouble), self, G_CONNECT_SWAPPED);
  on_trouble (self);
  if (n > 0)
    on_items_changed (self, 0, 0, n);
}

/* --- the machines --- */

static Member *
find_member (DioUsbManager *self, DioSession *session)
{
  for (guint i = 0; i < self->members->len; i++)
    {
      Member *member = g_ptr_array_index (self->members, i);

      if (member->session == session)
        return member;
    }
  return NULL;
}

static void
on_session_gone (gpointer user_data, GObject *session)
{
  DioUsbManager *self = user_data;
  Member *member = find_member (self, (DioSession *) session);

  member->session = NULL;
  if (self->active == (DioSession *) session)
    self->active = NULL;
  g_ptr_array_remove (self->members, member);
}

static void
member_free (Member *member)
{
  g_clear_object (&member->options);
  g_free (member);
}

void
dio_usb_manager_add_session (DioUsbManager *self, DioSession *session)
{
  DioMachineConfig *config;
  Member *member;

  g_return_if_fail (DIO_IS_USB_MANAGER (self) && DIO_IS_SESSION (session) && dio_session_get_machine (session) != NULL);

  if (find_member (self, session) != NULL)
    return;
  if (self->source == NULL)
    take_source (self, dio_usb_source_new_default ());
  config = dio_machine_get_config (dio_session_get_machine (session));
  member = g_new0 (Member, 1);
  member->session = session;
  member->options = dio_usb_options_new (dio_machine_config_get_uuid (config));
  g_object_weak_ref (G_OBJECT (session), on_session_gone, self);
  g_ptr_array_add (self->members, member);
}

void
dio_usb_manager_set_active (DioUsbManager *self, DioSession *session)
{
  g_return_if_fail (DIO_IS_USB_MANAGER (self));

  self->active = session != NULL && find_member (self, session) != NULL ? session : NULL;
}

DioUsbOptions *
dio_usb_manager_get_options (DioUsbManager *self, DioSession *session)
{
  Member *member;

  g_return_val_if_fail (DIO_IS_USB_MANAGER (self), NULL);

  member = find_member (self, session);
  g_return_val_if_fail (member != NULL, NULL);
  return member->options;
}

/* --- connecting --- */

void
dio_usb_manager_connect_async (DioUsbManager *self, DioSession *session, DioUsbDevice *device, DioUsbConnectFlags flags,
                               const char *window, GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (DIO_IS_USB_MANAGER (self) && DIO_IS_SESSION (session) && DIO_IS_USB_DEVICE (device));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, dio_usb_manager_connect_async);
  g_task_return_new_error_literal (task, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                                   _ ("This machine cannot have USB devices of this computer."));
}

gboolean
dio_usb_manager_connect_finish (DioUsbManager *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
dio_usb_manager_disconnect_async (DioUsbManager *self, DioUsbDevice *device, GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (DIO_IS_USB_MANAGER (self) && DIO_IS_USB_DEVICE (device));

  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, dio_usb_manager_disconnect_async);
  g_task_return_boolean (task, TRUE);
}

void
dio_usb_manager_disconnect_finish (DioUsbManager *self, GAsyncResult *result)
{
  g_return_if_fail (g_task_is_valid (result, self));
  g_task_propagate_boolean (G_TASK (result), NULL);
}

DioSession *
dio_usb_manager_get_session (DioUsbManager *self, DioUsbDevice *device)
{
  g_return_val_if_fail (DIO_IS_USB_MANAGER (self) && DIO_IS_USB_DEVICE (device), NULL);
  return NULL;
}

guint
dio_usb_manager_count (DioUsbManager *self, DioSession *session)
{
  g_return_val_if_fail (DIO_IS_USB_MANAGER (self), 0);
  return 0;
}

DioUsbSource *
dio_usb_manager_get_source (DioUsbManager *self)
{
  g_return_val_if_fail (DIO_IS_USB_MANAGER (self), NULL);
  return self->source;
}

/* --- the object --- */

static void
dio_usb_manager_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  DioUsbManager *self = DIO_USB_MANAGER (object);

  switch (id)
    {
    case PROP_TROUBLE:
      g_value_set_string (value, self->source != NULL ? dio_usb_source_get_trouble (self->source) : NULL);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
dio_usb_manager_dispose (GObject *object)
{
  DioUsbManager *self = DIO_USB_MANAGER (object);

  for (guint i = 0; i < self->members->len; i++)
    {
      Member *member = g_ptr_array_index (self->members, i);

      g_object_weak_unref (G_OBJECT (member->session), on_session_gone, self);
    }
  g_ptr_array_set_size (self->members, 0);
  self->active = NULL;
  g_clear_object (&self->source);
  G_OBJECT_CLASS (dio_usb_manager_parent_class)->dispose (object);
}

static void
dio_usb_manager_finalize (GObject *object)
{
  g_clear_pointer (&DIO_USB_MANAGER (object)->members, g_ptr_array_unref);
  G_OBJECT_CLASS (dio_usb_manager_parent_class)->finalize (object);
}

static void
dio_usb_manager_class_init (DioUsbManagerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = dio_usb_manager_get_property;
  object_class->dispose = dio_usb_manager_dispose;
  object_class->finalize = dio_usb_manager_finalize;

  props[PROP_TROUBLE] = g_param_spec_string ("trouble", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
  signals[QUESTION] = g_signal_new ("question", DIO_TYPE_USB_MANAGER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                    G_TYPE_NONE, 2, DIO_TYPE_SESSION, DIO_TYPE_USB_DEVICE);
  signals[FAILED] = g_signal_new ("failed", DIO_TYPE_USB_MANAGER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                  3, DIO_TYPE_SESSION, DIO_TYPE_USB_DEVICE, G_TYPE_STRING);
}

static void
dio_usb_manager_init (DioUsbManager *self)
{
  self->members = g_ptr_array_new_with_free_func ((GDestroyNotify) member_free);
}

DioUsbManager *
dio_usb_manager_new (DioUsbSource *source)
{
  DioUsbManager *self = g_object_new (DIO_TYPE_USB_MANAGER, NULL);

  g_return_val_if_fail (source == NULL || DIO_IS_USB_SOURCE (source), NULL);

  if (source != NULL)
    take_source (self, g_object_ref (source));
  return self;
}
