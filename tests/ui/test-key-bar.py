#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""The bar of keys and the host's on-screen keyboard: fingers that type what the guest must see, key by key."""

import contextlib
import os
import socket
import sys
from pathlib import Path

from gi.repository import GLib

sys.path.insert(0, str(Path(__file__).parent))
from console import EV_KEY, Console, build                             # noqa: E402
from harness import Desktop                                            # noqa: E402
from keys import code                                                  # noqa: E402
from tap import Tap                                                    # noqa: E402

WIDTH, HEIGHT = 1280, 900
TARGET = 44                                                            # pixels that a fingertip finds
tap = Tap()


class InputMethod:
    """What stands for the desktop's on-screen keyboard: the other end of tests/ui/input-method.c."""

    def __init__(self, folder):
        modules = Path(folder, 'gtk/4.0.0/immodules')
        modules.mkdir(parents=True)
        os.symlink(build() / 'tests/ui/input-method.so', modules / 'libinput-method.so')
        self._path = str(Path(folder, 'input-method'))
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self._path)
        self._listener.listen()
        self._listener.setblocking(False)
        self._peers, self._speaker, self.words = {}, None, []
        self.env = {'GTK_PATH': str(Path(folder, 'gtk')), 'GTK_IM_MODULE': 'diorama-test',
                    'DIORAMA_TEST_INPUT_METHOD': self._path}

    def heard(self, word):
        """Whether GTK has said this since the last time that it was asked for."""
        self._read()
        found = word in self.words
        if found:
            del self.words[:self.words.index(word) + 1]
        return found

    def _read(self):
        """Each text field of a program has an input method of its own; who spoke last has the focus."""
        with contextlib.suppress(BlockingIOError):
            while True:
                peer = self._listener.accept()[0]
                peer.setblocking(False)
                self._peers[peer] = b''
        for peer in list(self._peers):
            with contextlib.suppress(BlockingIOError):
                while data := peer.recv(4096):
                    *lines, self._peers[peer] = (self._peers[peer] + data).split(b'\n')
                    self.words += [line.decode() for line in lines]
                    self._speaker = peer
                del self._peers[peer]

    def say(self, line):
        self._speaker.send(line.encode() + b'\n')


def strokes(*names):
    return [(EV_KEY, code(name), value) for name in names for value in (1, 0)]


def button(desktop, name):
    def find():
        for role in ('button', 'toggle button'):
            for node in desktop.accessible().find_all(role, name):
                if 'showing' in node.states:
                    return node
        return None
    return desktop.wait_for(find, 10, f'the key {name}')


def bar(desktop):
    return desktop.accessible().find('tool bar', 'Keys of the Machine')


def centre(desktop, name):
    """Of where it has come to rest: a page of another height moves the bar."""
    seen = [None]

    def rests():
        seen.append(button(desktop, name).extents)
        return seen[-1] == seen[-2]
    desktop.wait_for(rests, 10, f'the key {name} to rest')
    x, y, width, height = seen[-1]
    return x + width / 2, y + height / 2


def touch(desktop, name):
    desktop.touch_down(0, *centre(desktop, name))
    desktop.touch_up(0)


def hold(desktop, name, until):
    desktop.touch_down(0, *centre(desktop, name))
    until()
    desktop.touch_up(0)


def expect(console, expected):
    """What the guest must see of keys, but for those that it repeats by itself."""
    console.expect_input({EV_KEY}, expected, lambda event: event[2] != 2)


def state_of(desktop, name):
    node = button(desktop, name)
    return 'pressed' in node.states, node.description


def check_looks(desktop, console):
    with tap.test('the bar is not there until it is wanted'):
        assert desktop.accessible().find('button', 'Escape') is None
        desktop.wait_for(lambda: console.guest_size()[0] == WIDTH, 30, 'a guest as wide as the monitor')
        before = console.guest_size()
        console.actions.activate('key-bar')
        button(desktop, 'Escape')
    with tap.test('the guest gets the smaller room above it'):
        desktop.wait_for(lambda: console.guest_size()[1] < before[1], 15, 'a smaller guest')
        desktop.keep('key-bar')
    with tap.test('every key is large enough for a finger, and has a name'):
        found = [node for role in ('button', 'toggle button') for node in bar(desktop).find_all(role) if 'showing' in node.states]
        assert len(found) == 14, [node.name for node in found]
        for node in found:
            assert node.name and min(node.extents[2:]) >= TARGET, (node.name, node.extents)


