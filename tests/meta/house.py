#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The house rules that no compiler checks: layering, licence tags, sizes, names in DESIGN.md."""

import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
from host import ROOT
from tap import check, main, test

os.chdir(ROOT)


def tracked(*patterns):
    out = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
                         check=True, capture_output=True, text=True).stdout
    return [p for p in out.splitlines() if os.path.isfile(p)]


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def includes(path, ours_only=False):
    """Names in #include lines; ours are between quotes, the system's between angle brackets."""
    marks = ('"', '"') if ours_only else ('[<"]', '[>"]')
    return re.findall(r'^\s*#\s*include\s+%s([^>"]+)%s' % marks, read(path), re.MULTILINE)


SOURCES = tracked("src/*.c", "src/*.h")
HEADERS = {}  # header name -> folders below src that have one of that name
for source in SOURCES:
    if source.endswith(".h"):
        HEADERS.setdefault(os.path.basename(source), set()).add(os.path.dirname(source)[4:])

# Folder (the longest prefix counts) -> folders below src whose headers it may include.
CORE_FOR_BACKENDS = {"loop.h"}
MAY = {
    "base": ["base"],
    "vmm/core": ["base", "vmm/core"],
    "vmm/x86": ["base", "vmm/core", "vmm/x86"],
    "vmm/block": ["base", "vmm/core", "vmm/block"],
    "vmm/chardev": ["base", "vmm/core", "vmm/chardev"],
    "vmm/display": ["base", "vmm/core", "vmm/display"],
    "vmm/net": ["base", "vmm/core", "vmm/net"],
    "vmm/devices": ["base", "vmm/core", "vmm/block", "vmm/chardev", "vmm/display", "vmm/net",
                    "vmm/devices", "vmm/devices/virtio"],
    "vmm/machine": ["base", "vmm/core", "vmm/x86", "vmm/block", "vmm/chardev", "vmm/display",
                    "vmm/net", "vmm/devices", "vmm/devices/virtio", "vmm/machine"],
    "vmm": ["base", "vmm/core", "vmm/display", "vmm/machine", "vmm"],
    "host": ["host"],
    "net-helper": ["base", "net-helper"],
    "net-client": ["base", "net-client", "libvitrine", "definition"],
    "image": ["base", "image", "libvitrine", "definition"],
    "volume": ["base", "volume", "libvitrine"],
    "definition": ["definition", "libvitrine"],
    "keeper": ["base", "host", "net-client", "image", "definition", "keeper", "libvitrine"],
    "remote": ["base", "remote"],
    "ssh": ["base", "ssh", "libvitrine"],
    "libvitrine": ["libvitrine", "definition", "base"],
    "libvitrine/engines/native": ["libvitrine", "libvitrine/engines/native", "base", "host", "net-client", "image", "volume", "definition"],
    "libvitrine/engines/libvirt": ["libvitrine", "libvitrine/engines/libvirt"],
    "libvitrine/engines/fake": ["libvitrine", "libvitrine/engines/fake", "definition"],
    "app": ["app", "app/display", "libvitrine"],
    "app/modules": ["app/display"],
    "cli": ["cli", "libvitrine"],
}
# Of libvitrine only this much outside it.
PUBLIC = {"app": {"vitrine.h"}, "cli": {"vitrine.h"},
          "definition": {"vitrine-error.h"}, "net-client": {"vitrine-error.h"},
          "image": {"vitrine-error.h", "vitrine-refuse.h"}, "volume": {"vitrine-error.h", "vitrine-refuse.h"},
          "keeper": {"vitrine-error.h", "vitrine-refuse.h", "vitrine-language.h"}, "ssh": {"vitrine-language.h"}}


def rule_for(folder):
    while folder not in MAY:
        folder = os.path.dirname(folder)
    return folder


@test("/meta/layering/includes-go-down-only")
def layering():
    wrong = []
    for path in SOURCES:
        folder = os.path.dirname(path)[4:]
        rule = rule_for(folder)
        for name in includes(path, ours_only=True):
            if ".." in name:
                wrong.append("%s includes %s by a relative path" % (path, name))
            owners = HEADERS.get(name)
            if not owners or folder in owners:
                continue
            if not any(owner in MAY[rule] for owner in owners):
                wrong.append("%s includes %s of %s" % (path, name, sorted(owners)))
            elif owners == {"libvitrine"} and rule in PUBLIC and name not in PUBLIC[rule]:
                wrong.append("%s includes %s, which is not public" % (path, name))
    check(not wrong, "\n".join(wrong))


@test("/meta/layering/backends-see-the-loop-of-core-and-no-guest-memory")
def backends():
    wrong = ["%s includes %s" % (p, n) for p in SOURCES
             if p.startswith(("src/vmm/block/", "src/vmm/chardev/", "src/vmm/display/",
                              "src/vmm/net/"))
             for n in includes(p)
             if HEADERS.get(n) == {"vmm/core"} and n not in CORE_FOR_BACKENDS]
    check(not wrong, "\n".join(wrong))


