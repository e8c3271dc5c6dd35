/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* Ports of a machine that runs, by a QMP that obeys, and one that does not. */
#include "fake-machine.h"

#include "vm/machine-private.h"
#include "vm/usb-port.h"

static void
on_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static char *
add (FakeMachine *self, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  dio_machine_add_usb_port_async (self->machine, NULL, on_result, &result);
  wait_until (result);
  return dio_machine_add_usb_port_finish (self->machine, result, error);
}

static gboolean
take_out (FakeMachine *self, const char *path, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  dio_machine_remove_usb_port_async (self->machine, path, on_result, &result);
  wait_until (result);
  return dio_machine_remove_usb_port_finish (self->machine, result, error);
}

static gboolean
has (FakeMachine *self, guint n)
{
  return fake_machine_count_chardevs (self) == n && fake_machine_count_devices (self) == n;
}

static void
set_up (FakeMachine **self, gconstpointer data)
{
  *self = fake_machine_new ("Ports");
  fake_machine_start (*self);
}

static void
tear_down (FakeMachine **self, gconstpointer data)
{
  g_clear_pointer (self, fake_machine_free);
}

static void
test_several (FakeMachine **fixture, gconstpointer data)
{
  FakeMachine *self = *fixture;
  g_autofree char *first = add (self, NULL), *second = add (self, NULL), *third = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_variant_is_object_path (first));
  g_assert_cmpstr (first, !=, second);
  g_assert_true (has (self, 2));
  g_assert_true (take_out (self, first, &error));
  g_assert_no_error (error);
  g_assert_true (has (self, 1));
  /* Not again: nor is it anybody's, later. */
  g_assert_true (take_out (self, first, NULL));
  third = add (self, NULL);
  g_assert_cmpstr (third, !=, first);
  g_assert_true (take_out (self, "/org/qemu/Display1/Chardev_agent", NULL));
  g_assert_true (take_out (self, "usbport1", NULL));
  g_assert_true (has (self, 2));
}

