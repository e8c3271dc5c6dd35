#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Held pointers and lock keys with X11, in an Xvfb without a window manager: its ways are others."""

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import keys                                                            # noqa: E402
from console import EV_KEY, program                                    # noqa: E402
from harness import BTN_LEFT, Desktop                                  # noqa: E402
from relative import Attached, badge                                   # noqa: E402
from tap import Tap                                                    # noqa: E402

EV_REL, REL_X, REL_Y = 2, 0, 1
XKB_CORE_KEYBOARD = 0x100
tap = Tap()


class Injector:
    """Of the X server's own test devices."""

    def __init__(self, display):
        self._x11, self._test = ctypes.CDLL('libX11.so.6'), ctypes.CDLL('libXtst.so.6')
        self._x11.XOpenDisplay.restype = ctypes.c_void_p
        self._display = ctypes.c_void_p(self._x11.XOpenDisplay(display.encode()))
        assert self._display, f'no X server at {display}'

    def _do(self, name, *arguments):
        getattr(self._test, name)(self._display, *arguments, ctypes.c_ulong(0))
        self._x11.XSync(self._display, 0)

    def move(self, x, y):
        self._do('XTestFakeMotionEvent', -1, x, y)

    def move_by(self, dx, dy):
        self._do('XTestFakeRelativeMotionEvent', dx, dy)

    def click(self):
        for down in (1, 0):
            self._do('XTestFakeButtonEvent', 1, down)

    def key(self, name, down):
        self._do('XTestFakeKeyEvent', keys.code(name) + 8, int(down))

    def press(self, *names):
        for name in names:
            self.key(name, True)
        for name in reversed(names):
            self.key(name, False)

    def caps_is_lit(self):
        lit = ctypes.c_uint()
        self._x11.XkbGetIndicatorState(self._display, XKB_CORE_KEYBOARD, ctypes.byref(lit))
        return bool(lit.value & 1)

    def pointer(self):
        words = [ctypes.c_ulong() for _ in range(2)] + [ctypes.c_int() for _ in range(4)] + [ctypes.c_uint()]
        root = ctypes.c_ulong(self._x11.XDefaultRootWindow(self._display))
        self._x11.XQueryPointer(self._display, root, *map(ctypes.byref, words))
        return words[2].value, words[3].value


def check_lock(desktop, console, x11):
    with tap.test('a click on the picture takes the pointer'):
        x11.move(400, 400)
        desktop.wait_for(lambda: any('active' in node.states for node in desktop.accessible().find_all('frame') +
                                     desktop.accessible().find_all('window')), 10, 'the focus, which follows the pointer')
        console.listen()
        x11.click()
        console.expect_input({EV_KEY}, [(EV_KEY, BTN_LEFT, 1), (EV_KEY, BTN_LEFT, 0)])
        desktop.wait_for(lambda: badge(desktop), 10, 'the lock')
    with tap.test('every count of the mouse arrives, and the pointer stays inside'):
        console.listen()
        for way in [(7, 3)] * 100 + [(900, -700)] * 4:
            x11.move_by(*way)
        x11.press('q')
        events = console.guest.gather('input', lambda report: report['events'],
                                      lambda events: [EV_KEY, keys.code('q'), 0] in events)
        got = tuple(sum(value for kind, code, value in events if (kind, code) == (EV_REL, axis)) for axis in (REL_X, REL_Y))
        assert got == (4300, -2500), got
    with tap.test('Ctrl+Alt lets it go'):
        x11.press('Ctrl', 'Alt')
        desktop.wait_for(lambda: not badge(desktop), 10, 'the end of the lock')
        x11.move(30, 700)
        desktop.wait_for(lambda: x11.pointer() == (30, 700), 5, 'a free pointer')
        x11.move(400, 400)
        x11.click()
        desktop.wait_for(lambda: badge(desktop), 10, 'the lock')


def check_caps(desktop, console, x11):
    caps = [(EV_KEY, keys.code('CapsLock'), 1), (EV_KEY, keys.code('CapsLock'), 0)]
    with tap.test('Caps Lock lights here and in the machine'):
        console.listen()
        x11.press('CapsLock')
        console.expect_input({EV_KEY}, caps)
        desktop.wait_for(x11.caps_is_lit, 5, 'the light')
    with tap.test('when the machine changes it by itself, it changes here, and not back there'):
        console.listen()
        console.qmp.call('send-key', keys=[{'type': 'qcode', 'data': 'caps_lock'}])
        desktop.wait_for(lambda: not x11.caps_is_lit(), 10, 'the light to go out')
        x11.press('q')
        console.expect_input({EV_KEY}, caps + [(EV_KEY, keys.code('q'), 1), (EV_KEY, keys.code('q'), 0)])


def main():
    if not program().exists():
        tap.skip_all(f'{program()} is not built')
    if not shutil.which('Xvfb'):
        tap.skip_all('there is no Xvfb')
    with Desktop(size=(1280, 800)) as desktop:
        reader, writer = os.pipe()
        server = subprocess.Popen(['Xvfb', '-displayfd', str(writer), '-screen', '0', '1280x800x24', '-nolisten', 'tcp'],
                                  pass_fds=[writer], stderr=subprocess.DEVNULL)
        os.close(writer)
        try:
            display = ':' + os.read(reader, 16).decode().strip()
            x11 = Injector(display)
            env = {'GDK_BACKEND': 'x11', 'DISPLAY': display, 'WAYLAND_DISPLAY': None, 'DIORAMA_DEBUG': 'input'}
            with Attached(desktop, ['virtio-keyboard-pci', 'virtio-mouse-pci'], env) as console:
                desktop.wait_for(lambda: console.guest_size() != (1280, 800), 15, 'a guest that fits the window')
                for check in (check_lock, check_caps):
                    with tap.guard(check.__name__):
                        check(desktop, console, x11)
        finally:
            server.terminate()
            server.wait()
    tap.finish()


if __name__ == '__main__':
    main()
