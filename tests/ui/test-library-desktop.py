#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Machines of the library reached from outside the window: GNOME Shell's search, which has the bus start Diorama, the
commands “start” and “stop”, an archive that is opened."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

from gi.repository import Gio, GLib

sys.path.insert(0, str(Path(__file__).parent))
import console                                                         # noqa: E402
from console import APPLICATION_ID, program                            # noqa: E402
from harness import Desktop                                            # noqa: E402
from patience import patient                                           # noqa: E402
from tap import Tap                                                    # noqa: E402

PATH = '/' + APPLICATION_ID.replace('.', '/') + '/SearchProvider'
BOOT_SECTOR = b'\xfa\xf4\xeb\xfd'.ljust(510, b'\0') + b'\x55\xaa'      # cli; hlt; jmp back to hlt
tap = Tap()


def run(desktop, *words):
    done = subprocess.run([program(), *words], env=desktop.env | console.environment(), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=patient(60))
    return done.returncode, done.stdout, done.stderr


def search(desktop, method, signature, *arguments):
    return desktop.bus.call_sync(APPLICATION_ID, PATH, 'org.gnome.Shell.SearchProvider2', method,
                                 GLib.Variant(signature, arguments), None, Gio.DBusCallFlags.NONE, 20000, None).unpack()


def titles(desktop):
    """(name, whether it is active) of the windows."""
    return sorted((node.name, 'active' in node.states) for role in ('window', 'frame')
                  for node in desktop.accessible().find_all(role))


def wait_window(desktop, title, active=True):
    try:
        desktop.wait_for(lambda: any(name == title and (is_active or not active) for name, is_active in titles(desktop)), 20,
                         f'the window {title}')
    except TimeoutError:
        raise AssertionError(f'the windows are {titles(desktop)}') from None


def tiles(desktop):
    """Of the library's window; the buttons of their menus say whose they are."""
    return [node.name[len('Menu of “'):-1] for node in desktop.accessible().find_all('button')
            if node.name.startswith('Menu of “') and 'showing' in node.states]


def make(desktop, name):
    """A machine that runs and does nothing."""
    disk = Path(desktop.home, f'{name}.img')
    disk.write_bytes(BOOT_SECTOR + bytes(1 << 20))
    status, out, err = run(desktop, 'new', '--json', name, f'disk.1.path={disk}', 'memory=64', 'network=none', 'audio=no')
    assert status == 0, (status, out, err)
    return json.loads(out)['uuid']


def activatable(desktop):
    """The bus starts Diorama when somebody calls it, as it does where it is installed."""
    settings = ' '.join(shlex.quote(f'{name}={value}') for name, value in (desktop.env | console.environment()).items()
                        if name != 'DBUS_SESSION_BUS_ADDRESS' and value.isprintable())
    Path(desktop.runtime, f'services/{APPLICATION_ID}.service').write_text(
        f'[D-BUS Service]\nName={APPLICATION_ID}\nExec=/usr/bin/env DBUS_SESSION_BUS_ADDRESS=unix:path={desktop.runtime}/bus '
        f'{settings} {shlex.quote(str(program()))} --gapplication-service\n')
    desktop.bus.call_sync('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus', 'ReloadConfig', None, None,
                          Gio.DBusCallFlags.NONE, 5000, None)


def check_search(desktop, horse):
    with tap.test('a search has the bus start Diorama, which finds machines and opens no window'):
        assert not desktop.has_name(APPLICATION_ID)
        assert search(desktop, 'GetInitialResultSet', '(as)', ['hor']) == ([horse],)
        assert search(desktop, 'GetSubsearchResultSet', '(asas)', [horse], ['zebra']) == ([],)
        assert titles(desktop) == [], titles(desktop)
    with tap.test('a result is told with its name and a picture'):
        (metas,) = search(desktop, 'GetResultMetas', '(as)', [horse])
        assert metas[0]['id'] == horse and metas[0]['name'] == 'Work horse' and metas[0]['icon'], metas
    with tap.test('a chosen result starts in its window'):
        search(desktop, 'ActivateResult', '(sasu)', horse, ['hor'], 0)
        wait_window(desktop, 'Work horse')
    with tap.test('a search that goes on shows the library with what it finds'):
        search(desktop, 'LaunchSearch', '(asu)', ['cow'], 0)
        wait_window(desktop, 'Diorama')
        desktop.wait_for(lambda: tiles(desktop) == ['Cow'], 20, 'what was searched for')


def check_commands(desktop, horse, cow):
    with tap.test('list shows what runs in the window'):
        desktop.wait_for(lambda: {machine['uuid']: machine['state'] for machine in json.loads(run(desktop, 'list', '--json')[1])}
                         == {horse: 'running', cow: 'stopped'}, 20, 'the states')
    with tap.test('start of one that runs brings its window to the front'):
        assert run(desktop, 'start', 'Work horse') == (0, '', '')
        wait_window(desktop, 'Work horse')
    with tap.test('start of another opens a window in the same application'):
        assert run(desktop, 'start', cow) == (0, '', '')
        wait_window(desktop, 'Cow')
        assert [name for name, _ in titles(desktop)] == ['Cow', 'Diorama', 'Work horse'], titles(desktop)
    with tap.test('stop --force ends one; the other runs on'):
        desktop.wait_for(lambda: json.loads(run(desktop, 'info', '--json', cow)[1])['state'] == 'running', 20, 'the cow')
        assert run(desktop, 'stop', '--force', '--wait', f'--timeout={patient(20):.0f}', 'Work horse') == (0, '', '')
        states = {machine['uuid']: machine['state'] for machine in json.loads(run(desktop, 'list', '--json')[1])}
        assert states == {horse: 'stopped', cow: 'running'}, states
        assert run(desktop, 'stop', '--force', '--wait', f'--timeout={patient(20):.0f}', cow) == (0, '', '')


def check_archive(desktop, horse):
    archive = Path(desktop.home, 'horse.diorama')
    with tap.test('an archive that is opened becomes a machine with a UUID of its own'):
        assert run(desktop, 'export', horse, str(archive)) == (0, '', '')
        assert run(desktop, str(archive)) == (0, '', '')
        machines = json.loads(run(desktop, 'list', '--json')[1])
        assert len(machines) == 3 and len({machine['uuid'] for machine in machines}) == 3, machines
    with tap.test('one that is damaged is refused with a sentence, and leaves nothing'):
        archive.write_bytes(archive.read_bytes()[:300])
        status, out, err = run(desktop, str(archive))
        assert status == 1 and err.startswith('diorama: ') and not out, (status, out, err)
        assert len(json.loads(run(desktop, 'list', '--json')[1])) == 3


def main():
    with Desktop() as desktop:
        with tap.guard('everything'):
            horse, cow = make(desktop, 'Work horse'), make(desktop, 'Cow')
            activatable(desktop)
            check_search(desktop, horse)
            check_commands(desktop, horse, cow)
            check_archive(desktop, horse)
        with tap.guard('the end'):
            if desktop.has_name(APPLICATION_ID):
                desktop.bus.call_sync(APPLICATION_ID, PATH.rpartition('/')[0], 'org.gtk.Actions', 'Activate',
                                      GLib.Variant('(sava{sv})', ('quit', [], {})), None, Gio.DBusCallFlags.NONE, 5000, None)
    tap.finish()


if __name__ == '__main__':
    main()
