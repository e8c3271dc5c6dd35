# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Machines in the laptop that take USB devices, and the ways by which a device gets into one.

    with Machine(folder) as machine:              # of usb_guest.make()
        with Redirected(machine, node) as link:   # Diorama's own way: lab-usb-driver
            machine.guest.run('sha256sum /dev/sda')
"""

import contextlib
import itertools
import os
import selectors
import socket
import subprocess
import sys
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / folder) for folder in ('guest', 'lab', 'ui')]
import machine as guest_machine  # noqa: E402
from patience import patient  # noqa: E402
from qmp import QmpError  # noqa: E402
import usb_guest  # noqa: E402

_numbers = itertools.count(1)
LOOK_AGAIN = 0.02                 # seconds


def wait_for(condition, timeout, what):
    deadline = time.monotonic() + patient(timeout)
    while not (result := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f'waited {patient(timeout):g} s in vain for {what}')
        time.sleep(LOOK_AGAIN)
    return result


class Machine(guest_machine.Machine):
    """.guest is a usb_guest.Shell, there when the guest is."""

    def __init__(self, folder, accel='kvm', extra=()):
        os.environ['DIORAMA_QEMU'] = os.environ['DIORAMA_TEST_QEMU']
        words = ['-device', 'qemu-xhci,id=usb,p2=8,p3=8', '-device', 'virtio-serial-pci', '-chardev',
                 'socket,id=control,path=control,server=on,wait=off', '-device',
                 f'virtserialport,chardev=control,name={usb_guest.PORT}', *extra]
        super().__init__(folder, display=None, inputs=[], control=False, accel=accel, extra=words)

    def wait_guest(self, timeout=60):
        """A guest that was started anew is another one."""
        if self.guest is not None:
            self.guest.close()
        self.guest = usb_guest.Shell(self.path('control'), timeout)
        return self


class Redirected:
    """By lab-usb-driver and QEMU's usb-redir, which is plugged in while it lasts."""

    def __init__(self, machine, node, program=None):
        self.machine, self.node, self.number = machine, node, next(_numbers)
        self._said, self.lines = b'', []
        ours, theirs = socket.socketpair()
        with ours, theirs:
            self._add_port(theirs)
            build = Path(os.environ.get('DIORAMA_TEST_BUILD', TESTS.parent / 'build/root'))
            self.process = subprocess.Popen([program or build / 'tests/lab/lab-usb-driver', node, str(ours.fileno())],
                                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=[ours.fileno()])
        os.set_blocking(self.process.stdout.fileno(), False)

    def _add_port(self, stream):
        call, name = self.machine.qmp.call, f'usb{self.number}'
        call('getfd', fds=[stream.fileno()], fdname=name)
        call('chardev-add', id=name, backend={'type': 'socket', 'data': {'addr': {'type': 'fd', 'data': {'str': name}},
                                                                         'server': False}})
        call('device_add', driver='usb-redir', id=f'{name}-device', chardev=name, bus='usb.0')

    def told(self, what):
        """The words after WHAT, once the driver has said it."""
        self._said += self.process.stdout.read() or b''
        *lines, self._said = self._said.split(b'\n')
        self.lines += [line.decode().split(' ', 2) for line in lines]
        return next((line[1:] for line in self.lines if line[0] == what), None)

    def connect(self):
        def over():
            if failed := self.told('failed'):
                raise RuntimeError(' '.join(failed))
            if self.process.poll() is not None and not self.told('connected'):
                raise RuntimeError(f'the driver ended with {self.process.returncode}: {self.lines}')
            return self.told('connected')
        wait_for(over, 20, f'{self.node} in the machine')
        return self

    def end(self):
        """As Diorama ends it; then the port goes."""
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait(patient(20))
        self.remove_port()

    def remove_port(self):
        call, name = self.machine.qmp.call, f'usb{self.number}'
        if self.machine.process.poll() is not None:
            return
        with contextlib.suppress(EOFError, ConnectionError):
            with contextlib.suppress(QmpError):
                call('device_del', id=f'{name}-device')
            wait_for(lambda: self._try_remove(name), 20, f'{name} removed from QEMU')

    def _try_remove(self, name):
        try:
            self.machine.qmp.call('chardev-remove', id=name)
            return True
        except QmpError as error:
            return 'busy' not in str(error)

    def __enter__(self):
        return self.connect()

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.end()
        else:
            self.remove_port()


class Passed:
    """By QEMU's own usb-host, which gets the open file."""

    def __init__(self, machine, node):
        self.machine, self.node, self.number = machine, node, next(_numbers)

    def __enter__(self):
        fd = os.open(self.node, os.O_RDWR)
        try:
            self.machine.qmp.call('add-fd', fds=[fd], fdset_id=self.number)
        finally:
            os.close(fd)
        self.machine.qmp.call('device_add', driver='usb-host', id=f'host{self.number}', bus='usb.0',
                              hostdevice=f'/dev/fdset/{self.number}')
        return self

    def __exit__(self, *_):
        if self.machine.process.poll() is None:
            self.machine.qmp.call('device_del', id=f'host{self.number}')
            self.machine.qmp.call('remove-fd', fdset_id=self.number)
