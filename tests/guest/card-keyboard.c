/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
/* The card's keyboard: all 105 keys of a US board (with the 102nd key), lit while they are down. */

#include "card.h"

#include <stdio.h>
#include <linux/input-event-codes.h>

#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

#define COLUMNS 91 /* quarter keys */
#define ROWS 25

/* x and width in quarters of a key; rows are 4 high, the function row is set apart by one. */
static const struct
{
  uint8_t code, x, y, w, h;
  const char *label;
} keys[] = {
  { KEY_ESC, 0, 0, 4, 4, "Esc" },
  { KEY_F1, 8, 0, 4, 4, "F1" },
  { KEY_F2, 12, 0, 4, 4, "F2" },
  { KEY_F3, 16, 0, 4, 4, "F3" },
  { KEY_F4, 20, 0, 4, 4, "F4" },
  { KEY_F5, 26, 0, 4, 4, "F5" },
  { KEY_F6, 30, 0, 4, 4, "F6" },
  { KEY_F7, 34, 0, 4, 4, "F7" },
  { KEY_F8, 38, 0, 4, 4, "F8" },
  { KEY_F9, 44, 0, 4, 4, "F9" },
  { KEY_F10, 48, 0, 4, 4, "F10" },
  { KEY_F11, 52, 0, 4, 4, "F11" },
  { KEY_F12, 56, 0, 4, 4, "F12" },
  { KEY_SYSRQ, 61, 0, 4, 4, "PrtSc" },
  { KEY_SCROLLLOCK, 65, 0, 4, 4, "ScrLk" },
  { KEY_PAUSE, 69, 0, 4, 4, "Pause" },

  { KEY_GRAVE, 0, 5, 4, 4, "`" },
  { KEY_1, 4, 5, 4, 4, "1" },
  { KEY_2, 8, 5, 4, 4, "2" },
  { KEY_3, 12, 5, 4, 4, "3" },
  { KEY_4, 16, 5, 4, 4, "4" },
  { KEY_5, 20, 5, 4, 4, "5" },
  { KEY_6, 24, 5, 4, 4, "6" },
  { KEY_7, 28, 5, 4, 4, "7" },
  { KEY_8, 32, 5, 4, 4, "8" },
  { KEY_9, 36, 5, 4, 4, "9" },
  { KEY_0, 40, 5, 4, 4, "0" },
  { KEY_MINUS, 44, 5, 4, 4, "-" },
  { KEY_EQUAL, 48, 5, 4, 4, "=" },
  { KEY_BACKSPACE, 52, 5, 8, 4, "←" },
  { KEY_INSERT, 61, 5, 4, 4, "Ins" },
  { KEY_HOME, 65, 5, 4, 4, "Home" },
  { KEY_PAGEUP, 69, 5, 4, 4, "PgUp" },
  { KEY_NUMLOCK, 74, 5, 4, 4, "Num" },
  { KEY_KPSLASH, 78, 5, 4, 4, "/" },
  { KEY_KPASTERISK, 82, 5, 4, 4, "*" },
  { KEY_KPMINUS, 86, 5, 4, 4, "-" },

  { KEY_TAB, 0, 9, 6, 4, "Tab" },
  { KEY_Q, 6, 9, 4, 4, "Q" },
  { KEY_W, 10, 9, 4, 4, "W" },
  { KEY_E, 14, 9, 4, 4, "E" },
  { KEY_R, 18, 9, 4, 4, "R" },
  { KEY_T, 22, 9, 4, 4, "T" },
  { KEY_Y, 26, 9, 4, 4, "Y" },
  { KEY_U, 30, 9, 4, 4, "U" },
  { KEY_I, 34, 9, 4, 4, "I" },
  { KEY_O, 38, 9, 4, 4, "O" },
  { KEY_P, 42, 9, 4, 4, "P" },
  { KEY_LEFTBRACE, 46, 9, 4, 4, "[" },
  { KEY_RIGHTBRACE, 50, 9, 4, 4, "]" },
  { KEY_BACKSLASH, 54, 9, 6, 4, "\\" },
  { KEY_DELETE, 61, 9, 4, 4, "Del" },
  { KEY_END, 65, 9, 4, 4, "End" },
  { KEY_PAGEDOWN, 69, 9, 4, 4, "PgDn" },
  { KEY_KP7, 74, 9, 4, 4, "7" },
  { KEY_KP8, 78, 9, 4, 4, "8" },
  { KEY_KP9, 82, 9, 4, 4, "9" },
  { KEY_KPPLUS, 86, 9, 4, 8, "+" },

  { KEY_CAPSLOCK, 0, 13, 7, 4, "Caps" },
  { KEY_A, 7, 13, 4, 4, "A" },
  { KEY_S, 11, 13, 4, 4, "S" },
  { KEY_D, 15, 13, 4, 4, "D" },
  { KEY_F, 19, 13, 4, 4, "F" },
  { KEY_G, 23, 13, 4, 4, "G" },
  { KEY_H, 27, 13, 4, 4, "H" },
  { KEY_J, 31, 13, 4, 4, "J" },
  { KEY_K, 35, 13, 4, 4, "K" },
  { KEY_L, 39, 13, 4, 4, "L" },
  { KEY_SEMICOLON, 43, 13, 4, 4, ";" },
  { KEY_APOSTROPHE, 47, 13, 4, 4, "'" },
  { KEY_ENTER, 51, 13, 9, 4, "Enter" },
  { KEY_KP4, 74, 13, 4, 4, "4" },
  { KEY_KP5, 78, 13, 4, 4, "5" },
  { KEY_KP6, 82, 13, 4, 4, "6" },

  { KEY_LEFTSHIFT, 0, 17, 5, 4, "Shift" },
  { KEY_102ND, 5, 17, 4, 4, "<" },
  { KEY_Z, 9, 17, 4, 4, "Z" },
  { KEY_X, 13, 17, 4, 4, "X" },
  { KEY_C, 17, 17, 4, 4, "C" },
  { KEY_V, 21, 17, 4, 4, "V" },
  { KEY_B, 25, 17, 4, 4, "B" },
  { KEY_N, 29, 17, 4, 4, "N" },
  { KEY_M, 33, 17, 4, 4, "M" },
  { KEY_COMMA, 37, 17, 4, 4, "," },
  { KEY_DOT, 41, 17, 4, 4, "." },
  { KEY_SLASH, 45, 17, 4, 4, "/" },
  { KEY_RIGHTSHIFT, 49, 17, 11, 4, "Shift" },
  { KEY_UP, 65, 17, 4, 4, "↑" },
  { KEY_KP1, 74, 17, 4, 4, "1" },
  { KEY_KP2, 78, 17, 4, 4, "2" },
  { KEY_KP3, 82, 17, 4, 4, "3" },
  { KEY_KPENTER, 86, 17, 4, 8, "Ent" },

  { KEY_LEFTCTRL, 0, 21, 5, 4, "Ctrl" },
  { KEY_LEFTMETA, 5, 21, 5, 4, "Super" },
  { KEY_LEFTALT, 10, 21, 5, 4, "Alt" },
  { KEY_SPACE, 15, 21, 25, 4, "" },
  { KEY_RIGHTALT, 40, 21, 5, 4, "AltGr" },
  { KEY_RIGHTMETA, 45, 21, 5, 4, "Super" },
  { KEY_COMPOSE, 50, 21, 5, 4, "Menu" },
  { KEY_RIGHTCTRL, 55, 21, 5, 4, "Ctrl" },
  { KEY_LEFT, 61, 21, 4, 4, "←" },
  { KEY_DOWN, 65, 21, 4, 4, "↓" },
  { KEY_RIGHT, 69, 21, 4, 4, "→" },
  { KEY_KP0, 74, 21, 8, 4, "0" },
  { KEY_KPDOT, 82, 21, 4, 4, "." },
};

