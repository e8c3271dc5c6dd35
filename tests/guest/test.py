#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Boots the guest and proves what README.md says of it. Prints TAP. Runs in the root: test.py [DIRECTORY]

DIRECTORY is what ./build printed; without one, ./build is run.
"""

import os
import socket
import struct
import subprocess
import sys
import tempfile
import time
import traceback

import numpy
from PIL import Image

import pixels
from guest import Guest, GuestError
from machine import Machine
from patience import patient

HERE = os.path.dirname(os.path.abspath(__file__))
START_TIME = 60  # seconds that a boot may take on a machine that is busy with other things

# qcode of QMP, evdev code that must arrive
KEYS = [(name, 2 + index) for index, name in enumerate("1234567890")]
KEYS += [(name, 16 + index) for index, name in enumerate("qwertyuiop")]
KEYS += [(name, 30 + index) for index, name in enumerate("asdfghjkl")]
KEYS += [(name, 44 + index) for index, name in enumerate("zxcvbnm")]
KEYS += [(f"f{1 + index}", 59 + index) for index in range(10)] + [("f11", 87), ("f12", 88)]
KEYS += [("esc", 1), ("minus", 12), ("equal", 13), ("backspace", 14), ("tab", 15), ("bracket_left", 26)]
KEYS += [("bracket_right", 27), ("ret", 28), ("ctrl", 29), ("semicolon", 39), ("apostrophe", 40), ("grave_accent", 41)]
KEYS += [("shift", 42), ("backslash", 43), ("comma", 51), ("dot", 52), ("slash", 53), ("shift_r", 54)]
KEYS += [("kp_multiply", 55), ("alt", 56), ("spc", 57), ("caps_lock", 58), ("num_lock", 69), ("scroll_lock", 70)]
KEYS += [("kp_7", 71), ("kp_8", 72), ("kp_9", 73), ("kp_subtract", 74), ("kp_4", 75), ("kp_5", 76), ("kp_6", 77)]
KEYS += [("kp_add", 78), ("kp_1", 79), ("kp_2", 80), ("kp_3", 81), ("kp_0", 82), ("kp_decimal", 83), ("less", 86)]
KEYS += [("kp_enter", 96), ("ctrl_r", 97), ("kp_divide", 98), ("sysrq", 99), ("alt_r", 100), ("home", 102), ("up", 103)]
KEYS += [("pgup", 104), ("left", 105), ("right", 106), ("end", 107), ("down", 108), ("pgdn", 109), ("insert", 110)]
KEYS += [("delete", 111), ("pause", 119), ("meta_l", 125), ("meta_r", 126), ("compose", 127)]
KEYS += [("audiomute", 113), ("volumedown", 114), ("volumeup", 115), ("audionext", 163), ("audioplay", 164)]


def check(condition, *details):
    if not condition:
        raise AssertionError(" ".join(str(detail) for detail in details))


def picture(machine):
    """The screen, as an array (height, width, 3)."""
    path = machine.path("screen.png")
    machine.qmp.screendump(path)
    with Image.open(path) as image:
        return numpy.asarray(image.convert("RGB"))


def until(condition, timeout=10):
    """Waits, within a limit, until the condition gives something true, and returns that."""
    deadline = time.monotonic() + patient(timeout)
    while not (result := condition()):
        check(time.monotonic() < deadline, "not in time")
        time.sleep(0.02)  # asks another process: there is nothing to wait on
    return result


def same(machine, expected, where=""):
    """The screen shows exactly that. The host copies pixels shortly after the guest flushed them."""
    def matches():
        shown = picture(machine)
        return shown.shape == expected.shape and bool((shown == expected).all())
    try:
        until(matches, 5)
    except AssertionError:
        shown = picture(machine)
        wrong = int((shown != expected).any(axis=-1).sum()) if shown.shape == expected.shape else "all"
        raise AssertionError(f"{where}: {wrong} pixels differ, shown {shown.shape}, expected {expected.shape}") from None


def refused(machine, command, **members):
    try:
        machine.guest.call(command, **members)
    except GuestError as error:
        return str(error)
    raise AssertionError(f"{command} {members} was not refused")


# ---- pictures

def test_hello(machine):
    answer = machine.guest.call("hello")
    check(answer["version"] == 1 and answer["driver"] == "virtio_gpu", answer)
    check(answer["connectors"][0]["connected"] and len(answer["connectors"][0]["modes"]) > 5, answer)
    check("XR24" in answer["formats"] and "QEMU Virtio Keyboard" in answer["inputs"], answer)
    check(machine.guest.call("ping")["time"] > 0)


def test_card(machine):
    for width, height in [(1280, 800), (320, 200), (723, 1281), (1920, 1080)]:
        machine.guest.call("mode", width=width, height=height)
        parts = machine.guest.call("card")["parts"]
        until(lambda: picture(machine).shape == (height, width, 3) and picture(machine)[0, 0, 0] == 255, 5)
        shown = picture(machine)
        corners = [tuple(shown[y, x]) for y in (0, -1) for x in (0, -1)]
        check(corners == [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)], width, height, corners)
        x, y, w, h = parts["grid"]
        left = shown[y : y + h, x : x + w // 4]
        rows, columns = numpy.mgrid[y : y + h, x : x + w // 4]
        check((left == numpy.where((rows + columns) & 1, 255, 0)[..., None]).all(), "grid", width, height)
        x, y, w, h = parts["bars"]
        bars = [tuple(shown[y + 1, x + w * index // 8 + 1]) for index in range(8)]
        check(bars == [tuple(pixels.to_rgb(bar)) for bar in pixels.BARS], bars)


def test_modes(machine):
    for width, height in [(800, 600), (1283, 771), (32, 32), (3000, 100), (1024, 768)]:
        answer = machine.guest.call("mode", width=width, height=height)
        check((answer["width"], answer["height"]) == (width, height), answer)
        machine.guest.call("fill", color="#123456")
        same(machine, numpy.full((height, width, 3), (0x12, 0x34, 0x56), numpy.uint8), f"{width}×{height}")
    check(not machine.guest.call("state")["connectors"][0]["follow"])


def test_patterns(machine):
    for width, height in [(640, 480), (1027, 333)]:
        machine.guest.call("mode", width=width, height=height)
        for name, options in [("noise", {"seed": 7}), ("noise", {}), ("grid", {"cell": 10}), ("checker", {"cell": 1}),
                              ("bars", {}), ("gradient", {})]:
            machine.guest.call("pattern", name=name, **options)
            same(machine, pixels.pattern(name, width, height, **options), name)


def test_fill_part(machine):
    machine.guest.call("mode", width=640, height=480)
    machine.guest.call("pattern", name="noise", seed=3)
    machine.guest.call("fill", color="#ff8000", x=101, y=57, w=33, h=19)
    expected = pixels.pattern("noise", 640, 480, seed=3)
    expected[57 : 57 + 19, 101 : 101 + 33] = (255, 128, 0)
    same(machine, expected)


def test_rects(machine):
    machine.guest.call("mode", width=640, height=480)
    before = machine.guest.call("state")["flushes"]
    machine.guest.call("rects", w=9, h=16, rate=100, at=[[10, 20], [300, 200], [625, 460]], color="#202020")
    until(lambda: machine.guest.call("state")["count"] >= 30)
    machine.guest.call("rects", on=False)
    state = machine.guest.call("state")
    expected = numpy.full((480, 640, 3), 0x20, numpy.uint8)
    for number in range(state["count"]):
        x, y = [(10, 20), (300, 200), (625, 460)][number % 3]
        expected[y : y + 16, x : x + 9] = pixels.color(number)
    same(machine, expected)
    check(state["flushes"] - before == state["count"] + 1, state["flushes"] - before, state["count"])


def test_frames(machine):
    for command, options in [("frames", {}), ("flip", {"buffers": 2}), ("flip", {"buffers": 1})]:
        machine.guest.call("mode", width=640, height=480)
        machine.guest.call(command, rate=40, seconds=0.5, **options)
        until(lambda: machine.guest.call("state")["count"] >= 10)
        machine.guest.call(command, on=False)
        count = machine.guest.call("state")["count"]
        same(machine, numpy.full((480, 640, 3), pixels.color(count - 1), numpy.uint8), f"{command} {options}")
        check(count <= 21, "faster than asked for", count)


def test_scroll(machine):
    machine.guest.call("scroll", rate=50, text="Hello, diorama")
    until(lambda: machine.guest.call("state")["count"] >= 10)
    machine.guest.call("scroll", on=False)
    check(len(numpy.unique(picture(machine).reshape(-1, 3), axis=0)) > 20)


def test_cursor(machine):
    machine.guest.call("cursor", width=32, height=20, hot_x=5, hot_y=6, color="#80ff0000", pattern="checker")
    machine.guest.call("cursor", x=100, y=50)
    machine.guest.call("cursor", pattern="arrow", x=10, y=10)
    machine.guest.call("cursor", visible=False)
    check("64" in refused(machine, "cursor", width=65))
    refused(machine, "cursor", hot_x=99)


def test_formats(machine):
    for fourcc in machine.guest.call("hello")["formats"]:
        machine.guest.call("format", fourcc=fourcc)
    refused(machine, "format", fourcc="NV12")
    machine.guest.call("pattern", name="bars")
    same(machine, pixels.pattern("bars", 640, 480))


# ---- input

def batch(machine, device):
    """The events of the next report of a device, without the one that ends it."""
    event = machine.guest.wait_event("input", 10, lambda event: event["device"] == device)
    check(event["events"][-1] == [0, 0, 0], event)
    return event["type"], event["events"][:-1]


def test_keys(machine):
    machine.guest.call("input", report=True)
    for name, code in KEYS:
        for down in (True, False):
            machine.qmp.input(("key", {"down": down, "key": {"type": "qcode", "data": name}}))
            while True:
                kind, events = batch(machine, "QEMU Virtio Keyboard")
                # lock keys make the kernel set lights, a held key repeats: neither was sent
                events = [event for event in events if event[0] == 1 and event[2] != 2]
                if events:
                    break
            check(kind == "key" and events == [[1, code, int(down)]], name, code, events)
    check(machine.guest.call("state")["down"] == [])


def test_typing(machine):
    machine.guest.call("card")
    for name in ["ret", "h", "i", "spc", "1", "ret", "o", "k"]:
        for down in (True, False):
            machine.qmp.input(("key", {"down": down, "key": {"type": "qcode", "data": name}}))
    # the test of all keys has left Caps Lock on
    until(lambda: machine.guest.call("state")["typed"].lower() == "ok")


def test_tablet(machine):
    machine.guest.call("mode", width=800, height=600)
    machine.guest.events.clear()
    for x, y in [(0, 0), (32767, 32767), (1234, 23456), (16384, 1)]:
        machine.qmp.input(("abs", {"axis": "x", "value": x}), ("abs", {"axis": "y", "value": y}))
        state = until(lambda: (now := machine.guest.call("state"))["pointer"]
                      == [min(-(-x * 800 // 32767), 799), min(-(-y * 600 // 32767), 599)] and now)
        sent = [event["events"] for event in machine.guest.events if event.get("device") == "QEMU Virtio Tablet"]
        flat = [tuple(event) for events in sent for event in events]
        check(state and (((3, 0, x) in flat and (3, 1, y) in flat) or (x, y) == (0, 0)), x, y, flat)
        machine.guest.events.clear()


def test_buttons(machine):
    machine.guest.events.clear()
    for name, code in [("left", 272), ("right", 273), ("middle", 274), ("side", 275), ("extra", 276)]:
        for down in (True, False):
            machine.qmp.input(("btn", {"down": down, "button": name}))
            kind, events = batch(machine, "QEMU Virtio Tablet")
            check(kind == "key" and events == [[1, code, int(down)]], name, events)
    wheel = machine.guest.call("state")["wheel"]
    for name, value in [("wheel-up", 1), ("wheel-down", -1), ("wheel-up", 1)]:
        for down in (True, False):
            machine.qmp.input(("btn", {"down": down, "button": name}))
        kind, events = batch(machine, "QEMU Virtio Tablet")
        check([2, 8, value] in events, name, kind, events)
    check(machine.guest.call("state")["wheel"] == [wheel[0] + 1, wheel[1]])


def touch(machine, kind, slot, x, y):
    tracking = -1 if kind == "end" else slot
    common = {"slot": slot, "tracking-id": tracking}
    machine.qmp.input(("mtt", {"type": kind, "axis": "x", "value": 0, **common}),
                      ("mtt", {"type": "data", "axis": "x", "value": x, **common}),
                      ("mtt", {"type": "data", "axis": "y", "value": y, **common}))


def test_touch(machine):
    machine.guest.events.clear()
    fingers = {slot: (1000 + 3000 * slot, 31000 - 2500 * slot) for slot in range(10)}
    for slot, (x, y) in fingers.items():
        touch(machine, "begin", slot, x, y)
        kind, events = batch(machine, "QEMU Virtio MultiTouch")
        check(kind == "mt" and [3, 53, x] in events and [3, 54, y] in events, slot, events)
    shown = {(t["slot"], t["x"], t["y"]) for t in machine.guest.call("state")["touches"]}
    check(shown == {(slot, x, y) for slot, (x, y) in fingers.items()}, shown)
    touch(machine, "update", 4, 17, 18)
    until(lambda: {"slot": 4, "x": 17, "y": 18} in machine.guest.call("state")["touches"])
    for slot in fingers:
        machine.qmp.input(("mtt", {"type": "end", "slot": slot, "tracking-id": -1, "axis": "x", "value": 0}))
    until(lambda: machine.guest.call("state")["touches"] == [])


def test_hotplug(machine):
    machine.guest.events.clear()
    machine.qmp.call("device_add", driver="usb-kbd", id="usbkeys", bus="usb.0")
    until(lambda: any("USB" in name for name in machine.guest.call("hello")["inputs"]), 20)
    machine.guest.call("input", report=True)
    machine.qmp.call("device_del", id="usbkeys")
    until(lambda: not any("USB" in name for name in machine.guest.call("hello")["inputs"]), 20)


# ---- the port

def test_bad_input(machine):
    lines = [b"{", b"[]", b"7", b"nonsense", b'{"id":1}', b'{"cmd":7}', b'{"cmd":"nothing"}', b"[" * 4000,
             b'{"cmd":"mode","width":-1,"height":5}', b'{"cmd":"mode","width":1e99,"height":5}', b'{"cmd":"fill","color":"red"}',
             b'{"cmd":"rects","at":[[1]]}', b'{"cmd":"pattern","name":"\\ud800\\u0000"}', b"\xff\xfe\x00\x01", b"x" * 100000,
             b'{"cmd":"ping","x":' + b"[1," * 3000 + b"1" + b"]" * 3000 + b"}", b'{"cmd":"ping" "a":1}',
             b'{"cmd":"fill","color":"#12345"}', b'{"cmd":"cursor","pattern":5}', b'{"cmd":"format","fourcc":"\xc3\xa4\xc3\xa4"}']
    for line in lines:
        machine.guest.send_raw(line + b"\n")
        answer = machine.guest.read_answer(1 if line == b'{"id":1}' else None)
        check("error" in answer, line[:40], answer)
    machine.guest.send_raw(b'{"cmd":"ping","id":"caf\\u00e9 \\"x\\""}\n')
    check("time" in machine.guest.read_answer('café "x"'))
    check(machine.guest.call("ping")["time"] > 0)


def test_reconnect(machine):
    machine.guest.close()
    machine.guest = Guest(machine.path("control"))
    machine.guest.call("ping")
    machine.guest.close()
    path = machine.path("control")
    time.sleep(0.5)  # the guest looks ten times a second; only then does it greet anew
    machine.guest = Guest(path)
    machine.guest.wait_event("ready", 10)


class Resizer:
    """The least VNC client that can ask for another size: the only display of Debian's QEMU that needs no bus."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(patient(10))
        self.socket.connect(path)
        self.socket.recv(12, socket.MSG_WAITALL)
        self.socket.sendall(b"RFB 003.008\n")
        self.socket.recv(self.socket.recv(1, socket.MSG_WAITALL)[0], socket.MSG_WAITALL)
        self.socket.sendall(b"\x01")
        self.socket.recv(4, socket.MSG_WAITALL)
        self.socket.sendall(b"\x01")
        header = self.socket.recv(24, socket.MSG_WAITALL)
        self.socket.recv(struct.unpack(">I", header[20:])[0], socket.MSG_WAITALL)
        self.socket.sendall(struct.pack(">BxHii", 2, 2, 0, -308))

    def ask(self, width, height):
        self.socket.sendall(struct.pack(">BxHHBxIHHHHI", 251, width, height, 1, 0, 0, 0, width, height, 0))


