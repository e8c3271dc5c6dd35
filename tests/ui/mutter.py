# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Mutter's private D-Bus interfaces, wrapped once: RemoteDesktop (input), ScreenCast (pixels), DisplayConfig (scale).

They are not a stable API; what is used here was written against mutter 48. Coordinates are device pixels of a
monitor, which are also the pixels of a capture; fingers touch the first one."""

import os
import subprocess
import threading

import numpy
from gi.repository import Gio, GLib

from patience import patient

_REMOTE = 'org.gnome.Mutter.RemoteDesktop'
_CAST = 'org.gnome.Mutter.ScreenCast'
_CONFIG = 'org.gnome.Mutter.DisplayConfig'
_CALL_TIMEOUT_MS = int(patient(10000))
_CONFIG_TEMPORARY = 1
_CURSOR_HIDDEN, _CURSOR_EMBEDDED = 0, 1
_KEY_LEFTSHIFT = 42
_AXES = {'vertical': 0, 'horizontal': 1}
_SCROLL_FINISH, _SCROLL_FINGER = 1, 4


def _write(fd, data):
    with os.fdopen(fd, 'wb') as pipe:
        pipe.write(data)


def path_of(name):
    return '/' + name.replace('.', '/')


class Mutter:
    names = (_REMOTE, _CAST, _CONFIG)

    def __init__(self, bus, wait_for):
        self._bus, self._wait_for = bus, wait_for
        self._remote = self._cast = None
        self._streams = {}

    # -- the monitors ------------------------------------------------------------------------------------------------

    def monitor(self, index=0):
        """(connector, mode id, width, height, supported scales, current scale or None when it is off) of a monitor."""
        _, monitors, logical, _ = self._state()
        (connector, *_), modes, _ = sorted(monitors)[index]
        mode = next((mode for mode in modes if mode[6].get('is-current')), modes[0])
        scale = next((entry[2] for entry in logical if any(part[0] == connector for part in entry[5])), None)
        return connector, mode[0], mode[1], mode[2], mode[5], scale

    def arrange(self, *wanted):
        """Sets the scales of the monitors, which then lie side by side; None turns one off. Each is one of the scales
        that the monitor's size can be divided by; ValueError names them."""
        left, logical = 0, []
        for index, scale in enumerate(wanted):
            connector, mode, width, height, scales, _ = self.monitor(index)
            if scale is None:
                continue
            best = min(scales, key=lambda candidate: abs(candidate - scale))
            if abs(best - scale) > 0.001:
                raise ValueError(f'a {width}x{height} monitor cannot have scale {scale}, only '
                                 + ', '.join(f'{candidate:g}' for candidate in scales))
            logical.append((left, 0, best, 0, not logical, [(connector, mode, {})]))
            left += round(width / best)
        self._call(_CONFIG, path_of(_CONFIG), _CONFIG, 'ApplyMonitorsConfig',
                   GLib.Variant('(uua(iiduba(ssa{sv}))a{sv})', (self._state()[0], _CONFIG_TEMPORARY, logical, {})))
        if self._cast is not None:
            self._record_all()                                         # the old streams have gone with the old monitors

    def set_scale(self, scale):
        """Of the first monitor; the others keep theirs."""
        now = [self.monitor(index)[5] for index in range(self.count())]
        if now[0] is None or abs(now[0] - scale) > 0.001:
            self.arrange(scale, *now[1:])

    def count(self):
        return len(self._state()[1])

    def _state(self):
        return self._call(_CONFIG, path_of(_CONFIG), _CONFIG, 'GetCurrentState')

    # -- the clipboard, as another program sees it -------------------------------------------------------------------

    def open_clipboard(self):
        """From now on `clipboard_types` is what is copied, whoever did; None: nothing."""
        self.clipboard_types, self.pasted, self._copied = None, [], {}
        for name, handler in (('SelectionOwnerChanged', self._on_owner), ('SelectionTransfer', self._on_transfer)):
            self._bus.signal_subscribe(_REMOTE, _REMOTE + '.Session', name, self._remote, None,
                                       Gio.DBusSignalFlags.NONE, handler)
        self._call(_REMOTE, self._remote, _REMOTE + '.Session', 'EnableClipboard', GLib.Variant('(a{sv})', ({},)))

    def copy(self, contents):
        """`contents`: bytes by MIME type. What was read of it is in `pasted`."""
        self._copied, self.pasted = dict(contents), []
        options = {'mime-types': GLib.Variant('as', list(contents))}
        self._call(_REMOTE, self._remote, _REMOTE + '.Session', 'SetSelection', GLib.Variant('(a{sv})', (options,)))

    def paste(self, mime_type):
        """Returns: the read end of a pipe."""
        return self._call_for_fd('SelectionRead', GLib.Variant('(s)', (mime_type,)))

    def _on_owner(self, _bus, _sender, _path, _interface, _name, parameters):
        types = parameters.unpack()[0].get('mime-types')
        self.clipboard_types = list(types[0] if isinstance(types, tuple) else types) if types else None

    def _on_transfer(self, _bus, _sender, _path, _interface, _name, parameters):
        mime_type, serial = parameters.unpack()
        self.pasted.append(mime_type)
        fd = self._call_for_fd('SelectionWrite', GLib.Variant('(u)', (serial,)))
        threading.Thread(target=_write, args=(fd, self._copied[mime_type]), daemon=True).start()
        self._call(_REMOTE, self._remote, _REMOTE + '.Session', 'SelectionWriteDone', GLib.Variant('(ub)', (serial, True)))

    def _call_for_fd(self, method, parameters):
        reply, fds = self._bus.call_with_unix_fd_list_sync(_REMOTE, self._remote, _REMOTE + '.Session', method, parameters,
                                                           None, Gio.DBusCallFlags.NONE, _CALL_TIMEOUT_MS, None, None)
        return fds.get(reply.unpack()[0])

    # -- input -------------------------------------------------------------------------------------------------------

    def open_input(self):
        """Begins the session that input is injected through."""
        self._remote = self._call(_REMOTE, path_of(_REMOTE), _REMOTE, 'CreateSession')[0]
        session_id = self._call(_REMOTE, self._remote, 'org.freedesktop.DBus.Properties', 'Get',
                                GLib.Variant('(ss)', (_REMOTE + '.Session', 'SessionId')))[0]
        self._cast = self._create_cast({'remote-desktop-session-id': GLib.Variant('s', session_id)})
        self._record_all()
        self._call(_REMOTE, self._remote, _REMOTE + '.Session', 'Start')
        self._plug_in()

    def _plug_in(self):
        # Mutter makes the keyboard, the pointer and the touch panel with the first event of each, and a client that
        # then still has to ask for the new device would miss that event.
        self.motion(0, 0)
        for pressed in (True, False):
            self.key(_KEY_LEFTSHIFT, pressed)
        self.touch_down(0, 0, 0)
        self.touch_up(0)

    def _record_all(self):
        self._streams = {index: self._record(self._cast, False, index) for index in range(self.count())
                         if self.monitor(index)[5] is not None}

    def key(self, code, pressed):
        self._notify('KeyboardKeycode', '(ub)', code, pressed)

    def motion(self, x, y, monitor=0, wait=True):
        self._notify('PointerMotionAbsolute', '(sdd)', self._streams[monitor], x, y, wait=wait)

    def motion_relative(self, dx, dy):
        self._notify('PointerMotionRelative', '(dd)', dx, dy)

    def button(self, code, pressed):
        self._notify('PointerButton', '(ib)', code, pressed)

    def wheel(self, axis, steps):
        self._notify('PointerAxisDiscrete', '(ui)', _AXES[axis], steps)

    def scroll(self, dx, dy, finish):
        self._notify('PointerAxis', '(ddu)', dx, dy, _SCROLL_FINGER | (_SCROLL_FINISH if finish else 0))

    def touch_down(self, slot, x, y, monitor=0):
        self._notify('TouchDown', '(sudd)', self._streams[monitor], slot, x, y)

    def touch_motion(self, slot, x, y, monitor=0):
        self._notify('TouchMotion', '(sudd)', self._streams[monitor], slot, x, y)

    def touch_up(self, slot):
        self._notify('TouchUp', '(u)', slot)

    def _notify(self, what, signature, *arguments, wait=True):
        call = self._remote, _REMOTE + '.Session', 'Notify' + what, GLib.Variant(signature, arguments)
        if wait:
            self._call(_REMOTE, *call)
        else:
            self._bus.call(_REMOTE, *call, None, Gio.DBusCallFlags.NONE, _CALL_TIMEOUT_MS, None, None)

    # -- pixels ------------------------------------------------------------------------------------------------------

    def capture(self, env, cursor, timeout, monitor=0):
        """A monitor's pixels now: a (height, width, 3) array of RGB bytes, never scaled or converted."""
        _, _, width, height, _, _ = self.monitor(monitor)
        nodes = []
        session = self._create_cast({})
        subscription = self._bus.signal_subscribe(_CAST, _CAST + '.Stream', 'PipeWireStreamAdded',
                                                  self._record(session, cursor, monitor), None, Gio.DBusSignalFlags.NONE,
                                                  lambda *arguments: nodes.append(arguments[5][0]))
        try:
            self._call(_CAST, session, _CAST + '.Session', 'Start')
            self._wait_for(lambda: nodes, timeout, 'the screen cast to start')
            data = _read_frame(nodes[0], width, height, env, timeout)
        finally:
            self._bus.signal_unsubscribe(subscription)
            self._call(_CAST, session, _CAST + '.Session', 'Stop')
        bgrx = numpy.frombuffer(data, numpy.uint8).reshape(height, width, 4)
        return numpy.ascontiguousarray(bgrx[:, :, 2::-1])

    def _create_cast(self, options):
        return self._call(_CAST, path_of(_CAST), _CAST, 'CreateSession', GLib.Variant('(a{sv})', (options,)))[0]

    def _record(self, session, cursor, monitor):
        options = {'cursor-mode': GLib.Variant('u', _CURSOR_EMBEDDED if cursor else _CURSOR_HIDDEN)}
        return self._call(_CAST, session, _CAST + '.Session', 'RecordMonitor',
                          GLib.Variant('(sa{sv})', (self.monitor(monitor)[0], options)))[0]

    def _call(self, name, path, interface, method, arguments=None):
        return self._bus.call_sync(name, path, interface, method, arguments, None, Gio.DBusCallFlags.NONE,
                                   _CALL_TIMEOUT_MS, None).unpack()


def _read_frame(node, width, height, env, timeout):
    """One frame of a PipeWire node as BGRx bytes. The caps forbid any other format, so nothing gets converted."""
    argv = ['gst-launch-1.0', '--quiet', 'pipewiresrc', f'path={node}', 'num-buffers=1', '!',
            f'video/x-raw,format=BGRx,width={width},height={height}', '!', 'fdsink', 'fd=1']
    result = subprocess.run(argv, env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=patient(timeout))
    if len(result.stdout) != width * height * 4:
        raise RuntimeError(f'the screen cast gave {len(result.stdout)} bytes instead of {width * height * 4}: '
                           + result.stderr.decode('utf-8', 'replace'))
    return result.stdout
