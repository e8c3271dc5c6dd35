#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""The windows around the picture, by keyboard, pointer, finger and screen reader: what each offers, says and does."""

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy
from gi.repository import GLib
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent))
import console                                                         # noqa: E402
import processes                                                       # noqa: E402
from console import APPLICATION_ID, TITLE, Console, noise, program     # noqa: E402
from harness import Desktop                                            # noqa: E402
from patience import patient                                           # noqa: E402
from tap import Tap                                                    # noqa: E402

WIDTH, HEIGHT = 1280, 800
RESCUE = '/usr/lib/grub-rescue/grub-rescue-cdrom.iso'
BOOT_SECTOR = b'\xfa\xf4\xeb\xfd'.ljust(510, b'\0') + b'\x55\xaa'      # cli; hlt; jmp back to hlt
BUTTONS = {'button', 'toggle button', 'push button', 'menu button', 'check box', 'switch'}
HEADER = ('Power', 'Send Keys', 'Take Screenshot', 'Full Screen', 'Main Menu')
SHORTCUT = 'Leave the picture: press and let go both'
HEADER_ROWS = slice(12, 36)                                            # of a header bar at the top, below the handle
# Prints what is on the clipboard, once it has the focus: a text, or the size and the bytes' hash of a picture.
CLIPBOARD = '''
import hashlib, sys, gi
gi.require_version('Gdk', '4.0')
gi.require_version('Gtk', '4.0')
from gi.repository import Gdk, GLib, Gtk
loop, window = GLib.MainLoop(), Gtk.Window(title='Clipboard')
def got_texture(clipboard, result):
    texture = clipboard.read_texture_finish(result)
    loader = Gdk.TextureDownloader.new(texture)
    loader.set_format(Gdk.MemoryFormat.R8G8B8)
    data, stride = loader.download_bytes()
    width, height = texture.get_width(), texture.get_height()
    rows = b''.join(data.get_data()[y * stride:y * stride + width * 3] for y in range(height))
    print(width, height, hashlib.sha256(rows).hexdigest(), flush=True)
    loop.quit()
def got_text(clipboard, result):
    print(clipboard.read_text_finish(result), flush=True)
    loop.quit()
def look(window, _):
    clipboard = window.get_clipboard()
    if window.is_active() and sys.argv[1] == 'text' and clipboard.get_formats().contain_gtype(str):
        clipboard.read_text_async(None, got_text)
    elif window.is_active() and sys.argv[1] == 'picture' and clipboard.get_formats().contain_gtype(Gdk.Texture):
        clipboard.read_texture_async(None, got_texture)
window.connect('notify::is-active', look)
window.get_clipboard().connect('changed', lambda clipboard: look(window, None))
window.present()
loop.run()
'''
tap = Tap()


# -- what is on the screen ----------------------------------------------------------------------------------------------

def nodes(desktop, role=None, name=None):
    """What a screen reader finds on show; whatever goes meanwhile does not count."""
    found = []
    for node in safely(lambda: desktop.accessible().find_all(role, name)) or ():
        if 'showing' in (safely(lambda node=node: node.states) or ()):
            found.append(node)
    return found


def safely(ask):
    try:
        return ask()
    except GLib.Error:
        return None


def wait_node(desktop, role, name, timeout=10):
    return desktop.wait_for(lambda: next(iter(nodes(desktop, role, name)), None), timeout, f'{role or "what"} “{name}”')


def wait_button(desktop, name):
    """The part of a button that takes focus and clicks: a menu button has two of its name."""
    return desktop.wait_for(lambda: next((node for node in nodes(desktop, None, name) if 'focusable' in node.states), None),
                            10, f'the button “{name}”')


def wait_item(desktop, name):
    """An entry of the menu that is open."""
    return desktop.wait_for(lambda: next((node for node in nodes(desktop, None, name) if 'menu item' in node.role), None),
                            10, f'the entry “{name}”')


