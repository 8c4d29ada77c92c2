# SPDX-License-Identifier: GPL-2.0-or-later
"""A desktop computer's own services, the real ones, in the bed: system bus, udev, polkit, UDisks2, NetworkManager.

    services.start_bus()
    services.start_polkit(allow("ana", "org.vitrine.net-helper.tap"))
    ana = services.add_user("ana", "disk")
    home = machines.Home(user=ana)

Nothing of it stays: the bed's files are a layer above this machine's, and go with it.
"""

import os
import pwd
import signal
import subprocess

import host
import machines
from tap import check

PATIENCE = 180          # of an emulated host
POLICY = "/usr/share/polkit-1/actions/org.vitrine.net-helper.policy"
RULES = "/etc/polkit-1/rules.d/10-vitrine.rules"
running = {}            # name on the bus: the process that has it


def run(*argv, **options):
    return subprocess.run(argv, check=True, capture_output=True, text=True, **options).stdout


def log(name):
    return os.path.join(host.ARTIFACTS, name + ".log")


def start(name, *argv):
    """The daemon ARGV, which has NAME on the system bus when this returns."""
    with open(log(os.path.basename(argv[0])), "ab") as out:
        running[name] = machines.spawn(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    run("gdbus", "wait", "--system", "--timeout", str(PATIENCE), name)


def kill(name):
    """Ends the daemon that has NAME, as a crash would."""
    process = running.pop(name)
    process.send_signal(signal.SIGKILL)
    process.wait()


def start_bus():
    os.makedirs("/run/dbus", exist_ok=True)
    run("dbus-daemon", "--system", "--fork", "--nopidfile")


def start_udev():
    """Links, groups and properties of devices as everywhere; LVM leaves its own to it, too."""
    os.makedirs("/run/udev", exist_ok=True)
    if os.path.exists("/etc/lvm/lvmlocal.conf"):
        os.unlink("/etc/lvm/lvmlocal.conf")
    run("/lib/systemd/systemd-udevd", "--daemon")
    run("udevadm", "trigger")
    run("udevadm", "settle", "--timeout=%d" % PATIENCE)


# --- users and polkit -----------------------------------------------------------------------------

def add_user(name, *groups):
    """A user who may use KVM; NAME."""
    run("useradd", "-m", name, *(("-G", ",".join(groups)) if groups else ()))
    os.chmod("/dev/kvm", 0o666)
    folder = host.BUILD
    while folder != "/":    # whoever built this may have kept it to himself
        os.chmod(folder, os.stat(folder).st_mode | 0o055)
        folder = os.path.dirname(folder)
    return pwd.getpwnam(name).pw_name


def rule(user, action, answer):
    """A rule of polkit's that has ANSWER for USER where the action's name begins with ACTION."""
    return ('polkit.addRule(function(action, subject) {\n'
            '  if (action.id.indexOf("%s") == 0 && subject.user == "%s")\n    return polkit.Result.%s;\n});\n'
            % (action, user, answer))


def allow(user, action):
    return rule(user, action, "YES")


def deny(user, action):
    return rule(user, action, "NO")


def install_policy():
    """Our actions, for the program of this build."""
    with open(os.path.join(host.ROOT, "data/org.vitrine.net-helper.policy.in")) as f:
        text = f.read()
    with open(POLICY, "w") as f:
        f.write(text.replace("@libexecdir@", os.path.join(host.BUILD, "src/net-helper")))


def start_polkit(*rules):
    """polkit's daemon, anew if there is one, with RULES before Debian's own."""
    name = "org.freedesktop.PolicyKit1"
    if name in running:
        kill(name)
    install_policy()
    with open(RULES, "w") as f:
        f.write("".join(rules))
    start(name, "/usr/lib/polkit-1/polkitd")


# --- UDisks2 --------------------------------------------------------------------------------------

UDISKS = "org.freedesktop.UDisks2"


def start_udisks():
    # The bus starts one by itself for whoever asks.
    start(UDISKS, "/usr/libexec/udisks2/udisksd", "--replace")


# --- NetworkManager -------------------------------------------------------------------------------

NETWORK_MANAGER = "org.freedesktop.NetworkManager"


def start_network_manager(configuration, connections):
    """With CONFIGURATION as the only one, and CONNECTIONS (name: keyfile); returns when they are up."""
    for folder in "/etc/NetworkManager/conf.d", "/etc/NetworkManager/system-connections":
        for name in os.listdir(folder):
            os.unlink(os.path.join(folder, name))
    with open("/etc/NetworkManager/NetworkManager.conf", "w") as f:
        f.write(configuration)
    for name, text in connections.items():
        path = "/etc/NetworkManager/system-connections/%s.nmconnection" % name
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as f:
            f.write(text)
    resume_network_manager()


def resume_network_manager():
    start(NETWORK_MANAGER, "/usr/sbin/NetworkManager", "--no-daemon")
    run("nm-online", "-q", "-s", "-t", str(PATIENCE))


def devices():
    """name: (state, connection) of what NetworkManager knows."""
    rows = [line.split(":", 2) for line in run("nmcli", "-t", "-f", "DEVICE,STATE,CONNECTION", "device").splitlines()]
    check(rows, "NetworkManager knows no device")
    return {row[0]: (row[1], row[2]) for row in rows}
