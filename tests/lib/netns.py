# SPDX-License-Identifier: GPL-2.0-or-later
"""A network, /run and /etc of this process's own, where it may do to them what it likes; and vitrine-net-helper."""

import array
import ctypes
import os
import re
import shutil
import socket
import struct
import subprocess

import host
from tap import skip_all

CLONE_NEWNS, CLONE_NEWNET = 0x20000, 0x40000000
HELPER = os.path.join(host.BUILD, "src/net-helper/vitrine-net-helper")
VERSION = 1
TAP, START, STOP = range(3)
(OK, MALFORMED, NO_RIGHT, NO_BRIDGE, NOT_A_BRIDGE, NOT_ALLOWED, UNTRUSTED, BAD_FILE, NOT_RUNNING, RUNNING, NOT_OWNER,
 BRIDGE_TAKEN, OVERLAPS, NO_UPLINK, IPV6_AUTOMATIC, NO_PROGRAM, PROGRAM_FAILED, SYSTEM) = range(18)
NOBODY = 65534


def run(command):
    """What the shell's COMMAND prints; fails when it does."""
    return subprocess.run(command, shell=True, check=True, capture_output=True, text=True).stdout


def enter(*programs):
    """From here on the process is alone on a network of its own; ends it where that cannot be."""
    for program in ("ip", *programs):
        if not shutil.which(program):
            skip_all("%s is not installed" % program)
    if os.geteuid() != 0:
        skip_all("only root has a network of its own here")
    if not os.path.exists("/dev/net/tun"):
        skip_all("this kernel has no taps")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS | CLONE_NEWNET) != 0:
        skip_all("no namespaces: " + os.strerror(ctypes.get_errno()))
    run("mount --make-rprivate / && mount -t tmpfs tmpfs /run && cp -a /etc /run/etc && mount --bind /run/etc /etc"
        " && mount -t sysfs sysfs /sys && rm -rf /etc/vitrine /etc/qemu && mkdir /etc/vitrine && ip link set lo up")


def write(path, text, mode=0o644):
    with open(path, "w") as f:
        f.write(text)
    os.chmod(path, mode)


def allow(*bridges):
    write("/etc/vitrine/bridge.conf", "".join("allow %s\n" % bridge for bridge in bridges))


def tap_request(bridge="", network="", mac="52:54:00:00:00:01"):
    return struct.pack("II16s48s6s2x", VERSION, TAP, bridge.encode(), network.encode(),
                       bytes.fromhex(mac.replace(":", "")))


class Reply:
    def __init__(self, data, fds):
        _, self.status, link, detail = struct.unpack("II16s384s", data)
        self.link, self.detail = link.rstrip(b"\0").decode(), detail.rstrip(b"\0").decode()
        self.fds = fds

    def __repr__(self):
        return "status %d, %r %r" % (self.status, self.link, self.detail)

    def close(self):
        while self.fds:
            os.close(self.fds.pop())


def ask(argument, request, caller=None, command=(), **options):
    """The helper's answer to REQUEST, or None when it gave none; as from the user CALLER, by pkexec's word."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    environment = {} if caller is None else {"PKEXEC_UID": str(caller)}
    with ours, theirs:
        ours.send(request)
        subprocess.run([*command, HELPER, argument], stdin=theirs, env=environment, stderr=subprocess.DEVNULL,
                       timeout=60, **options)
        theirs.close()
        data, ancillary, _, _ = ours.recvmsg(4096, socket.CMSG_SPACE(4 * 8))
    fds = array.array("i")
    for _, _, part in ancillary:
        fds.frombytes(part)
    return Reply(data, list(fds)) if data else None


def links():
    """What is there of interfaces, as text to compare."""
    text = run("ip -d link; ip address; ip route show table all; ip -6 route show table all")
    return re.sub(r"\w+_timer +[0-9.]+|timer_expires \S+", "", text)
