# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""The programs that are compared. Each is a Viewer: what QEMU is started with for it, and how it is started itself."""

import glob
import json
import os
import shlex
import shutil
import socket
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from gi.repository import Gio, GLib

import console
from patience import patient

DISTRIBUTION_QEMU = '/usr/bin/qemu-system-x86_64'
_VNC_BASE = 5900
_ACCOUNTS_TIMEOUT = 20


@dataclass
class Accounts:
    time: float                                         # seconds of some clock
    uploaded: int                                       # bytes
    way: str                                            # how pictures come and are drawn


@dataclass
class Viewer:
    name: str                                           # for --viewers
    title: str                                          # for the tables
    environment: dict = field(default_factory=dict)
    qemu: str = DISTRIBUTION_QEMU
    variant: bool = False                               # of another one here: measured in few cases
    shows_heads: bool = False                           # shows two heads at once, once they are plugged in
    speaks_dbus: bool = False                           # finds QEMU as org.qemu on its session bus

    def missing(self):
        """What keeps it from being measured here, or None."""
        return None if Path(self.qemu).exists() else 'no QEMU'

    def options(self, folder):
        """QEMU's display, after “-display none”. `folder` is the machine's."""
        return ['-display', 'dbus']

    def plug(self, desktop, head, size):
        """Plugs a further head into the machine, before the program is started."""
        raise NotImplementedError

    def accounts(self, env):
        """What the viewer itself says about its work so far, as Accounts; None where it says nothing."""
        return None

    def command(self, size):
        """The program to start once the guest shows a picture of that size; None where QEMU is the viewer."""
        raise NotImplementedError


class Diorama(Viewer):
    def missing(self):
        if not console.program().exists():
            return f'not built ({console.program()})'
        if self.environment.get('GSK_RENDERER') == 'vulkan' and not glob.glob('/usr/share/vulkan/icd.d/*.json'):
            return 'no Vulkan driver'
        return super().missing()

    def command(self, size):
        return [str(console.program()), 'attach']

    def plug(self, desktop, head, size):
        console = f'/org/qemu/Display1/Console_{head}'
        desktop.bus.call_sync('org.qemu', console, 'org.qemu.Display1.Console', 'SetUIInfo',
                              GLib.Variant('(qqiiuu)', (500, 300, 0, 0, *size)), None, Gio.DBusCallFlags.NONE, -1, None)

    def accounts(self, env):
        asked = subprocess.run([console.program(), 'diagnostics'], env=env, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, timeout=patient(_ACCOUNTS_TIMEOUT))
        if asked.returncode:
            return None                                 # one of before there were accounts
        told = json.loads(asked.stdout)
        heads = [head for window in told['windows'] for head in window['heads']]
        ways = dict.fromkeys(f'{head["path"]}, {head["painter"]}' for head in heads)
        return Accounts(told['time_us'] / 1e6, sum(head['bytes_uploaded'] for head in heads), '; '.join(ways))


class Client(Viewer):
    """Any client of org.qemu.Display1, given as a command line."""

    def __init__(self, name, command):
        super().__init__(name, name, speaks_dbus=True)
        self._argv = shlex.split(command)

    def missing(self):
        return super().missing() if self._argv and shutil.which(self._argv[0]) else 'not installed'

    def command(self, size):
        return self._argv


class Gtk(Viewer):
    def missing(self):
        return super().missing() or (None if _has_module('ui-gtk') else 'not installed')

    def options(self, folder):
        return ['-display', 'gtk,zoom-to-fit=on,show-menubar=off']

    def command(self, size):
        return None


class Spice(Viewer):
    def missing(self):
        installed = _has_module('ui-spice-core') and shutil.which('remote-viewer')
        return super().missing() or (None if installed else 'not installed')

    def options(self, folder):
        self._socket = f'{folder}/spice'
        return ['-spice', f'unix=on,addr={self._socket},disable-ticketing=on']

    def command(self, size):
        return ['remote-viewer', '--auto-resize=never', f'--zoom={_zoom(size)}', f'spice+unix://{self._socket}']


class Vnc(Viewer):
    def missing(self):
        return super().missing() or (None if shutil.which('gvncviewer') else 'not installed')

    def options(self, folder):
        self._display = _free_display()
        return ['-vnc', f'127.0.0.1:{self._display}']

    def command(self, size):
        return ['gvncviewer', f'--zoom={_zoom(size)}', f'127.0.0.1:{self._display}']


def known(embedded_qemu):
    """Every viewer that the bench knows by itself; a QEMU of Diorama's own is None where there is none."""
    def diorama(name, title, **more):
        own = console.environment() | more.pop('environment', {})
        return Diorama(name, title, own, shows_heads=True, speaks_dbus=True, **more)

    found = [diorama('diorama', 'Diorama')]
    found += [diorama(f'diorama-{renderer}', f'Diorama, GSK_RENDERER={renderer}',
                      environment={'GSK_RENDERER': renderer}, variant=True) for renderer in ('cairo', 'gl', 'vulkan')]
    found += [diorama('diorama-embedded', 'Diorama, its own QEMU', qemu=embedded_qemu or '/nonexistent')]
    found += [Gtk('gtk', 'QEMU’s GTK window'),
              Spice('spice', 'remote-viewer (SPICE)'),
              Vnc('vnc', 'gvncviewer (VNC)')]
    return found


def _has_module(name):
    return bool(glob.glob(f'/usr/lib/{os.uname().machine}-linux-gnu/qemu/{name}.so'))


def _zoom(size):
    """Per cent, at which a picture's window is not larger than a small monitor, and more than an icon."""
    return max(10, min(100, 100 * 1280 // size[0]))


def _free_display():
    for display in range(20, 100):
        with socket.socket() as attempt:
            try:
                attempt.bind(('127.0.0.1', _VNC_BASE + display))
                return display
            except OSError:
                pass
    raise RuntimeError('no TCP port is free for VNC')
