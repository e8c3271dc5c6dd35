#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""USB devices that the laptop's kernel plays, in a guest: what it reads and writes is what is there, and however it ends,
the laptop has the device and its driver back. test-usb.py [thorough] [passed] [WORD…]
With words, only what has one of them in its name; “passed”: by QEMU's own usb-host instead of Diorama's way."""

import contextlib
import hashlib
import os
import random
import re
import select
import socket
import subprocess
import sys
import tempfile
import termios
import threading
import time
import tty
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / folder) for folder in ('ui', 'guest', 'lab')]
from patience import patient  # noqa: E402
from tap import Tap  # noqa: E402
from usb_gadgets import Gadget, audio, ethernet, keyboard, mass_storage, serial, start  # noqa: E402
import usb_guest  # noqa: E402
from usb_routes import Machine, Passed, Redirected, wait_for  # noqa: E402

MB = 1 << 20
CYCLES = 200
# HID usages, and the kernel's names for what they are: “dio” and Enter
KEYS, CODES = (0x07, 0x0c, 0x12, 0x28), (32, 23, 24, 28)


def some_bytes(length, seed):
    return random.Random(seed).randbytes(length)


def digest(data):
    return hashlib.sha256(data).hexdigest()


class Bench:
    """The guest, the way into it, and what the gadgets are made of."""

    def __init__(self, folder, link):
        self.folder, self.link = Path(folder), link
        self.image, self.machine = self.folder / 'disk', None
        usb_guest.make(folder)
        start(1)

    def new_disk(self, seed, length):
        data = some_bytes(length, seed)
        self.image.write_bytes(data)
        return data

    def disk(self):
        """A function of which nothing but reading is asked."""
        self.new_disk('any', MB)
        return [mass_storage(self.image)]

    def console(self):
        return Path(self.machine.path('console')).read_bytes()

    @contextlib.contextmanager
    def gadget(self, name, functions, port=0, speed='high-speed'):
        """Plugged in, and at home at the end, whatever came between."""
        gadget = Gadget(name, port, functions, wait_for, speed)
        gadget.plug()
        try:
            yield gadget
            if gadget.is_plugged():
                gadget.expect_at_home()
        finally:
            gadget.remove()

    @contextlib.contextmanager
    def lent(self, name, functions, **more):
        """Plugged in and in the guest; at home at the end."""
        with self.gadget(name, functions, **more) as gadget:
            with self.link(self.machine, gadget.node()) as link:
                gadget.link = link
                yield gadget

    @property
    def guest(self):
        return self.machine.guest


# -- one device of each kind ---------------------------------------------------------------------------------------------

def check_disk(bench, gadget, data):
    """All of it is read, and the second half is written: the laptop's file has it."""
    guest, half = bench.guest, len(data) // 2
    guest.wait('test -b /dev/sda')
    assert guest.run('sha256sum < /dev/sda').split()[0] == digest(data), 'what was read differs'
    guest.run(f'head -c {half} /dev/sda > /tmp/half; '
              f'dd if=/tmp/half of=/dev/sda bs=64k seek={half >> 16} conv=fsync,notrunc; rm /tmp/half')
    assert bench.image.read_bytes() == 2 * data[:half], 'what was written differs'


def check_keyboard(bench, gadget):
    guest = bench.guest
    device = guest.wait('grep -l . $(grep -lx "Diorama Made-up.*" /sys/class/input/event*/device/name)')
    event = re.search(r'event\d+', device)[0]
    guest.run(f'cat /dev/input/{event} > /tmp/events & echo $! > /tmp/reader')
    guest.wait(f'ls -l /proc/$(cat /tmp/reader)/fd | grep -q {event}')
    gadget.press(*KEYS)
    size = 24 * 3 * 2 * len(KEYS)         # of struct input_event: MSC_SCAN, EV_KEY, SYN_REPORT, each key twice
    guest.wait(f'test $(wc -c < /tmp/events) -ge {size}')
    words = bytes.fromhex(guest.run('kill $(cat /tmp/reader); od -An -v -tx1 /tmp/events').replace('\n', ' '))
    events = [words[at + 16:at + 24] for at in range(0, len(words), 24)]
    keys = [int.from_bytes(event[2:4], 'little') for event in events if event[0] == 1 and event[4] == 1]
    assert keys == list(CODES), keys


def check_serial(bench, gadget):
    guest, there, back = bench.guest, some_bytes(20000, 3), some_bytes(20000, 4)
    guest.wait('test -c /dev/ttyACM0')
    guest.run('stty -F /dev/ttyACM0 raw -echo')
    with open(gadget.tty(), 'r+b', buffering=0) as line:
        tty.setraw(line, termios.TCSANOW)
        guest.run(f'head -c {len(there)} /dev/ttyACM0 > /tmp/came & echo $! > /tmp/reader')
        guest.wait('ls -l /proc/$(cat /tmp/reader)/fd | grep -q ttyACM0')
        exchange(line, there, 0)
        guest.wait(f'test $(wc -c < /tmp/came) = {len(there)}')
        assert guest.run('sha256sum < /tmp/came').split()[0] == digest(there), 'the guest got other bytes'
        guest.write('/tmp/goes', back)
        guest.run('cat /tmp/goes > /dev/ttyACM0 &')
        assert exchange(line, b'', len(back)) == back, 'the laptop got other bytes'


