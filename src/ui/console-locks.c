/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/console-locks.h"

#include "ui/console-view-input.h"
#include "base/debug.h"

#ifdef GDK_WINDOWING_X11
#include <X11/XKBlib.h>
#include <X11/keysym.h>
#include <gdk/x11/gdkx.h>
#endif

/* A key of both comes to the one before the other. */
#define SETTLE_MS 1000

struct _DioConsoleLocks
{
  GObject parent_instance;

  DioConsoleView *view; /* (unowned) */
  GdkDevice *device;    /* the host's keyboard */
  GSignalGroup *keyboard_signals;
  gboolean focused;
  guint settle_id;
  guint lead_id;
  DioLocks host_has; /* those that were seen lit there: not every layout lights Scroll Lock */
  DioLocks apart;
};

G_DEFINE_FINAL_TYPE (DioConsoleLocks, dio_console_locks, G_TYPE_OBJECT)

enum
{
  PROP_APART = 1,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

static DioLocks
get_host_locks (DioConsoleLocks *self)
{
  return (gdk_device_get_caps_lock_state (self->device) ? DIO_LOCK_CAPS : 0) |
         (gdk_device_get_num_lock_state (self->device) ? DIO_LOCK_NUM : 0) |
         (gdk_device_get_scroll_lock_state (self->device) ? DIO_LOCK_SCROLL : 0);
}

/* The guest's keyboard, while it has the host's; else NULL. */
static DioKeyboard *
get_keyboard (DioConsoleLocks *self)
{
  DioHead *head = self->focused && self->device ? dio_console_view_get_input_head (self->view) : NULL;

  return head ? dio_head_get_keyboard (head) : NULL;
}

static DioLocks
get_difference (DioConsoleLocks *self)
{
  DioKeyboard *keyboard = get_keyboard (self);

  return keyboard && dio_keyboard_get_locks_known (keyboard) ? dio_keyboard_get_locks (keyboard) ^ get_host_locks (self)
                                                             : 0;
}

static void
set_apart (DioConsoleLocks *self, DioLocks apart)
{
  if (self->apart == apart)
    return;
  self->apart = apart;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_APART]);
}

#ifdef GDK_WINDOWING_X11
/* Returns: those of MASK that the host's layout has. */
static DioLocks
set_host_locks (DioConsoleLocks *self, GdkDisplay *display, DioLocks locks, DioLocks mask)
{
  Display *xdisplay;
  unsigned int bits[] = { LockMask, 0, 0 }, affected = 0, on = 0;
  DioLocks settable = 0;
  static const DioLocks of_bits[] = { DIO_LOCK_CAPS, DIO_LOCK_NUM, DIO_LOCK_SCROLL };

  G_GNUC_BEGIN_IGNORE_DEPRECATIONS
  xdisplay = gdk_x11_display_get_xdisplay (display);
  G_GNUC_END_IGNORE_DEPRECATIONS
  bits[1] = XkbKeysymToModifiers (xdisplay, XK_Num_Lock);
  bits[2] = XkbKeysymToModifiers (xdisplay, XK_Scroll_Lock);
  for (guint i = 0; i < G_N_ELEMENTS (bits); i++)
    if (mask & of_bits[i] && bits[i])
      {
        settable |= of_bits[i];
        affected |= bits[i];
        on |= locks & of_bits[i] ? bits[i] : 0;
      }
  XkbLockModifiers (xdisplay, XkbUseCoreKbd, affected, on);
  return settable;
}
#endif

static void
on_settled (gpointer user_data)
{
  DioConsoleLocks *self = user_data;
  DioLocks difference = get_difference (self);

  self->settle_id = 0;
#ifdef GDK_WINDOWING_X11
  if (difference && GDK_IS_X11_DISPLAY (gdk_device_get_display (self->device)))
    {
      dio_debug (DIO_DEBUG_INPUT, "locks 0x%x of the host are set as the guest's", difference);
      difference &= ~set_host_locks (self, gdk_device_get_display (self->device),
                                     dio_keyboard_get_locks (get_keyboard (self)), difference);
    }
#endif
  set_apart (self, difference);
}

