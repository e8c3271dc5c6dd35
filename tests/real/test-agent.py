#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""The clipboard with SPICE's stock agent in two Debian guests at once: one is a machine of ours with Xorg; the other is somebody
else's QEMU, which has the agent itself, with weston. Then ours with labwc, and the agent of our guest tools. Diorama's sessions are there, its windows are not (tests/agent).
test-agent.py [thorough]: with that word 100 MB, and 1000 alternations."""

import filecmp
import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from PIL import Image

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / folder) for folder in ('agent', 'ui')]

from driver import BUILD, Driver  # noqa: E402
from guest import Guest  # noqa: E402
from tap import Tap  # noqa: E402

TEXT = 'text/plain;charset=utf-8'
THOROUGH = 'thorough' in sys.argv[1:]
ALTERNATIONS = 1000 if THOROUGH else 20
LARGEST = 100 * 1000 * 1000 if THOROUGH else 2 * 1000 * 1000
BOOT, PATIENCE = 240, 60           # seconds; alone a guest and its desktop need 20 s, and a paste 0.3 s
# A protocol's chunk has 2048 bytes; of which the message's header is 20, the selection 4, and the type 4.
CHUNK, BEFORE = 2048, 28
SMALL = 'text-65536'
tap = Tap()


def text_of(size, last):
    """So many bytes of UTF-8, of two, three and four bytes a character, so that chunks end within them."""
    unit = 'aß€𝄞'.encode() * (size // 10 + 1)
    return unit[:size - 1].decode(errors='ignore').encode().ljust(size, last)


def make_samples(folder, last):
    """{name: (type, path)}; whatever is copied is a file there. LAST: of other bytes, other files: a guest that copies what it has
    just pasted is not heard, as its clipboard manager does that."""
    folder.mkdir()
    result = {}
    picture = Image.effect_noise((160, 100), 80).convert('RGB')
    for kind in ('png', 'jpeg', 'bmp', 'tiff'):
        path = folder / kind
        picture.save(path, kind)
        result[kind] = f'image/{kind}', path
    for size in (1, 3, CHUNK - BEFORE, CHUNK - BEFORE + 1, 65536, LARGEST):
        path = folder / f'text-{size}'
        path.write_bytes(text_of(size, last))
        result[path.name] = TEXT, path
    return result


class Pair:
    """One guest's clipboard and the host's, by the driver's seat number. `by_host`, `by_guest`: what each copies."""

    def __init__(self, driver, seat, guest, by_host, by_guest):
        self.driver, self.seat, self.guest = driver, seat, guest
        self.by_host, self.by_guest = by_host, by_guest

    def check(self, name):
        """Both ways."""
        kind, path = self.by_host[name]
        self.offer(kind, path)
        self.check_paste_in_guest(kind, path)
        self.check_paste_on_host(*self.by_guest[name])

    def offer(self, kind, path, selection=0):
        self.driver.do(self.seat, 'offer', selection, f'{kind}={path}')

    def check_paste_in_guest(self, kind, path, selection='clipboard'):
        """What the host offers already comes, as soon as the guest knows of it."""
        self.guest.run(f'until_so offered {selection} "{kind}"; paste {selection} "{kind}" > /share/pasted', PATIENCE)
        assert filecmp.cmp(path, self.guest.share / 'pasted', shallow=False), f'the guest got something else than {path}'

    def check_paste_on_host(self, kind, path, selection=0):
        """The guest copies, and the host pastes."""
        inside = self.guest.share / 'copied'
        inside.write_bytes(path.read_bytes())
        target = 'UTF8_STRING' if kind == TEXT else kind
        self.guest.run(f'copy {("clipboard", "primary")[selection]} {target} /share/copied')
        self.take_offer(kind, path, selection)

    def take_offer(self, kind, path, selection=0):
        self.driver.wait('guest-offer', PATIENCE, seat=self.seat, selection=selection, types=kind)
        self.driver.do(self.seat, 'paste', selection, kind, self.guest.share / 'taken')
        report = self.driver.wait('pasted', PATIENCE, seat=self.seat)
        assert not report['error'], report
        assert filecmp.cmp(path, self.guest.share / 'taken', shallow=False), f'the host got something else than {path}'


