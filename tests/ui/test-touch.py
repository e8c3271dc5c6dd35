#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Fingers: the guest's own, to the part of a pixel; its pointer; the host's gestures. First against a display of the
test's that keeps each call, then in a Linux guest, event by event."""

import contextlib
import random
import sys
import time
from pathlib import Path

import numpy
from gi.repository import GLib

sys.path.insert(0, str(Path(__file__).parent))
from console import Console, environment, noise, program, window_actions       # noqa: E402
from display import Display                                            # noqa: E402
from harness import BTN_LEFT, BTN_RIGHT, Desktop                       # noqa: E402
from tap import Tap                                                    # noqa: E402

WIDTH, HEIGHT = 1920, 1200
SCALES = 1, 1.25, 1.5, 2
BEGIN, UPDATE, END = range(3)
LEFT, MIDDLE, RIGHT, WHEEL_UP, WHEEL_DOWN = range(5)
KEY_A = 30
SYNC = KEY_A + 10                # a key that nothing else presses
EV_ABS = 3
SLOT, TRACKING_ID, POSITION_X, POSITION_Y = 0x2f, 0x39, 0x35, 0x36
HANDLE_TIME = 3.5                # seconds: it goes after three
TOGETHER = .15                   # seconds: longer than three fingers may take to count as come together
tap = Tap()


class Attached:
    """Diorama in full screen, attached to a display that keeps what it is told."""

    def __init__(self, desktop, touch):
        self.desktop, self.display = desktop, Display(desktop, touch=touch)
        self.app = desktop.launch([program(), 'attach'], environment())
        self.display.wait_listener()
        self.actions = window_actions(desktop, self.app)
        self.turns, self.size, self.actual = 0, (0, 0), False
        desktop.wait_window()
        desktop.manage_window('toggle-fullscreen')
        self.show(640, 400)

    def show(self, width, height, turns=0, actual=False):
        """A picture of that size, turned and, if it is to be seen at its actual size, larger than the screen."""
        self.size, self.turns, self.actual = (width, height), turns, actual
        self.display.scanout(numpy.full((height, width, 3), (40, 90, 60), numpy.uint8))
        self.actions.activate('zoom-actual' if actual else 'zoom-fit')
        self.actions.activate('rotate-reset')
        for _ in range(turns):
            self.actions.activate('rotate-right')
        left, top, factor = self.place()
        across, down = self.turned()
        self.desktop.wait_picture(lambda shot: _covers(shot, left, top, across * factor, down * factor), 15,
                                  f'a picture of {width}x{height}, turned {turns} times')
        self.clear()

    def turned(self):
        return self.size if self.turns % 2 == 0 else self.size[::-1]

    def place(self):
        """Where the picture is on the monitor, and how large its pixels are."""
        across, down = self.turned()
        factor = 1 if self.actual else min(WIDTH / across, HEIGHT / down)
        return (WIDTH - across * factor) / 2, (HEIGHT - down * factor) / 2, factor

    def to_guest(self, x, y):
        """The guest's point at this one of the monitor, or at the nearest edge of what is seen."""
        left, top, factor = self.place()
        across, down = self.turned()
        x = min(max(x, left, 0), left + across * factor, WIDTH)
        y = min(max(y, top, 0), top + down * factor, HEIGHT)
        x, y = (x - left) / factor, (y - top) / factor
        width, height = self.size
        return ((x, y), (y, height - x), (width - x, height - y), (width - y, x))[self.turns]

    # -- what the guest is told --------------------------------------------------------------------------------------

    def clear(self):
        """Forgets what came, and all that is on its way."""
        self.sync()
        self.display.heard.clear()

    def sync(self):
        """Everything that was done so far has arrived: a key comes after it."""
        count = self.display.input.count(('Release', SYNC))
        self.desktop.press(SYNC)
        self.desktop.wait_for(lambda: self.display.input.count(('Release', SYNC)) > count, 10, 'a key')

    def told(self, *methods):
        return [call for call in self.display.input if call[0] in methods and call[1:] != (SYNC,)]

    def expect_touches(self, expected):
        """Exactly (kind, slot, x, y) of `expected`, x and y to a 40th of a pixel and on that very pixel."""
        try:
            self.desktop.wait_for(lambda: len(self.told('SendEvent')) >= len(expected), 5, 'touches')
        except TimeoutError:
            pass
        self.sync()
        got = [call[1:] for call in self.told('SendEvent')]
        self.display.heard.clear()
        assert len(got) == len(expected), f'{got} instead of {expected}'
        for one, other in zip(got, expected):
            assert one[:2] == other[:2], f'{one} instead of {other}, in {got}'
            assert max(abs(one[2] - other[2]), abs(one[3] - other[3])) < .025, f'{one} instead of {other}'
            assert 0 <= one[2] < self.size[0] and 0 <= one[3] < self.size[1], f'{one} is outside'

    def expect_mouse(self, expected):
        """Exactly these buttons, as (button, whether down), and after each the last place, if it is given."""
        got, place = [], None
        try:
            self.desktop.wait_for(lambda: len(self._buttons()) >= len(expected), 5, 'buttons')
        except TimeoutError:
            pass
        self.sync()
        got = self._buttons()
        self.display.heard.clear()
        assert len(got) == len(expected), f'{got} instead of {expected}'
        for (button, down, place), (other, wanted, *at) in zip(got, expected):
            assert (button, down) == (other, wanted) and (not at or place == at[0]), f'{got} instead of {expected}'

    def _buttons(self):
        got, place = [], None
        for call in self.told('Press', 'Release', 'SetAbsPosition'):
            if call[0] == 'SetAbsPosition':
                place = call[1:]
            else:
                got.append((call[1], call[0] == 'Press', place))
        return got

    def pixel(self, x, y):
        return tuple(int(part) for part in self.to_guest(x, y))


