# SPDX-License-Identifier: GPL-2.0-or-later
"""Figures: what was measured of ours and of its peers, in turn, and the goals it is held against."""

import shutil
import statistics

OURS = "vitrine"


class Absent(Exception):
    """This cannot be measured here; the text says why."""


def need(*programs):
    """Absent where one of PROGRAMS is not installed."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        raise Absent("missing here: " + ", ".join(missing))


def spread(values):
    return {"median": round(statistics.median(values), 3), "min": round(min(values), 3),
            "max": round(max(values), 3), "runs": len(values)}


def words(samples):
    return ", ".join("%s %.3g" % sample for sample in samples.items())


class Figure:
    """One line of the report.  Less is better, always."""

    def __init__(self, name, what, unit):
        self.name, self.what, self.unit = name, what, unit
        self.samples = {}
        self.absent = {}
        self.goals = []
        self.details = {}

    def want(self, at_most, beside=None):
        """The goal: a ratio BESIDE a peer, or an amount.  Returns the figure."""
        self.goals.append((at_most, beside))
        return self

    def add(self, who, value):
        """A sample; the n-th of ours and the n-th of a peer make a pair."""
        self.samples.setdefault(who, []).append(value)

    def lacks(self, who, reason):
        """WHO cannot be measured on this host, or not by that name."""
        if who not in self.samples:
            self.absent[who] = reason

    def ratios(self, peer):
        """Pair by pair; none where the peer has a nought."""
        pairs = list(zip(self.samples.get(OURS, []), self.samples.get(peer, [])))
        return [] if any(b == 0 for _, b in pairs) else [a / b for a, b in pairs]

    def _goal(self, at_most, beside):
        values = self.ratios(beside) if beside else self.samples.get(OURS, [])
        value = round(statistics.median(values), 3) if values else None
        text = "at most %g %s" % (at_most, "of " + beside if beside else self.unit)
        return {"goal": text, "value": value, "reached": None if value is None else value <= at_most}

    def reached(self):
        """Whether all goals are; None where there is none, or one could not be measured."""
        verdicts = [self._goal(*goal)["reached"] for goal in self.goals]
        if False in verdicts:
            return False
        return None if not verdicts or None in verdicts else True

    def report(self):
        peers = {}
        for who, values in self.samples.items():
            if who != OURS:
                peers[who] = spread(values)
                if self.ratios(who):
                    peers[who]["ratio"] = spread(self.ratios(who))
        report = {"name": self.name, "what": self.what, "unit": self.unit,
                  OURS: spread(self.samples[OURS]) if OURS in self.samples else None,
                  "peers": peers, "goals": [self._goal(*goal) for goal in self.goals],
                  "reached": self.reached()}
        if self.absent:
            report["absent"] = self.absent
        if self.details:
            report["details"] = self.details
        return report
