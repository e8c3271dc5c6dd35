/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* A machine of ours and somebody else's, each shown by a session: attached, lost, attached again. */

#include "session/session.h"

#include <signal.h>

static gboolean
on_deadline (gpointer user_data)
{
  g_error ("not within 240 seconds: %s", (const char *) user_data);
  return G_SOURCE_REMOVE;
}

#define wait_until(condition)                                                                                          \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    guint deadline_ = g_timeout_add_seconds (240, on_deadline, (gpointer) #condition);                                 \
    while (!(condition))                                                                                               \
      g_main_context_iteration (NULL, TRUE);                                                                           \
    g_source_remove (deadline_);                                                                                       \
  }                                                                                                                    \
  G_STMT_END

#define UUID "22222222-3333-4444-8555-666666666666"

static const char *
qemu_binary (void)
{
  const char *binary = g_getenv ("DIORAMA_TEST_QEMU");

  return binary ? binary : "qemu-system-x86_64";
}

static DioFramebuffer *
first_picture (DioSession *session)
{
  g_autoptr (DioHead) head = g_list_model_get_item (G_LIST_MODEL (session), 0);

  return head ? dio_console_get_framebuffer (dio_head_get_console (head)) : NULL;
}

static gboolean
shows_text_screen (DioSession *session)
{
  DioFramebuffer *picture = first_picture (session);

  return picture && dio_framebuffer_get_width (picture) >= 640;
}

static void
test_machine (void)
{
  g_autoptr (DioMachineConfig) config = dio_machine_config_new ("Session");
  g_autoptr (DioMachine) machine = dio_machine_new (config);
  g_autoptr (DioSession) session = dio_session_new_for_machine (machine);

  g_object_set (config, "accel", DIO_ACCEL_TCG, "network", DIO_NETWORK_NONE, NULL);
  g_assert_cmpstr (dio_session_get_title (session), ==, "Session");
  g_assert_false (dio_session_get_connected (session));

  dio_machine_start (machine);
  wait_until (dio_session_get_connected (session) && shows_text_screen (session));
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (session)), ==, 1);

  /* QEMU dies: the last picture stays. */
  kill (dio_machine_get_pid (machine), SIGKILL);
  wait_until (dio_machine_get_state (machine) == DIO_MACHINE_CRASHED && !dio_session_get_connected (session));
  g_assert_true (shows_text_screen (session));
  g_assert_null (dio_session_get_error (session));

  /* Start Again: a new head, shown live. */
  dio_machine_start (machine);
  wait_until (dio_session_get_connected (session) && shows_text_screen (session));
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (session)), ==, 1);

  /* The display alone is lost and taken up again. */
  dio_session_close (session);
  g_assert_false (dio_session_get_connected (session));
  dio_session_reconnect (session);
  wait_until (dio_session_get_connected (session) && shows_text_screen (session));

  dio_machine_force_off (machine);
  wait_until (dio_machine_get_state (machine) == DIO_MACHINE_STOPPED);
  wait_until (!dio_session_get_connected (session));
}

static void
on_attached (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static DioSession *
attach (const char *address, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  dio_session_new_attach_async (address, NULL, on_attached, &result);
  wait_until (result);
  return dio_session_new_attach_finish (result, error);
}

static gboolean
has_owner (GDBusConnection *bus)
{
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_sync (bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                   "NameHasOwner", g_variant_new ("(s)", "org.qemu"), NULL, 0, -1, NULL, NULL);
  gboolean owned = FALSE;

  g_variant_get (reply, "(b)", &owned);
  return owned;
}

static GSubprocess *
start_foreign_qemu (const char *address, GDBusConnection *bus)
{
  g_auto (GStrv) parts = g_strsplit (address, ",", -1);
  g_autofree char *escaped = g_strjoinv (",,", parts); /* a comma in a QEMU option is written twice */
  g_autofree char *display = g_strdup_printf ("dbus,addr=%s", escaped);
  g_autoptr (GError) error = NULL;
  GSubprocess *qemu;

  /* The one before has closed its display, but perhaps not yet its connection. */
  wait_until ((g_main_context_wakeup (NULL), !has_owner (bus)));
  qemu = g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, &error, qemu_binary (), "-nodefaults", "-accel", "tcg", "-machine",
                           "q35", "-m", "64", "-name", "Somebody’s machine", "-uuid", UUID, "-device", "VGA",
                           "-display", display, NULL);

  g_assert_no_error (error);
  wait_until ((g_main_context_wakeup (NULL), has_owner (bus)));
  return qemu;
}

