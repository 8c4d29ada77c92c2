# SPDX-License-Identifier: GPL-2.0-or-later
"""The console in full screen, as fast as it takes pictures of 1920 × 1080: beside virt-viewer, at the same server.

Both are told of the machine by libvirt's test driver.  What the X server does for them is not counted.
"""

import contextlib
import os
import subprocess
import time

import film
import host
import ui_desktop
from app import VITRINE
from figure import OURS, Figure, need, words
from processes import cpu_ns, end
from tap import wait_for

RUNS, WARM_UP = 7, 1
PICTURES, WARM_UP_PICTURES = 200, 40
TIMEOUT = 60
VIRT_VIEWER = "virt-viewer"
UUID = "6a1f2b3c-4d5e-4f60-8172-93a4b5c6d7e8"
HOST = """<node><domain type="test"><name>film</name><uuid>%s</uuid><memory>65536</memory><os><type>hvm</type></os>
<devices><graphics type="vnc" listen="127.0.0.1" port="%d"/></devices></domain></node>
"""
ID, PATH = "org.vitrine.Vitrine", "/org/vitrine/Vitrine"


def figures():
    return [Figure("console/picture", "from one picture of 1920 × 1080 to the next, as fast as the console takes them",
                   "ms").want(1.0, VIRT_VIEWER),
            Figure("console/picture-cpu", "processor time of the console's process for each of them",
                   "ms").want(1.0, VIRT_VIEWER)]


class Stage:
    """A desktop with a host's one machine, whose display the film is."""

    def __init__(self):
        self.desktop = ui_desktop.Desktop((film.WIDTH, film.HEIGHT))
        self.film = film.Film()
        path = os.path.join(self.desktop.home, "host.xml")
        with open(path, "w") as f:
            f.write(HOST % (UUID, self.film.port))
        self.uri = "test://" + path
        self._introduce()

    def _introduce(self):
        """The application knows the host as one that the user added: only then others may open its windows."""
        folder = os.path.join(self.desktop.env["XDG_CONFIG_HOME"], "glib-2.0/settings")
        os.makedirs(folder)
        with open(os.path.join(folder, "keyfile"), "w") as f:
            f.write("[org/vitrine/Vitrine]\nhosts=[('%s', 'Film', true)]\n" % self.uri)
        self.desktop.env.update(GSETTINGS_SCHEMA_DIR=os.path.join(host.BUILD, "data"), GSETTINGS_BACKEND="keyfile")

    def is_full_screen(self):
        """Whether the window in front has the whole screen."""
        from Xlib.error import BadDrawable
        window = self.desktop.root.get_full_property(self.desktop.x.intern_atom("_NET_ACTIVE_WINDOW"), 0)
        if not window or not window.value[0]:
            return False
        try:
            shown = self.desktop.x.create_resource_object("window", window.value[0]).get_geometry()
        except BadDrawable:
            return False    # it went meanwhile
        return (shown.width, shown.height) == self.desktop.size


# --- viewers ------------------------------------------------------------------------------------------

def call(stage, path, method, *arguments):
    """What the application answers to METHOD of its actions; None when there is none."""
    result = subprocess.run(["gdbus", "call", "--session", "-d", ID, "-o", path, "-m", "org.gtk.Actions." + method,
                             *arguments], env=stage.desktop.env, capture_output=True, text=True, timeout=TIMEOUT)
    return result.stdout if result.returncode == 0 else None


def machine_window(stage):
    """The path of the machine's window, which is opened where there is none yet."""
    for n in range(1, 4):
        path = "%s/window/%d" % (PATH, n)
        if "'fullscreen'" in (call(stage, path, "List") or ""):
            return path
    call(stage, PATH, "Activate", "open-machine", "[<'%s'>]" % UUID, "{}")
    return None


def open_ours(stage):
    path = wait_for(lambda: machine_window(stage), "the machine's window")
    call(stage, path, "Activate", "fullscreen", "[]", "{}")


def programs(stage):
    """(who, command, what it needs beside the command)"""
    return [(OURS, [VITRINE], open_ours),
            (VIRT_VIEWER, [VIRT_VIEWER, "--full-screen", "-c", stage.uri, "film"], lambda stage: None)]


@contextlib.contextmanager
def started(stage, command, prepare):
    """COMMAND until the end of the block, in full screen and playing."""
    process = subprocess.Popen(command, env=stage.desktop.env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    try:
        prepare(stage)
        wait_for(stage.is_full_screen, "%s in full screen" % command[0])
        yield process
    finally:
        end(process)
        wait_for(lambda: not stage.is_full_screen(), "the window to go")


def play(stage, n):
    if not stage.film.wait_for(n, TIMEOUT):
        raise AssertionError("%d pictures are not shown in %d s" % (n, TIMEOUT))


def watch(stage, process):
    """What a picture takes of the clock and of PROCESS's time."""
    play(stage, WARM_UP_PICTURES)
    cpu, start = cpu_ns(process.pid), time.monotonic()
    play(stage, PICTURES)
    took = time.monotonic() - start
    return {"console/picture": took * 1e3 / PICTURES,
            "console/picture-cpu": (cpu_ns(process.pid) - cpu) / 1e6 / PICTURES}


def measure_rounds(say, stage, by_name):
    for i in range(-WARM_UP, RUNS):
        for who, command, prepare in programs(stage):
            with started(stage, command, prepare) as process:
                results = watch(stage, process)
            say("run %d, %s: %s" % (i, who, words(results)))
            for name, value in results.items() if i >= 0 else ():
                by_name[name].add(who, value)


def measure(say, *made):
    need(*ui_desktop.PROGRAMS, VIRT_VIEWER, "gdbus")
    stage = Stage()
    with contextlib.closing(stage.film), ui_desktop.begun(stage.desktop):
        measure_rounds(say, stage, {figure.name: figure for figure in made})
