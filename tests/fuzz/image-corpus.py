#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Writes corpus/image-*/: small images of each format, as the parsers' fuzzers begin with them."""
import pathlib
import struct

CORPUS = pathlib.Path(__file__).parent / 'corpus'
KIB, MIB = 1 << 10, 1 << 20


def write(parser, name, size, *parts):
    """PARTS: (offset, bytes), …"""
    image = bytearray(size)
    for offset, content in parts:
        assert offset + len(content) <= size, (parser, name, offset)
        image[offset:offset + len(content)] = content
    folder = CORPUS / f'image-{parser}'
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(image)


def be(value, size=8):
    return value.to_bytes(size, 'big')


def le(value, size=8):
    return value.to_bytes(size, 'little')


# --- qcow2, in clusters of 512 bytes ---

def qcow2(name, version=3, features=0, crypt=0, extensions=(), parent=b'', snapshots=0):
    behind = b''.join(be(kind, 4) + be(len(content), 4) + content + bytes(-len(content) % 8) for kind, content in extensions)
    start = (104 if version == 3 else 72) + len(behind) + 8
    head = struct.pack('>4sIQIIQIIQQIIQ', b'QFI\xfb', version, start if parent else 0, len(parent), 9, MIB, crypt, 32, 3 * 512,
                       512, 1, snapshots, 6 * 512 if snapshots else 0)
    head += struct.pack('>QQQII', features, 0, 0, 4, 104) if version == 3 else b''
    entry = struct.pack('>QIHHIIQIIQQ', 3 * 512, 32, 1, 6, 1700000000, 0, 0, 0, 16, 4096, MIB) + b'1monday'
    write('qcow2', name, 7 * 512, (0, head + behind), (start, parent), (512, be(1024)), (1024, be(1, 2) * 7),
          (3 * 512, be(1 << 63 | 4 * 512)), (4 * 512, be(1 << 63 | 5 * 512) + be(1 << 62 | 5 * 512)),
          (6 * 512, entry.ljust(64, b'\0') * snapshots))


FORMAT, NAMES, CRYPTO, BITMAPS, DATA = 0xe2792aca, 0x6803f857, 0x0537be77, 0x23852875, 0x44415441
qcow2('plain')
qcow2('version-2', version=2)
qcow2('parent', extensions=((FORMAT, b'qcow2'),), parent=b'base.qcow2')
qcow2('newer', features=1 << 7, extensions=((NAMES, b'\0\7' + b'time travel'.ljust(46, b'\0')),))
qcow2('data-file', features=4, extensions=((DATA, b'/etc/passwd'),))
qcow2('encrypted', crypt=2, extensions=((CRYPTO, be(512) + be(512)),))
qcow2('bitmaps', features=3, extensions=((BITMAPS, be(1, 4) + bytes(4) + be(512) + be(512)),))
qcow2('snapshots', snapshots=2)

# --- qcow and QED ---

def qcow(name, parent=b'', crypt=0):
    head = struct.pack('>4sIQIIQBBHIQ', b'QFI\xfb', 1, 128 if parent else 0, len(parent), 0, 8 * MIB, 12, 9, 0, crypt, 48)
    write('qcow', name, 256, (0, head), (128, parent))


def qed(name, parent=b'', features=0):
    head = struct.pack('<4sIIIQQQQQII', b'QED\0', 4096, 1, 1, features, 0, 0, 4096, 8 * MIB, 64 if parent else 0, len(parent))
    write('qed', name, 8192, (0, head + parent))


qcow('plain')
qcow('parent', b'base.img')
qcow('encrypted', crypt=1)
qed('plain')
qed('parent', b'base.img', 5)
qed('dirty', features=2)

# --- VMDK ---

