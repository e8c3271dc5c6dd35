/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "font.h"

#include <stddef.h>

const Font *
font_find (double size, bool bold)
{
  const Font *found = NULL;

  for (int i = 0; i < n_fonts; i++)
    {
      const Font *font = &fonts[i];
      if (font->bold == bold && (found == NULL || (font->size <= size && font->size > found->size)))
        found = font;
    }
  return found;
}

/* Only what font.py renders is needed: one to three bytes. */
static unsigned
next_character (const char **text)
{
  const unsigned char *p = (const unsigned char *) *text;

  if (p[0] >= 0xe0 && (p[1] & 0xc0) == 0x80 && (p[2] & 0xc0) == 0x80)
    {
      *text += 3;
      return (p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
    }
  if (p[0] >= 0xc0 && (p[1] & 0xc0) == 0x80)
    {
      *text += 2;
      return (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu);
    }
  *text += 1;
  return p[0];
}

const Glyph *
font_next_glyph (const Font *font, const char **text)
{
  unsigned character;

  if (**text == '\0')
    return NULL;
  character = next_character (text);
  if (character >= 32 && character < 127)
    return &font->glyphs[character - 32];
  for (int i = 127 - 32; i < FONT_GLYPHS; i++)
    if (font_characters[i] == character)
      return &font->glyphs[i];
  return NULL;
}

int
font_width (const Font *font, const char *text)
{
  int width = 0;

  while (*text != '\0')
    {
      const Glyph *glyph = font_next_glyph (font, &text);
      if (glyph != NULL)
        width += glyph->advance;
    }
  return (width + 32) / 64;
}
