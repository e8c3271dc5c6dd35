/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
/* The card's picture: hills at dusk behind which a sun goes its slow round, in a frame like a diorama's. */

#include "card.h"

#include <math.h>
#include <stdlib.h>

#define ROUND_TIME 96000 /* ms that the sun takes from one side to the other */
#define STEP_PIXELS 3000 /* per ms */
#define PI 3.14159265358979

#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

/* Ordered dither, so that slow gradients show no steps. */
static const uint8_t dither[8][8] = {
  { 0, 128, 32, 160, 8, 136, 40, 168 },   { 192, 64, 224, 96, 200, 72, 232, 104 },
  { 48, 176, 16, 144, 56, 184, 24, 152 }, { 240, 112, 208, 80, 248, 120, 216, 88 },
  { 12, 140, 44, 172, 4, 132, 36, 164 },  { 204, 76, 236, 108, 196, 68, 228, 100 },
  { 60, 188, 28, 156, 52, 180, 20, 148 }, { 252, 124, 220, 92, 244, 116, 212, 84 }
};

static const struct
{
  float position;
  uint8_t r, g, b;
} sky[] = { { 0.00f, 24, 22, 66 },    { 0.30f, 66, 44, 112 },   { 0.55f, 152, 74, 134 },
            { 0.74f, 236, 122, 112 }, { 0.90f, 255, 190, 126 }, { 1.01f, 255, 222, 160 } };

static const struct
{
  float base, swing, waves, phase;
  uint32_t top, foot;
} hills[CARD_HILLS] = { { 0.60f, 0.115f, 1.3f, 0.4f, 0xb4608e, 0xe08a86 },
                        { 0.70f, 0.090f, 1.9f, 2.9f, 0x7a437e, 0xa05c86 },
                        { 0.80f, 0.075f, 1.5f, 5.1f, 0x43306a, 0x5c3f78 },
                        { 0.91f, 0.055f, 1.1f, 1.7f, 0x1d1d45, 0x15173a } };

uint32_t
card_background (const Card *card, int x, int y)
{
  const uint16_t *row = card->row_light + y * 3, *column = card->column_light + x * 3;
  unsigned d = dither[y & 7][x & 7];

  return (uint32_t) (row[0] + column[0] + d) >> 8 << 16 | (uint32_t) (row[1] + column[1] + d) >> 8 << 8 |
         (uint32_t) (row[2] + column[2] + d) >> 8;
}

static float
hill_height (int hill, float t)
{
  float a = t * hills[hill].waves * 2 * (float) PI + hills[hill].phase;

  return hills[hill].base -
         hills[hill].swing * (0.62f * sinf (a) + 0.28f * sinf (2.3f * a + 1.1f) + 0.10f * sinf (5.7f * a + 2.0f));
}

static void
layout_stars (Card *card)
{
  uint32_t seed = 20240607;

  for (int i = 0; i < CARD_STARS; i++)
    {
      float height;
      seed = seed * 1664525 + 1013904223;
      card->stars[i].x = (int16_t) ((seed >> 8) % (unsigned) card->hero.w);
      seed = seed * 1664525 + 1013904223;
      height = (float) (seed >> 8) / (1 << 24);
      card->stars[i].y = (int16_t) ((0.03f + height * height * 0.42f) * card->hero.h);
      seed = seed * 1664525 + 1013904223;
      card->stars[i].light = (uint8_t) ((60 + (seed >> 16) % 130) * (1 - height * 0.8f));
      card->stars[i].size = card->scale >= 1.6 || (seed >> 28) == 0 ? 2 : 1;
    }
}

/* Where the sun is now: it rises behind the left hills, stands over the middle, and sets behind the right ones. */
static void
place_sun (Card *card)
{
  float t = (float) ((card->now - card->started + ROUND_TIME * 3 / 10) % ROUND_TIME) / ROUND_TIME;
  float angle = (1 - t) * (float) PI * 1.12f - 0.06f * (float) PI;

  card->sun_x = card->hero.x + card->hero.w * (0.5f + 0.46f * cosf (angle));
  card->sun_y = card->hero.y + card->hero.h * (0.70f - 0.44f * sinf (angle));
}

static Rect
sun_area (const Card *card)
{
  int reach = (int) (MIN (card->hero.h, card->hero.w) * 0.34f) + 2;
  Rect area = { (int) card->sun_x - reach, (int) card->sun_y - reach, 2 * reach, 2 * reach };

  return rect_intersect (area, card->hero, &area) ? area : (Rect) { 0 };
}

bool
card_scene_layout (Card *card)
{
  for (int i = 0; i < CARD_HILLS; i++)
    {
      free (card->hills[i]);
      card->hills[i] = malloc (MAX (card->hero.w, 1) * sizeof (int16_t));
      if (card->hills[i] == NULL)
        return false;
      for (int x = 0; x < card->hero.w; x++)
        card->hills[i][x] = (int16_t) (hill_height (i, (float) x / card->hero.w) * MIN (card->hero.h, 4000) * 8);
    }
  layout_stars (card);
  place_sun (card);
  card->sun_area = sun_area (card);
  return true;
}