def vmdk(name, text, directory=21, capacity=16384, flags=3, footer=b''):
    def head(at):
        return struct.pack('<4sIIQQQQIQQQB4sH', b'KDMV', 1, flags, capacity, 128, 1, 20, 512, 21, at, 26, 0, b'\n \r\n', 1)
    stream = (bytes(12) + le(3, 4)).ljust(512, b'\0') + head(21).ljust(512, b'\0') + bytes(512) if directory > 21 else b''
    write('vmdk', name, 27 * 512 + len(stream), (0, head(directory)), (512, text), (21 * 512, le(22, 4)), (22 * 512, le(26, 4)),
          (27 * 512, stream))


DESCRIPTOR = b'# Disk DescriptorFile\nversion=1\nparentCID=%s\ncreateType="monolithicSparse"\nRW 16384 %s "%s"\n'
vmdk('plain', DESCRIPTOR % (b'ffffffff', b'SPARSE', b'x.vmdk'))
vmdk('stream', DESCRIPTOR % (b'ffffffff', b'SPARSE', b'x.vmdk'), directory=(1 << 64) - 1)
vmdk('delta', DESCRIPTOR % (b'12345678', b'SPARSE', b'x.vmdk') + b'parentFileNameHint="base.vmdk"\n')
vmdk('no-capacity', DESCRIPTOR % (b'ffffffff', b'FLAT', b'/etc/passwd'), capacity=0)
TEXT = DESCRIPTOR % (b'ffffffff', b'FLAT', b'/etc/passwd')
write('vmdk', 'text', len(TEXT), (0, TEXT))
write('vmdk', 'cowd', 4096, (0, struct.pack('<4sIIIIIIIIII', b'COWD', 1, 3, 2048, 16, 4, 1, 8, 1, 1, 1)))

# --- VDI, VHD ---

def vdi(name, kind=1, parent=bytes(16)):
    write('vdi', name, 1024, (0x40, le(0xbeda107f, 4) + le(0x10001, 4) + le(400, 4) + le(kind, 4)), (0x154, le(512, 4) + le(1024, 4)),
          (0x168, le(512, 4)), (0x170, le(8 * MIB) + le(MIB, 4) + bytes(4) + le(8, 4)), (0x1a8, parent), (512, b'\xff' * 32))


vdi('plain')
vdi('fixed', 2)
vdi('difference', 4, bytes(range(16)))


def checked(block, at):
    return block[:at] + be(~sum(block) & 0xffffffff, 4) + block[at + 4:]


def footer(kind, size=8 * MIB, creator=b'win '):
    return checked(struct.pack('>8sIIQI4sI4sQQHBBII', b'conectix', 2, 0x10000, 512, 0, creator, 0, b'Wi2k', size, size, 240, 4, 17,
                               kind, 0).ljust(512, b'\0'), 64)


def vhd(name, kind=3, creator=b'win ', parent=''):
    head = struct.pack('>8sQQIIII16sII', b'cxsparse', (1 << 64) - 1, 1536, 0x10000, 4, 2 * MIB, 0, bytes(16), 0, 0)
    write('vhd', name, 2560, (0, footer(kind, creator=creator)), (512, head + parent.encode('utf-16-be')), (1536, b'\xff' * 512),
          (2048, footer(kind, creator=creator)))


vhd('plain')
vhd('virtual-pc', creator=b'vpc ')
vhd('difference', 4, parent='base.vhd')
write('vhd-fixed', 'plain', 2560, (2048, footer(2, 2048)))
write('vhd-fixed', 'difference', 1024, (512, footer(4)))

# --- VHDX: its parts, as image.c lays them out ---

MAP, METADATA = bytes.fromhex('6677c22d23f600429d64115e9bfd4a08'), bytes.fromhex('06a27c8b90479a4bb8fe575f050f886e')
ITEMS = [bytes.fromhex(item) for item in
         ('3767a1ca36fa434db3b633f0aa44e76b', '2442a52f1bcd7648b2115dbed83bf4b8', 'ab12cabee6b2234593efc309e000c746',
          '1dbf41816fa90947ba47f233a8faab5f', 'c748a3cd5d4471449cc9e9885251c556', '2d5fd3a80bb34d45abf7d3d84834ab0c')]


