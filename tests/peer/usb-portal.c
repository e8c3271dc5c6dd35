/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* Devices of a portal that is there, comes late, dies, lies, and hands out what it should not. tests/lab has a real
 * one. */
#include "usb/portal-source.h"

#include "usb/portal-facts.h"

#include "fake-portal.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* No computer has such a bus, so nothing of it is found in sysfs. */
#define NODE(n) "/dev/bus/usb/230/" n
#define DEADLINE 60  /* s */
#define USB_SIZE 189 /* of a file that passes for NODE ("001"), and one more byte for each further one */

/* Before that of libc: there may be no USB here, and an ordinary file has to do. */
int
fstat (int fd, struct stat *status)
{
  int result = fstatat (fd, "", status, AT_EMPTY_PATH);

  if (result == 0 && S_ISREG (status->st_mode) && status->st_size >= USB_SIZE && status->st_size < USB_SIZE + 128)
    {
      status->st_mode = S_IFCHR | 0600;
      status->st_rdev = makedev (189, 229 * 128 + (guint) (status->st_size - USB_SIZE));
    }
  return result;
}

typedef struct
{
  GTestDBus *bus;
  GDBusConnection *connection;
  FakePortal *portal;
  DioUsbSource *source;
  GListModel *list;
  gboolean opened;
  int fd;
  GError *error;
} Fixture;

static gboolean
on_deadline (gpointer user_data)
{
  g_error ("waited %d s in vain", DEADLINE);
  return G_SOURCE_REMOVE;
}

#define wait_until(condition)                                                                                          \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    guint deadline = g_timeout_add_seconds (DEADLINE, on_deadline, NULL);                                              \
    while (!(condition))                                                                                               \
      g_main_context_iteration (NULL, TRUE);                                                                           \
    g_source_remove (deadline);                                                                                        \
  }                                                                                                                    \
  G_STMT_END

static guint
count (Fixture *fixture)
{
  return g_list_model_get_n_items (fixture->list);
}

/* (transfer none): it lives as long as it is in the list. */
static DioUsbDevice *
nth (Fixture *fixture, guint n)
{
  g_autoptr (DioUsbDevice) device = g_list_model_get_item (fixture->list, n);

  return device;
}

static void
set_up_without (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->fd = -1;
  fixture->bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (fixture->bus);
  fixture->connection = g_dbus_connection_new_for_address_sync (g_test_dbus_get_bus_address (fixture->bus),
                                                                G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                                    G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                                                NULL, NULL, &error);
  g_assert_no_error (error);
  fixture->source = dio_usb_portal_source_new (fixture->connection);
  fixture->list = G_LIST_MODEL (fixture->source);
}

/* (transfer full) */
static GVariant *
make_list (const char *id, const char *second)
{
  GVariantBuilder listed;

  g_variant_builder_init (&listed, G_VARIANT_TYPE ("a(sa{sv})"));
  g_variant_builder_add (&listed, "(s@a{sv})", id, fake_portal_make_device (NODE ("001"), "fff0", "31c0", "Camera"));
  if (second != NULL)
    g_variant_builder_add (&listed, "(s@a{sv})", second, fake_portal_make_device (NODE ("002"), "fff1", "5678", "B"));
  return g_variant_ref_sink (g_variant_builder_end (&listed));
}

/* A portal with one device, which it lists, and tells of as it comes. */
static void
start_portal (Fixture *fixture, const char *id)
{
  fixture->portal = fake_portal_new (g_test_dbus_get_bus_address (fixture->bus));
  fixture->portal->listed = make_list (id, NULL);
  wait_until (fixture->portal->session != NULL);
  fake_portal_tell (fixture->portal, "add", id, fake_portal_make_device (NODE ("001"), "fff0", "31c0", "Camera"));
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  set_up_without (fixture, data);
  start_portal (fixture, "camera");
  wait_until (count (fixture) == 1);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_assert_finalize_object (fixture->source);
  g_clear_pointer (&fixture->portal, fake_portal_free);
  g_clear_fd (&fixture->fd, NULL);
  g_clear_error (&fixture->error);
  g_dbus_connection_close_sync (fixture->connection, NULL, NULL);
  g_object_unref (fixture->connection);
  g_test_dbus_down (fixture->bus);
  g_object_unref (fixture->bus);
}

