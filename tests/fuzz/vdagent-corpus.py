#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes corpus/vdagent/: what SPICE's agents say, well and badly, for mutations of fuzz-vdagent to start from."""
import pathlib
import struct

(REPLY, CLIPBOARD, ANNOUNCE, GRAB, REQUEST, RELEASE, STATUS) = 3, 4, 6, 7, 8, 9, 11
TEXT, PNG, BMP = 1, 2, 3
ANNOUNCED, WINDOWS, COPIES, READS, AGREES, FILES, LIMITED = (1 << bit for bit in range(7))
LINUX = 0x38de7
folder = pathlib.Path(__file__).parent / 'corpus' / 'vdagent'


def words(*numbers):
    return struct.pack(f'<{len(numbers)}I', *numbers)


def chunks(data, limit):
    return b''.join(words(1, len(data[at:at + limit])) + data[at:at + limit] for at in range(0, len(data), limit))


def message(kind, body=b'', chunk=1 << 30, size=None):
    return chunks(words(1, kind, 0, 0, len(body) if size is None else size) + body, chunk)


def grab(selection, serial, *types):
    return message(GRAB, words(selection, serial, *types))


def data(selection, kind, content, **settings):
    return message(CLIPBOARD, words(selection, kind) + content, **settings)


def announce(request, capabilities=LINUX):
    return message(ANNOUNCE, words(request, capabilities))


INPUTS = {
    'text': (ANNOUNCED | READS, grab(0, 0, TEXT) + data(0, TEXT, 'grüß'.encode()) + grab(0, 1, TEXT, PNG) +
             data(0, TEXT, b'x') + data(0, PNG, b'y')),
    'windows': (ANNOUNCED | WINDOWS | READS | COPIES, message(GRAB, words(TEXT)) + message(CLIPBOARD, words(TEXT) + b'a\r\nb\0') +
                message(REQUEST, words(TEXT)) + message(RELEASE)),
    'primary': (ANNOUNCED | READS, grab(1, 0, TEXT) + grab(0, 0, BMP) + data(1, TEXT, b'1') + data(0, BMP, b'0')),
    'paste': (ANNOUNCED | COPIES, b''.join(message(REQUEST, words(selection, kind))
                                           for selection in (0, 1, 2) for kind in range(7)) * 3),
    'crossed': (ANNOUNCED | COPIES | READS, grab(0, 0, TEXT) + grab(0, 1, TEXT) + grab(0, 2, TEXT) + data(0, TEXT, b'z')),
    'none': (ANNOUNCED | READS, grab(0, 0, TEXT) + data(0, 0, b'') + message(RELEASE, words(0)) + grab(0, 1)),
    'large': (ANNOUNCED | READS | LIMITED | AGREES, grab(0, 0, PNG) + data(0, PNG, b'p' * 5000, chunk=2048) + grab(0, 1, TEXT)),
    'large-refused': (ANNOUNCED | READS | LIMITED, grab(0, 0, PNG) + data(0, PNG, b'p' * 5000, chunk=100) + grab(0, 1, TEXT)),
    'promise': (ANNOUNCED | READS, grab(0, 0, PNG) + data(0, PNG, b'p' * 100, size=0xffffffff) + announce(1)),
    'restart': (ANNOUNCED | COPIES | READS, grab(0, 1, TEXT) + announce(1) + grab(0, 0, TEXT) + announce(1, 0) + announce(0)),
    'early': (COPIES | READS, grab(0, 0, TEXT) + announce(0) + grab(0, 0, TEXT) + announce(1) + message(REQUEST, words(0, TEXT))),
    'files': (ANNOUNCED | FILES, b''.join(message(STATUS, words(number, status) + bytes(13))
                                          for number in (1, 2, 3) for status in range(9))),
    'others': (ANNOUNCED, b''.join(message(kind, bytes(size)) for kind in range(20) for size in (0, 4, 8))),
    'ports': (ANNOUNCED, words(2, 4) + words(1) + words(1, 0) + words(2, 24) + words(REPLY, 0, 0, 8, 7, 7)),
}

folder.mkdir(parents=True, exist_ok=True)
for name, (flags, stream) in INPUTS.items():
    (folder / name).write_bytes(bytes([flags, 6]) + stream)
