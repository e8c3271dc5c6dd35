# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""A laptop that is switched on to be used: weston on its own screen, its own touch panel, and one program, which tells
what comes to it, a line of JSON each: {"what": KIND, …}. It needs no disk image: it has the root's own kernel and files.

    with Session([HERE / 'fingers.py'], display='dbus,addr=unix:path=/run/…/bus') as session:
        session.wait(wait_for, 'ready', 90)            # wait_for: of tests/ui/harness.py
        session.reports                                # all of them, oldest first
"""

import json
import threading
from functools import partial
from pathlib import Path

from laptop import Dead, Laptop

HERE = Path(__file__).resolve().parent
# The order matters: src/vm/argv.c says why.
_DEVICES = ['virtio-vga', 'virtio-keyboard-pci', 'virtio-multitouch-pci', 'virtio-tablet-pci']
_SAID = 20                 # lines of what is no report, for messages
_BOOTS = 3                 # now and then an emulated processor loses a timer, and the kernel waits for ever


class Session:
    """`size`: of the screen, a mode that QEMU's monitor offers; `display`: QEMU's -display; `extra`: more words for it."""

    def __init__(self, command, size, display='none', extra=(), memory=1024):
        self.reports, self._said, self._rest, self._error = [], [], b'', None
        self._taken, self._closed = 0, False
        # A second processor would be in the way of the first, and of what runs outside.
        words = ['-smp', '1', *(word for device in _DEVICES for word in ('-device', device)), *extra]
        self._boot = partial(Laptop, [HERE / 'session', '{}x{}'.format(*size), *command], memory, words,
                             modules=(), display=display)
        self._laptop, self._lock = self._boot(), threading.Lock()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def wait(self, wait_for, what, timeout, matches=lambda report: True):
        """The next report of this kind (None: any) that matches; those before it are passed over."""
        def look():
            if self._error:
                raise RuntimeError('\n'.join([self._error, *self._said[-_SAID:]]))
            while self._taken < len(self.reports):
                self._taken += 1
                report = self.reports[self._taken - 1]
                if what in (None, report['what']) and matches(report):
                    return report
            return None
        try:
            return wait_for(look, timeout, f'“{what or "something"}”')
        except TimeoutError as error:
            told = '\n'.join([*map(str, self.reports[-_SAID:]), *self._said[-_SAID:]])
            raise TimeoutError(f'{error}\nThe session told last:\n{told}') from None

    def skip(self):
        """From now on wait() looks at what comes after this."""
        self._taken = len(self.reports)

    def write(self, data):
        """What the laptop writes comes here, in a thread."""
        *lines, self._rest = (self._rest + data).split(b'\n')
        for line in lines:
            if line.startswith(b'{'):
                self.reports.append(json.loads(line))
            elif line:
                self._said.append(line.decode(errors='replace'))

    def flush(self):
        """A stream has this."""

    def close(self):
        with self._lock:
            self._closed = True
            self._laptop.close()
        self._thread.join()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _run(self):
        for boot in range(1, _BOOTS + 1):
            try:
                self._error = f'the session ended with exit code {self._laptop.run(3600, self)}'
                return
            except Dead as error:
                if self.reports or self._closed or boot == _BOOTS:
                    self._error = str(error)
                    return
                print('# UNSTEADY: the kernel died, and is booted again', *str(error).splitlines(), sep='\n# ', flush=True)
                with self._lock:
                    if self._closed:
                        return
                    self._laptop = self._boot()
            except Exception as error:
                self._error = str(error)
                return
