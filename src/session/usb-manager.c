/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "session/usb-manager-private.h"

#include "usb/error.h"
#include "usb/mounts.h"

#include <glib/gi18n-lib.h>

static GType
dio_usb_manager_get_item_type (GListModel *model)
{
  return DIO_TYPE_USB_DEVICE;
}

static guint
dio_usb_manager_get_n_items (GListModel *model)
{
  return DIO_USB_MANAGER (model)->devices->len;
}

static gpointer
dio_usb_manager_get_item (GListModel *model, guint position)
{
  DioUsbManager *self = DIO_USB_MANAGER (model);

  return position < self->devices->len ? g_object_ref (g_ptr_array_index (self->devices, position)) : NULL;
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

/* --- who has what --- */

DioUsbLink *
dio_usb_manager_find_link (DioUsbManager *self, DioUsbDevice *device)
{
  for (guint i = 0; i < self->links->len; i++)
    if (dio_usb_link_get_device (g_ptr_array_index (self->links, i)) == device)
      return g_ptr_array_index (self->links, i);
  return NULL;
}

static gboolean
is_here (DioUsbManager *self, DioUsbDevice *device)
{
  return g_ptr_array_find (self->devices, device, NULL);
}

/* --- links --- */

static void
tell_failure (DioUsbManager *self, DioSession *session, DioUsbDevice *device, const char *why)
{
  g_signal_emit (self, signals[FAILED], 0, session, device, why);
}

static void take_link (DioUsbManager *self, DioUsbLink *link);

static void
on_over (DioUsbLink *link, const GError *error, DioUsbManager *self)
{
  g_autoptr (DioUsbManager) hold = g_object_ref (self);
  g_autoptr (DioSession) session = NULL;
  DioUsbLink *next = dio_usb_link_get_next (link);
  gboolean is_news = dio_usb_link_is_automatic (link) || dio_usb_link_was_connected (link);

  g_set_object (&session, dio_usb_link_get_session (link));
  g_signal_handlers_disconnect_by_data (link, self);
  g_ptr_array_remove (self->links, link);
  if (next != NULL)
    take_link (self, next);
  else
    dio_usb_manager_remember_over (self, link, error);
  if (error != NULL && is_news && session != NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    tell_failure (self, session, dio_usb_link_get_device (link), error->message);
}

static void
take_link (DioUsbManager *self, DioUsbLink *link)
{
  g_ptr_array_add (self->links, g_object_ref (link));
  g_signal_connect_object (link, "over", G_CALLBACK (on_over), self, 0);
}

/* INSIST: it had it before. */
void
dio_usb_manager_connect_by_itself (DioUsbManager *self, DioUsbMember *member, DioUsbDevice *device, gboolean insist)
{
  g_autoptr (DioUsbLink) link = NULL;
  DioUsbGuard guard;

  if (dio_usb_manager_find_link (self, device) != NULL || !is_here (self, device))
    return;
  guard = dio_usb_source_get_guard (self->source, device);
  if (guard == DIO_USB_GUARD_HUB)
    return;
  if (guard != DIO_USB_GUARD_NONE && !insist)
    {
      tell_failure (self, member->session, device, dio_usb_guard_get_sentence (guard));
      return;
    }
  link = dio_usb_link_new (member->session, self->source, device, DIO_USB_LINK_UNMOUNTS | DIO_USB_LINK_AUTOMATIC, NULL,
                           member->run);
  take_link (self, link);
  dio_usb_link_start (link);
}

/* --- devices --- */

static void
on_unplugged (DioUsbManager *self, DioUsbDevice *device)
{
  DioUsbLink *link = dio_usb_manager_find_link (self, device);

  if (link == NULL)
    return;
  dio_usb_manager_remember_unplugged (self, link);
  dio_usb_link_set_next (link, NULL,
                         g_error_new (DIO_USB_ERROR, DIO_USB_ERROR_GONE,
                                      _ ("“%s” is not plugged in any more. Plug it in again."),
                                      dio_usb_device_get_name (device)));
  dio_usb_link_end (link, FALSE, NULL);
}

static void
on_items_changed (DioUsbManager *self, guint position, guint n_removed, guint n_added)
{
  g_autoptr (GPtrArray) removed = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) added = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (DioUsbManager) hold = g_object_ref (self);

  for (guint i = 0; i < n_removed; i++)
    g_ptr_array_add (removed, g_ptr_array_steal_index (self->devices, position));
  for (guint i = 0; i < n_added; i++)
    {
      g_ptr_array_add (added, g_list_model_get_item (G_LIST_MODEL (self->source), position + i));
      g_ptr_array_insert (self->devices, (int) (position + i), g_object_ref (g_ptr_array_index (added, i)));
    }
  g_list_model_items_changed (G_LIST_MODEL (self), position, n_removed, n_added);
  for (guint i = 0; i < removed->len; i++)
    if (!is_here (self, g_ptr_array_index (removed, i)))
      on_unplugged (self, g_ptr_array_index (removed, i));
  for (guint i = 0; i < added->len; i++)
    if (is_here (self, g_ptr_array_index (added, i)) && !g_ptr_array_find (removed, g_ptr_array_index (added, i), NULL))
      dio_usb_manager_plugged_in (self, g_ptr_array_index (added, i));
}

static void
on_trouble (DioUsbManager *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_TROUBLE]);
}

