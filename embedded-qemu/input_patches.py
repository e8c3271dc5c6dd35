# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Proves those of our patches that are about input, for test-patches: each report of each device, as Linux gives it to the
programs of the guest."""

import random

from gi.repository import GLib

from display_client import INPUT, LIMIT, Display, wait_for
from machine import Machine

START_LIMIT = 60            # seconds that a boot may take on a machine that is busy with other things
BEGIN, UPDATE, END, CANCEL = range(4)                                  # of a touch, QAPI's InputMultiTouchType
LEFT, WHEEL_UP, WHEEL_DOWN, SIDE, EXTRA, WHEEL_LEFT, WHEEL_RIGHT = 0, 3, 4, 5, 6, 7, 8    # QAPI's InputButton
EV_KEY, EV_REL, EV_ABS = 1, 2, 3
REL_HWHEEL, REL_WHEEL, REL_WHEEL_HI_RES, REL_HWHEEL_HI_RES = 6, 8, 11, 12
BTN_LEFT, BTN_SIDE, BTN_EXTRA, BTN_TOUCH = 0x110, 0x113, 0x114, 0x14a
ABS_MT_SLOT, ABS_MT_POSITION_X, ABS_MT_POSITION_Y, ABS_MT_TRACKING_ID = 0x2f, 0x35, 0x36, 0x39
SYN = [0, 0, 0]
TABLET, MOUSE, PANEL = 'QEMU Virtio Tablet', 'QEMU Virtio Mouse', 'QEMU Virtio MultiTouch'
USB_TABLET = 'QEMU QEMU USB Tablet'
KEYBOARD = 'virtio-keyboard-pci'
P2P = ['-display', 'dbus,p2p=on']
FINGERS = 10


def wait_started(machine):
    machine.guest.call('ping', timeout=START_LIMIT)
    machine.guest.call('input', report=True)


def next_report(machine, device):
    """The events of the device's oldest report that was not looked at yet; fails if none comes."""
    try:
        return machine.guest.wait_event('input', LIMIT, lambda report: report['device'] == device)['events']
    except TimeoutError:
        raise AssertionError(f'no report of {device} within {LIMIT} s') from None


def report_with(machine, kind, code, value=None):
    """The oldest report of the guest's that has such an event, as (device, value); fails if none comes."""
    def values(report):
        return [event[2] for event in report['events'] if event[:2] == [kind, code] and value in (None, event[2])]
    try:
        report = machine.guest.wait_event('input', LIMIT, values)
    except TimeoutError:
        raise AssertionError(f'no event of type {kind}, code {code:#x}, value {value} within {LIMIT} s') from None
    return report['device'], values(report)[0]


def refused(act, *arguments):
    try:
        act(*arguments)
    except GLib.Error:
        return True
    return False


class Panel:
    """What a program of the guest knows of the fingers, if it has seen each report since the start: `fingers`, slot to
    position, whether BTN_TOUCH is `pressed`, and the last `report`."""

    def __init__(self, machine, width=1280, height=800):
        self._machine, self._size, self._slot, self._places = machine, (width, height), 0, [(0, 0)] * FINGERS
        self._down, self.pressed, self.report = set(), 0, []

    @property
    def fingers(self):
        return {slot: self._places[slot] for slot in self._down}

    def at(self, x, y):
        """The panel's numbers of a pixel."""
        return x * 0x7fff // self._size[0], y * 0x7fff // self._size[1]

    def read(self):
        """Takes one report; returns what is known then."""
        self.report = next_report(self._machine, PANEL)
        for kind, code, value in self.report:
            if (kind, code) == (EV_KEY, BTN_TOUCH):
                self.pressed = value
            elif (kind, code) == (EV_ABS, ABS_MT_SLOT):
                self._slot = value
            elif (kind, code) == (EV_ABS, ABS_MT_TRACKING_ID) and value < 0:
                self._down.remove(self._slot)
            elif (kind, code) == (EV_ABS, ABS_MT_TRACKING_ID):
                assert self._slot not in self._down, f'a second finger in slot {self._slot}'
                self._down.add(self._slot)
            elif kind == EV_ABS:
                x, y = self._places[self._slot]
                self._places[self._slot] = (value, y) if code == ABS_MT_POSITION_X else (x, value)
        assert bool(self.pressed) == bool(self.fingers), f'BTN_TOUCH is {self.pressed} with fingers {self.fingers}'
        return self.fingers


