/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "input/keyboard.h"

#include "base/debug.h"
#include "dbus/display1.h"
#include "input/keymap.h"
#include "input/sender.h"

#include <linux/input-event-codes.h>

#define N_QNUMS 256
#define HOLDER_COMBINATION (1 << 2)
#define ALL_LOCKS (DIO_LOCK_SCROLL | DIO_LOCK_NUM | DIO_LOCK_CAPS)

static const struct
{
  DioLocks lock;
  guint evdev_code;
} lock_keys[] = {
  { DIO_LOCK_SCROLL, KEY_SCROLLLOCK },
  { DIO_LOCK_NUM, KEY_NUMLOCK },
  { DIO_LOCK_CAPS, KEY_CAPSLOCK },
};

/* A key is what QEMU numbers: two evdev codes of one qnum are one key to the guest. */
struct _DioKeyboard
{
  GObject parent_instance;

  DioInputSender *sender;
  DioQemuKeyboard *proxy;
  GCancellable *cancellable;
  guint8 holders[N_QNUMS]; /* bits of DioKeyHolder, and HOLDER_COMBINATION; 0: not down */
  guint n_pressed;
  gboolean unheard[N_QNUMS]; /* lifted when the guest did not run */
  gboolean suspended;
  gboolean closed;

  DioLocks locks;
  gboolean locks_known;
  DioLocks unanswered; /* their keys were pressed, and the LED has not changed since */
  DioLocks to_sync;    /* not compared yet with WANTED, because of that, or because a key is down */
  DioLocks wanted;
};

enum
{
  PROP_0,
  PROP_LOCKS,
  PROP_LOCKS_KNOWN,
  N_PROPS
};

enum
{
  IDLE,
  PRESSED,
  LIFTED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FLAGS_TYPE (DioLocks, dio_locks, G_DEFINE_ENUM_VALUE (DIO_LOCK_SCROLL, "scroll"),
                     G_DEFINE_ENUM_VALUE (DIO_LOCK_NUM, "num"), G_DEFINE_ENUM_VALUE (DIO_LOCK_CAPS, "caps"))

G_DEFINE_FINAL_TYPE (DioKeyboard, dio_keyboard, G_TYPE_OBJECT)

/* --- keys --- */

static DioLocks
get_lock (guint qnum)
{
  for (guint i = 0; i < G_N_ELEMENTS (lock_keys); i++)
    if (dio_keymap_evdev_to_qnum (lock_keys[i].evdev_code) == qnum)
      return lock_keys[i].lock;
  return 0;
}

static gboolean
send (DioKeyboard *self, guint qnum, gboolean down)
{
  if (self->closed)
    return FALSE;
  dio_debug (DIO_DEBUG_INPUT, "key 0x%02x %s", qnum, down ? "down" : "up");
  return dio_input_sender_send (self->sender, down ? "Press" : "Release", g_variant_new ("(u)", qnum),
                                down ? DIO_INPUT_CAN_DROP : DIO_INPUT_MUST_ARRIVE);
}

/* Returns: whether it is down. */
static gboolean
press (DioKeyboard *self, guint evdev_code, guint holder)
{
  guint qnum = dio_keymap_evdev_to_qnum (evdev_code);

  if (qnum == 0)
    return FALSE;
  if (!self->holders[qnum])
    {
      if (!send (self, qnum, TRUE))
        return FALSE;
      self->n_pressed++;
      self->unanswered |= get_lock (qnum);
    }
  self->holders[qnum] |= holder;
  g_signal_emit (self, signals[PRESSED], 0, evdev_code);
  return TRUE;
}

static void
release (DioKeyboard *self, guint qnum, guint holders)
{
  if (!(self->holders[qnum] & holders))
    return;
  self->holders[qnum] &= ~holders;
  if (self->holders[qnum])
    return;
  self->n_pressed--;
  send (self, qnum, FALSE);
}

static void
sync_locks (DioKeyboard *self)
{
  /* With other keys it may be another: Ctrl+Num Lock is Pause. */
  if (!self->locks_known || self->n_pressed > 0)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (lock_keys); i++)
    {
      guint qnum = dio_keymap_evdev_to_qnum (lock_keys[i].evdev_code);
      DioLocks lock = lock_keys[i].lock;

      if (!(self->to_sync & lock) || self->unanswered & lock)
        continue;
      self->to_sync &= ~lock;
      if (!((self->locks ^ self->wanted) & lock))
        continue;
      if (!press (self, lock_keys[i].evdev_code, HOLDER_COMBINATION))
        {
          self->to_sync |= lock;
          continue;
        }
      release (self, qnum, HOLDER_COMBINATION);
    }
}

