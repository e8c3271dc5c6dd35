#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes corpus/listener/: small, valid inputs of fuzz-listener, for mutations to start from."""
import pathlib
import struct

X8R8G8B8, R5G6B5, R8G8B8 = 0x20020888, 0x10020565, 0x18020888
METHODS = ['Scanout', 'Update', 'ScanoutMap', 'UpdateMap', 'CursorDefine', 'MouseSet', 'Disable', 'ScanoutDMABUF',
           'UpdateDMABUF', 'Get', 'GetAll', 'ScanoutDMABUF2', 'UpdateDMABUFList']
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


def dmabuf1(width, height, stride, fourcc, modifier, y0_top):
    return struct.pack('<iIIIIIQB7x', 0, width, height, stride, fourcc, 0, modifier, y0_top)


def dmabuf2(handles, rect, offsets, strides, fourcc, backing, modifier, y0_top):
    """As GVariant serialises it: the ends of the arrays, the first one's last, follow the values."""
    data, ends = b'', []
    for array in handles, None, offsets, strides:
        data += struct.pack(f'<{len(array or rect)}I', *(array or rect))
        ends += [len(data)] if array else []
    data = pad(data + struct.pack('<IIII', len(strides), fourcc, *backing), 8) + struct.pack('<QB', modifier, y0_top)
    return data + bytes(reversed(ends))


XR24, AR24, RG16 = 0x34325258, 0x34325241, 0x36314752
INVALID = 0x00ffffffffffffff
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
    'calls-dmabuf': b'M' + call('ScanoutDMABUF', dmabuf1(64, 64, 256, XR24, 0, 0), 1)
                    + call('UpdateDMABUF', struct.pack('<iiii', 0, 0, 64, 64)),
    'calls-dmabuf-sealed': b'M' + call('ScanoutDMABUF', dmabuf1(32, 32, 128, AR24, INVALID, 1), 6)
                           + call('UpdateDMABUF', struct.pack('<iiii', 0, 0, 64, 64)) + call('Disable'),
    'calls-dmabuf-16-bit': b'M' + call('ScanoutDMABUF', dmabuf1(33, 31, 68, RG16, 0, 0), 6)
                           + call('UpdateDMABUF', struct.pack('<iiii', 5, 5, 6, 6)),
    'calls-dmabuf2': b'M' + call('ScanoutDMABUF2', dmabuf2([0], [4, 6, 20, 22], [64], [128], XR24, [30, 31], 0, 1), 6)
                     + call('UpdateDMABUFList', struct.pack('<iiiiiiii', 1, 2, 3, 4, 5, 6, 7, 8))
                     + call('ScanoutDMABUF2', dmabuf2([0], [0, 0, 20, 22], [64], [128], XR24, [30, 31], 0, 0), 6),
    'calls-dmabuf2-planes': b'M' + call('ScanoutDMABUF2', dmabuf2([0, 1], [0, 0, 32, 16], [0, 512], [128, 64], XR24,
                                                                  [32, 32], 0, 0), 6)
                            + call('UpdateDMABUFList', struct.pack('<iiii', 0, 0, 32, 16)),
    'calls-map-sealed': b'M' + call('ScanoutMap', struct.pack('<iIIIII', 0, 64, 31, 30, 128, X8R8G8B8), 6)
                        + call('UpdateMap', struct.pack('<iiii', 3, 4, 5, 6))
                        + call('ScanoutMap', struct.pack('<iIIIII', 0, 0, 64, 64, 256, X8R8G8B8), 7)
                        + call('UpdateMap', struct.pack('<iiii', 60, 60, 4, 4)),
    'calls-properties': b'M' + call('Get', LISTENER.encode() + b'\0Interfaces\0' + bytes([len(LISTENER) + 1]))
                        + call('GetAll', LISTENER.encode() + b'\0'),
    'stream-scanout': b'S' + message('Scanout', 'uuuuay', struct.pack('<IIII', 8, 8, 32, X8R8G8B8) + bytes_argument(pixels)),
    'stream-update': b'S' + message('Update', 'iiiiuuay', struct.pack('<iiiiII', 0, 0, 8, 8, 32, X8R8G8B8)
                                    + bytes_argument(pixels), flags=1),
    'stream-map': b'S' + message('ScanoutMap', 'huuuuu', struct.pack('<iIIIII', 0, 0, 64, 64, 256, X8R8G8B8),
                                 LISTENER + '.Unix.Map', 1),
    'stream-dmabuf2': b'S' + message('ScanoutDMABUF2', 'ahuuuuauauuuuutb', struct.pack(
        '<IiIIIIIIIIIIIIIQI', 4, 0, 0, 0, 32, 32, 4, 0, 4, 128, 1, XR24, 32, 32, 0, 0, 0),
        LISTENER + '.Unix.ScanoutDMABUF2', 1),
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
