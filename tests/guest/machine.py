# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Boots the guest in a QEMU without a display, for tests."""

import os
import shutil
import subprocess
import tempfile
import time

from guest import Guest
from qmp import Qmp

# QEMU gives buttons and the wheel to the device that the guest's driver took last, and only the tablet has a wheel.
INPUT = ["virtio-keyboard-pci", "virtio-multitouch-pci", "virtio-tablet-pci"]


class Machine:
    """A running guest: .qmp, .guest (None without a control port), .process, .folder (goes with the machine)."""

    def __init__(self, directory, display="virtio-vga", inputs=INPUT, control=True, kernel="vmlinux", extra=(),
                 accel="tcg,thread=multi"):
        self.folder = tempfile.mkdtemp(prefix="diorama-guest-")
        qmp, port = self.path("qmp"), self.path("control")
        command = [os.environ.get("DIORAMA_QEMU", "qemu-system-x86_64"), "-accel", accel, "-smp", "2"]
        command += ["-cpu", "host" if accel == "kvm" else "max", "-machine", "q35", "-m", "256"]
        command += ["-nodefaults", "-no-user-config", "-display", "none"]
        command += ["-kernel", os.path.join(directory, kernel), "-initrd", os.path.join(directory, "initramfs")]
        with open(os.path.join(directory, "cmdline"), encoding="ascii") as file:
            command += ["-append", file.read() + (" console=ttyS0" if "-serial" in extra else "")]
        command += ["-qmp", f"unix:{qmp},server=on,wait=off"]
        for device in [display] * bool(display) + list(inputs):
            command += ["-device", device]
        if control:
            command += ["-device", "virtio-serial-pci", "-chardev", f"socket,id=control,path={port},server=on,wait=off"]
            command += ["-device", "virtserialport,chardev=control,name=app.diorama.guest"]
        self.started = time.monotonic()
        self.process = subprocess.Popen(command + list(extra), stdin=subprocess.DEVNULL, cwd=self.folder)
        try:
            self.qmp = Qmp(qmp)
            self.guest = Guest(port) if control else None
        except BaseException:
            self.close()
            raise

    def path(self, name):
        return os.path.join(self.folder, name)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