static void
settle (DioConsoleLocks *self)
{
  g_clear_handle_id (&self->settle_id, g_source_remove);
  if (get_difference (self))
    self->settle_id = g_timeout_add_once (SETTLE_MS, on_settled, self);
  else
    set_apart (self, 0);
}

static void
lead_guest (DioConsoleLocks *self)
{
  DioKeyboard *keyboard = get_keyboard (self);

  if (self->device)
    self->host_has |= get_host_locks (self);
  if (keyboard && dio_keyboard_get_locks_known (keyboard))
    dio_keyboard_sync_locks (keyboard, get_host_locks (self),
                             DIO_LOCK_CAPS | DIO_LOCK_NUM | (self->host_has & DIO_LOCK_SCROLL));
  settle (self);
}

static gboolean
on_events_handled (gpointer user_data)
{
  DioConsoleLocks *self = user_data;

  self->lead_id = 0;
  lead_guest (self);
  return G_SOURCE_REMOVE;
}

/* GDK tells of this before it hands out the press that it comes from, which goes to the guest as well: not a tap too
 * many. */
static void
on_host_changed (DioConsoleLocks *self)
{
  if (!self->lead_id)
    self->lead_id = g_idle_add_full (GDK_PRIORITY_REDRAW + 1, on_events_handled, self, NULL);
}

void
dio_console_locks_set_focused (DioConsoleLocks *self, gboolean focused)
{
  g_return_if_fail (DIO_IS_CONSOLE_LOCKS (self));

  self->focused = focused;
  lead_guest (self);
}

void
dio_console_locks_update (DioConsoleLocks *self)
{
  DioHead *head;

  g_return_if_fail (DIO_IS_CONSOLE_LOCKS (self));

  head = dio_console_view_get_head (self->view);
  g_signal_group_set_target (self->keyboard_signals, head ? dio_head_get_keyboard (head) : NULL);
  lead_guest (self);
}

static void
dio_console_locks_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  switch (id)
    {
    case PROP_APART:
      g_value_set_flags (value, DIO_CONSOLE_LOCKS (object)->apart);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
dio_console_locks_dispose (GObject *object)
{
  DioConsoleLocks *self = DIO_CONSOLE_LOCKS (object);

  g_clear_handle_id (&self->settle_id, g_source_remove);
  g_clear_handle_id (&self->lead_id, g_source_remove);
  g_clear_object (&self->keyboard_signals);
  g_clear_object (&self->device);
  G_OBJECT_CLASS (dio_console_locks_parent_class)->dispose (object);
}

static void
dio_console_locks_class_init (DioConsoleLocksClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = dio_console_locks_get_property;
  object_class->dispose = dio_console_locks_dispose;
  props[PROP_APART] = g_param_spec_flags ("apart", NULL, NULL, DIO_TYPE_LOCKS, 0,
                                          G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
dio_console_locks_init (DioConsoleLocks *self)
{
  self->keyboard_signals = g_signal_group_new (DIO_TYPE_KEYBOARD);
  g_signal_group_connect_swapped (self->keyboard_signals, "notify::locks", G_CALLBACK (settle), self);
  g_signal_group_connect_swapped (self->keyboard_signals, "notify::locks-known", G_CALLBACK (lead_guest), self);
}

DioConsoleLocks *
dio_console_locks_new (DioConsoleView *view)
{
  static const char *const states[] = { "notify::caps-lock-state", "notify::num-lock-state",
                                        "notify::scroll-lock-state" };
  DioConsoleLocks *self = g_object_new (DIO_TYPE_CONSOLE_LOCKS, NULL);
  GdkSeat *seat = gdk_display_get_default_seat (gtk_widget_get_display (GTK_WIDGET (view)));

  self->view = view;
  if (seat)
    g_set_object (&self->device, gdk_seat_get_keyboard (seat));
  for (guint i = 0; self->device && i < G_N_ELEMENTS (states); i++)
    g_signal_connect_object (self->device, states[i], G_CALLBACK (on_host_changed), self, G_CONNECT_SWAPPED);
  return self;
}
