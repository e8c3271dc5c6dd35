# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Formats of other makers: VMware, VirtualBox, Microsoft; encrypted containers; formats that the engine does not read.
Numbers: VMware's “Virtual Disk Format 5.0”, the description of VDI in VirtualBox's VDICore.h, Microsoft's “Virtual Hard
Disk Image Format Specification” and [MS-VHDX], the LUKS1 and LUKS2 on-disk formats."""

import struct
import uuid

from disks import mbr
from sample import MIB, PASSPHRASE, be, holes, le, patch, sample, truncate

HUGE = 1 << 63
SECTOR = 512


# --- VMware ---

def descriptor(extents, kind='monolithicFlat', parent=None):
    hint = f'parentFileNameHint="{parent}"\n' if parent else ''
    return (f'# Disk DescriptorFile\nversion=1\nencoding="UTF-8"\nCID=123a4567\nparentCID={"89abcdef" if parent else "ffffffff"}\n'
            f'{hint}createType="{kind}"\n\n# Extent description\n{extents}\n\n# The Disk Data Base\n#DDB\n\n'
            'ddb.adapterType = "ide"\nddb.geometry.cylinders = "16"\nddb.geometry.heads = "16"\nddb.geometry.sectors = "63"\n'
            'ddb.virtualHWVersion = "4"\n').encode()


def sparse(text=None, **fields):
    """A whole sparse extent without content: the header, its descriptor, a grain directory and its table."""
    value = dict(magic=b'KDMV', version=1, flags=3, capacity=16384, grain=128, descriptor_offset=1, descriptor_size=20, entries=512,
                 redundant_offset=21, directory_offset=26, overhead=128, unclean=0, check=b'\n \r\n', compression=0) | fields
    head = struct.pack('<4sIIQQQQIQQQB4sH', *value.values()).ljust(SECTOR, b'\0')
    text = text if text is not None else descriptor(f'RW {value["capacity"]} SPARSE "x.vmdk"', 'monolithicSparse')
    return (head + text.ljust(20 * SECTOR, b'\0') + le(22, 4).ljust(SECTOR, b'\0') + bytes(4 * SECTOR) +
            le(27, 4).ljust(SECTOR, b'\0') + bytes(4 * SECTOR)).ljust(128 * SECTOR, b'\0')


VMDK = dict(format='vmdk', size=8 * MIB, mime='application/x-vmdk-disk')
for kind, tools_of in (('monolithicSparse', False), ('streamOptimized', True)):
    @sample(f'vmdk/{kind}.vmdk', f'vmdk: {kind}', flags={'read-only'} if kind == 'streamOptimized' else None, **VMDK)
    def make_vmdk(path, tools, kind=kind, tools_of=tools_of):
        tools.create(path, 'vmdk', '8M', f'subformat={kind}', theirs=tools_of)


@sample('vmdk/stream-with-data.vmdk', 'vmdk: streamOptimized with data, as in an OVA', flags={'read-only'}, **VMDK)
def make_stream(path, tools):
    holes(path.with_name(path.name + '.source'), 8 * MIB, b'quack ' * 50000)
    tools.convert(path.with_name(path.name + '.source'), path, 'vmdk', 'subformat=streamOptimized')
    path.with_name(path.name + '.source').unlink()


sample('vmdk/vmware-like.vmdk', 'vmdk: sparse, written byte by byte', content=sparse(), **VMDK)
sample('vmdk/vmdk.img', 'misnamed: vmdk as .img', content=sparse(), flags={'misnamed'}, format='vmdk')
for kind in ('monolithicFlat', 'twoGbMaxExtentFlat', 'twoGbMaxExtentSparse'):
    @sample(f'vmdk/{kind}.vmdk', f'vmdk: {kind}, whose data is in another file', 'refers', kind='extent', format='vmdk')
    def make_extents(path, tools, kind=kind):
        tools.create(path, 'vmdk', '1M', f'subformat={kind}', theirs=True)


def vmdk(name, what, problem, content, folder='attack', **expected):
    sample(f'{folder}/{name}.vmdk', what if folder != 'attack' else f'attack: {what}', problem, content=content,
           **dict(format='vmdk') | expected)


def extents(name, line, target, kind='extent', create='monolithicFlat'):
    vmdk(f'vmdk-{name}', 'VMDK extents', 'refers', descriptor(line, create), kind=kind, named=target)


extents('flat', 'RW 8 FLAT "/etc/passwd" 0', '/etc/passwd')
extents('flat-up', 'RW 8 FLAT "../../../../etc/shadow" 0', '../../../../etc/shadow')
extents('vmfs', 'RW 8 VMFS "/root/.ssh/id_rsa"', '/root/.ssh/id_rsa', create='vmfs')
extents('sparse', 'RW 8 SPARSE "/etc/passwd"', '/etc/passwd', create='twoGbMaxExtentSparse')
extents('device', 'RW 8 FLAT "/dev/sda" 0', '/dev/sda', ('extent', 'device'), 'fullDevice')
extents('json', 'RW 8 FLAT "json:{}" 0', 'json:{}', ('extent', 'json'))
extents('many', '\n'.join(f'RW 8 FLAT "/etc/{name}" 0' for name in ('passwd', 'shadow', 'hosts')), '/etc/passwd')
vmdk('vmdk-crlf', 'VMDK extents, with DOS line ends', 'refers', descriptor('RW 8 FLAT "/etc/passwd" 0').replace(b'\n', b'\r\n'),
     kind='extent', named='/etc/passwd')
vmdk('vmdk-long', 'a VMDK descriptor of 4 MiB', ('refers', 'broken'), descriptor('RW 8 FLAT "/etc/passwd" 0') + b'# quack\n' * (MIB // 2))
vmdk('vmdk-embedded-flat', 'VMDK extents in a sparse file\'s descriptor', ('refers', 'broken'),
     sparse(descriptor('RW 16384 FLAT "/etc/passwd" 0')))
vmdk('vmdk-no-capacity', 'a sparse file whose descriptor decides', ('refers', 'broken'),
     sparse(descriptor('RW 16384 FLAT "/etc/passwd" 0'), capacity=0))
vmdk('delta', 'vmdk: the changes to another', 'refers', sparse(descriptor('RW 16384 SPARSE "x.vmdk"', 'monolithicSparse', 'base.vmdk')),
     folder='vmdk', kind='parent', named='base.vmdk')
# What VirtualBox writes for a snapshot: there is no parentCID, nor a hint.
vmdk('virtualbox-delta', 'vmdk: the changes to another, by VirtualBox', 'refers', folder='vmdk', kind='parent',
     named='{fdb51fa1-19d5-451a-9058-2bcfdf658610}',
     content=sparse(descriptor('RW 16384 SPARSE "x.vmdk"', 'monolithicSparse') +
                    b'ddb.uuid.parent="fdb51fa1-19d5-451a-9058-2bcfdf658610"\n'
                    b'ddb.uuid.parentmodification="00000000-0000-0000-0000-000000000000"\n'))
vmdk('virtualbox', 'vmdk: by VirtualBox', 'good', folder='vmdk', size=8 * MIB,
     content=sparse(descriptor('RW 16384 SPARSE "x.vmdk"', 'monolithicSparse') +
                    b'ddb.uuid.parent="00000000-0000-0000-0000-000000000000"\n'))
vmdk('vmdk-parent', 'a VMDK parent', 'refers', sparse(descriptor('RW 16384 SPARSE "x.vmdk"', 'monolithicSparse', '/etc/passwd')),
     kind='parent', named='/etc/passwd')
vmdk('vmdk-parent-late', 'a VMDK parent, far down in its descriptor', 'refers', kind='parent',
     content=sparse(descriptor('RW 16384 SPARSE "x.vmdk"', 'monolithicSparse') + b'#\n' * 4000 + b'parentFileNameHint="/etc/passwd"\n'))
vmdk('newer', 'a version that is not known', 'newer', sparse(version=9), folder='vmdk')
vmdk('truncated', 'truncated', 'truncated', sparse()[:10 * SECTOR], folder='vmdk')
vmdk('truncated-header', 'truncated', 'truncated', sparse()[:60], folder='vmdk')
for bad_name, bad in (('capacity', {'capacity': HUGE}), ('capacity-max', {'capacity': (1 << 64) - 1}), ('grain-0', {'grain': 0}),
                      ('grain', {'grain': HUGE}), ('entries', {'entries': 0xffffffff}), ('entries-0', {'entries': 0}),
                      ('descriptor', {'descriptor_offset': HUGE >> 1}), ('descriptor-size', {'descriptor_size': HUGE}),
                      ('directory', {'directory_offset': HUGE >> 2, 'redundant_offset': HUGE >> 2})):
    vmdk(f'vmdk-{bad_name}', 'an impossible vmdk', ('broken', 'truncated') + ('good',) * bad_name.startswith('descriptor'), sparse(**bad))


# --- VirtualBox ---

def vdi(kind=1, **fields):
    value = dict(text=b'<<< Oracle VM VirtualBox Disk Image >>>\n', magic=0xbeda107f, version=0x00010001, length=400, kind=kind,
                 flags=0, description=b'', map_offset=MIB, data_offset=2 * MIB, cylinders=0, heads=0, sectors=0, sector=512, unused=0,
                 size=8 * MIB, block=MIB, extra=0, blocks=8, allocated=0, id=uuid.uuid5(uuid.NAMESPACE_DNS, 'vdi').bytes_le,
                 snapshot=bytes(16), link=bytes(16), parent=bytes(16)) | fields
    head = struct.pack('<64sIIIII256sIIIIIIIQIIII16s16s16s16s', *value.values())
    return (head.ljust(MIB, b'\0') + b'\xff' * 32).ljust(2 * MIB, b'\0')


VDI = dict(format='vdi', size=8 * MIB, mime='application/x-vdi-disk')
sample('vdi/virtualbox-like.vdi', 'vdi, written byte by byte', content=vdi(), **VDI)


@sample('vdi/dynamic.vdi', 'vdi', **VDI)
def make_vdi(path, tools):
    tools.create(path, 'vdi', '8M')


@sample('vdi/static.vdi', 'vdi of fixed size', **VDI)
def make_static(path, tools):
    tools.create(path, 'vdi', '8M', 'static=on', theirs=True)


sample('vdi/vdi.vmdk', 'misnamed: vdi as .vmdk', content=vdi(), flags={'misnamed'}, format='vdi', size=8 * MIB)
sample('vdi/difference.vdi', 'vdi: the changes to another', 'refers', kind='parent', format='vdi',
       content=vdi(4, link=bytes(range(16)), parent=bytes(range(16))))
sample('vdi/old.vdi', 'a version that is not known', ('newer', 'other-format'), content=vdi(version=0x00020000), format='vdi')
sample('vdi/truncated.vdi', 'truncated', 'truncated', content=vdi()[:300], format='vdi')
sample('vdi/truncated-map.vdi', 'truncated', 'truncated', content=vdi()[:MIB], format='vdi')
for bad_name, bad in (('size', {'size': HUGE}), ('size-max', {'size': (1 << 64) - 1}), ('block', {'block': 3}), ('block-0', {'block': 0}),
                      ('blocks', {'blocks': 0xffffffff}), ('blocks-few', {'blocks': 1}), ('sector', {'sector': 1}),
                      ('kind', {'kind': 77}), ('map', {'map_offset': 0xfffffe00}), ('map-header', {'map_offset': 0}),
                      ('map-unaligned', {'map_offset': MIB + 1}), ('link', {'link': b'\1' * 16})):
    sample(f'attack/vdi-{bad_name}.vdi', 'attack: an impossible vdi', ('refers' if bad_name == 'link' else 'broken', 'truncated'),
           content=vdi(**bad), format='vdi')


# --- Microsoft, the older ---

def checked(block, at):
    """A footer or a header with its checksum: the one's complement of the sum of its bytes."""
    return block[:at] + be(~sum(block) & 0xffffffff, 4) + block[at + 4:]


