#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Several screens of one machine, each in a window of its own: plugged in and out, as large as its window, with the
pointer where it is; on one monitor, on two of different scale, after a restart, and of somebody else's QEMU."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy
from gi.repository import GLib

sys.path.insert(0, str(Path(__file__).parent))
from console import APPLICATION_ID, EV_KEY, TITLE, Console, environment, noise, program  # noqa: E402
from harness import BTN_LEFT, Desktop, keep_png                        # noqa: E402
from source import Buffer, Source                                      # noqa: E402
from tap import Tap                                                    # noqa: E402

WIDTH, HEIGHT = 1280, 800
FURTHER = 1920, 1200
NOT_OPENED = 'This screen could not be opened. Try again, or close its window.'
LOST = 'The picture of this screen was lost. Try again, or close its window.'
PATH = '/' + APPLICATION_ID.replace('.', '/')
KEY_A = 30
RUSHES = 10
tap = Tap()


def connectors(console):
    return console.guest.call('state')['connectors']


def sizes(console):
    return [(screen['width'], screen['height']) for screen in connectors(console)]


def wait_sizes(desktop, console, *expected):
    """The guest's screens must come to have these sizes; None is any but none, and what is not named is dark."""
    def fits():
        now = sizes(console)
        wanted = list(expected) + [(0, 0)] * (len(now) - len(expected))
        return all(size == want or want is None and size != (0, 0) for size, want in zip(now, wanted))
    try:
        desktop.wait_for(fits, 20, f'screens of {expected}')
    except TimeoutError as error:
        raise AssertionError(f'{error}; the guest has {sizes(console)}') from None


def titles(desktop):
    found = []
    for node in desktop.accessible().walk():
        try:
            if node.role == 'window' and 'showing' in node.states:
                found.append(node.name)
        except GLib.Error:                                             # it went meanwhile
            pass
    return sorted(found)


def wait_titles(desktop, *expected):
    def same():
        try:
            return titles(desktop) == sorted(expected)
        except GLib.Error:
            return False
    try:
        desktop.wait_for(same, 15, f'windows {expected}')
    except TimeoutError:
        raise AssertionError(f'{titles(desktop)} instead of {sorted(expected)}') from None


def title(number):
    return TITLE if number == 1 else f'{TITLE} — Screen {number}'


def window(console, number):
    return console.app.actions(APPLICATION_ID, f'{PATH}/window/{number}')


def newest_window(desktop, console):
    """The actions of the window that was opened last."""
    from gi.repository import Gio
    xml = desktop.bus.call_sync(APPLICATION_ID, PATH + '/window', 'org.freedesktop.DBus.Introspectable', 'Introspect', None,
                                None, Gio.DBusCallFlags.NONE, 5000, None).unpack()[0]
    numbers = [int(node.path) for node in Gio.DBusNodeInfo.new_for_xml(xml).nodes]
    return max((number for number in numbers if window(console, number).names()), default=None)


def show(console, screen, seed):
    console.guest.call('pattern', name='noise', seed=seed, connector=screen)


def wait_exact(desktop, size, seed, monitor=0):
    def exact():
        seen[:] = [desktop.screenshot(monitor=monitor)]
        return numpy.array_equal(seen[0], expected)
    expected, seen = noise(*size, seed), []
    try:
        desktop.wait_for(exact, 15, f'the exact picture on monitor {monitor + 1}')
    except TimeoutError:
        keep_png(seen[0], f'not-exact-{monitor}')
        raise


def wait_pointer(desktop, console, screen, x, y):
    def there():
        state = console.guest.call('state')
        seen[:] = [state['pointer_screen'], *state['pointer']]
        return seen == [screen, x, y]
    seen = []
    try:
        desktop.wait_for(there, 10, 'the pointer')
    except TimeoutError:
        raise AssertionError(f'the guest has its pointer at {seen} instead of {[screen, x, y]}') from None


# -- one monitor -------------------------------------------------------------------------------------------------------

