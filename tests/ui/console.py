# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Diorama with the demonstration guest on a headless desktop: the window at one end, the guest's control port at the
other. The program is $DIORAMA_TEST_BUILD/src/diorama (tests/run sets it) and finds QEMU and the guest as for a user."""

import json
import os
import sys
from pathlib import Path

import numpy
from gi.repository import Gio, GLib

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / 'guest'))
from guest import Guest                                                # noqa: E402
from harness import keep_png                                           # noqa: E402

APPLICATION_ID = 'app.diorama.Diorama'
TITLE = 'Demonstration'
_UUID = '6f2c1c0e-5d0a-4f0e-9c39-64696f72616d'                          # vm/demo.c
_APPLICATION_PATH = '/' + APPLICATION_ID.replace('.', '/')
# The guest is there 4 s after its start under emulation, on a machine that has nothing else to do.
_GUEST_TIMEOUT = 200 if 'DIORAMA_IN_LAPTOP' in os.environ else 60
EV_KEY, _EV_REL = 1, 2
_REL_WHEEL = 8


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


def describe_difference(picture, expected):
    if picture.shape != expected.shape:
        return f'{picture.shape} instead of {expected.shape}'
    off = abs(picture.astype(int) - expected).max(axis=2)
    rows, columns = off.nonzero()
    if not len(rows):
        return 'no difference'
    return (f'{len(rows)} of {off.size} pixels differ, by up to {off.max()}, '
            f'within x {columns.min()}–{columns.max()}, y {rows.min()}–{rows.max()}')


def window_actions(desktop, app):
    """Those of its first window, which may be yet to come."""
    return app.actions(APPLICATION_ID, desktop.wait_for(lambda: _window_path(desktop), 20, 'the window'))


class Console:
    """A started demonstration. `actions` are its window's. Words of the command line, more environment, and how its input
    is wanted (session/input-options.h) may be given."""

    def __init__(self, desktop, words=(), env=None, options=None):
        self._desktop = desktop
        if options is not None:
            path = desktop.home / f'.local/state/diorama/input/{_UUID}.json'
            path.parent.mkdir(parents=True)
            path.write_text(json.dumps({'version': 1} | options))
        self.app = desktop.launch([program(), *words, 'demo'], environment() | (env or {}))
        self.guest = None
        self.connect()
        self.actions = window_actions(desktop, self.app)

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
            guest = Guest(str(path), 0)
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
        found = [int(process.name) for process in Path('/proc').iterdir()
                 if process.name.isdigit() and _is_qemu_of(process, self.app.pid)]
        assert len(found) == 1, found
        return found[0]

    def guest_size(self):
        screen = self.guest.call('state')['connectors'][0]
        return screen['width'], screen['height']

    def wait_guest_size(self, width, height):
        self._desktop.wait_for(lambda: self.guest_size() == (width, height), 15, f'a guest of {width}x{height}')

    def show_noise(self, seed):
        self.guest.call('pattern', name='noise', seed=seed)

    def wait_view(self, expected, what):
        """The bottom of the monitor, as high as `expected`, must come to be exactly that. If it does not, the picture
        is kept in $DIORAMA_TEST_KEEP where that is set."""
        seen = []

        def is_exact(picture):
            seen[:] = [picture[-expected.shape[0]:]]
            return numpy.array_equal(seen[0], expected)
        try:
            return self._desktop.wait_picture(is_exact, 15, what)
        except TimeoutError:
            keep_png(seen[0], what.replace(' ', '-'))
            raise AssertionError(f'{what} did not come: {describe_difference(seen[0], expected)}') from None

    def wait_fitting(self, seed, scale):
        """The guest must come to fill what the header bar (40 to 60 logical pixels high) leaves of the monitor, and its
        noise to be there exactly."""
        seen = []

        def fits():
            width, height = self.guest_size()
            picture, expected = self._desktop.screenshot(), noise(width, height, seed)
            seen[:] = [(width, height), describe_difference(picture[-height:], expected)]
            header = (picture.shape[0] - height) / scale
            return width == picture.shape[1] and 40 <= header <= 60 and numpy.array_equal(picture[-height:], expected)
        try:
            self._desktop.wait_for(fits, 15, 'a guest that fits')
        except TimeoutError:
            raise AssertionError(f'the guest has {seen[0]}; {seen[1]}') from None

    # -- input as the guest sees it ----------------------------------------------------------------------------------

    def listen(self):
        """From now on the guest reports its input; earlier reports are forgotten."""
        self.guest.call('input', report=True)
        self.guest.events.clear()

    def expect_input(self, kinds, expected, counts=lambda event: True):
        """The guest's next events of these types (EV_KEY, …), of those that count, must be exactly (type, code, value)
        of `expected`."""
        def events_of(report):
            return [event for event in _events(report, kinds) if counts(event)]

        got = self.guest.gather('input', events_of, lambda got: len(got) >= len(expected))
        assert got == list(expected), f'the guest saw {got} instead of {list(expected)}'

    def expect_notches(self, notches):
        """The wheel must turn so far, up when positive, all that way; a driver may tell several notches at once."""
        turned = self.guest.gather('input', _notches, lambda turned: abs(sum(turned)) >= abs(notches))
        assert sum(turned) == notches and all(turn * notches > 0 for turn in turned), f'{turned} instead of {notches}'

    def pointer(self):
        return tuple(self.guest.call('state')['pointer'])


def _window_path(desktop):
    try:
        xml = desktop.bus.call_sync(APPLICATION_ID, _APPLICATION_PATH + '/window', 'org.freedesktop.DBus.Introspectable',
                                    'Introspect', None, None, Gio.DBusCallFlags.NONE, 5000, None).unpack()[0]
    except GLib.Error:
        return None
    nodes = Gio.DBusNodeInfo.new_for_xml(xml).nodes
    return f'{_APPLICATION_PATH}/window/{nodes[0].path}' if nodes else None


def _is_qemu_of(process, parent):
    try:
        of = int((process / 'stat').read_text().rpartition(')')[2].split()[1])
        return of == parent and 'qemu-system' in os.readlink(process / 'exe')
    except OSError:
        return False


def _events(report, kinds):
    return [tuple(event) for event in report.get('events', ()) if event[0] in kinds]


def _notches(report):
    return [value for kind, code, value in report.get('events', ()) if (kind, code) == (_EV_REL, _REL_WHEEL)]
