# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Looks at one spot of the monitor and notes when it changed, and to which colour.

    with Eye(desktop, environment, x, y) as eye:       # environment: that of environment.capture_environment
        …
    eye.seen        [(seconds since 1970, (red, green, blue)), …], for each frame that changed something near the spot

Mutter records a few pixels around the spot whenever it has painted over them, and PipeWire hands them on, so what is
noted is the moment at which a frame of the compositor is complete, plus the way to this process (below a millisecond
when a processor is free). A headless mutter has no scan-out: a real monitor adds up to one refresh to everything."""

import subprocess
import threading
import time

from gi.repository import Gio, GLib

from patience import patient

_CAST = 'org.gnome.Mutter.ScreenCast'
_CAST_PATH = '/org/gnome/Mutter/ScreenCast'
_SIDE = 16
_TIMEOUT = 20
_CALL_TIMEOUT_MS = int(patient(10000))


class Eye:
    def __init__(self, desktop, env, x, y):
        """`x`, `y`: a pixel of the monitor, at scale 1. Near a border the recorded square moves, not the spot."""
        self._desktop, self._env = desktop, env
        spot = int(x), int(y)
        self._origin = tuple(min(max(place - _SIDE // 2, 0), size - _SIDE) for place, size in zip(spot, desktop.size))
        self._place = tuple(place - origin for place, origin in zip(spot, self._origin))
        self.seen = []

    def __enter__(self):
        bus, nodes = self._desktop.bus, []
        self._session = self._call(_CAST_PATH, _CAST, 'CreateSession', GLib.Variant('(a{sv})', ({},)))
        stream = self._call(self._session, _CAST + '.Session', 'RecordArea',
                            GLib.Variant('(iiiia{sv})', (*self._origin, _SIDE, _SIDE, {})))
        signal = bus.signal_subscribe(_CAST, _CAST + '.Stream', 'PipeWireStreamAdded', stream, None,
                                      Gio.DBusSignalFlags.NONE, lambda *arguments: nodes.append(arguments[5][0]))
        try:
            self._call(self._session, _CAST + '.Session', 'Start')
            self._desktop.wait_for(lambda: nodes, _TIMEOUT, 'the screen cast of a spot')
        finally:
            bus.signal_unsubscribe(signal)
        argv = ['gst-launch-1.0', '--quiet', 'pipewiresrc', f'path={nodes[0]}', '!',
                f'video/x-raw,format=BGRx,width={_SIDE},height={_SIDE}', '!', 'fdsink', 'fd=1', 'sync=false']
        self._process = subprocess.Popen(argv, env=self._env, stdin=subprocess.DEVNULL,
                                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        try:
            self._desktop.wait_for(lambda: self.seen, _TIMEOUT, 'the first frame of a spot')
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        self._thread.join()
        self._process.stdout.close()
        self._call(self._session, _CAST + '.Session', 'Stop')

    def _watch(self):
        size = _SIDE * _SIDE * 4
        at = (self._place[1] * _SIDE + self._place[0]) * 4
        last = None
        while len(data := self._process.stdout.read(size)) == size:
            now = time.time()
            if data != last:
                self.seen.append((now, (data[at + 2], data[at + 1], data[at])))
            last = data

    def _call(self, path, interface, method, arguments=None):
        answer = self._desktop.bus.call_sync(_CAST, path, interface, method, arguments, None, Gio.DBusCallFlags.NONE,
                                             _CALL_TIMEOUT_MS, None).unpack()
        return answer[0] if answer else None
