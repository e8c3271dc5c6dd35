# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""What a screen reader sees, asked over D-Bus (AT-SPI).

    root = desktop.accessible()                       # its children are the applications
    button = root.find('button', 'Start')             # None if there is none; find_all gives a list
    button.name, button.role, button.description, button.text, button.states, button.extents
    button.act()                                      # its first action, such as a click
    print(root.outline())                             # for messages and golden files

Nodes ask anew each time, so they never show an old state; a node whose widget has gone raises GLib.Error. Roles are
AT-SPI's names: 'button', 'toggle button', 'label', 'window', 'dialog', 'text box', 'list item', … Extents are
relative to the window, in logical pixels (Wayland tells nobody where a window is)."""

from gi.repository import Gio, GLib

from patience import patient

_ACCESSIBLE = 'org.a11y.atspi.Accessible'
_ACTION = 'org.a11y.atspi.Action'
_COMPONENT = 'org.a11y.atspi.Component'
_EDITABLE_TEXT = 'org.a11y.atspi.EditableText'
_TEXT = 'org.a11y.atspi.Text'
_COORDINATES_WINDOW = 1
_RELATION_LABELLED_BY = 2
_CALL_TIMEOUT_MS = int(patient(5000))
_STATES = ('invalid active armed busy checked collapsed defunct editable enabled expandable expanded focusable focused '
           'has-tooltip horizontal iconified modal multi-line multiselectable opaque pressed resizable selectable '
           'selected sensitive showing single-line stale transient vertical visible manages-descendants indeterminate '
           'required truncated animated invalid-entry supports-autocompletion selectable-text is-default '
           'visited checkable has-popup read-only').split()


def connect(session_bus):
    """A connection to the accessibility bus that belongs to a session bus; starts that bus if need be."""
    address = session_bus.call_sync('org.a11y.Bus', '/org/a11y/bus', 'org.a11y.Bus', 'GetAddress', None, None,
                                    Gio.DBusCallFlags.NONE, _CALL_TIMEOUT_MS, None).unpack()[0]
    return Gio.DBusConnection.new_for_address_sync(address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT |
                                                   Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)


def root(connection):
    return Node(connection, 'org.a11y.atspi.Registry', '/org/a11y/atspi/accessible/root')


class Node:
    def __init__(self, connection, bus_name, path):
        self._connection, self.bus_name, self.path = connection, bus_name, path

    @property
    def name(self):
        """GTK gives a menu's entries no name but points at the label inside; as a screen reader, take its text."""
        name = self._get(_ACCESSIBLE, 'Name')
        return name or ('menu item' in self.role and self._label()) or ''

    @property
    def description(self):
        return self._get(_ACCESSIBLE, 'Description')

    @property
    def role(self):
        return self._call(_ACCESSIBLE, 'GetRoleName')[0]

    @property
    def states(self):
        low, high = self._call(_ACCESSIBLE, 'GetState')[0]
        bits = low | high << 32
        return {name for bit, name in enumerate(_STATES) if bits >> bit & 1}

    @property
    def text(self):
        """The whole text of a label or an entry."""
        return self._call(_TEXT, 'GetText', GLib.Variant('(ii)', (0, -1)))[0]

    def set_text(self, text):
        """All of an entry's."""
        if not self._call(_EDITABLE_TEXT, 'SetTextContents', GLib.Variant('(s)', (text,)))[0]:
            raise RuntimeError(f'{self!r} does not take a text')

    @property
    def extents(self):
        """(x, y, width, height) in the window."""
        return self._call(_COMPONENT, 'GetExtents', GLib.Variant('(u)', (_COORDINATES_WINDOW,)))[0]

    @property
    def children(self):
        return [Node(self._connection, name, path) for name, path in self._call(_ACCESSIBLE, 'GetChildren')[0]]

    def act(self, index=0):
        """Does one of its actions; a widget that refuses raises RuntimeError."""
        if not self._call(_ACTION, 'DoAction', GLib.Variant('(i)', (index,)))[0]:
            raise RuntimeError(f'{self!r} does not do its action {index}')

    def focus(self):
        return self._call(_COMPONENT, 'GrabFocus')[0]

    def walk(self):
        """This node and all below it, depth first."""
        yield self
        for child in self.children:
            yield from child.walk()

    def find_all(self, role=None, name=None):
        """All nodes below with this role and this exact name; None matches any."""
        return [node for node in self.walk()
                if (role is None or node.role == role) and (name is None or node.name == name)]

    def find(self, role=None, name=None):
        return next(iter(self.find_all(role, name)), None)

    def outline(self, indent=0):
        """Roles and names as an indented text."""
        lines = [f'{"  " * indent}{self.role} "{self.name}"']
        return '\n'.join(lines + [child.outline(indent + 1) for child in self.children])

    def _label(self):
        for relation, targets in self._call(_ACCESSIBLE, 'GetRelationSet')[0]:
            if relation == _RELATION_LABELLED_BY:
                return ' '.join(Node(self._connection, *target).text for target in targets)
        return ''

    def __repr__(self):
        return f'<{self.role} "{self.name}">'

    def _get(self, interface, prop):
        return self._call('org.freedesktop.DBus.Properties', 'Get', GLib.Variant('(ss)', (interface, prop)))[0]

    def _call(self, interface, method, arguments=None):
        return self._connection.call_sync(self.bus_name, self.path, interface, method, arguments, None,
                                          Gio.DBusCallFlags.NONE, _CALL_TIMEOUT_MS, None).unpack()
