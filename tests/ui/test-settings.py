#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""The settings of a machine: used by keyboard alone and read by a screen reader, and what they change is in the file."""

import json
import os
import shutil
import socket
import sys
from pathlib import Path

from gi.repository import GLib

sys.path.insert(0, str(Path(__file__).parent))
import file_dialog                                                     # noqa: E402
import machines                                                        # noqa: E402
from console import build, environment, program, window_actions        # noqa: E402
from harness import Desktop  # noqa: E402
from processes import children                                         # noqa: E402
from tap import Tap                                                    # noqa: E402

PAGES = ('General', 'Processor & Memory', 'Disks', 'Display', 'Sound', 'Network', 'USB', 'Sharing', 'Startup', 'Advanced')
GUEST = Path(os.environ.get('DIORAMA_DEMO_GUEST', ''))
MIB_OF_GUEST = 512
tap = Tap()


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(('127.0.0.1', port)) == 0


class Settings:
    """The dialog, as somebody has it who sees nothing and has no pointer."""

    def __init__(self, desktop, folder):
        self._desktop, self.folder = desktop, folder
        self.dialog = self._stops = None

    def opened(self):
        self.dialog = self._desktop.wait_for(self._find_dialog, 20, 'the settings')
        self._stops = None

    def _find_dialog(self):
        try:
            return next((node for node in self._desktop.accessible().find_all('dialog')
                         if node.name.startswith('Settings')), None)
        except GLib.Error:
            return None

    def definition(self):
        return json.loads((self.folder() / machines.DEFINITION).read_text())

    def wait_saved(self, what, test):
        """What the file says."""
        try:
            self._desktop.wait_for(lambda: test(self.definition()), 10, what)
        except TimeoutError as error:
            raise AssertionError(f'{error}: {self.definition()}') from None

    def wait_machine(self, name, value):
        self.wait_saved(f'{name} {value}', lambda definition: definition['machine'].get(name) == value)

    # -- focus ---------------------------------------------------------------------------------------------------

    def focused(self):
        """What of that which can have the focus has it; None between two."""
        for node in self._stops:
            try:
                if 'focused' in node.states:
                    return node
            except GLib.Error:
                break
        self.look()
        return None

    def _find_stops(self):
        try:
            return [node for node in self.dialog.walk() if {'focusable', 'showing'} <= node.states]
        except GLib.Error:                                              # a widget went meanwhile
            return None

    def look(self):
        """What there is may have changed."""
        self._stops = self._desktop.wait_for(self._find_stops, 5, 'what can have the focus')

    def reach(self, name, role=None, back=False):
        """Tab until it has the focus."""
        self.look()
        seen = []
        for _ in range(60):
            node = self._desktop.wait_for(self.focused, 5, f'a focus, after {seen}')
            seen.append(node.name)
            if node.name == name and (role is None or node.role == role):
                return node
            self._desktop.press(*(['Shift', 'Tab'] if back else ['Tab']))
            self._desktop.wait_for(lambda: (now := self.focused()) and now.path != node.path, 5,      # noqa: B023
                                   f'the focus after {seen}')
        raise AssertionError(f'“{name}” cannot be reached by Tab, only {seen}')

    def go(self, page):
        """By the keyboard, from wherever the focus is."""
        self.look()
        current = next(node for node in self._stops if node.role == 'list item' and node.name in PAGES and
                       'selected' in node.states)
        self.reach(current.name, 'list item', back=True)
        steps = PAGES.index(page) - PAGES.index(current.name)
        for _ in range(abs(steps)):
            self._desktop.press('Down' if steps > 0 else 'Up')
        self._desktop.wait_for(lambda: self.find('group', page), 5, f'the page {page}')
        self._desktop.wait_for(lambda: 'focused' in (self.find('list item', page) or self.dialog).states, 5, 'its focus')

    def choose(self, *keys):
        """In the list of the row that has the focus."""
        self._desktop.press('Enter')
        self._desktop.wait_for(lambda: any(node.role == 'list item' and not node.name and 'focused' in node.states
                                           for node in self._find_stops() or ()), 5, 'the list of choices')
        for key in keys:
            self._desktop.press(key)
        self._desktop.press('Enter')

    def find(self, role, name):
        try:
            return next((node for node in self.dialog.walk()
                         if node.role == role and node.name == name and 'showing' in node.states), None)
        except GLib.Error:
            return None

    def wait(self, role, name):
        return self._desktop.wait_for(lambda: self.find(role, name), 10, f'{role} “{name}”')

    def wait_text(self, text):
        def find():
            try:
                return next((node for node in self.dialog.walk()
                             if node.role == 'label' and text in node.name and 'showing' in node.states), None)
            except GLib.Error:
                return None
        return self._desktop.wait_for(find, 10, text)

    def write(self, text, replace=True):
        names = {' ': 'space', '-': 'minus', '.': 'period', '"': ('Shift', 'apostrophe'), '/': 'slash', '_': ('Shift', 'minus')}
        if replace:
            self._desktop.press('Ctrl', 'a')
        for character in text:
            key = names.get(character, character.lower())
            self._desktop.press(*(['Shift'] if character.isupper() else []), *(key if isinstance(key, tuple) else [key]))