def test_follow(machine):
    machine.guest.call("follow")
    machine.guest.call("card")
    resizer = Resizer(machine.path("vnc"))
    for width, height in [(1000, 700), (723, 1111), (1280, 800)]:
        resizer.ask(width, height)
        until(lambda: (now := machine.guest.call("state")["connectors"][0])["width"] == width and now["height"] == height)
        until(lambda: picture(machine).shape == (height, width, 3), 5)
    machine.guest.call("follow", on=False)
    resizer.ask(640, 400)
    until(lambda: [640, 400] in [mode[:2] for mode in machine.guest.call("hello")["connectors"][0]["modes"]])
    check(machine.guest.call("state")["connectors"][0]["width"] == 1280)
    machine.guest.call("follow", on=True)
    check(machine.guest.call("state")["connectors"][0]["width"] == 640)


def test_reboot(machine):
    machine.guest.call("reboot")
    until(lambda: machine.qmp.call("query-status") and any(event["event"] == "RESET" for event in machine.qmp.events))
    machine.guest.wait_event("ready", START_TIME)


def test_panic(machine):
    machine.qmp.events.clear()
    machine.guest.send_raw(b'{"cmd":"panic"}\n')
    until(lambda: machine.qmp.call("query-status") and any(event["event"] == "RESET" for event in machine.qmp.events))
    machine.guest.wait_event("ready", START_TIME)


