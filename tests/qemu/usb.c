/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* A memory stick in a machine, all the way: the real libusb on a device that is not there, usbredirhost, QEMU's
 * usb-redir on its xHCI, and a guest that works with it: the firmware, by its own drivers, for a program in the stick's
 * first sector. That copies half a megabyte from one place of it to another, then counts in a third, and sleeps. */
#include "harness.h"

#include "fake-source.h"
#include "fake-usb-models.h"
#include "session/usb-manager.h"

#include <signal.h>
#include <string.h>

#define SECTOR 512
#define SIZE (16 * 1024 * 1024)
#define N_COPIED 1024 /* sectors */
#define FROM 1
#define TO (0x4000 + 1)
#define COUNTER 0x7000
#define RESET_AGAIN_S 30

/* clang-format off */
static const guint8 program[] = {
  0xfa, 0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xc0, 0x8e, 0xd0, /*        cli; ds = es = ss = 0 */
  0xbc, 0x00, 0x7c, 0xfb,                               /*        mov sp, 7c00; sti */
  0x88, 0x16, 0x74, 0x7c, 0xb9, 0x10, 0x00,             /*        mov [drive], dl; mov cx, 16 */
  0x51, 0xb4, 0x42, 0xe8, 0x39, 0x00,                   /* copy:  push cx; read 64 sectors at LBA */
  0x81, 0x06, 0x6c, 0x7c, 0x00, 0x40,                   /*        LBA += 4000h */
  0xb8, 0x00, 0x43, 0xe8, 0x2d, 0x00,                   /*        write them there */
  0x81, 0x2e, 0x6c, 0x7c, 0xc0, 0x3f, 0x59, 0xe2, 0xe5, /*        LBA -= 4000h - 64; pop cx; loop copy */
  0xc7, 0x06, 0x66, 0x7c, 0x01, 0x00,                   /*        of one sector */
  0xc7, 0x06, 0x6c, 0x7c, 0x00, 0x70,                   /*        LBA = 7000h */
  0xb4, 0x42, 0xe8, 0x13, 0x00,                         /*        read it */
  0xb8, 0x00, 0x10, 0x8e, 0xc0, 0x26, 0xff, 0x06, 0x00, 0x00, /*  inc word [1000:0000] */
  0xb8, 0x00, 0x43, 0xe8, 0x03, 0x00,                   /*        write it */
  0xf4, 0xeb, 0xfd,                                     /* stop:  hlt; jmp stop */
  0x8a, 0x16, 0x74, 0x7c, 0xbe, 0x64, 0x7c, 0xcd, 0x13, /* disk:  int 13h, ah, with the packet */
  0x72, 0x01, 0xc3, 0xf4, 0xeb, 0xfd, 0x89, 0xf6,       /*        jc fail; ret; fail: hlt; jmp fail */
  0x10, 0x00, 0x40, 0x00, 0x00, 0x00, 0x00, 0x10, 0x01, /* packet: 64 sectors, 1000:0000, LBA 1 */
};
/* clang-format on */

typedef struct
{
  guint8 *data;
  FakeUsb *usb;
  FakeSource *source;
  DioUsbManager *manager;
  DioUsbDevice *device;
  DioMachine *machine;
  DioSession *session;
  guint n_failures;
  guint ticks;
} Fixture;

static Fixture *stick; /* whose it is that is opened */
static guint n_opened, n_released;

static void
open_stick (GTask *task)
{
  g_autoptr (GTask) owned = task;

  n_opened++;
  g_task_return_int (task, fake_usb_open (stick->usb, -1));
}

static void
release_stick (void)
{
  n_released++;
}

static DioUsbGuard
get_guard (void)
{
  return DIO_USB_GUARD_NONE;
}

static void
on_failed (DioUsbManager *manager, DioSession *session, DioUsbDevice *device, const char *why, Fixture *self)
{
  g_test_message ("%s", why);
  self->n_failures++;
}

