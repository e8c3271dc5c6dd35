# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""A whole desktop as a guest, without a disk image: the root's own kernel and files, and weston on a touch panel.

    with GuestDesktop('unix:path=/run/…/bus') as guest:        # a bus, on which QEMU will be org.qemu
        guest.wait(wait_for, 'ready', 90)                      # wait_for: of tests/ui/harness.py
        guest.reports                                          # what fingers.py told, oldest first
"""

import json
import threading
from pathlib import Path

from laptop import Laptop, TOP

HERE = Path(__file__).resolve().parent
# The order matters: src/vm/argv.c says why.
DEVICES = ['virtio-vga', 'virtio-keyboard-pci', 'virtio-multitouch-pci', 'virtio-tablet-pci']


class GuestDesktop:
    def __init__(self, address, size=(800, 600)):
        self.reports, self._said, self._rest, self._error = [], [], b'', None
        self._taken = 0
        session = [HERE / 'session', '{}x{}'.format(*size), HERE / 'fingers.py']
        devices = [word for device in DEVICES for word in ('-device', device)]
        self._laptop = Laptop(session, 1024, [*devices, '-name', 'Desktop'], modules=(),
                              display='dbus,addr=' + address.replace(',', ',,'))
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def wait(self, wait_for, what, timeout, matches=lambda report: True):
        """The next report of this kind that matches; those before it are passed over."""
        def look():
            if self._error:
                raise RuntimeError(f'{self._error}\n' + '\n'.join(self._said[-20:]))
            while self._taken < len(self.reports):
                self._taken += 1
                report = self.reports[self._taken - 1]
                if report['what'] == what and matches(report):
                    return report
            return None
        try:
            return wait_for(look, timeout, f'“{what}” from the guest')
        except TimeoutError as error:
            raise TimeoutError(f'{error}\nthe guest told last: {self.reports[-8:]} {self._said[-8:]}') from None

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
        self._laptop.close()
        self._thread.join()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _run(self):
        try:
            code = self._laptop.run(3600, self)
            self._error = f'the guest\'s desktop ended with exit code {code}'
        except Exception as error:
            self._error = str(error)
