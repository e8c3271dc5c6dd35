# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""A virtual laptop with a graphics card, for tests that need one: see README.md. Its root file system is the one that this
runs in, its kernel the one in /boot, and it leaves nothing behind: all that it is made of is in memory."""

import ctypes
import glob
import lzma
import mmap
import os
import platform
import re
import selectors
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = HERE.parents[1]
INSIDE = 'DIORAMA_IN_LAPTOP'
# What must be there before the root can be mounted, and what is loaded from it afterwards.
_EARLY = ('9p', '9pnet_virtio', 'overlay')
_LATE = ('vgem', 'kvm_amd')
_QEMU = '/usr/bin/qemu-system-x86_64'        # ours has no 9p
# What the kernel says when it dies. A kernel that goes on after that cannot be trusted, so it ends at once.
_LAST_WORDS = re.compile(r'\b(Kernel panic|BUG:|Oops:)')
COMMAND_LINE = ('console=ttyS0 oops=panic panic=-1 quiet mitigations=off nokaslr tsc=reliable no_timer_check random.trust_cpu=on '
                'cryptomgr.notests raid=noautodetect audit=0 selinux=0 apparmor=0 udmabuf.list_limit=16384 '
                'udmabuf.size_limit_mb=512')
_FRESH = ('/tmp/', '/run/', '/dev/', '/proc/', '/sys/')      # these are the laptop's own
_PR_SET_PDEATHSIG = 1
_BOOT_TIMEOUT = 120        # it hangs now and then, and is booted again then


class Refusal(Exception):
    """The laptop cannot be had here; the text says why and what to do."""


class Dead(Exception):
    """The laptop's own kernel died or did not come up: that says nothing about the program."""


def _modules(release):
    """The files of the modules in _EARLY with what they need, in the order of loading."""
    done = subprocess.run(['modprobe', '-S', release, '--show-depends', '-a', *_EARLY], capture_output=True, text=True)
    if done.returncode:
        raise Refusal(f'the kernel {release} lacks a module that the laptop needs: {done.stderr.strip()}')
    found = [line.split()[1] for line in done.stdout.splitlines() if line.startswith('insmod ')]
    return list(dict.fromkeys(found))


def archive(files):
    """A cpio archive (newc) of (name, mode, content)."""
    out = bytearray()
    for number, (name, mode, content) in enumerate([*files, ('TRAILER!!!', 0, b'')], 1):
        fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0)
        out += b'070701' + b''.join(b'%08x' % field for field in fields) + name.encode() + b'\0'
        out += bytes(-len(out) % 4) + content
        out += bytes(-len(out) % 4)
    return bytes(out)


def initrd(release, script):
    """What starts with the root's files as the root, and then does SCRIPT (bash) as the first process."""
    folder, program = 0o040755, 0o100755
    files = [(name, folder, b'') for name in ('bin', 'dev', 'proc', 'sys', 'below', 'over', 'modules')]
    order = []
    for module in _modules(release):
        content = Path(module).read_bytes()
        order.append(Path(module).name.partition('.')[0] + '.ko')
        files.append((f'modules/{order[-1]}', program, lzma.decompress(content) if module.endswith('.xz') else content))
    files += [('modules/order', program, ''.join(name + '\n' for name in order).encode()),
              ('bin/busybox', program, Path(shutil.which('busybox')).read_bytes()),
              ('init', program, (HERE / 'init').read_bytes()), ('run-inside.sh', program, script.encode())]
    return archive(files)


