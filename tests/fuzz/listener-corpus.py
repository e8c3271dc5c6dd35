#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes corpus/listener/: small, valid inputs of fuzz-listener, for mutations to start from."""
import pathlib
import struct

X8R8G8B8, R5G6B5, R8G8B8 = 0x20020888, 0x10020565, 0x18020888
METHODS = ['Scanout', 'Update', 'ScanoutMap', 'UpdateMap', 'CursorDefine', 'MouseSet', 'Disable', 'ScanoutDMABUF',
           'UpdateDMABUF', 'Get', 'GetAll']
LISTENER = 'org.qemu.Display1.Listener'
folder = pathlib.Path(__file__).parent / 'corpus' / 'listener'


def call(method, arguments=b'', fd=255):
    return struct.pack('<BBH', METHODS.index(method), fd, len(arguments)) + arguments


def pad(data, to):
    return data + bytes(-len(data) % to)


def message(member, signature, body, interface=LISTENER, n_fds=0, flags=0):
    """A method call as it is on the wire, little-endian."""
    fields = b''
    strings = [(1, 'o', '/org/qemu/Display1/Listener'), (2, 's', interface), (3, 's', member), (8, 'g', signature)]
    for code, kind, value in strings:
        if not value:
            continue
        length = struct.pack('<B' if kind == 'g' else '<I', len(value))
        fields = pad(fields, 8) + bytes([code, 1, ord(kind), 0]) + length + value.encode() + b'\0'
    if n_fds:
        fields = pad(fields, 8) + bytes([9, 1, ord('u'), 0]) + struct.pack('<I', n_fds)
    return pad(struct.pack('<cBBBIII', b'l', 1, flags, 1, len(body), 7, len(fields)) + fields, 8) + body


def bytes_argument(data):
    return struct.pack('<I', len(data)) + data


pixels = bytes(range(256))
inputs = {
    'calls-scanout': b'M' + call('Scanout', struct.pack('<IIII', 8, 8, 32, X8R8G8B8) + pixels),
    'calls-16-bit': b'M' + call('Scanout', struct.pack('<IIII', 5, 3, 12, R5G6B5) + pixels[:36]),
    'calls-24-bit': b'M' + call('Scanout', struct.pack('<IIII', 5, 3, 15, R8G8B8) + pixels[:45]),
    'calls-update': b'M' + call('Scanout', struct.pack('<IIII', 8, 8, 32, X8R8G8B8) + pixels)
                    + call('Update', struct.pack('<iiiiII', 4, 4, 4, 4, 16, X8R8G8B8) + pixels[:64])
                    + call('Update', struct.pack('<iiiiII', 6, 6, 4, 4, 16, X8R8G8B8) + pixels[:64]),
    'calls-map': b'M' + call('ScanoutMap', struct.pack('<iIIIII', 0, 0, 64, 64, 256, X8R8G8B8), 2)
                 + call('UpdateMap', struct.pack('<iiii', 3, 4, 5, 6)) + call('UpdateMap', struct.pack('<iiii', 0, 0, 64, 64)),
    'calls-map-large': b'M' + call('ScanoutMap', struct.pack('<iIIIII', 0, 4096, 1024, 768, 4096, X8R8G8B8), 3)
                       + call('UpdateMap', struct.pack('<iiii', 1000, 700, 24, 68))
                       + call('ScanoutMap', struct.pack('<iIIIII', 0, 0, 16, 16, 64, R5G6B5), 1),
    'calls-cursor': b'M' + call('CursorDefine', struct.pack('<iiii', 8, 8, 1, 2) + pixels)
                    + call('MouseSet', struct.pack('<iii', 10, 20, 1)),
    'calls-disable': b'M' + call('Scanout', struct.pack('<IIII', 8, 8, 32, X8R8G8B8) + pixels) + call('Disable'),
    'calls-dmabuf': b'M' + call('ScanoutDMABUF', struct.pack('<iIIIIIQI', 0, 64, 64, 256, 0x34325258, 0, 0, 0), 1)
                    + call('UpdateDMABUF', struct.pack('<iiii', 0, 0, 64, 64)),
    'calls-properties': b'M' + call('Get', LISTENER.encode() + b'\0Interfaces\0' + bytes([len(LISTENER) + 1]))
                        + call('GetAll', LISTENER.encode() + b'\0'),
    'stream-scanout': b'S' + message('Scanout', 'uuuuay', struct.pack('<IIII', 8, 8, 32, X8R8G8B8) + bytes_argument(pixels)),
    'stream-update': b'S' + message('Update', 'iiiiuuay', struct.pack('<iiiiII', 0, 0, 8, 8, 32, X8R8G8B8)
                                    + bytes_argument(pixels), flags=1),
    'stream-map': b'S' + message('ScanoutMap', 'huuuuu', struct.pack('<iIIIII', 0, 0, 64, 64, 256, X8R8G8B8),
                                 LISTENER + '.Unix.Map', 1),
    'stream-mouse': b'S' + message('MouseSet', 'iii', struct.pack('<iii', 1, 2, 1)) * 3 + message('Disable', '', b''),
    'stream-cursor': b'S' + message('CursorDefine', 'iiiiay', struct.pack('<iiii', 8, 8, 0, 0) + bytes_argument(pixels)),
    'stream-getall': b'S' + message('GetAll', 's', bytes_argument(LISTENER.encode()) + b'\0',
                                    'org.freedesktop.DBus.Properties'),
    'stream-introspect': b'S' + message('Introspect', '', b'', 'org.freedesktop.DBus.Introspectable')
                         + message('Ping', '', b'', 'org.freedesktop.DBus.Peer'),
    'stream-unknown': b'S' + message('Nothing', 'v', bytes([1, ord('u'), 0, 0]) + struct.pack('<I', 7), 'a.b'),
    'lines-good': b'LOK 1234deadbeef\r\nAGREE_UNIX_FD\r\n',
    'lines-without-fds': b'LDATA\r\nOK 1234deadbeef\r\nERROR\r\n',
    'lines-rejected': b'LREJECTED DBUS_COOKIE_SHA1\r\n',
}

folder.mkdir(parents=True, exist_ok=True)
for name, data in inputs.items():
    (folder / name).write_bytes(data)
