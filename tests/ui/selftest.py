#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Proves the harness: what is injected arrives as sent, what is drawn is captured bit for bit, nothing is left."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import keys                                                            # noqa: E402
from harness import (BTN_EXTRA, BTN_LEFT, BTN_MIDDLE, BTN_RIGHT, BTN_SIDE, Desktop)  # noqa: E402
from patience import patient                                           # noqa: E402
from processes import Family                                           # noqa: E402
from selftest_window import APPLICATION_ID, pattern                    # noqa: E402
from tap import Tap                                                    # noqa: E402

SIZE = 1920, 1200
WINDOW = Path(__file__).with_name('selftest_window.py')
SCALES = 1, 1.25, 1.5, 2
# GDK numbers buttons as X11 did, with the wheel's four in between.
BUTTONS = {BTN_LEFT: 1, BTN_MIDDLE: 2, BTN_RIGHT: 3, BTN_SIDE: 8, BTN_EXTRA: 9}
WAYLAND_PRECISION = 1 / 256
OTHER_WINDOW = ('import gi\ngi.require_version("Gtk", "4.0")\nfrom gi.repository import GLib, Gtk\n'
                'Gtk.Window(title="Other").present()\nGLib.MainLoop().run()')
tap = Tap()


class Window:
    """The little window and what it has reported since it was last asked."""

    def __init__(self, desktop):
        self._desktop, self._read = desktop, 0
        self.app = desktop.launch([sys.executable, WINDOW])
        desktop.wait_for(lambda: any(event['event'] == 'drawn' for event in self._events()), 30, 'the window')
        self.exact_picture(1)
        self.forget()

    def exact_picture(self, scale):
        expected = pattern(*SIZE)
        return self._desktop.wait_picture(lambda picture: (picture == expected).all(), 10,
                                          f'exactly the pattern at scale {scale}')

    def expect(self, *expected):
        """The next events must be these, no others between or after them."""
        got = self._take(len(expected))
        assert got == list(expected), f'got {got} instead of {list(expected)}'

    def expect_near(self, kind, precision=WAYLAND_PRECISION, **numbers):
        """The next event is of this kind, with numbers that differ no more than the Wayland protocol rounds them."""
        got = self._take(1)
        assert len(got) == 1 and got[0]['event'] == kind, got
        assert all(abs(got[0][name] - value) <= precision for name, value in numbers.items()), (got, numbers)

    def forget(self):
        self._read = len(self._events())

    def _take(self, count):
        try:
            self._desktop.wait_for(lambda: len(self.news()) >= count, 10, f'{count} events')
            return self.news()
        finally:
            self.forget()

    def news(self):
        return [event for event in self._events()[self._read:] if event['event'] != 'drawn']

    def _events(self):
        complete = self.app.output().rpartition('\n')[0]
        return [json.loads(line) for line in complete.splitlines() if line.startswith('{')]


def check_pixels(desktop, window):
    for scale in SCALES[1:] + SCALES[:1]:
        with tap.test(f'every pixel is exact after changing to scale {scale}'):
            desktop.set_scale(scale)
            window.exact_picture(scale)
    with tap.test('the pointer is in a picture only when asked for'):
        desktop.move(SIZE[0] / 2, SIZE[1] / 2)
        desktop.wait_for(lambda: window.news(), 10, 'the pointer')
        plain, pointed = window.exact_picture(1), desktop.screenshot(cursor=True)
        rows, columns = (plain != pointed).any(axis=2).nonzero()
        assert len(rows) > 20 and abs(rows.mean() - SIZE[1] / 2) < 40 and abs(columns.mean() - SIZE[0] / 2) < 40
        window.forget()


def check_keys(desktop, window):
    with tap.test('all keys of a 105-key board arrive as sent'):
        for name, code in keys.BOARD_105.items():
            desktop.press(name)
            window.expect({'event': 'key-press', 'code': code}, {'event': 'key-release', 'code': code})
    with tap.test('combinations are released backwards'):
        desktop.type('Ctrl+Alt+Delete')
        order = [('press', name) for name in ('Ctrl', 'Alt', 'Delete')]
        order += [('release', name) for name in ('Delete', 'Alt', 'Ctrl')]
        window.expect(*[{'event': f'key-{what}', 'code': keys.code(name)} for what, name in order])


def check_pointer(desktop, window, scale):
    right, bottom = SIZE[0] - 1, SIZE[1] - 1
    with tap.test(f'the pointer goes where it is sent at scale {scale}'):
        for x, y in ((0, 0), (right, 0), (right, bottom), (0, bottom), (1, 1), (959.5, 600.25), (701, 333)):
            desktop.move(x, y)
            window.expect_near('pointer', scale * WAYLAND_PRECISION, x=x, y=y)
    with tap.test(f'two fingers touch, move and leave at scale {scale}'):
        for slot, x in ((0, 100), (1, 800)):
            desktop.touch_down(slot, x, 200)
            window.expect_near('touch-begin', scale * WAYLAND_PRECISION, x=x, y=200)
        for slot, x in ((0, 131), (1, 777)):
            desktop.touch_motion(slot, x, 250)
            window.expect_near('touch-update', scale * WAYLAND_PRECISION, x=x, y=250)
        for slot, x in ((1, 777), (0, 131)):
            desktop.touch_up(slot)
            window.expect_near('touch-end', scale * WAYLAND_PRECISION, x=x, y=250)


