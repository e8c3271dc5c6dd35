# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Which of the guest's updates were shown, and how long after they were flushed.

Update number n of the guest has a colour of its own (tests/guest/README.md), and so a colour on the monitor names its
update. QEMU's trace tells when n was flushed; both clocks are the host's."""

from statistics import median, quantiles

import pixels

_TOLERANCE = 12                                         # of a channel: pictures are blended, and compressed with losses
_LONGEST = 2.0                                          # seconds that an update may be on its way


def judge(row, flushes, seen, how):
    """Fills in `row` from the times of the flushes and what an eye has seen since before the first of them. `how`:
    'colour', or 'change' where what changes has no colour to tell it by."""
    if len(flushes) < 2:
        return
    taken = flushes[-1] - flushes[0]
    if how == 'change':
        # The first change is the emptying of the screen.
        row.shown = min(max(len(seen) - 1, 0), len(flushes)) / taken
        row.dropped = 1 - row.shown * taken / len(flushes)
        return
    first = first_seen(seen, flushes)
    row.shown = len(first) / taken
    row.dropped = 1 - len(first) / len(flushes)
    delays = [moment - flushes[number] for number, moment in first.items()]
    if len(delays) >= 2:
        row.latency, row.latency_95 = median(delays), quantiles(delays, n=20)[-1]


def first_seen(seen, flushes):
    """{number: moment} of the updates that were seen. They come in order, and not before they were flushed."""
    colours = [pixels.color(number) for number in range(len(flushes))]
    found, number = {}, 0
    for moment, colour in seen:
        possible = [n for n in range(number, len(flushes)) if moment - _LONGEST < flushes[n] < moment]
        best = min(possible, key=lambda n: _distance(colour, colours[n]), default=None)
        if best is not None and _distance(colour, colours[best]) <= _TOLERANCE:
            number = best
            found.setdefault(number, moment)
    return found


def _distance(one, other):
    return max(abs(a - b) for a, b in zip(one, other))
