# SPDX-License-Identifier: GPL-2.0-or-later
"""A network, /run and /etc of this process's own, where it may do to them what it likes; and vitrine-net-helper."""

import array
import ctypes
import difflib
import glob
import os
import re
import shutil
import socket
import struct
import subprocess

import host
from tap import check, skip_all

CLONE_NEWNS, CLONE_NEWNET = 0x20000, 0x40000000
HELPER = os.path.join(host.BUILD, "src/net-helper/vitrine-net-helper")
VERSION = 2
TAP, START, STOP, GUARD, MACVTAP = range(5)
(OK, MALFORMED, NO_RIGHT, NO_BRIDGE, NOT_A_BRIDGE, NOT_ALLOWED, UNTRUSTED, BAD_FILE, NOT_RUNNING, RUNNING, NOT_OWNER,
 BRIDGE_TAKEN, OVERLAPS, NO_UPLINK, IPV6_AUTOMATIC, NO_PROGRAM, PROGRAM_FAILED, SYSTEM, NOT_A_TAP, NIC_WIRELESS,
 NIC_TAKEN, NIC_MANAGED, NIC_LEASED, NIC_OTHER, NIC_DOWN) = range(25)
NOBODY = 65534


def libc():
    return ctypes.CDLL(None, use_errno=True)


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
    if libc().unshare(CLONE_NEWNS | CLONE_NEWNET) != 0:
        skip_all("no namespaces: " + os.strerror(ctypes.get_errno()))
    run("mount --make-rprivate / && mount -t tmpfs tmpfs /run && cp -a /etc /run/etc && mount --bind /run/etc /etc"
        " && mount -t sysfs sysfs /sys && rm -rf /etc/vitrine /etc/qemu && mkdir /etc/vitrine && ip link set lo up")


def write(path, text, mode=0o644):
    with open(path, "w") as f:
        f.write(text)
    os.chmod(path, mode)


def allow(*bridges):
    write("/etc/vitrine/bridge.conf", "".join("allow %s\n" % bridge for bridge in bridges))


FILTER_NONE, FILTER_MAC, FILTER_CLEAN = range(3)


def guard(filter=FILTER_NONE, addresses=(), inbound=(0, 0, 0), outbound=(0, 0, 0)):
    """struct net_guard; the rates: (average, peak, burst)."""
    packed = {4: [], 16: []}
    for text in addresses:
        address = socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)
        packed[len(address)].append(address)
    return struct.pack("IBB2x16s64s3I3I", filter, len(packed[4]), len(packed[16]), b"".join(packed[4]), b"".join(packed[16]),
                       *inbound, *outbound)


def tap_request(bridge="", network="", mac="52:54:00:00:00:01", queues=0, **options):
    """OPTIONS: guard()'s."""
    return struct.pack("II16s48s6sBx", VERSION, TAP, bridge.encode(), network.encode(),
                       bytes.fromhex(mac.replace(":", "")), queues) + guard(**options)


def guard_request(link, mac="52:54:00:00:00:01", **options):
    return struct.pack("II16s6s2x", VERSION, GUARD, link.encode(), bytes.fromhex(mac.replace(":", ""))) + guard(**options)


TUNSETQUEUE, IFF_DETACH_QUEUE = 0x400454d9, 0x400
MACVTAP_BRIDGE, MACVTAP_VEPA, MACVTAP_PRIVATE, MACVTAP_PASSTHRU = range(4)


def macvtap_request(nic, mac="52:54:00:00:00:01", mode=MACVTAP_BRIDGE, queues=0):
    return struct.pack("II16s6sBxI", VERSION, MACVTAP, nic.encode(), bytes.fromhex(mac.replace(":", "")), queues, mode)


def bridged_request(nic, name="lab", bridge=""):
    return start_request(name, bridge, nic, forward=BRIDGE, ipv4=())


class Reply:
    def __init__(self, data, fds):
        _, self.status, link, detail = struct.unpack("II16s384s", data)
        self.link, self.detail = link.rstrip(b"\0").decode(), detail.rstrip(b"\0").decode()
        self.fds = fds
        check("\0" not in self.link + self.detail, "something of the helper's memory is behind %r %r" % (link, detail))

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
        try:
            data, ancillary, _, _ = ours.recvmsg(4096, socket.CMSG_SPACE(4 * 16))
        except ConnectionResetError:  # killed with its request unread
            return None
    fds = array.array("i")
    for _, _, part in ancillary:
        fds.frombytes(part)
    return Reply(data, list(fds)) if data else None


def links():
    """What is there of interfaces, as text to compare."""
    text = run("ip -d link; ip address; ip route show table all; ip -6 route show table all")
    return re.sub(r"\w+_timer +[0-9.]+|timer_expires \S+", "", text)


NONE, NAT, ROUTE, BRIDGE = range(4)
NAT6, NO_DNS = 1, 2


def subnet(address="", first="", last=""):
    """struct net_subnet of "192.0.2.1/24", with DHCP when it says from where to where."""
    if not address:
        return bytes(56)
    address, prefix = address.split("/")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    packed = [socket.inet_pton(family, text) if text else b"" for text in (address, first, last)]
    return struct.pack("16sBB6x16s16s", packed[0], int(prefix), bool(first), packed[1], packed[2])


def start_request(name="lab", bridge="", uplink="", domain="", forward=NAT, flags=0, ipv4=("192.168.150.1/24",), ipv6=(),
                  hosts=()):
    """HOSTS: (MAC, address, name)."""
    text = struct.pack("II48s16s16s128sII", VERSION, START, name.encode(), bridge.encode(), uplink.encode(), domain.encode(),
                       forward, flags)
    text += subnet(*ipv4) + subnet(*ipv6) + struct.pack("II", len(hosts), 0)
    for mac, address, host_name in hosts:
        text += struct.pack("6s2x4s64s", bytes.fromhex(mac.replace(":", "")), socket.inet_aton(address), host_name.encode())
    return text


def stop_request(name="lab"):
    return struct.pack("II48s", VERSION, STOP, name.encode())


def whole():
    """All that a network may change, as text to compare."""
    switches = ""
    for path in sorted(glob.glob("/proc/sys/net/ipv[46]/conf/*/*") + glob.glob("/proc/sys/net/ipv4/ip_forward*")):
        if os.path.basename(path).startswith(("forward", "accept", "disable_ipv6", "ip_forward")):
            with open(path) as f:
                switches += "%s %s" % (path, f.read())
    return links() + run("nft list ruleset") + switches + run("ls -A /run/vitrine/networks 2>/dev/null || true")


def check_same(before, after, when=""):
    check(after == before, when + "\n".join(difflib.unified_diff(
        before.splitlines(), after.splitlines(), "before", "after", lineterm="", n=0)))


def dnsmasq(name="lab"):
    """The processes that serve the network NAME in this namespace."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/cmdline" % pid) as f:
                words = f.read().split("\0")
            same = os.readlink("/proc/%s/ns/net" % pid) == os.readlink("/proc/self/ns/net")
        except OSError:
            continue
        if same and "--conf-file=/run/vitrine/networks/%s/dnsmasq.conf" % name in words[1:2]:
            found.append(int(pid))
    return found
