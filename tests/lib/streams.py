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


def stream(guest, address, port, *options, prefix=(), listen=None):
    """What iperf3 says of one stream to GUEST's ADDRESS and PORT, which leads to the guest's LISTEN; OPTIONS are iperf3's,
    "-R" for one from it; PREFIX is where it runs."""
    serve(guest, "iperf3 -s -1 -p %d >/tmp/iperf" % (listen or port), listen or port)
    result = subprocess.run([*prefix, "iperf3", "-c", address, "-p", str(port), "-t", str(SECONDS), "-J", *options],
                            capture_output=True, text=True)
    check(result.returncode == 0, "iperf3: " + result.stdout[-500:] + result.stderr + guest.sh("tail -n 3 /tmp/iperf"))
    return json.loads(result.stdout)["end"]["sum_received"]


def rate(guest, address, port, *options, prefix=()):
    """Its Mbit/s."""
    return stream(guest, address, port, *options, prefix=prefix)["bits_per_second"] / 1e6