def check_keys(desktop, console):
    console.listen()
    for name, key in (('Escape', 'Escape'), ('Tab', 'Tab'), ('Left Arrow', 'Left'), ('Down Arrow', 'Down'),
                      ('Up Arrow', 'Up'), ('Right Arrow', 'Right'), ('Delete', 'Delete')):
        with tap.test(f'a tap on {name} is that key'):
            touch(desktop, name)
            expect(console, strokes(key))
    with tap.test('a key that is held is down until the finger is lifted'):
        hold(desktop, 'Right Arrow', lambda: expect(console, [(EV_KEY, code('Right'), 1)]))
        expect(console, [(EV_KEY, code('Right'), 0)])
    with tap.test('a tap on another key does not lift it'):
        def other():
            expect(console, [(EV_KEY, code('Right'), 1)])
            desktop.touch_down(1, *centre(desktop, 'Tab'))
            desktop.touch_up(1)
            expect(console, strokes('Tab'))
        hold(desktop, 'Right Arrow', other)
        expect(console, [(EV_KEY, code('Right'), 0)])
    with tap.test('behind Fn are the function keys, and the way back'):
        touch(desktop, 'Function Keys')
        for name, key in (('F1', 'F1'), ('F12', 'F12'), ('Home', 'Home'), ('Page Down', 'PageDown')):
            touch(desktop, name)
            expect(console, strokes(key))
        desktop.keep('key-bar-functions')
        touch(desktop, 'Back to the Other Keys')
        button(desktop, 'Escape')


def check_modifiers(desktop, console):
    control = code('Ctrl')
    console.listen()
    with tap.test('a modifier that is tapped goes with the next key of the bar'):
        touch(desktop, 'Control')
        assert state_of(desktop, 'Control') == (True, 'Goes with the next key'), state_of(desktop, 'Control')
        touch(desktop, 'Tab')
        expect(console, [(EV_KEY, control, 1), (EV_KEY, code('Tab'), 1), (EV_KEY, control, 0),
                                        (EV_KEY, code('Tab'), 0)])
        assert state_of(desktop, 'Control') == (False, ''), state_of(desktop, 'Control')
    with tap.test('… and with the next key of a real keyboard'):
        touch(desktop, 'Alt')
        desktop.press('x')
        expect(console, [(EV_KEY, code('Alt'), 1), (EV_KEY, code('x'), 1), (EV_KEY, code('Alt'), 0),
                                        (EV_KEY, code('x'), 0)])
    with tap.test('held, it stays down until it is tapped again'):
        hold(desktop, 'Shift', lambda: desktop.wait_for(
            lambda: state_of(desktop, 'Shift') == (True, 'Held until tapped again'), 5, 'the lock'))
        desktop.keep('key-bar-locked')
        touch(desktop, 'Left Arrow')
        touch(desktop, 'Left Arrow')
        touch(desktop, 'Shift')
        expect(console, [(EV_KEY, code('Shift'), 1), *strokes('Left', 'Left'), (EV_KEY, code('Shift'), 0)])
    with tap.test('tapped and tapped again, Super is Super'):
        touch(desktop, 'Super (Windows Key)')
        expect(console, [(EV_KEY, code('Super'), 1)])
        button(desktop, 'Super (Windows Key)').act()                   # later than a double tap
        expect(console, [(EV_KEY, code('Super'), 0)])
    with tap.test('the real key and the bar\'s do not lift each other'):
        desktop.key_down('Ctrl')
        expect(console, [(EV_KEY, control, 1)])
        touch(desktop, 'Control')
        desktop.key_up('Ctrl')
        touch(desktop, 'Tab')
        expect(console, [*strokes('Tab')[:1], (EV_KEY, control, 0), *strokes('Tab')[1:]])


