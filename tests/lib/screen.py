# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads text off a picture by its glyphs, with the very font the VGA BIOS draws with, or Linux."""

import lzma

ROM = "/usr/share/seabios/vgabios-stdvga.bin"
CAPITAL_A = bytes.fromhex("000010386cc6c6fec6c6c6c600000000")
CELL_HEIGHT = 16
XZ = b"\xfd7zXZ\0"  # how Debian's kernels are compressed


def load_font(path=ROM):
    """256 glyphs of 16 bytes (8 x 16), found by what a capital A looks like."""
    with open(path, "rb") as f:
        return find_font(f.read())


def find_font(program):
    """The same in the bytes of PROGRAM."""
    at = program.find(CAPITAL_A)
    assert at >= 65 * 16, "there is no 8x16 font in it"
    base = at - 65 * 16
    return [program[base + i * 16:base + i * 16 + 16] for i in range(256)]


def linux_font(kernel):
    """The font in which the bzImage at KERNEL writes on a frame buffer: some letters differ from the BIOS's."""
    with open(kernel, "rb") as f:
        image = f.read()
    return find_font(lzma.LZMADecompressor().decompress(image[image.index(XZ):]))


_bios_glyphs = {}


def glyphs_of(font):
    """Glyph bitmap to character, code page 437; earlier codes win."""
    found = {}
    for code, glyph in enumerate(font):
        found.setdefault(glyph, bytes([code]).decode("cp437") if code >= 32 else "·")
    found[bytes(16)] = " "
    return found


def glyphs():
    """Those of the VGA BIOS."""
    if not _bios_glyphs:
        _bios_glyphs.update(glyphs_of(load_font()))
    return _bios_glyphs


def read_text(picture, cell_width=None, table=None):
    """The lines on a text screen; a cell no glyph of TABLE (the VGA BIOS's) fits is "?".  720 or 640 pixels
    wide, or any other multiple of the cell."""
    width, height, rows = picture
    if cell_width is None:
        cell_width = 9 if width % 720 == 0 else 8
    lines = []
    for top in range(0, height - CELL_HEIGHT + 1, CELL_HEIGHT):
        lines.append("".join(read_cell(rows, left, top, table or glyphs()) for left in
                             range(0, width - cell_width + 1, cell_width)).rstrip())
    return lines


def read_cell(rows, left, top, table):
    """One character; ink is whatever differs from the cell's first colour, or the other way round."""
    cells = [rows[top + y][left * 4:left * 4 + 32] for y in range(CELL_HEIGHT)]
    first = cells[0][:3]
    bitmap = bytearray()
    for row in cells:
        byte = 0
        for x in range(8):
            byte = byte << 1 | (row[x * 4:x * 4 + 3] != first)
        bitmap.append(byte)
    straight = bytes(bitmap)
    if straight in table:
        return table[straight]
    return table.get(bytes(b ^ 0xff for b in bitmap), "?")


def background_of(picture, line, column, cell_width=9):
    """The colour (B, G, R) at the cell's corner: which line of a menu is highlighted."""
    _, _, rows = picture
    at = column * cell_width * 4
    return rows[line * CELL_HEIGHT][at:at + 3]


def read_png(path):
    """(width, height, rows) as above, of an 8-bit RGB or RGBA file."""
    import gi
    gi.require_version("GdkPixbuf", "2.0")
    from gi.repository import GdkPixbuf
    pixbuf = GdkPixbuf.Pixbuf.new_from_file(path)
    pixels, step = pixbuf.get_pixels(), pixbuf.get_n_channels()
    rows = []
    for y in range(pixbuf.get_height()):
        line = pixels[y * pixbuf.get_rowstride():][:pixbuf.get_width() * step]
        row = bytearray(4 * pixbuf.get_width())
        for to, of in ((0, 2), (1, 1), (2, 0)):
            row[to::4] = line[of::step]
        rows.append(bytes(row))
    return pixbuf.get_width(), pixbuf.get_height(), rows


def write_png(picture, path):
    """For people who look at what a test saw."""
    import struct
    import zlib
    width, height, rows = picture
    raw = bytearray()
    for row in rows:
        raw.append(0)
        raw += b"".join(bytes((row[i + 2], row[i + 1], row[i])) for i in range(0, width * 4, 4))

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    with open(path, "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n"
                + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
                + chunk(b"IDAT", zlib.compress(bytes(raw), 6)) + chunk(b"IEND", b""))
