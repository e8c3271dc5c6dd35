#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Media that we did not write, from Debian's packages, opened as a user opens them; what the window shows is read by OCR."""

import os
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TESTS / 'ui'))

from harness import Desktop  # noqa: E402
from ocr import wait_words  # noqa: E402
from tap import Tap  # noqa: E402

BUILD = Path(os.environ.get('DIORAMA_TEST_BUILD', TESTS.parent / 'build' / 'root'))

# file, words of which each must be read on the screen, keys that show that the keyboard works and what they bring up
MEDIA = [
    ('/usr/lib/memtest86+/memtest86+x64.iso', ['memtest86', 'cpu'], ['F1'], ['test selection']),
    ('/usr/lib/grub-rescue/grub-rescue-cdrom.iso', ['gnu grub', 'netbsd'], ['c', 'l', 's', 'Enter'], ['(cd,msdos']),
    ('/usr/lib/grub-rescue/grub-rescue-usb.img', ['gnu grub', 'netbsd'], ['c', 'l', 's', 'Enter'], ['(cd,msdos']),
    ('/usr/lib/ipxe/ipxe.iso', ['open source network boot', '10.0.2.15'], [], []),   # an address: the network works, too
]


def main():
    tap = Tap()
    for path, words, keys, answer in MEDIA:
        with tap.test(f'{Path(path).name} starts and is read from the window'):
            if not os.path.exists(path):
                tap.skip(f'{path} is not installed')
            with Desktop(size=(1280, 960)) as desktop:
                desktop.launch([str(BUILD / 'src' / 'diorama'), '--start', path],
                               env={'GSETTINGS_SCHEMA_DIR': str(BUILD / 'data')})
                desktop.wait_window()
                wait_words(desktop, words, 90, f'{words} on the screen')
                if keys:
                    desktop.click(640, 480)
                    desktop.type(*keys)
                    wait_words(desktop, answer, 60, f'{answer} after {keys}')
    tap.finish()


if __name__ == '__main__':
    main()
