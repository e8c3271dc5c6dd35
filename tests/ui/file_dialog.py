# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""GTK's own dialog for files, which there is where no portal has one:

    choose(desktop, Path('/somewhere/disc.iso'))
    choose(desktop, Path('/somewhere/machine.ova'), 'Save')

The path gets into its entry as from a screen reader: keys get lost while the dialog opens, and GTK 4.18 tells nobody
what is in that entry."""

import time

from gi.repository import GLib


def _find(desktop, role, *states, name=None):
    return next((node for node in desktop.accessible().find_all(role, name) if {'showing', *states} <= node.states), None)


def _wait(desktop, condition, what):
    def met():
        try:
            return condition()
        except (GLib.Error, RuntimeError):              # a widget has gone meanwhile
            return False
    return desktop.wait_for(met, 20, what)


def choose(desktop, path, accept='Open'):
    """Waits for the dialog, and until it has gone. ACCEPT is the name of its button, which no other window has."""
    tried, entered = 0, True

    def not_lately():
        nonlocal tried
        if time.monotonic() < tried + 2:
            return False
        tried = time.monotonic()
        return True

    def entry():
        found = _find(desktop, 'text box', 'focused')
        if not found and not_lately():
            desktop.press('Ctrl', 'l')
        return found

    def gone():
        nonlocal entered
        button = _find(desktop, 'button', name=accept)
        if button and not_lately():
            if box := entry():
                box.set_text(str(path))
                entered = False
        elif button and not entered and 'sensitive' in button.states:
            desktop.press('Enter')                      # the button does nothing while names are proposed below
            entered = True
        return button is None
    _wait(desktop, lambda: _find(desktop, 'button', name=accept), 'the dialog for files')
    _wait(desktop, entry, 'its entry for a path')
    tried = 0
    _wait(desktop, gone, 'its end')