def keep(desktop, name):
    desktop.keep(f'settings-{name}')


# --- a machine that is off ---

def check_general(desktop, settings):
    with tap.test('Ctrl+comma opens the settings of the machine'):
        desktop.press('Ctrl', 'comma')
        settings.opened()
        settings.wait('list item', 'General')
    with tap.test('a name that is none is told in place, and not taken'):
        settings.reach('Name', 'text box')
        settings.write(' ')
        settings.wait_text('A machine needs a name.')
        desktop.press('Enter')
        assert settings.definition()['name'] == 'Debian'
    with tap.test('another name is the machine\'s, its folder\'s, and the error has gone'):
        settings.write('My Box')
        desktop.press('Enter')
        settings.wait_saved('the name', lambda definition: definition['name'] == 'My Box')
        assert not settings.find('label', 'A machine needs a name.')
    with tap.test('notes and group are saved'):
        settings.reach('Group in the Library', 'text box')
        settings.write('work')
        desktop.press('Enter')
        settings.reach('Notes', 'text box')
        settings.write('mine')
        settings.wait_saved('both', lambda definition: (definition.get('group'), definition.get('notes')) == ('work', 'mine'))
        keep(desktop, 'general')


def check_processor(desktop, settings):
    with tap.test('memory is written as people do, and its slider moves it'):
        settings.go('Processor & Memory')
        settings.reach('Memory', 'spin button')
        settings.write('1.5 GB')
        desktop.press('Enter')
        settings.wait_machine('memory', 1536)
        settings.reach('Memory', 'slider')
        desktop.press('Right')
        settings.wait_machine('memory', 1536 + 256)
        settings.wait_text('This computer has')
    with tap.test('what is no amount changes nothing'):
        settings.reach('Memory', 'spin button', back=True)
        settings.write('lots')
        desktop.press('Enter')
        settings.wait_text('“lots” is no amount of memory.')
        keep(desktop, 'processor')
        settings.reach('Help Windows Run Faster')
        desktop.press('space')
        settings.wait_machine('hyperv', True)
        settings.wait_machine('memory', 1536 + 256)


def check_disks(desktop, settings):
    with tap.test('a new disk is made in the machine\'s folder'):
        settings.go('Disks')
        settings.reach('New Disk…')
        desktop.press('Enter')
        desktop.wait_for(lambda: desktop.accessible().find('button', 'Make'), 10, 'the question')
        desktop.press('Enter')
        settings.wait_saved('a disk', lambda definition: len(definition['machine'].get('disks', ())) == 2)
        disk = settings.definition()['machine']['disks'][1]
        assert disk['path'] == 'disk-1.qcow2' and (settings.folder() / 'disk-1.qcow2').stat().st_size > 0
    with tap.test('its size is told, and how it is connected can be chosen'):
        settings.wait_text('64.0\N{NO-BREAK SPACE}GB, takes')
        settings.reach('disk-1.qcow2')
        desktop.press('Enter')
        settings.reach('Connection')
        settings.choose('End')
        settings.wait_saved('another bus', lambda definition: definition['machine']['disks'][1].get('bus') == 'scsi')
        settings.wait_text('For many disks')
        keep(desktop, 'disks')