static gboolean
on_tick (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

static void
set_up (Fixture *self, gconstpointer data)
{
  static const FakeSourceFuncs funcs = { open_stick, release_stick, get_guard };
  g_autoptr (DioMachineConfig) config = small_config ("Stick");

  use_test_qemu ();
  stick = self;
  n_opened = n_released = 0;
  self->data = g_malloc0 (SIZE);
  memcpy (self->data, program, sizeof program);
  self->data[510] = 0x55;
  self->data[511] = 0xaa;
  for (gsize i = FROM * SECTOR; i < (FROM + N_COPIED) * SECTOR; i++)
    self->data[i] = (guint8) g_test_rand_int ();
  self->usb = fake_usb_storage_new (&(FakeUsbIdentity) { .serial = "1" }, self->data, SIZE);
  self->source = fake_source_new (&funcs);
  self->device = fake_source_plug_in (self->source, 1, "1", "1-1");
  self->manager = dio_usb_manager_new (DIO_USB_SOURCE (self->source));
  g_signal_connect (self->manager, "failed", G_CALLBACK (on_failed), self);
  self->machine = dio_machine_new (config);
  self->session = dio_session_new_for_machine (self->machine);
  dio_usb_manager_add_session (self->manager, self->session);
  /* What the guest writes wakes nobody here. */
  self->ticks = g_timeout_add (20, on_tick, NULL);
}

static gboolean
is_back (Fixture *self)
{
  return fake_usb_has_driver (self->usb, 0) && !fake_usb_is_claimed (self->usb, 0) && n_opened == n_released;
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  if (dio_machine_get_state (self->machine) != DIO_MACHINE_CRASHED)
    stop (self->machine);
  g_clear_handle_id (&self->ticks, g_source_remove);
  g_clear_object (&self->manager);
  wait_for (n_opened == n_released);
  g_clear_object (&self->session);
  g_clear_object (&self->machine);
  g_clear_object (&self->source);
  wait_for ((g_main_context_wakeup (NULL), fake_usb_count_files (self->usb) == 0));
  fake_usb_unref (self->usb);
  g_free (self->data);
  g_assert_cmpuint (self->n_failures, ==, 0);
}

static void
start (Fixture *self)
{
  dio_machine_start (self->machine);
  wait_for_state (self->machine, DIO_MACHINE_RUNNING);
  wait_for (dio_session_get_connected (self->session));
}

static gboolean
has_it (Fixture *self)
{
  return dio_usb_device_get_state (self->device) == DIO_USB_DEVICE_CONNECTED;
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (dio_usb_manager_connect_finish (DIO_USB_MANAGER (source), result, &error));
  g_assert_no_error (error);
  *(gboolean *) user_data = TRUE;
}

static void
connect_stick (Fixture *self)
{
  gboolean done = FALSE;

  dio_usb_manager_connect_async (self->manager, self->session, self->device, DIO_USB_CONNECT_DEFAULT, NULL, NULL,
                                 on_connected, &done);
  wait_for (done);
  g_assert_true (has_it (self));
  g_assert_true (fake_usb_is_claimed (self->usb, 0));
}

static guint
get_count (Fixture *self)
{
  guint count;

  fake_usb_lock (self->usb);
  count = self->data[COUNTER * SECTOR];
  fake_usb_unlock (self->usb);
  return count;
}

static void
on_reset (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_assert_true (dio_machine_command_finish (DIO_MACHINE (source), result, NULL));
}

static gboolean
on_reset_due (gpointer user_data)
{
  Fixture *self = user_data;

  dio_machine_reset_async (self->machine, on_reset, NULL);
  return G_SOURCE_CONTINUE;
}

/* The firmware looks for what to start when the machine is reset; it does not wait long for a device, and on a busy
 * computer may give up. */
static void
boot (Fixture *self)
{
  guint count = get_count (self), reset_id;

  memset (self->data + TO * SECTOR, 0, N_COPIED * SECTOR);
  reset_id = g_timeout_add_seconds (RESET_AGAIN_S, on_reset_due, self);
  dio_machine_reset_async (self->machine, on_reset, NULL);
  wait_for (get_count (self) != count);
  g_source_remove (reset_id);
  fake_usb_lock (self->usb);
  g_assert_cmpmem (self->data + TO * SECTOR, N_COPIED * SECTOR, self->data + FROM * SECTOR, N_COPIED * SECTOR);
  fake_usb_unlock (self->usb);
}

static void
on_disconnected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  dio_usb_manager_disconnect_finish (DIO_USB_MANAGER (source), result);
  *(gboolean *) user_data = TRUE;
}

