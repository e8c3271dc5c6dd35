#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""No image makes Diorama, or what it starts, open a file that it was not given: seen by strace, with all processes, for each
image of the corpus that is inspected, and for machines that are started. What is only tried counts as well."""

import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / 'ui'), str(HERE.parent / 'cli')]
from fixture import Home, patient                                      # noqa: E402
from images import SAMPLES, corpus                                     # noqa: E402
from samples_canaries import CANARY                                    # noqa: E402
from tap import Tap                                                    # noqa: E402

ENGINE, BUILD = Path(os.environ['DIORAMA_TEST_EMBEDDED_QEMU']), Path(os.environ['DIORAMA_TEST_PROGRAM']).parent.parent
CALL = re.compile(r'(open|openat|openat2|creat|execve|connect)\((?:(?:AT_FDCWD|\d+)<(?P<base>[^>]*)>, )?(?:"(?P<path>(?:[^"\\]|\\.)*)"|'
                  r'\{sa_family=AF_UNIX, sun_path=@?"(?P<socket>[^"]*)"|\{sa_family=(?P<family>\w+))?.*?(?:= \d+<(?P<real>.*)>)?$')
# What programs open for themselves: libraries, what the kernel tells of processes, drives and the computer, random numbers.
OWN = re.compile(r'/(usr|lib|lib64|bin|app/lib)(/.*)?|/etc/(ld\.so\.(cache|preload)|locale\.alias|localtime|gtk-.*|glvnd/.*|fonts/.*|machine-id|glib-2\.0/settings/.*)|'
                 r'/proc/(self|\d+)/.*|/proc/(filesystems|mounts|cpuinfo|meminfo|stat|version|sys/.*)|'
                 r'/sys/(dev|devices|fs/cgroup|kernel/mm)(/.*)?|/dev/(null|urandom|kvm|pts.*|shm.*)|/memfd:.*|/|'
                 r'(/var)?/tmp/(diorama-look-|#|vl\.)[^/]*(/.*)?|/root|/etc/nsswitch\.conf|/run/nscd/socket|/var/run/nscd/socket')
USERS = Path('/etc/passwd')                                             # whoever runs machines asks for the user's name
# What is inspected together; of the last only the headers: what is on them is little, and all alike.
GROUPS = {'attacks': ('attack',), 'disks and discs': ('boot', 'chain', 'disc', 'special'), 'others': None}
STARTED = ['chain/three.qcow2', 'boot/debian.vmdk']
tap = Tap()


def text(escaped):
    return re.sub(rb'\\([0-7]{1,3})', lambda found: bytes([int(found[1], 8)]),
                  escaped.encode()).replace(b'\\n', b'\n').replace(b'\\"', b'"').decode(errors='replace')


class Trace:
    """A log for each process, so that none has a line of another's in the middle of its own."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix='diorama-trace-'))

    def wrap(self):
        return ['strace', '-ff', '-qq', '-y', '-s', '4096', '-e', 'trace=open,openat,openat2,creat,execve,connect', '-e', 'signal=none',
                '-o', str(self.folder / 'log')]

    def opened(self):
        """What was asked for, and what it was."""
        paths = set()
        for log in self.folder.glob('log.*'):
            for line in log.read_text(errors='replace').splitlines():
                if not (call := CALL.match(line)):
                    continue
                if call['family']:
                    paths.add(f'network:{call["family"]}')
                for path in (call['path'], call['socket'], call['real']):
                    if path:
                        paths.add(os.path.normpath(os.path.join(call['base'] or '/', text(path).removesuffix(' (deleted)'))))
        return paths

    def remove(self):
        shutil.rmtree(self.folder)


def foreign(opened, given):
    """What of it nobody had given. GIVEN: files, and folders with all that they have."""
    given = [str(path) for path in [BUILD, ENGINE, *given]]
    return sorted(path for path in opened if not OWN.fullmatch(path) and
                  not any(path == one or path.startswith(f'{one}/') for one in given))


def given_by(folder):
    """All of the corpus but what attacks name."""
    return [path for path in folder.iterdir() if path.name != Path(CANARY).parts[0]]