def check_work(desktop, settings):
    with tap.test('a disk grows, and is compacted'):
        settings.reach('Grow…', 'button')
        desktop.press('Enter')
        desktop.wait_for(lambda: desktop.accessible().find('button', 'Grow'), 10, 'the question')
        desktop.press('Enter')
        settings.wait_text('74.0\N{NO-BREAK SPACE}GB, takes')
        settings.reach('Compact', 'button')
        desktop.press('Enter')
        settings.wait_text('became free on this computer')


def check_removal(desktop, settings):
    with tap.test('a disk that is removed can be had back, and its file is there meanwhile'):
        before = settings.definition()['machine']['disks']
        settings.reach('Remove…')
        desktop.press('Enter')
        desktop.wait_for(lambda: desktop.accessible().find('button', 'Move the File to the Trash'), 10, 'the question').act()
        settings.wait_saved('one disk', lambda definition: len(definition['machine']['disks']) == 1)
        assert (settings.folder() / 'disk-1.qcow2').exists()
        keep(desktop, 'removed')
    with tap.test('another that is removed meanwhile does not end that: each has its own way back'):
        settings.reach('Empty CD Drive', back=True)
        desktop.press('Enter')
        settings.reach('Remove the Drive')
        desktop.press('Enter')
        settings.wait_saved('none', lambda definition: not definition['machine'].get('disks'))
        settings.wait('button', 'Undo').act()
        settings.wait_saved('the disk', lambda definition: definition['machine'].get('disks') == before[1:])
        settings.wait_text('CD drive removed')
        settings.wait('button', 'Undo').act()
        settings.wait_saved('both', lambda definition: definition['machine']['disks'] == before)
        assert (settings.folder() / 'disk-1.qcow2').exists()


def check_switches(desktop, settings):
    with tap.test('display, sound, startup: each switch is reached, and saved'):
        for page, name, member in (('Display', 'Touch Screen', 'touch'), ('Sound', 'Microphone', 'microphone'),
                                   ('Startup', 'Ask at Each Start', 'boot-menu'), ('Startup', 'Security Chip', 'tpm')):
            if not settings.find('group', page):
                settings.go(page)
            settings.reach(name)
            desktop.press('space')
            settings.wait_machine(member, True)
    with tap.test('the order of starting is changed by a button'):
        settings.reach('Move disk-1.qcow2 Up', back=True)
        desktop.press('space')
        settings.wait_saved('the order', lambda definition: definition['machine']['disks'][0].get('path') == 'disk-1.qcow2')
        keep(desktop, 'startup')


def check_firmware(desktop, settings):
    with tap.test('each firmware can be chosen; what it is for is told'):
        settings.reach('Way of Starting', back=True)
        settings.choose('End')
        settings.wait_machine('firmware', 'uefi-secure')
        settings.wait_text('that their makers have signed')
        settings.reach('Way of Starting')
        settings.choose('Home', 'Down')
        settings.wait_machine('firmware', 'uefi')


def check_sharing(desktop, settings):
    folder = desktop.home / 'music'
    folder.mkdir()
    with tap.test('a folder is shared, and the machine is told how to see it'):
        settings.go('Sharing')
        settings.reach('Share a Folder…', 'button')
        desktop.press('Enter')
        file_dialog.choose(desktop, folder, 'Share')
        settings.wait_saved('the folder', lambda definition: definition['machine'].get('shares') ==
                            [{'tag': 'music', 'path': str(folder)}])
        settings.reach('Read Only')
        desktop.press('space')
        settings.wait_saved('that it is read only', lambda definition: definition['machine']['shares'][0].get('read-only'))
        settings.reach('How the Machine Sees It')
        desktop.press('Enter')
        settings.wait_text('mount -t')
        keep(desktop, 'sharing')
        settings.reach('Stop Sharing', 'button')
        desktop.press('Enter')
        settings.wait_saved('none', lambda definition: not definition['machine'].get('shares'))
        assert folder.exists()


