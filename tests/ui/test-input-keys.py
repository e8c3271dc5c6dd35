#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Whose a shortcut is, the host's or the guest's; lock keys; and that no key stays down in a guest."""

import sys
from pathlib import Path

from gi.repository import GLib

sys.path.insert(0, str(Path(__file__).parent))
import keys                                                            # noqa: E402
from console import EV_KEY, Console, program                           # noqa: E402
from harness import BTN_LEFT, BTN_RIGHT, Desktop                       # noqa: E402
from tap import Tap                                                    # noqa: E402

SIZE = 1280, 800
REPEATS = 1.5                    # seconds: longer than a key is held before it repeats
tap = Tap()


def strokes(*names):
    """Down in this order, up in the other."""
    codes = [keys.code(name) for name in names]
    return [(EV_KEY, code, 1) for code in codes] + [(EV_KEY, code, 0) for code in reversed(codes)]


def expect(desktop, console, combination, expected):
    console.listen()
    desktop.type(combination)
    desktop.press('q')                                                  # comes after all that the guest gets of it
    # A click of before comes from another device, which may be read later.
    console.expect_input({EV_KEY}, expected + strokes('q'), lambda event: event[1] != BTN_LEFT)


def is_maximized(desktop):
    return desktop.bounds(desktop.screenshot())[2] == SIZE[0]


def resize(desktop, maximized):
    """By the desktop's own shortcut: it may hear that it has that back a moment after Diorama has said so."""
    for seconds in (3, 10):
        desktop.type('Alt+F10')
        try:
            desktop.wait_for(lambda: is_maximized(desktop) == maximized, seconds, 'the other size')
            return
        except TimeoutError:
            if seconds == 10:
                raise


def debug_says(console, words, since=0):
    return words in console.app.output()[since:]


def check_grab(desktop, console):
    with tap.test('sent to the machine, the desktop\'s own shortcuts are the guest\'s'):
        said = len(console.app.output())
        console.actions.activate('send-shortcuts')
        desktop.wait_for(lambda: debug_says(console, "shortcuts are the machine's", said), 10, 'the grant')
        assert console.actions.state('send-shortcuts')
        before = is_maximized(desktop)
        expect(desktop, console, 'Alt+F10', strokes('Alt', 'F10'))
        assert is_maximized(desktop) == before
    with tap.test('outside the picture the desktop has them back, and inside not'):
        said = len(console.app.output())
        desktop.press('Ctrl', 'Alt')
        desktop.wait_for(lambda: debug_says(console, 'shortcuts are its own', said), 10, 'the return')
        resize(desktop, not before)
        resize(desktop, before)
        said = len(console.app.output())
        desktop.click(640, 500)
        desktop.wait_for(lambda: debug_says(console, "shortcuts are the machine's", said), 10, 'the grant')


def showing(desktop, role, name):
    try:
        return next((node for node in desktop.accessible().find_all(role, name) if 'showing' in node.states), None)
    except GLib.Error:                                                  # a widget went meanwhile
        return None


def dialog(desktop, role, name):
    return desktop.wait_for(lambda: showing(desktop, role, name), 10, name)


def check_kept(desktop, console):
    with tap.test('a shortcut is pressed to be kept, in a dialog'):
        console.actions.activate('keyboard')
        press = dialog(desktop, 'toggle button', 'Press It')
        press.act()
        desktop.wait_for(lambda: press.states & {'pressed', 'checked'}, 10, 'the button to be down')
        desktop.type('Ctrl+Alt+k')
        dialog(desktop, 'button', 'Remove Ctrl+Alt+K')
    with tap.test('others are typed; what is none is told'):
        x, y, width, height = dialog(desktop, 'text box', 'Shortcut, such as Super+Tab').extents
        desktop.click(x + width / 2, y + height / 2)
        desktop.type('h', 'Enter')
        desktop.wait_for(lambda: any('The machine needs this key' in node.name for node in desktop.accessible().find_all('label')), 10,
                         'the reason')
        desktop.type('Ctrl+a', 'Shift+f', '1', '1', 'Enter')
        dialog(desktop, 'button', 'Remove F11')
        desktop.type('Shift+a', 'l', 't', 'Shift+equal', 'Shift+f', '1', '0', 'Enter')
        dialog(desktop, 'button', 'Remove Alt+F10')
        desktop.keep('keyboard-dialog')
    with tap.test('and taken out again'):
        dialog(desktop, 'button', 'Remove Ctrl+Alt+K').act()
        desktop.wait_for(lambda: showing(desktop, 'button', 'Remove F11') and
                         not showing(desktop, 'button', 'Remove Ctrl+Alt+K'), 10, 'the shorter list')
        said = len(console.app.output())
        desktop.type('Escape', 'Escape')                                # the first one is the entry's
        desktop.wait_for(lambda: not showing(desktop, 'text box', 'Shortcut, such as Super+Tab'), 10,
                         'the end of the dialog')
        desktop.wait_for(lambda: debug_says(console, "shortcuts are the machine's", said), 10, 'the grant')
    with tap.test('what is kept is the desktop\'s, and the guest sees no lone Alt'):
        console.listen()
        said = len(console.app.output())
        desktop.key_down('Alt')
        desktop.wait_for(lambda: debug_says(console, 'shortcuts are its own', said), 10, 'the return')
        before = is_maximized(desktop)                                  # by then the compositor has heard of it as well
        desktop.press('F10')
        desktop.key_up('Alt')
        desktop.wait_for(lambda: is_maximized(desktop) != before, 10, 'the other size')
        desktop.press('q')
        console.expect_input({EV_KEY}, strokes('q'))
    with tap.test('another key with the same Alt is the guest\'s, Alt first'):
        expect(desktop, console, 'Alt+F3', strokes('Alt', 'F3'))
    with tap.test('so is a button'):
        desktop.key_down('Alt')
        console.listen()
        desktop.button_down(BTN_RIGHT)
        desktop.button_up(BTN_RIGHT)
        desktop.key_up('Alt')
        alt = keys.code('Alt')
        # Keyboard and pointer are two devices there, of which the one may be read before the other.
        for code in (alt, BTN_RIGHT):
            for value in (1, 0):
                console.guest.wait_event('input', 10, lambda report: [EV_KEY, code, value] in report['events'])
    with tap.test('Diorama\'s own that is kept does what it does'):
        desktop.press('F11')
        desktop.wait_for(lambda: console.guest_size() == SIZE, 15, 'full screen')
        desktop.press('F11')
        desktop.wait_for(lambda: console.guest_size() != SIZE, 15, 'the window')


