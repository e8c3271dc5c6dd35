#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""New machines, made with the keyboard and read by a screen reader: what is made, and what is told when it cannot be."""

import json
import os
import subprocess
import sys
from pathlib import Path

from gi.repository import GLib

sys.path.insert(0, str(Path(__file__).parent))
import file_dialog                                                     # noqa: E402
import machines                                                        # noqa: E402
from console import APPLICATION_ID, environment, program               # noqa: E402
from harness import Desktop                                            # noqa: E402
from tap import Tap                                                    # noqa: E402

sys.path.insert(0, str(Path(__file__).parent.parent / 'image'))
from images import corpus                                              # noqa: E402

KEYS = {' ': 'space', '/': 'slash', '.': 'period', '-': 'minus', '_': ('Shift', 'minus')}
tap = Tap()


def showing(desktop, role, start, *states):
    """None also while a widget goes, which cannot be asked any more."""
    try:
        return next((node for node in desktop.accessible().find_all(role)
                     if node.name.startswith(start) and {'showing', *states} <= node.states), None)
    except GLib.Error:
        return None


def wait_showing(desktop, role, start, *states):
    return desktop.wait_for(lambda: showing(desktop, role, start, *states), 20, f'{role} “{start}” {states}')


def write(desktop, text):
    for character in text:
        key = KEYS.get(character, character.lower())
        desktop.press(*(('Shift',) if character.isupper() else ()), *((key,) if isinstance(key, str) else key))


def rewrite(desktop, text):
    desktop.press('Ctrl', 'a')
    desktop.press('Delete')
    write(desktop, text)


def focus(desktop, role, start):
    """By Tab, until it is there."""
    wait_showing(desktop, role, start)
    for _ in range(30):
        if desktop.wait_for(lambda: focused(desktop), 10, 'a focus') and showing(desktop, role, start, 'focused'):
            return
        before = focused(desktop)
        desktop.press('Tab')
        desktop.wait_for(lambda: focused(desktop) not in (None, before), 10, f'the focus to leave {before}')
    raise AssertionError(f'Tab does not lead to {role} “{start}”')


def focused(desktop):
    try:
        return next(((node.role, node.name, node.extents) for node in desktop.accessible().find_all()
                     if {'showing', 'focused'} <= node.states), None)
    except GLib.Error:
        return None


def open_dialog(desktop, actions):
    actions.activate('new-machine')
    wait_showing(desktop, 'dialog', 'New Machine')
    wait_showing(desktop, 'list item', 'Debian')


def take_file(desktop, actions, path):
    open_dialog(desktop, actions)
    wait_showing(desktop, 'button', 'Choose a File', 'focused')
    desktop.press('Enter')
    file_dialog.choose(desktop, path)
    wait_showing(desktop, 'button', 'Create and Start')


def gone(desktop):
    desktop.wait_for(lambda: showing(desktop, 'dialog', 'New Machine') is None, 20, 'the dialog to go')


def definition(folder):
    return json.loads((folder / 'machine.diorama.json').read_text())


def make_disc(folder):
    content = folder / 'content/install.amd'
    content.mkdir(parents=True)
    (content / 'vmlinuz').write_bytes(b'a kernel')
    (content / 'initrd.gz').write_bytes(b'an archive')
    subprocess.run(['xorriso', '-as', 'mkisofs', '-quiet', '-R', '-V', 'Debian 12.7.0 amd64 n', '-o',
                    folder / 'disc.iso', folder / 'content'], check=True, capture_output=True)
    return folder / 'disc.iso'


def check_names(desktop, actions, place):
    with tap.test('an empty machine is proposed, with a name that is free'):
        open_dialog(desktop, actions)
        desktop.keep('new-machine-what')
        wait_showing(desktop, 'button', 'Choose a File', 'focused')
        desktop.press('Tab')
        wait_showing(desktop, 'list item', 'Empty Machine', 'focused')
        desktop.press('Enter')
        wait_showing(desktop, 'button', 'Create and Start')
        wait_showing(desktop, 'text box', 'Name', 'focused')
        assert desktop.wait_for(lambda: showing(desktop, 'text box', 'Name'), 5, 'the name').text == 'Machine 2'
    with tap.test('no name, and one that is taken, are refused in place'):
        rewrite(desktop, '')
        desktop.press('Enter')
        wait_showing(desktop, 'label', 'The machine needs a name')
        write(desktop, 'Machine')
        desktop.wait_for(lambda: not showing(desktop, 'label', 'The machine needs a name'), 5, 'the sentence to go')
        desktop.press('Enter')
        wait_showing(desktop, 'label', 'There is a machine called “Machine” already')
        desktop.keep('new-machine-name')
        assert sorted(path.name for path in place.iterdir() if path.suffix == '.diorama') == ['Machine.diorama']


def check_failure(desktop, place):
    with tap.test('when it cannot be made, the dialog comes back with all that was written'):
        rewrite(desktop, 'robot 7')
        moved = place.rename(place.with_name('moved'))
        place.write_text('in the way')
        focus(desktop, 'button', 'Create')
        desktop.press('Enter')
        wait_showing(desktop, 'dialog', 'New Machine')
        wait_showing(desktop, 'button', 'Create', 'focused')
        assert wait_showing(desktop, 'text box', 'Name').text == 'robot 7'
        desktop.keep('new-machine-failed')
        place.unlink()
        moved.rename(place)


