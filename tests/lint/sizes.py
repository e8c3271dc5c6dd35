# SPDX-License-Identifier: GPL-3.0-or-later
"""Files and functions stay of a size that one can read."""
import re
import statistics
from tree import Report, files, lines, read

LIMITS = {'.c': 1000, '.h': 120, '.ui': 400}
FUNCTION_LIMIT = 80
MAIN_LIMIT = 80


def length(path):
    return len((read(path) or '').splitlines())


def too_long(suffix):
    return [f'{path}: {length(path)} lines' for path in files(suffix) if length(path) > LIMITS[suffix]]


def functions(path):
    """(name, first line, length) of each function: in GNU style its braces stand alone in the first column."""
    name, start = None, None
    for number, line in lines(path):
        if line == '{':
            start = number
        elif line.startswith('}'):
            if name and start:
                yield name, start, number - start - 1
            name = start = None
        elif start is None and (match := re.match(r'([A-Za-z_]\w*) *\(', line)):
            name = match[1]
        elif start is None and re.match(r'(typedef|struct|enum|union)\b|.*=\s*$', line):
            name = None


report = Report()
for kind, limit in LIMITS.items():
    report.rule(f'{kind} files have at most {limit} lines', too_long(kind))
found = [(size, f'{path}:{start}: {name} has {size} lines') for path in files('.c') for name, start, size in functions(path)]
report.rule(f'functions have at most {FUNCTION_LIMIT} lines', (text for size, text in found if size > FUNCTION_LIMIT))
report.rule(f'src/main.c has at most {MAIN_LIMIT} lines',
            (f'{path}: {length(path)} lines' for path in files('main.c', under='src/main.c') if length(path) > MAIN_LIMIT))
for what, sizes in {'files (.c in src)': [length(path) for path in files('.c', under='src/')],
                    'functions': [size for size, _ in found]}.items():
    if sizes:
        report.note(f'{what}: {len(sizes)}, median {statistics.median(sizes):.0f} lines, longest {max(sizes)}')
report.end()
