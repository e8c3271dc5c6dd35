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
"""

import contextlib
import sys
import time
import traceback


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
