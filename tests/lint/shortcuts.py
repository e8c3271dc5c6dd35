# SPDX-License-Identifier: GPL-3.0-or-later
"""Each key that Diorama keeps is in the shortcuts window and on the help's page about keys, and none that it does not;
the help's pages link to pages that there are."""
import re
import xml.etree.ElementTree as ElementTree
from tree import ROOT, Report, files, read

WINDOW = 'src/ui/shortcuts.ui'
PAGE = 'help/C/keyboard.page'
# What acts on keys by itself while Ctrl and Alt are down: every key named there is one of Diorama's.
CHORDS = 'src/ui/console-keys.c', 'src/ui/console-view-zoom.c'
MALLARD = '{http://projectmallard.org/1.0/}'
MODIFIERS = {'Control': 'Ctrl', 'Control_L': 'Ctrl', 'Alt_L': 'Alt'}
KEYS = {'Return': 'Enter', 'ENTER': 'Enter', 'plus': '+', 'minus': '-', 'question': '?', 'comma': ','}
ARROWS = {'left', 'right', 'up', 'down'}
# Not keys of their own: modifiers, what else types a plus, and the number block's twins.
TWINS = re.compile(r'(LEFT|RIGHT)(CTRL|ALT|SHIFT|META)$|KP_?\w+$|equal$')


def name(key):
    if key.lower() in ARROWS:
        return 'arrow keys'
    return KEYS.get(key) or (key.upper() if len(key) == 1 else key)


def accelerator(text):
    """<Control><Alt>Return → ('Ctrl', 'Alt', 'Enter'); Control_L&Alt_L → ('Ctrl', 'Alt')"""
    *modifiers, last = [word for word in re.split(r'[<>&]', text) if word]
    return tuple(MODIFIERS.get(word, word) for word in modifiers) + (MODIFIERS.get(last) or name(last),)


def tree_of(path):
    return ElementTree.fromstring(read(path)) if (ROOT / path).exists() else ElementTree.Element('none')


def triggers():
    """What .ui files bind; of several keys for one thing the first counts."""
    for path in files('.ui'):
        if str(path) == WINDOW:
            continue
        for node in tree_of(path).iter():
            if (node.tag, node.get('name')) in {('property', 'trigger'), ('attribute', 'accel')}:
                yield accelerator(node.text.split('|')[0]), path


def chords():
    yield ('Ctrl', 'Alt'), CHORDS[0]
    for path in CHORDS:
        for key in re.findall(r'\b(?:GDK_)?KEY_(\w+)', (read(path) or '') if (ROOT / path).exists() else ''):
            if not TWINS.match(key):
                yield ('Ctrl', 'Alt', name(key)), path


def listed_in_window():
    return {accelerator(node.text) for node in tree_of(WINDOW).iter('property') if node.get('name') == 'accelerator'}


def listed_in_page():
    tree = tree_of(PAGE)
    parents = {child: parent for parent in tree.iter() for child in parent}
    rows = [cell for row in tree.iter(f'{MALLARD}tr') for cell in row[0].iter()]
    for node in rows:
        if node.tag == f'{MALLARD}keyseq':
            yield tuple(key.text for key in node)
        elif node.tag == f'{MALLARD}key' and parents[node].tag != f'{MALLARD}keyseq':
            yield (node.text,)


def broken_links():
    pages = {path.stem for path in files('.page')}
    for path in files('.page'):
        tree = tree_of(path)
        if tree.get('id') != path.stem:
            yield f'{path}: its id is {tree.get("id")}'
        for link in tree.iter(f'{MALLARD}link'):
            if (target := link.get('xref', '').partition('#')[0]) not in pages:
                yield f'{path}: there is no page {target}'


def uninstalled():
    build = 'help/meson.build'
    listed = (read(build) or '') if (ROOT / build).exists() else ''
    return (f'{path}: not in {build}' for path in files('.page') if f"'C/{path.name}'" not in listed)


used = dict([*triggers(), *chords()])
window, page = listed_in_window(), set(listed_in_page())
report = Report()
report.rule('the shortcuts window has each key', (f'{"+".join(keys)} of {used[keys]}: not in {WINDOW}'
                                                  for keys in sorted(used.keys() - window)))
report.rule('the shortcuts window has no others', (f'{"+".join(keys)}: nothing is done by it' for keys in sorted(window - used.keys())))
report.rule('the help has each key', (f'{"+".join(keys)}: not in {PAGE}' for keys in sorted(used.keys() - page)))
report.rule('the help has no others', (f'{"+".join(keys)}: nothing is done by it' for keys in sorted(page - used.keys())))
report.rule('the help\'s links lead somewhere', broken_links())
report.rule('the help\'s pages are installed', uninstalled())
report.end()
