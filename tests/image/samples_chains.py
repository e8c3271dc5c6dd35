# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Images that are written over others: chains that hold, and those that do not. QEMU's older formats, which name a
parent, too: docs/interop/qed_spec.rst and block/qcow.c."""

import struct

from sample import MIB, be, patch, sample, truncate
from samples_qcow2 import BACKING_FORMAT, CLUSTER, CORRUPT, DATA_FILE, encrypted, header

QCOW, QED = dict(format='qcow', version=1, size=8 * MIB), dict(format='qed', size=8 * MIB)


def layer(parent, form=b'qcow2', **fields):
    parent = parent.encode() if isinstance(parent, str) else parent
    return header(backing=parent, extensions=((BACKING_FORMAT, form),) if form else (), **fields)


def chain(name, case, parent, below, form='qcow2'):
    """BELOW: {file: bytes}, made beside it, as far as they are not other samples; in their order from the top down."""
    @sample(f'chain/{name}.qcow2', case, format='qcow2', chain=[(file, kind) for file, kind, _ in below])
    def make(path, tools):
        for file, _, content in below:
            target = path.parent / file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        path.write_bytes(layer(parent.replace('HERE', str(tools.folder / 'chain')), form.encode()))


BASE, RAW = header(), b'\xfa\xf4'.ljust(510, b'\0') + b'\x55\xaa' + bytes(MIB)
chain('relative', 'backing file beside it', 'base-1.qcow2', [('base-1.qcow2', 'qcow2', BASE)])
chain('absolute', 'backing file by its whole path', 'HERE/base-2.qcow2', [('base-2.qcow2', 'qcow2', BASE)])
chain('folder', 'backing file in a folder below', 'below/base-3.qcow2', [('below/base-3.qcow2', 'qcow2', BASE)])
chain('dot', 'backing file with “./”', './base-4.qcow2', [('base-4.qcow2', 'qcow2', BASE)])
chain('raw', 'backing file that is raw and said to be', 'base-5.img', [('base-5.img', 'raw', RAW)], 'raw')
chain('raw-pinned', 'a raw parent in which a guest wrote a qcow2 header stays raw', 'base-6.img',
      [('base-6.img', 'raw', header(incompatible=DATA_FILE))], 'raw')
chain('three', 'a chain of three', 'middle-7.qcow2',
      [('middle-7.qcow2', 'qcow2', layer('base-7.img', b'raw')), ('base-7.img', 'raw', RAW)])
chain('colon', 'a name with a colon that is no protocol', './12:30.qcow2', [('12:30.qcow2', 'qcow2', BASE)])


@sample('chain/made-by-tools.qcow2', 'backing file, as qemu-img writes it', format='qcow2', chain=[('made-by-tools-base.qcow2', 'qcow2')])
def make_by_tools(path, tools):
    tools.create(path.with_name('made-by-tools-base.qcow2'), 'qcow2', '64M')
    tools.create(path, 'qcow2', '64M', backing=('made-by-tools-base.qcow2', 'qcow2'))


def broken_chain(name, case, problem, content, beside=(), **expected):
    @sample(f'chain/{name}.qcow2', case, problem, format='qcow2', **expected)
    def make(path, tools):
        path.write_bytes(content)
        for file, other in beside:
            (path.parent / file).write_bytes(other)


broken_chain('missing', 'backing file missing', 'parent-missing', layer('nowhere.qcow2'), named='nowhere.qcow2')
broken_chain('missing-below', 'backing file of the backing file missing', ('parent-missing', 'parent-bad'), layer('middle-8.qcow2'),
             [('middle-8.qcow2', layer('gone.qcow2'))], says=('gone.qcow2',))
broken_chain('undeclared', 'backing file of undeclared format', 'parent-undeclared', layer('base-9.qcow2', None),
             [('base-9.qcow2', BASE)], named='base-9.qcow2')
broken_chain('undeclared-missing', 'backing file of undeclared format that is missing, too', ('parent-undeclared', 'parent-missing'),
             layer('nowhere.qcow2', None), named='nowhere.qcow2')
broken_chain('unknown-format', 'backing file of a format that nobody knows', ('parent-undeclared', 'parent-bad', 'refers'),
             layer('base-9.qcow2', b'blkdebug'), [('base-9.qcow2', BASE)])
broken_chain('other-format', 'backing file that is not what is declared', 'parent-bad', layer('base-10.vmdk', b'qcow2'),
             [('base-10.vmdk', RAW)])
broken_chain('itself', 'backing file: itself', 'parent-loop', layer('itself.qcow2'))
broken_chain('loop', 'backing files in a loop', 'parent-loop', layer('loop-a.qcow2'),
             [('loop-a.qcow2', layer('loop-b.qcow2')), ('loop-b.qcow2', layer('loop.qcow2'))])
broken_chain('loop-below', 'backing files in a loop without the first', 'parent-loop', layer('loop-c.qcow2'),
             [('loop-c.qcow2', layer('loop-d.qcow2')), ('loop-d.qcow2', layer('loop-c.qcow2'))])
broken_chain('parent-corrupt', 'backing file corrupt', 'parent-bad', layer('base-11.qcow2'), [('base-11.qcow2', header(incompatible=CORRUPT))])
broken_chain('parent-truncated', 'backing file truncated', 'parent-bad', layer('base-12.qcow2'), [('base-12.qcow2', header()[:CLUSTER])])
broken_chain('parent-attacks', 'attack: a parent with a data file', ('parent-bad', 'refers'), layer('base-13.qcow2'),
             [('base-13.qcow2', header(incompatible=DATA_FILE, extensions=((0x44415441, b'/etc/passwd'),)))], says=('/etc/passwd',))
broken_chain('parent-json', 'attack: a parent that names a wiring of QEMU\'s', ('parent-bad', 'refers'), layer('base-14.qcow2'),
             [('base-14.qcow2', layer('json:{"driver":"file","filename":"/etc/shadow"}', b'raw'))], says=('json:',))
broken_chain('parent-empty', 'backing file empty', 'parent-bad', layer('base-15.qcow2'), [('base-15.qcow2', b'')])


@sample('chain/parent-folder.qcow2', 'backing file: a folder', ('refers', 'parent-bad', 'parent-missing'), format='qcow2')
def make_parent_folder(path, tools):
    path.with_name('folder-16').mkdir()
    path.write_bytes(layer('folder-16', b'raw'))


@sample('chain/deep.qcow2', 'attack: a chain of 1500', ('parent-loop', 'parent-bad', 'refers', 'broken'), format='qcow2')
def make_deep(path, tools):
    folder = path.with_name('deep')
    folder.mkdir()
    for number in range(1500):
        (folder / f'{number}').write_bytes(layer(f'{number + 1}')[:1024])
        truncate(folder / f'{number}', 4 * CLUSTER)
        patch(folder / f'{number}', (CLUSTER, be(2 * CLUSTER, 8)))
    path.write_bytes(layer('deep/0'))


# --- qcow ---

def qcow(parent=b'', **fields):
    value = dict(magic=b'QFI\xfb', version=1, backing_offset=512 if parent else 0, backing_size=len(parent), time=0, size=8 * MIB,
                 cluster_bits=12, l2_bits=9, padding=0, crypt=0, l1_offset=48) | fields
    head = struct.pack('>4sIQIIQBBHIQ', *value.values())
    return head.ljust(512, b'\0') + parent.ljust(1024, b'\0')


@sample('qcow/plain.qcow', 'qcow', mime='application/x-qemu-disk', **QCOW)
def make_qcow(path, tools):
    tools.create(path, 'qcow', '8M', theirs=True)


encrypted('qcow/aes.qcow', 'aes', 'qcow', theirs=True)
sample('qcow/parent.qcow', 'qcow\'s parent, whose format is never declared', 'parent-undeclared', content=qcow(b'base.img'), format='qcow',
       named='base.img')
sample('attack/qcow-passwd.qcow', 'attack: backing-file of a qcow', 'refers', kind='outside', content=qcow(b'/etc/passwd'),
       named='/etc/passwd', format='qcow')
sample('attack/qcow-json.qcow', 'attack: backing-file of a qcow', 'refers', kind='json', format='qcow',
       content=qcow(b'json:{"driver":"file","filename":"/etc/shadow"}'))
sample('qcow/truncated.qcow', 'truncated', 'truncated', content=qcow()[:30], format='qcow')
for bad_name, bad in (('cluster', {'cluster_bits': 63}), ('cluster-0', {'cluster_bits': 0}), ('l2', {'l2_bits': 255}),
                      ('size', {'size': (1 << 64) - 1}), ('l1', {'l1_offset': 1 << 63})):
    sample(f'attack/qcow-{bad_name}.qcow', 'attack: an impossible qcow', 'broken', content=qcow(**bad), format='qcow')


# --- QED ---

def qed(parent=b'', **fields):
    value = dict(magic=b'QED\0', cluster=CLUSTER, table=4, header=1, features=1 if parent else 0, compatible=0, autoclear=0,
                 l1_offset=CLUSTER, size=8 * MIB, backing_offset=64 if parent else 0, backing_size=len(parent)) | fields
    return (struct.pack('<4sIIIQQQQQII', *value.values()) + parent).ljust(5 * CLUSTER, b'\0')


@sample('qed/plain.qed', 'qed', mime='application/x-qed-disk', **QED)
def make_qed(path, tools):
    tools.create(path, 'qed', '8M', theirs=True)


@sample('qed/raw-parent.qed', 'qed whose parent is said to be raw', format='qed', chain=[('qed-base.img', 'raw')])
def make_qed_parent(path, tools):
    path.with_name('qed-base.img').write_bytes(RAW)
    path.write_bytes(qed(b'qed-base.img', features=1 | 4))


sample('qed/dirty.qed', 'dirty', content=qed(features=2), flags={'dirty'}, **QED)
sample('qed/newer.qed', 'unknown feature bits', 'newer', content=qed(features=1 << 50), format='qed')
sample('qed/undeclared.qed', 'qed whose parent\'s format is not declared', 'parent-undeclared', content=qed(b'qed-base.img'), format='qed',
       named='qed-base.img')
sample('qed/truncated.qed', 'truncated', 'truncated', content=qed()[:3 * CLUSTER], format='qed')
sample('attack/qed-passwd.qed', 'attack: backing-file of a qed', 'refers', kind='outside', content=qed(b'/etc/passwd', features=5),
       named='/etc/passwd', format='qed')
sample('attack/qed-nbd.qed', 'attack: backing-file of a qed', 'refers', kind='network', content=qed(b'nbd://127.0.0.1/x', features=5),
       named='nbd://127.0.0.1/x', format='qed')
for bad_name, bad in (('cluster', {'cluster': 3}), ('cluster-0', {'cluster': 0}), ('table', {'table': 0xffffffff}),
                      ('size', {'size': (1 << 64) - 1}), ('l1', {'l1_offset': 1 << 62}), ('header', {'header': 0xffffffff}),
                      ('name', {'features': 1, 'backing_offset': 0xffffff00, 'backing_size': 0xffffffff})):
    sample(f'attack/qed-{bad_name}.qed', 'attack: an impossible qed', 'broken', content=qed(**bad), format='qed')
