/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "fake-machine.h"

#include "session/session-private.h"
#include "vm/machine-private.h"

#include <gio/gunixfdlist.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_DEVICES 14 /* QEMU's: of 15 ports the last one is for a hub */

typedef struct
{
  DioQemuChardev *skeleton;
  char *path;
  int fd; /* QEMU's end, or -1 */
  GDBusObjectManagerServer *manager;
} FakeChardev;

static void
chardev_free (gpointer data)
{
  FakeChardev *chardev = data;

  g_dbus_object_manager_server_unexport (chardev->manager, chardev->path);
  g_clear_object (&chardev->manager);
  g_clear_object (&chardev->skeleton);
  g_clear_pointer (&chardev->path, g_free);
  g_clear_fd (&chardev->fd, NULL);
  g_free (chardev);
}

/* --- QMP --- */

static void
say (FakeMachine *self, const char *text)
{
  send (self->qmp_fd, text, strlen (text), MSG_NOSIGNAL);
}

static void
answer (FakeMachine *self, gint64 id, const char *error)
{
  g_autofree char *text =
      error ? g_strdup_printf (
                  "{\"error\": {\"class\": \"%s\", \"desc\": \"refused\"}, \"id\": %" G_GINT64_FORMAT "}\n", error, id)
            : g_strdup_printf ("{\"return\": {}, \"id\": %" G_GINT64_FORMAT "}\n", id);

  say (self, text);
}

void
fake_machine_say_deleted (FakeMachine *self, const char *id)
{
  g_autofree char *text = g_strdup_printf ("{\"event\": \"DEVICE_DELETED\", \"data\": {\"device\": \"%s\"}, "
                                           "\"timestamp\": {\"seconds\": 1, \"microseconds\": 1}}\n",
                                           id);

  say (self, text);
}

static gboolean
on_register (DioQemuChardev *skeleton, GDBusMethodInvocation *invocation, GUnixFDList *fds, GVariant *stream,
             FakeMachine *self)
{
  GHashTableIter iter;
  FakeChardev *chardev;

  if (self->register_refused)
    {
      g_dbus_method_invocation_return_dbus_error (invocation, "org.qemu.Display1.Error.Failed",
                                                  "Couldn't register FD!");
      return TRUE;
    }
  if (self->register_silent)
    {
      g_ptr_array_add (self->unanswered, invocation); /* which is ours from here on */
      return TRUE;
    }
  g_hash_table_iter_init (&iter, self->chardevs);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &chardev))
    if (chardev->skeleton == skeleton)
      {
        g_assert_cmpint (chardev->fd, <, 0);
        chardev->fd = g_unix_fd_list_get (fds, g_variant_get_handle (stream), NULL);
        if (self->register_closes)
          g_clear_fd (&chardev->fd, NULL);
      }
  dio_qemu_chardev_complete_register (skeleton, invocation, NULL);
  return TRUE;
}

static const char *
add_chardev (FakeMachine *self, const char *id, JsonObject *arguments)
{
  JsonObject *backend = json_object_get_object_member (arguments, "backend");
  JsonObject *data = json_object_get_object_member (backend, "data");
  g_autofree char *path = g_strconcat ("/org/qemu/Display1/Chardev_", id, NULL);
  g_autoptr (GDBusObjectSkeleton) object = NULL;
  FakeChardev *chardev;

  g_assert_cmpstr (json_object_get_string_member (backend, "type"), ==, "dbus");
  g_assert_true (g_variant_is_object_path (path));
  if (g_hash_table_contains (self->chardevs, id))
    return "GenericError";
  object = g_dbus_object_skeleton_new (path);
  chardev = g_new0 (FakeChardev, 1);
  chardev->fd = -1;
  chardev->path = g_steal_pointer (&path);
  chardev->manager = g_object_ref (self->qemu->manager);
  chardev->skeleton = dio_qemu_chardev_skeleton_new ();
  dio_qemu_chardev_set_name (chardev->skeleton, json_object_get_string_member (data, "name"));
  g_signal_connect (chardev->skeleton, "handle-register", G_CALLBACK (on_register), self);
  g_dbus_object_skeleton_add_interface (object, G_DBUS_INTERFACE_SKELETON (chardev->skeleton));
  g_dbus_object_manager_server_export (self->qemu->manager, object);
  g_hash_table_insert (self->chardevs, g_strdup (id), chardev);
  return NULL;
}

