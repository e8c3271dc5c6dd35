# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""One viewer with one guest on one desktop, and the measuring of cases there."""

import contextlib
import os
import re
import time
from dataclasses import dataclass, field
from pathlib import Path

import environment
import shown
from eye import Eye
from figures import HZ, Program
from harness import Desktop
from machine import Machine
from processes import children

_GUEST_TIMEOUT, _SHOW_TIMEOUT = 60, 30
_MARKS = (255, 0, 255), (0, 255, 255)                   # of the first head and the second
_MARK_TOLERANCE = 12
_FLUSH = re.compile(rb'@(\d+\.\d+):virtio_gpu_cmd_res_flush res 0x[0-9a-f]+, w (\d+), h (\d+)')
_WARM_FLUSHES = 10                                      # after so many whatever is made once is there
_IDLE = 0x30, 0x40, 0x50                                # what a guest shows that does nothing
_STILL = 1.0                                            # seconds without a change, after which nothing is on its way
_TICKS_FOR = 10                                         # figures are told as of so many seconds


@dataclass
class Row:
    """The figures of one viewer in one case. None: there is no such figure."""
    case: str
    viewer: str
    title: str
    failure: str = None                                 # why there are no figures at all
    flushes: float = None                               # of the guest, each second
    flushed: tuple = None                               # (width, height) that most of them told
    ticks: dict = field(default_factory=dict)           # viewer, qemu, compositor, sum; in 10 s
    wakeups: float = None                               # of the viewer, each second
    peak: int = None                                    # bytes, of the viewer
    pss: int = None
    uploaded: float = None                              # bytes each second, where the viewer tells
    way: str = None                                     # how it gets and draws pictures, where it tells
    shown: float = None                                 # updates each second that got as far as the monitor
    dropped: float = None                               # the share that did not
    latency: float = None                               # from flush to monitor, seconds; the median
    latency_95: float = None


