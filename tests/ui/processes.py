# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Starts processes so that none of them can outlive the test, however the test ends.

Each child leads its own process group, dies with its parent (PR_SET_PDEATHSIG) and, because this process is made a
child subreaper, hands its orphans to us. At the end everything that carries the family's mark in its environment is
ended, politely first."""

import ctypes
import os
import signal
import subprocess
import time

from patience import patient

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_libc = ctypes.CDLL(None, use_errno=True)


def _die_with_parent():
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


class Process:
    """One child. Its standard output and error go to the file `log`."""

    def __init__(self, argv, env, log, cwd=None):
        self.argv, self.log_path = argv, log
        with open(log, 'ab') as stream:
            self._popen = subprocess.Popen(argv, env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=stream,
                                           stderr=subprocess.STDOUT, start_new_session=True,
                                           preexec_fn=_die_with_parent)
        self.pid = self._popen.pid

    def poll(self):
        """The exit status (negative: the signal), or None while it runs."""
        return self._popen.poll()

    def wait(self, timeout):
        """The exit status; TimeoutError after `timeout` seconds."""
        try:
            return self._popen.wait(timeout)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f'{self.argv[0]} still runs after {timeout} s') from None

    def signal(self, number):
        """Sends a signal to the whole process group; a group that is gone is no error."""
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:
            pass

    def output(self):
        """What it has written so far, as text."""
        with open(self.log_path, 'rb') as stream:
            return stream.read().decode('utf-8', 'replace')

    def tail(self, lines=20):
        """The last lines of its output, for messages."""
        return '\n'.join(self.output().splitlines()[-lines:])


class Family:
    """All processes of one desktop. `mark` is NAME=VALUE in the environment of each of them."""

    def __init__(self, mark):
        self._mark = mark.encode()
        self._children = []
        _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def start(self, argv, env, log, cwd=None):
        child = Process(argv, env, log, cwd)
        self._children.append(child)
        return child

    def living(self):
        """The ids of everything in the family that still runs, the children of our children included."""
        return [pid for pid, (state, _, _) in _processes() if state not in 'ZX' and self._is_marked(pid)]

    def end(self, grace=3.0):
        """Asks everything to end, kills after `grace` seconds what has not, and collects the dead."""
        for number, seconds in ((signal.SIGTERM, grace), (signal.SIGKILL, 5.0)):
            told, deadline = set(), time.monotonic() + seconds
            while (left := set(self.living())) and time.monotonic() < deadline:
                for pid in left - told:
                    _send(pid, number)
                told |= left
                self._reap_orphans()
                time.sleep(0.01)
        for child in self._children:
            child.wait(patient(5))
        self._reap_orphans()

    def _is_marked(self, pid):
        if pid == os.getpid():
            return False
        try:
            with open(f'/proc/{pid}/environ', 'rb') as environ:
                return self._mark in environ.read().split(b'\0')
        except OSError:
            return False

    def _reap_orphans(self):
        # The dead have no environment to look at, but stay in the session that one of our children began. Our children
        # themselves are left to Popen, which wants their exit status.
        sessions = {child.pid for child in self._children}
        for pid, (state, parent, session) in _processes():
            if state == 'Z' and parent == os.getpid() and session in sessions and pid not in sessions:
                os.waitpid(pid, os.WNOHANG)


def children(parent):
    """The ids of a process's living children."""
    return [pid for pid, (state, of, _) in _processes() if of == parent and state not in 'ZX']


def qemus(parent):
    """Those of them that are QEMUs with a machine: tools of QEMU's come and go."""
    return [pid for pid in children(parent) if 'qemu-system' in _program(pid)]


def _program(pid):
    try:
        return os.readlink(f'/proc/{pid}/exe')
    except OSError:      # it has just ended
        return ''


def _send(pid, number):
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        pass


def _processes():
    """(pid, (state, parent, session)) of every process there is."""
    for entry in os.listdir('/proc'):
        if entry.isdigit():
            try:
                with open(f'/proc/{entry}/stat', 'rb') as stat:
                    state, parent, _, session = stat.read().rpartition(b')')[2].split()[:4]
                yield int(entry), (state.decode(), int(parent), int(session))
            except (OSError, ValueError):
                pass
