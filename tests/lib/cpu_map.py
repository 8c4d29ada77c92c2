# SPDX-License-Identifier: GPL-2.0-or-later
"""libvirt's names of processors and their features, for tests: what they stand for in CPUID."""

import functools
import os
import xml.etree.ElementTree as ElementTree

FOLDER = "/usr/share/libvirt/cpu_map"


def _number(element, attribute):
    return int(element.get(attribute, "0"), 0)


@functools.cache
def _read(name):
    return ElementTree.parse(os.path.join(FOLDER, name)).getroot()


def place(name):
    """(leaf, subleaf, EAX, EBX, ECX, EDX) of a feature; zeros for what is no feature of CPUID."""
    cpuid = _read("x86_features.xml").find("feature[@name='%s']/cpuid" % name)
    if cpuid is None:
        return (0,) * 6
    return tuple(_number(cpuid, key) for key in ("eax_in", "ecx_in", "eax", "ebx", "ecx", "edx"))


class Model:
    """VENDOR and SIGNATURE as CPUID says them; "" and 0 for none.  FEATURES are names, those of MSRs left out."""

    def __init__(self, name):
        model = _read("x86_%s.xml" % name).find("model[@name='%s']" % name)
        vendor, signature = model.find("vendor"), model.find("signature")
        self.vendor = "" if vendor is None else _read("x86_vendors.xml").find(
            "vendor[@name='%s']" % vendor.get("name")).get("string")
        self.family = 0 if signature is None else _number(signature, "family")
        self.model = 0 if signature is None else _number(signature, "model")
        self.features = [feature.get("name") for feature in model.findall("feature")
                         if feature.get("removed") != "yes" and any(place(feature.get("name")))]

    @property
    def signature(self):
        low = min(self.family, 15)
        return (self.family - low) << 20 | (self.model >> 4) << 16 | low << 8 | (self.model & 15) << 4
