/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "usb/mounts.h"

#include "config.h"
#include "usb/blocks.h"
#include "usb/mount-users.h"
#include "usb/mounts-private.h"
#include "usb/text.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/sysmacros.h>

#define NAME "org.freedesktop.UDisks2"
#define BLOCK NAME ".Block"
#define FILESYSTEM NAME ".Filesystem"
#define ENCRYPTED NAME ".Encrypted"
/* What is written to a slow stick before it is unmounted takes minutes: the user can cancel. */
#define NO_TIMEOUT G_MAXINT
#define MAX_USERS 3
#define MAX_MESSAGE 200

typedef struct
{
  char *root, *path;
  GDBusConnection *bus;
  GVariant *objects; /* a{oa{sa{sv}}} */
  GPtrArray *done;   /* of char *: what was unmounted */
} Work;

static void
work_free (gpointer data)
{
  Work *work = data;

  g_ptr_array_unref (work->done);
  g_clear_pointer (&work->objects, g_variant_unref);
  g_clear_object (&work->bus);
  g_free (work->path);
  g_free (work->root);
  g_free (work);
}

char **
dio_usb_mounts_list_at (const char *root, const char *path)
{
  g_autoptr (GHashTable) blocks = dio_usb_blocks_find (root, path);
  g_autoptr (GPtrArray) mounts = dio_usb_blocks_list_mounts (root, blocks);
  g_autoptr (GStrvBuilder) places = g_strv_builder_new ();

  for (guint i = 0; i < mounts->len; i++)
    {
      const DioUsbMount *mount = g_ptr_array_index (mounts, i);

      g_strv_builder_take (places, g_filename_display_name (mount->point));
    }
  return g_strv_builder_end (places);
}

char **
dio_usb_mounts_list (DioUsbDevice *device)
{
  const char *path = dio_usb_device_get_sysfs_path (device);

  return path ? dio_usb_mounts_list_at ("", path) : g_new0 (char *, 1);
}

static GVariant *
get_objects (Work *work, GCancellable *cancellable, GError **error)
{
  g_autoptr (GVariant) answer = NULL;

  work->bus = g_bus_get_sync (G_BUS_TYPE_SYSTEM, cancellable, error);
  /* That of the session is what we live with; this one may be restarted. */
  if (work->bus)
    g_dbus_connection_set_exit_on_close (work->bus, FALSE);
  answer = work->bus ? g_dbus_connection_call_sync (work->bus, NAME, "/org/freedesktop/UDisks2",
                                                    "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", NULL,
                                                    G_VARIANT_TYPE ("(a{oa{sa{sv}}})"), G_DBUS_CALL_FLAGS_NONE, -1,
                                                    cancellable, error)
                     : NULL;
  return answer ? g_variant_get_child_value (answer, 0) : NULL;
}

/* The object of the block device with NUMBER ("MAJOR:MINOR"), if it has INTERFACE. (transfer full) (nullable); its
 * properties of that interface: (transfer full). */
static char *
find_object (Work *work, const char *number, const char *interface, GVariant **ret_properties)
{
  GVariantIter iter;
  const char *path;
  GVariant *interfaces;

  g_variant_iter_init (&iter, work->objects);
  while (g_variant_iter_loop (&iter, "{&o@a{sa{sv}}}", &path, &interfaces))
    {
      g_autoptr (GVariant) block = g_variant_lookup_value (interfaces, BLOCK, G_VARIANT_TYPE_VARDICT);
      g_autoptr (GVariant) wanted = g_variant_lookup_value (interfaces, interface, G_VARIANT_TYPE_VARDICT);
      g_autofree char *is = NULL;
      guint64 device;

      if (!block || !wanted || !g_variant_lookup (block, "DeviceNumber", "t", &device))
        continue;
      is = g_strdup_printf ("%u:%u", major (device), minor (device));
      if (g_strcmp0 (is, number) == 0)
        {
          char *found = g_strdup (path);

          if (ret_properties)
            *ret_properties = g_steal_pointer (&wanted);
          g_variant_unref (interfaces);
          return found;
        }
    }
  return NULL;
}

static gboolean
is_remote (const GError *error, const char *name)
{
  g_autofree char *remote = g_dbus_error_get_remote_error (error);

  return g_strcmp0 (remote, name) == 0;
}

static void
set_busy (Work *work, const char *point, const char *shown, GError **error)
{
  g_auto (GStrv) users = dio_usb_mount_users_list (work->root, point, MAX_USERS);
  g_autofree char *names = g_strjoinv (", ", users);

  if (*users)
    /* Translators: a folder; the names of programs. */
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY,
                 _ ("“%s” is in use by %s: close what is open there, and try again."), shown, names);
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY,
                 _ ("“%s” is in use: close the files and terminals that are open there, and try again."), shown);
}

/* Takes CAUSE, an answer of udisks (or that there was none), and makes a sentence of it. */
static void
explain (Work *work, const char *point, GError *cause, GError **error)
{
  g_autoptr (GError) told = cause;
  g_autofree char *shown = g_filename_display_name (point);

  if (g_error_matches (told, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_propagate_error (error, g_steal_pointer (&told));
  else if (is_remote (told, NAME ".Error.DeviceBusy"))
    set_busy (work, point, shown, error);
  else if (is_remote (told, NAME ".Error.NotAuthorizedDismissed"))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("“%s” was not unmounted."), shown);
  else if (is_remote (told, NAME ".Error.NotAuthorized") || is_remote (told, NAME ".Error.NotAuthorizedCanObtain"))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                 _ ("You may not unmount “%s”: somebody else mounted it. Ask them, or an administrator."), shown);
  else if (g_error_matches (told, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN) ||
           g_error_matches (told, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER) ||
           (told->domain == G_IO_ERROR && !g_dbus_error_is_remote_error (told)))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                 _ ("“%s” could not be unmounted, because the system's service for that (udisks) does not answer. "
                    "Unmount it, and try again."),
                 shown);
  else
    {
      g_autofree char *message = NULL;

      g_dbus_error_strip_remote_error (told);
      message = dio_usb_text_clean (told->message, MAX_MESSAGE);
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, _ ("“%s” could not be unmounted: %s"), shown,
                   message ? message : "");
    }
}