#define N_KEYS ((int) (sizeof keys / sizeof *keys))

const char *
card_key_name (int code)
{
  static char number[16];

  if (code == KEY_SPACE)
    return "Space";
  if (code >= BTN_MISC && code < KEY_OK)
    return "Button";
  for (int i = 0; i < N_KEYS; i++)
    if (keys[i].code == code)
      return keys[i].label;
  snprintf (number, sizeof number, "%d", code);
  return number;
}

static Rect
key_area (const Card *card, int i)
{
  int pad = MAX ((int) (14 * card->scale), 3);
  Rect all = { card->keyboard.x + pad, card->keyboard.y + pad, card->keyboard.w - 2 * pad, card->keyboard.h - 2 * pad };
  int gap = MAX ((int) (3.2 * card->scale), 1);
  int x = all.x + all.w * keys[i].x / (COLUMNS - 1), right = all.x + all.w * (keys[i].x + keys[i].w) / (COLUMNS - 1);
  int y = all.y + all.h * keys[i].y / ROWS, bottom = all.y + all.h * (keys[i].y + keys[i].h) / ROWS;

  return (Rect) { x, y, right - x - gap, bottom - y - gap };
}

Rect
card_keyboard_key_area (const Card *card, int code)
{
  if (card->keyboard.w > 0)
    for (int i = 0; i < N_KEYS; i++)
      if (keys[i].code == code)
        return key_area (card, i);
  return (Rect) { 0 };
}

void
card_keyboard_paint (const Card *card, Canvas *canvas)
{
  const Font *normal = font_find (11 * card->scale, false), *small = font_find (9 * card->scale, false);
  Rect common;

  if (!rect_intersect (card->keyboard, canvas->clip, &common))
    return;
  card_panel (card, canvas, card->keyboard);
  for (int i = 0; i < N_KEYS; i++)
    {
      Rect r = key_area (card, i);
      bool down = card_is_down (card, keys[i].code);
      const Font *font = font_width (normal, keys[i].label) <= r.w - 4 ? normal : small;
      int width = font_width (font, keys[i].label);
      if (!rect_intersect (r, canvas->clip, &common))
        continue;
      draw_round (canvas, r, MAX ((int) (4.5 * card->scale), 1), down ? CARD_BLUE : CARD_WHITE, down ? OPAQUE : 26);
      if (width <= r.w - 2)
        draw_text (canvas, font, r.x + (r.w - width) / 2, r.y + r.h / 2 + font->size * 36 / 100, keys[i].label,
                   down ? 0x10142a : 0xc6cbdc, OPAQUE);
    }
}
