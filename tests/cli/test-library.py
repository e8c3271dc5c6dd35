#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""The commands that keep the library, without a display or a session bus: what they print, change, refuse and return."""

import fcntl
import json
import os
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from fixture import LISTED, Home, Tap                                          # noqa: E402

FAILED, NOT_UNDERSTOOD, NO_MACHINE, STATE = 1, 2, 3, 4
COMMANDS = ['delete', 'duplicate', 'export', 'import', 'info', 'inspect', 'list', 'new', 'set', 'start', 'stop']
NAMES = ['Debian', 'two  words', "it's “quoted”", '🦆 täst файл', 'שלום עולם', 'מערכת Windows 11', '-dash', 'a/b', '.hidden',
         '名' * 85, 'n' * 255, 'percent %s %n', '<b>bold</b>', 'back\\slash', 'list']
tap = Tap()


def check_words(home):
    for command in COMMANDS:
        with tap.test(f'{command} --help tells how it is called'):
            out = home.ok(command, '--help')
            assert f'diorama {command}' in out and len(out) > 100, out
        with tap.test(f'{command} refuses an option that there is not'):
            home.refused(NOT_UNDERSTOOD, command, '--frobnicate', says=['--frobnicate', f'diorama {command} --help'])
    for words in (['info'], ['set'], ['set', 'one'], ['delete'], ['stop'], ['start'], ['export', 'one']):
        with tap.test(f'“{" ".join(words)}” says that something is missing'):
            home.refused(NOT_UNDERSTOOD, *words, says='NAME')
    for words in (['info', 'one', 'two'], ['list', 'one'], ['delete', 'one', 'two']):
        with tap.test(f'“{" ".join(words)}” says what is too much'):
            home.refused(NOT_UNDERSTOOD, *words, says=f'“{words[-1]}”')
    with tap.test('a machine\'s name alone is told from a file, and how to start it'):
        home.refused(NOT_UNDERSTOOD, 'Debian', says='“diorama start Debian”')
    with tap.test('what cannot be waited for so long is refused'):
        home.refused(NOT_UNDERSTOOD, 'stop', '--timeout=-1', 'one', says='--timeout')


def check_list(home):
    with tap.test('an empty library: nothing, and an empty array; no folder is made'):
        assert home.ok('list') == '' and home.json('list') == [] and not home.place.exists()
    added = {name: home.add(name, folder=f'machine {i}') for i, name in enumerate(NAMES)}
    with tap.test('names of all kinds are listed as they are, in JSON of a stable shape'):
        machines = home.json('list')
        assert sorted(machine['name'] for machine in machines) == sorted(NAMES), machines
        for machine in machines:
            assert set(machine) == LISTED, machine
            assert machine['uuid'] == added[machine['name']][1] and machine['folder'] == str(added[machine['name']][0])
            assert machine['state'] == 'stopped' and machine['writable'] is True and machine['message'] is None, machine
    with tap.test('--names is one name a line'):
        assert sorted(home.ok('list', '--names').splitlines()) == sorted(NAMES)
    with tap.test('the table has state, UUID and, last, the name of each'):
        lines = home.ok('list').splitlines()
        assert len(lines) == len(NAMES)
        for name, (_, identity) in added.items():
            assert any(re.match(rf'stopped +{identity} +– +{re.escape(name)}$', line) for line in lines), (name, lines)
    with tap.test('so they are in the C locale'):
        assert sorted(home.ok('list', '--names', LC_ALL='C').splitlines()) == sorted(NAMES)
        assert home.json('info', '🦆 täst файл', LC_ALL='C')['name'] == '🦆 täst файл'
    with tap.test('each is found by its name, its UUID and its folder'):
        for name, (folder, identity) in added.items():
            assert json.loads(home.ok('info', '--json', '--', name))['uuid'] == identity, name
        for word in (identity, identity.upper(), folder, folder / 'machine.diorama.json'):
            assert home.json('info', word)['uuid'] == identity, word
    with tap.test('a full disk behind standard output is told'):
        with open('/dev/full', 'w') as full:
            status, _, err = home.run('list', stdout=full)
            assert status == FAILED and 'output' in err, (status, err)


