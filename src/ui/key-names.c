/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/key-names.h"

#include <glib/gi18n.h>
#include <linux/input-event-codes.h>

static const struct
{
  guint code;
  const char *name;
} names[] = {
  { KEY_LEFTCTRL, NC_ ("key", "Ctrl") },
  { KEY_LEFTALT, NC_ ("key", "Alt") },
  { KEY_LEFTSHIFT, NC_ ("key", "Shift") },
  { KEY_LEFTMETA, NC_ ("key", "Super") },
  { KEY_RIGHTALT, NC_ ("key", "AltGr") },
  { KEY_RIGHTCTRL, NC_ ("key", "Right Ctrl") },
  { KEY_RIGHTSHIFT, NC_ ("key", "Right Shift") },
  { KEY_RIGHTMETA, NC_ ("key", "Right Super") },
  { KEY_ESC, NC_ ("key", "Esc") },
  { KEY_TAB, NC_ ("key", "Tab") },
  { KEY_ENTER, NC_ ("key", "Enter") },
  { KEY_SPACE, NC_ ("key", "Space") },
  { KEY_BACKSPACE, NC_ ("key", "Backspace") },
  { KEY_DELETE, NC_ ("key", "Delete") },
  { KEY_INSERT, NC_ ("key", "Insert") },
  { KEY_HOME, NC_ ("key", "Home") },
  { KEY_END, NC_ ("key", "End") },
  { KEY_PAGEUP, NC_ ("key", "Page Up") },
  { KEY_PAGEDOWN, NC_ ("key", "Page Down") },
  { KEY_UP, NC_ ("key", "Up") },
  { KEY_DOWN, NC_ ("key", "Down") },
  { KEY_LEFT, NC_ ("key", "Left") },
  { KEY_RIGHT, NC_ ("key", "Right") },
  { KEY_SYSRQ, NC_ ("key", "Print Screen") },
  { KEY_SCROLLLOCK, NC_ ("key", "Scroll Lock") },
  { KEY_PAUSE, NC_ ("key", "Pause") },
  { KEY_CAPSLOCK, NC_ ("key", "Caps Lock") },
  { KEY_NUMLOCK, NC_ ("key", "Num Lock") },
  { KEY_COMPOSE, NC_ ("key", "Menu") },
  { KEY_KPENTER, NC_ ("key", "Enter (Keypad)") },
  { KEY_KPPLUS, NC_ ("key", "+ (Keypad)") },
  { KEY_KPMINUS, NC_ ("key", "− (Keypad)") },
  { KEY_KPASTERISK, NC_ ("key", "× (Keypad)") },
  { KEY_KPSLASH, NC_ ("key", "÷ (Keypad)") },
};

static const guint list[] = {
  KEY_ESC,        KEY_TAB,     KEY_ENTER,    KEY_SPACE,     KEY_BACKSPACE,  KEY_DELETE, KEY_INSERT,
  KEY_HOME,       KEY_END,     KEY_PAGEUP,   KEY_PAGEDOWN,  KEY_UP,         KEY_DOWN,   KEY_LEFT,
  KEY_RIGHT,      KEY_F1,      KEY_F2,       KEY_F3,        KEY_F4,         KEY_F5,     KEY_F6,
  KEY_F7,         KEY_F8,      KEY_F9,       KEY_F10,       KEY_F11,        KEY_F12,    KEY_SYSRQ,
  KEY_SCROLLLOCK, KEY_PAUSE,   KEY_CAPSLOCK, KEY_NUMLOCK,   KEY_COMPOSE,    KEY_1,      KEY_2,
  KEY_3,          KEY_4,       KEY_5,        KEY_6,         KEY_7,          KEY_8,      KEY_9,
  KEY_0,          KEY_MINUS,   KEY_EQUAL,    KEY_Q,         KEY_W,          KEY_E,      KEY_R,
  KEY_T,          KEY_Y,       KEY_U,        KEY_I,         KEY_O,          KEY_P,      KEY_LEFTBRACE,
  KEY_RIGHTBRACE, KEY_A,       KEY_S,        KEY_D,         KEY_F,          KEY_G,      KEY_H,
  KEY_J,          KEY_K,       KEY_L,        KEY_SEMICOLON, KEY_APOSTROPHE, KEY_GRAVE,  KEY_BACKSLASH,
  KEY_Z,          KEY_X,       KEY_C,        KEY_V,         KEY_B,          KEY_N,      KEY_M,
  KEY_COMMA,      KEY_DOT,     KEY_SLASH,    KEY_102ND,     KEY_KPENTER,    KEY_KPPLUS, KEY_KPMINUS,
  KEY_KPASTERISK, KEY_KPSLASH,
};

/* What it types alone, as it is printed on the key; or NULL. */
static char *
get_printed (GdkDisplay *display, guint code)
{
  guint keyval;
  gunichar character;
  char text[7] = { 0 };

  if (!gdk_display_translate_key (display, code + DIO_KEYCODE_OFFSET, 0, 0, &keyval, NULL, NULL, NULL))
    return NULL;
  character = gdk_keyval_to_unicode (gdk_keyval_to_upper (keyval));
  if (!g_unichar_isgraph (character))
    return g_strdup (gdk_keyval_name (keyval));
  g_unichar_to_utf8 (character, text);
  return g_strdup (text);
}

char *
dio_key_name (GdkDisplay *display, guint evdev_code)
{
  char *printed;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (names[i].code == evdev_code)
      return g_strdup (g_dpgettext2 (NULL, "key", names[i].name));
  if (evdev_code >= KEY_F1 && evdev_code <= KEY_F10)
    return g_strdup_printf ("F%u", evdev_code - KEY_F1 + 1);
  if (evdev_code == KEY_F11 || evdev_code == KEY_F12)
    return g_strdup_printf ("F%u", evdev_code - KEY_F11 + 11);
  printed = get_printed (display, evdev_code);
  return printed ? printed : g_strdup_printf (_ ("Key %u"), evdev_code);
}

const guint *
dio_key_names_list (guint *n)
{
  *n = G_N_ELEMENTS (list);
  return list;
}
