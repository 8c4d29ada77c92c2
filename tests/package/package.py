#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The Debian package: it is built from the tree, Debian's own checker has nothing to say of it, and on a bare system
that installs it the window opens and machines are made.  As root, for it makes that system (mmdebstrap)."""

import glob
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
from tap import check, main, skip_all, test

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
RELEASE = "bookworm"
for program in ("dpkg-buildpackage", "dh", "lintian", "mmdebstrap"):
    if not shutil.which(program):
        skip_all("%s is not installed" % program)
if not os.path.exists("/dev/kvm"):
    skip_all("there is no /dev/kvm")
if os.getuid() != 0:
    skip_all("a system to install on is made by root")

work = tempfile.mkdtemp(prefix="vitrine-package-", dir="/tmp")


def run(*words, status=0, **options):
    result = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True, **options)
    check(result.returncode == status, "%s: status %d: %s" % (words[0], result.returncode, result.stdout[-3000:]))
    return result.stdout


def the_file(pattern):
    found = [path for path in glob.glob(os.path.join(work, pattern)) if "dbgsym" not in path]
    check(len(found) == 1, "%s: %s" % (pattern, found))
    return found[0]


@test("/package/it-is-built-from-the-tree")
def build():
    tree = os.path.join(work, "vitrine")
    # What is under version control and nothing that was built beside it.
    files = run("git", "-C", ROOT, "ls-files", "-z", "-co", "--exclude-standard").split("\0")
    for name in filter(None, files):
        if os.path.exists(os.path.join(ROOT, name)):
            os.makedirs(os.path.dirname(os.path.join(tree, name)), exist_ok=True)
            shutil.copy2(os.path.join(ROOT, name), os.path.join(tree, name))
    run("dpkg-buildpackage", "-us", "-uc", cwd=tree)
    print("# %d KiB" % (os.path.getsize(the_file("vitrine_*.deb")) >> 10))


@test("/package/lintian-has-nothing-to-say")
def lintian():
    said = run("lintian", "--allow-root", "--fail-on", "error,warning", the_file("vitrine_*.changes"))
    check(not said.strip(), said)


@test("/package/on-a-bare-system-it-installs-opens-its-window-and-makes-machines")
def install():
    mirror = run("sh", "-c", "apt-get indextargets --format '$(SITE) $(RELEASE)' 'Created-By: Packages' | "
                             "awk '$2 == \"%s\" { print $1; exit }'" % RELEASE).strip()
    hooks = ["copy-in '%s' '%s' /root" % (the_file("vitrine_*.deb"), os.path.join(HERE, "inside")),
             "chroot \"$1\" sh -c 'apt-get install -y --no-install-recommends /root/vitrine_*.deb'",
             "chroot \"$1\" useradd --create-home user",
             "mknod -m 666 \"$1/dev/kvm\" c 10 232",
             "chroot \"$1\" install -d -m 700 -o user /run/user-test",
             "chroot \"$1\" install -m 755 /root/inside /usr/local/bin/inside",
             "chroot \"$1\" su user -c inside"]
    said = run("mmdebstrap", "--variant=minbase", "--format=null", "--components=main",
               "--include=xvfb,xauth,xdotool,dbus-daemon,ca-certificates",
               *["--customize-hook=" + hook for hook in hooks], RELEASE, "/dev/null", *([mirror] if mirror else []))
    for words in ("vitrine 0", "vitrinectl 0", "\none\n", "window Vitrine", "machines left: 0", "one is running"):
        check(words in said, "it did not say %r: %s" % (words, said[-2000:]))


main(lambda: shutil.rmtree(work, ignore_errors=True))
