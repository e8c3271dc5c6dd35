/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "fake-qemu.h"

#include "dbus/connection.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define LISTENER_PATH "/org/qemu/Display1/Listener"
#define WRITE_TIMEOUT_MS 20000

/* The main loop. */

static gboolean
on_deadline (gpointer user_data)
{
  return G_SOURCE_REMOVE;
}

gboolean
test_iterate (gint64 deadline)
{
  gint64 left = deadline - g_get_monotonic_time ();
  g_autoptr (GSource) timeout = NULL;

  if (left <= 0)
    return FALSE;
  timeout = g_timeout_source_new ((guint) (left / 1000 + 1));
  g_source_set_callback (timeout, on_deadline, NULL, NULL);
  g_source_attach (timeout, NULL);
  g_main_context_iteration (NULL, TRUE);
  g_source_destroy (timeout);
  return TRUE;
}

void
test_run_for (guint milliseconds)
{
  gint64 deadline = g_get_monotonic_time () + milliseconds * G_TIME_SPAN_MILLISECOND;

  while (test_iterate (deadline))
    ;
}

guint
test_count_fds (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir))
    n++;
  return n;
}

gsize
test_get_rss (void)
{
  g_autofree char *contents = NULL;
  gsize size, resident;

  g_assert_true (g_file_get_contents ("/proc/self/statm", &contents, NULL, NULL));
  g_assert_cmpint (sscanf (contents, "%zu %zu", &size, &resident), ==, 2);
  return resident * (gsize) sysconf (_SC_PAGESIZE);
}

int
fake_memory_file (gsize size)
{
  int fd = memfd_create ("picture", MFD_CLOEXEC);
  guint8 *data;

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (ftruncate (fd, (off_t) size), ==, 0);
  data = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  g_assert_true (data != MAP_FAILED);
  for (gsize i = 0; i < size; i++)
    data[i] = (guint8) (i * 7 + i / 251);
  munmap (data, size);
  return fd;
}

/* The sockets by hand. */

static gboolean
read_line (int fd, char *line, gsize size)
{
  gsize n = 0;

  while (n + 1 < size)
    {
      struct pollfd pollfd = { .fd = fd, .events = POLLIN };

      if (poll (&pollfd, 1, WRITE_TIMEOUT_MS) != 1 || read (fd, line + n, 1) != 1)
        return FALSE;
      /* The one byte with the credentials. */
      if (line[n] == '\0')
        continue;
      if (line[n++] == '\n')
        {
          line[n] = '\0';
          return TRUE;
        }
    }
  return FALSE;
}

gboolean
fake_qemu_authenticate (int fd)
{
  static const char ok[] = "OK 0123456789abcdef0123456789abcdef\r\n", agree[] = "AGREE_UNIX_FD\r\n";
  char line[256];

  if (!read_line (fd, line, sizeof line) || !g_str_has_prefix (line, "AUTH"))
    return FALSE;
  /* GDBus asks for the mechanisms first. */
  if (!g_str_has_prefix (line, "AUTH EXTERNAL"))
    {
      static const char rejected[] = "REJECTED EXTERNAL\r\n";

      if (write (fd, rejected, sizeof rejected - 1) < 0 || !read_line (fd, line, sizeof line))
        return FALSE;
    }
  if (write (fd, ok, sizeof ok - 1) < 0 || !read_line (fd, line, sizeof line) ||
      !g_str_has_prefix (line, "NEGOTIATE_UNIX_FD"))
    return FALSE;
  return write (fd, agree, sizeof agree - 1) > 0 && read_line (fd, line, sizeof line) &&
         g_str_has_prefix (line, "BEGIN");
}

GBytes *
fake_qemu_method_call (const char *interface, const char *method, GVariant *body, guint n_fds)
{
  g_autoptr (GDBusMessage) message = g_dbus_message_new_method_call (NULL, LISTENER_PATH, interface, method);
  gsize size;
  guint8 *blob;

  g_dbus_message_set_serial (message, 1);
  if (body)
    g_dbus_message_set_body (message, body);
  if (n_fds)
    {
      g_autoptr (GUnixFDList) fds = g_unix_fd_list_new ();

      /* GDBus wants to see them; they are not part of the bytes. */
      for (guint i = 0; i < n_fds; i++)
        g_unix_fd_list_append (fds, STDERR_FILENO, NULL);
      g_dbus_message_set_unix_fd_list (message, fds);
    }
  blob = g_dbus_message_to_blob (message, &size, G_DBUS_CAPABILITY_FLAGS_UNIX_FD_PASSING, NULL);
  g_assert_nonnull (blob);
  return g_bytes_new_take (blob, size);
}

