#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Networks of a libvirt daemon that may start them, in a network of the test's own: what an edit changes at once, and what waits.

The tests are one story and come in its order.
"""

import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import netns
from tap import check, main, skip_all, test, wait_for
from ui_desktop import die_with_parent

LIBVIRTD = "/usr/sbin/libvirtd"
SOCKET = "/run/libvirt/libvirt-sock"
if not os.path.exists(LIBVIRTD):
    skip_all("there is no libvirtd here")
netns.enter("dnsmasq", "iptables", "virsh")
netns.run("mkdir -p /run/state /run/cache /run/libvirt && mount --bind /run/state /var/lib/libvirt"
          " && mkdir -p /var/lib/libvirt/dnsmasq /var/cache/libvirt && mount --bind /run/cache /var/cache/libvirt"
          " && rm -rf /etc/libvirt/qemu/networks && mkdir -p /etc/libvirt/qemu/networks")
daemon = subprocess.Popen([LIBVIRTD], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          preexec_fn=die_with_parent)
wait_for(lambda: os.path.exists(SOCKET), "libvirt's socket")


def ctl(*arguments, status=0):
    done = subprocess.run([os.path.join(host.BUILD, "src/cli/vitrinectl"), "-c", "qemu:///system", "net", *arguments],
                          capture_output=True, text=True, env={**os.environ, "LC_ALL": "C.UTF-8"}, timeout=60)
    check(done.returncode == status, "%s: %d, %s" % (arguments, done.returncode, done.stderr))
    return done.stdout + done.stderr


def info():
    return json.loads(ctl("info", "lab", "--json"))


def live():
    return subprocess.run(["virsh", "-c", "qemu:///system", "net-dumpxml", "lab"], check=True, capture_output=True,
                          text=True).stdout


@test("/net/libvirt/a-network-is-made-and-started")
def made():
    ctl("create", "lab", "--subnet", "10.77.0.1/24", "--start", "--autostart")
    check(info()["active"] and info()["autostart"] and not info()["waits_for_start"], str(info()))
    check("10.77.0.1/24" in netns.run("ip addr"), "the host has no address in it")


@test("/net/libvirt/another-one-of-its-addresses-is-refused-before-there-is-anything-of-it")
def refused():
    check("which is the network “lab”" in ctl("create", "over", "--subnet", "10.77.0.129/25", status=1), "not refused")
    check("over" not in ctl("list"), "it is there all the same")


@test("/net/libvirt/the-range-of-one-that-runs-is-changed-at-once")
def range_live():
    said = ctl("edit", "lab", "--dhcp", "10.77.0.50-10.77.0.60")
    check(said == "", "it is said to wait: " + said)
    check("<range start='10.77.0.50' end='10.77.0.60'/>" in live() and live().count("<range") == 1, live())
    check(info()["dhcp"] == "10.77.0.50-10.77.0.60", str(info()))
    ctl("edit", "lab", "--dhcp", "none")
    check("<range" not in live() and not info()["waits_for_start"], live())
    ctl("edit", "lab", "--dhcp", "10.77.0.70-10.77.0.80")
    check("10.77.0.70" in live() and not info()["waits_for_start"], live())


@test("/net/libvirt/all-else-counts-from-the-next-start-and-is-said-to")
def rest():
    said = ctl("edit", "lab", "--domain", "lab.example", "--subnet", "10.78.0.1/24")
    check("counts from its next start" in said, said)
    check(info()["waits_for_start"] and info()["ipv4"] == "10.77.0.1/24", str(info()))
    ctl("stop", "lab")
    ctl("start", "lab")
    check(not info()["waits_for_start"] and info()["ipv4"] == "10.78.0.1/24", str(info()))
    check(info()["dhcp"] == "10.78.0.2-10.78.0.254" and info()["domain"] == "lab.example", str(info()))


@test("/net/libvirt/it-goes-and-leaves-nothing")
def gone():
    ctl("stop", "lab")
    ctl("delete", "lab")
    check("10.78.0.1" not in netns.run("ip addr"), "its address stays")
    daemon.terminate()
    daemon.wait()


main()
