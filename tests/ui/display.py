# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""A display to attach to, in the place of a QEMU: what a test draws is what "diorama attach" gets, to the rectangle.

    with Desktop() as desktop:
        display = Display(desktop)
        app = desktop.launch([program(), 'attach'], environment())
        display.wait_listener()
        display.scanout(noise(640, 480))                  # (height, width, 3), RGB
        display.fill(10, 20, 9, 16, (255, 0, 0))          # in the picture, and told of

It owns org.qemu on the desktop's session bus. It never answers what it is not asked for, and accepts all input."""

import fcntl
import mmap
import os
import threading
from pathlib import Path

import numpy
from gi.repository import Gio, GLib

_ROOT = '/org/qemu/Display1'
_LISTENER = _ROOT + '/Listener'
_XML = Path(__file__).resolve().parents[2] / 'src/dbus/org.qemu.Display1.xml'
# Pixman's number and where a pixel's red, green and blue bytes are, on a little-endian machine.
FORMATS = {'x8r8g8b8': (0x20020888, 4, (2, 1, 0)), 'x8b8g8r8': (0x20030888, 4, (0, 1, 2)),
           'b8g8r8x8': (0x20080888, 4, (1, 2, 3)), 'r8g8b8x8': (0x20090888, 4, (3, 2, 1)),
           'r8g8b8': (0x18020888, 3, (2, 1, 0)), 'b8g8r8': (0x18030888, 3, (0, 1, 2))}


class Display:
    """`path` is how pictures go: "map" (shared memory that cannot shrink), "file" (shared memory that can) or "array"."""

    def __init__(self, desktop, path='map'):
        self._desktop, self.path, self.picture = desktop, path, None
        self._size, self._connection, self._format = (0, 0), None, 'x8r8g8b8'
        registered = threading.Event()
        threading.Thread(target=self._serve, args=(desktop.bus, registered), daemon=True).start()
        registered.wait(10)
        desktop.bus.call_sync('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus', 'RequestName',
                              GLib.Variant('(su)', ('org.qemu', 4)), None, Gio.DBusCallFlags.NONE, 5000, None)

    def _serve(self, bus, registered):
        """In a thread of its own: a test that computes must not look like a QEMU that hangs."""
        context = GLib.MainContext()
        context.push_thread_default()
        info = Gio.DBusNodeInfo.new_for_xml(_XML.read_text())
        for where, names in (('/VM', ['VM']), ('/Console_0', ['Console', 'Keyboard', 'Mouse'])):
            for name in names:
                bus.register_object(_ROOT + where, info.lookup_interface('org.qemu.Display1.' + name), self._on_call,
                                    self._on_get, None)
        registered.set()
        while True:
            context.iteration(True)

    def wait_listener(self):
        self._desktop.wait_for(lambda: self._connection, 30, 'a listener')

    # -- pictures ----------------------------------------------------------------------------------------------------

    def scanout(self, picture, format='x8r8g8b8', extra=0):
        """The whole picture, rows of `extra` bytes more than its pixels need."""
        height, width, _ = picture.shape
        number, step, _ = FORMATS[format]
        stride = width * step + extra
        self._format, self._size, self._stride = format, (width, height), stride
        fd = os.memfd_create('picture', os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(fd, stride * height)
        if self.path == 'map':
            fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK)
        self._memory = numpy.frombuffer(mmap.mmap(fd, stride * height), numpy.uint8).reshape(height, stride)
        self.picture = numpy.zeros_like(picture)
        self._put(0, 0, picture)
        if self.path == 'array':
            self._call('org.qemu.Display1.Listener', 'Scanout',
                       _with_bytes('uuuu', (width, height, stride, number), self._memory.tobytes()))
        else:
            self._call('org.qemu.Display1.Listener.Unix.Map', 'ScanoutMap', GLib.Variant(
                '(huuuuu)', (0, 0, width, height, stride, number)), fd)
        os.close(fd)

    def draw(self, x, y, part):
        """`part` of a picture, (height, width, 3), at this place."""
        height, width, _ = part.shape
        self._put(x, y, part)
        if self.path == 'array':
            number, step, _ = FORMATS[self._format]
            data = numpy.ascontiguousarray(self._memory[y:y + height, x * step:(x + width) * step])
            self._call('org.qemu.Display1.Listener', 'Update',
                       _with_bytes('iiiiuu', (x, y, width, height, width * step, number), data.tobytes()))
        else:
            self._call('org.qemu.Display1.Listener.Unix.Map', 'UpdateMap', GLib.Variant(
                '(iiii)', (x, y, width, height)))

    def fill(self, x, y, width, height, color):
        self.draw(x, y, numpy.full((height, width, 3), color, numpy.uint8))

    def _put(self, x, y, part):
        _, step, places = FORMATS[self._format]
        height, width, _ = part.shape
        self.picture[y:y + height, x:x + width] = part
        for channel, place in enumerate(places):
            self._memory[y:y + height, x * step + place:(x + width - 1) * step + place + 1:step] = part[:, :, channel]

    def _call(self, interface, method, body, fd=None):
        fds = None if fd is None else Gio.UnixFDList.new_from_array([os.dup(fd)])
        self._connection.call_with_unix_fd_list_sync(None, _LISTENER, interface, method, body, None,
                                                     Gio.DBusCallFlags.NONE, 10000, fds, None)

    # -- what Diorama asks -------------------------------------------------------------------------------------------

    def _on_get(self, connection, sender, path, interface, name):
        values = {'Name': ('s', 'Painted'), 'UUID': ('s', '3b1e4d1c-3a5c-4f4c-9c5d-0a1b2c3d4e5f'), 'ConsoleIDs': ('au', [0]),
                  'Interfaces': ('as', []), 'Label': ('s', 'Painted'), 'Head': ('u', 0), 'Type': ('s', 'Graphic'),
                  'Width': ('u', self._size[0]), 'Height': ('u', self._size[1]), 'DeviceAddress': ('s', ''),
                  'Modifiers': ('u', 0), 'IsAbsolute': ('b', True)}
        return GLib.Variant(*values[name])

    def _on_call(self, connection, sender, path, interface, method, parameters, invocation):
        invocation.return_value(None)
        if method != 'RegisterListener':
            return
        fds = invocation.get_message().get_unix_fd_list()
        stream = Gio.Socket.new_from_fd(fds.get(parameters.unpack()[0])).connection_factory_create_connection()
        self._connection = Gio.DBusConnection.new_sync(stream, Gio.dbus_generate_guid(),
                                                       Gio.DBusConnectionFlags.AUTHENTICATION_SERVER, None, None)


def _with_bytes(types, numbers, data):
    """Much faster than to have PyGObject look at each byte."""
    words = [GLib.Variant(kind, number) for kind, number in zip(types, numbers)]
    return GLib.Variant.new_tuple(*words, GLib.Variant.new_from_bytes(GLib.VariantType('ay'), GLib.Bytes.new(data), True))
