# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""A QEMU that is all picture: what it shows lies in buffers of the test's, which is the guest at the same time.

    source = Source(desktop.bus)                       # owns org.qemu there, for “diorama attach”
    one, two = Buffer(640, 400), Buffer(640, 400)
    one.pixels[:] = picture                            # (height, width, 4): blue, green, red, nothing
    source.wait_listener(desktop.wait_for)
    source.scanout(one)
    seconds = source.update((0, 0, 640, 400))          # waits for the answer
"""

import fcntl
import mmap
import os
import struct
import time

import numpy
from gi.repository import Gio, GLib

_DISPLAY = 'org.qemu.Display1'
_PATH = '/org/qemu/Display1'
_UDMABUF_CREATE = 0x40187542
_CALL_TIMEOUT_MS = 5000
XR24, XB24 = (int.from_bytes(code, 'little') for code in (b'XR24', b'XB24'))
LINEAR, UNKNOWN = 0, 0x00ffffffffffffff

_XML = f'''<node>
<interface name="{_DISPLAY}.VM">
  <property name="Name" type="s" access="read"/><property name="UUID" type="s" access="read"/>
  <property name="ConsoleIDs" type="au" access="read"/><property name="Interfaces" type="as" access="read"/>
</interface>
<interface name="{_DISPLAY}.Console">
  <method name="RegisterListener"><arg type="h" direction="in"/></method>
  <method name="SetUIInfo"><arg type="q" direction="in"/><arg type="q" direction="in"/><arg type="i" direction="in"/>
    <arg type="i" direction="in"/><arg type="u" direction="in"/><arg type="u" direction="in"/></method>
  <property name="Label" type="s" access="read"/><property name="Head" type="u" access="read"/>
  <property name="Type" type="s" access="read"/><property name="Width" type="u" access="read"/>
  <property name="Height" type="u" access="read"/><property name="DeviceAddress" type="s" access="read"/>
  <property name="Interfaces" type="as" access="read"/>
</interface>
<interface name="{_DISPLAY}.Keyboard">
  <method name="Press"><arg type="u" direction="in"/></method><method name="Release"><arg type="u" direction="in"/></method>
  <property name="Modifiers" type="u" access="read"/>
</interface>
<interface name="{_DISPLAY}.Mouse">
  <method name="Press"><arg type="u" direction="in"/></method><method name="Release"><arg type="u" direction="in"/></method>
  <method name="SetAbsPosition"><arg type="u" direction="in"/><arg type="u" direction="in"/></method>
  <method name="RelMotion"><arg type="i" direction="in"/><arg type="i" direction="in"/></method>
  <property name="IsAbsolute" type="b" access="read"/>
</interface>
</node>'''


def is_real():
    """Whether buffers are dma-bufs."""
    return os.access('/dev/udmabuf', os.R_OK | os.W_OK)


class Buffer:
    """A linear buffer of 32-bit pixels; the rows have `padding` bytes more than they need. It is a dma-buf where there is
    /dev/udmabuf; elsewhere a sealed memory file, which drivers that draw by software import just the same."""

    def __init__(self, width, height, padding=0, fourcc=XR24, modifier=LINEAR):
        self.width, self.height, self.stride = width, height, width * 4 + padding
        self.fourcc, self.modifier = fourcc, modifier
        size = -(-self.stride * height // mmap.PAGESIZE) * mmap.PAGESIZE
        memory = os.memfd_create('picture', os.MFD_ALLOW_SEALING)
        os.ftruncate(memory, size)
        fcntl.fcntl(memory, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK)
        self._map = mmap.mmap(memory, size)
        self.fd = memory
        if is_real():
            with open('/dev/udmabuf', 'rb') as device:
                self.fd = fcntl.ioctl(device, _UDMABUF_CREATE, bytearray(struct.pack('=IIQQ', memory, 1, 0, size)), True)
            os.close(memory)
        rows = numpy.frombuffer(self._map, numpy.uint8)[:self.stride * height].reshape(height, self.stride)
        self.pixels = rows[:, :width * 4].reshape(height, width, 4) if not padding else \
            numpy.lib.stride_tricks.as_strided(rows, (height, width, 4), (self.stride, 4, 1))

    def draw(self, picture, x=0, y=0):
        """Writes (height, width, 3) bytes of red, green, blue."""
        height, width = picture.shape[:2]
        self.pixels[y:y + height, x:x + width, :3] = picture if self.fourcc == XB24 else picture[:, :, ::-1]


class Source:
    """With `broken`, a second screen takes no listener."""

    def __init__(self, bus, width=640, height=400, broken=False):
        self._bus, self.width, self.height, self._listener = bus, width, height, None
        self._screens = [0, 1] if broken else [0]
        self._objects = []
        consoles = [(f'{_PATH}/Console_{number}', ('Console', 'Keyboard', 'Mouse')) for number in self._screens]
        for path, names in ((f'{_PATH}/VM', ('VM',)), *consoles):
            for interface in Gio.DBusNodeInfo.new_for_xml(_XML).interfaces:
                if interface.name.rpartition('.')[2] in names:
                    self._objects.append(bus.register_object(path, interface, self._on_call, self._on_get, None))
        self._name = Gio.bus_own_name_on_connection(bus, 'org.qemu', Gio.BusNameOwnerFlags.NONE, None, None)

    def close(self):
        """Is no QEMU any more."""
        Gio.bus_unown_name(self._name)
        for number in self._objects:
            self._bus.unregister_object(number)
        if self._listener:
            self._listener.close(None, None)

    def wait_listener(self, wait_for, timeout=60):
        wait_for(lambda: self._listener, timeout, 'Diorama to listen')

    # -- what QEMU calls ---------------------------------------------------------------------------------------------

    def scanout(self, buffer, bottom_up=False):
        fds = Gio.UnixFDList.new_from_array([os.dup(buffer.fd)])
        self._call('', 'ScanoutDMABUF', GLib.Variant('(huuuutb)', (0, buffer.width, buffer.height, buffer.stride,
                                                                   buffer.fourcc, buffer.modifier, bottom_up)), fds)

    def scanout2(self, buffer, x, y, width, height, bottom_up=False):
        """The part of a larger buffer."""
        fds = Gio.UnixFDList.new_from_array([os.dup(buffer.fd)])
        self._call('.Unix.ScanoutDMABUF2', 'ScanoutDMABUF2', GLib.Variant('(ahuuuuauauuuuutb)', (
            [0], x, y, width, height, [0], [buffer.stride], 1, buffer.fourcc, buffer.width, buffer.height,
            buffer.modifier, bottom_up)), fds)

    def update(self, rect):
        """Waits for the answer; returns how long it took, in seconds."""
        begun = time.monotonic()
        self._call('', 'UpdateDMABUF', GLib.Variant('(iiii)', rect))
        return time.monotonic() - begun

    def start_update(self, rect, answers):
        """Does not wait: how long the answer took is appended to `answers` some time."""
        begun = time.monotonic()

        def done(listener, result):
            listener.call_finish(result)
            answers.append(time.monotonic() - begun)
        self._listener.call(None, f'{_PATH}/Listener', f'{_DISPLAY}.Listener', 'UpdateDMABUF',
                            GLib.Variant('(iiii)', rect), None, Gio.DBusCallFlags.NONE, _CALL_TIMEOUT_MS, None, done)

    def _call(self, interface, method, parameters, fds=None):
        self._listener.call_with_unix_fd_list_sync(None, f'{_PATH}/Listener', f'{_DISPLAY}.Listener{interface}', method,
                                                   parameters, None, Gio.DBusCallFlags.NONE, _CALL_TIMEOUT_MS, fds, None)

    # -- what is called ----------------------------------------------------------------------------------------------

    def _on_call(self, _connection, _sender, path, _interface, method, _parameters, invocation):
        if method == 'RegisterListener' and path.endswith('_1'):
            invocation.return_dbus_error('org.freedesktop.DBus.Error.Failed', 'No more listeners')
            return
        if method != 'RegisterListener':
            invocation.return_value(None)
            return
        fd = invocation.get_message().get_unix_fd_list().steal_fds()[0]
        invocation.return_value(None)
        GLib.idle_add(self._connect, fd)

    def _connect(self, fd):
        stream = Gio.Socket.new_from_fd(fd).connection_factory_create_connection()
        self._listener = Gio.DBusConnection.new_sync(stream, Gio.dbus_generate_guid(),
                                                     Gio.DBusConnectionFlags.AUTHENTICATION_SERVER, None, None)
        # QEMU asks, too, and a listener counts on it.
        self._listener.call(None, f'{_PATH}/Listener', 'org.freedesktop.DBus.Properties', 'GetAll',
                            GLib.Variant('(s)', (f'{_DISPLAY}.Listener',)), None, Gio.DBusCallFlags.NONE,
                            _CALL_TIMEOUT_MS, None, None)
        return GLib.SOURCE_REMOVE

    def _on_get(self, _connection, _sender, _path, _interface, name):
        return {'Name': GLib.Variant('s', 'Source'), 'UUID': GLib.Variant('s', '00000000-0000-4000-8000-000000000001'),
                'ConsoleIDs': GLib.Variant('au', self._screens), 'Interfaces': GLib.Variant('as', []),
                'Label': GLib.Variant('s', 'Screen'), 'Head': GLib.Variant('u', 0),
                'Type': GLib.Variant('s', 'Graphic'), 'Width': GLib.Variant('u', self.width),
                'Height': GLib.Variant('u', self.height), 'DeviceAddress': GLib.Variant('s', ''),
                'Modifiers': GLib.Variant('u', 0), 'IsAbsolute': GLib.Variant('b', True)}[name]
