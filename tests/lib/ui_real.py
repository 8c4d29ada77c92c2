# SPDX-License-Identifier: GPL-2.0-or-later
"""For UI tests on machines of this computer's own: the application as it is started, and vitrinectl beside it."""

import os
import subprocess
import uuid

import host
import ui
import ui_app
from ui import check, place, wait_for

CTL = os.path.join(host.BUILD, "src/cli/vitrinectl")


class RealApp(ui_app.App):
    """The application with the machines of this computer."""

    def command(self, *arguments):
        return [ui_app.VITRINE, *arguments]


def ctl(*arguments, timeout=60):
    result = subprocess.run([CTL, *arguments], env=ui.desktop.env, stdin=subprocess.DEVNULL, capture_output=True,
                            text=True, timeout=timeout)
    check(result.returncode == 0, "vitrinectl %s: %s" % (" ".join(arguments), result.stderr))
    return result.stdout


DISK = """<disk type="file" device="disk"><driver name="qemu" type="qcow2"/><source file="%s"/>
<target dev="vda" bus="virtio"/></disk>"""
DEFINITION = """<domain type="kvm"><name>%s</name><uuid>%s</uuid><memory unit="MiB">64</memory><vcpu>1</vcpu>
<os><type arch="x86_64" machine="q35">hvm</type></os><devices>%s</devices></domain>
"""


def define(name, disk=None, machine_id=None):
    """A machine of this computer's own, for whose making no KVM is needed; DISK is the path of its qcow2 image."""
    device = DISK % disk if disk else ""
    ctl("define", ui.file("%s.xml" % name, (DEFINITION % (name, machine_id or uuid.uuid4(), device)).encode()))


def end_machine(name):
    """Whatever failed, it does not go on running."""
    subprocess.run([CTL, "poweroff", name], env=ui.desktop.env, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)


def show_pixel_by_pixel(window, name, display_place, width, height, timeout):
    """Makes WINDOW, whose title is NAME, so large that a pixel of the guest's WIDTH × HEIGHT is one of the screen's."""
    def fits():
        _, _, inner_width, inner_height = display_place()
        if (inner_width, inner_height) == (width, height):
            return True
        _, _, outer_width, outer_height = place(window)
        number = subprocess.run(["xdotool", "search", "--onlyvisible", "--name", "^%s$" % name], env=ui.desktop.env,
                                capture_output=True, text=True).stdout.split()
        check(number, "xdotool does not find the window")
        subprocess.run(["xdotool", "windowsize", "--sync", number[0], str(outer_width + width - inner_width),
                        str(outer_height + height - inner_height)], env=ui.desktop.env, timeout=20)
        return False
    wait_for(fits, "a display of %d × %d pixels" % (width, height), timeout)