def start_foreign(folder, guest):
    """A QEMU that somebody else has started, and the bus that it is on."""
    address = f'unix:path={folder}/bus'
    bus = subprocess.Popen(['dbus-daemon', '--session', '--nofork', '--nopidfile', '--print-address', f'--address={address}'],
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    bus.stdout.readline()
    qemu = subprocess.Popen(
        ['qemu-system-x86_64', '-nodefaults', '-no-user-config', '-machine', 'q35', '-accel', 'tcg,thread=multi', '-cpu',
         'max,-la57', '-m', '1024', '-device', 'virtio-vga', '-display', f'dbus,addr={address}', '-device', 'virtio-serial-pci',
         '-chardev', 'qemu-vdagent,id=agent,clipboard=on,mouse=off',
         '-device', 'virtserialport,chardev=agent,name=com.redhat.spice.0', '-kernel', guest.kernel,
         '-initrd', str(guest.initrd), '-append', guest.arguments, *guest.extra])
    return address, qemu, bus


def bring_up(guest, session):
    guest.wait_ready(BOOT)
    guest.run(f'session {session}', BOOT)
    guest.run('agent', PATIENCE)


def check_formats(pair):
    for name, (kind, path) in pair.by_host.items():
        with tap.test(f'{name}: the guest pastes what the host has copied'):
            pair.offer(kind, path)
            pair.check_paste_in_guest(kind, path)
            pair.driver.wait('guest-read', PATIENCE, seat=pair.seat, type=kind)
    # What a guest copies at once after it has pasted a picture is not heard, if it is one as large: text came last.
    for name, sample in pair.by_guest.items():
        with tap.test(f'{name}: the host pastes what the guest has copied'):
            pair.check_paste_on_host(*sample)


def check_work(pair):
    """The longest turn of the main loop while the largest text goes both ways; a busy machine makes it longer."""
    pair.driver.do(pair.seat, 'work')
    pair.driver.wait('work', seat=pair.seat)
    pair.check(f'text-{LARGEST}')
    pair.driver.do(pair.seat, 'work')
    report = pair.driver.wait('work', seat=pair.seat)
    tap.comment(f'{LARGEST} bytes both ways: no turn of the main loop took more than {report["us"] / 1000} ms')


def check_alternations(pair):
    """Who has copied last is who is pasted, each time."""
    host, guest = pair.guest.share / 'by-host', pair.guest.share / 'by-guest'
    for number in range(ALTERNATIONS):
        host.write_text(f'host {number}')
        guest.write_text(f'guest {number}')
        pair.offer(TEXT, host)
        pair.guest.run('until_so paste_same clipboard UTF8_STRING /share/by-host; copy clipboard UTF8_STRING /share/by-guest',
                       PATIENCE)
        pair.take_offer(TEXT, guest)


def check_primary(pair):
    pair.driver.do(pair.seat, 'primary')
    pair.offer(*pair.by_host[SMALL], 1)
    pair.check_paste_in_guest(*pair.by_host[SMALL], 'primary')
    pair.check_paste_on_host(*pair.by_guest[SMALL], 1)


def check_size(pair):
    """A bare X server does not heed what its screen says of its size; the agent does."""
    pair.driver.do(pair.seat, 'size', 1000, 700)
    pair.driver.wait('mode', PATIENCE, seat=pair.seat, width=1000, height=700)


def check_restart(pair):
    """What the host has copied is there for the agent that comes back."""
    pair.offer(*pair.by_host[SMALL])
    pair.guest.run('until_so offered clipboard text; kill_agent')
    pair.driver.wait('agent', PATIENCE, seat=pair.seat, port=False)
    pair.guest.run('agent', PATIENCE)
    pair.driver.wait('agent', PATIENCE, seat=pair.seat, open=True)
    pair.check_paste_in_guest(*pair.by_host[SMALL])
    pair.check_paste_on_host(*pair.by_guest[SMALL])


def check_nonsense(pair):
    """A program in the guest that writes something else into the port for a while."""
    pair.guest.run('kill_agent; timeout 3 dd if=/dev/urandom of=/dev/virtio-ports/com.redhat.spice.0 bs=64k || true', PATIENCE)
    pair.guest.run('agent', PATIENCE)
    pair.driver.wait('agent', PATIENCE, seat=pair.seat, open=True)
    pair.check(SMALL)


def check_files(pair, folder):
    """A file without content, one with a name that is not ASCII, and a folder, in which a name comes again."""
    sources = Path(tempfile.mkdtemp(dir=folder))
    (sources / 'more').mkdir(parents=True)
    contents = {'empty': b'', 'grün-€.bin': os.urandom(3_000_001)}
    for name, content in contents.items():
        (sources / name).write_bytes(content)
    (sources / 'more' / 'empty').write_bytes(b'not so')
    pair.driver.do(pair.seat, 'send', *sources.iterdir())
    report = pair.driver.wait('sent', PATIENCE, seat=pair.seat)
    assert not report['errors'] and report['files'] == 3, report
    pair.guest.run('rm -rf /share/arrived; mkdir /share/arrived; cp "$XDG_DOWNLOAD_DIR"/* /share/arrived')
    arrived = {path.name: path.read_bytes() for path in (pair.guest.share / 'arrived').iterdir()}
    assert sorted(arrived.values()) == sorted([*contents.values(), b'not so']), {name: len(it) for name, it in arrived.items()}
    assert arrived['grün-€.bin'] == contents['grün-€.bin'] and len(arrived) == 3, list(arrived)


def check_between(ours, foreign, folder):
    """What one guest copies, the other pastes."""
    for number, (source, target) in enumerate([(ours, foreign), (foreign, ours)]):
        ours.driver.do(source.seat, 'relay', target.seat)
        text = folder / f'between-{number}'
        text.write_text(f'from guest to guest, {number} — «ß»')
        (source.guest.share / 'copied').write_bytes(text.read_bytes())
        source.guest.run('copy clipboard UTF8_STRING /share/copied')
        target.guest.share.joinpath('wanted').write_bytes(text.read_bytes())
        target.guest.run('until_so paste_same clipboard UTF8_STRING /share/wanted', PATIENCE)
    for pair in (ours, foreign):
        pair.driver.do(pair.seat, 'relay')


def check_our_agent(pair):
    """The guest is reset into a session that is Wayland's only, and has the agent of our guest tools, from their disc."""
    tools = pair.guest.share / 'tools'
    tools.mkdir()
    subprocess.run(['bsdtar', '-xf', BUILD / 'src/guest-tools/diorama-guest-tools.iso', '-C', tools], check=True)
    pair.offer(*pair.by_host[SMALL])
    pair.driver.do(pair.seat, 'reset')
    pair.driver.wait('agent', PATIENCE, seat=pair.seat, port=False)
    pair.guest.wait_ready(BOOT)
    pair.guest.run('session labwc; use_wayland; our_agent', BOOT)
    pair.driver.wait('agent', PATIENCE, seat=pair.seat, open=True)
    pair.check_paste_in_guest(*pair.by_host[SMALL])
    pair.check_paste_on_host(*pair.by_guest[SMALL])


def check_our_formats(pair):
    names = 'png', 'bmp', 'text-1', f'text-{LARGEST}'
    for name in names:
        pair.offer(*pair.by_host[name])
        pair.check_paste_in_guest(*pair.by_host[name])
    for name in names:
        pair.check_paste_on_host(*pair.by_guest[name])


def check_our_restart(pair):
    """What the host has copied is there for the agent that comes back; as is what the guest has, for the host."""
    pair.offer(*pair.by_host[SMALL])
    pair.guest.run('until_so offered clipboard text; kill_our_agent')
    pair.driver.wait('agent', PATIENCE, seat=pair.seat, port=False)
    pair.guest.run('our_agent', PATIENCE)
    pair.driver.wait('agent', PATIENCE, seat=pair.seat, open=True)
    pair.check_paste_in_guest(*pair.by_host[SMALL])
    pair.check_paste_on_host(*pair.by_guest[SMALL])


def run(folder, ours, foreign, address):
    samples = make_samples(folder / 'host', b'h'), make_samples(folder / 'guest', b'g')
    definition = {'kernel': ours.kernel, 'initrd': str(ours.initrd), 'arguments': ours.arguments, 'extra': ours.extra}
    (folder / 'machine.json').write_text(json.dumps(definition))
    home = folder / 'home'
    home.mkdir(mode=0o700)
    with Driver(home) as driver:
        with tap.test('two guests with agents: a machine of ours, and one of somebody else\'s'):
            driver.do('- machine', folder / 'machine.json')
            other = threading.Thread(target=bring_up, args=(foreign, 'weston'))
            other.start()
            driver.wait('connected', PATIENCE, yes=True)
            bring_up(ours, 'xorg')
            driver.wait('agent', PATIENCE, open=True)
            other.join()
            driver.do('- attach', address)
            driver.wait('clipboard', PATIENCE, seat=1, connected=True)
        ours_pair, foreign_pair = Pair(driver, 0, ours, *samples), Pair(driver, 1, foreign, *samples)
        with tap.guard('the largest'):
            check_work(ours_pair)
        check_formats(ours_pair)
        for name, check, arguments in [
                (f'{ALTERNATIONS} times the host and the guest copy in turn', check_alternations, (ours_pair,)),
                ('what is marked, when that is shared', check_primary, (ours_pair,)),
                ('files arrive in Downloads', check_files, (ours_pair, folder)),
                ('the agent sets the screen\'s size', check_size, (ours_pair,)),
                ('the agent is restarted', check_restart, (ours_pair,)),
                ('a program that writes nonsense is not the end', check_nonsense, (ours_pair,)),
                ('a QEMU that has the agent itself: text, to and from a Wayland session', foreign_pair.check, (SMALL,)),
                ('between two guests', check_between, (ours_pair, foreign_pair, folder)),
                ('the guest is reset; the agent of our guest tools, in a session that is Wayland\'s only', check_our_agent,
                 (ours_pair,)),
                ('with that: formats and sizes', check_our_formats, (ours_pair,)),
                ('with that: the host and the guest copy in turn', check_alternations, (ours_pair,)),
                ('with that: what is marked', check_primary, (ours_pair,)),
                ('with that: files', check_files, (ours_pair, folder)),
                ('with that: it is restarted', check_our_restart, (ours_pair,))]:
            with tap.test(name):
                check(*arguments)


def main():
    with tempfile.TemporaryDirectory(prefix='agent-') as place:
        folder = Path(place)
        for name in ('ours', 'foreign'):
            (folder / name).mkdir()
        ours, foreign = Guest(folder / 'ours'), Guest(folder / 'foreign')
        address, qemu, bus = start_foreign(folder, foreign)
        try:
            run(folder, ours, foreign, address)
        finally:
            for process in (qemu, bus):
                process.kill()
                process.wait()
    tap.finish()


if __name__ == '__main__':
    main()
