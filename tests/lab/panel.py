#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""In the laptop: Diorama with a picture of ours, and what it tells that QEMU of fingers, a line of JSON each:
panel.py WIDTH HEIGHT SEED (of the picture, which is noise)

    {"what": "ready"}                                            somebody listens, and has the picture
    {"what": "begin", "finger": 3, "x": 9.5, "y": 20.0}          org.qemu.Display1.MultiTouch.SendEvent, with its slot
    "update", "end" and "cancel" likewise"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from gi.repository import Gio, GLib

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / 'ui'), str(TESTS / 'guest')]
import source  # noqa: E402
from console import environment, noise, program  # noqa: E402
from environment import write_bus_config  # noqa: E402

START = 120
KINDS = ('begin', 'update', 'end', 'cancel')
TOUCH = 'org.qemu.Display1.MultiTouch'
TOUCH_XML = f'''<node><interface name="{TOUCH}">
  <method name="SendEvent"><arg type="u" direction="in"/><arg type="t" direction="in"/><arg type="d" direction="in"/>
    <arg type="d" direction="in"/></method>
  <property name="MaxSlots" type="i" access="read"/>
</interface></node>'''


def tell(what, **members):
    print(json.dumps({'what': what, **members}), flush=True)


class Source(source.Source):
    """One with a touch panel."""

    def __init__(self, bus, width, height):
        super().__init__(bus, width, height)
        interface = Gio.DBusNodeInfo.new_for_xml(TOUCH_XML).interfaces[0]
        bus.register_object('/org/qemu/Display1/Console_0', interface, self._on_touch, self._on_get, None)

    def _on_touch(self, _connection, _sender, _path, _interface, _method, parameters, invocation):
        kind, slot, x, y = parameters.unpack()
        tell(KINDS[kind], finger=slot, x=round(x, 2), y=round(y, 2))
        invocation.return_value(None)

    def _on_get(self, connection, sender, path, interface, name):
        if name == 'MaxSlots':
            return GLib.Variant('i', 10)
        if name == 'Interfaces' and interface == 'org.qemu.Display1.Console':
            return GLib.Variant('as', ['org.qemu.Display1.Keyboard', 'org.qemu.Display1.Mouse', TOUCH])
        return super()._on_get(connection, sender, path, interface, name)


def wait_for(condition, timeout, what):
    context, end = GLib.MainContext.default(), time.monotonic() + timeout
    look_again = GLib.timeout_add(50, lambda: GLib.SOURCE_CONTINUE)
    while not (result := condition()):
        if time.monotonic() > end:
            raise TimeoutError(f'waited {timeout} s in vain for {what}')
        context.iteration(True)
    GLib.source_remove(look_again)
    return result


def main():
    width, height, seed = map(int, sys.argv[1:])
    runtime = tempfile.mkdtemp()
    address = f'unix:path={runtime}/bus'
    daemon = subprocess.Popen(['dbus-daemon', '--nofork', '--config-file', write_bus_config(runtime, os.environ)])
    wait_for(Path(runtime, 'bus').exists, START, 'the bus')
    flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
    panel = Source(Gio.DBusConnection.new_for_address_sync(address, flags, None, None), width, height)
    env = {**os.environ, **environment(), 'DBUS_SESSION_BUS_ADDRESS': address, 'GSETTINGS_BACKEND': 'memory',
           'GTK_A11Y': 'none'}
    diorama = subprocess.Popen([program(), 'attach'], env=env)
    panel.wait_listener(wait_for, START)
    picture = source.Buffer(width, height)
    picture.draw(noise(width, height, seed))
    panel.scanout(picture)
    panel.update((0, 0, width, height))
    tell('ready')
    wait_for(lambda: diorama.poll() is not None, 3600, 'the end')
    daemon.terminate()
    return 1


if __name__ == '__main__':
    sys.exit(main())