static gboolean
call (Work *work, const char *object, const char *interface, const char *method, GCancellable *cancellable,
      GError **error)
{
  g_autoptr (GVariant) answer =
      g_dbus_connection_call_sync (work->bus, NAME, object, interface, method, g_variant_new ("(a{sv})", NULL), NULL,
                                   G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION, NO_TIMEOUT, cancellable, error);

  return answer != NULL;
}

static gboolean
unmount (Work *work, const DioUsbMount *mount, GCancellable *cancellable, GError **error)
{
  g_autofree char *number = dio_usb_blocks_read_number (work->root, mount->block);
  g_autofree char *object = NULL, *shown = g_filename_display_name (mount->point);
  GError *cause = NULL;

  if (!work->objects)
    work->objects = get_objects (work, cancellable, &cause);
  object = work->objects ? find_object (work, number, FILESYSTEM, NULL) : NULL;
  if (work->objects && !object)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                   _ ("“%s” could not be unmounted, because the system's service for that (udisks) does not know it. "
                      "Unmount it, and try again."),
                   shown);
      return FALSE;
    }
  if (!object || !call (work, object, FILESYSTEM, "Unmount", cancellable, &cause))
    {
      if (cause && is_remote (cause, NAME ".Error.NotMounted"))
        {
          g_error_free (cause);
          return TRUE;
        }
      explain (work, mount->point, cause, error);
      return FALSE;
    }
  g_ptr_array_add (work->done, g_steal_pointer (&shown));
  return TRUE;
}

/* Last come, first gone: what is mounted in another goes before it. Each is looked for anew, since one call may have
 * unmounted several; nothing is asked for more often than it was mounted. */
static gboolean
unmount_all (Work *work, GHashTable *blocks, GCancellable *cancellable, GError **error)
{
  g_autoptr (GPtrArray) mounts = dio_usb_blocks_list_mounts (work->root, blocks);

  for (guint left = mounts->len; mounts->len > 0; left--)
    {
      const DioUsbMount *last = g_ptr_array_index (mounts, mounts->len - 1);

      if (left == 0)
        {
          g_autofree char *shown = g_filename_display_name (last->point);

          g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY, _ ("“%s” was mounted again while it was being unmounted."),
                       shown);
          return FALSE;
        }
      if (!unmount (work, last, cancellable, error))
        return FALSE;
      g_ptr_array_unref (mounts);
      mounts = dio_usb_blocks_list_mounts (work->root, blocks);
    }
  return TRUE;
}

/* Locks what is open of LUKS and the like. What cannot be locked is not in the way: nothing is mounted any more. */
static gboolean
lock_all (Work *work, GHashTable *blocks, GCancellable *cancellable, GError **error)
{
  GHashTableIter iter;
  gpointer block;

  g_hash_table_iter_init (&iter, blocks);
  while (g_hash_table_iter_next (&iter, &block, NULL))
    {
      g_autofree char *number = dio_usb_blocks_read_number (work->root, block);
      g_autoptr (GVariant) properties = NULL;
      g_autoptr (GError) refused = NULL;
      g_autofree char *object = NULL;
      const char *cleartext;

      if (!work->objects && !(work->objects = get_objects (work, cancellable, NULL)))
        return !g_cancellable_set_error_if_cancelled (cancellable, error);
      object = find_object (work, number, ENCRYPTED, &properties);
      if (!object || !g_variant_lookup (properties, "CleartextDevice", "&o", &cleartext) ||
          g_str_equal (cleartext, "/"))
        continue;
      if (!call (work, object, ENCRYPTED, "Lock", cancellable, &refused))
        g_debug ("%s was not locked: %s", object, refused->message);
    }
  return !g_cancellable_set_error_if_cancelled (cancellable, error);
}

static void
run (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Work *work = data;
  g_autoptr (GHashTable) blocks = dio_usb_blocks_find (work->root, work->path);
  g_autoptr (GError) error = NULL;

  if (unmount_all (work, blocks, cancellable, &error) && lock_all (work, blocks, cancellable, &error))
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  if (work->done->len > 0)
    {
      g_autofree char *done = NULL;

      g_ptr_array_add (work->done, NULL);
      done = g_strjoinv (", ", (char **) work->done->pdata);
      /* Translators: what went wrong, a sentence; then folders. */
      g_task_return_new_error (task, error->domain, error->code, _ ("%s (Unmounted already: %s.)"), error->message,
                               done);
    }
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

void
dio_usb_mounts_unmount_at_async (const char *root, const char *path, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Work *work = g_new0 (Work, 1);

  work->root = g_strdup (root);
  work->path = g_strdup (path);
  work->done = g_ptr_array_new_with_free_func (g_free);
  g_task_set_source_tag (task, dio_usb_mounts_unmount_async);
  g_task_set_task_data (task, work, work_free);
  g_task_run_in_thread (task, run);
}

void
dio_usb_mounts_unmount_async (DioUsbDevice *device, GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data)
{
  const char *path = dio_usb_device_get_sysfs_path (device);

  /* Where sysfs cannot be seen, nothing is below. */
  dio_usb_mounts_unmount_at_async ("", path ? path : "/nowhere", cancellable, callback, user_data);
}

gboolean
dio_usb_mounts_unmount_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, dio_usb_mounts_unmount_async), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}
