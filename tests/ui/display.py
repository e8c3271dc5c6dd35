# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""A display to attach to, in the place of a QEMU: what a test draws is what "diorama attach" gets, to the rectangle.

    with Desktop() as desktop:
        display = Display(desktop)
        app = desktop.launch([program(), 'attach'], environment())
        display.wait_listener()
        display.scanout(noise(640, 480))                  # (height, width, 3), RGB
        display.fill(10, 20, 9, 16, (255, 0, 0))          # in the picture, and told of
"""

import fcntl
import mmap
import os

import numpy
from gi.repository import GLib

from fake_qemu import FakeQemu

# Pixman's number and where a pixel's red, green and blue bytes are, on a little-endian machine.
FORMATS = {'x8r8g8b8': (0x20020888, 4, (2, 1, 0)), 'x8b8g8r8': (0x20030888, 4, (0, 1, 2)),
           'b8g8r8x8': (0x20080888, 4, (1, 2, 3)), 'r8g8b8x8': (0x20090888, 4, (3, 2, 1)),
           'r8g8b8': (0x18020888, 3, (2, 1, 0)), 'b8g8r8': (0x18030888, 3, (0, 1, 2))}


class Display(FakeQemu):
    """`path` is how pictures go: "map" (shared memory that cannot shrink), "file" (shared memory that can) or "array"."""

    def __init__(self, desktop, path='map', touch=None, absolute=True, agent=False):
        super().__init__(desktop.bus, touch=touch, absolute=absolute, agent=agent)
        self._desktop, self.path, self.picture, self._format = desktop, path, None, 'x8r8g8b8'

    def wait_listener(self):
        super().wait_listener(self._desktop.wait_for)

    def scanout(self, picture, format='x8r8g8b8', extra=0):
        """The whole picture, rows of `extra` bytes more than its pixels need."""
        height, width, _ = picture.shape
        number, step, _ = FORMATS[format]
        stride = width * step + extra
        self._format, self.size = format, (width, height)
        fd = os.memfd_create('picture', os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(fd, stride * height)
        if self.path == 'map':
            fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK)
        self._memory = numpy.frombuffer(mmap.mmap(fd, stride * height), numpy.uint8).reshape(height, stride)
        self.picture = numpy.zeros_like(picture)
        self._put(0, 0, picture)
        if self.path == 'array':
            self.call('', 'Scanout', _with_bytes('uuuu', (width, height, stride, number), self._memory.tobytes()))
        else:
            self.call('.Unix.Map', 'ScanoutMap', GLib.Variant('(huuuuu)', (0, 0, width, height, stride, number)), fd)
        os.close(fd)

    def draw(self, x, y, part):
        """`part` of a picture, (height, width, 3), at this place."""
        height, width, _ = part.shape
        self._put(x, y, part)
        if self.path == 'array':
            number, step, _ = FORMATS[self._format]
            data = numpy.ascontiguousarray(self._memory[y:y + height, x * step:(x + width) * step])
            self.call('', 'Update', _with_bytes('iiiiuu', (x, y, width, height, width * step, number), data.tobytes()))
        else:
            self.call('.Unix.Map', 'UpdateMap', GLib.Variant('(iiii)', (x, y, width, height)))

    def fill(self, x, y, width, height, color):
        self.draw(x, y, numpy.full((height, width, 3), color, numpy.uint8))

    def _put(self, x, y, part):
        _, step, places = FORMATS[self._format]
        height, width, _ = part.shape
        self.picture[y:y + height, x:x + width] = part
        for channel, place in enumerate(places):
            self._memory[y:y + height, x * step + place:(x + width - 1) * step + place + 1:step] = part[:, :, channel]


def _with_bytes(types, numbers, data):
    """Much faster than to have PyGObject look at each byte."""
    words = [GLib.Variant(kind, number) for kind, number in zip(types, numbers)]
    return GLib.Variant.new_tuple(*words, GLib.Variant.new_from_bytes(GLib.VariantType('ay'), GLib.Bytes.new(data), True))
