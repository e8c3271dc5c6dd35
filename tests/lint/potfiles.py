# SPDX-License-Identifier: GPL-3.0-or-later
"""po/POTFILES lists exactly the files that have something to translate, in order; with --write it is made so."""
import re
import sys
from tree import ROOT, Report, files, read

CALL = re.compile(r'(?<![\w"])(_|N_|C_|NC_|ngettext|g_dngettext|g_dpgettext2?)\s*\(\s*(\w+,\s*)*"')
COMMENT = re.compile(r'/\*.*?\*/|//[^\n]*', re.DOTALL)
MARKS = {
    '.c': lambda text: CALL.search(COMMENT.sub('', text)),
    '.ui': lambda text: re.search(r'translatable="(yes|true|1)"', text),
    '.desktop.in': lambda text: True,
    '.metainfo.xml.in': lambda text: True,
    '.gschema.xml.in': lambda text: '<summary>' in text,
}


def translatable():
    for suffix, has_text in MARKS.items():
        for path in files(suffix):
            if path.parts[0] in ('src', 'data') and has_text(read(path) or ''):
                yield str(path)


wanted = sorted(translatable())
potfiles = ROOT / 'po' / 'POTFILES'
if '--write' in sys.argv:
    potfiles.write_text(''.join(f'{path}\n' for path in wanted), encoding='utf-8')
listed = potfiles.read_text(encoding='utf-8').splitlines() if potfiles.exists() else []
listed = [line for line in listed if line and not line.startswith('#')]

report = Report()
report.rule('POTFILES misses none', (f'{path}: add it (tests/lint/potfiles.py --write)' for path in wanted if path not in listed))
report.rule('POTFILES has none too many', (f'{path}: nothing to translate in there' for path in listed if path not in wanted))
report.rule('POTFILES is sorted, without duplicates', [] if listed == sorted(set(listed)) else ['sort -u it'])
report.end()