def check_letting_go(desktop, console):
    console.listen()
    with tap.test('nothing stays down when the bar is hidden'):
        touch(desktop, 'Alt')
        expect(console, [(EV_KEY, code('Alt'), 1)])
        touch(desktop, 'Hide the Keys')
        expect(console, [(EV_KEY, code('Alt'), 0)])
        console.actions.activate('key-bar')
        assert state_of(desktop, 'Alt') == (False, '')
    with tap.test('nothing stays down, and nothing is shown as down, when the machine is paused'):
        touch(desktop, 'Control')
        expect(console, [(EV_KEY, code('Ctrl'), 1)])
        console.actions.activate('pause')
        desktop.wait_for(lambda: 'sensitive' not in button(desktop, 'Escape').states, 10, 'keys without a machine')
        assert state_of(desktop, 'Control') == (False, '')
    with tap.test('the bar can be hidden even then'):
        touch(desktop, 'Hide the Keys')
        desktop.wait_for(lambda: console.actions.state('key-bar') is False, 10, 'the end of the bar')
        console.actions.activate('key-bar')
        console.actions.activate('resume')
        desktop.wait_for(lambda: 'sensitive' in button(desktop, 'Escape').states, 10, 'the machine')
        expect(console, [(EV_KEY, code('Ctrl'), 0)])


def check_screen_keyboard(desktop, console, method):
    console.listen()
    with tap.test('the desktop is asked for its keyboard when that is wanted'):
        assert not method.heard('show')
        touch(desktop, 'On-Screen Keyboard')
        desktop.wait_for(lambda: method.heard('show'), 5, 'the call for the keyboard')
    with tap.test('what it puts in is typed into the guest, in order'):
        method.say('commit a')
        method.say('commit B')
        method.say('commit 1')
        expect(console, [*strokes('a'), (EV_KEY, code('Shift'), 1), *strokes('b'),
                                        (EV_KEY, code('Shift'), 0), *strokes('1')])
    with tap.test('a latched modifier goes with what it puts in'):
        touch(desktop, 'Control')
        desktop.wait_for(lambda: state_of(desktop, 'Control')[0], 5, 'the latch')
        method.say('commit c')
        expect(console, [(EV_KEY, code('Ctrl'), 1), (EV_KEY, code('c'), 1), (EV_KEY, code('Ctrl'), 0),
                                        (EV_KEY, code('c'), 0)])
    with tap.test('what it takes back is Backspace'):
        method.say('delete 2')
        expect(console, strokes('BackSpace', 'BackSpace'))
        desktop.wait_for(lambda: method.heard('deleted'), 5, 'the answer')
    with tap.test('it cannot take back what it never put in'):
        method.say('delete 100000')
        desktop.wait_for(lambda: method.heard('kept'), 5, 'the refusal')
    with tap.test('real keys go past it, by their position'):
        desktop.press('q')
        expect(console, strokes('q'))
        assert not method.heard('key')
    with tap.test('it goes when it is no longer wanted'):
        touch(desktop, 'On-Screen Keyboard')
        desktop.wait_for(lambda: method.heard('focus-out'), 5, 'the end of the keyboard')
        assert console.actions.state('screen-keyboard') is False


def check_remembered(desktop, console):
    with tap.test('whether the bar is shown is known to the menu'):
        assert console.actions.state('key-bar') is True
        console.actions.change_state('key-bar', GLib.Variant('b', False))
        desktop.wait_for(lambda: desktop.accessible().find('button', 'Escape') is None, 10, 'the end of the bar')


def main():
    with Desktop((WIDTH, HEIGHT)) as desktop:
        method = InputMethod(desktop.runtime)
        console = Console(desktop, env=method.env)
        with tap.guard('the banner'):
            console.dismiss_banner()
            desktop.manage_window('maximize')
            console.actions.names()
        check_looks(desktop, console)
        check_keys(desktop, console)
        check_modifiers(desktop, console)
        check_screen_keyboard(desktop, console, method)
        check_letting_go(desktop, console)
        check_remembered(desktop, console)
    tap.finish()


if __name__ == '__main__':
    main()
