#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""A fresh copy of the tree, at a path with spaces and signs, built and run by README's first command."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
TOP = TESTS.parent
sys.path.insert(0, str(TESTS / 'ui'))

from PIL import Image  # noqa: E402
from tap import Tap  # noqa: E402


def copy_tree(target):
    """What git would clone, with what is not committed yet."""
    listed = subprocess.run(['git', 'ls-files', '-coz', '--exclude-standard'], cwd=TOP, stdout=subprocess.PIPE)
    if listed.returncode == 0:
        names = [os.fsdecode(name) for name in listed.stdout.split(b'\0') if name]
    else:
        paths = (path.relative_to(TOP) for path in TOP.rglob('*') if path.is_file())
        names = [str(path) for path in paths if path.parts[0] not in ('build', '.git')]
    for name in names:
        if (TOP / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(TOP / name, target / name)


def run(tree, *words):
    environment = {name: value for name, value in os.environ.items() if name not in ('DISPLAY', 'WAYLAND_DISPLAY')}
    return subprocess.run([str(tree / 'run'), *words], cwd=tree, env=environment, capture_output=True, text=True, timeout=600)


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix='diorama – (a copy) ') as folder:
        tree = Path(folder, 'che ckout')
        tree.mkdir()
        copy_tree(tree)
        with tap.test('./run builds and runs in a path with spaces, brackets and a dash'):
            done = run(tree, '--version')
            assert done.returncode == 0 and done.stdout.startswith('Diorama '), done.stdout + done.stderr
        with tap.test('a second start has nothing to do'):
            start = time.monotonic()
            done = run(tree, '--version')
            assert done.returncode == 0 and 'building' not in done.stderr, done.stderr
            tap.comment(f'{time.monotonic() - start:.2f} s')
        with tap.test('a wrong word is answered with a message and an exit code'):
            done = run(tree, 'no-such-thing')
            assert done.returncode == 2 and 'no-such-thing' in done.stderr, (done.returncode, done.stderr)
        with tap.test('./run demo without a display writes a picture of the window and says where'):
            done = run(tree, 'demo')
            picture = tree / 'diorama.png'
            assert done.returncode == 0 and str(picture) in done.stdout, done.stdout + done.stderr
            with Image.open(picture) as image:
                assert len(image.convert('RGB').getcolors(1 << 24)) > 1000, 'an empty picture'
    tap.finish()


if __name__ == '__main__':
    main()
