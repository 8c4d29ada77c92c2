#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The laboratory among the examples: four machines at once by vitrinectl alone, who reaches whom, how fast disks are."""

import json
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import linux_guest
import machines
import netns
from tap import check, main, test

host.need_hardware_kvm(__file__, memory_mib=5632, seconds=3500)
host.need_programs("ip", "nft", "lvcreate", "losetup", "mkfs.ext4", "qemu-img", "qemu-storage-daemon", "qemu-system-x86_64")
LAB = os.path.join(host.ROOT, "data/examples/course-lab")

# The physical net is a wire to another computer; the disks are a volume group of this one's.
subprocess.run(["modprobe", "-a", "veth", "bridge", "dm_mod", "loop"])
netns.run("""set -e
ip link set lo up
ip netns add out
ip link add eth7 type veth peer name wire netns out
ip address add 203.0.113.1/24 dev eth7 && ip link set eth7 up
ip -n out address add 203.0.113.2/24 dev wire && ip -n out link set wire up
mkdir -p /lab && truncate -s 40G /tmp/lab.img
vgcreate -y lab $(losetup --find --show /tmp/lab.img)
lvcreate -y -L 12G -n home lab && mkfs.ext4 -q -E lazy_itable_init=1 /dev/lab/home && mount /dev/lab/home /lab
""")
os.environ["TMPDIR"] = "/lab"
image = linux_guest.build(["virtio_net", "virtio_blk", "ahci", "sd_mod", "af_packet"], programs=["/bin/dd"],
                          script="while :; do sh; done\n")
home = machines.Home()
if not shutil.which("ping"):
    os.mkdir("/lab/bin")
    os.symlink("/bin/busybox", "/lab/bin/ping")
    home.environment["PATH"] += ":/lab/bin"
BEFORE = netns.whole()


class Result:
    """What it printed, which is shown as it comes, and how it ended."""

    def __init__(self, process):
        self.stdout = ""
        for line in process.stdout:
            self.stdout += line
            print("# " + line.rstrip(), flush=True)
        self.returncode = process.wait()


def lab(verb, *options):
    return Result(subprocess.Popen([LAB, verb, "--vg", "lab", *options], cwd="/lab", text=True, stdin=subprocess.DEVNULL,
                                   env=dict(home.environment, VITRINECTL=machines.CTL), stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT))


SYSTEM = ("--kernel", image.kernel, "--initrd", image.initrd)
NET = ("--public", "203.0.113.11/24", "--outside", "203.0.113.2")


@test("/guest/course-lab/four-machines-run-at-once-and-all-reach-all")
def up():
    result = lab("up", "--nic", "eth7", *NET, *SYSTEM)
    check(result.returncode == 0, "it failed with status %d" % result.returncode)
    check("to spare: each machine gets" in result.stdout, "a small computer is not told of")
    rows = re.findall(r"^(?:lab\d|host) +((?:yes|no).*)$", result.stdout, re.M)
    check(len(rows) == 10 and not any("no" in row for row in rows), "who reaches whom: %s" % rows)
    check(all(len(row.split()) == 6 for row in rows[:5]) and all(len(row.split()) == 5 for row in rows[5:]), "%s" % rows)
    machines_there = home.ctl("list")
    check(machines_there.count("running") == 4, machines_there)
    sizes = netns.run("lvs --noheadings --units g -o lv_name,lv_size lab")
    check(len(re.findall(r"lab[34] +5\.00g", sizes)) == 2, sizes)
    for name in ("lab1", "lab2"):
        disks = [d for d in json.loads(home.ctl("info", name, "--json"))["devices"] if d["kind"] == "disk"]
        check(sorted(os.stat(d["source"]).st_size for d in disks) == [1 << 30, 4 << 30], "%s has %s" % (name, disks))


@test("/guest/course-lab/nothing-of-it-is-left")
def down():
    check(lab("down").returncode == 0, "it failed")
    check(home.ctl("list", "--all").strip() == "" or "lab" not in home.ctl("list", "--all"), home.ctl("list", "--all"))
    check(netns.run("lvs --noheadings -o lv_name lab").split() == ["home"], "there are volumes left")
    netns.check_same(BEFORE, netns.whole())


@test("/guest/course-lab/disks-are-measured-beside-qemus")
def disks():
    result = lab("disks", "--rounds", os.environ.get("VITRINE_LAB_ROUNDS", "1"), *SYSTEM)
    check(result.returncode == 0, "it failed with status %d" % result.returncode)
    rows = re.findall(r"^(raw-LVM|qcow2) +(virtio|AHCI) +(writeback|none) +(.*)$", result.stdout, re.M)
    check(len({row[:3] for row in rows}) == 8 and all(len(row[3].split()) == 6 for row in rows), "the table has %s" % rows)
    check(netns.run("lvs --noheadings -o lv_name lab").split() == ["home"], "there are volumes left")


main(home.close)
