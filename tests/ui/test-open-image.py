#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""The sheet that opens disk images, by keyboard and as a screen reader sees it: what it says of good, awkward and refused
ones, what its buttons do, and what is left when it is closed."""

import fcntl
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

from gi.repository import GLib

sys.path.insert(0, str(Path(__file__).parent))
from console import APPLICATION_ID, environment, program, window_actions  # noqa: E402
from harness import Desktop                                            # noqa: E402
from processes import children                                         # noqa: E402
from tap import Tap                                                    # noqa: E402

BOOT_SECTOR = b'\xfa\xf4\xeb\xfd'.ljust(510, b'\0') + b'\x55\xaa'      # cli; hlt; jmp back to hlt
KEYS = {' ': 'space', '/': 'slash', '.': 'period', '-': 'minus', '_': ('Shift', 'minus')}
FINGER = 44
REMOVABLE = Path('/run/media')
F_OFD_SETLK = 37
tap = Tap()


# -- images ------------------------------------------------------------------------------------------------------------

def qemu_img(*words):
    subprocess.run(['qemu-img', *words], check=True, capture_output=True)


def make_images(folder):
    raw = folder / 'raw.img'
    raw.write_bytes(BOOT_SECTOR + bytes(1 << 20))
    for name in ('good', 'packed', 'kept'):
        qemu_img('convert', '-f', 'raw', '-O', 'qcow2', raw, folder / f'{name}.qcow2')
    subprocess.run(['xz', folder / 'packed.qcow2'], check=True)
    (folder / 'elsewhere').mkdir()
    qemu_img('create', '-q', '-f', 'qcow2', '-b', 'parent.qcow2', '-F', 'qcow2', '-u', folder / 'child.qcow2', '1M')
    qemu_img('convert', '-f', 'raw', '-O', 'qcow2', raw, folder / 'elsewhere/parent.qcow2')
    qemu_img('create', '-q', '-f', 'qcow2', '-b', 'json:{"driver":"nbd","host":"example.org"}', '-F', 'raw', '-u',
             folder / 'hostile.qcow2', '1M')
    qemu_img('create', '-q', '-f', 'luks', '--object', 'secret,id=s,data=sesame', '-o', 'key-secret=s,iter-time=10',
             folder / 'secret.luks', '1M')
    make_damaged(folder / 'damaged.qcow2', raw)
    make_arm(folder / 'arm.img')
    qemu_img('convert', '-f', 'raw', '-O', 'qcow2', raw, folder / 'states.qcow2')
    qemu_img('snapshot', '-q', '-c', 'before', folder / 'states.qcow2')
    (folder / 'page.iso').write_text('<!DOCTYPE html>\n<html><body>Not found</body></html>\n' * 40)


def make_damaged(path, raw):
    """QEMU's mark of that: the second bit of the incompatible features."""
    qemu_img('convert', '-f', 'raw', '-O', 'qcow2', raw, path)
    with path.open('r+b') as file:
        file.seek(79)
        file.write(b'\2')


def make_arm(path):
    path.write_bytes(bytes(8 << 20))
    subprocess.run(['sfdisk', '-q', path], input='label: gpt\nstart=2048, type=U\n', text=True, check=True,
                   stdout=subprocess.DEVNULL)
    partition = f'{path}@@1M'
    for words in (['mformat', '-i', partition, '-T', '12288', '-h', '64', '-s', '32', '::'],
                  ['mmd', '-i', partition, '::/EFI', '::/EFI/BOOT'],
                  ['mcopy', '-i', partition, path.parent / 'raw.img', '::/EFI/BOOT/BOOTAA64.EFI']):
        subprocess.run(words, check=True)


def listing(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob('*'))


# -- what is on the screen ---------------------------------------------------------------------------------------------

def showing(desktop, role, start, *states):
    """None also while a widget goes, which cannot be asked any more."""
    try:
        return next((node for node in desktop.accessible().find_all(role)
                     if node.name.startswith(start) and {'showing', *states} <= node.states), None)
    except GLib.Error:
        return None


