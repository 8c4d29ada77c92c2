# SPDX-License-Identifier: GPL-2.0-or-later
"""A libvirt daemon of a test's own: an ordinary user's, in folders of its own, with QEMU and no KVM.

Nothing of the computer's libvirt is touched.  As root it runs as nobody: root's would be the computer's.
"""

import os
import shutil
import signal
import subprocess
import tempfile

from tap import wait_for
from ui_desktop import die_with_parent

LIBVIRTD = "/usr/sbin/libvirtd"
QEMU = "/usr/bin/qemu-system-x86_64"
NOBODY = 65534

MACHINE = """<domain type='qemu'><name>%(name)s</name><memory unit='MiB'>32</memory>
<os><type arch='x86_64' machine='pc'>hvm</type><bios useserial='yes'/></os><features><acpi/></features>
<devices><emulator>""" + QEMU + """</emulator>%(devices)s<serial type='pty'/>
%(graphics)s<video><model type='vga'/></video></devices></domain>
"""


def lack():
    """Why there can be none here, or None."""
    for program in (LIBVIRTD, QEMU, "virsh"):
        if shutil.which(program) is None:
            return "there is no %s here" % os.path.basename(program)
    return None


def become_ordinary():
    """Between fork and exec."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    die_with_parent()


VNC = "<graphics type='vnc' socket='%(folder)s/%(name)s.vnc'/>"
SPICE = ("<graphics type='spice'><listen type='none'/><image compression='off'/></graphics><channel type='spicevmc'>"
         "<target type='virtio' name='com.redhat.spice.0'/></channel>")


class Daemon:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="vitrine-libvirt-")
        self.env = {"PATH": os.environ["PATH"], "HOME": self.folder, "LC_ALL": "C.UTF-8"}
        for name in ("RUNTIME_DIR", "CONFIG_HOME", "CACHE_HOME", "DATA_HOME", "STATE_HOME"):
            self.env["XDG_" + name] = os.path.join(self.folder, name[:1].lower() + name[1:3].lower())
        for path in [os.path.join(self.env["XDG_CONFIG_HOME"], "libvirt")] + list(self.env.values())[3:]:
            os.makedirs(path, 0o700, exist_ok=True)
        # What QEMU prints goes to a file: no further daemon takes care of it.
        with open(os.path.join(self.env["XDG_CONFIG_HOME"], "libvirt/qemu.conf"), "w") as f:
            f.write('stdio_handler = "file"\n')
        if os.geteuid() == 0:
            for path, _, names in os.walk(self.folder):
                for one in [path] + [os.path.join(path, name) for name in names]:
                    os.chown(one, NOBODY, NOBODY)
        self.socket = os.path.join(self.env["XDG_RUNTIME_DIR"], "libvirt/libvirt-sock")
        self.uri = "qemu+unix:///session?socket=" + self.socket
        self.process = None
        self.start()

    def start(self):
        if os.path.exists(self.socket):
            os.unlink(self.socket)
        self.process = subprocess.Popen([LIBVIRTD], env=self.env, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        preexec_fn=become_ordinary)
        wait_for(lambda: os.path.exists(self.socket), "libvirt's socket")

    def virsh(self, *arguments):
        """What somebody else does; returns what it says."""
        return subprocess.run(["virsh", "-q", "-c", self.uri] + list(arguments), env=self.env, check=True,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True).stdout

    def define(self, name, devices="", graphics=VNC):
        path = os.path.join(self.folder, name + ".xml")
        shown = graphics % {"name": name, "folder": self.folder}
        with open(path, "w") as f:
            f.write(MACHINE % {"name": name, "devices": devices, "graphics": shown})
        self.virsh("define", path)

    def hang(self):
        self.process.send_signal(signal.SIGSTOP)

    def wake(self):
        self.process.send_signal(signal.SIGCONT)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """Ends it and its machines."""
        if self.process.poll() is not None:
            self.start()
        self.wake()
        for name in self.virsh("list", "--name").split():
            self.virsh("destroy", name)
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