def check_sight(folder):
    """The measuring itself: tools that nobody locks in do what images want."""
    for name in ('canary-data-file.qcow2', 'canary-flat.vmdk', 'canary-link.qcow2', 'canary-backing-json.qcow2'):
        with tap.test(f'a tool that is not locked in is seen to open what {name} names'):
            trace = Trace()
            subprocess.run([*trace.wrap(), 'qemu-img', 'map', '-f', SAMPLES[f'attack/{name}'].format, str(folder / 'attack' / name)],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            assert foreign(trace.opened(), given_by(folder)) == [str(folder / CANARY)], foreign(trace.opened(), given_by(folder))
            trace.remove()


def check_inspection(home, folder):
    known = [part for parts in GROUPS.values() for part in parts or ()]
    for what, parts in GROUPS.items():
        names = [name for name in SAMPLES if (name.partition('/')[0] in parts if parts else name.partition('/')[0] not in known)]
        with tap.test(f'inspecting {len(names)} images ({what}) opens nothing else'):
            trace = Trace()
            status, out, err = home.run('inspect', '--json', *['--header'] * (not parts), *(folder / name for name in names), wrap=trace.wrap(), timeout=patient(100))
            assert status in (0, 1) and not err, (status, err)
            opened = trace.opened()
            assert any(str(folder / name) in opened for name in names), opened
            # What links of the corpus lead to is what the user asked for.
            given = [home.path, *given_by(folder)] + [Path('/dev/zero')] * ('special' in (parts or ()))
            assert not foreign(opened, given), foreign(opened, given)
            trace.remove()


def define(home, name, path, form, layers=()):
    """As somebody's definition may have it: what it says of the image is not asked of the image."""
    disk = {'path': str(path), 'format': form, 'bus': 'sata'} | ({'layers': layers} if layers else {})
    return home.add(name, machine={'disks': [disk], 'memory': 64, 'network': 'none', 'audio': False, 'accel': 'tcg',
                                   'control-port': 'app.diorama.guest'})[1]


def check_refused(home, folder):
    names = ['raw-turned-qcow2.img'] + [name.partition('/')[2] for name in SAMPLES if 'canary-' in name]
    for name in names:
        with tap.test(f'a machine with {name} is not started, and opens nothing else'):
            sample = SAMPLES[f'attack/{name}']
            uuid = define(home, name, folder / sample.name, sample.format)
            trace = Trace()
            home.refused(1, 'start', '--headless', uuid, wrap=trace.wrap(), timeout=patient(60))
            opened = trace.opened()
            assert str(folder / sample.name) in opened, opened
            given = [home.path, USERS, *given_by(folder)]
            assert not foreign(opened, given), foreign(opened, given)
            trace.remove()


def wait_for(condition, process, what):
    """Looks again and again, and at once when the process ends."""
    deadline, end = time.monotonic() + patient(60), os.pidfd_open(process.pid)
    try:
        while not (result := condition()):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline, f'waited in vain for {what}'
            select.select([end], [], [], 0.05)
    finally:
        os.close(end)
    return result


def interrupt(process):
    """The program that strace runs."""
    for child in Path(f'/proc/{process.pid}/task/{process.pid}/children').read_text().split():
        os.kill(int(child), signal.SIGINT)


def end(process):
    """Asks it twice: two signals that come together are one."""
    interrupt(process)
    assert select.select([process.stderr], [], [], patient(30))[0], 'the first signal is not answered'
    said = process.stderr.readline()
    assert 'asked to shut down' in said, said
    interrupt(process)
    process.communicate(timeout=patient(30))


def check_started(home, folder):
    for name in STARTED:
        with tap.test(f'a machine with {name} opens its own files only'):
            path = folder / name
            # A copy that may be written.
            disk = home.path / path.name
            layers = [{'path': str(path.with_name(below)), 'format': form} for below, form in SAMPLES[name].chain or ()]
            shutil.copy(path, disk)
            for layer in layers:
                shutil.copy(layer['path'], home.path)
                layer['path'] = str(home.path / Path(layer['path']).name)
            uuid = define(home, path.name, disk, SAMPLES[name].format, layers)
            trace = Trace()
            process = home.start('start', '--headless', uuid, wrap=trace.wrap())
            wait_for(lambda: next((home.runtime / 'diorama').glob('*/control.sock'), None), process, 'the machine')
            wait_for(lambda: str(disk) in trace.opened() and len(list(trace.folder.iterdir())) > 3, process, 'its disk')
            end(process)
            opened = trace.opened()
            assert {str(disk), *(layer['path'] for layer in layers)} <= opened, opened
            assert not foreign(opened, [home.path, USERS]), foreign(opened, [home.path, USERS])
            trace.remove()


def main():
    if not shutil.which('strace'):
        tap.skip_all('strace is missing')
    folder, home = corpus(ENGINE), Home()
    for part in (lambda: check_sight(folder), lambda: check_inspection(home, folder), lambda: check_refused(home, folder),
                 lambda: check_started(home, folder)):
        with tap.guard('a part'):
            part()
    home.remove()
    tap.finish()


if __name__ == '__main__':
    main()
