/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "cursor.h"

#include <string.h>

#define FINE 4 /* samples of a pixel, each way */

/* The outline of an arrow 24 high, tip first, in clockwise order. */
static const float outline[][2] = { { 1, 1 },         { 1, 18.5f },    { 5.1f, 14.8f }, { 7.7f, 21 },
                                    { 10.7f, 19.7f }, { 8.1f, 13.7f }, { 13.5f, 13.7f } };

#define N_CORNERS ((int) (sizeof outline / sizeof *outline))

/* Squared distance to the outline, negative inside it. */
static float
arrow_distance (float x, float y)
{
  float nearest = 1e9f;
  int crossings = 0;

  for (int i = 0; i < N_CORNERS; i++)
    {
      const float *a = outline[i], *b = outline[(i + 1) % N_CORNERS];
      float dx = b[0] - a[0], dy = b[1] - a[1], px = x - a[0], py = y - a[1];
      float t = (px * dx + py * dy) / (dx * dx + dy * dy), ox, oy;
      t = t < 0 ? 0 : t > 1 ? 1 : t;
      ox = px - t * dx;
      oy = py - t * dy;
      if (ox * ox + oy * oy < nearest)
        nearest = ox * ox + oy * oy;
      if ((a[1] > y) != (b[1] > y) && x < a[0] + (y - a[1]) / dy * dx)
        crossings++;
    }
  return (crossings & 1) != 0 ? -nearest : nearest;
}

/* Black with a white rim, like most desktops' pointers. */
static uint32_t
arrow_pixel (int x, int y, int width, int height)
{
  unsigned white = 0, black = 0, alpha, light;

  for (int i = 0; i < FINE * FINE; i++)
    {
      float distance =
          arrow_distance ((x + (i % FINE + 0.5f) / FINE) * 24 / width, (y + (i / FINE + 0.5f) / FINE) * 24 / height);
      black += distance < 0;
      white += distance >= 0 && distance < 1;
    }
  alpha = (black + white) * 255 / (FINE * FINE);
  light = white * 255 / (FINE * FINE);
  return alpha << 24 | light << 16 | light << 8 | light;
}

static uint32_t
premultiplied (uint32_t color)
{
  uint32_t alpha = color >> 24;

  return alpha << 24 | (color >> 16 & 0xff) * alpha / 255 << 16 | (color >> 8 & 0xff) * alpha / 255 << 8 |
         (color & 0xff) * alpha / 255;
}

void
cursor_draw (uint32_t *argb, const char *pattern, int width, int height, uint32_t color)
{
  for (int y = 0; y < CURSOR_SIZE; y++)
    for (int x = 0; x < CURSOR_SIZE; x++)
      {
        uint32_t *pixel = &argb[y * CURSOR_SIZE + x];
        if (x >= width || y >= height)
          *pixel = 0;
        else if (strcmp (pattern, "arrow") == 0)
          *pixel = arrow_pixel (x, y, width, height);
        else if (strcmp (pattern, "checker") == 0 && ((x / 4 + y / 4) & 1) == 0)
          *pixel = 0xff000000;
        else
          *pixel = premultiplied (color);
      }
}

void
cursor_show_arrow (Kms *kms, Output *output)
{
  uint32_t argb[CURSOR_SIZE * CURSOR_SIZE];

  cursor_draw (argb, "arrow", 24, 24, 0);
  kms_set_cursor (kms, output, argb, 1, 1);
}