def check_ethernet(bench, gadget):
    guest, data, came = bench.guest, some_bytes(300000, 5), []
    name = guest.wait('grep -l 02:d1:00:00:01 /sys/class/net/*/address').split('/')[4]
    guest.run(f'ip address add 10.77.0.2/24 dev {name}; ip link set {name} up')
    # The device tells of its cable when its own end comes up, and only then is the guest sure to listen.
    subprocess.run(['udevadm', 'settle'], check=True)         # it may be given another name
    for words in (['address', 'add', '10.77.0.1/24', 'dev'], ['link', 'set', 'up', 'dev']):
        subprocess.run(['busybox', 'ip', *words, gadget.network()], check=True)
    guest.wait('ping -c 1 -W 2 10.77.0.1')
    with socket.create_server(('10.77.0.1', 4000)) as server:
        def serve():
            with server.accept()[0] as peer:
                peer.sendall(data)
                peer.shutdown(socket.SHUT_WR)
                while part := peer.recv(65536):
                    came.append(part)
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        guest.run('nc 10.77.0.1 4000 < /dev/null > /tmp/came')
        assert guest.run('sha256sum < /tmp/came').split()[0] == digest(data), 'the guest got other bytes'
        thread.join(30)
    assert not thread.is_alive()


def check_audio(bench, gadget):
    guest = bench.guest
    device = guest.wait('ls /dev/snd/midiC*D0')
    notes = bytes(byte for note in range(60, 90) for byte in (0x90, note, 100, 0x80, note, 0))
    with open(gadget.midi(), 'r+b', buffering=0) as line:
        guest.run(f'head -c {len(notes)} {device} > /tmp/came & echo $! > /tmp/reader')
        guest.wait('ls -l /proc/$(cat /tmp/reader)/fd | grep -q midi')
        exchange(line, notes, 0)
        guest.wait(f'test $(wc -c < /tmp/came) = {len(notes)}')
        assert guest.run('sha256sum < /tmp/came').split()[0] == digest(notes), 'the guest got other notes'
        guest.write('/tmp/goes', notes)
        guest.run(f'cat /tmp/goes > {device}')
        assert exchange(line, b'', len(notes)) == notes, 'the laptop got other notes'


def exchange(line, goes, length, timeout=30):
    """GOES is written to the device while LENGTH bytes are read from it, and returned."""
    came, deadline = b'', time.monotonic() + patient(timeout)
    os.set_blocking(line.fileno(), False)
    while goes or len(came) < length:
        left = deadline - time.monotonic()
        readable, writable, _ = select.select([line] if len(came) < length else [], [line] if goes else [], [], max(left, 0))
        assert readable or writable, f'{len(goes)} bytes did not go, {length - len(came)} did not come'
        if writable:
            goes = goes[line.write(goes) or 0:]
        if readable:
            came += line.read(length - len(came)) or b''
    return came


def disk_of(speed, megabytes):
    def check(bench):
        data = bench.new_disk(speed, megabytes * MB)
        with bench.lent(f'disk-{speed[:5]}', [mass_storage(bench.image)], speed=speed) as gadget:
            check_disk(bench, gadget, data)
    return check


def one_of(function, check, speed='high-speed'):
    def check_one(bench):
        with bench.lent(function.__name__, [function()], speed=speed) as gadget:
            check(bench, gadget)
    return check_one


def check_composite(bench):
    data = bench.new_disk('composite', MB)
    with bench.lent('composite', [mass_storage(bench.image), serial(), keyboard()], speed='super-speed') as gadget:
        check_disk(bench, gadget, data)
        check_serial(bench, gadget)
        check_keyboard(bench, gadget)


# -- ends ----------------------------------------------------------------------------------------------------------------

def begin_reading(bench):
    """Returns when bytes are on their way, and they go on."""
    bench.guest.wait('test -b /dev/sda')
    bench.guest.run('rm -f /tmp/rounds; while dd if=/dev/sda of=/dev/null bs=64k count=16 iflag=direct; '
                    'do echo . >> /tmp/rounds; done > /dev/null 2>&1 & echo $! > /tmp/reader')
    bench.guest.wait('test -s /tmp/rounds')


def reading_has_ended(bench):
    bench.guest.wait('! kill -0 $(cat /tmp/reader) 2> /dev/null && ! test -b /dev/sda')


def check_taken_back(bench):
    with bench.lent('back', bench.disk()):
        begin_reading(bench)


def check_unplugged(bench):
    with bench.gadget('pulled', bench.disk()) as gadget:
        with bench.link(bench.machine, gadget.node()):
            begin_reading(bench)
            gadget.unplug()
            reading_has_ended(bench)
        gadget.plug()