gboolean
dio_keyboard_press_by (DioKeyboard *self, DioKeyHolder holder, guint evdev_code)
{
  g_return_val_if_fail (DIO_IS_KEYBOARD (self), FALSE);
  press (self, evdev_code, holder);
  return dio_keymap_evdev_to_qnum (evdev_code) != 0;
}

gboolean
dio_keyboard_release_by (DioKeyboard *self, DioKeyHolder holder, guint evdev_code)
{
  guint qnum = dio_keymap_evdev_to_qnum (evdev_code);

  g_return_val_if_fail (DIO_IS_KEYBOARD (self), FALSE);
  if (qnum == 0)
    return FALSE;
  release (self, qnum, holder);
  sync_locks (self);
  return TRUE;
}

gboolean
dio_keyboard_press (DioKeyboard *self, guint evdev_code)
{
  return dio_keyboard_press_by (self, DIO_KEY_HOLDER_KEYS, evdev_code);
}

gboolean
dio_keyboard_release (DioKeyboard *self, guint evdev_code)
{
  return dio_keyboard_release_by (self, DIO_KEY_HOLDER_KEYS, evdev_code);
}

void
dio_keyboard_release_all (DioKeyboard *self)
{
  g_return_if_fail (DIO_IS_KEYBOARD (self));
  self->to_sync = 0;
  for (guint qnum = 0; qnum < N_QNUMS && self->n_pressed > 0; qnum++)
    release (self, qnum, G_MAXUINT);
  g_signal_emit (self, signals[LIFTED], 0);
}

void
dio_keyboard_suspend (DioKeyboard *self)
{
  g_return_if_fail (DIO_IS_KEYBOARD (self));
  for (guint qnum = 0; qnum < N_QNUMS; qnum++)
    self->unheard[qnum] = self->unheard[qnum] || self->holders[qnum];
  self->suspended = TRUE;
  dio_keyboard_release_all (self);
}

static void
emit_idle (DioKeyboard *self)
{
  if (dio_keyboard_is_idle (self))
    g_signal_emit (self, signals[IDLE], 0);
}

/* QEMU itself knows of the release, and drops a second one: hence a press, which the guest takes for a repeat. */
void
dio_keyboard_resume (DioKeyboard *self)
{
  g_return_if_fail (DIO_IS_KEYBOARD (self));
  if (!self->suspended)
    return;
  self->suspended = FALSE;
  for (guint qnum = 0; qnum < N_QNUMS; qnum++)
    {
      if (self->unheard[qnum] && !self->holders[qnum] && send (self, qnum, TRUE))
        send (self, qnum, FALSE);
      self->unheard[qnum] = FALSE;
    }
  emit_idle (self);
}

void
dio_keyboard_close (DioKeyboard *self)
{
  g_return_if_fail (DIO_IS_KEYBOARD (self));
  if (self->closed)
    return;
  dio_keyboard_release_all (self);
  self->closed = TRUE;
  emit_idle (self);
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
  return self->closed || (!self->suspended && dio_input_sender_is_idle (self->sender));
}

gboolean
dio_keyboard_send_combination (DioKeyboard *self, const guint *evdev_codes, guint n)
{
  gboolean all = TRUE;

  g_return_val_if_fail (DIO_IS_KEYBOARD (self), FALSE);
  for (guint i = 0; i < n && all; i++)
    all = press (self, evdev_codes[i], HOLDER_COMBINATION);
  for (guint i = n; i-- > 0;)
    dio_keyboard_release_by (self, HOLDER_COMBINATION, evdev_codes[i]);
  return all;
}

static void
on_idle (gpointer sender, gpointer user_data)
{
  DioKeyboard *self = user_data;

  if (!self->suspended)
    sync_locks (self);
  emit_idle (self);
}

/* --- locks --- */

