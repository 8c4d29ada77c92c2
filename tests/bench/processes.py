# SPDX-License-Identifier: GPL-2.0-or-later
"""The end of the processes that a measurement started."""

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
