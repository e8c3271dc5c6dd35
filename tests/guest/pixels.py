# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""What the guest draws, computed here: arrays of shape (height, width, 3), 8-bit RGB. The formulas are in README.md."""

import numpy

BARS = [0xFFFFFF, 0xFFFF00, 0x00FFFF, 0x00FF00, 0xFF00FF, 0xFF0000, 0x0000FF, 0x000000]


def value_hash(x, y, seed):
    """24 bits that look random. X and Y may be arrays."""
    x, y = numpy.asarray(x, numpy.uint64), numpy.asarray(y, numpy.uint64)
    mask = numpy.uint64(0xFFFFFFFF)
    value = (x * numpy.uint64(0x9E3779B1) ^ y * numpy.uint64(0x85EBCA77) ^ numpy.uint64(seed * 0xC2B2AE3D & 0xFFFFFFFF)) & mask
    value ^= value >> numpy.uint64(15)
    value = value * numpy.uint64(0x2C1B3C6D) & mask
    value ^= value >> numpy.uint64(12)
    return (value & numpy.uint64(0xFFFFFF)).astype(numpy.uint32)


def to_rgb(values):
    values = numpy.asarray(values, numpy.uint32)
    return numpy.stack([values >> 16 & 255, values >> 8 & 255, values & 255], axis=-1).astype(numpy.uint8)


def color(count):
    """Colour of update number COUNT of "rects", "frames" and "flip", as (r, g, b)."""
    return tuple(int(part) for part in to_rgb(value_hash(count, 0, 0)))


def pattern(name, width, height, cell=16, seed=0):
    x, y = numpy.meshgrid(numpy.arange(width, dtype=numpy.int64), numpy.arange(height, dtype=numpy.int64))
    if name == "noise":
        values = value_hash(x, y, seed)
    elif name == "grid":
        values = numpy.where((x % cell == 0) | (y % cell == 0), 0xFFFFFF, 0)
    elif name == "checker":
        values = numpy.where((x // cell + y // cell) & 1, 0xFFFFFF, 0)
    elif name == "bars":
        values = numpy.asarray(BARS)[x * 8 // width]
    elif name == "gradient":
        values = (x * 255 // max(width - 1, 1)) << 16 | (y * 255 // max(height - 1, 1)) << 8 | ((x ^ y) & 255)
    else:
        raise ValueError(name)
    return to_rgb(values)
