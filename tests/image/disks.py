# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Small disks from which a computer could start, as far as anybody looks: partition tables, file systems, loaders."""

import shutil
import struct
import tempfile
import uuid
import zlib
from pathlib import Path

from sample import MIB, holes, le

SECTOR = 512
TYPES = {'esp': 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B', 'bios-boot': '21686148-6449-6E6F-744E-656564454649',
         'linux': '0FC63DAF-8483-4772-8E79-3D69D8477DE4', 'windows': 'EBD0A0A2-B9E5-4433-87C0-68B6B72699C7',
         'freebsd': '516E7CB6-6ECF-11D6-8FF8-00022D09712B', 'freebsd-boot': '83BD6B9D-7F41-11DC-BE0B-001560B84F0F'}
MACHINES = {'BOOTX64.EFI': 0x8664, 'BOOTAA64.EFI': 0xaa64, 'BOOTIA32.EFI': 0x14c, 'BOOTRISCV64.EFI': 0x5064, 'BOOTMGFW.EFI': 0x8664}
CODE = b'\xfa\xf4\xeb\xfd'                                              # cli; hlt; and again


def boot_sector(code=CODE, table=b''):
    return code.ljust(446, b'\0')[:446] + table.ljust(64, b'\0') + b'\x55\xaa'


def loader(machine):
    """As much of a program for UEFI as tells for which processor it is."""
    return (b'MZ' + bytes(58) + le(64, 4) + b'PE\0\0' + le(machine, 2) + le(1, 2) + bytes(16) + le(0x20b, 2)).ljust(1024, b'\0')


def mbr(*partitions, code=CODE, sectors=None):
    """PARTITIONS: (type, content, active); from 1 MiB on, one after the other."""
    table, image, at = b'', b'', 2048
    for kind, content, active in partitions:
        length = -(-len(content) // MIB) * 2048
        table += struct.pack('<B3sB3sII', 0x80 * active, b'\xfe\xff\xff', kind, b'\xfe\xff\xff', at, length)
        image += content.ljust(length * SECTOR, b'\0')
        at += length
    return (boot_sector(code, table).ljust(MIB, b'\0') + image).ljust((sectors or at + 2048) * SECTOR, b'\0')


def gpt(*partitions, code=b''):
    """PARTITIONS: (type, content)."""
    entries, image, at = b'', b'', 2048
    for number, (kind, content) in enumerate(partitions):
        length = max(1, -(-len(content) // MIB)) * 2048
        entries += struct.pack('<16s16sQQQ72s', uuid.UUID(TYPES[kind]).bytes_le, uuid.UUID(int=number + 1).bytes_le, at, at + length - 1, 0,
                               kind.encode('utf-16-le'))
        image += content.ljust(length * SECTOR, b'\0')
        at += length
    total = at + 2048
    entries = entries.ljust(128 * 128, b'\0')

    def head(here, there, first):
        block = struct.pack('<8sIIIIQQQQ16sQIII', b'EFI PART', 0x10000, 92, 0, 0, here, there, 34, total - 34, uuid.UUID(int=99).bytes_le,
                            first, 128, 128, zlib.crc32(entries))
        return (block[:16] + le(zlib.crc32(block), 4) + block[20:]).ljust(SECTOR, b'\0')

    protective = struct.pack('<B3sB3sII', 0, b'\0\2\0', 0xee, b'\xff\xff\xff', 1, total - 1)
    start = boot_sector(code, protective) + head(1, total - 1, 2) + entries
    return (start.ljust(MIB, b'\0') + image).ljust((total - 33) * SECTOR, b'\0') + entries + head(total - 1, 1, total - 33)


class Systems:
    """File systems, made by their own tools; each once."""

    def __init__(self, tools):
        self.tools, self.made = tools, {}

    def fat(self, *loaders, extra=(), size=2 * MIB):
        key = ('fat', loaders, extra, size)
        if key not in self.made:
            with tempfile.TemporaryDirectory() as folder:
                image, program = Path(folder, 'fat'), Path(folder, 'program')
                holes(image, size)
                self.tools.run('mkfs.vfat', '-n', 'SYSTEM', '-i', '12345678', image)
                names = [f'EFI/BOOT/{name}' for name in loaders] + list(extra)
                folders = sorted({'/'.join(name.split('/')[:depth]) for name in names for depth in range(1, name.count('/') + 1)})
                if folders:
                    self.tools.run('mmd', '-i', image, *(f'::{name}' for name in folders))
                for name in names:
                    program.write_bytes(loader(MACHINES.get(name.rpartition('/')[2].upper(), 0x8664)))
                    self.tools.run('mcopy', '-i', image, program, f'::{name}')
                self.made[key] = image.read_bytes()
        return self.made[key]

    def ext4(self, release, programs=(), size=2 * MIB):
        """RELEASE: the text of os-release. PROGRAMS: the ELF machine of /bin/sh."""
        key = ('ext4', release, programs, size)
        if key not in self.made:
            with tempfile.TemporaryDirectory() as folder:
                root, image = Path(folder, 'root'), Path(folder, 'ext4')
                for name in ('etc', 'usr/lib', 'usr/bin', 'boot'):
                    (root / name).mkdir(parents=True)
                if release is not None:
                    (root / 'usr/lib/os-release').write_text(release)
                    (root / 'etc/os-release').symlink_to('../usr/lib/os-release')
                (root / 'bin').symlink_to('usr/bin')
                for machine in programs:
                    (root / 'usr/bin/sh').write_bytes(b'\x7fELF\x02\x01\x01' + bytes(9) + le(3, 2) + le(machine, 2) + bytes(200))
                holes(image, size)
                self.tools.run('mke2fs', '-q', '-t', 'ext4', '-O', '^has_journal', '-U', str(uuid.UUID(int=7)), '-d', root, image)
                self.made[key] = image.read_bytes()
                shutil.rmtree(root)
        return self.made[key]

    @staticmethod
    def ntfs(size=MIB):
        """As much of NTFS as its readers look at: the boot sector, four records of the MFT, the last with the name."""
        boot = struct.pack('<3s8sHBHBHHBHHHII', b'\xeb\x52\x90', b'NTFS    ', 512, 8, 0, 0, 0, 0, 0xf8, 0, 63, 255, 0, 0)
        boot += struct.pack('<IQQQbxxxbxxxQI', 0x800080, size // SECTOR - 1, 4, 8, -10, 1, 0x1234567812345678, 0)
        name = 'Windows'.encode('utf-16-le')
        attribute = struct.pack('<IIBBHHHIHH', 0x60, 24 + len(name) + -len(name) % 8, 0, 0, 24, 0, 0, len(name), 24, 0) + name
        attribute = attribute.ljust(24 + len(name) + -len(name) % 8, b'\0')
        record = struct.pack('<4sHHQHHHHIIQHHI', b'FILE', 48, 3, 0, 1, 1, 56, 1, 56 + len(attribute) + 8, 1024, 0, 4, 0, 3).ljust(56, b'\0')
        volume = (record + attribute + b'\xff\xff\xff\xff').ljust(1024, b'\0')
        plain = record + b'\xff\xff\xff\xff'.ljust(1024 - len(record), b'\0')
        image = bytearray(boot.ljust(510, b'\0') + b'\x55\xaa').ljust(size, b'\0')
        image[4 * 4096:4 * 4096 + 4096] = plain * 3 + volume
        return bytes(image)
