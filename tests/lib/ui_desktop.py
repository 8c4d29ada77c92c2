# SPDX-License-Identifier: GPL-2.0-or-later
"""A desktop of our own for UI tests: an X server, a session bus, a window manager, screen readers' bus.

    import ui_desktop
    desktop = ui_desktop.start()        # before Atspi or Gtk are imported
    ...
    desktop.stop()

Everything it writes goes into a temporary home; nothing of the user's is read.
"""

import contextlib
import ctypes
import os
import shutil
import signal
import struct
import subprocess
import tempfile
import zlib

from tap import skip_all, wait_for

WIDTH, HEIGHT = 1280, 900
PRCTL = ctypes.CDLL(None).prctl
PROGRAMS = ("Xvfb", "openbox", "dbus-daemon")

# Openbox with neither shortcuts of its own nor animation: all keys are the application's.
PUT_AWAY = "put-away"  # what is started with this --name has its first window as an icon
OPENBOX = """<?xml version="1.0"?>
<openbox_config xmlns="http://openbox.org/3.4/rc">
  <focus><focusNew>yes</focusNew><followMouse>no</followMouse></focus>
  <placement><policy>Smart</policy><center>yes</center></placement>
  <theme><animateIconify>no</animateIconify><keepBorder>no</keepBorder></theme>
  <keyboard/>
  <applications><application name="%s"><iconic>yes</iconic></application></applications>
</openbox_config>
""" % PUT_AWAY


