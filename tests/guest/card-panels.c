/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
/* The card's panels of text, bars and pixels, and its corner marks; and card_paint(), which draws it all. */

#include "card.h"

#include <stdio.h>
#include <string.h>
#include <linux/input-event-codes.h>

#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

static int
scaled (const Card *card, double length)
{
  return MAX ((int) (length * card->scale + 0.5), 1);
}

void
card_panel (const Card *card, Canvas *canvas, Rect rect)
{
  int radius = scaled (card, 14);

  draw_round (canvas, rect, radius, CARD_WHITE, 13);
  draw_round_border (canvas, rect, radius, scaled (card, 1), CARD_WHITE, 20);
}

static bool
is_visible (Rect rect, const Canvas *canvas)
{
  Rect common;

  return rect.w > 0 && rect_intersect (rect, canvas->clip, &common);
}

static void
paint_background (const Card *card, Canvas *canvas)
{
  Rect area = canvas->clip, hero = card->hero, common;

  /* The scene covers all of itself but its corners, and it is what is repainted most. */
  hero.y += scaled (card, 16);
  hero.h -= 2 * scaled (card, 16);
  if (rect_intersect (area, hero, &common) && memcmp (&common, &area, sizeof area) == 0)
    return;
  for (int y = area.y; y < area.y + area.h; y++)
    {
      uint32_t *row = canvas->pixels + (int64_t) y * canvas->stride;
      for (int x = area.x; x < area.x + area.w; x++)
        row[x] = card_background (card, x, y);
    }
}

/* The mark: a small framed hill with its sun. */
static void
paint_mark (const Card *card, Canvas *canvas, int x, int y, int size)
{
  Rect frame = { x, y, size, size };
  float s = size / 24.0f;
  Canvas inner = *canvas;

  if (!rect_intersect (frame, canvas->clip, &inner.clip))
    return;
  draw_round (&inner, frame, (int) (6 * s), 0x3a2c6b, OPAQUE);
  draw_disc (&inner, x + 15 * s, y + 10.5f * s, 4.2f * s, 0xffbe6f, OPAQUE);
  draw_disc (&inner, x + 7 * s, y + 24 * s, 8.2f * s, 0xdc6f9e, OPAQUE);
  draw_disc (&inner, x + 18 * s, y + 26 * s, 8.6f * s, 0x8c4a9c, OPAQUE);
  for (int py = inner.clip.y; py < inner.clip.y + inner.clip.h; py++)
    for (int px = inner.clip.x; px < inner.clip.x + inner.clip.w; px++)
      {
        uint32_t *pixel = canvas->pixels + (int64_t) py * canvas->stride + px;
        *pixel = mix (card_background (card, px, py), *pixel, round_coverage (frame, (int) (6 * s), px, py));
      }
  draw_round_border (&inner, frame, (int) (6 * s), MAX ((int) (s + 0.5f), 1), CARD_WHITE, 70);
}

static void
paint_header (const Card *card, Canvas *canvas)
{
  const Font *title = font_find (26 * card->scale, true), *note = font_find (16 * card->scale, false);
  Rect r = card->header;
  int middle = r.y + r.h / 2, width;
  char text[160];

  if (!is_visible (r, canvas))
    return;
  paint_mark (card, canvas, r.x, r.y, r.h);
  width = draw_text (canvas, title, r.x + r.h + scaled (card, 14), middle + title->size * 36 / 100, "Diorama",
                     CARD_WHITE, OPAQUE);
  draw_text (canvas, note, width + scaled (card, 12), middle + title->size * 36 / 100, "demonstration guest",
             CARD_MUTED, OPAQUE);
  snprintf (text, sizeof text, "%s", card->device);
  width = font_width (note, text);
  if (card->width > 600)
    draw_text (canvas, note, r.x + r.w - width, middle + title->size * 36 / 100, text, CARD_MUTED, OPAQUE);
}

static void
paint_value (const Card *card, Canvas *canvas, int x, int y, const char *name, const char *value)
{
  const Font *small = font_find (13 * card->scale, false), *font = font_find (20 * card->scale, true);

  draw_text (canvas, small, x, y, name, CARD_MUTED, OPAQUE);
  draw_text (canvas, font, x, y + font->size + scaled (card, 6), value, CARD_WHITE, OPAQUE);
}

