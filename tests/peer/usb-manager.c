/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* Who gets which USB device: what rules say, what users want, and races between machines. */
#include "fake-machine.h"
#include "fake-host.h"

#include "session/session-private.h"
#include "session/usb-manager.h"
#include "usb/error.h"
#include "vm/machine-private.h"

#include <string.h>

typedef struct
{
  FakeSource *source;
  DioUsbManager *manager;
  FakeMachine *a, *b;
  DioUsbDevice *device; /* the last one that was plugged in; unowned */
  guint n_questions, n_failures;
  DioSession *asked; /* unowned */
  char *why;
} Fixture;

static void
on_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static void
on_question (DioUsbManager *manager, DioSession *session, DioUsbDevice *device, Fixture *self)
{
  self->n_questions++;
  self->asked = session;
}

static void
on_failed (DioUsbManager *manager, DioSession *session, DioUsbDevice *device, const char *why, Fixture *self)
{
  g_assert_true (DIO_IS_SESSION (session));
  self->n_failures++;
  g_set_str (&self->why, why);
}

static void
set_up (Fixture *self, gconstpointer data)
{
  fake_host_reset ();
  self->source = fake_host_new_source ();
  self->manager = dio_usb_manager_new (DIO_USB_SOURCE (self->source));
  g_signal_connect (self->manager, "question", G_CALLBACK (on_question), self);
  g_signal_connect (self->manager, "failed", G_CALLBACK (on_failed), self);
  self->a = fake_machine_new ("A");
  self->b = fake_machine_new ("B");
  dio_usb_manager_add_session (self->manager, self->a->session);
  dio_usb_manager_add_session (self->manager, self->b->session);
  fake_machine_start (self->a);
  fake_machine_start (self->b);
}

static gboolean
has_no_ports (FakeMachine *machine)
{
  GPtrArray *ports = machine->machine->usb_ports;

  return (ports == NULL || ports->len == 0) && fake_machine_count_chardevs (machine) == 0;
}

static gboolean
is_quiet (Fixture *self)
{
  return fake_host_is_quiet () && has_no_ports (self->a) && has_no_ports (self->b);
}

static gboolean
is (DioUsbDevice *device, DioUsbDeviceState state, const char *holder)
{
  return dio_usb_device_get_state (device) == state && g_strcmp0 (dio_usb_device_get_holder (device), holder) == 0;
}

#define is_free(device) is (device, DIO_USB_DEVICE_FREE, NULL)
#define is_with(device, holder) is (device, DIO_USB_DEVICE_CONNECTED, holder)

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_clear_object (&self->manager);
  wait_until (is_quiet (self));
  g_clear_pointer (&self->a, fake_machine_free);
  g_clear_pointer (&self->b, fake_machine_free);
  g_assert_finalize_object (g_steal_pointer (&self->source));
  g_clear_pointer (&self->why, g_free);
}

static DioUsbDevice *
plug_in (Fixture *self)
{
  return self->device = fake_source_plug_in (self->source, 7, "S", "1-1");
}

static void
set_rule (Fixture *self, FakeMachine *machine, DioUsbAction action)
{
  g_autoptr (FakeSource) elsewhere = fake_host_new_source ();

  dio_usb_rules_remember (dio_usb_options_get_rules (dio_usb_manager_get_options (self->manager, machine->session)),
                          fake_source_plug_in (elsewhere, 7, "S", "9-9"), action, FALSE);
}

static void
start_connecting (Fixture *self, FakeMachine *machine, DioUsbConnectFlags flags, GCancellable *cancellable,
                  GAsyncResult **result)
{
  dio_usb_manager_connect_async (self->manager, machine->session, self->device, flags, NULL, cancellable, on_result,
                                 result);
}

static gboolean
connect_device (Fixture *self, FakeMachine *machine, DioUsbConnectFlags flags, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  start_connecting (self, machine, flags, NULL, &result);
  wait_until (result);
  return dio_usb_manager_connect_finish (self->manager, result, error);
}

static void
disconnect_device (Fixture *self)
{
  g_autoptr (GAsyncResult) result = NULL;

  dio_usb_manager_disconnect_async (self->manager, self->device, on_result, &result);
  wait_until (result);
  dio_usb_manager_disconnect_finish (self->manager, result);
}