static void
on_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(JsonNode **) user_data = dio_qmp_execute_finish (DIO_QMP (source), result, NULL);
}

/* Those that QEMU has. */
static guint
count_ports (Fixture *self)
{
  JsonObject *arguments = json_object_new ();
  g_autoptr (JsonNode) answer = NULL;
  guint n = 0;

  json_object_set_string_member (arguments, "command-line", "info usb");
  dio_qmp_execute_async (dio_machine_get_qmp (self->machine), "human-monitor-command", arguments, -1, NULL, on_answered,
                         &answer);
  wait_for (answer != NULL);
  for (const char *at = json_node_get_string (answer); (at = strstr (at, "ID: usbport")) != NULL; at++)
    n++;
  return n;
}

/* Reads and writes; is there after a reset; comes again when QEMU does; goes back. */
static void
test_works (Fixture *self, gconstpointer data)
{
  gboolean done = FALSE;

  start (self);
  connect_stick (self);
  boot (self);
  boot (self);
  g_assert_cmpuint (count_ports (self), ==, 1);

  dio_machine_restart (self->machine);
  wait_for (n_opened == 2 && has_it (self));
  boot (self);

  dio_usb_manager_disconnect_async (self->manager, self->device, on_disconnected, &done);
  wait_for (done);
  g_assert_true (is_back (self));
  wait_for (count_ports (self) == 0);
}

/* QEMU is killed. */
static void
test_killed (Fixture *self, gconstpointer data)
{
  start (self);
  connect_stick (self);
  kill (dio_machine_get_pid (self->machine), SIGKILL);
  wait_for (dio_machine_get_state (self->machine) == DIO_MACHINE_CRASHED && is_back (self));
  g_assert_false (has_it (self));
}

/* It is pulled out while the guest copies: nothing of it stays in the machine, and the next one works. */
static void
test_pulled_out (Fixture *self, gconstpointer data)
{
  start (self);
  connect_stick (self);
  fake_usb_set_faults (self->usb, &(FakeUsbFaults) { .unplug_after = 200 * 1024 });
  dio_machine_reset_async (self->machine, on_reset, NULL);
  wait_for (dio_usb_device_get_state (self->device) == DIO_USB_DEVICE_FREE);
  fake_source_pull_out (self->source, self->device);
  wait_for (count_ports (self) == 0);
  g_assert_cmpuint (get_count (self), ==, 0);

  fake_usb_unref (self->usb);
  self->usb = fake_usb_storage_new (&(FakeUsbIdentity) { .serial = "1" }, self->data, SIZE);
  self->device = fake_source_plug_in (self->source, 1, "1", "1-1");
  /* As it had it a moment ago. */
  wait_for (has_it (self));
  boot (self);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  /* the kernel's numbers */
  g_test_add ("/usb/works/full-speed", Fixture, GUINT_TO_POINTER (2), set_up, test_works, tear_down);
  g_test_add ("/usb/works/high-speed", Fixture, GUINT_TO_POINTER (3), set_up, test_works, tear_down);
  g_test_add ("/usb/works/super-speed", Fixture, GUINT_TO_POINTER (5), set_up, test_works, tear_down);
  g_test_add ("/usb/killed", Fixture, NULL, set_up, test_killed, tear_down);
  g_test_add ("/usb/pulled-out", Fixture, NULL, set_up, test_pulled_out, tear_down);
  return g_test_run ();
}
