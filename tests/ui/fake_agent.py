# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""SPICE's agent of a guest that there is not, at the other end of its port: says what is copied in the guest, asks for
what is copied on the host, and takes files. It lives in the main loop, as the test waits.

    agent = FakeAgent(fd)
    agent.copy({TEXT: b'…'})          what the guest has copied, by type; requests of it are in `requests`,
                                      and not answered before answer() while it is `slow`
    agent.offered                     types of what the host has copied, or None
    agent.ask(TEXT)                   the answer comes to be (type, bytes) in `answers`
    agent.files                       {name: bytes} that came whole; while it `holds`, none is taken"""

import os
import struct

from gi.repository import GLib

NONE, TEXT, PNG, BMP = 0, 1, 2, 3
_PORT, _PROTOCOL = 1, 1
_CLIPBOARD, _ANNOUNCE, _GRAB, _REQUEST, _RELEASE, _FILE_START, _FILE_STATUS, _FILE_DATA = 4, 6, 7, 8, 9, 10, 11, 12
_CAN_SEND, _SUCCESS = 0, 3
_CAPABILITIES = 0x38de7                # of spice-vdagent on Linux
_HEADER = struct.Struct('<IIQI')


class FakeAgent:
    def __init__(self, fd):
        self._fd, self._stream, self._message, self._unsent = fd, b'', b'', b''
        self._contents, self._serial, self._files = {}, 0, {}
        self.offered, self.requests, self.answers, self.files, self.holds = None, [], [], {}, False
        self.slow, self._owed = False, []
        self.ready = False
        os.set_blocking(fd, False)
        self._source = GLib.unix_fd_add_full(GLib.PRIORITY_DEFAULT, fd, GLib.IOCondition.IN | GLib.IOCondition.HUP,
                                             self._on_readable)
        self._send(_ANNOUNCE, struct.pack('<II', 1, _CAPABILITIES))

    def close(self):
        if self._source is not None:
            GLib.source_remove(self._source)
        os.close(self._fd)

    def copy(self, contents):
        self._contents, self.requests, self.offered = contents, [], None
        self._send(_GRAB, struct.pack(f'<II{len(contents)}I', 0, self._serial, *contents))
        self._serial += 1

    def answer(self):
        for wanted in self._owed:
            data = self._contents.get(wanted)
            self._send(_CLIPBOARD, struct.pack('<II', 0, NONE if data is None else wanted) + (data or b''))
        self._owed = []

    def ask(self, kind):
        self.answers = []
        self._send(_REQUEST, struct.pack('<II', 0, kind))

    # -- the stream --------------------------------------------------------------------------------------------------

    def _send(self, kind, body):
        message = _HEADER.pack(_PROTOCOL, kind, 0, len(body)) + body
        self._unsent += struct.pack('<II', _PORT, len(message)) + message
        self._flush()

    def _flush(self):
        try:
            self._unsent = self._unsent[os.write(self._fd, self._unsent):]
        except BlockingIOError:
            pass
        except BrokenPipeError:
            self._unsent = b''                                          # nobody listens any more
        if self._unsent:
            GLib.timeout_add(5, self._flush)
        return GLib.SOURCE_REMOVE

    def _on_readable(self, _fd, _condition):
        try:
            data = os.read(self._fd, 1 << 20)
        except ConnectionResetError:
            data = b''
        self._stream += data
        while len(self._stream) >= 8 and len(self._stream) >= 8 + (size := struct.unpack_from('<I', self._stream, 4)[0]):
            self._message += self._stream[8:8 + size]
            self._stream = self._stream[8 + size:]
            self._take_messages()
        self._source = self._source if data else None
        return GLib.SOURCE_CONTINUE if data else GLib.SOURCE_REMOVE

    def _take_messages(self):
        while len(self._message) >= _HEADER.size:
            _, kind, _, size = _HEADER.unpack_from(self._message)
            if len(self._message) < _HEADER.size + size:
                return
            body = self._message[_HEADER.size:_HEADER.size + size]
            self._message = self._message[_HEADER.size + size:]
            self._on_message(kind, body)

    def _on_message(self, kind, body):
        if kind == _ANNOUNCE:
            self.ready = True
        elif kind == _GRAB and body[0] == 0:
            serial, *types = struct.unpack(f'<{len(body) // 4 - 1}I', body[4:])
            self._serial, self._contents, self.offered = serial + 1, {}, types
        elif kind == _RELEASE and body[0] == 0:
            self.offered = None
        elif kind == _REQUEST:
            _, wanted = struct.unpack('<II', body)
            self.requests.append(wanted)
            self._owed.append(wanted)
            if not self.slow:
                self.answer()
        elif kind == _CLIPBOARD:
            self.answers.append((struct.unpack_from('<I', body, 4)[0], body[8:]))
        elif kind in (_FILE_START, _FILE_DATA):
            self._on_file(kind, body)

    def _on_file(self, kind, body):
        number = struct.unpack_from('<I', body)[0]
        if kind == _FILE_START:
            about = dict(line.split('=', 1) for line in body[4:].rstrip(b'\0').decode().splitlines() if '=' in line)
            self._files[number] = [about['name'], int(about['size']), b'']
            if not self.holds:
                self._send(_FILE_STATUS, struct.pack('<II', number, _CAN_SEND))
        else:
            self._files[number][2] += body[12:]
        name, size, data = self._files[number]
        if len(data) == size and kind == _FILE_DATA:
            self.files[name] = data
            del self._files[number]
            self._send(_FILE_STATUS, struct.pack('<II', number, _SUCCESS))
