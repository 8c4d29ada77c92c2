# SPDX-License-Identifier: GPL-2.0-or-later
"""A user of their own, who has machines: vitrinectl, keepers and VMMs in private folders.

    home = machines.Home()
    machine = home.create("one", "--disk", "size=1M")
    machine.start()
    ...
    home.close()

Orphans become children of this process (it is a subreaper), so that close() finds every process that
came of a test, and can wait for its end.
"""

import ctypes
import json
import os
import pwd
import select
import shutil
import signal
import subprocess
import tempfile
import time
from subprocess import DEVNULL, PIPE  # noqa: F401

import host
import screen

CTL = os.path.join(host.BUILD, "src/cli/vitrinectl")
PR_SET_CHILD_SUBREAPER = 36
# A machine that is slow to start or to end is no failure of this program's; one that never does is.
PATIENCE = 60


class Failed(Exception):
    """vitrinectl said no: STATUS and what it printed."""

    def __init__(self, args, result):
        super().__init__("vitrinectl %s: status %d: %s" % (" ".join(args), result.returncode,
                                                           result.stderr.strip()))
        self.status = result.returncode
        self.text = result.stderr.strip()


# --- processes ------------------------------------------------------------------------------------

def process_table():
    """pid: (parent, name, state) of all there are."""
    table = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open("/proc/%s/stat" % entry) as f:
                text = f.read()
        except (FileNotFoundError, ProcessLookupError):
            continue
        name = text[text.index("(") + 1:text.rindex(")")]
        state, parent = text[text.rindex(")") + 2:].split()[:2]
        table[int(entry)] = (int(parent), name, state)
    return table


def descendants(of):
    """The pids of all that live below OF."""
    table = process_table()
    found, level = [], {of}
    while level:
        level = {pid for pid, (parent, _, state) in table.items() if parent in level and state != "Z"}
        found += level
    return found


def arguments_of(pid):
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as f:
            return f.read().decode(errors="replace").split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return []


def reap():
    """Ends the zombies that were left to us; children of subprocess's are its own."""
    table = process_table()
    for pid, (parent, _, state) in table.items():
        if parent == os.getpid() and state == "Z" and pid not in _own_children:
            try:
                os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                pass


_own_children = set()


def spawn(*args, **options):
    """subprocess.Popen for children of the test itself."""
    process = subprocess.Popen(*args, **options)
    _own_children.add(process.pid)
    return process


def wait_gone(pid, what, timeout=PATIENCE):
    """Returns once process PID has ended."""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        if not select.select([fd], [], [], timeout)[0]:
            raise AssertionError("%s (process %d) did not end in %g s" % (what, pid, timeout))
    finally:
        os.close(fd)
    reap()


# --- a user ---------------------------------------------------------------------------------------

class Home:
    """USER: whose it is, by name; the test's own when it is None.  Only root can have others'."""

    def __init__(self, user=None, **environment):
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self.user = pwd.getpwnam(user) if user else None
        self.folder = tempfile.mkdtemp(prefix="vitrine-")
        self.runtime = os.path.join(self.folder, "run")
        os.mkdir(self.runtime, 0o700)
        self.environment = dict(os.environ, XDG_RUNTIME_DIR=self.runtime, LC_ALL="C.UTF-8",
                                HOME=self.folder, XDG_DATA_HOME=os.path.join(self.folder, "data"),
                                **environment)
        self.machines_folder = os.path.join(self.folder, "data/vitrine/machines")
        for path in self.folder, self.runtime:
            self._give(path)

    def _give(self, path):
        if self.user:
            os.chown(path, self.user.pw_uid, self.user.pw_gid)

    def identity(self):
        """Options of subprocess by which a program is this user's."""
        if not self.user:
            return {}
        name, group = self.user.pw_name, self.user.pw_gid
        return {"user": name, "group": group, "extra_groups": os.getgrouplist(name, group), "cwd": "/"}

    def run(self, *args, timeout=PATIENCE, **environment):
        """vitrinectl, whatever its status is."""
        return subprocess.run([CTL, *args], env=dict(self.environment, **environment),
                              capture_output=True, text=True, timeout=timeout, stdin=DEVNULL, **self.identity())

    def ctl(self, *args, **options):
        """What vitrinectl prints; Failed when it fails."""
        result = self.run(*args, **options)
        if result.returncode:
            raise Failed(args, result)
        return result.stdout

    def refusal(self, *args, **options):
        """The sentence with which vitrinectl fails; fails itself when it does not."""
        result = self.run(*args, **options)
        if result.returncode != 1:
            raise AssertionError("vitrinectl %s: status %d, where 1 is due: %s" % (
                " ".join(args), result.returncode, result.stdout + result.stderr))
        return result.stderr.strip()

    def popen(self, *args, **options):
        return spawn([CTL, *args], env=self.environment, **dict(self.identity(), **options))

    def list(self):
        """name: what `list` says of it."""
        return {m["name"]: m for m in json.loads(self.ctl("list", "--all", "--json"))}

    def image_info(self, path, **options):
        """What `image info` says of the image, volume or server's disk at PATH."""
        return json.loads(self.ctl("image", "info", path, "--json", **options))[0]

    def create(self, name, *options):
        """With as little as can be, beside what OPTIONS say: no card, no channel for an agent."""
        nic = () if "--nic" in options else ("--nic", "none")
        graphics = () if "--graphics" in options else ("--graphics", "vnc")
        uuid = self.ctl("create", "--name", name, "--memory", "64", "--vcpus", "1", *nic, *graphics,
                        *options).strip().splitlines()[-1]
        return Machine(self, name, uuid)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, data):
        """A file of this user's; its path."""
        with open(self.path(name), "wb") as f:
            f.write(data)
        self._give(self.path(name))
        return self.path(name)

    def remains(self):
        """What is left in the folder of sockets, below vitrine/."""
        left = []
        top = os.path.join(self.runtime, "vitrine")
        for folder, folders, files in os.walk(top):
            left += [os.path.relpath(os.path.join(folder, f), top) for f in folders + files]
        return sorted(left)

    def close(self):
        """Ends what still runs, gently where it can be; True when nothing had to be killed."""
        self.run("poweroff", *[m["uuid"] for m in self.list().values()
                               if m["state"] not in ("off", "crashed")] or ["-"])
        self.kill_all()
        shutil.rmtree(self.folder)

    def kill_all(self):
        mine = {pid for pid in descendants(os.getpid())
                if any(self.folder in a for a in arguments_of(pid)) or self._has_environment(pid)}
        for pid in mine:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        for pid in mine:
            wait_gone(pid, "a leftover")

    def _has_environment(self, pid):
        try:
            with open("/proc/%d/environ" % pid, "rb") as f:
                return os.fsencode("XDG_RUNTIME_DIR=" + self.runtime) in f.read().split(b"\0")
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            return False


