/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* Storms of keys, buttons, wheels, fingers and locks on a head's devices, and on the touch screen of another head, as
 * the input has them, to a QEMU that stalls, answers errors, changes its mind and goes. A model of the guest looks on:
 * nothing is lifted that is not down, nothing is down in the end, and no position or way is lost. */
#include "input-fixture.h"

#include <linux/input-event-codes.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

#define N_FINGERS 14
#define N_BUTTONS 9
#define STORM_LENGTH 250
#define MAX_OPERATIONS 4000
/* One sender's for keys, buttons, wheels and either touch screen, and what must arrive beyond. */
#define MAX_HELD (5 * (MAX_SENT + 100))

static const guint keys[] = { KEY_A,        KEY_B,       KEY_LEFTCTRL,   KEY_RIGHTALT,
                              KEY_CAPSLOCK, KEY_NUMLOCK, KEY_SCROLLLOCK, KEY_KPENTER };
static const guint buttons[] = { DIO_MOUSE_LEFT, DIO_MOUSE_MIDDLE, DIO_MOUSE_RIGHT, DIO_MOUSE_SIDE, DIO_MOUSE_EXTRA };
/* Key numbers of the locks, in the order of their bits. */
static const guint lock_qnums[] = { 0x46, 0x45, 0x3a };

/* What the guest has been told. */
typedef struct
{
  gboolean keys[256], buttons[N_BUTTONS], fingers[DIO_TOUCH_MAX_FINGERS];
  double finger_x[DIO_TOUCH_MAX_FINGERS], finger_y[DIO_TOUCH_MAX_FINGERS];
  guint x, y;
  gint64 way_x, way_y;
  guint modifiers, n_lock_presses[3], n_led_changes[3];
} Guest;

typedef struct
{
  FakeQemu *qemu;
  const char *const *interfaces;
  DioTouchSlots *slots;
  DioKeyboard *keyboard;
  DioMouse *mouse;
  DioTouch *touch[2];
  Guest guest;
  gboolean lights_leds; /* the guest does */
  gboolean dead;
  gboolean position_counts, ways_count;
  gboolean knows_mode; /* the mouse knows whether it is absolute; what came before that does not count */
  guint x, y;
  gint64 way_x, way_y;
  guint n_lock_presses[3]; /* by the user */
  guint n_operations;
} State;

/* Kept from one input to the next, as long as it lives. */
static FakeQemu *common_qemu;

/* --- the guest --- */

static void
see_lock (State *self, guint qnum)
{
  for (guint i = 0; i < G_N_ELEMENTS (lock_qnums); i++)
    if (lock_qnums[i] == qnum)
      {
        self->guest.n_lock_presses[i]++;
        if (self->lights_leds)
          self->guest.modifiers ^= 1u << i;
      }
}

static void
see_finger (State *self, guint kind, guint slot, double x, double y)
{
  Guest *guest = &self->guest;

  g_assert_cmpuint (slot, <, DIO_TOUCH_MAX_FINGERS);
  g_assert_cmpuint (kind, <=, 2);
  g_assert_true (x >= 0 && x <= 65535 && y >= 0 && y <= 65535);
  g_assert_true (guest->fingers[slot] == (kind != 0));
  /* It ends where the guest knows it to be. */
  if (kind == 2)
    g_assert_true (guest->finger_x[slot] == x && guest->finger_y[slot] == y);
  guest->fingers[slot] = kind != 2;
  guest->finger_x[slot] = x;
  guest->finger_y[slot] = y;
}

