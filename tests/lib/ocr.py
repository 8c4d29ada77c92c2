# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads pictures that no table of glyphs fits, by Tesseract."""

import os
import shutil
import subprocess


def problem():
    """Why nothing can be read here, or None."""
    return None if shutil.which("tesseract") else "tesseract-ocr is not installed: ./dev deps install"


def words(picture):
    """[(word, x, y)] with the middle of each, in the order of reading; PICTURE is (width, height, rows)."""
    width, height, rows = picture
    pixels = bytearray(3 * width * height)
    whole = b"".join(rows)
    for to, of in ((0, 2), (1, 1), (2, 0)):
        pixels[to::3] = whole[of::4]
    # Sparse text: what stands anywhere. One thread: more only wait for each other.
    out = subprocess.run(["tesseract", "-", "-", "--psm", "11", "tsv"], check=True, capture_output=True,
                         input=b"P6 %d %d 255\n" % (width, height) + pixels,
                         env=dict(os.environ, OMP_THREAD_LIMIT="1")).stdout.decode()
    found = []
    for line in out.splitlines()[1:]:
        fields = line.split("\t")
        left, top, wide, high = map(int, fields[6:10])
        if fields[11].strip():
            found.append((fields[11], left + wide // 2, top + high // 2))
    return found
