# SPDX-License-Identifier: GPL-3.0-or-later
"""What the checks share: which files the tree has, and how to tell the result (TAP).

A check is called as CHECK.py [TREE]; TREE is this checkout unless the self-test gives another."""
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(next((word for word in sys.argv[1:] if not word.startswith('-')), pathlib.Path(__file__).parents[2]))
ROOT = ROOT.resolve()
PASSED_BY = {'.git', 'build', '__pycache__', '.cache'}


def _listed_by_git():
    # The tree may belong to another user than the one who tests it.
    command = ['git', '-c', 'safe.directory=*', '-C', ROOT, 'ls-files', '-coz', '--exclude-standard']
    if not (ROOT / '.git').exists():
        return None
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split('\0')[:-1]
    except (OSError, subprocess.CalledProcessError):
        return None


def _walked():
    for path in ROOT.rglob('*'):
        parts = path.relative_to(ROOT).parts
        if not any(part in PASSED_BY or part.startswith('build-') for part in parts):
            yield '/'.join(parts)


def files(*suffixes, under=''):
    """Paths of the tree's files, relative to it and sorted; with SUFFIXES, those that end so."""
    listed = _listed_by_git()
    paths = {pathlib.PurePosixPath(name) for name in (_walked() if listed is None else listed)}
    return sorted(path for path in paths
                  if (not suffixes or path.name.endswith(suffixes)) and str(path).startswith(under)
                  and (ROOT / path).is_file() and not (ROOT / path).is_symlink())


def read(path):
    """The file's text; None when it is not text."""
    try:
        return (ROOT / path).read_text(encoding='utf-8')
    except UnicodeDecodeError:
        return None


def lines(path):
    """(number, line) of a text file; none of a binary one."""
    return enumerate((read(path) or '').splitlines(), 1)


class Report:
    """One TAP test a rule; the faults found are its diagnostics."""

    def __init__(self):
        self.count = 0
        self.failed = False

    def rule(self, name, faults):
        faults = list(faults)
        self.count += 1
        print('ok' if not faults else 'not ok', self.count, '-', name)
        for fault in faults:
            print('#  ', fault)
        self.failed |= bool(faults)

    def note(self, text):
        print('#', text)

    def end(self):
        print(f'1..{self.count}')
        sys.exit(self.failed)
