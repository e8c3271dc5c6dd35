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
from processes import children                                         # noqa: E402
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


def running(desktop):
    """QEMUs of the test's application."""
    app = desktop.bus.call_sync('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus',
                                'GetConnectionUnixProcessID', GLib.Variant('(s)', (APPLICATION_ID,)), None,
                                Gio.DBusCallFlags.NONE, 5000, None).unpack()[0]
    return [pid for pid in children(app) if b'qemu-system' in Path(f'/proc/{pid}/cmdline').read_bytes().split(b'\0')[0]]


def ask(desktop, path, interface, method, arguments):
    """Without waiting for the answer: what is asked next is behind it in the same queue."""
    desktop.bus.call(APPLICATION_ID, path, interface, method, arguments, None, Gio.DBusCallFlags.NONE, 20000, None, None)


def check_hurry(desktop, cow):
    with tap.test('who clicks twice on a machine starts it once, in one window'):
        button = next(node for node in desktop.accessible().find_all('button') if node.name == 'Cow')
        button.act()
        button.act()
        wait_window(desktop, 'Cow')
        desktop.wait_for(lambda: json.loads(run(desktop, 'info', '--json', cow)[1])['state'] == 'running', 20, 'the cow')
        assert [name for name, _ in titles(desktop)].count('Cow') == 1, titles(desktop)
        assert len(running(desktop)) == 1, running(desktop)
        assert run(desktop, 'stop', '--force', '--wait', f'--timeout={patient(20):.0f}', cow) == (0, '', '')


def check_failure(desktop):
    with tap.test('a machine that fails before it has a window tells so in it'):
        lost = make(desktop, 'Lost')
        Path(desktop.home, 'Lost.img').unlink()
        desktop.wait_for(lambda: search(desktop, 'GetInitialResultSet', '(as)', ['lost']) == ([lost],), 20, 'its folder')
        search(desktop, 'ActivateResult', '(sasu)', lost, ['lost'], 0)
        wait_window(desktop, 'Lost')
        desktop.wait_for(lambda: desktop.accessible().find_all(None, 'Lost Did Not Start'), 20, 'why')
        assert [name for name, _ in titles(desktop)].count('Lost') == 1, titles(desktop)


def check_quit(desktop, cow):
    with tap.test('Diorama quits while a machine is about to have a window'):
        # Its library and the windows of what is off go without a question.
        ask(desktop, PATH, 'org.gnome.Shell.SearchProvider2', 'ActivateResult', GLib.Variant('(sasu)', (cow, ['cow'], 0)))
        ask(desktop, PATH.rpartition('/')[0], 'org.gtk.Actions', 'Activate', GLib.Variant('(sava{sv})', ('quit', [], {})))
        desktop.wait_for(lambda: not desktop.has_name(APPLICATION_ID) or force_off(desktop), 30, 'its end')
        assert json.loads(run(desktop, 'info', '--json', cow)[1])['state'] == 'stopped'


def force_off(desktop):
    """Where this test was held up between the two, the machine had its window by then, and there is a question."""
    try:
        for button in desktop.accessible().find_all('button', 'Force Off'):
            button.act()
    except (GLib.Error, RuntimeError):
        pass
    return False


def main():
    with Desktop() as desktop:
        with tap.guard('everything'):
            horse, cow = make(desktop, 'Work horse'), make(desktop, 'Cow')
            activatable(desktop)
            check_search(desktop, horse)
            check_commands(desktop, horse, cow)
            check_archive(desktop, horse)
            check_hurry(desktop, cow)
            check_failure(desktop)
            check_quit(desktop, cow)
        with tap.guard('the end'):
            if desktop.has_name(APPLICATION_ID):
                desktop.bus.call_sync(APPLICATION_ID, PATH.rpartition('/')[0], 'org.gtk.Actions', 'Activate',
                                      GLib.Variant('(sava{sv})', ('quit', [], {})), None, Gio.DBusCallFlags.NONE, 5000, None)
    tap.finish()


if __name__ == '__main__':
    main()