def texts(desktop):
    try:
        return [node.name.replace('\xa0', ' ') for node in desktop.accessible().find_all('label') if 'showing' in node.states]
    except GLib.Error:
        return []


def wait_showing(desktop, role, start, *states, timeout=20):
    try:
        return desktop.wait_for(lambda: showing(desktop, role, start, *states), timeout, f'{role} “{start}” {states}')
    except TimeoutError:
        raise AssertionError(f'no {role} “{start}” {states}, but {texts(desktop)}') from None


def wait_gone(desktop, role, start):
    desktop.wait_for(lambda: not showing(desktop, role, start), 20, f'{role} “{start}” to go')


def wait_text(desktop, words):
    try:
        return desktop.wait_for(lambda: next((text for text in texts(desktop) if words in text), None), 20, words)
    except TimeoutError:
        raise AssertionError(f'“{words}” is not among {texts(desktop)}') from None


def titles(desktop):
    try:
        return sorted(node.name for role in ('window', 'frame') for node in desktop.accessible().find_all(role))
    except GLib.Error:
        return []


def reach(desktop, role, name):
    """By Tab, until it has the focus."""
    wait_showing(desktop, role, name, 'sensitive')
    for _ in range(30):
        if showing(desktop, role, name, 'focused'):
            return
        before = focused(desktop)
        desktop.press('Tab')
        desktop.wait_for(lambda: focused(desktop) != before, 10, f'the focus to leave {before}')
    raise AssertionError(f'Tab does not lead to {role} “{name}”')


def press(desktop, label, key):
    """By its mnemonic."""
    wait_showing(desktop, 'button', label, 'sensitive')
    desktop.press('Alt', key)


def focused(desktop):
    try:
        return next(((node.role, node.name, node.extents) for node in desktop.accessible().find_all()
                     if {'showing', 'focused'} <= node.states), None)
    except GLib.Error:
        return None


def write(desktop, text):
    for character in text:
        key = KEYS.get(character, character.lower())
        desktop.press(*(('Shift',) if character.isupper() else ()), *((key,) if isinstance(key, str) else key))


def open_files(desktop, *paths):
    return desktop.launch([program(), *paths], environment())