def check_chord(desktop, console):
    with tap.test('Ctrl+Alt+Enter that is held does what it does once, and no Enter gets into the machine'):
        wait_keyboard(desktop, console)
        console.listen()
        for name in ('Ctrl', 'Alt', 'Enter'):
            desktop.key_down(name)
        desktop.wait_for(lambda: console.guest_size() == SIZE, 15, 'full screen')
        desktop.wait_out(REPEATS, 'the time after which a key repeats')
        assert console.guest_size() == SIZE
        for name in ('Enter', 'Alt', 'Ctrl'):
            desktop.key_up(name)
        desktop.press('q')
        console.expect_input({EV_KEY}, strokes('q'), lambda event: event[1] in (keys.code('Enter'), keys.code('q')))
    with tap.test('and the next one does it again'):
        desktop.type('Ctrl+Alt+Enter')
        desktop.wait_for(lambda: console.guest_size() != SIZE, 15, 'the window')
    with tap.test('Enter alone is the guest\'s after that'):
        expect(desktop, console, 'Enter', strokes('Enter'))


def wait_keyboard(desktop, console):
    """Until keys reach the guest: no program is told of those that were pressed before it got the keyboard. Each try has
    a key of its own, for the last one of all that are still on their way to come to an end."""
    keys_left = list('abcdefghij')

    def arrives():
        key = keys.code(keys_left.pop())
        console.listen()
        desktop.click(640, 500)                                         # the first may only close a menu
        desktop.press(key)
        try:
            return console.guest.wait_event('input', 1, lambda report: [EV_KEY, key, 0] in report['events'])
        except TimeoutError:
            return None
    desktop.wait_for(arrives, 10, 'the keyboard')


def check_lifted(desktop, console):
    """Whatever takes the keyboard from the guest."""
    def hold(*names):
        wait_keyboard(desktop, console)
        desktop.wait_for(lambda: console.guest.call('state')['down'] == [], 10, 'no key')
        for name in names:
            desktop.key_down(name)
        desktop.wait_for(lambda: len(console.guest.call('state')['down']) == len(names), 10, 'the keys')

    def let_go(*names):
        for name in names:
            desktop.key_up(name)

    with tap.test('a menu lifts all keys'):
        hold('a', 'Shift')
        console.actions.activate('menu')
        desktop.wait_for(lambda: console.guest.call('state')['down'] == [], 10, 'no key')
        let_go('a', 'Shift')
        desktop.press('Escape')
    with tap.test('a pause lifts all keys'):
        hold('a', 'Shift')
        console.actions.activate('pause')
        desktop.wait_for(lambda: console.actions.enabled('resume'), 10, 'the pause')
        let_go('a', 'Shift')
        console.actions.activate('resume')
        desktop.wait_for(lambda: console.actions.enabled('pause'), 10, 'the machine')
        desktop.wait_for(lambda: console.guest.call('state')['down'] == [], 10, 'no key')
    with tap.test('a window that is hidden lifts all keys'):
        said = len(console.app.output())
        console.actions.activate('send-shortcuts')                      # minimizing is one of them
        desktop.wait_for(lambda: debug_says(console, 'shortcuts are its own', said), 10, 'the return')
        hold('a')
        desktop.manage_window('minimize')
        desktop.wait_for(lambda: console.guest.call('state')['down'] == [], 10, 'no key')
        let_go('a')


def check_locks(desktop, console):
    with tap.test('Caps Lock that was pressed outside is pressed in the guest, once, when it gets the keyboard'):
        desktop.press('Ctrl', 'Alt')
        console.listen()
        desktop.press('CapsLock')
        desktop.click(640, 500)
        desktop.press('q')
        console.expect_input({EV_KEY}, strokes('CapsLock') + strokes('q'),
                             lambda event: event[1] in (keys.code('CapsLock'), keys.code('q')))
    with tap.test('pressed in the picture it is pressed once, too'):
        expect(desktop, console, 'CapsLock', strokes('CapsLock'))
    with tap.test('Scroll Lock, which this desktop\'s layout has not, is the guest\'s as any key'):
        expect(desktop, console, 'ScrollLock', strokes('ScrollLock'))


def main():
    if not program().exists():
        tap.skip_all(f'{program()} is not built')
    with Desktop(size=SIZE) as desktop:
        console = Console(desktop, env={'DIORAMA_DEBUG': 'input'})
        console.dismiss_banner()
        wait_keyboard(desktop, console)
        for check in (check_grab, check_kept, check_chord, check_locks, check_lifted):
            with tap.guard(check.__name__):
                check(desktop, console)
    tap.finish()


if __name__ == '__main__':
    main()
