#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""A machine whose pointer knows only ways: the host's is held in its picture, and every way out lets it go."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import keys                                                            # noqa: E402
from console import EV_KEY, program                                    # noqa: E402
from harness import BTN_LEFT, BTN_RIGHT, Desktop                       # noqa: E402
from relative import Attached, badge                                   # noqa: E402
from tap import Tap                                                    # noqa: E402

EV_REL, REL_X, REL_Y, REL_WHEEL = 2, 0, 1, 8
SIZE = 1280, 800
MIDDLE = 640.5, 420.5
OTHER_WINDOW = ('import gi\ngi.require_version("Gtk", "4.0")\nfrom gi.repository import GLib, Gtk\n'
                'Gtk.Window(title="Other").present()\nGLib.MainLoop().run()')
tap = Tap()


def wait_locked(desktop):
    return desktop.wait_for(lambda: badge(desktop), 10, 'the lock')


def wait_free(desktop):
    desktop.wait_for(lambda: not badge(desktop), 10, 'the end of the lock')


def lock(desktop, console):
    """By a click, of which the guest hears."""
    desktop.move(*MIDDLE)
    console.listen()
    desktop.click(*MIDDLE)
    console.expect_input({EV_KEY}, [(EV_KEY, BTN_LEFT, 1), (EV_KEY, BTN_LEFT, 0)])
    return wait_locked(desktop)


def read(console, until):
    """All events that the guest is told, from console.listen() until one of which until (event) is true."""
    events = console.guest.gather('input', lambda report: report['events'], lambda events: any(map(until, events)))
    assert any(map(until, events)), f'the guest saw only {events}'
    return events


def collect(console, until):
    """(x, y) of the motion in them."""
    events = read(console, until)
    return tuple(sum(value for kind, code, value in events if (kind, code) == (EV_REL, axis)) for axis in (REL_X, REL_Y))


def is_key_up(event):
    return event[0] == EV_KEY and event[1] == keys.code('q') and event[2] == 0


def expect_way(desktop, console, ways, expected, what):
    console.listen()
    for way in ways:
        desktop.move_by(*way)
    desktop.press('q')
    got = collect(console, is_key_up)
    assert got == expected, f'{what}: the guest moved by {got} instead of {expected}'


def check_motion(desktop, console):
    with tap.test('a click on the picture takes the pointer, and the guest gets the click'):
        lock(desktop, console)
    desktop.keep('lock-badge')
    with tap.test('every count of the mouse arrives, further than the screen is wide'):
        ways = [(7, 3)] * 100 + [(-13, 11)] * 50 + [(900, -700)] * 4 + [(.25, .5)] * 8
        expect_way(desktop, console, ways, (700 - 650 + 3600 + 2, 300 + 550 - 2800 + 4), 'locked')
    with tap.test('buttons come between the motions that they came between'):
        drags, way = [], 0
        for down in (True, False) * 5:
            console.listen()
            desktop.move_by(10, 0)
            (desktop.button_down if down else desktop.button_up)(BTN_RIGHT)
            for kind, code, value in read(console, lambda event: event == [EV_KEY, BTN_RIGHT, down]):
                if (kind, code) == (EV_REL, REL_X):
                    way += value
                elif (kind, code) == (EV_KEY, BTN_RIGHT):
                    drags.append((value, way))
                    way = 0
        assert drags == [(1, 10), (0, 10)] * 5, drags


