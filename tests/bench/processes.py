# SPDX-License-Identifier: GPL-2.0-or-later
"""The end of what a measurement started, and files of zeros for it."""

import os
import subprocess


def end(process):
    """Ends PROCESS, one of our own."""
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()


def blank(path, mib):
    with open(path, "wb") as f:
        os.truncate(f.fileno(), mib << 20)
    return path