class Session:
    """`with Session(viewer, case, guest) as session:` then measure () each case that goes with that one, in
    the order of cases.py: a hidden window stays hidden."""

    def __init__(self, viewer, case, guest):
        self.viewer, self._case, self._guest_folder = viewer, case, guest

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            self._desktop = stack.enter_context(Desktop(self._case.monitor))
            self._start_machine(stack)
            self._start_viewer()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self._stack.close()

    # -- the programs ------------------------------------------------------------------------------------------------

    def _start_machine(self, stack):
        desktop, folder = self._desktop, Path(self._desktop.runtime, 'bench')
        folder.mkdir()
        self._eye_environment = environment.capture_environment(str(folder), desktop.env)
        self._trace = folder / 'trace'
        extra = [*self.viewer.options(folder), '-msg', 'timestamp=on', '-D', str(self._trace),
                 '-trace', 'enable=virtio_gpu_cmd_res_flush']
        with _environment(desktop.env | {'DIORAMA_QEMU': self.viewer.qemu}):
            machine = stack.enter_context(Machine(self._guest_folder, f'virtio-vga,max_outputs={self._case.heads}',
                                                  extra=extra))
        self._guest, self._programs = machine.guest, {'qemu': Program(machine.process.pid)}
        self._ask('ping')
        for head in range(1, self._case.heads):
            self.viewer.plug(desktop, head, self._case.size)
            desktop.wait_for(lambda: self._ask('state')['connectors'][head]['connected'], _SHOW_TIMEOUT,
                             'a further head')
        self._set_mode(self._case.size)

    def _set_mode(self, size):
        for head in range(self._case.heads):
            self._ask('mode', connector=head, width=size[0], height=size[1])
            self._ask('fill', connector=head, color='#%02x%02x%02x' % _MARKS[head])
        self._size = size

    def _start_viewer(self):
        desktop, command = self._desktop, self.viewer.command(self._case.size)
        self._viewer_environment = desktop.env | self.viewer.environment
        if command is not None:
            app = desktop.launch(command, self.viewer.environment)
            self._programs['viewer'] = Program(app.pid)
        self._programs['compositor'] = Program(_compositor())
        for mark in _MARKS[:self._case.heads]:
            desktop.wait_for(lambda: self._find_picture(mark), _SHOW_TIMEOUT, 'the guest’s picture')
        if self._case.heads == 1:
            desktop.manage_window('toggle-fullscreen' if self._case.fullscreen else 'maximize')
            self._place = self._wait_picture()

    def _wait_picture(self):
        """Where the guest's picture is: it must fill the monitor in one direction or nearly so, and rest."""
        places = [None]

        def rests():
            places.append(self._find_picture())
            place, (width, height) = places[-1], self._desktop.size
            return (place is not None and place == places[-2] and
                    (place[2] > 0.9 * width or place[3] > 0.85 * height) and place)
        try:
            return self._desktop.wait_for(rests, _SHOW_TIMEOUT, 'the picture at rest')
        except TimeoutError:
            raise TimeoutError(f'the guest’s picture stays at {places[-1]} of {self._desktop.size}') from None

    def _find_picture(self, mark=_MARKS[0]):
        off = abs(self._desktop.screenshot().astype(int) - mark).max(axis=2)
        marked = off < _MARK_TOLERANCE
        rows, columns = marked.any(axis=1).nonzero()[0], marked.any(axis=0).nonzero()[0]
        if not len(rows):
            return None
        return (int(columns[0]), int(rows[0]), int(columns[-1] - columns[0] + 1), int(rows[-1] - rows[0] + 1))

    # -- measuring ---------------------------------------------------------------------------------------------------

    def measure(self, case, seconds, watch_seconds):
        row = Row(case.name, self.viewer.name, self.viewer.title)
        if case.size != self._size:
            self._set_mode(case.size)
            self._place = self._wait_picture()
        if case.hidden:
            self._desktop.manage_window('minimize')
            self._desktop.wait_for(lambda: self._find_picture() is None, _SHOW_TIMEOUT, 'the window to go')
        self._measure_usage(case, row, seconds)
        if case.watched and not case.hidden:
            self._watch(case, row, watch_seconds)
        return row

    def _measure_usage(self, case, row, seconds):
        self._warm_up(case, self._run(case))
        for program in self._programs.values():
            program.forget_peak()
        accounts = [self.viewer.accounts(self._viewer_environment)]
        start, before = time.time(), {name: program.usage() for name, program in self._programs.items()}
        self._linger(case, seconds)
        after, end = {name: program.usage() for name, program in self._programs.items()}, time.time()
        accounts.append(self.viewer.accounts(self._viewer_environment))
        memory = self._programs['viewer'].memory() if 'viewer' in self._programs else None
        self._stop(case)

        taken = end - start
        row.ticks = {name: (after[name].ticks - before[name].ticks) * 100 / HZ * _TICKS_FOR / taken for name in after}
        row.ticks['sum'] = sum(row.ticks.values())
        if memory is not None:
            row.wakeups = after['viewer'].wakeups_since(before['viewer']) / taken
            row.peak, row.pss = memory.peak, memory.pss
        if all(accounts):
            row.uploaded = (accounts[1].uploaded - accounts[0].uploaded) / (accounts[1].time - accounts[0].time)
            row.way = accounts[1].way
        told = [size for moment, size in self._flushes() if start <= moment < end]
        row.flushes = len(told) / taken
        row.flushed = max(set(told), key=told.count) if told else None

    def _linger(self, case, seconds):
        """The span that is measured."""
        if not case.pointer:
            time.sleep(seconds)
            return
        x, y, width, height = self._place
        for number in paced(case.pointer, int(case.pointer * seconds)):
            self._desktop.move(x + width // 4 + number % (width // 2), y + height // 2, wait=False)

    def _ask(self, command, **members):
        return self._guest.call(command, timeout=_GUEST_TIMEOUT, **members)

    def _run(self, case, **more):
        """Makes the guest move; returns when it began."""
        start = time.time()
        if case.command is None:
            self._ask('fill', color='#%02x%02x%02x' % _IDLE)
        else:
            for connector in range(case.heads):
                self._ask(case.command, connector=connector, **case.members, **more)
        return start

    def _warm_up(self, case, start):
        if case.command is None:
            self._desktop.wait_for(lambda: self._find_picture(_IDLE) == self._place, _SHOW_TIMEOUT, 'a guest at rest')
        else:
            self._desktop.wait_for(lambda: sum(moment >= start for moment, _ in self._flushes()) >= _WARM_FLUSHES,
                                   _SHOW_TIMEOUT, 'the guest’s first updates')

    def _stop(self, case):
        """Makes it rest; returns how many updates there were."""
        if case.command is None:
            return 0
        for connector in range(case.heads):
            self._ask(case.command, connector=connector, on=False)
        return self._ask('state')['count']

    def _watch(self, case, row, seconds):
        """The same once more, for an eye that looks at one spot."""
        (gx, gy), more = case.spot(), {}
        if case.command == 'rects':
            more['at'] = [[gx, gy]]
            gx, gy = gx + case.members['w'] / 2, gy + case.members['h'] / 2
        x, y, width, height = self._place
        spot = (x + gx * width / case.size[0], y + gy * height / case.size[1])
        with Eye(self._desktop, self._eye_environment, *spot) as eye:
            start = self._run(case, **more)
            time.sleep(seconds)                         # the span that is measured
            count, stopped = self._stop(case), time.time()
            self._desktop.wait_for(lambda: time.time() - max(stopped, eye.seen[-1][0]) > _STILL, _SHOW_TIMEOUT,
                                   'the monitor to be still')
        flushes = [moment for moment, _ in self._flushes() if moment >= start][-count:] if count else []
        seen = [(moment, colour) for moment, colour in eye.seen if moment >= start]
        shown.judge(row, flushes, seen, case.watched)

    def _flushes(self):
        """(seconds since 1970, (width, height)) of each flush that QEMU has been given."""
        trace = self._trace.read_bytes()
        return [(float(found[1]), (int(found[2]), int(found[3]))) for found in _FLUSH.finditer(trace)]


def paced(rate, count):
    """0, 1, … count - 1, `rate` of them a second."""
    begun = time.monotonic()
    for number in range(count):
        time.sleep(max(0, begun + number / rate - time.monotonic()))
        yield number


@contextlib.contextmanager
def _environment(env):
    """For what inherits it: the guest's QEMU belongs to the desktop, and ends with it."""
    own = dict(os.environ)
    try:
        os.environ.clear()
        os.environ.update(env)
        yield
    finally:
        os.environ.clear()
        os.environ.update(own)


def _compositor():
    return next(pid for pid in children(os.getpid()) if Path(f'/proc/{pid}/comm').read_text().strip() == 'mutter')
