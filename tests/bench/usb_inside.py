# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""The part of ./usb that runs in the laptop: usb_inside.py disk|sound ROUTES ROUNDS MEGABYTES SPEEDS"""

import contextlib
import math
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / folder) for folder in ('bench', 'guest', 'lab', 'ui')]
from figures import HZ, Program  # noqa: E402
import usb_guest  # noqa: E402
from usb_gadgets import Gadget, mass_storage, start  # noqa: E402
from usb_routes import Machine, Passed, Redirected, wait_for  # noqa: E402

TONE, RATE, SECONDS = 400, 8000, 4        # Hz; /dev/dsp takes 8000 bytes a second
QEMU_WORDS = ['-name', 'bench,debug-threads=on', '-serial', 'file:console']


class Beside:
    """A redirecting program of others, between the device and a usb-redir that QEMU has from the start."""

    def __init__(self, machine, node):
        self._machine, self._node, self.process = machine, node, None
        vendor, product = ((_folder(node) / name).read_text().strip() for name in ('idVendor', 'idProduct'))
        self._command, self._environment = self.command(machine, vendor, product)

    def __enter__(self):
        with open(self._machine.path('said'), 'wb') as said:
            self.process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                                            env={**os.environ, **self._environment})
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


class UsbRedirect(Beside):
    words = ['-chardev', 'socket,id=theirs,host=127.0.0.1,port=4100,server=on,wait=off', '-device',
             'usb-redir,chardev=theirs,bus=usb.0']

    @staticmethod
    def command(machine, vendor, product):
        return ['usbredirect', '--device', f'{vendor}:{product}', '--to', '127.0.0.1:4100'], {}


class RemoteViewer(Beside):
    words = ['-spice', 'unix=on,addr=spice,disable-ticketing=on', '-chardev', 'spicevmc,id=theirs,name=usbredir', '-device',
             'usb-redir,chardev=theirs,bus=usb.0']

    @staticmethod
    def command(machine, vendor, product):
        rule = f'-1,0x{vendor},0x{product},-1,1|-1,-1,-1,-1,0'
        return (['dbus-run-session', 'remote-viewer', f'--spice-usbredir-redirect-on-connect={rule}',
                 f'spice+unix://{machine.path("spice")}'], {'GDK_BACKEND': 'wayland', 'GSETTINGS_BACKEND': 'memory'})


ROUTES = {'diorama': (Redirected, []), 'usb-host': (Passed, []), 'usbredirect': (UsbRedirect, UsbRedirect.words),
          'remote-viewer': (RemoteViewer, RemoteViewer.words)}


def _folder(node):
    bus, device = map(int, node.split('/')[-2:])
    for path in Path('/sys/bus/usb/devices').glob('*/devnum'):
        if int(path.read_text()) == device and int((path.parent / 'busnum').read_text()) == bus:
            return path.parent
    raise FileNotFoundError(node)


class Costs:
    """Processor time, in seconds: of QEMU without the guest's processors, of those, of the other program, and of all that
    runs in the laptop."""

    def __init__(self, machine, link):
        self._machine, self._process = machine, getattr(link, 'process', None)

    def take(self):
        guest = qemu = 0
        for thread in Path(f'/proc/{self._machine.process.pid}/task').iterdir():
            name, _, fields = (thread / 'stat').read_text().rpartition(')')
            ticks = sum(map(int, fields.split()[11:13]))
            guest, qemu = (guest + ticks, qemu) if 'CPU' in name else (guest, qemu + ticks)
        other = Program(self._process.pid).usage().ticks if self._process else 0
        busy = sum(map(int, Path('/proc/stat').read_text().split('\n')[0].split()[1:8])) - _idle()
        return [ticks / HZ for ticks in (qemu, guest, other, busy)]


def _idle():
    words = Path('/proc/stat').read_text().split('\n')[0].split()
    return int(words[4]) + int(words[5])


@contextlib.contextmanager
def desktop(wanted):
    """Something that remote-viewer can have its window on."""
    if not wanted:
        yield
        return
    os.environ.update(XDG_RUNTIME_DIR='/run/bench', WAYLAND_DISPLAY='bench')
    os.mkdir('/run/bench', 0o700)
    with open('/run/bench/said', 'wb') as said:
        weston = subprocess.Popen(['weston', '--backend=headless', '--renderer=noop', '--socket=bench', '--idle-time=0'],
                                  stdout=said, stderr=said)
    try:
        wait_for(Path('/run/bench/bench').exists, 30, 'weston')
        yield
    finally:
        weston.terminate()
        weston.wait()


def read(machine, link, megabytes):
    """(MB a second, costs by MB in milliseconds) of one look at the disk."""
    costs, begun = Costs(machine, link), time.monotonic()
    before = costs.take()
    machine.guest.run(f'dd if=/dev/sda of=/dev/null bs=1M count={megabytes} iflag=direct', 600)
    took, after = time.monotonic() - begun, costs.take()
    return [megabytes / took, *((now - then) * 1000 / megabytes for now, then in zip(after, before))]


