# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""Key names and their evdev codes (linux/input-event-codes.h), and which of them a 105-key board has."""

_ROWS = {
    1: 'Escape 1 2 3 4 5 6 7 8 9 0 minus equal BackSpace',
    15: 'Tab q w e r t y u i o p bracketleft bracketright Enter',
    29: 'Ctrl a s d f g h j k l semicolon apostrophe grave',
    42: 'Shift backslash z x c v b n m comma period slash ShiftRight KPMultiply',
    56: 'Alt space CapsLock F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 NumLock ScrollLock',
    71: 'KP7 KP8 KP9 KPMinus KP4 KP5 KP6 KPPlus KP1 KP2 KP3 KP0 KPPeriod',
    86: 'Less102 F11 F12',
    96: 'KPEnter CtrlRight KPDivide Print AltGr',
    102: 'Home Up PageUp Left Right End Down PageDown Insert Delete',
    119: 'Pause',
    125: 'Super SuperRight Menu',
}
_MEDIA = {'Mute': 113, 'VolumeDown': 114, 'VolumeUp': 115, 'Power': 116, 'NextSong': 163, 'PlayPause': 164,
          'PreviousSong': 165, 'StopCD': 166, 'Sleep': 142, 'WakeUp': 143, 'Calculator': 140, 'Mail': 155,
          'HomePage': 172, 'Back': 158, 'Forward': 159, 'Refresh': 173, 'Search': 217, 'Media': 226}

BOARD_105 = {name: first + offset for first, row in _ROWS.items() for offset, name in enumerate(row.split())}
CODES = BOARD_105 | _MEDIA
assert len(BOARD_105) == len(set(BOARD_105.values())) == 105


def code(key):
    """The evdev code of a key given by name (letters in any case) or already by code."""
    if isinstance(key, int):
        return key
    found = CODES.get(key, CODES.get(key.lower()))
    if found is None:
        raise KeyError(f'there is no key called "{key}"')
    return found
