# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Diorama's sessions without its windows (driver.c), for tests that copy and paste."""

import json
import os
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
TESTS = HERE.parent
sys.path.insert(0, str(TESTS / 'ui'))
from patience import patient  # noqa: E402

BUILD = Path(os.environ.get('DIORAMA_TEST_BUILD', TESTS.parent / 'build' / 'root'))


class Driver:
    """With `home`, a directory of its own for what it keeps; QEMU is Debian's, which can share folders by 9p."""

    def __init__(self, home):
        environment = {**os.environ, 'HOME': str(home), 'XDG_RUNTIME_DIR': str(home), 'DIORAMA_EMBEDDED_QEMU': '',
                       'XDG_CACHE_HOME': str(home), 'XDG_STATE_HOME': str(home)}
        self._process = subprocess.Popen([BUILD / 'tests/agent/agent-driver'], env=environment, text=True,
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._reports = queue.Queue()
        self.log = []
        threading.Thread(target=self._read, daemon=True).start()

    def do(self, *words):
        self._process.stdin.write(' '.join(map(str, words)) + '\n')
        self._process.stdin.flush()

    def wait(self, what, timeout=30, **fields):
        """The next report of that kind with these fields; what comes before it is passed over, and in `log`."""
        deadline = time.monotonic() + patient(timeout)
        while True:
            try:
                report = self._reports.get(timeout=max(0.01, deadline - time.monotonic()))
            except queue.Empty:
                raise TimeoutError(f'no “{what}” {fields}; last: {self.log[-8:]}') from None
            if report is None:
                raise RuntimeError(f'the driver has ended; last: {self.log[-8:]}')
            self.log.append(report)
            if report['what'] == what and all(report.get(name) == value for name, value in fields.items()):
                return report

    def close(self):
        self._process.stdin.close()
        self._process.wait(patient(30))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.close()
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _read(self):
        for line in self._process.stdout:
            self._reports.put(json.loads(line))
        self._reports.put(None)
