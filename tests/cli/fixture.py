# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""The command line in a home of its own, with machines written by hand."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / 'ui'))
from patience import patient                                           # noqa: E402, F401
from tap import Tap                                                    # noqa: E402, F401

PROGRAM, SCHEMAS = os.environ['DIORAMA_TEST_PROGRAM'], os.environ['DIORAMA_TEST_SCHEMAS']
APPLICATION_ID = os.environ['DIORAMA_TEST_APPLICATION_ID']
# What “list --json” tells of a machine.
LISTED = {'name', 'uuid', 'state', 'message', 'writable', 'folder', 'os', 'os-name', 'icon', 'group', 'last-used'}


class Home:
    """With neither a display nor a session bus, unless `bus` is an address."""

    def __init__(self, bus=None):
        self.path = Path(tempfile.mkdtemp(prefix='diorama-cli-'))
        self.place = self.path / 'Diorama'
        self.runtime = self.path / 'run'
        self.runtime.mkdir(mode=0o700)
        keep = ('PATH', 'ASAN_OPTIONS', 'UBSAN_OPTIONS', 'LSAN_OPTIONS', 'DIORAMA_QEMU')
        self.env = {name: os.environ[name] for name in keep if name in os.environ} | {
            'HOME': str(self.path), 'XDG_RUNTIME_DIR': str(self.runtime), 'XDG_DATA_HOME': str(self.path / 'data'),
            'XDG_CONFIG_HOME': str(self.path / 'config'), 'XDG_CACHE_HOME': str(self.path / 'cache'),
            'GSETTINGS_SCHEMA_DIR': SCHEMAS, 'GSETTINGS_BACKEND': 'keyfile', 'GIO_USE_VFS': 'local',
            'G_DEBUG': 'fatal-criticals', 'LC_ALL': 'C.UTF-8',
            'DBUS_SESSION_BUS_ADDRESS': bus or f'unix:path={self.runtime}/nothing'}

    def remove(self):
        shutil.rmtree(self.path, ignore_errors=True)

    def set_places(self, *places):
        folder = self.path / 'config/glib-2.0/settings'
        folder.mkdir(parents=True, exist_ok=True)
        (folder / 'keyfile').write_text(f'[{APPLICATION_ID.replace(".", "/")}]\nplaces={[str(place) for place in places]!r}\n')

    def add(self, name, folder=None, place=None, text=None, **members):
        """A machine's folder; returns it and the UUID. `text` is written instead of a definition."""
        folder = (place or self.place) / f'{folder or name}.diorama'
        folder.mkdir(parents=True)
        members = {'diorama': 1, 'name': name, 'uuid': str(uuid.uuid4()), 'created': '2026-01-02T03:04:05Z', 'machine': {}} | members
        (folder / 'machine.diorama.json').write_text(text if text is not None else json.dumps(members))
        return folder, members['uuid']

    def read(self, folder):
        return json.loads((folder / 'machine.diorama.json').read_text())

    def command(self, *words):
        return [PROGRAM, *map(str, words)]

    def start(self, *words, wrap=(), **env):
        return subprocess.Popen([*wrap, *self.command(*words)], env=self.env | env, cwd=self.path, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, *words, wrap=(), stdout=subprocess.PIPE, timeout=30, **env):
        """The exit status, and what it printed on standard output and standard error."""
        done = subprocess.run([*wrap, *self.command(*words)], env=self.env | env, cwd=self.path, timeout=patient(timeout),
                              stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE, text=True, errors='replace')
        return done.returncode, done.stdout, done.stderr

    def ok(self, *words, **options):
        status, out, err = self.run(*words, **options)
        assert status == 0 and not err, (words, status, out, err)
        return out

    def json(self, *words, **options):
        return json.loads(self.ok(*words, '--json', **options))

    def refused(self, expected, *words, says=(), **options):
        """The message: one line that begins with the program's name and is a sentence."""
        status, out, err = self.run(*words, **options)
        assert status == expected, (words, status, out, err)
        assert not out, (words, out)
        assert err.startswith('diorama: ') and err.count('\n') == 1 and err.rstrip()[-1] in '.)', (words, err)
        for part in [says] if isinstance(says, str) else says:
            assert part in err, (words, part, err)
        return err
