# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""What is measured: what the guest does, how large its picture is, and how the window shows it."""

from dataclasses import dataclass, field

SMALL_MONITOR, LARGE_MONITOR = (1280, 800), (3840, 2160)
_UHD, _FULL_HD = (3840, 2160), (1920, 1080)


@dataclass
class Case:
    name: str
    title: str
    size: tuple                                         # of the guest's picture
    command: str = None                                 # that makes the guest move
    members: dict = field(default_factory=dict)
    monitor: tuple = SMALL_MONITOR
    fullscreen: bool = False
    hidden: bool = False
    heads: int = 1
    exact: bool = True                                  # with a kernel that tells what changed, and not the whole frame
    seconds: float = 10                                 # that processes are measured for; told as of 10 s
    watched: str = 'colour'                             # see shown.py; None: nothing is looked at
    renderers: bool = False                             # measured with each of GSK's renderers, too
    quick: bool = False
    pointer: int = 0                                    # how often a second it is moved over the picture meanwhile
    input: bool = False                                 # see inputs.py; the rest does not matter

    def spot(self):
        """A place in the guest's picture that every update changes. With a picture made three times smaller it is in
        the middle of a pixel."""
        width, height = self.size
        return (width // 6 * 3, height - 13) if self.command == 'scroll' else (width // 6 * 3, height // 6 * 3)

    def group(self):
        """Cases of the same group can be measured with one desktop, guest and window."""
        return self.monitor, self.fullscreen, self.heads, self.exact, self.input


_SMALL = {'w': 9, 'h': 16, 'rate': 20, 'color': '#101820'}

ALL = [
    Case('small', '4K console, 20 updates of 9×16 px a second, in a window 1280 px wide', _UHD, 'rects', _SMALL,
         renderers=True, quick=True),
    Case('small-full', 'The same, fullscreen on a 4K monitor', _UHD, 'rects', _SMALL, LARGE_MONITOR, fullscreen=True,
         seconds=5, renderers=True),
    Case('small-whole', 'As the first, with a kernel that calls each of these updates a whole frame', _UHD, 'rects',
         _SMALL, exact=False, seconds=5),
    Case('scroll', '1080p terminal that scrolls by a line 20 times a second', _FULL_HD, 'scroll',
         {'text': 'H' * 200, 'rate': 20}, seconds=5, watched='change'),
    Case('1080p30', '1080p, whole frames, 30 a second', _FULL_HD, 'frames', {'rate': 30}, seconds=5, renderers=True,
         quick=True),
    Case('1080p60', '1080p, whole frames, 60 a second', _FULL_HD, 'frames', {'rate': 60}, seconds=5),
    Case('4k30', '4K, whole frames, 30 a second', _UHD, 'frames', {'rate': 30}, seconds=5),
    Case('4k60', '4K, whole frames, 60 a second', _UHD, 'frames', {'rate': 60}, seconds=5),
    Case('idle', '4K, nothing moves', _UHD, seconds=5, watched=None, quick=True),
    Case('motion', '1080p, the pointer moves over it 1000 times a second: ticks of the viewer are milliseconds for 1000 motions',
         _FULL_HD, seconds=5, watched=None, pointer=1000),
    Case('hidden', '1080p, whole frames, 30 a second, the window minimised', _FULL_HD, 'frames', {'rate': 30},
         seconds=5, hidden=True, watched=None),
    Case('heads', 'Two heads of 1080p, 20 updates of 9×16 px a second on each', _FULL_HD, 'rects', _SMALL,
         LARGE_MONITOR, heads=2, seconds=5, watched=None),
    Case('input', 'From the event in the viewer to the message in QEMU', _UHD, seconds=5, watched=None, input=True,
         quick=True),
]
