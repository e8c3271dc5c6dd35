#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""What the display tells of itself: the card on the picture, the JSON on the command line, the tiles of the library."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy
from gi.repository import GLib

sys.path.insert(0, str(Path(__file__).parent))
import console                                                         # noqa: E402
from console import EV_KEY, TITLE, APPLICATION_ID, Console, program    # noqa: E402
from harness import Desktop                                            # noqa: E402
from patience import patient                                           # noqa: E402
from tap import Tap                                                    # noqa: E402

WIDTH, HEIGHT = 1280, 800
CAPTIONS = ('Path', 'Picture', 'Guest', 'Shown', 'Damage', 'Upload', 'Answer', 'Late', 'Coalesced')
MARGIN = 64                                                            # of a window, for its shadow
NUMBER, TEXT, MAYBE_TEXT, MAYBE_NUMBER = (int, float), (str,), (str, type(None)), (int, float, type(None))
TOP = {'schema': NUMBER, 'version': TEXT, 'time_us': NUMBER, 'pid': NUMBER, 'cpu_us': NUMBER, 'windows': (list,)}
WINDOW = {'title': TEXT, 'machine': MAYBE_TEXT, 'state': TEXT, 'qemu_pid': MAYBE_NUMBER, 'visible': (bool,),
          'heads': (list,)}
COUNTERS = ('scanouts', 'updates', 'damage_pixels', 'picture_pixels', 'bytes_copied', 'coalesced', 'answers',
            'late_answers', 'answer_delay_us', 'max_answer_delay_us', 'frames_taken', 'frames_shown', 'bytes_uploaded',
            'imports')
HEAD = {'path': TEXT, 'painter': MAYBE_TEXT, 'renderer': MAYBE_TEXT, 'filter': TEXT} | {
    name: NUMBER for name in (*COUNTERS, 'console', 'head', 'width', 'height', 'view_width', 'view_height', 'scale',
                              'draw_delay_us')}
RATES = {name: MAYBE_NUMBER for name in (
    'guest_updates_per_s', 'shown_frames_per_s', 'damage_share', 'copied_bytes_per_s', 'uploaded_bytes_per_s',
    'coalesced_per_s', 'late_answers_per_s', 'mean_answer_delay_us')}
tap = Tap()


# -- the command ---------------------------------------------------------------------------------------------------------