gboolean
fake_qemu_write (int fd, GBytes *bytes, const int *fds, guint n_fds)
{
  gsize size, done = 0;
  const char *data = g_bytes_get_data (bytes, &size);
  g_autofree char *control = n_fds ? g_malloc0 (CMSG_SPACE (n_fds * sizeof (int))) : NULL;

  while (done < size)
    {
      struct pollfd pollfd = { .fd = fd, .events = POLLOUT };
      struct iovec io = { .iov_base = (char *) data + done, .iov_len = size - done };
      struct msghdr message = { .msg_iov = &io, .msg_iovlen = 1 };
      gssize n;

      if (control && done == 0)
        {
          struct cmsghdr *header = (struct cmsghdr *) control;

          message.msg_control = control;
          message.msg_controllen = CMSG_SPACE (n_fds * sizeof (int));
          header->cmsg_level = SOL_SOCKET;
          header->cmsg_type = SCM_RIGHTS;
          header->cmsg_len = CMSG_LEN (n_fds * sizeof (int));
          memcpy (CMSG_DATA (header), fds, n_fds * sizeof (int));
        }
      if (poll (&pollfd, 1, WRITE_TIMEOUT_MS) != 1)
        return FALSE;
      n = sendmsg (fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n < 0 && errno != EAGAIN)
        return FALSE;
      if (n > 0)
        done += (gsize) n;
    }
  return TRUE;
}

/* The objects. */

static void
drop_listener (FakeConsole *self)
{
  g_clear_object (&self->listener);
  g_clear_object (&self->map);
  g_clear_object (&self->dmabuf2);
  g_clear_object (&self->update_list);
  g_clear_object (&self->connection);
}

/* A listener that is gone already is none. */
static void
adopt_listener (FakeConsole *self, int fd)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) socket = g_socket_new_from_fd (fd, &error);
  g_autoptr (GSocketConnection) stream = g_socket_connection_factory_create_connection (socket);
  g_autofree char *guid = g_dbus_generate_guid ();

  g_assert_no_error (error);
  drop_listener (self);
  /* As QEMU does it: without going back to the main loop. */
  self->connection = g_dbus_connection_new_sync (G_IO_STREAM (stream), guid,
                                                 G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER, NULL, NULL, &error);
  if (!self->connection)
    return;
  g_dbus_connection_set_exit_on_close (self->connection, FALSE);
  self->listener = dio_qemu_listener_proxy_new_sync (self->connection, G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START, NULL,
                                                     LISTENER_PATH, NULL, &error);
  g_assert_no_error (error);
  self->map = dio_qemu_listener_unix_map_proxy_new_sync (self->connection, G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START, NULL,
                                                         LISTENER_PATH, NULL, &error);
  g_assert_no_error (error);
  self->dmabuf2 = dio_qemu_listener_unix_scanout_dmabuf2_proxy_new_sync (
      self->connection, G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START, NULL, LISTENER_PATH, NULL, &error);
  g_assert_no_error (error);
  self->update_list = dio_qemu_listener_update_list_proxy_new_sync (
      self->connection, G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START, NULL, LISTENER_PATH, NULL, &error);
  g_assert_no_error (error);
  g_dbus_proxy_set_default_timeout (G_DBUS_PROXY (self->listener), 5000);
}

static FakeConsole *
console_of (FakeQemu *self, gpointer interface)
{
  for (guint i = 0; i < FAKE_QEMU_MAX_CONSOLES; i++)
    if (self->consoles[i].console == interface)
      return &self->consoles[i];
  g_assert_not_reached ();
}

