# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""A small QMP client, for tests."""

import json
import select
import socket
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "ui"))
from patience import patient  # noqa: E402


class QmpError(Exception):
    """QEMU refused a command."""


class Qmp:
    def __init__(self, path, timeout=10):
        deadline = time.monotonic() + patient(timeout)
        while True:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                self._socket.connect(path)
                break
            except (FileNotFoundError, ConnectionRefusedError):
                self._socket.close()
                if time.monotonic() > deadline:
                    raise
                select.select([], [], [], 0.02)
        self._buffer = b""
        self.events = []
        self._read(timeout)  # the greeting
        self.call("qmp_capabilities")

    def close(self):
        self._socket.close()

    def _read(self, timeout):
        deadline = time.monotonic() + patient(timeout)
        while b"\n" not in self._buffer:
            self._socket.settimeout(max(deadline - time.monotonic(), 0.001))
            data = self._socket.recv(65536)
            if not data:
                raise EOFError("QEMU closed the connection")
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        return json.loads(line)

    def call(self, command, timeout=30, fds=(), **arguments):
        """Carries out a command, with file descriptors for one that takes them, and returns its answer."""
        request = {"execute": command, "arguments": {name.replace("_", "-"): value for name, value in arguments.items()}}
        line = json.dumps(request).encode() + b"\n"
        sent = socket.send_fds(self._socket, [line], fds)
        self._socket.sendall(line[sent:])
        while True:
            message = self._read(timeout)
            if "event" in message:
                self.events.append(message)
            elif "error" in message:
                raise QmpError(message["error"]["desc"])
            else:
                return message["return"]

    def screendump(self, path):
        """The first display's picture as a PNG file."""
        self.call("screendump", filename=path, format="png")

    def input(self, *events, **where):
        """Injects input: pairs of type and data as in QAPI's InputEvent."""
        self.call("input-send-event", events=[{"type": kind, "data": data} for kind, data in events], **where)
