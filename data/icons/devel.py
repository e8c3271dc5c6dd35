# SPDX-License-Identifier: GPL-3.0-or-later
"""The development profile's icon: the application's own with a band of hazard stripes. devel.py IN.svg OUT.svg"""
import sys

BAND = '''
  <!-- development profile -->
  <clipPath id="front"><rect x="8" y="14" width="112" height="96" rx="11"/></clipPath>
  <g clip-path="url(#front)">
    <rect x="8" y="98" width="112" height="12" fill="#f5c211"/>
    <path d="{}" fill="#241f31"/>
  </g>
'''

source, target = sys.argv[1:]
with open(source, encoding='utf-8') as file:
    svg = file.read()
stripes = ''.join(f'M{x} 98H{x + 12}L{x} 110H{x - 12}Z' for x in range(0, 140, 24))
with open(target, 'w', encoding='utf-8') as file:
    file.write(svg.replace('</svg>', BAND.format(stripes) + '</svg>'))