@test("/meta/layering/devices-do-not-include-each-other")
def devices():
    families = [{"ahci", "ata", "atapi"}, {"atapi", "scsi"}, {"vga"}, {"i8042", "ps2"}, {"rtl8139", "ethernet"}, {"e1000e", "ethernet"}, {"usb", "xhci"}, {"virtio", "queue", "transport", "blk", "gpu", "rng", "scsi"}, {"virtio", "vhost"}, {"balloon", "transport"}, {"console", "transport"}]
    made_of_two = ("src/vmm/devices/virtio-vga.c", "src/vmm/devices/virtio-vga.h")
    wrong = []
    for path in SOURCES:
        if not path.startswith("src/vmm/devices/") or path in made_of_two:
            continue
        own = re.split(r"[-.]", os.path.basename(path))[0]
        for name in includes(path):
            other = re.split(r"[-.]", name)[0]
            if not HEADERS.get(name, set()) & {"vmm/devices", "vmm/devices/virtio"} or own == other:
                continue
            if not any(own in f and other in f for f in families):
                wrong.append("%s includes %s" % (path, name))
    check(not wrong, "\n".join(wrong))


@test("/meta/layering/no-glib-in-vmm-and-base")
def no_glib():
    wrong = [p for p in SOURCES if p.startswith(("src/vmm/", "src/base/", "src/remote/", "src/net-helper/"))
             and any(re.match(r"(glib|gio|gobject)", n) for n in includes(p))]
    check(not wrong, "\n".join(wrong))


@test("/meta/layering/kvm-is-seen-by-core-x86-and-host-only")
def kvm():
    wrong = [p for p in SOURCES if not p.startswith(("src/vmm/core/", "src/vmm/x86/", "src/host/"))
             and ("linux/kvm.h" in includes(p) or "kvm-private.h" in includes(p))]
    check(not wrong, "\n".join(wrong))


@test("/meta/layering/no-engine-library-in-app-and-cli")
def no_engine():
    wrong = [p for p in SOURCES if p.startswith(("src/app/", "src/cli/"))
             and any(n.startswith("libvirt") for n in includes(p))]
    check(not wrong, "\n".join(wrong))


@test("/meta/layering/libvirt-is-seen-by-its-engine-alone-and-what-reads-its-xml-by-definition-too")
def libvirt():
    wrong = ["%s includes %s" % (p, n) for p in SOURCES for n in includes(p)
             if re.match(r"libvirt(-glib|-gobject)?/", n) and not p.startswith("src/libvitrine/engines/libvirt/")]
    wrong += [p for p in SOURCES if any(n.startswith("libvirt-gconfig/") for n in includes(p))
              and not p.startswith("src/definition/")]
    check(not wrong, "\n".join(wrong))


@test("/meta/layering/modules-alone-see-their-libraries-and-of-the-app-their-interface")
def modules():
    family = {"app-module.h", "app-display.h", "app-emulator.h", "app-tray-icon.h", "config.h"}
    wrong = []
    for path in SOURCES:
        for name in includes(path):
            module = path.startswith("src/app/modules/")
            if not module and name.startswith(("gtk-vnc", "libdbusmenu", "vnc", "vte/")) and not HEADERS.get(name):
                wrong.append("%s includes %s" % (path, name))
            if module and name.startswith("app-") and name not in family:
                wrong.append("%s includes %s" % (path, name))
    check(not wrong, "\n".join(wrong))


@test("/meta/layering/one-file-knows-the-keyring")
def keyring():
    wrong = [p for p in SOURCES if any(n.startswith("libsecret/") for n in includes(p)) and p != "src/app/app-keyring.c"]
    check(not wrong, "\n".join(wrong))


@test("/meta/layering/one-file-of-libvitrine-knows-that-definitions-are-a-module")
def definition_module():
    wrong = [p for p in SOURCES if "definition-module.h" in includes(p)
             and not p.startswith("src/definition/definition-module.") and p != "src/libvitrine/vitrine-definition.c"]
    # What libvitrine links without the module must not need the module's libraries.
    wrong += [p for p in ("src/definition/definition.c", "src/definition/definition-value.c")
              if re.search(r"\b(?:xml[A-Z]|gvir_)\w* \(", read(p))]
    check(not wrong, "\n".join(wrong))


@test("/meta/process/only-main-ends-the-vmm")
def only_main_exits():
    wrong = ["%s: %s" % (p, found) for p in SOURCES
             if p.startswith(("src/vmm/", "src/base/")) and p != "src/vmm/main.c"
             for found in re.findall(r"\b(?:exit|_exit|abort|quick_exit) \(", read(p))]
    check(not wrong, "\n".join(wrong))