def footer(kind=2, size=8 * MIB, offset=(1 << 64) - 1, creator=b'win ', checksum=True):
    block = struct.pack('>8sIIQI4sI4sQQHBBII16s', b'conectix', 2, 0x00010000, offset, 0x2a000000, creator, 0x000a0000, b'Wi2k', size,
                        size, 240, 4, 17, kind, 0, uuid.uuid5(uuid.NAMESPACE_DNS, 'vhd').bytes).ljust(SECTOR, b'\0')
    return checked(block, 64) if checksum else block


def dynamic(kind=3, size=8 * MIB, parent='', creator=b'win ', **fields):
    value = dict(magic=b'cxsparse', data=(1 << 64) - 1, table=1536, version=0x00010000, entries=4, block=2 * MIB, checksum=0,
                 parent_id=b'\1' * 16 if parent else bytes(16), time=0, reserved=0, name=parent.encode('utf-16-be')) | fields
    head = struct.pack('>8sQQIIII16sII512s', *value.values()).ljust(1024, b'\0')
    ends = footer(kind, size, SECTOR, creator)
    return ends + checked(head, 36) + (b'\xff' * 16).ljust(SECTOR, b'\xff') + ends


VHD = dict(format='vpc', size=8 * MIB)
sample('vhd/fixed.vhd', 'vhd of fixed size, as Hyper-V writes it', mime='application/vnd.diorama.disk',
       content=mbr((7, b'', True)).ljust(8 * MIB, b'\0') + footer(), **VHD)
