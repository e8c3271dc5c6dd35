#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""A real window with pictures out of dma-bufs: exact pixels on each way to draw them, and when QEMU is answered.
test-dmabuf.py [import]: with that word only what is about buffers that the graphics driver imports."""

import os
import re
import signal
import sys
import time
from pathlib import Path

import numpy
from gi.repository import GLib

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / 'lab')]
from console import environment, letterboxed, noise, program  # noqa: E402
from harness import Desktop, keep_png  # noqa: E402
from source import AR24, LINEAR, UNKNOWN, XB24, Buffer, Source, is_real  # noqa: E402
from tap import Tap  # noqa: E402

WIDTH, HEIGHT = 320, 200
TILED = 0x0100000000000001       # an Intel card's layout, which no other driver knows
UNSHOWABLE = ('The graphics driver of this computer cannot show this machine’s picture. '
              'Start it without 3D graphics.')
MONITOR = (640, 480)
ALL = (0, 0, WIDTH, HEIGHT)
RED = numpy.full((HEIGHT, WIDTH, 3), (255, 0, 0), numpy.uint8)
# QEMU is answered by then at the latest; a machine that is busy with other things gets as much again and some.
DEADLINE, TOLERANCE = 0.25, 0.75 if 'DIORAMA_IN_LAPTOP' in os.environ else 0.25
PATIENCE = 90 if 'DIORAMA_IN_LAPTOP' in os.environ else 20


class Window:
    """Diorama attached to a source of ours, and what must be seen of it."""

    def __init__(self, desktop, painter=None, refuse=False, renderer='ngl'):
        self.desktop = desktop
        self.source = Source(desktop.bus, WIDTH, HEIGHT)
        env = {'DIORAMA_DEBUG': 'all', 'DIORAMA_REFUSE_DMABUF': '1' if refuse else None, 'GSK_RENDERER': renderer,
               'DIORAMA_PAINTER': painter}
        self.app = desktop.launch([program(), 'attach'], environment() | env)
        self.source.wait_listener(desktop.wait_for, PATIENCE)

    def show(self, buffer, **how):
        self.source.scanout(buffer, **how)
        return self.source.update(ALL)

    def expect(self, picture, what):
        seen = []

        def is_there(shot):
            seen[:] = [shot]
            return shows(shot, picture)
        try:
            return self.desktop.wait_picture(is_there, PATIENCE, what)
        except TimeoutError:
            keep_png(seen[0], what.replace(' ', '-'))
            raise

    def painters(self):
        """Those that have drawn, in their order."""
        return re.findall(r'painter (\S+), renderer', self.app.output())

    def close(self):
        self.app.stop()
        self.source.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def shows(shot, picture):
    """The picture in the middle of what the header bar leaves, enlarged a whole number of times, with black around."""
    return any(numpy.array_equal(shot[top:], letterboxed(picture, shot.shape[1], shot.shape[0] - top))
               for top in range(40, 61))


# -- pixels ----------------------------------------------------------------------------------------------------------

def check_pixels(tap, window, name):
    source = window.source
    with tap.test(f'{name}: a buffer is shown as it is'):
        one = Buffer(WIDTH, HEIGHT)
        one.draw(noise(WIDTH, HEIGHT, 1))
        window.show(one)
        window.expect(noise(WIDTH, HEIGHT, 1), f'{name} whole')
    with tap.test(f'{name}: only what an update names changes'):
        expected = noise(WIDTH, HEIGHT, 1)
        expected[50:66, 100:109] = RED[:16, :9]
        one.draw(RED[:16, :9], 100, 50)
        source.update((100, 50, 9, 16))
        window.expect(expected, f'{name} rectangle')
    with tap.test(f'{name}: two buffers take turns'):
        two = Buffer(WIDTH, HEIGHT)
        for seed in range(2, 14):
            (one, two)[seed % 2].draw(noise(WIDTH, HEIGHT, seed))
            window.show((one, two)[seed % 2])
        window.expect(noise(WIDTH, HEIGHT, 13), f'{name} flips')
    with tap.test(f'{name}: padded rows, another order of colours, a layout that is not told'):
        three = Buffer(WIDTH, HEIGHT, padding=256, fourcc=XB24, modifier=UNKNOWN)
        three.draw(noise(WIDTH, HEIGHT, 20))
        window.show(three)
        window.expect(noise(WIDTH, HEIGHT, 20), f'{name} padded')
    with tap.test(f'{name}: the bottom row first, and an update of it, which counts from the top'):
        four = Buffer(WIDTH, HEIGHT)
        expected = noise(WIDTH, HEIGHT, 21)
        four.draw(expected[::-1])
        window.show(four, bottom_up=True)
        window.expect(expected, f'{name} bottom up')
        expected[10:20, 30:60] = RED[:10, :30]
        four.draw(expected[::-1])
        source.update((30, 10, 30, 10))
        window.expect(expected, f'{name} bottom up, updated')
    with tap.test(f'{name}: a part of a larger buffer'):
        five = Buffer(500, 300)
        five.draw(numpy.full((300, 500, 3), 255, numpy.uint8))
        five.draw(noise(WIDTH, HEIGHT, 22), 70, 40)
        source.scanout2(five, 70, 40, WIDTH, HEIGHT)
        source.update(ALL)
        window.expect(noise(WIDTH, HEIGHT, 22), f'{name} part')
    with tap.test(f'{name}: what a format says of transparency does not count'):
        six = Buffer(WIDTH, HEIGHT, fourcc=AR24)
        six.draw(noise(WIDTH, HEIGHT, 24))
        six.pixels[:, :, 3] = numpy.arange(WIDTH) % 256
        window.show(six)
        window.expect(noise(WIDTH, HEIGHT, 24), f'{name} translucent')


def check_way(tap, window, name, way):
    check_pixels(tap, window, name)
    with tap.test(f'{name}: it was “{way}” that drew, from the first to the last'):
        assert set(window.painters()) == {way}, window.painters()


def check_other_ways(tap, desktop):
    for name, way, how in (('by GDK', 'dmabuf-gdk', {'painter': 'dmabuf-gdk'}),
                           ('not taken, uploaded', 'gl', {'refuse': True}),
                           ('not taken, by tiles', 'tiles', {'refuse': True, 'painter': 'tiles'}),
                           ('by the processor', 'cairo', {'renderer': 'cairo'})):
        with tap.guard(name), Window(desktop, **how) as window:
            check_way(tap, window, name, way)
            if way == 'gl':
                check_turns(tap, window, name)


def check_turns(tap, window, name):
    with tap.test(f'{name}: a guest that takes turns with two formats does not have what fails tried each time'):
        buffers = [Buffer(WIDTH, HEIGHT), Buffer(WIDTH, HEIGHT, fourcc=XB24)]
        for turn in range(12):
            if turn == 2:                                           # each is known
                before = window.app.output().count('fails:')
            buffers[turn % 2].draw(noise(WIDTH, HEIGHT, turn))
            window.show(buffers[turn % 2])
            window.expect(noise(WIDTH, HEIGHT, turn), f'{name} turn {turn}')
        assert before > 0
        assert window.app.output().count('fails:') == before, window.app.output()[-2000:]


def check_unknown_layout(tap, window):
    buffer = Buffer(WIDTH, HEIGHT)
    buffer.draw(noise(WIDTH, HEIGHT, 23))
    with tap.test('a layout that no driver here knows: the window says so, and what to do, until there is another'):
        buffer.modifier = TILED
        try:
            window.source.scanout(buffer)
        except GLib.Error:
            assert not is_real()                                    # a memory file with a layout is none of a driver's
        window.source.update(ALL)                                   # is answered: the guest goes on
        window.desktop.wait_for(lambda: window.desktop.accessible().find_all('label', UNSHOWABLE), PATIENCE, 'the message')
        buffer.modifier = LINEAR
        window.show(buffer)
        window.expect(noise(WIDTH, HEIGHT, 23), 'known layout')


# -- answers ---------------------------------------------------------------------------------------------------------

def check_used(tap, window, name, buffers):
    """What was answered has been read: the guest may write over it, which is not seen before it says so."""
    with tap.test(f'{name}: what was answered is on the screen, whatever the guest does to its buffers then'):
        delays = []
        for seed in range(40, 52):
            buffer = buffers[seed % len(buffers)]
            buffer.draw(noise(WIDTH, HEIGHT, seed))
            delays.append(window.show(buffer))
            for other in buffers:
                if other is not buffer:
                    other.draw(RED)
            if seed % 3 == 0:
                shot = window.desktop.screenshot()
                assert shows(shot, noise(WIDTH, HEIGHT, seed)), f'picture {seed} was answered and is not there'
        tap.comment(f'answered after {1000 * min(delays):.0f} to {1000 * max(delays):.0f} ms')
        assert max(delays) < DEADLINE + TOLERANCE, delays


def check_deadline(tap, desktop, window, name, buffers):
    """With a compositor that stands still nothing can be shown, and so nothing is used."""
    compositor = next(daemon for daemon in desktop._daemons if daemon.argv[0] == 'mutter')
    with tap.test(f'{name}: nothing is answered before it is used, nor after the deadline'):
        window.show(buffers[0])
        desktop.wait_settled(PATIENCE)
        compositor.signal(signal.SIGSTOP)
        try:
            # What was asked for before may be drawn still.
            delays = [window.show(buffers[turn % len(buffers)]) for turn in range(3)][1:]
        finally:
            compositor.signal(signal.SIGCONT)
        tap.comment(f'answered after {", ".join(f"{1000 * delay:.0f}" for delay in delays)} ms')
        assert all(DEADLINE - 0.02 <= delay < DEADLINE + TOLERANCE for delay in delays), delays


def check_front_buffer(tap, desktop, window):
    """A guest that draws to what is on the screen and does not wait."""
    with tap.test('front buffer: of many updates at once each is answered, none after the deadline, and all are seen'):
        buffer, answers = Buffer(WIDTH, HEIGHT), []
        expected = noise(WIDTH, HEIGHT, 60)
        buffer.draw(expected)
        window.show(buffer)
        begun = time.monotonic()
        for turn in range(60):
            x, y = 4 * turn, 3 * turn
            expected[y:y + 16, x:x + 9] = (turn, 255 - turn, 128)
            buffer.draw(expected[y:y + 16, x:x + 9], x, y)
            window.source.start_update((x, y, 9, 16), answers)
        sending = time.monotonic() - begun                          # in which no answer was looked at
        desktop.wait_for(lambda: len(answers) == 60, PATIENCE, 'the answers')
        window.expect(expected, 'front buffer')
        assert max(answers) < sending + DEADLINE + TOLERANCE, (max(answers), sending)


def check_fence(tap, window):
    """Shown already, but not yet read by the graphics card."""
    from vgem import FencedBuffer

    def consumed():
        return window.app.output().count(' consumed (same)')

    def change(seed):
        buffer.draw(noise(WIDTH, HEIGHT, seed))
        window.show(buffer)
        window.expect(noise(WIDTH, HEIGHT, seed), f'picture {seed}')
    with tap.test('fence: what the graphics card still reads is not consumed, and what it has read is'):
        buffer = FencedBuffer(WIDTH, HEIGHT)
        change(70)
        change(71)
        for seed in range(72, 76):                                  # the kernel ends a read that takes ten seconds
            before = window.desktop.wait_for(consumed, PATIENCE, 'a frame to be consumed')
            buffer.begin_read()
            change(seed)
            during = consumed()
            if buffer.end_read():
                break
        else:
            raise AssertionError('a frame takes ten seconds')
        assert during == before, f'{during - before} frames were consumed while the buffer was read'
        window.desktop.wait_for(lambda: consumed() > before, PATIENCE, 'the frame to be consumed')


def check_hidden(tap, desktop, window):
    with tap.test('hidden: answers come at once'):
        buffer = Buffer(WIDTH, HEIGHT)
        window.show(buffer)
        desktop.manage_window('minimize')
        # Mutter tells so some time after.
        desktop.wait_for(lambda: window.show(buffer) < 0.02, PATIENCE, 'an answer that does not wait')


def check_answers(tap, desktop, window):
    for name, buffers in (('single buffer', [Buffer(WIDTH, HEIGHT)]),
                          ('double buffer', [Buffer(WIDTH, HEIGHT), Buffer(WIDTH, HEIGHT)])):
        buffers[0].draw(noise(WIDTH, HEIGHT, 30))
        window.show(buffers[0])
        window.expect(noise(WIDTH, HEIGHT, 30), name)
        check_used(tap, window, name, buffers)
        check_deadline(tap, desktop, window, name, buffers)
    check_front_buffer(tap, desktop, window)
    if 'DIORAMA_IN_LAPTOP' in os.environ:
        check_fence(tap, window)
    check_hidden(tap, desktop, window)


def check_import(tap, desktop):
    with tap.guard('imported'), Window(desktop) as window:
        check_way(tap, window, 'imported', 'dmabuf')
        check_unknown_layout(tap, window)
        check_answers(tap, desktop, window)


def main():
    tap = Tap()
    with Desktop(size=MONITOR) as desktop:
        check_import(tap, desktop)
        if 'import' not in sys.argv[1:]:
            check_other_ways(tap, desktop)
    tap.finish()


if __name__ == '__main__':
    main()
