# SPDX-License-Identifier: GPL-2.0-or-later
"""A libvirtd of our own, for one user, in a folder of its own; nothing of the host's is touched.

It is one of a session even when root measures: then it runs as "nobody" with the group of /dev/kvm.
The system's would have more to do (cgroups, security labels, machined).
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import xml.sax.saxutils

import machines
import media
import qemu
from figure import Absent
from processes import end

START_TIMEOUT, COMMAND_TIMEOUT = 30, 60

MACHINE = """<domain type="kvm">
  <name>bench</name>
  <memory unit="MiB">{memory}</memory>
  <vcpu>1</vcpu>
  <os><type arch="x86_64" machine="q35">hvm</type></os>
  <features><acpi/><apic/></features>
  <devices>
    <disk type="file" device="disk">
      <driver type="raw"/><source file="{disk}"/><target dev="vda" bus="virtio"/>
    </disk>
    <disk type="file" device="cdrom">
      <source file="{iso}"/><target dev="sda" bus="sata"/><readonly/>
    </disk>
    <serial type="file">
      <source path="{log}"/>
      <target type="isa-debug" port="1"><model name="isa-debugcon"/></target>
      <address type="isa" iobase="0x402"/>
    </serial>
    <serial type="pty"><target type="isa-serial" port="0"/></serial>
    <graphics type="vnc" socket="{folder}/vnc"/>
    <video><model type="vga"/></video>
    <memballoon model="none"/>
    <controller type="usb" model="none"/>
    <rng model="virtio"><backend model="random">/dev/urandom</backend></rng>
  </devices>
</domain>
"""


class Libvirt:
    """One libvirtd with one machine, "bench", whose firmware writes to self.log."""

    def __init__(self, memory_mib):
        qemu.need()
        for program in ("libvirtd", "virsh"):
            if shutil.which(program) is None:
                raise Absent("there is no %s" % program)
        self.folder = tempfile.mkdtemp(prefix="vitrine-bench-")
        self.daemon = None
        self.log = self._path("log", "firmware.log")
        try:
            self._start()
            self._define(memory_mib)
        except BaseException:
            self.close()
            raise

    def _path(self, *names):
        return os.path.join(self.folder, *names)

    def _start(self):
        env = dict(os.environ, HOME=self.folder, LC_ALL="C.UTF-8")
        for variable, name in (("XDG_RUNTIME_DIR", "run"), ("XDG_CONFIG_HOME", "config"),
                               ("XDG_CACHE_HOME", "cache"), ("XDG_DATA_HOME", "data")):
            env[variable] = self._path(name)
        for name in ("run", "config/libvirt", "cache", "data", "log"):
            os.makedirs(self._path(name), 0o700)
        with open(self._path("config/libvirt/qemu.conf"), "w") as f:
            f.write('stdio_handler = "file"\n')  # else a virtlogd comes and stays
        self.environment = env
        with open(self._path("libvirtd.log"), "wb") as log:
            self.daemon = machines.spawn(["libvirtd"], env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                         **self._user())
        deadline = time.monotonic() + START_TIMEOUT
        while self.virsh("uri")[0]:
            if self.daemon.poll() is not None or time.monotonic() > deadline:
                with open(self._path("libvirtd.log"), errors="replace") as f:
                    raise Absent("libvirtd does not run here: " + f.read()[-300:].strip())
            time.sleep(0.1)

    def _user(self):
        """Whose it is, for Popen: ours, but never root's."""
        if os.geteuid() != 0:
            return {}
        nobody = pwd.getpwnam("nobody")
        for top, folders, files in os.walk(self.folder):
            for name in [top] + [os.path.join(top, f) for f in files]:
                os.chown(name, nobody.pw_uid, nobody.pw_gid)
        return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": [os.stat("/dev/kvm").st_gid]}

    def _define(self, memory_mib):
        places = {"folder": self.folder, "log": self.log,
                  "iso": media.cd(self._path("cd.iso")), "disk": media.disk(self._path("disk.raw"))}
        for name in ("iso", "disk"):
            os.chmod(places[name], 0o666)
        definition = self._path("bench.xml")
        with open(definition, "w") as f:
            f.write(MACHINE.format(memory=memory_mib,
                                   **{k: xml.sax.saxutils.escape(v) for k, v in places.items()}))
        status, text = self.virsh("define", definition)
        if status:
            raise Absent("libvirt does not take the machine: " + text.strip())

    def virsh_command(self, *arguments):
        """Run as ourselves, whoever the daemon is, so that it starts as vitrinectl does."""
        return ["virsh", "-q", "-c", "qemu+unix:///session?socket=" + self._path("run/libvirt/libvirt-sock"),
                *arguments]

    def virsh(self, *arguments):
        """(status, what it printed).  A QEMU, an orphan by libvirt's doing, may have become a child of
        ours (see machines.py), and libvirt waits until it is gone altogether."""
        process = machines.spawn(self.virsh_command(*arguments), env=self.environment, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        deadline = time.monotonic() + COMMAND_TIMEOUT
        while process.poll() is None and time.monotonic() < deadline:
            machines.reap()
            time.sleep(0.01)
        process.kill()
        return process.wait(), process.communicate()[0]

    def destroy(self):
        self.virsh("destroy", "bench")

    def close(self):
        if self.daemon:
            self.destroy()
            end(self.daemon)
        for pid in machines.descendants(os.getpid()):  # a QEMU whose libvirtd died, if any
            if any(self.folder in argument for argument in machines.arguments_of(pid)):
                os.kill(pid, signal.SIGKILL)
                machines.wait_gone(pid, "a QEMU")
        shutil.rmtree(self.folder)
