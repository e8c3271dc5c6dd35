# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""From a key, a finger or the pointer to the message that QEMU gets, for viewers that speak org.qemu.Display1.

The viewer has no machine at the other end but sink.py, in a process of its own, which notes when a message came. When the
event had come to the viewer libwayland tells (WAYLAND_DEBUG): all viewers are measured in the same way, and both clocks are
the host's. What it costs is measured with another window, without that."""

import bisect
import contextlib
import json
import re
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

import numpy

from figures import HZ, Program
from harness import Desktop
from session import Row, paced

_TIMEOUT = 30
_SIZE = 3840, 2160                                      # of the picture: each pixel of the monitor has places of its own
_SLOW, _FAST = 50, 1000                                 # events a second: each by itself, and as quick mice have them
_STALL = 5                                              # seconds
_DAY, _WRAP = 86400, (1 << 32) / 1e6                    # seconds, after which libwayland's clocks begin anew
# The time is that of the clock, or (before libwayland 1.24) microseconds, as far as 32 bits go.
_EVENT = re.compile(r'^\[(?:(\d\d):(\d\d):| *)(\d+)\.(\d+)\].* (?:wl_keyboard[@#]\d+\.(key)\(|'
                    r'wl_pointer[@#]\d+\.(motion)\(\d+, (-?[\d.]+)|wl_touch[@#]\d+\.(motion)\(\d+, \d+, (-?[\d.]+))', re.M)
_NEAR = 0.6                                             # of a pixel: a place that is the same
_KNOWN = 0.9                                            # the share of messages that must be of places that there were
_UPDATE = 1                                             # the kind of a MultiTouch event that moves a finger


@dataclass
class InputRow(Row):
    """Delays are (median, 99 % keep below) in seconds, from the viewer's having the event to QEMU's having the message."""
    key: tuple = None
    motion: tuple = None                                # each by itself
    touch: tuple = None
    fast: tuple = None                                  # of those that were sent while there were 1000 a second
    messages: float = None                              # each second, then
    cost: float = None                                  # processor time for one of those motions, seconds
    stalled: int = None                                 # messages for a QEMU that did not read for a while
    grown: int = None                                   # bytes that the viewer grew by meanwhile
    right: bool = None                                  # whether the last of these was the last position


class InputSession:
    """`with InputSession(viewer) as session:` then measure()."""

    def __init__(self, viewer, *_):
        self.viewer = viewer

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def measure(self, case, seconds, _watch_seconds):
        row = InputRow(case.name, self.viewer.name, self.viewer.title)
        with Window(self.viewer, {'WAYLAND_DEBUG': '1', 'TZ': 'UTC'}) as window:
            row.key = window.delays(lambda: window.type_keys(seconds), 'key', lambda one: one[0] == 'Keyboard')
            row.motion = window.delays(lambda: window.move(_SLOW, seconds), 'motion', _is_position)
            row.touch = window.delays(lambda: window.draw(seconds), 'touch', lambda one: _is_position(one) or
                                      one[1] == 'SendEvent' and one[2][0] == _UPDATE)
            row.fast = window.delays(lambda: window.move(_FAST, seconds), 'motion', _is_position)
        with Window(self.viewer) as window:
            row.messages, row.cost = window.measure_cost(seconds)
            row.stalled, row.grown, row.right = window.stall(_STALL)
        return row


def _is_position(message):
    return message[1] == 'SetAbsPosition'


