#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes corpus/usb-redir/ and corpus/usb-descriptors/: guests of redirected devices, and devices, for mutations of
fuzz-usb-redir and fuzz-usb-descriptors to start from."""
import pathlib
import struct

(HELLO, RESET, SET_CONFIG, GET_CONFIG, SET_ALT, GET_ALT, START_ISO, STOP_ISO, START_INTERRUPT, STOP_INTERRUPT, ALLOC_STREAMS,
 FREE_STREAMS, CANCEL, REJECT, FILTER, ACK, START_BULK, STOP_BULK) = (
     0, 3, 6, 7, 9, 10, 12, 13, 15, 16, 18, 19, 21, 22, 23, 24, 25, 26)
CONTROL, BULK, ISO, INTERRUPT = 100, 101, 102, 103
DISK, KEYBOARD, MICROPHONE, ODD = range(4)
HANGS, SUBMIT_FAILS, RESET_LEAVES, CONFIG_FAILS = (1 << bit for bit in range(4, 8))
ALL_CAPS = 0xff
folder = pathlib.Path(__file__).parent / 'corpus'


class Guest:
    """Bytes of a guest: headers are longer once it has said what it can."""

    def __init__(self, caps=ALL_CAPS):
        self.wide = False
        self.bytes = b''
        if caps is not None:
            self.say(HELLO, b'fuzz'.ljust(64, b'\0') + struct.pack('<I', caps))
            self.wide = bool(caps & 32)

    def say(self, kind, body=b'', number=1):
        self.bytes += struct.pack('<IIQ' if self.wide else '<III', kind, len(body), number) + body
        return self

    def control(self, kind, request, value=0, index=0, length=0, data=b'', number=1):
        return self.say(CONTROL, struct.pack('<BBBBHHH', kind & 0x80, request, kind, 0, value, index, length) + data, number)

    def bulk(self, endpoint, length, data=b'', number=1):
        body = struct.pack('<BBHIH', endpoint, 0, length & 0xffff, 0, length >> 16)
        return self.say(BULK, (body if self.wide else body[:8]) + data, number)

    def scsi(self, command, length, data=b'', number=10):
        into = not data
        self.bulk(2, 31, b'USBC' + struct.pack('<IIBBB', 7, length, 0x80 if into else 0, 0, len(command)) +
                  command.ljust(16, b'\0'), number)
        if length:
            self.bulk(0x81 if into else 2, length, data, number + 1)
        return self.bulk(0x81, 13, b'', number + 2)


def disk(caps=ALL_CAPS):
    guest = Guest(caps)
    guest.control(0x80, 6, 0x100, 0, 18).control(0x80, 6, 0x302, 0x409, 255, number=2)
    return guest.scsi(b'\x12\0\0\0\x24', 36).scsi(b'\x2a\0\0\0\0\1\0\0\1', 512, b'd' * 512, 20).scsi(b'\x28\0\0\0\0\1\0\0\1', 512,
                                                                                                  number=30)


def streams(kind):
    guest = Guest().say(SET_ALT, b'\0\1')
    if kind == 'in':
        return guest.say(START_ISO, b'\x81\x0a\6').say(GET_ALT, b'\0').say(STOP_ISO, b'\x81')
    guest.say(START_ISO, b'\2\2\4')
    for number in range(10):
        guest.say(ISO, struct.pack('<BBH', 2, 0, 20) + b'i' * 20, number)
    return guest.say(STOP_ISO, b'\2')


def everything():
    guest = Guest()
    for kind in range(32):
        for size in (0, 1, 4, 10):
            guest.say(kind, bytes(size))
    return guest


GUESTS = {
    'disk': (DISK, disk()),
    'disk-old': (DISK, disk(0)),
    'disk-half': (DISK, disk(32)),
    'no-hello': (DISK, Guest(None).control(0x80, 6, 0x100, 0, 18).bulk(0x81, 5)),
    'cancel': (DISK | HANGS, Guest().bulk(0x81, 5000, number=4).say(CANCEL, number=4).bulk(0x81, 1 << 20, number=4).say(RESET)),
    'floods': (DISK | HANGS, Guest().bulk(0x81, 8 << 20, number=1).bulk(0x81, 8 << 20, number=2).bulk(0x81, 8 << 20, number=3)),
    'configuration': (KEYBOARD, Guest().say(SET_CONFIG, b'\0').say(GET_CONFIG).say(SET_CONFIG, b'\1').say(GET_ALT, b'\1')),
    'configuration-fails': (DISK | CONFIG_FAILS, Guest().say(SET_CONFIG, b'\0').say(SET_CONFIG, b'\7')),
    'keyboard': (KEYBOARD, Guest().say(START_INTERRUPT, b'\x81').control(0x21, 9, 0x200, 0, 1, b'\2')
                 .say(STOP_INTERRUPT, b'\x81').say(INTERRUPT, b'\2\0\1\0a')),
    'microphone-in': (MICROPHONE, streams('in')),
    'microphone-out': (MICROPHONE, streams('out')),
    'no-bandwidth': (MICROPHONE | SUBMIT_FAILS, streams('in')),
    'odd': (ODD, Guest().bulk(0x81, 64).bulk(0x81, 64).bulk(2, 2, b'ab').say(START_BULK, struct.pack('<IIBB', 0, 512, 0x81, 5))
            .say(STOP_BULK, b'\0\0\0\0\x81')),
    'bulk-streams': (DISK, Guest().say(ALLOC_STREAMS, struct.pack('<II', 0x20004, 4)).say(FREE_STREAMS, b'\4\0\2\0')),
    'reset': (DISK, disk().say(RESET).say(ACK).bulk(0x81, 13)),
    'reset-leaves': (DISK | RESET_LEAVES, disk().say(RESET).say(RESET)),
    'filter': (DISK, Guest().say(FILTER, b'0x08,-1,-1,-1,0|-1,-1,-1,-1,1\0').say(FILTER, b'||,,0xffffffffff,\0')),
    'rejected': (DISK, Guest().say(REJECT)),
    'clear-halt': (DISK, Guest().control(2, 1, 0, 0x81).control(2, 1, 0, 0x8f)),
    'everything': (KEYBOARD, everything()),
}


def device(configurations, total=None, count=None):
    head = struct.pack('<BBHBBBBHHHBBBB', 18, 1, 0x200, 0, 0, 0, 64, 0x627, 1, 0x100, 0, 0, 0,
                       len(configurations) if count is None else count)
    return head + b''.join(
        struct.pack('<BBHBBBBB', 9, 2, 9 + len(body) if total is None else total, interfaces, number + 1, 0, 0x80, 50) + body
        for number, (interfaces, body) in enumerate(configurations))


def interface(number, alternate=0, endpoints=(), extra=b'', count=None):
    return (struct.pack('<BBBBBBBBB', 9, 4, number, alternate, len(endpoints) if count is None else count, 255, 0, 0, 0) + extra +
            b''.join(struct.pack('<BBBBHB', 7, 5, *endpoint) for endpoint in endpoints))


BULKS = ((0x81, 2, 512, 0), (0x02, 2, 512, 0))
ISOS = ((0x83, 1, 200, 1), (0x04, 1, 200, 1))
ASKS = Guest().control(0x80, 6, 0x200, 0, 255).bulk(0x81, 1024).bulk(2, 3, b'abc').say(START_INTERRUPT, b'\x85')
ALTERNATES = Guest().say(SET_ALT, b'\0\1').say(START_ISO, b'\4\2\4').say(ISO, b'\4\0\2\0ab').say(SET_ALT, b'\1\1').say(SET_ALT, b'\0\0')
CONFIGURATIONS = Guest().say(SET_CONFIG, b'\2').say(SET_CONFIG, b'\0').say(SET_CONFIG, b'\1')
SCRIPT = b'\0\1\2\xf0\xf8\xf9\xfa\xfb\xfc\3\xff'
DEVICES = {
    'plain': (device([(1, interface(0, 0, BULKS))]), ASKS),
    'none': (device([]), ASKS),
    'lies': (device([(9, interface(0, 0, BULKS))], 500, 3), ASKS),
    'cut': (device([(1, interface(0, 0, (), b'\x63\x24', 2))]), ASKS),
    'two': (device([(1, interface(0, 0, BULKS)), (2, interface(0) + interface(1, 0, ISOS))]), CONFIGURATIONS),
    'alternates': (device([(2, interface(0) + interface(0, 1, ISOS) + interface(1) + interface(1, 1, BULKS))]), ALTERNATES),
    'shared': (device([(2, interface(0) + interface(0, 1, ISOS) + interface(1) + interface(1, 1, ((4, 1, 1000, 1),)))]), ALTERNATES),
    'odd-numbers': (device([(2, interface(0) + interface(0, 9, ISOS) + interface(7, 3, BULKS))]), ALTERNATES),
    'interrupts': (device([(1, interface(0, 0, ((0x85, 3, 64, 1), (0x81, 2, 64, 0))))]), ASKS),
    'super': (device([(1, interface(0, 0, ((0x81, 2, 1024, 0),)) + b'\6\x30\5\4\0\0')]),
              Guest().say(ALLOC_STREAMS, struct.pack('<II', 0x20000, 4))),
}


def write(name, contents):
    (folder / name).mkdir(parents=True, exist_ok=True)
    for key, value in contents.items():
        (folder / name / key).write_bytes(value)


write('usb-redir', {name: bytes([kind]) + (SCRIPT.ljust(16, b'\0') if kind & 3 == ODD else b'') + guest.bytes
                    for name, (kind, guest) in GUESTS.items()})
write('usb-descriptors', {name: b'\0' + struct.pack('<H', len(descriptors)) + descriptors + bytes([len(SCRIPT)]) + SCRIPT + guest.bytes
                     for name, (descriptors, guest) in DEVICES.items()})
