#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""The command line as a user meets it: what each command shows, says and returns; files of all kinds and names."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from gi.repository import Gio

sys.path.insert(0, str(Path(__file__).parent))
import console                                                         # noqa: E402
import keys                                                            # noqa: E402
import processes                                                       # noqa: E402
from console import APPLICATION_ID, program                            # noqa: E402
from harness import Desktop                                            # noqa: E402
from patience import patient                                           # noqa: E402
from tap import Tap                                                    # noqa: E402

OTHER_QEMU = os.environ.get('DIORAMA_TEST_QEMU') or '/usr/bin/qemu-system-x86_64'
BOOT_SECTOR = b'\xfa\xf4\xeb\xfd'.ljust(510, b'\0') + b'\x55\xaa'      # cli; hlt; jmp back to hlt
DISK = BOOT_SECTOR + bytes(1024 * 1024 - len(BOOT_SECTOR))
tap = Tap()


def run(desktop, *words, display=True, cwd=None, timeout=60):
    """The command's exit status and all that it prints; it must end."""
    env = desktop.env | console.environment()
    if not display:
        env = {name: value for name, value in env.items()
               if name not in ('WAYLAND_DISPLAY', 'DISPLAY', 'DBUS_SESSION_BUS_ADDRESS')}
    done = subprocess.run([program(), *words], env=env, cwd=cwd, timeout=patient(timeout), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors='surrogateescape')
    return done.returncode, done.stdout, done.stderr


def titles(desktop):
    """Of the windows that are open, the library's included."""
    return sorted(node.name for node in desktop.accessible().find_all('window') + desktop.accessible().find_all('frame'))


def wait_titles(desktop, *expected):
    try:
        desktop.wait_for(lambda: titles(desktop) == sorted(expected), 20, 'the windows')
    except TimeoutError:
        raise AssertionError(f'the windows are {titles(desktop)} instead of {sorted(expected)}') from None


def is_active(desktop, title):
    return any(node.name == title and 'active' in node.states
               for node in desktop.accessible().find_all('window') + desktop.accessible().find_all('frame'))


def qemus(app):
    return processes.qemus(app.pid)


def end(desktop, app):
    """Ends the application with whatever runs in it, by its group; the next one shall find an empty bus."""
    app.stop()
    desktop.wait_for(lambda: not desktop.has_name(APPLICATION_ID), 10, 'the end of the application')


def check_words(desktop):
    """What needs neither a window nor a display."""
    for display in (True, False):
        where = 'on a desktop' if display else 'without a display'
        with tap.test(f'--version {where}'):
            status, out, err = run(desktop, '--version', display=display)
            assert status == 0 and re.fullmatch(r'Diorama \d+\.\S+\n', out) and not err, (status, out, err)
        with tap.test(f'--help {where}'):
            status, out, err = run(desktop, '--help', display=display)
            assert status == 0 and 'attach --address=' in out and 'diorama demo' in out and not err, (status, out, err)
    for words, status, wanted in ((['bogus'], 2, '“bogus”'), (['demo', 'more'], 2, '“more”'),
                                  (['--graphics=4d', 'demo'], 2, '“3d”'), (['--start', 'demo'], 2, '--start'), (['--graphics=3d', 'attach'], 2, '--graphics'),
                                  (['--frobnicate'], 1, '--frobnicate'), (['--address=unix:path=/x'], 2, 'attach'),
                                  (['/nowhere/at all.iso'], 1, '“/nowhere/at all.iso”'),
                                  (['missing.iso'], 1, '“missing.iso”')):
        with tap.test(f'“{" ".join(words)}” ends with {status} and says why'):
            got, out, err = run(desktop, *words)
            assert got == status and wanted in err and not out, (got, out, err)


def bad_files(folder):
    """(path, words of the message) of what is no image, or none that can be used."""
    text, empty, page = (folder / name for name in ('notes.txt', 'empty.img', 'page.iso'))
    text.write_text('This is no disk.\n' * 100)
    empty.write_bytes(b'')
    page.write_text('<!DOCTYPE html>\n<html><body>Not found</body></html>\n' * 40)
    return [(text, 'notes.txt'), (empty, 'empty.img'), (page, 'page.iso'), (folder, folder.name)]