static gboolean
has (Fixture *fixture, const char *id)
{
  gboolean found = FALSE;

  for (guint i = 0; i < count (fixture); i++)
    found |= g_str_equal (dio_usb_device_get_id (nth (fixture, i)), id);
  return found;
}

/* All that was said so far has been heard: one more device comes and goes. */
static void
settle (Fixture *fixture)
{
  fake_portal_tell (fixture->portal, "add", "settled", fake_portal_make_device (NODE ("120"), "fff1", "5678", "Last"));
  wait_until (has (fixture, "settled"));
  fake_portal_tell (fixture->portal, "remove", "settled", NULL);
  wait_until (!has (fixture, "settled"));
}

static void
test_list (Fixture *fixture, gconstpointer data)
{
  FakePortal *portal = fixture->portal;

  g_assert_null (dio_usb_source_get_trouble (fixture->source));
  g_assert_cmpstr (dio_usb_device_get_name (nth (fixture, 0)), ==, "Camera");
  g_assert_cmphex (dio_usb_device_get_vendor (nth (fixture, 0)), ==, 0xfff0);
  g_assert_cmphex (dio_usb_device_get_product (nth (fixture, 0)), ==, 0x31c0);
  g_assert_cmpstr (dio_usb_device_get_serial (nth (fixture, 0)), ==, "4711");
  g_assert_cmpstr (dio_usb_device_get_node (nth (fixture, 0)), ==, NODE ("001"));
  g_assert_null (dio_usb_device_get_sysfs_path (nth (fixture, 0)));

  fake_portal_tell (portal, "add", "third",
                    fake_portal_make_device (NODE ("003"), "fff1", "5678", "A\\x20thing\\x0a!"));
  fake_portal_tell (portal, "add", "second", fake_portal_make_device (NODE ("002"), "fff1", "5678", "Nor \\xzz\\x2"));
  fake_portal_tell (portal, "add", "root", fake_portal_make_device (NODE ("004"), "1d6b", "0002", "Root hub"));
  settle (fixture);
  g_assert_cmpuint (count (fixture), ==, 3);
  g_assert_cmpstr (dio_usb_device_get_name (nth (fixture, 1)), ==, "Nor \\xzz\\x2");
  g_assert_cmpstr (dio_usb_device_get_name (nth (fixture, 2)), ==, "A thing !");

  fake_portal_tell (portal, "remove", "unknown", NULL);
  fake_portal_tell (portal, "remove", "second", NULL);
  fake_portal_tell (portal, "change", "third", fake_portal_make_device (NODE ("003"), "fff1", "5678", "Other"));
  fake_portal_tell (portal, "add", "camera", fake_portal_make_device (NODE ("009"), "fff1", "5678", "Other"));
  fake_portal_tell (portal, "explode", "fourth", fake_portal_make_device (NODE ("009"), "fff1", "5678", "Other"));
  settle (fixture);
  g_assert_cmpuint (count (fixture), ==, 2);
  g_assert_cmpstr (dio_usb_device_get_id (nth (fixture, 1)), ==, "third");
}

/* --- opening --- */

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;

  g_clear_fd (&fixture->fd, NULL);
  g_clear_error (&fixture->error);
  fixture->fd = dio_usb_source_open_finish (fixture->source, result, &fixture->error);
  fixture->opened = TRUE;
}

static void
begin_open (Fixture *fixture, GCancellable *cancellable)
{
  fixture->opened = FALSE;
  g_clear_pointer (&fixture->portal->request, g_free);
  dio_usb_source_open_async (fixture->source, nth (fixture, 0), "wayland:window", cancellable, on_opened, fixture);
  wait_until (fixture->portal->request != NULL || fixture->opened);
}