static void
see_line (State *self, const char *line)
{
  Guest *guest = &self->guest;
  char verb[16] = "";
  guint number, kind;
  int a, b;
  double x, y;

  if (sscanf (line, "key %u %15s", &number, verb) == 2)
    {
      g_assert_cmpuint (number, <, 256);
      g_assert_true (guest->keys[number] == g_str_equal (verb, "up"));
      guest->keys[number] = !guest->keys[number];
      if (guest->keys[number])
        see_lock (self, number);
    }
  else if (sscanf (line, "button %u %15s", &number, verb) == 2)
    {
      g_assert_cmpuint (number, <, N_BUTTONS);
      g_assert_true (guest->buttons[number] == g_str_equal (verb, "up"));
      guest->buttons[number] = !guest->buttons[number];
      g_assert_false (self->interfaces == our_interfaces &&
                      (number == DIO_MOUSE_WHEEL_UP || number >= DIO_MOUSE_WHEEL_LEFT));
    }
  else if (sscanf (line, "touch %u %u %lf %lf", &kind, &number, &x, &y) == 4)
    see_finger (self, kind, number, x, y);
  else if (sscanf (line, "position %u %u", &guest->x, &guest->y) == 2)
    ;
  else if (sscanf (line, "motion %d %d", &a, &b) == 2)
    {
      guest->way_x += a;
      guest->way_y += b;
    }
  else if (sscanf (line, "scroll %d %d", &a, &b) == 2)
    {
      g_assert_true (self->interfaces == our_interfaces && (a != 0 || b != 0));
      g_assert_true (ABS (a) <= 3840 && ABS (b) <= 3840);
    }
  else
    g_error ("what is “%s”?", line);
}

static void
set_modifiers (State *self, guint modifiers)
{
  guint changed = modifiers ^ dio_qemu_keyboard_get_modifiers (self->qemu->consoles[0].keyboard);

  for (guint i = 0; i < G_N_ELEMENTS (lock_qnums); i++)
    self->guest.n_led_changes[i] += (changed >> i) & 1;
  self->guest.modifiers = modifiers;
  dio_qemu_keyboard_set_modifiers (self->qemu->consoles[0].keyboard, modifiers);
}

static void
read_log (State *self)
{
  g_auto (GStrv) lines = g_strsplit (self->qemu->log->str, "\n", -1);

  g_string_set_size (self->qemu->log, 0);
  for (guint i = 0; lines[i] && *lines[i]; i++)
    see_line (self, lines[i]);
  set_modifiers (self, self->guest.modifiers);
}

/* Lets everything arrive; the guest lights its LEDs, which may be answered. */
static void
settle (State *self)
{
  InputFixture fixture = { .qemu = self->qemu };
  guint n_rounds = 0;

  if (self->dead)
    return;
  do
    {
      g_assert_cmpuint (n_rounds++, <, 20);
      input_settle (&fixture);
      g_assert_cmpuint (g_queue_get_length (&self->qemu->input.held), <, MAX_HELD);
      read_log (self);
      input_settle (&fixture);
    }
  while (self->qemu->log->len > 0);
}

/* --- what the user, and QEMU, do --- */

static void
press_key (State *self, DioKeyHolder holder, guint code)
{
  guint before = dio_keyboard_get_n_pressed (self->keyboard);

  dio_keyboard_press_by (self->keyboard, holder, code);
  for (guint i = 0; i < G_N_ELEMENTS (lock_qnums); i++)
    if (code == (guint[]) { KEY_SCROLLLOCK, KEY_NUMLOCK, KEY_CAPSLOCK }[i])
      self->n_lock_presses[i] += dio_keyboard_get_n_pressed (self->keyboard) - before;
}

static void
move (State *self, int dx, int dy)
{
  self->way_x += dx;
  self->way_y += dy;
  dio_mouse_move (self->mouse, dx, dy);
}

static void
set_position (State *self, guint x, guint y)
{
  self->x = x;
  self->y = y;
  self->position_counts = self->knows_mode;
  dio_mouse_set_position (self->mouse, x, y);
}

/* Motion that was not sent in one mode is not sent in the other. */
static void
set_absolute (State *self, gboolean is_absolute)
{
  dio_qemu_mouse_set_is_absolute (self->qemu->consoles[0].mouse, is_absolute);
  settle (self);
  self->position_counts = self->ways_count = FALSE;
}

static void
release_all (State *self, guint device)
{
  switch (device)
    {
    case 0:
      dio_keyboard_release_all (self->keyboard);
      break;
    case 1:
      dio_mouse_release_all (self->mouse);
      break;
    default:
      dio_touch_release_all (self->touch[device % 2]);
      break;
    }
}

