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
TRIES = 3          # of a program of the suites that may be tried again
RETRIED = ('unit', 'peer', 'asan', 'faults', 'engine', 'harness', 'ui', 'lab', 'bench', 'real', 'guest')
# How many programs of a suite, or runs of its tests, go at once: those that wait for most of their time.
LANES = {'ui': 3, 'lab': 2, 'qemu': 2, 'real': 2}
# These begin first, or they would be what is waited for at the end; of the others, what is long on the page is mostly long.
LONG = ('test-painters.py', 'test-zoom.py', 'test-screens.py', 'test-cycles.py', 'suite', 'test-debian.py')
# These go beside others, from that suite on, and are told when the rest is through.
BESIDE = {'lab': 'engine'}

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
    """What came of one suite. `say` is where its lines go; several threads may tell results."""

    def __init__(self, say):
        self.passed = self.failed = self.skipped = 0
        self.failures = []
        self.skips = []
        self.unsteady = []
        self.say = say

    def add(self, suite, name, outcome, detail=''):
        if outcome == 'ok':
            self.passed += 1
        elif outcome == 'skip':
            self.skipped += 1
            self.skips.append(f'{suite}: {name}: {detail or "no reason given"}')
            self.say(f'  skipped: {name}: {detail}')
        else:
            self.failed += 1
            self.failures.append(f'{suite}: {name}')
            self.say(f'  FAILED: {name}\n{detail}'.rstrip())

    def note_unsteady(self, suite, what):
        """Something was tried again and may pass: that is told, whatever comes of it."""
        self.unsteady.append(f'{suite}: {what}')
        self.say(f'  UNSTEADY: {what}')

    def __iadd__(self, other):
        for name in ('passed', 'failed', 'skipped', 'failures', 'skips', 'unsteady'):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self

    def __str__(self):
        unsteady = f', {len(self.unsteady)} unsteady' if self.unsteady else ''
        return f'{self.passed} passed, {self.failed} failed, {self.skipped} skipped{unsteady}'


def say(*lines, sep=' '):
    print(*lines, sep=sep, flush=True)


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


