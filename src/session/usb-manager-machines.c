/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "session/usb-manager-private.h"

/* A device that is plugged out and in again within this time was reset, or this computer slept: it has not been given
 * to anybody else in between. */
#define RETURN_S 10
#define MAX_MEMORIES 64

/* --- what is remembered for a moment --- */

static DioUsbKey
make_key (DioUsbDevice *device)
{
  return (DioUsbKey) { dio_usb_device_get_vendor (device), dio_usb_device_get_product (device),
                       g_strdup (dio_usb_device_get_serial (device)), g_strdup (dio_usb_device_get_port (device)) };
}

static void
key_clear (DioUsbKey *key)
{
  g_clear_pointer (&key->serial, g_free);
  g_clear_pointer (&key->port, g_free);
}

static gboolean
key_fits (const DioUsbKey *key, DioUsbDevice *device)
{
  return key->vendor == dio_usb_device_get_vendor (device) && key->product == dio_usb_device_get_product (device) &&
         g_strcmp0 (key->serial, dio_usb_device_get_serial (device)) == 0 &&
         g_strcmp0 (key->port, dio_usb_device_get_port (device)) == 0;
}

void
dio_usb_memory_clear (DioUsbMemory *memory)
{
  key_clear (&memory->key);
}

static void
remember (DioUsbManager *self, DioUsbDevice *device, DioSession *session)
{
  DioUsbMemory memory = { make_key (device), session, g_get_monotonic_time () + RETURN_S * G_USEC_PER_SEC };

  if (self->memories->len >= MAX_MEMORIES)
    g_array_remove_index (self->memories, 0);
  g_array_append_val (self->memories, memory);
}

/* Whether DEVICE was connected a moment ago, and to which machine it comes back. */
static gboolean
recall (DioUsbManager *self, DioUsbDevice *device, DioSession **ret_session)
{
  gint64 now = g_get_monotonic_time ();
  gboolean found = FALSE;

  for (guint i = self->memories->len; i-- > 0;)
    {
      DioUsbMemory *memory = &g_array_index (self->memories, DioUsbMemory, i);

      if (!found && now < memory->until && key_fits (&memory->key, device))
        {
          *ret_session = memory->session;
          found = TRUE;
        }
      else if (now < memory->until)
        continue;
      g_array_remove_index (self->memories, i);
    }
  return found;
}

/* --- machines --- */

DioUsbMember *
dio_usb_manager_find_member (DioUsbManager *self, DioSession *session)
{
  for (guint i = 0; session != NULL && i < self->members->len; i++)
    {
      DioUsbMember *member = g_ptr_array_index (self->members, i);

      if (member->session == session)
        return member;
    }
  return NULL;
}

static gboolean
has_qemu (DioUsbMember *member)
{
  DioQmp *qmp = dio_machine_get_qmp (member->machine);

  return qmp != NULL && dio_qmp_is_open (qmp);
}

gboolean
dio_usb_member_is_up (DioUsbMember *member)
{
  return has_qemu (member) && dio_session_get_connected (member->session);
}

static gboolean
has_ended (DioUsbMember *member)
{
  switch (dio_machine_get_state (member->machine))
    {
    case DIO_MACHINE_STOPPED:
    case DIO_MACHINE_FAILED:
    case DIO_MACHINE_CRASHED:
      return TRUE;
    case DIO_MACHINE_STARTING:
    case DIO_MACHINE_RUNNING:
    case DIO_MACHINE_PAUSED:
    case DIO_MACHINE_STOPPING:
    default:
      return FALSE;
    }
}

/* --- what is done by itself --- */

/* DEVICE was a QEMU's that is gone; MEMBER's next one gets it, or has been waiting for it. */
static void
consider_returned (DioUsbManager *self, DioUsbMember *member, DioUsbDevice *device)
{
  DioUsbKey key;

  if (dio_usb_member_is_up (member))
    {
      dio_usb_manager_connect_by_itself (self, member, device, TRUE);
      return;
    }
  key = make_key (device);
  g_array_append_val (member->had, key);
}

