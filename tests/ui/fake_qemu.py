# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""The display of a QEMU that there is not: what source.py and display.py show through it is what “diorama attach” gets.

It owns org.qemu on a session bus, answers what it is asked at once, accepts all input, and asks what QEMU asks. What it
was told is in `heard`: (seconds since 1970, interface without its prefix, method, arguments) each."""

import os
import threading
import time
from pathlib import Path

from gi.repository import Gio, GLib

from patience import patient

DISPLAY = 'org.qemu.Display1'
INPUT = 'app.diorama.Display1.Input'
_PATH = '/org/qemu/Display1'
_XML = Path(__file__).resolve().parents[2] / 'src/dbus/org.qemu.Display1.xml'
_MANAGER = Gio.DBusNodeInfo.new_for_xml('''<node><interface name="org.freedesktop.DBus.ObjectManager">
  <method name="GetManagedObjects"><arg type="a{oa{sa{sv}}}" direction="out"/></method>
</interface></node>''').interfaces[0]
_START_TIMEOUT = patient(10)
_CALL_TIMEOUT_MS = int(patient(10000))


class FakeQemu:
    def __init__(self, bus, width=0, height=0, broken=False, touch=None, absolute=True, agent=False):
        """`bus`: a connection to the session bus of the application. With `broken`, there is a second screen, which
        takes no listener until `refuses` becomes False. `touch` is whether its guest listens to a touch screen; None: nobody tells. Its pointer is
        told places if it is `absolute`, else ways. With `agent`, its guest has opened the port of SPICE's agent, whose
        end of the stream is `agent_fd` once Diorama has taken the other."""
        self.size, self._screens = (width, height), [0, 1] if broken else [0]
        self._touch, self._absolute, self._locks, self.heard = touch, absolute, 0, []
        self.refuses, self._agent, self.agent_fd = broken, agent, None
        self._bus, self._listeners, self._objects, self._interfaces = bus, {}, [], {}
        self._context, self._ended, registered = GLib.MainContext(), False, threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(registered,), daemon=True)
        self._thread.start()
        registered.wait(_START_TIMEOUT)
        self._name = Gio.bus_own_name_on_connection(bus, 'org.qemu', Gio.BusNameOwnerFlags.NONE, None, None)

    def close(self):
        """Is no QEMU any more."""
        Gio.bus_unown_name(self._name)
        for number in self._objects:
            self._bus.unregister_object(number)
        self._ended = True
        self._context.wakeup()
        self._thread.join()
        for listener in self._listeners.values():
            listener.close(None, None)

    def wait_listener(self, wait_for, timeout=60):
        wait_for(lambda: self._listener, timeout, 'Diorama to listen')

    def close_agent(self):
        """Nobody in the guest has the port open any more."""
        self._agent = False
        self._bus.emit_signal(None, f'{_PATH}/Chardev_0', 'org.freedesktop.DBus.Properties', 'PropertiesChanged',
                              GLib.Variant('(sa{sv}as)', (f'{DISPLAY}.Chardev', {'FEOpened': GLib.Variant('b', False)}, [])))

    def drop_listener(self, console):
        """QEMU lets go of one."""
        self._listeners.pop(str(console)).close(None, None)

    @property
    def _listener(self):
        return self._listeners.get('0')

    def call(self, interface, method, parameters, fd=None):
        """Calls a method of the listener, of its interface Listener`interface`, and waits for the answer."""
        fds = None if fd is None else Gio.UnixFDList.new_from_array([os.dup(fd)])
        self._listener.call_with_unix_fd_list_sync(None, f'{_PATH}/Listener', f'{DISPLAY}.Listener{interface}', method,
                                                   parameters, None, Gio.DBusCallFlags.NONE, _CALL_TIMEOUT_MS, fds, None)

    def start_call(self, interface, method, parameters, done):
        """Does not wait: done() is called some time, in the main loop."""
        def answered(listener, result):
            listener.call_finish(result)
            done()
        self._listener.call(None, f'{_PATH}/Listener', f'{DISPLAY}.Listener{interface}', method, parameters, None,
                            Gio.DBusCallFlags.NONE, _CALL_TIMEOUT_MS, None, answered)

    # -- what is called ----------------------------------------------------------------------------------------------

    def _serve(self, registered):
        """In a thread of its own: a test that computes must not look like a QEMU that hangs."""
        self._context.push_thread_default()
        known = Gio.DBusNodeInfo.new_for_xml(_XML.read_text(encoding='utf-8'))
        parts = [f'{DISPLAY}.{name}' for name in ('Console', 'Keyboard', 'Mouse', 'MultiTouch')]
        parts += [] if self._touch is None else [INPUT]
        for path, names in ((f'{_PATH}/VM', [f'{DISPLAY}.VM']),
                            *((f'{_PATH}/Console_{number}', parts) for number in self._screens),
                      *([(f'{_PATH}/Chardev_0', [f'{DISPLAY}.Chardev'])] if self._agent else [])):
            self._interfaces[path] = [known.lookup_interface(name) for name in names]
        for path, interfaces in {**self._interfaces, _PATH: [_MANAGER]}.items():
            for interface in interfaces:
                self._objects.append(self._bus.register_object(path, interface, self._on_call, self._on_get, None))
        registered.set()
        while not self._ended:
            self._context.iteration(True)

    @property
    def input(self):
        """(method, argument, …) for each call of a keyboard, a mouse or a touch screen."""
        return [(method, *arguments) for _, interface, method, arguments in self.heard
                if interface.rpartition('.')[2] in ('Keyboard', 'Mouse', 'MultiTouch', 'Input')]

    def set_touch(self, touch):
        """The guest begins, or ceases, to listen."""
        self._touch = touch
        self._tell(INPUT, 'TouchReady', GLib.Variant('b', touch))

    def set_locks(self, locks):
        """The guest lights its lock keys: 1 is Scroll Lock, 2 Num Lock, 4 Caps Lock."""
        self._locks = locks
        self._tell(f'{DISPLAY}.Keyboard', 'Modifiers', GLib.Variant('u', locks))

    def _tell(self, interface, name, value):
        self._bus.emit_signal(None, f'{_PATH}/Console_0', 'org.freedesktop.DBus.Properties', 'PropertiesChanged',
                              GLib.Variant('(sa{sv}as)', (interface, {name: value}, [])))

    def _on_call(self, _connection, _sender, path, interface, method, parameters, invocation):
        now = time.time()
        if method == 'GetManagedObjects':
            invocation.return_value(GLib.Variant('(a{oa{sa{sv}}})', (self._managed_objects(),)))
            return
        if method == 'RegisterListener' and path.endswith('_1') and self.refuses:
            invocation.return_dbus_error('org.freedesktop.DBus.Error.Failed', 'No more listeners')
            return
        invocation.return_value(None)
        if method == 'Register':
            self.agent_fd = invocation.get_message().get_unix_fd_list().get(parameters.unpack()[0])
            return
        if method != 'RegisterListener':
            self.heard.append((now, interface.removeprefix(DISPLAY + '.'), method, parameters.unpack()))
            return
        fd = invocation.get_message().get_unix_fd_list().get(parameters.unpack()[0])
        stream = Gio.Socket.new_from_fd(fd).connection_factory_create_connection()
        listener = Gio.DBusConnection.new_sync(stream, Gio.dbus_generate_guid(),
                                               Gio.DBusConnectionFlags.AUTHENTICATION_SERVER, None, None)
        # QEMU asks, too, and a listener counts on it.
        listener.call(None, f'{_PATH}/Listener', 'org.freedesktop.DBus.Properties', 'GetAll',
                      GLib.Variant('(s)', (f'{DISPLAY}.Listener',)), None, Gio.DBusCallFlags.NONE, _CALL_TIMEOUT_MS, None, None)
        self._listeners[path[-1]] = listener

    def _managed_objects(self):
        return {path: {interface.name: {one.name: self._on_get(None, None, path, interface.name, one.name)
                                        for one in interface.properties} for interface in interfaces}
                for path, interfaces in self._interfaces.items()}

    def _on_get(self, _connection, _sender, path, _interface, name):
        interfaces = [] if self._touch is None or path.endswith('VM') else [INPUT, f'{DISPLAY}.MultiTouch']
        return {'Name': GLib.Variant('s', 'com.redhat.spice.0' if 'Chardev' in path else 'Source'),
                'FEOpened': GLib.Variant('b', self._agent), 'Echo': GLib.Variant('b', False), 'Owner': GLib.Variant('s', ''),
                'UUID': GLib.Variant('s', '00000000-0000-4000-8000-000000000001'),
                'ConsoleIDs': GLib.Variant('au', self._screens), 'Interfaces': GLib.Variant('as', interfaces),
                'Label': GLib.Variant('s', 'Screen'), 'Head': GLib.Variant('u', 0),
                'Type': GLib.Variant('s', 'Graphic'), 'Width': GLib.Variant('u', self.size[0]),
                'Height': GLib.Variant('u', self.size[1]), 'DeviceAddress': GLib.Variant('s', ''),
                'Modifiers': GLib.Variant('u', self._locks), 'IsAbsolute': GLib.Variant('b', self._absolute),
                'MaxSlots': GLib.Variant('i', 10), 'TouchReady': GLib.Variant('b', bool(self._touch))}[name]