def check_reset(bench):
    data = bench.new_disk('reset', MB)
    with bench.lent('reset', [mass_storage(bench.image)]) as gadget:
        begin_reading(bench)
        bench.machine.qmp.call('system_reset')
        bench.machine.wait_guest()
        check_disk(bench, gadget, data)


def check_crash(bench):
    with bench.lent('crash', bench.disk()):
        begin_reading(bench)
        bench.guest.send('echo c > /proc/sysrq-trigger')
        wait_for(lambda: b'Kernel panic' in bench.console(), 30, 'the crash')
    bench.machine.qmp.call('system_reset')
    bench.machine.wait_guest()


def check_diorama_killed(bench):
    with bench.gadget('killed', [*bench.disk(), serial()]) as gadget:
        with bench.link(bench.machine, gadget.node()) as link:
            begin_reading(bench)
            link.process.kill()
            link.process.wait()
            gadget.expect_at_home()
            reading_has_ended(bench)


def check_qemu_killed(bench):
    """The last that the machine is there for."""
    with bench.gadget('qemu', [*bench.disk(), serial()]) as gadget:
        with bench.link(bench.machine, gadget.node()) as link:
            begin_reading(bench)
            bench.machine.process.kill()
            wait_for(lambda: link.told('ended'), 20, 'the end of the connection')
            gadget.expect_at_home()


def check_race(bench):
    """Of two programs that want the same device for two machines at once at most one gets it. (One that loses may come
    into the moment in which usbredirhost has reset the device for the other; within one Diorama the manager sees to it
    that there is no such race.)"""
    with Machine(bench.folder, extra=['-S']) as other, bench.gadget('raced', bench.disk()) as gadget:
        for _ in range(3):
            links = [Redirected(machine, gadget.node()) for machine in (bench.machine, other)]
            wait_for(lambda: all(link.told('connected') or link.told('failed') for link in links), 20, 'both')
            won = [link for link in links if link.told('connected')]
            assert len(won) <= 1, [link.lines for link in links]
            for link in sorted(links, key=lambda link: link in won):       # the loser's end first
                link.end()
            gadget.expect_at_home()


def cycles(number):
    def check(bench):
        """In turns: the guest has not found it yet, or has; it is pulled out, or taken back before that."""
        gadget = Gadget('cycles', 0, bench.disk(), wait_for)
        try:
            for cycle in range(number):
                gadget.plug()
                with bench.link(bench.machine, gadget.node()):
                    if cycle % 2:
                        bench.guest.wait('test -b /dev/sda')
                    if cycle % 4 < 2:
                        gadget.unplug()
                if gadget.is_plugged():
                    gadget.expect_at_home()
                    gadget.unplug()
        finally:
            gadget.remove()
    return check


ORDINARY = [
    ('a composite one of mass storage, serial and keyboard: each part, and each driver comes back', check_composite),
    ('pulled out while the guest reads, which it is told; plugged in anew', check_unplugged)]
THOROUGH = [
    ('mass storage at full speed: what is read and written is the same at both ends', disk_of('full-speed', 1)),
    ('mass storage at high speed', disk_of('high-speed', 4)),
    ('mass storage at super speed', disk_of('super-speed', 4)),
    ('keyboard at full speed: its keys arrive', one_of(keyboard, check_keyboard, 'full-speed')),
    ('serial: what comes and goes is the same at both ends', one_of(serial, check_serial)),
    ('Ethernet: likewise', one_of(ethernet, check_ethernet)),
    ('audio (MIDI): likewise', one_of(audio, check_audio)),
    ('taken back while the guest reads', check_taken_back),
    ('the guest is reset while it reads: it has the device again, and then the laptop', check_reset),
    ('the guest crashes while it reads', check_crash),
    ('two machines race for one device: at most one has it, and then the laptop', check_race),
    (f'plugged in and out {CYCLES} times', cycles(CYCLES))]
# The last one ends the machine.
ENDS = [
    ('Diorama is killed while the guest reads: the laptop has it, the guest has it no more', check_diorama_killed),
    ('QEMU is killed while the guest reads', check_qemu_killed)]


def main():
    tap, words = Tap(), sys.argv[1:]
    passed, thorough = 'passed' in words, 'thorough' in words
    wanted = [word for word in words if word not in ('passed', 'thorough')]
    cases = [*ORDINARY, *THOROUGH * (thorough or bool(wanted)), *ENDS * (not passed)]
    with tempfile.TemporaryDirectory() as folder, tap.guard('the guest'):
        bench = Bench(folder, Passed if passed else Redirected)
        with Machine(folder, extra=['-serial', 'file:console']).wait_guest() as bench.machine:
            for name, check in cases:
                if wanted and not any(word in name for word in wanted):
                    continue
                failures = tap.failures
                with tap.test(name):
                    check(bench)
                if tap.failures > failures:
                    tap.comment(bench.console()[-2000:].decode(errors='replace'))
    for name, _ in [] if thorough or wanted else THOROUGH:
        tap.comment(f'left out: “{name}”; test-usb.py thorough has it')
    tap.finish()


if __name__ == '__main__':
    main()
