# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""A Linux with drivers for USB devices, for a machine in the laptop: the kernel of the test guest, busybox, and a port
through which it does what it is told.

    make(folder)                                    # vmlinux, initramfs, cmdline, as tests/guest/build leaves them
    guest = Shell(path)                             # of the port's socket
    guest.run('sha256sum /dev/sda')                 # what it writes; GuestError when it fails
"""

import base64
import lzma
import os
import select
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / 'ui'))
from laptop import archive  # noqa: E402
from patience import patient  # noqa: E402

PORT = 'app.diorama.guest'         # by which Diorama's demonstration reaches its guest
MODULES = ['xhci-pci', 'usb-storage', 'sd_mod', 'usbhid', 'hid-generic', 'evdev', 'cdc-acm', 'cdc-ether', 'snd-usb-audio']
_INIT = f"""#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sys /sys
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox --install -s /bin
export PATH=/bin
mkdir -p /tmp
while read -r module; do insmod "/modules/$module"; done < /modules/order
echo 0 > /sys/module/usb_storage/parameters/delay_use
ip link set lo up
for port in /sys/class/virtio-ports/*; do
  [ "$(cat "$port/name")" = {PORT} ] && device=/dev/${{port##*/}}
done
while :; do
  exec 3<> "$device"
  while read -r number line <&3; do
    sh -c "$line" > /tmp/out 2>&1 < /dev/null
    code=$?
    {{ echo "$number $code $(wc -c < /tmp/out)"; cat /tmp/out; }} >&3
  done
  exec 3>&-
  sleep 0.1
done
"""


class GuestError(Exception):
    """What the guest was told to do failed."""


def make(folder):
    """Into FOLDER, which is there."""
    kernel = Path(os.environ['DIORAMA_TEST_GUEST'])
    release = max(Path('/boot').glob('vmlinuz-*')).name.partition('-')[2]
    shown = subprocess.run(['modprobe', '-S', release, '--show-depends', '-a', *MODULES], check=True, capture_output=True,
                           text=True).stdout
    paths = list(dict.fromkeys(line.split()[1] for line in shown.splitlines() if line.startswith('insmod ')))
    directory, program = 0o040755, 0o100755
    files = [(name, directory, b'') for name in ('bin', 'dev', 'proc', 'sys', 'modules')]
    files += [('bin/busybox', program, Path(shutil.which('busybox')).read_bytes()), ('init', program, _INIT.encode()),
              ('modules/order', program, ''.join(_module_name(path) + '\n' for path in paths).encode())]
    files += [(f'modules/{_module_name(path)}', program, _module(path)) for path in paths]
    Path(folder, 'initramfs').write_bytes(archive(files))
    Path(folder, 'cmdline').write_text((kernel / 'cmdline').read_text() + ' panic=0')
    Path(folder, 'vmlinux').symlink_to(kernel / 'vmlinux')


def _module_name(path):
    return Path(path).name.partition('.')[0] + '.ko'


def _module(path):
    """Without its signature, which an emulated processor checks slowly."""
    content = Path(path).read_bytes()
    content = lzma.decompress(content) if path.endswith('.xz') else content
    mark = b'~Module signature appended~\n'
    if content.endswith(mark):
        length = int.from_bytes(content[-len(mark) - 4:-len(mark)], 'big')
        content = content[:-len(mark) - 12 - length]
    return content


class Shell:
    def __init__(self, path, timeout=60):
        self._deadline = time.monotonic() + patient(timeout)
        self._socket, self._number, self._rest = self._connect(path), 0, b''
        self.run('true', timeout)

    def _connect(self, path):
        while True:
            attempt = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                attempt.connect(str(path))
                return attempt
            except (FileNotFoundError, ConnectionRefusedError):
                attempt.close()
                if time.monotonic() > self._deadline:
                    raise
                select.select([], [], [], 0.05)

    def close(self):
        self._socket.close()

    def send(self, command):
        """Returns the number by which the answer is told."""
        assert '\n' not in command
        self._number += 1
        self._socket.sendall(f'{self._number} {command}\n'.encode())
        return self._number

    def run(self, command, timeout=30):
        """What it writes, without what is empty around it."""
        number, deadline = self.send(command), time.monotonic() + patient(timeout)
        while True:
            words = self._line(deadline, command).split()
            output = self._take(int(words[2]), deadline, command).decode(errors='replace').strip()
            if words[0] == str(number):
                break
        if words[1] != '0':
            raise GuestError(f'“{command}” ended with {words[1]} in the guest: {output}')
        return output

    def wait(self, command, timeout=30):
        """Until it succeeds; what it then writes."""
        deadline = time.monotonic() + patient(timeout)
        while True:
            try:
                return self.run(command, timeout)
            except GuestError as error:
                if time.monotonic() > deadline:
                    raise TimeoutError(f'not within {patient(timeout):g} s: {error}') from None
                time.sleep(0.1)

    def write(self, path, data):
        self.run(f'echo {base64.b64encode(data).decode()} | base64 -d > {path}')

    def _fill(self, deadline, what):
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([self._socket], [], [], left)[0]:
            raise TimeoutError(f'the guest did not answer to “{what}” in time')
        data = self._socket.recv(1 << 16)
        if not data:
            raise EOFError('the guest is gone')
        self._rest += data

    def _line(self, deadline, what):
        while b'\n' not in self._rest:
            self._fill(deadline, what)
        line, _, self._rest = self._rest.partition(b'\n')
        return line.decode()

    def _take(self, length, deadline, what):
        while len(self._rest) < length:
            self._fill(deadline, what)
        taken, self._rest = self._rest[:length], self._rest[length:]
        return taken
