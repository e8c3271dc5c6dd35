/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/console-modifiers.h"

#include <linux/input-event-codes.h>

/* Not the right Alt, which is AltGr in much of the world. */
static const struct
{
  guint code;
  GdkModifierType modifier;
} keys[] = {
  { KEY_LEFTCTRL, GDK_CONTROL_MASK }, { KEY_RIGHTCTRL, GDK_CONTROL_MASK }, { KEY_LEFTSHIFT, GDK_SHIFT_MASK },
  { KEY_RIGHTSHIFT, GDK_SHIFT_MASK }, { KEY_LEFTALT, GDK_ALT_MASK },       { KEY_LEFTMETA, GDK_SUPER_MASK },
  { KEY_RIGHTMETA, GDK_SUPER_MASK },
};

struct _DioConsoleModifiers
{
  DioShortcutList *list; /* (unowned) */
  DioShortcutGrab *grab; /* (unowned) */

  guint held;      /* by the user: bit per entry of keys */
  guint sent;      /* to the guest */
  gboolean passed; /* the guest has what is held, whatever it might become */
  gboolean lone;   /* the guest has seen nothing else since Super or Alt */
};

static int
find (guint code)
{
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (keys[i].code == code)
      return (int) i;
  return -1;
}

static GdkModifierType
get_modifiers (guint bits)
{
  GdkModifierType modifiers = 0;

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (bits & 1u << i)
      modifiers |= keys[i].modifier;
  return modifiers;
}

/* Ctrl means nothing by itself anywhere, and whatever was pressed besides it means nothing by itself either. */
static void
make_harmless (DioConsoleModifiers *self, DioKeyboard *keyboard)
{
  guint code = KEY_LEFTCTRL;

  if (self->lone && (get_modifiers (self->sent) & (GDK_ALT_MASK | GDK_SUPER_MASK)))
    dio_keyboard_send_combination (keyboard, &code, 1);
  self->lone = FALSE;
}

static void
set_sent (DioConsoleModifiers *self, DioKeyboard *keyboard, guint wanted)
{
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (self->sent & ~wanted & 1u << i)
      dio_keyboard_release (keyboard, keys[i].code);
    else if (wanted & ~self->sent & 1u << i)
      {
        dio_keyboard_press (keyboard, keys[i].code);
        self->lone = self->sent == 0 && (keys[i].modifier & (GDK_ALT_MASK | GDK_SUPER_MASK)) != 0;
      }
  self->sent = wanted;
}

static void
update (DioConsoleModifiers *self, DioKeyboard *keyboard)
{
  gboolean waits = dio_shortcut_list_waits_for (self->list, get_modifiers (self->held));

  dio_shortcut_grab_set_lifted (self->grab, waits);
  if (waits && !self->passed)
    {
      make_harmless (self, keyboard);
      set_sent (self, keyboard, 0);
    }
  else
    set_sent (self, keyboard, self->held);
}

gboolean
dio_console_modifiers_press (DioConsoleModifiers *self, DioKeyboard *keyboard, guint code)
{
  int key = find (code);

  if (key < 0)
    return FALSE;
  /* A key that is held repeats. */
  if (!(self->held & 1u << key))
    {
      self->held |= 1u << key;
      self->passed = FALSE;
      update (self, keyboard);
    }
  return TRUE;
}

gboolean
dio_console_modifiers_release (DioConsoleModifiers *self, DioKeyboard *keyboard, guint code)
{
  int key = find (code);

  if (key < 0)
    return FALSE;
  self->held &= ~(1u << key);
  update (self, keyboard);
  self->passed = self->held != 0 && self->passed;
  return TRUE;
}

void
dio_console_modifiers_pass_on (DioConsoleModifiers *self, DioKeyboard *keyboard)
{
  self->passed = TRUE;
  set_sent (self, keyboard, self->held);
  self->lone = FALSE;
}

void
dio_console_modifiers_forget (DioConsoleModifiers *self, DioKeyboard *keyboard)
{
  if (keyboard)
    make_harmless (self, keyboard);
  self->held = self->sent = 0;
  self->passed = self->lone = FALSE;
  dio_shortcut_grab_set_lifted (self->grab, FALSE);
}

DioConsoleModifiers *
dio_console_modifiers_new (DioShortcutList *list, DioShortcutGrab *grab)
{
  DioConsoleModifiers *self = g_new0 (DioConsoleModifiers, 1);

  self->list = list;
  self->grab = grab;
  return self;
}

void
dio_console_modifiers_free (DioConsoleModifiers *self)
{
  g_free (self);
}