def run(desktop, *words):
    done = subprocess.run([program(), *words], env=desktop.env | console.environment(), timeout=patient(60),
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return done.returncode, done.stdout, done.stderr


def survey(desktop, *words):
    status, out, err = run(desktop, 'diagnostics', *words)
    assert status == 0, (status, out, err)
    return json.loads(out)


def head_of(reading):
    return reading['windows'][0]['heads'][0]


def check_object(what, found, members, optional=()):
    missing = members.keys() - found.keys()
    assert not missing, f'{what} lacks {missing}'
    foreign = found.keys() - members.keys() - set(optional)
    assert not foreign, f'{what} has {foreign}, which ui/diagnostics.h does not tell'
    for name, kinds in members.items():
        right = isinstance(found[name], kinds) and (bool in kinds or not isinstance(found[name], bool))
        assert right, f'{what}: {name} is {found[name]!r}'


def check_schema(reading, with_rates):
    check_object('the whole', reading, TOP, ['interval_us'])
    assert reading['schema'] == 1 and ('interval_us' in reading) == with_rates, reading
    for window in reading['windows']:
        check_object('a window', window, WINDOW)
        for head in window['heads']:
            check_object('a head', head, HEAD, ['rates'])
            assert all(head[name] >= 0 for name in COUNTERS), head
            assert ('rates' in head) == with_rates, head
            if with_rates:
                check_object('rates', head['rates'], RATES)


def check_refusals(desktop):
    with tap.test('without a running Diorama there is nothing to tell, and none is started'):
        status, out, err = run(desktop, 'diagnostics')
        assert status == 1 and not out and 'not running' in err, (status, out, err)
        assert not desktop.has_name(APPLICATION_ID)
    for words in (['diagnostics', '--interval=0.01'], ['diagnostics', '--interval=-1'], ['diagnostics', '--interval=nan'],
                  ['diagnostics', '--interval=1e9'], ['demo', '--interval=1'], ['diagnostics', 'more']):
        with tap.test(f'“{" ".join(words)}” is not understood'):
            status, out, err = run(desktop, *words)
            assert status == 2 and err and not out, (status, out, err)


def check_json(desktop, machine):
    with tap.test('the figures are JSON of the form that is promised'):
        reading = survey(desktop)
        check_schema(reading, False)
        window, head = reading['windows'][0], head_of(reading)
        tap.comment(json.dumps(head))
        assert len(reading['windows']) == 1 and window['title'] == TITLE and window['state'] == 'running', window
        assert window['qemu_pid'] == machine.qemu_pid() and window['visible'], window
        assert reading['pid'] == machine.app.pid, reading
        assert (head['width'], head['height']) == machine.guest_size(), head
        assert head['painter'] and head['renderer'] and head['path'] in ('array', 'file', 'map'), head
    with tap.test('rates tell what a busy guest does'):
        machine.guest.call('rects', rate=20, seconds=60)
        reading = survey(desktop, '--interval=2')
        check_schema(reading, True)
        rates = head_of(reading)['rates']
        tap.comment(json.dumps(rates))
        assert reading['interval_us'] >= 1.9e6, reading['interval_us']
        assert 2 < rates['guest_updates_per_s'] < 45 and rates['shown_frames_per_s'] > 1, rates
        assert 0 < rates['damage_share'] <= 1 and rates['uploaded_bytes_per_s'] > 0, rates
    with tap.test('and nothing of one that does nothing'):
        stop_drawing(desktop, machine)
        before, after = survey(desktop, '--interval=1'), survey(desktop)
        rates = head_of(before)['rates']
        assert rates['guest_updates_per_s'] == rates['shown_frames_per_s'] == rates['uploaded_bytes_per_s'] == 0, rates
        assert rates['damage_share'] is None, rates
        assert all(head_of(before)[name] == head_of(after)[name] for name in COUNTERS), (before, after)


def stop_drawing(desktop, machine):
    machine.guest.call('rects', on=False)
    machine.guest.call('fill', color='#204060')

    def still():
        first, second = head_of(survey(desktop)), head_of(survey(desktop, '--interval=0.3'))
        return first['updates'] == second['updates'] and first['frames_shown'] == second['frames_shown']
    desktop.wait_for(still, 15, 'a guest that draws nothing')


# -- the card ------------------------------------------------------------------------------------------------------------

def safely(ask):
    try:
        return ask()
    except GLib.Error:
        return None


def nodes(desktop, role=None, name=None):
    return [node for node in safely(lambda: desktop.accessible().find_all(role, name)) or ()
            if 'showing' in (safely(lambda node=node: node.states) or ())]


def card(desktop):
    """{caption: value}, or nothing while the card is not shown."""
    labels = [node.name for node in nodes(desktop, 'label')]
    return {caption: labels[labels.index(caption) + 1] for caption in CAPTIONS
            if caption in labels and labels.index(caption) + 1 < len(labels)}


def wait_card(desktop, shown):
    desktop.wait_for(lambda: len(card(desktop)) == (len(CAPTIONS) if shown else 0), 10, 'the card to come or go')


def first_number(text):
    found = re.search(r'\d+(\.\d+)?', text)
    return float(found[0]) if found else 0.0


def wakeups(pid):
    status = Path(f'/proc/{pid}/task/{pid}/status').read_text()
    return int(re.search(r'^voluntary_ctxt_switches:\s*(\d+)', status, re.M)[1])


def check_card(desktop, machine):
    with tap.test('Ctrl+Alt+F12 shows the card, and the guest does not see F12'):
        machine.listen()
        desktop.press('Ctrl', 'Alt', 'F12')
        wait_card(desktop, True)
        machine.guest.call('ping')
        codes = {event[1] for report in machine.guest.events for event in report.get('events', ())
                 if event[0] == EV_KEY}
        assert 88 not in codes, codes                                  # KEY_F12
        tap.comment(card(desktop))
        desktop.keep('card')
    with tap.test('the card tells the way of the picture and its size'):
        found, head, size = card(desktop), head_of(survey(desktop)), machine.guest_size()
        assert found['Path'] == f'{head["path"]} → {head["painter"]} ({head["renderer"]})', found
        assert found['Picture'].startswith(f'{size[0]} × {size[1]}, 1.00×, nearest'), found
    with tap.test('its figures move when the guest draws'):
        machine.guest.call('rects', rate=20, seconds=60)
        desktop.wait_for(lambda: first_number(card(desktop).get('Guest', '')) > 2
                         and first_number(card(desktop).get('Shown', '')) > 1
                         and first_number(card(desktop).get('Damage', '')) > 0, 15, 'figures of a busy guest')
        desktop.keep('card-busy')
    with tap.test('and stand still when it does not'):
        stop_drawing(desktop, machine)
        desktop.wait_for(lambda: card(desktop).get('Guest') == card(desktop).get('Shown') == '0.0/s', 10,
                         'figures of an idle guest')
    with tap.test('the card does not have the picture drawn or uploaded again'):
        before = head_of(survey(desktop, '--interval=2'))
        after = head_of(survey(desktop))
        assert before['rates']['shown_frames_per_s'] == before['rates']['uploaded_bytes_per_s'] == 0, before
        assert before['frames_taken'] == after['frames_taken'], (before, after)
    with tap.test('a click on the card reaches the guest'):
        label = next(node for node in nodes(desktop, 'label', 'Coalesced'))
        x, y, width, height = label.extents
        machine.listen()
        desktop.click(x + width / 2, y + height / 2)
        machine.expect_input({EV_KEY}, [(EV_KEY, 0x110, 1), (EV_KEY, 0x110, 0)])
    with tap.test('Ctrl+Alt+F12 takes it away again'):
        desktop.press('Ctrl', 'Alt', 'F12')
        wait_card(desktop, False)
    with tap.test('the menu does the same'):
        for shown in (True, False):
            desktop.wait_for(lambda: menu_item(desktop) or (machine.actions.activate('menu'), False)[1], 10, 'the menu')
            menu_item(desktop).act()
            wait_card(desktop, shown)
            assert machine.actions.state('diagnostics') is shown, machine.actions.state('diagnostics')
    with tap.test('away it costs no wake-up'):
        stop_drawing(desktop, machine)
        counts = {}
        for shown in (False, True):
            machine.actions.change_state('diagnostics', GLib.Variant('b', shown))
            desktop.wait_settled()
            begin = wakeups(machine.app.pid)
            GLib.timeout_add(3000, counts.setdefault, shown, None)
            while shown not in counts:
                GLib.MainContext.default().iteration(True)
            counts[shown] = wakeups(machine.app.pid) - begin
        tap.comment(f'main thread in 3 s: {counts[False]} wake-ups without the card, {counts[True]} with it')
        assert counts[False] <= 4 and counts[True] >= counts[False] + 2, counts
        machine.actions.change_state('diagnostics', GLib.Variant('b', False))


def menu_item(desktop):
    return next((node for node in nodes(desktop, None, 'Diagnostics') if 'menu item' in node.role), None)


def check_copy(desktop, machine):
    with tap.test('“Copy Diagnostics” says that it copied'):
        machine.actions.activate('troubleshooting')
        button = desktop.wait_for(lambda: next(iter(nodes(desktop, 'button', 'Copy Diagnostics')), None), 10, 'it')
        button.act()
        desktop.wait_for(lambda: nodes(desktop, 'label', 'Copied'), 10, 'the toast')
        desktop.keep('troubleshooting')
        desktop.wait_for(lambda: leave_dialog(desktop), 10, 'the end of the dialog')


def leave_dialog(desktop):
    """Escape, as often as it takes until the window has the focus."""
    if not nodes(desktop, 'button', 'Copy Diagnostics'):
        return True
    desktop.press('Escape')
    return False


# -- thumbnails ----------------------------------------------------------------------------------------------------------

def fill(machine, color):
    machine.guest.call('fill', color=color)
    return tuple(bytes.fromhex(color[1:]))


def share(picture, color):
    return (picture == numpy.array(color, numpy.uint8)).all(axis=2)


def open_library(desktop, machine):
    """Returns where the library's window lies on the console's, which is red and fills the monitor."""
    red = fill(machine, '#ff0000')
    before = desktop.wait_picture(lambda picture: share(picture[100:-100, 100:-100], red).all(), 10, 'a red guest')
    machine.app.actions(APPLICATION_ID).activate('library')
    desktop.wait_for(lambda: nodes(desktop, 'button', TITLE), 20, 'the tile')
    desktop.wait_picture(lambda picture: share(inside(picture, before), red).sum() > 5000, 10, 'a red tile')
    return lambda picture: inside(picture, before)


def inside(picture, before):
    changed = (picture != before).any(axis=2)
    rows, columns = changed.any(axis=1).nonzero()[0], changed.any(axis=0).nonzero()[0]
    if not len(rows):
        return picture[:0]
    return picture[rows[0] + MARGIN:rows[-1] - MARGIN, columns[0] + MARGIN:columns[-1] - MARGIN]


def looks(app):
    return app.output().count('thumbnail of')


def is_active(desktop, title):
    return any(node.name == title and 'active' in (safely(lambda node=node: node.states) or ())
               for node in nodes(desktop, 'window'))


def check_thumbnails(desktop, machine):
    with tap.test('a machine that runs is a tile with its live picture'):
        tile = open_library(desktop, machine)
        node = nodes(desktop, 'button', TITLE)[0]
        assert node.description == 'Running', node.description
        desktop.keep('library')
    with tap.test('the tile follows the picture within two seconds'):
        blue, begin = fill(machine, '#0000ff'), time.monotonic()
        # The console around the library is blue now, too; only the middle of the library is looked at.
        spot = centre_of_tile(desktop, tile)
        desktop.wait_picture(lambda picture: tuple(picture[spot]) == blue, 10, 'a blue tile')
        tap.comment(f'{time.monotonic() - begin:.1f} s')
        assert time.monotonic() - begin < 4
    with tap.test('at most once a second, however much the guest draws'):
        begin, before = time.monotonic(), looks(machine.app)
        machine.guest.call('frames', rate=20, seconds=4)
        desktop.wait_for(lambda: looks(machine.app) - before >= 3, 10, 'some looks')
        took = time.monotonic() - begin
        assert looks(machine.app) - before <= took + 1.5, (looks(machine.app) - before, took)
        machine.guest.call('frames', on=False)
    with tap.test('not at all while the guest draws nothing'):
        stop_drawing(desktop, machine)
        desktop.wait_for(lambda: tuple(desktop.screenshot()[spot]) == (0x20, 0x40, 0x60), 10, 'the last picture')
        before = looks(machine.app)
        survey(desktop, '--interval=2')
        assert looks(machine.app) == before
    with tap.test('a paused machine keeps its last picture, and says so'):
        machine.actions.activate('pause')
        desktop.wait_for(lambda: nodes(desktop, 'button', TITLE)[0].description == 'Paused', 10, 'its state')
        desktop.keep('library-paused')
        machine.actions.activate('resume')
        desktop.wait_for(lambda: nodes(desktop, 'button', TITLE)[0].description == 'Running', 10, 'its state')
        machine.app.actions(APPLICATION_ID).activate('library')
        desktop.wait_for(lambda: is_active(desktop, 'Diorama'), 10, 'the library in front')
    # Not by finger: mutter lets no window come to the front for a finger that was lifted.
    for how in ('click', 'Enter'):
        with tap.test(f'the tile brings the machine to the front: {how}'):
            if how == 'click':
                desktop.click(spot[1], spot[0])
            else:
                focus_tile(desktop)
                desktop.press('Enter')
            desktop.wait_for(lambda: is_active(desktop, TITLE), 10, 'the machine in front')
            machine.app.actions(APPLICATION_ID).activate('library')
            desktop.wait_for(lambda: is_active(desktop, 'Diorama'), 10, 'the library in front')
    with tap.test('without the library there are no thumbnails, however much the guest draws'):
        desktop.manage_window('close')
        desktop.wait_for(lambda: not nodes(desktop, 'button', TITLE), 10, 'the end of the library')
        before, updates = looks(machine.app), head_of(survey(desktop))['updates']
        machine.guest.call('frames', rate=20, seconds=3)
        desktop.wait_for(lambda: head_of(survey(desktop))['updates'] > updates + 20, 20, 'some updates')
        assert looks(machine.app) == before
    with tap.test('the empty page comes back when nothing runs'):
        machine.app.actions(APPLICATION_ID).activate('library')
        desktop.wait_for(lambda: nodes(desktop, 'button', TITLE), 20, 'the tile')
        machine.actions.activate('force-off')
        desktop.wait_for(lambda: nodes(desktop, 'button', 'Try the Demo'), 20, 'the empty page')
        assert not nodes(desktop, 'button', TITLE)


def centre_of_tile(desktop, tile):
    """(row, column) on the monitor. The library's window is in the middle of a console of one colour."""
    picture = desktop.screenshot()
    node = nodes(desktop, 'button', TITLE)[0]
    x, y, width, _ = node.extents
    heading = (picture != picture[HEIGHT - 20, 20]).any(axis=2)
    rows, columns = heading[80:].any(axis=1).nonzero()[0], heading[80:].any(axis=0).nonzero()[0]
    del tile
    return 80 + int(rows[0]) + int(y + width * 0.3), int(columns[0]) + int(x + width / 2)


def focus_tile(desktop):
    def focused():
        if any('focused' in node.states for node in nodes(desktop, 'button', TITLE)):
            return True
        desktop.press('Tab')
        return False
    desktop.wait_for(focused, 10, 'the focus on the tile')


# -- guises --------------------------------------------------------------------------------------------------------------

def check_guises():
    """That nothing breaks; the pictures are for people."""
    for name, size, options in (('dark', (960, 720), {'dark': True}), ('rtl', (960, 720), {'rtl': True}),
                                ('narrow', (360, 640), {}), ('large-text', (360, 640), {'large_text': True}),
                                ('high-contrast', (960, 720), {'high_contrast': True})):
        with tap.test(f'card and library, {name}'), Desktop(size=size, raw_keys=True, **options) as desktop:
            machine = Console(desktop)
            desktop.maximize()
            machine.dismiss_banner()
            machine.guest.call('rects', rate=20, seconds=60)
            machine.actions.change_state('diagnostics', GLib.Variant('b', True))
            wait_card(desktop, True)
            desktop.wait_for(lambda: first_number(card(desktop).get('Guest', '')) > 1, 15, 'figures')
            for node in nodes(desktop, 'label'):
                x, _, width, _ = node.extents
                assert x >= 0 and x + width <= size[0], (node.name, node.extents)
            desktop.keep(f'card-{name}')
            machine.guest.call('card')
            machine.app.actions(APPLICATION_ID).activate('library')
            node = desktop.wait_for(lambda: next(iter(nodes(desktop, 'button', TITLE)), None), 20, 'the tile')
            desktop.manage_window('maximize')
            desktop.wait_for(lambda: looks(machine.app) >= 1, 10, 'a thumbnail')
            desktop.wait_for(lambda: node.extents[2] <= size[0], 10, 'a tile that fits')
            desktop.keep(f'library-{name}')


os.environ['DIORAMA_DEBUG'] = 'frames'
with Desktop(size=(WIDTH, HEIGHT), raw_keys=True) as screen:
    check_refusals(screen)
    demo = Console(screen)
    screen.maximize()
    demo.dismiss_banner()
    demo.show_noise(1)
    demo.wait_fitting(1, 1)
    check_json(screen, demo)
    check_card(screen, demo)
    check_copy(screen, demo)
    check_thumbnails(screen, demo)
if len(sys.argv) < 2:
    check_guises()
tap.finish()
