# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Disks and discs with something on them: how they start, and which system it is."""

import os
import tempfile
from pathlib import Path

from disks import CODE, Systems, boot_sector, gpt, mbr
from sample import MIB, le, sample, truncate, write

ISO_SECTOR = 2048
DEBIAN = ('PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nNAME="Debian GNU/Linux"\nVERSION_ID="13"\nVERSION="13 (trixie)"\nID=debian\n')
DEBIAN_TOLD = {'os-id': 'debian', 'os-version': '13', 'os-name': 'Debian GNU/Linux 13 (trixie)'}
X64, ARM = 62, 183
systems = []


def disk(name, case, build, boot, form='raw', size=None, inside=(), **expected):
    """BUILD gets the file systems and returns the disk's content, which is converted to FORM."""
    @sample(f'boot/{name}', case, **dict(format=form, size=size, inside={'boot': boot} | dict(inside)) | expected)
    def make(path, tools):
        if not systems:
            systems.append(Systems(tools))
        content = build(systems[0])
        if form == 'raw':
            write(path, content)
            return
        source = path.with_name(path.name + '.source')
        write(source, content)
        tools.convert(source, path, form, compress=form == 'qcow2', theirs=form in ('qcow', 'qed'))
        source.unlink()


def debian(with_bios=True, with_uefi=True, machine=X64):
    def build(on):
        return gpt(*[('bios-boot', CODE)] * with_bios, *[('esp', on.fat('BOOTX64.EFI' if machine == X64 else 'BOOTAA64.EFI'))] * with_uefi,
                   ('linux', on.ext4(DEBIAN, (machine,))), code=CODE if with_bios else b'')
    return build


RAW = dict(mime='application/vnd.efi.img')
disk('uefi.img', 'firmware: an ESP with BOOTX64.EFI', debian(with_bios=False), ['uefi'], starts=True, **RAW,
     inside=DEBIAN_TOLD | {'table': 'gpt', 'file-systems': ['vfat', 'ext4'], 'arch': 'x86_64'})
disk('bios-gpt.img', 'firmware: a BIOS boot partition', debian(with_uefi=False), ['bios'], **RAW,
     inside=DEBIAN_TOLD | {'table': 'gpt', 'file-systems': [None, 'ext4']})
disk('both.img', 'firmware: both', debian(), ['bios', 'uefi'], inside=DEBIAN_TOLD | {'table': 'gpt'}, starts=True)
disk('arm.img', 'firmware: BOOTAA64.EFI', debian(with_bios=False, machine=ARM), ['uefi-arm'],
     inside=DEBIAN_TOLD | {'arch': 'aarch64', 'table': 'gpt'})
disk('ia32.img', 'firmware: BOOTIA32.EFI', lambda on: gpt(('esp', on.fat('BOOTIA32.EFI'))), ['uefi-ia32'])
disk('riscv.img', 'firmware: BOOTRISCV64.EFI', lambda on: gpt(('esp', on.fat('BOOTRISCV64.EFI'))), ['uefi-riscv'])
disk('lower-case.img', 'firmware: an ESP with bootx64.efi', lambda on: gpt(('esp', on.fat('bootx64.efi'))), ['uefi'])
disk('other-loader.img', 'firmware: an ESP with another loader', lambda on: gpt(('esp', on.fat(extra=('EFI/debian/grubx64.efi',)))), ['uefi'])
disk('empty-esp.img', 'firmware: an ESP with nothing in it', lambda on: gpt(('esp', on.fat())), [])
disk('mbr.img', 'firmware: MBR code only', lambda on: mbr((0x83, on.ext4(DEBIAN), True)), ['bios'], starts=True,
     inside=DEBIAN_TOLD | {'table': 'dos', 'file-systems': ['ext4']})
disk('mbr-esp.img', 'firmware: an ESP in an MBR', lambda on: mbr((0xef, on.fat('BOOTX64.EFI'), False), code=b''), ['uefi'],
     inside={'table': 'dos'})
