# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds small initrds from what the host has: busybox, a kernel's modules, an init script."""

import glob
import os
import re
import stat


def kernel_release():
    """The newest Debian kernel of the plain flavour that is installed, or None."""
    releases = [os.path.basename(p)[8:] for p in glob.glob("/boot/vmlinuz-*-amd64")
                if "cloud" not in p and "rt-" not in p]
    releases = [r for r in releases if os.access("/boot/vmlinuz-" + r, os.R_OK)
                and os.path.isdir("/lib/modules/" + r)]
    return max(releases, key=lambda r: [int(n) for n in re.findall(r"\d+", r)], default=None)


def with_dependencies(release, names):
    """Paths of the modules NAMES and what they need, in loading order; built-in ones are left out."""
    base = "/lib/modules/%s/" % release
    needs, by_name = {}, {}
    with open(base + "modules.dep") as f:
        for line in f:
            path, _, rest = line.partition(":")
            needs[path] = rest.split()
            by_name[os.path.basename(path).split(".")[0].replace("-", "_")] = path
    order = []

    def add(path):
        for need in reversed(needs[path]):
            if need not in order:
                add(need)
        if path not in order:
            order.append(path)

    for name in names:
        if name.replace("-", "_") in by_name:
            add(by_name[name.replace("-", "_")])
    return [base + path for path in order]


class Archive:
    """A cpio archive in the "newc" format, which is what a kernel unpacks."""

    def __init__(self):
        self.parts = []
        self.inode = 0
        self.size = 0

    def _append(self, data, align=4):
        self.parts.append(data)
        self.size += len(data)
        pad = -self.size % align
        self.parts.append(b"\0" * pad)
        self.size += pad

    def add(self, name, mode, data=b"", rdev=(0, 0)):
        self.inode += 1
        raw = name.encode() + b"\0"
        fields = (self.inode, mode, 0, 0, 1, 0, len(data), 0, 0, rdev[0], rdev[1], len(raw), 0)
        self._append(b"070701" + b"".join(b"%08X" % f for f in fields) + raw)
        self._append(data)

    def directory(self, name):
        self.add(name, stat.S_IFDIR | 0o755)

    def file(self, name, data, mode=0o644):
        self.add(name, stat.S_IFREG | mode, data)

    def finish(self):
        self.add("TRAILER!!!", 0)
        return b"".join(self.parts)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def add_files(archive, files, known):
    """Puts FILES (absolute path: (data, mode)) into ARCHIVE, with folders that are not KNOWN yet."""
    for path, (data, mode) in sorted(files.items()):
        folders = path.strip("/").split("/")[:-1]
        for depth in range(1, len(folders) + 1):
            folder = "/".join(folders[:depth])
            if folder not in known:
                archive.directory(folder)
                known.add(folder)
        archive.file(path.strip("/"), data, mode)


def build(path, release, modules, script, files=None):
    """Writes an initrd to PATH whose init loads MODULES and then runs SCRIPT with busybox's shell, with
    everything it prints on the first serial port.  FILES (absolute path: (data, mode)) are there too."""
    archive = Archive()
    known = {"bin", "dev", "proc", "sys", "lib", "mnt", "tmp", "run"}
    for name in sorted(known):
        archive.directory(name)
    add_files(archive, files or {}, known)
    archive.add("dev/console", stat.S_IFCHR | 0o600, rdev=(5, 1))
    archive.file("bin/busybox", read("/bin/busybox"), 0o755)
    loads = []
    for module in with_dependencies(release, modules):
        name = os.path.basename(module)
        archive.file("lib/" + name, read(module))
        loads.append("insmod /lib/" + name)
    init = ("#!/bin/busybox sh\n"
            "/bin/busybox --install -s /bin\nexport PATH=/bin:/sbin:/usr/bin:/usr/sbin\n"
            "mount -t proc p /proc; mount -t sysfs s /sys; mount -t devtmpfs d /dev\n"
            "exec >/dev/ttyS0 2>&1 </dev/ttyS0\n" + "\n".join(loads) + "\n" + script)
    archive.file("init", init.encode(), 0o755)
    with open(path, "wb") as f:
        f.write(archive.finish())
