# SPDX-License-Identifier: GPL-2.0-or-later
"""The processes that a measurement started: what they used, and their end."""

import glob
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


def cpu_ns(pid):
    """What the threads of PID that are there have run for, by the scheduler's count."""
    total = 0
    for path in glob.glob("/proc/%d/task/*/schedstat" % pid):
        try:
            with open(path) as f:
                total += int(f.read().split()[0])
        except OSError:
            pass  # a thread that has ended meanwhile
    return total
