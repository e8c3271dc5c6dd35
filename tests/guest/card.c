/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
/* The test card: its state, what changes when, and where everything is. */

#include "card.h"

#include <stdlib.h>
#include <string.h>

#define IDLE_TICK 100  /* ms: emulated processors must be able to rest */
#define BUSY_TICK 33   /* ms, while there is input to show */
#define BUSY_TIME 1500 /* ms after the last input */

#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

/* One for the pointer, ten that are easy to tell apart for the fingers. */
static const uint32_t trail_colors[CARD_TRAILS] = { 0x99c1f1, 0xff7b63, 0xffbe6f, 0xf9f06b, 0x8ff0a4, 0x5bc8af,
                                                    0x62a0ea, 0xdc8add, 0xf66151, 0xcdab8f, 0xffffff };

void
card_init (Card *card, int64_t now)
{
  *card = (Card) { .started = now, .now = now, .pointer_x = -1, .pointer_y = -1, .last_input = now - BUSY_TIME };
  for (int i = 0; i < CARD_TRAILS; i++)
    card->trails[i].color = trail_colors[i];
}

/* Light of the background in 1/256 steps, separable so that any part of it can be repainted cheaply: night blue that
 * gets darker downwards, with a breath of violet from the left and of teal from the right. */
static bool
layout_background (Card *card)
{
  int w = card->width, h = card->height;

  free (card->row_light);
  free (card->column_light);
  card->row_light = malloc ((size_t) h * 3 * sizeof (uint16_t));
  card->column_light = malloc ((size_t) w * 3 * sizeof (uint16_t));
  if (card->row_light == NULL || card->column_light == NULL)
    return false;
  for (int y = 0; y < h; y++)
    {
      double t = (double) y / h;
      card->row_light[y * 3] = (uint16_t) ((21 - 13 * t) * 256);
      card->row_light[y * 3 + 1] = (uint16_t) ((24 - 13 * t) * 256);
      card->row_light[y * 3 + 2] = (uint16_t) ((46 - 20 * t) * 256);
    }
  for (int x = 0; x < w; x++)
    {
      double t = (double) x / w;
      card->column_light[x * 3] = (uint16_t) (14 * (1 - t) * (1 - t) * 256);
      card->column_light[x * 3 + 1] = (uint16_t) (9 * t * t * 256);
      card->column_light[x * 3 + 2] = (uint16_t) ((16 * (1 - t) * (1 - t) + 12 * t * t) * 256);
    }
  return true;
}

static Rect
inset (Rect rect, int by)
{
  return (Rect) { rect.x + by, rect.y + by, MAX (rect.w - 2 * by, 0), MAX (rect.h - 2 * by, 0) };
}

static void
layout_compact (Card *card, int margin, int gap)
{
  Rect all = inset ((Rect) { 0, 0, card->width, card->height }, margin);
  int strip = MAX (all.h / 5, 16);

  card->hero = (Rect) { all.x, all.y, all.w, all.h - strip - gap };
  card->bars = (Rect) { all.x, all.y + all.h - strip, (all.w - gap) * 3 / 5, strip };
  card->grid = (Rect) { card->bars.x + card->bars.w + gap, card->bars.y, all.w - card->bars.w - gap, strip };
}

static void
layout_landscape (Card *card, Rect all, int gap)
{
  int left = (all.w - gap) * 64 / 100, right = all.w - gap - left, x = all.x + left + gap;
  int keyboard = MIN (left * 30 / 100, all.h * 36 / 100), strip = all.h * 17 / 100;
  int hero = all.h - keyboard - strip - 2 * gap;

  card->hero = (Rect) { all.x, all.y, left, hero };
  card->stats = (Rect) { x, all.y, right, hero };
  card->bars = (Rect) { all.x, all.y + hero + gap, left, strip };
  card->grid = (Rect) { x, card->bars.y, right, strip };
  card->keyboard = (Rect) { all.x, card->bars.y + strip + gap, left, keyboard };
  card->input = (Rect) { x, card->keyboard.y, right, keyboard };
}

static void
layout_portrait (Card *card, Rect all, int gap)
{
  int keyboard = MIN (all.w * 30 / 100, all.h / 4), strip = all.h * 9 / 100, stats = all.h * 18 / 100;
  int input = all.h * 17 / 100, hero = all.h - keyboard - 2 * strip - stats - input - 5 * gap, y = all.y;

  card->hero = (Rect) { all.x, y, all.w, hero };
  card->stats = (Rect) { all.x, y += hero + gap, all.w, stats };
  card->bars = (Rect) { all.x, y += stats + gap, all.w, strip };
  card->grid = (Rect) { all.x, y += strip + gap, all.w, strip };
  card->keyboard = (Rect) { all.x, y += strip + gap, all.w, keyboard };
  card->input = (Rect) { all.x, y + keyboard + gap, all.w, input };
}

bool
card_layout (Card *card, int width, int height, int refresh)
{
  bool portrait = height > width;
  double scale = portrait ? MIN (width / 720.0, height / 1180.0) : MIN (width / 1280.0, height / 800.0);
  int margin, gap;
  Rect all;

  card->width = width;
  card->height = height;
  card->refresh = refresh;
  card->scale = MAX (scale, 0.3);
  card->compact = scale < 0.55;
  margin = MAX ((int) (28 * card->scale), 6);
  gap = MAX ((int) (18 * card->scale), 4);
  card->header = card->hero = card->stats = card->bars = card->grid = card->keyboard = card->input = (Rect) { 0 };
  if (card->compact)
    layout_compact (card, margin, gap);
  else
    {
      int header = (int) (38 * card->scale);
      all = inset ((Rect) { 0, 0, width, height }, margin);
      card->header = (Rect) { all.x, all.y, all.w, header };
      all.y += header + gap * 2 / 3;
      all.h -= header + gap * 2 / 3;
      if (portrait)
        layout_portrait (card, all, gap);
      else
        layout_landscape (card, all, gap);
    }
  for (int i = 0; i < CARD_TRAILS; i++)
    card->trails[i].n = 0;
  card->n_damage = 0;
  card_add_damage (card, (Rect) { 0, 0, width, height });
  return layout_background (card) && card_scene_layout (card);
}

