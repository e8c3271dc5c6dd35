# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Disk images opened as the file manager does it: by the desktop entry, which has the bus start Diorama."""

import os
import shlex
import shutil
import subprocess
from pathlib import Path

from gi.repository import Gio, GLib

from console import APPLICATION_ID, build, environment, program


def install(desktop):
    """The entry, and what has the bus start the program."""
    entry = desktop.home / f'entries/{APPLICATION_ID}.desktop'
    entry.parent.mkdir()
    shutil.copy(build() / f'data/{APPLICATION_ID}.desktop', entry)
    settings = ' '.join(shlex.quote(f'{name}={value}') for name, value in (desktop.env | environment()).items()
                        if name != 'DBUS_SESSION_BUS_ADDRESS' and value.isprintable())
    Path(desktop.runtime, f'services/{APPLICATION_ID}.service').write_text(
        f'[D-BUS Service]\nName={APPLICATION_ID}\nExec=/usr/bin/env DBUS_SESSION_BUS_ADDRESS=unix:path={desktop.runtime}/bus '
        f'{settings} {shlex.quote(str(program()))} --gapplication-service\n')
    desktop.bus.call_sync('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus', 'ReloadConfig', None, None,
                          Gio.DBusCallFlags.NONE, 5000, None)
    return entry


def launch(desktop, entry, *files):
    """As the file manager does. The entry's program has to be found, though it is not what runs."""
    names = desktop.home / 'bin'
    names.mkdir(exist_ok=True)
    (names / 'diorama').unlink(missing_ok=True)
    (names / 'diorama').symlink_to(program())
    env = desktop.env | environment()
    subprocess.run(['gio', 'launch', entry, *files], env=env | {'PATH': f'{names}:{env.get("PATH", os.environ["PATH"])}'}, check=True,
                   stdin=subprocess.DEVNULL, timeout=60)


def showing(desktop, role, start):
    try:
        return next((node for node in desktop.accessible().find_all(role)
                     if node.name.startswith(start) and {'showing', 'sensitive'} <= node.states), None)
    except GLib.Error:
        return None


def titles(desktop):
    try:
        return sorted(node.name for role in ('window', 'frame') for node in desktop.accessible().find_all(role))
    except GLib.Error:
        return ['?']


def wait_sheet(desktop, file):
    try:
        desktop.wait_for(lambda: titles(desktop) == [file.name] and showing(desktop, 'button', 'Start'), 30, file.name)
    except TimeoutError:
        desktop.keep(f'open-desktop-no-sheet-{file.stem}')
        raise AssertionError(f'no sheet of {file.name}; the windows: {titles(desktop)}') from None


def quit_all(desktop):
    """The answer may not come any more from one that quits."""
    if desktop.has_name(APPLICATION_ID):
        desktop.bus.call(APPLICATION_ID, '/' + APPLICATION_ID.replace('.', '/'), 'org.gtk.Actions', 'Activate',
                         GLib.Variant('(sava{sv})', ('quit', [], {})), None, Gio.DBusCallFlags.NONE, 5000, None, None)
        desktop.wait_for(lambda: not desktop.has_name(APPLICATION_ID), 20, 'its end')