static int
make_file (gint64 size, int flags)
{
  g_autofree char *path = g_build_filename (g_get_tmp_dir (), "usb-portal-XXXXXX", NULL);
  g_autofd int fd = g_mkstemp (path);
  int opened;

  g_assert_cmpint (ftruncate (fd, size), ==, 0);
  opened = open (path, flags | O_CLOEXEC);
  g_assert_cmpint (opened, >=, 0);
  g_unlink (path);
  return opened;
}

static guint
count_descriptors (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static void
open_with (Fixture *fixture, int fd, int index, gint n)
{
  fake_portal_hand_out (fixture->portal, "camera", fd, index, n);
  begin_open (fixture, NULL);
  fake_portal_answer (fixture->portal, 0);
  wait_until (fixture->opened);
}

static void
test_open (Fixture *fixture, gconstpointer data)
{
  int fd = make_file (USB_SIZE, O_RDWR);
  struct stat given, taken;

  open_with (fixture, fd, 0, GPOINTER_TO_INT (data));
  g_assert_no_error (fixture->error);
  g_assert_cmpint (fstatat (fd, "", &given, AT_EMPTY_PATH), ==, 0);
  g_assert_cmpint (fstatat (fixture->fd, "", &taken, AT_EMPTY_PATH), ==, 0);
  g_assert_cmpuint (given.st_ino, ==, taken.st_ino);
  g_assert_true (fcntl (fixture->fd, F_GETFD) & FD_CLOEXEC);
  g_assert_true (fixture->portal->writable);
  g_assert_cmpstr (fixture->portal->window, ==, "wayland:window");
  g_assert_cmpstr (fixture->portal->acquired, ==, "camera");
  g_assert_cmpuint (fixture->portal->n_released, ==, 0);
  dio_usb_source_release (fixture->source, nth (fixture, 0));
  wait_until (fixture->portal->n_released == 1);
  g_assert_cmpstr (fixture->portal->released, ==, "camera");
}

static void
test_refused (Fixture *fixture, gconstpointer data)
{
  begin_open (fixture, NULL);
  fake_portal_answer (fixture->portal, 1);
  wait_until (fixture->opened);
  g_assert_error (fixture->error, DIO_USB_ERROR, DIO_USB_ERROR_REFUSED);

  begin_open (fixture, NULL);
  fake_portal_answer (fixture->portal, 2);
  wait_until (fixture->opened);
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_FAILED);

  fixture->portal->refusal = "org.freedesktop.portal.Error.NotAllowed";
  begin_open (fixture, NULL);
  wait_until (fixture->opened);
  g_assert_error (fixture->error, DIO_USB_ERROR, DIO_USB_ERROR_DENIED);

  fixture->portal->refusal = "org.freedesktop.portal.Error.InvalidArgument";
  begin_open (fixture, NULL);
  wait_until (fixture->opened);
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_FAILED);
}

/* What is not the device is closed, and the portal told so. */
static void
test_other_files (Fixture *fixture, gconstpointer data)
{
  const int files[] = {
    make_file (USB_SIZE, O_RDONLY), make_file (USB_SIZE, O_PATH), make_file (USB_SIZE + 1, O_RDWR),
    make_file (0, O_RDWR),          open ("/dev/null", O_RDWR),   open ("/", O_RDONLY | O_DIRECTORY)
  };
  guint before = 0, n;

  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_assert_cmpint (files[i], >=, 0);
      n = fixture->portal->n_released;
      open_with (fixture, files[i], 0, 1);
      g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
      wait_until (fixture->portal->n_released == n + 1);
    }
  for (int index = -1; index < 3; index += 3) /* none, and one that is not there */
    {
      before = count_descriptors ();
      open_with (fixture, index < 0 ? make_file (USB_SIZE, O_RDWR) : -1, index, 1);
      g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_FAILED);
    }
  g_clear_fd (&fixture->portal->fd, NULL);
  g_assert_cmpuint (count_descriptors (), <=, before);
}

