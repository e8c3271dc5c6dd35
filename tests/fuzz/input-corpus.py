#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes corpus/input/: what people do, and storms, for mutations of fuzz-input to start from."""
import pathlib

(PRESS, RELEASE, COMBINATION, LOCKS, BUTTON, LIFT, POSITION, MOVE, SCROLL, BEGIN, POINT, END, EVERY, RELEASE_ALL, QEMU,
 SETTLE) = range(16)
STORM = 0x80
STALL, RELATIVE, GO_ON, DIE = 0, 2, 6, 0xdd
LEDS, OURS, KNOWN = 1, 2, 4
A, B, CTRL, ALTGR, CAPS, NUM, SCROLL_LOCK = range(7)
folder = pathlib.Path(__file__).parent / 'corpus' / 'input'


def fingers(operation, screen=0, repeat=0):
    return [(operation, finger * 2 + screen, 10 * finger, repeat) for finger in range(12)]


INPUTS = {
    'typing': (LEDS | KNOWN, [(PRESS, CTRL, 1), (PRESS, CTRL), (PRESS, A), (RELEASE, A), (RELEASE, CTRL), (COMBINATION, 2),
                              (RELEASE, CTRL, 1), (PRESS, B), (RELEASE_ALL, 0)]),
    'locks': (LEDS | KNOWN, [(LOCKS, 7, 7), (SETTLE,), (PRESS, CAPS), (LOCKS, 3, 7), (RELEASE, CAPS), (SETTLE,), (QEMU, 0x14),
                             (LOCKS, 2, 2), (SETTLE,), (LOCKS, 5, 7, 20)]),
    'locks-deaf': (KNOWN, [(LOCKS, 7, 7), (SETTLE,), (LOCKS, 0, 7), (LOCKS, 7, 7, 50), (SETTLE,), (PRESS, NUM), (LOCKS, 0, 0, 9)]),
    'ten-fingers': (OURS | KNOWN, fingers(BEGIN) + fingers(POINT, repeat=30) + fingers(BEGIN, 1) + fingers(END)[::2] +
                    fingers(BEGIN, 1) + fingers(POINT, 1, 5) + [(SETTLE,)] + fingers(END, 1)),
    'every-point': (OURS | KNOWN, [(EVERY, 0, 1)] + fingers(BEGIN) + [(QEMU, STALL)] + fingers(POINT, repeat=200) +
                    [(QEMU, GO_ON), (SETTLE,)] + fingers(END)),
    'drag': (KNOWN, [(POSITION, 5, 5), (BUTTON, 0), (POSITION, 7, 7, 200), (LIFT, 0), (SETTLE,), (BUTTON, 4), (POSITION, 1, 1, 60)]),
    'relative': (KNOWN, [(QEMU, RELATIVE), (MOVE, 3, 250, 100), (BUTTON, 2), (MOVE, 200, 4, 255), (LIFT, 2)]),
    'wheel': (KNOWN, [(SCROLL, 40, 60, 30), (SCROLL, 215, 200, 30), (BUTTON, 1), (SCROLL, 7, 1), (LIFT, 1), (SETTLE,)]),
    'wheel-fine': (OURS | KNOWN, [(SCROLL, 40, 60, 30), (SCROLL, 215, 200, 30), (BUTTON, 1), (SCROLL, 7, 1), (LIFT, 1), (SETTLE,)]),
    'stall': (LEDS | KNOWN, [(BUTTON, 0), (PRESS, A), (QEMU, STALL), (POSITION, 0, 0, 255), (MOVE, 1, 1, 255), (SCROLL, 80, 80, 255)] +
              [(BUTTON, 1), (POSITION, 3, 3), (LIFT, 1), (PRESS, B), (RELEASE, B)] * 300 + fingers(BEGIN) + fingers(END) * 2),
    'stall-fingers': (KNOWN, [(BEGIN, 4, 9), (SETTLE,), (QEMU, STALL), (BEGIN, 7)] + [(BEGIN, 1, 1), (POINT, 1, 5), (END, 1)] * 300 + [(POINT, 4, 3)]),
    'stall-relative': (KNOWN, [(BUTTON, 1), (SETTLE,), (QEMU, STALL)] + [(MOVE, 1, 2), (BUTTON, 0), (LIFT, 0)] * 400),
    'death': (KNOWN | OURS, fingers(BEGIN) + [(PRESS, A), (BUTTON, 0), (QEMU, DIE)] + fingers(POINT) + [(SCROLL, 40, 40), (LOCKS, 7, 7)]),
    'early': (LEDS | OURS, [(LOCKS, 7, 7), (PRESS, A), (POSITION, 4, 4), (SCROLL, 80, 80), (BEGIN, 1, 1)]),
    **{f'storm-{number}': (number, [(STORM, number, 77, 3), (SETTLE,), (STORM, number, 78, 3)]) for number in range(8)},
}

folder.mkdir(parents=True, exist_ok=True)
for name, (flags, operations) in INPUTS.items():
    (folder / name).write_bytes(bytes([flags]) + b''.join(bytes([*operation, 0, 0, 0][:4]) for operation in operations))
