# SPDX-License-Identifier: GPL-2.0-or-later
"""Which languages Vitrine speaks, beside English."""

import os

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def spoken():
    with open(os.path.join(ROOT, "po/LINGUAS")) as f:
        return [line.strip() for line in f if line.strip() and not line.startswith("#")]
