/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "draw.h"

#include <math.h>
#include <stddef.h>

#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

bool
rect_intersect (Rect a, Rect b, Rect *ret_common)
{
  int x = MAX (a.x, b.x), y = MAX (a.y, b.y);
  int right = MIN (a.x + a.w, b.x + b.w), bottom = MIN (a.y + a.h, b.y + b.h);

  if (right <= x || bottom <= y)
    return false;
  *ret_common = (Rect) { x, y, right - x, bottom - y };
  return true;
}

Rect
rect_union (Rect a, Rect b)
{
  int x = MIN (a.x, b.x), y = MIN (a.y, b.y);

  return (Rect) { x, y, MAX (a.x + a.w, b.x + b.w) - x, MAX (a.y + a.h, b.y + b.h) - y };
}

static uint32_t *
row_at (const Canvas *canvas, int y)
{
  return canvas->pixels + (int64_t) y * canvas->stride;
}

void
draw_fill (Canvas *canvas, Rect rect, uint32_t color)
{
  if (!rect_intersect (rect, canvas->clip, &rect))
    return;
  for (int y = rect.y; y < rect.y + rect.h; y++)
    {
      uint32_t *row = row_at (canvas, y) + rect.x;
      for (int i = 0; i < rect.w; i++)
        row[i] = color;
    }
}

void
draw_blend (Canvas *canvas, Rect rect, uint32_t color, unsigned alpha)
{
  if (!rect_intersect (rect, canvas->clip, &rect))
    return;
  for (int y = rect.y; y < rect.y + rect.h; y++)
    {
      uint32_t *row = row_at (canvas, y) + rect.x;
      for (int i = 0; i < rect.w; i++)
        row[i] = mix (row[i], color, alpha);
    }
}

unsigned
round_coverage (Rect rect, int radius, int x, int y)
{
  float px = x + 0.5f, py = y + 0.5f, distance;
  float left = rect.x + radius, right = rect.x + rect.w - radius;
  float top = rect.y + radius, bottom = rect.y + rect.h - radius;
  float dx = px < left ? left - px : px > right ? px - right : 0;
  float dy = py < top ? top - py : py > bottom ? py - bottom : 0;

  if (x < rect.x || y < rect.y || x >= rect.x + rect.w || y >= rect.y + rect.h)
    return 0;
  if (dx == 0 || dy == 0)
    return OPAQUE;
  distance = radius + 0.5f - sqrtf (dx * dx + dy * dy);
  return distance <= 0 ? 0 : distance >= 1 ? OPAQUE : (unsigned) (distance * OPAQUE);
}

void
draw_round (Canvas *canvas, Rect rect, int radius, uint32_t color, unsigned alpha)
{
  Rect area;

  if (!rect_intersect (rect, canvas->clip, &area))
    return;
  radius = MIN (radius, MIN (rect.w, rect.h) / 2);
  for (int y = area.y; y < area.y + area.h; y++)
    {
      uint32_t *row = row_at (canvas, y);
      bool straight = y >= rect.y + radius && y < rect.y + rect.h - radius;
      for (int x = area.x; x < area.x + area.w; x++)
        {
          bool inner = straight || (x >= rect.x + radius && x < rect.x + rect.w - radius);
          unsigned cover = inner ? alpha : round_coverage (rect, radius, x, y) * alpha / OPAQUE;
          row[x] = mix (row[x], color, cover);
        }
    }
}

void
draw_round_border (Canvas *canvas, Rect rect, int radius, int width, uint32_t color, unsigned alpha)
{
  Rect inner = { rect.x + width, rect.y + width, rect.w - 2 * width, rect.h - 2 * width };
  int inner_radius = MAX (radius - width, 0);
  Rect area;

  if (!rect_intersect (rect, canvas->clip, &area))
    return;
  for (int y = area.y; y < area.y + area.h; y++)
    {
      uint32_t *row = row_at (canvas, y);
      int side = y >= rect.y + radius && y < rect.y + rect.h - radius ? width : MAX (radius, width);
      for (int x = area.x; x < area.x + area.w; x++)
        {
          unsigned cover;
          if (y >= rect.y + width && y < rect.y + rect.h - width && x >= rect.x + side && x < rect.x + rect.w - side)
            {
              x = rect.x + rect.w - side - 1; /* nothing to draw before the right edge or corner */
              continue;
            }
          cover = round_coverage (rect, radius, x, y) -
                  MIN (round_coverage (inner, inner_radius, x, y), round_coverage (rect, radius, x, y));
          if (cover > 0)
            row[x] = mix (row[x], color, cover * alpha / OPAQUE);
        }
    }
}

/* The pixels that a circle can touch. */
static bool
circle_area (const Canvas *canvas, float x, float y, float radius, Rect *ret_area)
{
  int left = (int) floorf (x - radius - 1), top = (int) floorf (y - radius - 1);
  int size = (int) ceilf (2 * radius) + 3;

  return rect_intersect ((Rect) { left, top, size, size }, canvas->clip, ret_area);
}

/* 0 to 1: how much of a pixel lies within a distance whose edge is EDGE - 0.5 away from it. */
static float
clamp (float edge)
{
  return edge <= 0 ? 0 : edge >= 1 ? 1 : edge;
}

/* Emulated processors are slow with floating point: whole areas are measured in sixteenths of a pixel. */
#define SUB 16

