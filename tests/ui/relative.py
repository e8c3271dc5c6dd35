# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""A machine of our own, shown by “diorama attach”, whose input devices the test chooses; made for pointers that know
only ways.

    with Attached(desktop, ['virtio-keyboard-pci', 'virtio-mouse-pci']) as console:
        console.guest.call('state')
        console.qmp.call('device_add', driver='usb-tablet', bus='usb.0', id='tablet')   # there is a controller "usb"
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / 'guest'))
from console import Console, environment, program, window_actions     # noqa: E402
from machine import Machine                                            # noqa: E402

_GUEST_TIMEOUT = 200 if 'DIORAMA_IN_LAPTOP' in os.environ else 60


def badge(desktop):
    """The button that says that the pointer is held, while it is."""
    found = desktop.accessible().find('button', 'Take the Pointer Back')
    return found if found and 'showing' in found.states else None


class Attached(Console):
    """What Console is, for a machine that is not Diorama's."""

    def __init__(self, desktop, inputs, env=None):
        self._desktop = desktop
        address = desktop.env['DBUS_SESSION_BUS_ADDRESS']
        os.environ.setdefault('DIORAMA_QEMU', os.environ.get('DIORAMA_TEST_QEMU', 'qemu-system-x86_64'))
        self._machine = Machine(os.environ['DIORAMA_TEST_GUEST'], inputs=['qemu-xhci,id=usb', *inputs],
                                accel='tcg,thread=single', extra=['-name', 'Relative', '-display', f'dbus,addr={address}'])
        try:
            self.qmp, self.guest = self._machine.qmp, self._machine.guest
            self.guest.wait_event('ready', _GUEST_TIMEOUT)
            self.app = desktop.launch([program(), 'attach'], environment() | (env or {}))
            self.actions = window_actions(desktop, self.app)
        except BaseException:
            self._machine.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.app.stop()
        self._machine.close()