def test_poweroff(machine):
    machine.guest.call("poweroff")
    check(machine.process.wait(patient(20)) == 0)


def session(directory):
    """Most tests, in one machine, in this order."""
    yield "ready", lambda machine: None
    tests = [test_hello, test_card, test_modes, test_patterns, test_fill_part, test_rects, test_frames, test_scroll]
    tests += [test_cursor, test_formats, test_keys, test_typing, test_tablet, test_buttons, test_touch, test_hotplug]
    tests += [test_bad_input, test_reconnect, test_follow, test_reboot, test_panic, test_poweroff]
    for test in tests:
        yield test.__name__[5:], test


# ---- other machines

def other_no_gpu(directory):
    with Machine(directory, display=None) as machine:
        check(machine.guest.wait_event("ready", START_TIME)["width"] == 0)
        check(machine.guest.call("hello")["connectors"] == [])
        check("shown" in refused(machine, "fill", color="#000000"))
        machine.qmp.input(("abs", {"axis": "x", "value": 99}))
        machine.guest.call("ping")


def other_no_port(directory):
    with Machine(directory, control=False) as machine:
        until(lambda: tuple(picture(machine)[0, 0]) == (255, 0, 0), START_TIME)
        check(machine.process.poll() is None)


def other_power_button(directory):
    with Machine(directory) as machine:
        machine.guest.wait_event("ready", START_TIME)
        until(lambda: "Power Button" in machine.guest.call("hello")["inputs"])
        machine.qmp.call("system_powerdown")
        check(machine.process.wait(patient(20)) == 0)


