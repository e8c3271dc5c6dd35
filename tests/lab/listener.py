# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""A display listener without a display: what QEMU really sends, before any of our C has seen it.

    with Listener(machine.qmp) as listener:                      # a machine with -display dbus,p2p=yes
        call = listener.wait(lambda call: call.name == 'ScanoutDMABUF', 30)
        call.arguments, call.fds, call.time
        listener.answer_after = 0.3                              # holds each UpdateDMABUF for so long

Calls come in the order of arrival in `calls`; a descriptor stays open until the listener is closed."""

import os
import socket
import time
from dataclasses import dataclass

from gi.repository import Gio, GLib

_DISPLAY = 'org.qemu.Display1'
_PATH = '/org/qemu/Display1'
_XML = f'''<node>
<interface name="{_DISPLAY}.Listener">
  <method name="Scanout"><arg type="u"/><arg type="u"/><arg type="u"/><arg type="u"/><arg type="ay"/></method>
  <method name="Update"><arg type="i"/><arg type="i"/><arg type="i"/><arg type="i"/><arg type="u"/><arg type="u"/><arg type="ay"/></method>
  <method name="ScanoutDMABUF"><arg type="h"/><arg type="u"/><arg type="u"/><arg type="u"/><arg type="u"/><arg type="t"/><arg type="b"/></method>
  <method name="UpdateDMABUF"><arg type="i"/><arg type="i"/><arg type="i"/><arg type="i"/></method>
  <method name="Disable"/>
  <method name="MouseSet"><arg type="i"/><arg type="i"/><arg type="i"/></method>
  <method name="CursorDefine"><arg type="i"/><arg type="i"/><arg type="i"/><arg type="i"/><arg type="ay"/></method>
  <property name="Interfaces" type="as" access="read"/>
</interface>
<interface name="{_DISPLAY}.Listener.Unix.Map">
  <method name="ScanoutMap"><arg type="h"/><arg type="u"/><arg type="u"/><arg type="u"/><arg type="u"/><arg type="u"/></method>
  <method name="UpdateMap"><arg type="i"/><arg type="i"/><arg type="i"/><arg type="i"/></method>
</interface>
<interface name="{_DISPLAY}.Listener.Unix.ScanoutDMABUF2">
  <method name="ScanoutDMABUF2"><arg type="ah"/><arg type="u"/><arg type="u"/><arg type="u"/><arg type="u"/><arg type="au"/>
    <arg type="au"/><arg type="u"/><arg type="u"/><arg type="u"/><arg type="u"/><arg type="t"/><arg type="b"/></method>
</interface>
</node>'''


@dataclass
class Call:
    name: str
    arguments: tuple
    fds: list
    time: float       # monotonic, seconds


class Listener:
    def __init__(self, qmp, console=0, interfaces=('Map',)):
        self.calls, self.answer_after, self._taken = [], 0, 0
        self._interfaces = [f'{_DISPLAY}.Listener.Unix.{name}' for name in interfaces]
        ours, theirs = socket.socketpair()
        qmp.call('getfd', fds=[theirs.fileno()], fdname='display')
        qmp.call('add_client', protocol='@dbus-display', fdname='display')
        theirs.close()
        self._display = _connect(ours, Gio.DBusConnectionFlags.NONE)
        mine, listeners = socket.socketpair()
        fds = Gio.UnixFDList.new_from_array([listeners.detach()])
        done = []
        self._display.call_with_unix_fd_list(
            None, f'{_PATH}/Console_{console}', f'{_DISPLAY}.Console', 'RegisterListener', GLib.Variant('(h)', (0,)), None,
            Gio.DBusCallFlags.NONE, 10000, fds, None, lambda bus, result: done.append(result))
        # QEMU answers as soon as it has the descriptor, and then waits for this end to log in.
        self._listener = _connect(mine, Gio.DBusConnectionFlags.DELAY_MESSAGE_PROCESSING)
        for interface in Gio.DBusNodeInfo.new_for_xml(_XML).interfaces:
            if interface.name == f'{_DISPLAY}.Listener' or interface.name in self._interfaces:
                self._listener.register_object(f'{_PATH}/Listener', interface, self._on_call, self._on_get, None)
        self._listener.start_message_processing()
        _iterate_until(lambda: done, 10, 'QEMU to accept the listener')
        self._display.call_with_unix_fd_list_finish(done[0])

    def wait(self, condition, timeout, what='a call from QEMU'):
        """The oldest call not yet waited for that the condition is true of; those before it are passed over."""
        found = []

        def look():
            while self._taken < len(self.calls) and not found:
                call = self.calls[self._taken]
                self._taken += 1
                if condition(call):
                    found.append(call)
            return found
        _iterate_until(look, timeout, f'{what} (the last calls: {[(c.name, c.arguments) for c in self.calls[-5:]]})')
        return found[0]

    def settle(self, seconds):
        """Serves QEMU for a while."""
        end = time.monotonic() + seconds
        try:
            _iterate_until(lambda: time.monotonic() >= end, seconds + 1, '')
        except TimeoutError:
            pass

    def serve_until(self, condition, timeout, what):
        _iterate_until(condition, timeout, what)

    def mark(self):
        """From now on wait() looks at what comes after this."""
        while GLib.MainContext.default().iteration(False):
            pass
        self._taken = len(self.calls)

    def close(self):
        for call in self.calls:
            for fd in call.fds:
                os.close(fd)
            call.fds = []
        for connection in (self._listener, self._display):
            connection.close_sync(None)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _on_call(self, _connection, _sender, _path, _interface, method, parameters, invocation):
        message = invocation.get_message()
        fds = message.get_unix_fd_list()
        arguments = tuple(len(value) if isinstance(value, (bytes, list)) and method in ('Scanout', 'Update', 'CursorDefine')
                          else value for value in _unpack(parameters))
        self.calls.append(Call(method, arguments, fds.steal_fds() if fds else [], time.monotonic()))
        if method == 'UpdateDMABUF' and self.answer_after:
            GLib.timeout_add(int(self.answer_after * 1000), lambda: invocation.return_value(None))
        else:
            invocation.return_value(None)

    def _on_get(self, _connection, _sender, _path, _interface, _name):
        return GLib.Variant('as', self._interfaces)


def _unpack(parameters):
    # A frame's bytes one by one as Python integers would take seconds.
    for number in range(parameters.n_children()):
        child = parameters.get_child_value(number)
        yield child.get_data_as_bytes().get_data() if child.get_type_string() == 'ay' else child.unpack()


def _connect(end, flags):
    stream = Gio.Socket.new_from_fd(end.detach()).connection_factory_create_connection()
    return Gio.DBusConnection.new_sync(stream, None, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | flags, None, None)


def _iterate_until(condition, timeout, what):
    context, deadline = GLib.MainContext.default(), time.monotonic() + timeout
    while not (result := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f'waited {timeout} s in vain for {what}')
        look_again = GLib.timeout_add(20, lambda: GLib.SOURCE_CONTINUE)
        context.iteration(True)
        GLib.source_remove(look_again)
    return result
