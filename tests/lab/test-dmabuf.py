#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Real dma-bufs from a real QEMU, taken by a listener without a display: what QEMU sends, and what is in it."""

import mmap
import os
import sys
import threading
from pathlib import Path

import numpy

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / folder) for folder in ('lab', 'guest', 'ui')]
from console import noise  # noqa: E402
from listener import Listener  # noqa: E402
from machine import Machine  # noqa: E402
from tap import Tap  # noqa: E402

GL = ['-display', 'dbus,p2p=yes,gl=on,rendernode=/dev/dri/renderD128']
MEMFD = ['-object', 'memory-backend-memfd,id=mem,size=256M,share=on', '-machine', 'memory-backend=mem']
XR24, AR24, XB24, AB24 = (int.from_bytes(code, 'little') for code in (b'XR24', b'AR24', b'XB24', b'AB24'))


class Guest:
    """A machine with its guest on the test card, and who listens."""

    def __init__(self, device, extra=()):
        os.environ['DIORAMA_QEMU'] = os.environ.get('DIORAMA_TEST_QEMU', 'qemu-system-x86_64')
        self.machine = Machine(os.environ['DIORAMA_TEST_GUEST'], display=device, extra=[*GL, *extra], accel='kvm')
        self.listener = Listener(self.machine.qmp)
        self.guest = self.machine.guest

    def ask(self, command, **members):
        """The guest's picture goes on only while the listener answers."""
        answers = []
        thread = threading.Thread(target=lambda: answers.append(self.guest.call(command, 60, **members)))
        thread.start()
        self.listener.serve_until(lambda: not thread.is_alive(), 60, f'the guest to {command}')
        return answers[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()
        self.machine.close()


def picture(scanout):
    """The pixels of a linear buffer, as (height, width, 3) bytes, RGB."""
    handle, width, height, stride, fourcc, modifier, bottom_up = scanout.arguments
    assert modifier == 0 and fourcc in (XR24, AR24, XB24, AB24), (modifier, fourcc)
    with mmap.mmap(scanout.fds[handle], stride * height, mmap.MAP_SHARED, mmap.PROT_READ) as memory:
        rows = numpy.frombuffer(memory, numpy.uint8).reshape(height, stride)[:, :width * 4].copy()
    pixels = rows.reshape(height, width, 4)[:, :, :3]
    pixels = pixels[:, :, ::-1] if fourcc in (XR24, AR24) else pixels
    return pixels[::-1] if bottom_up else pixels


def check(tap, name, device, extra=()):
    with Guest(device, extra) as guest:
        listener = guest.listener
        with tap.test(f'{name}: the firmware\'s screen is a dma-buf'):
            scanout = listener.wait(lambda call: call.name == 'ScanoutDMABUF', 30)
            assert os.readlink(f'/proc/self/fd/{scanout.fds[0]}').startswith('/dmabuf:'), scanout
        with tap.test(f'{name}: the guest\'s picture is a dma-buf with its pixels'):
            guest.ask('mode', width=800, height=600)
            guest.ask('pattern', name='noise', seed=7)
            latest = [call for call in listener.calls if call.name == 'ScanoutDMABUF'][-1]
            assert latest.arguments[1:3] == (800, 600), latest
            listener.serve_until(lambda: numpy.array_equal(picture(latest), noise(800, 600, 7)), 10, 'the noise')
        with tap.test(f'{name}: QEMU waits for the answer to an update'):
            guest.ask('frames', rate=30, seconds=60)
            listener.answer_after = 0.25
            listener.settle(1)
            start = len(listener.calls)
            listener.settle(2)
            updates = [call for call in listener.calls[start:] if call.name == 'UpdateDMABUF']
            assert 3 <= len(updates) <= 9, len(updates)
            listener.answer_after = 0


def main():
    tap = Tap()
    with tap.guard('virgl'):
        check(tap, 'virtio-vga-gl', 'virtio-vga-gl')
    with tap.guard('blob'):
        check(tap, 'blob and udmabuf', 'virtio-vga,blob=on', MEMFD)
    tap.finish()


if __name__ == '__main__':
    main()