/* It never finishes, or speaks of another device, in another way. */
static void
test_other_results (Fixture *fixture, gconstpointer data)
{
  open_with (fixture, -1, -1, 1000);
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_cmpint (fixture->portal->n_finishes, >, 900);

  fake_portal_hand_out (fixture->portal, "another", make_file (USB_SIZE, O_RDWR), 0, 1);
  begin_open (fixture, NULL);
  fake_portal_answer (fixture->portal, 0);
  wait_until (fixture->opened);
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_FAILED);

  fixture->portal->answers_otherwise = TRUE;
  open_with (fixture, -1, -1, 1);
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_FAILED);
  fixture->portal->answers_otherwise = FALSE;

  fixture->portal->request_elsewhere = TRUE;
  begin_open (fixture, NULL);
  wait_until (fixture->opened);
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_FAILED);
}

/* An answer of other types is none. */
static void
test_other_answer (Fixture *fixture, gconstpointer data)
{
  FakePortal *portal = fixture->portal;

  fake_portal_hand_out (portal, "camera", make_file (USB_SIZE, O_RDWR), 0, 1);
  begin_open (fixture, NULL);
  fake_portal_tell_raw (portal, portal->request, "org.freedesktop.portal.Request", "Response",
                        g_variant_new ("(sa{sv})", "0", NULL));
  fake_portal_tell_raw (portal, "/org/freedesktop/portal/desktop/request/1_1/other", "org.freedesktop.portal.Request",
                        "Response", g_variant_new ("(ua{sv})", 0, NULL));
  settle (fixture);
  g_assert_false (fixture->opened);
  g_assert_cmpint (portal->n_finishes, ==, 1);
  fake_portal_answer (portal, 0);
  wait_until (fixture->opened);
  g_assert_no_error (fixture->error);
}