class Window:
    """A viewer with a picture, maximised."""

    def __init__(self, viewer, env=None, size=_SIZE):
        self._viewer, self._env, self._size, self._scale = viewer, env or {}, size, None

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            self._desktop = desktop = stack.enter_context(Desktop())
            self._sink = subprocess.Popen([sys.executable, Path(__file__).with_name('sink.py')], env=desktop.env, text=True,
                                          stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            stack.callback(self._end_sink)
            json.loads(self._sink.stdout.readline())
            self._app = desktop.launch(self._viewer.command(self._size), self._viewer.environment | self._env)
            self._ask('show {} {}'.format(*self._size))
            desktop.wait_window()
            desktop.manage_window('maximize')
            desktop.wait_settled()
            self._centre = desktop.size[0] // 2, desktop.size[1] // 2
            desktop.click(*self._centre)
            desktop.wait_for(lambda: any(map(_is_position, self._heard())), _TIMEOUT, 'a viewer that forwards the pointer')
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self._stack.close()

    def _end_sink(self):
        self._sink.kill()
        self._sink.wait()
        self._sink.stdin.close()
        self._sink.stdout.close()

    def _ask(self, line):
        self._sink.stdin.write(line + '\n')
        self._sink.stdin.flush()
        self._desktop.wait_for(lambda: select.select([self._sink.stdout], [], [], 0)[0], _TIMEOUT, 'a viewer that listens')
        return json.loads(self._sink.stdout.readline())

    def _heard(self):
        """[(interface, method, arguments, seconds since 1970), …] since the last time, once it is quiet."""
        return [(interface, method, arguments, moment) for moment, interface, method, arguments in self._ask('take')]

    def memory(self):
        return Program(self._app.pid).memory()

    # -- what the user does ------------------------------------------------------------------------------------------

    def type_keys(self, seconds):
        for number in paced(_SLOW, int(_SLOW * seconds) // 2 * 2):
            (self._desktop.key_up if number % 2 else self._desktop.key_down)('a')

    def move(self, rate, seconds):
        """To and fro, a pixel at a time."""
        for number in paced(rate, int(rate * seconds)):
            self._desktop.move(*self._place(number), wait=rate < _FAST)

    def draw(self, seconds):
        """The same with a finger."""
        self._desktop.touch_down(0, *self._place(0))
        for number in paced(_SLOW, int(_SLOW * seconds)):
            self._desktop.touch_motion(0, *self._place(number + 1))
        self._desktop.touch_up(0)

    def _place(self, number):
        reach = self._desktop.size[0] // 4
        return self._centre[0] + reach - abs(number % (4 * reach) - 2 * reach), self._centre[1]

    # -- what comes of it --------------------------------------------------------------------------------------------

    def delays(self, act, kind, is_wanted):
        """(median, 99 %) of the delays of all messages that act() leads to, each from the event that it tells."""
        self._heard()
        before = len(self._app.output())
        act()
        messages = [message for message in self._heard() if is_wanted(message)]
        events = [event[1:] for event in handed_out(self._app.output()[before:]) if event[0] == kind]
        if kind == 'key':
            delays = _pair_keys(events, messages)
        else:
            self._scale = _scale_of(events, messages) if self._scale is None else self._scale
            delays = pair_places(events, messages, self._scale)
        return (median(delays), quantiles(delays, n=100)[-1]) if len(delays) > 1 else None

    def measure_cost(self, seconds):
        """Messages a second, and processor time of the viewer for each motion."""
        program = Program(self._app.pid)
        self.move(_FAST, 1)
        self._heard()
        before, begun = program.usage(), time.time()
        self.move(_FAST, seconds)
        taken, ticks = time.time() - begun, program.usage().ticks - before.ticks
        return sum(map(_is_position, self._heard())) / taken, ticks / HZ / (seconds * _FAST)

    def stall(self, seconds):
        """QEMU does not read: the messages that wait for it, what the viewer grew by, whether the last is the last."""
        self._desktop.move(*self._centre)
        self._heard()
        self._desktop.move(*self._place(0))
        end = [one for one in self._heard() if _is_position(one)][-1][2]
        before = self.memory().pss
        self._sink.send_signal(signal.SIGSTOP)
        try:
            self.move(_FAST, seconds)
            self._desktop.move(*self._place(0))
            self._desktop.screenshot()                  # so long mutter had, too, for all of it
            grown = self.memory().pss - before
        finally:
            self._sink.send_signal(signal.SIGCONT)
        messages = [one for one in self._heard() if _is_position(one)]
        return len(messages), grown, bool(messages) and messages[-1][2] == end


def handed_out(log):
    """('key', seconds since 1970), ('motion', seconds, x), ('touch', seconds, x): what libwayland has handed out."""
    now = time.time()
    for found in _EVENT.finditer(log):
        if found[1]:
            moment, period = int(found[1]) * 3600 + int(found[2]) * 60 + float(f'{found[3]}.{found[4]}'), _DAY
        else:
            moment, period = float(f'{found[3]}{found[4]}') / 1e6, _WRAP
        moment = now - (now - moment) % period
        if found[5]:
            yield 'key', moment
        elif found[6]:
            yield 'motion', moment, float(found[7])
        else:
            yield 'touch', moment, float(found[9])


def _pair_keys(events, messages):
    """Seconds from each to the one message that tells it."""
    if len(events) != len(messages):
        raise RuntimeError(f'of {len(events)} keys {len(messages)} were told')
    return [message[3] - event[0] for event, message in zip(events, messages)]


def _latest(events, message):
    return bisect.bisect_right(events, message[3], key=lambda event: event[0]) - 1


def _scale_of(events, messages):
    """How places in the window become those of the guest: of events that each have their message before the next comes."""
    pairs = [(events[index][1], message[2][-2]) for message in messages if (index := _latest(events, message)) >= 0]
    return numpy.polyfit(*zip(*pairs), 1)


def pair_places(events, messages, scale):
    """Seconds to each message from the latest event before it that it tells; not each event has one."""
    delays = []
    for message in messages:
        index = _latest(events, message)
        while index >= 0 and abs(numpy.polyval(scale, events[index][1]) - message[2][-2]) > scale[0] * _NEAR:
            index -= 1
        if index >= 0:
            delays.append(message[3] - events[index][0])
    if len(delays) < len(messages) * _KNOWN:
        raise RuntimeError(f'of {len(messages)} messages only {len(delays)} are of places where the pointer was')
    return delays