sample('vhd/fixed-empty.vhd', 'vhd of fixed size with nothing on it', content=bytes(8 * MIB) + footer(), **VHD)
sample('vhd/dynamic.vhd', 'vhd, as Hyper-V writes it', content=dynamic(), mime='application/x-vhd-disk', **VHD)
sample('vhd/virtual-pc.vhd', 'vhd, as older tools write it', content=dynamic(creator=b'vpc '), format='vpc')
sample('vhd/vhd.img', 'misnamed: vhd as .img', content=dynamic(), flags={'misnamed'}, **VHD)


@sample('vhd/qemu.vhd', 'vhd, as qemu-img writes it', **VHD)
def make_vhd(path, tools):
    tools.create(path, 'vpc', '8M', 'force_size=on')


@sample('vhd/qemu-fixed.vhd', 'vhd of fixed size, as qemu-img writes it', **VHD)
def make_vhd_fixed(path, tools):
    tools.create(path, 'vpc', '8M', 'force_size=on', 'subformat=fixed', theirs=True)


sample('vhd/difference.vhd', 'vhd: the changes to another', 'refers', kind='parent', format='vpc', content=dynamic(4, parent='base.vhd'))
sample('attack/vhd-passwd.vhd', 'attack: a VHD parent', 'refers', kind='parent', format='vpc', content=dynamic(4, parent='/etc/passwd'))
sample('attack/vhd-fixed-difference.vhd', 'attack: the changes to another, with a mark only at its end', 'refers', kind='parent',
       format='vpc', content=bytes(MIB) + footer(4))
