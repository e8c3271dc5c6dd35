/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "input/keymap.h"

#include <linux/input-event-codes.h>

/* Known pairs, from a PC keyboard's scan codes. */
static const struct
{
  guint evdev, qnum;
} pairs[] = {
  { KEY_ESC, 0x01 },
  { KEY_1, 0x02 },
  { KEY_0, 0x0b },
  { KEY_BACKSPACE, 0x0e },
  { KEY_TAB, 0x0f },
  { KEY_Q, 0x10 },
  { KEY_P, 0x19 },
  { KEY_ENTER, 0x1c },
  { KEY_LEFTCTRL, 0x1d },
  { KEY_A, 0x1e },
  { KEY_GRAVE, 0x29 },
  { KEY_LEFTSHIFT, 0x2a },
  { KEY_BACKSLASH, 0x2b },
  { KEY_Z, 0x2c },
  { KEY_SLASH, 0x35 },
  { KEY_RIGHTSHIFT, 0x36 },
  { KEY_KPASTERISK, 0x37 },
  { KEY_LEFTALT, 0x38 },
  { KEY_SPACE, 0x39 },
  { KEY_CAPSLOCK, 0x3a },
  { KEY_F1, 0x3b },
  { KEY_F10, 0x44 },
  { KEY_NUMLOCK, 0x45 },
  { KEY_SCROLLLOCK, 0x46 },
  { KEY_KP7, 0x47 },
  { KEY_KPDOT, 0x53 },
  { KEY_SYSRQ, 0x54 },
  { KEY_102ND, 0x56 },
  { KEY_F11, 0x57 },
  { KEY_F12, 0x58 },
  { KEY_KPENTER, 0x9c },
  { KEY_RIGHTCTRL, 0x9d },
  { KEY_KPSLASH, 0xb5 },
  { KEY_RIGHTALT, 0xb8 },
  { KEY_HOME, 0xc7 },
  { KEY_UP, 0xc8 },
  { KEY_PAGEUP, 0xc9 },
  { KEY_LEFT, 0xcb },
  { KEY_RIGHT, 0xcd },
  { KEY_END, 0xcf },
  { KEY_DOWN, 0xd0 },
  { KEY_PAGEDOWN, 0xd1 },
  { KEY_INSERT, 0xd2 },
  { KEY_DELETE, 0xd3 },
  { KEY_LEFTMETA, 0xdb },
  { KEY_RIGHTMETA, 0xdc },
  { KEY_COMPOSE, 0xdd },
  { KEY_PAUSE, 0xc6 },
  { KEY_MUTE, 0xa0 },
  { KEY_VOLUMEDOWN, 0xae },
  { KEY_VOLUMEUP, 0xb0 },
  { KEY_NEXTSONG, 0x99 },
  { KEY_PLAYPAUSE, 0xa2 },
  { KEY_PREVIOUSSONG, 0x90 },
  { KEY_STOPCD, 0xa4 },
  { KEY_POWER, 0xde },
  { KEY_RO, 0x73 },
  { KEY_YEN, 0x7d },
  { KEY_HENKAN, 0x79 },
  { KEY_MUHENKAN, 0x7b },
  { KEY_KATAKANAHIRAGANA, 0x70 },
  { KEY_KPCOMMA, 0x7e },
  { KEY_HANGEUL, 0x72 },
  { KEY_HANJA, 0x71 },
  { KEY_F13, 0x5d },
  { KEY_F24, 0x6f },
  { KEY_HOMEPAGE, 0xb2 },
  { KEY_MAIL, 0xec },
};

static void
test_pairs (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    g_assert_cmphex (dio_keymap_evdev_to_qnum (pairs[i].evdev), ==, pairs[i].qnum);
}

/* Every key of a board with 105 keys has a number, and no two the same. */
static void
test_distinct (void)
{
  guint users[256] = { 0 };

  for (guint code = KEY_ESC; code <= KEY_F12; code++)
    if (code != 84 && code != KEY_ZENKAKUHANKAKU)
      g_assert_cmpuint (dio_keymap_evdev_to_qnum (code), !=, 0);
  for (guint code = KEY_KPENTER; code <= KEY_DELETE; code++)
    g_assert_cmpuint (dio_keymap_evdev_to_qnum (code), !=, 0);
  for (guint code = 0; code < 1024; code++)
    {
      guint qnum = dio_keymap_evdev_to_qnum (code);

      g_assert_cmpuint (qnum, <, G_N_ELEMENTS (users));
      if (qnum == 0)
        continue;
      g_assert_cmpuint (users[qnum], ==, 0);
      users[qnum] = code;
    }
}

static void
test_none (void)
{
  const guint codes[] = { 0, KEY_UNKNOWN, 255, 256, BTN_LEFT, KEY_MAX, KEY_MAX + 1, G_MAXINT, G_MAXUINT };

  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    g_assert_cmpuint (dio_keymap_evdev_to_qnum (codes[i]), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/keymap/pairs", test_pairs);
  g_test_add_func ("/keymap/distinct", test_distinct);
  g_test_add_func ("/keymap/none", test_none);
  return g_test_run ();
}
