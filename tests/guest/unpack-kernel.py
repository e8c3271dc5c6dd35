#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Unpacks the ELF image in a bzImage: unpack-kernel.py VMLINUZ VMLINUX

QEMU starts such an image by its PVH entry, which saves an emulated processor from unpacking it at each start.
"""

import struct
import subprocess
import sys

UNPACKERS = {b"\x28\xb5\x2f\xfd": ["zstd", "-dcq"], b"\xfd7zXZ\x00": ["xz", "-dcq", "--single-stream"], b"\x1f\x8b": ["gzip", "-dcq"]}


def main():
    image = open(sys.argv[1], "rb").read()
    # Linux' Documentation/arch/x86/boot.rst: setup_sects, payload_offset, payload_length
    setup = (image[0x1F1] or 4) * 512 + 512
    offset, length = struct.unpack_from("<II", image, 0x248)
    payload = image[setup + offset : setup + offset + length]
    for magic, command in UNPACKERS.items():
        if payload.startswith(magic):
            # The size that follows the stream makes some unpackers complain after they have done it all.
            elf = subprocess.run(command, input=payload[:-4], stdout=subprocess.PIPE, check=False).stdout
            break
    else:
        sys.exit("unpack-kernel: the kernel is packed in an unknown way")
    if not elf.startswith(b"\x7fELF"):
        sys.exit("unpack-kernel: there is no ELF image in the kernel")
    open(sys.argv[2], "wb").write(elf)


main()