def check_networks(desktop, settings):
    with tap.test('a network between machines has a name, and no ports of this computer'):
        settings.go('Network')
        settings.reach('Network', 'combo box')
        settings.choose('Home', 'Down')
        settings.wait_machine('network', 'isolated')
        settings.reach('Name of the Network Between Machines', 'text box')
        settings.write('lab')
        desktop.press('Enter')
        settings.wait_machine('network-name', 'lab')
        keep(desktop, 'isolated')
        assert not settings.find('label', 'Forwarded Ports')
    with tap.test('passt can be chosen where it is installed'):
        settings.reach('Network', 'combo box', back=True)
        settings.choose('End')
        settings.wait_machine('network', 'passt')
        assert not settings.find('text box', 'Name of the Network Between Machines')
        settings.reach('Network', 'combo box', back=True)
        settings.choose('Home')
        settings.wait_saved('NAT', lambda definition: definition['machine'].get('network', 'nat') == 'nat')


def check_network(desktop, settings, taken):
    with tap.test('a port that another program has is told in place, and not taken'):
        settings.reach('Forward Another Port')
        desktop.press('Enter')
        settings.reach('Port of This Computer')
        settings.write(str(taken))
        settings.reach('Forward This Port')
        desktop.press('Enter')
        settings.wait_text(f'Another program uses port {taken}')
        keep(desktop, 'port-taken')
        assert 'forwards' not in settings.definition()['machine']


def check_arguments(desktop, settings):
    with tap.test('arguments are read as a shell reads them, and what is not closed is told'):
        settings.go('Advanced')
        settings.reach('Further Arguments', 'text box')
        settings.write('-name "a b')
        settings.wait_text('A quotation mark is not closed')
        desktop.press('Enter')
        assert 'extra-arguments' not in settings.definition()['machine']
        settings.write('"', replace=False)
        desktop.press('Enter')
        settings.wait_machine('extra-arguments', ['-name', 'a b'])
        settings.write(' ')
        desktop.press('Enter')
        settings.wait_saved('none', lambda definition: not definition['machine'].get('extra-arguments'))


def make_folder(path):
    """In the place of a file, which no program can open to write then."""
    path.unlink(missing_ok=True)
    try:
        path.mkdir()
    except FileExistsError:                                             # the save before has not ended yet
        return False
    return True


def check_unsaved(desktop, settings):
    with tap.test('what cannot be saved is told, kept, and saved when that is possible again'):
        lock = settings.folder() / '.lock'
        desktop.wait_for(lambda: make_folder(lock), 5, 'a folder in the place of the lock')
        try:
            settings.go('Sound')
            settings.reach('Microphone')
            desktop.press('space')
            settings.wait('button', 'Try Again')
            keep(desktop, 'unsaved')
        finally:
            lock.rmdir()
        settings.wait('button', 'Try Again').act()
        settings.wait_saved('no microphone', lambda definition: not definition['machine'].get('microphone'))
        desktop.wait_for(lambda: not settings.find('button', 'Try Again'), 10, 'the end of the message')


def check_foreign(desktop, settings):
    with tap.test('what another program has written meanwhile is not overwritten, and read again when asked for'):
        path = settings.folder() / machines.DEFINITION
        definition = settings.definition()
        definition['machine']['memory'] = 777
        path.write_text('{')                                            # it is being written
        settings.wait_text('definition is damaged')
        finished = path.with_name('finished')
        finished.write_text(json.dumps(definition))
        finished.rename(path)
        desktop.wait_for(lambda: (node := settings.find('switch', 'Sound')) and 'sensitive' in node.states, 10, 'the page')
        assert settings.wait('switch', 'Microphone').states >= {'focused'}, 'the keyboard has lost its place'
        settings.reach('Sound', 'switch')
        desktop.press('space')
        again = settings.wait('button', 'Read Again')
        assert settings.definition() == definition
        again.act()
        desktop.wait_for(lambda: settings.opened() or (node := settings.find('switch', 'Sound')) and
                         'checked' in node.states, 10, 'what the other program wrote')
    with tap.test('what could not be saved as the definition was damaged is told when it is well again'):
        settings.reach('Sound', 'switch')
        desktop.press('space')
        path.write_text('{')
        settings.wait_text('definition is damaged')
        definition['machine']['memory'] = 888
        path.write_text(json.dumps(definition))
        settings.wait('button', 'Read Again')
        assert settings.definition() == definition
        desktop.press('Escape')


