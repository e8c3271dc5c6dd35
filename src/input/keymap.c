/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "input/keymap.h"

#include <linux/input-event-codes.h>

/* The scan codes of a PC keyboard (set 1), as published for the AT keyboard and, for keys that it had not, as Linux,
 * Microsoft and keycodemapdb number them. A key whose code has the prefix E0 has bit 7 set. Where QEMU differs:
 * Print Screen is 0x54 (SysRq), Pause is 0xc6 (as with Ctrl), Hangul and Hanja are 0x72 and 0x71. */
/* clang-format off */
static const guint8 qnums[] = {
  /* The main block. */
  [KEY_ESC] = 0x01, [KEY_1] = 0x02, [KEY_2] = 0x03, [KEY_3] = 0x04, [KEY_4] = 0x05, [KEY_5] = 0x06, [KEY_6] = 0x07,
  [KEY_7] = 0x08, [KEY_8] = 0x09, [KEY_9] = 0x0a, [KEY_0] = 0x0b, [KEY_MINUS] = 0x0c, [KEY_EQUAL] = 0x0d,
  [KEY_BACKSPACE] = 0x0e, [KEY_TAB] = 0x0f, [KEY_Q] = 0x10, [KEY_W] = 0x11, [KEY_E] = 0x12, [KEY_R] = 0x13,
  [KEY_T] = 0x14, [KEY_Y] = 0x15, [KEY_U] = 0x16, [KEY_I] = 0x17, [KEY_O] = 0x18, [KEY_P] = 0x19,
  [KEY_LEFTBRACE] = 0x1a, [KEY_RIGHTBRACE] = 0x1b, [KEY_ENTER] = 0x1c, [KEY_LEFTCTRL] = 0x1d, [KEY_A] = 0x1e,
  [KEY_S] = 0x1f, [KEY_D] = 0x20, [KEY_F] = 0x21, [KEY_G] = 0x22, [KEY_H] = 0x23, [KEY_J] = 0x24, [KEY_K] = 0x25,
  [KEY_L] = 0x26, [KEY_SEMICOLON] = 0x27, [KEY_APOSTROPHE] = 0x28, [KEY_GRAVE] = 0x29, [KEY_LEFTSHIFT] = 0x2a,
  [KEY_BACKSLASH] = 0x2b, [KEY_Z] = 0x2c, [KEY_X] = 0x2d, [KEY_C] = 0x2e, [KEY_V] = 0x2f, [KEY_B] = 0x30,
  [KEY_N] = 0x31, [KEY_M] = 0x32, [KEY_COMMA] = 0x33, [KEY_DOT] = 0x34, [KEY_SLASH] = 0x35, [KEY_RIGHTSHIFT] = 0x36,
  [KEY_LEFTALT] = 0x38, [KEY_SPACE] = 0x39, [KEY_CAPSLOCK] = 0x3a, [KEY_102ND] = 0x56, [KEY_RIGHTCTRL] = 0x9d,
  [KEY_RIGHTALT] = 0xb8, [KEY_LEFTMETA] = 0xdb, [KEY_RIGHTMETA] = 0xdc, [KEY_COMPOSE] = 0xdd, [KEY_MENU] = 0x9e,

  /* Function keys, and what is right of them. */
  [KEY_F1] = 0x3b, [KEY_F2] = 0x3c, [KEY_F3] = 0x3d, [KEY_F4] = 0x3e, [KEY_F5] = 0x3f, [KEY_F6] = 0x40,
  [KEY_F7] = 0x41, [KEY_F8] = 0x42, [KEY_F9] = 0x43, [KEY_F10] = 0x44, [KEY_F11] = 0x57, [KEY_F12] = 0x58,
  [KEY_F13] = 0x5d, [KEY_F14] = 0x5e, [KEY_F15] = 0x5f, [KEY_F16] = 0x55, [KEY_F17] = 0x83, [KEY_F18] = 0xf7,
  [KEY_F19] = 0x84, [KEY_F20] = 0x5a, [KEY_F21] = 0x74, [KEY_F22] = 0xf9, [KEY_F23] = 0x6d, [KEY_F24] = 0x6f,
  [KEY_SYSRQ] = 0x54, [KEY_PRINT] = 0xb9, [KEY_SCROLLLOCK] = 0x46, [KEY_PAUSE] = 0xc6, [KEY_HOME] = 0xc7,
  [KEY_UP] = 0xc8, [KEY_PAGEUP] = 0xc9, [KEY_LEFT] = 0xcb, [KEY_RIGHT] = 0xcd, [KEY_END] = 0xcf, [KEY_DOWN] = 0xd0,
  [KEY_PAGEDOWN] = 0xd1, [KEY_INSERT] = 0xd2, [KEY_DELETE] = 0xd3,

  /* The number block. */
  [KEY_NUMLOCK] = 0x45, [KEY_KPASTERISK] = 0x37, [KEY_KPSLASH] = 0xb5, [KEY_KPMINUS] = 0x4a, [KEY_KPPLUS] = 0x4e,
  [KEY_KPENTER] = 0x9c, [KEY_KP7] = 0x47, [KEY_KP8] = 0x48, [KEY_KP9] = 0x49, [KEY_KP4] = 0x4b, [KEY_KP5] = 0x4c,
  [KEY_KP6] = 0x4d, [KEY_KP1] = 0x4f, [KEY_KP2] = 0x50, [KEY_KP3] = 0x51, [KEY_KP0] = 0x52, [KEY_KPDOT] = 0x53,
  [KEY_KPEQUAL] = 0x59, [KEY_KPPLUSMINUS] = 0xce, [KEY_KPCOMMA] = 0x7e, [KEY_KPLEFTPAREN] = 0xf6,
  [KEY_KPRIGHTPAREN] = 0xfb,

  /* Keys of Japanese, Korean and Brazilian boards. */
  [KEY_ZENKAKUHANKAKU] = 0x76, [KEY_RO] = 0x73, [KEY_KATAKANA] = 0x78, [KEY_HIRAGANA] = 0x77, [KEY_HENKAN] = 0x79,
  [KEY_KATAKANAHIRAGANA] = 0x70, [KEY_MUHENKAN] = 0x7b, [KEY_KPJPCOMMA] = 0x5c, [KEY_HANGEUL] = 0x72,
  [KEY_HANJA] = 0x71, [KEY_YEN] = 0x7d,

  /* Media, power, editing and programs. */
  [KEY_LINEFEED] = 0x5b, [KEY_MACRO] = 0xef, [KEY_MUTE] = 0xa0, [KEY_VOLUMEDOWN] = 0xae, [KEY_VOLUMEUP] = 0xb0,
  [KEY_POWER] = 0xde, [KEY_SCALE] = 0x8b, [KEY_STOP] = 0xe8, [KEY_AGAIN] = 0x85, [KEY_PROPS] = 0x86,
  [KEY_UNDO] = 0x87, [KEY_FRONT] = 0x8c, [KEY_COPY] = 0xf8, [KEY_OPEN] = 0x64, [KEY_PASTE] = 0x65, [KEY_FIND] = 0xc1,
  [KEY_CUT] = 0xbc, [KEY_HELP] = 0xf5, [KEY_CALC] = 0xa1, [KEY_SETUP] = 0x66, [KEY_SLEEP] = 0xdf, [KEY_WAKEUP] = 0xe3,
  [KEY_FILE] = 0x67, [KEY_SENDFILE] = 0x68, [KEY_DELETEFILE] = 0x69, [KEY_XFER] = 0x93, [KEY_PROG1] = 0x9f,
  [KEY_PROG2] = 0x97, [KEY_WWW] = 0x82, [KEY_MSDOS] = 0x6a, [KEY_COFFEE] = 0x92, [KEY_ROTATE_DISPLAY] = 0x6b,
  [KEY_CYCLEWINDOWS] = 0xa6, [KEY_MAIL] = 0xec, [KEY_BOOKMARKS] = 0xe6, [KEY_COMPUTER] = 0xeb, [KEY_BACK] = 0xea,
  [KEY_FORWARD] = 0xe9, [KEY_CLOSECD] = 0xa3, [KEY_EJECTCD] = 0x6c, [KEY_EJECTCLOSECD] = 0xfd, [KEY_NEXTSONG] = 0x99,
  [KEY_PLAYPAUSE] = 0xa2, [KEY_PREVIOUSSONG] = 0x90, [KEY_STOPCD] = 0xa4, [KEY_RECORD] = 0xb1, [KEY_REWIND] = 0x98,
  [KEY_PHONE] = 0x63, [KEY_CONFIG] = 0x81, [KEY_HOMEPAGE] = 0xb2, [KEY_REFRESH] = 0xe7, [KEY_EDIT] = 0x88,
  [KEY_SCROLLUP] = 0x75, [KEY_SCROLLDOWN] = 0x8f, [KEY_NEW] = 0x89, [KEY_REDO] = 0x8a, [KEY_PLAYCD] = 0xa8,
  [KEY_PAUSECD] = 0xa9, [KEY_PROG3] = 0xab, [KEY_PROG4] = 0xac, [KEY_ALL_APPLICATIONS] = 0xad, [KEY_SUSPEND] = 0xa5,
  [KEY_CLOSE] = 0xaf, [KEY_PLAY] = 0xb3, [KEY_FASTFORWARD] = 0xb4, [KEY_BASSBOOST] = 0xb6, [KEY_HP] = 0xba,
  [KEY_CAMERA] = 0xbb, [KEY_SOUND] = 0xbd, [KEY_QUESTION] = 0xbe, [KEY_EMAIL] = 0xbf, [KEY_CHAT] = 0xc0,
  [KEY_SEARCH] = 0xe5, [KEY_CONNECT] = 0xc2, [KEY_FINANCE] = 0xc3, [KEY_SPORT] = 0xc4, [KEY_SHOP] = 0xc5,
  [KEY_ALTERASE] = 0x94, [KEY_CANCEL] = 0xca, [KEY_BRIGHTNESSDOWN] = 0xcc, [KEY_BRIGHTNESSUP] = 0xd4,
  [KEY_MEDIA] = 0xed, [KEY_SWITCHVIDEOMODE] = 0xd6, [KEY_KBDILLUMTOGGLE] = 0xd7, [KEY_KBDILLUMDOWN] = 0xd8,
  [KEY_KBDILLUMUP] = 0xd9, [KEY_SEND] = 0xda, [KEY_REPLY] = 0xe4, [KEY_FORWARDMAIL] = 0x8e, [KEY_SAVE] = 0xd5,
  [KEY_DOCUMENTS] = 0xf0, [KEY_BATTERY] = 0xf1, [KEY_BLUETOOTH] = 0xf2, [KEY_WLAN] = 0xf3, [KEY_UWB] = 0xf4,
};
/* clang-format on */

guint
dio_keymap_evdev_to_qnum (guint evdev_code)
{
  return evdev_code < G_N_ELEMENTS (qnums) ? qnums[evdev_code] : 0;
}
