# SPDX-License-Identifier: GPL-2.0-or-later
"""Media that UEFI firmware boots: GRUB on a CD, GRUB on a FAT disk, both saying what a test wants."""

import os
import shutil
import struct
import subprocess

from tap import skip_all

GRUB_MODULES = "/usr/lib/grub/x86_64-efi"
FONT = "/usr/share/grub/unicode.pf2"
ASCENT = 14  # of its cells of 16 rows
NEEDED = ("grub-mkrescue", "grub-mkstandalone", "xorriso", "mcopy", "mkfs.fat")

# Everything goes to the first serial port and to a picture drawn with FONT.
HEAD = """
serial --unit=0
terminal_output serial
insmod all_video
loadfont $prefix/fonts/unicode.pf2
set gfxmode=640x480
terminal_output serial gfxterm
"""


def need_tools():
    """Ends the program with a reason where media cannot be made."""
    path = os.environ["PATH"] + ":/usr/sbin:/sbin"
    for tool in NEEDED:
        if not shutil.which(tool, path=path):
            skip_all("%s is not installed" % tool)
    if not os.path.isdir(GRUB_MODULES) or not os.path.exists(FONT):
        skip_all("GRUB for UEFI is not installed (grub-efi-amd64-bin, grub-common)")


def run(*command):
    env = dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin")
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env)


def make_cd(path, script, files=(), modules=GRUB_MODULES, head=HEAD):
    """A CD image whose GRUB, made of MODULES, runs HEAD and SCRIPT; FILES are (name on the CD, path on this host)."""
    tree = path + ".tree"
    os.makedirs(tree + "/boot/grub")
    with open(tree + "/boot/grub/grub.cfg", "w") as f:
        f.write(head + script)
    for name, source in files:
        shutil.copy(source, os.path.join(tree, name))
    run("grub-mkrescue", "-d", modules, "-o", path, tree)
    shutil.rmtree(tree)
    return path


def make_disk(path, script, files=(), mib=64):
    """A FAT disk with GRUB where firmware looks for a system that nobody told it of, and FILES."""
    config, program = path + ".cfg", path + ".efi"
    with open(config, "w") as f:
        f.write(HEAD + script)
    run("grub-mkstandalone", "-d", GRUB_MODULES, "-O", "x86_64-efi", "-o", program, "--locales=", "--themes=",
        "boot/grub/grub.cfg=" + config)
    with open(path, "wb") as f:
        f.truncate(mib << 20)
    run("mkfs.fat", "-n", "VITRINE", path)
    run("mmd", "-i", path, "::/EFI", "::/EFI/BOOT")
    run("mcopy", "-i", path, program, "::/EFI/BOOT/BOOTX64.EFI")
    for name, source in files:
        run("mcopy", "-i", path, source, "::/" + name)
    os.unlink(config)
    os.unlink(program)
    return path


class Font:
    """GRUB's own format (PFF2): glyphs by character, each (width, height, bits in rows)."""

    def __init__(self, path=FONT):
        with open(path, "rb") as f:
            self.data = f.read()
        sections, at = {}, 0
        while at < len(self.data):
            name, size = self.data[at:at + 4], struct.unpack_from(">I", self.data, at + 4)[0]
            sections[name] = (at + 8, size)
            if name == b"DATA":
                break
            at += 8 + size
        index, size = sections[b"CHIX"]
        self.places = {}
        for entry in range(index, index + size, 9):
            code, _, offset = struct.unpack_from(">IBI", self.data, entry)
            self.places[code] = offset

    def rows(self, character):
        """The glyph as integers of 8 bits, top row first, without its place in the cell."""
        offset = self.places[ord(character)]
        width, height = struct.unpack_from(">HH", self.data, offset)
        rows, bit = [], 0
        for _ in range(height):
            row = 0
            for x in range(width):
                byte = self.data[offset + 10 + bit // 8]
                row = row << 1 | (byte >> (7 - bit % 8) & 1)
                bit += 1
            rows.append(row)
        x, y = struct.unpack_from(">hh", self.data, offset + 4)
        return width, height, x, y, rows

    def cells(self):
        """ASCII's glyphs, 8 x 16, as screen.read_text() takes them."""
        found = {bytes(16): " "}
        for code in range(ord("!"), 127):
            width, height, x, y, rows = self.rows(chr(code))
            top = ASCENT - y - height
            found[bytes(top) + bytes(row << (8 - width - x) for row in rows) + bytes(16 - top - height)] = chr(code)
        return found


def shows(picture, text, font):
    """Whether TEXT, drawn with FONT in cells 8 wide, is anywhere on PICTURE."""
    width, height, rows = picture
    if width < 8 * len(text):
        return False
    # Rows as bits: ink is what differs from the picture's first point.
    ground = rows[0][:3]
    ink = []
    for row in rows:
        value = 0
        for x in range(width):
            value = value << 1 | (row[x * 4:x * 4 + 3] != ground)
        ink.append(value)
    glyphs = [font.rows(c) for c in text]
    top = max(y + h for _, h, _, y, _ in glyphs)
    bottom = min(y for _, _, _, y, _ in glyphs)
    line = []
    for level in range(top - 1, bottom - 1, -1):
        value = 0
        for w, h, x, y, bits in glyphs:
            cell = bits[y + h - 1 - level] << (8 - w - x) if y <= level < y + h else 0
            value = value << 8 | cell
        line.append(value)
    size = 8 * len(text)
    mask = (1 << size) - 1
    for y in range(height - len(line) + 1):
        for shift in range(width - size + 1):
            if all(ink[y + i] >> shift & mask == line[i] for i in range(len(line))):
                return True
    return False
