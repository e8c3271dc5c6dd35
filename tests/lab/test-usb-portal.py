#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Devices of the laptop's kernel through a real xdg-desktop-portal, whose user is its own tests' backend for dbusmock: listed,
handed out, refused, pulled out; and the portal killed."""

import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / folder) for folder in ('embedded-qemu', 'tests/lab', 'tests/ui')]
import usb_gadgets  # noqa: E402
from patience import patient  # noqa: E402
from tap import Tap  # noqa: E402

CLIENT = Path(os.environ.get('DIORAMA_TEST_BUILD', TOP / 'build/root')) / 'tests/peer/usb-portal-client'
PORTAL_TESTS = Path('/usr/libexec/installed-tests/xdg-desktop-portal')
NAME, OBJECT = 'org.freedesktop.impl.portal.Test', '/org/freedesktop/portal/desktop'
TIMEOUT = 30


class Lines:
    """What a program says, looked at as it comes."""

    def __init__(self, stream):
        self.lines, self._more = [], threading.Condition()
        threading.Thread(target=self._read, args=(stream,), daemon=True).start()

    def _read(self, stream):
        for line in stream:
            with self._more:
                self.lines.append(line.rstrip('\n'))
                self._more.notify_all()

    def wait_for(self, what, start=0):
        """The first line from START on for which WHAT is true, and the number of the line behind it."""
        def find():
            return next(((line, number + 1) for number, line in enumerate(self.lines) if number >= start and what(line)), None)
        with self._more:
            found = self._more.wait_for(find, patient(TIMEOUT))
        assert found, f'in vain after {self.lines}'
        return found


def start_bus(folder):
    """With what the bus gives to the portal, which it starts when it is asked for."""
    (folder / 'test.portal').write_text(f'[portal]\nDBusName={NAME}\nInterfaces=org.freedesktop.impl.portal.Usb\n')
    (folder / 'test-portals.conf').write_text('[preferred]\ndefault=test;\n')
    os.environ |= {'XDG_DESKTOP_PORTAL_DIR': str(folder), 'XDG_CURRENT_DESKTOP': 'test', 'XDG_RUNTIME_DIR': str(folder),
                   'XDG_DESKTOP_PORTAL_TEST_APP_ID': 'app.diorama.Diorama', 'HOME': str(folder),
                   'XDG_DESKTOP_PORTAL_TEST_USB_QUERIES': 'all', 'XDG_DATA_HOME': str(folder / 'data')}
    bus = subprocess.Popen(['dbus-daemon', '--session', '--nofork', '--print-address'], stdout=subprocess.PIPE, text=True)
    os.environ['DBUS_SESSION_BUS_ADDRESS'] = bus.stdout.readline().strip()
    return bus


def start_backend():
    import dbus
    import dbusmock
    os.chdir(PORTAL_TESTS)                 # the template's imports are relative to it
    server = dbusmock.SpawnedMock.spawn_for_name(NAME, '/dbusmock', dbusmock.OBJECT_MANAGER_IFACE,
                                                 dbusmock.BusType.SESSION, stdout=subprocess.DEVNULL, stderr=None)
    server.obj.AddObject(OBJECT, 'com.example.EmptyInterface', {}, [], dbus_interface=dbusmock.MOCK_IFACE)
    mock = dbus.Interface(dbus.SessionBus().get_object(NAME, OBJECT), dbusmock.MOCK_IFACE)
    mock.AddTemplate(str(PORTAL_TESTS / 'tests/templates/usb.py'), dbus.Dictionary({'delay': 0}, signature='sv'))
    return server, mock


def number(disk):
    return (disk.sysfs() / 'dev').read_text().strip()


class Client:
    def __init__(self):
        self._process = subprocess.Popen([CLIENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.said = Lines(self._process.stdout)

    def wait_for_device(self, disk, start=0):
        line, end = self.said.wait_for(lambda line: line.startswith('here ') and disk.node() in line, start)
        return line.removeprefix('here ').split('|'), end

    def ask(self, command, device):
        start = len(self.said.lines)
        self._process.stdin.write(f'{command} {device}\n')
        self._process.stdin.flush()
        if command == 'open':
            return self.said.wait_for(lambda line: line.startswith((f'opened {device}', f'failed {device}')), start)[0]
        return None

    def close(self):
        self._process.stdin.close()
        return self._process.wait()


def kill_portal():
    portal = next(int(path.parent.name) for path in Path('/proc').glob('[0-9]*/comm')
                  if path.read_text() == 'xdg-desktop-por\n')
    end = os.pidfd_open(portal)
    os.kill(portal, signal.SIGKILL)
    assert select.select([end], [], [], patient(TIMEOUT))[0]
    os.close(end)


def run(tap, disk, mock):
    import dbus
    client = Client()
    with tap.test('a device of the portal, by its name and what sysfs has of it'):
        (device, node, name, kind, port), end = client.wait_for_device(disk)
        assert (node, name, port) == (disk.node(), 'Diorama Made-up portal', disk.port_name()), (node, name, kind, port)
        assert not any(line.startswith(('trouble', 'here')) and 'hub' in line.lower() for line in client.said.lines)
    with tap.test('it is handed out, given back, and handed out again'):
        for _ in range(3):
            assert client.ask('open', device) == f'opened {device} {number(disk)}'
            client.ask('release', device)
    with tap.test('the user says no'):
        mock.SetSelectionFilters(dbus.Dictionary({'vendor': 'ffff'}, signature='sv'))
        assert client.ask('open', device).startswith(f'failed {device} ')
        mock.SetSelectionFilters(dbus.Dictionary({}, signature='sv'))
        assert client.ask('open', device).startswith(f'opened {device} ')
    with tap.test('pulled out and plugged in'):
        disk.unplug()
        _, end = client.said.wait_for(lambda line: line == f'gone {device}', end)
        disk.plug()
        (device, *_), end = client.wait_for_device(disk, end)
        assert client.ask('open', device) == f'opened {device} {number(disk)}'
        client.ask('release', device)
    with tap.test('the portal is killed, and the device stays and can be had from the next one'):
        kill_portal()
        said, end_of_patience = client.ask('open', device), time.monotonic() + patient(TIMEOUT)
        while said.startswith(f'failed {device} g-io-error-quark') and time.monotonic() < end_of_patience:
            # Not all of the next one is there yet. It answers this when it is, and the client's next call after it.
            dbus.SessionBus().get_object('org.freedesktop.portal.Desktop', OBJECT).EnumerateDevices(
                {}, dbus_interface='org.freedesktop.portal.Usb')
            said = client.ask('open', device)
        assert said == f'opened {device} {number(disk)}', said
        assert not any(line.startswith('gone') for line in client.said.lines[end:]), client.said.lines
    assert client.close() == 0


def main():
    tap = Tap()
    usb_gadgets.start(6)
    image = Path('/tmp/portal.img')
    image.write_bytes(bytes(1 << 20))
    wait_for = Lines(subprocess.Popen(['udevadm', 'monitor', '--kernel', '--subsystem-match=usb'], stdout=subprocess.PIPE,
                                      text=True).stdout)
    disk = usb_gadgets.Gadget('portal', 4, [usb_gadgets.mass_storage(str(image))], wait_for_events(wait_for))
    disk.plug()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        bus = start_bus(Path(folder))
        try:
            server, mock = start_backend()
            run(tap, disk, mock)
            server.process.terminate()
        finally:
            os.chdir('/')
            bus.terminate()
    disk.unplug()
    tap.finish()


def wait_for_events(lines):
    """The kernel's: after each of them the condition is looked at."""
    def wait_for(condition, timeout, what):
        while not condition():
            seen = len(lines.lines)
            if condition():
                break
            lines.wait_for(lambda line: True, seen)
    return wait_for


if __name__ == '__main__':
    main()