def die_with_parent():
    """Between fork and exec: whatever ends the tests, however rudely, ends what they started."""
    PRCTL(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def need_programs():
    missing = [p for p in PROGRAMS if shutil.which(p) is None]
    try:
        import gi
        gi.require_version("Atspi", "2.0")
        import Xlib  # noqa: F401
    except (ImportError, ValueError) as error:
        missing.append(str(error))
    if missing:
        skip_all("missing here: " + ", ".join(missing))


@contextlib.contextmanager
def begun(desktop):
    """DESKTOP, started, until the end of the block; what it does to our environment is undone then."""
    saved = dict(os.environ)
    try:
        yield desktop.start()
    finally:
        desktop.stop()
        os.environ.clear()
        os.environ.update(saved)


class Desktop:
    def __init__(self, size=None):
        """SIZE: of its screen, (width, height)."""
        self.size = size or (WIDTH, HEIGHT)
        self.home = tempfile.mkdtemp(prefix="vitrine-ui-")
        self.processes = []
        self.env = dict(os.environ)
        for name in ("WAYLAND_DISPLAY", "NO_AT_BRIDGE", "GTK_THEME", "GTK_MODULES", "AT_SPI_BUS_ADDRESS", "GDK_SCALE",
                     "DBUS_STARTER_ADDRESS", "DBUS_STARTER_BUS_TYPE", "XAUTHORITY", "LANGUAGE"):
            self.env.pop(name, None)
        self.env.update({
            "HOME": self.home, "LC_ALL": "C.UTF-8", "TZ": "UTC", "GDK_BACKEND": "x11",
            "GTK_THEME": "Adwaita",
            "GIO_USE_VFS": "local", "GSETTINGS_BACKEND": "memory", "GTK_USE_PORTAL": "0",
            "XDG_CURRENT_DESKTOP": "vitrine-tests",
        })
        for name, folder in (("XDG_RUNTIME_DIR", "run"), ("XDG_DATA_HOME", "data"),
                             ("XDG_CONFIG_HOME", "config"), ("XDG_CACHE_HOME", "cache"),
                             ("XDG_STATE_HOME", "state")):
            self.env[name] = os.path.join(self.home, folder)
            os.mkdir(self.env[name], 0o700)
        with open(os.path.join(self.home, "config", "user-dirs.dirs"), "w") as f:
            f.write('XDG_PICTURES_DIR="$HOME/Pictures"\n')

    def spawn(self, command, **options):
        log = open(os.path.join(self.home, os.path.basename(command[0]) + ".log"), "ab")
        process = subprocess.Popen(command, env=self.env, stdin=subprocess.DEVNULL, stdout=log,
                                   stderr=log, preexec_fn=die_with_parent, **options)
        self.processes.append(process)
        return process

    def spawn_with_answer(self, command, option):
        """Starts COMMAND, which writes a line to the descriptor its OPTION names; returns the line."""
        read_fd, write_fd = os.pipe()
        long = option.startswith("--")
        words = ["%s=%d" % (option, write_fd)] if long else [option, str(write_fd)]
        self.spawn(command + words, pass_fds=[write_fd])
        os.close(write_fd)
        with os.fdopen(read_fd) as f:
            line = f.readline().strip()
        if not line:
            raise AssertionError("%s did not start" % command[0])
        return line

    def start(self):
        number = self.spawn_with_answer(
            ["Xvfb", "-screen", "0", "%dx%dx24" % self.size, "-nolisten", "tcp", "-noreset"],
            "-displayfd")
        self.env["DISPLAY"] = ":" + number
        self.hide_keyring()
        self.env["DBUS_SESSION_BUS_ADDRESS"] = self.spawn_with_answer(
            ["dbus-daemon", "--session", "--nofork"], "--print-address")
        rc = os.path.join(self.home, "openbox.xml")
        with open(rc, "w") as f:
            f.write(OPENBOX)
        self.spawn(["openbox", "--config-file", rc, "--sm-disable"])
        # This process' own connections (Xlib, Atspi, the notification daemon) are to the same.
        os.environ.clear()
        os.environ.update(self.env, NO_AT_BRIDGE="1")
        from Xlib import display
        self.x = display.Display()
        self.root = self.x.screen().root
        wait_for(self.window_manager_is_there, "the window manager")
        self.see_window_managed()
        return self

    def hide_keyring(self):
        """The bus starts none, where one is installed: there is what a test brings (ui_secrets.py)."""
        services = os.path.join(self.env["XDG_DATA_HOME"], "dbus-1/services")
        os.makedirs(services)
        with open(os.path.join(services, "org.freedesktop.secrets.service"), "w") as f:
            f.write("[D-BUS Service]\nName=org.freedesktop.secrets\nExec=/bin/false\n")

    def watch_notifications(self):
        """Returns the path of the file that ui_notify.read() reads."""
        path = os.path.join(self.home, "notifications")
        self.spawn(["/usr/bin/python3", os.path.join(os.path.dirname(__file__), "ui_notify.py"), path])
        wait_for(lambda: os.path.exists(path), "the notification service")
        return path

    def see_window_managed(self):
        """Until a window of ours was shown: what is mapped while the window manager comes up may never be."""
        from Xlib import X
        window = self.root.create_window(0, 0, 10, 10, 0, self.x.screen().root_depth)

        def is_shown():
            if window.get_attributes().map_state == X.IsViewable:
                return True
            window.map()
            return False

        wait_for(is_shown, "the window manager to show a window")
        window.destroy()
        self.x.sync()

    def window_manager_is_there(self):
        atom = self.x.intern_atom("_NET_SUPPORTING_WM_CHECK")
        return self.root.get_full_property(atom, 0) is not None

    def stop(self):
        for process in reversed(self.processes):
            process.terminate()
        for process in reversed(self.processes):
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.home, ignore_errors=True)

    # --- looking -------------------------------------------------------------------------------

    def pixels(self, x=0, y=0, width=None, height=None):
        """Rows of B, G, R, x; of the whole screen, unless it is said which."""
        from Xlib import X
        return self.root.get_image(x, y, width or self.size[0], height or self.size[1], X.ZPixmap, 0xffffffff).data

    def pixel(self, x, y):
        b, g, r = self.pixels(x, y, 1, 1)[:3]
        return r, g, b

    def save_picture(self, path, x=0, y=0, width=None, height=None):
        width, height = width or self.size[0], height or self.size[1]
        data = self.pixels(x, y, width, height)
        rgb = bytearray(width * height * 3)
        rgb[0::3], rgb[1::3], rgb[2::3] = data[2::4], data[1::4], data[0::4]
        stride = width * 3
        rows = b"".join(b"\0" + bytes(rgb[i * stride:(i + 1) * stride]) for i in range(height))
        with open(path, "wb") as f:
            f.write(b"\x89PNG\r\n\x1a\n")
            for kind, body in ((b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
                               (b"IDAT", zlib.compress(rows, 6)), (b"IEND", b"")):
                f.write(struct.pack(">I", len(body)) + kind + body)
                f.write(struct.pack(">I", zlib.crc32(kind + body)))


def start():
    need_programs()
    desktop = Desktop()
    try:
        return desktop.start()
    except BaseException:
        desktop.stop()
        raise