static int64_t
area (Rect rect)
{
  return (int64_t) rect.w * rect.h;
}

void
card_add_damage (Card *card, Rect rect)
{
  int best = -1;
  int64_t best_waste = INT64_MAX;

  if (!rect_intersect (rect, (Rect) { 0, 0, card->width, card->height }, &rect))
    return;
  for (int i = 0; i < card->n_damage; i++)
    {
      int64_t waste = area (rect_union (card->damage[i], rect)) - area (card->damage[i]) - area (rect);
      if (waste < best_waste)
        {
          best_waste = waste;
          best = i;
        }
    }
  /* Two near rectangles cost less as one; and when there is no room, the least bad pair is joined. */
  if (best >= 0 && (best_waste < 1024 || card->n_damage == CARD_DAMAGE))
    card->damage[best] = rect_union (card->damage[best], rect);
  else
    card->damage[card->n_damage++] = rect;
}

bool
card_is_down (const Card *card, int code)
{
  return code >= 0 && code < 768 && (card->down[code / 32] >> (code % 32) & 1) != 0;
}

/* All that the last points of a trail cover; a rectangle for each few of them keeps a long diagonal one cheap. */
static void
damage_trail (Card *card, Trail *trail)
{
  int reach = (int) (26 * card->scale) + 4;

  for (int i = 0; i < trail->n; i++)
    {
      int other = MAX (i - 1, 0);
      Rect a = { trail->points[i].x - reach, trail->points[i].y - reach, 2 * reach, 2 * reach };
      Rect b = { trail->points[other].x - reach, trail->points[other].y - reach, 2 * reach, 2 * reach };
      card_add_damage (card, rect_union (a, b));
    }
}

static void
age_trail (Card *card, Trail *trail)
{
  int old = 0;

  if (trail->n == 0)
    return;
  damage_trail (card, trail);
  /* The point of a finger that still is down stays. */
  while (old < trail->n - (trail->down ? 1 : 0) && card->now - trail->points[old].time > CARD_TRAIL_TIME)
    old++;
  memmove (trail->points, trail->points + old, (trail->n - old) * sizeof trail->points[0]);
  trail->n -= old;
}

int64_t
card_tick (Card *card, int64_t now)
{
  bool busy = now - card->last_input < BUSY_TIME;
  int tick = busy ? BUSY_TICK : IDLE_TICK;

  if (now - card->last_frame < tick)
    return card->last_frame + tick;
  card->now = card->last_frame = now;
  card->frames++;
  card_scene_step (card);
  for (int i = 0; i < CARD_TRAILS; i++)
    age_trail (card, &card->trails[i]);
  if (card->stats.w > 0)
    {
      /* the line of counters */
      Rect line = card->stats;
      line.y += line.h * 62 / 100;
      line.h -= line.h * 62 / 100;
      card_add_damage (card, line);
    }
  return now + tick;
}

void
card_move (Card *card, int number, int x, int y, int64_t now)
{
  Trail *trail = &card->trails[number];

  if (number == 0)
    {
      card->pointer_x = x;
      card->pointer_y = y;
    }
  if (trail->n == CARD_POINTS || (trail->n > 0 && !trail->down && number > 0))
    damage_trail (card, trail);
  if (!trail->down && number > 0)
    trail->n = 0; /* a finger that comes back starts anew */
  trail->down = true;
  if (trail->n == CARD_POINTS) /* a quick one: forget a quarter, not one by one */
    {
      trail->n -= CARD_POINTS / 4;
      memmove (trail->points, trail->points + CARD_POINTS / 4, trail->n * sizeof trail->points[0]);
    }
  trail->points[trail->n].x = (int16_t) x;
  trail->points[trail->n].y = (int16_t) y;
  trail->points[trail->n++].time = now;
  card->last_input = now;
  card_add_damage (card, card->input);
}

void
card_lift (Card *card, int number, int64_t now)
{
  card->trails[number].down = false;
  card->last_input = now;
}

void
card_key (Card *card, int code, bool down, int64_t now)
{
  if (code < 0 || code >= 768)
    return;
  if (down)
    {
      card->down[code / 32] |= 1u << (code % 32);
      card->last_key = code;
    }
  else
    card->down[code / 32] &= ~(1u << (code % 32));
  card->last_input = now;
  card_add_damage (card, card_keyboard_key_area (card, code));
  card_add_damage (card, card->input);
}

void
card_type (Card *card, int character, int64_t now)
{
  if (character == '\b')
    card->n_typed = MAX (card->n_typed - 1, 0);
  else if (character == '\n')
    card->n_typed = 0;
  else
    {
      if (card->n_typed == CARD_TYPED - 1)
        memmove (card->typed, card->typed + 1, --card->n_typed);
      card->typed[card->n_typed++] = (char) character;
    }
  card->typed[card->n_typed] = '\0';
  card->last_input = now;
  card_add_damage (card, card->input);
}

void
card_wheel (Card *card, int notches, bool sideways, int64_t now)
{
  if (sideways)
    card->wheel_sideways += notches;
  else
    card->wheel += notches;
  card->last_input = now;
  card_add_damage (card, card->input);
}
