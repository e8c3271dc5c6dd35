#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""What the host has besides keys and a mouse: lights of lock keys that may be other than the machine's, shortcuts that
go to it in full screen only, pens. And a guest that knows nothing but USB."""

import re
import sys
from pathlib import Path

import numpy
from gi.repository import GLib

sys.path.insert(0, str(Path(__file__).parent))
import keys                                                            # noqa: E402
from console import APPLICATION_ID, EV_KEY, build, environment, program, window_actions  # noqa: E402
from display import Display                                            # noqa: E402
from harness import BTN_LEFT, Desktop                                  # noqa: E402
from relative import Attached, badge                                   # noqa: E402
from tap import Tap                                                    # noqa: E402

SIZE = 1280, 800
PLACE = 640.5, 500.5
SCROLL, CAPS = 1, 4                                                    # locks, as QEMU tells them
QNUM_Q, QNUM_SCROLL = 16, 70
LEFT = 0
REFUSAL = 'This desktop keeps its shortcuts. “Send Keys” sends them to the machine.'
POINTS = 40
tap = Tap()


class Shown:
    """Diorama, attached to a display that keeps what it is told."""

    def __init__(self, desktop, env=None, absolute=True):
        self.desktop, self.display = desktop, Display(desktop, absolute=absolute)
        self.app = desktop.launch([program(), 'attach'], environment() | {'DIORAMA_DEBUG': 'input'} | (env or {}))
        self.display.wait_listener()
        self.actions = window_actions(desktop, self.app)
        self.display.scanout(numpy.full((600, 960, 3), (40, 90, 60), numpy.uint8))
        desktop.wait_picture(lambda shot: (abs(shot[500, 640].astype(int) - (40, 90, 60)) <= 1).all(), 15, 'the picture')

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.app.stop()
        self.display.close()

    def said(self, words, since=0):
        return words in self.app.output()[since:]

    def sync(self):
        """All that was done so far has arrived: a key comes after it."""
        count = self.display.input.count(('Release', QNUM_Q))
        self.desktop.press('q')
        self.desktop.wait_for(lambda: self.display.input.count(('Release', QNUM_Q)) > count, 10, 'a key')

    def enter(self):
        """The picture gets the keyboard."""
        self.desktop.click(*PLACE)
        self.sync()


def showing(desktop, role, name):
    try:
        return next((node for node in desktop.accessible().find_all(role, name) if 'showing' in node.states), None)
    except GLib.Error:                                                  # a widget went meanwhile
        return None


def wait_showing(desktop, role, name):
    return desktop.wait_for(lambda: showing(desktop, role, name), 10, f'{role} “{name}”')


# -- lock keys ---------------------------------------------------------------------------------------------------------

def check_locks(shown):
    desktop, display = shown.desktop, shown.display
    with tap.test('a lock that the machine changes by itself is told in the header bar, until it is as here'):
        shown.enter()
        display.set_locks(CAPS)
        wait_showing(desktop, 'label', 'Caps Lock is on in the machine')
        desktop.keep('locks-apart')
        display.set_locks(0)
        desktop.wait_for(lambda: not showing(desktop, 'label', 'Caps Lock is on in the machine'), 10, 'its end')
    with tap.test('one that the machine does not change is told the other way around'):
        desktop.press('CapsLock')
        wait_showing(desktop, 'label', 'Caps Lock is off in the machine')
        display.set_locks(CAPS)
        desktop.wait_for(lambda: not showing(desktop, 'label', 'Caps Lock is off in the machine'), 10, 'its end')
        desktop.press('CapsLock')
        display.set_locks(0)
    with tap.test('Scroll Lock, which this desktop\'s layout has not, is told, and stays as it is in the machine'):
        shown.sync()
        display.set_locks(SCROLL)
        wait_showing(desktop, 'label', 'Scroll Lock is on in the machine')
        display.heard.clear()
        desktop.press('Ctrl', 'Alt')
        shown.enter()
        assert ('Press', QNUM_SCROLL) not in display.input, display.input
        display.set_locks(0)


# -- shortcuts ---------------------------------------------------------------------------------------------------------

def check_fullscreen(shown):
    desktop = shown.desktop
    with tap.test('“In Full Screen Only”, the desktop keeps its shortcuts in a window'):
        said = len(shown.app.output())
        grab(desktop, 'fullscreen')
        desktop.wait_for(lambda: shown.actions.state('send-shortcuts'), 10, 'the setting')
        shown.enter()
        desktop.wait_settled()
        assert not shown.said("shortcuts are the machine's", said)
    with tap.test('the machine has them in full screen, and the desktop again after it'):
        shown.actions.activate('fullscreen')
        desktop.wait_for(lambda: shown.said("shortcuts are the machine's", said), 10, 'the grant')
        said = len(shown.app.output())
        shown.actions.activate('fullscreen')
        desktop.wait_for(lambda: shown.said('shortcuts are its own', said), 10, 'the return')
    grab(desktop, 'never')


def check_refusal(shown):
    desktop = shown.desktop
    with tap.test('a desktop that does not give its shortcuts is told of, and what helps'):
        shown.enter()
        assert not showing(desktop, 'label', REFUSAL)
        grab(desktop, 'focused')
        wait_showing(desktop, 'label', REFUSAL)
        desktop.keep('refused')
        grab(desktop, 'never')


def grab(desktop, when):
    """As it is chosen in the settings."""
    file = desktop.home / '.config/glib-2.0/settings/keyfile'
    new = file.with_suffix('.new')
    new.write_text(re.sub("grab-shortcuts='.*'", f"grab-shortcuts='{when}'", file.read_text()))
    new.rename(file)                                                    # half a file would be the default


def check_recorders(shown):
    desktop = shown.desktop
    for action, name in ('keyboard', 'Press It'), ('edit-keys', 'Press Them'):
        with tap.test(f'“{name}” ends when the focus goes somewhere else'):
            shown.actions.activate(action)
            if action == 'edit-keys':
                wait_showing(desktop, 'dialog', 'Key Combinations')
                desktop.wait_settled()
                desktop.press('Alt', 'a')
            button = wait_showing(desktop, 'toggle button', name)
            button.act()
            desktop.wait_for(lambda: button.states & {'pressed', 'checked'}, 10, 'the button to be down')
            shown.app.actions(APPLICATION_ID, '/' + APPLICATION_ID.replace('.', '/')).activate('about')
            desktop.wait_for(lambda: not button.states & {'pressed', 'checked'}, 10, 'the button to be up')
            for _ in range(3):
                desktop.press('Escape')
            desktop.wait_for(lambda: not showing(desktop, 'toggle button', name), 10, 'the end of the dialog')
            shown.enter()


# -- pens --------------------------------------------------------------------------------------------------------------

def check_pressure(shown):
    with tap.test('the dialog says that a pen is a pointer to the machine, without its pressure'):
        shown.actions.activate('input')
        wait_showing(shown.desktop, 'label', 'To the machine a pen is a pointer: how hard it presses is lost on the way')
        shown.desktop.press('Escape')


def check_pen(shown):
    desktop, display = shown.desktop, shown.display
    with tap.test('a pen moves the pointer, and its tip is the left button'):
        shown.enter()
        display.heard.clear()
        desktop.click(600.5, 480.5)
        shown.sync()
        calls = [call for call in display.input if call[1:] != (QNUM_Q,)]
        place = calls[0]
        assert place[0] == 'SetAbsPosition' and set(calls[1:]) == {place, ('Press', LEFT), ('Release', LEFT)}, calls
    with tap.test('its motion is thinned out to one point a frame, or all of it arrives, as is chosen'):
        few = draw(shown)
        assert 0 < few < POINTS / 2, few
        shown.actions.activate('input')
        switch = desktop.wait_for(lambda: showing(desktop, 'switch', 'Every Point of a Motion'), 10, 'the switch')
        desktop.accessible().find_all('switch', 'Every Point of a Motion')[-1].act()
        desktop.wait_for(lambda: 'checked' in switch.states, 5, 'the switch')
        desktop.press('Escape')
        desktop.wait_for(lambda: not showing(desktop, 'switch', 'Every Point of a Motion'), 5, 'the dialog to go')
        assert draw(shown) == POINTS


def check_free_pen(shown):
    desktop, display = shown.desktop, shown.display
    with tap.test('a pen is not held in the picture of a machine that knows only ways, and moves by ways'):
        shown.enter()
        display.heard.clear()
        desktop.move(600.5, 480.5)
        desktop.move(620.5, 490.5)
        shown.sync()
        assert not badge(desktop)
        assert any(call[0] == 'RelMotion' for call in display.input), display.input


def draw(shown):
    """How many places of one stroke are told."""
    shown.enter()
    shown.desktop.move(400.5, 480.5)
    shown.desktop.button_down()
    shown.sync()
    shown.display.heard.clear()
    for number in range(POINTS):
        shown.desktop.move(402.5 + 5 * number, 480.5, wait=False)
    shown.desktop.button_up()
    shown.sync()
    return len({call for call in shown.display.input if call[0] == 'SetAbsPosition'})


def odd_host(desktop):
    """The mouse is a pen, and the desktop keeps its shortcuts. What is preloaded has no space in its path."""
    library = desktop.home / 'odd-host.so'
    library.unlink(missing_ok=True)
    library.symlink_to(build() / 'tests/ui/odd-host.so')
    return {'LD_PRELOAD': str(library)}


# -- nothing but USB ---------------------------------------------------------------------------------------------------

def check_usb(desktop):
    with Attached(desktop, ['usb-tablet,bus=usb.0', 'usb-kbd,bus=usb.0']) as console:
        with tap.test('a guest with a USB tablet: the pointer is where the host\'s is, and every button and notch is told'):
            desktop.wait_for(lambda: console.guest_size() not in ((0, 0), SIZE), 15, 'a guest that fits the window')
            desktop.wait_for(lambda: sum('USB' in name for name in console.guest.call('hello')['inputs']) == 2, 15, 'drivers')
            console.guest.call('fill', color='#204060')                 # stands still
            desktop.wait_settled()
            # Where the pointer came into the window may have been told as well; a click comes after its place.
            console.listen()
            desktop.click(*PLACE)
            console.expect_input({EV_KEY}, [(EV_KEY, BTN_LEFT, 1), (EV_KEY, BTN_LEFT, 0)])
            first = console.pointer()
            desktop.move(PLACE[0] + 50, PLACE[1] - 30)
            desktop.wait_for(lambda: console.pointer() == (first[0] + 50, first[1] - 30), 5, 'the pointer at its place')
            console.listen()
            desktop.click(*PLACE)
            console.expect_input({EV_KEY}, [(EV_KEY, BTN_LEFT, 1), (EV_KEY, BTN_LEFT, 0)])
            desktop.wheel(-3)
            console.expect_notches(3)
        with tap.test('a USB keyboard: each key by its position, and none stays down when the focus goes'):
            console.listen()
            desktop.type('Shift+a', 'Ctrl+F5')
            console.expect_input({EV_KEY}, [(EV_KEY, keys.code(name), down) for name, down in (
                ('Shift', 1), ('a', 1), ('a', 0), ('Shift', 0), ('Ctrl', 1), ('F5', 1), ('F5', 0), ('Ctrl', 0))])
            desktop.key_down('b')
            desktop.wait_for(lambda: console.guest.call('state')['down'] == [keys.code('b')], 10, 'the key')
            console.actions.activate('menu')
            desktop.wait_for(lambda: console.guest.call('state')['down'] == [], 10, 'no key')
            desktop.key_up('b')
        with tap.test('a finger is its pointer'):
            desktop.press('Escape')
            desktop.wait_for(lambda: not any('showing' in node.states for node in desktop.accessible().find_all('menu')), 10,
                             'the end of the menu')
            console.listen()
            desktop.touch_down(0, *PLACE)
            desktop.touch_up(0)
            console.expect_input({EV_KEY}, [(EV_KEY, BTN_LEFT, 1), (EV_KEY, BTN_LEFT, 0)])


def main():
    if not program().exists():
        tap.skip_all(f'{program()} is not built')
    with Desktop(size=SIZE) as desktop:
        with Shown(desktop) as shown:
            for check in (check_locks, check_fullscreen, check_recorders, check_pressure):
                with tap.guard(check.__name__):
                    check(shown)
        with tap.guard('check_pen'):
            with Shown(desktop, odd_host(desktop)) as shown:
                check_refusal(shown)
                check_pen(shown)
            with Shown(desktop, odd_host(desktop), absolute=False) as shown:
                check_free_pen(shown)
        with tap.guard('check_usb'):
            check_usb(desktop)
    tap.finish()


if __name__ == '__main__':
    main()