def bench_disk(folder, names, rounds, megabytes, speeds):
    """All machines run all the time, and the ways take turns: what else the computer does meanwhile, all have of it."""
    image = Path(folder, 'disk')
    image.write_bytes(random.Random(1).randbytes(megabytes << 20))
    start(1)
    with contextlib.ExitStack() as stack:
        machines = {name: stack.enter_context(Machine(folder, extra=[*QEMU_WORDS, *ROUTES[name][1]])) for name in names}
        for machine in machines.values():
            machine.wait_guest()
        for speed in speeds:
            gadget = Gadget(f'bench-{speed[:5]}', 0, [mass_storage(image)], wait_for, speed)
            gadget.plug()
            rows = {name: [] for name in names}
            for name in names * rounds:
                try:
                    with ROUTES[name][0](machines[name], gadget.node()) as link:
                        machines[name].guest.wait('test -b /dev/sda')
                        rows[name].append(read(machines[name], link, megabytes))
                except (RuntimeError, TimeoutError) as error:
                    print(f'# {name}, {speed}: failed: {error}', flush=True)
                    continue
                gadget.expect_at_home()
                print(f'# {name}, {speed}:', *(f'{value:.1f}' for value in rows[name][-1]), flush=True)
            for name in filter(rows.get, names):
                speed_of, *costs = [statistics.median(column) for column in zip(*rows[name])]
                print(f'| {name} | {speed} | {speed_of:.1f}', *(f'{cost:.0f}' for cost in costs), sep=' | ', end=' |\n',
                      flush=True)
            gadget.remove()


def tone():
    return bytes(round(128 + 100 * math.sin(2 * math.pi * TONE * at / RATE)) for at in range(RATE * SECONDS))


def speakers():
    """The laptop's USB loudspeakers, by the order of their ports."""
    found = [path.parent for path in Path('/sys/bus/usb/devices').glob('*/product') if 'Audio' in path.read_text()]
    return sorted(found, key=lambda folder: folder.name)


def bench_sound(folder, names):
    subprocess.run(['modprobe', '-a', 'xhci-pci', 'snd-pcm-oss'], check=True)
    subprocess.run(['/lib/systemd/systemd-udevd', '--daemon'], check=True, stderr=subprocess.DEVNULL)
    subprocess.run(['udevadm', 'trigger', '--settle', '--action=add'], check=True)
    known = ['laptop', 'diorama', 'usb-host', 'usbredirect']
    wait_for(lambda: len(speakers()) == len(known) and all(Path(f'/dev/dsp{number or ""}').exists()
             for number in range(len(known))), 20, 'the loudspeakers')
    Path(folder, 'tone').write_bytes(tone())
    devices = dict(zip(known, speakers()))
    number = next(devices['laptop'].glob('*/sound/card*')).name[4:]
    begun = time.monotonic()
    subprocess.run(f'cat {folder}/tone > /dev/dsp{number.replace("0", "")}', shell=True, check=True)
    print(f'| the laptop itself | {time.monotonic() - begun:.1f} s for {SECONDS} s |', flush=True)
    for name in known[1:]:
        if name not in names:
            continue
        route, words = ROUTES[name]
        folder_of = devices[name]
        bus, device = (int((folder_of / part).read_text()) for part in ('busnum', 'devnum'))
        try:
            with Machine(folder, extra=[*QEMU_WORDS, *words]).wait_guest() as machine:
                with route(machine, f'/dev/bus/usb/{bus:03}/{device:03}') as link:
                    machine.guest.wait('test -c /dev/dsp')
                    machine.guest.run("i=0; while [ $i -lt 20 ]; do printf '" + ''.join(f'\\{byte:03o}' for byte in
                                      tone()[:RATE // TONE * 20]) + "'; i=$((i+1)); done > /tmp/second; cat /tmp/second "
                                      '/tmp/second /tmp/second /tmp/second > /tmp/tone; wc -c < /tmp/tone')
                    costs, begun = Costs(machine, link), time.monotonic()
                    before = costs.take()
                    machine.guest.run('cat /tmp/tone > /dev/dsp', 300)
                    took, after = time.monotonic() - begun, costs.take()
                    spent = [(now - then) / SECONDS for now, then in zip(after, before)]
            print(f'| {name} | {took:.1f} s for {SECONDS} s', *(f'{cost:.2f}' for cost in spent), sep=' | ', end=' |\n',
                  flush=True)
        except (RuntimeError, TimeoutError, OSError) as error:
            print(f'| {name} | failed: {error} |', flush=True)


def main():
    what, routes, rounds, megabytes, speeds = sys.argv[1:]
    names = routes.split(',')
    usb_guest.MODULES.append('snd-pcm-oss')
    with tempfile.TemporaryDirectory() as folder:
        usb_guest.make(folder)
        if what == 'disk':
            with desktop('remote-viewer' in names):
                bench_disk(folder, names, int(rounds), int(megabytes), speeds.split(','))
        else:
            bench_sound(folder, names)


if __name__ == '__main__':
    main()