/* The largest bold face in which the text is no wider than WIDTH and no higher than HEIGHT. */
static const Font *
fitting_font (const char *text, int width, int height)
{
  const Font *font = font_find (height, true);

  while (font_width (font, text) > width && font != font_find (font->size - 1, true))
    font = font_find (font->size - 1, true);
  return font;
}

/* Red, green, blue and all hues, in steps as fine as the screen has them. */
static void
paint_ramps (const Card *card, Canvas *canvas, Rect area)
{
  int gap = scaled (card, 5), height = (area.h - 3 * gap) / 4;

  for (int i = 0; i < 4; i++)
    {
      Rect bar = { area.x, area.y + i * (height + gap), area.w, height };
      if (!is_visible (bar, canvas))
        continue;
      for (int x = 0; x < bar.w; x++)
        {
          int level = x * 255 / MAX (bar.w - 1, 1), hue = x * 1530 / MAX (bar.w - 1, 1), part = hue % 255;
          static const uint32_t corners[7] = { 0xff0000, 0xffff00, 0x00ff00, 0x00ffff, 0x0000ff, 0xff00ff, 0xff0000 };
          uint32_t color = i < 3 ? (uint32_t) level << (16 - 8 * i)
                                 : mix (corners[hue / 255], corners[MIN (hue / 255 + 1, 6)], (unsigned) part);
          draw_fill (canvas, (Rect) { bar.x + x, bar.y, 1, bar.h }, color);
        }
    }
}

