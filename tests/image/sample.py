# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""The table of the corpus: each sample with what has to be told of it, and the tools that make them."""

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
PASSPHRASE = 'correct horse'
# What images that attack want opened; the last is known to no machine.
SECRETS = ('/etc/passwd', '/etc/shadow', '/root/.ssh/id_rsa', '/dev/sda', '/dev/zero', '/proc/self/environ', '/sys/power/state')
SAMPLES = {}


@dataclass
class Sample:
    """`case` is the row of the specification or the attack that it stands for. Of `problem` and `kind` there may be
    several, if more than one is as good; a member that is None is not compared, `size` and the like may be 0: not known.
    Flags are compared without those that depend on where the corpus lies. `named`: the reference."""
    name: str
    case: str
    make: object
    problem: str | tuple = 'good'
    format: str | None = None
    version: int | None = None
    size: int | None = None
    flags: set | None = None
    either: set = field(default_factory=set)       # flags that may be there, too
    kind: str | tuple | None = None
    named: str | None = None
    encryption: str | None = None
    chain: list | None = None                      # (name, format) of the files below it
    snapshots: list | None = None                  # (name, whether it has saved state)
    compression: str | None = None
    unpacked: int | None = None
    says: tuple = ()                               # words of the sentence or the detail
    inside: dict | None = None                     # boot, table, file-systems, os-id, os-version, arch
    mime: str | None = None                        # what shared-mime-info has to make of it
    starts: bool = False                           # a machine that is made of it gets as far as its firmware
    special: bool = False                          # no ordinary file

    @property
    def attack(self):
        return self.case.startswith('attack: ')


def sample(name, case, problem='good', **expected):
    """For a function (path, tools) that makes the file; or with `content`, the bytes."""
    def add(make):
        assert name not in SAMPLES, name
        if 'good' in problem and expected.get('flags') is None:
            expected['flags'] = set()
        SAMPLES[name] = Sample(name, case, make, problem, **expected)
        return make

    content = expected.pop('content', None)
    if content is None:
        return add
    return add(lambda path, tools: write(path, content))


class Tools:
    """`engine`: the folder of the embedded QEMU. Debian's is newer or older, and has formats that ours lacks."""

    def __init__(self, engine, folder):
        self.ours, self.emulator, self.theirs = engine / 'bin/qemu-img', engine / 'bin/qemu-system-x86_64', 'qemu-img'
        self.folder = folder                       # what the corpus is called at the end

    def run(self, *words, **options):
        done = subprocess.run([str(word) for word in words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
        if done.returncode:
            raise RuntimeError(f'{" ".join(map(str, words))}: {done.stdout.decode(errors="replace")}')
        return done.stdout

    def create(self, path, form, size='64M', *options, theirs=False, backing=(), secret=False):
        """`backing`: (name, format or None); it is not opened."""
        words = [self.theirs if theirs else self.ours, 'create', '-q', '-f', form]
        words += ['--object', f'secret,id=s,data={PASSPHRASE}'] if secret else []
        words += ['-o', ','.join(options)] if options else []
        words += ['-u', '-b', backing[0]] + (['-F', backing[1]] if backing[1] else []) if backing else []
        self.run(*words, path, size, cwd=path.parent)

    def convert(self, source, path, form, *options, source_form='raw', theirs=False, compress=False):
        self.run(self.theirs if theirs else self.ours, 'convert', *['-c'] * compress, '-f', source_form, '-O', form,
                 *(['-o', ','.join(options)] if options else []), source, path)


def patch(path, *changes):
    """(offset, bytes); a negative offset is from the end."""
    with open(path, 'r+b') as file:
        for offset, content in changes:
            file.seek(offset, os.SEEK_SET if offset >= 0 else os.SEEK_END)
            file.write(content)


def be(value, size):
    return value.to_bytes(size, 'big')


def le(value, size):
    return value.to_bytes(size, 'little')


def truncate(path, size):
    os.truncate(path, size)


def write(path, content, block=65536):
    """With holes where it is empty."""
    with open(path, 'wb') as file:
        for start in range(0, len(content), block):
            if content.count(0, start, start + block) < len(content[start:start + block]):
                file.seek(start)
                file.write(content[start:start + block])
        file.truncate(len(content))


def holes(path, size, content=b''):
    """A sparse file of that size that begins with CONTENT."""
    Path(path).write_bytes(content)
    os.truncate(path, size)
