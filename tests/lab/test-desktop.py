#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Fingers on Diorama's window, in a guest that is a whole desktop: what a toolkit there makes of them.
test-desktop.py [direct]: with that word without Diorama's window, as QEMU takes it."""

import os
import sys
import time
from pathlib import Path

from gi.repository import Gio, GLib

HERE = Path(__file__).resolve().parent
TESTS = HERE.parent
sys.path[:0] = [str(TESTS / folder) for folder in ('lab', 'ui')]
from console import environment, program, window_actions  # noqa: E402
from desktop import Session  # noqa: E402
from hand import Hand, check_path, is_near  # noqa: E402
from harness import Desktop, save_png  # noqa: E402
from patience import patient  # noqa: E402
from tap import Tap  # noqa: E402

MONITOR, GUEST = (1024, 768), (800, 600)
BOOT, PATIENCE = 240, 30          # seconds; alone the guest's desktop needs 20 s, and a finger 0.1 s
TOUCH = 'org.qemu.Display1.MultiTouch'
tap = Tap()


class Window:
    """Fingers on the guest's picture in Diorama's window, which enlarges it a little; positions are the guest's pixels.
    QEMU forgets the part of a pixel, so fingers are put in the middle of one."""

    def __init__(self, desktop):
        self._desktop = desktop
        app = desktop.launch([program(), 'attach'], environment())
        try:
            self._picture = desktop.wait_for(self._find_picture, PATIENCE, 'the guest\'s picture')
        finally:
            if folder := os.environ.get('DIORAMA_TEST_KEEP'):
                save_png(desktop.screenshot(), Path(folder, 'desktop.png'))

        self._choose_fingers(window_actions(desktop, app))

    def _choose_fingers(self, actions):
        """As a user does, by keyboard: this QEMU does not tell whether its guest listens to the panel."""
        self._desktop.wait_settled()
        actions.activate('input')
        self._wait_node('combo box', 'What Fingers Do', 'focused')
        self._desktop.type('Enter')
        self._wait_node('label', 'Pointer', 'showing')
        self._desktop.type('Down', 'Enter')
        self._desktop.wait_for(lambda: 'sensitive' not in self._states('switch', 'Two Fingers Scroll'), PATIENCE, 'fingers')
        self._desktop.type('Escape')
        self._desktop.wait_for(lambda: not self._states('combo box', 'What Fingers Do'), PATIENCE, 'the end of the dialog')

    def _wait_node(self, role, name, state):
        self._desktop.wait_for(lambda: state in self._states(role, name), PATIENCE, f'the {role} “{name}”')

    def _states(self, role, name):
        try:
            node = self._desktop.accessible().find(role, name)
            return node.states if node else ()
        except GLib.Error:              # it has just gone
            return ()

    def _find_picture(self):
        """It is green, and fills the height that the header bar leaves."""
        self._desktop.manage_window('maximize')
        green = (self._desktop.screenshot() == (0, 255, 0)).all(axis=2)
        rows, columns = green.any(axis=1).nonzero()[0], green.any(axis=0).nonzero()[0]
        if not len(rows) or not 40 <= rows[0] <= 60 or rows[-1] != MONITOR[1] - 1:
            return None
        across, down = (places[-1] - places[0] + 1 for places in (columns, rows))
        if abs(across / GUEST[0] - down / GUEST[1]) > 1 / GUEST[0]:
            return None
        return columns[0], rows[0], across / GUEST[0], down / GUEST[1]

    def _place(self, x, y):
        left, top, across, down = self._picture
        return float(left + (x + 0.5) * across), float(top + (y + 0.5) * down)

    def down(self, finger, x, y):
        self._desktop.touch_down(finger, *self._place(x, y))

    def move(self, finger, x, y):
        self._desktop.touch_motion(finger, *self._place(x, y))

    def up(self, finger, _x, _y):
        self._desktop.touch_up(finger)


class Direct:
    """The same by D-Bus."""

    def __init__(self, desktop):
        self._bus = desktop.bus

    def _send(self, *event):
        self._bus.call_sync('org.qemu', '/org/qemu/Display1/Console_0', TOUCH, 'SendEvent', GLib.Variant('(utdd)', event),
                            None, Gio.DBusCallFlags.NONE, int(patient(5000)), None)

    def down(self, finger, x, y):
        self._send(0, finger, x, y)

    def move(self, finger, x, y):
        self._send(1, finger, x, y)

    def up(self, finger, x, y):
        self._send(2, finger, x, y)


def check_pinch(hand, left, right, factor):
    """Two fingers around the middle, pulled apart or together. The panel tells whole pixels."""
    y, middle, half = 300, (left + right) // 2, (right - left) // 2
    hand.down(0, left, y)
    hand.down(1, right, y)
    for step in (0.25, 0.5, 0.75, 1):
        now = round(half * (1 + (factor - 1) * step))
        hand.move(0, middle - now, y)
        hand.move(1, middle + now, y)
    hand.wait('zoom', lambda report: abs(report['scale'] - factor) < 0.01)
    hand.up(0)
    hand.up(1)


def check_gestures(hand):
    with hand.test('two fingers apart: the guest zooms in, by the same factor, and knows each step'):
        check_pinch(hand, 350, 450, 3)
    with hand.test('two fingers together: it zooms out'):
        check_pinch(hand, 200, 600, 0.25)
    with hand.test('a finger that rests is a long press in the guest'):
        hand.down(0, 120, 440)
        report = hand.wait('press')
        assert is_near(report, 120, 440), report
        hand.up(0)
    for name, path, axis, sign in (('to the right', [(x, 300) for x in range(100, 701, 100)], 'x', 1),
                                   ('up', [(400, y) for y in range(500, 99, -80)], 'y', -1)):
        with hand.test(f'a flick {name} is a swipe in the guest, which ends where the finger did'):
            check_path(hand.flick(path), path)
            swipe = hand.wait('swipe')
            assert swipe[axis] * sign > 100, swipe
    with hand.test('five fingers at once: each goes its own way'):
        for finger in range(5):
            hand.down(finger, 100 + 100 * finger, 200)
        for finger in (3, 0, 4, 1, 2):
            hand.move(finger, 110 + 100 * finger, 300 + 20 * finger)
        for finger in (2, 4, 0, 1, 3):
            hand.up(finger)


def main():
    begun = time.monotonic()
    with Desktop(size=MONITOR) as desktop, \
            Session([HERE / 'fingers.py'], GUEST, f'dbus,addr=unix:path={desktop.runtime}/bus', ['-name', 'Desktop']) as guest:
        with tap.test('a guest with a desktop and a touch panel'):
            guest.wait(desktop.wait_for, 'ready', BOOT)
        tap.comment(f'the guest is there after {time.monotonic() - begun:.0f} s')
        with tap.guard('the window'):
            way = Direct(desktop) if 'direct' in sys.argv[1:] else Window(desktop)
            tap.comment(f'the picture is there, and fingers are fingers, after {time.monotonic() - begun:.0f} s')
            check_gestures(Hand(tap, guest, way, desktop.wait_for, PATIENCE))
    tap.comment(f'{time.monotonic() - begun:.0f} s in all')
    tap.finish()


if __name__ == '__main__':
    main()
