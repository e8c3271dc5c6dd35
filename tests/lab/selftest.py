#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""What becomes of a suite whose laptop dies: each program counts once, and only a dead laptop is forgiven. One laptop dies
in earnest; the suite's are plain processes, for a boot tells nothing more and takes its time.
Inside, this is also the programs: selftest.py passes|dies-once|fails|fails-and-dies|dies"""

import io
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / 'ui')]
import results  # noqa: E402
from laptop import Dead, Laptop, Ticks  # noqa: E402
from tap import Tap  # noqa: E402

NAME = 'tests/lab/selftest.py'
WAYS = ['passes', 'dies-once', 'fails', 'fails-and-dies', 'dies', 'passes-last']
EXPECTED = f'''
ok 1 - {NAME}: passes in boot 1
ok 2 - {NAME}: a second result of passes
ok 3 - {NAME}: dies-once in boot 2
ok 4 - {NAME}: a second result of dies-once
not ok 5 - {NAME}: fails in boot 2
ok 6 - {NAME}: a second result of fails
not ok 7 - {NAME}: fails-and-dies in boot 2
not ok 8 - {NAME} was cut off by the end of the laptop, and had failed before (1 of None results)
not ok 9 - {NAME} dies was not run to its end: the laptop died, or the time was over
not ok 10 - {NAME} passes-last was not run to its end: the laptop died, or the time was over
1..10
'''.strip().splitlines()


class Process:
    """Stands in for a laptop: it dies when what runs in it is killed."""

    def __init__(self, command, environment):
        self._process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.PIPE,
                                         start_new_session=True)

    def run(self, _timeout, target):
        for line in self._process.stdout:
            target.write(line)
        if self._process.wait() == -signal.SIGKILL:
            raise Dead('the process was killed')
        return self._process.returncode

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()


def inside(way):
    boot = int(os.environ['LAB_BOOT'])
    print('not ok' if way.startswith('fails') else 'ok', f'1 - {way} in boot {boot}', flush=True)
    if way.endswith('dies') or way == 'dies-once' and boot == 1:
        os.kill(os.getsid(0), signal.SIGKILL)     # what runs the programs, and then this with its “timeout”
        os.killpg(0, signal.SIGKILL)
    print(f'ok 2 - a second result of {way}\n1..2', flush=True)
    return way.startswith('fails')


def dies_in_earnest(said):
    with Laptop(['sh', '-c', 'dmesg | grep "tsc: Detected"; echo c > /proc/sysrq-trigger'], modules=()) as laptop:
        try:
            laptop.run(120, said)
        except Dead as error:
            return str(error)
    raise AssertionError('it went on')


def outside():
    tap, ticks, said = Tap(), Ticks(), io.BytesIO()
    with tap.test('a laptop whose kernel panics is told from a program that fails'):
        why = dies_in_earnest(said)
        assert 'the laptop ended by itself' in why and 'sysrq triggered crash' in why, why
    with tap.test('its clock goes as ours does'):
        detected, khz = re.search(rb'Detected ([\d.]+) MHz', said.getvalue()), ticks.khz()
        assert detected and abs(float(detected[1]) * 1000 - khz) < 0.005 * khz, (said.getvalue(), khz)
    with tap.test('a suite in a laptop that dies three times'):
        done = subprocess.run([sys.executable, __file__, 'suite'], stdout=subprocess.PIPE, text=True, timeout=60)
        lines = done.stdout.splitlines()
        assert [line for line in lines if not line.startswith('#')] == EXPECTED, done.stdout
        assert done.returncode == 1, done.returncode
        died = [line for line in lines if line.startswith('# UNSTEADY: the laptop died in ')]
        assert [line.split()[7] for line in died] == ['dies-once;', 'fails-and-dies;', 'dies;'], died
    tap.finish()


if __name__ == '__main__':
    if sys.argv[1:] == ['suite']:
        sys.exit(results.run([f'{NAME} {way}' for way in WAYS], 50, 20, Process))
    sys.exit(inside(sys.argv[1]) if sys.argv[1:] else outside())
