# SPDX-License-Identifier: GPL-2.0-or-later
"""Streams of TCP between this host and a guest that has iperf3."""

import json
import subprocess

from tap import check

SECONDS = 5


def serve(guest, command, port):
    """Starts COMMAND in GUEST; returns when somebody listens at PORT."""
    guest.sh("{ %s; } 2>&1 & echo" % command)
    guest.wait_sh("grep -qs ':%04X .* 0A ' /proc/net/tcp /proc/net/tcp6" % port)


def rate(guest, address, port, *options):
    """Mbit/s of one stream to GUEST's ADDRESS; OPTIONS are iperf3's, "-R" for one from it."""
    serve(guest, "iperf3 -s -1 -p %d >/tmp/iperf" % port, port)
    result = subprocess.run(["iperf3", "-c", address, "-p", str(port), "-t", str(SECONDS), "-J", *options],
                            capture_output=True, text=True)
    check(result.returncode == 0, "iperf3: " + result.stdout[-500:] + result.stderr + guest.sh("tail -n 3 /tmp/iperf"))
    return json.loads(result.stdout)["end"]["sum_received"]["bits_per_second"] / 1e6