def check_windows(desktop, console):
    console.dismiss_banner()
    with tap.test('a machine begins with one screen'):
        wait_sizes(desktop, console, None)
        wait_titles(desktop, TITLE)
        assert console.actions.enabled('add-screen')
        assert not console.actions.enabled('use-all-monitors'), 'there is one monitor'
        assert not console.actions.enabled('show-screen-1'), 'there is nothing to choose from'
    with tap.test('Add Screen opens a window, and the guest lights its second output in that window\'s size'):
        console.actions.activate('add-screen')
        wait_titles(desktop, title(1), title(2))
        wait_sizes(desktop, console, None, None)
        second = window(console, newest_window(desktop, console))
        for actions in (console.actions, second):
            assert actions.enabled('show-screen-1') and actions.enabled('show-screen-2')
            assert not actions.enabled('show-screen-3')
    with tap.test('the second window in full screen shows the second output, every pixel exact'):
        second.activate('fullscreen')
        wait_sizes(desktop, console, None, (WIDTH, HEIGHT))
        show(console, 0, 1)
        show(console, 1, 2)
        wait_exact(desktop, (WIDTH, HEIGHT), 2)
    with tap.test('keys go through it'):
        console.listen()
        desktop.press('a')
        console.expect_input({EV_KEY}, [(EV_KEY, KEY_A, 1), (EV_KEY, KEY_A, 0)])
    for x, y in (WIDTH // 2, HEIGHT // 2), (0, 9), (WIDTH - 1, HEIGHT - 1), (777, 123):
        with tap.test(f'the pointer at {x},{y} of it is there on the second output'):
            desktop.move(x, y)
            wait_pointer(desktop, console, 1, x, y)
    with tap.test('a click arrives after the motion before it'):
        console.listen()
        desktop.move(400, 300)
        desktop.button_down(BTN_LEFT)
        desktop.button_up(BTN_LEFT)
        console.expect_input({EV_KEY}, [(EV_KEY, BTN_LEFT, 1), (EV_KEY, BTN_LEFT, 0)])
        wait_pointer(desktop, console, 1, 400, 300)
    with tap.test('so does the wheel'):
        console.listen()
        desktop.wheel(3)
        console.expect_notches(-3)
    with tap.test('its screenshot is of the second output'):
        second.activate('screenshot')
        from PIL import Image
        file = desktop.wait_for(lambda: next(Path(desktop.home).rglob('*.png'), None), 10, 'the screenshot')
        desktop.wait_for(lambda: readable(file), 10, 'the whole screenshot')
        assert numpy.array_equal(numpy.asarray(Image.open(file).convert('RGB')), noise(WIDTH, HEIGHT, 2))
    with tap.test('Screen 1 in the menu brings the first window to the front'):
        second.activate('fullscreen')
        desktop.wait_for(lambda: sizes(console)[1] != (WIDTH, HEIGHT), 10, 'a smaller second screen')
        console.actions.activate('show-screen-1')
        console.actions.activate('fullscreen')
        wait_exact(desktop, (WIDTH, HEIGHT), 1)
        desktop.move(500, 400)
        wait_pointer(desktop, console, 0, 500, 400)
    return second


def readable(file):
    from PIL import Image
    try:
        Image.open(file).load()
        return True
    except OSError:
        return False


def check_unplug(desktop, console, second):
    with tap.test('four screens are the most, and the menu then says why there is no other'):
        console.actions.activate('fullscreen')
        console.actions.activate('add-screen')
        console.actions.activate('add-screen')
        wait_titles(desktop, *map(title, (1, 2, 3, 4)))
        wait_sizes(desktop, console, None, None, None, None)
        assert not console.actions.enabled('add-screen')
        assert 'all-screens-open' in console.actions.names() and 'one-screen-only' not in console.actions.names()
    with tap.test('closing a window unplugs its screen, without a question, and no other'):
        second.activate('show-screen-2')
        desktop.wait_for(lambda: is_active(desktop, title(2)), 10, 'the second window')
        desktop.manage_window('close')
        wait_titles(desktop, *map(title, (1, 3, 4)))
        desktop.wait_for(lambda: [screen['connected'] for screen in connectors(console)] == [True, False, True, True], 10,
                         'the guest to see it')
        wait_sizes(desktop, console, None, (0, 0), None, None)
        assert 'all-screens-open' not in console.actions.names()
    with tap.test('Add Screen plugs the lowest one in again'):
        console.actions.activate('add-screen')
        wait_titles(desktop, *map(title, (1, 2, 3, 4)))
        wait_sizes(desktop, console, None, None, None, None)
    for number in (3, 4):
        with tap.test(f'screen {number} is unplugged as well'):
            console.actions.activate(f'show-screen-{number}')
            desktop.wait_for(lambda: is_active(desktop, title(number)), 10, 'its window')
            desktop.manage_window('close')
            wait_titles(desktop, *map(title, (1, 2, 4) if number == 3 else (1, 2)))


def is_active(desktop, name):
    try:
        return any(node.role == 'window' and node.name == name and 'active' in node.states
                   for node in desktop.accessible().walk())
    except GLib.Error:
        return False


def check_end(desktop, console):
    with tap.test('when the machine ends, the window of the second screen goes and the first tells of it'):
        console.actions.activate('force-off')
        wait_titles(desktop, TITLE)
        desktop.wait_for(lambda: console.actions.enabled('start'), 10, 'the end of the machine')
        assert not console.actions.enabled('add-screen')
    with tap.test('when it starts again, both are there again'):
        console.actions.activate('start')
        console.connect()
        console.dismiss_banner()
        wait_titles(desktop, title(1), title(2))
        wait_sizes(desktop, console, None, None)
    with tap.test('closing the first window closes both, and Diorama ends'):
        console.actions.activate('show-screen-1')
        desktop.wait_for(lambda: is_active(desktop, TITLE), 10, 'the first window')
        desktop.manage_window('close')
        assert console.app.wait(15) == 0, console.app.tail()
    with tap.test('what was open is kept in one file of the user\'s'):
        files = list(Path(desktop.home).rglob('diorama/screens/*.json'))
        assert len(files) == 1, files
        kept = json.loads(files[0].read_text())
        assert kept['version'] == 1, kept
        assert [entry['number'] for entry in kept['screens'] if entry['open']] == [0, 1], kept
    return files[0]


def check_restart(desktop, file):
    with tap.test('the next start opens both again'):
        console = Console(desktop)
        wait_titles(desktop, title(1), title(2))
        wait_sizes(desktop, console, None, None)
    with tap.test('a second screen that was closed is not there the next time'):
        console.actions.activate('show-screen-2')
        desktop.wait_for(lambda: is_active(desktop, title(2)), 10, 'the second window')
        desktop.manage_window('close')
        wait_titles(desktop, TITLE)
        wait_sizes(desktop, console, None)
        desktop.wait_for(lambda: is_active(desktop, TITLE), 10, 'the first window')
        desktop.manage_window('close')
        assert console.app.wait(15) == 0, console.app.tail()
        assert [entry['number'] for entry in json.loads(file.read_text())['screens'] if entry['open']] == [0]
    with tap.test('a damaged file does no harm'):
        file.write_text('{"version":1,"screens":[{"number":0,"open"')
        console = Console(desktop)
        wait_titles(desktop, TITLE)
        desktop.wait_for(lambda: is_active(desktop, TITLE), 10, 'the window')
        desktop.manage_window('close')
        assert console.app.wait(15) == 0, console.app.tail()


# -- two monitors ------------------------------------------------------------------------------------------------------

def check_monitors(desktop, console):
    with tap.test('Use All Monitors fills two monitors of different scale, every pixel exact on both'):
        assert console.actions.enabled('use-all-monitors')
        console.actions.change_state('use-all-monitors', GLib.Variant('b', True))
        wait_sizes(desktop, console, (WIDTH, HEIGHT), FURTHER)
        show(console, 0, 1)
        show(console, 1, 2)
        wait_exact(desktop, (WIDTH, HEIGHT), 1, 0)
        wait_exact(desktop, FURTHER, 2, 1)
    for screen, x, y in (1, 0, 9), (1, 1919, 1199), (0, 1279, 799), (1, 1001, 3), (0, 0, 799), (0, 333, 222):
        with tap.test(f'the pointer at {x},{y} of monitor {screen + 1} is there in the guest'):
            desktop.move(x, y, screen)
            wait_pointer(desktop, console, screen, x, y)
    with tap.test('the pointer is where it has rushed to, not where the window that it left had yet to tell'):
        for turn in range(RUSHES):
            for step in range(5):
                desktop.move(900 + 20 * step, 600 + turn, 1, wait=False)
            desktop.move(300 + turn, 200, 0)
            wait_pointer(desktop, console, 0, 300 + turn, 200)
            desktop.wait_settled()                                      # frames later
            state = console.guest.call('state')
            assert state['pointer_screen'] == 0, state['pointer']
    with tap.test('a monitor whose scale changes keeps its pixels exact'):
        desktop.arrange(1.25, 1)
        wait_sizes(desktop, console, (WIDTH, HEIGHT), FURTHER)
        wait_exact(desktop, (WIDTH, HEIGHT), 1, 0)
        wait_exact(desktop, FURTHER, 2, 1)
    with tap.test('when a monitor goes, its screen goes, and the machine has its window back'):
        desktop.arrange(1, None)
        wait_titles(desktop, TITLE)
        wait_sizes(desktop, console, None)
        desktop.wait_for(lambda: not console.actions.state('use-all-monitors'), 10, 'the end of it')
        assert not console.actions.enabled('use-all-monitors')
    with tap.test('when it comes back, it can be used again, and leaving full screen on one leaves it on both'):
        desktop.arrange(1, 1.5)
        desktop.wait_for(lambda: console.actions.enabled('use-all-monitors'), 10, 'the second monitor')
        console.actions.change_state('use-all-monitors', GLib.Variant('b', True))
        wait_sizes(desktop, console, (WIDTH, HEIGHT), FURTHER)
        console.actions.activate('fullscreen')
        wait_titles(desktop, TITLE)
        wait_sizes(desktop, console, None)
        assert not console.actions.state('use-all-monitors')


def check_monitor_is_kept(desktop, console):
    with tap.test('the monitor that a screen filled is kept'):
        console.actions.activate('add-screen')
        wait_sizes(desktop, console, None, None)
        console.actions.change_state('use-all-monitors', GLib.Variant('b', True))
        wait_sizes(desktop, console, (WIDTH, HEIGHT), FURTHER)
        console.actions.change_state('use-all-monitors', GLib.Variant('b', False))
        wait_titles(desktop, title(1), title(2))
        desktop.wait_for(lambda: (WIDTH, HEIGHT) not in sizes(console) and FURTHER not in sizes(console), 10, 'windows')


# -- somebody else's QEMU ----------------------------------------------------------------------------------------------

def check_attach(desktop):
    """A QEMU of the distribution's on the session bus, whose guest has three outputs, two of them lit."""
    qemu, guest = shutil.which('qemu-system-x86_64'), guest_folder()
    log = Path(desktop.runtime, 'attached.log')
    command = [qemu, '-accel', 'tcg,thread=multi', '-machine', 'q35', '-cpu', 'max', '-m', '256', '-nodefaults', '-name',
               'Elsewhere', '-display', 'dbus', '-device', 'virtio-vga,max_outputs=3', '-device', 'virtio-tablet-pci', '-device',
               'virtio-serial-pci', '-chardev', f'socket,id=control,path={desktop.runtime}/control,server=on,wait=off',
               '-device', 'virtserialport,chardev=control,name=app.diorama.guest', '-kernel', str(guest / 'vmlinux'),
               '-initrd', str(guest / 'initramfs'), '-append', (guest / 'cmdline').read_text()]
    with log.open('w') as output:
        process = subprocess.Popen(command, env={**os.environ, **desktop.env}, stdin=subprocess.DEVNULL, stdout=output,
                                   stderr=subprocess.STDOUT)
    try:
        attach(desktop)
    finally:
        process.kill()
        process.wait()


def guest_folder():
    """The guest that the application itself uses."""
    if folder := os.environ.get('DIORAMA_DEMO_GUEST'):
        return Path(folder)
    options = json.loads(subprocess.run(['meson', 'introspect', '--buildoptions', os.environ['DIORAMA_TEST_BUILD']],
                                        stdout=subprocess.PIPE, check=True).stdout)
    return Path(next(option['value'] for option in options if option['name'] == 'demo_guest'))


def attach(desktop):
    desktop.wait_for(lambda: desktop.has_name('org.qemu'), 20, 'QEMU on the bus')
    plug(desktop, 2, 700, 500)
    with tap.test('attached, each screen that the guest uses has a window, the one that it does not has none'):
        app = desktop.launch([program(), 'attach'], environment())
        wait_titles(desktop, 'Elsewhere', 'Elsewhere — Screen 3')
    with tap.test('a screen that it comes to use gets a window then'):
        plug(desktop, 1, 600, 400)
        wait_titles(desktop, 'Elsewhere', 'Elsewhere — Screen 2', 'Elsewhere — Screen 3')
    app.stop()


def check_broken(desktop):
    source = Source(desktop.bus, broken=True)
    app = desktop.launch([program(), 'attach'], environment() | {'DIORAMA_DEBUG': 'dbus'})
    source.wait_listener(desktop.wait_for)
    buffer = Buffer(640, 400)
    buffer.draw(noise(640, 400, 5))
    source.scanout(buffer)
    source.update((0, 0, 640, 400))
    wait_titles(desktop, 'Source')
    with tap.test('a screen that cannot be opened: its window says so, and the others go on'):
        app.actions(APPLICATION_ID, f'{PATH}/window/1').activate('add-screen')
        wait_titles(desktop, 'Source', 'Source — Screen 2')
        desktop.wait_for(lambda: desktop.accessible().find_all('label', NOT_OPENED), 10, 'the message')
        assert not desktop.accessible().find_all('label', 'Source Is Not Connected')
        source.update((0, 0, 640, 400))
    with tap.test('it can be tried again'):
        source.refuses = False
        try_again(desktop, NOT_OPENED)
        desktop.wait_for(lambda: app.output().count('screen 2 is open') == 1, 10, 'the second screen')
    with tap.test('one that is lost is opened again by itself, once; then its window says so; and the others go on'):
        source.drop_listener(1)
        desktop.wait_for(lambda: app.output().count('screen 2 is open') == 2, 10, 'the second screen, again')
        assert not showing(desktop, 'label', LOST)
        source.drop_listener(1)
        desktop.wait_for(lambda: showing(desktop, 'label', LOST), 10, 'the message')
        assert not desktop.accessible().find_all('label', 'Source Is Not Connected')
        source.update((0, 0, 640, 400))
        try_again(desktop, LOST)
        desktop.wait_for(lambda: app.output().count('screen 2 is open') == 3, 10, 'the second screen, by the user')
        source.update((0, 0, 640, 400))
        assert not desktop.accessible().find_all('label', 'Source Is Not Connected')
    app.stop()
    source.close()


def showing(desktop, role, name):
    return next((node for node in desktop.accessible().find_all(role, name) if 'showing' in node.states), None)


def try_again(desktop, message):
    showing(desktop, 'button', 'Try Again').act()
    desktop.wait_for(lambda: not showing(desktop, 'label', message), 10, 'the message to go')


def plug(desktop, console, width, height):
    from gi.repository import Gio
    desktop.bus.call_sync('org.qemu', f'/org/qemu/Display1/Console_{console}', 'org.qemu.Display1.Console', 'SetUIInfo',
                          GLib.Variant('(qqiiuu)', (0, 0, 0, 0, width, height)), None, Gio.DBusCallFlags.NONE, 5000, None)


def main():
    if not program().exists():
        tap.skip_all(f'{program()} is not built')
    with Desktop(size=(WIDTH, HEIGHT), raw_keys=True) as desktop:
        console = Console(desktop)
        with tap.guard('one monitor'):
            second = check_windows(desktop, console)
            check_unplug(desktop, console, second)
            file = check_end(desktop, console)
            check_restart(desktop, file)
    with Desktop(size=(WIDTH, HEIGHT), further=[FURTHER], raw_keys=True) as desktop:
        desktop.arrange(1, 1.5)
        desktop.move(10, 10)                                           # where mutter puts windows
        console = Console(desktop)
        with tap.guard('two monitors'):
            check_monitors(desktop, console)
            check_monitor_is_kept(desktop, console)
    with Desktop(size=(WIDTH, HEIGHT)) as desktop:
        with tap.guard('attached'):
            check_attach(desktop)
        with tap.guard('broken'):
            check_broken(desktop)
    tap.finish()


if __name__ == '__main__':
    main()
