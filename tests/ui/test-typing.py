#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Text and key combinations that are sent to a guest, from dialogs used by keyboard and read by a screen reader."""

import sys
from pathlib import Path

from gi.repository import GLib

sys.path.insert(0, str(Path(__file__).parent))
from console import EV_KEY, Console                                    # noqa: E402
from harness import Desktop                                            # noqa: E402
from tap import Tap                                                    # noqa: E402

TEXT = 'Zwei Boxer, 5 EUR: (a+b)*c = "d" {x|y} ~/z_'
tap = Tap()


def find(desktop, test, role=None, name=None):
    """None also while a widget goes, which cannot be asked any more."""
    try:
        return next((node for node in desktop.accessible().find_all(role, name) if test(node)), None)
    except GLib.Error:
        return None


def showing(desktop, role, name=None):
    return find(desktop, lambda node: 'showing' in node.states, role, name)


def wait_showing(desktop, role, name=None):
    return desktop.wait_for(lambda: showing(desktop, role, name), 20, f'{role} “{name}”')


def typed(console):
    return console.guest.call('state')['typed']


def open_dialog(desktop, console, action, heading):
    console.actions.activate(action)
    wait_showing(desktop, 'dialog', heading)
    desktop.wait_for(lambda: find(desktop, lambda node: {'focused', 'showing'} <= node.states), 10, 'the focus')


def write(desktop, text):
    """With the host's keyboard, into what has the focus."""
    shifted = dict(zip('!@#$%^&*()_+{}|:"<>?~', '1234567890-=[]\\;\',./`'))
    names = {' ': 'space', '-': 'minus', '=': 'equal', '[': 'bracketleft', ']': 'bracketright', '\\': 'backslash',
             ';': 'semicolon', "'": 'apostrophe', ',': 'comma', '.': 'period', '/': 'slash', '`': 'grave', '\n': 'Enter'}
    for character in text:
        key = shifted.get(character, character.lower())
        combination = ['Shift'] if character in shifted or character.isupper() else []
        desktop.press(*combination, names.get(key, key))


def check_typing(desktop, console):
    with tap.test('text written into the dialog arrives in the guest, typed'):
        open_dialog(desktop, console, 'type-text', 'Type Text')
        write(desktop, TEXT)
        button = wait_showing(desktop, 'button', 'Type')
        desktop.wait_for(lambda: 'sensitive' in button.states, 10, 'that it can be typed')
        assert typed(console) == '', 'what is written went to the guest'
        button.act()
        desktop.wait_for(lambda: typed(console) == TEXT, 20, 'the text in the guest')
        assert console.guest.call('state')['down'] == []
    with tap.test('when all is typed the dialog closes, and says so'):
        desktop.wait_for(lambda: showing(desktop, 'dialog', 'Type Text') is None, 10, 'the end of the dialog')
        wait_showing(desktop, 'label', 'Text typed')
    with tap.test('the keyboard is the guest\'s again'):
        desktop.press('q')
        desktop.wait_for(lambda: typed(console) == TEXT + 'q', 10, 'a key in the guest')


def check_missing(desktop, console):
    with tap.test('what the keyboard has not is told, and left out'):
        desktop.press('Enter')
        desktop.wait_for(lambda: typed(console) == '', 10, 'an empty line in the guest')
        open_dialog(desktop, console, 'type-text', 'Type Text')
        write(desktop, 'a')
        desktop.press('Ctrl', 'Shift', 'u')                             # GTK's way of writing U+03A9
        write(desktop, '3a9 b')
        wait_showing(desktop, 'label', '1 character is not on that keyboard')
        wait_showing(desktop, 'label', '1 is left out — Ω')
        desktop.keep('type-text-missing')
        wait_showing(desktop, 'button', 'Type').act()
        desktop.wait_for(lambda: typed(console) == 'ab', 20, 'the rest in the guest')
        desktop.wait_for(lambda: showing(desktop, 'dialog', 'Type Text') is None, 10, 'the end of the dialog')


