#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""USB devices of this computer (made-up ones) in a machine's window: the list and its switches, what is asked when one is
plugged in, what is remembered, what this computer needs."""

import json
import sys
from pathlib import Path

from gi.repository import GLib

sys.path.insert(0, str(Path(__file__).parent))
from usb_devices import CAMERA, KEYBOARD, SERIAL, STICK, UsbDevices     # noqa: E402, I001: first
from console import environment, program, window_actions               # noqa: E402
from harness import Desktop                                            # noqa: E402
from tap import Tap                                                    # noqa: E402

NAMES = {model: f'{model.maker} {model.name}' for model in (STICK, SERIAL, KEYBOARD, CAMERA)}
UUID = '6f2c1c0e-5d0a-4f0e-9c39-64696f72616d'                           # vm/demo.c
tap = Tap()


def find(desktop, role, name):
    """The widget of that name that is on screen, or None."""
    try:
        return next((node for node in desktop.accessible().find_all(role, name) if 'showing' in node.states), None)
    except GLib.Error:
        return None                                                     # one of them went meanwhile


def wait_for(desktop, role, name):
    return desktop.wait_for(lambda: find(desktop, role, name), 15, f'the {role} “{name}”')


def wait_gone(desktop, role, name):
    desktop.wait_for(lambda: not find(desktop, role, name), 15, f'the {role} “{name}” to go')


def press(desktop, name):
    desktop.wait_for(lambda: (button := find(desktop, 'button', name)) and 'sensitive' in button.states, 15,
                     f'the button “{name}”')
    find(desktop, 'button', name).act()


def reads(desktop, words):
    """Whether a label that is on screen says so."""
    try:
        return any(words in node.name and 'showing' in node.states for node in desktop.accessible().find_all('label'))
    except GLib.Error:
        return False


def wait_words(desktop, words):
    desktop.wait_for(lambda: reads(desktop, words), 15, f'“{words}”')


def rules(desktop):
    path = desktop.home / f'.local/state/diorama/usb/{UUID}.json'
    return json.loads(path.read_text()).get('rules', []) if path.exists() else []


def check_list(desktop, actions):
    with tap.test('the list has what is plugged in, by its name, where it is, and what this computer needs of it'):
        actions.activate('usb')
        for model in STICK, KEYBOARD:
            wait_for(desktop, 'switch', NAMES[model])
        wait_words(desktop, 'On this computer')
        wait_words(desktop, 'This computer is used with it')
        wait_words(desktop, 'port 1-2')
        desktop.keep('usb-list')
    with tap.test('what this computer needs is only handed out when somebody insists'):
        find(desktop, 'switch', NAMES[KEYBOARD]).act()
        wait_for(desktop, 'button', 'Connect Anyway')
        desktop.keep('usb-guarded')
        press(desktop, 'Cancel')
        wait_gone(desktop, 'button', 'Connect Anyway')
        actions.activate('usb')
        assert 'checked' not in wait_for(desktop, 'switch', NAMES[KEYBOARD]).states


def check_switch(desktop, devices):
    with tap.test('a switch hands a device to the machine'):
        find(desktop, 'switch', NAMES[STICK]).act()
        wait_words(desktop, 'In “Demonstration”')
        desktop.wait_for(lambda: 'checked' in find(desktop, 'switch', NAMES[STICK]).states, 15, 'the switch')
        assert ' claim 0' in devices.log.read_text(), devices.log.read_text()
        desktop.keep('usb-connected')
    with tap.test('storage is taken back after a warning'):
        find(desktop, 'switch', NAMES[STICK]).act()
        press(desktop, 'Disconnect')
        desktop.wait_for(lambda: ' release 0' in devices.log.read_text(), 15, 'the device')


def check_questions(desktop, devices):
    with tap.test('what is plugged in is asked about, and keys do not answer'):
        serial = devices.plug(SERIAL)
        keep = wait_for(desktop, 'button', 'Keep on This Computer')
        desktop.wait_for(lambda: 'sensitive' in keep.states, 15, 'the card to take answers')
        desktop.keep('usb-question')
        desktop.type('Enter', 'Space')
        assert find(desktop, 'button', 'Keep on This Computer'), 'a key for the machine was an answer'
    with tap.test('the question goes with the device'):
        devices.unplug(serial)
        wait_gone(desktop, 'button', 'Keep on This Computer')
    with tap.test('the keyboard gets there by Ctrl+Alt; “Keep on This Computer” remembers nothing'):
        devices.plug(SERIAL)
        desktop.wait_for(lambda: (button := find(desktop, 'button', 'Keep on This Computer')) and
                         'sensitive' in button.states, 15, 'the question')
        desktop.press('Ctrl', 'Alt')
        desktop.wait_for(lambda: 'focused' in find(desktop, 'button', 'Keep on This Computer').states, 15, 'the focus')
        desktop.type('Enter')
        wait_gone(desktop, 'button', 'Keep on This Computer')
        assert rules(desktop) == [], rules(desktop)
    with tap.test('“Always Connect” is remembered'):
        devices.plug(CAMERA)
        press(desktop, 'Always Connect')
        desktop.wait_for(lambda: [rule['action'] for rule in rules(desktop)] == ['connect'], 15, 'the rule')


with Desktop((1000, 700)) as desktop:
    devices = UsbDevices()
    for model in STICK, KEYBOARD:
        devices.plug(model)
    app = desktop.launch([program(), 'demo'], environment() | devices.environment)
    desktop.wait_window()
    actions = window_actions(desktop, app)
    desktop.maximize()
    # Before, nothing can be connected, and that is what is told.
    desktop.wait_for(lambda: actions.enabled('type-text'), 60, 'the machine to run')
    check_list(desktop, actions)
    check_switch(desktop, devices)
    desktop.type('Escape')
    desktop.click(500, 400)
    check_questions(desktop, devices)
tap.finish()
