#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""More of the library window: its list by columns, menus that fit, duplicates, machines that others use, tiles that are
dragged, exports, places that come, go and are not there; and that it fits a telephone with large text."""

import json
import random
import sys
from pathlib import Path

from gi.repository import GLib

sys.path.insert(0, str(Path(__file__).parent))
import console                                                         # noqa: E402
import file_dialog                                                     # noqa: E402
import machines                                                        # noqa: E402
from console import program                                            # noqa: E402
from harness import Desktop                                            # noqa: E402
from tap import Tap                                                    # noqa: E402

SIZE = 1000, 760
PREFIX, SUFFIX = 'Menu of “', '”'
tap = Tap()


def nodes(desktop, role=None, name=None):
    def showing(node):
        try:
            return 'showing' in node.states
        except GLib.Error:
            return False
    try:
        return [node for node in desktop.accessible().find_all(role, name) if showing(node)]
    except GLib.Error:
        return []


def wait_node(desktop, role, name):
    return desktop.wait_for(lambda: next(iter(nodes(desktop, role, name)), None), 20, f'{role or "what"} “{name}”')


def act(desktop, role, name, n=0):
    """On the nth of them; widgets may be made anew between a look and the act."""
    def acted():
        try:
            nodes(desktop, role, name)[n].act()
            return True
        except (GLib.Error, IndexError):
            return False
    desktop.wait_for(acted, 20, f'{role or "what"} “{name}” to act')


def tiles(desktop):
    return [node.name[len(PREFIX):-len(SUFFIX)] for node in nodes(desktop, 'button') if node.name.startswith(PREFIX)]


def wait_tiles(desktop, *names):
    desktop.wait_for(lambda: tiles(desktop) == list(names), 20, f'{names}, not {tiles(desktop)}')


def wait_text(desktop, name, text):
    def told():
        try:
            return text in wait_node(desktop, 'button', name).description
        except GLib.Error:
            return False
    desktop.wait_for(told, 20, f'“{text}” of {name}')


def middle(node):
    x, y, width, height = node.extents
    return x + width / 2, y + height / 2


def fill(place):
    machines.make(place, 'Alma', os_name='Zorin', used=3, memory=1024)
    machines.make(place, 'Builder', os_name='Debian 13', used=1, memory=4096)
    machines.make(place, 'Clock', os_name='Fedora 44', used=0, memory=2048)
    machines.make(place, 'Desk', group='Work')


def check_menu(desktop):
    with tap.test('the menu of a machine shows all of its entries, the first time too'):
        wait_node(desktop, 'button', f'{PREFIX}Alma{SUFFIX}').act()
        wait_node(desktop, None, 'Move to Trash')
        desktop.wait_settled()
        bars = [node.extents for node in nodes(desktop, 'scroll bar') if node.extents[0] < SIZE[0] / 2]
        assert not bars, bars
        desktop.keep('library-more-menu', settled=True)
        desktop.press('Escape')


def check_list(desktop):
    with tap.test('the list has heads, which sort by their columns, and the other way round'):
        wait_node(desktop, 'button', 'Show as a List').act()
        for head, names in (('Memory', 'Builder Clock Alma'), ('Memory', 'Alma Clock Builder'),
                            ('Last Used', 'Clock Builder Alma'), ('Name', 'Alma Builder Clock')):
            wait_node(desktop, 'button', head).act()
            wait_tiles(desktop, *names.split(), 'Desk')
        desktop.keep('library-more-list', settled=True)
    with tap.test('a head stands above its column'):
        x, _, width, _ = wait_node(desktop, 'button', 'Memory').extents
        cell_x, _, cell_width, _ = next(node for node in nodes(desktop, 'label') if node.name == '1.0\N{NO-BREAK SPACE}GiB').extents
        assert abs((x + width) - (cell_x + cell_width)) <= 6, (x, width, cell_x, cell_width)
        wait_node(desktop, 'button', 'Show as a Grid').act()
        wait_node(desktop, 'button', 'Show as a List')
        desktop.wait_settled()                                          # the list's buttons are gone


def check_duplicate(desktop, place):
    with tap.test('a duplicate has a tile of its own, and is a machine of its own'):
        wait_node(desktop, 'button', f'{PREFIX}Alma{SUFFIX}').act()
        wait_node(desktop, None, 'Duplicate').act()
        wait_node(desktop, 'button', 'Alma (Copy)')
        copy, original = (json.loads((place / f'{name}.diorama' / machines.DEFINITION).read_text())
                          for name in ('Alma (Copy)', 'Alma'))
        assert copy['uuid'] != original['uuid'] and copy['machine']['memory'] == 1024


def check_used(desktop, place):
    with tap.test('a machine that somebody uses on another computer says who, and can be taken over'):
        lock = place / 'Builder.diorama' / '.lock'
        lock.write_text('{"host": "elsewhere", "user": "anna", "name": "desk", "since": 1795285200}')
        wait_text(desktop, 'Builder', 'anna is using this machine on “desk”')
        wait_node(desktop, 'button', 'Builder').act()
        wait_node(desktop, 'button', 'Open Anyway')
        desktop.keep('library-more-used', settled=True)
        desktop.press('Escape')
        desktop.wait_for(lambda: not nodes(desktop, 'button', 'Open Anyway'), 20, 'the end of the question')
        lock.write_text('')
        wait_text(desktop, 'Builder', 'Used')


def check_drag(desktop, place):
    with tap.test('a tile that is dragged onto a heading goes into that group'):
        desktop.move(*middle(wait_node(desktop, 'button', 'Clock')))
        desktop.button_down()
        x, y = middle(wait_node(desktop, 'button', 'Desk'))
        for step in (.3, .6, 1):
            start_x, start_y = middle(wait_node(desktop, 'button', 'Clock'))
            desktop.move(start_x + (x - start_x) * step, start_y + (y - start_y) * step)
        desktop.keep('library-more-drag')
        desktop.button_up()
        definition = place / 'Clock.diorama' / machines.DEFINITION
        desktop.wait_for(lambda: json.loads(definition.read_text()).get('group') == 'Work', 10, 'its group')


def choose_entry(desktop, menu, entry):
    desktop.click(*middle(wait_node(desktop, 'button', menu)))
    act(desktop, None, entry)


def check_export(desktop, place):
    exports = desktop.home / 'exports'
    exports.mkdir()
    with tap.test('an export has a tile that tells how far it is, and can be cancelled: nothing is left'):
        # What qemu-img takes seconds to compress.
        large = machines.make(place, 'Large', machine={'memory': 1024, 'disks': [{'path': 'disk.img', 'format': 'raw'}]})
        (large / 'disk.img').write_bytes(random.Random(1).randbytes(1 << 20) * 300)
        choose_entry(desktop, f'{PREFIX}Large{SUFFIX}', 'Export as an Appliance (OVA)…')
        file_dialog.choose(desktop, exports / 'large.ova', 'Save')
        wait_node(desktop, 'progress bar', '')
        desktop.keep('library-more-export')
        act(desktop, 'button', 'Cancel “Exporting “large.ova””')
        desktop.wait_for(lambda: not nodes(desktop, 'button', 'Exporting “large.ova”'), 20, 'the end of its tile')
        assert not list(exports.iterdir()), list(exports.iterdir())
        assert 'Large' in tiles(desktop)
    with tap.test('one that ends is told, and is there'):
        choose_entry(desktop, f'{PREFIX}Alma{SUFFIX}', 'Export as an Archive…')
        file_dialog.choose(desktop, exports / 'alma.diorama', 'Save')
        wait_node(desktop, 'label', 'Exported to “alma.diorama”')
        assert [path.name for path in exports.iterdir()] == ['alma.diorama']


def check_places(desktop, _place):
    other = desktop.home / 'Elsewhere'
    far = machines.make(other, 'Far', used=2)
    with tap.test('a folder that is added shows its machines'):
        choose_entry(desktop, 'Main Menu', 'Places…')
        act(desktop, 'button', 'Add a Folder')
        file_dialog.choose(desktop, other, 'Select')
        wait_node(desktop, 'label', 'Elsewhere')
        desktop.keep('library-more-places')
        desktop.wait_for(lambda: 'Far' in tiles(desktop), 20, 'its machine')
    with tap.test('one that is taken out takes its machines along, loses none, and comes back'):
        act(desktop, 'button', 'Remove from the Library', 1)
        desktop.wait_for(lambda: 'Far' not in tiles(desktop), 20, 'its machine to go')
        assert (far / machines.DEFINITION).exists()
        act(desktop, 'button', 'Undo')
        desktop.wait_for(lambda: 'Far' in tiles(desktop), 20, 'its machine')
        desktop.press('Escape')
        desktop.wait_for(lambda: not nodes(desktop, 'button', 'Add a Folder'), 20, 'the end of the dialog')
    with tap.test('a folder that is not there takes none of its machines along'):
        away = other.rename(other.with_name('unplugged'))
        wait_text(desktop, 'Far', 'cannot be reached')
        away.rename(other)
        wait_text(desktop, 'Far', 'Used')


def check_offline(desktop, place):
    with tap.test('a place that goes away takes no machine along: they say so, and come back with it'):
        away = place.with_name('away')
        place.rename(away)
        wait_text(desktop, 'Alma', 'cannot be reached')
        desktop.keep('library-more-offline', settled=True)
        away.rename(place)
        wait_text(desktop, 'Alma', 'Used')


def check_telephone():
    with tap.test('with large text it fits the width of a telephone'), \
            Desktop(size=(360, 720), raw_keys=True, large_text=True) as desktop:
        fill(desktop.home / 'Diorama')
        app = desktop.launch([program()], console.environment())
        desktop.wait_window()
        desktop.manage_window('maximize')
        wait_node(desktop, 'button', 'Alma')
        wait_node(desktop, 'button', 'Show as a List').act()
        wait_node(desktop, 'button', 'Show as a Grid')
        outside = [(node.name, node.extents) for node in nodes(desktop, 'button')
                   if node.extents[0] < -1 or node.extents[0] + node.extents[2] > 361]
        assert not outside, outside
        assert not nodes(desktop, 'button', 'Memory')
        desktop.keep('library-more-telephone', settled=True)
        assert app.output() == '', app.output()


def main():
    if not program().exists():
        tap.skip_all(f'{program()} is not built')
    with Desktop(size=SIZE, raw_keys=True) as desktop:
        place = desktop.home / 'Diorama'
        fill(place)
        app = desktop.launch([program()], console.environment())
        desktop.wait_window()
        desktop.manage_window('maximize')
        wait_tiles(desktop, 'Alma', 'Builder', 'Clock', 'Desk')
        for check, words in ((check_menu, ()), (check_list, ()), (check_duplicate, (place,)), (check_used, (place,)),
                             (check_drag, (place,)), (check_offline, (place,)), (check_export, (place,)),
                             (check_places, (place,))):
            with tap.guard(check.__name__):
                check(desktop, *words)
        tap.ok(app.output() == '', 'nothing was complained about')
        tap.comment(app.output())
    check_telephone()
    tap.finish()


if __name__ == '__main__':
    main()