/* --- what users want --- */

static void
test_connect (Fixture *self, gconstpointer data)
{
  DioUsbDevice *device = plug_in (self);
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (self->manager)), ==, 1);
  g_assert_true (is_free (device));
  g_assert_true (connect_device (self, self->a, 0, &error));
  g_assert_no_error (error);
  g_assert_true (is_with (device, "A"));
  g_assert_true (dio_usb_manager_get_session (self->manager, device) == self->a->session);
  g_assert_cmpuint (dio_usb_manager_count (self->manager, self->a->session), ==, 1);
  g_assert_cmpuint (dio_usb_manager_count (self->manager, self->b->session), ==, 0);
  g_assert_true (connect_device (self, self->a, 0, &error));
  g_assert_cmpuint (fake_host.n_opened, ==, 1);

  disconnect_device (self);
  g_assert_true (is_free (device));
  g_assert_null (dio_usb_manager_get_session (self->manager, device));
  g_assert_true (fake_host_is_quiet ());
  disconnect_device (self);
  g_assert_cmpuint (self->n_failures + self->n_questions, ==, 0);
}

/* What another machine has is not taken without being asked for, and then is its alone. */
static void
test_held (Fixture *self, gconstpointer data)
{
  DioUsbDevice *device = plug_in (self);
  g_autoptr (GError) error = NULL;

  g_assert_true (connect_device (self, self->a, 0, NULL));
  g_assert_false (connect_device (self, self->b, 0, &error));
  g_assert_error (error, DIO_USB_ERROR, DIO_USB_ERROR_HELD);
  g_assert_nonnull (strstr (error->message, "“A”"));
  g_assert_true (is_with (device, "A"));
  g_assert_true (connect_device (self, self->b, DIO_USB_CONNECT_TAKE, NULL));
  g_assert_true (is_with (device, "B"));
  wait_until (has_no_ports (self->a));
  g_assert_cmpuint (self->n_failures, ==, 0);
}

/* Two machines at once: one has it, and the other is told who. */
static void
test_race (Fixture *self, gconstpointer data)
{
  plug_in (self);
  for (guint turns = 0; turns < 20; turns++)
    {
      g_autoptr (GAsyncResult) first = NULL, second = NULL;
      g_autoptr (GError) error = NULL;

      start_connecting (self, self->a, 0, NULL, &first);
      for (guint i = 0; i < turns; i++)
        g_main_context_iteration (NULL, FALSE);
      start_connecting (self, self->b, 0, NULL, &second);
      wait_until (first && second);
      g_assert_true (dio_usb_manager_connect_finish (self->manager, first, NULL));
      g_assert_false (dio_usb_manager_connect_finish (self->manager, second, &error));
      g_assert_error (error, DIO_USB_ERROR, DIO_USB_ERROR_HELD);
      g_assert_true (is_with (self->device, "A"));
      disconnect_device (self);
    }
}

/* Taken back and forth before anything is done: the last one has it, nobody else does. */
static void
test_tug (Fixture *self, gconstpointer data)
{
  plug_in (self);
  for (guint turns = 0; turns < 6; turns++)
    {
      GAsyncResult *results[9] = { NULL };
      guint n_connected = 0;

      for (guint i = 0; i < G_N_ELEMENTS (results); i++)
        {
          start_connecting (self, i % 2 ? self->b : self->a, DIO_USB_CONNECT_TAKE, NULL, &results[i]);
          for (guint j = 0; j < turns; j++)
            g_main_context_iteration (NULL, FALSE);
        }
      for (guint i = 0; i < G_N_ELEMENTS (results); i++)
        {
          wait_until (results[i]);
          n_connected += dio_usb_manager_connect_finish (self->manager, results[i], NULL);
          g_clear_object (&results[i]);
        }
      g_assert_cmpuint (n_connected, >=, 1);
      g_assert_true (is_with (self->device, "A"));
      g_assert_cmpuint (fake_machine_count_devices (self->a), ==, 1);
      wait_until (has_no_ports (self->b));
      disconnect_device (self);
      g_assert_true (is_free (self->device));
    }
}

