# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Rows of figures as tables: for a terminal, and as Markdown between two marks of a file."""

import dataclasses
import json

_BEGIN, _END = '<!-- measured: begin -->', '<!-- measured: end -->'
_COLUMNS = ('', 'guest/s', 'viewer', 'QEMU', 'compositor', 'sum', 'uploaded/s', 'shown/s', 'dropped', 'latency ms',
            '95 %', 'wake-ups/s', 'peak MB', 'PSS MB')
_INPUT_COLUMNS = ('', 'key ms', '99 %', 'motion ms', '99 %', 'touch ms', '99 %', '1000/s: ms', '99 %', 'messages/s',
                  'CPU µs each', 'stalled: messages', 'grown MB', 'last one right')
_PROGRAMS = 'viewer', 'qemu', 'compositor', 'sum'


def columns(case):
    return _INPUT_COLUMNS if case.input else _COLUMNS


def cells(case, row):
    if row.failure:
        return [row.title, row.failure] + [''] * (len(columns(case)) - 2)
    return _input_cells(row) if case.input else _guest_cells(row)


def _input_cells(row):
    delays = [_milliseconds(part, 2) for pair in (row.key, row.motion, row.touch, row.fast) for part in pair or (None, None)]
    return [row.title, *delays, _number(row.messages), _number(row.cost * 1e6), str(row.stalled),
            f'{row.grown / 1e6:.1f}', 'yes' if row.right else 'no']


def _guest_cells(row):
    title = row.title + (f' ({row.way})' if row.way else '')
    return [title, _number(row.flushes, 1), *(_number(row.ticks.get(name)) for name in _PROGRAMS),
            _bytes(row.uploaded), _number(row.shown, 1), _percent(row.dropped), _milliseconds(row.latency),
            _milliseconds(row.latency_95), _number(row.wakeups, 1), _megabytes(row.peak), _megabytes(row.pss)]


def text(case, rows):
    """Columns of equal width; a row without figures tells why in one piece."""
    table = [list(columns(case))] + [cells(case, row) for row in rows if not row.failure]
    first = max(len(row.title) for row in rows)
    widths = [max(first, *(len(line[0]) for line in table))] + [max(len(line[column]) for line in table)
                                                                for column in range(1, len(table[0]))]
    return '\n'.join(_line(line, widths) for line in [table[0]] + [cells(case, row) for row in rows])


def _line(line, widths):
    if not any(line[2:]) and line[0]:
        return f'{line[0].ljust(widths[0])}  {line[1]}'
    return '  '.join([line[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(line[1:], widths[1:])])


def markdown(case, rows):
    lines = [columns(case), ('---',) + ('--:',) * (len(columns(case)) - 1)] + [cells(case, row) for row in rows]
    return '\n'.join('| ' + ' | '.join(line) + ' |' for line in lines)


def told(case, rows):
    """What the guest did in this case, as a sentence."""
    sizes = {row.flushed for row in rows if row.flushed}
    told_sizes = ' or '.join(f'{width}×{height}' for width, height in sorted(sizes))
    return f'{case.title}.' + (f' Each flush told {told_sizes}.' if sizes else '')


def document(cases, rows, about):
    """All tables, for a README."""
    parts = [about]
    for case in cases:
        mine = [row for row in rows if row.case == case.name]
        if mine:
            parts.append(f'**{case.name}**: {told(case, mine)}\n\n{markdown(case, mine)}')
    return '\n\n'.join(parts)


def rewrite(path, content):
    """Puts `content` between the marks of the file."""
    before, _, rest = path.read_text().partition(_BEGIN)
    _, mark, after = rest.partition(_END)
    if not mark:
        raise ValueError(f'{path} has no lines “{_BEGIN}” and “{_END}”')
    path.write_text(f'{before}{_BEGIN}\n{content}\n{_END}{after}')


def save(path, about, rows):
    path.write_text(json.dumps({'about': about, 'rows': [dataclasses.asdict(row) for row in rows]}, indent=1) + '\n')


def _number(value, digits=0):
    return '–' if value is None else f'{value:.{digits}f}'


def _percent(value):
    return '–' if value is None else f'{100 * value:.0f} %'


def _milliseconds(value, digits=0):
    return '–' if value is None else f'{1000 * value:.{digits}f}'


def _megabytes(value):
    return '–' if value is None else f'{value / 1e6:.0f}'


def _bytes(value):
    if value is None:
        return '–'
    return f'{value / 1e6:.1f} MB' if value >= 1e5 else f'{value / 1e3:.1f} kB'
