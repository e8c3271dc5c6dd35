# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""A driver for QEMU's virtio-gpu without a guest: over QEMU's test protocol (qtest), which reads and writes the machine's
ports and memory while its processors stand still. So each command is exactly the one that a test wants to try.

Numbers are those of the virtio specification."""

import os
import socket
import struct
import subprocess
import tempfile

from display_client import wait_for
from qmp import Qmp

COMMANDS = {'create_2d': 0x101, 'set_scanout': 0x103, 'flush': 0x104, 'transfer': 0x105, 'attach_backing': 0x106,
            'create_blob': 0x10c, 'set_scanout_blob': 0x10d}
B8G8R8X8 = 2
BLOB_MEM_GUEST, BLOB_FLAG_USE_SHAREABLE = 1, 2
OK, INVALID_PARAMETER = 0x1100, 0x1205
FENCE = 1                                                              # the answer waits until the command has its effect
SLOTS = 32                                                             # commands under way; each takes two descriptors
START_LIMIT = 60                                                       # seconds; OpenGL is much to load

_CONFIG = 0x80000000 | 4 << 11                                         # of device 4, for ports 0xcf8 and 0xcfc
_BAR = 0xe0000000
_DESCRIPTORS, _AVAILABLE, _USED = 0x100000, 0x101000, 0x102000
_REQUESTS, _ANSWERS, _ROOM = 0x110000, 0x120000, 0x400
_NEXT, _WRITE = 1, 2                                                   # flags of a descriptor
_VENDOR, _COMMON, _NOTIFY = 9, 1, 2                                    # of PCI capabilities
_STATUS, _SELECT, _SIZE, _ENABLE, _RINGS = 20, 22, 24, 28, 32                    # in the common configuration
_FEATURE_BLOB, _FEATURE_VERSION_1 = 1 << 3, 1 << 32


class Machine:
    """A machine with nothing but a GPU (the option of QEMU's for it is `device`); what the tests do with it goes by `qmp`."""

    def __init__(self, device, options):
        self._folder = tempfile.TemporaryDirectory(prefix='diorama-gpu-')
        self.path = self._folder.name
        self._process = subprocess.Popen(
            [os.environ['DIORAMA_QEMU'], '-accel', 'tcg', '-S', '-machine', 'q35', '-m', '256', '-nodefaults', '-no-user-config',
             '-qmp', 'unix:qmp,server=on,wait=off', '-qtest', 'unix:qtest,server=on,wait=off', '-qtest-log', 'none',
             '-device', f'{device},addr=04.0', *options], stdin=subprocess.DEVNULL, cwd=self.path)
        try:
            self.qmp = Qmp(os.path.join(self.path, 'qmp'), START_LIMIT)
        except BaseException:
            self.close()
            raise

    def close(self):
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Gpu:
    """The GPU of `machine`, ready for commands. Rectangles are (x, y, width, height)."""

    def __init__(self, machine):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(os.path.join(machine.path, 'qtest'))
        self._lines, self._sent, self._next_memory = self._socket.makefile('rb'), 0, 0x1000000
        self._config('outl', 0x20, 0)                                  # the high half of BAR 4
        for offset, value in (0x20, _BAR), (0x24, 0), (0x04, 6):       # memory, bus mastering
            self._config('outl', offset, value)
        places, at = {}, self._config('inl', 0x34) & 0xff
        while at:
            head = self._config('inl', at)
            if head & 0xff == _VENDOR:
                places.setdefault(head >> 24, (_BAR + self._config('inl', at + 8), at))
            at = head >> 8 & 0xff
        self._common = places[_COMMON][0]
        self._start()
        offset = self._ask(f'readw {self._common + 30:#x}')
        self._notify = places[_NOTIFY][0] + offset * self._config('inl', places[_NOTIFY][1] + 16)

    def _start(self):
        for status in 0, 1, 3:
            self._ask(f'writeb {self._common + _STATUS:#x} {status}')
        wanted = _FEATURE_BLOB | _FEATURE_VERSION_1
        for half in 0, 1:
            self._ask(f'writel {self._common:#x} {half}')
            offered = self._ask(f'readl {self._common + 4:#x}')
            self._ask(f'writel {self._common + 8:#x} {half}')
            self._ask(f'writel {self._common + 12:#x} {offered & wanted >> 32 * half:#x}')
        self._ask(f'writeb {self._common + _STATUS:#x} 11')
        self._ask(f'writew {self._common + _SELECT:#x} 0')
        self._ask(f'writew {self._common + _SIZE:#x} {2 * SLOTS}')
        for index, ring in enumerate((_DESCRIPTORS, _AVAILABLE, _USED)):
            self._ask(f'writel {self._common + _RINGS + 8 * index:#x} {ring:#x}')
            self._ask(f'writel {self._common + _RINGS + 8 * index + 4:#x} 0')
        self._ask(f'writew {self._common + _ENABLE:#x} 1')
        self._ask(f'writeb {self._common + _STATUS:#x} 15')

    def _ask(self, line):
        self._socket.sendall(line.encode() + b'\n')
        answer = self._lines.readline().split()
        assert answer[:1] == [b'OK'], f'{line.split()[0]}: {answer}'
        return int(answer[1], 16) if len(answer) > 1 else 0

    def _config(self, access, offset, *value):
        self._ask(f'outl 0xcf8 {_CONFIG | offset:#x}')
        return self._ask(' '.join([access, '0xcfc', *(hex(number) for number in value)]))

    def write(self, address, data):
        self._ask(f'write {address:#x} {len(data):#x} 0x{data.hex()}')

    def submit(self, requests, flags=FENCE):
        """All at once; at most SLOTS. Returns a function that tells whether they are answered."""
        for number, (name, *body) in enumerate(requests):
            request = struct.pack('<IIQII', COMMANDS[name], flags, self._sent + number, 0, 0) + b''.join(body)
            slot = (self._sent + number) % SLOTS
            where, answer = _REQUESTS + slot * _ROOM, _ANSWERS + slot * _ROOM
            self.write(where, request)
            self.write(_DESCRIPTORS + slot * 32, struct.pack('<QIHHQIHH', where, len(request), _NEXT, 2 * slot + 1,
                                                             answer, _ROOM, _WRITE, 0))
            self.write(_AVAILABLE + 4 + (self._sent + number) % (2 * SLOTS) * 2, struct.pack('<H', 2 * slot))
        self._sent += len(requests)
        self.write(_AVAILABLE + 2, struct.pack('<H', self._sent))
        self._ask(f'writew {self._notify:#x} 0')
        return lambda: self._ask(f'readw {_USED + 2:#x}') == self._sent

    def command(self, *request):
        """What the device answers to one: OK or an error's number."""
        wait_for(self.submit([request]), f'an answer to {request[0]}')
        return self._ask(f'readl {_ANSWERS + (self._sent - 1) % SLOTS * _ROOM:#x}')

    def must(self, *request):
        answer = self.command(*request)
        assert answer == OK, f'{request[0]}: {answer:#x}'

    def _take(self, size):
        where, size = self._next_memory, -(-size // 4096) * 4096
        self._next_memory += size
        return where, size

    def create_2d(self, resource, width, height, piece=None):
        """Returns where in memory it is: (address, length) of pieces of `piece` bytes each, or of one."""
        self.must('create_2d', struct.pack('<4I', resource, B8G8R8X8, width, height))
        left, pieces = width * height * 4, []
        while left > 0:
            size = min(piece or left, left)
            pieces.append((self._take(size)[0], size))
            left -= size
        self.must('attach_backing', struct.pack('<2I', resource, len(pieces)),
                  *(struct.pack('<QII', where, size, 0) for where, size in pieces))
        return pieces

    def set_scanout(self, resource, rectangle, scanout=0):
        self.must('set_scanout', struct.pack('<6I', *rectangle, scanout, resource))

    def create_blob(self, resource, size):
        """Returns where in memory it is."""
        where, size = self._take(size)
        self.must('create_blob', struct.pack('<4IQQQII', resource, BLOB_MEM_GUEST, BLOB_FLAG_USE_SHAREABLE, 1, 0, size,
                                             where, size, 0))
        return where

    def set_scanout_blob(self, resource, rectangle, width, height):
        self.must('set_scanout_blob', struct.pack('<18I', *rectangle, 0, resource, width, height, B8G8R8X8, 0, width * 4,
                                                  0, 0, 0, 0, 0, 0, 0))


def flush(resource, rectangle):
    """A request for submit() or command()."""
    return 'flush', struct.pack('<6I', *rectangle, resource, 0)


def transfer(resource, rectangle, offset):
    """Likewise: what is `offset` bytes into the memory of a resource becomes the rectangle's first row."""
    return 'transfer', struct.pack('<4IQII', *rectangle, offset, resource, 0)