def test_cancel(machine, display):
    try:
        display.touch(BEGIN, 0)
        assert report_with(machine, EV_ABS, ABS_MT_TRACKING_ID)[1] >= 0
        display.touch(CANCEL, 0)
        report_with(machine, EV_ABS, ABS_MT_TRACKING_ID, -1)
        assert machine.guest.call('state')['touches'] == []
    finally:
        display.touch(END, 0)                                          # for the next test; does nothing after the cancel


def test_click(machine, display):
    machine.guest.events.clear()
    for act, value in (display.press, 1), (display.release, 0):
        act(LEFT)
        device, _ = report_with(machine, EV_KEY, BTN_LEFT, value)
        assert device == TABLET, f'the click went to {device}'


def test_finger(machine, display):
    def of_touch():
        return [event for report in machine.guest.events for event in report['events'] if event[:2] == [EV_KEY, BTN_TOUCH]]
    machine.guest.events.clear()
    display.touch(BEGIN, 0)
    device, _ = report_with(machine, EV_KEY, BTN_TOUCH, 1)
    assert device == PANEL, device
    display.touch(BEGIN, 1, 300, 300)
    report_with(machine, EV_ABS, ABS_MT_SLOT, 1)
    display.touch(END, 0)
    report_with(machine, EV_ABS, ABS_MT_TRACKING_ID, -1)
    assert of_touch() == [], 'the second finger of two is taken for the only one'
    display.touch(END, 1, 300, 300)
    device, _ = report_with(machine, EV_KEY, BTN_TOUCH, 0)
    assert device == PANEL, device


def check_report(machine, device, expected):
    """That the device's next report is exactly this."""
    report = next_report(machine, device)
    assert report == [*map(list, expected), SYN], f'{report}, not {expected}'


def test_parts_of_clicks(machine, display, device):
    """The rest of a click is kept for each wheel, and a full one comes with the turn that fills it."""
    down, right, fine_down, fine_right = ((EV_REL, code) for code in (REL_WHEEL, REL_HWHEEL, REL_WHEEL_HI_RES,
                                                                      REL_HWHEEL_HI_RES))
    turns = [((30, 0), (*fine_down, -30)),
             ((89, 0), (*fine_down, -89)),
             ((1, 0), (*down, -1), (*fine_down, -1)),
             ((0, 119), (*fine_right, 119)),
             ((0, -119), (*fine_right, -119)),
             ((0, -120), (*right, -1), (*fine_right, -120)),
             ((-100, 0), (*fine_down, 100)),
             ((-150, 7), (*down, 2), (*fine_down, 150), (*fine_right, 7)),
             ((10, -7), (*fine_down, -10), (*fine_right, -7)),
             ((3840, -3840), (*down, -32), (*fine_down, -3840), (*right, -32), (*fine_right, -3840))]
    machine.guest.events.clear()
    for turn, *expected in turns:
        display.scroll(*turn)
        check_report(machine, device, expected)
    display.scroll(0, 0)
    for turn in (3841, 0), (0, -3841), (-1 << 31, 0), (0, (1 << 31) - 1):
        assert refused(display.scroll, *turn), f'{turn} is taken'
    display.scroll(0, 1)
    check_report(machine, device, [(*fine_right, 1)])


