#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""The agent for guests with a Wayland session, between a real compositor's clipboard and a host that this test plays;
and the disc that it comes on."""

import contextlib
import os
import random
import re
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import guest_agent as agent                                            # noqa: E402
from console import build                                              # noqa: E402
from guest_agent import CLIPBOARD, PNG, PRIMARY, TEXT                  # noqa: E402
from patience import patient                                           # noqa: E402
from tap import Tap                                                    # noqa: E402

FOLDER = build() / 'src/guest-tools'
PROGRAM = FOLDER / 'diorama-guest-agent'
GLIBC = (2, 34)             # what the README on the disc promises
SIZES = 1, 2020, 2021, 65537, 20 << 20
SLOW_SIZE = 30 << 20
OURS = 'application/x-diorama-guest-tools'     # among the types of what the agent offers
tap = Tap()


def content(size):
    """Something of that size that is text and repeats nowhere near."""
    return random.Random(size).randbytes(size // 2 + 1).hex().encode()[:size]


class Agent:
    """The program, in a session, with a host that has greeted it."""

    def __init__(self, session):
        self.session = session
        self.host = agent.Host()
        self.downloads = session.folder / 'Downloads'
        self.process = session.start(PROGRAM, '--port', self.host.path)
        self.greet()

    def greet(self):
        request, bits = struct.unpack('<II', self.host.expect(agent.CAPABILITIES))
        assert request == 1 and bits & agent.HOST_CAPABILITIES == agent.HOST_CAPABILITIES, (request, hex(bits))
        self.host.announce()
        assert self.host.expect(agent.CAPABILITIES)[:4] == bytes(4)

    def copy(self, data, *options, selection=CLIPBOARD):
        """Copies in the guest, and waits until the host knows."""
        self.session.copy(data, *options)
        return self.host.expect_grab(selection)

    def copy_on_host(self, *kinds, selection=CLIPBOARD):
        """And waits until the guest knows."""
        self.host.grab(*kinds, selection=selection)
        option = ('--primary',) if selection == PRIMARY else ()

        def types():
            self.host.turn()
            # "wl-paste -l" fails where there is nothing.
            return subprocess.run(['wl-paste', '-l', *option], env=self.session.env, stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, text=True).stdout.splitlines()
        names = {TEXT: 'text/plain;charset=utf-8', PNG: 'image/png'}
        # What another program there has copied may be of the same kinds.
        wanted = {names[kind] for kind in kinds} | {OURS}
        self.session.wait(lambda: set(types()) & {*names.values(), OURS} == wanted, f'the kinds {kinds} in the guest')

    def quiet(self):
        """Waits until it has said what it has to say."""
        self.host.request(TEXT, PRIMARY)
        self.host.expect(agent.DATA)

    def memory(self):
        """The most that it has had, in bytes."""
        text = Path(f'/proc/{self.process.pid}/status').read_text()
        return int(re.search(r'VmHWM:\s*(\d+) kB', text)[1]) * 1024

    def end(self):
        self.process.signal(15)
        assert self.process.wait(patient(10)) == 0, self.process.tail()
        self.host.close()


def expect_request(host, kind, selection=CLIPBOARD):
    found = struct.unpack('<II', host.expect(agent.REQUEST))
    assert found == (selection, kind), found


# --- the clipboard ---

def check_to_guest(it, size):
    it.copy_on_host(TEXT)
    paste = it.session.paste()
    expect_request(it.host, TEXT)
    it.host.answer(TEXT, content(size))
    assert it.host.read_all(paste) == content(size)


def check_to_host(it, size):
    assert it.copy(content(size)) == [TEXT]
    it.host.request(TEXT)
    about, data = it.host.expect_data()
    assert about == (CLIPBOARD, TEXT), about
    assert data == content(size)


def check_other_kinds(it):
    """A picture, and what was marked."""
    picture = b'\x89PNG\r\n\x1a\n\0' + os.urandom(5000)
    assert it.copy(picture, '--type', 'image/png') == [PNG]
    it.host.request(PNG)
    assert it.host.expect_data() == ((CLIPBOARD, PNG), picture)
    it.host.request(TEXT)
    assert it.host.expect_data() == ((CLIPBOARD, agent.NONE), b''), 'it has no text'

    assert it.copy(b'marked', '--primary', selection=PRIMARY) == [TEXT]
    it.host.request(TEXT, PRIMARY)
    assert it.host.expect_data() == ((PRIMARY, TEXT), b'marked')

    it.copy_on_host(TEXT, PNG, selection=PRIMARY)
    paste = it.session.paste('--primary', '--type', 'image/png')
    expect_request(it.host, PNG, PRIMARY)
    it.host.answer(PNG, picture, PRIMARY)
    assert it.host.read_all(paste) == picture


def check_crossing(it):
    """The host's grab wins when both have one number, and one that is older than the guest's is not taken."""
    it.copy(b'first')
    it.host.grab(TEXT, serial=it.host.serials[CLIPBOARD] - 1)
    it.host.request(TEXT)
    assert it.host.expect_data() == ((CLIPBOARD, agent.NONE), b'')
    it.copy(b'second')
    it.host.grab(TEXT, serial=it.host.serials[CLIPBOARD] - 2)
    it.host.request(TEXT)
    assert it.host.expect_data() == ((CLIPBOARD, TEXT), b'second')


def check_alternation(it):
    for number in range(20):
        text = f'guest {number}'.encode()
        it.copy(text)
        it.host.request(TEXT)
        assert it.host.expect_data() == ((CLIPBOARD, TEXT), text)
        it.copy_on_host(TEXT)
        paste = it.session.paste()
        expect_request(it.host, TEXT)
        it.host.answer(TEXT, b'host %d' % number)
        assert it.host.read_all(paste) == b'host %d' % number


def check_refusals(it):
    """What cannot be had ends a paste, and what the host releases is gone."""
    it.copy_on_host(TEXT)
    paste = it.session.paste()
    expect_request(it.host, TEXT)
    it.host.answer(agent.NONE, b'')
    assert it.host.read_all(paste) == b''
    it.host.send(agent.RELEASE, struct.pack('<I', CLIPBOARD))
    it.session.wait(lambda: it.host.turn() is not None and subprocess.run(
        ['wl-paste', '-l'], env=it.session.env, capture_output=True).returncode, 'an empty clipboard')
    # Larger than the host takes.
    it.host.send(agent.MAX_CLIPBOARD, struct.pack('<i', 1000))
    it.copy(content(1001))
    it.host.request(TEXT)
    assert it.host.expect_data() == ((CLIPBOARD, agent.NONE), b'')
    it.host.send(agent.MAX_CLIPBOARD, struct.pack('<i', -1))
    it.host.request(TEXT)
    assert it.host.expect_data()[1] == content(1001)


def check_slow_reader(it):
    """A program that does not read on what it pastes has the host wait, and the agent not grow."""
    it.copy_on_host(TEXT)
    paste = it.session.paste()
    expect_request(it.host, TEXT)
    before = it.memory()
    it.host.answer(TEXT, content(SLOW_SIZE))
    it.host.pump(lambda: it.host.stands_still(), 'the port is full')
    assert it.host.left() > SLOW_SIZE / 2, it.host.left()
    assert it.host.read_all(paste) == content(SLOW_SIZE)
    assert it.memory() - before < 4 << 20, it.memory() - before


def check_gone_reader(it):
    """One that ends meanwhile costs nothing but its paste."""
    it.copy_on_host(TEXT)
    paste = it.session.paste()
    expect_request(it.host, TEXT)
    it.host.answer(TEXT, content(4 << 20))
    it.host.pump(lambda: it.host.stands_still(), 'the port is full')
    paste.kill()
    paste.stdout.close()
    paste.wait()
    it.host.flush()
    check_to_guest(it, 10)


def check_host_returns(it):
    it.copy(b'before')
    it.quiet()
    it.host.restart()
    it.host.announce()
    assert it.host.expect(agent.CAPABILITIES)[:4] == bytes(4)
    assert it.host.expect_grab() == [TEXT], 'what the guest had copied is told again'
    it.host.request(TEXT)
    assert it.host.expect_data() == ((CLIPBOARD, TEXT), b'before')


# --- files ---

def start_file(it, number, name, size):
    it.host.send(agent.FILE_START, struct.pack('<I', number)
                 + f'[vdagent-file-xfer]\nname={name}\nsize={size}\n'.encode() + b'\0')
    found, result, more = it.host.expect_status()
    assert found == number, found
    return result, more


def send_file(it, number, data, size=None):
    it.host.send(agent.FILE_DATA, struct.pack('<IQ', number, len(data) if size is None else size) + data)


def files(it):
    return {path.name: path.read_bytes() for path in it.downloads.glob('*')} if it.downloads.exists() else {}


def check_files(it):
    data = content(3 << 20)
    assert start_file(it, 1, 'letter.txt', len(data))[0] == agent.CAN_SEND
    for begin in range(0, len(data), 1 << 20):
        send_file(it, 1, data[begin:begin + (1 << 20)])
    assert it.host.expect_status()[:2] == (1, agent.SUCCESS)
    assert start_file(it, 2, '/etc/../../letter.txt', 0)[0] == agent.CAN_SEND
    send_file(it, 2, b'')
    assert it.host.expect_status()[:2] == (2, agent.SUCCESS)
    assert files(it) == {'letter.txt': data, 'letter (2).txt': b''}
    assert not (it.session.folder / 'letter.txt').exists()


def check_bad_files(it):
    present = files(it)
    for number, (name, size) in enumerate([('..', 5), ('a/', 5), ('', 5), ('x', -1), ('x', 1 << 70), ('x', 'y')], 10):
        assert start_file(it, number, name, size)[0] == agent.ERROR, (name, size)
    result, more = start_file(it, 20, 'huge', 1 << 62)
    assert result == agent.NO_SPACE and 0 < struct.unpack('<Q', more)[0] < 1 << 62, (result, more)
    # More than was said, a size that the message does not have, cancelled.
    for number, (data, size) in enumerate([(b'123456', None), (b'12', 1 << 63), (b'123', 2)], 30):
        assert start_file(it, number, 'short', 5)[0] == agent.CAN_SEND
        send_file(it, number, data, size)
        assert it.host.expect_status()[:2] == (number, agent.ERROR)
    assert start_file(it, 40, 'cancelled', 5)[0] == agent.CAN_SEND
    send_file(it, 40, b'123')
    it.host.send(agent.FILE_STATUS, struct.pack('<II', 40, agent.CANCELLED))
    assert start_file(it, 41, 'last', 5)[0] == agent.CAN_SEND
    it.host.send(agent.DISCONNECTED)
    it.host.announce()
    it.host.expect(agent.CAPABILITIES)
    assert files(it) == present, files(it).keys()


# --- hosts that make no sense ---

def check_nonsense(it):
    """It begins anew each time: a host greets it, and all is well."""
    for nonsense in (struct.pack('<II', 1, 2049), struct.pack('<II', 7, 8), struct.pack('<II', 1, 20) + b'\xff' * 20):
        it.quiet()
        it.host.restart()
        it.host.raw(nonsense)
        it.greet()
    # What makes sense as a stream, but not as messages.
    chance = random.Random(1)
    for _ in range(2000):
        kind = chance.choice([chance.randrange(20), chance.randrange(1 << 32)])
        if kind == agent.CAPABILITIES:
            continue
        it.host.send(kind, chance.randbytes(chance.randrange(40)))
    it.host.announce()
    it.host.expect(agent.CAPABILITIES)
    for path in it.downloads.glob('*'):
        path.unlink()
    check_to_guest(it, 5000)
    check_to_host(it, 5000)


def test_agent(session):
    it = Agent(session)
    for size in SIZES:
        with tap.test(f'{size} bytes of text come into the guest'):
            check_to_guest(it, size)
        with tap.test(f'{size} bytes of text come out of it'):
            check_to_host(it, size)
    for name, check in (
            ('pictures, and what is marked', check_other_kinds),
            ('two that copy at once', check_crossing),
            ('to and fro, twenty times', check_alternation),
            ('what cannot be pasted is over at once', check_refusals),
            ('a program that reads slowly', check_slow_reader),
            ('a program that pastes and ends', check_gone_reader),
            ('a host that comes back', check_host_returns),
            ('files come into Downloads', check_files),
            ('files that are not as they were said to be do not', check_bad_files),
            ('a host that makes no sense', check_nonsense)):
        with tap.test(name):
            check(it)
    with tap.test('it ends when it is told to'):
        it.end()


def test_other_sessions(folder):
    """Where it cannot work it says so, and ends."""
    with tap.test('a compositor that lets nobody at the clipboard'):
        session = agent.Session(folder, ('weston', '--backend=headless', '--socket=wayland-0', '--idle-time=0'))
        with contextlib.closing(session):
            process = session.start(PROGRAM, '--port', '/nonexistent')
            assert process.wait(patient(10)) == 3 and 'spice-vdagent' in process.output(), process.output()
            assert len(process.output().splitlines()) == 1
        process = session.start(PROGRAM)
        assert process.wait(patient(10)) == 3 and 'no Wayland session' in process.output(), process.output()


# --- the disc ---

def test_disc(folder):
    disc = folder / 'disc'
    disc.mkdir()
    with tap.test('the disc has what its README names'):
        subprocess.run(['bsdtar', '-xf', FOLDER / 'diorama-guest-tools.iso', '-C', disc], check=True)
        names = {str(path.relative_to(disc)) for path in disc.rglob('*') if path.is_file()}
        machine = os.uname().machine
        missing = {'README.txt', 'COPYING.txt', 'linux/install.sh', 'linux/source/build.sh',
                   f'linux/bin/{machine}/diorama-guest-agent', 'linux/source/guest-tools/main.c',
                   'windows/virtio-win.iso.url', 'windows/spice-guest-tools.url'} - names
        assert not missing, missing
        readme = (disc / 'README.txt').read_text()
        for path in disc.glob('windows/*.url'):
            assert re.search(r'URL=(\S+)', path.read_text())[1] in readme, path.name
        assert sum(path.stat().st_size for path in disc.rglob('*') if path.is_file()) < 1 << 20
    with tap.test('its program needs no newer system than it says'):
        if os.environ.get('DIORAMA_TEST_SANITIZED'):
            tap.skip('a sanitizer is in it')
        symbols = subprocess.run(['objdump', '-T', PROGRAM], check=True, capture_output=True, text=True).stdout
        found = [tuple(map(int, version.split('.'))) for version in re.findall(r'GLIBC_([\d.]+)', symbols)]
        assert found and max(found)[:2] <= GLIBC, max(found)
        assert 'glibc {}.{}'.format(*GLIBC) in readme
    with tap.test('it is installed, and taken away'):
        install = [disc / 'linux/install.sh']
        root = folder / 'root'
        env = os.environ | {'DESTDIR': str(root)}
        subprocess.run(install, env=env, check=True, capture_output=True)
        program = root / 'usr/local/bin/diorama-guest-agent'
        assert program.read_bytes() == PROGRAM.read_bytes()
        assert len([path for path in root.rglob('*') if path.is_file()]) == 3
        subprocess.run([*install, '--uninstall'], env=env, check=True, capture_output=True)
        assert not [path for path in root.rglob('*') if path.is_file()]
    with tap.test('where its program does not run it is built from source'):
        (disc / f'linux/bin/{machine}/diorama-guest-agent').chmod(0o644)
        done = subprocess.run(install, env=env, capture_output=True, text=True)
        assert done.returncode == 0 and 'from source' in done.stdout, done.stderr
        done = subprocess.run([program, '--version'], check=True, capture_output=True, text=True)
        assert re.fullmatch(r'diorama-guest-agent [\d.]+\n', done.stdout), done.stdout


def main():
    with tempfile.TemporaryDirectory(prefix='diorama-guest-') as folder:
        folder = Path(folder)
        for name in ('session', 'other'):
            (folder / name).mkdir()
        with tap.guard('the guest\'s session'), contextlib.closing(agent.Session(folder / 'session')) as session:
            test_agent(session)
        with tap.guard('other sessions'):
            test_other_sessions(folder / 'other')
        with tap.guard('the disc'):
            test_disc(folder)
    tap.finish()


main()
