# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""The corpus: all samples, and the folder that has them."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import samples_boot                                                    # noqa: E402, F401
import samples_canaries                                                # noqa: E402
import samples_chains                                                  # noqa: E402, F401
import samples_files                                                   # noqa: E402, F401
import samples_qcow2                                                   # noqa: E402, F401
import samples_vendors                                                 # noqa: E402, F401
from disks import boot_sector                                          # noqa: E402
from sample import SAMPLES, Tools                                      # noqa: E402


def digest(engine):
    """Of what makes the images: these files, and the tools."""
    total = hashlib.sha256()
    for path in sorted(HERE.glob('*.py')):
        if not path.name.startswith('test'):
            total.update(path.read_bytes())
    for tool in (engine / 'bin/qemu-img', 'qemu-img'):
        total.update(subprocess.run([tool, '--version'], stdout=subprocess.PIPE, check=True).stdout)
    return total.hexdigest()[:16]


def make(folder, tools):
    def one(sample):
        path = folder / sample.name
        path.parent.mkdir(exist_ok=True)
        try:
            sample.make(path, tools)
        except Exception as error:
            return f'{sample.name}: {error!r}'

    (folder / samples_canaries.CANARY).parent.mkdir()
    (folder / samples_canaries.CANARY).write_bytes(boot_sector() + bytes(1 << 20))
    with ThreadPoolExecutor(4) as pool:
        wrong = list(filter(None, pool.map(one, SAMPLES.values())))
    if wrong:
        sys.exit('\n'.join(wrong))


def corpus(engine):
    """The folder."""
    cache = Path(os.environ.get('XDG_CACHE_HOME') or Path.home() / '.cache') / 'diorama'
    target = cache / f'images-{digest(engine)}'
    if target.exists():
        return target
    cache.mkdir(parents=True, exist_ok=True)
    with open(cache / 'images.lock', 'w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if target.exists():
            return target
        begun = time.monotonic()
        work = Path(tempfile.mkdtemp(prefix='images-new.', dir=cache))
        try:
            make(work, Tools(engine, target))
            work.chmod(0o755)
            work.rename(target)
        finally:
            shutil.rmtree(work, ignore_errors=True)
        print(f'corpus: {len(SAMPLES)} images in {time.monotonic() - begun:.1f} s', file=sys.stderr)
    return target
