#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""disk.py ROOT.tar DISK: a raw disk with three partitions: GRUB for BIOS, the EFI system partition, the root (ext4)."""

import os
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

SECTOR = 512
MIB = 2048                                   # sectors
BIOS, EFI, ROOT, SIZE = 1 * MIB, 2 * MIB, 50 * MIB, 1074 * MIB
UUID = '3d0f5b7a-52d2-4c1d-9a53-1f6a2b3c4d5e'
MENU = f'''
set timeout=0
search --no-floppy --fs-uuid --set=root {UUID}
linux /vmlinuz root=UUID={UUID} rw quiet mitigations=off systemd.unit=report.service systemd.show_status=0 systemd.gpt_auto=0
initrd /initrd.img
boot
'''
# What the loader for BIOS must have in itself to find the rest.
MODULES = 'biosdisk part_gpt ext2 normal linux search search_fs_uuid echo boot minicmd configfile'.split()
KERNEL_SECTOR = 0x5c                         # in boot.img: where the second stage begins
SEGMENT = 0x820                              # where the second stage loads the rest of itself to


def run(*command, **options):
    return subprocess.run([str(word) for word in command], check=True, **options)


def write(disk, sector, content):
    with open(disk, 'r+b') as file:
        file.seek(sector * SECTOR)
        file.write(content)


def partition(disk):
    table = f'''label: gpt
start={BIOS}, size={EFI - BIOS}, type=21686148-6449-6E6F-744E-656564454649
start={EFI}, size={ROOT - EFI}, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B
start={ROOT}, size={SIZE - ROOT - MIB}, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4
'''
    run('sfdisk', '--quiet', disk, input=table, text=True)


def start_by_bios(disk, work):
    """GRUB's two stages are put together as grub-bios-setup would, which wants a device."""
    early = work / 'early.cfg'
    early.write_text(MENU)
    core = work / 'core.img'
    run('grub-mkimage', '-O', 'i386-pc', '-o', core, '-p', '(hd0,gpt3)/boot/grub', '-c', early, *MODULES)
    image = bytearray(core.read_bytes())
    image += bytes(-len(image) % SECTOR)
    sectors = len(image) // SECTOR
    assert sectors < EFI - BIOS, sectors
    # The first sector of the second stage ends with the list of where the rest of it is.
    image[SECTOR - 12:SECTOR] = struct.pack('<QHH', BIOS + 1, sectors - 1, SEGMENT)
    write(disk, BIOS, image)
    boot = bytearray(Path('/usr/lib/grub/i386-pc/boot.img').read_bytes()[:440])
    boot[KERNEL_SECTOR:KERNEL_SECTOR + 8] = struct.pack('<Q', BIOS)
    write(disk, 0, boot)


def start_by_uefi(disk, work):
    """As Debian's installer does for removable media, with all that Secure Boot asks for."""
    system = work / 'efi.img'
    system.write_bytes(b'')
    os.truncate(system, (ROOT - EFI) * SECTOR)
    run('mkfs.vfat', '-F', '32', '-n', 'EFI', system, stdout=subprocess.DEVNULL)
    menu = work / 'grub.cfg'
    menu.write_text(MENU)
    run('mmd', '-i', system, '::EFI', '::EFI/BOOT', '::EFI/debian')
    for source, name in (('/usr/lib/shim/shimx64.efi.signed', 'EFI/BOOT/BOOTX64.EFI'),
                         ('/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed', 'EFI/BOOT/grubx64.efi'),
                         (menu, 'EFI/debian/grub.cfg')):
        run('mcopy', '-i', system, source, f'::{name}')
    write(disk, EFI, system.read_bytes())


def main(archive, disk):
    Path(disk).write_bytes(b'')
    os.truncate(disk, SIZE * SECTOR)
    partition(disk)
    with tempfile.TemporaryDirectory(dir=Path(disk).parent) as folder:
        work = Path(folder)
        start_by_bios(disk, work)
        start_by_uefi(disk, work)
        root = work / 'root.img'
        root.write_bytes(b'')
        os.truncate(root, (SIZE - ROOT - MIB) * SECTOR)
        run('mke2fs', '-q', '-t', 'ext4', '-U', UUID, '-d', archive, root)
        run('dd', f'if={root}', f'of={disk}', 'bs=1M', f'seek={ROOT // MIB}', 'conv=notrunc,sparse', 'status=none')


if __name__ == '__main__':
    main(*sys.argv[1:])