static void
test_attach (void)
{
  g_autoptr (GTestDBus) daemon = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_autoptr (GDBusConnection) bus = NULL;
  g_autoptr (GSubprocess) qemu = NULL;
  g_autoptr (DioSession) session = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *kept = g_build_filename (g_get_user_state_dir (), "diorama", "input", UUID ".json", NULL);
  const char *address;

  g_test_dbus_up (daemon);
  address = g_test_dbus_get_bus_address (daemon);
  bus = g_dbus_connection_new_for_address_sync (
      address, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION, NULL,
      NULL, &error);
  g_assert_no_error (error);

  /* Nobody is there yet. */
  g_assert_null (attach (address, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "-display dbus"));
  g_clear_error (&error);

  qemu = start_foreign_qemu (address, bus);
  session = attach (address, &error);
  g_assert_no_error (error);
  g_assert_true (dio_session_get_connected (session));
  g_assert_null (dio_session_get_machine (session));
  g_assert_cmpstr (dio_session_get_title (session), ==, "Somebody’s machine");
  wait_until (shows_text_screen (session));

  g_subprocess_force_exit (qemu);
  wait_until (!dio_session_get_connected (session));
  g_assert_nonnull (dio_session_get_error (session));
  g_assert_true (shows_text_screen (session));

  g_clear_object (&qemu);
  qemu = start_foreign_qemu (address, bus);
  dio_session_reconnect (session);
  wait_until (dio_session_get_connected (session));
  g_assert_null (dio_session_get_error (session));
  wait_until (shows_text_screen (session));
  g_object_set (dio_session_get_input_options (session), "key-bar", TRUE, NULL);
  wait_until ((g_main_context_wakeup (NULL), g_file_test (kept, G_FILE_TEST_EXISTS)));

  g_subprocess_force_exit (qemu);
  wait_until (!dio_session_get_connected (session));
  g_clear_object (&session);

  /* What was chosen for it is there for the next one that attaches to it. */
  g_clear_object (&qemu);
  qemu = start_foreign_qemu (address, bus);
  session = attach (address, &error);
  g_assert_no_error (error);
  g_assert_true (dio_input_options_get_key_bar (dio_session_get_input_options (session)));
  g_subprocess_force_exit (qemu);
  wait_until (!dio_session_get_connected (session));
  g_clear_object (&session);
  g_clear_object (&bus);
  g_test_dbus_down (daemon);
}

static void
test_attach_nowhere (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (attach ("unix:path=/nowhere/at/all", &error));
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, "/nowhere/at/all"));
  g_clear_error (&error);

  g_assert_null (attach ("this is no address", &error));
  g_assert_nonnull (error);
}

int
main (int argc, char **argv)
{
  g_autofree char *runtime = g_dir_make_tmp ("diorama-session-XXXXXX", NULL);
  int result;

  g_setenv ("XDG_RUNTIME_DIR", runtime, TRUE);
  g_setenv ("XDG_STATE_HOME", runtime, TRUE);
  /* The one under test and no other. */
  g_setenv ("DIORAMA_EMBEDDED_QEMU", runtime, TRUE);
  g_setenv ("DIORAMA_QEMU", qemu_binary (), TRUE);
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/session/machine", test_machine);
  g_test_add_func ("/session/attach", test_attach);
  g_test_add_func ("/session/attach-nowhere", test_attach_nowhere);

  result = g_test_run ();
  g_spawn_sync (NULL, (char *[]) { "rm", "-rf", runtime, NULL }, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL,
                NULL, NULL);
  return result;
}
