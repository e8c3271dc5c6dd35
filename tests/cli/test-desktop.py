#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""What the desktop makes of our files: types of definitions and archives, their icons and their program; the search
provider's entry. In a data folder of its own, with the system's types."""

import configparser
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / 'ui'))
from tap import Tap                                                    # noqa: E402

BUILD, SOURCE = Path(os.environ['DIORAMA_TEST_SCHEMAS']), Path(os.environ['DIORAMA_TEST_SRCDIR']).parent / 'data'
APPLICATION_ID = os.environ['DIORAMA_TEST_APPLICATION_ID']
MACHINE, ARCHIVE = 'application/vnd.diorama.machine+json', 'application/vnd.diorama.archive'
ZSTD = bytes.fromhex('28b52ffd240101000061')
tap = Tap()


def install(home):
    """As `meson install` would, but only what counts here."""
    data = home / 'data'
    for folder in ('mime/packages', 'applications'):
        (data / folder).mkdir(parents=True)
    shutil.copy(SOURCE / 'app.diorama.Diorama.mime.xml', data / f'mime/packages/{APPLICATION_ID}.xml')
    shutil.copytree(SOURCE / 'icons', data / 'icons')
    desktop = (BUILD / f'{APPLICATION_ID}.desktop').read_text()
    program = home / 'bin/diorama'                                     # an entry whose program is not there is not used
    program.parent.mkdir()
    program.symlink_to('/bin/true')
    (data / f'applications/{APPLICATION_ID}.desktop').write_text(desktop)
    env = {'PATH': f'{program.parent}:{os.environ["PATH"]}', 'HOME': str(home), 'XDG_DATA_HOME': str(data),
           'XDG_DATA_DIRS': '/usr/share', 'XDG_CONFIG_HOME': str(home / 'config'), 'LC_ALL': 'C.UTF-8', 'GIO_USE_VFS': 'local',
           'DBUS_SESSION_BUS_ADDRESS': f'unix:path={home}/nothing'}
    for command in (['update-mime-database', data / 'mime'], ['update-desktop-database', data / 'applications']):
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
        tap.comment(done.stdout + done.stderr)
    return env


def info(env, file, attribute):
    out = subprocess.run(['gio', 'info', '-a', attribute, file], env=env, capture_output=True, text=True, check=True).stdout
    return out.partition(f'{attribute}: ')[2].partition('\n')[0].strip()


def check_types(env, home):
    for name, content, wanted in (
            ('machine.diorama.json', b'{"diorama": 1}', MACHINE), ('Copy of.diorama.json', b'{', MACHINE),
            ('other.json', b'{"diorama": 1}', 'application/json'), ('Debian.diorama', ZSTD, ARCHIVE),
            ('täst 🦆.diorama', ZSTD, ARCHIVE), ('other.zst', ZSTD, 'application/zstd'),
            ('nameless', ZSTD, 'application/zstd')):
        with tap.test(f'“{name}” is of the type {wanted}'):
            (home / name).write_bytes(content)
            assert info(env, home / name, 'standard::content-type') == wanted, \
                info(env, home / name, 'standard::content-type')
    with tap.test('a machine\'s folder is a folder'):
        (home / 'Folder.diorama').mkdir()
        assert info(env, home / 'Folder.diorama', 'standard::content-type') == 'inode/directory'
    for name in ('machine.diorama.json', 'Debian.diorama'):
        with tap.test(f'“{name}” has an icon of its own'):
            icon = info(env, home / name, 'standard::icon').split(',')[0]
            assert (home / f'data/icons/hicolor/scalable/mimetypes/{icon}.svg').exists(), icon
    for content_type in (MACHINE, ARCHIVE):
        with tap.test(f'{content_type} is opened with us'):
            out = subprocess.run(['gio', 'mime', content_type], env=env, capture_output=True, text=True, check=True).stdout
            assert out.splitlines()[0].endswith(f'{APPLICATION_ID}.desktop'), out


def check_search_provider():
    with tap.test('the search provider\'s entry names the desktop entry and an object of the application'):
        entry = configparser.ConfigParser()
        entry.read(BUILD / f'{APPLICATION_ID}.search-provider.ini')
        provider = entry['Shell Search Provider']
        assert provider['DesktopId'] == f'{APPLICATION_ID}.desktop' and provider['BusName'] == APPLICATION_ID
        assert provider['ObjectPath'] == f'/{APPLICATION_ID.replace(".", "/")}/SearchProvider' and provider['Version'] == '2'


def main():
    for tool in ('update-mime-database', 'update-desktop-database', 'gio'):
        if not shutil.which(tool):
            tap.skip_all(f'{tool} is missing')
    home = Path(tempfile.mkdtemp(prefix='diorama-desktop-'))
    with tap.guard('types'):
        check_types(install(home), home)
    shutil.rmtree(home)
    check_search_provider()
    tap.finish()


if __name__ == '__main__':
    main()
