# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Files that are no disks, or no files; compressed ones."""

import bz2
import gzip
import io
import lzma
import os
import socket
import subprocess
import tarfile
import zipfile
import zlib

from sample import GIB, KIB, MIB, le, sample, truncate
from samples_qcow2 import header

PNG = bytes.fromhex('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000000020001e221bc330000000049454e44ae426082')
HTML = '<!DOCTYPE html>\n<html lang="en"><head><title>404 Not Found</title></head><body><h1>Not Found</h1></body></html>\n'


# --- text ---

def web_page(name, content, case='HTML instead of an image'):
    sample(f'text/{name}', case, 'web-page', content=content)


web_page('download.qcow2', HTML.encode())
web_page('spaced.img', b'\xef\xbb\xbf\r\n\t ' + HTML.encode())
web_page('upper.iso', HTML.upper().encode())
web_page('xhtml.qcow2', b'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x">\n<html/>')
web_page('comment.vmdk', b'<!-- mirror 7 -->\n' + HTML.encode())
web_page('utf-16.vdi', HTML.encode('utf-16'))
sample('text/pointer.qcow2', 'LFS pointer', 'lfs-pointer',
       content=b'version https://git-lfs.github.com/spec/v1\noid sha256:' + b'4d7a' * 16 + b'\nsize 12884901888\n')
sample('text/SHA256SUMS.img', 'a checksum instead of an image', 'text', content=b'4d7a' * 16 + b'  debian-13-generic-amd64.qcow2\n')
sample('text/checksum.iso', 'a checksum instead of an image', 'text', content=b'4d7a' * 16)
sample('text/debian.iso', 'a torrent instead of an image', ('text', 'other-file'),
       content=b'd8:announce41:http://bttracker.example.org:6969/announce7:comment4:none4:infod6:lengthi4294967296e4:name10:debian.iso'
               b'12:piece lengthi262144e6:pieces40:' + bytes(range(40)) + b'ee')
sample('text/script.img', 'a script instead of an image', ('text', 'other-file'), content=b'#!/bin/sh\nset -e\nqemu-system-x86_64 -hda x.img\n')
sample('text/message.img', 'text that names no format', 'text', content='Datei nicht gefunden: “größer”\n'.encode())
sample('text/appliance.ovf', 'a description instead of a disk', ('text', 'other-file'),
       content=b'<?xml version="1.0"?>\n<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1"><References/></Envelope>\n',
       mime='application/x-virtualbox-ovf')
sample('text/error.qcow2', 'an answer of a server instead of an image', ('text', 'web-page'),
       content=b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code></Error>')
sample('text/error-json.qcow2', 'an answer of a server instead of an image', 'text', content=b'{"message": "Not Found", "status": 404}\n')


# --- other known files ---

def other(name, content, case='something else', problem='other-file'):
    sample(f'other/{name}', case, problem, content=content)


other('picture.qcow2', PNG, 'a PNG named .qcow2')
other('photo.img', b'\xff\xd8\xff\xe0\0\x10JFIF\0' + bytes(500))
other('paper.iso', b'%PDF-1.7\n%\xe2\xe3\xcf\xd3\n' + bytes(500))
other('program.qcow2', b'\x7fELF\x02\x01\x01' + bytes(9) + le(2, 2) + le(0x3e, 2) + bytes(500))
other('program.img', b'MZ' + bytes(58) + le(64, 4) + b'PE\0\0' + le(0x8664, 2) + bytes(500))
other('package.img', b'!<arch>\ndebian-binary   1342943816  0     0     100644  4         `\n2.0\n', problem=('other-file', 'packed'))
other('film.img', b'\0\0\0\x20ftypisom' + bytes(500), problem=('other-file', 'unknown'))


@sample('other/zip.qcow2', 'packed: zip', 'packed')
def make_zip(path, tools):
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as archive:
        archive.writestr('disk.qcow2', header())


def tar(name, case, **members):
    @sample(name, case, 'packed', mime='application/ovf' if name.endswith('.ova') else None)
    def make(path, tools):
        with tarfile.open(path, 'w', format=tarfile.USTAR_FORMAT) as archive:
            for ending, content in members.items():
                member = tarfile.TarInfo(f'disk.{ending}')
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))


tar('other/tar.img', 'packed: tar', qcow2=header())
tar('other/appliance.ova', 'packed: an appliance', ovf=b'<Envelope/>', vmdk=b'KDMV')


sample('other/7z.img', 'packed: 7z', 'packed', content=b'7z\xbc\xaf\x27\x1c\0\4' + bytes(500))
sample('other/rar.img', 'packed: rar', 'packed', content=b'Rar!\x1a\x07\x01\0' + bytes(500))
sample('other/zeros.img', 'nothing on it', 'unknown', content=bytes(MIB))
sample('other/noise.img', 'no known mark', 'unknown', content=zlib.compress(bytes(3 * MIB), 0)[7:2 * MIB].replace(b'\0', b'\x93'))


# --- compressed ---