sample('vhd/truncated.vhd', 'truncated', 'truncated', content=dynamic()[:1000], format='vpc')
sample('vhd/truncated-table.vhd', 'truncated', 'truncated', content=dynamic()[:1536], format='vpc')
sample('vhd/newer.vhd', 'a version that is not known', ('newer', 'broken', 'good'), content=dynamic(version=0x00090000), format='vpc')
for bad_name, bad in (('size', {'size': HUGE}), ('size-max', {'size': (1 << 64) - 1}), ('entries', {'entries': 0xffffffff}),
                      ('entries-few', {'entries': 1}), ('block', {'block': 3}), ('block-0', {'block': 0}), ('table', {'table': 1 << 62}),
                      ('magic', {'magic': b'cxspunge'}), ('kind', {'kind': 99})):
    sample(f'attack/vhd-{bad_name}.vhd', 'attack: an impossible vhd', ('broken', 'truncated'), content=dynamic(**bad), format='vpc')


# --- Microsoft, the newer ---

def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc = CRC_TABLE[(crc ^ byte) & 255] ^ crc >> 8
    return ~crc & 0xffffffff


def crc_entry(value):
    for _ in range(8):
        value = value >> 1 ^ (0x82f63b78 if value & 1 else 0)
    return value


CRC_TABLE = [crc_entry(value) for value in range(256)]
PARAMETERS, SIZE_ITEM = (uuid.UUID(text).bytes_le for text in
                         ('CAA16737-FA36-4D43-B3B6-33F0AA44E76B', '2FA54224-CD1B-4876-B211-5DBED83BF4B8'))


def seal(path, offset, length):
    """After a change: the checksum of a header (4096 bytes) or a region table (64 KiB)."""
    with open(path, 'r+b') as file:
        file.seek(offset)
        block = bytearray(file.read(length))
        block[4:8] = bytes(4)
        block[4:8] = le(crc32c(block), 4)
        file.seek(offset)
        file.write(block)


def find_item(path, item):
    """Where an item's entry in the table of metadata is, and where its content."""
    content = path.read_bytes()[:8 * MIB]
    table = content.index(b'metadata', 5 * 65536)
    entry = content.index(item, table)
    return entry, table + int.from_bytes(content[entry + 16:entry + 20], 'little')


def vhdx(name, case, problem='good', change=None, sealed=((65536, 4096), (131072, 4096)), **expected):
    @sample(name, case, problem, **dict(format='vhdx') | expected)
    def make(path, tools):
        tools.create(path, 'vhdx', '8M', theirs='attack' in name)
        if change:
            patch(path, *change(path))
            for offset, length in sealed:
                seal(path, offset, length)


def headers(offset, content):
    return lambda path: [(start + offset, content) for start in (65536, 131072)]


vhdx('vhdx/clean.vhdx', 'vhdx', size=8 * MIB, mime='application/x-vhdx-disk')
vhdx('vhdx/vhdx.qcow2', 'misnamed: vhdx as .qcow2', size=8 * MIB, flags={'misnamed'})
vhdx('vhdx/dirty.vhdx', 'dirty: a log that is not empty', change=headers(48, b'\7' * 16), size=8 * MIB, flags={'dirty'})
vhdx('vhdx/one-header.vhdx', 'vhdx with one good header of two', change=lambda path: [(65536, b'junk')], sealed=(), size=8 * MIB)
vhdx('vhdx/difference.vhdx', 'vhdx: the changes to another', 'refers', kind='parent', sealed=(),
     change=lambda path: [(find_item(path, PARAMETERS)[1] + 4, le(2, 4))])
