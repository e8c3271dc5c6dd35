#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Real dma-bufs from a real QEMU, taken by a listener without a display: what QEMU sends, and what is in it."""

import mmap
import os
import sys
from pathlib import Path

import numpy

TOP = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / folder) for folder in ('embedded-qemu', 'tests/guest', 'tests/ui')]
from console import noise  # noqa: E402
from display_client import Display, Listener, ask, lasts, wait_for  # noqa: E402
from machine import Machine  # noqa: E402
from tap import Tap  # noqa: E402

GL = ['-display', 'dbus,p2p=yes,gl=on,rendernode=/dev/dri/renderD128']
MEMFD = ['-object', 'memory-backend-memfd,id=mem,size=256M,share=on', '-machine', 'memory-backend=mem']
XR24, AR24, XB24, AB24 = (int.from_bytes(code, 'little') for code in (b'XR24', b'AR24', b'XB24', b'AB24'))


def picture(listener):
    """The pixels of the latest buffer, a linear one, as (height, width, 3) bytes, RGB."""
    _, width, height, stride, fourcc, modifier, bottom_up = listener.named('ScanoutDMABUF')[-1][1]
    assert modifier == 0 and fourcc in (XR24, AR24, XB24, AB24), (modifier, fourcc)
    with mmap.mmap(listener.shared[-1], stride * height, mmap.MAP_SHARED, mmap.PROT_READ) as memory:
        rows = numpy.frombuffer(memory, numpy.uint8).reshape(height, stride)[:, :width * 4].copy()
    pixels = rows.reshape(height, width, 4)[:, :, :3]
    pixels = pixels[:, :, ::-1] if fourcc in (XR24, AR24) else pixels
    return pixels[::-1] if bottom_up else pixels


def check(tap, name, machine):
    with Listener(Display(machine)) as listener:
        with tap.test(f'{name}: the firmware\'s screen is a dma-buf'):
            wait_for(lambda: listener.named('ScanoutDMABUF'), 'a dma-buf')
            assert os.readlink(f'/proc/self/fd/{listener.shared[0]}').startswith('/dmabuf:'), listener.calls
        with tap.test(f'{name}: the guest\'s picture is a dma-buf with its pixels'):
            ask(machine, 'mode', width=800, height=600)
            ask(machine, 'pattern', name='noise', seed=7)
            wait_for(lambda: numpy.array_equal(picture(listener), noise(800, 600, 7)), 'the noise')
        with tap.test(f'{name}: QEMU waits for the answer to an update'):
            ask(machine, 'frames', rate=30, seconds=60)
            wait_for(lambda: len(listener.named('UpdateDMABUF')) > 3, 'the first frames')
            listener.hold = True
            listener.calls.clear()
            wait_for(lambda: listener.named('UpdateDMABUF'), 'a frame')
            assert lasts(lambda: len(listener.named('UpdateDMABUF')) == 1, 0.4), listener.calls
            listener.answer()
            wait_for(lambda: len(listener.named('UpdateDMABUF')) > 3, 'more frames')


def main():
    tap = Tap()
    os.environ['DIORAMA_QEMU'] = os.environ.get('DIORAMA_TEST_QEMU', 'qemu-system-x86_64')
    for name, device, extra in (('virtio-vga-gl', 'virtio-vga-gl', []), ('blob and udmabuf', 'virtio-vga,blob=on', MEMFD)):
        with tap.guard(name), Machine(os.environ['DIORAMA_TEST_GUEST'], display=device, extra=[*GL, *extra],
                                      accel='kvm') as machine:
            check(tap, name, machine)
    tap.finish()


if __name__ == '__main__':
    main()