static void
die (State *self)
{
  fake_qemu_die (self->qemu);
  wait_until (g_dbus_connection_is_closed (self->qemu->client));
  self->dead = TRUE;
}

static void
change_qemu (State *self, guint8 how)
{
  switch (how % 8)
    {
    case 0:
      fake_input_set_stalls (&self->qemu->input, TRUE);
      break;
    case 1:
      self->qemu->input.fails = (how & 8) != 0;
      break;
    case 2:
      set_absolute (self, (how & 8) != 0);
      break;
    case 3:
      dio_qemu_input_set_touch_ready (self->qemu->consoles[0].input, (how & 8) != 0);
      break;
    case 4:
      set_modifiers (self, how * 0x01010101u);
      break;
    case 5:
      if (how == 0xdd && !self->dead)
        die (self);
      break;
    default:
      fake_input_set_stalls (&self->qemu->input, FALSE);
      break;
    }
}

static void
do_touch (State *self, guint what, guint8 which, double x, double y)
{
  DioTouch *touch = self->touch[which & 1];
  gconstpointer finger = GUINT_TO_POINTER (1 + (which >> 1) % N_FINGERS);

  if (what == 0)
    dio_touch_begin (touch, finger, x, y);
  else if (what == 1)
    dio_touch_move (touch, finger, x, y);
  else
    dio_touch_end (touch, finger);
}

static void
operate (State *self, guint8 what, guint8 with, guint8 and)
{
  const guint combination[] = { KEY_LEFTCTRL, keys[with % 4], KEY_DELETE };

  if (self->n_operations++ >= MAX_OPERATIONS)
    return;
  switch (what % 16)
    {
    case 0:
      press_key (self, and&1 ? DIO_KEY_HOLDER_BAR : DIO_KEY_HOLDER_KEYS, keys[with % G_N_ELEMENTS (keys)]);
      break;
    case 1:
      dio_keyboard_release_by (self->keyboard, and&1 ? DIO_KEY_HOLDER_BAR : DIO_KEY_HOLDER_KEYS,
                               keys[with % G_N_ELEMENTS (keys)]);
      break;
    case 2:
      dio_keyboard_send_combination (self->keyboard, combination, 3);
      break;
    case 3:
      dio_keyboard_sync_locks (self->keyboard, with, and);
      break;
    case 4:
      dio_mouse_press (self->mouse, buttons[with % G_N_ELEMENTS (buttons)]);
      break;
    case 5:
      dio_mouse_release (self->mouse, buttons[with % G_N_ELEMENTS (buttons)]);
      break;
    case 6:
      set_position (self, with, and);
      break;
    case 7:
      move (self, (gint8) with, (gint8) and);
      break;
    case 8:
      dio_mouse_scroll (self->mouse, (gint8) with / 40.0, (gint8) and / (with % 7 ? 120.0 : 1e-9));
      break;
    case 9:
    case 10:
    case 11:
      do_touch (self, what % 16 - 9, with, and, and== 255 ? -1e99 : and/ 2.0);
      break;
    case 12:
      dio_touch_set_every_point (self->touch[with & 1], and&1);
      break;
    case 13:
      release_all (self, with % 4);
      break;
    case 14:
      change_qemu (self, with);
      break;
    default:
      settle (self);
      break;
    }
}

static void
storm (State *self, guint32 seed)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  /* A storm has its own weather: what comes often in it. */
  guint8 often = (guint8) g_rand_int (rand);

  for (guint i = 0; i < STORM_LENGTH; i++)
    {
      guint8 what = g_rand_boolean (rand) ? often : (guint8) g_rand_int (rand);

      operate (self, what, (guint8) g_rand_int (rand), (guint8) g_rand_int (rand));
    }
}

/* --- one input --- */

