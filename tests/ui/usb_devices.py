# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""USB devices that there are not, in a sysfs of their own (umockdev), for programs that are launched with `environment`.
Those programs can hand them to a guest, too: behind their nodes is what tests/peer/fake-usb-preload.c makes of them.
To be imported first: this process has to see them as well, which it only does when it is started anew.

    devices = UsbDevices()
    app = desktop.launch([…], environment() | devices.environment)
    stick = devices.plug(STICK)                            # an id for unplug()
    devices.unplug(stick)"""

import os
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

import gi

gi.require_version('UMockdev', '1.0')
from gi.repository import UMockdev                                     # noqa: E402

sys.path.insert(0, str(Path(__file__).parent))
from console import build                                              # noqa: E402

_PRELOAD = 'libumockdev-preload.so.0'
if os.environ.get('LD_PRELOAD') != _PRELOAD:
    os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | {'LD_PRELOAD': _PRELOAD})
del os.environ['LD_PRELOAD']                # nobody else does


@dataclass(frozen=True)
class Model:
    maker: str
    name: str
    vendor: int
    product: int
    interfaces: tuple                       # (class, subclass, protocol), …
    port: str
    serial: str = ''
    speed: str = '480'
    kind: str = 'storage'                   # what a guest sees
    input: bool = False                     # a driver of this computer has made an input device of it


STICK = Model('SanDisk', 'Ultra', 0x0781, 0x5581, ((8, 6, 0x50),), '1-2', serial='4C530001', speed='5000')
SERIAL = Model('FTDI', 'FT232R USB UART', 0x0403, 0x6001, ((0xff, 0xff, 0xff),), '1-3', serial='A50285BI', speed='12')
KEYBOARD = Model('Logitech', 'USB Keyboard', 0x046d, 0xc31c, ((3, 1, 1),), '1-4', speed='1.5', kind='keyboard',
                 input=True)
CAMERA = Model('Acme', 'HD Camera', 0x1bcf, 0x2c99, ((0x0e, 1, 0), (0x0e, 2, 0)), '1-5')


def _descriptors(model):
    device = struct.pack('<BBHBBBBHHHBBBB', 18, 1, 0x200, 0, 0, 0, 64, model.vendor, model.product, 0x100, 1, 2, 3, 1)
    interfaces = b''.join(struct.pack('<9B', 9, 4, number, 0, 0, *kind, 0)
                          for number, kind in enumerate(model.interfaces))
    return device + struct.pack('<BBHBBBBB', 9, 2, 9 + len(interfaces), len(model.interfaces), 1, 0, 0x80, 50) + interfaces


class UsbDevices:
    def __init__(self):
        self._bed, self._number = UMockdev.Testbed.new(), 1
        self.log = Path(self._bed.get_root_dir(), 'log')                # of what the kernel would have been asked for
        fake = Path(self._bed.get_root_dir(), 'libfake-usb.so')         # what is preloaded has no space in its path
        fake.symlink_to(build() / 'tests/peer/libfake-usb.so')
        self.environment = {'UMOCKDEV_DIR': self._bed.get_root_dir(), 'LD_PRELOAD': f'{fake}:{_PRELOAD}'}
        self._nodes = {}
        controller = self._bed.add_device('pci', '0000:00:14.0', None, [], [])
        self._hub = self._add('usb1', ['busnum', '1', 'devnum', '1', 'idVendor', '1d6b', 'idProduct', '0002',
                                  'bDeviceClass', '09', 'speed', '480'], controller, 1, '')

    def _add(self, name, attributes, parent, number, node_text):
        node = f'/dev/bus/usb/001/{number:03}'
        root = Path(self._bed.get_root_dir())
        # The node, and what a udevd that the computer may have would have said of it.
        for file, text in (root / node[1:], node_text), (root / f'run/udev/data/c189:{number - 1}', 'I:1\n'):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        attributes = [*attributes, 'dev', f'189:{number - 1}']
        path = self._bed.add_device('usb', name, parent, attributes,
                                    ['DEVTYPE', 'usb_device', 'DEVNAME', node, 'BUSNUM', '001',
                                     'DEVNUM', f'{number:03}', 'MAJOR', '189', 'MINOR', str(number - 1)])
        self._nodes[path] = root / node[1:]
        return path

    def plug(self, model):
        self._number += 1
        attributes = ['busnum', '1', 'devnum', str(self._number), 'idVendor', f'{model.vendor:04x}',
                      'idProduct', f'{model.product:04x}', 'bDeviceClass', '00', 'manufacturer', model.maker,
                      'product', model.name, 'speed', model.speed]
        if model.serial:
            attributes += ['serial', model.serial]
        fake = [f'kind={model.kind}', f'vendor={model.vendor}', f'product={model.product}', f'manufacturer={model.maker}',
                f'name={model.name}', f'serial={model.serial}', 'speed=3', 'size=1048576', f'log={self.log}']
        path = self._add(model.port, attributes, self._hub, self._number, '\n'.join(['[diorama-fake-usb]', *fake, '']))
        self._bed.set_attribute_binary(path, 'descriptors', _descriptors(model))
        if model.input:
            self._bed.add_device('input', f'input{self._number}', path,
                                 ['name', model.name, 'capabilities/key', 'fffffffffffffffe'], [])
        self._bed.uevent(path, 'add')
        self._bed.uevent(path, 'bind')
        return path

    def unplug(self, path):
        self._nodes.pop(path).unlink()                                  # the plug, then what udev says of it
        self._bed.uevent(path, 'remove')
        self._bed.remove_device(path)
