#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""The commands that make machines and files, without a display or a session bus: new, import, export, duplicate."""

import fcntl
import json
import os
import pty
import re
import subprocess
import sys
import termios
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from fixture import LISTED, Home, patient, Tap                         # noqa: E402

FAILED, NOT_UNDERSTOOD, CANCELLED = 1, 2, 5
tap = Tap()


def check_new(home):
    with tap.test('new makes a machine with a disk, in the default place, and prints its folder'):
        out = home.ok('new', 'New 🦆')
        assert out == f'{home.place}/New 🦆.diorama\n', out
        disks = home.json('info', 'New 🦆')['machine']['disks']
        assert [disk['path'] for disk in disks] == [f'{home.place}/New 🦆.diorama/disk-1.qcow2'], disks
        subprocess.run(['qemu-img', 'check', '-q', disks[0]['path']], check=True)
    with tap.test('two of one name are two machines, in two folders'):
        told = home.json('new', '--disk=none', 'New 🦆', 'memory=1G')
        assert set(told) == LISTED and told['folder'] == f'{home.place}/New 🦆 2.diorama', told
        assert home.json('info', told['uuid'])['machine']['memory'] == 1024
    with tap.test('the size of the disk is as said'):
        told = home.json('new', '--disk=3G', 'Sized')
        size = json.loads(subprocess.run(['qemu-img', 'info', '--output=json', f'{told["folder"]}/disk-1.qcow2'],
                                         capture_output=True, check=True).stdout)['virtual-size']
        assert size == 3 << 30, size
    with tap.test('a system gets what it recommends, and what is said over that'):
        told = home.json('new', '--os=debian12', '--disk=none', 'Debian', 'cpus=3')
        machine = home.json('info', told['uuid'])
        assert machine['os'] == 'http://debian.org/debian/12' and machine['os-name'].startswith('Debian'), machine
        assert machine['machine']['network-card'] == 'virtio' and machine['machine']['cpus'] == 3, machine
    before = sorted(os.listdir(home.place))
    for words, status, says in ((['--disk=3', 'x'], NOT_UNDERSTOOD, '--disk'), (['--disk=99T', 'x'], NOT_UNDERSTOOD, '--disk'), (['--disk=16777216T', 'x'], 2, '--disk'), (['--os=beos99', 'x'], 2, 'beos99'),
                                (['--iso=/nowhere/x.iso', 'x'], 1, 'x.iso'), (['x', 'cpus=0'], 2, '“cpus”'), ([''], 2, 'name'),
                                (['n' * 256], 2, 'name'), (['a\nb'], 2, 'name'), (['--place=/tmp', 'x'], 2, '/tmp')):
        with tap.test(f'new {" ".join(words)[:30]!r} is refused, and leaves nothing'):
            home.refused(status, 'new', *words, says=says)
            assert sorted(os.listdir(home.place)) == before, os.listdir(home.place)
    with tap.test('where the drive is full nothing is left'):
        wrap = ['prlimit', '--fsize=16', '--', 'sh', '-c', 'trap "" XFSZ; exec "$@"', 'sh']
        home.refused(FAILED, 'new', '--disk=none', 'Full', wrap=wrap)
        assert sorted(os.listdir(home.place)) == before, os.listdir(home.place)


