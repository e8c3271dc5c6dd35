#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""A window, green all over, that tells what fingers do on it, a line of JSON each: what a toolkit in a guest makes of them.

    {"what": "ready", "width": 800, "height": 600}        it is there
    {"what": "begin", "finger": 1, "x": 10.0, "y": 20.0}  and "update", "end", "cancel": as the compositor tells them
    {"what": "zoom", "scale": 1.5}                        two fingers, against their distance when it was recognised
    {"what": "swipe", "x": 900.0, "y": 0.0}               pixels a second when the finger left
    {"what": "press", "x": 10.0, "y": 20.0}               a long one"""

import json
import re

import gi
gi.require_version('Gdk', '4.0')
gi.require_version('Gtk', '4.0')
from gi.repository import Gdk, GLib, Gtk  # noqa: E402

PHASES = {Gdk.EventType.TOUCH_BEGIN: 'begin', Gdk.EventType.TOUCH_UPDATE: 'update', Gdk.EventType.TOUCH_END: 'end',
          Gdk.EventType.TOUCH_CANCEL: 'cancel'}


def tell(what, **members):
    print(json.dumps({'what': what, **members}), flush=True)


def on_event(controller, _event):
    event = controller.get_current_event()     # the argument does not survive the way into Python
    if phase := PHASES.get(event.get_event_type()):
        _, x, y = event.get_position()
        # The sequence is a number in the guise of a pointer.
        finger = int(re.search(r'0x[0-9a-f]+\)', repr(event.get_event_sequence()))[0][:-1], 16)
        tell(phase, finger=finger, x=round(x, 2), y=round(y, 2))
    return False


def on_tick(window, _clock, frames):
    """The compositor has the window, and sends touches there, when it asks for another frame."""
    frames.append(1)
    if len(frames) == 3:
        tell('ready', width=window.get_width(), height=window.get_height())
    return len(frames) < 3


def main():
    window, area = Gtk.Window(), Gtk.DrawingArea()
    raw, zoom, swipe, press = Gtk.EventControllerLegacy(), Gtk.GestureZoom(), Gtk.GestureSwipe(), Gtk.GestureLongPress()
    raw.set_propagation_phase(Gtk.PropagationPhase.CAPTURE)
    raw.connect('event', on_event)
    zoom.connect('scale-changed', lambda _, scale: tell('zoom', scale=round(scale, 4)))
    swipe.connect('swipe', lambda _, x, y: tell('swipe', x=round(x, 1), y=round(y, 1)))
    press.connect('pressed', lambda _, x, y: tell('press', x=round(x, 2), y=round(y, 2)))
    for controller in (raw, zoom, swipe, press):
        area.add_controller(controller)
    style = Gtk.CssProvider()
    style.load_from_string('window { background: #00ff00; }')
    Gtk.StyleContext.add_provider_for_display(Gdk.Display.get_default(), style, Gtk.STYLE_PROVIDER_PRIORITY_APPLICATION)
    window.set_child(area)
    window.set_decorated(False)
    window.fullscreen()
    window.add_tick_callback(on_tick, [])
    window.present()
    GLib.MainLoop().run()


if __name__ == '__main__':
    main()