def zstd(content):
    return subprocess.run(['zstd', '-q', '-c'], input=content, stdout=subprocess.PIPE, check=True).stdout


def lz4(content):
    """A frame with a block that is not compressed; the checksum of its descriptor is xxHash's: FLG 0x60, BD 0x70."""
    return bytes.fromhex('04224d18607073') + le(len(content) | 1 << 31, 4) + content + bytes(4)


WHOLE = header()
PACKERS = {'xz': ('xz', lzma.compress), 'gz': ('gzip', lambda content: gzip.compress(content, mtime=0)), 'zst': ('zstd', zstd),
           'bz2': ('bzip2', bz2.compress), 'lz4': ('lz4', lz4)}
for ending, (packer, pack) in PACKERS.items():
    @sample(f'compressed/disk.qcow2.{ending}', f'compressed: {packer}', 'compressed', compression=packer, unpacked=len(WHOLE))
    def make_compressed(path, tools, pack=pack):
        path.write_bytes(pack(WHOLE))


@sample('compressed/gzip.qcow2', 'compressed, and misnamed', 'compressed', compression='gzip', unpacked=len(WHOLE))
def make_misnamed(path, tools):
    path.write_bytes(gzip.compress(WHOLE, mtime=0))


@sample('compressed/truncated.img.xz', 'compressed, and truncated', 'compressed', compression='xz')
def make_truncated(path, tools):
    path.write_bytes(lzma.compress(os.urandom(20000)))
    truncate(path, 10000)


@sample('attack/bomb.img.gz', 'attack: a compressed bomb', 'compressed', compression='gzip')
def make_gzip_bomb(path, tools):
    path.write_bytes(gzip.compress(bytes(32 * MIB), mtime=0) * 256)            # 8 GiB


@sample('attack/bomb.img.xz', 'attack: a compressed bomb', 'compressed', compression='xz')
def make_xz_bomb(path, tools):
    path.write_bytes(lzma.compress(bytes(32 * MIB), preset=0) * 2048)          # 64 GiB


@sample('attack/bomb.img.zst', 'attack: a compressed bomb', 'compressed', compression='zstd')
def make_zstd_bomb(path, tools):
    """Frames without a size, of blocks of 128 KiB that are one byte each; the last block says so."""
    block = le(128 * KIB << 3 | 1 << 1, 3) + b'\0'
    path.write_bytes(b'\x28\xb5\x2f\xfd\0\x58' + block * (64 * GIB // (128 * KIB)) + le(1, 3))


@sample('attack/bomb.img.bz2', 'attack: a compressed bomb', 'compressed', compression='bzip2')
def make_bzip2_bomb(path, tools):
    path.write_bytes(bz2.compress(bytes(16 * MIB)) * 4096)                     # 64 GiB


sample('attack/liar.img.gz', 'attack: a compressed file that lies about its size', 'compressed', compression='gzip',
       content=gzip.compress(WHOLE, mtime=0)[:-4] + le(0xffffffff, 4))
sample('attack/liar.img.zst', 'attack: a compressed file that says 2^64 - 1 bytes', 'compressed', compression='zstd',
       content=b'\x28\xb5\x2f\xfd\xe0' + b'\xff' * 8 + le(1, 3))


# --- no files ---

def special(name, case, problem='unreadable', **expected):
    return sample(f'special/{name}', case, problem, special=True, **expected)


sample('special/empty.qcow2', 'empty', 'empty', content=b'')
sample('special/one-byte.img', 'one byte', ('unknown', 'text', 'truncated'), content=b'Q')
special('folder.qcow2', 'a folder')(lambda path, tools: path.mkdir())
special('fifo.img', 'a pipe')(lambda path, tools: os.mkfifo(path))
special('loop.img', 'a link that leads to itself')(lambda path, tools: path.symlink_to(path.name))
special('device.img', 'a link to a device')(lambda path, tools: path.symlink_to('/dev/zero'))
special('null.img', 'a link to a device that is empty')(lambda path, tools: path.symlink_to('/dev/null'))
special('gone.qcow2', 'not there')(lambda path, tools: None)
special('nowhere.qcow2', 'a link to nothing')(lambda path, tools: path.symlink_to('nothing'))


@special('socket.img', 'a socket')
def make_socket(path, tools):
    """Its name may be too long for the kernel, and so it is made from beside it."""
    folder = os.open(path.parent, os.O_PATH)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f'/proc/self/fd/{folder}/{path.name}')
    os.close(folder)


@special('forbidden.qcow2', 'not to be read')
def make_forbidden(path, tools):
    path.write_bytes(WHOLE)
    path.chmod(0)


@sample('special/read-only.qcow2', 'read-only', format='qcow2', flags={'read-only'})
def make_read_only(path, tools):
    path.write_bytes(WHOLE)
    path.chmod(0o444)


@sample('special/link.qcow2', 'a link to an image', format='qcow2')
def make_link(path, tools):
    path.with_name('target.qcow2').write_bytes(WHOLE)
    path.symlink_to('target.qcow2')