def _covers(shot, left, top, width, height):
    """The green picture fills this part of the monitor and no more; a pixel of tolerance at edges between pixels."""
    green = (abs(shot.astype(int) - (40, 90, 60)).max(axis=2) <= 1)
    rows, columns = green.any(axis=1).nonzero()[0], green.any(axis=0).nonzero()[0]
    if not len(rows):
        return False
    seen = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    wanted = max(left, 0), max(top, 0), min(left + width, WIDTH), min(top + height, HEIGHT)
    return all(abs(one - other) <= 1 for one, other in zip(seen, wanted))


@contextlib.contextmanager
def fingers(desktop, what):
    """A test that leaves no finger down, whatever becomes of it."""
    with tap.test(what):
        try:
            yield
        finally:
            for finger in sorted(desktop.touches):
                desktop.touch_up(finger)


# -- the guest's fingers ---------------------------------------------------------------------------------------------

def put_down(attached, points):
    """Fingers 0, 1, …, not together. Returns what the guest must be told."""
    expected = []
    for finger, point in enumerate(points):
        attached.desktop.touch_down(finger, *point)
        expected.append((BEGIN, finger, *attached.to_guest(*point)))
        if finger == 1:
            attached.desktop.wait_out(TOGETHER, 'the time of a gesture')
    return expected