def check_newer(desktop, settings):
    with tap.test('settings that a newer Diorama wrote are shown, with the reason why they cannot be changed'):
        desktop.press('Ctrl', 'comma')
        settings.opened()
        settings.wait_text('A newer Diorama wrote these settings')
        keep(desktop, 'newer')
        settings.reach('General', 'list item')
        desktop.press('Tab')                                            # leads nowhere, as nothing on the page takes it
        desktop.press('Down')
        settings.wait('group', 'Processor & Memory')


# --- a machine that runs ---

def qemus(app):
    """Process ids of what it has started."""
    return [pid for pid in children(app.pid) if 'qemu-system' in Path(f'/proc/{pid}/cmdline').read_text().split('\0')[0]]


def has_open(pid, path):
    return any(os.path.realpath(link) == str(path) for link in Path(f'/proc/{pid}/fd').iterdir())


def check_disc(desktop, settings, app, disc):
    with tap.test('a disc is put into a machine that runs'):
        settings.reach('Change…', 'button')
        desktop.press('Enter')
        file_dialog.choose(desktop, disc)
        settings.wait_saved('the disc', lambda definition: definition['machine']['disks'][0].get('path') == str(disc))
        assert has_open(qemus(app)[0], disc)
        keep(desktop, 'disc')
    with tap.test('and taken out; nothing of that needs a restart'):
        settings.reach('Eject', 'button')
        desktop.press('Enter')
        settings.wait_saved('no disc', lambda definition: not definition['machine']['disks'][0].get('path'))
        assert not has_open(qemus(app)[0], disc)
        assert not settings.find('button', 'Restart…')


def find_shown(desktop, role, text):
    """What begins with that; widgets may go meanwhile."""
    try:
        return next((node for node in desktop.accessible().walk()
                     if node.role == role and node.name.startswith(text) and 'showing' in node.states), None)
    except GLib.Error:
        return None


def check_tools(desktop, actions, app):
    disc = build() / 'src/guest-tools/diorama-guest-tools.iso'
    for item, text, inside in (('Insert Guest Tools', 'The guest tools are in the machine’s CD drive', True),
                               ('Take Out Guest Tools', 'Guest tools taken out', False)):
        with tap.test(f'“{item}” is in the window\'s menu, does it, and says so'):
            actions.activate('menu')
            desktop.wait_for(lambda: find_shown(desktop, 'menu item', item), 10, 'the item').act()
            desktop.wait_for(lambda: find_shown(desktop, 'label', text), 20, 'the toast')
            keep(desktop, 'tools')
            assert has_open(qemus(app)[0], disc) == inside
            assert actions.enabled('take-out-tools') == inside and actions.enabled('insert-tools') != inside


def check_forward(desktop, settings):
    port = free_port()
    with tap.test('a forwarded port is open at once, and closed at once'):
        settings.go('Network')
        settings.reach('Forward Another Port')
        desktop.press('Enter')
        settings.reach('Port of This Computer')
        settings.write(str(port))
        settings.reach('Forward This Port')
        desktop.press('Enter')
        settings.wait_saved('the port', lambda definition: any(forward['host-port'] == port for forward in
                                                               definition['machine'].get('forwards', ())))
        assert listens(port) and not settings.find('button', 'Restart…')
        settings.reach(f'Stop Forwarding Port {port}', back=True)
        desktop.press('Enter')
        settings.wait_saved('no port', lambda definition: not definition['machine'].get('forwards'))
        assert not listens(port)


