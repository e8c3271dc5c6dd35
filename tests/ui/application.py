# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""A launched program, and the GActions that it exports on the session bus."""

import signal

from gi.repository import Gio, GLib

from patience import patient

_ACTIONS = 'org.gtk.Actions'
_CALL_TIMEOUT_MS = int(patient(10000))


class App:
    def __init__(self, desktop, process):
        self._desktop, self._process = desktop, process
        self.argv, self.pid, self.stopped = process.argv, process.pid, False

    def poll(self):
        """The exit status (negative: the signal), or None while it runs."""
        return self._process.poll()

    def wait(self, timeout=10):
        """The exit status; TimeoutError after `timeout` seconds, with the patience of wait_for."""
        return self._process.wait(patient(timeout))

    def signal(self, number):
        """Sends a signal to the program and its children."""
        self._process.signal(number)

    def stop(self, grace=5):
        """Ends it, by SIGKILL if SIGTERM is not answered in `grace` seconds; returns the exit status."""
        self.stopped = True
        if self.poll() is None:
            self.signal(signal.SIGTERM)
            try:
                return self.wait(grace)
            except TimeoutError:
                self.signal(signal.SIGKILL)
        return self.wait(5)

    def output(self):
        """All that it has printed so far."""
        return self._process.output()

    def tail(self, lines=20):
        return self._process.tail(lines)

    def actions(self, application_id, path=None):
        """Its actions: the application's own, or a window's with path='/app/id/window/1'."""
        return Actions(self._desktop.bus, application_id, path or '/' + application_id.replace('.', '/'))


class Actions:
    """A GActionGroup on the bus."""

    def __init__(self, bus, name, path):
        self._bus, self._name, self._path = bus, name, path

    def names(self):
        return sorted(self._call('List', None)[0])

    def state(self, name):
        """The state, or None for an action without one."""
        state = self._call('Describe', GLib.Variant('(s)', (name,)))[0][2]
        return state[0] if state else None

    def enabled(self, name):
        return self._call('Describe', GLib.Variant('(s)', (name,)))[0][0]

    def activate(self, name, value=None):
        """`value` is a GLib.Variant, or None for an action without parameter. Unknown names raise."""
        self._require(name)
        self._call('Activate', GLib.Variant('(sava{sv})', (name, [] if value is None else [value], {})))

    def change_state(self, name, value):
        self._require(name)
        self._call('SetState', GLib.Variant('(sva{sv})', (name, value, {})))

    def _require(self, name):
        # GIO ignores activations of actions that do not exist; a test must not.
        if name not in self.names():
            raise KeyError(f'{self._path} of {self._name} has no action "{name}", only {", ".join(self.names())}')

    def _call(self, method, arguments):
        return self._bus.call_sync(self._name, self._path, _ACTIONS, method, arguments, None, Gio.DBusCallFlags.NONE,
                                   _CALL_TIMEOUT_MS, None).unpack()