/* All at once, and one more than there is room for; QEMU is not asked for that. */
static void
test_full (FakeMachine **fixture, gconstpointer data)
{
  FakeMachine *self = *fixture;
  GAsyncResult *results[13] = { NULL };
  g_autoptr (GError) error = NULL;
  g_autofree char *last = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    dio_machine_add_usb_port_async (self->machine, NULL, on_result, &results[i]);
  for (guint i = 0; i < G_N_ELEMENTS (results) - 1; i++)
    {
      g_autofree char *path = NULL;

      wait_until (results[i]);
      path = dio_machine_add_usb_port_finish (self->machine, results[i], &error);
      g_assert_no_error (error);
      g_clear_object (&results[i]);
      if (i == 0)
        last = g_steal_pointer (&path);
    }
  wait_until (results[12]);
  g_assert_null (dio_machine_add_usb_port_finish (self->machine, results[12], &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  g_clear_object (&results[12]);
  g_assert_true (has (self, 12));
  g_assert_cmpuint (self->n_commands, ==, 24);

  g_assert_true (take_out (self, last, NULL));
  g_clear_pointer (&last, g_free);
  last = add (self, NULL);
  g_assert_nonnull (last);
}

/* QEMU does not want it: no character device stays. */
static void
test_refused (FakeMachine **fixture, gconstpointer data)
{
  static const char *const commands[] = { "chardev-add", "device_add" };
  FakeMachine *self = *fixture;

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_autoptr (GError) error = NULL;

      self->refused = commands[i];
      g_assert_null (add (self, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
      g_assert_true (has (self, 0));
    }
  g_assert_cmpuint (self->machine->usb_ports->len, ==, 0);
}

/* QEMU cannot do that at all. */
static void
test_lacking (FakeMachine **fixture, gconstpointer data)
{
  static const DioEngineFacts facts = { .binary = "/usr/bin/qemu", .version = "10.0.13", .origin = "system" };
  FakeMachine *self = *fixture;
  g_autoptr (GError) error = NULL;

  g_clear_object (&self->machine->engine);
  self->machine->engine = dio_engine_new (&facts);
  g_assert_null (add (self, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_assert_cmpuint (self->n_commands, ==, 0);
}

/* A cancelled call is told at once, unless all was done already; what QEMU had been told is taken back as soon as it
 * has done it. */
static void
test_cancelled (FakeMachine **fixture, gconstpointer data)
{
  FakeMachine *self = *fixture;
  gboolean was_done = FALSE;

  for (guint turns = 0; !was_done; turns++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (GError) error = NULL;
      g_autofree char *path = NULL;

      dio_machine_add_usb_port_async (self->machine, cancellable, on_result, &result);
      for (guint i = 0; i < turns; i++)
        g_main_context_iteration (NULL, FALSE);
      g_cancellable_cancel (cancellable);
      wait_until (result);
      path = dio_machine_add_usb_port_finish (self->machine, result, &error);
      was_done = path != NULL;
      if (was_done)
        g_assert_true (take_out (self, path, NULL));
      else
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      wait_until (self->machine->usb_ports == NULL || self->machine->usb_ports->len == 0);
      g_assert_true (has (self, 0));
    }
}

/* A QEMU that never answers, and ends. */
static void
test_silent (FakeMachine **fixture, gconstpointer data)
{
  static const char *const commands[] = { "chardev-add", "device_add" };
  FakeMachine *self = *fixture;

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (GError) error = NULL;

      self->silent = commands[i];
      dio_machine_add_usb_port_async (self->machine, NULL, on_result, &result);
      test_run_for (20);
      g_assert_null (result);
      fake_machine_end (self, DIO_MACHINE_CRASHED);
      wait_until (result);
      g_assert_null (dio_machine_add_usb_port_finish (self->machine, result, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED);
      g_assert_null (self->machine->usb_ports);
      fake_machine_start (self);
    }
}

/* The guest does not let go for a while; strangers that go do not matter. QEMU itself does not answer what it is asked
 * meanwhile: nobody waits for ever. */
static void
test_hangs (FakeMachine **fixture, gconstpointer data)
{
  FakeMachine *self = *fixture;
  g_autofree char *path = add (self, NULL), *other = add (self, NULL);
  g_autoptr (GAsyncResult) first = NULL, second = NULL, third = NULL;
  g_autoptr (GError) error = NULL;

  self->silent = "chardev-add";
  dio_machine_add_usb_port_async (self->machine, NULL, on_result, &third);
  self->guest_hangs = TRUE;
  dio_machine_remove_usb_port_async (self->machine, path, on_result, &first);
  dio_machine_remove_usb_port_async (self->machine, path, on_result, &second);
  fake_machine_say_deleted (self, "usb-tablet0");
  fake_machine_say_deleted (self, "usbport");
  fake_machine_say_deleted (self, "");
  wait_until (first && second);
  g_assert_false (dio_machine_remove_usb_port_finish (self->machine, first, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_cmpuint (self->machine->usb_ports->len, ==, 3);
  g_clear_error (&error);
  wait_until (third);
  g_assert_null (dio_machine_add_usb_port_finish (self->machine, third, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);

  g_clear_object (&first);
  dio_machine_remove_usb_port_async (self->machine, path, on_result, &first);
  test_run_for (20);
  g_assert_null (first);
  fake_machine_let_go (self);
  wait_until (first);
  g_assert_true (dio_machine_remove_usb_port_finish (self->machine, first, NULL));
  /* Nobody had asked for the second one to go; the third one is still waited for. */
  wait_until (self->machine->usb_ports->len == 1);
  g_assert_true (has (self, 0));
}

/* QEMU refuses to remove it for now, as while it is migrated. */
static void
test_refused_removal (FakeMachine **fixture, gconstpointer data)
{
  FakeMachine *self = *fixture;
  g_autofree char *path = add (self, NULL);
  g_autoptr (GAsyncResult) result = NULL;

  self->refused = "device_del";
  dio_machine_remove_usb_port_async (self->machine, path, on_result, &result);
  wait_until (self->n_commands == 3);
  test_run_for (20);
  g_assert_null (result);
  self->refused = NULL;
  wait_until (result);
  g_assert_true (dio_machine_remove_usb_port_finish (self->machine, result, NULL));
  g_assert_true (has (self, 0));
}

/* QEMU goes while a port is removed: it is gone, too. And no port of it is any of the next one's. */
static void
test_end (FakeMachine **fixture, gconstpointer data)
{
  FakeMachine *self = *fixture;
  g_autofree char *path = add (self, NULL), *next = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  self->silent = "device_del";
  dio_machine_remove_usb_port_async (self->machine, path, on_result, &result);
  wait_until (self->n_commands == 3);
  fake_machine_end (self, DIO_MACHINE_CRASHED);
  wait_until (result);
  g_assert_true (dio_machine_remove_usb_port_finish (self->machine, result, NULL));

  g_assert_null (add (self, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED);
  g_assert_true (take_out (self, path, NULL));
  self->silent = NULL;
  fake_machine_start (self);
  next = add (self, NULL);
  g_assert_cmpstr (next, !=, path);
  g_assert_true (has (self, 1));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
#define ADD(name, function) g_test_add ("/usb-port/" name, FakeMachine *, NULL, set_up, function, tear_down)
  ADD ("several", test_several);
  ADD ("full", test_full);
  ADD ("refused", test_refused);
  ADD ("lacking", test_lacking);
  ADD ("cancelled", test_cancelled);
  ADD ("silent", test_silent);
  ADD ("hangs", test_hangs);
  ADD ("refused-removal", test_refused_removal);
  ADD ("end", test_end);
  return g_test_run ();
}