static void
set_up (State *self, guint8 flags)
{
  InputFixture fixture;

  if (!common_qemu)
    common_qemu = fake_qemu_new (FAKE_QEMU_HONEST);
  fixture.qemu = self->qemu = common_qemu;
  fake_input_set_stalls (&self->qemu->input, FALSE);
  self->qemu->input.fails = FALSE;
  dio_qemu_mouse_set_is_absolute (self->qemu->consoles[0].mouse, TRUE);
  dio_qemu_keyboard_set_modifiers (self->qemu->consoles[0].keyboard, 0);
  input_settle (&fixture);
  g_string_set_size (self->qemu->log, 0);

  self->lights_leds = flags & 1;
  self->interfaces = flags & 2 ? our_interfaces : stock_interfaces;
  self->slots = dio_touch_slots_new ();
  self->keyboard = dio_keyboard_new (self->qemu->client, NULL, INPUT_PATH);
  self->mouse = dio_mouse_new (self->qemu->client, NULL, INPUT_PATH, self->interfaces);
  for (guint i = 0; i < G_N_ELEMENTS (self->touch); i++)
    self->touch[i] = dio_touch_new (self->qemu->client, NULL, i ? "/org/qemu/Display1/Console_1" : INPUT_PATH,
                                    self->interfaces, self->slots);
  /* Half of the storms begin before it is known what there is. */
  self->knows_mode = self->ways_count = (flags & 4) != 0;
  if (self->knows_mode)
    wait_until (dio_mouse_get_is_absolute (self->mouse) && dio_keyboard_get_locks_known (self->keyboard));
}

static void
judge (State *self)
{
  Guest *guest = &self->guest;

  for (guint i = 0; i < G_N_ELEMENTS (guest->keys); i++)
    g_assert_false (guest->keys[i]);
  for (guint i = 0; i < G_N_ELEMENTS (guest->buttons); i++)
    g_assert_false (guest->buttons[i]);
  for (guint i = 0; i < G_N_ELEMENTS (guest->fingers); i++)
    g_assert_false (guest->fingers[i]);
  if (self->position_counts)
    g_assert_true (guest->x == self->x && guest->y == self->y);
  if (self->ways_count)
    g_assert_true (guest->way_x == self->way_x && guest->way_y == self->way_y);
  /* No lock was tapped again before its LED had changed. */
  for (guint i = 0; i < G_N_ELEMENTS (lock_qnums); i++)
    g_assert_cmpuint (guest->n_lock_presses[i], <=, self->n_lock_presses[i] + guest->n_led_changes[i] + 1);
}

static void
tear_down (State *self)
{
  fake_input_set_stalls (&self->qemu->input, FALSE);
  for (guint device = 0; device < 4; device++)
    release_all (self, device);
  g_assert_cmpuint (dio_keyboard_get_n_pressed (self->keyboard), ==, 0);
  for (int i = 0; i < DIO_TOUCH_MAX_FINGERS; i++)
    g_assert_cmpint (dio_touch_slots_take (self->slots), ==, i);
  if (!self->dead)
    {
      settle (self);
      judge (self);
    }
  g_assert_finalize_object (self->keyboard);
  g_assert_finalize_object (self->mouse);
  g_assert_finalize_object (self->touch[0]);
  g_assert_finalize_object (self->touch[1]);
  g_assert_finalize_object (self->slots);
  if (self->dead)
    g_clear_pointer (&common_qemu, fake_qemu_free);
}

/* The first byte: what guest and QEMU are. Then four bytes each: an operation, two numbers for it, and how often it is
 * repeated; or a storm and its seed. */
int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  State state = { 0 };

  if (size == 0)
    return 0;
  set_up (&state, data[0]);
  for (gsize i = 1; i + 4 <= size && state.n_operations < MAX_OPERATIONS; i += 4)
    {
      const guint8 *code = data + i;

      if (code[0] & 0x80)
        storm (&state, code[1] | (guint) code[2] << 8 | (guint) code[3] << 16);
      else
        for (guint n = 0; n <= code[3]; n++)
          operate (&state, code[0], code[1], code[2] + (guint8) n);
    }
  tear_down (&state);
  return 0;
}