def wait_gone(desktop, role, name, timeout=10):
    desktop.wait_for(lambda: not nodes(desktop, role, name), timeout, f'the end of {role or "what"} “{name}”')


def titles(desktop):
    return [node.name for node in nodes(desktop) if node.role == 'window']


def leave(desktop, role, name):
    """Escape, as often as it takes until the compositor has given the window the focus back."""
    def gone():
        if nodes(desktop, role, name):
            desktop.press('Escape')
            return False
        return True
    desktop.wait_for(gone, 10, f'the end of {role} “{name}”')


def focused(desktop):
    return next((node.name for node in nodes(desktop) if 'focused' in node.states and node.role != 'window'), None)


def nameless(desktop):
    return [node.role for node in nodes(desktop) if node.role in BUTTONS and not node.name]


def middle(node):
    """Of a widget in a maximised window, in the monitor's pixels."""
    x, y, width, height = node.extents
    return x + width / 2, y + height / 2


def tap_finger(desktop, node):
    x, y = middle(node)
    desktop.touch_down(0, x, y)
    desktop.touch_up(0)


def choose(desktop, menu, item):
    """An entry of one of the header bar's menus."""
    wait_button(desktop, menu).act()
    wait_item(desktop, item).act()


def clipboard(desktop, what):
    reader = desktop.launch([sys.executable, '-c', CLIPBOARD, what])
    desktop.wait_for(lambda: reader.poll() is not None, 15, f'a {what} on the clipboard')
    return reader.output()


def qemus(app):
    return processes.qemus(app.pid)


def window_actions(app, number=1):
    return app.actions(APPLICATION_ID, f'/{APPLICATION_ID.replace(".", "/")}/window/{number}')


# -- the library -------------------------------------------------------------------------------------------------------

def check_library(desktop):
    app = desktop.launch([program()], console.environment())
    with tap.test('the library window appears, with its title'):
        wait_node(desktop, 'window', 'Diorama', 20)
        desktop.manage_window('maximize')
        desktop.keep('library', settled=True)
    with tap.test('each of its buttons has a name'):
        assert not nameless(desktop), desktop.accessible().outline()
    with tap.test('Tab reaches each of them'):
        wanted = {'Open a Disk Image…', 'Try the Demo', 'Main Menu'}           # Close has Ctrl+W
        seen = walk(desktop, 'Tab', wanted)
        assert wanted <= seen, f'only {seen}'
    with tap.test('its menu opens by F10 and tells all it has'):
        desktop.press('F10')
        for item in ('Show a Running Machine…', 'Keyboard Shortcuts', 'About Diorama'):
            wait_item(desktop, item)
        desktop.keep('library-menu', settled=True)
        desktop.press('Escape')
        wait_gone(desktop, 'menu item', 'About Diorama')
    with tap.test('About tells the version of QEMU'):
        app.actions(APPLICATION_ID).activate('about')
        wait_node(desktop, 'list item', 'Details')
        desktop.keep('about', settled=True)
        assert 'Details' in walk(desktop, 'Tab', {'Details'})
        desktop.press('Enter')
        desktop.wait_for(lambda: any('QEMU 1' in node.name for node in nodes(desktop, 'label')), 20, 'QEMU in About')
        assert not nameless(desktop), nameless(desktop)
        desktop.keep('about-details', settled=True)
        desktop.press('Escape')
        desktop.press('Escape')
        wait_gone(desktop, 'dialog', 'About')
    with tap.test('the shortcuts are shown by Ctrl+?'):
        desktop.type('Ctrl+Shift+slash')
        wait_node(desktop, 'label', SHORTCUT)
        desktop.keep('shortcuts', settled=True)
        desktop.press('Escape')
        wait_gone(desktop, 'label', SHORTCUT)
    with tap.test('by keyboard alone one gets to the demo'):
        desktop.wait_for(lambda: focused(desktop) in wanted, 5, 'the focus in the window')
        while focused(desktop) != 'Try the Demo':
            walk(desktop, 'Tab', {'Try the Demo'} - {focused(desktop)})
        desktop.press('Enter')
        wait_node(desktop, 'window', TITLE, 20)
    app.stop()
    desktop.wait_for(lambda: not desktop.has_name(APPLICATION_ID), 10, 'the end of the application')


