#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""libvirt on a computer that is reached by SSH: a server on this one's loopback, for a root whose home is the test's."""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import libvirt_daemon
import netns
import rfb
import spice
import tap
from tap import check, main, test, wait_for
from ui_desktop import die_with_parent

if libvirt_daemon.lack():
    tap.skip_all(libvirt_daemon.lack())
netns.enter("dropbear", "dropbearkey", "ssh", "ssh-keygen", "nc")
CTL = os.path.join(host.BUILD, "src/cli/vitrinectl")
PORT, VNC_PORT = 2222, 5937
HOME = tempfile.mkdtemp(prefix="vitrine-ssh-")
RUNTIME = "/run/user/0"
SHOWN_LOCALLY = "<graphics type='vnc' port='%d' listen='127.0.0.1'/>" % VNC_PORT
LINGERS_S = 40  # more than a connection that nobody uses is kept

netns.write("/etc/passwd", re.sub(r"(?m)^(root:.*:).*(:.*)$", r"\g<1>%s\g<2>" % HOME, open("/etc/passwd").read()))
os.makedirs(os.path.join(HOME, ".ssh"), 0o700)
os.makedirs(RUNTIME, 0o700)
daemon = libvirt_daemon.Daemon()
daemon.define("alpha", graphics=SHOWN_LOCALLY)
daemon.virsh("start", "alpha")
daemon.define("beta")
daemon.virsh("start", "beta")
URI = "qemu+ssh://root@127.0.0.1:%d/session?socket=%s" % (PORT, daemon.socket)


class Server:
    """An SSH server that counts who comes in."""

    def __init__(self):
        self.key = os.path.join(HOME, "server-key")
        if not os.path.exists(self.key):
            subprocess.run(["dropbearkey", "-t", "ed25519", "-f", self.key], check=True, capture_output=True)
        self.path = os.path.join(HOME, "server-log")
        self.log = open(self.path, "w")
        self.process = subprocess.Popen(
            ["dropbear", "-F", "-E", "-s", "-r", self.key, "-P", os.path.join(HOME, "server-pid"),
             "-p", "127.0.0.1:%d" % PORT], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            preexec_fn=die_with_parent)
        wait_for(lambda: "Not backgrounding" in self.said(), "an SSH server")

    def said(self):
        with open(self.path) as f:
            return f.read()

    def logins(self):
        return self.said().count("auth succeeded")

    def farewells(self):
        return self.said().count("Exit (")

    def stop(self):
        self.process.terminate()
        self.process.wait()


def introduce():
    """A key of root's that the server knows, and the server's own, which root knows."""
    key = os.path.join(HOME, ".ssh/id_ed25519")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    shutil.copy(key + ".pub", os.path.join(HOME, ".ssh/authorized_keys"))
    os.chmod(os.path.join(HOME, ".ssh/authorized_keys"), 0o600)
    public = subprocess.run(["dropbearkey", "-y", "-f", server.key], check=True, capture_output=True, text=True).stdout
    netns.write(os.path.join(HOME, ".ssh/known_hosts"),
                "[127.0.0.1]:%d %s\n" % (PORT, re.search(r"ssh-ed25519 \S+", public).group()))


server = Server()
introduce()


def start(*arguments, uri=None, **more):
    env = dict(os.environ, HOME=HOME, XDG_RUNTIME_DIR=RUNTIME, LC_ALL="C.UTF-8", **more)
    return subprocess.Popen([CTL, "-c", uri or URI, *arguments], env=env, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
                            preexec_fn=die_with_parent)


def ctl(*arguments, uri=None, **more):
    process = start(*arguments, uri=uri, **more)
    out, said = process.communicate(timeout=60)
    check(process.returncode == 0, "%s: %s" % (arguments[0], said))
    return out


def refusal(*arguments, uri=None):
    process = start(*arguments, uri=uri)
    out, said = process.communicate(timeout=90)
    check(process.returncode == 1, "%s: %d, %s%s" % (arguments[0], process.returncode, out, said))
    return said


@contextlib.contextmanager
def offered(machine, protocol="vnc"):
    """The socket at which the display of MACHINE is offered."""
    offer = start("display", machine, "--protocol", protocol)
    try:
        path = offer.stdout.readline().strip()
        check(path, "no display: %s" % offer.stderr.read() if not path else "")
        yield path
    finally:
        offer.terminate()
        offer.wait()


@test("/net/ssh/a-display-that-only-its-computer-sees-is-watched-from-here")
def display():
    with offered("alpha") as path:
        viewers = [rfb.Viewer(path), rfb.Viewer(path)]
        for viewer in viewers:
            check(viewer.width >= 640, "it is %d wide" % viewer.width)
            viewer.ask_for_all()


@test("/net/ssh/a-display-behind-a-socket-there-is-refused-with-what-would-do")
def behind_a_socket():
    said = refusal("display", "beta")
    check("by way of a socket" in said and "127.0.0.1" in said, said)


