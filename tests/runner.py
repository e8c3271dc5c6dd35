#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inside of tests/run: builds, runs each suite, counts TAP results."""
import json
import os
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TESTS = Path(__file__).resolve().parent
TOP = TESTS.parent
sys.path.insert(0, str(TESTS / 'ui'))
from patience import FACTOR  # noqa: E402
from tap import Reader  # noqa: E402

SLOWEST = 8        # programs of a suite whose times are told

# name: (what it proves, how, argument); in the order in which they run, quick ones first.
SUITES = {
    'lint': ('the tree keeps its own rules; data files are valid', 'meson', ['lint']),
    'unit': ('pure parts, one at a time', 'meson', ['unit']),
    'peer': ('the core against a fake QEMU, friendly and hostile', 'meson', ['peer']),
    'asan': ('unit, peer and fuzz once more under AddressSanitizer and UBSan; the fuzz corpus replayed and mutated', 'asan',
             ['unit', 'peer', 'fuzz']),
    'faults': ('full disks, lost permissions and power cuts at each write of the library', 'meson', ['faults']),
    'engine': ('the embedded QEMU has what the application names', 'programs',
               ['embedded-qemu/verify', 'embedded-qemu/test-patches']),
    'guest': ('the test guest itself', 'programs', ['tests/guest/test.py']),
    'qemu': ('the core with real QEMUs: embedded, the distribution\'s, the newest; 200 starts without a leak', 'qemu', ['qemu']),
    'harness': ('the headless desktop delivers input and pixels exactly', 'programs', ['tests/ui/selftest.py']),
    'ui': ('real windows with injected keys, pointer and wheel; pixels compared', 'programs', ['tests/ui/test-*.py']),
    'lab': ('in a virtual laptop with a render node, /dev/udmabuf, KVM and a touch panel: dma-bufs from real QEMUs, fingers',
            'programs',
            ['tests/lab/selftest.py', 'tests/lab/suite', 'tests/lab/test-desktop.py', 'tests/lab/test-panel.py']),
    'bench': ('the bench can still measure (a short run; no figure is judged)', 'programs', ['tests/bench/test-bench.py']),
    'clone': ('a fresh copy of the tree, at an awkward path, builds and runs', 'programs', ['tests/clone/test-clone.py']),
    'real': ('media that we did not write, read from the screen by OCR', 'programs', ['tests/real/test-*.py']),
}


class Tally:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.failures = []
        self.skips = []
        self.unsteady = []

    def add(self, suite, name, outcome, detail=''):
        if outcome == 'ok':
            self.passed += 1
        elif outcome == 'skip':
            self.skipped += 1
            self.skips.append(f'{suite}: {name}: {detail or "no reason given"}')
            print(f'  skipped: {name}: {detail}', flush=True)
        else:
            self.failed += 1
            self.failures.append(f'{suite}: {name}')
            print(f'  FAILED: {name}\n{detail}'.rstrip(), flush=True)

    def note_unsteady(self, suite, what):
        """Something was tried again and may pass: that is told, whatever comes of it."""
        self.unsteady.append(f'{suite}: {what}')
        print(f'  UNSTEADY: {what}', flush=True)

    def __str__(self):
        unsteady = f', {len(self.unsteady)} unsteady' if self.unsteady else ''
        return f'{self.passed} passed, {self.failed} failed, {self.skipped} skipped{unsteady}'


def output_of(command):
    """Runs a set-up step whose last line of output is its result."""
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, text=True)
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        give_up(f'{command[0]} failed')
    return lines[-1]


def give_up(why):
    """What the tests need could not be made: that is a failure, and counted as one."""
    print(f'tests/run: {why}', file=sys.stderr, flush=True)
    print('0 passed, 1 failed, 0 skipped')
    sys.exit(1)


def build(directory, options):
    """Configures (once, or when the options changed) and builds; returns the build directory."""
    directory = TOP / 'build' / directory
    directory.mkdir(parents=True, exist_ok=True)
    stamp = directory / '.settings'
    wanted = ' '.join(options)
    log = directory / '.build.log'
    if not (directory / 'build.ninja').exists() or not stamp.exists() or stamp.read_text().strip() != wanted:
        again = ['--reconfigure'] if (directory / 'build.ninja').exists() else []
        run_logged(['meson', 'setup', *again, *options, str(directory), str(TOP)], log, 'meson setup')
        stamp.write_text(wanted + '\n')
    run_logged(['ninja', '-C', str(directory)], log, 'the build')
    return directory


def run_logged(command, log, what):
    with open(log, 'w') as out:
        if subprocess.run(command, stdout=out, stderr=subprocess.STDOUT).returncode:
            sys.stdout.write(log.read_text()[-6000:])
            give_up(f'{what} failed')


