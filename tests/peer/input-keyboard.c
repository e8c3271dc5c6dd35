/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* Keys arrive at QEMU exactly as they were pressed, whoever holds them; the guest's locks follow. */
#include "input-fixture.h"

#include <linux/input-event-codes.h>

#define CAPS_TAP "key 58 down\nkey 58 up\n"
#define NUM_TAP "key 69 down\nkey 69 up\n"
#define SCROLL_TAP "key 70 down\nkey 70 up\n"

static void
test_keys (InputFixture *self, gconstpointer data)
{
  g_assert_true (dio_keyboard_press (self->keyboard, KEY_A));
  g_assert_true (dio_keyboard_press (self->keyboard, KEY_A)); /* a repeat */
  g_assert_cmpuint (dio_keyboard_get_n_pressed (self->keyboard), ==, 1);
  g_assert_true (dio_keyboard_press (self->keyboard, KEY_RIGHTCTRL));
  g_assert_true (dio_keyboard_release (self->keyboard, KEY_A));
  g_assert_true (dio_keyboard_release (self->keyboard, KEY_A));
  g_assert_true (dio_keyboard_release (self->keyboard, KEY_RIGHTCTRL));
  g_assert_cmpuint (dio_keyboard_get_n_pressed (self->keyboard), ==, 0);
  assert_log (self, "key 30 down\nkey 157 down\nkey 30 up\nkey 157 up\n");
  g_assert_false (dio_keyboard_press (self->keyboard, KEY_UNKNOWN));
  g_assert_false (dio_keyboard_press (self->keyboard, 0));
  g_assert_false (dio_keyboard_press (self->keyboard, G_MAXUINT));
  g_assert_false (dio_keyboard_release (self->keyboard, BTN_LEFT));
}

static void
test_release_all (InputFixture *self, gconstpointer data)
{
  dio_keyboard_press (self->keyboard, KEY_LEFTALT);
  dio_keyboard_press_by (self->keyboard, DIO_KEY_HOLDER_BAR, KEY_LEFTALT);
  dio_keyboard_press_by (self->keyboard, DIO_KEY_HOLDER_BAR, KEY_TAB);
  dio_keyboard_release_all (self->keyboard);
  dio_keyboard_release_all (self->keyboard);
  g_assert_cmpuint (dio_keyboard_get_n_pressed (self->keyboard), ==, 0);
  assert_log (self, "key 56 down\nkey 15 down\nkey 15 up\nkey 56 up\n");
}

static void
test_combination (InputFixture *self, gconstpointer data)
{
  const guint keys[] = { KEY_LEFTCTRL, KEY_LEFTALT, KEY_DELETE };

  dio_keyboard_press (self->keyboard, KEY_LEFTALT);
  dio_keyboard_send_combination (self->keyboard, keys, G_N_ELEMENTS (keys));
  g_assert_cmpuint (dio_keyboard_get_n_pressed (self->keyboard), ==, 1);
  assert_log (self, "key 56 down\nkey 29 down\nkey 211 down\nkey 211 up\nkey 29 up\n");
}

/* Ctrl+Alt+Del of which Ctrl did not get through is no Alt+Del. */
static void
test_broken_combination (InputFixture *self, gconstpointer data)
{
  const guint keys[] = { KEY_LEFTCTRL, KEY_UNKNOWN, KEY_DELETE };

  g_assert_false (dio_keyboard_send_combination (self->keyboard, keys + 1, 2));
  assert_log (self, "");
  g_assert_false (dio_keyboard_send_combination (self->keyboard, keys, 3));
  assert_log (self, "key 29 down\nkey 29 up\n");
}

static void
count_idle (guint *n)
{
  (*n)++;
}