static void
paint_counters (const Card *card, Canvas *canvas, int x, int y, int width)
{
  int seconds = (int) ((card->now - card->started) / 1000);
  char text[64];

  draw_blend (canvas, (Rect) { x, y - scaled (card, 26), width, 1 }, CARD_WHITE, 26);
  snprintf (text, sizeof text, "%llu", (unsigned long long) card->frames);
  paint_value (card, canvas, x, y, "FRAME", text);
  snprintf (text, sizeof text, "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
  paint_value (card, canvas, x + width / 2, y, "RUNNING", text);
}

static void
paint_stats (const Card *card, Canvas *canvas)
{
  const Font *label = font_find (13 * card->scale, false), *note = font_find (20 * card->scale, false), *big;
  int pad = scaled (card, 22), top, base, counters;
  Rect r = card->stats, ramps;
  char size[32], text[64];

  if (!is_visible (r, canvas))
    return;
  card_panel (card, canvas, r);
  snprintf (size, sizeof size, "%d × %d", card->width, card->height);
  snprintf (text, sizeof text, "%d Hz", card->refresh);
  big = fitting_font (size, r.w - 2 * pad, r.h * 30 / 100);
  top = r.y + pad + label->size * 3 / 4;
  draw_text (canvas, label, r.x + pad, top, "RESOLUTION", CARD_MUTED, OPAQUE);
  draw_text (canvas, note, r.x + r.w - pad - font_width (note, text), top + scaled (card, 3), text, CARD_BLUE, OPAQUE);
  base = top + scaled (card, 14) + big->size * 3 / 4;
  draw_text (canvas, big, r.x + pad - big->size / 24, base, size, CARD_WHITE, OPAQUE);
  counters = r.y + r.h - pad - scaled (card, 26);
  paint_counters (card, canvas, r.x + pad, counters, r.w - 2 * pad);
  ramps = (Rect) { r.x + pad, base + scaled (card, 24), r.w - 2 * pad,
                   counters - scaled (card, 26) - scaled (card, 18) - base - scaled (card, 24) };
  if (ramps.h >= scaled (card, 40))
    paint_ramps (card, canvas, ramps);
}

/* Full bars above, grey steps and a smooth ramp below: all exact values, no anti-aliasing. */
static void
paint_bars (const Card *card, Canvas *canvas)
{
  static const uint32_t colors[8] = { 0xffffff, 0xffff00, 0x00ffff, 0x00ff00, 0xff00ff, 0xff0000, 0x0000ff, 0x000000 };
  Rect r = card->bars;
  int top = r.h * 58 / 100, steps = r.h * 21 / 100;

  if (!is_visible (r, canvas))
    return;
  for (int i = 0; i < 8; i++)
    {
      int x = r.w * i / 8;
      draw_fill (canvas, (Rect) { r.x + x, r.y, r.w * (i + 1) / 8 - x, top }, colors[i]);
    }
  for (int i = 0; i < 16; i++)
    {
      int x = r.w * i / 16;
      draw_fill (canvas, (Rect) { r.x + x, r.y + top, r.w * (i + 1) / 16 - x, steps }, (uint32_t) (i * 0x111111));
    }
  for (int x = 0; x < r.w; x++)
    draw_fill (canvas, (Rect) { r.x + x, r.y + top + steps, 1, r.h - top - steps },
               (uint32_t) (x * 255 / MAX (r.w - 1, 1)) * 0x010101);
}

/* Four tiles of black and white: every pixel, every column, every row, every second pixel. Any scaling that is not
 * exact shows in them at once. */
static void
paint_grid (const Card *card, Canvas *canvas)
{
  Rect r = card->grid;

  if (!is_visible (r, canvas))
    return;
  for (int tile = 0; tile < 4; tile++)
    {
      int x0 = r.x + r.w * tile / 4;
      Rect area = { x0, r.y, r.x + r.w * (tile + 1) / 4 - x0, r.h };
      if (!rect_intersect (area, canvas->clip, &area))
        continue;
      for (int y = area.y; y < area.y + area.h; y++)
        for (int x = area.x; x < area.x + area.w; x++)
          {
            int bit = tile == 0 ? x + y : tile == 1 ? x : tile == 2 ? y : (x >> 1) + (y >> 1);
            canvas->pixels[(int64_t) y * canvas->stride + x] = (bit & 1) != 0 ? 0xffffff : 0x000000;
          }
    }
}

static void
paint_buttons (const Card *card, Canvas *canvas, int x, int y)
{
  static const struct
  {
    const char *name;
    int code;
  } buttons[] = { { "L", BTN_LEFT }, { "M", BTN_MIDDLE }, { "R", BTN_RIGHT }, { "S", BTN_SIDE }, { "E", BTN_EXTRA } };
  const Font *font = font_find (13 * card->scale, true);
  int size = scaled (card, 24), step = scaled (card, 30);

  for (int i = 0; i < 5; i++)
    {
      bool down = card_is_down (card, buttons[i].code);
      Rect r = { x + i * step, y, size, size };
      draw_round (canvas, r, size / 3, down ? CARD_ORANGE : CARD_WHITE, down ? OPAQUE : 24);
      draw_text (canvas, font, r.x + (size - font_width (font, buttons[i].name)) / 2,
                 r.y + size / 2 + font->size * 36 / 100, buttons[i].name, down ? 0x241f31 : CARD_MUTED, OPAQUE);
    }
}

/* A wheel seen from its edge: its notches move with what was turned. */
static void
paint_wheel (const Card *card, Canvas *canvas, Rect r, int notches, bool sideways)
{
  int length = sideways ? r.w : r.h, pitch = MAX (length / 6, 2), line = scaled (card, 2);
  int shift = ((sideways ? notches : -notches) * pitch / 2 % pitch + pitch) % pitch;
  Canvas inner = *canvas;

  if (!rect_intersect (r, canvas->clip, &inner.clip))
    return;
  draw_round (&inner, r, MIN (r.w, r.h) / 2, CARD_WHITE, 24);
  for (int at = shift + pitch / 2; at < length - line; at += pitch)
    {
      unsigned light = (unsigned) (220 * at * (length - at) * 4 / (length * length));
      Rect notch = sideways ? (Rect) { r.x + at, r.y + r.h / 4, line, r.h / 2 }
                            : (Rect) { r.x + r.w / 4, r.y + at, r.w / 2, line };
      draw_blend (&inner, notch, notches != 0 ? CARD_GREEN : CARD_WHITE, MIN (light, 220));
    }
}

static void
paint_typed (const Card *card, Canvas *canvas, Rect field)
{
  const Font *font = font_find (20 * card->scale, false);
  int pad = scaled (card, 12), x, y = field.y + field.h / 2 + font->size * 36 / 100;
  const char *text = card->typed;
  Canvas inner = *canvas;

  draw_round (canvas, field, scaled (card, 9), 0x000000, 90);
  if (!rect_intersect (field, canvas->clip, &inner.clip))
    return;
  if (card->n_typed == 0)
    draw_text (&inner, font, field.x + pad + scaled (card, 8), y, "Type something", CARD_MUTED, 120);
  while (*text != '\0' && font_width (font, text) > field.w - 3 * pad)
    text++;
  x = draw_text (&inner, font, field.x + pad, y, text, CARD_WHITE, OPAQUE);
  draw_fill (&inner, (Rect) { x + 1, y - font->size * 3 / 4, scaled (card, 2), font->size }, CARD_BLUE);
}

static void
paint_input (const Card *card, Canvas *canvas)
{
  int pad = scaled (card, 22), fingers = 0, right, row, field = scaled (card, 40);
  Rect r = card->input;
  char text[64] = "–";

  if (!is_visible (r, canvas))
    return;
  card_panel (card, canvas, r);
  row = r.y + pad + scaled (card, 8);
  if (card->pointer_x >= 0)
    snprintf (text, sizeof text, "%d, %d", card->pointer_x, card->pointer_y);
  paint_value (card, canvas, r.x + pad, row, "POINTER", text);
  for (int i = 1; i < CARD_TRAILS; i++)
    fingers += card->trails[i].down;
  snprintf (text, sizeof text, "%d", fingers);
  paint_value (card, canvas, r.x + pad + (r.w - 2 * pad) * 38 / 100, row, "TOUCHES", text);
  paint_value (card, canvas, r.x + pad + (r.w - 2 * pad) * 66 / 100, row, "LAST KEY",
               card->last_key != 0 ? card_key_name (card->last_key) : "–");
  row += scaled (card, 52);
  if (row + scaled (card, 40) < r.y + r.h - pad - field)
    {
      paint_buttons (card, canvas, r.x + pad, row + scaled (card, 8));
      right = r.x + pad + (r.w - 2 * pad) * 66 / 100;
      paint_wheel (card, canvas, (Rect) { right, row, scaled (card, 18), scaled (card, 40) }, card->wheel, false);
      paint_wheel (card, canvas,
                   (Rect) { right + scaled (card, 32), row + scaled (card, 11), scaled (card, 54), scaled (card, 18) },
                   card->wheel_sideways, true);
    }
  paint_typed (card, canvas, (Rect) { r.x + pad, r.y + r.h - pad - field, r.w - 2 * pad, field });
}

/* Exact marks: the outermost pixel of each side must be lit, and each corner must be there. */
static void
paint_corners (const Card *card, Canvas *canvas)
{
  static const uint32_t colors[4] = { 0xff0000, 0x00ff00, 0x0000ff, 0xffff00 };
  int length = MAX (MIN (card->width, card->height) / 24, 6), w = card->width, h = card->height;

  for (int i = 0; i < 4; i++)
    {
      int x = (i & 1) != 0 ? w - 1 : 0, y = i >= 2 ? h - 1 : 0;
      draw_fill (canvas, (Rect) { x == 0 ? 0 : w - length, y, length, 1 }, CARD_WHITE);
      draw_fill (canvas, (Rect) { x, y == 0 ? 0 : h - length, 1, length }, CARD_WHITE);
      draw_fill (canvas, (Rect) { x, y, 1, 1 }, colors[i]);
    }
  draw_fill (canvas, (Rect) { w / 2 - length / 2, 0, length, 1 }, CARD_WHITE);
  draw_fill (canvas, (Rect) { w / 2 - length / 2, h - 1, length, 1 }, CARD_WHITE);
  draw_fill (canvas, (Rect) { 0, h / 2 - length / 2, 1, length }, CARD_WHITE);
  draw_fill (canvas, (Rect) { w - 1, h / 2 - length / 2, 1, length }, CARD_WHITE);
}

void
card_panels_paint (const Card *card, Canvas *canvas)
{
  paint_header (card, canvas);
  paint_stats (card, canvas);
  paint_bars (card, canvas);
  paint_grid (card, canvas);
  paint_input (card, canvas);
  paint_corners (card, canvas);
  if (card->compact && is_visible (card->hero, canvas))
    {
      const Font *small = font_find (11, false), *font;
      char text[64];
      snprintf (text, sizeof text, "%d × %d", card->width, card->height);
      font = fitting_font (text, card->hero.w * 6 / 10, card->hero.h / 3);
      draw_text (canvas, font, card->hero.x + card->hero.w / 20, card->hero.y + font->size * 11 / 10, text, CARD_WHITE,
                 OPAQUE);
      snprintf (text, sizeof text, "%d Hz", card->refresh);
      draw_text (canvas, small, card->hero.x + card->hero.w / 20,
                 card->hero.y + font->size * 11 / 10 + small->size * 3 / 2, text, CARD_WHITE, 200);
    }
}

void
card_paint (Card *card, Canvas *canvas)
{
  paint_background (card, canvas);
  card_scene_paint (card, canvas);
  card_panels_paint (card, canvas);
  card_keyboard_paint (card, canvas);
  card_trails_paint (card, canvas);
}
