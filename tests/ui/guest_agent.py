# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""A guest's Wayland session without a guest: labwc without a screen, its clipboard by wl-copy and wl-paste, and the
host's end of the virtio-serial port, which is a pseudoterminal here."""

import os
import select
import struct
import subprocess
import time
import tty
from pathlib import Path

from patience import patient
from processes import Family

CAPABILITIES, GRAB, REQUEST, RELEASE, DATA = 6, 7, 8, 9, 4
FILE_START, FILE_STATUS, FILE_DATA, DISCONNECTED, MAX_CLIPBOARD = 10, 11, 12, 13, 14
CAN_SEND, CANCELLED, ERROR, SUCCESS, NO_SPACE = range(5)
NONE, TEXT, PNG, BMP, TIFF, JPEG = range(6)
CLIPBOARD, PRIMARY = range(2)
BY_DEMAND, SELECTION, NO_RELEASE, SERIAL, DETAILED = 5, 6, 16, 17, 14
HOST_CAPABILITIES = sum(1 << bit for bit in (BY_DEMAND, SELECTION, NO_RELEASE, SERIAL, DETAILED))


class Session:
    """labwc, and programs in it."""

    def __init__(self, folder, compositor=('labwc', '-C', '/nonexistent')):
        self.folder = Path(folder)
        runtime = self.folder / 'runtime'
        runtime.mkdir(mode=0o700)
        self.env = {'PATH': os.environ['PATH'], 'HOME': str(self.folder), 'XDG_RUNTIME_DIR': str(runtime), 'LC_ALL': 'C.UTF-8',
                    'WAYLAND_DISPLAY': 'wayland-0', 'WLR_BACKENDS': 'headless', 'WLR_RENDERER': 'pixman',
                    'WLR_LIBINPUT_NO_DEVICES': '1', 'DIORAMA_GUEST_SESSION': str(folder)}
        self._family = Family(f'DIORAMA_GUEST_SESSION={folder}')
        self._copies = 0
        self.start(*compositor)
        self.wait((runtime / 'wayland-0').exists, 'the compositor')

    def start(self, *argv):
        return self._family.start([str(word) for word in argv], self.env, self.folder / f'{Path(argv[0]).name}.log')

    def wait(self, condition, what, seconds=15):
        end = time.monotonic() + patient(seconds)
        while not (result := condition()):
            if time.monotonic() > end:
                raise TimeoutError(f'{what}: not within {patient(seconds):.0f} s')
            select.select([], [], [], 0.01)
        return result

    def copy(self, content, *options):
        """Somebody copies CONTENT; the program that has it."""
        self._copies += 1
        source = self.folder / f'copied-{self._copies}'
        source.write_bytes(content)
        return self.start('sh', '-c', 'exec wl-copy --foreground "$@" < "$0"', source, *options)

    def paste(self, *options):
        return subprocess.Popen(['wl-paste', '--no-newline', *options], env=self.env, stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL)

    def close(self):
        self._family.end()