/* QEMU drops what is lifted while the machine stands still. */
static void
test_suspend (InputFixture *self, gconstpointer data)
{
  guint n = 0;

  dio_keyboard_resume (self->keyboard);
  dio_keyboard_press (self->keyboard, KEY_A);
  dio_keyboard_press_by (self->keyboard, DIO_KEY_HOLDER_BAR, KEY_LEFTCTRL);
  assert_log (self, "key 30 down\nkey 29 down\n");
  g_signal_connect_swapped (self->keyboard, "idle", G_CALLBACK (count_idle), &n);
  dio_keyboard_suspend (self->keyboard);
  dio_keyboard_suspend (self->keyboard);
  assert_log (self, "key 29 up\nkey 30 up\n");
  g_assert_false (dio_keyboard_is_idle (self->keyboard));
  g_assert_cmpuint (n, ==, 0);
  /* Who has pressed one again is not disturbed. */
  dio_keyboard_press (self->keyboard, KEY_LEFTCTRL);
  dio_keyboard_resume (self->keyboard);
  assert_log (self, "key 29 down\nkey 30 down\nkey 30 up\n");
  g_assert_true (dio_keyboard_is_idle (self->keyboard));
  g_assert_cmpuint (n, >, 0);
  n = 0;
  dio_keyboard_resume (self->keyboard);
  assert_log (self, "");
  g_assert_cmpuint (n, ==, 0);
  /* With nothing to send nobody answers. */
  dio_keyboard_release (self->keyboard, KEY_LEFTCTRL);
  input_settle (self);
  dio_keyboard_suspend (self->keyboard);
  input_settle (self);
  n = 0;
  dio_keyboard_resume (self->keyboard);
  g_assert_cmpuint (n, ==, 1);
}

static void
test_close (InputFixture *self, gconstpointer data)
{
  guint n = 0;

  dio_keyboard_press (self->keyboard, KEY_A);
  dio_keyboard_suspend (self->keyboard);
  g_signal_connect_swapped (self->keyboard, "idle", G_CALLBACK (count_idle), &n);
  dio_keyboard_close (self->keyboard);
  g_assert_true (dio_keyboard_is_idle (self->keyboard));
  g_assert_cmpuint (n, ==, 1);
  dio_keyboard_press (self->keyboard, KEY_B);
  dio_keyboard_close (self->keyboard);
  dio_keyboard_resume (self->keyboard);
  g_assert_cmpuint (dio_keyboard_get_n_pressed (self->keyboard), ==, 0);
  assert_log (self, "key 30 down\nkey 30 up\n");
}

/* The bar's and the keyboard's key of one name do not lift each other. */
static void
test_holders (InputFixture *self, gconstpointer data)
{
  const guint keys[] = { KEY_LEFTCTRL, KEY_LEFTCTRL, KEY_C };

  dio_keyboard_press_by (self->keyboard, DIO_KEY_HOLDER_BAR, KEY_LEFTCTRL);
  dio_keyboard_press (self->keyboard, KEY_LEFTCTRL);
  dio_keyboard_press (self->keyboard, KEY_C);
  g_assert_cmpuint (dio_keyboard_get_n_pressed (self->keyboard), ==, 2);
  dio_keyboard_release (self->keyboard, KEY_C);
  dio_keyboard_release (self->keyboard, KEY_LEFTCTRL);
  g_assert_cmpuint (dio_keyboard_get_n_pressed (self->keyboard), ==, 1);
  assert_log (self, "key 29 down\nkey 46 down\nkey 46 up\n");
  dio_keyboard_release (self->keyboard, KEY_LEFTCTRL);
  dio_keyboard_send_combination (self->keyboard, keys, G_N_ELEMENTS (keys));
  assert_log (self, "key 46 down\nkey 46 up\n");
  dio_keyboard_press (self->keyboard, KEY_LEFTCTRL);
  dio_keyboard_release_by (self->keyboard, DIO_KEY_HOLDER_BAR, KEY_LEFTCTRL);
  assert_log (self, "");
  dio_keyboard_release (self->keyboard, KEY_LEFTCTRL);
  dio_keyboard_send_combination (self->keyboard, keys, G_N_ELEMENTS (keys));
  assert_log (self, "key 29 up\nkey 29 down\nkey 46 down\nkey 46 up\nkey 29 up\n");
}

/* Ten thousand keys at once: in order, and none that is down for ever. */
static void
test_many_keys (InputFixture *self, gconstpointer data)
{
  guint n_down = 0, n_up = 0;

  for (guint i = 0; i < 10000; i++)
    {
      dio_keyboard_press (self->keyboard, KEY_A);
      dio_keyboard_release (self->keyboard, KEY_A);
    }
  dio_keyboard_press (self->keyboard, KEY_B);
  input_settle (self);
  for (const char *line = self->qemu->log->str; *line; line = strchr (line, '\n') + 1)
    {
      n_down += g_str_has_prefix (line, "key 30 down");
      n_up += g_str_has_prefix (line, "key 30 up");
      g_assert_cmpuint (n_down - n_up, <=, 1);
    }
  g_assert_cmpuint (n_down, ==, n_up);
  g_assert_cmpuint (n_down, >=, 200);
}

