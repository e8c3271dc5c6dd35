#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""The bench can still measure: what it reckons with is right, and each row has figures, whatever they are."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

BENCH = Path(__file__).resolve().parent
sys.path[:0] = [str(BENCH), str(BENCH.parent / 'ui'), str(BENCH.parent / 'guest')]
import cases                                                           # noqa: E402
import inputs                                                          # noqa: E402
import pixels                                                          # noqa: E402
import shown                                                           # noqa: E402
import table                                                           # noqa: E402
from session import Row                                                # noqa: E402
from tap import Tap                                                    # noqa: E402

_SETTLED = 0.001
_QUEUED, _GROWN = 4, 16e6
tap = Tap()


def judged(flushes, seen, how='colour'):
    row = Row('case', 'viewer', 'Viewer')
    shown.judge(row, flushes, seen, how)
    return row


with tap.test('updates are told apart by their colours, late ones, lost ones and blended ones'):
    flushes = [100 + number / 20 for number in range(40)]
    seen = [(moment + 0.1, tuple(min(255, part + 3) for part in pixels.color(number)))
            for number, moment in enumerate(flushes) if number % 4]
    result = judged(flushes, [(99.9, (0, 0, 0))] + seen)
    assert abs(result.latency - 0.1) < _SETTLED and abs(result.latency_95 - 0.1) < _SETTLED, result
    assert result.dropped == 0.25, result

with tap.test('nothing is shown before it was flushed, nor taken for what it is not'):
    assert shown.first_seen([(9.9, pixels.color(0)), (10.5, (200, 2, 3))], [10.0, 10.1]) == {}
    assert shown.first_seen([(10.4, pixels.color(1)), (10.5, pixels.color(1))], [10.0, 10.1]) == {1: 10.4}

with tap.test('changes are counted where there is no colour to know them by'):
    result = judged([10.0, 10.5, 11.0, 11.5], [(9.9, None), (10.1, None), (11.1, None)], 'change')
    assert result.dropped == 0.5 and result.latency is None, result

with tap.test('events are read from the two forms of libwayland’s log'):
    log = ('[ 107996.551] {Default Queue} wl_pointer#10.motion(25117090, 101.50000000, 400.00000000)\n'
           '[1.007]  -> wl_pointer@10.set_cursor(3)\n'
           '[12:34:56.789012] {Default Queue} wl_keyboard#41.key(7, 25117091, 30, 1)\n')
    (kind, moment, x), (other, noon) = inputs.handed_out(log)
    assert (kind, x, other) == ('motion', 101.5, 'key'), (kind, x, other)
    assert abs(moment % ((1 << 32) / 1e6) - 107.996551) < _SETTLED and abs(noon % 86400 - 45296.789012) < _SETTLED, (moment, noon)

with tap.test('a message is of the latest event that it tells, not of the latest'):
    events = [(100 + number / 1000, 300 - abs(number - 20)) for number in range(40)]
    messages = [('Mouse', 'SetAbsPosition', (3 * place, 0), moment + 0.0025) for moment, place in events[::4]]
    delays = inputs.pair_places(events, messages, (3, 0))
    assert len(delays) == 10 and max(abs(delay - 0.0025) for delay in delays) < _SETTLED / 10, delays

with tap.test('a README keeps what is around its tables'):
    with tempfile.TemporaryDirectory() as folder:
        readme = Path(folder, 'README.md')
        readme.write_text('before\n<!-- measured: begin -->\nold\n<!-- measured: end -->\nafter\n')
        rows = [Row('small', 'one', 'One', ticks={'viewer': 1.0}, shown=19.96),
                Row('small', 'two', 'Two', failure='not here')]
        table.rewrite(readme, table.document(cases.ALL, rows, 'today'))
        text = readme.read_text()
        assert text.startswith('before\n') and text.endswith('\nafter\n') and 'old' not in text, text
        assert '| One | – | 1 |' in text and '| 20.0 |' in text and '| Two | not here |' in text, text

with tap.test('the quick run has figures in each row'):
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder, 'figures.json')
        done = subprocess.run([BENCH / 'run', '--quick', '--viewers', 'diorama', '--json', told],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace')
        tap.comment(done.stdout)
        assert done.returncode == 0, f'ended with {done.returncode}'
        rows = json.loads(told.read_text())['rows']
    assert [row['case'] for row in rows] == [case.name for case in cases.ALL if case.quick], rows
    for row, case in zip(rows, (case for case in cases.ALL if case.quick)):
        assert row['failure'] is None, row
        if case.input:
            assert all(0 < row[name][0] <= row[name][1] for name in ('key', 'motion', 'touch', 'fast')), row
            assert row['messages'] > 0 and row['cost'] > 0, row
            # of thousands: the one that QEMU had not answered, and the last
            assert 0 < row['stalled'] <= _QUEUED and row['right'] and row['grown'] < _GROWN, row
            continue
        assert set(row['ticks']) == {'viewer', 'qemu', 'compositor', 'sum'}, row
        assert row['peak'] > 0 and row['pss'] > 0 and row['wakeups'] is not None and row['uploaded'] is not None, row
        assert (row['flushes'] > 0) == (case.command is not None), row
        assert not case.watched or row['shown'] > 0 and 0 < row['latency'] <= row['latency_95'], row
tap.finish()
