# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Client for the guest's control port, at a UNIX socket of QEMU's. README.md lists the commands.

    guest = Guest("/run/…/control")
    guest.call("ping", timeout=30)  # answered as soon as the first picture is there; seconds as in ../ui/patience.py
    guest.call("mode", width=800, height=600)
"""

import json
import select
import socket
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "ui"))
from patience import patient  # noqa: E402


class GuestError(Exception):
    """The guest refused a command."""


class Guest:
    def __init__(self, path, timeout=10):
        self._deadline = time.monotonic() + patient(timeout)
        self._socket = None
        while self._socket is None:
            attempt = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                attempt.connect(path)
                self._socket = attempt
            except (FileNotFoundError, ConnectionRefusedError):
                attempt.close()
                if time.monotonic() > self._deadline:
                    raise
                select.select([], [], [], 0.02)
        self._socket.setblocking(False)
        self._buffer = b""
        self._next_id = 1
        self.events = []  # those that nobody waited for yet, oldest first
        self.send_raw(b"\n")  # ends what a client before this one may have left unfinished

    def close(self):
        self._socket.close()

    def send_raw(self, data):
        self._socket.setblocking(True)
        self._socket.sendall(data)
        self._socket.setblocking(False)

    def _read(self, deadline):
        """The next line as an object. Raises TimeoutError, or EOFError when QEMU is gone."""
        while b"\n" not in self._buffer:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._socket], [], [], left)[0]:
                raise TimeoutError("the guest said nothing in time")
            data = self._socket.recv(65536)
            if not data:
                raise EOFError("the control port was closed")
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        return json.loads(line)

    def read_answer(self, number, timeout=10):
        deadline = time.monotonic() + patient(timeout)
        while True:
            message = self._read(deadline)
            if "event" in message:
                self.events.append(message)
            elif message.get("id") == number:
                return message

    def call(self, command, timeout=10, **members):
        """Carries out a command and returns its answer; GuestError if the guest refuses."""
        number = self._next_id
        self._next_id += 1
        self.send_raw(json.dumps({"id": number, "cmd": command, **members}).encode() + b"\n")
        answer = self.read_answer(number, timeout)
        if "error" in answer:
            raise GuestError(answer["error"])
        return answer

    def wait_event(self, name, timeout=10, matches=lambda event: True):
        """The oldest event of that name not yet taken that matches; others stay."""
        return self._take_event(name, time.monotonic() + patient(timeout), matches)

    def _take_event(self, name, deadline, matches):
        while True:
            for index, event in enumerate(self.events):
                if event["event"] == name and matches(event):
                    return self.events.pop(index)
            message = self._read(deadline)
            if "event" in message:
                self.events.append(message)

    def gather(self, name, take, is_enough, timeout=10):
        """What take (event) makes of each event of that name, in one list, until is_enough (list) or the time is over, and
        of those that had come by then. All other events are forgotten."""
        gathered, deadline = [], time.monotonic() + patient(timeout)
        while not is_enough(gathered):
            try:
                gathered += take(self._take_event(name, deadline, lambda event: True))
            except TimeoutError:
                break
        self.call("ping")                 # whatever came with it has now been read, too
        gathered += [part for event in self.events if event["event"] == name for part in take(event)]
        self.events.clear()
        return gathered