/* --- locks --- */

/* The guest has lit those. */
static void
light (InputFixture *self, guint modifiers)
{
  dio_qemu_keyboard_set_modifiers (self->qemu->consoles[0].keyboard, modifiers);
  input_settle (self);
}

static void
count_notify (guint *n)
{
  (*n)++;
}

static void
test_locks (InputFixture *self, gconstpointer data)
{
  DioLocks locks;
  guint n = 0;

  g_assert_cmpuint (dio_keyboard_get_locks (self->keyboard), ==, 0);
  g_signal_connect_swapped (self->keyboard, "notify::locks", G_CALLBACK (count_notify), &n);
  light (self, 2);
  g_assert_cmpuint (dio_keyboard_get_locks (self->keyboard), ==, DIO_LOCK_NUM);
  light (self, G_MAXUINT);
  g_object_get (self->keyboard, "locks", &locks, NULL);
  g_assert_cmpuint (locks, ==, DIO_LOCK_SCROLL | DIO_LOCK_NUM | DIO_LOCK_CAPS);
  light (self, 7);
  g_assert_cmpuint (n, ==, 2);
}

static void
test_locks_unknown (InputFixture *self, gconstpointer data)
{
  g_autoptr (DioKeyboard) early = NULL;
  g_autoptr (DioKeyboard) lost = dio_keyboard_new (self->qemu->client, NULL, "/org/qemu/Display1/Console_7");
  gboolean known;

  light (self, 4);
  early = dio_keyboard_new (self->qemu->client, NULL, INPUT_PATH);
  g_assert_false (dio_keyboard_get_locks_known (early));
  /* It waits until it knows. */
  dio_keyboard_sync_locks (early, DIO_LOCK_NUM | DIO_LOCK_CAPS, DIO_LOCK_NUM | DIO_LOCK_CAPS);
  dio_keyboard_sync_locks (lost, DIO_LOCK_NUM, DIO_LOCK_NUM);
  wait_until (dio_keyboard_get_locks_known (early));
  g_object_get (early, "locks-known", &known, NULL);
  g_assert_true (known);
  assert_log (self, NUM_TAP);
  g_assert_false (dio_keyboard_get_locks_known (lost));
}

static void
test_sync (InputFixture *self, gconstpointer data)
{
  dio_keyboard_sync_locks (self->keyboard, DIO_LOCK_CAPS, DIO_LOCK_CAPS | DIO_LOCK_NUM);
  assert_log (self, CAPS_TAP);
  light (self, 4);
  dio_keyboard_sync_locks (self->keyboard, DIO_LOCK_CAPS, DIO_LOCK_CAPS | DIO_LOCK_NUM);
  assert_log (self, "");
  /* Those that are not in the mask are left. */
  dio_keyboard_sync_locks (self->keyboard, DIO_LOCK_SCROLL | DIO_LOCK_NUM, DIO_LOCK_NUM | DIO_LOCK_CAPS | 0x100);
  assert_log (self, NUM_TAP CAPS_TAP);
  light (self, 2);
  dio_keyboard_sync_locks (self->keyboard, DIO_LOCK_SCROLL, DIO_LOCK_SCROLL);
  assert_log (self, SCROLL_TAP);
}

/* A guest that never lights its LED is not asked again and again. */
static void
test_sync_deaf (InputFixture *self, gconstpointer data)
{
  for (guint i = 0; i < 20; i++)
    dio_keyboard_sync_locks (self->keyboard, i % 3 ? DIO_LOCK_CAPS : 0, DIO_LOCK_CAPS);
  assert_log (self, CAPS_TAP);
  /* Another LED is no answer. */
  light (self, 2);
  dio_keyboard_sync_locks (self->keyboard, DIO_LOCK_CAPS, DIO_LOCK_CAPS);
  assert_log (self, "");
  light (self, 6);
  dio_keyboard_sync_locks (self->keyboard, 0, DIO_LOCK_CAPS);
  assert_log (self, CAPS_TAP);
}