def check_broken(desktop):
    """What looks like an image, but is none that can be used."""
    cut = Path(desktop.home, 'cut.qcow2')
    subprocess.run(['qemu-img', 'create', '-q', '-f', 'qcow2', cut, '64M'], check=True)
    latin = os.path.join(os.fsencode(desktop.home), b'latin-\xe9\xff.img')
    with open(latin, 'wb') as disk:
        disk.write(DISK)
    os.truncate(cut, 70)
    for path, name, words in ((cut, 'cut.qcow2', 'missing'), (os.fsdecode(latin), 'latin-\ufffd\ufffd.img', 'name')):
        with tap.test(f'“{name}”, which QEMU cannot open, is refused with the reason'):
            status, out, err = run(desktop, '--start', path)
            assert status == 1 and f'“{name}” cannot be opened. ' in err and words in err and not out, (status, out, err)


def check_bad_files(desktop):
    folder = Path(desktop.home, 'bad files')
    folder.mkdir()
    for path, name in bad_files(folder):
        with tap.test(f'{name} is refused with its name and a reason'):
            status, out, err = run(desktop, '--start', path)
            assert status == 1 and f'“{name}” cannot be opened. ' in err and not out, (status, out, err)
            assert len(err.split('cannot be opened. ')[1].split()) >= 5, f'no reason: {err}'
    with tap.test('a file that may not be read is refused'):
        path = folder / 'secret.iso'
        path.write_bytes(DISK)
        path.chmod(0)
        if os.access(path, os.R_OK):
            tap.skip('root may read everything')
        status, out, err = run(desktop, '--start', path)
        assert status == 1 and 'secret.iso' in err, (status, out, err)
    with tap.test('in the running application the message comes to who asked, and the windows stay'):
        app = desktop.launch([program()], console.environment())
        wait_titles(desktop, 'Diorama')
        status, out, err = run(desktop, '--start', folder / 'notes.txt')
        assert status == 1 and 'notes.txt' in err, (status, out, err)
        wait_titles(desktop, 'Diorama')
        assert app.output() == '', app.output()
        end(desktop, app)


def check_one_instance(desktop):
    folder = Path(desktop.home, 'disks')
    folder.mkdir()
    for name in ('first.img', 'second.img'):
        (folder / name).write_bytes(DISK)
    app = desktop.launch([program(), 'demo'], console.environment())
    with tap.test('demo starts one machine in one window'):
        wait_titles(desktop, 'Demonstration')
        desktop.wait_for(lambda: len(qemus(app)) == 1, 20, 'QEMU')
    with tap.test('a second demo ends and brings that window to the front'):
        assert run(desktop) == (0, '', '')
        wait_titles(desktop, 'Demonstration', 'Diorama')
        desktop.wait_for(lambda: is_active(desktop, 'Diorama'), 10, 'the library in front')
        assert run(desktop, 'demo') == (0, '', '')
        desktop.wait_for(lambda: is_active(desktop, 'Demonstration'), 10, 'the demonstration in front')
        wait_titles(desktop, 'Demonstration', 'Diorama')
        assert len(qemus(app)) == 1, qemus(app)
    with tap.test('a file is opened by the application that runs, and the second process ends'):
        assert run(desktop, '--start', 'first.img', cwd=folder) == (0, '', '')
        wait_titles(desktop, 'Demonstration', 'Diorama', 'first')
        desktop.wait_for(lambda: is_active(desktop, 'first'), 10, 'the disk\'s window in front')
        desktop.wait_for(lambda: len(qemus(app)) == 2, 20, 'the second QEMU')
    with tap.test('the same file once more shows its window'):
        assert run(desktop, 'demo') == (0, '', '')
        desktop.wait_for(lambda: is_active(desktop, 'Demonstration'), 10, 'the demonstration in front')
        assert run(desktop, folder / 'first.img') == (0, '', '')
        desktop.wait_for(lambda: is_active(desktop, 'first'), 10, 'the disk\'s window in front')
        wait_titles(desktop, 'Demonstration', 'Diorama', 'first')
        assert len(qemus(app)) == 2, qemus(app)
    end(desktop, app)
    with tap.test('two files open two windows'):
        app = desktop.launch([program(), '--start', folder / 'first.img', folder / 'second.img'], console.environment())
        wait_titles(desktop, 'first', 'second')
        desktop.wait_for(lambda: len(qemus(app)) == 2, 20, 'both QEMUs')
    with tap.test('of two files one of which is missing neither is opened'):
        status, _, err = run(desktop, folder / 'second.img', folder / 'third.img')
        assert status == 1 and 'third.img' in err, (status, err)
        wait_titles(desktop, 'first', 'second')
    end(desktop, app)


