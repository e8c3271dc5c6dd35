# SPDX-License-Identifier: GPL-3.0-or-later
"""What the eye should not have to look for."""
import os
import re
from tree import ROOT, Report, files, lines, read

COLUMNS = 120
CODE = ('.c', '.h', '.py', '.ui', '.css', '.build', '.options')
# What others wrote, or what has a form of its own.
FOREIGN = ('COPYING', '.patch', '.mak', '.svg', '.po', '.pot', '.supp')
TEST_FOLDERS = tuple(f'tests/{name}/' for name in ('unit', 'peer', 'fuzz', 'faults', 'qemu', 'real', 'ui', 'bench'))
SLEEP = re.compile(r'\b(g_usleep|usleep|nanosleep|sleep|clock_nanosleep)\s*\(')
UNFINISHED = re.compile(r'\b(TO' r'DO|FIX' r'ME|X' r'XX|HA' r'CK)\b')


def matching(paths, test):
    return (f'{path}:{number}: {line.strip()[:100]}' for path in paths for number, line in lines(path) if test(line))


def too_wide(paths):
    return (f'{path}:{number}: {len(line)} columns' for path in paths for number, line in lines(path) if len(line) > COLUMNS)


def has_shebang(path):
    return (ROOT / path).read_bytes()[:2] == b'#!'


def is_executable(path):
    return os.access(ROOT / path, os.X_OK)


own = [path for path in files() if not path.name.endswith(FOREIGN) and not str(path).startswith('tests/fuzz/corpus/')]
code = [path for path in own if path.name.endswith(CODE) or has_shebang(path)]
c_tests = [path for path in files('.c', '.h') if str(path).startswith(TEST_FOLDERS)]

report = Report()
report.rule('tests wait for conditions, not for time', matching(c_tests, SLEEP.search))
report.rule('nothing is left to do', matching(own, UNFINISHED.search))
report.rule('no tabs', matching(code, lambda line: '\t' in line))
report.rule('no trailing space', matching(own, lambda line: line != line.rstrip()))
report.rule(f'at most {COLUMNS} columns', too_wide(files('.c', '.h', '.css')))
report.rule('files end with a newline',
            (str(path) for path in own if (text := read(path)) and not text.endswith('\n')))
report.rule('what is executable says what runs it', (str(path) for path in own if is_executable(path) and not has_shebang(path)))
report.rule('what says what runs it is executable', (str(path) for path in own if has_shebang(path) and not is_executable(path)))
report.end()
