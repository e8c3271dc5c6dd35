# SPDX-License-Identifier: GPL-3.0-or-later
"""Rooms import only what the map in src/README.md lets them; only src/ui knows GTK."""
import re
from tree import Report, files, lines

IMPORTS = {
    'base': '',
    'dbus': 'base',
    'qmp': 'base',
    'image': 'base',
    'vm': 'base qmp image',
    'display': 'base dbus',
    'input': 'base dbus',
    'clipboard': 'base dbus',
    'usb': 'base',
    'audio': 'base dbus',
    'library': 'base image vm',
    'provision': 'base image vm library',
    'service': 'base vm library',
    'cli': 'base image vm usb library provision service',
    'session': 'base dbus qmp image vm display input clipboard usb audio library',
    'ui': 'base dbus qmp image vm display input clipboard usb audio library provision service session',
    'main.c': 'base cli ui',
    'guest-tools': '',   # a program for guests
}
TOOLKIT = re.compile(r'(gtk|gdk|gsk|graphene|pango)[-/0-9a-z]*|adwaita\.h|adw-')
INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')


def includes(path):
    for number, line in lines(path):
        if match := INCLUDE.match(line):
            yield f'{path}:{number}', match[1], match[2]


def wrong_direction(path, room):
    allowed = {room, *IMPORTS[room].split()}
    for place, quote, name in includes(path):
        if quote == '<' or name == 'config.h':
            continue
        target, slash, _ = name.partition('/')
        if not slash:
            yield f'{place}: "{name}": include by room, as "{room}/{name}"'
        elif target not in allowed:
            yield f'{place}: {room} may not include "{name}"; it may use: {" ".join(sorted(allowed))}'


def toolkit(path):
    for place, _, name in includes(path):
        if TOOLKIT.match(name):
            yield f'{place}: <{name}> outside src/ui'


report = Report()
sources = files('.c', '.h', under='src/')
rooms = {path: path.parts[1] for path in sources}
report.rule('each room is on the map', sorted({f'{room}: not in {__file__}' for room in rooms.values() if room not in IMPORTS}))
report.rule('includes go in the map\'s direction',
            (fault for path, room in rooms.items() if room in IMPORTS for fault in wrong_direction(path, room)))
report.rule('no toolkit outside src/ui',
            (fault for path, room in rooms.items() if room != 'ui' for fault in toolkit(path)))
report.end()
