#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""A program that has taken a USB disk is killed, and the keeper gives the disk back: its driver is bound again, and it can be
read. test-usb-keeper.py [thorough] [HOW…]"""

import mmap
import os
import random
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / folder) for folder in ('embedded-qemu', 'tests/lab', 'tests/ui')]
import usb_gadgets  # noqa: E402
from patience import patient  # noqa: E402
from tap import Tap  # noqa: E402

PROGRAM = Path(os.environ.get('DIORAMA_TEST_BUILD', TOP / 'build/root')) / 'tests/unit/usb-claim'
SIZE, COMPARED = 4 << 20, 128 << 10        # usb-claim writes behind what is compared
# What was done to it; each is a way of usb-claim.c. How often it is killed, and THOROUGH times as often.
WAYS, THOROUGH = {'claim': 2, 'read': 3, 'write': 3, 'configuration': 1, 'nothing': 1}, 5
TIMEOUT = 60


class Uevents:
    """The kernel's, each of which is a reason to look again."""

    def __init__(self):
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, 15)
        self._socket.bind((0, 1))

    def wait_for(self, condition, timeout, what):
        end = time.monotonic() + patient(timeout)
        while not (result := condition()):
            if not select.select([self._socket], [], [], max(0, end - time.monotonic()))[0]:
                raise TimeoutError(f'waited {patient(timeout):g} s in vain for {what}')
            try:
                while self._socket.recv(65536):
                    pass
            except BlockingIOError:
                pass
        return result


class Disk(usb_gadgets.Gadget):
    """With a second configuration, of a serial line."""

    def __init__(self, port, wait_for):
        self.data = random.Random(8).randbytes(SIZE)
        image = Path('/tmp/kept.img')
        image.write_bytes(self.data)
        super().__init__('kept', port, [usb_gadgets.mass_storage(str(image))], wait_for)
        (self._folder / 'configs/c.2/strings' / usb_gadgets.ENGLISH).mkdir(parents=True)
        serial = self._folder / 'functions/acm.kept'
        serial.mkdir()
        (self._folder / 'configs/c.2' / serial.name).symlink_to(serial)

    def block(self):
        """(its node, the kernel's number for the time that it is there) or None. The node is there a little before it can
        be opened, and an event follows that."""
        for folder in (self.sysfs() or Path('/nonexistent')).glob('*/host*/target*/*/block/sd*'):
            try:
                if int((folder / 'size').read_text()):
                    os.close(os.open(f'/dev/{folder.name}', os.O_RDONLY))
                    return f'/dev/{folder.name}', (folder / 'diskseq').read_text()
            except OSError:
                pass
        return None

    def configuration(self):
        return (self.sysfs() / 'bConfigurationValue').read_text().strip()

    def assert_readable(self):
        fd = os.open(self.block()[0], os.O_RDONLY | os.O_DIRECT)
        try:
            with mmap.mmap(-1, COMPARED) as buffer:
                assert os.readv(fd, [buffer]) == COMPARED
                assert buffer[:] == self.data[:COMPARED], 'the disk has other data'
        finally:
            os.close(fd)


class Taken:
    """Somebody else has the disk."""

    def __init__(self, disk, how):
        self._program = subprocess.Popen([PROGRAM, disk.node(), how], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         text=True)
        said = self._program.stdout.readline()
        assert said == 'ready\n', f'usb-claim {how} said {said!r}'

    def drop(self):
        self._program.stdin.write('.')
        self._program.stdin.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._program.send_signal(signal.SIGKILL)
        self._program.wait()


def find_keepers():
    return [int(path.parent.name) for path in Path('/proc').glob('[0-9]*/comm') if path.read_text() == 'diorama-keeper\n']


def expect_back(disk, wait_for):
    disk.expect_at_home(TIMEOUT)
    wait_for(disk.block, TIMEOUT, 'the disk')
    disk.assert_readable()
    assert disk.configuration() == '1', disk.configuration()


def read_log(log):
    """A line for each read, until there are no more."""
    try:
        while True:
            yield os.read(log, 8192).decode(errors='replace')
    except BlockingIOError:
        pass


def take(disk, how, wait_for):
    log = os.open('/dev/kmsg', os.O_RDONLY | os.O_NONBLOCK)
    os.lseek(log, 0, os.SEEK_END)
    with Taken(disk, how):
        assert 'usb-storage' not in disk.drivers().values(), disk.drivers()
        assert disk.configuration() == {'configuration': '2', 'nothing': ''}.get(how, '1'), disk.configuration()
    expect_back(disk, wait_for)
    # The guest may have left it in any state; the driver alone makes no reset when it can do without. Where nothing was
    # claimed, the guest has left it alone.
    assert how == 'nothing' or any(f'usb {disk.port_name()}: reset' in line for line in read_log(log)), how
    os.close(log)


def main():
    tap, wait_for = Tap(), Uevents().wait_for
    usb_gadgets.start(6)
    subprocess.run(['modprobe', 'usb-storage'], check=True)
    Path('/sys/module/usb_storage/parameters/delay_use').write_text('0')
    disk = Disk(5, wait_for)
    disk.plug()
    wait_for(disk.block, TIMEOUT, 'the disk')
    words = set(sys.argv[1:])
    for how in [how for how in WAYS if how in words or not words & set(WAYS)]:
        times = WAYS[how] * (THOROUGH if 'thorough' in words else 1)
        with tap.test(f'{how}: killed, and the disk is back; {times} times'):
            for _ in range(times):
                take(disk, how, wait_for)
    with tap.test('what was held and not yet taken is left alone'):
        before = disk.block()
        with Taken(disk, 'hold'):
            keepers = [os.pidfd_open(keeper) for keeper in find_keepers()]
        assert keepers
        for keeper in keepers:
            assert select.select([keeper], [], [], patient(TIMEOUT))[0], 'the keeper does not end'
        assert disk.block() == before
        disk.assert_readable()
    with tap.test('what is dropped while it is claimed is given back'), Taken(disk, 'write') as taken:
        taken.drop()
        expect_back(disk, wait_for)
    with tap.test('unplugged while it is held: the keeper ends'):
        with Taken(disk, 'read'):
            disk.unplug()
        disk.plug()
        expect_back(disk, wait_for)
    disk.unplug()
    tap.finish()


if __name__ == '__main__':
    main()