@test("/net/ssh/a-machine-that-is-made-there-is-watched-from-here")
def made_there():
    ctl("create", "--name", "gamma", "--memory", "32", "--nic", "none", "--graphics", "vnc")
    ctl("create", "--name", "delta", "--memory", "32", "--nic", "none")
    ctl("start", "gamma", "delta")
    with offered("gamma") as path:
        rfb.Viewer(path).ask_for_all()
    # What nobody asked for is what the host's QEMU can do.
    with offered("delta", "spice") as path:
        viewer = spice.Viewer(path)
        viewer.wait("a picture", viewer.picture)
    ctl("poweroff", "gamma", "delta")


@test("/net/ssh/who-goes-there-more-than-once-is-asked-who-he-is-once")
def once():
    wait_for(lambda: server.farewells() == server.logins(), "the earlier connection's end", LINGERS_S)
    before = server.logins()
    check("alpha" in ctl("list"), "the machine is not listed")
    ctl("screenshot", "alpha", os.path.join(HOME, "alpha.png"))
    check(os.path.getsize(os.path.join(HOME, "alpha.png")) > 100, "there is no picture")
    display()
    check(server.logins() - before == 1, "it was asked %d times" % (server.logins() - before))


@test("/net/ssh/a-connection-that-nobody-needs-goes")
def goes():
    ctl("list")
    wait_for(lambda: server.farewells() == server.logins(), "the connection's end", LINGERS_S)
    check(not os.listdir(os.path.join(RUNTIME, "vitrine")), "a socket is left")


@test("/net/ssh/without-a-folder-for-it-each-has-a-connection-of-its-own")
def alone():
    os.rename(RUNTIME, RUNTIME + "-gone")
    try:
        before = server.logins()
        check("alpha" in ctl("list"), "the machine is not listed")
        check(server.logins() - before == 1, "nobody came")
        wait_for(lambda: server.farewells() == server.logins(), "the connection's end", LINGERS_S)
    finally:
        os.rename(RUNTIME + "-gone", RUNTIME)


@test("/net/ssh/a-folder-that-others-may-write-to-is-not-trusted")
def trusted():
    folder = os.path.join(RUNTIME, "vitrine")
    os.chmod(folder, 0o777)
    try:
        ctl("list")
        check(not os.listdir(folder), "a socket lies where others may reach it")
    finally:
        os.chmod(folder, 0o700)


@test("/net/ssh/a-program-that-the-user-names-is-called-instead")
def own_program():
    program, mark = os.path.join(HOME, "own ssh"), os.path.join(HOME, "mark")
    netns.write(program, '#!/bin/sh\ntouch "%s"\nexec ssh "$@"\n' % mark, 0o700)
    ctl("list", uri=URI + "&command=" + program.replace(" ", "%20"))
    check(os.path.exists(mark), "it was not called")


@test("/net/ssh/a-key-with-a-passphrase-is-asked-for-in-a-window-and-once")
def passphrase():
    key, askpass, asked = (os.path.join(HOME, name) for name in ("locked", "vitrine-askpass", "asked"))
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "una frase", "-f", key], check=True)
    with open(key + ".pub") as f, open(os.path.join(HOME, ".ssh/authorized_keys"), "a") as keys:
        keys.write(f.read())
    netns.write(askpass, '#!/bin/sh\necho "$1" >>"%s"\necho "una frase"\n' % asked, 0o700)
    wait_for(lambda: server.farewells() == server.logins(), "the earlier connection's end", LINGERS_S)
    os.rename(os.path.join(HOME, ".ssh/id_ed25519"), os.path.join(HOME, "put-away"))
    try:
        for _ in range(3):
            check("alpha" in ctl("list", uri=URI + "&keyfile=" + key, SSH_ASKPASS=askpass), "it is not listed")
    finally:
        os.rename(os.path.join(HOME, "put-away"), os.path.join(HOME, ".ssh/id_ed25519"))
    with open(asked) as f:
        said = f.read().splitlines()
    check(len(said) == 1 and "passphrase" in said[0], "it was asked %s" % said)


@test("/net/ssh/a-computer-whose-key-has-changed-is-told-with-the-command-that-shows-why")
def changed():
    known = os.path.join(HOME, ".ssh/known_hosts")
    with open(known) as f:
        right = f.read()
    wait_for(lambda: server.farewells() == server.logins(), "the earlier connection's end", LINGERS_S)
    netns.write(known, right.replace("AAAAIA", "AAAAIB") if "AAAAIA" in right else right[:-12] + "AAAAAAAAAAA\n")
    try:
        said = refusal("list")
        check("“127.0.0.1” cannot be reached by SSH" in said, said)
        check("ssh -p %d root@127.0.0.1 true" % PORT in said, said)
    finally:
        netns.write(known, right)


@test("/net/ssh/nobody-behind-the-port-is-told")
def nobody():
    said = refusal("list", uri=URI.replace(str(PORT), "2223"))
    check("cannot be reached by SSH" in said and "refused" in said, said)


@test("/net/ssh/a-display-ends-with-the-server")
def ends():
    offer = start("display", "alpha")
    path = offer.stdout.readline().strip()
    viewer = rfb.Viewer(path)
    subprocess.run(["pkill", "-P", str(server.process.pid)], check=True)  # that of the connection
    try:
        while True:
            viewer.ask_for_all()
    except (EOFError, OSError, AssertionError):
        pass
    offer.terminate()
    offer.wait()


def clean_up():
    daemon.stop()
    server.stop()
    shutil.rmtree(HOME, ignore_errors=True)


main(clean_up)
