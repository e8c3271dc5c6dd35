#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""One Debian machine of a library, started by the command line with BIOS, then UEFI, then Secure Boot and a TPM: what it
tells of itself each time, and that its disk is the same."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TESTS / 'ui'))

from patience import patient  # noqa: E402
from tap import Tap  # noqa: E402

BUILD = Path(os.environ.get('DIORAMA_TEST_BUILD', TESTS.parent / 'build' / 'root'))
STARTS = [('bios', 'no', 'no'), ('uefi', 'no', 'no'), ('uefi-secure', 'yes', '2')]
TIMEOUT = 300        # seconds, of which a start needs 20 to 40 where nothing else runs


class User:
    """Somebody with a home of their own, neither a display nor a session bus."""

    def __init__(self, home):
        self.home = Path(home)
        self.environment = {name: value for name, value in os.environ.items()
                            if not name.startswith(('XDG_', 'DBUS_', 'WAYLAND_', 'DISPLAY'))}
        runtime = self.home / 'run'
        runtime.mkdir(mode=0o700)
        self.environment |= {'HOME': home, 'XDG_RUNTIME_DIR': str(runtime), 'GSETTINGS_BACKEND': 'memory',
                             'GSETTINGS_SCHEMA_DIR': str(BUILD / 'data'), 'G_DEBUG': 'fatal-criticals'}

    def diorama(self, *words, timeout=60):
        done = subprocess.run([BUILD / 'src/diorama', *map(str, words)], env=self.environment, text=True, timeout=patient(timeout),
                              stdin=subprocess.DEVNULL, capture_output=True)
        assert done.returncode == 0, f'{words} ended with {done.returncode}: {done.stderr}'
        return done.stdout.strip()


def start(user, firmware, tpm):
    told = user.home / f'told-{firmware}'
    user.diorama('set', 'Debian', f'firmware={firmware}', f'tpm={tpm}',
                 f'extra-arguments=-chardev file,id=told,path={told} '
                 '-device virtserialport,bus=serial0.0,chardev=told,name=app.diorama.guest')
    user.diorama('start', '--headless', 'Debian', timeout=TIMEOUT)
    found = re.search(r'^debian \S+ (.*)$', told.read_text(), re.M)
    assert found, f'it told {told.read_text()!r}'
    return dict(word.split('=') for word in found[1].split())


def main():
    tap = Tap()
    made = subprocess.run([TESTS / 'debian/build'], stdout=subprocess.PIPE, text=True, check=True)
    with tempfile.TemporaryDirectory() as home:
        user = User(home)
        with tap.test('a machine with a Debian is made by the command line'):
            folder = Path(user.diorama('new', 'Debian', '--disk=none', 'memory=1024', 'network=none', 'audio=no'))
            shutil.copy(made.stdout.strip().splitlines()[-1], folder / 'disk-1.qcow2')
            user.diorama('set', 'Debian', f'disk.1.path={folder / "disk-1.qcow2"}')
        for number, (firmware, secure, tpm) in enumerate(STARTS, 1):
            with tap.test(f'it starts with {firmware}' + (' and a TPM' if tpm != 'no' else '')):
                said = start(user, firmware, 'no' if tpm == 'no' else 'yes')
                expected = {'firmware': firmware.partition('-')[0], 'secure-boot': secure, 'tpm': tpm, 'starts': str(number),
                            'disks': '1'}
                assert said == expected, said
        with tap.test('what its firmware and its TPM keep is in its folder'):
            assert (folder / 'uefi-vars.qcow2').stat().st_size and any((folder / 'tpm').iterdir()), list(folder.iterdir())
    tap.finish()


if __name__ == '__main__':
    main()
