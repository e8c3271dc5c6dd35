#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Renders the guest's typeface to C: font.py > font-data.c

The guest has no font renderer, so each size that the test card uses is rendered here, once, to 8-bit coverage.
"""

import sys
from PIL import ImageFont, Image, ImageDraw

CANTARELL = "/usr/share/fonts/opentype/cantarell/Cantarell-VF.otf"
DEJAVU = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"  # has the arrows that Cantarell lacks
CHARACTERS = [chr(c) for c in range(32, 127)] + list("×·–°…←↑→↓")
REGULAR = [9, 11, 13, 16, 20, 26, 34, 44]
BOLD = [13, 16, 20, 26, 34, 44, 58, 76, 100]


def load(size, weight):
    font = ImageFont.truetype(CANTARELL, size)
    font.set_variation_by_axes([weight])
    return font


def render(size, weight, coverage):
    """Returns (ascent, descent, glyphs); each glyph is (offset, width, height, left, top, advance)."""
    main, spare = load(size, weight), ImageFont.truetype(DEJAVU, size)
    digit = main.getlength("0")
    glyphs = []
    for character in CHARACTERS:
        font = spare if character in "←↑→↓" else main
        advance = font.getlength(character)
        left, top, right, bottom = font.getbbox(character, anchor="ls")
        width, height = max(right - left, 0), max(bottom - top, 0)
        image = Image.new("L", (max(width, 1), max(height, 1)))
        ImageDraw.Draw(image).text((-left, -top), character, font=font, fill=255, anchor="ls")
        offset = len(coverage)
        if width and height:
            coverage.extend(image.tobytes())
        else:
            width = height = 0
        if character.isdigit():  # counters must not wobble
            left += round((digit - advance) / 2)
            advance = digit
        glyphs.append((offset, width, height, left, top, round(advance * 64)))
    ascent, descent = main.getmetrics()
    return ascent, descent, glyphs


def main():
    coverage = bytearray()
    faces = [(size, False, *render(size, 400, coverage)) for size in REGULAR]
    faces += [(size, True, *render(size, 700, coverage)) for size in BOLD]
    out = sys.stdout
    out.write('/* Made by font.py. */\n#include "font.h"\n\nconst uint8_t font_coverage[] = {')
    for index, value in enumerate(coverage):
        out.write(("\n" if index % 32 == 0 else "") + f"{value},")
    out.write("\n};\n\nconst uint16_t font_characters[FONT_GLYPHS] = {")
    out.write(",".join(str(ord(c)) for c in CHARACTERS) + "};\n\nconst Font fonts[] = {\n")
    for size, bold, ascent, descent, glyphs in faces:
        rows = ",".join("{%d,%d,%d,%d,%d,%d}" % glyph for glyph in glyphs)
        out.write("{%d, %s, %d, %d, {%s}},\n" % (size, "true" if bold else "false", ascent, descent, rows))
    out.write("};\n\nconst int n_fonts = %d;\n" % len(faces))
    assert len(CHARACTERS) == 104, "FONT_GLYPHS in font.h"


main()
