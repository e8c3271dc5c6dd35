# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""QEMU's own format, whole, damaged and hostile. Numbers of the header: QEMU's docs/interop/qcow2.rst."""

import struct

from sample import MIB, be, patch, sample, truncate

CLUSTER = 65536
DIRTY, CORRUPT, DATA_FILE, COMPRESSION, EXTENDED_L2 = (1 << bit for bit in range(5))
BACKING_FORMAT, FEATURE_NAMES, DATA_FILE_NAME = 0xe2792aca, 0x6803f857, 0x44415441
QCOW2 = dict(format='qcow2', version=3, size=64 * MIB)
HUGE = 1 << 63


def header(clusters=4, **fields):
    """A whole image without content: the header, the table and the block of reference counts, the L1 table. `backing`,
    `extensions` ((type, bytes), …) go behind the header; any field of it can be given."""
    backing, extensions = fields.pop('backing', b''), fields.pop('extensions', ())
    value = dict(magic=b'QFI\xfb', version=3, backing_offset=0, backing_size=len(backing), cluster_bits=16, size=64 * MIB,
                 crypt=0, l1_size=1, l1_offset=3 * CLUSTER, refcount_offset=CLUSTER, refcount_clusters=1, n_snapshots=0,
                 snapshots_offset=0, incompatible=0, compatible=0, autoclear=0, refcount_order=4, length=112,
                 compression=0) | {name: content for name, content in fields.items() if name != 'magic'}
    behind = b''.join(struct.pack('>II', kind, len(content)) + content + bytes(-len(content) % 8) for kind, content in extensions)
    behind += bytes(8)
    if backing and 'backing_offset' not in fields:
        value['backing_offset'] = 112 + len(behind)
    head = struct.pack('>4sIQIIQIIQQIIQQQQIIB7x', *value.values())
    assert len(head) == 112
    image = bytearray((head + behind + backing).ljust(CLUSTER, b'\0'))
    image += be(2 * CLUSTER, 8).ljust(CLUSTER, b'\0')
    image += (be(1, 2) * 4).ljust(CLUSTER, b'\0')
    image += bytes(CLUSTER)
    return bytes(image[:clusters * CLUSTER])


# --- whole ---

def plain(name, case, *options, theirs=False, **expected):
    @sample(name, case, **QCOW2 | dict(mime='application/x-qemu-disk') | expected)
    def make(path, tools):
        tools.create(path, 'qcow2', '64M', *options, theirs=theirs)


plain('qcow2/plain.qcow2', 'qcow2', starts=True)
plain('qcow2/version-2.qcow2', 'qcow2 of old tools', 'compat=0.10', theirs=True, version=2)
plain('qcow2/extended-l2.qcow2', 'qcow2 with subclusters', 'extended_l2=on', 'cluster_size=128k')
plain('qcow2/refcount-1.qcow2', 'qcow2 with reference counts of a bit', 'refcount_bits=1')
plain('qcow2/refcount-64.qcow2', 'qcow2 with reference counts of 64 bits', 'refcount_bits=64', theirs=True)
plain('qcow2/cluster-512.qcow2', 'qcow2 with the smallest clusters', 'cluster_size=512')
plain('qcow2/cluster-2m.qcow2', 'qcow2 with the largest clusters', 'cluster_size=2M')
plain('qcow2/qcow2.img', 'misnamed: qcow2 as .img', flags={'misnamed'}, mime=None)
plain('qcow2/without-ending', 'no ending at all')
plain('qcow2/Dünn 🦆 (1)\n.qcow2', 'a name with everything in it')
plain('qcow2/preallocated.qcow2', 'qcow2 whose tables are all there', 'preallocation=metadata')


sample('qcow2/hand-made.qcow2', 'qcow2 written byte by byte', content=header(), **QCOW2)
sample('qcow2/header-104.qcow2', 'qcow2 with the shortest header of its version', content=header(length=104), **QCOW2)
sample('qcow2/unknown-extension.qcow2', 'an extension of the header that is to be ignored',
        content=header(extensions=((0x12345678, b'something else'),)), **QCOW2)
sample('qcow2/compatible-features.qcow2', 'features that do not matter to readers', content=header(compatible=1 << 63, autoclear=1 << 62),
        **QCOW2)
