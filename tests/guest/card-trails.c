/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
/* Where the pointer and the fingers were, fading. */

#include "card.h"

#include <stdio.h>
#include <string.h>

#define MASK_PIXELS (64 * 1024) /* at least as many as the widest picture has in a row */

#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

static void
mask_trail (const Card *card, const Trail *trail, float size, uint8_t *mask, Rect area)
{
  for (int i = 1; i < trail->n; i++)
    {
      int64_t age = card->now - trail->points[i].time;
      float fresh = age >= CARD_TRAIL_TIME ? 0 : 1 - (float) age / CARD_TRAIL_TIME;
      if (trail->points[i].time - trail->points[i - 1].time <= CARD_TRAIL_GAP)
        draw_mask_line (mask, area, trail->points[i - 1].x + 0.5f, trail->points[i - 1].y + 0.5f,
                        trail->points[i].x + 0.5f, trail->points[i].y + 0.5f, size * (0.2f + 0.8f * fresh),
                        (unsigned) (210 * fresh * fresh));
    }
}

static void
paint_trail (const Card *card, Canvas *canvas, int number)
{
  static uint8_t mask[MASK_PIXELS];
  const Trail *trail = &card->trails[number];
  int reach = (int) (12 * card->scale) + 2;
  Rect all, part;

  if (trail->n < 2)
    return;
  all = (Rect) { trail->points[0].x, trail->points[0].y, 1, 1 };
  for (int i = 1; i < trail->n; i++)
    all = rect_union (all, (Rect) { trail->points[i].x, trail->points[i].y, 1, 1 });
  all = (Rect) { all.x - reach, all.y - reach, all.w + 2 * reach, all.h + 2 * reach };
  if (!rect_intersect (all, canvas->clip, &all))
    return;
  part = all;
  for (part.h = MAX (MASK_PIXELS / all.w, 1); part.y < all.y + all.h; part.y += part.h)
    {
      part.h = MIN (part.h, all.y + all.h - part.y);
      memset (mask, 0, (size_t) part.w * (size_t) part.h);
      mask_trail (card, trail, (number == 0 ? 4.5f : 10) * (float) card->scale, mask, part);
      draw_mask (canvas, part, mask, trail->color);
    }
}

static void
paint_finger (const Card *card, Canvas *canvas, int number)
{
  const Font *font = font_find (16 * card->scale, true);
  const Trail *trail = &card->trails[number];
  float scale = (float) card->scale;
  char text[4];
  int x, y;

  if (!trail->down || trail->n == 0)
    return;
  x = trail->points[trail->n - 1].x;
  y = trail->points[trail->n - 1].y;
  draw_glow (canvas, x + 0.5f, y + 0.5f, 26 * scale, trail->color, 150);
  draw_ring (canvas, x + 0.5f, y + 0.5f, 19 * scale, 2 * scale, trail->color, OPAQUE);
  snprintf (text, sizeof text, "%d", (number - 1) % 10);
  draw_text (canvas, font, x + 1 - font_width (font, text) / 2, y + font->size * 36 / 100, text, CARD_WHITE, OPAQUE);
}

void
card_trails_paint (const Card *card, Canvas *canvas)
{
  for (int i = 0; i < CARD_TRAILS; i++)
    paint_trail (card, canvas, i);
  for (int i = 1; i < CARD_TRAILS; i++)
    paint_finger (card, canvas, i);
}