class Machine:
    def __init__(self, home, name, uuid):
        self.home, self.name, self.uuid = home, name, uuid
        self.folder = os.path.join(home.machines_folder, uuid)
        self.runtime = os.path.join(home.runtime, "vitrine", uuid)
        self.socket = os.path.join(self.runtime, "control")

    def ctl(self, verb, *args, **options):
        return self.home.ctl(verb, self.uuid, *args, **options)

    def refusal(self, verb, *args, **options):
        return self.home.refusal(verb, self.uuid, *args, **options)

    def bus(self):
        """A connection to its keeper's socket, to be closed."""
        from gi.repository import Gio
        return Gio.DBusConnection.new_for_address_sync(
            "unix:path=" + self.socket, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT, None, None)

    def start(self, **options):
        self.ctl("start", **options)

    def power_off(self):
        self.ctl("poweroff")

    def info(self):
        return json.loads(self.ctl("info", "--json"))

    def definition(self):
        """Its file, as text."""
        with open(os.path.join(self.folder, "machine.xml")) as f:
            return f.read()

    def state(self):
        return self.info()["state"]

    def wait(self, *states, timeout=PATIENCE):
        """Returns the first of STATES that it is in; told by events."""
        self.ctl("wait", "--state", ",".join(states), "--timeout", str(timeout), timeout=timeout + 30)

    def last_run(self):
        """What the file of that name says, as a dictionary; empty when there is none."""
        try:
            with open(os.path.join(self.folder, "last-run")) as f:
                return dict(line.strip().split("=", 1) for line in f if "=" in line)
        except FileNotFoundError:
            return {}

    def log(self, name):
        try:
            with open(os.path.join(self.folder, "logs", name + ".log"), errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def wait_log(self, name, text, timeout=PATIENCE):
        """Returns once TEXT is in the log; a log can only be looked at again and again."""
        deadline = time.monotonic() + timeout
        while text not in self.log(name):
            if time.monotonic() > deadline:
                raise AssertionError("not in %s.log in %g s: %s; its end: %s" % (
                    name, timeout, text, self.log(name)[-300:]))
            time.sleep(0.05)

    def screen(self):
        """The lines of text its display shows."""
        path = self.home.path("screen-%s.png" % self.uuid)
        self.ctl("screenshot", path)
        return screen.read_text(screen.read_png(path))

    def keeper(self):
        """The pid of its keeper, or None; works for one that does not answer."""
        table = process_table()
        for pid in descendants(os.getpid()):
            args = arguments_of(pid)
            if table.get(pid, (0, ""))[1] == "vitrine-keeper" and self.runtime in args:
                return pid
        return None

    def child(self, name):
        """The pid of the keeper's child NAME, or None."""
        keeper = self.keeper()
        for pid, (parent, process_name, state) in process_table().items():
            if parent == keeper and process_name == name and state != "Z":
                return pid
        return None

    def vmm(self):
        return self.child("vitrine-vmm")
