# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Real windows without a screen: a mutter with one virtual monitor, alone on a private session bus.

    with Desktop(size=(1920, 1200), scale=1.5) as desktop:
        app = desktop.launch(['diorama', 'demo'])
        desktop.wait_window()
        desktop.wait_for(lambda: 'ready' in app.output(), 10, 'the guest')
        desktop.click(960, 600)
        desktop.type('a', 'Shift+b', 'Enter')
        picture = desktop.screenshot()               # numpy, (height, width, 3), RGB, exactly the monitor's pixels
        save_png(picture, 'shot.png')

Desktop (size, scale=1, …)
    size         of the (first) monitor in device pixels; both sides must be divisible by the scale (1920x1200: 1, 1.25, 1.5, 2)
    dark, large_text, high_contrast, rtl, animations     what the user would have chosen in the settings
    home         True: HOME and the XDG directories are private and vanish; False: the caller's own
    env          more environment for everything that is launched; None as a value removes a variable
    further      sizes of more monitors, to the right of the first, at scale 1
    raw_keys     True: mutter keeps no key combination for itself (Super, Alt+F4, …)
  Attributes: size, scale, runtime (the private XDG_RUNTIME_DIR), home (the private one, a Path), env (what applications
  get), bus (a Gio.DBusConnection to the private session bus).

Applications
    launch (argv, env=None, cwd=None) → App    leads its own process group; its output goes to a file
    apps ()                                    all that were launched
    App: pid, poll (), wait (timeout), signal (number), stop (), output (), tail ()
         actions (application id, path=None) → Actions: names (), activate (name, value=None), state (name),
         change_state (name, value), enabled (name)
    accessible () → accessibility.Node         the root of what a screen reader sees; see accessibility.py

Input: positions are device pixels of the monitor, which are the pixels of a screenshot
    key_down / key_up (key), press (key, …)    evdev codes, or names of keys.py; press holds all, lifts them backwards
    type ('a', 'Shift+b', 'Ctrl+Alt+Delete')   such combinations one after the other
    move (x, y, monitor=0, wait=True), move_by (dx, dy), button_down / button_up (code=BTN_LEFT)
    click (x, y, code=BTN_LEFT, count=1)
    wheel (steps, axis='vertical')             notches; positive is down or right
    scroll (dx, dy, finish=False)              a touchpad's two fingers, in pixels
    touch_down / touch_motion (slot, x, y, monitor=0), touch_up (slot); touches: the fingers that are down
    manage_window (what)                       'maximize', 'unmaximize', 'minimize', 'toggle-fullscreen' or 'close' the
                                               focused window, or 'move-to-monitor-right' (-left); it sees no more of this than the release of an unknown
                                               key, and with release=False not even that
    maximize ()                                until the focused window fills the (first) monitor
  They return when mutter has taken the event (with wait=False, not even then), not when a client has handled it: wait for
  what it should cause.

The clipboard, as a program has it that needs no window
    open_clipboard (), copy ({MIME type: bytes}), paste (MIME type) → bytes
    copied ()                                  MIME types of what is copied, by whomever, or None
    pasted ()                                  those of copy() that were read

Pictures
    screenshot (cursor=False, monitor=0)       the whole monitor, bit for bit
    wait_picture (condition, timeout, what)    captures until condition (picture) is true; returns that picture
    wait_settled (timeout=10)                  captures until two successive pictures are the same; returns the last
    wait_window (timeout=20)                   until the monitor shows more than its background; returns the picture
    bounds (picture)                           (x, y, width, height) of what differs from the empty background, or None
    set_scale (scale)                          of the first monitor, while everything runs
    arrange (scale, scale, …)                  the scales of all monitors; None turns one off
    save_png (picture, path)
    keep (name, settled=False)                 a screenshot for people, as name.png in $DIORAMA_TEST_KEEP where that is set
    keep_png (picture, name)                   so for a picture that there is

wait_for (condition, timeout, what) looks often, serves D-Bus signals meanwhile and returns the first true value, or
raises TimeoutError naming what was waited for. Timeouts are seconds for a computer that has nothing else to do: see
patience.py. wait_out (seconds, what) waits for as long. An application that ends by itself ends the wait, too.