disk('mbr-without-code.img', 'firmware: none', lambda on: mbr((0x83, on.ext4(None), False), code=b''), [], inside={'table': 'dos'})
disk('boot-sector.img', 'firmware: a boot sector only', lambda on: boot_sector() + bytes(MIB), ['bios'], starts=True)
disk('superfloppy.img', 'firmware: FAT without a table, with BOOTX64.EFI', lambda on: on.fat('BOOTX64.EFI'), ['bios', 'uefi'],
     inside={'table': None}, flags=None)
disk('debian.qcow2', 'qcow2 with a Debian', debian(), ['bios', 'uefi'], 'qcow2', inside=DEBIAN_TOLD | {'table': 'gpt'}, starts=True)
for form, ending in (('vmdk', 'vmdk'), ('vdi', 'vdi'), ('vpc', 'vhd'), ('vhdx', 'vhdx'), ('qcow', 'qcow'), ('qed', 'qed')):
    disk(f'debian.{ending}', f'{ending} with a Debian', debian(), ['bios', 'uefi'], form, inside={'os-id': 'debian'}, starts=True)
disk('windows.img', 'OS: Windows', lambda on: gpt(('esp', on.fat('BOOTX64.EFI', extra=('EFI/Microsoft/Boot/bootmgfw.efi',))),
                                                  ('windows', on.ntfs())), ['uefi'],
     inside={'os-id': 'windows', 'os-name': 'Windows', 'file-systems': ['vfat', 'ntfs']})
disk('freebsd.img', 'OS: FreeBSD', lambda on: gpt(('freebsd-boot', CODE), ('freebsd', bytes(MIB)), code=CODE), ['bios'],
     inside={'os-id': 'freebsd'})
disk('hostile-release.img', 'attack: an os-release that lies', lambda on: mbr((0x83, on.ext4(
    'ID="../../etc\x1b[2J"\nVERSION_ID=\'$(id)\'\nPRETTY_NAME="' + 'x' * 70000 + '"\n'), True)), ['bios'])
disk('raw.qcow2', 'misnamed: raw as .qcow2', lambda on: boot_sector() + bytes(MIB), ['bios'], flags={'misnamed'})
disk('raw.raw', 'raw as .raw', lambda on: boot_sector() + bytes(MIB), ['bios'])
disk('nameless', 'raw without an ending', debian(), ['bios', 'uefi'], mime='application/vnd.diorama.disk')


@sample('boot/truncated.img', 'truncated: the table has another end', ('truncated', 'good'), format='raw')
def make_truncated(path, tools):
    path.write_bytes(gpt(('bios-boot', CODE), ('linux', bytes(2 * MIB)), code=CODE))
    truncate(path, MIB)


def looped(start):
    """Logical partitions that lead back to the first."""
    record = bytearray(boot_sector(b''))
    record[446 + 16 + 4] = 5
    record[446 + 16 + 8:446 + 16 + 16] = le(0, 4) + le(2048, 4)
    image = bytearray(mbr((5, bytes(MIB), False)))
    image[start * 512:start * 512 + 512] = record
    return bytes(image)


disk('logical-loop.img', 'attack: logical partitions in a loop', lambda on: looped(2048), ['bios'])
disk('gpt-overrun.img', 'attack: a GPT of 2^32 - 1 entries',
     lambda on: (content := bytearray(gpt(('linux', b''), code=CODE))).__setitem__(slice(512 + 80, 512 + 88), b'\xff' * 8) or bytes(content),
     ['bios'], problem=('good', 'broken', 'truncated'))


# --- discs ---