def test_clicks(machine, display, device):
    """Clicks are whole ones on both axes, whatever was turned before."""
    machine.guest.events.clear()
    display.scroll(-60, 60)
    next_report(machine, device)
    clicks = [(WHEEL_UP, REL_WHEEL, REL_WHEEL_HI_RES, 1), (WHEEL_DOWN, REL_WHEEL, REL_WHEEL_HI_RES, -1),
              (WHEEL_LEFT, REL_HWHEEL, REL_HWHEEL_HI_RES, -1), (WHEEL_RIGHT, REL_HWHEEL, REL_HWHEEL_HI_RES, 1)]
    for button, code, fine, sign in clicks:
        display.press(button)
        display.release(button)
        check_report(machine, device, [(EV_REL, code, sign), (EV_REL, fine, 120 * sign)])


def test_unknown_buttons(display):
    for button in 9, 10, 1000, 0xffffffff:
        assert refused(display.press, button) and refused(display.release, button), f'button {button} is taken'
    display.press(LEFT)                                                # the machine lives
    display.release(LEFT)


def test_coarse_wheels(machine, display):
    """A device that knows whole clicks only gets these."""
    def turned():
        """What the next report says of wheels."""
        return {code: value for kind, code, value in next_report(machine, USB_TABLET) if kind == EV_REL}
    machine.guest.events.clear()
    display.scroll(60, 100)
    display.scroll(59, 0)
    display.scroll(1, 0)
    assert turned() == {REL_WHEEL: -1, REL_WHEEL_HI_RES: -120}
    display.scroll(0, 20)
    assert turned() == {REL_HWHEEL: 1, REL_HWHEEL_HI_RES: 120}
    display.press(WHEEL_LEFT)
    display.release(WHEEL_LEFT)
    assert turned() == {REL_HWHEEL: -1, REL_HWHEEL_HI_RES: -120}


def test_usb_buttons(machine, display):
    wait_for(lambda: any('USB Tablet' in name for name in machine.guest.call('hello')['inputs']), 'the tablet', START_LIMIT)
    for button, code in (LEFT, BTN_LEFT), (SIDE, BTN_SIDE), (EXTRA, BTN_EXTRA):
        display.press(button)
        device, _ = report_with(machine, EV_KEY, code, 1)
        display.release(button)
        report_with(machine, EV_KEY, code, 0)
        assert 'USB Tablet' in device, device


def test_one_finger(display, panel):
    """Begin, update and end are a report each, which has what changed and nothing else."""
    def place(x, y):
        return [(EV_ABS, ABS_MT_POSITION_X, panel.at(x, y)[0]), (EV_ABS, ABS_MT_POSITION_Y, panel.at(x, y)[1])]
    begin = (EV_ABS, ABS_MT_SLOT, 3), (EV_ABS, ABS_MT_TRACKING_ID, 3), (EV_KEY, BTN_TOUCH, 1)
    end = (EV_ABS, ABS_MT_TRACKING_ID, -1), (EV_KEY, BTN_TOUCH, 0)
    for kind, x, y, *expected in ((BEGIN, 640, 400, *begin, *place(640, 400)), (UPDATE, 650.9, 410, *place(650, 410)),
                                  (UPDATE, 650, 411, place(650, 411)[1]), (END, 0, 0, *end)):
        display.touch(kind, 3, x, y)
        panel.read()
        assert panel.report == [*map(list, expected), SYN], panel.report
    infinite = float('inf')
    for slot, x, y, *expected in (0, -1e300, 1e300, 0, 799), (9, 1280, -1, 1279, 0), (1, infinite, -infinite, 1279, 0):
        display.touch(BEGIN, slot, x, y)
        assert panel.read() == {slot: panel.at(*expected)}, f'{x}, {y} is {panel.fingers}'
        display.touch(END, slot)
        assert panel.read() == {}