LEAVING = Gio.DBusNodeInfo.new_for_xml("""<node><interface name="org.gtk.Actions"><method name="DescribeAll">
  <arg type="a{s(bgav)}" direction="out"/></method></interface></node>""")


def check_leaving(desktop):
    with tap.test('one that is leaving, which has the name and answers nothing more, is waited for'):
        bus, asked = desktop.bus, []

        def refuse(_connection, _sender, _path, _interface, _method, _arguments, invocation):
            asked.append(True)
            invocation.return_dbus_error('org.freedesktop.DBus.Error.UnknownMethod', 'gone')
        path = '/' + APPLICATION_ID.replace('.', '/')
        registered = bus.register_object(path, LEAVING.interfaces[0], refuse, None, None)
        name = Gio.bus_own_name_on_connection(bus, APPLICATION_ID, Gio.BusNameOwnerFlags.NONE, None, None)
        desktop.wait_for(lambda: desktop.has_name(APPLICATION_ID), 10, 'the name')
        app = desktop.launch([program()], console.environment())
        try:
            desktop.wait_for(lambda: len(asked) > 1, 20, 'two tries')
        finally:
            Gio.bus_unown_name(name)
            bus.unregister_object(registered)
        wait_titles(desktop, 'Diorama')
        end(desktop, app)


def check_names(desktop):
    """Each name is opened and its machine reaches the firmware's picture."""
    names = [b'with spaces.img', b"it's \"quoted\".img", b'comma,comma,,=.img', 'täst 🦆 файл.img'.encode(),
             b'-dash.img', b'back\\slash.img', b'percent%20%s.img', b'<b>bold & more.img',
             b'line\nbreak.img', b'demo', b'a:b.img', b'{"json":1}.img', b'no suffix']
    for name in names:
        shown = name.decode().replace('\n', '⏎')
        with tap.test(f'a disk called “{shown}” is opened'):
            folder = Path(desktop.home, 'names')
            folder.mkdir(exist_ok=True)
            path = os.path.join(os.fsencode(folder), name)
            Path(os.fsdecode(path)).write_bytes(DISK)
            app = desktop.launch([program(), '--start', os.fsdecode(path)], console.environment())
            try:
                wait_titles(desktop, shown_title(name))
                actions = app.actions(APPLICATION_ID, window_path(1))
                desktop.wait_for(lambda: actions.enabled('screenshot'), 20, 'the picture')
                assert app.output() == '', app.output()
            finally:
                end(desktop, app)


def shown_title(name):
    """A machine is called as its file without the suffix."""
    return name.decode().removesuffix('.img')


class Foreign:
    """A QEMU that somebody else runs, on a message bus of its own."""

    def __init__(self, desktop):
        self._desktop = desktop
        folder = Path(desktop.runtime, 'foreign')
        folder.mkdir()
        self.address = f'unix:path={folder}/bus'
        config = folder / 'bus.conf'
        config.write_text(f'<busconfig><type>session</type><listen>{self.address}</listen><auth>EXTERNAL</auth>'
                          '<policy context="default"><allow send_destination="*" eavesdrop="true"/>'
                          '<allow eavesdrop="true"/><allow own="*"/></policy></busconfig>')
        self.bus = desktop.launch(['dbus-daemon', '--nofork', f'--config-file={config}'])
        desktop.wait_for((folder / 'bus').exists, 10, 'the other bus')
        guest = Path(os.environ['DIORAMA_TEST_GUEST'])
        self._argv = [OTHER_QEMU, '-nodefaults', '-machine', 'q35,accel=tcg', '-m', '256', '-name', 'Foreign',
                      '-kernel', guest / 'vmlinux', '-initrd', guest / 'initramfs', '-append',
                      (guest / 'cmdline').read_text().strip(), '-device', 'virtio-vga', '-device', 'virtio-keyboard',
                      '-device', 'virtio-tablet', '-device', 'virtio-serial', '-chardev',
                      f'socket,id=port,path={folder}/control,server=on,wait=off', '-device',
                      'virtserialport,chardev=port,name=app.diorama.guest', '-display',
                      'dbus,addr=' + self.address.replace(',', ',,')]
        self._control = folder / 'control'
        self.qemu = None

    def start(self):
        self._control.unlink(missing_ok=True)
        self.qemu = self._desktop.launch(self._argv)

    def guest(self):
        guest = console.Guest(str(self._control), 60)
        guest.wait_event('ready', 60)
        return guest


