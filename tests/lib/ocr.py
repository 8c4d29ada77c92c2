# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads pictures that no table of glyphs fits, by Tesseract."""

import os
import shutil
import subprocess


def problem():
    """Why nothing can be read here, or None."""
    return None if shutil.which("tesseract") else "tesseract-ocr is not installed: ./dev deps install"


def _pnm(picture, scale):
    width, height, rows = picture
    lines = []
    for row in rows:
        line = bytearray(3 * scale * width)
        for to, of in ((0, 2), (1, 1), (2, 0)):
            for copy in range(scale):
                line[to + 3 * copy::3 * scale] = row[of::4]
        lines.append(bytes(line) * scale)
    return b"P6 %d %d 255\n" % (scale * width, scale * height) + b"".join(lines)


def words(picture, scale=1):
    """[(word, x, y)] with the middle of each, in the order of reading; PICTURE is (width, height, rows).

    What stands in frames is found when SCALE makes it larger, which takes longer.
    """
    # Sparse text: what stands anywhere. One thread: more only wait for each other.
    out = subprocess.run(["tesseract", "-", "-", "--psm", "11", "tsv"], check=True, capture_output=True,
                         input=_pnm(picture, scale),
                         env=dict(os.environ, OMP_THREAD_LIMIT="1")).stdout.decode()
    found = []
    for line in out.splitlines()[1:]:
        fields = line.split("\t")
        left, top, wide, high = map(int, fields[6:10])
        if fields[11].strip():
            found.append((fields[11], (left + wide // 2) // scale, (top + high // 2) // scale))
    return found