def other_packed_kernel(directory):
    with Machine(directory, kernel="vmlinuz") as machine:
        machine.guest.wait_event("ready", START_TIME)


def other_bochs(directory):
    with Machine(directory, display="VGA") as machine:
        machine.guest.wait_event("ready", START_TIME)
        machine.guest.call("mode", width=800, height=600)
        machine.guest.call("pattern", name="noise")
        same(machine, pixels.pattern("noise", 800, 600))


def other_two_heads(directory):
    with Machine(directory, display="virtio-vga,max_outputs=2") as machine:
        machine.guest.wait_event("ready", START_TIME)
        check(len(machine.guest.call("hello")["connectors"]) == 2)
        refused(machine, "fill", connector=1)
        refused(machine, "fill", connector="Virtual-9")
        machine.guest.call("fill", connector="Virtual-1")


def set_ui_info(machine, head, width, height):
    """What a display's window would ask for, of which 0×0 is none."""
    path = f"/org/qemu/Display1/Console_{head}"
    subprocess.run(["gdbus", "call", "--address", f"unix:path={machine.path('bus')}", "--dest", "org.qemu",
                    "--object-path", path, "--method", "org.qemu.Display1.Console.SetUIInfo",
                    *map(str, (0, 0, 0, 0, width, height))], check=True, stdout=subprocess.DEVNULL, timeout=patient(30))