def vhdx(name, flags=0, log=bytes(16), items=5):
    parts = [(0, b'vhdxfile')]
    parts += [(16 + 80 * i, (b'head' + bytes(4) + le(i + 1) + bytes(32) + log + bytes(2) + le(1, 2) + le(MIB, 4))) for i in range(2)]
    parts += [(176, b'regi' + bytes(4) + le(2, 4) + bytes(4) + MAP + le(MIB) + le(MIB, 4) + le(1, 4) + METADATA + le(2 * MIB) +
               le(MIB, 4) + le(1, 4))]
    table = b''.join(item + le(64 * KIB + 64 * i, 4) + le(64, 4) + le(4, 4) + bytes(4) for i, item in enumerate(ITEMS[:items]))
    parts += [(432, b'metadata' + bytes(2) + le(items, 2) + bytes(20) + table)]
    parts += [(944, le(MIB, 4) + le(flags, 4)), (944 + 64, le(8 * MIB)), (944 + 192, le(512, 4)), (944 + 256, le(4096, 4))]
    key, value = 'relative_path'.encode('utf-16-le'), 'base.vhdx'.encode('utf-16-le')
    parts += [(944 + 320, bytes(18) + le(1, 2) + le(32, 4) + le(32 + len(key), 4) + le(len(key), 2) + le(len(value), 2) + key + value)]
    parts += [(1968, le(2 * MIB | 6))]
    write('vhdx', name, 1968 + 64, *parts)


vhdx('plain')
vhdx('dirty', log=bytes(range(16)))
vhdx('difference', flags=2, items=6)

# --- LUKS, raw, others ---

SLOT = be(0x00ac71f3, 4) + bytes(36) + be(2, 4) + be(10, 4)
write('luks', 'plain', 4096, (0, b'LUKS\xba\xbe\0\1'), (104, be(4, 4) + be(32, 4)), (208, SLOT))
write('luks', 'version-2', 512, (0, b'LUKS\xba\xbe\0\2'))
VOLUME = b'\1CD001\1'.ljust(80, b'\0') + le(40, 4) + be(40, 4) + bytes(40) + le(2048, 2) + be(2048, 2)
write('optical', 'iso', 40 * 2048, (16 * 2048, VOLUME), (17 * 2048, b'\xffCD001\1'))
write('optical', 'udf', 40 * 2048, (16 * 2048, b'\0BEA01\1'), (17 * 2048, b'\0NSR03\1'), (18 * 2048, b'\0TEA01\1'))
write('disk', 'gpt', 4096, (510, b'\x55\xaa'), (512, b'EFI PART'), (536, le(1) + le(7)))
write('disk', 'mbr', 4096, (446, b'\x80\0\0\0\x83\0\0\0' + le(4, 4) + le(4, 4)), (510, b'\x55\xaa'))
write('disk', 'ext4', 4096, (0x438, b'\x53\xef'))
for name, content in (('gzip', b'\x1f\x8b\x08' + bytes(20) + le(4096, 4)), ('zstd', b'\x28\xb5\x2f\xfd\xe0' + le(1 << 40)),
                      ('lz4', b'\x04\x22\x4d\x18\x68\x70' + le(65536) + bytes(8)), ('bzip2', b'BZh91AY&SY'),
                      ('xz', b'\xfd7zXZ\0\0\4' + bytes(28) + b'\0\1\x20\x80\x80\4\0\0' + bytes(8) + le(2, 4) + b'\0\4YZ'),
                      ('dmg', bytes(100) + b'koly'.ljust(512, b'\0')), ('tar', bytes(257) + b'ustar' + bytes(250)),
                      ('pe', b'MZ' + bytes(58) + le(64, 4) + b'PE\0\0' + bytes(500)), ('html', b'<!-- x -->\n<!DOCTYPE html><html>'),
                      ('utf-16', '<html>'.encode('utf-16')), ('lfs', b'version https://git-lfs.github.com/spec/v1\noid sha256:'),
                      ('text', 'größer\n'.encode() * 80), ('script', b'#!/usr/bin/perl\n')):
    write('other', name, len(content), (0, content))