static gboolean
on_register_listener (DioQemuConsole *console, GDBusMethodInvocation *invocation, GUnixFDList *fds, GVariant *handle,
                      FakeQemu *self)
{
  FakeConsole *fake = console_of (self, console);
  int fd;

  if (self->mode == FAKE_QEMU_REFUSES)
    {
      g_dbus_method_invocation_return_dbus_error (invocation, "org.qemu.Display1.Error.Failed", "no more listeners");
      return TRUE;
    }
  fd = g_unix_fd_list_get (fds, g_variant_get_handle (handle), NULL);
  g_assert_cmpint (fd, >=, 0);
  dio_qemu_console_complete_register_listener (console, invocation, NULL);
  if (self->mode == FAKE_QEMU_HONEST)
    {
      adopt_listener (fake, fd);
      return TRUE;
    }
  if (self->mode == FAKE_QEMU_RAW_LISTENER)
    g_assert_true (fake_qemu_authenticate (fd));
  g_clear_fd (&fake->raw_fd, NULL);
  fake->raw_fd = fd;
  return TRUE;
}

static gboolean
on_set_ui_info (DioQemuConsole *console, GDBusMethodInvocation *invocation, guint16 width_mm, guint16 height_mm, int x,
                int y, guint width, guint height, FakeQemu *self)
{
  g_string_append_printf (self->log, "ui %u %u %u %u\n", width, height, width_mm, height_mm);
  dio_qemu_console_complete_set_ui_info (console, invocation);
  return TRUE;
}

static void
make_input (FakeQemu *self, FakeConsole *fake, GDBusObjectSkeleton *object)
{
  fake->keyboard = dio_qemu_keyboard_skeleton_new ();
  fake->mouse = dio_qemu_mouse_skeleton_new ();
  dio_qemu_mouse_set_is_absolute (fake->mouse, TRUE);
  fake->touch = dio_qemu_multi_touch_skeleton_new ();
  fake->input = dio_qemu_input_skeleton_new ();
  fake_input_connect (&self->input, fake->keyboard, fake->mouse, fake->touch, fake->input);
  g_dbus_object_skeleton_add_interface (object, G_DBUS_INTERFACE_SKELETON (fake->keyboard));
  g_dbus_object_skeleton_add_interface (object, G_DBUS_INTERFACE_SKELETON (fake->mouse));
  g_dbus_object_skeleton_add_interface (object, G_DBUS_INTERFACE_SKELETON (fake->touch));
  g_dbus_object_skeleton_add_interface (object, G_DBUS_INTERFACE_SKELETON (fake->input));
}

static void
make_console (FakeQemu *self, guint number)
{
  FakeConsole *fake = &self->consoles[number];
  g_autofree char *path = g_strdup_printf ("/org/qemu/Display1/Console_%u", number);
  g_autoptr (GDBusObjectSkeleton) object = g_dbus_object_skeleton_new (path);

  fake->raw_fd = -1;
  fake->console = dio_qemu_console_skeleton_new ();
  g_object_set (fake->console, "label", number ? "virtio-vga.1" : "VGA", "head", number, "type", "Graphic", "width",
                640, "height", 480, NULL);
  g_signal_connect (fake->console, "handle-register-listener", G_CALLBACK (on_register_listener), self);
  g_signal_connect (fake->console, "handle-set-ui-info", G_CALLBACK (on_set_ui_info), self);
  g_dbus_object_skeleton_add_interface (object, G_DBUS_INTERFACE_SKELETON (fake->console));
  make_input (self, fake, object);
  g_dbus_object_manager_server_export (self->manager, object);
}

static void
make_objects (FakeQemu *self)
{
  static const guint32 ids[FAKE_QEMU_MAX_CONSOLES] = { 0, 1 };
  g_autoptr (GDBusObjectSkeleton) object = g_dbus_object_skeleton_new ("/org/qemu/Display1/VM");
  g_autoptr (DioQemuVM) vm = dio_qemu_vm_skeleton_new ();

  self->manager = g_dbus_object_manager_server_new ("/org/qemu/Display1");
  dio_qemu_vm_set_name (vm, "fake");
  dio_qemu_vm_set_uuid (vm, "00000000-0000-0000-0000-000000000000");
  dio_qemu_vm_set_console_ids (vm, g_variant_new_fixed_array (G_VARIANT_TYPE_UINT32, ids, G_N_ELEMENTS (ids), 4));
  g_dbus_object_skeleton_add_interface (object, G_DBUS_INTERFACE_SKELETON (vm));
  g_dbus_object_manager_server_export (self->manager, object);
  for (guint i = 0; i < FAKE_QEMU_MAX_CONSOLES; i++)
    make_console (self, i);
  g_dbus_object_manager_server_set_connection (self->manager, self->server);
}