def check_places(attached):
    """Ten fingers at once, at all scales, wherever and however the picture lies."""
    chosen = random.Random(4)
    for number, (size, turns, actual) in enumerate((((640, 400), 0, False), ((640, 480), 0, False),
                                                    ((3840, 2400), 0, True), ((400, 640), 1, False),
                                                    ((480, 640), 3, False), ((2400, 1800), 2, True))):
        scale = SCALES[number % len(SCALES)]
        with fingers(attached.desktop, f'ten fingers on a picture of {size[0]}x{size[1]}, {"at its actual size" if actual else "whole"}, '
                      f'turned {turns} times, at scale {scale}'):
            attached.desktop.set_scale(scale)
            attached.show(*size, turns, actual)
            left, top, factor = attached.place()
            across, down = attached.turned()
            x0, x1 = max(left, 0) + 20, min(left + across * factor, WIDTH) - 20
            y0, y1 = max(top, 0) + 40, min(top + down * factor, HEIGHT) - 40
            points = [(chosen.uniform(x0, x1) // 1 + .3, chosen.uniform(y0, y1) // 1 + .6) for _ in range(10)]
            attached.expect_touches(put_down(attached, points))
            order = list(range(10))
            chosen.shuffle(order)
            expected = []
            for finger in order:
                point = points[finger][0] + chosen.randint(-15, 15), points[finger][1] + chosen.randint(1, 15)
                attached.desktop.touch_motion(finger, *point)
                expected.append((UPDATE, finger, *attached.to_guest(*point)))
                points[finger] = point
                attached.desktop.wait_for(lambda: len(attached.told('SendEvent')) == len(expected), 5, 'the motion')
            attached.expect_touches(expected)
            chosen.shuffle(order)
            for finger in order:
                attached.desktop.touch_up(finger)
            attached.expect_touches([(END, finger, *attached.to_guest(*points[finger])) for finger in order])
    attached.desktop.set_scale(1)
    attached.show(640, 400)


def check_slots(attached):
    desktop = attached.desktop
    with fingers(attached.desktop, 'fingers that come and go in turn have the lowest free slot each'):
        a, b, c = (300.5, 300.5), (600.5, 300.5), (900.5, 600.5)
        desktop.touch_down(0, *a)
        desktop.touch_down(1, *b)
        desktop.touch_up(0)
        desktop.touch_down(5, *c)
        desktop.touch_up(1)
        desktop.touch_down(0, *a)
        desktop.touch_up(5)
        desktop.touch_up(0)
        a, b, c = (attached.to_guest(*point) for point in (a, b, c))
        attached.expect_touches([(BEGIN, 0, *a), (BEGIN, 1, *b), (END, 0, *a), (BEGIN, 0, *c), (END, 1, *b),
                                 (BEGIN, 1, *a), (END, 0, *c), (END, 1, *a)])
    with fingers(attached.desktop, 'motion is thinned out to the frames, and its last place is not lost'):
        desktop.touch_down(0, 400.5, 400.5)
        for step in range(200):
            desktop.touch_motion(0, 401.5 + step, 400.5 + step)
        desktop.touch_up(0)
        end = attached.to_guest(600.5, 599.5)
        desktop.wait_for(lambda: any(call[1] == END for call in attached.told('SendEvent')), 5, 'the end')
        got = [call[1:] for call in attached.told('SendEvent')]
        attached.display.heard.clear()
        assert got[-1][2:] == got[-2][2:] and max(abs(got[-1][2] - end[0]), abs(got[-1][3] - end[1])) < .025, got[-2:]
        assert len(got) < 150, f'{len(got)} for 200 motions'
    attached.show(640, 480)
    left = attached.place()[0]
    with fingers(attached.desktop, 'a finger that leaves the picture stays at its edge'):
        desktop.touch_down(0, 500.5, 600.5)
        desktop.touch_motion(0, left - 60.5, 700.5)
        desktop.touch_up(0)
        begin, edge = attached.to_guest(500.5, 600.5), attached.to_guest(left - 60.5, 700.5)
        assert edge[0] == 0
        attached.expect_touches([(BEGIN, 0, *begin), (UPDATE, 0, *edge), (END, 0, *edge)])
    with fingers(attached.desktop, 'and comes back; at the far edge it is on the last pixel'):
        desktop.touch_down(0, 500.5, 600.5)
        attached.expect_touches([(BEGIN, 0, *begin)])
        desktop.touch_motion(0, WIDTH - left + 100.5, HEIGHT - .5)
        far = attached.to_guest(WIDTH - left + 100.5, HEIGHT - .5)
        attached.expect_touches([(UPDATE, 0, *far)])
        desktop.touch_motion(0, 500.5, 600.5)
        desktop.touch_up(0)
        attached.expect_touches([(UPDATE, 0, *begin), (END, 0, *begin)])
    with fingers(attached.desktop, 'one that began beside the picture is not the guest\'s, wherever it goes'):
        desktop.touch_down(0, left - 60.5, 600.5)
        desktop.touch_motion(0, 500.5, 600.5)
        desktop.touch_up(0)
        attached.expect_touches([])
    attached.show(640, 400)
    with fingers(attached.desktop, 'a picture of another size lifts them; they stay lifted'):
        expected = put_down(attached, [(300.5, 300.5), (600.5, 500.5)])
        attached.expect_touches(expected)
        lifted = [(END, slot, *attached.to_guest(*point)) for slot, point in enumerate([(300.5, 300.5), (600.5, 500.5)])]
        attached.display.scanout(numpy.full((480, 640, 3), (40, 90, 60), numpy.uint8))
        attached.expect_touches(lifted)
        desktop.touch_motion(0, 700.5, 600.5)
        desktop.touch_up(0)
        desktop.touch_up(1)
        attached.expect_touches([])
    attached.show(640, 400)
    with fingers(attached.desktop, 'so does a move to another monitor, where fingers are on what is seen, too'):
        attached.expect_touches(put_down(attached, [(300.5, 300.5), (600.5, 500.5)]))
        desktop.manage_window('move-to-monitor-right')
        attached.expect_touches(lifted)
        desktop.touch_up(0)
        desktop.touch_up(1)
        desktop.wait_picture(lambda shot: desktop.bounds(shot) is None, 10, 'an empty monitor')
        desktop.touch_down(3, 500.5, 600.5, monitor=1)
        desktop.touch_motion(3, 520.5, 640.5, monitor=1)
        desktop.touch_up(3)
        attached.expect_touches([(BEGIN, 0, 250.25, 300.25), (UPDATE, 0, 260.25, 320.25), (END, 0, 260.25, 320.25)])
        desktop.manage_window('move-to-monitor-left')
    attached.show(640, 400)
    with fingers(attached.desktop, 'so does a zoom'):
        attached.expect_touches(put_down(attached, [(300.5, 300.5), (600.5, 500.5)]))
        desktop.type('Ctrl+Alt+equal')
        attached.expect_touches(lifted)
        desktop.touch_up(0)
        desktop.touch_up(1)
        desktop.type('Ctrl+Alt+0')
    attached.show(640, 400)


def check_gestures(attached):
    desktop = attached.desktop
    with fingers(attached.desktop, 'three fingers that come together zoom the picture; what the guest saw of them is lifted'):
        for finger, x in enumerate((700.5, 960.5, 1220.5)):
            desktop.touch_down(finger, x, 600.5)
        a, b = attached.to_guest(700.5, 600.5), attached.to_guest(960.5, 600.5)
        attached.expect_touches([(BEGIN, 0, *a), (BEGIN, 1, *b), (END, 0, *a), (END, 1, *b)])
        for step in range(1, 14):
            desktop.touch_motion(0, 700.5 - step * 20, 600.5)
            desktop.touch_motion(2, 1220.5 + step * 20, 600.5)
        attached.actual = None
        desktop.wait_for(lambda: attached.actions.enabled('zoom-fit'), 5, 'a zoomed picture')
        attached.expect_touches([])
        for finger in range(3):
            desktop.touch_up(finger)
    with fingers(attached.desktop, 'two taps with three fingers show the whole picture'):
        for _ in range(2):
            for finger in range(3):
                desktop.touch_down(finger, 700.5 + finger * 150, 600.5)
            for finger in range(3):
                desktop.touch_up(finger)
        desktop.wait_for(lambda: not attached.actions.enabled('zoom-fit'), 5, 'the whole picture')
        attached.clear()
    with fingers(attached.desktop, 'a third finger that comes later is the guest\'s'):
        points = [(700.5, 600.5), (960.5, 600.5), (1220.5, 600.5)]
        attached.expect_touches(put_down(attached, points))
        for finger in range(3):
            desktop.touch_up(finger)
        attached.expect_touches([(END, slot, *attached.to_guest(*point)) for slot, point in enumerate(points)])
    with fingers(attached.desktop, 'a tap at the upper edge is the guest\'s, though it waits for a swipe'):
        desktop.touch_down(0, 900.5, 4.5)
        desktop.touch_up(0)
        at = attached.to_guest(900.5, 4.5)
        attached.expect_touches([(BEGIN, 0, *at), (END, 0, *at)])
    with fingers(attached.desktop, 'and so is one that rests there, or goes along the edge'):
        desktop.touch_down(0, 900.5, HEIGHT - 4.5)
        at = attached.to_guest(900.5, HEIGHT - 4.5)
        attached.expect_touches([(BEGIN, 0, *at)])
        desktop.touch_up(0)
        desktop.touch_down(0, 900.5, 4.5)
        desktop.touch_motion(0, 960.5, 8.5)
        desktop.touch_up(0)
        begin, end = attached.to_guest(900.5, 4.5), attached.to_guest(960.5, 8.5)
        attached.expect_touches([(END, 0, *at), (BEGIN, 0, *begin), (UPDATE, 0, *end), (END, 0, *end)])
    with fingers(attached.desktop, 'a swipe from the upper edge brings the header bar, and the guest knows nothing of it'):
        swipe(desktop, 4.5, 70.5)
        wait_header(desktop, True)
        attached.expect_touches([])
    with fingers(attached.desktop, 'and a finger on the picture sends it away'):
        desktop.touch_down(0, 900.5, 700.5)
        desktop.touch_up(0)
        wait_header(desktop, False)
        attached.clear()
    with fingers(attached.desktop, 'a swipe from the lower edge brings the key bar, and the guest knows nothing of it'):
        swipe(desktop, HEIGHT - 4.5, HEIGHT - 70.5)
        desktop.wait_for(lambda: attached.actions.state('key-bar'), 5, 'the key bar')
        attached.expect_touches([])
    with fingers(attached.desktop, 'above the bar the picture\'s lower edge is the guest\'s'):
        desktop.wait_settled()
        top = desktop.accessible().find('tool bar', 'Keys of the Machine').extents[1]
        swipe(desktop, top - 8, top - 80)
        desktop.wait_for(lambda: any(call[1] == END for call in attached.told('SendEvent')), 5, 'a finger of the guest')
    attached.actions.change_state('key-bar', GLib.Variant('b', False))
    attached.show(640, 400)


def check_options(attached):
    desktop = attached.desktop
    with fingers(desktop, 'the dialog says what the guest can, and its switches hold at once'):
        open_options(desktop, attached)
        desktop.wait_for(lambda: said(desktop, 'The system in this machine uses a touch screen now.'), 5, 'what it can')
        attached.display.set_touch(False)
        desktop.wait_for(lambda: said(desktop, 'The system in this machine uses no touch screen now.'), 5, 'what it cannot')
        attached.display.set_touch(True)
        turn_on(desktop, 'Gestures Go to the Machine')
        turn_on(desktop, 'Every Point of a Motion')
        desktop.press('Escape')
        desktop.wait_for(lambda: not said(desktop, 'What Fingers Do'), 5, 'the dialog to go')
        attached.clear()
    with fingers(desktop, 'gestures that are given to the guest: three fingers come together and are the guest\'s'):
        points = [(700.5, 600.5), (960.5, 600.5), (1220.5, 600.5)]
        for finger, point in enumerate(points):
            desktop.touch_down(finger, *point)
        attached.expect_touches([(BEGIN, slot, *attached.to_guest(*point)) for slot, point in enumerate(points)])
        for finger in range(3):
            desktop.touch_up(finger)
        attached.expect_touches([(END, slot, *attached.to_guest(*point)) for slot, point in enumerate(points)])
    with fingers(desktop, 'a swipe from the edge is, too, at once and with each of its points'):
        swipe(desktop, 4.5, 70.5)
        ys = [4.5 + 66 * part / 5 for part in range(1, 6)]
        last = attached.to_guest(900.5, ys[-1])
        attached.expect_touches([(BEGIN, 0, *attached.to_guest(900.5, 4.5)),
                                 *((UPDATE, 0, *attached.to_guest(900.5, y)) for y in ys), (END, 0, *last)])
    with fingers(desktop, 'a handle stays for fingers, large enough, and brings the header bar'):
        handle = desktop.wait_for(lambda: shown(desktop, 'Show the Header Bar (Ctrl+Alt)'), 5, 'the handle')
        x, y, width, height = handle.extents
        assert width >= 44 and height >= 44 and y <= 0, handle.extents
        desktop.wait_out(HANDLE_TIME, 'the time after which it goes otherwise')
        assert shown(desktop, 'Show the Header Bar (Ctrl+Alt)'), 'it went'
        desktop.touch_down(0, x + width / 2, y + height / 2)
        desktop.touch_up(0)
        wait_header(desktop, True)
        desktop.touch_down(0, 900.5, 700.5)
        desktop.touch_up(0)
        wait_header(desktop, False)
    with fingers(desktop, 'when they are the host\'s again, it goes'):
        open_options(desktop, attached)
        turn_on(desktop, 'Gestures Go to the Machine')
        turn_on(desktop, 'Every Point of a Motion')
        desktop.press('Escape')
        desktop.wait_for(lambda: not shown(desktop, 'Show the Header Bar (Ctrl+Alt)'), 10, 'the handle to go')
        attached.clear()


def open_options(desktop, attached):
    attached.actions.activate('input')
    desktop.wait_for(lambda: shown(desktop, 'Gestures Go to the Machine'), 10, 'the dialog')


def shown(desktop, name):
    while True:
        with contextlib.suppress(GLib.Error):                           # a widget went meanwhile
            return next((node for node in desktop.accessible().find_all(None, name) if 'showing' in node.states), None)


def said(desktop, text):
    return desktop.accessible().find('label', text)


def turn_on(desktop, name):
    """Or off, if it is on. Within the row of that name is the switch itself."""
    switch = desktop.accessible().find_all('switch', name)[-1]
    before = 'checked' in switch.states
    switch.act()
    desktop.wait_for(lambda: ('checked' in switch.states) != before, 5, f'the switch {name}')


def swipe(desktop, start, end, finger=0):
    desktop.touch_down(finger, 900.5, start)
    for part in range(1, 6):
        desktop.touch_motion(finger, 900.5, start + (end - start) * part / 5)
    desktop.touch_up(finger)


def wait_header(desktop, shown):
    def is_shown():
        return any('showing' in node.states for node in desktop.accessible().find_all(None, 'Main Menu'))
    desktop.wait_for(lambda: is_shown() == shown, 10, 'the header bar' if shown else 'the header bar to go')


def check_storm(attached):
    """Whatever is done, nothing stays down when the focus goes, or the picture moves, or all is lifted."""
    desktop, chosen, display = attached.desktop, random.Random(17), attached.display
    for what in ('the focus has gone', 'the picture has moved', 'all is lifted', 'all that pointed is lifted'):
        with fingers(attached.desktop, f'after a storm of fingers, keys and buttons nothing is down when {what}'):
            keys, buttons = set(), set()
            display.set_touch(what != 'all that pointed is lifted')
            attached.sync()
            for _ in range(300):
                storm(desktop, chosen, keys, buttons)
            if what == 'the focus has gone':
                attached.actions.activate('menu')
                desktop.wait_for(lambda: not balance(display.input), 10, 'nothing to be down')
            elif what == 'the picture has moved':
                attached.display.scanout(numpy.zeros((300, 300, 3), numpy.uint8))
                desktop.wait_for(lambda: not any(type(one) is tuple for one in balance(display.input)), 10, 'no finger')
            for finger in sorted(desktop.touches):
                desktop.touch_up(finger)
            for key in sorted(keys):
                desktop.key_up(key)
            for button in sorted(buttons):
                desktop.button_up(button)
            if what == 'the focus has gone':
                desktop.press('Escape')
                desktop.wait_for(lambda: not shown(desktop, 'About Diorama'), 5, 'the menu to go')
                desktop.touch_down(0, 900.5, 700.5)
                desktop.touch_up(0)
                desktop.wait_for(lambda: 'focused' in picture(desktop).states, 5, 'the focus to come back')
            attached.sync()
            assert not balance(display.input), balance(display.input)
            attached.show(640, 400)
    display.set_touch(True)


def picture(desktop):
    return next(node for node in desktop.accessible().find_all('image') if node.name.startswith('Screen of'))


def storm(desktop, chosen, keys, buttons):
    """One of many things. Not fingers and buttons at once: with a finger mutter takes the pointer from a window, and the
    end of its button is never told."""
    down = desktop.touches
    kind, where = chosen.randrange(8), (chosen.uniform(0, WIDTH - 1), chosen.uniform(60, HEIGHT - 1))
    finger, key, button = chosen.randrange(10), chosen.randrange(KEY_A, KEY_A + 6), chosen.choice((BTN_LEFT, BTN_RIGHT))
    if kind < 3 and finger in down:
        desktop.touch_up(finger)
    elif kind < 3 and not buttons:
        desktop.touch_down(finger, *where)
    elif kind < 6 and down:
        desktop.touch_motion(chosen.choice(sorted(down)), *where)
    elif kind == 6:
        (desktop.key_up if key in keys else desktop.key_down)(key)
        keys ^= {key}
    elif not down:
        desktop.move(*where)
        (desktop.button_up if button in buttons else desktop.button_down)(button)
        buttons ^= {button}


def balance(calls):
    """What is down after these calls."""
    down = set()
    for call in calls:
        if call[0] == 'SendEvent' and call[1] != UPDATE:
            (down.add if call[1] == BEGIN else down.discard)(('finger', call[2]))
        elif call[0] in ('Press', 'Release'):
            (down.add if call[0] == 'Press' else down.discard)(call[1])
    return down


# -- fingers as a pointer --------------------------------------------------------------------------------------------

def check_pointer(attached):
    desktop = attached.desktop
    attached.display.set_touch(False)
    attached.show(640, 400)
    at = attached.pixel(600.5, 500.5)
    with fingers(attached.desktop, 'a guest without touch gets a tap as a click'):
        desktop.touch_down(0, 600.5, 500.5)
        desktop.touch_up(0)
        attached.expect_mouse([(LEFT, True, at), (LEFT, False, at)])
    with fingers(attached.desktop, 'a finger that trembles clicks where it came down'):
        desktop.touch_down(0, 600.5, 500.5)
        desktop.touch_motion(0, 604.5, 503.5)
        desktop.touch_up(0)
        attached.expect_mouse([(LEFT, True, at), (LEFT, False, at)])
    with fingers(attached.desktop, 'one that goes on drags, from where it came down'):
        desktop.touch_down(0, 600.5, 500.5)
        for step in range(1, 11):
            desktop.touch_motion(0, 600.5 + step * 20, 500.5)
        attached.expect_mouse([(LEFT, True, at)])
        desktop.touch_motion(0, 900.5, 560.5)
        desktop.touch_up(0)
        attached.expect_mouse([(LEFT, False, attached.pixel(900.5, 560.5))])
    with fingers(attached.desktop, 'a second finger ends a drag, and both may zoom'):
        desktop.touch_down(0, 600.5, 500.5)
        desktop.touch_motion(0, 700.5, 500.5)
        attached.expect_mouse([(LEFT, True, at)])
        desktop.touch_down(1, 900.5, 700.5)
        attached.expect_mouse([(LEFT, False)])
    with fingers(attached.desktop, 'a flick is a whole drag'):
        desktop.touch_down(0, 600.5, 500.5)
        desktop.touch_motion(0, 700.5, 500.5)
        desktop.touch_up(0)
        attached.expect_mouse([(LEFT, True, at), (LEFT, False, attached.pixel(700.5, 500.5))])
    with fingers(attached.desktop, 'a long press is the right button, after a ring has closed around the finger'):
        before = desktop.wait_settled()
        desktop.touch_down(0, 600.5, 500.5)
        desktop.wait_picture(lambda shot: ring_is_there(shot, before), 5, 'the ring')
        attached.expect_mouse([(RIGHT, True, at), (RIGHT, False, at)])
        desktop.touch_up(0)
        attached.expect_mouse([])
        desktop.wait_picture(lambda shot: numpy.array_equal(shot, before), 5, 'the ring to go')
    with fingers(attached.desktop, 'two fingers that go up together turn the wheel down, all that way'):
        pair(desktop, 0, -160)
        expected = int(160 / attached.place()[2] / 50)
        desktop.wait_for(lambda: scrolled(attached) == (expected, 0), 5, f'{expected} clicks, not {scrolled(attached)}')
        attached.clear()
    with fingers(attached.desktop, 'and down, up; without a click or a zoom'):
        pair(desktop, 0, 160)
        desktop.wait_for(lambda: scrolled(attached) == (-expected, 0), 5, f'{expected} clicks, not {scrolled(attached)}')
        assert not [call for call in attached.told('Press') if call[1] in (LEFT, RIGHT)]
        assert not attached.actions.enabled('zoom-fit')
        attached.clear()
    with fingers(attached.desktop, 'two that go apart zoom, and are no click'):
        desktop.touch_down(0, 800.5, 600.5)
        desktop.touch_down(1, 1100.5, 600.5)
        for step in range(1, 8):
            desktop.touch_motion(0, 800.5 - step * 20, 600.5)
            desktop.touch_motion(1, 1100.5 + step * 20, 600.5)
        desktop.wait_for(lambda: attached.actions.enabled('zoom-fit'), 5, 'a zoomed picture')
        desktop.touch_up(0)
        desktop.touch_up(1)
        attached.expect_mouse([])
        assert scrolled(attached) == (0, 0)
    attached.show(640, 400)
    with fingers(attached.desktop, 'switched off, two fingers that go together scroll nothing, click nowhere, and zoom as before'):
        choose(attached, 'Two Fingers Scroll')
        pair(desktop, 0, -160)
        attached.sync()
        assert scrolled(attached) == (0, 0) and not attached.told('Press'), attached.told('Scroll', 'Press')
        pair(desktop, 0, 0, spread=150)
        desktop.wait_for(lambda: attached.actions.enabled('zoom-fit'), 5, 'a zoomed picture')
        choose(attached, 'Two Fingers Scroll')
    attached.show(640, 400)
    with fingers(attached.desktop, 'beside the picture there is no pointer for fingers'):
        attached.show(640, 480)
        desktop.touch_down(0, 60.5, 600.5)
        desktop.touch_motion(0, 600.5, 600.5)
        desktop.touch_up(0)
        attached.sync()
        assert not attached.told('SetAbsPosition', 'Press'), attached.told('SetAbsPosition', 'Press')
    attached.display.set_touch(True)
    attached.show(640, 400)


def ring_is_there(shot, before):
    """Something white, 40 pixels around the finger."""
    rows, columns = (abs(shot.astype(int) - before).max(axis=2) > 60).nonzero()
    return len(rows) > 100 and all(30 < numpy.hypot(row - 500, column - 600) < 52 for row, column in zip(rows, columns))


def choose(attached, name):
    """Turns a switch of the dialog on, or off."""
    open_options(attached.desktop, attached)
    turn_on(attached.desktop, name)
    attached.desktop.press('Escape')
    attached.desktop.wait_for(lambda: not shown(attached.desktop, name), 5, 'the dialog to go')
    attached.clear()


def pair(desktop, dx, dy, spread=0):
    desktop.touch_down(0, 800.5, 600.5)
    desktop.touch_down(1, 900.5, 620.5)
    for step in range(1, 9):
        desktop.touch_motion(0, 800.5 + (dx - spread) * step / 8, 600.5 + dy * step / 8)
        desktop.touch_motion(1, 900.5 + (dx + spread) * step / 8, 620.5 + dy * step / 8)
    desktop.touch_up(0)
    desktop.touch_up(1)


def scrolled(attached):
    """Clicks down and right; of a QEMU that takes parts of them, whole ones."""
    calls = attached.told('Scroll')
    down = sum(call[1] for call in calls) / 120
    right = sum(call[2] for call in calls) / 120
    presses = [call[1] for call in attached.told('Press')]
    return int(down) + presses.count(WHEEL_DOWN) - presses.count(WHEEL_UP), int(right)


# -- a guest's fingers, as its kernel tells them ---------------------------------------------------------------------

class Panel:
    """The touch screen of a Linux guest: what its events add up to, in the panel's own units."""

    def __init__(self, console):
        self.guest, self.size, self.slot, self.slots = console.guest, console.guest_size(), 0, {}

    def expect(self, expected):
        """Exactly (kind, slot, x, y) of `expected`, x and y in pixels; a motion's parts are one."""
        got = self.guest.gather('input', self._read, lambda got: len(got) >= len(expected))
        expected = [(kind, slot, *self._units(x, y)) for kind, slot, x, y in expected]
        assert got == expected, f'the guest saw {got} instead of {expected}'

    def _units(self, x, y):
        return int(x) * 0x7fff // self.size[0], int(y) * 0x7fff // self.size[1]

    def _read(self, report):
        if report.get('type') != 'mt':
            return []
        touched = {}
        for kind, code, value in report['events']:
            if kind == EV_ABS and code == SLOT:
                self.slot = value
            elif kind == EV_ABS and code == TRACKING_ID:
                touched[self.slot] = BEGIN if value >= 0 else END
            elif kind == EV_ABS and code in (POSITION_X, POSITION_Y):
                touched.setdefault(self.slot, UPDATE)
                x, y = self.slots.get(self.slot, (0, 0))
                self.slots[self.slot] = (value, y) if code == POSITION_X else (x, value)
        return [(kind, slot, *self.slots[slot]) for slot, kind in touched.items()]


def check_guest(desktop):
    console = Console(desktop)
    console.dismiss_banner()
    console.actions.activate('fullscreen')
    console.wait_guest_size(WIDTH, HEIGHT)
    console.show_noise(1)
    console.listen()
    panel, chosen = Panel(console), random.Random(5)
    points = {finger: (chosen.randrange(40, WIDTH - 40) + .5, chosen.randrange(40, HEIGHT - 40) + .5) for finger in range(10)}
    for scale in SCALES[1:3]:
        desktop.set_scale(scale)
        console.wait_view(noise(WIDTH, HEIGHT, 1), f'exact pixels at scale {scale}')     # the window knows of the scale
        console.wait_guest_size(WIDTH, HEIGHT)
        with fingers(desktop, f'ten fingers come, move and go in turn, and a Linux guest sees just that, at scale {scale}'):
            for finger in range(10):
                desktop.touch_down(finger, *points[finger])
                panel.expect([(BEGIN, finger, *points[finger])])
                desktop.wait_out(TOGETHER if finger == 1 else 0, 'the time of a gesture')
            for finger in chosen.sample(range(10), 10):
                points[finger] = points[finger][0] + chosen.randint(-9, 9), points[finger][1] + chosen.randint(1, 9)
                desktop.touch_motion(finger, *points[finger])
                panel.expect([(UPDATE, finger, *points[finger])])
            for finger in (3, 7, 0):
                desktop.touch_up(finger)
                panel.expect([(END, finger, *points[finger])])
            for finger, slot in ((7, 0), (0, 3), (3, 7)):
                desktop.touch_down(finger, *points[finger])
                panel.expect([(BEGIN, slot, *points[finger])])
            slots = {finger: finger for finger in range(10)} | {7: 0, 0: 3, 3: 7}
            for finger in chosen.sample(range(10), 10):
                desktop.touch_up(finger)
                panel.expect([(END, slots[finger], *points[finger])])
            assert console.guest.call('state')['touches'] == []
    with fingers(desktop, 'one that leaves the turned picture stays at its edge, in the guest\'s own directions'):
        desktop.set_scale(1)
        console.actions.activate('rotate-right')
        console.wait_guest_size(HEIGHT, WIDTH)
        console.guest.call('mode', width=800, height=600)
        desktop.wait_for(lambda: console.guest_size() == (800, 600), 15, 'a guest of 800x600')
        panel = Panel(console)
        # It is 900x1200 of the monitor's pixels, in the middle.
        desktop.wait_settled()
        desktop.touch_down(0, 960.5, 600.5)
        panel.expect([(BEGIN, 0, 400, 299)])
        desktop.touch_motion(0, 1800.5, 600.5)
        panel.expect([(UPDATE, 0, 400, 0)])
        desktop.touch_up(0)
        panel.expect([(END, 0, 400, 0)])
        console.actions.activate('rotate-reset')
    with fingers(desktop, 'what is down in the guest when the focus goes is lifted'):
        for finger in range(2):
            desktop.touch_down(finger, 900.5 + 100 * finger, 700.5)
        desktop.wait_for(lambda: len(console.guest.call('state')['touches']) == 2, 5, 'two fingers')
        console.actions.activate('menu')
        desktop.wait_for(lambda: not console.guest.call('state')['touches'], 5, 'no finger')
        for finger in range(2):
            desktop.touch_up(finger)


def main():
    if not program().exists():
        tap.skip_all(f'{program()} is not built')
    checks = [check_places, check_slots, check_gestures, check_options, check_storm, check_pointer]
    wanted = [check for check in checks if not sys.argv[1:] or check.__name__.removeprefix('check_') in sys.argv[1:]]
    with Desktop(size=(WIDTH, HEIGHT), raw_keys=True, further=[(1280, 800)]) as desktop:
        attached = Attached(desktop, True) if wanted else None
        for check in wanted:
            with tap.guard(check.__name__):
                check(attached)
        if attached:
            attached.app.stop()
        if not sys.argv[1:] or 'guest' in sys.argv[1:]:
            with tap.guard('check_guest'):
                check_guest(desktop)
    tap.finish()


if __name__ == '__main__':
    main()