static gboolean
has_device_with (FakeMachine *self, const char *chardev)
{
  GHashTableIter iter;
  const char *of;

  g_hash_table_iter_init (&iter, self->devices);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &of))
    if (g_str_equal (of, chardev))
      return TRUE;
  return FALSE;
}

static const char *
add_device (FakeMachine *self, const char *id, JsonObject *arguments)
{
  const char *chardev = json_object_get_string_member (arguments, "chardev");

  g_assert_cmpstr (json_object_get_string_member (arguments, "driver"), ==, "usb-redir");
  g_assert_cmpstr (json_object_get_string_member (arguments, "bus"), ==, "usb.0");
  if (!g_hash_table_contains (self->chardevs, chardev) || has_device_with (self, chardev) ||
      g_hash_table_size (self->devices) == MAX_DEVICES)
    return "GenericError";
  g_hash_table_insert (self->devices, g_strdup (id), g_strdup (chardev));
  self->n_ports = MAX (self->n_ports, g_hash_table_size (self->devices));
  return NULL;
}

/* As QEMU 10.0: usb-redir takes its character device along. */
static void
let_go (FakeMachine *self, const char *id)
{
  g_autofree char *copy = g_strdup (id);

  fake_machine_say_deleted (self, copy);
  g_hash_table_remove (self->chardevs, g_hash_table_lookup (self->devices, copy));
  g_hash_table_remove (self->devices, copy);
}

static void
carry_out (FakeMachine *self, gint64 number, const char *command, JsonObject *arguments)
{
  const char *id = json_object_get_string_member (arguments, "id"), *error = NULL;

  if (g_strcmp0 (self->silent, command) == 0)
    return;
  if (g_strcmp0 (self->refused, command) == 0)
    {
      answer (self, number, "GenericError");
      return;
    }
  if (g_str_equal (command, "chardev-add"))
    error = add_chardev (self, id, arguments);
  else if (g_str_equal (command, "device_add"))
    error = add_device (self, id, arguments);
  else if (g_str_equal (command, "device_del"))
    {
      if (!g_hash_table_contains (self->devices, id))
        error = "DeviceNotFound";
      else if (!self->guest_hangs)
        let_go (self, id);
    }
  else if (g_str_equal (command, "chardev-remove"))
    error = has_device_with (self, id) || !g_hash_table_remove (self->chardevs, id) ? "GenericError" : NULL;
  else
    g_error ("QEMU is told: %s", command);
  answer (self, number, error);
}

static void
hear (FakeMachine *self, const char *line)
{
  g_autoptr (JsonNode) node = json_from_string (line, NULL);
  JsonObject *object = json_node_get_object (node);
  const char *command = json_object_get_string_member (object, "execute");
  gint64 id = json_object_get_int_member (object, "id");

  if (g_str_equal (command, "qmp_capabilities"))
    {
      answer (self, id, NULL);
      return;
    }
  self->n_commands++;
  carry_out (self, id, command, json_object_get_object_member (object, "arguments"));
}

static gboolean
on_qmp (int fd, GIOCondition condition, gpointer user_data)
{
  FakeMachine *self = user_data;
  char buffer[4096], *end;
  gssize n = recv (fd, buffer, sizeof buffer, MSG_DONTWAIT);

  if (n <= 0)
    {
      self->qmp_watch = 0;
      return G_SOURCE_REMOVE;
    }
  g_string_append_len (self->input, buffer, n);
  while ((end = strchr (self->input->str, '\n')))
    {
      g_autofree char *line = g_strndup (self->input->str, (gsize) (end - self->input->str));

      g_string_erase (self->input, 0, end - self->input->str + 1);
      hear (self, line);
    }
  return G_SOURCE_CONTINUE;
}