class Host:
    """The other end of the port: what was received is in `messages` as (type, body), oldest first."""

    def __init__(self):
        self._master, slave = os.openpty()
        tty.setraw(slave)
        self._slave = slave                    # open, or the pseudoterminal would hang up
        self.path = os.ttyname(slave)
        os.set_blocking(self._master, False)
        self.restart()

    def restart(self):
        self.messages = []
        self.serials = [0, 0]
        self._chunks, self._body, self._out = b'', bytearray(), bytearray()

    def close(self):
        os.close(self._master)
        os.close(self._slave)

    def raw(self, content):
        self._out += content

    def send(self, kind, body=b''):
        message = struct.pack('<IIQI', 1, kind, 0, len(body)) + body
        for begin in range(0, len(message), 2048):
            piece = message[begin:begin + 2048]
            self._out += struct.pack('<II', 1, len(piece)) + piece

    def announce(self, request=True, capabilities=HOST_CAPABILITIES):
        if request:
            self.serials = [0, 0]
        self.send(CAPABILITIES, struct.pack('<II', request, capabilities))

    def grab(self, *kinds, selection=CLIPBOARD, serial=None):
        if serial is None:
            serial = self.serials[selection]
            self.serials[selection] += 1
        self.send(GRAB, struct.pack(f'<II{len(kinds)}I', selection, serial, *kinds))

    def request(self, kind, selection=CLIPBOARD):
        self.send(REQUEST, struct.pack('<II', selection, kind))

    def answer(self, kind, content, selection=CLIPBOARD):
        self.send(DATA, struct.pack('<II', selection, kind) + content)

    def pump(self, condition, what, seconds=20):
        """Carries bytes to and fro until CONDITION is true, and returns what it says."""
        end = time.monotonic() + patient(seconds)
        while not (result := condition()):
            if time.monotonic() > end:
                raise TimeoutError(f'{what}: not within {patient(seconds):.0f} s; there are {self._kinds()}')
            self.turn(0.05)
        return result

    def turn(self, seconds=0.0, others=()):
        readable, writable, _ = select.select([self._master, *others], [self._master] if self._out else [], [], seconds)
        if writable:
            del self._out[:os.write(self._master, self._out[:65536])]
        if self._master in readable:
            self._take(os.read(self._master, 65536))
        return readable

    def left(self):
        """How many bytes wait for the agent to take them."""
        return len(self._out)

    def stands_still(self):
        """The agent takes nothing for half a second."""
        return not select.select([], [self._master], [], 0.5)[1]

    def flush(self):
        self.pump(lambda: not self._out, 'what is sent is taken')

    def expect(self, kind, what=''):
        """The body of the next message of this KIND; those before it are forgotten."""
        def find():
            return next((number for number, message in enumerate(self.messages) if message[0] == kind), None)
        self.pump(lambda: find() is not None, f'a message of kind {kind} {what}')
        body = self.messages[find()][1]
        del self.messages[:find() + 1]
        return body

    def expect_grab(self, selection=CLIPBOARD):
        while True:
            body = self.expect(GRAB)
            found, serial, *kinds = struct.unpack(f'<{len(body) // 4}I', body)
            self.serials[found] = serial + 1
            if found == selection:
                return kinds

    def expect_data(self):
        body = self.expect(DATA)
        return struct.unpack_from('<II', body), body[8:]

    def expect_status(self):
        """(id, result, what follows)"""
        body = self.expect(FILE_STATUS)
        return *struct.unpack_from('<II', body), body[8:]

    def read_all(self, process):
        """What PROCESS writes until its end, carrying bytes meanwhile."""
        content, stream = bytearray(), process.stdout.fileno()
        end = time.monotonic() + patient(30)
        while time.monotonic() < end:
            if stream in self.turn(0.05, [stream]):
                piece = os.read(stream, 1 << 20)
                if not piece:
                    process.stdout.close()
                    process.wait(patient(10))
                    return bytes(content)
                content += piece
        raise TimeoutError(f'{process.args} has not ended; {len(content)} bytes came')

    def _kinds(self):
        return [kind for kind, _ in self.messages]

    def _take(self, content):
        self._chunks += content
        while len(self._chunks) >= 8:
            port, size = struct.unpack_from('<II', self._chunks)
            assert port == 1 and 0 < size <= 2048, (port, size)
            if len(self._chunks) < 8 + size:
                return
            self._body += self._chunks[8:8 + size]
            self._chunks = self._chunks[8 + size:]
            self._take_message()

    def _take_message(self):
        if len(self._body) < 20:
            return
        protocol, kind, _, size = struct.unpack_from('<IIQI', self._body)
        assert protocol == 1, protocol
        assert len(self._body) <= 20 + size, 'two messages in one chunk'
        if len(self._body) == 20 + size:
            self.messages.append((kind, bytes(self._body[20:])))
            self._body = bytearray()