@sample('qcow2/zstd.qcow2', 'qcow2 with clusters compressed with zstd', **QCOW2)
def make_zstd(path, tools):
    source = path.with_name(path.name + '.source')
    source.write_bytes(b'quack ' * 50000)
    truncate(source, 64 * MIB)
    tools.convert(source, path, 'qcow2', 'compression_type=zstd', compress=True)
    source.unlink()


@sample('qcow2/bitmaps.qcow2', 'qcow2 with bitmaps', **QCOW2)
def make_bitmaps(path, tools):
    tools.create(path, 'qcow2')
    tools.run(tools.theirs, 'bitmap', '--add', path, 'since-monday')


@sample('qcow2/snapshots.qcow2', 'internal snapshots', snapshots=[('monday', False), ('Dienstag 🦆', False)], **QCOW2)
def make_snapshots(path, tools):
    tools.create(path, 'qcow2')
    for name in ('monday', 'Dienstag 🦆'):
        tools.run(tools.ours, 'snapshot', '-c', name, path)


@sample('qcow2/saved-state.qcow2', 'internal snapshots, one with saved state', flags={'saved-state'},
        snapshots=[('disk only', False), ('running', True)], **QCOW2)
def make_saved_state(path, tools):
    tools.create(path, 'qcow2')
    tools.run(tools.ours, 'snapshot', '-c', 'disk only', path)
    tools.run(tools.emulator, '-M', 'none', '-nodefaults', '-display', 'none', '-S', '-monitor', 'stdio', '-drive',
              f'if=none,format=qcow2,file={path}', input=b'savevm running\nquit\n')


@sample('qcow2/dirty.qcow2', 'dirty', flags={'dirty'}, **QCOW2)
def make_dirty(path, tools):
    tools.create(path, 'qcow2', '64M', 'lazy_refcounts=on')
    patch(path, (72, be(DIRTY, 8)))


sample('qcow2/corrupt.qcow2', 'corrupt, and marked so', 'corrupt', content=header(incompatible=CORRUPT), format='qcow2')
sample('qcow2/newer-feature.qcow2', 'unknown feature bits, with a name', 'newer', format='qcow2', says=('time travel',),
        content=header(incompatible=1 << 40, extensions=((FEATURE_NAMES, b'\0\x28' + b'time travel'.ljust(46, b'\0')),)))
sample('qcow2/newer-version.qcow2', 'a version that is not known', 'newer', content=header(version=4), format='qcow2')
sample('qcow2/newer-compression.qcow2', 'a kind of compression that is not known', ('newer', 'broken'), format='qcow2',
        content=header(incompatible=COMPRESSION, compression=9))
sample('qcow2/newer-encryption.qcow2', 'a kind of encryption that is not known', ('newer', 'broken'), content=header(crypt=9), format='qcow2')
def encrypted(name, kind, form, theirs=False):
    @sample(name, f'encrypted: {form} with {kind}', 'encrypted', format=form, encryption=kind, size=8 * MIB)
    def make(path, tools):
        tools.create(path, form, '8M', f'encrypt.format={kind}', 'encrypt.key-secret=s', *['encrypt.iter-time=10'] * (kind == 'luks'),
                     theirs=theirs, secret=True)


encrypted('qcow2/luks.qcow2', 'luks', 'qcow2')
encrypted('qcow2/aes.qcow2', 'aes', 'qcow2', theirs=True)


# --- cut short ---

for what, length in (('magic', 4), ('header', 50), ('tables', CLUSTER + 100), ('l1', 3 * CLUSTER)):
    sample(f'qcow2/truncated-{what}.qcow2', 'truncated', 'truncated', content=header()[:length], format='qcow2')


@sample('qcow2/truncated-data.qcow2', 'truncated behind its tables', 'truncated', format='qcow2')
def make_truncated(path, tools):
    """The data and the tables that lead to them are in the half that is missing."""
    tools.create(path, 'qcow2', '2G', 'preallocation=metadata', 'cluster_size=4k')
    truncate(path, 4 * MIB)


# --- contradictions and attacks in the header ---

def attack(name, what, *, problem='broken', **fields):
    sample(f'attack/{name}.qcow2', f'attack: {what}', problem, content=header(**fields), format='qcow2')


for bits in (0, 8, 22, 63, 64, 0xffffffff):
    attack(f'cluster-bits-{bits}', 'impossible cluster sizes', cluster_bits=bits)
