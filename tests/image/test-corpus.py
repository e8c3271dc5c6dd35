#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""“diorama inspect” tells of each image of the corpus what its table says. test-corpus.py [WORD…]: of those with one of
the words in their name."""

import ctypes
import functools
import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / 'ui'), str(HERE.parent / 'cli')]
from fixture import Home                                               # noqa: E402
from images import SAMPLES, corpus                                     # noqa: E402
from tap import Tap                                                    # noqa: E402

PLACE_FLAGS = {'removable', 'portal'}                                  # of where the corpus lies
PR_CAPBSET_DROP, N_CAPABILITIES = 24, 64
tap = Tap()


def obey_permissions():
    """Root may read and write what it is not allowed to, unless it gives up its capabilities with the next program."""
    prctl = ctypes.CDLL(None).prctl
    for capability in range(N_CAPABILITIES):
        prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


def inspect(home, names, folder, *options):
    """{name: report}, told by one process."""
    if not names:
        return {}
    done = subprocess.run(home.command('inspect', '--json', *options, *(folder / name for name in names)), env=home.env, cwd=home.path,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=100, preexec_fn=obey_permissions)
    assert done.returncode in (0, 1) and not done.stderr, (done.returncode, done.stderr.decode(errors='replace')[-3000:])
    reports = json.loads(done.stdout)
    assert len(reports) == len(names), (len(reports), len(names))
    return dict(zip(names, reports))


def among(value, wanted):
    return value in wanted if isinstance(wanted, tuple) else value == wanted


def check_image(sample, image):
    """What is told of the image itself."""
    for key, wanted in (('format', sample.format), ('version', sample.version)):
        assert wanted is None or image[key] == wanted, f'{key}: {image[key]}, not {wanted}'
    if sample.size is not None:
        assert image['virtual-size'] in (sample.size, 0), image['virtual-size']


def check_chain(sample, report, folder):
    below = [(file['path'], file['format']) for file in report['files'][1:]]
    assert below == [(str((folder / sample.name).parent / name), form) for name, form in sample.chain], below


def check_problem(sample, report):
    problem, sentence = report['problem'], report['sentence']
    assert among(problem, sample.problem), f'{problem}, not {sample.problem}: {sentence}'
    if problem == 'good':
        assert sentence is None, sentence
    else:
        assert sentence and sentence[-1] in '.)' and sentence[0].isupper() | (sentence[0] in '“"'), sentence
        assert all(character.isprintable() for character in sentence.replace('\u2068', '').replace('\u2069', '')), ascii(sentence)
    told = ' '.join(filter(None, (sentence, report['detail'], report['reference'])))
    for word in sample.says:
        assert word in told, f'“{word}” is not in: {told}'


def check_reference(sample, report):
    if sample.kind is not None and report['problem'] == 'refers':
        assert among(report['reference-kind'], sample.kind), report['reference-kind']
    if sample.named is not None:
        assert report['reference'] == sample.named, (report['reference'], sample.named)
    assert report['reference'] is None or len(report['reference']) <= 256


@functools.cache
def engine_formats():
    out = subprocess.run([Path(os.environ['DIORAMA_TEST_EMBEDDED_QEMU'], 'bin/qemu-img'), '--help'], capture_output=True, text=True).stdout
    return out.partition('Supported image formats:')[2].split()


def check_inside(sample, report):
    """What is on the disk."""
    if report['inside'] is None and report['files'][0]['format'] not in engine_formats():
        tap.skip('the embedded QEMU is of a time before it had this format')
    inside = report['inside']
    assert inside, report.get('inside-sentence')
    told = inside | {'file-systems': [partition.get('file-system') for partition in inside['partitions']]}
    for key, wanted in sample.inside.items():
        assert told.get(key) == wanted, f'{key}: {told.get(key)}, not {wanted}; {report}'


def check(sample, report, folder):
    check_problem(sample, report)
    check_reference(sample, report)
    check_image(sample, report['files'][0])
    flags = set(report['flags']) - PLACE_FLAGS - sample.either
    if sample.flags is not None:
        assert flags == sample.flags - sample.either, f'flags: {flags}, not {sample.flags}'
    if sample.chain is not None:
        check_chain(sample, report, folder)
    if sample.snapshots is not None:
        assert [(snapshot['name'], snapshot['state'] > 0) for snapshot in report['snapshots']] == sample.snapshots, report['snapshots']
    for key, wanted in (('encryption', sample.encryption), ('compression', sample.compression)):
        assert wanted is None or report[key] == wanted, f'{key}: {report[key]}'
    if sample.unpacked is not None:
        assert report['unpacked-size'] in (sample.unpacked, 0), report['unpacked-size']
    if sample.inside and report['problem'] == 'good':
        check_inside(sample, report)


def main():
    words = sys.argv[1:] or ['']
    samples = [sample for sample in SAMPLES.values() if any(word in sample.name for word in words)]
    folder = corpus(Path(os.environ['DIORAMA_TEST_EMBEDDED_QEMU']))
    home = Home()
    with tap.guard('the reports'):
        reports = inspect(home, [sample.name for sample in samples if not sample.inside], folder, '--header')
        reports |= inspect(home, [sample.name for sample in samples if sample.inside], folder)
        for sample in samples:
            with tap.test(f'{sample.name}: {sample.case}'):
                check(sample, reports[sample.name], folder)
    home.remove()
    tap.finish()


if __name__ == '__main__':
    main()