def walk(desktop, key, wanted):
    """Presses the key until all that is wanted had the focus, at most a round trip's worth; returns what had it."""
    seen = {focused(desktop)}
    for _ in range(len(wanted) + 6):
        if wanted <= seen:
            break
        before = focused(desktop)
        desktop.type(key)
        desktop.wait_for(lambda before=before: focused(desktop) not in (before, None), 5, f'{key} to move on from {before}')
        seen.add(focused(desktop))
    return seen


# -- the console -------------------------------------------------------------------------------------------------------

def check_names(desktop, machine):
    with tap.test('the picture has a role, a name and tells the state'):
        view = wait_node(desktop, 'image', f'Screen of {TITLE}')
        assert view.description == 'Running', view.description
        assert 'focusable' in view.states, view.states
    with tap.test('each button of the console window has a name'):
        assert not nameless(desktop), desktop.accessible().outline()
        found = {node.name for node in nodes(desktop)}
        assert set(HEADER) <= found, f'{set(HEADER) - found} missing'
    with tap.test('the menus tell all their entries'):
        for menu, items in (('Power', ('Pause', 'Shut Down', 'Restart at Once…', 'Force Off…')),
                            ('Send Keys', ('Ctrl + Alt + Delete', 'Alt + Tab', 'Ctrl + Alt + Function Key')),
                            ('Main Menu', ('Full Screen', 'Fit Guest to Window', 'Take Screenshot', 'Copy Screenshot',
                                           'Library', 'Diagnostics', 'Troubleshooting', 'Keyboard Shortcuts', 'About Diorama'))):
            wait_button(desktop, menu).act()
            for item in items:
                wait_item(desktop, item)
            desktop.keep('menu-' + menu.lower().replace(' ', '-'), settled=True)
            desktop.press('Escape')
            wait_gone(desktop, 'menu item', items[-1])


def check_keyboard(desktop, machine):
    with tap.test('Ctrl+Alt hands the keyboard to the header bar'):
        focus_picture(desktop)
        desktop.press('Ctrl', 'Alt')
        desktop.wait_for(lambda: focused(desktop) == 'Main Menu', 5, 'the focus on the menu')
        machine.listen()
        desktop.press('Escape')
        machine.guest.call('ping')
        assert not machine.guest.events, machine.guest.events
    with tap.test('from there Shift+Tab reaches each button, and Tab the picture'):
        seen = walk(desktop, 'Shift+Tab', set(HEADER))
        assert set(HEADER) <= seen, f'only {seen}'
        seen = walk(desktop, 'Tab', {f'Screen of {TITLE}'})
        assert f'Screen of {TITLE}' in seen, f'only {seen}'
    with tap.test('a menu opens, moves and acts by keyboard'):
        focus_picture(desktop)
        desktop.press('Ctrl', 'Alt')
        desktop.wait_for(lambda: focused(desktop) == 'Main Menu', 5, 'the focus on the menu')
        desktop.press('Enter')
        wait_item(desktop, 'Troubleshooting')
        desktop.press('t')
        wait_node(desktop, 'button', 'Copy Everything')
        desktop.press('Escape')
        wait_gone(desktop, 'button', 'Copy Everything')


def focus_picture(desktop):
    desktop.click(WIDTH / 2, HEIGHT / 2)
    desktop.wait_for(lambda: focused(desktop) == f'Screen of {TITLE}', 5, 'the focus on the picture')


