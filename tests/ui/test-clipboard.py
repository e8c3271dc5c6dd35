#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""One clipboard: another program of the desktop at one end, a guest's agent at the other, and a console window between.
What is copied on one side is pasted on the other; what the user is asked is done as answered; files arrive."""

import contextlib
import io
import json
import sys
from pathlib import Path

import numpy
from gi.repository import GLib
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent))
from console import environment, noise, program, window_actions        # noqa: E402
from display import Display                                            # noqa: E402
from fake_agent import BMP, PNG, TEXT, FakeAgent                        # noqa: E402
from harness import Desktop                                            # noqa: E402
from tap import Tap                                                    # noqa: E402

UTF8 = 'text/plain;charset=utf-8'
UUID = '00000000-0000-4000-8000-000000000001'                           # of fake_qemu.py's machine
OTHER = """import gi
gi.require_version('Gtk', '4.0')
from gi.repository import Gtk
app = Gtk.Application()
app.connect('activate', lambda app: Gtk.ApplicationWindow(application=app, title='Other').present())
app.run()"""
tap = Tap()


def encoded(picture, kind):
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, kind)
    return stream.getvalue()


def decoded(data):
    return numpy.asarray(Image.open(io.BytesIO(data)).convert('RGB'))


def find(desktop, role, name):
    """The widget of that name that is on screen, or None."""
    try:
        return next((node for node in desktop.accessible().find_all(role, name) if 'showing' in node.states), None)
    except GLib.Error:
        return None                                                     # one of them went meanwhile


def reads(desktop, words):
    """Whether a label says so."""
    try:
        return any(words in node.name for node in desktop.accessible().find_all('label'))
    except GLib.Error:
        return False


def press(desktop, name):
    desktop.wait_for(lambda: (button := find(desktop, 'button', name)) and 'sensitive' in button.states, 10,
                     f'the button “{name}”')
    find(desktop, 'button', name).act()


def check_to_guest(desktop, agent):
    # Mutter itself reads what is copied, to keep it for when its owner goes: who else does is not to be seen.
    with tap.test('what another program copies is offered to the guest'):
        desktop.copy({UTF8: 'Grüße'.encode(), 'text/plain': b'?'})
        desktop.wait_for(lambda: agent.offered == [TEXT], 10, 'an offer')
        agent.ask(TEXT)
        desktop.wait_for(lambda: agent.answers, 10, 'the text')
        assert agent.answers == [(TEXT, 'Grüße'.encode())], agent.answers
    with tap.test('text in an old encoding comes as UTF-8'):
        desktop.copy({'text/plain': 'é'.encode('latin-1')})
        desktop.wait_for(lambda: agent.offered == [TEXT], 10, 'an offer')
        agent.ask(TEXT)
        desktop.wait_for(lambda: agent.answers, 10, 'the text')
        assert agent.answers == [(TEXT, 'é'.encode())], agent.answers
    with tap.test('a picture that guests do not know comes as PNG'):
        picture = noise(64, 48).repeat(1, axis=0) // 128 * 128          # eight colours: a GIF has no more than 256
        desktop.copy({'image/gif': encoded(picture, 'GIF')})
        desktop.wait_for(lambda: agent.offered == [PNG], 10, 'an offer')
        agent.ask(PNG)
        desktop.wait_for(lambda: agent.answers, 10, 'the picture')
        kind, data = agent.answers[0]
        assert kind == PNG and data.startswith(b'\x89PNG'), (kind, data[:20])
        assert numpy.array_equal(decoded(data), picture), 'it is another picture'
    with tap.test('what is no picture is not pasted as one'):
        desktop.copy({'image/gif': b'GIF89a, it says'})
        desktop.wait_for(lambda: agent.offered == [PNG], 10, 'an offer')
        agent.ask(PNG)
        desktop.wait_for(lambda: agent.answers, 10, 'an answer')
        assert [data for _, data in agent.answers] == [b''], agent.answers


def check_to_host(desktop, agent):
    with tap.test('what the guest copies is offered to other programs, and never back to it'):
        agent.copy({TEXT: b'from the guest'})
        desktop.wait_for(lambda: UTF8 in (desktop.copied() or ()), 10, 'an offer')
        assert desktop.paste(UTF8) == b'from the guest'
        assert desktop.paste('text/plain') == b'from the guest'
        assert agent.offered is None, f'the guest was offered its own, as {agent.offered}'
    with tap.test('a picture of a Windows guest is a PNG, too'):
        picture = noise(64, 48)
        agent.copy({BMP: encoded(picture, 'BMP')})
        desktop.wait_for(lambda: 'image/png' in (desktop.copied() or ()), 10, 'an offer')
        assert set(desktop.copied()) == {'image/png', 'image/bmp'}, desktop.copied()
        data = desktop.paste('image/png')
        assert data.startswith(b'\x89PNG') and numpy.array_equal(decoded(data), picture), data[:20]
        assert numpy.array_equal(decoded(desktop.paste('image/bmp')), picture)


def check_waiting(desktop, agent):
    with tap.test('a program that waits long for what the guest has copied is told of, and need not wait on'):
        agent.slow = True
        agent.copy({TEXT: b'much'})
        desktop.wait_for(lambda: agent.requests, 10, 'mutter to read')
        desktop.wait_for(lambda: reads(desktop, 'Still waiting for'), 10, 'the news')
        desktop.keep('clipboard-waiting')
        press(desktop, 'Cancel')
        desktop.wait_for(lambda: not find(desktop, 'button', 'Cancel'), 10, 'the news to go')
        agent.slow = False
        agent.answer()


@contextlib.contextmanager
def another_window(desktop):
    """Of another program; it has the focus meanwhile."""
    def is_active():
        try:
            return any('active' in node.states for role in ('window', 'frame')
                       for node in desktop.accessible().find_all(role) if node.name != 'Other')
        except GLib.Error:
            return None                                                 # one of them went meanwhile
    other = desktop.launch([sys.executable, '-c', OTHER])
    desktop.wait_for(lambda: is_active() is False, 20, 'the other window')
    yield
    other.stop()
    desktop.wait_for(is_active, 10, 'the focus to come back')


def check_absence(desktop, agent):
    def copy_behind(data):
        """In the guest, while another window has the focus; what the guest says comes in order."""
        agent.copy({TEXT: data})
        agent.ask(TEXT)
        desktop.wait_for(lambda: agent.answers, 10, 'an answer')

    def pastes(data):
        try:
            return desktop.paste(UTF8) == data
        except GLib.Error:
            return False                                                # what was copied by this program is still there

    with tap.test('what the guest copies behind the back of its window is there when that has the focus again'):
        agent.copy({TEXT: b'before'})
        desktop.wait_for(lambda: UTF8 in (desktop.copied() or ()) and pastes(b'before'), 10, 'an offer')
        with another_window(desktop):
            copy_behind(b'behind')
        desktop.wait_for(lambda: pastes(b'behind'), 10, 'what was copied behind')
    with tap.test('what was copied here meanwhile is newer'):
        with another_window(desktop):
            copy_behind(b'older')
            desktop.copy({UTF8: b'newer'})
        desktop.wait_for(lambda: agent.offered == [TEXT], 10, 'an offer')
        agent.ask(TEXT)
        desktop.wait_for(lambda: agent.answers == [(TEXT, b'newer')], 10, 'the text')
    with tap.test('what the guest has read already is not offered to it as if it were new'):
        with another_window(desktop):
            copy_behind(b'newest')
        desktop.wait_for(lambda: pastes(b'newest'), 10, 'what was copied last')
        assert agent.offered is None, f'the guest was offered the old one, as {agent.offered}'


def choose_ask(desktop, actions):
    """In the dialog: the second choice."""
    actions.activate('clipboard')
    row = desktop.wait_for(lambda: find(desktop, 'combo box', 'To the Machine'), 10, 'the dialog')
    x, y, width, height = row.extents                                   # the window fills the monitor
    desktop.click(x + width / 2, y + height / 2)
    desktop.wait_for(lambda: find(desktop, 'label', 'Ask'), 10, 'the choices')
    desktop.type('Home', 'Down', 'Enter')
    kept = desktop.home / f'.local/state/diorama/clipboard/{UUID}.json'
    desktop.wait_for(lambda: kept.exists() and json.loads(kept.read_text()).get('to-guest') == 'ask', 10, 'the choice')
    desktop.type('Escape')
    desktop.wait_for(lambda: not find(desktop, 'combo box', 'To the Machine'), 10, 'the dialog to close')


def check_questions(desktop, agent, actions):
    with tap.test('the user chooses to be asked, and is'):
        choose_ask(desktop, actions)
        desktop.copy({UTF8: b'secret'})
        desktop.wait_for(lambda: agent.offered == [TEXT], 10, 'an offer')
        agent.ask(TEXT)
        desktop.wait_for(lambda: find(desktop, 'button', 'Allow'), 10, 'the question')
        desktop.keep('clipboard-question')
        assert agent.answers == [], 'it was read before the user allowed it'
    with tap.test('“Don’t Allow” is a no'):
        press(desktop, 'Don’t Allow')
        desktop.wait_for(lambda: agent.answers, 10, 'the answer')
        assert [data for _, data in agent.answers] == [b''], agent.answers
        desktop.wait_for(lambda: not find(desktop, 'button', 'Allow'), 10, 'the question to go')
    with tap.test('the keyboard gets there by Ctrl+Alt, and “Allow” is a yes'):
        agent.ask(TEXT)
        desktop.wait_for(lambda: (button := find(desktop, 'button', 'Allow')) and 'sensitive' in button.states, 10,
                         'the question')
        desktop.press('Ctrl', 'Alt')
        desktop.wait_for(lambda: 'focused' in find(desktop, 'button', 'Don’t Allow').states, 10, 'the focus')
        desktop.type('Tab', 'Enter')
        desktop.wait_for(lambda: agent.answers, 10, 'the text')
        assert agent.answers == [(TEXT, b'secret')], agent.answers


def check_files(desktop, agent, actions):
    folder = desktop.home / 'some files'
    (folder / 'inside').mkdir(parents=True)
    contents = {'one.txt': b'1', 'empty': b'', 'größer.bin': noise(300, 200).tobytes()}
    for name, data in contents.items():
        (folder / ('inside' if name == 'one.txt' else '.') / name).write_bytes(data)
    with tap.test('copied files and folders are sent'):
        desktop.copy({'text/uri-list': '\r\n'.join([folder.as_uri(), '']).encode()})
        actions.activate('send-copied-files')
        desktop.wait_for(lambda: len(agent.files) == len(contents), 15, 'the files')
        assert agent.files == contents, {name: len(data) for name, data in agent.files.items()}
        desktop.wait_for(lambda: reads(desktop, 'Downloads'), 10, 'the news')
    with tap.test('what takes long is told, and can be stopped'):
        agent.holds = True
        agent.files.clear()
        actions.activate('send-copied-files')
        desktop.wait_for(lambda: find(desktop, 'button', 'Cancel'), 10, 'the progress')
        desktop.keep('clipboard-transfer')
        press(desktop, 'Cancel')
        desktop.wait_for(lambda: not find(desktop, 'button', 'Cancel'), 10, 'the progress to go')
        assert agent.files == {}, agent.files.keys()


def check_without(desktop, display, agent, actions):
    with tap.test('without an agent it is said what to do'):
        display.close_agent()
        agent.close()
        actions.activate('send-files')
        press(desktop, 'Guest Tools…')
        desktop.wait_for(lambda: reads(desktop, 'apt install spice-vdagent'), 10, 'the command')
        desktop.keep('clipboard-guest-tools')


with Desktop((1000, 700)) as desktop:
    display = Display(desktop, agent=True)
    app = desktop.launch([program(), 'attach'], environment())
    display.wait_listener()
    display.scanout(noise(640, 480))
    desktop.wait_window()
    desktop.open_clipboard()
    desktop.wait_for(lambda: display.agent_fd is not None, 10, 'the agent\'s port to be taken')
    agent = FakeAgent(display.agent_fd)
    desktop.wait_for(lambda: agent.ready, 10, 'the agent to be known')
    actions = window_actions(desktop, app)
    desktop.maximize()
    desktop.click(500, 400)
    # In this order: what a guest copies right after it has read the like is taken for what it has read.
    check_to_host(desktop, agent)
    check_waiting(desktop, agent)
    check_absence(desktop, agent)
    check_to_guest(desktop, agent)
    check_questions(desktop, agent, actions)
    check_files(desktop, agent, actions)
    check_without(desktop, display, agent, actions)
    display.close()
tap.finish()
