/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* One device on its way into a machine: whatever fails, ends or is cancelled at whatever moment, the device is given
 * back, the port is gone and the keeper has nothing. */
#include "fake-machine.h"
#include "fake-host.h"

#include "session/usb-connection.h"
#include "usb/error.h"
#include "vm/machine-private.h"

#include <string.h>

typedef struct
{
  FakeMachine *machine;
  FakeSource *source;
  DioUsbDevice *device;
  guint n_ended;
  char *why;
} Fixture;

static void
on_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static void
on_ended (DioUsbConnection *connection, const char *why, Fixture *self)
{
  self->n_ended++;
  g_set_str (&self->why, why);
}

static void
set_up (Fixture *self, gconstpointer data)
{
  fake_host_reset ();
  self->machine = fake_machine_new ("Machine");
  fake_machine_start (self->machine);
  self->source = fake_host_new_source ();
  self->device = g_object_ref (fake_source_plug_in (self->source, 1, NULL, "1-1"));
}

static gboolean
is_quiet (Fixture *self)
{
  GPtrArray *ports = self->machine->machine->usb_ports;

  return fake_host_is_quiet () && (ports == NULL || ports->len == 0) &&
         fake_machine_count_chardevs (self->machine) == 0 && fake_machine_count_devices (self->machine) == 0;
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  wait_until (is_quiet (self));
  g_clear_pointer (&self->machine, fake_machine_free);
  g_clear_object (&self->source);
  g_assert_finalize_object (g_steal_pointer (&self->device));
  g_clear_pointer (&self->why, g_free);
}

static void
start (Fixture *self, GCancellable *cancellable, GAsyncResult **result)
{
  dio_usb_connection_new_async (self->machine->session, DIO_USB_SOURCE (self->source), self->device, NULL, cancellable,
                                on_result, result);
}

static DioUsbConnection *
finish (Fixture *self, GAsyncResult *result, GError **error)
{
  DioUsbConnection *connection = dio_usb_connection_new_finish (result, error);

  if (connection != NULL)
    g_signal_connect (connection, "ended", G_CALLBACK (on_ended), self);
  return connection;
}

static DioUsbConnection *
connect_device (Fixture *self, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  start (self, NULL, &result);
  wait_until (result);
  return finish (self, result, error);
}

static void
wait_ended (Fixture *self, const char *word)
{
  wait_until (self->n_ended > 0);
  g_assert_cmpuint (self->n_ended, ==, 1);
  if (word == NULL)
    g_assert_cmpstr (self->why, ==, NULL);
  else
    g_assert_true (self->why != NULL && strstr (self->why, word) != NULL);
  g_assert_true (fake_host_is_quiet ());
}

static void
test_close (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DioUsbConnection) connection = connect_device (self, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (fake_machine_count_devices (self->machine), ==, 1);
  g_assert_cmpuint (fake_host.n_redirected, ==, 1);
  g_assert_false (fake_host_is_quiet ());

  dio_usb_connection_close (connection);
  dio_usb_connection_close (connection);
  wait_ended (self, NULL);
  dio_usb_connection_close (connection);
  test_run_for (5);
  g_assert_cmpuint (self->n_ended, ==, 1);
  wait_until (is_quiet (self));
  g_assert_finalize_object (g_steal_pointer (&connection));
}

/* Nobody has it any more: it goes on, and ends as any other. */
static void
test_dropped (Fixture *self, gconstpointer data)
{
  DioUsbConnection *connection = connect_device (self, NULL);

  g_object_unref (connection);
  test_run_for (5);
  g_assert_false (fake_host_is_quiet ());
  fake_host_end (fake_host.redirector, DIO_USB_END_UNPLUGGED);
  wait_ended (self, NULL);
}

/* --- what fails on the way --- */

typedef struct
{
  const char *name;
  gsize knob;      /* of FakeHost, or */
  const char *qmp; /* a command that is refused, or */
  gsize reg;       /* of FakeMachine */
  int domain;      /* 0: G_IO_ERROR, 1: DIO_USB_ERROR */
  int code;
} Failure;

static const Failure failures[] = {
  { "open", G_STRUCT_OFFSET (FakeHost, open), NULL, 0, 1, DIO_USB_ERROR_DENIED },
  { "keeper", G_STRUCT_OFFSET (FakeHost, keeper_refuses), NULL, 0, 0, G_IO_ERROR_FAILED },
  { "chardev-add", 0, "chardev-add", 0, 0, G_IO_ERROR_FAILED },
  { "device_add", 0, "device_add", 0, 0, G_IO_ERROR_FAILED },
  { "register", 0, NULL, G_STRUCT_OFFSET (FakeMachine, register_refused), 0, G_IO_ERROR_FAILED },
  { "redirect", G_STRUCT_OFFSET (FakeHost, redirect), NULL, 0, 1, DIO_USB_ERROR_BUSY },
};