def check_troubleshooting(desktop, machine):
    with tap.test('troubleshooting shows command line and log'):
        choose(desktop, 'Main Menu', 'Troubleshooting')
        wait_node(desktop, 'button', 'Copy Everything')
        texts = desktop.wait_for(lambda: [text for text in map(text_of, nodes(desktop)) if text], 10, 'the texts')
        assert any('-display dbus' in text and 'qemu-system' in text for text in texts), texts
        assert not nameless(desktop), nameless(desktop)
        desktop.keep('troubleshooting', settled=True)
    with tap.test('and copies them'):
        wait_node(desktop, 'button', 'Copy Everything').act()
        wait_node(desktop, 'label', 'Copied')
        text = clipboard(desktop, 'text')
        leave(desktop, 'button', 'Copy Everything')
        assert text.startswith('Diorama ') and '-display dbus' in text, text[:1000]


def text_of(node):
    return node.text if safely(lambda: node.role) in ('text', 'text box', 'entry') else None


def check_power(desktop, machine):
    with tap.test('Pause in the menu pauses, and the button in the picture resumes'):
        choose(desktop, 'Power', 'Pause')
        resume = wait_node(desktop, 'button', 'Resume')
        assert not nodes(desktop, 'image', f'Screen of {TITLE}')[0].description != 'Paused'
        desktop.keep('paused', settled=True)
        resume.act()
        wait_gone(desktop, 'button', 'Resume')
        machine.guest.call('ping')
    with tap.test('Restart restarts'):
        before = machine.guest.call('ping')['time']
        choose(desktop, 'Power', 'Restart at Once…')
        machine.guest.wait_event('ready', 60)
        assert machine.guest.call('ping')['time'] < before + 60
    with tap.test('Shut Down is heard by the guest, and the window says that it is off'):
        choose(desktop, 'Power', 'Shut Down')
        wait_node(desktop, 'label', f'{TITLE} Is Off', 30)
        assert not nameless(desktop), nameless(desktop)
        desktop.keep('off', settled=True)
    with tap.test('and starts again by Enter'):
        desktop.wait_for(lambda: focused(desktop) == 'Start Again', 5, 'the focus on Start Again')
        desktop.press('Enter')
        machine.connect()
        wait_gone(desktop, 'button', 'Start Again')
        machine.dismiss_banner()


def check_screenshots(desktop, machine):
    machine.show_noise(7)
    machine.wait_fitting(7, 1)
    size = machine.guest_size()
    expected = noise(*size, 7)
    with tap.test('a screenshot in the Pictures folder has exactly the guest\'s pixels'):
        wait_button(desktop, 'Take Screenshot').act()
        wait_node(desktop, 'label', 'Screenshot saved')
        files = list(Path(desktop.home, 'Pictures').iterdir())
        assert len(files) == 1 and files[0].name.startswith(TITLE) and files[0].suffix == '.png', files
        assert numpy.array_equal(numpy.asarray(Image.open(files[0]).convert('RGB')), expected)
    with tap.test('a copied screenshot is on the clipboard, with exactly the guest\'s pixels'):
        choose(desktop, 'Main Menu', 'Copy Screenshot')
        wait_node(desktop, 'label', 'Screenshot copied')
        got = clipboard(desktop, 'picture').split()
        assert got == [str(size[0]), str(size[1]), hashlib.sha256(expected.tobytes()).hexdigest()], got


def header_is_hidden(picture, seed):
    expected = noise(WIDTH, HEIGHT, seed)
    return numpy.array_equal(picture[HEADER_ROWS], expected[HEADER_ROWS])