def test_odd_touches(display, panel):
    """None leaves a finger behind or takes one away."""
    for slot in 10, 11, 1 << 32, (1 << 64) - 1:
        assert refused(display.touch, BEGIN, slot), f'slot {slot} is taken'
    assert refused(display.touch, 4, 0) and refused(display.touch, BEGIN, 0, float('nan'), 5)
    for kind in UPDATE, END, CANCEL:
        display.touch(kind, 5, 10, 10)                                 # of no finger
    display.touch(BEGIN, 2, 100, 100)
    assert panel.read() == {2: panel.at(100, 100)}
    display.touch(UPDATE, 5, 10, 10)
    display.touch(END, 5, 10, 10)
    display.touch(BEGIN, 2, 500, 500)                                  # its end was lost
    assert panel.read() == {}
    assert panel.read() == {2: panel.at(500, 500)}
    display.touch(END, 2)
    display.touch(END, 2)
    display.touch(CANCEL, 2)
    assert panel.read() == {}
    display.touch(BEGIN, 0)
    assert panel.read() == {0: panel.at(100, 100)}
    display.touch(CANCEL, 0)
    assert panel.read() == {}


def test_all_fingers(machine, display, panel, rounds):
    """Ten of them, mixed, as fast as it goes: each change arrives, one after another.

    A round is four times what the device takes at once, and less than the 512 events that Linux keeps for a program: what comes
    before the guest's program had its turn would replace all of them by SYN_DROPPED."""
    chance, expected, now = random.Random(4), [], {}

    def touch(kind, slot, x, y):
        display.touch_at_once(kind, slot, x, y)
        now[slot] = panel.at(x, y)
        if kind == END:
            del now[slot]
        expected.append(dict(now))
    for step in range(rounds):
        for slot in chance.sample(range(FINGERS), FINGERS):
            touch(BEGIN, slot, 100 * slot + step % 2, 50)
        for _ in range(3 * FINGERS):
            slot = chance.randrange(FINGERS)
            touch(UPDATE, slot, 100 * slot + step % 2, 60 + len(expected) % 600)
        for slot in chance.sample(range(FINGERS), FINGERS):
            touch(END, slot, 0, 0)
        for number, fingers in enumerate(expected):
            told = panel.read()
            assert told == fingers, f'touch {number} of round {step}: {told}, not {fingers}'
        expected.clear()
    assert machine.guest.call('state')['touches'] == []


def touch_machine(directory, *options):
    return Machine(directory, inputs=[KEYBOARD, 'virtio-multitouch-pci'], extra=[*P2P, *options])


def test_touch_ready(directory):
    """False before the firmware, until the driver; again from a reset on, and when the guest starts anew."""
    with touch_machine(directory, '-S') as machine:
        display = Display(machine)
        assert INPUT in display.get('org.qemu.Display1.Console', 'Interfaces')
        told, expected = display.watch(INPUT, 'TouchReady'), []
        assert display.get(INPUT, 'TouchReady') is False

        def check(*values):
            expected.extend(values)
            wait_for(lambda: len(told) >= len(expected), lambda: f'{told}, not {expected}', START_LIMIT)
            wait_started(machine)
            assert told == expected and display.get(INPUT, 'TouchReady') is expected[-1], f'{told}, not {expected}'
        machine.qmp.call('cont')
        check(True)
        machine.qmp.call('system_reset')
        check(False, True)
        machine.guest.call('reboot')
        check(False, True)
        panel = Panel(machine)
        display.touch(BEGIN, 0)
        assert panel.read(), 'no finger arrives'


def test_touch_resumed(directory):
    """The driver of a saved machine listens, and no driver starts."""
    with touch_machine(directory) as machine:
        wait_started(machine)
        file = machine.path('state')
        machine.qmp.call('migrate', uri=f'file:{file}')
        wait_for(lambda: machine.qmp.call('query-migrate').get('status') == 'completed', 'the saved state', START_LIMIT)
        with touch_machine(directory, '-incoming', f'file:{file}') as resumed:
            display = Display(resumed)
            wait_for(lambda: resumed.qmp.call('query-status')['status'] == 'running', 'the resumed machine', START_LIMIT)
            assert display.get(INPUT, 'TouchReady') is True


