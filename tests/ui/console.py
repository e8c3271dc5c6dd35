# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Diorama with the demonstration guest on a headless desktop: the window at one end, the guest's control port at the other.

The program is $DIORAMA_TEST_BUILD/src/diorama (tests/run sets it) and finds QEMU and the guest as it does for a user."""

import os
import sys
import time
from pathlib import Path

import numpy

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / 'guest'))
from guest import Guest                                                # noqa: E402

APPLICATION_ID = 'app.diorama.Diorama'
TITLE = 'Demonstration'
_APPLICATION_PATH = '/' + APPLICATION_ID.replace('.', '/')
# The guest is there 4 s after its start under emulation, on a machine that has nothing else to do.
_GUEST_TIMEOUT = 60
EV_KEY, EV_REL = 1, 2


def build():
    return Path(os.environ.get('DIORAMA_TEST_BUILD', Path(__file__).resolve().parents[2] / 'build/root'))


def program():
    return build() / 'src/diorama'


def environment():
    """What an installed program would find by itself: settings schema, icons."""
    data = os.environ.get('XDG_DATA_DIRS', '/usr/local/share:/usr/share')
    return {'GSETTINGS_SCHEMA_DIR': str(build() / 'data'), 'XDG_DATA_DIRS': f'{build()}/data/share:{data}'}


def noise(width, height, seed=0):
    """The guest's pattern "noise", as (height, width, 3) bytes: each pixel a hash of its place."""
    y, x = numpy.mgrid[0:height, 0:width].astype(numpy.uint32)
    value = x * numpy.uint32(0x9e3779b1) ^ y * numpy.uint32(0x85ebca77) ^ numpy.uint32(seed * 0xc2b2ae3d & 0xffffffff)
    value ^= value >> numpy.uint32(15)
    value *= numpy.uint32(0x2c1b3c6d)
    value ^= value >> numpy.uint32(12)
    return numpy.stack([value >> numpy.uint32(shift) for shift in (16, 8, 0)], axis=2).astype(numpy.uint8)


def letterboxed(picture, width, height):
    """A guest's picture in a view of width x height, enlarged a whole number of times, with black around it."""
    factor = min(width // picture.shape[1], height // picture.shape[0])
    large = picture.repeat(factor, axis=0).repeat(factor, axis=1)
    view = numpy.zeros((height, width, 3), numpy.uint8)
    top, left = (height - large.shape[0]) // 2, (width - large.shape[1]) // 2
    view[top:top + large.shape[0], left:left + large.shape[1]] = large
    return view


class Console:
    """A started demonstration. `actions` are its window's."""

    def __init__(self, desktop):
        self._desktop = desktop
        self.app = desktop.launch([program(), 'demo'], environment())
        self.guest = None
        self.connect()
        self.actions = self.app.actions(APPLICATION_ID, desktop.wait_for(self._window_path, 20, 'the window'))

    def connect(self):
        """(Again) to the guest's control port, once there is a guest."""
        if self.guest is not None:
            self.guest.close()
        self.guest = self._desktop.wait_for(self._try_connect, _GUEST_TIMEOUT, 'the guest')

    def _try_connect(self):
        # Where KVM does not work the first QEMU goes after a moment, and its port with it.
        path = next(Path(self._desktop.runtime, 'diorama').glob('*/control.sock'), None)
        if path is None:
            return None
        guest = None
        try:
            guest = Guest(str(path), 1)
            guest.wait_event('ready', _GUEST_TIMEOUT)
            return guest
        except (OSError, EOFError):
            if guest is not None:
                guest.close()
            return None

    def dismiss_banner(self):
        """The banner that says what is not as it should be on this computer takes room from the picture."""
        for button in self._desktop.accessible().find_all('button', 'Dismiss'):
            if 'showing' in button.states:
                button.act()

    def qemu_pid(self):
        """The process id of the one QEMU that this application has started."""
        found = []
        for entry in Path('/proc').iterdir():
            try:
                if entry.name.isdigit() and int(entry.joinpath('stat').read_text().rpartition(')')[2].split()[1]) == self.app.pid \
                        and 'qemu-system' in os.readlink(entry / 'exe'):
                    found.append(int(entry.name))
            except OSError:
                pass
        assert len(found) == 1, found
        return found[0]

    def guest_size(self):
        screen = self.guest.call('state')['connectors'][0]
        return screen['width'], screen['height']

    def wait_guest_size(self, width, height):
        self._desktop.wait_for(lambda: self.guest_size() == (width, height), 15, f'the guest to become {width}x{height}')

    def show_noise(self, seed):
        self.guest.call('pattern', name='noise', seed=seed)

    def wait_view(self, expected, what):
        """The bottom of the monitor, as high as `expected`, must come to be exactly that."""
        height = expected.shape[0]
        return self._desktop.wait_picture(lambda picture: numpy.array_equal(picture[-height:], expected), 15, what)

    # -- input as the guest sees it ----------------------------------------------------------------------------------

    def listen(self):
        """From now on the guest reports its input; earlier reports are forgotten."""
        self.guest.call('input', report=True)
        self.guest.events.clear()

    def expect_input(self, kinds, expected):
        """The guest's next events of these types (EV_KEY, EV_REL) must be exactly (type, code, value) of `expected`."""
        got, deadline = [], time.monotonic() + 10
        while len(got) < len(expected) and time.monotonic() < deadline:
            try:
                report = self.guest.wait_event('input', max(0.01, deadline - time.monotonic()))
            except TimeoutError:
                break
            got += [tuple(event) for event in report['events'] if event[0] in kinds]
        self.guest.call('ping')                                        # whatever came with it has now been read, too
        got += [tuple(event) for report in self.guest.events for event in report.get('events', ()) if event[0] in kinds]
        self.guest.events.clear()
        assert got == list(expected), f'the guest saw {got} instead of {list(expected)}'

    def pointer(self):
        return tuple(self.guest.call('state')['pointer'])

    def _window_path(self):
        from gi.repository import Gio, GLib
        try:
            xml = self._desktop.bus.call_sync(APPLICATION_ID, _APPLICATION_PATH + '/window',
                                              'org.freedesktop.DBus.Introspectable', 'Introspect', None, None,
                                              Gio.DBusCallFlags.NONE, 5000, None).unpack()[0]
        except GLib.Error:
            return None
        nodes = Gio.DBusNodeInfo.new_for_xml(xml).nodes
        return f'{_APPLICATION_PATH}/window/{nodes[0].path}' if nodes else None