def check_fullscreen(desktop, machine):
    focus_picture(desktop)
    desktop.move(WIDTH / 2, HEIGHT / 2)
    with tap.test('Ctrl+Alt+Enter: full screen, with a handle where the header bar went'):
        desktop.press('Ctrl', 'Alt', 'Enter')
        machine.wait_guest_size(WIDTH, HEIGHT)
        wait_node(desktop, 'button', 'Show the Header Bar (Ctrl+Alt)')
        machine.show_noise(8)
        wait_header(desktop, hidden=True)
    with tap.test('the handle goes by itself'):
        wait_gone(desktop, 'button', 'Show the Header Bar (Ctrl+Alt)')
        machine.wait_view(noise(WIDTH, HEIGHT, 8), 'nothing but the guest')
    with tap.test('the pointer at the top edge brings the header bar within a second'):
        start = time.monotonic()
        desktop.move(WIDTH / 2, 0)
        wait_node(desktop, None, 'Main Menu', 5)
        assert time.monotonic() - start < 1.5, 'it took longer'         # half a second of it for looking
        wait_header(desktop, hidden=False)
        desktop.keep('fullscreen-header', settled=True)
    with tap.test('and away from it the header bar goes'):
        desktop.move(WIDTH / 2, HEIGHT / 2)
        wait_header(desktop, hidden=True)
        assert machine.guest_size() == (WIDTH, HEIGHT), machine.guest_size()
    with tap.test('a finger that swipes in from the top edge brings it'):
        desktop.touch_down(0, WIDTH / 2, 3)
        for y in (10, 20, 30, 45, 60):
            desktop.touch_motion(0, WIDTH / 2, y)
        desktop.touch_up(0)
        wait_header(desktop, hidden=False)
    with tap.test('and a tap on the picture sends it away'):
        desktop.touch_down(0, WIDTH / 2, HEIGHT / 2)
        desktop.touch_up(0)
        wait_header(desktop, hidden=True)
    with tap.test('Ctrl+Alt brings it'):
        desktop.press('Ctrl', 'Alt')
        wait_header(desktop, hidden=False)
        desktop.wait_for(lambda: focused(desktop) == 'Main Menu', 5, 'the focus on the menu')
    with tap.test('outside the picture F11 leaves full screen'):
        desktop.press('F11')
        desktop.wait_for(lambda: machine.guest_size()[1] < HEIGHT, 15, 'the end of full screen')


def wait_header(desktop, hidden):
    desktop.wait_picture(lambda picture: header_is_hidden(picture, 8) == hidden, 10,
                         f'the header bar to {"go" if hidden else "come"}')


def check_touch(desktop, machine):
    for name, item in (('Power', 'Shut Down'), ('Send Keys', 'Alt + Tab'), ('Main Menu', 'Troubleshooting')):
        with tap.test(f'a tap on {name} opens its menu, and one on the picture closes it'):
            button = wait_button(desktop, name)
            assert min(button.extents[2:]) >= 34, f'{button.extents} is no target for a finger'
            tap_finger(desktop, button)
            wait_item(desktop, item)
            desktop.touch_down(0, 300, 600)
            desktop.touch_up(0)
            wait_gone(desktop, 'menu item', item)
    with tap.test('a tap on Take Screenshot takes one'):
        before = len(list(Path(desktop.home, 'Pictures').iterdir()))
        tap_finger(desktop, wait_button(desktop, 'Take Screenshot'))
        desktop.wait_for(lambda: len(list(Path(desktop.home, 'Pictures').iterdir())) == before + 1, 10, 'the screenshot')
    with tap.test('a tap on Full Screen goes there'):
        tap_finger(desktop, wait_button(desktop, 'Full Screen'))
        machine.wait_guest_size(WIDTH, HEIGHT)
        machine.actions.activate('fullscreen')
        desktop.wait_for(lambda: machine.guest_size()[1] < HEIGHT, 15, 'the end of full screen')


def check_console(desktop):
    machine = Console(desktop)
    desktop.maximize()
    with tap.guard('the banner'):
        desktop.keep('console', settled=True)
        machine.dismiss_banner()
        machine.show_noise(1)
        machine.wait_fitting(1, 1)
    for check in (check_names, check_keyboard, check_troubleshooting, check_power, check_screenshots, check_touch,
                  check_fullscreen):
        with tap.guard(check.__name__):
            check(desktop, machine)
    with tap.test('the demo closes without a question, and ends with its window'):
        desktop.manage_window('close')
        assert machine.app.wait(15) == 0