/* It may come back sooner than this is over. */
void
dio_usb_manager_remember_unplugged (DioUsbManager *self, DioUsbLink *link)
{
  if (dio_usb_link_is_ending (link))
    remember (self, dio_usb_link_get_device (link), NULL);
  else if (dio_usb_link_is_connected (link))
    remember (self, dio_usb_link_get_device (link), dio_usb_link_get_session (link));
}

/* What is to be known of a link when its device comes, or its machine starts. */
void
dio_usb_manager_remember_over (DioUsbManager *self, DioUsbLink *link, const GError *error)
{
  DioUsbDevice *device = dio_usb_link_get_device (link);
  DioUsbMember *member = dio_usb_manager_find_member (self, dio_usb_link_get_session (link));
  gboolean was_connected = dio_usb_link_was_connected (link);

  if (dio_usb_link_was_unplugged (link))
    return;
  if (!was_connected || error != NULL || dio_usb_link_was_ended (link) || member == NULL)
    remember (self, device, NULL);
  else
    {
      remember (self, device, member->session);
      if (!has_ended (member) && (!has_qemu (member) || dio_usb_link_get_run (link) != member->run))
        consider_returned (self, member, device);
    }
}

static DioUsbAction
match (DioUsbMember *member, DioUsbDevice *device)
{
  return dio_usb_rules_match (dio_usb_options_get_rules (member->options), device);
}

/* The machine in front is asked first, then those that have run for longest. (nullable) */
static DioUsbMember *
find_wanting (DioUsbManager *self, DioUsbDevice *device)
{
  DioUsbMember *best = NULL;

  for (guint i = 0; i < self->members->len; i++)
    {
      DioUsbMember *member = g_ptr_array_index (self->members, i);

      if (!dio_usb_member_is_up (member) || match (member, device) != DIO_USB_ACTION_CONNECT)
        continue;
      if (member->session == self->active)
        return member;
      if (best == NULL || member->run < best->run)
        best = member;
    }
  return best;
}

void
dio_usb_manager_plugged_in (DioUsbManager *self, DioUsbDevice *device)
{
  DioSession *session = NULL;
  gboolean returned = recall (self, device, &session);
  DioUsbMember *member = returned ? dio_usb_manager_find_member (self, session) : find_wanting (self, device);

  if (returned && member != NULL && !has_ended (member))
    consider_returned (self, member, device);
  else if (member != NULL && !returned)
    dio_usb_manager_connect_by_itself (self, member, device, FALSE);
  if (returned || member != NULL)
    return;
  member = dio_usb_manager_find_member (self, self->active);
  if (member != NULL && dio_usb_member_is_up (member) && dio_usb_options_get_asks (member->options) &&
      match (member, device) == DIO_USB_ACTION_ASK &&
      dio_usb_source_get_guard (self->source, device) == DIO_USB_GUARD_NONE)
    dio_usb_manager_ask (self, member->session, device);
}

static gboolean
has_had (DioUsbMember *member, DioUsbDevice *device)
{
  for (guint i = 0; i < member->had->len; i++)
    if (key_fits (&g_array_index (member->had, DioUsbKey, i), device))
      return TRUE;
  return FALSE;
}

static gpointer
copy_device (gconstpointer device, gpointer user_data)
{
  return g_object_ref ((gpointer) device);
}

static void
begin (DioUsbMember *member)
{
  g_autoptr (DioUsbManager) self = g_object_ref (member->manager);
  g_autoptr (DioSession) hold = g_object_ref (member->session);
  g_autoptr (GPtrArray) devices = g_ptr_array_new_with_free_func (g_object_unref);

  g_ptr_array_extend (devices, self->devices, copy_device, NULL);
  member->begun = TRUE;
  for (guint i = 0; i < devices->len && dio_usb_manager_find_member (self, hold) != NULL; i++)
    {
      DioUsbDevice *device = g_ptr_array_index (devices, i);

      if (has_had (member, device))
        dio_usb_manager_connect_by_itself (self, member, device, TRUE);
      else if (match (member, device) == DIO_USB_ACTION_CONNECT)
        dio_usb_manager_connect_by_itself (self, member, device, FALSE);
    }
  if (dio_usb_manager_find_member (self, hold) != NULL)
    g_array_set_size (member->had, 0);
}