def disc(name, case, boot, bios=False, uefi=(), hybrid=False, **expected):
    @sample(f'disc/{name}', case, **dict(format='raw', flags={'optical'}, inside={'boot': boot}) | expected)
    def make(path, tools):
        with tempfile.TemporaryDirectory() as folder:
            tree = Path(folder, 'tree')
            tree.mkdir()
            (tree / 'README.TXT').write_text('quack\n')
            words = ['xorriso', '-as', 'mkisofs', '-quiet', '-V', 'DUCK', '-o', path]
            if hybrid:
                Path(folder, 'mbr').write_bytes(boot_sector())
                words += ['-isohybrid-mbr', Path(folder, 'mbr')]
            if bios:
                (tree / 'boot.img').write_bytes(CODE.ljust(2048, b'\0'))
                words += ['-b', 'boot.img', '-no-emul-boot', '-boot-load-size', 4]
            if uefi:
                (tree / 'efi.img').write_bytes(Systems(tools).fat(*uefi, size=MIB))
                words += ['-eltorito-alt-boot'] * bios + ['-e', 'efi.img', '-no-emul-boot']
                words += ['-isohybrid-gpt-basdat'] * hybrid
            tools.run(*words, tree)


disc('bios.iso', 'El Torito for BIOS', ['bios'], bios=True, mime='application/vnd.efi.iso', starts=True)
disc('uefi.iso', 'El Torito for EFI', ['uefi'], uefi=('BOOTX64.EFI',), mime='application/vnd.efi.iso')
disc('both.iso', 'El Torito for both', ['bios', 'uefi'], bios=True, uefi=('BOOTX64.EFI',), starts=True)
disc('arm.iso', 'El Torito for EFI on Arm', ['uefi-arm'], uefi=('BOOTAA64.EFI',))
disc('hybrid.iso', 'a disc that starts from a drive, too', ['bios', 'uefi'], bios=True, uefi=('BOOTX64.EFI',), hybrid=True, either={'misnamed'})
disc('data.iso', 'a disc without a system', [])
disc('disc.img', 'misnamed: a disc as .img', ['bios'], bios=True, either={'misnamed'})
disc('disc.qcow2', 'misnamed: a disc as .qcow2', ['bios'], bios=True, flags={'optical', 'misnamed'})


@sample('disc/truncated.iso', 'truncated', 'truncated', format='raw')
def make_truncated_disc(path, tools):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, 'noise').write_bytes(os.urandom(4 * MIB))
        tools.run('xorriso', '-as', 'mkisofs', '-quiet', '-V', 'DUCK', '-o', path, folder)
    truncate(path, MIB)


def udf():
    """Only the marks of UDF: its sequence of volume descriptors, and the anchor."""
    image = bytearray(300 * ISO_SECTOR)
    for number, mark in enumerate((b'BEA01', b'NSR03', b'TEA01')):
        at = (16 + number) * ISO_SECTOR
        image[at:at + 7] = b'\0' + mark + b'\1'
    anchor = bytearray(16)
    anchor[0:2], anchor[2:4], anchor[12:16] = le(2, 2), le(3, 2), le(256, 4)
    anchor[4] = sum(anchor) & 255
    image[256 * ISO_SECTOR:256 * ISO_SECTOR + 16] = anchor
    return bytes(image)


sample('disc/udf.iso', 'UDF', content=udf(), format='raw', flags={'optical'})


def catalogue(sector):
    """A disc whose boot catalogue is elsewhere."""
    image = bytearray(64 * ISO_SECTOR)
    image[16 * ISO_SECTOR:16 * ISO_SECTOR + 7] = b'\1CD001\1'
    image[16 * ISO_SECTOR + 80:16 * ISO_SECTOR + 84] = le(64, 4)
    image[17 * ISO_SECTOR:17 * ISO_SECTOR + 30] = b'\0CD001\1EL TORITO SPECIFICATION'
    image[17 * ISO_SECTOR + 0x47:17 * ISO_SECTOR + 0x4b] = le(sector, 4)
    image[18 * ISO_SECTOR:18 * ISO_SECTOR + 7] = b'\xffCD001\1'
    return bytes(image)


sample('attack/catalogue-beyond.iso', 'attack: a boot catalogue out of range', ('good', 'broken', 'truncated'), content=catalogue(0xffffffff),
       either={'optical'}, format='raw')