# -- closing what runs -------------------------------------------------------------------------------------------------

def check_closing(desktop):
    if not os.path.exists(RESCUE):
        tap.ok(True, 'closing a running machine', f' # SKIP {RESCUE} is not installed')
        return
    app = desktop.launch([program(), '--start', RESCUE], console.environment())
    name = 'grub-rescue-cdrom'
    wait_node(desktop, 'window', name, 20)
    actions = window_actions(app)
    desktop.wait_for(lambda: actions.enabled('pause'), 30, 'the machine')
    with tap.test('closing the window of a running machine asks'):
        desktop.manage_window('close')
        wait_node(desktop, 'button', 'Force Off')
        wait_node(desktop, 'label', f'{name} Is Running')
        desktop.keep('close-asks', settled=True)
    with tap.test('Cancel keeps it'):
        wait_node(desktop, 'button', 'Cancel').act()
        wait_gone(desktop, 'button', 'Cancel')
        assert titles(desktop) == [name] and len(qemus(app)) == 1 and actions.enabled('pause')
    with tap.test('Force Off in the menu asks, and Escape keeps the machine'):
        actions.activate('force-off')
        wait_node(desktop, 'label', f'Force {name} Off?')
        desktop.keep('force-off-asks', settled=True)
        desktop.press('Escape')
        wait_gone(desktop, 'label', f'Force {name} Off?')
        assert len(qemus(app)) == 1
    with tap.test('Restart asks, too'):
        actions.activate('reset')
        wait_node(desktop, 'label', f'Restart {name} at Once?')
        desktop.press('Escape')
        wait_gone(desktop, 'label', f'Restart {name} at Once?')
    with tap.test('Force Off on closing ends the machine, and the application with its last window'):
        desktop.manage_window('close')
        wait_node(desktop, 'button', 'Force Off').act()
        assert app.wait(15) == 0


def check_quitting(desktop):
    disks = [Path(desktop.home, name) for name in ('left.img', 'right.img')]
    for disk in disks:
        disk.write_bytes(BOOT_SECTOR + bytes(1024 * 1024 - 512))
    app = desktop.launch([program(), '--start', *disks], console.environment())
    application = app.actions(APPLICATION_ID)
    desktop.wait_for(lambda: sorted(titles(desktop)) == ['left', 'right'], 20, 'both windows')
    for number in (1, 2):
        actions = window_actions(app, number)
        desktop.wait_for(lambda actions=actions: actions.enabled('pause'), 30, 'both machines')
    with tap.test('quitting with two machines asks once for both'):
        application.activate('quit')
        wait_node(desktop, 'label', '2 Machines Are Running')
        assert len(nodes(desktop, 'button', 'Force Off')) == 1
        desktop.keep('quit-asks', settled=True)
    with tap.test('Cancel keeps both'):
        wait_node(desktop, 'button', 'Cancel').act()
        wait_gone(desktop, 'button', 'Cancel')
        assert sorted(titles(desktop)) == ['left', 'right'] and len(qemus(app)) == 2
    with tap.test('Force Off ends both, and the application'):
        application.activate('quit')
        wait_node(desktop, 'button', 'Force Off').act()
        assert app.wait(15) == 0


# -- other desktops ----------------------------------------------------------------------------------------------------