static void
test_failure (Fixture *self, gconstpointer data)
{
  const Failure *failure = data;
  g_autoptr (DioUsbConnection) connection = NULL;
  g_autoptr (GError) error = NULL;

  if (failure->qmp != NULL)
    self->machine->refused = failure->qmp;
  else if (failure->reg != 0)
    G_STRUCT_MEMBER (gboolean, self->machine, failure->reg) = TRUE;
  else
    G_STRUCT_MEMBER (FakeHostMode, &fake_host, failure->knob) = FAKE_REFUSES;
  g_assert_null (connect_device (self, &error));
  g_assert_true (g_error_matches (error, failure->domain ? DIO_USB_ERROR : G_IO_ERROR, failure->code));
  /* What it is told of has been done. */
  g_assert_true (fake_host_is_quiet ());

  /* And it works the next time. */
  wait_until (is_quiet (self));
  fake_host_reset ();
  self->machine->refused = NULL;
  self->machine->register_refused = FALSE;
  g_clear_error (&error);
  connection = connect_device (self, &error);
  g_assert_no_error (error);
  dio_usb_connection_close (connection);
  wait_ended (self, NULL);
}

static void
test_full (Fixture *self, gconstpointer data)
{
  DioUsbConnection *connections[12];
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (connections); i++)
    connections[i] = connect_device (self, NULL);
  g_assert_null (connect_device (self, &error));
  g_assert_error (error, DIO_USB_ERROR, DIO_USB_ERROR_NO_ROOM);
  for (guint i = 0; i < G_N_ELEMENTS (connections); i++)
    {
      dio_usb_connection_close (connections[i]);
      g_object_unref (connections[i]);
    }
  wait_until (self->n_ended == G_N_ELEMENTS (connections));
}

/* --- races --- */

typedef void (*Interrupt) (Fixture *self, GCancellable *cancellable);

static void
interrupt_cancel (Fixture *self, GCancellable *cancellable)
{
  g_cancellable_cancel (cancellable);
}

static void
interrupt_crash (Fixture *self, GCancellable *cancellable)
{
  fake_machine_end (self->machine, DIO_MACHINE_CRASHED);
}

static void
interrupt_restart (Fixture *self, GCancellable *cancellable)
{
  fake_machine_end (self->machine, DIO_MACHINE_STARTING);
}

/* QEMU is dead, and nobody has noticed. */
static void
interrupt_kill (Fixture *self, GCancellable *cancellable)
{
  fake_machine_kill (self->machine);
  test_run_for (10);
  fake_machine_end (self->machine, DIO_MACHINE_CRASHED);
}

static void
interrupt_session (Fixture *self, GCancellable *cancellable)
{
  dio_session_close (self->machine->session);
  g_cancellable_cancel (cancellable);
}

static void
interrupt_both (Fixture *self, GCancellable *cancellable)
{
  fake_machine_end (self->machine, DIO_MACHINE_STOPPED);
  g_cancellable_cancel (cancellable);
}

/* After each number of turns of the main loop that it takes. */
static void
test_interrupted (Fixture *self, gconstpointer data)
{
  gboolean was_done = FALSE;
  guint turns;

  for (turns = 0; !was_done; turns++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (DioUsbConnection) connection = NULL;
      g_autoptr (GError) error = NULL;

      self->n_ended = 0;
      start (self, cancellable, &result);
      for (guint i = 0; i < turns && !result; i++)
        g_main_context_iteration (NULL, FALSE);
      was_done = result != NULL;
      ((Interrupt) data) (self, cancellable);
      wait_until (result);
      connection = finish (self, result, &error);
      if (connection != NULL)
        {
          dio_usb_connection_close (connection);
          wait_ended (self, NULL);
        }
      else
        g_assert_true (fake_host_is_quiet ());
      wait_until (is_quiet (self));
      if (!self->machine->qemu || !dio_session_get_connected (self->machine->session))
        {
          fake_machine_end (self->machine, DIO_MACHINE_STOPPED);
          fake_machine_start (self->machine);
        }
    }
  g_assert_cmpuint (turns, >, 8);
}

