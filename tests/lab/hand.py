# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Fingers at one end, and what a Session tells of them at the other.

    hand = Hand(tap, session, way, wait_for, 30)
    with hand.test('a finger comes and goes'):       # after it no finger is down
        hand.down(0, 100, 200)                       # returns when the other end has told it, at the right place
        hand.up(0)

`way` puts the fingers there: down, move and up (finger, x, y). The session tells {"what": "begin", "finger": any number
that stays the same, "x": …, "y": …} and "update", "end". Positions are those that the session tells."""

import contextlib
import time

NEAR = 0.1                 # pixels: a panel has 32768 steps
APART = 0.15               # seconds: three fingers that come within a tenth are the host's, but for who chose otherwise
STEP = 0.01                # seconds between two points of a flick: a toolkit measures the speed


class Hand:
    def __init__(self, tap, session, way, wait_for, patience):
        self.session, self._tap, self._way, self._wait_for, self._patience = session, tap, way, wait_for, patience
        self._down, self._names = {}, {}               # where the fingers are, and what the other end calls them
        self._begun = 0                                # when the first of them came

    def wait(self, what, matches=lambda report: True):
        return self.session.wait(self._wait_for, what, self._patience, matches)

    def down(self, finger, x, y):
        self._put(finger, x, y)
        self._expect('begin', finger)
        assert len(set(self._names.values())) == len(self._names), self._names

    def move(self, finger, x, y):
        self._down[finger] = x, y
        self._way.move(finger, x, y)
        self._expect('update', finger)

    def up(self, finger):
        self._way.up(finger, *self._down[finger])
        self._expect('end', finger)
        del self._down[finger], self._names[finger]

    def stray(self, finger, path):
        """Of this one nothing may be told; what comes next shows that it has been heard."""
        before = len(self.session.reports)
        self._way.down(finger, *path[0])
        for place in path[1:]:
            self._way.move(finger, *place)
        self._way.up(finger, *path[-1])
        self.down(finger, 1, 1)
        self.up(finger)
        told = [report for report in self.session.reports[before:] if 'finger' in report]
        assert [report['what'] for report in told] == ['begin', 'end'], told

    def storm(self, paths):
        """All fingers go their ways at once: {finger: [(x, y), …]}, all of one length. Returns what was told of each, in the
        order in which they came down."""
        return self._follow(paths, lambda place: self.wait(None, lambda report: 'finger' in report and is_near(report, *place)))

    def flick(self, path):
        """One finger, too fast to wait for what is told of it: of at most ten points, for that is what the panel keeps for a
        kernel that is busy (64 events)."""
        return self._follow({0: path}, lambda _: time.sleep(STEP))[0]

    def _follow(self, paths, after_step):
        self.session.skip()
        first, names = len(self.session.reports), []
        for step, places in enumerate(zip(*paths.values())):
            for finger, place in zip(paths, places):
                if step:
                    self._down[finger] = place
                    self._way.move(finger, *place)
                else:
                    self._put(finger, *place)
            after_step(places[-1])
        for finger, path in paths.items():
            self._way.up(finger, *path[-1])
            del self._down[finger]
        for _ in paths:
            self.wait('end')
        reports = [report for report in self.session.reports[first:] if 'finger' in report]
        for report in reports:
            if report['what'] == 'begin':
                names.append(report['finger'])
        return [[report for report in reports if report['finger'] == name] for name in names]

    @contextlib.contextmanager
    def test(self, name):
        with self._tap.test(name):
            try:
                yield
            finally:
                for finger, place in self._down.items():
                    self._way.up(finger, *place)
                    self.wait('end')
                self._down, self._names = {}, {}
                self.session.skip()

    def _put(self, finger, x, y):
        if not self._down:
            self._begun = time.monotonic()
        if len(self._down) == 2:
            time.sleep(max(0, self._begun + APART - time.monotonic()))
        self._down[finger] = x, y
        self._way.down(finger, x, y)

    def _expect(self, what, finger):
        report, (x, y) = self.wait(what), self._down[finger]
        assert is_near(report, x, y), f'{what} at {x}, {y} came as {report}'
        name = self._names.setdefault(finger, report['finger'])
        assert report['finger'] == name, f'finger {finger} was {name} and is {report}'


def is_near(report, x, y):
    return abs(report['x'] - x) <= NEAR and abs(report['y'] - y) <= NEAR


def check_path(reports, path):
    """Of a finger that went this way nothing may be lost but points between the first and the last."""
    assert [report['what'] for report in reports] == ['begin', *['update'] * (len(reports) - 2), 'end'], reports
    assert is_near(reports[0], *path[0]) and is_near(reports[-1], *path[-1]), (reports, path)
    left = iter(path)
    for report in reports[:-1]:
        assert any(is_near(report, *place) for place in left), f'{report} is not where the finger was then: {path}'