def sizes(machine):
    return [(one["width"], one["height"]) for one in machine.guest.call("state")["connectors"]]


def head_picture(machine, head):
    path = machine.path(f"head{head}.png")
    machine.qmp.call("screendump", filename=path, format="png", device="video0", head=head)
    with Image.open(path) as image:
        return numpy.asarray(image.convert("RGB"))


def plugged(machine):
    set_ui_info(machine, 0, 800, 600)
    until(lambda: sizes(machine) == [(800, 600), (0, 0), (0, 0)])
    set_ui_info(machine, 2, 640, 480)
    until(lambda: sizes(machine) == [(800, 600), (0, 0), (640, 480)])
    for head, seed in [(0, 1), (2, 2)]:
        machine.guest.call("pattern", connector=head, name="noise", seed=seed)
    until(lambda: (head_picture(machine, 0) == pixels.pattern("noise", 800, 600, seed=1)).all())
    until(lambda: (head_picture(machine, 2) == pixels.pattern("noise", 640, 480, seed=2)).all())
    refused(machine, "fill", connector=1)
    # the pointer's desktop is 1440 pixels wide
    for pixel, screen, x in [(799, 0, 799), (800, 2, 0), (1439, 2, 639)]:
        machine.qmp.input(("abs", {"axis": "x", "value": pixel * 32767 // 1440}), ("abs", {"axis": "y", "value": 100}))
        until(lambda: (now := machine.guest.call("state"))["pointer_screen"] == screen and now["pointer"][0] == x)
    set_ui_info(machine, 2, 0, 0)
    until(lambda: sizes(machine) == [(800, 600), (0, 0), (0, 0)])
    check(machine.guest.call("state")["pointer_screen"] == 0)
    check([one["connected"] for one in machine.guest.call("state")["connectors"]] == [True, False, False])
    set_ui_info(machine, 2, 1024, 768)
    until(lambda: sizes(machine) == [(800, 600), (0, 0), (1024, 768)])


def other_plugged_heads(directory):
    with tempfile.TemporaryDirectory() as folder:
        address = f"unix:path={folder}/bus"
        bus = subprocess.Popen(["dbus-daemon", "--session", "--nofork", "--nosyslog", "--nopidfile", "--address", address])
        try:
            until(lambda: os.path.exists(f"{folder}/bus"), START_TIME)
            with Machine(directory, display="virtio-vga,id=video0,max_outputs=3",
                         extra=["-display", f"dbus,addr={address}"]) as machine:
                os.symlink(f"{folder}/bus", machine.path("bus"))
                machine.guest.wait_event("ready", START_TIME)
                plugged(machine)
        finally:
            bus.kill()
            bus.wait()


def other_usb_and_ps2(directory):
    with Machine(directory, inputs=["qemu-xhci", "usb-kbd", "usb-tablet"]) as machine:
        machine.guest.wait_event("ready", START_TIME)
        until(lambda: sum("USB" in name for name in machine.guest.call("hello")["inputs"]) == 2, 20)
        machine.guest.call("input", report=True)
        machine.qmp.input(("key", {"down": True, "key": {"type": "qcode", "data": "a"}}))
        until(lambda: machine.guest.call("state")["down"] == [30])
    with Machine(directory, inputs=[]) as machine:
        machine.guest.wait_event("ready", START_TIME)
        until(lambda: len(machine.guest.call("hello")["inputs"]) >= 3, 20)
        machine.qmp.input(("key", {"down": True, "key": {"type": "qcode", "data": "a"}}))
        until(lambda: machine.guest.call("state")["down"] == [30])
        before = machine.guest.call("state")["pointer"]
        machine.qmp.input(("rel", {"axis": "x", "value": 7}), ("rel", {"axis": "y", "value": 5}))
        until(lambda: machine.guest.call("state")["pointer"] == [before[0] + 7, before[1] + 5])


OTHERS = [other_no_gpu, other_no_port, other_power_button, other_packed_kernel, other_bochs, other_two_heads,
          other_plugged_heads, other_usb_and_ps2]


class Tap:
    def __init__(self):
        self.number = self.failed = 0

    def run(self, name, function, *arguments):
        self.number += 1
        started = time.monotonic()
        try:
            function(*arguments)
        except Exception:  # any failure of a test is its result
            self.failed += 1
            print(f"not ok {self.number} - {name}")
            print("".join("# " + line + "\n" for line in traceback.format_exc().splitlines()), end="", flush=True)
        else:
            print(f"ok {self.number} - {name}  # {time.monotonic() - started:.2f} s", flush=True)


def main():
    if len(sys.argv) > 1:
        directory = sys.argv[1]
    else:
        built = subprocess.run([os.path.join(HERE, "build")], stdout=subprocess.PIPE, check=True, text=True)
        directory = built.stdout.splitlines()[-1]
    tests = list(session(directory))
    print(f"1..{len(tests) + len(OTHERS)}", flush=True)
    tap = Tap()
    with Machine(directory, extra=["-device", "qemu-xhci,id=usb", "-vnc", "unix:vnc"]) as machine:
        ready = machine.guest.wait_event("ready", START_TIME)
        print(f"# ready {time.monotonic() - machine.started:.2f} s after start: {ready}", flush=True)
        for name, test in tests:
            tap.run(name, test, machine)
    for other in OTHERS:
        tap.run(other.__name__[6:], other, directory)
    return 1 if tap.failed else 0


if __name__ == "__main__":
    sys.exit(main())