def check_unknown(home):
    _, first = home.add('Twin', folder='first')
    _, second = home.add('Twin', folder='second')
    for command in (['info'], ['set'], ['delete'], ['start', '--headless'], ['stop'], ['export'], ['duplicate']):
        more = {'set': ['memory=1024'], 'export': ['/nowhere/file.ova']}.get(command[0], [])
        with tap.test(f'{command[0]}: a name that no machine has'):
            home.refused(NO_MACHINE, *command, 'Nobody', *more, says='“Nobody”')
        with tap.test(f'{command[0]}: a name that two have; the message tells their UUIDs'):
            home.refused(NO_MACHINE, *command, 'Twin', *more, says=[first, second])
    with tap.test('a UUID that no machine has'):
        home.refused(NO_MACHINE, 'info', '00000000-0000-4000-8000-000000000000', says='00000000-0000')
    with tap.test('one of two twins is changed by its UUID, the other stays'):
        home.ok('set', second, 'memory=512')
        assert home.json('info', second)['machine']['memory'] == 512
        assert home.json('info', first)['machine']['memory'] == 2048


GOOD = {'memory': ('4096', 4096), 'cpus': ('7', 7), 'firmware': ('uefi-secure', 'uefi-secure'), 'accel': ('tcg', 'tcg'),
        'network': ('isolated', 'isolated'), 'graphics': ('3d', '3d'), 'screens': ('2', 2), 'audio': ('no', False),
        'touch': ('yes', True), 'usb-tablet': ('off', False), 'clock-local': ('on', True), 'kernel': ('/boot/k', '/boot/k'),
        'initrd': ('/boot/i', '/boot/i'), 'kernel-arguments': ('quiet splash', 'quiet splash'),
        'extra-arguments': ("-device 'x y,id=1'", ['-device', 'x y,id=1']), 'control-port': ('app.test', 'app.test'),
        'uefi-vars': ('/tmp/vars.qcow2', '/tmp/vars.qcow2'), 'tpm': ('true', True), 'tpm-state': ('/tmp/tpm', '/tmp/tpm'),
        'network-card': ('e1000e', 'e1000e'), 'network-name': ('lab', 'lab'), 'microphone': ('1', True), 'width': ('800', 800),
        'height': ('600', 600), 'boot-menu': ('yes', True), 'hyperv': ('yes', True)}
OUTER = {'os': ('http://debian.org/debian/13', 'http://debian.org/debian/13'), 'os-name': ('Debian 13', 'Debian 13'),
         'icon': ('computer', 'computer'), 'group': ('Work', 'Work'), 'notes': ('for 🦆', 'for 🦆'), 'autostart': ('yes', True)}
BAD = {'memory': ['', '0', '63', '-1', '1.5', '99999999999999999999', '4T', 'much'], 'cpus': ['0', '256', 'two'],
       'network': ['wifi', 'NAT'], 'firmware': ['efi'], 'audio': ['maybe', '2'], 'width': ['16385', '-1'],
       'extra-arguments': ["'open"], 'forwards': ['22', '0:22', '22:65536', 'sctp:1:2', '[1]', '{}', '[', 'a:b:c:d:e'],
       'disks': ['[{}]x', '[[]]'], 'disk.9.cache': ['safe'], 'disk.x': [''], 'disk.1.colour': ['red'],
       'disk.1.cache': ['warm'], 'disk.1.path': ['/nowhere/x.img'], 'cdrom': ['/nowhere/x.iso'], 'share.a b': ['/tmp'],
       'share.music.loud': ['yes'], 'share.none': [''], 'name': [''], 'uuid': ['00000000-0000-4000-8000-000000000000'],
       'created': ['1'], 'arch': ['aarch64'], 'memry': ['1'], '': ['1'], 'machine': ['{}'], 'folder': ['/tmp'],
       'writable': ['yes']}


