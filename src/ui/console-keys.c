/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/console-keys.h"

#include "ui/console-view-input.h"
#include "base/debug.h"
#include "ui/console-modifiers.h"
#include "ui/key-names.h"

#include <linux/input-event-codes.h>

struct _DioConsoleKeys
{
  GObject parent_instance;

  DioConsoleView *view;  /* (unowned) */
  DioShortcutList *kept; /* by the host */
  DioShortcutGrab *grab;
  DioConsoleModifiers *modifiers;

  gboolean ctrl_down;
  gboolean alt_down;
  gboolean chord_spoiled; /* something else was pressed: Ctrl+Alt is not alone */
  guint taken;            /* the key that did something with Ctrl+Alt, until it is lifted: it repeats; 0: none */
};

G_DEFINE_FINAL_TYPE (DioConsoleKeys, dio_console_keys, G_TYPE_OBJECT)

/* Returns: whether a key was Ctrl+Alt's last to be lifted, with nothing else in between. */
static gboolean
track_chord (DioConsoleKeys *self, guint code, gboolean down)
{
  gboolean is_ctrl = code == KEY_LEFTCTRL || code == KEY_RIGHTCTRL;
  gboolean is_alt = code == KEY_LEFTALT; /* the right one is AltGr in much of the world */
  gboolean fires = !down && (is_ctrl || is_alt) && self->ctrl_down && self->alt_down && !self->chord_spoiled;

  if (down && (is_ctrl || is_alt) && !self->ctrl_down && !self->alt_down)
    self->chord_spoiled = FALSE;
  if (is_ctrl)
    self->ctrl_down = down;
  else if (is_alt)
    self->alt_down = down;
  else if (down)
    self->chord_spoiled = TRUE;
  return fires;
}

gboolean
dio_console_keys_press (DioConsoleKeys *self, guint keyval, guint keycode, GdkModifierType state, GdkEvent *event)
{
  const GdkModifierType chord = GDK_CONTROL_MASK | GDK_ALT_MASK;
  DioHead *head = dio_console_view_get_input_head (self->view);
  guint code = keycode - DIO_KEYCODE_OFFSET;

  if (keycode <= DIO_KEYCODE_OFFSET)
    return GDK_EVENT_PROPAGATE;
  if (code == self->taken)
    return GDK_EVENT_STOP;
  /* The guest has Ctrl and Alt down, but never sees the third key. */
  if ((state & chord) == chord && dio_console_view_zoom_key (self->view, keyval, code))
    {
      self->chord_spoiled = TRUE;
      return GDK_EVENT_STOP;
    }
  if (!head)
    return GDK_EVENT_PROPAGATE;

  track_chord (self, code, TRUE);
  if (dio_console_modifiers_press (self->modifiers, dio_head_get_keyboard (head), code))
    return GDK_EVENT_STOP;
  if (self->ctrl_down && self->alt_down && (code == KEY_ENTER || code == KEY_KPENTER))
    {
      dio_console_view_release_input (self->view);
      self->taken = code;
      g_signal_emit_by_name (self->view, "toggle-fullscreen");
      return GDK_EVENT_STOP;
    }
  if (self->ctrl_down && self->alt_down && code == KEY_F12)
    {
      self->taken = code;
      g_signal_emit_by_name (self->view, "toggle-diagnostics");
      return GDK_EVENT_STOP;
    }

  if (dio_shortcut_list_matches (self->kept, event))
    return GDK_EVENT_PROPAGATE;

  dio_debug (DIO_DEBUG_INPUT, "key %u down", code);
  dio_console_modifiers_pass_on (self->modifiers, dio_head_get_keyboard (head));
  dio_keyboard_press (dio_head_get_keyboard (head), code);
  return GDK_EVENT_STOP;
}

void
dio_console_keys_release (DioConsoleKeys *self, guint keycode)
{
  DioHead *head = dio_console_view_get_input_head (self->view);
  guint code = keycode - DIO_KEYCODE_OFFSET;

  if (code == self->taken)
    self->taken = 0;
  if (!head || keycode <= DIO_KEYCODE_OFFSET)
    return;

  dio_debug (DIO_DEBUG_INPUT, "key %u up", code);
  if (!dio_console_modifiers_release (self->modifiers, dio_head_get_keyboard (head), code))
    dio_keyboard_release (dio_head_get_keyboard (head), code);
  if (track_chord (self, code, FALSE))
    {
      dio_console_view_release_input (self->view);
      g_signal_emit_by_name (self->view, "release");
    }
}

void
dio_console_keys_spoil_chord (DioConsoleKeys *self)
{
  DioHead *head;

  g_return_if_fail (DIO_IS_CONSOLE_KEYS (self));

  head = dio_console_view_get_input_head (self->view);
  self->chord_spoiled = TRUE;
  if (head)
    dio_console_modifiers_pass_on (self->modifiers, dio_head_get_keyboard (head));
}

void
dio_console_keys_release_all (DioConsoleKeys *self)
{
  DioHead *head;

  g_return_if_fail (DIO_IS_CONSOLE_KEYS (self));

  self->ctrl_down = self->alt_down = self->chord_spoiled = FALSE;
  self->taken = 0;
  head = dio_console_view_get_head (self->view);
  dio_console_modifiers_forget (self->modifiers, head ? dio_head_get_keyboard (head) : NULL);
  if (head)
    dio_keyboard_release_all (dio_head_get_keyboard (head));
}

static void
on_accept_input_changed (DioConsoleKeys *self)
{
  dio_shortcut_grab_set_wanted (self->grab, dio_console_view_get_input_head (self->view) != NULL);
}

static void
on_refused (DioConsoleKeys *self)
{
  g_signal_emit_by_name (self->view, "shortcuts-refused");
}

static void
dio_console_keys_dispose (GObject *object)
{
  DioConsoleKeys *self = DIO_CONSOLE_KEYS (object);

  g_clear_pointer (&self->modifiers, dio_console_modifiers_free);
  g_clear_object (&self->grab);
  g_clear_object (&self->kept);
  G_OBJECT_CLASS (dio_console_keys_parent_class)->dispose (object);
}

static void
dio_console_keys_class_init (DioConsoleKeysClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dio_console_keys_dispose;
}

static void
dio_console_keys_init (DioConsoleKeys *self)
{
}

DioConsoleKeys *
dio_console_keys_new (DioConsoleView *view)
{
  DioConsoleKeys *self = g_object_new (DIO_TYPE_CONSOLE_KEYS, NULL);

  self->view = view;
  self->kept = dio_shortcut_list_new ();
  self->grab = dio_shortcut_grab_new (GTK_WIDGET (view));
  self->modifiers = dio_console_modifiers_new (self->kept, self->grab);
  g_signal_connect_object (self->grab, "refused", G_CALLBACK (on_refused), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (view, "notify::accept-input", G_CALLBACK (on_accept_input_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (view, "notify::head", G_CALLBACK (on_accept_input_changed), self, G_CONNECT_SWAPPED);
  return self;
}