DioLocks
dio_keyboard_get_locks (DioKeyboard *self)
{
  g_return_val_if_fail (DIO_IS_KEYBOARD (self), 0);
  return self->locks;
}

gboolean
dio_keyboard_get_locks_known (DioKeyboard *self)
{
  g_return_val_if_fail (DIO_IS_KEYBOARD (self), FALSE);
  return self->locks_known;
}

void
dio_keyboard_sync_locks (DioKeyboard *self, DioLocks wanted, DioLocks mask)
{
  g_return_if_fail (DIO_IS_KEYBOARD (self));
  mask &= ALL_LOCKS;
  self->wanted = (self->wanted & ~mask) | (wanted & mask);
  self->to_sync |= mask;
  sync_locks (self);
}

static void
on_modifiers_changed (DioKeyboard *self)
{
  g_autoptr (GVariant) value = g_dbus_proxy_get_cached_property (G_DBUS_PROXY (self->proxy), "Modifiers");
  DioLocks locks;

  if (!value || !g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32))
    return;
  locks = g_variant_get_uint32 (value) & ALL_LOCKS;
  g_object_freeze_notify (G_OBJECT (self));
  if (!self->locks_known)
    {
      self->locks_known = TRUE;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LOCKS_KNOWN]);
    }
  if (self->locks != locks)
    {
      self->unanswered &= ~(self->locks ^ locks);
      self->locks = locks;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LOCKS]);
    }
  sync_locks (self);
  g_object_thaw_notify (G_OBJECT (self));
}

/* USER_DATA is not kept alive by the call, which is cancelled with it. */
static void
on_proxy_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DioQemuKeyboard) proxy = dio_qemu_keyboard_proxy_new_finish (result, &error);
  DioKeyboard *self;

  if (!proxy)
    {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        dio_debug (DIO_DEBUG_INPUT, "no keyboard: %s", error->message);
      return;
    }
  if (g_cancellable_is_cancelled (g_task_get_cancellable (G_TASK (result))))
    return;
  self = user_data;
  self->proxy = g_steal_pointer (&proxy);
  g_signal_connect_object (self->proxy, "notify::modifiers", G_CALLBACK (on_modifiers_changed), self,
                           G_CONNECT_SWAPPED);
  on_modifiers_changed (self);
}

/* --- the object --- */

static void
dio_keyboard_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  DioKeyboard *self = DIO_KEYBOARD (object);

  switch (prop_id)
    {
    case PROP_LOCKS:
      g_value_set_flags (value, self->locks);
      break;
    case PROP_LOCKS_KNOWN:
      g_value_set_boolean (value, self->locks_known);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
dio_keyboard_dispose (GObject *object)
{
  DioKeyboard *self = DIO_KEYBOARD (object);

  if (self->cancellable)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->proxy);
  g_clear_pointer (&self->sender, dio_input_sender_free);
  G_OBJECT_CLASS (dio_keyboard_parent_class)->dispose (object);
}

static void
dio_keyboard_class_init (DioKeyboardClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = dio_keyboard_get_property;
  object_class->dispose = dio_keyboard_dispose;
  properties[PROP_LOCKS] = g_param_spec_flags ("locks", NULL, NULL, DIO_TYPE_LOCKS, 0, flags);
  properties[PROP_LOCKS_KNOWN] = g_param_spec_boolean ("locks-known", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[IDLE] = g_signal_new ("idle", DIO_TYPE_KEYBOARD, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[PRESSED] =
      g_signal_new ("pressed", DIO_TYPE_KEYBOARD, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
  signals[LIFTED] = g_signal_new ("lifted", DIO_TYPE_KEYBOARD, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
dio_keyboard_init (DioKeyboard *self)
{
  self->cancellable = g_cancellable_new ();
}

DioKeyboard *
dio_keyboard_new (GDBusConnection *connection, const char *bus_name, const char *object_path)
{
  DioKeyboard *self = g_object_new (DIO_TYPE_KEYBOARD, NULL);

  self->sender = dio_input_sender_new (connection, bus_name, object_path, "org.qemu.Display1.Keyboard");
  dio_input_sender_set_idle_callback (self->sender, on_idle, self);
  dio_qemu_keyboard_proxy_new (connection, G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START, bus_name, object_path,
                               self->cancellable, on_proxy_ready, self);
  return self;
}
