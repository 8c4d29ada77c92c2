# SPDX-License-Identifier: GPL-2.0-or-later
"""What tests/guest/meson.build says of its programs, for tests of that."""

import os
import re

import host


def loops():
    """[(names of programs, how test() is called for each)]"""
    with open(os.path.join(host.ROOT, "tests/guest/meson.build")) as f:
        found = re.findall(r"^foreach name : \[([^]]*)\]\n  (test\(.*?)\nendforeach", f.read(), re.MULTILINE | re.DOTALL)
    return [(set(re.findall(r"'([a-z-]+)'", names)), call) for names, call in found]
