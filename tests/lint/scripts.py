# SPDX-License-Identifier: GPL-3.0-or-later
"""Scripts parse: shell by `bash -n` or `sh -n`, Python by compiling."""
import re
import subprocess
from tree import ROOT, Report, files, read

SHELL = re.compile(r'#!\s*\S*?(?:/env\s+)?/?\b(bash|sh|dash)\b')


def interpreter(path):
    """bash, sh, python or None"""
    first = (read(path) or '').partition('\n')[0]
    if match := SHELL.match(first):
        return 'bash' if match[1] == 'bash' else 'sh'
    if path.name.endswith('.bash'):
        return 'bash'
    if path.name.endswith('.py') or re.match(r'#!.*\bpython', first):
        return 'python'
    return None


def shell_fault(path, shell):
    result = subprocess.run([shell, '-n', ROOT / path], capture_output=True, text=True, check=False)
    return None if result.returncode == 0 else f'{path}: {result.stderr.strip()}'


def python_fault(path):
    try:
        compile(read(path), str(path), 'exec')
    except (SyntaxError, ValueError) as error:
        return f'{path}: {error}'
    return None


def unsafe(path):
    """A script that goes on after a failed command hides it."""
    return not re.search(r'^\s*set -[a-z]*e|^#!.*\s-[a-z]*e', read(path), re.MULTILINE)


kinds = {path: interpreter(path) for path in files()}
shells = [path for path, kind in kinds.items() if kind in ('bash', 'sh')]

report = Report()
report.rule('shell scripts parse', filter(None, (shell_fault(path, kinds[path]) for path in shells)))
report.rule('Python files compile', filter(None, (python_fault(path) for path, kind in kinds.items() if kind == 'python')))
report.rule('shell scripts end at the first failure',
            (f'{path}: no set -e' for path in shells if not path.name.endswith('.bash') and unsafe(path)))
report.note(f'{len(shells)} shell, {sum(kind == "python" for kind in kinds.values())} Python')
report.end()