static void
on_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

FakeQemu *
fake_qemu_new (FakeQemuMode mode)
{
  FakeQemu *self = g_new0 (FakeQemu, 1);
  g_autofree char *guid = g_dbus_generate_guid ();
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GSocketConnection) stream = NULL;
  g_autoptr (GAsyncResult) server = NULL, client = NULL;
  g_autoptr (GError) error = NULL;
  int fds[2];

  self->mode = mode;
  self->log = g_string_new (NULL);
  fake_input_init (&self->input, self->log);
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  socket = g_socket_new_from_fd (fds[0], NULL);
  stream = g_socket_connection_factory_create_connection (socket);
  g_dbus_connection_new (G_IO_STREAM (stream), guid, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER, NULL, NULL,
                         on_result, &server);
  dio_dbus_connect_peer_async (fds[1], NULL, on_result, &client);
  wait_until (server && client);
  self->server = g_dbus_connection_new_finish (server, &error);
  g_assert_no_error (error);
  self->client = dio_dbus_connect_peer_finish (client, &error);
  g_assert_no_error (error);
  make_objects (self);
  return self;
}

DioConsole *
fake_qemu_open_console (FakeQemu *self, guint number, GError **error)
{
  FakeConsole *fake = &self->consoles[number];
  g_autofree char *path = g_strdup_printf ("/org/qemu/Display1/Console_%u", number);
  g_autoptr (GAsyncResult) result = NULL;
  DioConsole *console;

  dio_console_new_async (self->client, NULL, path, NULL, on_result, &result);
  wait_until (result);
  console = dio_console_new_finish (result, error);
  if (console)
    wait_until (fake->listener || fake->raw_fd >= 0);
  return console;
}

void
fake_qemu_die (FakeQemu *self)
{
  for (guint i = 0; i < FAKE_QEMU_MAX_CONSOLES; i++)
    {
      FakeConsole *fake = &self->consoles[i];

      if (fake->connection)
        g_dbus_connection_close_sync (fake->connection, NULL, NULL);
      drop_listener (fake);
      g_clear_fd (&fake->raw_fd, NULL);
    }
  if (!g_dbus_connection_is_closed (self->server))
    g_dbus_connection_close_sync (self->server, NULL, NULL);
}

void
fake_qemu_free (FakeQemu *self)
{
  fake_qemu_die (self);
  fake_input_clear (&self->input);
  g_dbus_object_manager_server_set_connection (self->manager, NULL);
  if (!g_dbus_connection_is_closed (self->client))
    g_dbus_connection_close_sync (self->client, NULL, NULL);
  g_clear_object (&self->manager);
  for (guint i = 0; i < FAKE_QEMU_MAX_CONSOLES; i++)
    {
      g_clear_object (&self->consoles[i].console);
      g_clear_object (&self->consoles[i].keyboard);
      g_clear_object (&self->consoles[i].mouse);
      g_clear_object (&self->consoles[i].touch);
      g_clear_object (&self->consoles[i].input);
    }
  g_clear_object (&self->server);
  g_clear_object (&self->client);
  g_string_free (self->log, TRUE);
  g_free (self);
}

/* What QEMU says. */

static GVariant *
byte_array (GBytes *data)
{
  return g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, data, TRUE);
}

gboolean
fake_console_scanout (FakeConsole *self, guint width, guint height, guint stride, guint format, GBytes *data,
                      GError **error)
{
  return dio_qemu_listener_call_scanout_sync (self->listener, width, height, stride, format, byte_array (data),
                                              G_DBUS_CALL_FLAGS_NONE, -1, NULL, error);
}

