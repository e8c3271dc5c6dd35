#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""The console window from end to end: input from the compositor to the guest, the guest's pixels to the monitor."""

import os
import signal
import sys
from pathlib import Path

import numpy

sys.path.insert(0, str(Path(__file__).parent))
import keys                                                            # noqa: E402
from console import EV_KEY, TITLE, Console, letterboxed, noise, program  # noqa: E402
from harness import (BTN_EXTRA, BTN_LEFT, BTN_MIDDLE, BTN_RIGHT, BTN_SIDE, Desktop)  # noqa: E402
from tap import Tap                                                    # noqa: E402

WIDTH, HEIGHT = 1920, 1200
SCALES = 1, 1.25, 1.5, 2
# Luminance by Rec. 709, and half as bright: what is no longer live.
GREY = numpy.array([.11, .36, .04])
OTHER_WINDOW = ('import gi\ngi.require_version("Gtk", "4.0")\nfrom gi.repository import GLib, Gtk\n'
                'Gtk.Window(title="Other").present()\nGLib.MainLoop().run()')
tap = Tap()


def check_pixels(desktop, console):
    console.dismiss_banner()
    with tap.test('in full screen the guest takes the monitor\'s size in device pixels'):
        console.actions.activate('fullscreen')
        console.wait_guest_size(WIDTH, HEIGHT)
    console.show_noise(1)
    for scale in SCALES + SCALES[:1]:
        with tap.test(f'every pixel is exact in full screen at scale {scale}'):
            desktop.set_scale(scale)
            console.wait_view(noise(WIDTH, HEIGHT, 1), f'exact pixels at scale {scale}')
            assert console.guest_size() == (WIDTH, HEIGHT), console.guest_size()