void
card_scene_step (Card *card)
{
  Rect before = card->sun_area;

  /* On a huge screen the sun moves in fewer steps, rather than keep an emulated processor busy. */
  if (card->now - card->last_step < (int64_t) before.w * before.h / STEP_PIXELS)
    return;
  card->last_step = card->now;
  place_sun (card);
  card->sun_area = sun_area (card);
  if (before.w > 0)
    card_add_damage (card, card->sun_area.w > 0 ? rect_union (before, card->sun_area) : before);
}

static uint32_t
dithered (float r, float g, float b, unsigned d)
{
  return ((uint32_t) (r * 256) + d) >> 8 << 16 | ((uint32_t) (g * 256) + d) >> 8 << 8 | ((uint32_t) (b * 256) + d) >> 8;
}

static void
paint_sky (const Card *card, Canvas *canvas, Rect area)
{
  for (int y = area.y; y < area.y + area.h; y++)
    {
      float t = (float) (y - card->hero.y) / card->hero.h / 0.86f, k;
      uint32_t shades[8], *row = canvas->pixels + (int64_t) y * canvas->stride;
      int i = 0;
      while (i < 4 && t >= sky[i + 1].position)
        i++;
      k = MIN ((t - sky[i].position) / (sky[i + 1].position - sky[i].position), 1.0f);
      for (int j = 0; j < 8; j++)
        shades[j] = dithered (sky[i].r + (sky[i + 1].r - sky[i].r) * k, sky[i].g + (sky[i + 1].g - sky[i].g) * k,
                              sky[i].b + (sky[i + 1].b - sky[i].b) * k, MIN (dither[y & 7][j], 250));
      for (int x = area.x; x < area.x + area.w; x++)
        row[x] = shades[x & 7];
    }
}

/* Each pixel belongs to the foremost hill that reaches it; only its upper edge mixes with what is behind. */
static void
paint_hills (const Card *card, Canvas *canvas, Rect area)
{
  int top = (int) ((hills[0].base - hills[0].swing) * card->hero.h) + card->hero.y - 1;

  for (int y = MAX (area.y, top); y < area.y + area.h; y++)
    {
      uint32_t *row = canvas->pixels + (int64_t) y * canvas->stride, colors[CARD_HILLS];
      int line = (y - card->hero.y) * 8 + 8;
      for (int i = 0; i < CARD_HILLS; i++)
        {
          int highest = (int) ((hills[i].base - hills[i].swing) * card->hero.h) + card->hero.y - 1;
          colors[i] = mix (hills[i].top, hills[i].foot,
                           (unsigned) MIN (MAX (y - highest, 0) * 900 / MAX (card->hero.h, 1), 256));
        }
      for (int x = area.x; x < area.x + area.w; x++)
        {
          int column = x - card->hero.x, front = CARD_HILLS - 1;
          while (front >= 0 && line - card->hills[front][column] < 8)
            front--;
          if (front >= 0)
            row[x] = colors[front];
          for (int i = front + 1; i < CARD_HILLS; i++)
            if (line > card->hills[i][column])
              row[x] = mix (row[x], colors[i], (unsigned) (line - card->hills[i][column]) * 32);
        }
    }
}

/* The frame's rounded corners let the background show through. */
static void
paint_corners (const Card *card, Canvas *canvas, Rect area, int radius)
{
  Rect hero = card->hero;

  for (int y = area.y; y < area.y + area.h; y++)
    {
      uint32_t *row = canvas->pixels + (int64_t) y * canvas->stride;
      if (y >= hero.y + radius && y < hero.y + hero.h - radius)
        continue;
      for (int x = area.x; x < area.x + area.w; x++)
        if (x < hero.x + radius || x >= hero.x + hero.w - radius)
          row[x] = mix (card_background (card, x, y), row[x], round_coverage (hero, radius, x, y));
    }
}

void
card_scene_paint (const Card *card, Canvas *canvas)
{
  int radius = (int) (16 * card->scale), side = MIN (card->hero.h, card->hero.w);
  Canvas inner = *canvas;
  Rect area;

  if (!rect_intersect (card->hero, canvas->clip, &area))
    return;
  inner.clip = area;
  paint_sky (card, &inner, area);
  for (int i = 0; i < CARD_STARS; i++)
    draw_blend (&inner,
                (Rect) { card->hero.x + card->stars[i].x, card->hero.y + card->stars[i].y, card->stars[i].size,
                         card->stars[i].size },
                CARD_WHITE, card->stars[i].light);
  draw_glow (&inner, card->sun_x, card->sun_y, side * 0.33f, 0xffe9b8, 190);
  draw_disc (&inner, card->sun_x, card->sun_y, side * 0.085f, 0xfff6dc, OPAQUE);
  paint_hills (card, &inner, area);
  paint_corners (card, &inner, area, radius);
  draw_round_border (&inner, card->hero, radius, MAX ((int) card->scale, 1), CARD_WHITE, 44);
}