def check_attach(desktop):
    with tap.test('attach without any QEMU says so, and what to do'):
        status, out, err = run(desktop, 'attach')
        assert status == 1 and '-display dbus' in err and not out, (status, out, err)
    with tap.test('attach to a bus that is not there names it'):
        status, out, err = run(desktop, 'attach', '--address=unix:path=/nowhere/bus')
        assert status == 1 and '/nowhere/bus' in err, (status, out, err)
    with tap.test('attach to what is no address says so'):
        status, out, err = run(desktop, 'attach', '--address=nonsense')
        assert status == 1 and 'nonsense' in err, (status, out, err)
    if 'DIORAMA_TEST_GUEST' not in os.environ:
        tap.ok(True, 'attach to a QEMU', ' # SKIP $DIORAMA_TEST_GUEST is not set')
        return
    with tap.guard('attach to a QEMU'):
        foreign = Foreign(desktop)
        foreign.start()
        guest = foreign.guest()
        app = desktop.launch([program(), 'attach', f'--address={foreign.address}'], console.environment())
        with tap.test('attach shows a QEMU that somebody else runs, with its name as title'):
            wait_titles(desktop, 'Foreign')
            desktop.manage_window('maximize')
            guest.call('pattern', name='noise', seed=5)
            wait_noise(desktop, guest, 5)
        with tap.test('keys reach it'):
            wait_key(desktop, guest, 'a')
        with tap.test('its power is not ours to control'):
            names = app.actions(APPLICATION_ID, window_path(1))
            assert not any(names.enabled(name) for name in ('pause', 'reset', 'shut-down', 'force-off', 'start')), names
        check_reconnect(desktop, foreign, app)


def check_reconnect(desktop, foreign, app):
    with tap.test('when it is killed, a card says so and offers to reconnect'):
        foreign.qemu.stopped = True
        os.kill(foreign.qemu.pid, signal.SIGKILL)
        foreign.qemu.wait(patient(10))
        again = desktop.wait_for(lambda: desktop.accessible().find('button', 'Reconnect'), 10, 'Reconnect')
        assert desktop.accessible().find('label', 'Foreign Is Not Connected'), desktop.accessible().outline()
    with tap.test('Reconnect before it is back keeps the card'):
        again.act()
        desktop.wait_for(lambda: any('No machine' in node.name
                                     for node in desktop.accessible().find_all('label')), 10, 'the reason')
    with tap.test('Reconnect shows it again once it is back'):
        foreign.start()
        guest = foreign.guest()
        again.act()
        desktop.wait_for(lambda: not showing(desktop, 'button', 'Reconnect'), 15, 'the end of the card')
        guest.call('pattern', name='noise', seed=6)
        wait_noise(desktop, guest, 6)
        wait_key(desktop, guest, 'b')
    with tap.test('closing the window leaves it alive'):
        desktop.manage_window('close')
        assert app.wait(15) == 0
        guest.call('ping')
        assert foreign.qemu.poll() is None
    foreign.qemu.stop()
    foreign.bus.stop()


def window_path(number):
    return f'/{APPLICATION_ID.replace(".", "/")}/window/{number}'


def showing(desktop, role, name):
    return any('showing' in node.states for node in desktop.accessible().find_all(role, name))


def wait_noise(desktop, guest, seed):
    """The bottom of the monitor must come to be the guest's picture."""
    def is_there(picture):
        screen = guest.call('state')['connectors'][0]
        expected = console.noise(screen['width'], screen['height'], seed)
        return (picture.shape[1] == expected.shape[1] and
                (picture[-expected.shape[0]:] == expected).all())
    desktop.wait_picture(is_there, 20, 'the picture of the other QEMU')


def wait_key(desktop, guest, key):
    guest.call('input', report=True)
    desktop.press(key)
    code = keys.code(key)
    for value in (1, 0):
        guest.wait_event('input', 10, lambda event: [1, code, value] in event['events'])


def main():
    if not program().exists():
        tap.skip_all(f'{program()} is not built')
    with Desktop(size=(1280, 800), raw_keys=True) as desktop:
        for check in (check_words, check_bad_files, check_broken, check_one_instance, check_leaving, check_names, check_attach):
            with tap.guard(check.__name__):
                check(desktop)
            for app in desktop.apps():
                if app.poll() is None and not app.stopped:
                    app.stop()
    tap.finish()


if __name__ == '__main__':
    main()