/* What is wanted changes before the guest has answered; one answer, one tap. */
static void
test_sync_late (InputFixture *self, gconstpointer data)
{
  dio_keyboard_sync_locks (self->keyboard, DIO_LOCK_NUM, DIO_LOCK_NUM);
  dio_keyboard_sync_locks (self->keyboard, 0, DIO_LOCK_NUM);
  assert_log (self, NUM_TAP);
  light (self, 2);
  assert_log (self, NUM_TAP);
  light (self, 0);
  /* What the guest does of itself stays. */
  light (self, 2);
  assert_log (self, "");
  /* Nothing is done later for one who has left. */
  dio_keyboard_sync_locks (self->keyboard, 0, DIO_LOCK_NUM);
  assert_log (self, NUM_TAP);
  dio_keyboard_sync_locks (self->keyboard, DIO_LOCK_NUM, DIO_LOCK_NUM);
  dio_keyboard_release_all (self->keyboard);
  light (self, 0);
  assert_log (self, "");
}

/* The user presses the key, which changes the host's lock and the guest's. */
static void
test_sync_pressed (InputFixture *self, gconstpointer data)
{
  dio_keyboard_press (self->keyboard, KEY_CAPSLOCK);
  dio_keyboard_sync_locks (self->keyboard, DIO_LOCK_CAPS, DIO_LOCK_CAPS);
  assert_log (self, "key 58 down\n");
  dio_keyboard_release (self->keyboard, KEY_CAPSLOCK);
  assert_log (self, "key 58 up\n");
  light (self, 4);
  assert_log (self, "");
  /* The LED before the key goes up; then the host says otherwise. */
  dio_keyboard_press_by (self->keyboard, DIO_KEY_HOLDER_BAR, KEY_CAPSLOCK);
  light (self, 0);
  dio_keyboard_sync_locks (self->keyboard, DIO_LOCK_CAPS, DIO_LOCK_CAPS);
  assert_log (self, "key 58 down\n");
  dio_keyboard_release_by (self->keyboard, DIO_KEY_HOLDER_BAR, KEY_CAPSLOCK);
  assert_log (self, "key 58 up\n" CAPS_TAP);
  light (self, 4);
  /* Not with Ctrl, either. */
  dio_keyboard_press (self->keyboard, KEY_LEFTCTRL);
  dio_keyboard_sync_locks (self->keyboard, DIO_LOCK_NUM | DIO_LOCK_CAPS, DIO_LOCK_NUM | DIO_LOCK_CAPS);
  assert_log (self, "key 29 down\n");
  dio_keyboard_release (self->keyboard, KEY_LEFTCTRL);
  assert_log (self, "key 29 up\n" NUM_TAP);
}

/* A tap that was not sent comes when QEMU keeps up; or not, for one who has left. */
static void
test_sync_stalled (InputFixture *self, gconstpointer data)
{
  fake_input_set_stalls (&self->qemu->input, TRUE);
  for (guint i = 0; i < 1000; i++)
    {
      dio_keyboard_press (self->keyboard, KEY_A);
      dio_keyboard_release (self->keyboard, KEY_A);
    }
  dio_keyboard_sync_locks (self->keyboard, DIO_LOCK_CAPS, DIO_LOCK_CAPS);
  input_settle (self);
  g_assert_cmpuint (g_queue_get_length (&self->qemu->input.held), <=, MAX_SENT + 1);
  fake_input_set_stalls (&self->qemu->input, FALSE);
  if (data)
    dio_keyboard_release_all (self->keyboard);
  input_settle (self);
  g_assert_cmpuint (input_count (self, "key 58"), ==, data ? 0 : 2);
  g_assert_true (g_str_has_suffix (self->qemu->log->str, data ? "key 30 up\n" : "key 30 up\n" CAPS_TAP));
  g_string_set_size (self->qemu->log, 0);
  light (self, 2);
  assert_log (self, "");
}

#define TEST(name) g_test_add ("/input/keyboard/" #name, InputFixture, NULL, input_set_up, test_##name, input_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  TEST (keys);
  TEST (release_all);
  TEST (combination);
  TEST (broken_combination);
  TEST (suspend);
  TEST (close);
  TEST (holders);
  TEST (many_keys);
  TEST (locks);
  TEST (locks_unknown);
  TEST (sync);
  TEST (sync_deaf);
  TEST (sync_late);
  TEST (sync_pressed);
  TEST (sync_stalled);
  g_test_add ("/input/keyboard/sync_stalled/left", InputFixture, stock_interfaces, input_set_up, test_sync_stalled,
              input_tear_down);
  return g_test_run ();
}
