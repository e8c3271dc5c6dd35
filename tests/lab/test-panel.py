#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""The laptop's own touch panel: fingers go from its hardware through kernel, libinput, compositor and toolkit to Diorama,
and what Diorama tells its QEMU is compared event by event."""

import os
import sys
import tempfile
import time
from pathlib import Path

import numpy
from PIL import Image

HERE = Path(__file__).resolve().parent
TESTS = HERE.parent
sys.path[:0] = [str(TESTS / folder) for folder in ('lab', 'ui', 'guest')]
from console import letterboxed, noise  # noqa: E402
from desktop import Session  # noqa: E402
from hand import Hand, check_path  # noqa: E402
from patience import patient  # noqa: E402
from qmp import Qmp  # noqa: E402
from tap import Tap  # noqa: E402

SCREEN, GUEST, SEED = (640, 480), (320, 200), 5
FACTOR, LEFT, TOP = 2, 0, 40      # how the guest's picture lies on the screen
BOOT, PATIENCE = 300, 30          # seconds; alone the laptop and the window need 25 s, and a finger 0.1 s
STEPS = 0x8000                    # of the panel's width and height
FINGERS = 10
tap = Tap()


class Panel:
    """Fingers on the glass; positions are the guest's pixels, which the panel meets within a hundredth."""

    def __init__(self, qmp):
        self._qmp, self._begun, self._tracking = qmp, 0, {}

    def _send(self, kind, finger, tracking, *places):
        # Each event has an axis and a value, which mean nothing in those that tell what becomes of a finger.
        events = [('mtt', {'type': kind, 'slot': finger, 'tracking-id': tracking, 'axis': 'x', 'value': 0})]
        for axis, place, size in zip('xy', places, SCREEN):
            events.append(('mtt', {'type': 'data', 'slot': finger, 'tracking-id': tracking, 'axis': axis,
                                   'value': round(place * STEPS / size)}))
        self._qmp.input(*events)

    def down(self, finger, x, y):
        self._begun += 1
        self._tracking[finger] = self._begun
        self._send('begin', finger, self._begun, LEFT + FACTOR * x, TOP + FACTOR * y)

    def move(self, finger, x, y):
        self._send('update', finger, self._tracking[finger], LEFT + FACTOR * x, TOP + FACTOR * y)

    def up(self, finger, _x, _y):
        self._send('end', finger, -1)


def wait_for(condition, timeout, what):
    end = time.monotonic() + patient(timeout)
    while not (result := condition()):
        if time.monotonic() > end:
            raise TimeoutError(f'waited {patient(timeout):g} s in vain for {what}')
        time.sleep(0.02)
    return result


def wait_picture(qmp, folder):
    path, expected = f'{folder}/screen.png', letterboxed(noise(*GUEST, SEED), *SCREEN)

    def is_there():
        qmp.screendump(path)
        return numpy.array_equal(numpy.asarray(Image.open(path).convert('RGB')), expected)
    try:
        wait_for(is_there, PATIENCE, 'the guest\'s picture all over the screen')
    finally:
        if keep := os.environ.get('DIORAMA_TEST_KEEP'):
            os.replace(path, f'{keep}/panel.png')


def check_fingers(hand):
    with hand.test('one finger: down, two steps, up'):
        hand.down(0, 40, 50)
        hand.move(0, 41, 50)
        hand.move(0, 280, 190)
        hand.up(0)
    with hand.test('ten fingers at once, which come, go their own ways and leave in any order'):
        for finger in range(FINGERS):
            hand.down(finger, 20 + 30 * finger, 20 + 10 * finger)
        for step in range(2):
            for finger in (7, 2, 9, 0, 4, 1, 8, 3, 6, 5):
                hand.move(finger, 25 + 30 * finger + step, 100 + 9 * finger - step)
        for finger in (5, 0, 9, 2, 8, 1, 3, 7, 4, 6):
            hand.up(finger)
    with hand.test('fingers that come while others leave'):
        for turn in range(3):
            hand.down(turn, 50 + 10 * turn, 60)
            hand.down(turn + 1, 150, 60 + 10 * turn)
            hand.move(turn, 60 + 10 * turn, 70)
            hand.up(turn)
            hand.move(turn + 1, 160, 70 + 10 * turn)
            hand.up(turn + 1)
    with hand.test('a finger that comes beside the picture stays the host\'s, wherever it goes'):
        hand.stray(0, [(100, -10), (100, 50), (100, 60)])
    with hand.test('ten fingers that move at once: none loses its beginning, its end or its way'):
        paths = {finger: [(10 + 30 * finger + step, 20 + 5 * finger + 4 * step) for step in range(20)]
                 for finger in range(FINGERS)}
        told = hand.storm(paths)
        assert len(told) == FINGERS, told
        for reports, path in zip(told, paths.values()):
            check_path(reports, path)


def main():
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, \
            Session([HERE / 'panel.py', *map(str, (*GUEST, SEED))], SCREEN, memory=2048,
                    extra=['-qmp', f'unix:{folder}/qmp,server=on,wait=off']) as session:
        with tap.test('Diorama on a touch screen, with a picture'):
            session.wait(wait_for, 'ready', BOOT)
            tap.comment(f'the picture is there after {time.monotonic() - begun:.0f} s')
            qmp = Qmp(f'{folder}/qmp')
            wait_picture(qmp, folder)
        if not tap.failures:
            check_fingers(Hand(tap, session, Panel(qmp), wait_for, PATIENCE))
    tap.comment(f'{time.monotonic() - begun:.0f} s in all')
    tap.finish()


if __name__ == '__main__':
    main()
