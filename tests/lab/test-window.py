#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Diorama's own window with a machine that draws into dma-bufs: what the guest shows is there, pixel by pixel.
test-window.py [thorough]"""

import re
import sys
import time
from pathlib import Path

import numpy

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / folder) for folder in ('ui', 'guest')]
import console  # noqa: E402
from harness import Desktop  # noqa: E402
from tap import Tap  # noqa: E402

# Each pixel is drawn by an emulated processor, several times.
MONITOR, GUEST = (640, 480), (320, 200)
PATIENCE = 150
# What it is called, --graphics, GTK's renderer, and the painter that then must draw.
CASES = [('blob, by the processor', 'blob', 'cairo', 'cairo')]
# OpenGL in the window and in the guest, both by an emulated processor, takes minutes.
THOROUGH = [('3D, imported', '3d', 'ngl', 'dmabuf'), ('blob, imported', 'blob', 'ngl', 'dmabuf')]


class Window:
    def __init__(self, desktop, graphics, renderer):
        self.desktop = desktop
        self.demo = console.Console(desktop, [f'--graphics={graphics}'], {'DIORAMA_DEBUG': 'frames', 'GSK_RENDERER': renderer})
        self.demo.dismiss_banner()

    def show_noise(self, seed):
        """The window resizes its guest when it likes; the noise must come to be there in the size that it then has."""
        self.demo.guest.call('mode', width=GUEST[0], height=GUEST[1])
        self.demo.show_noise(seed)
        self.desktop.wait_picture(lambda shot: self._shows(shot, seed), PATIENCE, f'the noise {seed}')

    def _shows(self, shot, seed):
        width, height = self.demo.guest_size()
        picture = console.noise(width, height, seed)
        return any(numpy.array_equal(shot[top:], console.letterboxed(picture, shot.shape[1], shot.shape[0] - top))
                   for top in range(40, 61))

    def painters(self):
        return re.findall(r'painter (\S+), renderer', self.demo.app.output())

    def flips(self):
        return len(re.findall(r'consumed \(flip\)', self.demo.app.output()))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.demo.app.stop()


def check(tap, desktop, name, graphics, renderer, painter):
    begun = time.monotonic()
    with tap.guard(name), Window(desktop, graphics, renderer) as window:
        tap.comment(f'{name}: the guest is there after {time.monotonic() - begun:.0f} s')
        with tap.test(f'{name}: a guest in a window of Diorama\'s own'):
            window.show_noise(1)
            assert window.painters()[-1] == painter, window.painters()
        with tap.test(f'{name}: the guest flips between two buffers, and what it then shows'):
            before = window.flips()
            window.demo.guest.call('flip', rate=10, seconds=3, on=True)
            if painter == 'dmabuf':
                desktop.wait_for(lambda: window.flips() >= before + 4, PATIENCE, 'buffers that take turns')
            window.show_noise(2)


def main():
    tap = Tap()
    thorough = 'thorough' in sys.argv[1:]
    with Desktop(size=MONITOR) as desktop:
        for case in CASES + THOROUGH * thorough:
            check(tap, desktop, *case)
    for name, *_ in [] if thorough else THOROUGH:
        tap.comment(f'left out: “{name}”, whose parts the other cases and tests/ui/test-dmabuf.py have; '
                    'test-window.py thorough has it')
    tap.finish()


if __name__ == '__main__':
    main()