def check_buttons(desktop, window):
    desktop.move(300, 400)
    desktop.wait_for(lambda: window.news(), 10, 'the pointer')
    window.forget()
    place = {'x': 300, 'y': 400}
    with tap.test('five buttons are pressed and released'):
        for code, button in BUTTONS.items():
            desktop.button_down(code)
            desktop.button_up(code)
            window.expect({'event': 'button-press', 'button': button, **place},
                          {'event': 'button-release', 'button': button, **place})
    with tap.test('the wheel turns by notches, both ways on both axes'):
        for axis, delta in (('vertical', 'dy'), ('horizontal', 'dx')):
            for steps in (1, -1, 3):
                desktop.wheel(steps, axis)
                notch = {'event': 'scroll', 'dx': 0, 'dy': 0, 'unit': 'wheel', 'stop': False}
                window.expect(*[notch | {delta: 1 if steps > 0 else -1}] * abs(steps))
    with tap.test('two fingers scroll smoothly'):
        desktop.scroll(7, -12.5)
        window.expect_near('scroll', dx=7, dy=-12.5)


def check_application(desktop, window):
    actions = window.app.actions(APPLICATION_ID, '/app/diorama/SelfTest/window/1')
    with tap.test('actions are listed, activated and have a state'):
        from gi.repository import GLib
        assert actions.names() == ['note'] and actions.enabled('note')
        actions.activate('note', GLib.Variant('s', 'hello'))
        window.expect({'event': 'note', 'text': 'hello'})
        assert actions.state('note') == 'hello'
    with tap.test('an action that does not exist is an error'):
        try:
            actions.activate('nonsense')
        except KeyError:
            pass
        else:
            raise AssertionError('no exception')
    with tap.test('the window is accessible'):
        found = desktop.wait_for(lambda: desktop.accessible().find('window'), 10, 'an accessible window')
        assert {'visible', 'showing'} <= found.states, found.states


def check_focus(desktop, window):
    with tap.test('keys go to whoever has the focus'):
        other = desktop.launch([sys.executable, '-c', OTHER_WINDOW])
        window.expect({'event': 'focus', 'inside': False})
    with tap.test('the window is closed as a window manager would'):
        other.stop()
        window.expect({'event': 'focus', 'inside': True})
        desktop.manage_window('close')
        assert window.app.wait(10) == 0
        assert not [event for event in window.news() if event['event'] == 'key-press']


def check_failure():
    with tap.test('a crashing application ends the wait at once, with its last words'):
        with Desktop(size=(800, 600)) as desktop:
            desktop.launch(['sh', '-c', 'echo alas; exit 3'])
            start = time.monotonic()
            try:
                desktop.wait_for(lambda: False, 30, 'nothing')
            except RuntimeError as error:
                assert 'alas' in str(error) and 'status 3' in str(error), error
            assert time.monotonic() - start < 5


def heed_signals():
    """What nohup, or a shell for what it starts in the background, ignores is inherited."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def check_cleaning():
    program = ('import sys, time; sys.path.insert(0, sys.argv[1]); from harness import Desktop\n'
               'with Desktop(size=(800, 600)) as desktop:\n'
               '  desktop.launch(["sh", "-c", sys.argv[2]])\n'
               '  print(desktop.runtime, flush=True); time.sleep(1000)')
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL):
        # A killed harness ends only its own children; what those have detached is beyond it.
        command = 'exec sleep 1000' if number == signal.SIGKILL else 'setsid sleep 1000 & exec sleep 1000'
        with tap.test(f'nothing is left after {number.name}'), \
             subprocess.Popen([sys.executable, '-c', program, str(WINDOW.parent), command], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True, preexec_fn=heed_signals) as child:
            runtime = child.stdout.readline().strip()
            family = Family(f'XDG_RUNTIME_DIR={runtime}')
            before = family.living()
            child.send_signal(number)
            child.wait(patient(15))
            after = family.living()
            if number == signal.SIGKILL:                               # nobody is left to sweep, but all must have died
                shutil.rmtree(runtime)
                deadline = time.monotonic() + patient(10)
                while (after := family.living()) and time.monotonic() < deadline:
                    time.sleep(0.02)
            family.end()
            assert len(before) >= 5, before
            assert not after, after
            assert not os.path.exists(runtime)


def main():
    start = time.monotonic()
    with Desktop(size=SIZE, raw_keys=True) as desktop:
        seconds = time.monotonic() - start
        tap.ok(seconds < 4, f'a desktop stands within 4 s ({seconds:.2f} s)')
        window = Window(desktop)
        check_keys(desktop, window)
        check_pixels(desktop, window)
        check_buttons(desktop, window)
        check_pointer(desktop, window, 1)
        desktop.set_scale(1.5)
        window.exact_picture(1.5)
        window.forget()
        check_pointer(desktop, window, 1.5)
        check_application(desktop, window)
        check_focus(desktop, window)
        runtime = desktop.runtime
    tap.ok(not os.path.exists(runtime), 'a finished desktop leaves no directory')
    check_failure()
    check_cleaning()
    tap.finish()


if __name__ == '__main__':
    main()