def check_ways_out(desktop, console):
    with tap.test('Ctrl+Alt lets it go, and no key stays down'):
        desktop.press('Ctrl', 'Alt')
        wait_free(desktop)
        assert console.guest.call('state')['down'] == [], console.guest.call('state')['down']
    with tap.test('free again, the guest\'s pointer does not jump when the host\'s first moves'):
        lock(desktop, console)
        for way, place in (((-2000, -2000), (0, 0)), ((160, 90), (160, 90))):
            desktop.move_by(*way)
            desktop.wait_for(lambda: console.pointer() == place, 5, f'the pointer at {place}')
        desktop.press('Ctrl', 'Alt')
        wait_free(desktop)
        ways, top = [], SIZE[1] - console.guest_size()[1]
        for place in ((167, 94), (177, 99)):
            console.listen()
            desktop.move(place[0] + .5, place[1] + .5 + top)
            desktop.wheel(1)                                            # comes after it, and says that it was there
            ways.append(collect(console, lambda event: event[:2] == [EV_REL, REL_WHEEL]))
        assert ways == [(0, 0), (10, 5)], ways                          # the first says where the pointer is, no more
    with tap.test('both buttons held for a second let it go, and no shorter'):
        lock(desktop, console)
        for _ in range(2):
            desktop.button_down(BTN_LEFT)
            desktop.button_down(BTN_RIGHT)
            desktop.button_up(BTN_LEFT)
            desktop.button_up(BTN_RIGHT)
        assert badge(desktop), 'a click let it go'
        desktop.button_down(BTN_LEFT)
        desktop.button_down(BTN_RIGHT)
        wait_free(desktop)
        assert console.guest.call('state')['down'] == [], console.guest.call('state')['down']
        desktop.button_up(BTN_LEFT)
        desktop.button_up(BTN_RIGHT)
    with tap.test('the badge lets it go, too'):
        lock(desktop, console).act()
        wait_free(desktop)
    with tap.test('a finger on the badge as well'):
        found = lock(desktop, console)
        x, y, width, height = found.extents
        desktop.touch_down(1, x + width / 2, y + height / 2)
        desktop.touch_up(1)
        wait_free(desktop)
    with tap.test('a window that takes the focus gets the pointer, too, and every button is lifted'):
        lock(desktop, console)
        desktop.button_down(BTN_RIGHT)
        console.guest.wait_event('input', 10, lambda report: [EV_KEY, BTN_RIGHT, 1] in report['events'])
        other = desktop.launch([sys.executable, '-c', OTHER_WINDOW])
        console.guest.wait_event('input', 15, lambda report: [EV_KEY, BTN_RIGHT, 0] in report['events'])
        desktop.button_up(BTN_RIGHT)
        wait_free(desktop)
        other.stop()
    with tap.test('a dialog lets it go'):
        lock(desktop, console)
        console.actions.activate('menu')
        wait_free(desktop)
        desktop.press('Escape')
        desktop.wait_for(lambda: not menu_is_open(desktop), 10, 'the end of the menu')


def menu_is_open(desktop):
    return any('showing' in node.states for node in desktop.accessible().find_all('menu'))


def check_modes(desktop, console):
    with tap.test('a tablet that is plugged in lets it go, and the guest\'s pointer is where the host\'s is'):
        lock(desktop, console)
        console.qmp.call('device_add', driver='usb-tablet', id='tablet', bus='usb.0')
        wait_free(desktop)
        # QEMU has it before the guest, and forgets where it was when that looks at it first.
        desktop.wait_for(lambda: any('Tablet' in name for name in console.guest.call('hello')['inputs']), 10,
                         "the guest's driver")
        desktop.move(333.5, 500.5)
        desktop.wait_for(lambda: console.pointer()[0] == 333, 10, 'the pointer at its place')
    with tap.test('a click does not take the pointer then'):
        console.listen()
        desktop.click(*MIDDLE)
        console.expect_input({EV_KEY}, [(EV_KEY, BTN_LEFT, 1), (EV_KEY, BTN_LEFT, 0)])
        assert not badge(desktop)
    with tap.test('without the tablet it is taken again'):
        console.qmp.call('device_del', id='tablet')
        desktop.wait_for(lambda: any(event['event'] == 'DEVICE_DELETED' for event in console.qmp.call('query-status') and
                                     console.qmp.events), 10, 'the end of the tablet')
        lock(desktop, console)


def main():
    if not program().exists():
        tap.skip_all(f'{program()} is not built')
    with Desktop(size=SIZE, raw_keys=True) as desktop:
        with Attached(desktop, ['virtio-keyboard-pci', 'virtio-mouse-pci']) as console:
            desktop.wait_window()
            desktop.manage_window('maximize')
            desktop.wait_for(lambda: console.guest_size()[0] == SIZE[0] and console.guest_size()[1] < SIZE[1], 15,
                             'a guest that fills the window')
            console.guest.call('fill', color='#204060')
            for check in (check_motion, check_ways_out, check_modes):
                with tap.guard(check.__name__):
                    check(desktop, console)
    tap.finish()


if __name__ == '__main__':
    main()
