# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Every way in which an image can name another file, with one that nobody else would open, that is there, and that all may
read: whoever follows the image opens it."""

import json

from sample import sample
from samples_chains import qcow, qed
from samples_qcow2 import BACKING_FORMAT, DATA_FILE, DATA_FILE_NAME, header
from samples_vendors import descriptor, dynamic, sparse

CANARY = 'canary/secret.img'
RAW = ((BACKING_FORMAT, b'raw'),)


# Also a file that is only too far away to be followed without being pointed at, or that says nothing of its format.
REFUSED = ('refers', 'parent-missing', 'parent-undeclared')


def canary(name, form, build, kind=None):
    """BUILD gets the path of the canary and returns the image."""
    @sample(f'attack/canary-{name}', f'attack: a canary, {name}', REFUSED, format=form, kind=kind)
    def make(path, tools):
        path.write_bytes(build(str(tools.folder / CANARY)))


canary('data-file.qcow2', 'qcow2', lambda path: header(incompatible=DATA_FILE, extensions=((DATA_FILE_NAME, path.encode()),)), 'data-file')
canary('backing.qcow2', 'qcow2', lambda path: header(backing=path.encode(), extensions=RAW), 'outside')
canary('backing-undeclared.qcow2', 'qcow2', lambda path: header(backing=path.encode()), 'outside')
canary('backing-up.qcow2', 'qcow2', lambda path: header(backing=f'../{CANARY}'.encode(), extensions=RAW), 'outside')
canary('backing-protocol.qcow2', 'qcow2', lambda path: header(backing=f'file:{path}'.encode(), extensions=RAW))
canary('backing-json.qcow2', 'qcow2', kind='json', build=lambda path: header(
    backing=f'json:{json.dumps({"driver": "raw", "file": {"driver": "file", "filename": path}})}'.encode(), extensions=RAW))
canary('backing.qcow', 'qcow', lambda path: qcow(path.encode()), 'outside')
canary('backing.qed', 'qed', lambda path: qed(path.encode(), features=5), 'outside')
canary('flat.vmdk', 'vmdk', lambda path: descriptor(f'RW 8 FLAT "{path}" 0'), 'extent')
canary('parent.vmdk', 'vmdk', lambda path: sparse(descriptor('RW 16384 SPARSE "x.vmdk"', 'monolithicSparse', path)), 'parent')
canary('no-capacity.vmdk', 'vmdk', lambda path: sparse(descriptor(f'RW 16384 FLAT "{path}" 0'), capacity=0))
canary('parent.vhd', 'vpc', lambda path: dynamic(4, parent=path), 'parent')


@sample('attack/canary-link.qcow2', 'attack: a canary, behind a link', REFUSED, format='qcow2')
def make_link(path, tools):
    path.with_suffix('.img').symlink_to(f'../{CANARY}')
    path.write_bytes(header(backing=path.with_suffix('.img').name.encode(), extensions=RAW))
