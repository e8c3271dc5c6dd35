# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""A guest in which SPICE's agent runs: the root's own kernel and files (as tests/lab has them), with ./layer over them, and a
shell on a port. See README.md."""

import base64
import glob
import shlex
import socket
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
TESTS = HERE.parent
sys.path[:0] = [str(TESTS / folder) for folder in ('lab', 'ui')]
from laptop import COMMAND_LINE, Ticks, initrd  # noqa: E402
from patience import patient  # noqa: E402


def layer():
    done = subprocess.run([HERE / 'layer'], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip().splitlines()[-1]


class Guest:
    """`folder`: a new directory of the host's, seen in the guest as /share. `kernel`, `initrd`, `arguments` and `extra` (words for
    QEMU, which must have 9p: Debian's has) are for whoever starts it."""

    def __init__(self, folder):
        ticks = Ticks()
        self.share = Path(folder)
        self.kernel = max(glob.glob('/boot/vmlinuz-*'))
        self.initrd = self.share / 'initrd'
        script = f'LAYER=/run/below{shlex.quote(layer())} exec bash {shlex.quote(f"/run/below{HERE}/inside")}\n'
        self.initrd.write_bytes(initrd(Path(self.kernel).name.partition('-')[2], script))
        self.arguments = COMMAND_LINE + ' panic=0' + ticks.words()
        self._path = self.share / 'shell'
        self._socket = self._rest = None
        self._console = self.share / 'console'
        self.extra = ['-chardev', f'file,id=console,path={self._console}', '-serial', 'chardev:console',
                      '-chardev', f'socket,id=shell,path={self._path},server=on,wait=off',
                      '-device', 'virtio-serial-pci,id=more', '-device', 'virtserialport,bus=more.0,chardev=shell,name=agent.shell',
                      '-virtfs', 'local,path=/,mount_tag=root,security_model=none,readonly=on,multidevs=remap',
                      '-virtfs', f'local,path={self.share},mount_tag=share,security_model=none']

    def wait_ready(self, timeout=120):
        """It has booted, for the first time or again."""
        deadline = time.monotonic() + patient(timeout)
        if self._socket:
            self._socket.close()
        while True:
            try:
                self._socket = socket.socket(socket.AF_UNIX)
                self._socket.connect(str(self._path))
                break
            except OSError:
                assert time.monotonic() < deadline, 'QEMU does not listen for the shell'
                time.sleep(0.1)
        self._rest = b''
        try:
            assert self._line(deadline) == b'ready'
        except (AssertionError, TimeoutError) as error:
            raise RuntimeError(f'{error}\n{self._console.read_text(errors="replace")[-3000:]}') from None

    def run(self, command, timeout=60, check=True):
        """What the shell there writes; with `check` it must succeed."""
        self._socket.sendall(command.replace('\n', ';').encode() + b'\n')
        said, _, code = self._line(time.monotonic() + patient(timeout), command).partition(b' ')
        said = base64.b64decode(said).decode(errors='replace')
        assert not check or code == b'0', f'“{command}” ended with {code.decode()}: {said}'
        return said

    def _line(self, deadline, what='the guest\'s start'):
        while b'\n' not in self._rest:
            self._socket.settimeout(max(0.01, deadline - time.monotonic()))
            try:
                data = self._socket.recv(1 << 16)
            except TimeoutError:
                raise TimeoutError(f'no answer in time: {what}') from None
            assert data, f'the guest has gone: {what}'
            self._rest += data
        line, _, self._rest = self._rest.partition(b'\n')
        return line
