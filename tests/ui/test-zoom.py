#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Zooming, panning and turning the picture: every pixel where it belongs, and the pointer on the pixel that is seen."""

import sys
from pathlib import Path

import numpy
from gi.repository import GLib

sys.path.insert(0, str(Path(__file__).parent))
from console import EV_KEY, Console, noise, program                  # noqa: E402
from harness import BTN_LEFT, Desktop                                  # noqa: E402
from tap import Tap                                                    # noqa: E402

WIDTH, HEIGHT = 1920, 1200
SCALES = 1, 1.25, 1.5, 2
tap = Tap()


def turned(picture, turns):
    """Turned clockwise."""
    return numpy.ascontiguousarray(numpy.rot90(picture, -turns))


def to_view(x, y, size, turns):
    """Where the guest's pixel (x, y) is in its picture turned clockwise."""
    width, height = size
    return [(x, y), (height - 1 - y, x), (width - 1 - x, height - 1 - y), (y, width - 1 - x)][turns]


def cut(picture, factor, left, top, width=WIDTH, height=HEIGHT):
    """What a view shows of a picture that is enlarged, from (left, top) of the enlarged one on."""
    large = picture.repeat(factor, axis=0).repeat(factor, axis=1)
    return large[top:top + height, left:left + width]


def wait_turned(console, size, seed, turns):
    console.wait_guest_size(*size)
    console.show_noise(seed)
    picture = turned(noise(*size, seed), turns)
    console.wait_view(picture, f'the picture turned {turns} times')


def check_turns(desktop, console):
    """In full screen, the guest follows."""
    for scale in SCALES:
        desktop.set_scale(scale)
        for turns in (1, 2, 3, 0):
            size = (WIDTH, HEIGHT) if turns % 2 == 0 else (HEIGHT, WIDTH)
            with tap.test(f'turned {turns * 90}°, every pixel is exact at scale {scale}, and the guest\'s mode is turned'):
                console.actions.activate('rotate-right')
                wait_turned(console, size, turns + 10, turns)
            with tap.test(f'turned {turns * 90}°, the pointer is on the very pixel at scale {scale}'):
                check_pointer(desktop, console, size, turns, 1, 0, 0)
    desktop.set_scale(1)