/* The user has not answered yet. */
static void
test_cancel (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  begin_open (fixture, cancellable);
  settle (fixture);
  g_assert_false (fixture->opened);
  g_cancellable_cancel (cancellable);
  wait_until (fixture->opened);
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  settle (fixture);
  g_assert_cmpuint ((guint) g_atomic_int_get ((gint *) &fixture->portal->n_closed), ==, 1);

  begin_open (fixture, cancellable);
  wait_until (fixture->opened);
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* It is pulled out while the user is asked. */
static void
test_remove (Fixture *fixture, gconstpointer data)
{
  fake_portal_hand_out (fixture->portal, "camera", make_file (USB_SIZE, O_RDWR), 0, 1);
  begin_open (fixture, NULL);
  fake_portal_tell (fixture->portal, "remove", "camera", NULL);
  wait_until (count (fixture) == 0);
  fake_portal_answer (fixture->portal, 0);
  wait_until (fixture->opened);
  g_assert_error (fixture->error, DIO_USB_ERROR, DIO_USB_ERROR_GONE);
  wait_until (fixture->portal->n_released == 1);
}

/* --- a portal that lies --- */

static void
test_hostile_events (Fixture *fixture, gconstpointer data)
{
  const char *path = "/org/freedesktop/portal/desktop", *interface = "org.freedesktop.portal.Usb";
  FakePortal *portal = fixture->portal;
  g_autofree char *long_id = g_strnfill (5000, 'i'), *long_name = g_strnfill (50000, 'n');
  g_autofree char *session = g_strdup (portal->session);

  g_set_str (&portal->session, "/org/freedesktop/portal/desktop/session/1_1/other");
  fake_portal_tell (portal, "add", "a", fake_portal_make_device (NODE ("002"), "fff1", "5678", "A"));
  fake_portal_tell (portal, "remove", "camera", NULL);
  g_set_str (&portal->session, session);
  fake_portal_tell_raw (portal, path, interface, "DeviceEvents", g_variant_new ("(s)", "add"));
  fake_portal_tell_raw (portal, path, interface, "DeviceEvents", NULL);
  fake_portal_tell_raw (portal, path, interface, "DeviceEvents", g_variant_new ("(oas)", portal->session, NULL));
  fake_portal_tell (portal, "add", long_id, fake_portal_make_device (NODE ("002"), "fff1", "5678", "A"));
  fake_portal_tell (portal, "add", "b", fake_portal_make_device (NODE ("002"), "-234", "5678", "A"));
  fake_portal_tell (portal, "add", "c", fake_portal_make_device (NODE ("002"), "fff1", "15678", "A"));
  fake_portal_tell (portal, "add", "d", NULL);
  settle (fixture);
  g_assert_cmpuint (count (fixture), ==, 1);
  g_assert_true (has (fixture, "camera"));

  fake_portal_tell (portal, "add", "e", fake_portal_make_device ("/etc/passwd", "fff1", "5678", long_name));
  fake_portal_tell (portal, "add", "f", fake_portal_make_device (long_name, "fff1", "5678", "\\xff\\x00\\x1b[31m"));
  wait_until (count (fixture) == 3);
  for (guint i = 0; i < 3; i++)
    {
      g_assert_true (g_utf8_validate (dio_usb_device_get_name (nth (fixture, i)), -1, NULL));
      g_assert_cmpuint (g_utf8_strlen (dio_usb_device_get_name (nth (fixture, i)), -1), <, 200);
    }
}

static void
test_thousands (Fixture *fixture, gconstpointer data)
{
  GVariantBuilder events;

  for (guint i = 0; i < 40; i++)
    {
      g_variant_builder_init (&events, G_VARIANT_TYPE ("a(ssa{sv})"));
      for (guint j = 0; j < 100; j++)
        {
          g_autofree char *id = g_strdup_printf ("%u", i * 100 + j);

          g_variant_builder_add (&events, "(ss@a{sv})", "add", id,
                                 fake_portal_make_device (NODE ("002"), "fff1", "5678", id));
        }
      fake_portal_tell_raw (fixture->portal, "/org/freedesktop/portal/desktop", "org.freedesktop.portal.Usb",
                            "DeviceEvents", g_variant_new ("(oa(ssa{sv}))", fixture->portal->session, &events));
    }
  fake_portal_tell (fixture->portal, "remove", "camera", NULL);
  wait_until (!has (fixture, "camera"));
  g_assert_cmpuint (count (fixture), ==, 511);
}

/* --- coming and going --- */

static void
test_absent (Fixture *fixture, gconstpointer data)
{
  wait_until (dio_usb_source_get_trouble (fixture->source) != NULL);
  g_assert_cmpuint (count (fixture), ==, 0);
  start_portal (fixture, "camera");
  wait_until (count (fixture) == 1);
  g_assert_null (dio_usb_source_get_trouble (fixture->source));
}

static void
test_elsewhere (Fixture *fixture, gconstpointer data)
{
  fixture->portal = fake_portal_new (g_test_dbus_get_bus_address (fixture->bus));
  fixture->portal->session_elsewhere = TRUE;
  wait_until (fixture->portal->session != NULL);
  wait_until (dio_usb_source_get_trouble (fixture->source) != NULL);
  g_assert_cmpuint (count (fixture), ==, 0);
}

static void
test_closed (Fixture *fixture, gconstpointer data)
{
  fake_portal_tell_raw (fixture->portal, fixture->portal->session, "org.freedesktop.portal.Session", "Closed",
                        g_variant_new ("(a{sv})", NULL));
  wait_until (dio_usb_source_get_trouble (fixture->source) != NULL);
  g_assert_cmpuint (count (fixture), ==, 0);
}

/* Listed, and told of: in either order it is one device, and one that went meanwhile does not come back. */
static void
test_listed (Fixture *fixture, gconstpointer data)
{
  FakePortal *portal = fixture->portal = fake_portal_new (g_test_dbus_get_bus_address (fixture->bus));

  portal->listed = make_list ("a", "b");
  wait_until (portal->session != NULL);
  fake_portal_tell (portal, "add", "b", fake_portal_make_device (NODE ("002"), "fff1", "5678", "B"));
  wait_until (count (fixture) == 2);
  fake_portal_tell (portal, "remove", "a", NULL);
  fake_portal_tell (portal, "remove", "b", NULL);
  wait_until (count (fixture) == 0);
}

/* The portal dies and another one takes its place, as the bus would start it: what was plugged in all the time is the
 * same object, and can be opened. */
static void
test_restart (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DioUsbDevice) camera = g_object_ref (nth (fixture, 0));
  FakePortal *dead;

  fake_portal_tell (fixture->portal, "add", "b", fake_portal_make_device (NODE ("002"), "fff1", "5678", "B"));
  wait_until (count (fixture) == 2);
  begin_open (fixture, NULL);
  dead = g_steal_pointer (&fixture->portal);
  fixture->portal = fake_portal_new (g_test_dbus_get_bus_address (fixture->bus));
  fixture->portal->listed = make_list ("new", NULL);
  fake_portal_free (dead);
  wait_until (fixture->opened);
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_FAILED);
  wait_until (count (fixture) == 1);
  g_assert_true (nth (fixture, 0) == camera);
  g_assert_null (dio_usb_source_get_trouble (fixture->source));
  fake_portal_hand_out (fixture->portal, "new", make_file (USB_SIZE, O_RDWR), 0, 1);
  begin_open (fixture, NULL);
  g_assert_cmpstr (fixture->portal->acquired, ==, "new");
  fake_portal_answer (fixture->portal, 0);
  wait_until (fixture->opened);
  g_assert_no_error (fixture->error);

  fake_portal_tell (fixture->portal, "remove", "new", NULL);
  wait_until (count (fixture) == 0);
}

