# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""What a screen says."""

import os
import subprocess
import tempfile

import numpy
from PIL import Image


def read(picture):
    """The text on a picture, in small letters. Firmware text is 8 or 9 pixels wide: tesseract wants it larger and dark on light."""
    grey = numpy.asarray(Image.fromarray(picture).convert('L'))
    if numpy.mean(grey) < 128:
        grey = 255 - grey
    image = Image.fromarray(grey)
    image = image.resize((image.width * 2, image.height * 2), Image.LANCZOS)
    with tempfile.NamedTemporaryFile(suffix='.png') as file:
        image.save(file.name)
        done = subprocess.run(['tesseract', file.name, '-', '--psm', '6'], capture_output=True, text=True, check=True,
                              env={**os.environ, 'OMP_THREAD_LIMIT': '1'})
    return ' '.join(done.stdout.lower().split())


def wait_words(desktop, words, timeout, what):
    last = ''

    def shown(picture):
        nonlocal last
        last = read(picture)
        return all(word in last for word in words)
    try:
        desktop.wait_picture(shown, timeout, what)
    except TimeoutError as error:
        raise TimeoutError(f'{error}; read last: {last[:600]}') from None