def check_pointer(desktop, console, size, turns, factor, left, top):
    """Points at guest pixels in a view that shows the enlarged picture from (left, top) of it on."""
    view = size if turns % 2 == 0 else size[::-1]
    hits = 0
    for x in (0, 1, 333, view[0] // 2, view[0] - 1):
        for y in (0, 1, 222, view[1] // 2, view[1] - 1):
            guest = to_view(x, y, view, (4 - turns) % 4)
            at = x * factor - left, y * factor - top
            if factor > 1 and not (40 <= at[0] < WIDTH - 40 and 40 <= at[1] < HEIGHT - 40):
                continue                                               # not there, or where the picture is pushed
            desktop.move(at[0] + .5, at[1] + .5)
            desktop.wait_for(lambda: console.pointer() == guest, 5, f'the pointer at {guest}')
            hits += 1
    assert hits, 'no point was tried'


def check_zoom(desktop, console):
    """By keys and actions."""
    picture = noise(WIDTH, HEIGHT, 3)
    console.show_noise(3)
    for scale in SCALES:
        desktop.set_scale(scale)
        console.wait_view(picture, 'the whole picture')
        with tap.test(f'two steps show the middle twice as large, every pixel exact, at scale {scale}'):
            desktop.type('Ctrl+Alt+equal', 'Ctrl+Alt+Shift+equal')
            console.wait_view(cut(picture, 2, WIDTH // 2, HEIGHT // 2), 'the middle')
        with tap.test(f'the pointer is on the very pixel when zoomed, at scale {scale}'):
            check_pointer(desktop, console, (WIDTH, HEIGHT), 0, 2, WIDTH // 2, HEIGHT // 2)
        with tap.test(f'keys move it by exact pixels, up to its corner, at scale {scale}'):
            desktop.type('Ctrl+Alt+Right')
            console.wait_view(cut(picture, 2, WIDTH // 2 + WIDTH // 8, HEIGHT // 2), 'the picture an eighth further')
            desktop.type(*['Ctrl+Alt+Right'] * 8, *['Ctrl+Alt+Down'] * 8)
            console.wait_view(cut(picture, 2, WIDTH, HEIGHT), 'the lower right corner')
            desktop.type(*['Ctrl+Alt+Up'] * 9)
            console.wait_view(cut(picture, 2, WIDTH, 0), 'the upper right corner')
        for turns in (1, 2, 3):
            with tap.test(f'zoomed and turned {turns * 90}°, every pixel is exact at scale {scale}'):
                console.actions.activate('rotate-right')
                desktop.type(*['Ctrl+Alt+Left'] * 9, *['Ctrl+Alt+Up'] * 17)
                console.wait_view(cut(turned(picture, turns), 2, 0, 0), f'the corner, turned {turns * 90}°')
            with tap.test(f'zoomed and turned {turns * 90}°, the pointer is on the very pixel at scale {scale}'):
                check_pointer(desktop, console, (WIDTH, HEIGHT), turns, 2, 0, 0)
        with tap.test(f'back: upright, the whole picture, and the guest never changed its mode, at scale {scale}'):
            console.actions.activate('rotate-reset')
            desktop.type('Ctrl+Alt+0')
            console.wait_view(picture, 'the whole picture')
    desktop.set_scale(1)


def check_limits(desktop, console):
    picture = noise(WIDTH, HEIGHT, 3)
    console.show_noise(3)
    console.wait_view(picture, 'the whole picture')
    with tap.test('sixteen times is the largest, and the way back leads to the whole picture'):
        desktop.type(*['Ctrl+Alt+equal'] * 20)
        console.wait_view(cut(picture, 16, WIDTH * 15 // 2, HEIGHT * 15 // 2), 'the middle sixteen times as large')
        assert not console.actions.enabled('zoom-in')
        desktop.type(*['Ctrl+Alt+minus'] * 20)
        console.wait_view(picture, 'the whole picture')
        assert not console.actions.enabled('zoom-out') and not console.actions.enabled('zoom-fit')
    with tap.test('the keys that zoom and move are not the guest\'s; the arrows are when there is nothing to move'):
        console.listen()
        desktop.press('a')
        console.guest.wait_event('input', 15, lambda report: [EV_KEY, 30, 0] in report['events'])
        console.guest.events.clear()                                   # all earlier keys have arrived
        chord = [(EV_KEY, 29, 1), (EV_KEY, 56, 1), (EV_KEY, 56, 0), (EV_KEY, 29, 0)]
        for combination in ('Ctrl+Alt+equal', 'Ctrl+Alt+Left', 'Ctrl+Alt+0'):
            desktop.type(combination)
            console.expect_input({EV_KEY}, chord)
        desktop.type('Ctrl+Alt+Left')
        console.expect_input({EV_KEY}, chord[:2] + [(EV_KEY, 105, 1), (EV_KEY, 105, 0)] + chord[2:])


def check_modes(desktop, console):
    picture = noise(WIDTH, HEIGHT, 5)
    console.show_noise(5)
    with tap.test('a zoomed guest keeps its mode when the window changes, and follows it when zoomed out'):
        desktop.type('Ctrl+Alt+equal', 'Ctrl+Alt+equal')
        middle = cut(picture, 2, WIDTH // 2, HEIGHT // 2)
        console.wait_view(middle, 'the middle')
        console.actions.activate('fullscreen')
        desktop.wait_picture(lambda shot: not numpy.array_equal(shot[:30], middle[:30]), 10, 'the end of full screen')
        desktop.manage_window('maximize')
        desktop.wait_picture(lambda shot: view_height(shot, picture), 15, 'the middle below the header bar')
        assert console.guest_size() == (WIDTH, HEIGHT), console.guest_size()
        desktop.type('Ctrl+Alt+0')
        console.wait_fitting(5, 1)
        console.actions.activate('fullscreen')
        console.wait_guest_size(WIDTH, HEIGHT)
    with tap.test('another mode keeps the factor and the centre'):
        console.show_noise(5)
        console.wait_view(picture, 'the whole picture')
        desktop.type('Ctrl+Alt+equal', 'Ctrl+Alt+equal')
        for width, height in ((1280, 800), (960, 600), (1600, 1000)):
            console.guest.call('mode', width=width, height=height)
            console.show_noise(6)
            console.wait_view(cut(noise(width, height, 6), 2, width - WIDTH // 2, height - HEIGHT // 2),
                              f'the middle of {width}x{height}')
        console.guest.call('follow', on=True)
        desktop.type('Ctrl+Alt+0')
        console.wait_guest_size(WIDTH, HEIGHT)


def view_height(shot, picture):
    """How high a view at the bottom of the monitor is that shows the middle of the picture twice as large, or None."""
    for height in range(HEIGHT - 70, HEIGHT - 30):
        top = (2 * HEIGHT - height + 1) // 2
        if numpy.array_equal(shot[-height:], cut(picture, 2, WIDTH // 2, top, WIDTH, height)):
            return height
    return None


def check_edges(desktop, console):
    picture = noise(WIDTH, HEIGHT, 7)
    console.show_noise(7)
    console.wait_view(picture, 'the whole picture')
    desktop.move(WIDTH / 2 + .5, HEIGHT / 2 + .5)
    desktop.type('Ctrl+Alt+equal', 'Ctrl+Alt+equal')
    console.wait_view(cut(picture, 2, WIDTH // 2, HEIGHT // 2), 'the middle')
    for what, at, left, top in (('right', (WIDTH - .5, 600.5), WIDTH, 600), ('left', (.5, 600.5), 0, 600),
                                ('bottom', (500.5, HEIGHT - .5), 0, HEIGHT), ('top', (500.5, 6.5), 0, 0)):
        with tap.test(f'at the {what} edge the pointer pushes the picture to its end'):
            desktop.move(*at)
            console.wait_view(cut(picture, 2, left, top), f'the {what} end')
        with tap.test(f'the guest\'s pointer is where one points then, at the {what} edge'):
            guest = int(at[0] + left) // 2, int(at[1] + top) // 2
            desktop.wait_for(lambda: console.pointer() == guest, 5, f'the pointer at {guest}')
    with tap.test('a pointer that leaves the edge stops the picture'):
        desktop.move(WIDTH - .5, 600.5)
        desktop.wait_picture(lambda shot: not numpy.array_equal(shot, cut(picture, 2, 0, 0)), 10, 'a move')
        desktop.move(WIDTH / 2, HEIGHT / 2)
        desktop.wait_settled()
    desktop.type('Ctrl+Alt+0')


def check_touch(desktop, console):
    picture = noise(WIDTH, HEIGHT, 8)
    console.show_noise(8)
    for scale in (1, 1.5):
        desktop.set_scale(scale)
        console.wait_view(picture, 'the whole picture')
        console.listen()
        with tap.test(f'two fingers spread make the picture larger, from where they are, at scale {scale}'):
            desktop.touch_down(0, 800, 400)
            desktop.touch_down(1, 1120, 400)
            for step in range(1, 9):
                desktop.touch_motion(0, 800 - step * 20, 400)
                desktop.touch_motion(1, 1120 + step * 20, 400)
            console.wait_view(cut(picture, 2, 960, 400), 'the picture twice as large')
        with tap.test(f'moved, they take it along, at scale {scale}'):
            desktop.touch_motion(0, 640 + 100, 450)
            desktop.touch_motion(1, 1280 + 100, 450)
            console.wait_view(cut(picture, 2, 860, 350), 'the moved picture')
        with tap.test(f'a third finger changes nothing, and none is a click in the guest, at scale {scale}'):
            desktop.touch_down(2, 1000, 900)
            desktop.touch_up(0)
            desktop.touch_motion(1, 1280 + 50, 500)
            desktop.touch_motion(2, 1000 - 50, 950)
            console.wait_view(cut(picture, 2, 910, 300), 'the picture moved by others')
            desktop.touch_up(1)
            desktop.touch_up(2)
            console.expect_input({EV_KEY}, [])
        with tap.test(f'one finger presses what is seen under it, at scale {scale}'):
            desktop.touch_down(0, 700.5, 700.5)
            console.expect_input({EV_KEY}, [(EV_KEY, BTN_LEFT, 1)])
            assert console.pointer() == (805, 500), console.pointer()
            desktop.touch_up(0)
            console.expect_input({EV_KEY}, [(EV_KEY, BTN_LEFT, 0)])
        with tap.test(f'a short tap is a whole click, at scale {scale}'):
            desktop.touch_down(0, 700.5, 700.5)
            desktop.touch_up(0)
            console.expect_input({EV_KEY}, [(EV_KEY, BTN_LEFT, 1), (EV_KEY, BTN_LEFT, 0)])
        with tap.test(f'two taps with three fingers show the whole picture, at scale {scale}'):
            for _ in range(2):
                for finger in range(3):
                    desktop.touch_down(finger, 700 + finger * 150, 600)
                for finger in range(3):
                    desktop.touch_up(finger)
            console.wait_view(picture, 'the whole picture')
            console.expect_input({EV_KEY}, [])
        with tap.test(f'pinched together, the picture is not smaller than the view, at scale {scale}'):
            desktop.touch_down(0, 600, 600)
            desktop.touch_down(1, 1200, 600)
            desktop.touch_motion(0, 860, 600)
            desktop.touch_motion(1, 920, 600)
            desktop.touch_up(0)
            desktop.touch_up(1)
            desktop.wait_settled()
            console.wait_view(picture, 'the whole picture')
    desktop.set_scale(1)


def blended(picture, factor):
    """Enlarged with linear filtering."""
    out = picture.astype(float)
    for axis in (0, 1):
        size = round(out.shape[axis] * factor)
        at = numpy.clip((numpy.arange(size) + .5) / factor - .5, 0, out.shape[axis] - 1)
        low = numpy.floor(at).astype(int)
        high = numpy.minimum(low + 1, out.shape[axis] - 1)
        part = (at - low).reshape([-1 if dimension == axis else 1 for dimension in range(3)])
        out = out.take(low, axis) * (1 - part) + out.take(high, axis) * part
    return out


def squares(picture, factor):
    """Enlarged without a filter."""
    for axis in (0, 1):
        size = round(picture.shape[axis] * factor)
        picture = picture.take(((numpy.arange(size) + .5) / factor).astype(int), axis)
    return picture


def without_ties(picture, factor):
    """What of a picture thus enlarged does not lie between two pixels of the guest, where either would be right."""
    for axis in (0, 1):
        at = (numpy.arange(picture.shape[axis]) + .5) / factor
        picture = picture.compress(abs(at - numpy.round(at)) > 1e-6, axis)
    return picture


def check_filters(desktop, console):
    expected = {'sharp': squares, 'smooth': blended}
    for width, height, automatic in ((960, 600, 'sharp'), (1280, 800, 'smooth')):
        factor = WIDTH / width
        console.guest.call('mode', width=width, height=height)
        console.show_noise(4)
        for choice in ('automatic', 'sharp', 'smooth', 'automatic'):
            kind = automatic if choice == 'automatic' else choice
            with tap.test(f'{choice} at {factor}: {kind} pixels'):
                console.actions.change_state('scaling', GLib.Variant('s', choice))
                right = without_ties(expected[kind](noise(width, height, 4), factor).astype(float), factor)
                error = 0 if kind == 'sharp' else 6                    # weights are rounded, to 128ths or so
                desktop.wait_picture(lambda shot: abs(without_ties(shot, factor) - right).max() <= error, 10,
                                     f'{kind} pixels')
    console.guest.call('follow', on=True)
    console.wait_guest_size(WIDTH, HEIGHT)


def check_cursor(desktop, console):
    console.guest.call('fill', color='#000000')
    console.guest.call('cursor', width=24, height=32, hot_x=3, hot_y=5, pattern='arrow', color='#ffffffff', x=900, y=500)
    desktop.move(960.5, 600.5)
    upright = wait_cursor(desktop, console, (960 - 3, 600 - 5, 24, 32), None)
    places = {1: (960 - 26, 600 - 3, 32, 24), 2: (960 - 20, 600 - 26, 24, 32), 3: (960 - 5, 600 - 20, 32, 24)}
    for turns, place in places.items():
        with tap.test(f'the guest\'s pointer is turned with its picture, about its hot spot, {turns * 90}°'):
            console.actions.activate('rotate-right')
            wait_cursor(desktop, console, place, turned(upright, turns))
    console.actions.activate('rotate-reset')
    console.guest.call('card')


def wait_cursor(desktop, console, place, expected):
    """The pointer's image at (x, y, width, height) of the monitor, black all around it, once it is what is expected."""
    x, y, width, height = place
    seen = []

    def is_there(_):
        shot = desktop.screenshot(cursor=True)
        image = shot[y:y + height, x:x + width].copy()
        around = shot[y - 100:y + 130, x - 100:x + 130].copy()
        around[100:100 + height, 100:100 + width] = 0
        seen[:] = [image]
        return not around.any() and image.any() and (expected is None or numpy.array_equal(image, expected))
    desktop.wait_picture(is_there, 10, 'the pointer\'s image')
    return seen[0]


def badge(desktop):
    return [node.name for node in desktop.accessible().find_all('label')
            if '\u202f%' in node.name and 'showing' in node.states]


def check_menu(desktop, console):
    """Not in full screen."""
    def press(role, name):
        desktop.wait_for(lambda: shown(desktop, role, name), 10, name).act()

    console.actions.activate('fullscreen')
    desktop.wait_for(lambda: console.guest_size()[1] < HEIGHT, 15, 'the end of full screen')
    with tap.test('the menu shows the factor, and zooms as often as one likes'):
        console.actions.activate('menu')
        press('menu item', 'View')
        desktop.wait_for(lambda: shown(desktop, 'button', '100\u202f%'), 10, 'the factor')
        press('button', 'Zoom In')
        desktop.wait_for(lambda: shown(desktop, 'button', '150\u202f%'), 10, 'the new factor')
        press('button', 'Zoom In')
        press('button', '200\u202f%')
        desktop.wait_for(lambda: shown(desktop, 'button', '100\u202f%'), 10, 'the whole picture')
    with tap.test('it turns the picture, and the guest follows'):
        width, height = console.guest_size()
        press('menu item', 'Rotate Left')
        console.wait_guest_size(height, width)
        console.actions.activate('rotate-reset')
        console.wait_guest_size(width, height)
    with tap.test('a badge tells the factor, and goes'):
        desktop.wait_for(lambda: not badge(desktop), 10, 'no badge')

        def zoomed_badge():
            """It is there for a second only, in which a busy computer may not get to look."""
            console.actions.activate('zoom-fit')
            console.actions.activate('zoom-in')
            return badge(desktop)
        assert desktop.wait_for(zoomed_badge, 20, 'the badge') == ['150\u202f%']
        desktop.wait_for(lambda: not badge(desktop), 10, 'the badge to go')
        console.actions.activate('zoom-fit')
    with tap.test('outside the picture the same keys zoom'):
        desktop.press('Ctrl', 'Alt')
        desktop.wait_for(lambda: any('focused' in node.states and node.name == 'Main Menu'
                                     for node in desktop.accessible().walk()), 10, 'the focus on the header bar')
        desktop.type('Ctrl+Alt+equal')
        desktop.wait_for(lambda: console.actions.enabled('zoom-fit'), 10, 'the zoomed picture')
        desktop.type('Ctrl+Alt+0')
        desktop.wait_for(lambda: not console.actions.enabled('zoom-fit'), 10, 'the whole picture')


def shown(desktop, role, name):
    return next((node for node in desktop.accessible().find_all(None, name)
                 if role in node.role and 'showing' in node.states), None)


def main():
    if not program().exists():
        tap.skip_all(f'{program()} is not built')
    checks = [check_turns, check_zoom, check_limits, check_modes, check_edges, check_touch, check_filters, check_cursor,
              check_menu]
    wanted = [check for check in checks if not sys.argv[1:] or check.__name__.removeprefix('check_') in sys.argv[1:]]
    with Desktop(size=(WIDTH, HEIGHT), raw_keys=True) as desktop:
        # Two fingers zoom where they are the guest's pointer; one presses at once where nothing else can come of it.
        console = Console(desktop, options={'touch-mode': 'pointer', 'long-press': False})
        console.dismiss_banner()
        console.actions.activate('fullscreen')
        console.wait_guest_size(WIDTH, HEIGHT)
        for check in wanted:
            with tap.guard(check.__name__):
                check(desktop, console)
    tap.finish()


if __name__ == '__main__':
    main()
