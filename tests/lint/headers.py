# SPDX-License-Identifier: GPL-3.0-or-later
"""Each source file says whose it is and under which licence; each header guards itself."""
import re
from tree import Report, files, lines, read

OURS = '/* SPDX-License-Identifier: GPL-3.0-or-later\n * SPDX-FileCopyrightText: '
LICENSES = {'GPL-3.0-or-later', 'GPL-2.0-or-later', 'CC0-1.0'}
IDENTIFIER = re.compile(r'SPDX-License-Identifier:\s*(\S+)')


def other_licenses(path):
    for number, line in list(lines(path))[:5]:
        if (match := IDENTIFIER.search(line)) and match[1] not in LICENSES:
            yield f'{path}:{number}: {match[1]}'


report = Report()
report.rule('C files begin with licence and copyright',
            (f'{path}: should begin with\n# {OURS}' for path in files('.c', '.h') if not (read(path) or '').startswith(OURS)))
report.rule('style sheets and Python files name their licence',
            (f'{path}: no SPDX-License-Identifier in its first five lines' for path in files('.css', '.py')
             if not any(IDENTIFIER.search(line) for _, line in list(lines(path))[:5])))
report.rule('the licences are those of the project', (fault for path in files() for fault in other_licenses(path)))
report.rule('headers begin with #pragma once',
            (f'{path}: no #pragma once' for path in files('.h') if '\n#pragma once\n' not in (read(path) or '')))
report.end()