def check_narrow():
    with Desktop(size=(360, 720), raw_keys=True) as desktop:
        app = desktop.launch([program()], console.environment())
        with tap.test('the library fits 360 pixels'):
            wait_node(desktop, 'window', 'Diorama', 20)
            desktop.manage_window('maximize')
            picture = desktop.wait_settled()
            assert desktop.bounds(picture)[2] == 360, desktop.bounds(picture)
            desktop.keep('narrow-library', settled=True)
        app.stop()
        desktop.wait_for(lambda: not desktop.has_name(APPLICATION_ID), 10, 'the end of the application')
        machine = Console(desktop)
        desktop.manage_window('maximize')
        with tap.test('the guest is as wide as the monitor of 360 pixels, give or take its own limits'):
            desktop.wait_for(lambda: machine.guest_size()[0] <= 368, 15, 'a narrow guest')
            desktop.keep('narrow-console', settled=True)
        machine.dismiss_banner()
        with tap.test('all functions are in the menus of a window of 360 pixels'):
            tap_finger(desktop, wait_button(desktop, 'Main Menu'))
            for item in ('Send Keys', 'Full Screen', 'Fit Guest to Window', 'Take Screenshot', 'Copy Screenshot',
                         'Library', 'Diagnostics', 'Troubleshooting', 'Keyboard Shortcuts', 'About Diorama'):
                node = wait_item(desktop, item)
                x, _, width, _ = node.extents
                assert 0 <= x and x + width <= 360, f'{item} at {node.extents}'
            desktop.keep('narrow-menu', settled=True)
            desktop.press('Escape')
            wait_gone(desktop, 'menu item', 'Troubleshooting')
            tap_finger(desktop, wait_button(desktop, 'Power'))
            wait_item(desktop, 'Force Off…')
            desktop.press('Escape')
            wait_gone(desktop, 'menu item', 'Force Off…')
        with tap.test('dialogs fit, too'):
            machine.actions.activate('troubleshooting')
            wait_node(desktop, 'button', 'Copy Everything')
            desktop.keep('narrow-troubleshooting', settled=True)


def check_variants():
    """That nothing breaks in other guises; the pictures are for people."""
    for name, options in (('dark', {'dark': True}), ('rtl', {'rtl': True}), ('large-text', {'large_text': True}),
                          ('high-contrast', {'high_contrast': True})):
        with tap.test(f'library, menu and a machine\'s question, {name}'), \
                Desktop(size=(960, 720), raw_keys=True, **options) as desktop:
            app = desktop.launch([program()], console.environment())
            wait_node(desktop, 'window', 'Diorama', 20)
            desktop.press('F10')
            wait_item(desktop, 'About Diorama')
            desktop.keep(f'library-{name}', settled=True)
            desktop.press('Escape')
            disk = Path(desktop.home, 'disk.img')
            disk.write_bytes(BOOT_SECTOR + bytes(1024 * 1024 - 512))
            subprocess.run([program(), '--start', disk], env=desktop.env | console.environment(), check=True, timeout=patient(20))
            actions = window_actions(app, 2)
            desktop.wait_for(lambda: safely(lambda: actions.enabled('screenshot')), 30, 'the machine')
            desktop.wait_for(lambda: any(node.name == 'disk' and 'active' in node.states
                                         for node in nodes(desktop, 'window')), 10, 'its window in front')
            desktop.manage_window('close')
            wait_node(desktop, 'button', 'Force Off')
            desktop.keep(f'close-asks-{name}', settled=True)
            wait_node(desktop, 'button', 'Force Off').act()
            desktop.wait_for(lambda: not qemus(app), 10, 'the end of QEMU')
            assert app.output() == '', app.output()


def main():
    if not program().exists():
        tap.skip_all(f'{program()} is not built')
    with Desktop(size=(WIDTH, HEIGHT), raw_keys=True) as desktop:
        Path(desktop.home, '.config/user-dirs.dirs').write_text('XDG_PICTURES_DIR="$HOME/Pictures"\n')
        for check in (check_library, check_console, check_closing, check_quitting):
            with tap.guard(check.__name__):
                check(desktop)
            for app in desktop.apps():
                if app.poll() is None:
                    app.stop()
    for check in (check_narrow, check_variants):
        with tap.guard(check.__name__):
            check()
    tap.finish()


if __name__ == '__main__':
    main()
