#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""What the desktop makes of our files: types of definitions and archives, their icons and their program; the search
provider's entry. In a data folder of its own, with the system's types."""

import configparser
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / 'ui'))
from desktop_entry import APPLICATION_ID, BUILD, install               # noqa: E402
from tap import Tap                                                    # noqa: E402

MACHINE, ARCHIVE = 'application/vnd.diorama.machine+json', 'application/vnd.diorama.archive'
ZSTD = bytes.fromhex('28b52ffd240101000061')
tap = Tap()


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
        check_types(install(home, tap.comment), home)
    shutil.rmtree(home)
    check_search_provider()
    tap.finish()


if __name__ == '__main__':
    main()
