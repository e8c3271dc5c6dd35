# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""QEMU's D-Bus display from the other end, as plainly as it goes, before any of our C has seen what it sends: for
test-patches, and for tests/lab/test-dmabuf.py."""

import concurrent.futures
import copy
import os
import socket
import sys
import time
from pathlib import Path

import gi
import numpy
gi.require_version('Gio', '2.0')
from gi.repository import Gio, GLib                                    # noqa: E402

TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / 'tests/ui'))
from patience import patient                                           # noqa: E402

LISTENER = 'org.qemu.Display1.Listener'
MAP = LISTENER + '.Unix.Map'
LIST = 'app.diorama.Display1.Listener.UpdateList'
INPUT = 'app.diorama.Display1.Input'
INTERFACES = Gio.DBusNodeInfo.new_for_xml((TOP / 'src/dbus/org.qemu.Display1.xml').read_text(encoding='utf-8')).interfaces
LIMIT = 120 if os.environ.get('DIORAMA_IN_LAPTOP') else 20              # seconds; a machine in a machine is slow
X8R8G8B8 = 0x20020888                                                  # of pixman's formats; what the guest uses


def wait_for(condition, what, timeout=LIMIT):
    """Lets D-Bus work until the condition holds; it is looked at after each message and fifty times a second."""
    deadline = time.monotonic() + timeout
    ticks = GLib.timeout_add(20, lambda: GLib.SOURCE_CONTINUE)
    try:
        while not condition():
            assert time.monotonic() < deadline, f'{what() if callable(what) else what}: not within {timeout} s'
            GLib.MainContext.default().iteration(True)
    finally:
        GLib.source_remove(ticks)


def lasts(condition, seconds):
    """Whether the condition holds, and does so for a while."""
    try:
        wait_for(lambda: not condition(), 'its end', seconds)
    except AssertionError:
        return True
    return False


def ask(machine, command, **members):
    """What the guest answers. Meanwhile QEMU gets its answers from us: the guest may have to wait for them."""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        answer = pool.submit(machine.guest.call, command, LIMIT, **members)
        wait_for(answer.done, f'an answer to {command}', patient(LIMIT) + 1)
        return answer.result()


def connect(end, flags=Gio.DBusConnectionFlags.NONE):
    """D-Bus over our end of a socket pair. QEMU has the other and is the server."""
    stream, made = Gio.Socket.new_from_fd(end.detach()).connection_factory_create_connection(), []
    Gio.DBusConnection.new(stream, None, flags | Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT, None, None,
                           lambda _, result: made.append(result))
    wait_for(lambda: made, 'a D-Bus connection')
    return Gio.DBusConnection.new_finish(made[0])


class Display:
    """A console of a machine that was started with -display dbus,p2p=on, as the application reaches it."""

    def __init__(self, machine, console=0):
        self._path = f'/org/qemu/Display1/Console_{console}'
        ours, theirs = socket.socketpair()
        with theirs:
            machine.qmp.call('getfd', fds=[theirs.fileno()], fdname='display')
        machine.qmp.call('add_client', protocol='@dbus-display', fdname='display')
        self._connection = connect(ours)

    def sibling(self, console):
        """Another console by the same connection: QEMU closes it when there is a newer one."""
        other = copy.copy(self)
        other._path = f'/org/qemu/Display1/Console_{console}'
        return other

    def call(self, interface, method, arguments, fds=None):
        return self._connection.call_with_unix_fd_list_sync(
            None, self._path, interface if '.' in interface else f'org.qemu.Display1.{interface}', method, arguments, None,
            Gio.DBusCallFlags.NONE, LIMIT * 1000, fds, None)

    def touch(self, kind, slot, x=100, y=100):
        self.call('MultiTouch', 'SendEvent', GLib.Variant('(utdd)', (kind, slot, x, y)))

    def touch_at_once(self, kind, slot, x, y):
        """Does not wait for the answer, so that the next can follow this one closely."""
        self._connection.call(None, self._path, 'org.qemu.Display1.MultiTouch', 'SendEvent',
                              GLib.Variant('(utdd)', (kind, slot, x, y)), None, Gio.DBusCallFlags.NONE, -1, None, None)

    def scroll(self, vertical, horizontal):
        self.call(INPUT, 'Scroll', GLib.Variant('(ii)', (vertical, horizontal)))

    def get(self, interface, name):
        answer, _ = self.call('org.freedesktop.DBus.Properties', 'Get', GLib.Variant('(ss)', (interface, name)))
        return answer.unpack()[0]

    def watch(self, interface, name):
        """A list to which each new value is added while D-Bus works."""
        told = []

        def changed(_connection, _sender, _path, _interface, _signal, parameters):
            of, values, _ = parameters.unpack()
            told.extend(value for key, value in values.items() if (of, key) == (interface, name))
        self._connection.signal_subscribe(None, 'org.freedesktop.DBus.Properties', 'PropertiesChanged', self._path, None,
                                          Gio.DBusSignalFlags.NONE, changed)
        return told

    def press(self, button):
        self.call('Mouse', 'Press', GLib.Variant('(u)', (button,)))

    def release(self, button):
        self.call('Mouse', 'Release', GLib.Variant('(u)', (button,)))


class Listener:
    """One who watches, and knows `extras` besides the plain interface.

    `calls` are those of QEMU so far: method and numbers, or list of rectangles. `picture` is what came by value (RGB, shape
    height × width × 3), `complaint` says what was wrong with that, `shared` are the files of shared memory and the DMABUFs.
    While `hold` is true, updates of a DMABUF are not answered."""

    def __init__(self, display, *extras):
        self.calls, self.shared, self.picture, self.complaint = [], [], None, None
        self.hold, self._held, self._extras = False, [], list(extras)
        ours, theirs = socket.socketpair()
        fds = Gio.UnixFDList.new()
        with theirs:
            handle = fds.append(theirs.fileno())
        display.call('Console', 'RegisterListener', GLib.Variant('(h)', (handle,)), fds)
        self._connection = connect(ours, Gio.DBusConnectionFlags.DELAY_MESSAGE_PROCESSING)
        for interface in INTERFACES:
            if interface.name in (LISTENER, *extras):
                self._connection.register_object('/org/qemu/Display1/Listener', interface, self._called, self._get, None)
        self._connection.start_message_processing()
        # Until then QEMU waits for our answers, and whoever waited for QEMU meanwhile would wait in vain.
        wait_for(lambda: self.calls, 'a first picture')

    def _get(self, *_):
        return GLib.Variant('as', self._extras)

    def _called(self, _connection, _sender, _path, _interface, method, parameters, invocation):
        values = [parameters.get_child_value(index) for index in range(parameters.n_children())]
        # pixels as Python integers would take seconds
        numbers = tuple(value.unpack() for value in values if value.get_type_string() != 'ay')
        data = [value.get_data_as_bytes().get_data() for value in values if value.get_type_string() == 'ay']
        if method in ('Scanout', 'Update'):
            self._paint(method, numbers, data[0])
        elif method in ('ScanoutMap', 'ScanoutDMABUF'):
            self.shared.append(invocation.get_message().get_unix_fd_list().get(numbers[0]))
        self.calls.append((method, numbers[0] if method == 'UpdateDMABUFList' else numbers))
        if self.hold and method.startswith('UpdateDMABUF'):
            self._held.append(invocation)
        else:
            invocation.return_value(None)

    def _paint(self, method, numbers, data):
        x, y, width, height, stride, pixel_format = (0, 0, *numbers) if method == 'Scanout' else numbers
        if pixel_format != X8R8G8B8:
            self.complaint = self.complaint or f'{method} has the format {pixel_format:#x}'
            return
        pixels = numpy.frombuffer(data, numpy.uint8, stride * height).reshape(height, stride)[:, :width * 4]
        pixels = pixels.reshape(height, width, 4)[:, :, 2::-1]
        if method == 'Scanout':
            self.picture = pixels.copy()
        elif self.picture is None or x + width > self.picture.shape[1] or y + height > self.picture.shape[0]:
            there = 'none' if self.picture is None else f'one of {self.picture.shape[1]}×{self.picture.shape[0]}'
            self.complaint = self.complaint or f'an update at {(x, y)}, size {(width, height)}, where the picture is {there}'
        else:
            self.picture[y:y + height, x:x + width] = pixels

    def shows(self, picture):
        return self.picture is not None and numpy.array_equal(self.picture, picture)

    def named(self, *methods):
        return [call for call in self.calls if call[0] in methods]

    def answer(self):
        """Gives the answers that were withheld, and from now on each at once."""
        self.hold = False
        while self._held:
            self._held.pop().return_value(None)

    def close(self):
        self.answer()
        for fd in self.shared:
            os.close(fd)
        self._connection.close_sync(None)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