def check_create(desktop, place):
    with tap.test('once it can be, it is made, with what the page said'):
        wait_showing(desktop, 'button', 'Create', 'focused', 'sensitive')
        desktop.press('Enter')
        gone(desktop)
        folder = place / 'robot 7.diorama'
        desktop.wait_for(folder.exists, 20, 'the machine')
        made = definition(folder)
        assert made['name'] == 'robot 7', made
        disk, = made['machine']['disks']
        assert disk['path'] == 'disk-1.qcow2' and (folder / disk['path']).exists(), made


def check_unattended(desktop, actions, place, disc):
    with tap.test('a disc is recognised, and offers to install itself'):
        take_file(desktop, actions, disc)
        wait_showing(desktop, 'label', 'Debian 12')
        x, y, width, height = wait_showing(desktop, 'switch', 'Install by Itself').extents
        desktop.click(x + width / 2, y + height / 2)
        wait_showing(desktop, 'text box', 'User Name', 'focused')
        rewrite(desktop, 'Anna')
        wait_showing(desktop, 'button', 'Create').act()
        wait_showing(desktop, 'label', 'A user name begins with')
        wait_showing(desktop, 'text box', 'User Name', 'focused')
        rewrite(desktop, 'anna')
        desktop.press('Enter')
        wait_showing(desktop, 'label', 'Without a password')
        desktop.keep('new-machine-unattended')
    with tap.test('it is made with the answers in the installer, and no password outside'):
        write(desktop, 'swordfish')
        wait_showing(desktop, 'button', 'Create').act()
        gone(desktop)
        folder = place / 'Debian 12.diorama'
        desktop.wait_for(folder.exists, 20, 'the machine')
        made = definition(folder)
        assert made['os'] == 'http://debian.org/debian/12', made
        assert made['machine']['initrd'] == 'install/initrd', made
        assert made['machine']['disks'][1]['path'] == str(disc), made
        assert 'swordfish' not in json.dumps(made), made
        assert b'swordfish' in (folder / 'install/initrd').read_bytes()


def check_disk_image(desktop, actions, place, image):
    with tap.test('a disk image tells which system it has, and how it starts'):
        take_file(desktop, actions, image)
        wait_showing(desktop, 'label', 'Debian 13')
        wait_showing(desktop, 'button', 'Create').act()
        gone(desktop)
        folder = place / 'Debian 13.diorama'
        desktop.wait_for(folder.exists, 20, 'the machine')
        made = definition(folder)
        assert made['os'] == 'http://debian.org/debian/13', made
        assert made['machine']['firmware'] == 'uefi', made


def check_firmware(desktop, actions, place):
    with tap.test('the firmware is what was chosen'):
        open_dialog(desktop, actions)
        wait_showing(desktop, 'button', 'Choose a File', 'focused')
        desktop.press('Tab')
        wait_showing(desktop, 'list item', 'Empty Machine', 'focused')
        desktop.press('Enter')
        wait_showing(desktop, 'text box', 'Name', 'focused')
        rewrite(desktop, 'safe')
        focus(desktop, 'combo box', 'Firmware')
        desktop.press('Enter')
        desktop.wait_for(lambda: (node := focused(desktop)) and node[0] == 'list item', 10, 'the list')
        desktop.press('End')
        desktop.press('Enter')
        focus(desktop, 'button', 'Create')
        desktop.press('Enter')
        gone(desktop)
        desktop.wait_for((place / 'safe.diorama').exists, 20, 'the machine')
        assert definition(place / 'safe.diorama')['machine']['firmware'] == 'uefi-secure'


def check_start(desktop, actions):
    with tap.test('“Create and Start” starts it'):
        open_dialog(desktop, actions)
        wait_showing(desktop, 'button', 'Choose a File', 'focused')
        desktop.press('Tab')
        wait_showing(desktop, 'list item', 'Empty Machine', 'focused')
        desktop.press('Enter')
        wait_showing(desktop, 'text box', 'Name', 'focused')
        desktop.press('Enter')
        gone(desktop)
        wait_showing(desktop, 'window', 'Machine 2')


def main():
    with Desktop((1000, 800)) as desktop:
        place = desktop.home / 'Diorama'
        machines.make(place, 'Machine')
        disc = make_disc(desktop.home)
        system = corpus(Path(os.environ['DIORAMA_TEST_ENGINE'])) / 'boot/uefi.img'
        app = desktop.launch([program()], environment())
        desktop.wait_window()
        desktop.manage_window('maximize')                               # where it is, is where the screen is
        actions = app.actions(APPLICATION_ID)
        check_names(desktop, actions, place)
        check_failure(desktop, place)
        check_create(desktop, place)
        check_unattended(desktop, actions, place, disc)
        check_disk_image(desktop, actions, place, system)
        check_firmware(desktop, actions, place)
        check_start(desktop, actions)
        with tap.test('nothing is complained of'):
            assert 'CRITICAL' not in app.output() and 'WARNING' not in app.output(), app.output()
        app.stop()
    tap.finish()


main()