def run_meson(tally, label, directory, suites, environment, slower=1):
    """One `meson test`; its JUnit log has every TAP line, its JSON log how each program ended."""
    base = 'testlog-' + label
    log, ends = (directory / 'meson-logs' / (base + suffix) for suffix in ('.junit.xml', '.json'))
    for old in (log, ends):
        old.unlink(missing_ok=True)
    subprocess.run(['meson', 'test', '-C', str(directory), '--no-rebuild', '--logbase', base,
                    '-t', str(slower * FACTOR), '-q', *[word for suite in suites for word in ('--suite', suite)]],
                   env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if not log.exists() or not ends.exists():
        tally.add(label, 'meson test', 'failed', '  no result was written')
        return
    told = set()
    for group in ElementTree.parse(log).getroot().iter('testsuite'):
        for case in group.iter('testcase'):
            name = f"{group.get('name')} {case.get('name')}".replace('diorama.', '')
            fault = next((child for child in case if child.tag in ('failure', 'error')), None)
            skip = case.find('skipped')
            if fault is not None:
                told.add(name.split()[0 if '.' in (group.get('name') or '') else -1])
                streams = [group.findtext(tag) or '' for tag in ('system-out', 'system-err')]
                streams += [case.findtext(tag) or '' for tag in ('system-out', 'system-err')]
                tally.add(label, name, 'failed', '\n'.join(streams)[-4000:])
            elif skip is not None:
                tally.add(label, name, 'skip', (skip.get('message') or skip.text or '').strip() or skip_reason(group, case))
            else:
                tally.add(label, name, 'ok')
    # A program that crashed, leaked or hung after its last "ok" is in the JUnit log with nothing but that.
    for row in map(json.loads, ends.read_text().splitlines()):
        if row['result'] not in ('OK', 'SKIP', 'EXPECTEDFAIL') and row['name'] not in told:
            tally.add(label, f"{row['name']}: {row['result'].lower()} (exit code {row['returncode']})", 'failed',
                      ((row.get('stdout') or '') + (row.get('stderr') or ''))[-4000:])


def skip_reason(group, case):
    """GLib tells the reason in the TAP line, which Meson keeps in the output of the whole program."""
    text = group.findtext('system-out') or ''
    found = re.search(r'^ok \d+ ' + re.escape(case.get('name') or '') + r'\s*# SKIP\s*(.*)$', text, re.M | re.I)
    return found.group(1) if found else ''


def run_programs(tally, label, commands, environment, tries, lanes):
    """Programs that speak TAP, so many at once. With two tries, one that fails is shown, said to have needed another, and
    tried again when nothing else runs."""
    def run(command):
        begun = time.monotonic()
        done = subprocess.run([str(part) for part in command], cwd=TOP, env={**os.environ, **environment},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace')
        times.append((time.monotonic() - begun, Path(command[0]).name))
        return done

    again, times = [], []
    with ThreadPoolExecutor(lanes) as pool:
        for command, done in zip(commands, pool.map(run, commands)):
            if not done.returncode or tries == 1:
                judge(tally, label, command, done)
                continue
            tally.note_unsteady(label, f'{Path(command[0]).name} failed and is tried once more')
            print(done.stdout[max(done.stdout.find('not ok'), 0):][:3000], flush=True)
            again.append(command)
    for command in again:
        judge(tally, label, command, run(command))
    if len(times) > 1:
        slowest = sorted(times, reverse=True)[:SLOWEST]
        print('  longest: ' + ', '.join(f'{name} {seconds:.0f} s' for seconds, name in slowest), flush=True)


def judge(tally, label, command, done):
    name = Path(command[0]).name
    reader, notes, unsteady = Reader(), [], False
    for line in done.stdout.splitlines():
        result = reader.feed(line)
        if result is None and line.startswith('# UNSTEADY: '):
            tally.note_unsteady(label, f'{name}: {line.removeprefix("# UNSTEADY: ")}')
            unsteady = True
            continue
        if result is None:
            notes.append('    ' + line)
            if unsteady:
                print(notes[-1], flush=True)
            continue
        title = f'{name}: {result.name}' if result.name else name
        if not result.passed:
            tally.add(label, title, 'failed', '\n'.join(notes[-40:]))
        elif result.skip is not None:
            tally.add(label, title, 'skip', result.skip)
        else:
            tally.add(label, title, 'ok')
        notes, unsteady = [], False
    if not reader.is_whole(done.returncode):
        tally.add(label, f'{name}: ended early (exit code {done.returncode}, {reader.seen} of {reader.plan} results)', 'failed',
                  '\n'.join(notes[-40:]))


def expand(patterns):
    for pattern in patterns:
        found = sorted(TOP.glob(pattern))
        if not found:
            sys.exit(f'tests/run: nothing matches {pattern}')
        yield from found


def run_suite(name, tally, tools):
    _, kind, what = SUITES[name]
    environment = {'DIORAMA_TEST_QEMU': f"{tools['qemu']}/bin/qemu-system-x86_64", 'DIORAMA_TEST_GUEST': tools['guest'],
                   'DIORAMA_TEST_ENGINE': tools['qemu'], 'DIORAMA_TEST_BUILD': str(tools['build']),
                   'DIORAMA_DEMO_GUEST': tools['guest']}
    if kind == 'meson':
        run_meson(tally, name, tools['build'], what, environment)
    elif kind == 'asan':
        directory = build('asan', ['-Db_sanitize=address,undefined', '-Db_lundef=false', *tools['options']])
        environment |= {'ASAN_OPTIONS': 'detect_leaks=1:abort_on_error=1', 'UBSAN_OPTIONS': 'halt_on_error=1:print_stacktrace=1',
                        'LSAN_OPTIONS': f'suppressions="{TESTS}/lsan.supp":print_suppressions=0', 'DIORAMA_TEST_SANITIZED': '1'}
        run_meson(tally, name, directory, what, environment, slower=3)
    elif kind == 'qemu':
        run_meson(tally, 'embedded', tools['build'], what, environment)
        run_meson(tally, 'distribution', tools['build'], what,
                  environment | {'DIORAMA_TEST_QEMU': '/usr/bin/qemu-system-x86_64', 'DIORAMA_TEST_CYCLES': '20'})
        newest = subprocess.run([TESTS / 'qemu/backports'], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if newest.returncode:
            tally.add('backports', 'the newest QEMU', 'skip', ' '.join(newest.stderr.split())[-300:])
        else:
            binary = newest.stdout.strip().splitlines()[-1] + '/bin/qemu-system-x86_64'
            run_meson(tally, 'backports', tools['build'], what,
                      environment | {'DIORAMA_TEST_QEMU': binary, 'DIORAMA_TEST_CYCLES': '20'})
    else:
        commands = [[program, *([tools['qemu']] if program.name == 'verify' else [])] for program in expand(what)]
        # Windows on two cores under emulation: the compositor, the guest and OCR have deadlines, too; the laptop's emulated
        # virtualisation loses its kernel, or a guest, now and then.
        tries = 2 if name in ('harness', 'ui', 'lab', 'bench', 'real', 'guest') else 1
        # They wait for most of their time, those that are long on the page mostly also on the clock.
        lanes = 2 if name == 'ui' else 1
        if lanes > 1:
            commands.sort(key=lambda command: -command[0].stat().st_size)
        run_programs(tally, name, commands, environment, tries, lanes)


def main():
    words = sys.argv[1:]
    if '--list' in words:
        for name, (purpose, _, _) in SUITES.items():
            print(f'{name:9} {purpose}')
        return 0
    if '--help' in words or '-h' in words:
        print('usage: tests/run [SUITE…]      tests/run --list')
        return 0
    unknown = [word for word in words if word not in SUITES]
    if unknown:
        print(f'tests/run: there is no suite “{unknown[0]}”; tests/run --list tells them', file=sys.stderr)
        return 2

    start = time.monotonic()
    tools = {'qemu': output_of([TOP / 'embedded-qemu/build']), 'guest': output_of([TOP / 'tests/guest/build'])}
    tools['options'] = [f"-Dembedded_qemu={tools['qemu']}", f"-Ddemo_guest={tools['guest']}"]
    tools['build'] = build('root', tools['options'])
    tally = Tally()
    for name in SUITES:
        if words and name not in words:
            continue
        before, begun = (tally.passed, tally.failed, tally.skipped), time.monotonic()
        print(f'{name} …', flush=True)
        run_suite(name, tally, tools)
        print(f'{name}: {tally.passed - before[0]} passed, {tally.failed - before[1]} failed, '
              f'{tally.skipped - before[2]} skipped ({time.monotonic() - begun:.0f} s)', flush=True)
    for title, rows in (('Skipped', tally.skips), ('Unsteady', tally.unsteady), ('Failed', tally.failures)):
        if rows:
            print(title + ':', *('  ' + row for row in rows), sep='\n')
    print(f'({time.monotonic() - start:.0f} s)')
    print(tally)
    return 1 if tally.failed or not tally.passed else 0


if __name__ == '__main__':
    sys.exit(main())