def _script(command, environment, shares, keep, modules):
    """What runs inside, as process 1: the rest of the set-up, the program, its exit code."""
    quoted = shlex.join([str(word) for word in command])
    lines = ['export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8',
             f'export HOME={shlex.quote(os.environ.get("HOME", "/root"))} {INSIDE}=1',
             # What llvmpipe compiles for one window is there for the next; to optimise it takes longer than to run it,
             # and wider vectors are slower to emulate.
             'export MESA_SHADER_CACHE_DIR=/tmp/shaders LP_NATIVE_VECTOR_WIDTH=128 GALLIVM_PERF=nopt',
             'port () { for p in /sys/class/virtio-ports/*; do [ "$(cat $p/name)" = lab.$1 ] && echo /dev/${p##*/}; done; }',
             'out=$(port out) status=$(port status)',
             'echo booted > $status', 'exec > $out 2>&1 < /dev/null',
             f'modprobe -a {" ".join(modules)}' if modules else ':',
             'ip link set lo up 2>/dev/null || ifconfig lo up 2>/dev/null || true',
             'hostname laptop 2>/dev/null || echo laptop > /proc/sys/kernel/hostname']
    for folder in map(shlex.quote, shares):
        lines.append(f'mkdir -p {folder} && mount --bind /run/below{folder} {folder}')
    if keep:
        folder = shlex.quote(keep)
        lines.append(f'mkdir -p {folder} && mount -t 9p -o trans=virtio,version=9p2000.L,msize=1048576 keep {folder}')
    lines += [f'export {name}={shlex.quote(value)}' for name, value in environment.items()]
    lines += [f'cd {shlex.quote(os.getcwd())}', f'setsid {quoted} &', 'wait $!', 'echo exit $? > $status',
              'echo o > /proc/sysrq-trigger', 'sleep 60']
    return '\n'.join(lines) + '\n'


def _make_tick_counter():
    """A function that reads the processor's time stamp counter, which is the laptop's; None where it cannot be had."""
    if platform.machine() != 'x86_64':
        return None
    try:
        code = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    except OSError:
        return None
    code.write(b'\x0f\x31\x48\xc1\xe2\x20\x48\x09\xd0\xc3')     # rdtsc; shl rdx, 32; or rax, rdx; ret
    read = ctypes.CFUNCTYPE(ctypes.c_uint64)(ctypes.addressof(ctypes.c_char.from_buffer(code)))
    read.code = code
    return read