def check_properties(home, folder, identity):
    with tap.test('the help lists each property'):
        told = set(re.findall(r'^  ([a-z][a-z-]*) ', home.ok('set', '--help'), re.M))
        assert told >= set(GOOD) | (set(OUTER) - {'name'}), (set(GOOD) | set(OUTER)) - told
        missing = set(home.json('info', identity)['machine']) - told - {'arch', 'disks', 'forwards', 'shares'}
        assert not missing, missing
    before = home.json('info', identity)
    for name, (value, wanted) in (GOOD | OUTER).items():
        with tap.test(f'set {name}={value}'):
            assert home.ok('set', identity, f'{name}={value}') == ''
            told = home.json('info', identity)
            assert (told | told['machine'])[name] == wanted, told
    with tap.test('nothing as a value is the default, for all of them at once'):
        home.ok('set', identity, *(f'{name}=' for name in GOOD | OUTER))
        assert home.json('info', identity) | {'last-used': 0} == before | {'last-used': 0}, home.json('info', identity)
    with tap.test('4G of memory are 4096 MiB'):
        home.ok('set', identity, 'memory=4G')
        assert home.read(folder)['machine']['memory'] == 4096
    with tap.test('several at once'):
        home.ok('set', identity, 'memory=3000', 'cpus=3', 'network=none', 'notes=a=b')
        told = home.json('info', identity)
        assert (told['machine']['memory'], told['machine']['cpus'], told['machine']['network'], told['notes']) == \
            (3000, 3, 'none', 'a=b'), told
    with tap.test('of several one of which is wrong none is done'):
        before = (folder / 'machine.diorama.json').read_bytes()
        home.refused(NOT_UNDERSTOOD, 'set', identity, 'memory=1111', 'cpus=0', says='“cpus”')
        assert (folder / 'machine.diorama.json').read_bytes() == before
    with tap.test('a path is that of the current folder'):
        home.ok('set', identity, 'kernel=boot/vmlinuz')
        assert home.json('info', identity)['machine']['kernel'] == str(home.path / 'boot/vmlinuz')
        home.ok('set', identity, 'kernel=')
    with tap.test('what no Diorama knows survives'):
        text = home.read(folder) | {'future': {'a': [1, None, 'ü']}}
        text['machine']['warp'] = 9
        (folder / 'machine.diorama.json').write_text(json.dumps(text))
        home.ok('set', identity, 'cpus=5')
        after = home.read(folder)
        assert after['future'] == {'a': [1, None, 'ü']} and after['machine']['warp'] == 9 and after['machine']['cpus'] == 5
    with tap.test('a new name is the folder\'s, too'):
        home.ok('set', identity, 'name=Renamed 🦆')
        told = home.json('info', identity)
        assert told['name'] == 'Renamed 🦆' and told['folder'] == str(home.place / 'Renamed 🦆.diorama'), told
        home.ok('set', 'Renamed 🦆', 'name=Set')


def check_bad_values(home, identity, folder):
    before = (folder / 'machine.diorama.json').read_bytes()
    for name, values in BAD.items():
        for value in values:
            if name in GOOD and value == '':
                continue
            with tap.test(f'set {name}={value} is refused'):
                home.refused(NOT_UNDERSTOOD, 'set', identity, f'{name}={value}',
                             says=[] if name.startswith(('disk', 'cdrom')) or not name else name.split('.')[0])
                assert (folder / 'machine.diorama.json').read_bytes() == before
    with tap.test('a word that says nothing is refused'):
        home.refused(NOT_UNDERSTOOD, 'set', identity, 'memory', says='property=value')
    with tap.test('what a choice takes is told'):
        home.refused(NOT_UNDERSTOOD, 'set', identity, 'network=wifi', says=['“none”', '“nat”', '“passt”', '“isolated”'])