static void
on_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static DioQmp *
open_qmp (FakeMachine *self)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  DioQmp *qmp;
  int fds[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  self->qmp_fd = fds[0];
  self->qmp_watch = g_unix_fd_add (self->qmp_fd, G_IO_IN | G_IO_HUP, on_qmp, self);
  say (self, "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 13, \"minor\": 0, \"major\": 10}}}}\n");
  dio_qmp_new_async (fds[1], NULL, on_result, &result);
  wait_until (result);
  qmp = dio_qmp_new_finish (result, &error);
  g_assert_no_error (error);
  return qmp;
}

/* --- the machine --- */

FakeMachine *
fake_machine_new (const char *name)
{
  static const char *const devices[] = { "usb-redir", NULL }, *const options[] = { "dbus-chardev", NULL };
  static const DioEngineFacts facts = {
    .binary = "/usr/bin/qemu", .version = "10.0.13", .origin = "system", .devices = devices, .options = options
  };
  g_autoptr (DioMachineConfig) config = dio_machine_config_new (name);
  FakeMachine *self = g_new0 (FakeMachine, 1);

  /* What is chosen for it is not kept anywhere. */
  g_object_set (config, "uuid", "00000000-0000-0000-0000-000000000000", NULL);
  self->machine = dio_machine_new (config);
  self->machine->engine = dio_engine_new (&facts);
  self->session = dio_session_new_for_machine (self->machine);
  self->qmp_fd = -1;
  self->input = g_string_new (NULL);
  self->chardevs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, chardev_free);
  self->devices = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->unanswered = g_ptr_array_new_with_free_func (g_object_unref);
  return self;
}

void
fake_machine_start (FakeMachine *self)
{
  g_assert_null (self->qemu);
  dio_machine_set_state (self->machine, DIO_MACHINE_STARTING);
  dio_machine_emit_spawned (self->machine);
  self->qemu = fake_qemu_new (FAKE_QEMU_HONEST);
  self->machine->qmp = open_qmp (self);
  dio_machine_set_state (self->machine, DIO_MACHINE_RUNNING);
  self->session->connection = g_object_ref (self->qemu->client);
  dio_session_set_connected (self->session, TRUE);
}

void
fake_machine_kill (FakeMachine *self)
{
  if (self->qemu == NULL)
    return;
  g_clear_handle_id (&self->qmp_watch, g_source_remove);
  g_clear_fd (&self->qmp_fd, NULL);
  g_string_set_size (self->input, 0);
  g_hash_table_remove_all (self->devices);
  g_hash_table_remove_all (self->chardevs);
  g_ptr_array_set_size (self->unanswered, 0);
  fake_qemu_die (self->qemu);
  g_clear_pointer (&self->qemu, fake_qemu_free);
}

void
fake_machine_end (FakeMachine *self, DioMachineState state)
{
  fake_machine_kill (self);
  dio_machine_clear_run (self->machine);
  dio_machine_set_state (self->machine, state);
  /* A session notices by the connection, or the machine's state. */
  dio_session_drop_connection (self->session);
}

void
fake_machine_let_go (FakeMachine *self)
{
  g_autoptr (GPtrArray) ids = g_hash_table_get_keys_as_ptr_array (self->devices);

  self->guest_hangs = FALSE;
  for (guint i = ids->len; i-- > 0;)
    let_go (self, g_ptr_array_index (ids, i));
}

void
fake_machine_close_streams (FakeMachine *self)
{
  GHashTableIter iter;
  FakeChardev *chardev;

  g_hash_table_iter_init (&iter, self->chardevs);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &chardev))
    g_clear_fd (&chardev->fd, NULL);
}

guint
fake_machine_count_chardevs (FakeMachine *self)
{
  return g_hash_table_size (self->chardevs);
}

guint
fake_machine_count_devices (FakeMachine *self)
{
  return g_hash_table_size (self->devices);
}

void
fake_machine_free (FakeMachine *self)
{
  fake_machine_kill (self);
  g_clear_object (&self->session);
  g_clear_object (&self->machine);
  g_string_free (self->input, TRUE);
  g_hash_table_unref (self->chardevs);
  g_hash_table_unref (self->devices);
  g_ptr_array_unref (self->unanswered);
  g_free (self);
}