def check_top_edge(desktop, console):
    """Where the hidden header bar waits for a pointer that rests, the guest has hot corners and menus."""
    with tap.test('in full screen the pointer reaches the guest\'s topmost row, and its corners'):
        for x in (WIDTH // 2, 0, WIDTH - 1):
            desktop.move(x + .5, HEIGHT / 2)
            desktop.wait_for(lambda: console.pointer() == (x, HEIGHT // 2), 5, 'the pointer half-way down')
            desktop.move(x + .5, 0)
            desktop.wait_for(lambda: console.pointer() == (x, 0), 5, f'the pointer at {x},0')
        desktop.move(WIDTH / 2, HEIGHT / 2)


def check_formats(desktop, console):
    for fourcc in console.guest.call('hello')['formats']:
        with tap.test(f'every pixel is exact in the guest\'s format {fourcc}'):
            console.guest.call('format', fourcc=fourcc)
            console.show_noise(2)
            console.wait_view(noise(WIDTH, HEIGHT, 2), f'exact pixels in {fourcc}')
    console.guest.call('format', fourcc='XR24')


def check_resolutions(desktop, console):
    """The guest chooses its own resolutions, one after the other."""
    for scale in (1, 1.5):
        desktop.set_scale(scale)
        for factor in (2, 3, 4, 1):
            size = WIDTH // factor, HEIGHT // factor
            with tap.test(f'{size[0]}x{size[1]} is enlarged {factor} times exactly at scale {scale}'):
                console.guest.call('mode', width=size[0], height=size[1])
                console.show_noise(factor)
                console.wait_view(letterboxed(noise(*size, factor), WIDTH, HEIGHT), 'the enlarged picture')
        with tap.test(f'a narrower picture has pure black beside it at scale {scale}'):
            console.guest.call('mode', width=800, height=600)
            console.show_noise(9)
            console.wait_view(letterboxed(noise(800, 600, 9), WIDTH, HEIGHT), 'the picture between bars')
        with tap.test(f'a wider picture has pure black above and below it at scale {scale}'):
            console.guest.call('mode', width=960, height=400)
            console.show_noise(10)
            console.wait_view(letterboxed(noise(960, 400, 10), WIDTH, HEIGHT), 'the picture between bars')
        with tap.test(f'enlarged by a fraction, colours and bars stay pure at scale {scale}'):
            console.guest.call('mode', width=1024, height=768)
            console.guest.call('fill', color='#4080c0')
            expected = numpy.zeros((HEIGHT, WIDTH, 3), numpy.uint8)
            expected[:, 160:1760] = 0x40, 0x80, 0xc0
            console.wait_view(expected, 'the colour between bars')
    desktop.set_scale(1)
    console.guest.call('follow', on=True)
    console.wait_guest_size(WIDTH, HEIGHT)


def check_window(desktop, console):
    """Not in full screen: a header bar above, and the guest as large as what is left, in device pixels."""
    console.actions.activate('fullscreen')
    desktop.wait_for(lambda: console.guest_size()[1] < HEIGHT, 15, 'the end of full screen')
    desktop.manage_window('maximize')
    console.show_noise(20)
    for scale in SCALES:
        with tap.test(f'the guest fits a window at scale {scale}, and every pixel is exact'):
            desktop.set_scale(scale)
            console.wait_fitting(20, scale)
        with tap.guard(f'the pointer in a window at scale {scale}'):
            check_pointer(desktop, console, scale)


def check_keys(desktop, console):
    console.listen()
    with tap.test('all keys of a 105-key board arrive as sent'):
        wrong = []
        for name, code in keys.BOARD_105.items():
            desktop.press(name)
            try:
                console.expect_input({EV_KEY}, [(EV_KEY, code, 1), (EV_KEY, code, 0)])
            except AssertionError as error:
                wrong.append(f'{name}: {error}')
        assert not wrong, '\n'.join(wrong)
    with tap.test('media keys arrive as sent'):
        wrong = []
        for name in ('Mute', 'VolumeDown', 'VolumeUp', 'NextSong', 'PlayPause', 'PreviousSong'):
            code = keys.code(name)
            desktop.press(name)
            try:
                console.expect_input({EV_KEY}, [(EV_KEY, code, 1), (EV_KEY, code, 0)])
            except AssertionError as error:
                wrong.append(f'{name}: {error}')
        assert not wrong, '\n'.join(wrong)
    for combination in ('Shift+a', 'Alt+Tab', 'Super+l', 'Alt+F4', 'Ctrl+w', 'Ctrl+q', 'Ctrl+Alt+F2', 'F11'):
        with tap.test(f'{combination} is the guest\'s'):
            desktop.type(combination)
            codes = [keys.code(name) for name in combination.split('+')]
            console.expect_input({EV_KEY}, [(EV_KEY, code, 1) for code in codes] +
                                 [(EV_KEY, code, 0) for code in reversed(codes)])
    with tap.test('a key that is down when the focus goes is lifted in the guest'):
        desktop.key_down('a')
        console.expect_input({EV_KEY}, [(EV_KEY, 30, 1)])
        other = desktop.launch([sys.executable, '-c', OTHER_WINDOW])
        console.guest.wait_event('input', 15, lambda report: [EV_KEY, 30, 0] in report['events'])
        desktop.key_up('a')
        other.stop()


def check_pointer(desktop, console, scale):
    width, height = console.guest_size()
    top = HEIGHT - height
    points = [(x, y) for y in (0, 1, height // 3, height // 2, height - 2, height - 1)
              for x in (0, 1, 333, width // 2, width - 2, width - 1)]
    with tap.test(f'the pointer is on the very pixel, corners too, at scale {scale}'):
        for x, y in points:
            desktop.move(x + .5, top + y + .5)                         # a pixel's middle: Wayland rounds to 1/256
            desktop.wait_for(lambda: console.pointer() == (x, y), 5, f'the pointer at {x},{y}')


def check_buttons(desktop, console):
    desktop.move(WIDTH / 2, HEIGHT / 2)
    desktop.wait_for(lambda: console.pointer()[0] == WIDTH // 2, 5, 'the pointer in the middle')
    console.listen()
    for what, codes in (('left, right and middle button', (BTN_LEFT, BTN_RIGHT, BTN_MIDDLE)),
                        ('back and forward button', (BTN_SIDE, BTN_EXTRA))):
        with tap.test(f'the {what} arrive as sent'):
            for code in codes:
                desktop.button_down(code)
                desktop.button_up(code)
                console.expect_input({EV_KEY}, [(EV_KEY, code, 1), (EV_KEY, code, 0)])
    with tap.test('each notch of the wheel arrives, and no more'):
        for steps in (1, -1, 3, -5):
            desktop.wheel(steps)
            console.expect_notches(-steps)


def check_power(desktop, console):
    desktop.set_scale(1)
    console.show_noise(30)
    console.wait_fitting(30, 1)
    width, height = console.guest_size()
    live = noise(width, height, 30)
    console.wait_view(live, 'the live picture')
    with tap.test('a paused machine shows its picture greyed'):
        console.actions.activate('pause')
        desktop.wait_for(lambda: console.actions.enabled('resume'), 10, 'the pause')
        wait_grey(desktop, live)
    with tap.test('resumed, it lives on with every pixel exact'):
        console.actions.activate('resume')
        desktop.wait_for(lambda: console.actions.enabled('pause'), 10, 'the machine')
        console.guest.call('ping')
        console.wait_view(live, 'the live picture')
    with tap.test('when QEMU dies, the last picture stays, greyed, with what happened'):
        os.kill(console.qemu_pid(), signal.SIGKILL)
        again = desktop.wait_for(lambda: desktop.accessible().find('button', 'Start Again'), 15, 'Start Again')
        assert desktop.accessible().find('label', f'{TITLE} Ended Unexpectedly'), desktop.accessible().outline()
        wait_grey(desktop, live)
    with tap.test('Start Again starts it again'):
        again.act()
        console.connect()
        console.dismiss_banner()
        console.show_noise(31)
        console.wait_fitting(31, 1)


def wait_grey(desktop, live):
    """The outer tenth of the picture must be grey; in the middle lies what tells the user about it."""
    height, width, _ = live.shape
    grey = (live @ GREY)[:, :, None]
    border = numpy.ones((height, width), bool)
    border[height // 10:-height // 10, width // 10:-width // 10] = False
    desktop.wait_picture(lambda picture: (abs(picture[-height:] - grey).max(axis=2)[border] <= 2).all(), 10,
                         'a greyed picture')


def main():
    if not program().exists():
        tap.skip_all(f'{program()} is not built')
    with Desktop(size=(WIDTH, HEIGHT), raw_keys=True) as desktop:
        console = Console(desktop)
        for check in (check_pixels, check_top_edge, check_formats, check_resolutions, check_keys, check_window, check_buttons,
                      check_power):
            with tap.guard(check.__name__):
                check(desktop, console)
        with tap.test('the window closes, and nothing of it is left'):
            desktop.manage_window('close')
            assert console.app.wait(15) == 0
            assert not list(Path(desktop.runtime, 'diorama').glob('*/*'))
    tap.finish()


if __name__ == '__main__':
    main()
