# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""A QEMU that is all picture: what it shows lies in buffers of the test's, which is the guest at the same time.

    source = Source(desktop.bus)                       # owns org.qemu there, for “diorama attach”
    one, two = Buffer(640, 400), Buffer(640, 400)
    one.pixels[:] = picture                            # (height, width, 4): blue, green, red, nothing
    source.wait_listener(desktop.wait_for)
    source.scanout(one)
    seconds = source.update((0, 0, 640, 400))          # waits for the answer
"""

import fcntl
import mmap
import os
import struct
import time

import numpy
from gi.repository import GLib

from fake_qemu import FakeQemu

_UDMABUF_CREATE = 0x40187542
AR24, XR24, XB24 = (int.from_bytes(code, 'little') for code in (b'AR24', b'XR24', b'XB24'))
LINEAR, UNKNOWN = 0, 0x00ffffffffffffff


def is_real():
    """Whether buffers are dma-bufs."""
    return os.access('/dev/udmabuf', os.R_OK | os.W_OK)


class Buffer:
    """A linear buffer of 32-bit pixels; the rows have `padding` bytes more than they need. It is a dma-buf where there is
    /dev/udmabuf; elsewhere a sealed memory file, which drivers that draw by software import just the same."""

    def __init__(self, width, height, padding=0, fourcc=XR24, modifier=LINEAR):
        self.width, self.height, self.stride = width, height, width * 4 + padding
        self.fourcc, self.modifier = fourcc, modifier
        size = -(-self.stride * height // mmap.PAGESIZE) * mmap.PAGESIZE
        memory = os.memfd_create('picture', os.MFD_ALLOW_SEALING)
        os.ftruncate(memory, size)
        fcntl.fcntl(memory, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK)
        self._map = mmap.mmap(memory, size)
        self.fd = memory
        if is_real():
            with open('/dev/udmabuf', 'rb') as device:
                self.fd = fcntl.ioctl(device, _UDMABUF_CREATE, bytearray(struct.pack('=IIQQ', memory, 1, 0, size)), True)
            os.close(memory)
        rows = numpy.frombuffer(self._map, numpy.uint8)[:self.stride * height].reshape(height, self.stride)
        self.pixels = rows[:, :width * 4].reshape(height, width, 4) if not padding else \
            numpy.lib.stride_tricks.as_strided(rows, (height, width, 4), (self.stride, 4, 1))

    def draw(self, picture, x=0, y=0):
        """Writes (height, width, 3) bytes of red, green, blue."""
        height, width = picture.shape[:2]
        self.pixels[y:y + height, x:x + width, :3] = picture if self.fourcc == XB24 else picture[:, :, ::-1]


class Source(FakeQemu):
    def scanout(self, buffer, bottom_up=False):
        self.call('', 'ScanoutDMABUF', GLib.Variant('(huuuutb)', (
            0, buffer.width, buffer.height, buffer.stride, buffer.fourcc, buffer.modifier, bottom_up)), buffer.fd)

    def scanout2(self, buffer, x, y, width, height, bottom_up=False):
        """The part of a larger buffer."""
        self.call('.Unix.ScanoutDMABUF2', 'ScanoutDMABUF2', GLib.Variant('(ahuuuuauauuuuutb)', (
            [0], x, y, width, height, [0], [buffer.stride], 1, buffer.fourcc, buffer.width, buffer.height,
            buffer.modifier, bottom_up)), buffer.fd)

    def update(self, rect):
        """Waits for the answer; returns how long it took, in seconds."""
        begun = time.monotonic()
        self.call('', 'UpdateDMABUF', GLib.Variant('(iiii)', rect))
        return time.monotonic() - begun

    def start_update(self, rect, answers):
        """Does not wait: how long the answer took is appended to `answers` some time."""
        begun = time.monotonic()
        self.start_call('', 'UpdateDMABUF', GLib.Variant('(iiii)', rect),
                        lambda: answers.append(time.monotonic() - begun))
