/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define FONT_GLYPHS 104

/* One rendered character: WIDTH × HEIGHT bytes of coverage at OFFSET, placed LEFT and TOP pixels from the pen. */
typedef struct
{
  uint32_t offset;
  uint8_t width;
  uint8_t height;
  int16_t left;
  int16_t top;
  uint16_t advance; /* 1/64 pixel */
} Glyph;

typedef struct
{
  int size; /* pixels per em */
  bool bold;
  int ascent;
  int descent;
  Glyph glyphs[FONT_GLYPHS];
} Font;

/* In font-data.c, which the build makes with font.py. */
extern const uint8_t font_coverage[];
extern const uint16_t font_characters[FONT_GLYPHS];
extern const Font fonts[];
extern const int n_fonts;

/* The largest face of that weight that is at most SIZE pixels, or the smallest one there is. */
const Font *font_find (double size, bool bold);

/* Takes one character off a UTF-8 string; NULL for one the font does not have. At the end of the string returns NULL
 * too and leaves TEXT where it was. */
const Glyph *font_next_glyph (const Font *font, const char **text);

/* Width of a UTF-8 string in pixels. */
int font_width (const Font *font, const char *text);