However the block is left, also by SIGTERM, SIGHUP or SIGINT, every process is ended and the directory removed."""

import os
import shutil
import signal
import tempfile
import threading
import time
from pathlib import Path

import numpy
from gi.repository import Gio, GLib
from PIL import Image

import accessibility
import environment
import keys
from application import App
from mutter import Mutter
from patience import patient
from processes import Family

BTN_LEFT, BTN_RIGHT, BTN_MIDDLE, BTN_SIDE, BTN_EXTRA = 0x110, 0x111, 0x112, 0x113, 0x114
_START_TIMEOUT = 120 if 'DIORAMA_IN_LAPTOP' in os.environ else 30       # emulated twice over
_CAPTURE_TIMEOUT = 20
_CALL_TIMEOUT_MS = int(patient(10000))
_LOOK_MS = 20
_BACKGROUND_NOISE = 2            # mutter dithers its background anew, by ±1, wherever it repaints


class Desktop:
    def __init__(self, size=(1280, 800), scale=1, *, dark=False, large_text=False, high_contrast=False, rtl=False,
                 animations=False, home=True, env=None, raw_keys=False, further=()):
        if large_text and not home:
            raise ValueError('large text is a setting, and settings need a private home')
        self.size, self.scale, self._further = tuple(size), scale, [tuple(more) for more in further]
        self._variants = {'dark': dark, 'large_text': large_text, 'high_contrast': high_contrast, 'rtl': rtl,
                          'animations': animations, 'raw_keys': raw_keys}
        self._home_is_private, self._extra_env = home, env or {}
        self._apps, self._daemons, self._touches, self._handlers = [], [], set(), {}
        self.runtime = self.bus = self._a11y = self._family = self._empty = None

    def __enter__(self):
        self._catch_signals()
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    # -- starting and ending -----------------------------------------------------------------------------------------

    def _start(self):
        self.runtime = tempfile.mkdtemp(prefix='dio-', dir='/tmp')      # short: socket paths have 107 bytes
        self.home = Path(self.runtime, 'home')
        self._family = Family(f'XDG_RUNTIME_DIR={self.runtime}')
        private = environment.private_environment(self.runtime, self.home, self._variants)
        environment.write_settings(self.home, self._variants)
        own = private if self._home_is_private else environment.callers_environment(private)
        self.env = environment.merged(own, self._extra_env)
        self._capture_env = environment.capture_environment(self.runtime, private)
        self._start_daemons(private)
        self._meet_compositor()

    def _meet_compositor(self):
        self.wait_for(lambda: all(self.has_name(name) for name in Mutter.names), _START_TIMEOUT, 'mutter')
        self._mutter = Mutter(self.bus, self.wait_for)
        self._mutter.set_scale(self.scale)
        self._mutter.open_input()

    def _start_compositor(self, env):
        monitors = [word for size in (self.size, *self._further)
                    for word in ('--virtual-monitor', '{}x{}'.format(*size))]
        self._compositor = self._family.start(['mutter', '--headless', '--wayland', '--no-x11', '--wayland-display',
                                               'wayland-0', *monitors], env, f'{self.runtime}/mutter.log')
        self._daemons.append(self._compositor)

    def crash_compositor(self):
        """Kills it, as a crash would; what was launched loses its windows. None of it may be used before
        restart_compositor()."""
        self._daemons.remove(self._compositor)
        self._touches.clear()
        self._compositor.signal(signal.SIGKILL)
        self._compositor.wait(patient(5))
        for name in ('wayland-0', 'wayland-0.lock'):
            Path(self.runtime, name).unlink(missing_ok=True)

    def restart_compositor(self):
        self._apps = [app for app in self._apps if app.poll() is None]
        self._start_compositor(self._private_env)
        self._wait_socket('wayland-0')
        self._meet_compositor()

    def _start_daemons(self, env):
        def daemon(*argv):
            self._daemons.append(self._family.start(argv, env, f'{self.runtime}/{argv[0]}.log'))

        daemon('dbus-daemon', '--nofork', '--config-file', environment.write_bus_config(self.runtime, env))
        daemon('pipewire')
        self._wait_socket('bus')
        self._private_env = env
        self._start_compositor(env)
        self._wait_socket('pipewire-0')
        daemon('wireplumber', '--profile', 'policy')                    # links streams and leaves sound cards alone
        self.bus = Gio.DBusConnection.new_for_address_sync(
            f'unix:path={self.runtime}/bus', Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT |
            Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
        self._wait_socket('wayland-0')

    def close(self):
        """Ends everything; the end of the with block calls it."""
        for number in self._handlers:
            signal.signal(number, signal.SIG_IGN)                       # nothing may interrupt the cleaning
        try:
            for app in self._apps:
                app.stop()
        finally:
            if self._family is not None:
                self._family.end()
            if self.runtime is not None:
                shutil.rmtree(self.runtime, ignore_errors=True)
            for number, handler in self._handlers.items():
                signal.signal(number, handler)
            self._handlers = {}

    def _catch_signals(self):
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGHUP):
                if signal.getsignal(number) == signal.SIG_DFL:
                    self._handlers[number] = signal.signal(number, _leave)

    # -- waiting -----------------------------------------------------------------------------------------------------

    def wait_for(self, condition, timeout, what):
        context, deadline = GLib.MainContext.default(), time.monotonic() + patient(timeout)
        while not (result := condition()):
            self._check_alive(what)
            if time.monotonic() > deadline:
                raise TimeoutError(f'waited {patient(timeout):g} s in vain for {what}{self._last_words()}')
            look_again = GLib.timeout_add(_LOOK_MS, lambda: GLib.SOURCE_CONTINUE)
            context.iteration(True)
            GLib.source_remove(look_again)
        return result

    def wait_out(self, seconds, what):
        """For what only time can show: `what` is why."""
        end = time.monotonic() + seconds
        self.wait_for(lambda: time.monotonic() >= end, seconds + 10, what)

    def _check_alive(self, what):
        for process in self._daemons + [app for app in self._apps if not app.stopped]:
            if (status := process.poll()) is not None and status != 0:
                raise RuntimeError(f'{process.argv[0]} ended with status {status} while waiting for {what}:\n'
                                   + process.tail())

    def _last_words(self):
        return ''.join(f'\n{app.argv[0]} said last:\n{app.tail()}' for app in self._apps
                       if not app.stopped and app.poll() != 0 and app.output())

    def _wait_socket(self, name):
        path = os.path.join(self.runtime, name)
        self.wait_for(lambda: os.path.exists(path), _START_TIMEOUT, f'the socket {name}')

    def has_name(self, name):
        """Whether somebody owns this name on the session bus."""
        return self.bus.call_sync('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus',
                                  'NameHasOwner', GLib.Variant('(s)', (name,)), None, Gio.DBusCallFlags.NONE, _CALL_TIMEOUT_MS,
                                  None).unpack()[0]

    # -- applications ------------------------------------------------------------------------------------------------

    def launch(self, argv, env=None, cwd=None):
        if self._empty is None:
            self._empty = self.wait_settled()
        log = f'{self.runtime}/app-{len(self._apps)}.log'
        process = self._family.start([os.fspath(word) for word in argv], environment.merged(self.env, env or {}), log, cwd)
        self._apps.append(App(self, process))
        return self._apps[-1]

    def apps(self):
        return list(self._apps)

    def accessible(self):
        if self._a11y is None:
            self._a11y = accessibility.connect(self.bus)
        return accessibility.root(self._a11y)

    # -- input -------------------------------------------------------------------------------------------------------

    def key_down(self, key):
        self._mutter.key(keys.code(key), True)

    def key_up(self, key):
        self._mutter.key(keys.code(key), False)

    def press(self, *names):
        for name in names:
            self.key_down(name)
        for name in reversed(names):
            self.key_up(name)

    def type(self, *combinations):
        for combination in combinations:
            self.press(*combination.split('+'))

    def move(self, x, y, monitor=0, wait=True):
        self._mutter.motion(x, y, monitor, wait)

    def move_by(self, dx, dy):
        self._mutter.motion_relative(dx, dy)

    def button_down(self, code=BTN_LEFT):
        self._mutter.button(code, True)

    def button_up(self, code=BTN_LEFT):
        self._mutter.button(code, False)

    def click(self, x, y, code=BTN_LEFT, count=1):
        self.move(x, y)
        for _ in range(count):
            self.button_down(code)
            self.button_up(code)

    def wheel(self, steps, axis='vertical'):
        self._mutter.wheel(axis, steps)

    def scroll(self, dx, dy, finish=False):
        self._mutter.scroll(dx, dy, finish)

    def touch_down(self, slot, x, y, monitor=0):
        if slot in self._touches:
            raise ValueError(f'finger {slot} is down already')          # mutter would abort
        self._touches.add(slot)
        self._mutter.touch_down(slot, x, y, monitor)

    @property
    def touches(self):
        """The fingers that are down."""
        return frozenset(self._touches)

    def touch_motion(self, slot, x, y, monitor=0):
        self._mutter.touch_motion(slot, x, y, monitor)

    def touch_up(self, slot):
        self._touches.remove(slot)
        self._mutter.touch_up(slot)

    def manage_window(self, what, release=True):
        self.key_down(environment.WINDOW_KEYS[what][1])
        if release:
            self.key_up(environment.WINDOW_KEYS[what][1])

    def maximize(self):
        """The window that has the focus or is about to: the key is lost on one that does not have it yet."""
        def fills():
            if self.bounds(self.screenshot()) == (0, 0, *self.size):
                return True
            self.manage_window('maximize')
            return False
        self.wait_for(fills, 20, 'a window that fills the monitor')

    # -- pictures ----------------------------------------------------------------------------------------------------

    def open_clipboard(self):
        self._mutter.open_clipboard()

    def copy(self, contents):
        self._mutter.copy(contents)

    def copied(self):
        return self._mutter.clipboard_types

    def pasted(self):
        return self._mutter.pasted

    def paste(self, mime_type, timeout=15):
        fd, pieces = self._mutter.paste(mime_type), []
        os.set_blocking(fd, False)

        def read():
            try:
                pieces.append(os.read(fd, 65536))
            except BlockingIOError:
                return False
            return not pieces[-1]
        try:
            self.wait_for(read, timeout, f'{mime_type} from the clipboard')
        finally:
            os.close(fd)
        return b''.join(pieces)

    def set_scale(self, scale):
        self._mutter.set_scale(scale)
        self.scale = scale

    def arrange(self, *scales):
        self._mutter.arrange(*scales)
        self.scale = scales[0]

    def screenshot(self, cursor=False, monitor=0):
        return self._mutter.capture(self._capture_env, cursor, _CAPTURE_TIMEOUT, monitor)

    def keep(self, name, settled=False):
        if 'DIORAMA_TEST_KEEP' in os.environ:
            keep_png(self.wait_settled() if settled else self.screenshot(), name)

    def wait_picture(self, condition, timeout=10, what='the right picture'):
        deadline = time.monotonic() + patient(timeout)
        while not condition(picture := self.screenshot()):
            self._check_alive(what)
            if time.monotonic() > deadline:
                raise TimeoutError(f'waited {patient(timeout):g} s in vain for {what}{self._last_words()}')
        return picture

    def wait_settled(self, timeout=10):
        previous = []

        def settled(picture):
            same = bool(previous) and numpy.array_equal(previous[-1], picture)
            previous[:] = [picture]
            return same
        return self.wait_picture(settled, timeout, 'a picture that stays the same')

    def wait_window(self, timeout=20):
        def shows_something(picture):
            if self._apps and all(app.poll() is not None for app in self._apps):
                raise RuntimeError(f'no application is left to show a window{self._last_words()}')
            return self.bounds(picture) is not None
        return self.wait_picture(shows_something, timeout, 'a window')

    def bounds(self, picture):
        lighter, darker = numpy.maximum(picture, self._empty), numpy.minimum(picture, self._empty)
        changed = (lighter - darker > _BACKGROUND_NOISE).any(axis=2)
        rows, columns = changed.any(axis=1).nonzero()[0], changed.any(axis=0).nonzero()[0]
        if not len(rows):
            return None
        return (int(columns[0]), int(rows[0]), int(columns[-1] - columns[0] + 1), int(rows[-1] - rows[0] + 1))


def save_png(picture, path):
    """Writes a screenshot, or a part of one."""
    Image.fromarray(picture).save(path)


def keep_png(picture, name):
    if folder := os.environ.get('DIORAMA_TEST_KEEP'):
        save_png(picture, Path(folder, f'{name}.png'))


def _leave(number, _frame):
    raise SystemExit(128 + number)