static void
on_connected (DioUsbMember *member)
{
  if (!member->begun && dio_usb_member_is_up (member))
    begin (member);
}

static void
on_spawned (DioUsbMember *member)
{
  member->run = ++member->manager->n_runs;
  member->begun = FALSE;
}

static void
on_machine_state (DioUsbMember *member)
{
  if (has_ended (member))
    g_array_set_size (member->had, 0);
}

static void
on_session_gone (gpointer user_data, GObject *gone)
{
  DioUsbMember *member = user_data;
  g_autoptr (DioUsbManager) self = g_object_ref (member->manager);
  DioSession *session = (DioSession *) gone;

  if (self->active == session)
    self->active = NULL;
  for (guint i = 0; i < self->memories->len; i++)
    if (g_array_index (self->memories, DioUsbMemory, i).session == session)
      g_array_index (self->memories, DioUsbMemory, i).session = NULL;
  member->session = NULL;
  g_ptr_array_remove (self->members, member);
  for (guint i = self->links->len; i-- > 0;)
    if (dio_usb_manager_find_member (self, dio_usb_link_get_session (g_ptr_array_index (self->links, i))) == NULL)
      dio_usb_link_end (g_ptr_array_index (self->links, i), TRUE, NULL);
}

void
dio_usb_member_free (DioUsbMember *member)
{
  if (member->session != NULL)
    {
      g_object_weak_unref (G_OBJECT (member->session), on_session_gone, member);
      g_signal_handlers_disconnect_by_data (member->session, member);
    }
  g_signal_handlers_disconnect_by_data (member->machine, member);
  g_clear_object (&member->machine);
  g_clear_object (&member->options);
  g_clear_pointer (&member->had, g_array_unref);
  g_free (member);
}

void
dio_usb_manager_add_session (DioUsbManager *self, DioSession *session)
{
  DioUsbMember *member;

  g_return_if_fail (DIO_IS_USB_MANAGER (self) && DIO_IS_SESSION (session) && dio_session_get_machine (session) != NULL);

  if (dio_usb_manager_find_member (self, session) != NULL)
    return;
  dio_usb_manager_need_source (self);
  member = g_new0 (DioUsbMember, 1);
  member->manager = self;
  member->session = session;
  member->machine = g_object_ref (dio_session_get_machine (session));
  member->options = dio_usb_options_new (dio_machine_config_get_uuid (dio_machine_get_config (member->machine)));
  member->had = g_array_new (FALSE, FALSE, sizeof (DioUsbKey));
  g_array_set_clear_func (member->had, (GDestroyNotify) key_clear);
  g_object_weak_ref (G_OBJECT (session), on_session_gone, member);
  g_signal_connect_swapped (session, "notify::connected", G_CALLBACK (on_connected), member);
  g_signal_connect_swapped (member->machine, "spawned", G_CALLBACK (on_spawned), member);
  g_signal_connect_swapped (member->machine, "notify::state", G_CALLBACK (on_machine_state), member);
  g_ptr_array_add (self->members, member);
  if (dio_usb_member_is_up (member))
    {
      on_spawned (member);
      begin (member);
    }
}

void
dio_usb_manager_set_active (DioUsbManager *self, DioSession *session)
{
  g_return_if_fail (DIO_IS_USB_MANAGER (self));

  self->active = dio_usb_manager_find_member (self, session) != NULL ? session : NULL;
}

DioUsbOptions *
dio_usb_manager_get_options (DioUsbManager *self, DioSession *session)
{
  DioUsbMember *member;

  g_return_val_if_fail (DIO_IS_USB_MANAGER (self), NULL);

  member = dio_usb_manager_find_member (self, session);
  g_return_val_if_fail (member != NULL, NULL);
  return member->options;
}
