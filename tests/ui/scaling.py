#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the guest draws is what the eye sees, at each scale: every pixel where it is enlarged by a whole number, and the
middle of everything that is drawn, in its colour and its place, where it is not."""

import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import ui
from display_servers import OwnVnc, Spice
from ui import check, test, wait_for, wait_says
from ui_real import show_pixel_by_pixel
from ui_shown import ShownMachine

WIDTH, HEIGHT, BLOCK = 512, 320, 8


def colour(column, row):
    """Of a block: no two that touch have one that is alike."""
    return (column * 37 % 256) << 16 | (row * 59 % 256) << 8 | (255 if (column + row) % 2 else 0)


def at(x, y):
    return colour(x // BLOCK, y // BLOCK)


PICTURE = WIDTH, HEIGHT, struct.pack("=%dI" % (WIDTH * HEIGHT), *(at(x, y) for y in range(HEIGHT) for x in range(WIDTH)))


class Machine(ShownMachine):
    """Which shows PICTURE by a server of KIND; GDK_SCALE is the desktop's."""

    def __init__(self, kind, desktop_scale=1):
        super().__init__(kind, PICTURE, env={"GDK_SCALE": str(desktop_scale)})
        self.desktop_scale = desktop_scale

    def area(self):
        """In the screen's pixels."""
        return [n * self.desktop_scale for n in super().area()]

    def shown(self, scale):
        """The rows of the picture, 24 bits a pixel, in the middle of the display."""
        x, y, width, height = self.area()
        wide, high = round(WIDTH * scale), round(HEIGHT * scale)
        left, top = x + (width - wide) // 2, y + (height - high) // 2
        if left < x or top < y:
            return None
        data = ui.desktop.pixels(left, top, wide, high)
        pixels = struct.unpack("=%dI" % (wide * high), data)
        return [[p & 0xffffff for p in pixels[i * wide:(i + 1) * wide]] for i in range(high)]

    def make_high(self, scale):
        """Until the picture is enlarged by SCALE."""
        def place_of_height():  # a window has a least width
            x, y, width, height = self.area()
            return x, y, min(width, round(WIDTH * scale)), height
        show_pixel_by_pixel(self.window, "guest", place_of_height, round(WIDTH * scale), round(HEIGHT * scale), 30)
        wait_says(self.window, "%d × %d, at %d %%" % (WIDTH, HEIGHT, round(scale * 100)))


def is_exact(rows, factor):
    return rows is not None and all(rows[y][x] == at(x // factor, y // factor)
                                    for y in range(HEIGHT * factor) for x in range(WIDTH * factor))


def wrong_blocks(rows, scale):
    """Blocks whose middle, or what is next to it as far as a blur of one pixel does not reach, is not theirs."""
    reach = int(BLOCK * scale / 2) - 2
    wrong = 0
    for row in range(HEIGHT // BLOCK):
        for column in range(WIDTH // BLOCK):
            x, y = int((column + 0.5) * BLOCK * scale), int((row + 0.5) * BLOCK * scale)
            looked = {rows[y + dy][x + dx] for dx in (-reach, 0, reach) for dy in (-reach, 0, reach)}
            wrong += looked != {colour(column, row)}
    return wrong


def add(kind, name):
    @test("/ui/scaling/%s-pixel-by-pixel" % name)
    def one():
        with Machine(kind) as guest:
            guest.make_high(1)
            wait_for(lambda: is_exact(guest.shown(1), 1), "every pixel")

    @test("/ui/scaling/%s-a-quarter-and-a-half-larger" % name)
    def between():
        with Machine(kind) as guest:
            for scale in (1.25, 1.5):
                guest.make_high(scale)
                wait_for(lambda: guest.shown(scale) and not wrong_blocks(guest.shown(scale), scale),
                         "every block at %g" % scale)
                ui.picture("scaling-%s-%g" % (name, scale))

    @test("/ui/scaling/%s-twice-as-large" % name)
    def twice():
        with Machine(kind) as guest:
            guest.make_high(2)
            wait_for(lambda: guest.shown(2) and not wrong_blocks(guest.shown(2), 2), "every block")

    @test("/ui/scaling/%s-on-a-desktop-of-scale-two-every-pixel-of-its-own-size" % name)
    def dense():
        with Machine(kind, desktop_scale=2) as guest:
            guest.choose_in_menu("Original size")
            wait_for(lambda: is_exact(guest.shown(1), 1), "every pixel")
            wait_says(guest.window, "%d × %d, at 100 %%" % (WIDTH, HEIGHT))
            guest.choose_in_menu("Fit the window")
            x, y, width, height = guest.area()
            wait_says(guest.window, "at %d %%" % round(min(width / WIDTH, height / HEIGHT) * 100))
            check(min(width / WIDTH, height / HEIGHT) > 1.2, "it does not fill the window")
            ui.picture("scaling-%s-dense" % name)


add(Spice, "spice")
add(OwnVnc, "vnc")
ui.main("scaling")