/* It dies, and nobody starts it again. */
static void
test_death (Fixture *fixture, gconstpointer data)
{
  g_clear_pointer (&fixture->portal, fake_portal_free);
  wait_until (dio_usb_source_get_trouble (fixture->source) != NULL);
  g_assert_cmpuint (count (fixture), ==, 0);
  start_portal (fixture, "camera");
  wait_until (count (fixture) == 1);
  g_assert_null (dio_usb_source_get_trouble (fixture->source));
}

static void
test_facts (void)
{
  static const struct
  {
    const char *node;
    guint minor;
  } nodes[] = {
    { "/dev/bus/usb/001/001", 0 },
    { "/dev/bus/usb/002/128", 255 },
    { "/dev/bus/usb/004/012", 3 * 128 + 11 },
  };
  static const char *const others[] = { NULL,
                                        "",
                                        "/dev/bus/usb/000/001",
                                        "/dev/bus/usb/001/000",
                                        "/dev/bus/usb/001/129",
                                        "/dev/bus/usb/001/001/",
                                        "/dev/bus/usb/001/-01",
                                        "/dev/bus/usb/9999/001",
                                        "/dev/sda" };

  for (guint i = 0; i < G_N_ELEMENTS (nodes); i++)
    g_assert_cmpuint (dio_usb_portal_get_number (nodes[i].node), ==, makedev (189, nodes[i].minor));
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    g_assert_cmpuint (dio_usb_portal_get_number (others[i]), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/usb-portal/facts", test_facts);
#define add(path, set_up, test, data) g_test_add ("/usb-portal/" path, Fixture, data, set_up, test, tear_down)
  add ("list", set_up, test_list, NULL);
  add ("open", set_up, test_open, GINT_TO_POINTER (1));
  add ("open-in-parts", set_up, test_open, GINT_TO_POINTER (3));
  add ("refused", set_up, test_refused, NULL);
  add ("other-files", set_up, test_other_files, NULL);
  add ("other-results", set_up, test_other_results, NULL);
  add ("other-answer", set_up, test_other_answer, NULL);
  add ("cancel", set_up, test_cancel, NULL);
  add ("remove", set_up, test_remove, NULL);
  add ("hostile-events", set_up, test_hostile_events, NULL);
  add ("thousands", set_up, test_thousands, NULL);
  add ("absent", set_up_without, test_absent, NULL);
  add ("elsewhere", set_up_without, test_elsewhere, NULL);
  add ("closed", set_up, test_closed, NULL);
  add ("listed", set_up_without, test_listed, NULL);
  add ("restart", set_up, test_restart, NULL);
  add ("death", set_up, test_death, NULL);
  return g_test_run ();
}