def check_restart(desktop, settings, app):
    with tap.test('what has to wait is counted at the top, named, and there after the restart that is offered'):
        first = qemus(app)[0]
        settings.go('Processor & Memory')
        settings.reach('Memory', 'spin button')
        settings.write('640 MB')
        desktop.press('Enter')
        settings.wait_text('Restart to apply 1 change')
        keep(desktop, 'restart')
        settings.reach('Restart…', back=True)
        desktop.press('Enter')
        question = desktop.wait_for(lambda: desktop.accessible().find('button', 'Restart'), 10, 'the question')
        keep(desktop, 'restart-question')
        question.act()
        desktop.wait_for(lambda: [pid for pid in qemus(app) if pid != first], 60, 'another QEMU')
        assert 'size=640M' in Path(f'/proc/{qemus(app)[0]}/cmdline').read_text().split('\0')
        desktop.wait_for(lambda: not settings.find('button', 'Restart…'), 20, 'that nothing waits')


def newer(desktop):
    shutil.rmtree(desktop.home / 'Diorama', ignore_errors=True)
    folder = machines.make(desktop.home / 'Diorama', 'Future', diorama=99, machine={'memory': 512, 'warp': 9})
    app = desktop.launch([program()], environment())
    wait_library(desktop)
    check_newer(desktop, Settings(desktop, lambda: folder))
    app.stop()
    shutil.rmtree(desktop.home / 'Diorama', ignore_errors=True)


def on(desktop):
    disc = desktop.home / 'disc.iso'
    disc.write_bytes(bytes(1 << 20))
    arguments = (GUEST / 'cmdline').read_text().strip()
    folder = machines.make(desktop.home / 'Diorama', 'Guest', machine={
        'memory': MIB_OF_GUEST, 'kernel': str(GUEST / 'vmlinux'), 'initrd': str(GUEST / 'initramfs'),
        'kernel-arguments': arguments, 'disks': [{'cdrom': True, 'format': 'raw', 'bus': 'sata', 'read-only': True}]})
    app = desktop.launch([program(), folder], environment())
    settings = Settings(desktop, lambda: folder)
    actions = window_actions(desktop, app)
    desktop.wait_for(lambda: actions.enabled('shut-down') and actions.enabled('screenshot'), 60, 'the guest')
    check_tools(desktop, actions, app)
    actions.activate('discs')
    settings.opened()
    check_disc(desktop, settings, app, disc)
    check_forward(desktop, settings)
    check_restart(desktop, settings, app)
    app.stop()


def wait_library(desktop):
    """Until there is something to search."""
    def search():
        try:
            node = desktop.accessible().find('toggle button', 'Search')
            return node and 'showing' in node.states
        except GLib.Error:
            return None
    desktop.wait_for(search, 20, 'the library')


def off(desktop):
    folder = machines.make(desktop.home / 'Diorama', 'Debian', machine={
        'memory': 512, 'disks': [{'cdrom': True, 'format': 'raw', 'bus': 'sata', 'read-only': True}]})
    app = desktop.launch([program()], environment())
    wait_library(desktop)
    settings = Settings(desktop, lambda: next((desktop.home / 'Diorama').glob('*.diorama')))
    with socket.socket() as listener:
        listener.bind(('127.0.0.1', 0))
        listener.listen()
        check_general(desktop, settings)
        check_processor(desktop, settings)
        check_disks(desktop, settings)
        check_work(desktop, settings)
        check_removal(desktop, settings)
        check_switches(desktop, settings)
        check_firmware(desktop, settings)
        check_sharing(desktop, settings)
        check_networks(desktop, settings)
        check_network(desktop, settings, listener.getsockname()[1])
        check_arguments(desktop, settings)
    check_unsaved(desktop, settings)
    check_foreign(desktop, settings)
    app.stop()


if __name__ == '__main__':
    with Desktop((1000, 760)) as desktop:
        off(desktop)
        newer(desktop)
        on(desktop)
    tap.finish()
