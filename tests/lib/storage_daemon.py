# SPDX-License-Identifier: GPL-2.0-or-later
"""qemu-storage-daemon behind a VMM's disk, as a keeper starts it."""

import json
import os
import socket
import subprocess
import tempfile

from vmm import BACKEND_VHOST_USER

PROGRAM = "qemu-storage-daemon"


class StorageDaemon:
    """One that has PATH of FORMAT open ("nbd": the export "disk" of the server at the socket PATH); CHAIN is [(path, format), …] of what that is based on.  DIRECT: past the
    page cache, by io_uring."""

    def __init__(self, path, image_format, chain=(), read_only=False, direct=False):
        self.layers = [(path, image_format), *chain]
        self.read_only = read_only
        self.direct = direct
        self.start()

    def _node(self, layers, fds):
        (path, image_format), rest = layers[0], layers[1:]
        if image_format == "nbd":
            return self._server(path, fds)
        first = len(layers) == len(self.layers)
        writable = first and not self.read_only
        fds.append(os.open(path, os.O_RDWR if writable else os.O_RDONLY))
        common = {"read-only": not writable, "discard": "unmap", "cache": {"direct": self.direct}}
        node = {"driver": image_format, **common,
                "file": {"driver": "file", "filename": "/proc/self/fd/%d" % fds[-1], "locking": "off",
                         "aio": "io_uring" if self.direct else "threads", **common}}
        if first:
            node["node-name"] = "disk"
        if image_format in ("qcow2", "vmdk"):
            node["backing"] = self._node(rest, fds) if rest else None
        return node

    def _server(self, path, fds):
        """The connection is made here, as a keeper makes it."""
        with socket.socket(socket.AF_UNIX) as server:
            server.connect(path)
            fds.append(server.detach())
        common = {"read-only": self.read_only, "discard": "unmap"}
        return {"driver": "raw", "node-name": "disk", **common,
                "file": {"driver": "nbd", "server": {"type": "fd", "str": str(fds[-1])}, "export": "disk",
                         "reconnect-delay": 3600, **common}}

    def start(self):
        """Leaves the VMM's end of the socket in `fd`."""
        fds = []
        node = self._node(self.layers, fds)
        with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
            listener.bind(os.path.join(folder, "s"))
            listener.listen(1)
            ours = socket.socket(socket.AF_UNIX)
            ours.connect(os.path.join(folder, "s"))
            export = {"type": "vhost-user-blk", "id": "disk", "node-name": "disk", "writable": not self.read_only,
                      "addr": {"type": "fd", "str": str(listener.fileno())}}
            self.process = subprocess.Popen(
                [PROGRAM, "--blockdev", json.dumps(node), "--export", json.dumps(export)],
                pass_fds=[listener.fileno(), *fds], stdin=subprocess.DEVNULL)
        for fd in fds:
            os.close(fd)
        self.fd = ours.detach()

    def backend(self):
        return BACKEND_VHOST_USER, self.fd

    def kill(self):
        """As the worst bug would; it is gone for good when this returns."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        """With all written that is to be written."""
        self.process.terminate()
        self.process.wait(timeout=60)
