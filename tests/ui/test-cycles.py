#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Opens and closes a machine's window $DIORAMA_TEST_CYCLES times (200) in one application: nothing may pile up.

The machine is a disk whose boot sector halts. Each is opened as a second "diorama --start FILE" would, runs until its picture is
there, is closed as a user closes it, and answers the question with Force Off."""

import os
import struct
import subprocess
import sys
import time
from pathlib import Path

from gi.repository import Gio

sys.path.insert(0, str(Path(__file__).parent))
import console                                                         # noqa: E402
import processes                                                       # noqa: E402
from harness import Desktop                                            # noqa: E402
from patience import patient                                           # noqa: E402
from tap import Tap                                                    # noqa: E402

CYCLES = int(os.environ.get('DIORAMA_TEST_CYCLES', 200))
WARM_UP = min(20, CYCLES // 2)
# Caches of GTK's renderer and holes in the heap make it go up and down by some 5 MiB. To keep 1 % of a picture and its
# textures (12 MB) each time would show as much as this after 180 times, and a window's widgets (400 KB) three times so.
MAX_GROWTH_KIB = 20 * 1024
BOOT_SECTOR = b'\xfa\xf4\xeb\xfd'                                      # cli; hlt; jmp back to hlt
tap = Tap()


class Application:
    """A running library window, whose machines come and go."""

    def __init__(self, desktop, image):
        self._desktop, self._image = desktop, image
        self._app = desktop.launch([console.program()], console.environment())
        desktop.wait_window()
        desktop.manage_window('minimize')                              # so that no machine's last key hits it
        self._last = self._close_again = 0

    def cycle(self):
        subprocess.run([console.program(), '--start', self._image], env=self._desktop.env | console.environment(),
                       check=True, timeout=patient(20))
        actions = self._desktop.wait_for(self._new_window, 20, 'the window')
        self._desktop.wait_for(lambda: actions.enabled('screenshot'), 20, 'the first picture')
        self._close_again = 0
        self._desktop.wait_for(lambda: self._force_off(actions), 20, 'the end of the window')
        self._desktop.wait_for(lambda: not self._children(), 10, 'the end of QEMU')

    def usage(self):
        """Descriptors, children, threads, KiB of memory of its own."""
        process = Path('/proc', str(self._app.pid))
        status = dict(line.split(':', 1) for line in (process / 'status').read_text().splitlines())
        return {'fds': len(list((process / 'fd').iterdir())), 'children': len(self._children()),
                'threads': int(status['Threads']), 'kib': int(status['RssAnon'].split()[0])}

    def threads_settle(self, most):
        """GLib's pool keeps idle threads for a while."""
        self._desktop.wait_for(lambda: self.usage()['threads'] <= most, 30, f'no more than {most} threads')

    def _force_off(self, actions):
        # The name on the bus stays for good, without an action. That is GTK's doing.
        if not actions.names():
            return True
        # Once is not enough: the window may not have the focus yet. Where the question is already there, closing takes
        # it away, so not too often. Until it is there the guest gets the keys, and does not mind.
        if time.monotonic() >= self._close_again:
            self._close_again = time.monotonic() + 1
            self._desktop.manage_window('close')
        self._desktop.press('Alt', 'f')
        return False

    def _children(self):
        return processes.children(self._app.pid)

    def _new_window(self):
        new = [number for number in self._windows() if number > self._last and number > 1]
        if not new:
            return None
        self._last = new[0]
        return self._app.actions(console.APPLICATION_ID, f'/app/diorama/Diorama/window/{self._last}')

    def _windows(self):
        xml = self._call('org.freedesktop.DBus.Introspectable', 'Introspect', None, '/window')[0]
        return sorted(int(node.path) for node in Gio.DBusNodeInfo.new_for_xml(xml).nodes)

    def _call(self, interface, method, arguments, below=''):
        return self._desktop.bus.call_sync(console.APPLICATION_ID, '/app/diorama/Diorama' + below, interface, method,
                                           arguments, None, Gio.DBusCallFlags.NONE, 10000, None).unpack()


def write_image(path):
    path.write_bytes(BOOT_SECTOR.ljust(510, b'\0') + struct.pack('<H', 0xaa55) + bytes(1024 * 1024 - 512))


def main():
    if not console.program().exists():
        tap.skip_all(f'{console.program()} is not built')
    with Desktop(size=(1280, 800), raw_keys=True) as desktop:
        image = Path(desktop.home, 'halts.img')
        write_image(image)
        application = Application(desktop, image)
        before, start = None, time.monotonic()
        with tap.test(f'a machine\'s window opens and closes {CYCLES} times'):
            for number in range(CYCLES):
                if number == WARM_UP:
                    before = application.usage()
                if number % 20 == 0:
                    tap.comment(f'after {number}, {time.monotonic() - start:.0f} s: {application.usage()}')
                application.cycle()
        if before is None:
            tap.bail_out('nothing to compare')
        after = application.usage()
        tap.comment(f'after {CYCLES}, {time.monotonic() - start:.0f} s: {after}')
        tap.ok(after['fds'] <= before['fds'], 'no file descriptor is left')
        tap.ok(after['children'] == 0, 'no process is left')
        with tap.test('no thread is left'):
            application.threads_settle(before['threads'])
        tap.ok(after['kib'] - before['kib'] < MAX_GROWTH_KIB, f'memory stays within {MAX_GROWTH_KIB // 1024} MiB')
    tap.finish()


if __name__ == '__main__':
    main()
