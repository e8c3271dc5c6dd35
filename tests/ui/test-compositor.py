#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""The compositor crashes while a machine is shown. GTK ends a program that has lost its desktop; what must not happen
is a machine that runs on unseen, or that cannot be started again."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from console import Console, noise, program                            # noqa: E402
from harness import Desktop                                            # noqa: E402
from tap import Tap                                                    # noqa: E402

SIZE = 1280, 800
tap = Tap()


def is_running(pid):
    try:
        return Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[0] not in 'ZX'
    except OSError:
        return False


def show(desktop, seed):
    console = Console(desktop)
    console.dismiss_banner()
    console.actions.activate('fullscreen')
    console.wait_guest_size(*SIZE)
    console.show_noise(seed)
    console.wait_view(noise(*SIZE, seed), 'the guest, to the pixel')
    return console


def main():
    if not program().exists():
        tap.skip_all(f'{program()} is not built')
    with Desktop(size=SIZE) as desktop:
        with tap.test('a machine is shown'):
            console = show(desktop, 1)
            qemu = console.qemu_pid()
        with tap.test('fingers are down in the guest'):
            for finger in range(3):
                desktop.touch_down(finger, 200 + 300 * finger, 400)
                desktop.wait_for(lambda: len(console.guest.call('state')['touches']) == finger + 1, 10, 'a finger')
                desktop.wait_out(.15, 'the time of a gesture')
        with tap.test('the compositor crashes: the program ends by itself, and says why'):
            desktop.crash_compositor()
            status = console.app.wait(10)
            assert status == 1, status
            assert 'Lost connection to Wayland compositor' in console.app.output(), console.app.output()
        with tap.test('its machine does not run on unseen'):
            desktop.restart_compositor()
            desktop.wait_for(lambda: not is_running(qemu), 10, 'the end of QEMU')
        with tap.test('with a new compositor the same machine starts, and is shown to the pixel'):
            console = show(desktop, 2)
        with tap.test('and no finger is down in it'):
            assert console.guest.call('state')['touches'] == []
    tap.finish()


if __name__ == '__main__':
    main()
