# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Test Anything Protocol, as much of it as a test needs.

    tap = Tap()
    with tap.test('the window opens'):        # an exception makes it "not ok", with the traceback as comments
        assert window.is_open(), 'it is shut'
    with tap.test('the panel is touched'):
        tap.skip('this machine has no panel')
    tap.ok(2 + 2 == 4, 'sums')                # a check without a block
    tap.finish()                              # the plan; exits 0, or 1 when anything failed

And what others say in it:
    reader = Reader()
    for line in lines:
        if result := reader.feed(line):       # Result (passed, name, skip), skip being the reason, or None
            …
    if not reader.is_whole(exit_code):        # reader.plan, seen and bad: how many results
        …
"""

import contextlib
import re
import sys
import time
import traceback
from typing import NamedTuple

_PLAN = re.compile(r'1\.\.(\d+)(?:\s*#\s*skip\S*\s*(.*))?', re.I)
_RESULT = re.compile(r'(not )?ok\b\s*\d*\s*-?\s*(.*)')

class Skip(Exception):
    """Raised by Tap.skip; the text is the reason."""


class Tap:
    def __init__(self, stream=None):
        # Whatever else is printed must not end up inside a TAP line, so each line is written and flushed whole.
        self._stream = stream or sys.stdout
        self.count = self.failures = 0

    def comment(self, text):
        for line in str(text).splitlines() or ['']:
            self._write(f'# {line}')

    def ok(self, passed, name, directive=''):
        """One result; returns `passed`."""
        self.count += 1
        self.failures += not passed
        name = ' '.join(name.split()).replace('#', '\\#')
        self._write(f'{"ok" if passed else "not ok"} {self.count} - {name}{directive}')
        return passed

    def skip(self, reason):
        """Ends the surrounding test block, which then counts as skipped."""
        raise Skip(reason)

    @contextlib.contextmanager
    def test(self, name):
        start = time.monotonic()
        try:
            yield
        except Skip as reason:
            self.ok(True, name, f' # SKIP {reason}')
        except Exception:
            self.ok(False, name)
            self.comment(traceback.format_exc())
        else:
            self.ok(True, name)
            if (seconds := time.monotonic() - start) >= 1:
                self.comment(f'{seconds:.1f} s')

    @contextlib.contextmanager
    def guard(self, name):
        """Around what lies between tests: counts only when it fails, and lets the next part begin."""
        try:
            yield
        except Exception:
            self.ok(False, name)
            self.comment(traceback.format_exc())

    def skip_all(self, reason):
        """For a whole program that cannot run here: prints the plan and exits 0."""
        self._write(f'1..0 # SKIP {reason}')
        sys.exit(0)

    def bail_out(self, reason):
        """Nothing more can be tested: says so and exits 1."""
        self._write(f'Bail out! {" ".join(str(reason).split())}')
        sys.exit(1)

    def finish(self):
        self._write(f'1..{self.count}')
        sys.exit(1 if self.failures else 0)

    def _write(self, line):
        self._stream.write(line + '\n')
        self._stream.flush()


class Result(NamedTuple):
    passed: bool
    name: str                                 # empty for a whole program that was skipped
    skip: str                                 # why it was, or None


class Reader:
    """Another program's results, line by line."""

    def __init__(self):
        self.plan, self.seen, self.bad = None, 0, 0

    def feed(self, line):
        """The result that the line is, or None."""
        if found := _PLAN.match(line):
            self.plan = int(found[1])
            return None if self.plan else Result(True, '', found[2] or '')
        if not (found := _RESULT.match(line)):
            return None
        self.seen += 1
        self.bad += bool(found[1])
        name, _, directive = found[2].partition('# ')
        return Result(not found[1], name.strip(), directive[4:].strip() if directive.lower().startswith('skip') else None)

    def is_whole(self, code):
        """Whether a program that ended with this exit code said all it had planned to, a failure that explains the code
        included."""
        return self.plan == self.seen and (not code or self.bad > 0)
