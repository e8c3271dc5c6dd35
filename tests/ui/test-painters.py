#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Every way to draw a picture, to the pixel: whole and in parts, enlarged and made smaller, in all formats; and what it
costs when nothing happens or nobody looks."""

import json
import subprocess
import sys
from pathlib import Path

import numpy

sys.path.insert(0, str(Path(__file__).parent))
from console import describe_difference, environment, letterboxed, noise, program  # noqa: E402
from display import FORMATS, Display                                   # noqa: E402
from harness import Desktop, keep_png                                  # noqa: E402
from patience import patient                                           # noqa: E402
from tap import Tap                                                    # noqa: E402

WIDTH, HEIGHT = 1280, 800
# GSK's renderer, what it is called in the log, and the painter that is asked for.
WAYS = (('cairo', 'GskCairoRenderer', 'cairo'), ('cairo', 'GskCairoRenderer', 'tiles'),
        ('opengl', 'GskGLRenderer', 'gl'), ('opengl', 'GskGLRenderer', 'tiles'),
        ('vulkan', 'GskVulkanRenderer', 'tiles'))
# A painter's second renderer: formats and costs have been seen with the other ("thorough" as an argument sees all).
SECOND = ('cairo/tiles', 'opengl/tiles')
tap = Tap()


class Shown:
    """A picture in full screen."""

    def __init__(self, desktop, path, env):
        self.desktop, self.display = desktop, Display(desktop, path)
        self.app = desktop.launch([program(), 'attach'], environment() | {'DIORAMA_DEBUG': 'frames'} | env)
        self.display.wait_listener()
        self.display.scanout(noise(WIDTH, HEIGHT))
        desktop.wait_window()
        desktop.manage_window('toggle-fullscreen')
        self.expect(noise(WIDTH, HEIGHT), 'the first picture')

    def expect(self, expected, what, tolerance=0):
        seen = []

        def fits(picture):
            seen[:] = [picture]
            if not tolerance:
                return numpy.array_equal(picture, expected)
            return (numpy.maximum(picture, expected) - numpy.minimum(picture, expected)).max() <= tolerance
        try:
            return self.desktop.wait_picture(fits, 15, what)
        except TimeoutError:
            keep_png(seen[0], what.replace(' ', '-'))
            raise AssertionError(f'{what} did not come: {describe_difference(seen[0], expected)}') from None

    def figures(self):
        """What `diorama diagnostics` tells of the one head."""
        told = subprocess.run([program(), 'diagnostics'], env=self.desktop.env | environment(), stdout=subprocess.PIPE,
                              timeout=patient(20), check=True).stdout
        return json.loads(told)['windows'][0]['heads'][0]

    def draw_parts(self, count, seed):
        """Small parts all over, at edges and corners too, as fast as they are taken."""
        random = numpy.random.default_rng(seed)
        height, width, _ = self.display.picture.shape
        for number in range(count):
            w, h = int(random.integers(1, 70)), int(random.integers(1, 40))
            x = (0, width - w, int(random.integers(0, width - w)))[min(number % 7, 2)]
            y = (height - h, 0, int(random.integers(0, height - h)))[min(number % 5, 2)]
            self.display.draw(x, y, noise(w, h, seed + number))

    def expect_like_whole(self, seed):
        """After many small updates the picture must be, to the bit, what it is when all of it is drawn anew."""
        self.draw_parts(60, seed)
        picture = self.display.picture.copy()
        self.expect(enlarged(picture), 'the picture with its parts', tolerance=4)
        parts = self.desktop.wait_settled()
        self.display.scanout(numpy.full_like(picture, 255))
        self.expect(enlarged(numpy.full_like(picture, 255)), 'a white picture')
        self.display.scanout(picture)
        self.expect(parts, 'the same picture, drawn as a whole')
        return parts, picture


def enlarged(picture):
    """Linear filtering to the size of the monitor, halved first while that is less than half of the picture."""
    picture = picture.astype(float)
    while picture.shape[1] > 2 * WIDTH:
        picture = numpy.floor((picture[0::2, 0::2] + picture[1::2, 0::2] + picture[0::2, 1::2] + picture[1::2, 1::2]) / 4
                              + .5)

    def places(size, target):
        place = numpy.clip((numpy.arange(target) + .5) * size / target - .5, 0, size - 1)
        first = numpy.minimum(place.astype(int), size - 2)
        return first, (place - first)
    rows, down = places(picture.shape[0], HEIGHT)
    columns, right = places(picture.shape[1], WIDTH)
    lines = picture[rows] * (1 - down)[:, None, None] + picture[rows + 1] * down[:, None, None]
    return (lines[:, columns] * (1 - right)[None, :, None] + lines[:, columns + 1] * right[None, :, None] + .5
            ).astype(numpy.uint8)


def check_exact(shown):
    with tap.test('many small updates, pixel for pixel'):
        shown.draw_parts(200, 1)
        shown.expect(shown.display.picture, 'the picture with its parts')
    with tap.test('small updates one at a time, each shown'):
        for number in range(12):
            shown.display.fill(600 + number % 2 * 9, 300, 9, 16, (number * 20, 255 - number * 20, 7))
            shown.expect(shown.display.picture, f'update {number}')
    with tap.test('enlarged twice, in parts'):
        shown.display.scanout(noise(640, 400, 2))
        shown.draw_parts(100, 2)
        shown.expect(letterboxed(shown.display.picture, WIDTH, HEIGHT), 'the enlarged picture')
    with tap.test('a narrow picture between bars'):
        shown.display.scanout(noise(300, 800, 3))
        shown.draw_parts(20, 3)
        shown.expect(letterboxed(shown.display.picture, WIDTH, HEIGHT), 'the narrow picture')


def check_formats(shown, thorough):
    for number, name in enumerate(FORMATS):
        for extra in (0, 52) if thorough else (52 * (number % 2),):
            with tap.test(f'format {name}, rows of {extra} bytes more'):
                shown.display.scanout(noise(WIDTH, HEIGHT, 4), name, extra)
                shown.draw_parts(20, 4)
                shown.expect(shown.display.picture, f'the picture in {name}')


def check_scaled(shown):
    """Filtering is the renderer's; what is drawn in parts must not differ from what is drawn at once."""
    for width, height, what in ((1024, 640, 'enlarged by a quarter'), (853, 533, 'enlarged by an odd fraction'),
                                (2000, 1250, 'made smaller'), (3200, 2000, 'made smaller than half'),
                                (5440, 3400, 'made smaller than a quarter')):
        with tap.test(f'{what} ({width}x{height}), in parts as at once'):
            smooth = numpy.linspace(0, 255, width)[None, :, None] * numpy.linspace(.2, 1, height)[:, None, None]
            shown.display.scanout((smooth * numpy.array([1, .7, .4])).astype(numpy.uint8))
            shown.expect_like_whole(5)
        with tap.test(f'{what} ({width}x{height}), each pixel in its place'):
            shown.display.scanout(noise(width, height, 6) // 2 + 64)
            shown.expect(enlarged(shown.display.picture), f'the picture {what}', tolerance=4)


def check_lost_gl(env):
    with Desktop(size=(WIDTH, HEIGHT)) as desktop, tap.test('without OpenGL the tiles take over, with the whole picture'):
        shown = Shown(desktop, 'map', env | {'DIORAMA_LOSE_GL': '1'})
        shown.draw_parts(30, 7)
        shown.expect(shown.display.picture, 'the picture')
        assert 'painter gl fails' in shown.app.output(), shown.app.output()
        assert 'painter tiles' in shown.app.output(), shown.app.output()


def wakeups(app):
    return sum(int(line.split()[1]) for task in Path(f'/proc/{app.pid}/task').iterdir()
               for line in (task / 'status').read_text().splitlines() if line.startswith('voluntary_ctxt_switches'))


def check_cost(shown):
    with tap.test('an idle guest wakes nobody'):
        shown.desktop.wait_settled()
        shown.desktop.wait_out(1, 'the time to pass')
        before = wakeups(shown.app)
        shown.desktop.wait_out(4, 'the time to pass')
        assert wakeups(shown.app) - before <= 2, f'{wakeups(shown.app) - before} wake-ups in 4 s'
    with tap.test('a hidden window is not drawn'):
        shown.desktop.manage_window('minimize')
        shown.desktop.wait_out(4, 'the suspension of the window, three seconds later')
        before = shown.figures()
        for number in range(60):
            shown.display.draw(0, 0, shown.display.picture)
            shown.desktop.wait_out(.02, 'the time to pass')
        after = shown.figures()
        assert after['updates'] >= before['updates'] + 60, f'{before} {after}'
        # A tick may have been on its way.
        assert after['frames_taken'] <= before['frames_taken'] + 2, f'{before} {after}'
        assert after['frames_shown'] <= before['frames_shown'] + 2, f'{before} {after}'


def check_way(renderer, log_name, painter, thorough):
    env = {'GSK_RENDERER': renderer, 'DIORAMA_PAINTER': painter}
    with Desktop(size=(WIDTH, HEIGHT)) as desktop:
        shown = Shown(desktop, 'map', env)
        said = shown.app.output()
        with tap.test(f'{painter} draws with {renderer}'):
            if f'renderer {log_name}' not in said:
                tap.skip(f'GTK cannot use {renderer} here')
            assert f'painter {painter}, renderer {log_name}' in said, said
        if f'renderer {log_name}' not in said:
            return
        checks = [check_exact, check_scaled]
        if thorough or f'{renderer}/{painter}' not in SECOND:
            checks += [lambda shown: check_formats(shown, thorough), check_cost]
        for check in checks:
            with tap.guard(f'{painter} with {renderer}'):
                check(shown)


def main():
    if not program().exists():
        tap.skip_all(f'{program()} is not built')
    thorough = 'thorough' in sys.argv[1:]
    chosen = [word for word in sys.argv[1:] if word != 'thorough']
    for renderer, log_name, painter in WAYS:
        if chosen and f'{renderer}/{painter}' not in chosen:
            continue
        print(f'# {painter} with {renderer}', flush=True)
        with tap.guard(f'{painter} with {renderer}'):
            check_way(renderer, log_name, painter, thorough)
    for path in ('file', 'array') if not chosen else ():
        with Desktop(size=(WIDTH, HEIGHT)) as desktop, tap.guard(f'pictures by {path}'):
            shown = Shown(desktop, path, {})
            check_exact(shown)
    if not chosen:
        check_lost_gl({'GSK_RENDERER': 'opengl'})
    tap.finish()


if __name__ == '__main__':
    main()