@test("/meta/app/no-dialog-blocks")
def no_blocking_dialogs():
    wrong = [p for p in SOURCES if "gtk_dialog_run" in read(p)]
    check(not wrong, "\n".join(wrong))


@test("/meta/files/each-begins-with-its-licence")
def licences():
    # Of Debian's files these have a grammar without comments.
    exempt = re.compile(r"(^LICENSE|^debian/changelog|^debian/copyright|^debian/source/format|\.png|\.gitignore|\.editorconfig|LINGUAS|POTFILES\.in|\.clang-format|\.service\.in|\.md|\.po|\.pot|\.ui\.in)$")
    wrong = [p for p in tracked() if not exempt.search(p)
             and "SPDX-License-Identifier: GPL-2.0-or-later" not in "".join(read(p).splitlines(True)[:4])
             and not p.endswith(".metainfo.xml")]
    check(not wrong, "\n".join(wrong))


@test("/meta/files/none-is-longer-than-700-lines")
def file_sizes():
    wrong = ["%s: %d lines" % (p, n) for p in SOURCES for n in [read(p).count("\n")] if n > 700]
    check(not wrong, "\n".join(wrong))


@test("/meta/files/design-names-each-folder")
def design_names_folders():
    design = read("src/DESIGN.md")
    wrong = [d for d in sorted({os.path.dirname(p)[4:] for p in SOURCES}) if "`%s/`" % d not in design]
    check(not wrong, "src/DESIGN.md does not name: " + ", ".join(wrong))


@test("/meta/files/templates-pair-with-classes")
def templates():
    wrong = []
    for path in tracked("ui-glade/*.ui"):
        name = os.path.splitext(os.path.basename(path))[0]
        if "<template" in read(path) and not any(os.path.basename(s) == name + ".c" for s in SOURCES):
            wrong.append(path + " has no class")
    check(not wrong, "\n".join(wrong))


@test("/meta/files/translatable-sources-are-listed")
def potfiles():
    listed = {line for line in read("po/POTFILES.in").split("\n") if line and not line.startswith("#")}
    marked = [p for p in SOURCES if re.search(r'\b(N_|_|C_|ngettext) \("', read(p))]
    marked += [p for p in tracked("ui-glade/*.ui") if 'translatable="yes"' in read(p)]
    wrong = [p for p in marked if p not in listed] + [p for p in listed if not os.path.exists(p)]
    check(not wrong, "po/POTFILES.in and the tree differ: " + ", ".join(sorted(wrong)))


@test("/meta/files/tests-are-registered")
def registered():
    wrong = []
    for path in tracked("tests/unit/*.c", "tests/device/*.c", "tests/guest/*.py", "tests/ui/*.py", "tests/meta/*.py"):
        folder = os.path.dirname(path)
        name = os.path.basename(path)
        stem = os.path.splitext(name)[0]
        text = read(os.path.join(folder, "meson.build"))
        runs = "main (int argc" in read(path) or name.endswith(".py")
        parts = stem.split("-")
        words = [name] + ["-".join(parts[i:]) for i in range(len(parts))]
        if runs and not any("'%s'" % word in text for word in words):
            wrong.append(path)
    check(not wrong, "not in their meson.build: " + ", ".join(wrong))


@test("/meta/files/every-device-is-fuzzed")
def fuzzed():
    registered = read("tests/fuzz/meson.build")
    harnesses = [p for p in tracked("tests/fuzz/*.c")
                 if re.search(r"^FUZZ_HARNESS \(|^LLVMFuzzerTestOneInput \(", read(p), re.MULTILINE)]
    wrong = [p for p in harnesses if "'%s': " % os.path.basename(p)[:-2] not in registered]
    texts = [read(p) for p in tracked("tests/fuzz/*.c", "tests/fuzz/*.h")]
    for name in {n for text in texts for n in re.findall(r'#include "([a-z0-9-]+-fixture)\.h"', text)}:
        texts.append(read("tests/device/%s.c" % name))
    wrong += [c for c in re.findall(r"&(\w+_class),", read("src/vmm/machine/registry.c"))
              if not any(re.search(r"\b%s\b" % c, text) for text in texts)]
    check(not wrong, "no harness of tests/fuzz, or not in its meson.build: " + ", ".join(wrong))


@test("/meta/style/functions-fit-on-a-screen-and-a-half")
def function_lengths():
    wrong = []
    for path in SOURCES:
        if not path.endswith(".c"):
            continue
        start = None
        for number, line in enumerate(read(path).splitlines(), 1):
            if line == "{":
                start = number
            elif line == "}" and start:
                if number - start > 90:
                    wrong.append("%s:%d: %d lines" % (path, start, number - start))
                start = None
    check(not wrong, "\n".join(wrong))


main()