void
draw_disc (Canvas *canvas, float x, float y, float radius, uint32_t color, unsigned alpha)
{
  int cx = (int) floorf (x * SUB), cy = (int) floorf (y * SUB), r = (int) (radius * SUB);
  int sure = MAX (r - SUB, 0) * MAX (r - SUB, 0), never = (r + SUB) * (r + SUB);
  Rect area;

  if (!circle_area (canvas, x, y, radius, &area))
    return;
  for (int py = area.y; py < area.y + area.h; py++)
    {
      uint32_t *row = row_at (canvas, py);
      int dy = py * SUB + SUB / 2 - cy;
      for (int px = area.x; px < area.x + area.w; px++)
        {
          int dx = px * SUB + SUB / 2 - cx, square = dx * dx + dy * dy;
          if (square < sure)
            row[px] = mix (row[px], color, alpha);
          else if (square < never)
            {
              float cover = clamp (radius + 0.5f - sqrtf ((float) square) / SUB);
              row[px] = mix (row[px], color, (unsigned) (cover * alpha));
            }
        }
    }
}

void
draw_ring (Canvas *canvas, float x, float y, float radius, float width, uint32_t color, unsigned alpha)
{
  Rect area;

  if (!circle_area (canvas, x, y, radius + width, &area))
    return;
  for (int py = area.y; py < area.y + area.h; py++)
    {
      uint32_t *row = row_at (canvas, py);
      float dy = py + 0.5f - y;
      for (int px = area.x; px < area.x + area.w; px++)
        {
          float dx = px + 0.5f - x;
          float cover = width / 2 + 0.5f - fabsf (sqrtf (dx * dx + dy * dy) - radius);
          if (cover > 0)
            row[px] = mix (row[px], color, (unsigned) (MIN (cover, 1) * alpha));
        }
    }
}

/* Light that falls off smoothly to nothing at RADIUS. */
void
draw_glow (Canvas *canvas, float x, float y, float radius, uint32_t color, unsigned alpha)
{
  int cx = (int) floorf (x * SUB), cy = (int) floorf (y * SUB), r = (int) (radius * SUB), limit = r * r;
  uint32_t scale = (256u << 16) / (uint32_t) MAX (limit >> 8, 1);
  uint16_t light[257];
  Rect area;

  if (!circle_area (canvas, x, y, radius, &area))
    return;
  for (unsigned i = 0; i <= 256; i++)
    light[i] = (uint16_t) ((uint64_t) i * i * i * alpha >> 24);
  for (int py = area.y; py < area.y + area.h; py++)
    {
      uint32_t *row = row_at (canvas, py);
      int dy = py * SUB + SUB / 2 - cy;
      for (int px = area.x; px < area.x + area.w; px++)
        {
          int dx = px * SUB + SUB / 2 - cx, left = limit - dx * dx - dy * dy;
          if (left > 0)
            row[px] = mix (row[px], color, light[MIN ((uint32_t) (left >> 8) * scale >> 16, 256u)]);
        }
    }
}

void
draw_mask_line (uint8_t *mask, Rect area, float x0, float y0, float x1, float y1, float radius, unsigned alpha)
{
  float dx = x1 - x0, dy = y1 - y0, square = dx * dx + dy * dy, scale = square > 0 ? 1 / square : 0;
  float limit = (radius + 1) * (radius + 1), left = MIN (x0, x1) - radius - 1, top = MIN (y0, y1) - radius - 1;
  Rect box = { (int) floorf (left), (int) floorf (top), (int) ceilf (fabsf (dx) + 2 * radius) + 3,
               (int) ceilf (fabsf (dy) + 2 * radius) + 3 };

  if (!rect_intersect (box, area, &box))
    return;
  for (int y = box.y; y < box.y + box.h; y++)
    {
      uint8_t *row = mask + (int64_t) (y - area.y) * area.w - area.x;
      float py = y + 0.5f - y0;
      for (int x = box.x; x < box.x + box.w; x++)
        {
          float px = x + 0.5f - x0, t = clamp ((px * dx + py * dy) * scale);
          float ox = px - t * dx, oy = py - t * dy, away = ox * ox + oy * oy;
          if (away < limit)
            {
              unsigned cover = (unsigned) (clamp (radius + 0.5f - sqrtf (away)) * alpha);
              row[x] = (uint8_t) MAX (row[x], cover);
            }
        }
    }
}

void
draw_mask (Canvas *canvas, Rect area, const uint8_t *mask, uint32_t color)
{
  for (int y = area.y; y < area.y + area.h; y++)
    {
      uint32_t *row = row_at (canvas, y) + area.x;
      for (int x = 0; x < area.w; x++, mask++)
        if (*mask != 0)
          row[x] = mix (row[x], color, *mask);
    }
}

static void
draw_glyph (Canvas *canvas, const Glyph *glyph, int x, int y, uint32_t color, unsigned alpha)
{
  Rect box = { x + glyph->left, y + glyph->top, glyph->width, glyph->height }, area;

  if (!rect_intersect (box, canvas->clip, &area))
    return;
  for (int py = area.y; py < area.y + area.h; py++)
    {
      const uint8_t *cover = font_coverage + glyph->offset + (py - box.y) * box.w - box.x;
      uint32_t *row = row_at (canvas, py);
      for (int px = area.x; px < area.x + area.w; px++)
        if (cover[px] != 0)
          row[px] = mix (row[px], color, (cover[px] + 1u) * alpha >> 8);
    }
}

int
draw_text (Canvas *canvas, const Font *font, int x, int y, const char *text, uint32_t color, unsigned alpha)
{
  int pen = x * 64;

  while (*text != '\0')
    {
      const Glyph *glyph = font_next_glyph (font, &text);
      if (glyph == NULL)
        continue;
      draw_glyph (canvas, glyph, (pen + 32) >> 6, y, color, alpha);
      pen += glyph->advance;
    }
  return (pen + 32) >> 6;
}
