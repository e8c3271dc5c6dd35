/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "scene.h"

#include <string.h>

#define STRIP_PIXELS (128 * 1024) /* at least as many as the widest picture has in a row */

#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

static const uint32_t bar_colors[8] = {
  0xffffff, 0xffff00, 0x00ffff, 0x00ff00, 0xff00ff, 0xff0000, 0x0000ff, 0x000000
};

uint32_t
scene_hash (uint32_t x, uint32_t y, uint32_t seed)
{
  uint32_t h = x * 0x9e3779b1u ^ y * 0x85ebca77u ^ seed * 0xc2b2ae3du;

  h ^= h >> 15;
  h *= 0x2c1b3c6du;
  h ^= h >> 12;
  return h & 0xffffff;
}

static uint32_t
pattern_pixel (const Scene *scene, const Canvas *canvas, int x, int y)
{
  switch (scene->pattern)
    {
    case PATTERN_GRID:
      return x % scene->cell == 0 || y % scene->cell == 0 ? 0xffffff : 0x000000;
    case PATTERN_CHECKER:
      return ((x / scene->cell + y / scene->cell) & 1) != 0 ? 0xffffff : 0x000000;
    case PATTERN_BARS:
      return bar_colors[(int64_t) x * 8 / canvas->width];
    case PATTERN_GRADIENT:
      return (uint32_t) (x * 255 / MAX (canvas->width - 1, 1)) << 16 |
             (uint32_t) (y * 255 / MAX (canvas->height - 1, 1)) << 8 | (uint32_t) ((x ^ y) & 255);
    case PATTERN_NOISE:
    default:
      return scene_hash ((uint32_t) x, (uint32_t) y, scene->seed);
    }
}

static void
paint_pattern (const Scene *scene, Canvas *canvas)
{
  for (int y = 0; y < canvas->height; y++)
    {
      uint32_t *row = canvas->pixels + (int64_t) y * canvas->stride;
      for (int x = 0; x < canvas->width; x++)
        row[x] = pattern_pixel (scene, canvas, x, y);
    }
}

void
scene_paint (Scene *scene, Canvas *canvas, int refresh)
{
  canvas->clip = (Rect) { 0, 0, canvas->width, canvas->height };
  switch (scene->kind)
    {
    case SCENE_CARD:
      if (card_layout (&scene->card, canvas->width, canvas->height, refresh))
        card_paint (&scene->card, canvas);
      scene->card.n_damage = 0;
      break;
    case SCENE_PATTERN:
      paint_pattern (scene, canvas);
      break;
    case SCENE_FRAMES:
      draw_fill (canvas, canvas->clip, scene_hash ((uint32_t) scene->count, 0, 0));
      break;
    case SCENE_FILL:
    case SCENE_RECTS:
    case SCENE_SCROLL:
    default:
      draw_fill (canvas, canvas->clip, scene->color);
      break;
    }
}

void
scene_show (Scene *scene, Kms *kms, Output *output)
{
  Canvas canvas = kms_front (output);

  if (output->n_buffers == 0)
    return;
  scene_paint (scene, &canvas, (int) output->mode.vrefresh);
  kms_flush (kms, output, canvas.clip);
}

/* The host copies pixels some time after they were flushed: the buffer must never hold half a picture. So a part is
 * painted beside it, a strip at a time, and copied. */
static void
paint_card_part (Card *card, Canvas *canvas, Rect rect)
{
  static uint32_t strip[STRIP_PIXELS];
  int rows = MAX (STRIP_PIXELS / rect.w, 1);

  for (int y = rect.y; y < rect.y + rect.h; y += rows)
    {
      Rect part = { rect.x, y, rect.w, MIN (rows, rect.y + rect.h - y) };
      /* seen from this origin, the strip lies where it belongs */
      intptr_t origin = (intptr_t) strip - ((intptr_t) part.y * part.w + part.x) * 4;
      Canvas side = { (uint32_t *) origin, part.w, canvas->width, canvas->height, part };
      card_paint (card, &side);
      for (int row = 0; row < part.h; row++)
        memcpy (canvas->pixels + (int64_t) (y + row) * canvas->stride + part.x, strip + (size_t) row * part.w,
                (size_t) part.w * 4);
    }
}

