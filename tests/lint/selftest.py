# SPDX-License-Identifier: GPL-3.0-or-later
"""Each check passes a small clean tree and finds each fault that is planted there."""
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
C = '/* SPDX-License-Identifier: GPL-3.0-or-later\n * SPDX-FileCopyrightText: The Diorama authors */\n'
UI = '<interface><template class="DioPictureView"><child><object class="GtkButton">{}</object></child></template></interface>\n'
ICON = '<property name="icon-name">x-symbolic</property>'
KEYS = '<interface><property name="{}">&lt;Control&gt;{}</property></interface>\n'
CHORD = '<property name="accelerator">Control_L&amp;Alt_L</property></interface>'
PAGE = ('<page xmlns="http://projectmallard.org/1.0/" id="keyboard"><info><link xref="{}"/></info><table>'
        '<tr><td><keyseq><key>Ctrl</key><key>Alt</key></keyseq></td></tr>'
        '<tr><td><keyseq><key>Ctrl</key><key>{}</key></keyseq></td></tr></table></page>\n')
FUNCTION = C + 'static void\nfunction (void)\n{{\n{}}}\n'
CLEAN = {
    'src/main.c': C + '#include "config.h"\n#include "ui/picture-view.h"\n',
    'src/vm/argv.c': C + '#include "vm/argv.h"\n#include "qmp/qmp.h"\n#include <gio/gio.h>\n/* _("no text") */\n',
    'src/vm/argv.h': C + '#pragma once\n',
    'src/ui/picture-view.c': C + '#include <gtk/gtk.h>\n#include "session/session.h"\nchar *s = _("text");\n',
    'src/ui/picture-view.ui': UI.format(''),
    'src/ui/ui.gresource.xml': '<gresources><gresource><file>picture-view.ui</file></gresource></gresources>\n',
    'tests/unit/argv.c': C,
    'tests/run': '#!/usr/bin/env bash\nset -euo pipefail\n',
    'po/POTFILES': 'src/ui/picture-view.c\n',
    'src/ui/keys.ui': KEYS.format('trigger', 's'),
    'src/ui/shortcuts.ui': KEYS.format('accelerator', 's').replace('</interface>', CHORD),
    'src/ui/more.gresource.xml': '<gresources>keys.ui shortcuts.ui</gresources>\n',
    'help/C/keyboard.page': PAGE.format('keyboard', 'S'),
    'help/meson.build': "'C/keyboard.page'\n",
}
TO_DO = 'TO' 'DO'
# check: [(file, its content, what the report must say)]
FAULTS = {
    'includes': [
        ('src/vm/argv.c', C + '#include "display/frame.h"\n', 'vm may not include "display/frame.h"'),
        ('src/vm/argv.c', C + '#include "argv.h"\n', 'include by room'),
        ('src/vm/argv.c', C + '#  include <gtk/gtk.h>\n', 'outside src/ui'),
        ('src/vm/argv.h', C + '#include <adwaita.h>\n', 'outside src/ui'),
        ('src/vm/argv.h', C + '#include <gdk-pixbuf/gdk-pixbuf.h>\n', 'outside src/ui'),
        ('src/main.c', C + '#include "session/session.h"\n', 'main.c may not include'),
        ('src/attic/old.c', C, 'attic'),
    ],
    'sizes': [
        ('src/vm/argv.c', C + '\n' * 1000, '1002 lines'),
        ('src/vm/argv.c', FUNCTION.format('  x ();\n' * 81), 'function has 81 lines'),
        ('src/vm/argv.h', C + '\n' * 120, '122 lines'),
        ('src/ui/picture-view.ui', '\n' * 401, '401 lines'),
        ('src/main.c', C + '\n' * 80, '82 lines'),
    ],
    'headers': [
        ('src/vm/argv.c', 'int x;\n', 'should begin with'),
        ('src/vm/argv.h', C, 'no #pragma once'),
        ('tests/x.py', 'print()\n', 'tests/x.py: no SPDX'),
        ('tests/run', '#!/bin/sh\n# SPDX-License-Identifier: MIT\n', 'tests/run:2: MIT'),
    ],
    'ui': [
        ('src/ui/picture-view.ui', '<interface>\n', 'picture-view.ui'),
        ('src/ui/other.ui', UI.format(''), 'belongs into picture-view.ui'),
        ('src/ui/other.ui', UI.format('').replace('PictureView', 'Other'), 'no other.c beside it'),
        ('src/ui/other.ui', '<interface/>\n', 'not ok 3'),
        ('src/ui/picture-view.ui', UI.format(ICON), 'icon-name without tooltip-text'),
        ('data/icon.svg', '<svg>\n', 'data/icon.svg'),
    ],
    'potfiles': [
        ('po/POTFILES', '', 'src/ui/picture-view.c: add it'),
        ('po/POTFILES', 'src/ui/picture-view.c\nsrc/vm/argv.c\n', 'src/vm/argv.c: nothing to translate'),
        ('po/POTFILES', 'src/ui/picture-view.c\n' * 2, 'sort -u it'),
        ('src/vm/argv.c', C + 'f (ngettext ("one", "two", n));\n', 'src/vm/argv.c: add it'),
        ('data/x.desktop.in', 'Name=X\n', 'data/x.desktop.in: add it'),
    ],
    'style': [
        ('tests/unit/argv.c', C + 'g_usleep (5);\n', 'g_usleep (5)'),
        ('src/vm/argv.c', C + f'/* {TO_DO}: think */\n', 'think'),
        ('src/vm/argv.c', C + '\tint x;\n', 'argv.c:3'),
        ('src/vm/argv.c', C + 'int x; \n', 'argv.c:3'),
        ('src/vm/argv.c', C + 'x' * 121 + '\n', 'argv.c:3'),
        ('src/vm/argv.c', C + 'int x;', 'not ok 6'),
        ('tests/run', 'echo\n', 'not ok 7'),
        ('tests/tool', '#!/bin/sh\n', 'not ok 8'),
    ],
    'shortcuts': [
        ('src/ui/keys.ui', KEYS.format('trigger', 'Return|F5'), 'Ctrl+Enter of src/ui/keys.ui: not in src/ui/shortcuts.ui'),
        ('src/ui/keys.ui', KEYS.format('accel', 's'), 'Ctrl+S: nothing is done by it'),
        ('src/ui/console-keys.c', C + 'code == KEY_F12 || code == KEY_KPENTER', 'Ctrl+Alt+F12 of src/ui/console-keys.c'),
        ('help/C/keyboard.page', PAGE.format('keyboard', 'X'), 'Ctrl+S: not in help/C/keyboard.page'),
        ('help/C/keyboard.page', PAGE.format('keyboard', 'X'), 'Ctrl+X: nothing is done by it'),
        ('help/C/keyboard.page', PAGE.format('nowhere', 'S'), 'there is no page nowhere'),
        ('help/C/other.page', PAGE.format('keyboard', 'S'), 'its id is keyboard'),
        ('help/meson.build', '', 'not in help/meson.build'),
    ],
    'scripts': [
        ('tests/run', '#!/usr/bin/env bash\nset -e\nif true; then\n', 'syntax error'),
        ('tests/run', '#!/bin/sh\necho\n', 'no set -e'),
        ('tests/x.py', 'def f(:\n', 'invalid syntax'),
    ],
}


def check(name, change=()):
    """Runs NAME on the clean tree with CHANGE made: (passed, output)."""
    with tempfile.TemporaryDirectory() as folder:
        for path, text in {**CLEAN, **dict(change)}.items():
            target = pathlib.Path(folder, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding='utf-8')
        pathlib.Path(folder, 'tests/run').chmod(0o755)
        result = subprocess.run([sys.executable, HERE / f'{name}.py', folder], capture_output=True, text=True, check=False)
        return result.returncode == 0, result.stdout + result.stderr


def cases():
    for name, faults in FAULTS.items():
        passed, output = check(name)
        yield f'{name} passes a clean tree', passed, output
        for path, text, expected in faults:
            passed, output = check(name, {path: text}.items())
            yield f'{name} finds: {expected}', not passed and expected in output, output


COUNT = 0
FAILED = False
for COUNT, (title, good, said) in enumerate(cases(), 1):
    print('ok' if good else 'not ok', COUNT, '-', title.replace('#', ''))
    if not good:
        FAILED = True
        print('\n'.join('#   ' + line for line in said.splitlines()))
print(f'1..{COUNT}')
sys.exit(FAILED)