def test_bound_panels(directory):
    """Of three screens two have a panel: each has fingers of its own, and the third tells that it has none."""
    panels = [f'virtio-multitouch-pci,display=gpu,head={head}' for head in (0, 1)]
    with Machine(directory, display='virtio-vga,id=gpu,max_outputs=3', inputs=[KEYBOARD, *panels], extra=P2P) as machine:
        wait_started(machine)
        displays = [Display(machine)]
        displays += [displays[0].sibling(console) for console in (1, 2)]
        assert [display.get(INPUT, 'TouchReady') for display in displays] == [True, True, False]
        for kind, expected in (BEGIN, [0, 0]), (UPDATE, []), (END, [-1, -1]):
            machine.guest.events.clear()
            displays[0].touch(kind, 0, 100 + kind, 100)
            displays[1].touch(kind, 0, 100 + kind, 100)
            reports = [next_report(machine, PANEL), next_report(machine, PANEL)]
            told = [value for events in reports for _, code, value in events if code == ABS_MT_TRACKING_ID]
            assert told == expected, f'after {kind}: {reports}'
        assert machine.guest.call('state')['touches'] == []


def test(tap, directory):
    # The panel comes last: its driver is the last to start, and would get the clicks.
    with tap.guard('a machine with virtio devices'), Machine(
            directory, inputs=[KEYBOARD, 'virtio-tablet-pci', 'virtio-multitouch-pci'], extra=P2P) as machine:
        display = Display(machine)
        wait_started(machine)
        panel = Panel(machine)
        with tap.test('0015: a finger is reported when and where it changes'):
            test_one_finger(display, panel)
        with tap.test('0015: touches that do not fit leave nothing behind'):
            test_odd_touches(display, panel)
        with tap.test('0015, 0016: ten fingers at once'):
            test_all_fingers(machine, display, panel, 4)
        with tap.test('0001: a cancelled touch lifts its slot'):
            test_cancel(machine, display)
        with tap.test('0002: a click goes to the tablet, not to the touch panel'):
            test_click(machine, display)
        with tap.test('0002: BTN_TOUCH is pressed by the first finger and released by the last'):
            test_finger(machine, display)
        with tap.test('0013: the tablet’s wheels turn by parts of clicks'):
            test_parts_of_clicks(machine, display, TABLET)
        with tap.test('0013: a click of the tablet’s wheels is one on the fine axes, too'):
            test_clicks(machine, display, TABLET)
        with tap.test('0018: a button that there is not does no harm'):
            test_unknown_buttons(display)
    with tap.guard('a machine with a virtio mouse'), Machine(
            directory, inputs=[KEYBOARD, 'virtio-mouse-pci'], extra=P2P) as machine:
        display = Display(machine)
        wait_started(machine)
        with tap.test('0013: the mouse’s wheels turn by parts of clicks'):
            test_parts_of_clicks(machine, display, MOUSE)
            test_clicks(machine, display, MOUSE)
    with tap.test('0014: TouchReady tells when a driver listens'):
        test_touch_ready(directory)
    with tap.test('0014: TouchReady knows the driver of a resumed machine'):
        test_touch_resumed(directory)
    with tap.test('0014, 0015: each screen has its own panel and fingers'):
        test_bound_panels(directory)


def test_usb(tap, machine, display):
    with tap.test('0006: side and extra button of the USB tablet reach the guest'):
        test_usb_buttons(machine, display)
    with tap.test('0013, 0017: whole clicks reach the USB tablet, horizontal ones, too'):
        test_coarse_wheels(machine, display)
    with tap.test('0014: without a panel no touch is ready'):
        assert display.get(INPUT, 'TouchReady') is False