static int64_t
tick_card (Scene *scene, Kms *kms, Output *output, int64_t now)
{
  Card *card = &scene->card;
  int64_t next = card_tick (card, now / 1000);
  Canvas canvas = kms_front (output);

  /* Input waits for the next tick: what it made dirty is painted once, with everything else. */
  if (card->last_frame != now / 1000)
    return next * 1000;
  for (int i = 0; i < card->n_damage; i++)
    paint_card_part (card, &canvas, card->damage[i]);
  for (int i = 0; i < card->n_damage; i++)
    kms_flush (kms, output, card->damage[i]);
  card->n_damage = 0;
  return next * 1000;
}

static void
update_rect (Scene *scene, Kms *kms, Output *output)
{
  Canvas canvas = kms_front (output);
  uint32_t n = (uint32_t) scene->count;
  Rect rect = { 0, 0, MIN (scene->w, canvas.width), MIN (scene->h, canvas.height) };

  if (scene->n_spots > 0)
    {
      rect.x = scene->spots[n % (uint32_t) scene->n_spots].x;
      rect.y = scene->spots[n % (uint32_t) scene->n_spots].y;
    }
  else
    {
      rect.x = (int) (scene_hash (n, 1, 0) % (uint32_t) (canvas.width - rect.w + 1));
      rect.y = (int) (scene_hash (n, 2, 0) % (uint32_t) (canvas.height - rect.h + 1));
    }
  draw_fill (&canvas, rect, scene_hash (n, 0, 0));
  kms_flush (kms, output, rect);
}

/* Moves everything up by a line of text and writes the next one below. */
static void
update_scroll (Scene *scene, Kms *kms, Output *output)
{
  const Font *font = font_find (16, false);
  Canvas canvas = kms_front (output);
  int line = MIN (20, canvas.height);

  for (int y = 0; y < canvas.height - line; y++)
    memcpy (canvas.pixels + (int64_t) y * canvas.stride, canvas.pixels + (int64_t) (y + line) * canvas.stride,
            (size_t) canvas.width * 4);
  draw_fill (&canvas, (Rect) { 0, canvas.height - line, canvas.width, line }, scene->color);
  draw_text (&canvas, font, 4, canvas.height - 5, scene->text, scene_hash ((uint32_t) scene->count, 0, 0) | 0x808080,
             OPAQUE);
  kms_flush (kms, output, canvas.clip);
}

/* False when the last flip has not ended: this one waits. */
static bool
update_frame (Scene *scene, Kms *kms, Output *output)
{
  Canvas canvas = scene->flip ? kms_back (output) : kms_front (output);

  if (scene->flip && output->flip_pending)
    return false;
  draw_fill (&canvas, canvas.clip, scene_hash ((uint32_t) scene->count, 0, 0));
  if (!scene->flip || output->n_buffers < 2)
    kms_flush (kms, output, canvas.clip);
  else
    return kms_flip (kms, output);
  return true;
}

int64_t
scene_tick (Scene *scene, Kms *kms, Output *output, int64_t now)
{
  if (output->n_buffers == 0)
    return INT64_MAX;
  if (scene->kind == SCENE_CARD)
    return tick_card (scene, kms, output, now);
  if (scene->interval == 0 || scene->kind == SCENE_FILL || scene->kind == SCENE_PATTERN)
    return INT64_MAX;
  if (now < scene->next)
    return scene->next;
  if (scene->end != 0 && now >= scene->end)
    {
      scene->interval = 0;
      return INT64_MAX;
    }
  if (scene->kind == SCENE_RECTS)
    update_rect (scene, kms, output);
  else if (scene->kind == SCENE_SCROLL)
    update_scroll (scene, kms, output);
  else if (!update_frame (scene, kms, output))
    return now + 500;
  scene->count++;
  /* Too slow a machine gets a lower rate, not a backlog. */
  scene->next = MAX (scene->next + scene->interval, now);
  return scene->next;
}
