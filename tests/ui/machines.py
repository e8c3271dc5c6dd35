# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Machines of a library, as folders: for programs that look at many of them.

    make (place, 'Debian', os='Debian 13', group='Work', used=3, picture=(200, 30, 60))     → the folder
    fill (place, 1000)                                                                       with plausible ones

USED: days since then, None: never. PICTURE: its colour. More members go into the definition as they are."""

import json
import os
import time
import uuid
from pathlib import Path

from PIL import Image, ImageDraw

DEFINITION = 'machine.diorama.json'
_DAY = 24 * 60 * 60
_SYSTEMS = ('Debian 13', 'Fedora 44', 'Windows 11', 'Ubuntu 26.04', 'openSUSE Tumbleweed', 'FreeBSD 15', 'Arch Linux')
_GROUPS = ('', '', '', 'Servers', 'School', 'Builds')


def _draw(path, colour):
    picture = Image.new('RGB', (320, 200), colour)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, 320, 12), (30, 30, 34))
    pen.rectangle((45, 35, 210, 150), (246, 245, 244))
    pen.rectangle((45, 35, 210, 50), (222, 221, 218))
    for y in range(60, 140, 10):
        pen.rectangle((55, y, 55 + (y * 37) % 140, y + 4), (120, 120, 130))
    picture.save(path)


def make(place, name, *, os_name=None, group=None, notes=None, used=None, picture=None, memory=2048, **members):
    folder = Path(place, f'{name}.diorama')
    folder.mkdir(parents=True)
    definition = {'diorama': 1, 'name': name, 'uuid': str(uuid.uuid5(uuid.NAMESPACE_URL, str(folder))),
                  'created': '2026-09-21T14:13:20Z', 'os-name': os_name, 'group': group, 'notes': notes,
                  'machine': {'memory': memory}}
    definition = {key: value for key, value in (definition | members).items() if value is not None}
    (folder / DEFINITION).write_text(json.dumps(definition, indent=2))
    if used is not None:
        lock = folder / '.lock'
        lock.touch()
        os.utime(lock, (time.time() - used * _DAY,) * 2)
    if picture is not None:
        _draw(folder / 'picture.png', picture)
    return folder


def fill(place, count):
    for i in range(count):
        system = _SYSTEMS[i % len(_SYSTEMS)]
        colour = (40 + i * 53 % 160, 40 + i * 97 % 160, 60 + i * 29 % 160)
        make(place, f'{system.split()[0]} {i + 1}', os_name=system, group=_GROUPS[i % len(_GROUPS)] or None,
             used=None if i % 9 == 8 else i % 40, picture=None if i % 9 == 8 else colour, memory=1024 << i % 4)
