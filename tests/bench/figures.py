# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""What processes have used, from /proc: a program is measured with all its children.

    program = Program(pid)
    program.forget_peak()
    before = program.usage()
    …
    after = program.usage()
    after.ticks - before.ticks          of CPU; HZ of them a second
    after.wakeups_since(before)         voluntary context switches: how often a thread had gone to sleep and was woken
    program.milliseconds()              of CPU, finer than ticks
    program.memory()                    Memory(resident, peak, pss) in bytes
"""

import ctypes
import os
import time
from dataclasses import dataclass
from pathlib import Path

from processes import children

HZ = os.sysconf('SC_CLK_TCK')
_PEAK = '5'                                             # for /proc/PID/clear_refs: the peak begins anew, nothing else


@dataclass
class Memory:
    resident: int
    peak: int                                           # the most that was ever resident, each process by itself
    pss: int                                            # resident now; what n processes share counts 1/n


@dataclass
class Usage:
    ticks: int
    switches: dict                                      # voluntary ones, by thread

    def wakeups_since(self, before):
        return sum(count - before.switches.get(thread, 0) for thread, count in self.switches.items())


class Program:
    def __init__(self, pid):
        self.pid = pid

    def processes(self):
        found, left = [], [self.pid]
        while left:
            pid = left.pop()
            found.append(pid)
            left += children(pid)
        return found

    def usage(self):
        ticks, switches = 0, {}
        for pid in self.processes():
            try:
                ticks += _ticks(pid)
                switches |= _switches(pid)
            except (FileNotFoundError, ProcessLookupError):
                pass                                    # a child that has just ended: its parent's figures have it
        return Usage(ticks, switches)

    def forget_peak(self):
        for pid in self.processes():
            try:
                Path(f'/proc/{pid}/clear_refs').write_text(_PEAK)
            except OSError:
                pass                                    # the peak then is that since its start: more, never less

    def milliseconds(self):
        """Of CPU since it was started, as finely as the kernel counts; without children that have ended."""
        return sum(time.clock_gettime(_clock_of(pid)) for pid in self.processes()) * 1000

    def memory(self):
        resident = peak = pss = 0
        for pid in self.processes():
            try:
                resident += _kilobytes(f'/proc/{pid}/status', 'VmRSS')
                peak += _kilobytes(f'/proc/{pid}/status', 'VmHWM')
                pss += _kilobytes(f'/proc/{pid}/smaps_rollup', 'Pss')
            except (FileNotFoundError, ProcessLookupError):
                pass
        return Memory(resident, peak, pss)


def _clock_of(pid):
    clock = ctypes.c_int()
    if ctypes.CDLL(None).clock_getcpuclockid(pid, ctypes.byref(clock)):
        raise ProcessLookupError(pid)
    return clock.value


def _ticks(pid):
    """User and system time of all threads, ended ones too, and of the children that were waited for."""
    fields = Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()
    return sum(int(field) for field in fields[11:15])


def _switches(pid):
    return {int(thread.name): _number(thread / 'status', 'voluntary_ctxt_switches')
            for thread in Path(f'/proc/{pid}/task').iterdir()}


def _kilobytes(path, name):
    return _number(path, name) * 1024


def _number(path, name):
    for line in Path(path).read_text().splitlines():
        if line.startswith(name + ':'):
            return int(line.split()[1])
    return 0