gboolean
fake_console_update (FakeConsole *self, int x, int y, int width, int height, guint stride, guint format, GBytes *data,
                     GError **error)
{
  return dio_qemu_listener_call_update_sync (self->listener, x, y, width, height, stride, format, byte_array (data),
                                             G_DBUS_CALL_FLAGS_NONE, -1, NULL, error);
}

gboolean
fake_console_scanout_map (FakeConsole *self, int fd, guint offset, guint width, guint height, guint stride,
                          guint format, GError **error)
{
  g_autoptr (GUnixFDList) fds = g_unix_fd_list_new ();
  int handle = g_unix_fd_list_append (fds, fd, error);

  return handle >= 0 && dio_qemu_listener_unix_map_call_scanout_map_sync (
                            self->map, g_variant_new_handle (handle), offset, width, height, stride, format,
                            G_DBUS_CALL_FLAGS_NONE, 1000, fds, NULL, NULL, error);
}

gboolean
fake_console_update_map (FakeConsole *self, int x, int y, int width, int height, GError **error)
{
  return dio_qemu_listener_unix_map_call_update_map_sync (self->map, x, y, width, height, G_DBUS_CALL_FLAGS_NONE, 1000,
                                                          NULL, error);
}

gboolean
fake_console_scanout_dmabuf (FakeConsole *self, int fd, guint width, guint height, guint stride, guint fourcc,
                             guint64 modifier, gboolean y0_top, GError **error)
{
  g_autoptr (GUnixFDList) fds = g_unix_fd_list_new ();
  int handle = g_unix_fd_list_append (fds, fd, error);

  return handle >= 0 && dio_qemu_listener_call_scanout_dmabuf_sync (self->listener, g_variant_new_handle (handle),
                                                                    width, height, stride, fourcc, modifier, y0_top,
                                                                    G_DBUS_CALL_FLAGS_NONE, -1, fds, NULL, NULL, error);
}

gboolean
fake_console_scanout_dmabuf2 (FakeConsole *self, const FakeDmabuf *dmabuf, GError **error)
{
  g_autoptr (GUnixFDList) fds = g_unix_fd_list_new ();
  GVariantBuilder handles = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("ah"));
  guint n_numbers = dmabuf->n_numbers ? dmabuf->n_numbers : MIN (dmabuf->n_planes, 4);

  for (guint i = 0; i < dmabuf->n_fds; i++)
    {
      int handle = g_unix_fd_list_append (fds, dmabuf->fds[i], error);

      g_assert_cmpint (handle, >=, 0);
      g_variant_builder_add (&handles, "h", handle);
    }
  return dio_qemu_listener_unix_scanout_dmabuf2_call_scanout_dmabuf2_sync (
      self->dmabuf2, g_variant_builder_end (&handles), dmabuf->x, dmabuf->y, dmabuf->width, dmabuf->height,
      g_variant_new_fixed_array (G_VARIANT_TYPE_UINT32, dmabuf->offsets, n_numbers, 4),
      g_variant_new_fixed_array (G_VARIANT_TYPE_UINT32, dmabuf->strides, n_numbers, 4), dmabuf->n_planes,
      dmabuf->fourcc, dmabuf->backing_width, dmabuf->backing_height, dmabuf->modifier, dmabuf->y0_top,
      G_DBUS_CALL_FLAGS_NONE, 5000, fds, NULL, NULL, error);
}

gboolean
fake_console_update_dmabuf (FakeConsole *self, int x, int y, int width, int height, GError **error)
{
  return dio_qemu_listener_call_update_dmabuf_sync (self->listener, x, y, width, height, G_DBUS_CALL_FLAGS_NONE, 5000,
                                                    NULL, error);
}

gboolean
fake_console_update_list (FakeConsole *self, const int (*rects)[4], guint n, GError **error)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(iiii)"));

  for (guint i = 0; i < n; i++)
    g_variant_builder_add (&builder, "(iiii)", rects[i][0], rects[i][1], rects[i][2], rects[i][3]);
  return dio_qemu_listener_update_list_call_update_dmabuf_list_sync (
      self->update_list, g_variant_builder_end (&builder), G_DBUS_CALL_FLAGS_NONE, 5000, NULL, error);
}
