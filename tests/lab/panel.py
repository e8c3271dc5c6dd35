#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""In the laptop: Diorama with a picture of ours, and what it tells that QEMU of fingers, a line of JSON each:
panel.py WIDTH HEIGHT SEED (of the picture, which is noise)

    {"what": "ready"}                                    somebody listens, and has the picture
    {"what": "begin", "finger": 3, "x": 9.5, "y": 20.0}  org.qemu.Display1.MultiTouch.SendEvent, with its slot
    "update", "end" and "cancel" likewise"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

from gi.repository import Gio, GLib

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / 'ui'), str(TESTS / 'guest')]
from console import environment, noise, program  # noqa: E402
from display import Display  # noqa: E402
from environment import write_bus_config  # noqa: E402
from patience import patient  # noqa: E402

START = 200
KINDS = ('begin', 'update', 'end', 'cancel')


def tell(what, **members):
    print(json.dumps({'what': what, **members}), flush=True)


class Panel(Display):
    """Tells of fingers as they come."""

    def _on_call(self, connection, sender, path, interface, method, parameters, invocation):
        if method == 'SendEvent':
            kind, slot, x, y = parameters.unpack()
            tell(KINDS[kind], finger=slot, x=round(x, 2), y=round(y, 2))
        super()._on_call(connection, sender, path, interface, method, parameters, invocation)


def wait_for(condition, timeout, what):
    context, end = GLib.MainContext.default(), time.monotonic() + patient(timeout)
    look_again = GLib.timeout_add(50, lambda: GLib.SOURCE_CONTINUE)
    while not (result := condition()):
        if time.monotonic() > end:
            raise TimeoutError(f'waited {patient(timeout):g} s in vain for {what}')
        context.iteration(True)
    GLib.source_remove(look_again)
    return result


def main():
    width, height, seed = map(int, sys.argv[1:])
    home = tempfile.mkdtemp()
    address = f'unix:path={home}/bus'
    subprocess.Popen(['dbus-daemon', '--nofork', '--config-file', write_bus_config(home, os.environ)])
    wait_for(Path(home, 'bus').exists, START, 'the bus')
    flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
    bus = Gio.DBusConnection.new_for_address_sync(address, flags, None, None)
    desktop = SimpleNamespace(bus=bus, wait_for=lambda condition, _, what: wait_for(condition, START, what))
    panel = Panel(desktop, touch=True)
    diorama = subprocess.Popen([program(), 'attach'], env={
        **os.environ, **environment(), 'DBUS_SESSION_BUS_ADDRESS': address, 'GSETTINGS_BACKEND': 'memory',
        'GTK_A11Y': 'none', 'XDG_STATE_HOME': home})
    panel.wait_listener()
    panel.scanout(noise(width, height, seed))
    tell('ready')
    return diorama.wait() or 1


if __name__ == '__main__':
    sys.exit(main())