vhdx('vhdx/newer.vhdx', 'a version that is not known', ('newer', 'broken'), change=headers(66, le(9, 2)))
vhdx('vhdx/newer-region.vhdx', 'a region that is needed and not known', ('newer', 'broken'), sealed=((196608, 65536), (262144, 65536)),
     change=lambda path: [(start + offset, content) for start in (196608, 262144)
                          for offset, content in ((8, le(3, 4)), (16 + 64, b'\x42' * 16 + le(4 * MIB, 8) + le(MIB, 4) + le(1, 4)))])
vhdx('attack/vhdx-headers.vhdx', 'attack: a vhdx without a good header', 'broken', change=headers(0, b'junk'), sealed=())
vhdx('attack/vhdx-size.vhdx', 'attack: a vhdx of 2^63 bytes', 'broken', sealed=(),
     change=lambda path: [(find_item(path, SIZE_ITEM)[1], le(HUGE, 8))])
vhdx('attack/vhdx-block.vhdx', 'attack: a vhdx with blocks of 3 bytes', 'broken', sealed=(),
     change=lambda path: [(find_item(path, PARAMETERS)[1], le(3, 4))])
vhdx('attack/vhdx-item.vhdx', 'attack: a vhdx whose metadata is out of range', ('broken', 'truncated'), sealed=(),
     change=lambda path: [(find_item(path, SIZE_ITEM)[0] + 16, le(0xfffffff0, 4))])
vhdx('attack/vhdx-regions.vhdx', 'attack: a vhdx with 2^32 - 1 regions', 'broken', sealed=((196608, 65536), (262144, 65536)),
     change=lambda path: [(start + 8, le(0xffffffff, 4)) for start in (196608, 262144)])


@sample('vhdx/truncated.vhdx', 'truncated', 'truncated', format='vhdx')
def make_truncated_vhdx(path, tools):
    tools.create(path, 'vhdx', '8M')
    truncate(path, MIB)


sample('vhdx/truncated-mark.vhdx', 'truncated', 'truncated', content=b'vhdxfile', format='vhdx')


# --- encrypted containers ---

def luks(version, problem, **expected):
    @sample(f'luks/version-{version}.img', f'encrypted: LUKS{version}', problem, **expected)
    def make(path, tools):
        holes(path, 20 * MIB)
        tools.run('cryptsetup', 'luksFormat', '-q', '--type', f'luks{version}', '--pbkdf', 'pbkdf2', '--pbkdf-force-iterations', 1000, path,
                  '-', input=PASSPHRASE.encode())


luks(1, 'encrypted', format='luks', encryption='luks')
luks(2, ('encrypted', 'other-format', 'newer'))
sample('luks/truncated.img', 'truncated', ('truncated', 'broken'), content=b'LUKS\xba\xbe\0\1' + b'aes'.ljust(100, b'\0'))


# --- what the engine does not read ---

@sample('other/parallels.hdd', 'a format of others: Parallels', 'other-format', says=('Parallels',))
def make_parallels(path, tools):
    tools.create(path, 'parallels', '8M', theirs=True)


sample('other/old-parallels.hdd', 'a format of others: Parallels', 'other-format', content=b'WithoutFreeSpace' + le(2, 4) + bytes(8192))
sample('other/mac.dmg', 'a format of others: DMG', 'other-format', says=('DMG',),
       content=bytes(70000) + (b'koly' + be(4, 4) + be(512, 4)).ljust(512, b'\0'))
sample('other/windows.wim', 'a format of others: WIM', ('other-format', 'other-file', 'packed'), content=b'MSWIM\0\0\0' + le(208, 4) + bytes(4096))
sample('other/bochs.img', 'a format of others: Bochs', ('other-format', 'unknown'),
       content=b'Bochs Virtual HD Image'.ljust(32, b'\0') + b'Redolog'.ljust(16, b'\0') + b'Growing'.ljust(16, b'\0') + le(0x20000, 4) + bytes(4096))
sample('other/android.img', 'a format of others: an Android sparse image', ('other-format', 'unknown'),
       content=le(0xed26ff3a, 4) + le(1, 2) + le(0, 2) + le(28, 2) + le(12, 2) + le(4096, 4) + bytes(4096))