void
dio_usb_manager_ask (DioUsbManager *self, DioSession *session, DioUsbDevice *device)
{
  g_signal_emit (self, signals[QUESTION], 0, session, device);
}

/* What is there already was not plugged in just now: it is for machines that start. */
static void
take_source (DioUsbManager *self, DioUsbSource *source)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (source));

  self->source = source;
  for (guint i = 0; i < n; i++)
    g_ptr_array_add (self->devices, g_list_model_get_item (G_LIST_MODEL (source), i));
  g_signal_connect_object (source, "items-changed", G_CALLBACK (on_items_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (source, "notify::trouble", G_CALLBACK (on_trouble), self, G_CONNECT_SWAPPED);
  if (dio_usb_source_get_trouble (source) != NULL)
    on_trouble (self);
  if (n > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), 0, 0, n);
}

void
dio_usb_manager_need_source (DioUsbManager *self)
{
  if (self->source == NULL)
    take_source (self, dio_usb_source_new_default ());
}

/* --- what the user wants --- */

static gboolean
check_guard (DioUsbManager *self, DioUsbDevice *device, DioUsbConnectFlags flags, GError **error)
{
  DioUsbGuard guard = dio_usb_source_get_guard (self->source, device);

  if (guard == DIO_USB_GUARD_NONE || (guard != DIO_USB_GUARD_HUB && (flags & DIO_USB_CONNECT_INSIST)))
    return TRUE;
  g_set_error_literal (error, DIO_USB_ERROR, DIO_USB_ERROR_GUARDED, dio_usb_guard_get_sentence (guard));
  return FALSE;
}

static gboolean
check_mounts (DioUsbDevice *device, DioUsbConnectFlags flags, GError **error)
{
  g_auto (GStrv) mounts = (flags & DIO_USB_CONNECT_UNMOUNT) ? NULL : dio_usb_mounts_list (device);
  g_autofree char *names = NULL;

  if (mounts == NULL || mounts[0] == NULL)
    return TRUE;
  names = g_strjoinv (", ", mounts);
  g_set_error (error, DIO_USB_ERROR, DIO_USB_ERROR_MOUNTED,
               _ ("This computer uses what is on “%s” (%s). Unmount it first."), dio_usb_device_get_name (device),
               names);
  return FALSE;
}

static gboolean
check_here (DioUsbManager *self, DioUsbDevice *device, GError **error)
{
  if (is_here (self, device))
    return TRUE;
  g_set_error (error, DIO_USB_ERROR, DIO_USB_ERROR_GONE, _ ("“%s” is not plugged in any more. Plug it in again."),
               dio_usb_device_get_name (device));
  return FALSE;
}

static GError *
new_error_held (DioUsbDevice *device, DioSession *holder)
{
  return g_error_new (DIO_USB_ERROR, DIO_USB_ERROR_HELD, _ ("The machine “%s” has “%s”. Disconnect it there first."),
                      holder != NULL ? dio_session_get_title (holder) : "?", dio_usb_device_get_name (device));
}

/* After LINK, which is another machine's, or is ending: in place of who else was to be next, if he may be. */
static void
queue (DioUsbManager *self, DioUsbLink *link, DioUsbLink *wanted, DioUsbConnectFlags flags, GTask *task)
{
  DioUsbDevice *device = dio_usb_link_get_device (link);
  DioSession *session = dio_usb_link_get_session (wanted);
  DioUsbLink *next = dio_usb_link_get_next (link);
  DioUsbLink *holder = next != NULL ? next : link;

  if (next != NULL && dio_usb_link_get_session (next) == session)
    dio_usb_link_wait (next, g_object_ref (task));
  else if ((next != NULL || !dio_usb_link_is_ending (link)) && !(flags & DIO_USB_CONNECT_TAKE))
    g_task_return_error (task, new_error_held (device, dio_usb_link_get_session (holder)));
  else
    {
      dio_usb_link_wait (wanted, g_object_ref (task));
      dio_usb_link_set_next (link, wanted, new_error_held (device, session));
      dio_usb_link_end (link, TRUE, NULL);
    }
}