def run_meson(tally, label, directory, suites, environment, slower=1, program=None, held=None):
    """One `meson test`; its JUnit log has every TAP line, its JSON log how each program ended. PROGRAM: only that one.
    HELD: a list: what failed goes there, by its name, and is not counted yet."""
    base = 'testlog-' + label
    log, ends = (directory / 'meson-logs' / (base + suffix) for suffix in ('.junit.xml', '.json'))
    for old in (log, ends):
        old.unlink(missing_ok=True)
    subprocess.run(['meson', 'test', '-C', str(directory), '--no-rebuild', '--logbase', base,
                    '-t', str(slower * FACTOR), '-q', *[word for suite in suites for word in ('--suite', suite)],
                    *([program] if program else [])],
                   env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if not log.exists() or not ends.exists():
        tally.add(label, 'meson test', 'failed', '  no result was written')
        return
    rows = [json.loads(line) for line in ends.read_text().splitlines()]
    bad = [row for row in rows if row['result'] not in ('OK', 'SKIP', 'EXPECTEDFAIL')]
    if held is not None:
        held += [row['name'] for row in bad]
        for row in bad:
            tally.say(f"  {row['name']}: {row['result'].lower()} (exit code {row['returncode']})\n" + last_words(row))
    told = set()
    for group in ElementTree.parse(log).getroot().iter('testsuite'):
        program_name = (group.get('name') or '').removeprefix('diorama.')
        if held is not None and program_name in held:
            continue
        for case in group.iter('testcase'):
            name = f"{group.get('name')} {case.get('name')}".replace('diorama.', '')
            fault = next((child for child in case if child.tag in ('failure', 'error')), None)
            skip = case.find('skipped')
            if fault is not None:
                told |= {program_name, case.get('name')}
                streams = [group.findtext(tag) or '' for tag in ('system-out', 'system-err')]
                streams += [case.findtext(tag) or '' for tag in ('system-out', 'system-err')]
                tally.add(label, name, 'failed', '\n'.join(streams)[-4000:])
            elif skip is not None:
                tally.add(label, name, 'skip', (skip.get('message') or skip.text or '').strip() or skip_reason(group, case))
            else:
                tally.add(label, name, 'ok')
    # A program that crashed, leaked or hung after its last "ok" is in the JUnit log with nothing but that.
    for row in bad:
        if held is None and row['name'] not in told:
            tally.add(label, f"{row['name']}: {row['result'].lower()} (exit code {row['returncode']})", 'failed', last_words(row))


def last_words(row):
    return ((row.get('stdout') or '') + (row.get('stderr') or ''))[-4000:]


def skip_reason(group, case):
    """GLib tells the reason in the TAP line, which Meson keeps in the output of the whole program."""
    text = group.findtext('system-out') or ''
    found = re.search(r'^ok \d+ ' + re.escape(case.get('name') or '') + r'\s*# SKIP\s*(.*)$', text, re.M | re.I)
    return found.group(1) if found else ''


class Programs:
    """Those of a suite, which speak TAP, so many at once. One that fails is tried again when nothing else runs, if it may be:
    that is told, with where each try failed, and the last try counts."""

    def __init__(self, tally, label, commands, environment):
        self._tally, self._label, self._commands, self._environment = tally, label, commands, environment
        self._times = []
        self.again = []                    # (command, [what came of each try])

    def run(self):
        with ThreadPoolExecutor(LANES.get(self._label, 1)) as pool:
            for command, done in zip(self._commands, pool.map(self._run, self._commands)):
                if done.returncode and self._label in RETRIED:
                    self.again.append((command, [done]))
                else:
                    judge(self._tally, self._label, command, done)
        if len(self._times) > 1:
            slowest = sorted(self._times, reverse=True)[:SLOWEST]
            self._tally.say('  longest: ' + ', '.join(f'{name} {seconds:.0f} s' for seconds, name in slowest))

    def run_again(self):
        for command, tries in self.again:
            while tries[-1].returncode and len(tries) < TRIES:
                tries.append(self._run(command))
            self._tell_tries(Path(command[0]).name, tries)
            judge(self._tally, self._label, command, tries[-1])

    def _run(self, command):
        begun = time.monotonic()
        done = subprocess.run([str(part) for part in command], cwd=TOP, env={**os.environ, **self._environment},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace')
        self._times.append((time.monotonic() - begun, Path(command[0]).name))
        return done

    def _tell_tries(self, name, tries):
        ends = [failures_of(done) for done in tries]
        self._tally.note_unsteady(self._label, f'{name} failed and was tried again: '
                                  + '; '.join(f'try {number} {end}' for number, end in enumerate(ends, 1)))
        self._tally.say(first_failure(tries[0]))


class MesonPrograms:
    """The same for runs of `meson test`, some at once."""

    def __init__(self, tally, directory, suites, runs, slower=1):
        self._tally, self._directory, self._suites, self._runs, self._slower = tally, directory, suites, runs, slower
        self.again = []                    # (label, environment, name)

    def run(self):
        def run(label, environment):
            held = []
            run_meson(self._tally, label, self._directory, self._suites, environment, self._slower, held=held)
            return [(label, environment, name) for name in held]
        with ThreadPoolExecutor(LANES.get('qemu', 1)) as pool:
            for done in [pool.submit(run, *its) for its in self._runs]:
                self.again += done.result()

    def run_again(self):
        for label, environment, name in self.again:
            self._tally.note_unsteady(label, f'{name} failed and is tried again')
            program = name.rpartition(' / ')[2]
            for last in range(1, TRIES):
                held = [] if last < TRIES - 1 else None
                run_meson(self._tally, label, self._directory, self._suites, environment, self._slower, program=program, held=held)
                if not held:
                    break


def failures_of(done):
    """In a line."""
    if not done.returncode:
        return 'passed'
    reader, failed = Reader(), []
    for line in done.stdout.splitlines():
        if (result := reader.feed(line)) and not result.passed:
            failed.append(f'“{result.name}”')
    if not reader.is_whole(done.returncode):
        failed.append(f'ended early with {done.returncode}')
    return f'failed at {", ".join(failed[:3])}' + (f' and {len(failed) - 3} more' if len(failed) > 3 else '')


def first_failure(done):
    """Its last words, to find the reason by."""
    lines = done.stdout.splitlines()
    first = next((number for number, line in enumerate(lines) if line.startswith('not ok')), None)
    if first is None:
        first, end = max(0, len(lines) - 10), len(lines)
    else:
        end = next((number for number in range(first + 1, len(lines)) if not lines[number].startswith('#')), len(lines))
    return '\n'.join('    ' + line for line in lines[first:end])[-3000:]


def judge(tally, label, command, done):
    name = Path(command[0]).name
    reader, notes, unsteady, failed = Reader(), [], False, None

    def tell_failed():
        """What a program says of a failure comes before it or, as from Tap, after it."""
        tally.add(label, failed, 'failed', '\n'.join(notes[-40:]))
    for line in done.stdout.splitlines():
        result = reader.feed(line)
        if result is None and line.startswith('# UNSTEADY: '):
            tally.note_unsteady(label, f'{name}: {line.removeprefix("# UNSTEADY: ")}')
            unsteady = True
            continue
        if result is None:
            notes.append('    ' + line)
            if unsteady:
                tally.say(notes[-1])
            continue
        if failed:
            tell_failed()
            notes = []
        title, failed = f'{name}: {result.name}' if result.name else name, None
        if not result.passed:
            failed, unsteady = title, False
            continue
        tally.add(label, title, 'ok' if result.skip is None else 'skip', result.skip or '')
        notes, unsteady = [], False
    if failed:
        tell_failed()
        notes = []
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
    if kind == 'meson' and name not in RETRIED:
        run_meson(tally, name, tools['build'], what, environment)
    elif kind == 'meson':
        programs = MesonPrograms(tally, tools['build'], what, [(name, environment)])
        programs.run()
        return programs
    elif kind == 'asan':
        directory = build('asan', ['-Db_sanitize=address,undefined', '-Db_lundef=false', *tools['options']])
        environment |= {'ASAN_OPTIONS': 'detect_leaks=1:abort_on_error=1', 'UBSAN_OPTIONS': 'halt_on_error=1:print_stacktrace=1',
                        'LSAN_OPTIONS': f'suppressions="{TESTS}/lsan.supp":print_suppressions=0', 'DIORAMA_TEST_SANITIZED': '1'}
        programs = MesonPrograms(tally, directory, what, [(name, environment)], slower=3)
        programs.run()
        return programs
    elif kind == 'qemu':
        programs = MesonPrograms(tally, tools['build'], what, list_qemus(tally, environment))
        programs.run()
        return programs
    else:
        commands = [[program, *([tools['qemu']] if program.name == 'verify' else [])] for program in expand(what)]
        if LANES.get(name, 1) > 1:
            commands.sort(key=lambda command: (command[0].name not in LONG, -command[0].stat().st_size))
        programs = Programs(tally, name, commands, environment)
        programs.run()
        return programs
    return None


def list_qemus(tally, environment):
    """(what it is called, the environment of tests with it)"""
    few = environment | {'DIORAMA_TEST_CYCLES': '20'}
    runs = [('embedded', environment), ('distribution', few | {'DIORAMA_TEST_QEMU': '/usr/bin/qemu-system-x86_64'})]
    newest = subprocess.run([TESTS / 'qemu/backports'], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if newest.returncode:
        tally.add('backports', 'the newest QEMU', 'skip', ' '.join(newest.stderr.split())[-300:])
    else:
        binary = newest.stdout.strip().splitlines()[-1] + '/bin/qemu-system-x86_64'
        runs.append(('backports', few | {'DIORAMA_TEST_QEMU': binary}))
    return runs


class Suite:
    """A run of one, in this thread or in another; what it says is kept until it is shown when it is in another."""

    def __init__(self, name, tools, beside):
        self._name, self._tools, self._beside, self._lines = name, tools, beside, []
        self.tally = Tally(self._lines.append if beside else say)
        self._thread = ThreadPoolExecutor(1).submit(self._run) if beside else None
        if not beside:
            say(f'{name} …')
            self._run()
            say(self._end)

    def show(self):
        """Of one in another thread: waits for its end."""
        say(f'{self._name} …')
        self._thread.result()
        say(*self._lines, self._end, sep='\n')
        self.tally.say = say

    def run_again(self):
        """When nothing else runs."""
        if self._programs:
            self._programs.run_again()

    def _run(self):
        begun = time.monotonic()
        self._programs = run_suite(self._name, self.tally, self._tools)
        again = f', {len(self._programs.again)} to be tried again' if self._programs and self._programs.again else ''
        beside = ' beside others' if self._beside else ''
        self._end = f'{self._name}: {self.tally}{again} ({time.monotonic() - begun:.0f} s{beside})'


def run_suites(wanted, tools):
    done, beside = {}, [name for name, place in BESIDE.items() if name in wanted and place in wanted]
    for name in wanted:
        for other in beside:
            if BESIDE[other] == name:
                done[other] = Suite(other, tools, True)
        if name not in beside:
            done[name] = Suite(name, tools, False)
    for name in beside:
        done[name].show()
    for name in wanted:
        done[name].run_again()
    return [done[name].tally for name in wanted]


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
    tallies = run_suites([name for name in SUITES if not words or name in words], tools)
    tally = Tally(say)
    for part in tallies:
        tally += part
    for title, rows in (('Skipped', tally.skips), ('Unsteady', tally.unsteady), ('Failed', tally.failures)):
        if rows:
            say(title + ':', *('  ' + row for row in rows), sep='\n')
    say(f'({time.monotonic() - start:.0f} s)')
    say(tally)
    return 1 if tally.failed or not tally.passed else 0


if __name__ == '__main__':
    sys.exit(main())