static void
test_guarded (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  plug_in (self);
  fake_host.guard = DIO_USB_GUARD_INPUT;
  g_assert_false (connect_device (self, self->a, DIO_USB_CONNECT_UNMOUNT, &error));
  g_assert_error (error, DIO_USB_ERROR, DIO_USB_ERROR_GUARDED);
  g_assert_true (connect_device (self, self->a, DIO_USB_CONNECT_INSIST, NULL));
  disconnect_device (self);
  g_clear_error (&error);
  fake_host.guard = DIO_USB_GUARD_HUB;
  g_assert_false (connect_device (self, self->a, DIO_USB_CONNECT_INSIST, &error));
  g_assert_error (error, DIO_USB_ERROR, DIO_USB_ERROR_GUARDED);
}

static void
test_mounted (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  plug_in (self);
  fake_host.mounted = "/media/stick";
  g_assert_false (connect_device (self, self->a, DIO_USB_CONNECT_INSIST, &error));
  g_assert_error (error, DIO_USB_ERROR, DIO_USB_ERROR_MOUNTED);
  g_assert_nonnull (strstr (error->message, "/media/stick"));
  g_clear_error (&error);
  fake_host.unmount = FAKE_REFUSES;
  g_assert_false (connect_device (self, self->a, DIO_USB_CONNECT_UNMOUNT, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_assert_true (is_free (self->device));
  g_assert_cmpuint (fake_host.n_opened, ==, 0);
  fake_host.unmount = FAKE_DOES;
  g_assert_true (connect_device (self, self->a, DIO_USB_CONNECT_UNMOUNT, NULL));
  g_assert_cmpuint (fake_host.n_unmounted, ==, 1);
}

static void
test_not_running (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  plug_in (self);
  fake_machine_end (self->a, DIO_MACHINE_STOPPED);
  g_assert_false (connect_device (self, self->a, 0, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED);
}

/* Disconnected, or pulled out, while it is being connected, after each number of turns. */
static void
test_interrupted (Fixture *self, gconstpointer data)
{
  gboolean pulls_out = GPOINTER_TO_INT (data), was_done = FALSE;
  guint turns;

  for (turns = 0; !was_done; turns++)
    {
      g_autoptr (GAsyncResult) result = NULL, other = NULL;
      g_autoptr (DioUsbDevice) device = g_object_ref (plug_in (self));
      g_autoptr (GError) error = NULL;

      fake_host.mounted = turns % 2 ? "/media/stick" : NULL;
      start_connecting (self, self->a, DIO_USB_CONNECT_UNMOUNT, NULL, &result);
      for (guint i = 0; i < turns && !result; i++)
        g_main_context_iteration (NULL, FALSE);
      was_done = result != NULL;
      if (pulls_out)
        fake_source_pull_out (self->source, device);
      else
        dio_usb_manager_disconnect_async (self->manager, device, on_result, &other);
      wait_until (result && (pulls_out || other) && is_free (device));
      g_assert_true (dio_usb_manager_connect_finish (self->manager, result, &error) == was_done);
      g_assert_cmpuint (dio_usb_manager_count (self->manager, self->a->session), ==, 0);
      wait_until (is_quiet (self));
      if (!pulls_out)
        fake_source_pull_out (self->source, device);
    }
  g_assert_cmpuint (turns, >, 6);
  g_assert_cmpuint (self->n_failures, ==, 0);
}

/* One who waits is cancelled, and others are not. */
static void
test_cancelled (Fixture *self, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new (), other = g_cancellable_new ();
  g_autoptr (GAsyncResult) first = NULL, second = NULL, third = NULL;
  g_autoptr (GError) error = NULL;

  plug_in (self);
  fake_host.open = FAKE_WAITS;
  start_connecting (self, self->a, 0, cancellable, &first);
  start_connecting (self, self->a, 0, NULL, &second);
  g_cancellable_cancel (cancellable);
  wait_until (first);
  g_assert_false (dio_usb_manager_connect_finish (self->manager, first, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_null (second);
  fake_host_go_on ();
  wait_until (second);
  g_assert_true (dio_usb_manager_connect_finish (self->manager, second, NULL));
  disconnect_device (self);

  start_connecting (self, self->a, 0, other, &third);
  g_cancellable_cancel (other);
  wait_until (third);
  g_clear_error (&error);
  g_assert_false (dio_usb_manager_connect_finish (self->manager, third, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (is_free (self->device));
  g_assert_true (fake_host_is_quiet ());
}

/* --- what is done by itself --- */

static void
test_question (Fixture *self, gconstpointer data)
{
  plug_in (self);
  g_assert_cmpuint (self->n_questions, ==, 0);
  fake_source_pull_out (self->source, self->device);

  dio_usb_manager_set_active (self->manager, self->b->session);
  plug_in (self);
  g_assert_cmpuint (self->n_questions, ==, 1);
  g_assert_true (self->asked == self->b->session);
  fake_source_pull_out (self->source, self->device);

  fake_host.guard = DIO_USB_GUARD_SYSTEM;
  plug_in (self);
  fake_source_pull_out (self->source, self->device);
  fake_host.guard = DIO_USB_GUARD_NONE;
  set_rule (self, self->b, DIO_USB_ACTION_KEEP);
  plug_in (self);
  fake_source_pull_out (self->source, self->device);
  set_rule (self, self->b, DIO_USB_ACTION_ASK);
  g_object_set (dio_usb_manager_get_options (self->manager, self->b->session), "asks", FALSE, NULL);
  plug_in (self);
  fake_source_pull_out (self->source, self->device);
  g_object_set (dio_usb_manager_get_options (self->manager, self->b->session), "asks", TRUE, NULL);
  fake_machine_end (self->b, DIO_MACHINE_STOPPED);
  plug_in (self);
  fake_source_pull_out (self->source, self->device);
  g_assert_cmpuint (self->n_questions, ==, 1);
  g_assert_cmpuint (fake_host.n_opened, ==, 0);
}

/* Both want it: the one in front gets it, then the one that was started first. */
static void
test_rules (Fixture *self, gconstpointer data)
{
  set_rule (self, self->a, DIO_USB_ACTION_CONNECT);
  set_rule (self, self->b, DIO_USB_ACTION_CONNECT);
  plug_in (self);
  wait_until (is_with (self->device, "A"));
  fake_source_pull_out (self->source, self->device);
  wait_until (is_quiet (self));

  fake_machine_end (self->a, DIO_MACHINE_STOPPED);
  fake_machine_start (self->a);
  fake_source_plug_in (self->source, 7, "S", "1-2");
  self->device = g_list_model_get_item (G_LIST_MODEL (self->manager), 0);
  g_object_unref (self->device);
  wait_until (is_with (self->device, "B"));
  fake_source_pull_out (self->source, self->device);
  wait_until (is_quiet (self));

  dio_usb_manager_set_active (self->manager, self->a->session);
  self->device = fake_source_plug_in (self->source, 7, "S", "1-3");
  wait_until (is_with (self->device, "A"));
  g_assert_cmpuint (self->n_questions + self->n_failures, ==, 0);
}

/* When a machine starts, with what was plugged in before; not again when its display is connected anew. */
static void
test_start (Fixture *self, gconstpointer data)
{
  fake_machine_end (self->a, DIO_MACHINE_STOPPED);
  set_rule (self, self->a, DIO_USB_ACTION_CONNECT);
  plug_in (self);
  test_run_for (5);
  g_assert_true (is_free (self->device));
  fake_machine_start (self->a);
  wait_until (is_with (self->device, "A"));
  disconnect_device (self);
  dio_session_set_connected (self->a->session, FALSE);
  dio_session_set_connected (self->a->session, TRUE);
  test_run_for (5);
  g_assert_true (is_free (self->device));
}

/* What a rule wants and cannot be is told; a guard is stronger than a rule. */
static void
test_rule_fails (Fixture *self, gconstpointer data)
{
  set_rule (self, self->a, DIO_USB_ACTION_CONNECT);
  fake_host.open = FAKE_REFUSES;
  plug_in (self);
  wait_until (self->n_failures == 1 && is_free (self->device));
  g_assert_cmpstr (self->why, ==, "you may not");
  fake_source_pull_out (self->source, self->device);

  fake_host.open = FAKE_DOES;
  fake_host.guard = DIO_USB_GUARD_INPUT;
  self->device = fake_source_plug_in (self->source, 7, "S", "1-2");
  wait_until (self->n_failures == 2);
  g_assert_true (is_free (self->device));
  g_assert_cmpuint (fake_host.n_opened, ==, 0);
}

/* Plugged out and in: as after a reset. One that failed, or was taken back by hand, stays here, whatever rules say. */
static void
test_returns (Fixture *self, gconstpointer data)
{
  plug_in (self);
  g_assert_true (connect_device (self, self->b, 0, NULL));
  fake_source_pull_out (self->source, self->device);
  plug_in (self);
  wait_until (is_with (self->device, "B"));

  /* The redirector notices first. */
  fake_host_end (fake_host.redirector, DIO_USB_END_UNPLUGGED);
  wait_until (is_free (self->device));
  fake_source_pull_out (self->source, self->device);
  plug_in (self);
  wait_until (is_with (self->device, "B"));
  g_assert_cmpuint (self->n_failures, ==, 0);

  /* Another port is another matter. */
  fake_source_pull_out (self->source, self->device);
  self->device = fake_source_plug_in (self->source, 7, "S", "1-2");
  test_run_for (5);
  g_assert_true (is_free (self->device));
  fake_source_pull_out (self->source, self->device);

  set_rule (self, self->a, DIO_USB_ACTION_CONNECT);
  self->device = fake_source_plug_in (self->source, 7, "S", "1-3");
  wait_until (is_with (self->device, "A"));
  disconnect_device (self);
  fake_source_pull_out (self->source, self->device);
  self->device = fake_source_plug_in (self->source, 7, "S", "1-3");
  test_run_for (5);
  g_assert_true (is_free (self->device));
  fake_source_pull_out (self->source, self->device);

  self->device = fake_source_plug_in (self->source, 7, "S", "1-4");
  wait_until (is_with (self->device, "A"));
  fake_host_end (fake_host.redirector, DIO_USB_END_LIMIT);
  wait_until (self->n_failures == 1);
  fake_source_pull_out (self->source, self->device);
  self->device = fake_source_plug_in (self->source, 7, "S", "1-4");
  test_run_for (5);
  g_assert_true (is_free (self->device));
}

/* A QEMU that is started anew gets back what the one before had, however slowly that comes back; after an end, not. */
static void
test_restart (Fixture *self, gconstpointer data)
{
  plug_in (self);
  g_assert_true (connect_device (self, self->a, 0, NULL));
  fake_machine_end (self->a, DIO_MACHINE_STARTING);
  wait_until (is_free (self->device));
  fake_host.mounted = "/media/stick"; /* the desktop was quick */
  fake_machine_start (self->a);
  wait_until (is_with (self->device, "A"));
  g_assert_cmpuint (fake_host.n_unmounted, ==, 1);

  fake_host.close_waits = TRUE;
  fake_machine_end (self->a, DIO_MACHINE_STARTING);
  fake_machine_start (self->a);
  test_run_for (5);
  g_assert_true (is (self->device, DIO_USB_DEVICE_CONNECTED, "A") ||
                 is (self->device, DIO_USB_DEVICE_DISCONNECTING, "A"));
  fake_host.close_waits = FALSE;
  fake_host_go_on ();
  wait_until (fake_host.n_redirected == 3 && is_with (self->device, "A"));

  /* It was another device to the kernel when it came back. */
  fake_machine_end (self->a, DIO_MACHINE_STARTING);
  fake_source_pull_out (self->source, self->device);
  plug_in (self);
  test_run_for (5);
  fake_machine_start (self->a);
  wait_until (is_with (self->device, "A"));

  /* The next one does not start. */
  fake_machine_end (self->a, DIO_MACHINE_STARTING);
  wait_until (is_free (self->device));
  fake_machine_end (self->a, DIO_MACHINE_FAILED);
  fake_machine_start (self->a);
  test_run_for (10);
  g_assert_true (is_free (self->device));

  g_assert_true (connect_device (self, self->a, DIO_USB_CONNECT_UNMOUNT, NULL));
  fake_machine_end (self->a, DIO_MACHINE_CRASHED);
  wait_until (is_free (self->device));
  fake_machine_start (self->a);
  test_run_for (10);
  g_assert_true (is_free (self->device));
  g_assert_cmpuint (self->n_failures, ==, 0);
}

/* --- ends --- */

static void
test_session_gone (Fixture *self, gconstpointer data)
{
  plug_in (self);
  dio_usb_manager_set_active (self->manager, self->a->session);
  g_assert_true (connect_device (self, self->a, 0, NULL));
  g_assert_finalize_object (g_steal_pointer (&self->a->session));
  wait_until (is_free (self->device));
  g_assert_null (dio_usb_manager_get_session (self->manager, self->device));
  fake_source_pull_out (self->source, self->device);
  plug_in (self);
  test_run_for (5);
  g_assert_cmpuint (self->n_questions + self->n_failures, ==, 0);
  g_assert_true (connect_device (self, self->b, 0, NULL));
}

/* Dropped after each number of turns, with one that is connected and one that is on its way. */
static void
test_dropped (Fixture *self, gconstpointer data)
{
  g_autoptr (DioUsbDevice) first = g_object_ref (fake_source_plug_in (self->source, 8, NULL, "1-2"));

  for (guint turns = 0; turns < 15; turns++)
    {
      g_autoptr (GAsyncResult) result = NULL;

      if (self->manager == NULL)
        {
          self->manager = dio_usb_manager_new (DIO_USB_SOURCE (self->source));
          dio_usb_manager_add_session (self->manager, self->a->session);
          dio_usb_manager_add_session (self->manager, self->b->session);
        }
      self->device = first;
      g_assert_true (connect_device (self, self->b, 0, NULL));
      set_rule (self, self->a, DIO_USB_ACTION_CONNECT);
      plug_in (self);
      for (guint i = 0; i < turns; i++)
        g_main_context_iteration (NULL, FALSE);
      g_assert_finalize_object (g_steal_pointer (&self->manager));
      wait_until (is_quiet (self) && is_free (first) && is_free (self->device));
      fake_source_pull_out (self->source, self->device);
    }
}

static void
test_cycles (Fixture *self, gconstpointer data)
{
  guint n_fds;

  set_rule (self, self->a, DIO_USB_ACTION_CONNECT);
  set_rule (self, self->b, DIO_USB_ACTION_CONNECT);
  plug_in (self);
  wait_until (is_with (self->device, "A"));
  fake_source_pull_out (self->source, self->device);
  wait_until (is_quiet (self));
  n_fds = test_count_fds ();
  for (guint i = 0; i < 200; i++)
    {
      g_autofree char *port = g_strdup_printf ("1-%u", i % 20 + 1);

      self->device = g_object_ref (fake_source_plug_in (self->source, 7, "S", port));
      if (i % 3 == 0)
        wait_until (is_with (self->device, "A"));
      else
        for (guint j = 0; j < i % 17; j++)
          g_main_context_iteration (NULL, FALSE);
      fake_source_pull_out (self->source, self->device);
      if (i % 5)
        wait_until (is_free (self->device));
      g_object_unref (self->device);
    }
  wait_until (is_quiet (self));
  g_assert_cmpuint (self->n_failures, ==, 0);
  /* What was sent on D-Bus is closed by a thread of that. */
  for (guint i = 0; i < TEST_PATIENCE * 100 && test_count_fds () > n_fds; i++)
    test_run_for (10);
  g_assert_cmpuint (test_count_fds (), <=, n_fds);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (self->manager)), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
#define ADD(name, data, function) g_test_add ("/usb-manager/" name, Fixture, data, set_up, function, tear_down)
  ADD ("connect", NULL, test_connect);
  ADD ("held", NULL, test_held);
  ADD ("race", NULL, test_race);
  ADD ("tug", NULL, test_tug);
  ADD ("guarded", NULL, test_guarded);
  ADD ("mounted", NULL, test_mounted);
  ADD ("not-running", NULL, test_not_running);
  ADD ("interrupted/disconnect", GINT_TO_POINTER (FALSE), test_interrupted);
  ADD ("interrupted/pull-out", GINT_TO_POINTER (TRUE), test_interrupted);
  ADD ("cancelled", NULL, test_cancelled);
  ADD ("question", NULL, test_question);
  ADD ("rules", NULL, test_rules);
  ADD ("start", NULL, test_start);
  ADD ("rule-fails", NULL, test_rule_fails);
  ADD ("returns", NULL, test_returns);
  ADD ("restart", NULL, test_restart);
  ADD ("session-gone", NULL, test_session_gone);
  ADD ("dropped", NULL, test_dropped);
  ADD ("cycles", NULL, test_cycles);
  return g_test_run ();
}