static gboolean
check (DioUsbManager *self, DioSession *session, DioUsbDevice *device, DioUsbConnectFlags flags, GError **error)
{
  DioUsbMember *member = dio_usb_manager_find_member (self, session);

  if (member == NULL || !dio_usb_member_is_up (member))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED,
                           _ ("The machine is not running. Start it first."));
      return FALSE;
    }
  return check_here (self, device, error) && check_guard (self, device, flags, error);
}

void
dio_usb_manager_connect_async (DioUsbManager *self, DioSession *session, DioUsbDevice *device, DioUsbConnectFlags flags,
                               const char *window, GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autoptr (DioUsbLink) wanted = NULL;
  DioUsbLink *link;
  GError *error = NULL;
  gboolean is_mine;

  g_return_if_fail (DIO_IS_USB_MANAGER (self) && DIO_IS_SESSION (session) && DIO_IS_USB_DEVICE (device));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, dio_usb_manager_connect_async);
  /* What is connected is connected. */
  g_task_set_check_cancellable (task, FALSE);
  if (g_task_return_error_if_cancelled (task))
    return;
  link = dio_usb_manager_find_link (self, device);
  is_mine = link != NULL && !dio_usb_link_is_ending (link) && dio_usb_link_get_session (link) == session;
  if (is_mine && dio_usb_link_is_connected (link))
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  if (is_mine)
    {
      dio_usb_link_wait (link, g_steal_pointer (&task));
      return;
    }
  if (!check (self, session, device, flags, &error) || (link == NULL && !check_mounts (device, flags, &error)))
    {
      g_task_return_error (task, error);
      return;
    }
  wanted = dio_usb_link_new (session, self->source, device,
                             (flags & DIO_USB_CONNECT_UNMOUNT) ? DIO_USB_LINK_UNMOUNTS : DIO_USB_LINK_DEFAULT, window,
                             dio_usb_manager_find_member (self, session)->run);
  if (link != NULL)
    {
      queue (self, link, wanted, flags, task);
      return;
    }
  dio_usb_link_wait (wanted, g_steal_pointer (&task));
  take_link (self, wanted);
  dio_usb_link_start (wanted);
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
  DioUsbLink *link;

  g_return_if_fail (DIO_IS_USB_MANAGER (self) && DIO_IS_USB_DEVICE (device));

  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, dio_usb_manager_disconnect_async);
  link = dio_usb_manager_find_link (self, device);
  if (link == NULL)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  dio_usb_link_set_next (link, NULL, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("It was cancelled.")));
  dio_usb_link_end (link, TRUE, g_steal_pointer (&task));
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
  DioUsbLink *link;

  g_return_val_if_fail (DIO_IS_USB_MANAGER (self) && DIO_IS_USB_DEVICE (device), NULL);

  link = dio_usb_manager_find_link (self, device);
  return link != NULL ? dio_usb_link_get_session (link) : NULL;
}

guint
dio_usb_manager_count (DioUsbManager *self, DioSession *session)
{
  guint n = 0;

  g_return_val_if_fail (DIO_IS_USB_MANAGER (self), 0);

  for (guint i = 0; i < self->links->len; i++)
    if (dio_usb_link_get_session (g_ptr_array_index (self->links, i)) == session &&
        dio_usb_link_is_connected (g_ptr_array_index (self->links, i)))
      n++;
  return n;
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

/* The devices go back by themselves. */
static void
dio_usb_manager_dispose (GObject *object)
{
  DioUsbManager *self = DIO_USB_MANAGER (object);

  while (self->links->len > 0)
    {
      g_autoptr (DioUsbLink) link = g_ptr_array_steal_index (self->links, self->links->len - 1);

      g_signal_handlers_disconnect_by_data (link, self);
      dio_usb_link_set_next (link, NULL,
                             g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("It was cancelled.")));
      dio_usb_link_end (link, TRUE, NULL);
    }
  g_ptr_array_set_size (self->members, 0);
  self->active = NULL;
  g_clear_object (&self->source);
  G_OBJECT_CLASS (dio_usb_manager_parent_class)->dispose (object);
}

static void
dio_usb_manager_finalize (GObject *object)
{
  DioUsbManager *self = DIO_USB_MANAGER (object);

  g_clear_pointer (&self->devices, g_ptr_array_unref);
  g_clear_pointer (&self->members, g_ptr_array_unref);
  g_clear_pointer (&self->links, g_ptr_array_unref);
  g_clear_pointer (&self->memories, g_array_unref);
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
  self->devices = g_ptr_array_new_with_free_func (g_object_unref);
  self->members = g_ptr_array_new_with_free_func ((GDestroyNotify) dio_usb_member_free);
  self->links = g_ptr_array_new_with_free_func (g_object_unref);
  self->memories = g_array_new (FALSE, FALSE, sizeof (DioUsbMemory));
  g_array_set_clear_func (self->memories, (GDestroyNotify) dio_usb_memory_clear);
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
