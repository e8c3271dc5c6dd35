# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""How long the tests wait. What a test names is what a computer needs that has little else to do; a busy one needs several
times that. A deadline costs nothing until something fails, so all of them are multiplied here: patient (10) is 40 seconds.
$DIORAMA_TEST_PATIENCE is another factor, such as 1 for who looks at a failure again and again.

Not for what must happen within a time that is promised, nor for what must not happen: such a time is part of the test."""

import os

FACTOR = float(os.environ.get('DIORAMA_TEST_PATIENCE') or 4)


def patient(seconds):
    return seconds * FACTOR
