# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Many programs in one laptop, and one TAP stream of theirs outside; suite says which programs."""

import re
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from laptop import Dead, Laptop, passed_environment, Refusal

TOP = Path(__file__).resolve().parents[2]
GRACE = 60             # for the boot, and before the laptop is ended with all that is in it
BOOTS = 3              # the emulated processor is not faultless: a kernel that dies there is no fault of a program's
MAX_SAID = 40          # lines of what a program writes to standard error
_MARK = '=== lab'      # what the inside writes about a program, among what the program writes


def run(programs, seconds, program_seconds, make_laptop=Laptop):
    """Runs the programs, paths in the checkout with their arguments, and returns an exit code. The seconds are for all of
    them and for each; a program is told by LAB_BOOT which boot of the laptop it is in."""
    results, end = Results(programs), time.monotonic() + seconds
    for boot in range(1, BOOTS + 1):
        left = max(0, end - time.monotonic())
        command = [sys.executable, __file__, str(left), str(program_seconds), *results.left]
        try:
            with make_laptop(command, environment={**passed_environment(), 'LAB_BOOT': str(boot)}) as laptop:
                laptop.run(left + GRACE, results)
            break
        except Dead as error:
            results.laptop_died(error, boot < BOOTS)
        except (Refusal, RuntimeError, TimeoutError) as error:
            results.give_up(error)
            break
        if not results.left:
            break
    return results.finish()


def _run_inside(programs, seconds, program_seconds):
    end = time.monotonic() + seconds
    for program in programs:
        limit, begun = int(min(program_seconds, end - time.monotonic())), time.monotonic()
        if limit <= 0:
            break
        # Marks begin with a new line: QEMU's last words may lack the end of theirs, and would swallow what comes next.
        print(f'\n{_MARK} begin {program}', flush=True)
        name, *arguments = shlex.split(program)
        with tempfile.TemporaryFile('w+', errors='replace') as said:
            code = subprocess.run(['timeout', '-k', '10', str(limit), TOP / name, *arguments], stderr=said).returncode
            said.seek(0)
            print('', *(f'# {line}' for line in said.read().splitlines()[-MAX_SAID:]), sep='\n', flush=True)
        print(f'\n{_MARK} end {code} {limit} {time.monotonic() - begun:.0f}', flush=True)
    return 0


class Results:
    """Takes what the laptop writes, and counts anew: each result gets its program's name. A program's results count when it
    has ended, so that what a dying laptop cut off is counted once. `left`: the programs that have not."""

    def __init__(self, programs):
        self.left = list(programs)
        self.count = self.failures = 0
        self._rest, self._current, self._lines = b'', None, []

    def write(self, data):
        *lines, self._rest = (self._rest + data).split(b'\n')
        for line in lines:
            self._take(line.decode(errors='replace').rstrip())

    def flush(self):
        """A stream has this."""

    def laptop_died(self, why, again):
        """A program that had failed before has failed: only the laptop's death is forgiven."""
        self._unfinished()
        where = f'in {self._current}' if self._current else 'between two programs'
        if self._failed_already():
            self._conclude('was cut off by the end of the laptop, and had failed before')
        self._current, self._lines = None, []
        again = f'it is booted again for {len(self.left)} more' if again and self.left else 'it is not booted again'
        _comment(f'UNSTEADY: the laptop died {where}; {again}\n{why}')

    def give_up(self, why):
        self._unfinished()
        _comment(f'the laptop: {why}')
        if self._current:
            self._conclude('was cut off')

    def finish(self):
        for program in self.left:
            self._result(False, f'{program} was not run to its end: the laptop died, or the time was over')
        print(f'1..{self.count}', flush=True)
        return 1 if self.failures or not self.count else 0

    def _unfinished(self):
        if self._rest:
            self.write(b'\n')

    def _take(self, line):
        if line.startswith(f'{_MARK} begin '):
            self._current, self._lines = line.removeprefix(f'{_MARK} begin '), []
            _comment(f'{self._current} …')
        elif line.startswith(f'{_MARK} end ') and self._current:
            code, limit, seconds = map(int, line.split()[-3:])
            over = code in (124, 137)
            self._conclude(f'was ended, for it still ran after {limit} s' if over else f'ended early, exit code {code}', code)
            _comment(f'{seconds} s')
        elif self._current:
            self._lines.append(line)
        elif line:
            _comment(line)

    def _failed_already(self):
        return any(line.startswith('not ok') for line in self._lines)

    def _conclude(self, otherwise, code=None):
        """The current program's results; without an exit code, or when they are not all there, it has failed: `otherwise`."""
        name, plan, seen, bad = shlex.split(self._current)[0], None, 0, 0
        for line in self._lines:
            if found := re.match(r'1\.\.(\d+)(?:\s*#\s*skip\S*\s*(.*))?', line, re.I):
                plan = int(found[1])
                if plan == 0:
                    self._result(True, f'{name} # SKIP {found[2] or ""}')
            elif found := re.match(r'(not )?ok\b\s*\d*\s*-?\s*(.*)', line):
                seen, bad = seen + 1, bad + bool(found[1])
                self._result(not found[1], f'{name}: {found[2]}')
            elif line:
                _comment(line.removeprefix('# '))
        if code is None or plan is None or plan != seen or (code and not bad):
            self._result(False, f'{name} {otherwise} ({seen} of {plan} results)')
        if self._current in self.left:
            self.left.remove(self._current)
        self._current, self._lines = None, []

    def _result(self, passed, what):
        self.count += 1
        self.failures += not passed
        print(f'{"ok" if passed else "not ok"} {self.count} - {what}', flush=True)


def _comment(text):
    print(*(f'# {line}' for line in str(text).splitlines()), sep='\n', flush=True)


if __name__ == '__main__':
    _run_inside(sys.argv[3:], float(sys.argv[1]), float(sys.argv[2]))
