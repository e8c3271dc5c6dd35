#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Where input ends that inputs.py measures: a display of no machine, in a process of its own, which has nothing else to do
than to note when a message came. It goes by lines on its standard input, each of which it answers with one of JSON.

    show WIDTH HEIGHT         true, once a viewer has that picture
    take                      what came since, once nothing has come for a while: FakeQemu.heard"""

import json
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy
from gi.repository import Gio

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / 'ui'))
from display import Display  # noqa: E402

_QUIET = 0.3                                            # seconds without a message, after which no more are expected
_LOOK = 0.01


def wait_for(condition, *_):
    while not condition():
        time.sleep(_LOOK)                               # messages come in another thread


def main():
    bus = Gio.bus_get_sync(Gio.BusType.SESSION, None)
    display = Display(SimpleNamespace(bus=bus, wait_for=wait_for), touch=True)
    print('true', flush=True)
    for line in sys.stdin:
        what, *sizes = line.split()
        if what == 'show':
            display.wait_listener()
            width, height = map(int, sizes)
            display.scanout(numpy.full((height, width, 3), (255, 0, 255), numpy.uint8))
            print('true', flush=True)
        else:
            asked = time.time()
            wait_for(lambda: time.time() - max(asked, display.heard[-1][0] if display.heard else 0) > _QUIET)  # noqa: B023
            print(json.dumps(display.heard), flush=True)
            display.heard.clear()


if __name__ == '__main__':
    main()
