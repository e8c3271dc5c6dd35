#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""The library window with machines in it: what it says of them, search, groups, selection, Trash and Undo, by keyboard,
pointer and finger; and with a thousand."""

import json
import shutil
import sys
import time
from pathlib import Path

from gi.repository import GLib

sys.path.insert(0, str(Path(__file__).parent))
import console                                                         # noqa: E402
import machines                                                        # noqa: E402
from console import APPLICATION_ID, program                            # noqa: E402
from harness import BTN_RIGHT, Desktop                                 # noqa: E402
from tap import Tap                                                    # noqa: E402

SIZE = 1000, 760
tap = Tap()


def safely(ask):
    try:
        return ask()
    except GLib.Error:
        return None


def nodes(desktop, role=None, name=None):
    return [node for node in safely(lambda: desktop.accessible().find_all(role, name)) or ()
            if 'showing' in (safely(lambda node=node: node.states) or ())]


def wait_node(desktop, role, name, timeout=10):
    return desktop.wait_for(lambda: next(iter(nodes(desktop, role, name)), None), timeout, f'{role or "what"} “{name}”')


def wait_gone(desktop, role, name):
    """Not while the tree changes so fast that nobody can read it."""
    def gone():
        found = safely(lambda: desktop.accessible().find_all(role, name))
        return found is not None and not any('showing' in (safely(lambda node=node: node.states) or ()) for node in found)
    desktop.wait_for(gone, 10, f'the end of {role or "what"} “{name}”')


def wait_item(desktop, name):
    return desktop.wait_for(lambda: next((node for node in nodes(desktop, None, name) if 'menu item' in node.role), None),
                            10, f'the entry “{name}”')


def tile(desktop, name):
    return wait_node(desktop, 'button', name)


def wait_told(desktop, name, description, timeout=10):
    desktop.wait_for(lambda: safely(lambda: tile(desktop, name).description) == description, timeout,
                     f'{description} of “{name}”')


def tiles(desktop):
    """Their names, in the order that a screen reader has them in; the buttons of their menus say whose they are."""
    prefix, suffix = 'Menu of “', '”'
    return [node.name[len(prefix):-len(suffix)] for node in nodes(desktop, 'button') if node.name.startswith(prefix)]


def focused(desktop):
    return next((node.name for node in nodes(desktop) if 'focused' in node.states and node.role != 'window'), None)


def wait_focus(desktop, name):
    desktop.wait_for(lambda: focused(desktop) == name, 10, f'the focus on “{name}”')


def focus(desktop, name):
    """By keys: the first tile, and on from there."""
    def there():
        now = focused(desktop)
        if now != name:
            desktop.press('Right' if now in tiles(desktop) else 'Tab')
        return now == name
    desktop.press('Home')
    desktop.wait_for(there, 15, f'the focus on “{name}”')


def middle(node):
    x, y, width, height = node.extents
    return x + width / 2, y + height / 2


def keep(desktop, name):
    desktop.keep(f'library-{name}', settled=True)


def definition(folder):
    return json.loads((folder / machines.DEFINITION).read_text())


def launch(desktop, *words):
    return desktop.launch([program(), *words], console.environment())


def fill_place(place):
    machines.make(place, 'Alma', os_name='AlmaLinux 10', used=3, picture=(90, 60, 160))
    machines.make(place, 'Builder', os_name='Debian 13', group='Work', used=1)
    machines.make(place, 'Fedora', os_name='Fedora 44', notes='for the tax return')
    machines.make(place, 'Windows', os_name='Windows 11', used=0)
    machines.make(place, 'Newer', os_name='Debian 13', diorama=99)
    broken = machines.make(place, 'Broken', os_name='Ubuntu 26.04')
    shutil.copy(broken / machines.DEFINITION, broken / (machines.DEFINITION + '.last-good'))
    (broken / machines.DEFINITION).write_text('{"diorama": 1,')


# -- what it shows --------------------------------------------------------------------------------------------------------

def check_states(desktop, place):
    with tap.test('each machine is a tile that says how it is, group by group'):
        tile(desktop, 'Fedora')
        assert tiles(desktop) == ['Alma', 'Broken', 'Fedora', 'Newer', 'Windows', 'Builder'], tiles(desktop)
        texts = {name: tile(desktop, name).description for name in tiles(desktop)}
        assert texts['Windows'] == 'Used today' and texts['Fedora'] == 'New', texts
        assert texts['Builder'] == 'Used yesterday' and 'newer Diorama' in texts['Newer'], texts
        assert 'restore' in texts['Broken'], texts
        assert nodes(desktop, 'heading', 'Work') or nodes(desktop, None, 'Work')
        keep(desktop, 'states')
    with tap.test('a damaged one offers its last good copy, and is well with it'):
        tile(desktop, 'Broken').act()
        wait_node(desktop, 'button', 'Restore Last Good Copy').act()
        desktop.wait_for(lambda: 'restore' not in tile(desktop, 'Broken').description, 10, 'the machine')
        assert definition(place / 'Broken.diorama')['name'] == 'Broken'
    with tap.test('one that appears in the folder appears, and goes with it'):
        folder = machines.make(place, 'Late')
        tile(desktop, 'Late')
        shutil.rmtree(folder)
        wait_gone(desktop, 'button', 'Late')


def check_search(desktop):
    with tap.test('typing searches: name, system, group and notes'):
        for text, expected in (('ALMA', ['Alma']), ('windows 11', ['Windows']), ('work', ['Builder']), ('debian', ['Newer', 'Builder'])):
            desktop.type(*('Space' if letter == ' ' else letter for letter in text.lower()))
            desktop.wait_for(lambda expected=expected: tiles(desktop) == expected, 10, f'{expected} for {text}')
            desktop.press('Escape')
            desktop.wait_for(lambda: len(tiles(desktop)) == 6, 10, 'all of them')
    with tap.test('what is not there is said'):
        desktop.type('x', 'q', 'x', 'q')
        wait_node(desktop, None, 'No Machines Found')
        desktop.press('Escape')
        desktop.wait_for(lambda: len(tiles(desktop)) == 6, 10, 'all of them')


def open_menu_by_key(desktop, first):
    """The keys are held until it is there: a desktop lets no menu open that asks with the number of a key's release, which
    GTK does when that has come before the menu was made."""
    for key in ('Shift', 'F10'):
        desktop.key_down(key)
    item = wait_item(desktop, first)
    for key in ('F10', 'Shift'):
        desktop.key_up(key)
    return item


# -- the keyboard ---------------------------------------------------------------------------------------------------------

def check_keyboard(desktop, place):
    with tap.test('arrows, Home and End go from tile to tile'):
        focus(desktop, 'Alma')
        desktop.press('Home')
        wait_focus(desktop, 'Alma')
        desktop.press('Right')
        wait_focus(desktop, 'Broken')
        desktop.press('End')
        wait_focus(desktop, 'Builder')
        desktop.press('Up')
        desktop.wait_for(lambda: focused(desktop) in ('Alma', 'Windows'), 10, 'the row above')
        desktop.press('Home')
        wait_focus(desktop, 'Alma')
        desktop.press('Tab')
        wait_focus(desktop, 'Menu of “Alma”')
        desktop.press('Shift', 'Tab')
        wait_focus(desktop, 'Alma')
    with tap.test('the menu opens by key, with what can be done'):
        open_menu_by_key(desktop, 'Start')
        for item in ('Start', 'Try Without Saving', 'Rename…', 'Group…', 'Show in Files', 'Move to Trash'):
            wait_item(desktop, item)
        assert not [node for node in nodes(desktop) if 'menu item' in node.role and node.name in ('Pause', 'Shut Down')]
        keep(desktop, 'menu')
        desktop.press('Escape')
        desktop.wait_for(lambda: not [node for node in nodes(desktop) if 'menu item' in node.role], 10, 'the end of it')
        wait_focus(desktop, 'Alma')
    with tap.test('F2 renames, the folder too'):
        desktop.press('F2')
        wait_node(desktop, 'button', 'Rename')
        wait_focus(desktop, 'Name')
        desktop.type('b', 'e', 't', 'a', 'Enter')
        tile(desktop, 'beta')
        desktop.wait_for((place / 'beta.diorama').exists, 10, 'the folder')
        wait_focus(desktop, 'beta')
    with tap.test('a group is made by keyboard'):
        open_menu_by_key(desktop, 'Group…').act()
        wait_node(desktop, None, 'No Group')
        desktop.type('Shift+h', 'o', 'm', 'e', 'Enter')
        wait_node(desktop, None, 'Home')
        desktop.wait_for(lambda: definition(place / 'beta.diorama').get('group') == 'Home', 10, 'the group')
        desktop.wait_for(lambda: tiles(desktop)[-2:] == ['beta', 'Builder'], 10, 'its section')


# -- selection, Trash -----------------------------------------------------------------------------------------------------

def click_with(desktop, key, name):
    desktop.key_down(key)
    desktop.click(*middle(tile(desktop, name)))
    desktop.key_up(key)


def check_selection(desktop, place):
    with tap.test('Ctrl and Shift with clicks select, and say how many'):
        click_with(desktop, 'Ctrl', 'Broken')
        wait_node(desktop, None, '1 Selected')
        click_with(desktop, 'Shift', 'Newer')
        wait_node(desktop, None, '3 Selected')
        assert 'selected' in tile(desktop, 'Fedora').states
        keep(desktop, 'selection')
        desktop.press('Escape')
        wait_gone(desktop, None, '3 Selected')
    with tap.test('the Trash takes those selected from sight, and Undo brings them back untouched'):
        click_with(desktop, 'Ctrl', 'Broken')
        click_with(desktop, 'Ctrl', 'Fedora')
        wait_node(desktop, 'button', 'Move to Trash').act()
        wait_node(desktop, None, '2 machines moved to the Trash')
        wait_gone(desktop, 'button', 'Broken')
        assert (place / 'Broken.diorama').exists()
        wait_node(desktop, 'button', 'Undo').act()
        tile(desktop, 'Broken')
        tile(desktop, 'Fedora')
    with tap.test('a machine is dragged onto another’s group'):
        start, end = middle(tile(desktop, 'Windows')), middle(tile(desktop, 'Builder'))
        desktop.move(*start)
        desktop.button_down()
        for step in range(1, 9):
            desktop.move(*(a + (b - a) * step / 8 for a, b in zip(start, end)))
            desktop.wait_settled()
        keep(desktop, 'drag')
        desktop.button_up()
        desktop.wait_for(lambda: definition(place / 'Windows.diorama').get('group') == 'Work', 10, 'the group')


def check_touch(desktop):
    with tap.test('a finger opens the menu by its button, and selects when it stays'):
        focus(desktop, 'Broken')
        node = wait_node(desktop, 'button', 'Menu of “Broken”')
        assert node.extents[2] >= 44 and node.extents[3] >= 44, node.extents
        desktop.touch_down(0, *middle(node))
        desktop.touch_up(0)
        wait_item(desktop, 'Move to Trash')
        desktop.press('Escape')
        desktop.wait_for(lambda: not [node for node in nodes(desktop) if 'menu item' in node.role], 10, 'the end of it')
        desktop.touch_down(0, *middle(tile(desktop, 'Broken')))
        wait_node(desktop, None, '1 Selected')
        desktop.touch_up(0)
        desktop.touch_down(0, *middle(tile(desktop, 'Fedora')))
        desktop.touch_up(0)
        wait_node(desktop, None, '2 Selected')
        wait_node(desktop, 'button', 'Cancel').act()


# -- machines that run ----------------------------------------------------------------------------------------------------

def check_running(desktop, app, place):
    with tap.test('Enter opens a machine, whose tile then says that it runs'):
        focus(desktop, 'Fedora')
        desktop.press('Enter')
        wait_front(desktop, 'Fedora')                                   # or it would come over the library later
        app.actions(APPLICATION_ID).activate('library')
        wait_front(desktop, 'Diorama')
        wait_told(desktop, 'Fedora', 'Running', 30)
        keep(desktop, 'running')
    with tap.test('it can be paused from the library'):
        click_right(desktop, 'Fedora')
        wait_item(desktop, 'Pause').act()
        wait_told(desktop, 'Fedora', 'Paused')
    with tap.test('when its window has gone the tile shows its last picture'):
        click_right(desktop, 'Fedora')
        wait_item(desktop, 'Force Off…').act()
        wait_node(desktop, 'button', 'Force Off').act()
        wait_told(desktop, 'Fedora', 'Used today')
        focus(desktop, 'Broken')
        close_window(desktop, app)
        wait_gone(desktop, 'window', 'Fedora')
        desktop.wait_for((place / 'Fedora.diorama/picture.png').exists, 10, 'the picture')
        wait_told(desktop, 'Fedora', 'Used today')                      # its window goes before it has ended


def has_picture(app):
    """A window of a machine has one that could be kept."""
    return any(safely(lambda actions=actions: actions.enabled('screenshot')) for actions in
               (app.actions(APPLICATION_ID, f'/app/diorama/Diorama/window/{number}') for number in (1, 2, 3)))


def wait_front(desktop, window):
    desktop.wait_for(lambda: any('active' in (safely(lambda node=node: node.states) or ())
                                 for node in nodes(desktop, 'window', window)), 20, f'{window} in front')


def close_window(desktop, app):
    """The machine's, which comes to the front when it is started again. It is closed when it runs (while it starts no
    question is asked) and there is a picture."""
    desktop.press('Right')
    wait_focus(desktop, 'Fedora')
    desktop.press('Enter')
    wait_front(desktop, 'Fedora')
    wait_told(desktop, 'Fedora', 'Running', 20)
    desktop.wait_for(lambda: has_picture(app), 20, 'its picture')
    desktop.manage_window('close')
    wait_node(desktop, 'button', 'Force Off').act()


def click_right(desktop, name):
    desktop.click(*middle(tile(desktop, name)), code=BTN_RIGHT)


def check_end(desktop, app, place):
    with tap.test('what is in the Trash is there when Diorama has ended'):
        focus(desktop, 'Broken')
        desktop.press('Delete')
        wait_gone(desktop, 'button', 'Broken')
        app.actions(APPLICATION_ID).activate('quit')
        assert app.wait(15) == 0
        assert not (place / 'Broken.diorama').exists()
        assert (desktop.home / '.local/share/Trash/files/Broken.diorama').exists()


# -- many, and elsewhere --------------------------------------------------------------------------------------------------

def check_many(desktop, many):
    app = launch(desktop)
    with tap.test('a thousand machines: only those in sight have widgets'):
        desktop.wait_for(lambda: len(tiles(desktop)) > 8, 20, 'tiles')
        count = len(tiles(desktop))
        assert count < 60, count
        desktop.wait_for(lambda: focused(desktop), 10, 'the focus')
        desktop.press('End')
        last = desktop.wait_for(lambda: focused(desktop), 10, 'the last one')
        desktop.wait_for(lambda: last in tiles(desktop), 10, 'its tile')
        assert len(tiles(desktop)) < 60, len(tiles(desktop))
    with tap.test('and are scrolled through without a hitch'):
        ticks, begin = cpu(app), time.monotonic()
        for _ in range(60):
            desktop.press('PageUp')
        desktop.wait_for(lambda: focused(desktop) != last, 10, 'another one')
        desktop.wait_settled()
        tap.comment(f'{cpu(app) - ticks} ticks of the processor for 60 pages, {time.monotonic() - begin:.1f} s')
        assert cpu(app) - ticks < 60 * 20
    app.stop()
    desktop.wait_for(lambda: not desktop.has_name(APPLICATION_ID), 10, 'the end of the application')


def cpu(app):
    fields = Path(f'/proc/{app.pid}/stat').read_text().rpartition(')')[2].split()
    return int(fields[11]) + int(fields[12])


def check_outside(desktop):
    folder = machines.make(desktop.home / 'elsewhere', 'Stranger')
    with tap.test('a machine that is in none of the places opens, and is offered to be added'):
        app = launch(desktop, folder / machines.DEFINITION)
        desktop.wait_for(lambda: nodes(desktop, 'window', 'Stranger'), 20, 'its window')
        wait_node(desktop, 'button', 'Add Its Folder')
        app.stop()
        desktop.wait_for(lambda: not desktop.has_name(APPLICATION_ID), 10, 'the end of the application')


def check_stranger(desktop):
    """It is asked for before anything of it is done."""
    told = desktop.home / 'told'
    folder = machines.make(desktop.home / 'elsewhere', 'Trojan',
                           machine={'extra-arguments': ['-chardev', f'file,id=told,path={told}']})
    with tap.test('one that wants options of its own for QEMU is asked about, and not opened'):
        app = launch(desktop, folder / machines.DEFINITION)
        wait_node(desktop, None, 'Open Trojan?')
        keep(desktop, 'stranger')
        desktop.press('Enter')
        wait_gone(desktop, None, 'Open Trojan?')
        assert not told.exists() and not nodes(desktop, 'window', 'Trojan')
        assert app.poll() is None
        app.stop()
        desktop.wait_for(lambda: not desktop.has_name(APPLICATION_ID), 10, 'the end of the application')
    with tap.test('and opened if that is what is wanted'):
        app = launch(desktop, folder / machines.DEFINITION)
        wait_node(desktop, 'button', 'Open').act()
        desktop.wait_for(told.exists, 20, 'its QEMU')
        app.stop()
        desktop.wait_for(lambda: not desktop.has_name(APPLICATION_ID), 10, 'the end of the application')


def check_guises(place):
    """That nothing breaks; the pictures are for people."""
    for name, size, options in (('dark', SIZE, {'dark': True}), ('narrow', (360, 720), {}),
                                ('rtl-large', SIZE, {'rtl': True, 'large_text': True})):
        with tap.test(f'the library, {name}'), Desktop(size=size, raw_keys=True, **options) as desktop:
            (desktop.home / 'Diorama').symlink_to(place)
            app = launch(desktop)
            desktop.wait_window()
            desktop.manage_window('maximize')
            node = tile(desktop, 'Fedora')
            desktop.wait_for(lambda node=node: node.extents[2] <= size[0], 10, 'a tile that fits')
            keep(desktop, name)
            if name == 'narrow':
                focus(desktop, 'Fedora')
                desktop.press('Shift', 'F10')
                wait_node(desktop, None, 'Move to Trash')
                keep(desktop, 'narrow-menu')
            assert app.output() == '', app.output()


def main():
    if not program().exists():
        tap.skip_all(f'{program()} is not built')
    with Desktop(size=SIZE, raw_keys=True) as desktop:
        place = desktop.home / 'Diorama'
        fill_place(place)
        app = launch(desktop)
        desktop.wait_window()
        desktop.manage_window('maximize')
        for check, words in ((check_states, (place,)), (check_search, ()), (check_keyboard, (place,)),
                             (check_selection, (place,)), (check_touch, ()), (check_running, (app, place)),
                             (check_end, (app, place))):
            with tap.guard(check.__name__):
                check(desktop, *words)
        tap.ok(app.output() == '', 'nothing was complained about')
        tap.comment(app.output())
        if app.poll() is None:
            app.stop()
        with tap.guard('check_outside'):
            check_outside(desktop)
        with tap.guard('check_stranger'):
            check_stranger(desktop)
        shutil.rmtree(place)
        machines.fill(place, 1000)
        with tap.guard('check_many'):
            check_many(desktop, place)
        shutil.rmtree(place)
        fill_place(desktop.home / 'guises')
        check_guises(desktop.home / 'guises')
    tap.finish()


if __name__ == '__main__':
    main()
