/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "font.h"

typedef struct
{
  int x, y, w, h;
} Rect;

/* 32-bit xRGB pixels. Nothing is drawn outside CLIP, which must lie within the picture. */
typedef struct
{
  uint32_t *pixels;
  int stride; /* pixels */
  int width, height;
  Rect clip;
} Canvas;

/* How much of a colour covers a pixel: 0 to 256. */
#define OPAQUE 256

static inline uint32_t
mix (uint32_t under, uint32_t over, unsigned alpha)
{
  uint32_t rb = ((under & 0xff00ff) * (OPAQUE - alpha) + (over & 0xff00ff) * alpha) >> 8 & 0xff00ff;
  uint32_t g = ((under & 0xff00) * (OPAQUE - alpha) + (over & 0xff00) * alpha) >> 8 & 0xff00;
  return rb | g;
}

bool rect_intersect (Rect a, Rect b, Rect *ret_common);
Rect rect_union (Rect a, Rect b);

/* Shapes are anti-aliased; positions in float are pixel edges, so 0.5 is the middle of the first pixel. */
void draw_fill (Canvas *canvas, Rect rect, uint32_t color);
void draw_blend (Canvas *canvas, Rect rect, uint32_t color, unsigned alpha);
void draw_round (Canvas *canvas, Rect rect, int radius, uint32_t color, unsigned alpha);
void draw_round_border (Canvas *canvas, Rect rect, int radius, int width, uint32_t color, unsigned alpha);
void draw_disc (Canvas *canvas, float x, float y, float radius, uint32_t color, unsigned alpha);
void draw_ring (Canvas *canvas, float x, float y, float radius, float width, uint32_t color, unsigned alpha);
void draw_glow (Canvas *canvas, float x, float y, float radius, uint32_t color, unsigned alpha);

/* A thick line with round ends, into a mask of AREA: each pixel keeps the most that any line gave it, up to ALPHA (at
 * most 255), so that lines join without seams. draw_mask() then colours what the mask covers. */
void draw_mask_line (uint8_t *mask, Rect area, float x0, float y0, float x1, float y1, float radius, unsigned alpha);
void draw_mask (Canvas *canvas, Rect area, const uint8_t *mask, uint32_t color);

/* Coverage, 0 to 256, of a rounded rectangle at the pixel (x, y). */
unsigned round_coverage (Rect rect, int radius, int x, int y);

/* Writes at the baseline Y and returns the x after the last character. */
int draw_text (Canvas *canvas, const Font *font, int x, int y, const char *text, uint32_t color, unsigned alpha);