attack('size-2-63', 'a disk of 2^63 bytes', size=HUGE)
attack('size-2-64', 'a disk of 2^64 - 1 bytes', size=(1 << 64) - 1)
attack('size-max', 'a disk of 2^63 - 512 bytes, whose L1 table does not cover it', size=HUGE - 512)
attack('size-0', 'a disk of no bytes', size=0, l1_size=0, problem=('broken', 'unknown', 'empty'))
attack('l1-beyond-2-62', 'an L1 table out of range', l1_offset=1 << 62)
attack('l1-unaligned', 'an L1 table that is not at a cluster', l1_offset=3 * CLUSTER + 8)
attack('l1-huge', 'an L1 table of 2^32 - 1 entries', l1_size=0xffffffff)
attack('l1-small', 'an L1 table too small for the disk', size=1 << 40)
attack('l1-over-header', 'an L1 table that lies over the header', l1_offset=0, problem=('broken', 'truncated'))
attack('refcount-over-header', 'a table of reference counts that lies over the header', refcount_offset=0)
attack('refcount-unaligned', 'a table of reference counts that is not at a cluster', refcount_offset=CLUSTER + 1)
attack('refcount-beyond', 'a table of reference counts out of range', refcount_offset=1 << 60)
attack('refcount-huge', 'a table of reference counts of 2^32 - 1 clusters', refcount_clusters=0xffffffff)
attack('refcount-order', 'reference counts of 2^63 bits', refcount_order=63)
attack('header-length-0', 'a header of no bytes', length=0)
attack('header-length-max', 'a header of 2^32 - 1 bytes', length=0xffffffff)
attack('snapshots-max', '2^32 - 1 snapshots', n_snapshots=0xffffffff, snapshots_offset=3 * CLUSTER)
attack('snapshots-beyond', 'a table of snapshots out of range', n_snapshots=1, snapshots_offset=(1 << 63) - CLUSTER)
attack('backing-beyond', 'a backing file\'s name out of range', backing_offset=(1 << 64) - 4, backing_size=100)
attack('backing-long', 'a backing file\'s name of 2^32 - 1 bytes', backing_offset=600, backing_size=0xffffffff)
attack('extended-l2-512', 'subclusters smaller than a sector', incompatible=EXTENDED_L2, cluster_bits=9)


@sample('attack/extension-length.qcow2', 'attack: an extension of 2^32 - 1 bytes', 'broken', format='qcow2')
def make_extension(path, tools):
    path.write_bytes(header())
    patch(path, (112, be(0x11111111, 4) + be(0xffffffff, 4)))


@sample('attack/snapshot-overrun.qcow2', 'attack: a snapshot whose name is longer than the file', ('broken', 'truncated'), format='qcow2')
def make_snapshot_overrun(path, tools):
    entry = struct.pack('>QIHHIIQII', 3 * CLUSTER, 1, 0xffff, 0xffff, 0, 0, 0, 0, 0xffffffff)
    path.write_bytes(header(n_snapshots=2, snapshots_offset=4 * CLUSTER) + entry)


@sample('attack/refcount-loop.qcow2', 'attack: reference counts that lead to themselves', ('good', 'broken'), format='qcow2',
        either={'dirty'})
def make_refcount_loop(path, tools):
    path.write_bytes(header())
    patch(path, (CLUSTER, be(CLUSTER, 8)))


@sample('attack/l2-loop.qcow2', 'attack: an L1 table that leads to itself', ('good', 'broken'), format='qcow2')
def make_l2_loop(path, tools):
    path.write_bytes(header())
    patch(path, (3 * CLUSTER, be(3 * CLUSTER | 1 << 63, 8)))


# --- references ---

def data_file(name, target, **fields):
    sample(f'attack/{name}.qcow2', 'attack: qcow2 data-file', 'refers', kind='data-file', named=target, format='qcow2',
           content=header(incompatible=DATA_FILE, extensions=((DATA_FILE_NAME, target.encode()),) if target else (), **fields))


data_file('data-file', '/etc/passwd')
data_file('data-file-device', '/dev/sda')
data_file('data-file-json', 'json:{"driver":"file","filename":"/etc/shadow"}')
data_file('data-file-raw', '/etc/shadow', autoclear=2)
sample('attack/data-file-unnamed.qcow2', 'attack: qcow2 data-file that the header does not name', 'refers', kind='data-file',
       content=header(incompatible=DATA_FILE), format='qcow2')
