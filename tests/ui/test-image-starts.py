#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Machines that do not start by themselves: of disks for the other firmware, and of encrypted ones."""

import json
import os
import subprocess
import sys
from pathlib import Path

from gi.repository import GLib

sys.path.insert(0, str(Path(__file__).parent))
import console                                                         # noqa: E402
import machines                                                        # noqa: E402
from console import program                                            # noqa: E402
from harness import Desktop                                            # noqa: E402
from tap import Tap                                                    # noqa: E402

ENGINE = Path(os.environ['DIORAMA_TEST_ENGINE'])
# mov dx, 0x604; mov ax, 0x2000; out dx, ax: what turns QEMU's q35 off; then hlt
TURN_OFF = b'\xba\x04\x06\xb8\x00\x20\xef\xf4\xeb\xfd'.ljust(510, b'\0') + b'\x55\xaa'
tap = Tap()


def call(*words):
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)


def make_loader(work):
    """What turns the machine off, for UEFI."""
    (work / 'early.cfg').write_text('halt\n')
    call('grub-mkimage', '-O', 'x86_64-efi', '-p', '/', '-c', work / 'early.cfg', '-o', work / 'BOOTX64.EFI', 'halt', 'normal',
         'configfile', 'fat', 'part_msdos', 'all_video', 'gfxterm')
    return work / 'BOOTX64.EFI'


def make_disk(path, loader, code=b''):
    """LOADER is started with UEFI, CODE with BIOS."""
    path.write_bytes(code[:440] + bytes((32 << 20) - len(code[:440])))
    subprocess.run(['sfdisk', '-q', path], input='label: dos\nstart=2048, type=ef\n', text=True, check=True,
                   stdout=subprocess.DEVNULL)
    partition = f'{path}@@1M'
    call('mformat', '-i', partition, '-T', str((32 << 11) - 2048), '-h', '64', '-s', '32', '::')
    call('mmd', '-i', partition, '::/EFI', '::/EFI/BOOT')
    call('mcopy', '-i', partition, loader, '::/EFI/BOOT/BOOTX64.EFI')


def make_encrypted_disk(path):
    plain = path.parent / 'plain.img'
    plain.write_bytes(TURN_OFF + bytes((1 << 20) - len(TURN_OFF)))
    call(ENGINE / 'bin/qemu-img', 'convert', '-f', 'raw', '-O', 'luks', '--object', 'secret,id=key,data=secret', '-o',
         'key-secret=key,iter-time=10', plain, path)


def showing(desktop, role, name):
    try:
        return next((node for node in desktop.accessible().find_all(role)
                     if node.name == name and 'showing' in node.states), None)
    except GLib.GError:
        return None


def wait_showing(desktop, role, name, timeout=20):
    try:
        return desktop.wait_for(lambda: showing(desktop, role, name), timeout, f'the {role} {name}')
    except TimeoutError:
        raise AssertionError(desktop.accessible().outline()) from None


def names(desktop):
    try:
        return [node.name for node in desktop.accessible().walk() if node.name and 'showing' in node.states]
    except GLib.GError:                                                # what was there when it began has gone
        return []


def wait_name(desktop, words, timeout=20):
    try:
        desktop.wait_for(lambda: any(words in name for name in names(desktop)), timeout, words)
    except TimeoutError:
        raise AssertionError(names(desktop)) from None


def firmware_of(folder):
    return json.loads((folder / machines.DEFINITION).read_text())['machine'].get('firmware', 'bios')


def start_keyring(desktop):
    """One that is open, as after the user's login."""
    keyring = subprocess.Popen(['gnome-keyring-daemon', '--unlock', '--components=secrets', '--foreground'],
                               env=desktop.env | console.environment(), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    keyring.stdin.write(b'login')
    keyring.stdin.close()
    desktop.wait_for(lambda: desktop.has_name('org.freedesktop.secrets'), 20, 'the keyring')
    return keyring


def newest_log(folder):
    return max(path.stat().st_mtime_ns for path in folder.glob('**/*.log'))


def open_file(desktop, *words):
    subprocess.run([program(), *map(str, words)], env=desktop.env | console.environment(), check=True, timeout=60)


def check_passphrase(desktop, locked):
    with tap.test('an encrypted disk is asked for its passphrase, and a wrong one is told'):
        open_file(desktop, locked)
        wait_showing(desktop, 'text box', 'Passphrase')
        desktop.keep('passphrase')
        desktop.type('n', 'o', 'Enter')
        wait_name(desktop, 'does not fit')
        desktop.keep('passphrase-wrong')
    with tap.test('the right one starts it'):
        desktop.type('s', 'e', 'c', 'r', 'e', 't')
        # The row is one, too.
        [node for node in desktop.accessible().find_all('switch') if node.name == 'Remember'][-1].act()
        desktop.type('Enter')
        wait_name(desktop, 'Locked Is Off')
    with tap.test('a passphrase that was remembered is not asked for'):
        before = newest_log(locked)
        wait_showing(desktop, 'button', 'Start Again').act()
        desktop.wait_for(lambda: newest_log(locked) > before, 20, 'the start')
        desktop.wait_for(lambda: any('Locked Is Off' in name for name in names(desktop)) or
                         showing(desktop, 'text box', 'Passphrase'), 20, 'the end')
        assert not showing(desktop, 'text box', 'Passphrase')


def check_firmware(desktop, uefi_machine):
    with tap.test('a disk that looks as if it were for UEFI, and is not'):
        button = wait_showing(desktop, 'button', 'Try BIOS', 60)
        desktop.keep('doctor-bios')
        button.act()
        wait_name(desktop, 'misleading Is Off')
    with tap.test('what was chosen for an image that is opened in place is remembered'):
        (state,) = (desktop.home / '.local/state/diorama/firmware').iterdir()
        assert json.loads(state.read_text())['firmware'] == 'bios', state.read_text()
    with tap.test('a machine for BIOS whose disk is for UEFI: one tap, and the definition has it'):
        button = wait_showing(desktop, 'button', 'Try UEFI', 60)
        desktop.keep('doctor-uefi')
        button.act()
        wait_name(desktop, 'Modern Is Off', 60)
        assert firmware_of(uefi_machine) == 'uefi', firmware_of(uefi_machine)


def main():
    with Desktop() as desktop:
        with tap.guard('everything'):
            place = desktop.home / 'VMs'
            modern = machines.make(place, 'Modern', memory=128, machine={
                'memory': 128, 'network': 'none', 'audio': False,
                'disks': [{'path': 'disk.img', 'format': 'raw', 'bus': 'sata'}]})
            make_disk(modern / 'disk.img', make_loader(desktop.home))
            nothing = desktop.home / 'nothing'
            nothing.write_text('no program')
            make_disk(desktop.home / 'misleading.img', nothing, TURN_OFF)
            locked = machines.make(place, 'Locked', machine={
                'memory': 64, 'network': 'none', 'audio': False,
                'disks': [{'path': 'disk.luks', 'format': 'luks', 'bus': 'sata'}]})
            make_encrypted_disk(locked / 'disk.luks')
            keyring = start_keyring(desktop)
            desktop.launch([program()], console.environment())
            desktop.wait_window()
            open_file(desktop, modern)
            open_file(desktop, '--start', desktop.home / 'misleading.img')
            check_passphrase(desktop, locked)
            check_firmware(desktop, modern)
            keyring.terminate()
            keyring.wait()
    tap.finish()


if __name__ == '__main__':
    main()