def check_parts(home, folder, identity):
    disk, disc = folder / 'disk-1.img', home.path / 'disc.iso'
    disk.write_bytes(bytes(510) + b'\x55\xaa' + bytes(1 << 16))
    disc.write_bytes(bytes(0x8001) + b'CD001' + bytes(1 << 16))

    def machine():
        return home.json('info', identity)['machine']
    with tap.test('a disk is added, changed and taken out; its path is relative in the folder'):
        home.ok('set', identity, f'disk.1.path={disk}', 'disk.1.bus=nvme', 'disk.1.cache=direct')
        assert machine()['disks'] == [{'path': str(disk), 'format': 'raw', 'bus': 'nvme', 'cache': 'direct',
                                       'read-only': False, 'cdrom': False, 'layers': []}], machine()
        assert home.read(folder)['machine']['disks'][0]['path'] == 'disk-1.img'
    with tap.test('a disc is put into a drive and taken out of it; the drive stays'):
        home.ok('set', identity, 'cdrom=disc.iso')
        drive = machine()['disks'][1]
        assert drive['path'] == str(disc) and drive['cdrom'] and drive['read-only'] and drive['format'] == 'raw', drive
        home.ok('set', identity, 'cdrom=')
        assert len(machine()['disks']) == 2 and machine()['disks'][1]['path'] is None, machine()
        home.ok('set', identity, 'disk.2=')
        assert len(machine()['disks']) == 1 and disc.exists()
    with tap.test('ports are forwarded'):
        home.ok('set', identity, 'forwards=2222:22,udp:5353:53,tcp:0.0.0.0:8080:80')
        assert machine()['forwards'] == [
            {'protocol': 'tcp', 'address': '127.0.0.1', 'host-port': 2222, 'guest-port': 22},
            {'protocol': 'udp', 'address': '127.0.0.1', 'host-port': 5353, 'guest-port': 53},
            {'protocol': 'tcp', 'address': '0.0.0.0', 'host-port': 8080, 'guest-port': 80}], machine()
        home.ok('set', identity, 'forwards=')
        assert machine()['forwards'] == []
    with tap.test('folders are shared'):
        home.ok('set', identity, f'share.music={home.path}', 'share.music.read-only=yes', 'share.work=/tmp')
        assert machine()['shares'] == [{'tag': 'music', 'path': str(home.path), 'read-only': True},
                                       {'tag': 'work', 'path': '/tmp', 'read-only': False}], machine()
        home.ok('set', identity, 'share.music=')
        assert [share['tag'] for share in machine()['shares']] == ['work']
    with tap.test('lists can be given as the definition has them'):
        home.ok('set', identity, 'shares=[{"tag": "json", "path": "/tmp", "read-only": true}]', 'forwards=[]')
        assert machine()['shares'] == [{'tag': 'json', 'path': '/tmp', 'read-only': True}], machine()
        home.ok('set', identity, 'shares=')
    with tap.test('info tells in text what it does in JSON'):
        out = home.ok('info', identity)
        assert re.search(r'^memory +\d+$', out, re.M) and re.search(r'^state +stopped$', out, re.M), out
        assert re.search(r'^disks +\{.*disk-1\.img', out, re.M), out


def check_states(home):
    newer, newer_id = home.add('Newer', diorama=99)
    damaged, _ = home.add('Damaged', text='{"diorama": 1, "name": "Dam')
    with tap.test('a newer Diorama\'s machine is shown, not changed'):
        told = home.json('info', 'Newer')
        assert told['writable'] is False and told['state'] == 'stopped' and told['machine'] is not None, told
        before = (newer / 'machine.diorama.json').read_bytes()
        home.refused(STATE, 'set', newer_id, 'memory=1024', says='newer')
        assert (newer / 'machine.diorama.json').read_bytes() == before
    with tap.test('a damaged definition is told with the reason'):
        told = next(machine for machine in home.json('list') if machine['folder'] == str(damaged))
        assert told['state'] == 'damaged' and told['message'], told
        assert home.json('info', damaged)['machine'] is None
        home.refused(STATE, 'set', damaged, 'memory=1024')
        home.refused(STATE, 'start', '--headless', damaged)
    with tap.test('it can be thrown away'):
        assert home.ok('delete', damaged) == '' and not damaged.exists()
    with tap.test('a name cannot take over the terminal'):
        folder, _ = home.add('x', folder='\x1b[31mred\x07\u202egnp.exe\nstopped', text='{')
        text = home.run('list')[1] + home.run('info', folder)[1] + home.run('list', '--names')[1] + home.run('set', folder, 'cpus=1')[2]
        assert text.count('gnp.exe') >= 3, text
        assert not re.search('[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]', text) and '\nstopped\n' not in text, repr(text)
        assert any(machine['folder'] == str(folder) for machine in home.json('list'))
        home.ok('delete', folder)


