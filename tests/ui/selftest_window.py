# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""A fullscreen window for selftest.py: draws a known pattern in device pixels and prints each event as a line of JSON.

Positions are printed in device pixels of the window, keys as evdev codes, wheel steps in notches."""

import json

import gi
import numpy

for namespace, version in (('Gtk', '4.0'), ('Gdk', '4.0'), ('Graphene', '1.0')):
    gi.require_version(namespace, version)
from gi.repository import Gdk, Gio, GLib, Graphene, Gtk          # noqa: E402

APPLICATION_ID = 'app.diorama.SelfTest'
_XKB_OFFSET = 8                                                       # Wayland's key codes are evdev's plus 8


def pattern(width, height):
    """(height, width, 3) bytes: a checker of single pixels, colour ramps and noise, each a third of the height."""
    y, x = numpy.mgrid[0:height, 0:width]
    picture = numpy.random.default_rng(1).integers(0, 256, (height, width, 3), numpy.uint8)
    third = height // 3
    picture[:third] = (((x + y) % 2) * 255).astype(numpy.uint8)[:third, :, None]
    ramps = numpy.stack([x % 256, (x // 3 + y) % 256, 255 - y % 256], axis=2).astype(numpy.uint8)
    picture[third:2 * third] = ramps[third:2 * third]
    return picture


def report(kind, **values):
    print(json.dumps({'event': kind, **values}), flush=True)


class PatternView(Gtk.Widget):
    def __init__(self):
        super().__init__(focusable=True)
        controller = Gtk.EventControllerLegacy()
        controller.connect('event', self._on_event)
        self.add_controller(controller)
        pointer = Gtk.EventControllerMotion()
        pointer.connect('enter', self._on_pointer)
        pointer.connect('motion', self._on_pointer)
        self.add_controller(pointer)
        focus = Gtk.EventControllerFocus()
        focus.connect('enter', lambda _: report('focus', inside=True))
        focus.connect('leave', lambda _: report('focus', inside=False))
        self.add_controller(focus)

    def do_snapshot(self, snapshot):
        scale = self.get_native().get_surface().get_scale()
        width, height = round(self.get_width() * scale), round(self.get_height() * scale)
        data = GLib.Bytes.new(pattern(width, height).tobytes())
        texture = Gdk.MemoryTexture.new(width, height, Gdk.MemoryFormat.R8G8B8, data, width * 3)
        bounds = Graphene.Rect().init(0, 0, width / scale, height / scale)
        # Not append_scaled_texture(): GSK scales that to the bounds in logical pixels first, and then to device pixels.
        snapshot.append_texture(texture, bounds)
        report('drawn', width=width, height=height, scale=scale)

    def _on_event(self, controller, _event):
        event = controller.get_current_event()                        # PyGObject passes None
        kind = event.get_event_type()
        name = kind.value_nick
        if kind in (Gdk.EventType.KEY_PRESS, Gdk.EventType.KEY_RELEASE):
            report(name, code=event.get_keycode() - _XKB_OFFSET)
            return True                                               # or Tab would move the focus
        elif kind in (Gdk.EventType.BUTTON_PRESS, Gdk.EventType.BUTTON_RELEASE):
            report(name, button=event.get_button(), **self._place(event))
        elif kind == Gdk.EventType.SCROLL:
            dx, dy = event.get_deltas()
            report(name, dx=dx, dy=dy, unit=event.get_unit().value_nick, stop=event.is_stop())
        elif kind in (Gdk.EventType.TOUCH_BEGIN, Gdk.EventType.TOUCH_UPDATE, Gdk.EventType.TOUCH_END):
            report(name, sequence=self._slot(event), **self._place(event))
        return False

    def _on_pointer(self, _controller, x, y):
        scale = self.get_native().get_surface().get_scale()
        report('pointer', x=x * scale, y=y * scale)

    def _place(self, event):
        _, x, y = event.get_position()
        scale = self.get_native().get_surface().get_scale()
        return {'x': x * scale, 'y': y * scale}

    _sequences = {}

    def _slot(self, event):
        # Sequences are opaque; they are numbered in the order in which they first appear.
        return self._sequences.setdefault(hash(event.get_event_sequence()), len(self._sequences))


def on_activate(application):
    view = PatternView()
    window = Gtk.ApplicationWindow(application=application, child=view, fullscreened=True)
    action = Gio.SimpleAction.new_stateful('note', GLib.VariantType('s'), GLib.Variant('s', ''))
    action.connect('activate', lambda action, value: (action.set_state(value), report('note', text=value.get_string())))
    window.add_action(action)
    window.present()
    view.grab_focus()


if __name__ == '__main__':
    selftest = Gtk.Application(application_id=APPLICATION_ID)
    selftest.connect('activate', on_activate)
    selftest.run([])