sample('attack/data-file-harmless.qcow2', 'attack: a data file\'s name without its bit', ('good', 'refers'), format='qcow2',
       content=header(extensions=((DATA_FILE_NAME, b'/etc/passwd'),)))


@sample('refers/data-file.qcow2', 'external data file', 'refers', kind='data-file', named='data.raw', format='qcow2')
def make_data_file(path, tools):
    tools.create(path, 'qcow2', '8M', 'data_file=data.raw', theirs=True)


@sample('attack/raw-turned-qcow2.img', 'attack: a guest has written a qcow2 header into its raw disk', 'refers', kind='data-file',
        named='/etc/passwd', format='qcow2')
def make_turned(path, tools):
    """As the guest could: the disk's boot sector keeps its mark."""
    path.write_bytes(header(incompatible=DATA_FILE, extensions=((DATA_FILE_NAME, b'/etc/passwd'),)))
    truncate(path, 8 * MIB)
    patch(path, (510, b'\x55\xaa'))


def backing(name, target, kind, form=b'raw', what='backing-file', folder='attack', shown=None, **expected):
    sample(f'{folder}/{name}.qcow2', f'attack: {what}', 'refers', kind=kind, named=shown or target, format='qcow2',
           content=header(backing=target.encode(errors='surrogateescape'), extensions=((BACKING_FORMAT, form),) if form else ()),
           **expected)


backing('backing-etc-passwd', '/etc/passwd', 'outside')
backing('backing-undeclared', '/etc/shadow', 'outside', form=b'')
backing('backing-up', '../../../../../../../../etc/passwd', 'outside')
backing('backing-up-inside', 'sub/../../secret.img', 'outside')
backing('backing-file-protocol', 'file:/etc/passwd', ('network', 'outside'))
backing('backing-file-uri', 'file:///etc/passwd', ('network', 'outside'))
backing('backing-json', 'json:{"driver":"raw","file":{"driver":"file","filename":"/etc/passwd"}}', 'json')
backing('backing-json-spaced', 'json: {"driver":"nbd","host":"127.0.0.1"}', 'json')
backing('backing-json-deep', 'json:' + '[' * 900, 'json', shown='json:' + '[' * 251)
backing('backing-nbd', 'nbd:unix:/run/user/0/bus', 'network')
backing('backing-nbd-uri', 'nbd://127.0.0.1:10809/x', 'network')
backing('backing-http', 'http://127.0.0.1:1/disk.img', 'network')
backing('backing-ssh', 'ssh://root@127.0.0.1/etc/passwd', 'network')
backing('backing-fat', 'fat:rw:/etc', 'network', what='a folder as a disk')
backing('backing-blkdebug', 'blkdebug:/etc/passwd:/etc/shadow', 'network')
backing('backing-dev', '/dev/sda', 'device')
backing('backing-dev-zero', '/dev/zero', 'device')
backing('backing-proc', '/proc/self/environ', 'device')
backing('backing-sys', '/sys/power/state', 'device')
backing('backing-control', '/etc/\x1b[2Jpasswd\n\u202egnp.', 'outside', what='a name that controls a terminal',
        shown='/etc/\ufffd[2Jpasswd\ufffd\ufffdgnp.')
backing('backing-format-protocol', '/etc/passwd', 'outside', form=b'file')


def linked(name, target, kind, what):
    """The name is harmless, and what is there leads out."""
    @sample(f'attack/{name}.qcow2', f'attack: {what}', 'refers', kind=kind, named=f'{name}.img', format='qcow2')
    def make(path, tools):
        path.write_bytes(header(backing=f'{name}.img'.encode(), extensions=((BACKING_FORMAT, b'raw'),)))
        path.with_suffix('.img').unlink(missing_ok=True)
        path.with_suffix('.img').symlink_to(target)


linked('backing-link-dev', '/dev/zero', 'device', 'a parent that is a link to a device')
linked('backing-link-passwd', '/etc/passwd', ('outside', 'device'), 'a parent that is a link out of the folder')
sample('attack/backing-zero-byte.qcow2', 'attack: a parent\'s name with a zero in it', ('broken', 'refers', 'parent-missing'),
       content=header(backing=b'base.img\0/../../../etc/passwd', extensions=((BACKING_FORMAT, b'raw'),)), format='qcow2')
