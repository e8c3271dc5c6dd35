#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Disk images opened as the file manager does it: by the desktop entry, which has the bus start Diorama. Each kind gets its
sheet; closed, it leaves nothing; started, the machine's picture is seen, of a disk for BIOS and of one for UEFI."""

import os
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / 'image')]
from entry import install, launch, quit_all, showing, titles, wait_sheet  # noqa: E402
from disks import Systems, boot_sector, gpt                            # noqa: E402
from harness import Desktop                                            # noqa: E402
from sample import MIB, Tools                                          # noqa: E402
from tap import Tap                                                    # noqa: E402

# 320 x 200 in 256 colours, all of it number 4 of the palette: mov ax,13h; int 10h; mov es,0a000h; rep stosb; hlt.
RED_CODE = bytes.fromhex('b81300cd10b800a08ec031ffb004b900faf3aaf4ebfd')
RED, GREEN = (0xa8, 0, 0), (0, 0xaa, 0)
MENU = 'set gfxmode=640x480\nterminal_output gfxterm\nbackground_color "#00aa00"\n'
MODULES = 'efi_gop gfxterm gfxterm_background terminal video font'.split()
KINDS = {'qcow2': 'qcow2', 'vmdk': 'vmdk', 'vdi': 'vdi', 'vhd': 'vpc', 'vhdx': 'vhdx', 'qcow': 'qcow', 'qed': 'qed'}
tap = Tap()


# -- images ------------------------------------------------------------------------------------------------------------

def make_uefi(folder, tools):
    """GRUB alone, which paints the screen."""
    menu, loader, system = folder / 'menu', folder / 'loader', folder / 'system'
    menu.write_text(MENU)
    tools.run('grub-mkimage', '-O', 'x86_64-efi', '-o', loader, '-p', '/EFI', '-c', menu, *MODULES)
    system.write_bytes(Systems(tools).fat(extra=('EFI/BOOT/OTHER.EFI',), size=4 * MIB))
    tools.run('mdel', '-i', system, '::EFI/BOOT/OTHER.EFI')
    tools.run('mcopy', '-i', system, loader, '::EFI/BOOT/BOOTX64.EFI')
    return gpt(('esp', system.read_bytes()))


def make_images(folder):
    engine = Path(os.environ.get('DIORAMA_TEST_ENGINE', '/usr'))
    tools, work, images = Tools(engine, folder), folder / 'work', folder / 'images'
    work.mkdir()
    images.mkdir()
    (images / 'red.img').write_bytes(boot_sector(RED_CODE) + bytes(2 * MIB))
    for ending, form in KINDS.items():
        tools.convert(images / 'red.img', images / f'red.{ending}', form, theirs=True)
    (images / 'green.img').write_bytes(make_uefi(work, tools))
    (work / 'tree').mkdir()
    (work / 'tree/boot').write_bytes(RED_CODE.ljust(2048, b'\0'))
    tools.run('xorriso', '-as', 'mkisofs', '-quiet', '-o', images / 'disc.iso', '-b', 'boot', '-no-emul-boot', work / 'tree')
    return images


# -- checks ------------------------------------------------------------------------------------------------------------

def listing(folder):
    return sorted((str(path.relative_to(folder)), path.stat().st_mtime_ns) for path in folder.rglob('*'))


def check_kinds(desktop, entry, images):
    for file in sorted(images.iterdir()):
        with tap.test(f'{file.name}: its sheet; closed, nothing is left'):
            before = listing(images)
            launch(desktop, entry, file)
            wait_sheet(desktop, file)
            desktop.press('Escape')
            desktop.wait_for(lambda: titles(desktop) == [], 20, 'the sheet to go')
            assert listing(images) == before, listing(images)
            place = desktop.home / 'Diorama'
            assert not place.exists() or not list(place.iterdir()), list(place.iterdir())


def shows(picture, colour):
    """On a tenth of the screen at least."""
    near = (abs(picture[:, :, :3].astype(int) - colour) <= 12).all(axis=2)
    return near.mean() > 0.1


def check_start(desktop, entry, file, colour):
    with tap.test(f'{file.name} is started, and its picture seen; opened again, its window comes to the front'):
        launch(desktop, entry, file)
        wait_sheet(desktop, file)
        showing(desktop, 'button', 'Start').act()
        desktop.wait_for(lambda: titles(desktop) == [file.stem], 30, 'the machine')
        desktop.keep(f'open-desktop-{file.stem}')
        desktop.wait_picture(lambda picture: shows(picture, colour), 60, f'{file.stem}’s picture')
        launch(desktop, entry, file)
        desktop.wait_for(lambda: titles(desktop) == [file.stem], 20, 'one window')
        assert not showing(desktop, 'button', 'Start')
        desktop.manage_window('close')
        desktop.wait_for(lambda: showing(desktop, 'button', 'Force Off'), 20, 'the question').act()
        desktop.wait_for(lambda: titles(desktop) == [], 20, 'its end')
    with tap.test(f'{file.name} is not left locked: it can be opened again'):
        launch(desktop, entry, file)
        wait_sheet(desktop, file)
        desktop.press('Escape')
        desktop.wait_for(lambda: titles(desktop) == [], 20, 'the sheet to go')


def main():
    with Desktop((1000, 800)) as desktop:
        with tap.guard('everything'):
            images, entry = make_images(desktop.home), install(desktop)
            check_start(desktop, entry, images / 'red.qcow2', RED)
            check_start(desktop, entry, images / 'green.img', GREEN)
            check_kinds(desktop, entry, images)
        with tap.guard('the end'):
            quit_all(desktop)
    tap.finish()


if __name__ == '__main__':
    main()
