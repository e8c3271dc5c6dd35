# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""A buffer of the kernel's virtual graphics memory, which a graphics card can seem to read as long as a test likes
(linux/vgem_drm.h, linux/drm.h). It is drawn to and sent like a source.Buffer."""

import errno
import fcntl
import glob
import mmap
import os
import struct

import numpy

_CREATE_DUMB, _HANDLE_TO_FD = 0xc02064b2, 0xc00c642d
_FENCE_ATTACH, _FENCE_SIGNAL = 0xc0106441, 0x40086442
_XR24, _LINEAR = int.from_bytes(b'XR24', 'little'), 0


class FencedBuffer:
    fourcc, modifier = _XR24, _LINEAR

    def __init__(self, width, height):
        self.width, self.height = width, height
        self._card = os.open(min(glob.glob('/dev/dri/card*')), os.O_RDWR | os.O_CLOEXEC)
        made = self._call(_CREATE_DUMB, '=IIIIIIQ', height, width, 32, 0, 0, 0, 0)
        self._handle, self.stride, size = made[4:]
        self.fd = self._call(_HANDLE_TO_FD, '=IIi', self._handle, os.O_RDWR | os.O_CLOEXEC, -1)[2]
        self._fence, self._map = None, mmap.mmap(self.fd, size)
        rows = numpy.frombuffer(self._map, numpy.uint8)[:self.stride * height].reshape(height, self.stride)
        self._pixels = rows[:, :width * 4].reshape(height, width, 4)

    def draw(self, picture):
        self._pixels[:, :, :3] = picture[:, :, ::-1]

    def begin_read(self):
        """From now on something reads the buffer: until end_read(), or for ten seconds, which is what the kernel allows."""
        self._fence = self._call(_FENCE_ATTACH, '=IIII', self._handle, 0, 0, 0)[2]

    def end_read(self):
        """Returns whether it was read until now."""
        try:
            self._call(_FENCE_SIGNAL, '=II', self._fence, 0)
        except OSError as error:
            if error.errno != errno.ETIMEDOUT:
                raise
            return False
        return True

    def _call(self, request, layout, *values):
        argument = bytearray(struct.pack(layout, *values))
        fcntl.ioctl(self._card, request, argument, True)
        return struct.unpack(layout, argument)