def run(desktop, *words):
    done = subprocess.run([program(), *words], env=desktop.env | environment(), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def gone(desktop):
    desktop.wait_for(lambda: not desktop.has_name(APPLICATION_ID), 20, 'the end of the application')


def close_machine(desktop, app):
    """Ends the machine in front."""
    desktop.manage_window('close')
    wait_showing(desktop, 'button', 'Force Off').act()
    assert app.wait(20) == 0
    gone(desktop)


# -- checks ------------------------------------------------------------------------------------------------------------

def check_held(desktop, folder, app):
    with tap.test('another name of the image that runs: who has it is told; it can be tried again'):
        os.link(folder / 'good.qcow2', folder / 'link.qcow2')
        assert run(desktop, folder / 'link.qcow2') == (0, '', '')
        wait_showing(desktop, 'button', 'Try Again')
        wait_text(desktop, '“good”')
        assert not showing(desktop, 'button', 'Start') and not showing(desktop, 'button', 'Try Without')
        desktop.keep('open-held', settled=True)
        desktop.press('Escape')
        wait_gone(desktop, 'button', 'Try Again')
    desktop.wait_for(lambda: titles(desktop) == ['good'], 20, 'the machine alone')
    close_machine(desktop, app)
    (folder / 'link.qcow2').unlink()
    with tap.test('an image that another QEMU has is offered as soon as that lets go of it'):
        with open(folder / 'good.qcow2', 'rb') as file:
            # As QEMU does who lets nobody else write: byte 201, shared.
            fcntl.fcntl(file, F_OFD_SETLK, struct.pack('hhqqi4x', fcntl.F_RDLCK, os.SEEK_SET, 201, 1, 0))
            app = open_files(desktop, folder / 'good.qcow2')
            wait_showing(desktop, 'button', 'Try Again')
            assert not showing(desktop, 'button', 'Start')
        wait_showing(desktop, 'button', 'Start')
        desktop.press('Escape')
        gone(desktop)


def check_good(desktop, folder):
    before = listing(folder)
    with tap.test('a good disk: what it is, where it is, what will happen; closed with Escape, nothing is left'):
        app = open_files(desktop, folder / 'good.qcow2')
        wait_showing(desktop, 'button', 'Start', 'focused')
        wait_text(desktop, 'QCOW2 (QEMU) · 1.0 MB')
        wait_text(desktop, str(folder / 'good.qcow2'))
        wait_text(desktop, 'Changes are written to the image itself')
        assert titles(desktop) == ['good.qcow2'], titles(desktop)
        desktop.keep('open-good', settled=True)
        for label in ('Start', 'Try Without Saving', 'Add to Library'):
            _, _, width, height = showing(desktop, 'button', label).extents
            assert width >= FINGER and height >= FINGER, (label, width, height)
        desktop.press('Escape')
        assert app.wait(20) == 0
        gone(desktop)
        assert listing(folder) == before, listing(folder)
    with tap.test('Enter starts it; opened again, its window comes to the front'):
        app = open_files(desktop, folder / 'good.qcow2')
        wait_showing(desktop, 'button', 'Start', 'focused')
        desktop.press('Enter')
        desktop.wait_for(lambda: titles(desktop) == ['good'], 20, 'the machine')
        actions = window_actions(desktop, app)
        desktop.wait_for(lambda: actions.enabled('pause'), 30, 'the machine to run')
        assert run(desktop, folder / 'good.qcow2') == (0, '', '')
        assert titles(desktop) == ['good'], titles(desktop)
    check_held(desktop, folder, app)


def check_twice(desktop, folder):
    with tap.test('an image that is opened twice at once has one sheet'):
        app = open_files(desktop, folder / 'good.qcow2')
        desktop.wait_for(lambda: desktop.has_name(APPLICATION_ID), 20, 'the application')
        for _ in range(2):                                              # the second when it is on the screen
            assert run(desktop, folder / 'good.qcow2') == (0, '', '')
            wait_showing(desktop, 'button', 'Start', 'focused')
            assert titles(desktop) == ['good.qcow2'], titles(desktop)
        assert run(desktop, folder / 'raw.img') == (0, '', '')
        desktop.wait_for(lambda: titles(desktop) == ['good.qcow2', 'raw.img'], 20, 'another sheet')
        for left in (1, 0):
            desktop.press('Escape')
            desktop.wait_for(lambda: len(titles(desktop)) == left, 20, 'the sheet to go')
        assert app.wait(20) == 0


def writes_elsewhere(app):
    """Its QEMU has the image below another one, which takes what is written."""
    try:
        return any(b'"disk0-kept"' in Path(f'/proc/{pid}/cmdline').read_bytes() for pid in children(app.pid))
    except OSError:
        return False


def check_options(desktop, folder):
    with tap.test('options are the machine’s; “Try Without Saving” keeps nothing'):
        content = (folder / 'good.qcow2').read_bytes()
        app = open_files(desktop, folder / 'good.qcow2')
        wait_showing(desktop, 'button', 'Start', 'focused')
        desktop.press('Shift', 'Tab')
        desktop.press('Shift', 'Tab')
        wait_showing(desktop, 'list item', 'Options', 'focused')
        desktop.press('Enter')
        wait_showing(desktop, 'text box', 'Name')
        desktop.keep('open-options', settled=True)
        reach(desktop, 'text box', 'Name')
        desktop.press('Ctrl', 'a')
        write(desktop, 'renamed')
        desktop.press('Escape')
        press(desktop, 'Try Without Saving', 't')
        desktop.wait_for(lambda: titles(desktop) == ['renamed'], 20, 'the machine')
        desktop.wait_for(lambda: writes_elsewhere(app), 20, 'QEMU, with an overlay')
        app.signal(15)
        app.wait(20)
        gone(desktop)
        assert (folder / 'good.qcow2').read_bytes() == content


def unlock(desktop, passphrase):
    wait_showing(desktop, 'text box', 'Passphrase', 'focused')
    write(desktop, passphrase)
    desktop.press('Enter')
    wait_gone(desktop, 'text box', 'Passphrase')


def check_remedies(desktop, folder):
    with tap.test('a compressed image is unpacked, and then what was in it is shown'):
        app = open_files(desktop, folder / 'packed.qcow2.xz')
        wait_text(desktop, 'It is compressed')
        wait_showing(desktop, 'button', 'Unpack')
        desktop.keep('open-compressed', settled=True)
        press(desktop, 'Unpack', 'u')
        wait_showing(desktop, 'button', 'Start', 'focused')
        wait_text(desktop, str(folder / 'packed.qcow2'))
        assert (folder / 'packed.qcow2').stat().st_size > 0
        desktop.press('Escape')
        assert app.wait(20) == 0
    with tap.test('a missing parent is located'):
        app = open_files(desktop, folder / 'child.qcow2')
        wait_text(desktop, '“parent.qcow2”')
        assert not showing(desktop, 'button', 'Start')
        desktop.keep('open-parent', settled=True)
        press(desktop, 'Locate…', 'l')
        wait_showing(desktop, 'button', 'Open')
        write(desktop, str(folder / 'elsewhere/parent.qcow2'))
        desktop.press('Enter')
        wait_showing(desktop, 'button', 'Start', 'focused')     # the window has the keys again
        desktop.press('Escape')
        assert app.wait(20) == 0
    with tap.test('an encrypted one asks for its passphrase'):
        app = open_files(desktop, folder / 'secret.luks')
        wait_text(desktop, 'It is encrypted')
        wait_showing(desktop, 'button', 'Enter Passphrase')
        desktop.keep('open-encrypted', settled=True)
        press(desktop, 'Enter Passphrase', 'e')
        unlock(desktop, 'wrong')
        wait_text(desktop, 'The passphrase is not the one')
        press(desktop, 'Enter Passphrase', 'e')
        unlock(desktop, 'sesame')
        wait_gone(desktop, 'button', 'Enter Passphrase')
        desktop.press('Escape')
        assert app.wait(20) == 0


def check_refused(desktop, folder):
    for name, words in (('hostile.qcow2', 'json:'), ('page.iso', 'web page')):
        with tap.test(f'{name} is refused with a reason, and nothing offers to go on'):
            app = open_files(desktop, folder / name)
            wait_text(desktop, words)
            assert not any(showing(desktop, 'button', label) for label in ('Start', 'Try', 'Add')), texts(desktop)
            desktop.keep(f'open-{name.partition(".")[0]}', settled=True)
            desktop.press('Escape')
            assert app.wait(20) == 0
    with tap.test('with --start it is refused on standard error'):
        status, out, err = run(desktop, '--start', folder / 'hostile.qcow2')
        assert status == 1 and 'hostile.qcow2' in err and 'json:' in err and not out, (status, out, err)
    with tap.test('a read-only one says where changes go'):
        (folder / 'kept.qcow2').chmod(0o444)
        app = open_files(desktop, folder / 'kept.qcow2')
        wait_showing(desktop, 'button', 'Start', 'focused')
        wait_text(desktop, 'The image may not be written. Changes go to a file of their own')
        desktop.keep('open-read-only', settled=True)
        desktop.press('Escape')
        assert app.wait(20) == 0
        (folder / 'kept.qcow2').chmod(0o644)


def check_several(desktop, folder):
    with tap.test('several files: one machine, whose order can be changed; or each by itself'):
        app = open_files(desktop, folder / 'good.qcow2', folder / 'raw.img')
        wait_text(desktop, 'One Machine With 2 Disks?')
        wait_showing(desktop, 'button', 'Start', 'focused')
        wait_showing(desktop, 'button', 'Move raw.img Up').act()
        desktop.wait_for(lambda: showing(desktop, 'button', 'Move raw.img Down', 'sensitive'), 10, 'the order')
        desktop.keep('open-several', settled=True)
        press(desktop, 'Open Each Separately', 'e')
        desktop.wait_for(lambda: titles(desktop) == ['good.qcow2', 'raw.img'], 20, 'a sheet for each')
        desktop.press('Escape')
        desktop.wait_for(lambda: len(titles(desktop)) == 1, 20, 'one sheet')
        desktop.press('Escape')
        assert app.wait(20) == 0


def open_in_library(desktop, path, words):
    """Its sheet is over the library."""
    assert run(desktop, path) == (0, '', '')
    wait_text(desktop, words)


def close_sheet(desktop, button):
    desktop.press('Escape')
    wait_gone(desktop, 'button', button)


def check_copies(desktop, folder):
    with tap.test('a damaged image is repaired as a copy, which is shown then'):
        before = (folder / 'damaged.qcow2').read_bytes()
        open_in_library(desktop, folder / 'damaged.qcow2', 'It is damaged')
        assert not showing(desktop, 'button', 'Start')
        desktop.keep('open-damaged', settled=True)
        press(desktop, 'Repair a Copy', 'r')
        wait_text(desktop, str(folder / 'damaged (repaired).qcow2'))
        wait_showing(desktop, 'button', 'Start', 'focused')
        assert (folder / 'damaged.qcow2').read_bytes() == before
        close_sheet(desktop, 'Start')
    with tap.test('a snapshot is started from in a copy'):
        open_in_library(desktop, folder / 'states.qcow2', 'It holds 1 snapshot of itself')
        wait_showing(desktop, 'button', 'Start', 'focused')
        desktop.press('Shift', 'Tab')
        wait_showing(desktop, 'list item', 'Details', 'focused')
        desktop.press('Enter')
        wait_showing(desktop, 'button', 'Start from “before”')
        desktop.keep('open-snapshot', settled=True)
        showing(desktop, 'button', 'Start from “before”').act()
        wait_text(desktop, str(folder / 'states (before).qcow2'))
        wait_showing(desktop, 'button', 'Start', 'focused')
        close_sheet(desktop, 'Start')


def check_computer(desktop, folder):
    with tap.test('a system for other processors is told, and not started'):
        open_in_library(desktop, folder / 'arm.img', 'for other processors: 64-bit Arm')
        assert not any(showing(desktop, 'button', label) for label in ('Start', 'Try Without', 'Add to')), texts(desktop)
        desktop.keep('open-arm', settled=True)
        desktop.press('Escape')
        desktop.wait_for(lambda: not any('64-bit Arm' in text for text in texts(desktop)), 20, 'the sheet to go')
    with tap.test('more memory than there is: one tap gives it less'):
        open_in_library(desktop, folder / 'good.qcow2', str(folder / 'good.qcow2'))
        wait_showing(desktop, 'button', 'Start', 'focused')
        desktop.press('Shift', 'Tab')
        desktop.press('Shift', 'Tab')
        wait_showing(desktop, 'list item', 'Options', 'focused')
        desktop.press('Enter')
        reach(desktop, 'spin button', 'Memory (MB)')
        desktop.press('Ctrl', 'a')
        write(desktop, '999999')
        desktop.press('Enter')
        desktop.press('Escape')
        wait_showing(desktop, 'button', 'Give It Less', 'sensitive')
        desktop.keep('open-memory', settled=True)
        press(desktop, 'Give It Less', 'l')
        wait_gone(desktop, 'button', 'Give It Less')
        close_sheet(desktop, 'Start')
    with tap.test('on a drive that can be taken out: that is told'):
        try:
            REMOVABLE.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            tap.skip(f'nothing can be put below {REMOVABLE}: {error}')
        with tempfile.TemporaryDirectory(dir=REMOVABLE) as drive:
            shutil.copy(folder / 'good.qcow2', drive)
            open_in_library(desktop, f'{drive}/good.qcow2', 'It is on a drive that can be taken out')
            desktop.keep('open-removable', settled=True)
            close_sheet(desktop, 'Start')


def check_appliance(desktop, folder):
    with tap.test('an appliance becomes a machine of the library'):
        status, out, err = run(desktop, 'export', 'over', folder / 'over.ova')
        assert status == 0, (status, out, err)
        assert run(desktop, folder / 'over.ova') == (0, '', '')
        definition = desktop.home / 'Diorama/over 2.diorama/machine.diorama.json'
        desktop.wait_for(definition.exists, 30, 'the machine')


def check_awkward(desktop, folder):
    """All in one Diorama, over its library."""
    app = open_files(desktop)
    desktop.wait_for(lambda: titles(desktop) == ['Diorama'], 20, 'the library')
    check_copies(desktop, folder)
    check_computer(desktop, folder)
    app.stop()


def is_closed(desktop):
    """It asks only when the machine ran already."""
    if button := showing(desktop, 'button', 'Force Off', 'sensitive'):
        button.act()
    return titles(desktop) == ['Diorama']


def check_library(desktop, folder):
    place = desktop.home / 'Diorama'
    with tap.test('“Add to Library” makes a machine that uses it where it is'):
        app = open_files(desktop, folder / 'kept.qcow2')
        wait_showing(desktop, 'button', 'Start', 'focused')
        press(desktop, 'Add to Library…', 'a')
        wait_showing(desktop, 'text box', 'Name')
        desktop.keep('open-add', settled=True)
        press(desktop, 'Add to Library', 'a')
        definition = place / 'kept.diorama/machine.diorama.json'
        desktop.wait_for(definition.exists, 20, 'the machine')
        disk, = json.loads(definition.read_text())['machine']['disks']
        assert disk['path'] == str(folder / 'kept.qcow2') and disk['format'] == 'qcow2', disk
        desktop.wait_for(lambda: titles(desktop) == ['Diorama'], 20, 'the library')
    with tap.test('opened again, that machine is opened'):
        assert run(desktop, folder / 'kept.qcow2') == (0, '', '')
        desktop.wait_for(lambda: titles(desktop) == ['Diorama', 'kept'], 20, 'the machine')
        desktop.manage_window('close')
        desktop.wait_for(lambda: is_closed(desktop), 20, 'its end')
    with tap.test('an image that another machine’s disk is written over is not written'):
        status, out, err = run(desktop, 'import', '--mode=linked', '--name=over', folder / 'good.qcow2')
        assert status == 0, (status, out, err)
        assert run(desktop, folder / 'good.qcow2') == (0, '', '')
        wait_showing(desktop, 'button', 'Make a Linked Machine')
        assert not showing(desktop, 'button', 'Start') and not showing(desktop, 'button', 'Add to Library')
        assert showing(desktop, 'button', 'Try Without Saving')
        desktop.keep('open-layer', settled=True)
        desktop.press('Escape')
        wait_gone(desktop, 'button', 'Make a Linked Machine')
    check_appliance(desktop, folder)
    with tap.test('nothing is complained of'):
        assert 'CRITICAL' not in app.output() and 'WARNING' not in app.output(), app.output()
    app.stop()


def main():
    with Desktop((1000, 800)) as desktop:
        folder = desktop.home / 'images'
        folder.mkdir()
        make_images(folder)
        for check in (check_good, check_twice, check_options, check_remedies, check_refused, check_several, check_awkward, check_library):
            with tap.guard(check.__name__):
                check(desktop, folder)
            for app in desktop.apps():                                  # what a failure has left
                app.stop()
    tap.finish()


main()