class Ticks:
    """How fast the processor's time stamp counter counts. The laptop's kernel would find that out from the clocks that QEMU
    has, and where others are at work it comes to a fraction: then its clock goes several times too fast, and whatever has a
    deadline in it fails."""

    def __init__(self):
        self._read = _make_tick_counter()
        self._begin = self._look()

    def _look(self):
        """(counter, nanoseconds), of several tries that where least came between the two."""
        if self._read is None:
            return 0, 0
        looks = []
        for _ in range(20):
            before, count, after = time.monotonic_ns(), self._read(), time.monotonic_ns()
            looks.append((after - before, count, (before + after) // 2))
        return min(looks)[1:]

    def khz(self):
        """As far as can be told since this was made; 0 where it cannot be had."""
        (count, then), (first, begin) = self._look(), self._begin
        return (count - first) * 1000000 // (then - begin) if then > begin else 0

    def words(self):
        """For the kernel's command line."""
        return f' tsc_early_khz={khz}' if (khz := self.khz()) else ''


def _memory(name, content=b''):
    fd = os.memfd_create(name, 0)
    os.write(fd, content)
    return fd


def _die_with_parent():
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def passed_environment():
    """What tests/run tells the tests, and how to debug them."""
    return {name: value for name, value in os.environ.items()
            if name.startswith(('DIORAMA_', 'G_MESSAGES_DEBUG', 'GDK_DEBUG', 'GSK_', 'LAB_')) and name != 'DIORAMA_TEST_KEEP'}


class Laptop:
    """One boot, for one program. `extra`: more options for QEMU; `shares`: directories to be seen inside although they lie
    in /tmp or the like; the directory DIORAMA_TEST_KEEP names is the only one that can be written to for good. Who wants no
    laptop but some Linux says which modules and which -display."""

    def __init__(self, command, memory=3072, extra=(), shares=(), environment=None, modules=_LATE, display='none'):
        kernel = max(glob.glob('/boot/vmlinuz-*'), default=None)
        if kernel is None or not os.access(_QEMU, os.X_OK) or shutil.which('busybox') is None:
            raise Refusal('the virtual laptop needs a kernel in /boot, busybox and qemu-system-x86_64; run this inside the '
                          'root: tests/root/enter -- …')
        environment, ticks = passed_environment() if environment is None else environment, Ticks()
        wanted = [str(TOP), os.getcwd(), *map(os.path.abspath, shares), environment.get('DIORAMA_TEST_BUILD', '')]
        shares = [path for path in dict.fromkeys(wanted) if path.startswith(_FRESH) and os.path.isdir(path)]
        keep = os.environ.get('DIORAMA_TEST_KEEP', '')
        if keep:
            environment = {**environment, 'DIORAMA_TEST_KEEP': keep}
        script = _script(command, environment, shares, keep, modules)
        self._console = _memory('console')
        disk = _memory('initrd', initrd(Path(kernel).name.partition('-')[2], script))
        (self._out, theirs_out), (self._status, theirs_status) = socket.socketpair(), socket.socketpair()
        fds = [disk, self._console, theirs_out.fileno(), theirs_status.fileno()]
        argv = [_QEMU, '-accel', 'tcg,thread=multi', '-smp', '2', '-cpu', 'max,-la57', '-machine', 'q35', '-m', str(memory),
                '-nodefaults', '-no-user-config', '-display', display, '-no-reboot', '-kernel', kernel,
                '-initrd', f'/proc/self/fd/{disk}', '-append', COMMAND_LINE + ticks.words(),
                '-chardev', f'file,id=console,path=/proc/self/fd/{self._console}', '-serial', 'chardev:console',
                '-device', 'virtio-serial-pci',
                '-chardev', f'socket,id=out,fd={fds[2]}', '-device', 'virtserialport,chardev=out,name=lab.out',
                '-chardev', f'socket,id=status,fd={fds[3]}', '-device', 'virtserialport,chardev=status,name=lab.status',
                '-virtfs', 'local,path=/,mount_tag=root,security_model=none,readonly=on,multidevs=remap']
        if keep:
            argv += ['-virtfs', f'local,path={keep.replace(",", ",,")},mount_tag=keep,security_model=none']
        self._process = subprocess.Popen([*argv, *extra], pass_fds=fds, stdin=subprocess.DEVNULL,
                                         stderr=subprocess.PIPE, preexec_fn=_die_with_parent)
        for end in (theirs_out, theirs_status):
            end.close()
        os.close(disk)

    def run(self, timeout, target=None):
        """Copies what the program writes to `target` (standard output), and returns its exit code."""
        target = target or sys.stdout.buffer
        begun, status, booted = time.monotonic(), b'', None
        with selectors.DefaultSelector() as selector:
            for end in (self._out, self._status):
                end.setblocking(False)
                selector.register(end, selectors.EVENT_READ)
            while True:
                limit = begun + (timeout if booted else min(timeout, _BOOT_TIMEOUT))
                ready = [key.fileobj for key, _ in selector.select(max(0, limit - time.monotonic()))]
                if not ready:
                    what = f'the program still runs after {timeout:.0f} s' if booted else f'no boot in {limit - begun:.0f} s'
                    raise (TimeoutError if booted else Dead)(self._why(what))
                if self._out in ready:
                    _copy(self._out, target)
                if self._status in ready:
                    data = self._status.recv(256)
                    if not data:
                        while _copy(self._out, target):
                            pass
                        died = _LAST_WORDS.search(self.console())
                        raise (Dead if died else RuntimeError)(self._why('the laptop ended by itself'))
                    status += data
                    booted = booted or time.monotonic()
                    if status.endswith(b'\n') and b'exit ' in status:
                        while _copy(self._out, target):   # all of it is there: the guest waits until a line is taken
                            pass
                        return int(status.rpartition(b' ')[2])

    def console(self):
        """What the kernel has said."""
        return os.pread(self._console, 1 << 20, 0).decode(errors='replace')

    def _why(self, what):
        console = self.console()
        died = _LAST_WORDS.search(console)
        said = console[console.rfind('\n', 0, died.start()) + 1:].splitlines()[:60] if died else console.splitlines()[-15:]
        self.close()
        return '\n'.join([what, *said, self._process.stderr.read().decode(errors='replace').strip()]).rstrip()

    def close(self):
        self._process.kill()
        self._process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def _copy(source, target):
    try:
        data = source.recv(65536)
    except BlockingIOError:
        return False
    target.write(data)
    target.flush()
    return bool(data)