def check_layout(desktop, console):
    with tap.test('a layout that is found by its name is typed for, and remembered'):
        desktop.press('Enter')
        desktop.wait_for(lambda: typed(console) == '', 10, 'an empty line in the guest')
        for first in (True, False):
            open_dialog(desktop, console, 'type-text', 'Type Text')
            write(desktop, 'zy')
            if first:
                desktop.press('Tab')
                desktop.press('space')
                desktop.wait_for(lambda: find(desktop, lambda node: {'focused', 'editable'} <= node.states and
                                              node.name != 'Text to type'), 10, 'the search')
                write(desktop, 'german')
                desktop.wait_for(lambda: find(desktop, lambda node: node.name == 'German'), 40, 'the layout')
                desktop.press('Down')
                desktop.press('Enter')
            wait_showing(desktop, 'label', 'German')
            button = wait_showing(desktop, 'button', 'Type')
            desktop.wait_for(lambda: 'sensitive' in button.states, 10, 'that it can be typed')
            button.act()
            # The guest reads an American board.
            desktop.wait_for(lambda: typed(console) == ('yz' if first else 'yzyz'), 20, 'the text in the guest')
            desktop.wait_for(lambda: showing(desktop, 'dialog', 'Type Text') is None, 10, 'the end of the dialog')


def check_stop(desktop, console):
    with tap.test('“Stop” stops at once, with no key left down, and tells how far it went'):
        open_dialog(desktop, console, 'type-text', 'Type Text')
        write(desktop, 'x' * 40)
        desktop.press('Alt', 's')
        desktop.wait_for(lambda: 'checked' in wait_showing(desktop, 'switch', 'Type Slowly').states, 10, 'a slow pace')
        button = wait_showing(desktop, 'button', 'Type')
        desktop.wait_for(lambda: 'sensitive' in button.states, 10, 'that it can be typed')
        button.act()
        desktop.wait_for(lambda: typed(console).count('x') >= 3, 20, 'the beginning')
        desktop.keep('type-text-progress')
        wait_showing(desktop, 'button', 'Stop').act()
        label = desktop.wait_for(lambda: find(desktop, lambda node: node.name.startswith('Stopped after'), 'label'), 10,
                                 'what was stopped')
        done = int(label.name.split()[2])
        desktop.wait_for(lambda: typed(console).count('x') == done, 10, 'what was typed')
        assert 3 <= done < 40 and console.guest.call('state')['down'] == [], (done, label.name)
        desktop.press('Escape')
        desktop.wait_for(lambda: showing(desktop, 'dialog', 'Type Text') is None, 10, 'the end of the dialog')


def check_combinations(desktop, console):
    with tap.test('a combination that is pressed is added to the menu, and sent'):
        open_dialog(desktop, console, 'edit-keys', 'Key Combinations')
        desktop.keep('edit-keys')
        desktop.press('Alt', 'a')
        wait_showing(desktop, 'dialog', 'Key Combination')
        desktop.keep('edit-keys-add')
        desktop.press('space')                                         # the button that records has the focus
        desktop.wait_for(lambda: 'pressed' in wait_showing(desktop, 'toggle button', 'Press Them').states, 10, 'recording')
        desktop.press('Ctrl', 'Shift', 'Escape')
        wait_showing(desktop, 'label', 'Ctrl + Shift + Esc')
        desktop.keep('edit-keys-recorded')
        wait_showing(desktop, 'button', 'Add').act()
        desktop.wait_for(lambda: showing(desktop, 'dialog', 'Key Combination') is None, 10, 'the end of the dialog')
        wait_showing(desktop, 'list item', 'Ctrl + Shift + Esc')
        desktop.press('Escape')
        desktop.wait_for(lambda: showing(desktop, 'dialog', 'Key Combinations') is None, 10, 'the end of the list')
        console.listen()
        console.actions.activate('send-keys', GLib.Variant('s', '29+42+1'))
        console.expect_input({EV_KEY}, [(EV_KEY, code, down) for down in (1, 0)
                                        for code in ((29, 42, 1) if down else (1, 42, 29))])


def check_help(desktop, console):
    with tap.test('where nothing can show the help, F1 outside the picture says so and leads to the shortcuts'):
        console.listen()
        desktop.press('F1')
        console.guest.wait_event('input', 10, lambda report: [EV_KEY, 59, 0] in report['events'])
        assert not showing(desktop, 'label', 'Help Cannot Be Shown'), 'F1 in the picture is the machine\'s'
        desktop.press('Ctrl', 'Alt')                                    # leaves it
        desktop.press('F1')
        wait_showing(desktop, 'label', 'Help Cannot Be Shown')
        wait_showing(desktop, 'button', 'Keyboard Shortcuts').act()
        wait_showing(desktop, 'label', 'Leave the picture: press and let go both')
        desktop.press('Escape')


if __name__ == '__main__':
    with Desktop((1280, 800)) as desktop:
        console = Console(desktop)
        console.dismiss_banner()
        check_typing(desktop, console)
        check_missing(desktop, console)
        check_stop(desktop, console)
        check_layout(desktop, console)
        check_combinations(desktop, console)
        check_help(desktop, console)
    tap.finish()