def check_files(home):
    machine = home.json('new', '--disk=8M', 'Source', 'notes=kept', 'memory=777')
    identity, archive = machine['uuid'], home.path / 'out 🦆.diorama'
    with tap.test('export writes an archive; import makes the machine of it, with a UUID of its own'):
        assert home.ok('export', identity, archive) == '' and archive.read_bytes()[:4] == bytes.fromhex('28b52ffd')
        told = home.json('import', '--name=Copy', archive)
        copy = home.json('info', told['uuid'])
        assert copy['name'] == 'Copy' and copy['uuid'] != identity and copy['notes'] == 'kept', copy
        assert copy['machine']['memory'] == 777 and copy['machine']['disks'][0]['path'].startswith(copy['folder']), copy
    with tap.test('a machine that is gone comes back with the UUID that it had'):
        home.ok('delete', identity)
        assert home.json('import', archive)['uuid'] == identity
    with tap.test('a file that is there is not replaced unless it is said'):
        before = archive.read_bytes()
        home.refused(FAILED, 'export', identity, archive, says='--replace')
        assert archive.read_bytes() == before
        home.ok('export', '--replace', identity, archive)
    for name, content in (('a.qcow2', 'qcow2'), ('a.vmdk', 'vmdk'), ('a.vhdx', 'vhdx')):
        with tap.test(f'a disk is written as {name}, and imported again'):
            home.ok('export', identity, name)
            told = json.loads(subprocess.run(['qemu-img', 'info', '--output=json', home.path / name], capture_output=True,
                                             check=True).stdout)
            assert told['format'] == content and told['virtual-size'] == 8 << 20, told
            assert home.json('import', name)['name'] == 'a'
    with tap.test('an appliance is written and read'):
        home.ok('export', identity, 'box.ova')
        told = home.json('info', home.json('import', 'box.ova')['uuid'])
        assert told['name'] == 'Source' and told['machine']['memory'] == 777 and len(told['machine']['disks']) == 1, told
    with tap.test('a duplicate has another UUID, the same disks, and its own name'):
        told = home.json('duplicate', '--name=Twin', identity)
        assert told['name'] == 'Twin' and told['uuid'] != identity, told
        told = home.json('duplicate', '--linked', identity)
        assert len(home.json('info', told['uuid'])['machine']['disks'][0]['layers']) == 1, told
    (home.path / 'text.txt').write_text('No disk at all.\n' * 100)
    before = sorted(os.listdir(home.place)), sorted(os.listdir(home.path))
    for words, status, says in ((['export', identity, 'file'], 2, '--format'), (['export', identity, '/nowhere/a.ova'], 1, 'nowhere'),
                                (['export', '--disk=2', identity, 'b.qcow2'], 1, ''), (['export', '--disk=0', identity, 'b.img'], 2, '1'),
                                (['import', '/nowhere/a.ova'], 1, '“a.ova”'), (['import', 'text.txt'], 1, 'text.txt'),
                                (['import', '--mode=eat', 'a.img'], 2, '--mode'), (['import', '--name=', 'a.img'], 2, 'name')):
        with tap.test(f'{" ".join(map(str, words)).replace(identity, "UUID")} is refused, and leaves nothing'):
            home.refused(status, *words, says=says)
            assert (sorted(os.listdir(home.place)), sorted(os.listdir(home.path))) == before
    check_cancel(home, identity)


def check_cancel(home, identity):
    """On a terminal, where there is progress to see."""
    with open(home.path / 'large.img', 'wb') as disk:
        disk.write(bytes(510) + b'\x55\xaa')
        for _ in range(96):
            disk.write(os.urandom(1 << 20))
    home.ok('set', identity, 'disk.2.path=large.img')
    with tap.test('on a terminal one line tells how far it is; Ctrl+C ends it, and nothing is left'):
        main, terminal = pty.openpty()
        process = subprocess.Popen(home.command('export', identity, 'cut.ova'), env=home.env, cwd=home.path, stdin=terminal,
                                   stdout=subprocess.PIPE, stderr=terminal, start_new_session=True,
                                   preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(terminal)
        shown = b''
        while b'%' not in shown:
            shown += os.read(main, 1000)
        os.write(main, b'\x03')
        assert process.wait(patient(30)) == CANCELLED, process.returncode
        while chunk := read_terminal(main):
            shown += chunk
        os.close(main)
        process.stdout.close()
        text = shown.decode()
        assert re.search(r'\r\x1b\[K[^\r\n]+ \d+ %', text) and text.count('\n') == 1 and 'diorama: ' in text, text
        assert not (home.path / 'cut.ova').exists() and not list(home.path.glob('.*cut*')), os.listdir(home.path)


def read_terminal(main):
    try:
        return os.read(main, 1000)
    except OSError:                                                    # nobody has the other end any more
        return b''


def main():
    for part in (check_new, check_files):
        home = Home()
        with tap.guard(part.__name__):
            part(home)
        home.remove()
    tap.finish()


if __name__ == '__main__':
    main()
