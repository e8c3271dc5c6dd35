/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "input/keyboard.h"

#include "base/debug.h"
#include "input/keymap.h"
#include "input/sender.h"

#define N_QNUMS 256

/* A key is what QEMU numbers: two evdev codes of one qnum are one key to the guest. */
struct _DioKeyboard
{
  GObject parent_instance;

  DioInputSender *sender;
  gboolean pressed[N_QNUMS];
  guint n_pressed;
};

enum
{
  IDLE,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DioKeyboard, dio_keyboard, G_TYPE_OBJECT)

static gboolean
send (DioKeyboard *self, guint qnum, gboolean down)
{
  dio_debug (DIO_DEBUG_INPUT, "key 0x%02x %s", qnum, down ? "down" : "up");
  return dio_input_sender_send (self->sender, down ? "Press" : "Release", g_variant_new ("(u)", qnum),
                                down ? DIO_INPUT_CAN_DROP : DIO_INPUT_MUST_ARRIVE);
}

static gboolean
press (DioKeyboard *self, guint qnum)
{
  if (self->pressed[qnum])
    return TRUE;
  if (!send (self, qnum, TRUE))
    return FALSE;
  self->pressed[qnum] = TRUE;
  self->n_pressed++;
  return TRUE;
}

static void
release (DioKeyboard *self, guint qnum)
{
  if (!self->pressed[qnum])
    return;
  self->pressed[qnum] = FALSE;
  self->n_pressed--;
  send (self, qnum, FALSE);
}

gboolean
dio_keyboard_press (DioKeyboard *self, guint evdev_code)
{
  guint qnum = dio_keymap_evdev_to_qnum (evdev_code);

  g_return_val_if_fail (DIO_IS_KEYBOARD (self), FALSE);
  if (qnum == 0)
    return FALSE;
  press (self, qnum);
  return TRUE;
}

gboolean
dio_keyboard_release (DioKeyboard *self, guint evdev_code)
{
  guint qnum = dio_keymap_evdev_to_qnum (evdev_code);

  g_return_val_if_fail (DIO_IS_KEYBOARD (self), FALSE);
  if (qnum == 0)
    return FALSE;
  release (self, qnum);
  return TRUE;
}

void
dio_keyboard_release_all (DioKeyboard *self)
{
  g_return_if_fail (DIO_IS_KEYBOARD (self));
  for (guint qnum = 0; qnum < N_QNUMS && self->n_pressed > 0; qnum++)
    release (self, qnum);
}

guint
dio_keyboard_get_n_pressed (DioKeyboard *self)
{
  g_return_val_if_fail (DIO_IS_KEYBOARD (self), 0);
  return self->n_pressed;
}

gboolean
dio_keyboard_is_idle (DioKeyboard *self)
{
  g_return_val_if_fail (DIO_IS_KEYBOARD (self), TRUE);
  return dio_input_sender_is_idle (self->sender);
}

gboolean
dio_keyboard_send_combination (DioKeyboard *self, const guint *evdev_codes, guint n)
{
  g_autofree gboolean *ours = g_new0 (gboolean, n);
  gboolean all = TRUE;

  g_return_val_if_fail (DIO_IS_KEYBOARD (self), FALSE);
  for (guint i = 0; i < n; i++)
    {
      guint qnum = dio_keymap_evdev_to_qnum (evdev_codes[i]);

      ours[i] = qnum != 0 && !self->pressed[qnum];
      all = qnum != 0 && press (self, qnum) && all;
    }
  for (guint i = n; i-- > 0;)
    if (ours[i])
      release (self, dio_keymap_evdev_to_qnum (evdev_codes[i]));
  return all;
}

static void
on_idle (gpointer sender, gpointer user_data)
{
  g_signal_emit (user_data, signals[IDLE], 0);
}

static void
dio_keyboard_dispose (GObject *object)
{
  DioKeyboard *self = DIO_KEYBOARD (object);

  g_clear_pointer (&self->sender, dio_input_sender_free);
  G_OBJECT_CLASS (dio_keyboard_parent_class)->dispose (object);
}

static void
dio_keyboard_class_init (DioKeyboardClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dio_keyboard_dispose;
  signals[IDLE] = g_signal_new ("idle", DIO_TYPE_KEYBOARD, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
dio_keyboard_init (DioKeyboard *self)
{
}

DioKeyboard *
dio_keyboard_new (GDBusConnection *connection, const char *bus_name, const char *object_path)
{
  DioKeyboard *self = g_object_new (DIO_TYPE_KEYBOARD, NULL);

  self->sender = dio_input_sender_new (connection, bus_name, object_path, "org.qemu.Display1.Keyboard");
  dio_input_sender_set_idle_callback (self->sender, on_idle, self);
  return self;
}