/* Each step in turn hangs, and is cancelled; or comes to something although it was. */
static void
test_hanging (Fixture *self, gconstpointer data)
{
  for (guint step = 0; step < 6; step++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (GError) error = NULL;

      fake_host.open = step == 0 ? FAKE_WAITS : FAKE_DOES;
      self->machine->silent = step == 1 ? "chardev-add" : step == 2 ? "device_add" : NULL;
      self->machine->register_silent = step == 3;
      fake_host.redirect = step >= 4 ? FAKE_WAITS : FAKE_DOES;
      fake_host.redirects_although_cancelled = step == 5;
      start (self, cancellable, &result);
      test_run_for (30);
      g_assert_null (result);
      g_cancellable_cancel (cancellable);
      wait_until (result);
      g_assert_null (finish (self, result, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_assert_true (fake_host_is_quiet ());
      /* What QEMU owes an answer to is gone with it. */
      if (self->machine->silent != NULL)
        {
          fake_machine_end (self->machine, DIO_MACHINE_STOPPED);
          fake_machine_start (self->machine);
        }
      wait_until (is_quiet (self));
    }
}

/* --- how it ends --- */

static void
test_ends (Fixture *self, gconstpointer data)
{
  static const struct
  {
    DioUsbEnd how;
    const char *word;
  } ends[] = {
    { DIO_USB_END_UNPLUGGED, NULL },
    { DIO_USB_END_REJECTED, "does not take" },
    { DIO_USB_END_LIMIT, "sensible" },
    { DIO_USB_END_FAILED, "failed" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      g_autoptr (DioUsbConnection) connection = connect_device (self, NULL);

      self->n_ended = 0;
      fake_host_end (fake_host.redirector, ends[i].how);
      wait_ended (self, ends[i].word);
      wait_until (is_quiet (self));
    }
}

/* QEMU closes the stream and runs on: that is told. */
static void
test_let_go (Fixture *self, gconstpointer data)
{
  g_autoptr (DioUsbConnection) connection = connect_device (self, NULL);

  fake_machine_close_streams (self->machine);
  wait_ended (self, "let go");
}

/* It closes it because it is dead: that is not, whoever notices first. */
static void
test_dies (Fixture *self, gconstpointer data)
{
  for (guint turns = 0; turns < 20; turns++)
    {
      g_autoptr (DioUsbConnection) connection = connect_device (self, NULL);

      self->n_ended = 0;
      fake_machine_kill (self->machine);
      for (guint i = 0; i < turns; i++)
        g_main_context_iteration (NULL, FALSE);
      fake_machine_end (self->machine, DIO_MACHINE_CRASHED);
      wait_ended (self, NULL);
      wait_until (is_quiet (self));
      fake_machine_start (self->machine);
    }
}

/* A QEMU that takes the stream and closes it. */
static void
test_closes_at_once (Fixture *self, gconstpointer data)
{
  g_autoptr (DioUsbConnection) connection = NULL;
  g_autoptr (GError) error = NULL;

  self->machine->register_closes = TRUE;
  connection = connect_device (self, &error);
  if (connection != NULL)
    wait_ended (self, "let go");
  else
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
}

/* The machine ends while the device is on its way back. */
static void
test_ends_while_closing (Fixture *self, gconstpointer data)
{
  g_autoptr (DioUsbConnection) connection = connect_device (self, NULL);

  fake_host.close_waits = TRUE;
  dio_usb_connection_close (connection);
  wait_until (fake_host_count_waiting () == 1);
  fake_machine_end (self->machine, DIO_MACHINE_CRASHED);
  fake_machine_start (self->machine);
  test_run_for (5);
  g_assert_cmpuint (self->n_ended, ==, 0);
  g_assert_false (fake_host_is_quiet ());
  fake_host_go_on ();
  wait_ended (self, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
#define ADD(name, data, function) g_test_add ("/usb-connection/" name, Fixture, data, set_up, function, tear_down)
  ADD ("close", NULL, test_close);
  ADD ("dropped", NULL, test_dropped);
  for (guint i = 0; i < G_N_ELEMENTS (failures); i++)
    {
      g_autofree char *path = g_strconcat ("/usb-connection/failure/", failures[i].name, NULL);

      g_test_add (path, Fixture, &failures[i], set_up, test_failure, tear_down);
    }
  ADD ("full", NULL, test_full);
  ADD ("interrupted/cancel", (gpointer) interrupt_cancel, test_interrupted);
  ADD ("interrupted/crash", (gpointer) interrupt_crash, test_interrupted);
  ADD ("interrupted/restart", (gpointer) interrupt_restart, test_interrupted);
  ADD ("interrupted/kill", (gpointer) interrupt_kill, test_interrupted);
  ADD ("interrupted/session", (gpointer) interrupt_session, test_interrupted);
  ADD ("interrupted/both", (gpointer) interrupt_both, test_interrupted);
  ADD ("hanging", NULL, test_hanging);
  ADD ("ends", NULL, test_ends);
  ADD ("let-go", NULL, test_let_go);
  ADD ("dies", NULL, test_dies);
  ADD ("closes-at-once", NULL, test_closes_at_once);
  ADD ("ends-while-closing", NULL, test_ends_while_closing);
  return g_test_run ();
}
