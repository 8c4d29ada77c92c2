#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the tray's icons to the folder named: a screen, and how many machines run in its corner ("1" … "9", "+").

A symbolic icon is recoloured by the shape, and letters are none; so digits are drawn of squares, each one and a
half pixels of the sixteen.
"""

import os
import sys

SCREEN = "M0 1h14v4.500h-1.500v-3h-11v5H9V9H0zM2.500 10.500H8V12H2.500z"
DIGITS = {  # rows of three
    "1": "010110010010111", "2": "111001111100111", "3": "111001111001111", "4": "101101111001001",
    "5": "111100111001111", "6": "111100111101111", "7": "111001010010010", "8": "111101111101111",
    "9": "111101111001111", "more": "000010111010000",
}
LEFT, TOP, SIDE = 10.75, 7, 1.5
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<!-- SPDX-License-Identifier: GPL-2.0-or-later -->
<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16">
  <path d="%s" fill="#2e3436" fill-rule="evenodd"/>
"""


def icon(rows):
    squares = ["  <rect x=\"%g\" y=\"%g\" width=\"%g\" height=\"%g\" fill=\"#2e3436\"/>\n" % (
        LEFT + i % 3 * SIDE, TOP + i // 3 * SIDE, SIDE, SIDE) for i, dot in enumerate(rows) if dot == "1"]
    return HEAD % SCREEN + "".join(squares) + "</svg>\n"


for name, rows in DIGITS.items():
    with open(os.path.join(sys.argv[1], "org.vitrine.Vitrine-running-%s-symbolic.svg" % name), "w") as f:
        f.write(icon(rows))