def check_in_use(home):
    folder, identity = home.add('Busy')
    home.json('list')
    with open(folder / '.lock', 'a+') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.truncate(0)
        lock.write('{"host": "other", "name": "other computer", "user": "someone", "pid": 1}')
        lock.flush()
        with tap.test('a machine that another process has is shown so'):
            told = home.json('info', identity)
            assert told['state'] == 'in-use' and '“other computer”' in told['message'], told
        for words in (['set', identity, 'memory=1024'], ['delete', identity], ['start', '--headless', identity],
                      ['stop', identity], ['stop', '--force', identity]):
            with tap.test(f'{words[0]} is refused while it does'):
                home.refused(STATE, *words, says='“other computer”')
                assert home.read(folder)['machine'] == {}, home.read(folder)
    with tap.test('it is free when that has ended'):
        (folder / '.lock').unlink()
        assert home.json('info', identity)['state'] == 'stopped'
        home.refused(STATE, 'stop', identity, says='does not run')


def check_places(home):
    other = home.path / 'other place'
    home.add('Here')
    home.set_places(home.place, other)
    with tap.test('a place that is not there does not keep the others from being listed'):
        assert [machine['name'] for machine in home.json('list')] == ['Here']
    home.add('Elsewhere', place=other)
    with tap.test('machines of all places are found'):
        assert home.json('info', 'Elsewhere')['folder'] == str(other / 'Elsewhere.diorama')
    with tap.test('where nothing can be written, a change fails and the old definition stays'):
        folder, identity = home.add('Sealed')
        before = (folder / 'machine.diorama.json').read_bytes()
        wrap = ['bwrap', '--dev-bind', '/', '/', '--ro-bind', str(folder), str(folder), '--']
        if subprocess.run([*wrap, 'true'], stderr=subprocess.DEVNULL).returncode:
            tap.skip('bwrap cannot make a read-only folder here')
        home.refused(FAILED, 'set', identity, 'memory=1024', wrap=wrap)
        assert (folder / 'machine.diorama.json').read_bytes() == before and home.json('info', identity)['state'] == 'stopped'
    with tap.test('where the drive is full, a change fails and the old definition stays'):
        wrap = ['prlimit', '--fsize=16', '--', 'sh', '-c', 'trap "" XFSZ; exec "$@"', 'sh']
        home.refused(FAILED, 'set', identity, 'memory=1024', wrap=wrap)
        assert (folder / 'machine.diorama.json').read_bytes() == before
        assert sorted(os.listdir(folder)) in (['.lock', 'machine.diorama.json'], ['machine.diorama.json']), os.listdir(folder)
    with tap.test('delete moves it to the Trash, whole'):
        (folder / 'disk-1.img').write_bytes(b'content')
        assert home.ok('delete', identity) == '' and not folder.exists()
        kept = list((home.path / 'data/Trash/files').glob('Sealed*/disk-1.img'))
        assert [file.read_bytes() for file in kept] == [b'content'], kept
        home.refused(NO_MACHINE, 'info', identity)


def main():
    for part in (check_words, check_list, check_unknown, check_states, check_in_use, check_places):
        home = Home()
        with tap.guard(part.__name__):
            part(home)
        home.remove()
    home = Home()
    folder, identity = home.add('Set')
    for part, words in ((check_properties, (folder, identity)), (check_parts, (folder, identity)),
                        (check_bad_values, (identity, folder))):
        with tap.guard(part.__name__):
            part(home, *words)
    home.remove()
    tap.finish()


if __name__ == '__main__':
    main()
