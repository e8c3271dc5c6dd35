# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""USB devices that the laptop's own kernel plays (dummy_hcd), each in a port of its own, and what becomes of them:

    start(6)                                                  # ports, and udevd, which loads drivers
    disk = Gadget('disk', 0, [mass_storage(path)], wait_for)  # in port 0; wait_for: of tests/ui/harness.py or the like
    disk.plug()                                               # there, with the drivers that it shall have
    disk.drivers()                                            # {'1.0': 'usb-storage'}: of each interface, or None
    disk.unplug()

A function is (its name for configfs, its attributes, the class of driver that each of its interfaces gets)."""

import os
import subprocess
from pathlib import Path

CONFIGFS = Path('/sys/kernel/config/usb_gadget')
_MODULES = ['libcomposite', 'usb_f_mass_storage', 'usb_f_hid', 'usb_f_acm', 'usb_f_ecm', 'usb_f_midi']
_VENDOR = 0x1d6b           # the Linux Foundation's
# A keyboard as in the HID specification, appendix B.1.
_KEYBOARD = bytes.fromhex('05010906a101050719e029e715002501750195088102950175088103950575010508190129059102950175039103'
                          '95067508150025650507190029658100c0')
ENGLISH = '0x409'


def start(ports):
    """Ports 0 to PORTS - 1, each a bus of its own that takes USB 1 to 3. Nothing is done twice."""
    if not CONFIGFS.exists():
        subprocess.run(['modprobe', 'dummy_hcd', f'num={ports}', 'is_super_speed=1'], check=True)
        subprocess.run(['modprobe', '-a', *_MODULES], check=True)
        if not os.path.ismount('/sys/kernel/config'):
            subprocess.run(['mount', '-t', 'configfs', 'none', '/sys/kernel/config'], check=True)
        subprocess.run(['/lib/systemd/systemd-udevd', '--daemon'], check=True, stderr=subprocess.DEVNULL)
        subprocess.run(['udevadm', 'trigger', '--settle', '--action=add', '--subsystem-match=usb'], check=True)


def mass_storage(image, removable=True):
    return 'mass_storage', {'lun.0/file': image, 'lun.0/removable': int(removable)}, ['usb-storage']


def keyboard():
    return 'hid', {'protocol': 1, 'subclass': 1, 'report_length': 8, 'report_desc': _KEYBOARD}, ['usbhid']


def serial():
    return 'acm', {}, ['cdc_acm', 'cdc_acm']


def ethernet(number=1):
    return ('ecm', {'dev_addr': f'02:d1:00:00:00:{number:02x}', 'host_addr': f'02:d1:00:00:01:{number:02x}'},
            ['cdc_ether', 'cdc_ether'])


def audio():
    """Control and MIDI: the one part of USB audio without isochronous transfers, which dummy_hcd does not have."""
    return 'midi', {'id': 'madeup', 'in_ports': 1, 'out_ports': 1}, ['snd-usb-audio'] * 2


class Gadget:
    """`speed`: at most; full-speed, high-speed or super-speed."""

    def __init__(self, name, port, functions, wait_for, speed='high-speed', product=None):
        self.name, self.port, self._wait_for, self._functions = name, port, wait_for, functions
        self._folder, self.serial = CONFIGFS / name, f'{name}-0001'
        self.expected = {f'1.{number}': driver for number, driver in
                         enumerate(driver for _, _, drivers in functions for driver in drivers)}
        self.vendor, self.product = _VENDOR, product or 0x0100 + port
        self._make(speed)

    def _make(self, speed):
        (self._folder / 'strings' / ENGLISH).mkdir(parents=True)
        (self._folder / 'configs/c.1/strings' / ENGLISH).mkdir(parents=True)
        values = {'idVendor': f'{self.vendor:#06x}', 'idProduct': f'{self.product:#06x}', 'max_speed': speed,
                  f'strings/{ENGLISH}/manufacturer': 'Diorama', f'strings/{ENGLISH}/product': f'Made-up {self.name}',
                  f'strings/{ENGLISH}/serialnumber': self.serial}
        if len(self._functions) > 1:       # interfaces that belong together are told by association descriptors
            values |= {'bDeviceClass': 0xef, 'bDeviceSubClass': 2, 'bDeviceProtocol': 1}
        for attribute, value in values.items():
            _write(self._folder / attribute, value)
        for kind, attributes, _ in self._functions:
            function = self.function(kind)
            function.mkdir()
            for attribute, value in attributes.items():
                _write(function / attribute, value)
            (self._folder / 'configs/c.1' / function.name).symlink_to(function)

    def function(self, kind):
        return self._folder / 'functions' / f'{kind}.{self.name}'

    # -- in and out --------------------------------------------------------------------------------------------------

    def plug(self, settle=True):
        """SETTLE: waits until the laptop has it, with its drivers."""
        _write(self._folder / 'UDC', f'dummy_udc.{self.port}')
        if settle:
            self.expect_at_home(20)

    def unplug(self):
        if self.is_plugged():
            _write(self._folder / 'UDC', '\n')
        self._wait_for(lambda: self.sysfs() is None, 20, f'{self.name} is gone')

    def is_plugged(self):
        return bool((self._folder / 'UDC').read_text().strip())

    def remove(self):
        self.unplug()
        for link in (self._folder / 'configs/c.1').iterdir():
            if link.is_symlink():
                link.unlink()
        for folder in [f'configs/c.1/strings/{ENGLISH}', 'configs/c.1', *(f'functions/{kind}.{self.name}'
                       for kind, _, _ in self._functions), f'strings/{ENGLISH}', '.']:
            (self._folder / folder).rmdir()

    # -- as the laptop sees it ---------------------------------------------------------------------------------------

    def sysfs(self):
        """Its folder there, or None while it is not plugged in."""
        for path in Path(f'/sys/devices/platform/dummy_hcd.{self.port}').glob('usb*/[0-9]*-[0-9]*/idProduct'):
            try:
                if int(path.read_text(), 16) == self.product:
                    return path.parent
            except OSError:
                pass
        return None

    def drivers(self):
        """The driver of each interface ('1.0', …), or None; of no interface when it is not there or not configured."""
        folder, found = self.sysfs(), {}
        for interface in folder.glob(f'{folder.name}:*') if folder else ():
            driver = interface / 'driver'
            try:
                found[interface.name.partition(':')[2]] = os.path.basename(os.readlink(driver))
            except OSError:
                found[interface.name.partition(':')[2]] = None
        return found

    def is_at_home(self):
        return self.drivers() == self.expected

    def expect_at_home(self, timeout=30):
        """The laptop has it, and its drivers."""
        try:
            self._wait_for(self.is_at_home, timeout, f'{self.name} at home')
        except (TimeoutError, AssertionError) as error:
            raise AssertionError(f'{error}: {self.sysfs()} has {self.drivers()} and not {self.expected}') from None

    def node(self):
        """Of usbfs."""
        folder = self.sysfs()
        bus, device = (int((folder / name).read_text()) for name in ('busnum', 'devnum'))
        return f'/dev/bus/usb/{bus:03}/{device:03}'

    def port_name(self):
        """As sysfs calls it: BUS-PORT."""
        return self.sysfs().name

    # -- the device's own end ----------------------------------------------------------------------------------------

    def tty(self):
        return f'/dev/ttyGS{(self.function("acm") / "port_num").read_text().strip()}'

    def network(self):
        return (self.function('ecm') / 'ifname').read_text().strip()

    def midi(self):
        card = next(card for card in Path('/proc/asound').glob('card[0-9]*') if (card / 'id').read_text() == 'madeup\n')
        return f'/dev/snd/midiC{card.name[4:]}D0'

    def press(self, *usages):
        """One key after the other, by its usage of HID's page 7."""
        number = os.minor(os.makedev(*map(int, (self.function('hid') / 'dev').read_text().split(':'))))
        with open(f'/dev/hidg{number}', 'wb', buffering=0) as device:
            for usage in usages:
                device.write(bytes([0, 0, usage, 0, 0, 0, 0, 0]))
                device.write(bytes(8))


def _write(path, value):
    path.write_bytes(value if isinstance(value, bytes) else f'{value}'.encode())
