#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""What the desktop makes of the corpus: each file's type, and that Diorama is offered for it; that it is not offered for
what is only named alike. In a data folder of its own, with the system's types."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / 'ui'), str(HERE.parent / 'cli')]
from desktop_entry import install                                      # noqa: E402
from images import SAMPLES, corpus                                     # noqa: E402
from tap import Tap                                                    # noqa: E402

ENTRY = f'{os.environ["DIORAMA_TEST_APPLICATION_ID"]}.desktop'
# What others make, and aliases of what is in the corpus.
ALIASES = ('application/x-virtualbox-vmdk', 'application/x-virtualbox-vdi', 'application/x-virtualbox-vhd', 'application/x-virtualbox-vhdx',
           'application/x-raw-disk-image', 'application/x-cd-image', 'application/x-iso9660-image', 'application/x-virtualbox-ova',
           'application/x-raw-disk-image-xz-compressed', 'application/ovf', 'application/x-virtualbox-ovf')
NOT_OURS = {
    'camera.raw': b'IIU\0\x08\0\0\0' + bytes(100), 'adder.vhd': b'library ieee;\nuse ieee.std_logic_1164.all;\nentity adder is\nend;\n',
    'archive.tar': bytes(1024), 'text.txt': b'quack\n', 'data.xz': b'\xfd7zXZ\0', 'data.gz': b'\x1f\x8b\x08', 'data.zst': b'\x28\xb5\x2f\xfd',
    'picture.png': b'\x89PNG\r\n\x1a\n', 'noname': bytes(600), 'feed.xml': b'<?xml version="1.0"?><a/>', 'mac.dmg': bytes(600),
    'sector': b'\xeb\x3c\x90'.ljust(510, b'\0') + b'\x55\xaa',
}
tap = Tap()


def types(env, paths):
    """{path: type}, in one go."""
    out = subprocess.run(['gio', 'info', '-a', 'standard::content-type', *paths], env=env, capture_output=True, text=True, check=True).stdout
    found = [line.partition(': ')[2].strip() for line in out.splitlines() if line.strip().startswith('standard::content-type: ')]
    assert len(found) == len(paths), out
    return dict(zip(paths, found))


def handlers(env, content_type, known={}):
    """The entries that are offered for it."""
    if content_type not in known:
        out = subprocess.run(['gio', 'mime', content_type], env=env, capture_output=True, text=True).stdout
        known[content_type] = [line.strip() for line in out.splitlines() if line.startswith('\t')]
    return known[content_type]


def check_corpus(env, folder):
    samples = [sample for sample in SAMPLES.values() if sample.mime]
    found = types(env, [folder / sample.name for sample in samples])
    for sample in samples:
        with tap.test(f'“{sample.name}” is of the type {sample.mime}, and opened with us'):
            kind = found[folder / sample.name]
            assert kind == sample.mime, kind
            assert ENTRY in handlers(env, kind), handlers(env, kind)


def check_others(env, home):
    for content_type in ALIASES:
        with tap.test(f'{content_type} is opened with us'):
            assert ENTRY in handlers(env, content_type), handlers(env, content_type)
    for name, content in NOT_OURS.items():
        (home / name).write_bytes(content)
    found = types(env, [home / name for name in NOT_OURS])
    for name in NOT_OURS:
        with tap.test(f'“{name}” is not ours'):
            kind = found[home / name]
            tap.comment(kind)
            assert ENTRY not in handlers(env, kind), kind


def main():
    for tool in ('update-mime-database', 'update-desktop-database', 'gio'):
        if not shutil.which(tool):
            tap.skip_all(f'{tool} is missing')
    home = Path(tempfile.mkdtemp(prefix='diorama-types-'))
    try:
        with tap.guard('types'):
            env = install(home, tap.comment)
            check_corpus(env, corpus(Path(os.environ['DIORAMA_TEST_EMBEDDED_QEMU'])))
            check_others(env, home)
    finally:
        shutil.rmtree(home)
    tap.finish()


if __name__ == '__main__':
    main()
