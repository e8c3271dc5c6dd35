#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Disks with a system, opened by the desktop entry and started from the sheet as it proposes: a Linux that GRUB loads, on a
disk for BIOS alone and on one for UEFI alone, and a Debian, whose screen is read by OCR."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / 'ui'), str(TESTS / 'image')]

from entry import install, launch, quit_all, showing, titles, wait_sheet  # noqa: E402
from disks import SECTOR, gpt  # noqa: E402
from harness import Desktop  # noqa: E402
from ocr import wait_words  # noqa: E402
from sample import MIB, Tools, holes, le  # noqa: E402
from tap import Tap  # noqa: E402

GRUB = Path('/usr/lib/grub/i386-pc')
LOADS = """search --no-floppy --set=root --file /guest
linux /guest {}
initrd /initramfs
boot
"""
MODULES = 'part_gpt fat search linux normal boot test'.split()
FIRST = 2048                                                           # sector of the first partition
tap = Tap()


def make_core(tools, work, menu):
    """GRUB for a BIOS: what the boot sector loads from the first partition, told where that is."""
    core = work / 'core'
    tools.run('grub-mkimage', '-O', 'i386-pc', '-o', core, '-p', '/', '-c', menu, 'biosdisk', *MODULES)
    image = bytearray(core.read_bytes())
    # The last of its first sector's lists of blocks: where the rest is, how much that is; the segment stays.
    image[500:508], image[508:510] = le(FIRST + 1, 8), le(-(-(len(image) - SECTOR) // SECTOR), 2)
    start = bytearray((GRUB / 'boot.img').read_bytes())
    start[0x5c:0x64] = le(FIRST, 8)
    start[0x64] = 0xff                                                 # the drive that the BIOS says
    return bytes(image), bytes(start[:440])


def make_disks(folder, images, tools):
    guest, work = Path(os.environ['DIORAMA_TEST_GUEST']), folder / 'work'
    work.mkdir()
    menu, system = work / 'menu', work / 'system'
    menu.write_text(LOADS.format((guest / 'cmdline').read_text().strip()))
    holes(system, 40 * MIB)
    tools.run('mkfs.vfat', '-F', '32', '-n', 'SYSTEM', system)
    tools.run('mcopy', '-i', system, guest / 'vmlinuz', '::guest')
    tools.run('mcopy', '-i', system, guest / 'initramfs', '::initramfs')
    core, start = make_core(tools, work, menu)
    (images / 'bios.img').write_bytes(gpt(('bios-boot', core), ('windows', system.read_bytes()), code=start))
    tools.run('grub-mkimage', '-O', 'x86_64-efi', '-o', work / 'loader', '-p', '/', '-c', menu, 'efi_gop', *MODULES)
    tools.run('mmd', '-i', system, '::EFI', '::EFI/BOOT')
    tools.run('mcopy', '-i', system, work / 'loader', '::EFI/BOOT/BOOTX64.EFI')
    (images / 'uefi.img').write_bytes(gpt(('esp', system.read_bytes())))


def is_card(picture):
    """The test guest's: pure colours that no firmware paints."""
    return all((picture[:, :, :3] == colour).all(axis=2).mean() > 0.002 for colour in ((255, 255, 0), (0, 255, 255), (255, 0, 255)))


def check(desktop, entry, file, firmware, wait):
    with tap.test(f'{file.name} starts with {firmware} from its sheet, and is seen'):
        launch(desktop, entry, file)
        wait_sheet(desktop, file)
        showing(desktop, 'button', 'Start').act()
        desktop.wait_for(lambda: titles(desktop) == [file.stem], 60, 'the machine')
        wait()
        desktop.keep(f'desktop-entry-{file.stem}')
        running = subprocess.run(['pgrep', '-af', 'qemu-system'], stdout=subprocess.PIPE, text=True).stdout
        here = next(line for line in running.splitlines() if file.name in line)
        assert ('if=pflash' in here or 'pflash0' in here) == (firmware == 'UEFI'), here
    with tap.test(f'{file.name} is closed, and can be opened again'):
        desktop.manage_window('close')
        desktop.wait_for(lambda: showing(desktop, 'button', 'Force Off'), 20, 'the question').act()
        desktop.wait_for(lambda: titles(desktop) == [], 30, 'its end')
        launch(desktop, entry, file)
        wait_sheet(desktop, file)
        desktop.press('Escape')
        desktop.wait_for(lambda: titles(desktop) == [], 20, 'the sheet to go')


def main():
    debian = subprocess.run([TESTS / 'debian/build'], stdout=subprocess.PIPE, text=True, check=True).stdout.strip().splitlines()[-1]
    with Desktop((1280, 960)) as desktop:
        images, entry = desktop.home / 'images', install(desktop)
        images.mkdir()
        with tap.guard('the disks'):
            make_disks(desktop.home, images, Tools(Path(os.environ['DIORAMA_TEST_ENGINE']), desktop.home))
            shutil.copy(debian, images / 'debian.qcow2')
        for name, firmware in ('bios.img', 'BIOS'), ('uefi.img', 'UEFI'):
            check(desktop, entry, images / name, firmware, lambda: desktop.wait_picture(is_card, 150, 'the test card'))
        check(desktop, entry, images / 'debian.qcow2', 'UEFI', lambda: wait_words(desktop, ['debian 13', 'firmware=uefi'], 200, 'what it tells'))
        with tap.guard('the end'):
            quit_all(desktop)
    tap.finish()


if __name__ == '__main__':
    main()
