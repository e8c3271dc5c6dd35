#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Machines of the library that really run, without a window: new, set, start, list, stop, with and without a bus."""

import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / 'guest'))
from fixture import Home, patient, Tap                                 # noqa: E402
from guest import Guest                                                # noqa: E402

FAILED, STATE, TIMEOUT = 1, 4, 6
tap = Tap()


class Bus:
    """A session bus on which nothing can be activated."""

    def __init__(self, folder):
        config = folder / 'bus.conf'
        self.address = f'unix:path={folder}/bus'
        config.write_text(f'<busconfig><type>session</type><listen>{self.address}</listen><auth>EXTERNAL</auth>'
                          '<policy context="default"><allow send_destination="*" eavesdrop="true"/>'
                          '<allow eavesdrop="true"/><allow own="*"/></policy></busconfig>')
        self._process = subprocess.Popen(['dbus-daemon', '--nofork', f'--config-file={config}', '--print-address=1'],
                                         stdout=subprocess.PIPE, text=True)
        assert self._process.stdout.readline(), 'the bus did not start'

    def stop(self):
        self._process.terminate()
        self._process.wait()
        self._process.stdout.close()


def make(home, name):
    """A machine with the test guest; its UUID."""
    kernel = Path(os.environ['DIORAMA_TEST_GUEST'])
    machine = home.json('new', '--disk=none', name)
    home.ok('set', machine['uuid'], f'kernel={kernel}/vmlinux', f'initrd={kernel}/initramfs',
            f'kernel-arguments={(kernel / "cmdline").read_text().strip()}', 'memory=256', 'cpus=1', 'network=none', 'audio=no',
            'accel=tcg', 'control-port=app.diorama.guest')
    return machine['uuid']


def wait_for(condition, process=None, timeout=60):
    """What `condition` says when it is true; PROCESS has to live until then."""
    deadline = time.monotonic() + patient(timeout)
    while not (result := condition()):
        assert not process or process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, 'waited in vain'
        select.select([], [], [], 0.05)
    return result


def wait_control(home, process):
    """The guest's control port."""
    return str(wait_for(lambda: next((home.runtime / 'diorama').glob('*/control.sock'), None), process))


def wait_guest(home, process):
    """Until its system listens to the power button."""
    guest = Guest(wait_control(home, process), 60)
    wait_for(lambda: 'Power Button' in guest.call('hello', timeout=60)['inputs'], process)
    guest.close()


def wait_end(process, timeout=40):
    out, err = process.communicate(timeout=patient(timeout))
    return process.returncode, out, err


def check_bus(home, bus):
    identity = make(home, 'Guest 🦆')
    process = home.start('start', '--headless', 'Guest 🦆')
    try:
        wait_guest(home, process)
        with tap.test('list shows that it runs'):
            machines = home.json('list')
            assert [(machine['uuid'], machine['state']) for machine in machines] == [(identity, 'running')], machines
            assert home.ok('list').startswith('running '), home.ok('list')
        with tap.test('it is reached by its name on the bus, which is made from the UUID'):
            name = f'app.diorama.Diorama.Machine.m{identity.replace("-", "")}'
            out = subprocess.run(['gdbus', 'introspect', '--address', bus.address, '--dest', name, '--object-path',
                                  f'/app/diorama/Diorama/Machine/m{identity.replace("-", "")}'],
                                 capture_output=True, text=True, check=True).stdout
            assert "State = 'running'" in out and 'Stop(' in out and 'Show(' in out, out
        for words in (['set', identity, 'memory=512'], ['delete', identity], ['start', '--headless', identity]):
            with tap.test(f'{words[0]} is refused while it runs'):
                home.refused(STATE, *words)
        with tap.test('it has no window to show, and says so'):
            home.refused(STATE, 'start', identity, says='--headless')
        with tap.test('without the bus it is only known that somebody has it'):
            env = {'DBUS_SESSION_BUS_ADDRESS': f'unix:path={home.runtime}/nothing'}
            told = home.json('info', identity, **env)
            assert told['state'] == 'in-use' and str(process.pid) in told['message'], told
            home.refused(STATE, 'stop', identity, says=str(process.pid), **env)
        with tap.test('stop asks it to shut down, and waits until it has'):
            assert home.ok('stop', '--wait', f'--timeout={patient(30):.0f}', identity) == ''
            status, out, err = wait_end(process)
            assert status == 0 and not out and 'Traceback' not in err, (status, out, err)
            assert home.json('info', identity)['state'] == 'stopped'
            home.refused(STATE, 'stop', identity, says='does not run')
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
    return identity


def check_deaf(home, identity):
    """A guest that does not listen: its kernel is not one."""
    deaf = home.path / 'deaf.img'
    deaf.write_bytes(b'\xfa\xf4\xeb\xfd'.ljust(510, b'\0') + b'\x55\xaa' + bytes(1 << 20))
    home.ok('set', identity, 'kernel=', 'initrd=', 'kernel-arguments=', f'disk.1.path={deaf}')
    process = home.start('start', '--headless', identity)
    try:
        with tap.test('a machine that ignores the request still runs, and that is told'):
            wait_state(home, identity, 'running', process)
            home.refused(TIMEOUT, 'stop', '--timeout=1', identity, says='--force')
            assert process.poll() is None
        with tap.test('--force ends it at once'):
            assert home.ok('stop', '--force', '--wait', identity) == ''
            assert wait_end(process)[0] == 0
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def wait_state(home, identity, state, process=None):
    wait_for(lambda: home.json('info', identity)['state'] == state, process)


def check_signals(home, identity):
    """Without a bus, and with a guest that does not listen."""
    process = home.start('start', '--headless', identity)
    try:
        with tap.test('without a bus, Ctrl+C asks it to shut down, a second one ends it'):
            wait_control(home, process)
            process.send_signal(signal.SIGINT)
            line = process.stderr.readline()
            while 'Ctrl+C' not in line:
                assert line, 'it ended'
                line = process.stderr.readline()
            assert process.poll() is None
            process.send_signal(signal.SIGINT)
            status, _, err = wait_end(process)
            assert status == 0, (status, err)
            assert home.json('info', identity)['state'] == 'stopped'
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def check_failures(home, identity):
    with tap.test('a machine that cannot start says why, and is free again'):
        home.ok('set', identity, 'extra-arguments=-device no-such-device')
        status, out, err = wait_end(home.start('start', '--headless', identity))
        assert status == FAILED and 'no-such-device' in err and not out, (status, out, err)
        assert home.json('info', identity)['state'] == 'stopped'
        home.ok('set', identity, 'extra-arguments=')
    with tap.test('one whose process is killed ends with it, and the lock goes'):
        process = home.start('start', '--headless', identity)
        wait_state(home, identity, 'in-use', process)
        process.kill()
        wait_end(process)
        wait_state(home, identity, 'stopped')
    with tap.test('then it can be deleted'):
        home.ok('delete', identity)
        assert home.json('list') == []


def main():
    if 'DIORAMA_TEST_GUEST' not in os.environ:
        tap.skip_all('$DIORAMA_TEST_GUEST is not set')
    home = Home()
    bus = Bus(home.runtime)
    with tap.guard('everything'):
        home.env['DBUS_SESSION_BUS_ADDRESS'] = bus.address
        identity = check_bus(home, bus)
        check_deaf(home, identity)
        home.env['DBUS_SESSION_BUS_ADDRESS'] = f'unix:path={home.runtime}/nothing'
        check_signals(home, identity)
        check_failures(home, identity)
    bus.stop()
    home.remove()
    tap.finish()


if __name__ == '__main__':
    main()
