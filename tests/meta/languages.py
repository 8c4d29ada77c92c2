#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every word that Vitrine says, in every language that it speaks."""

import functools
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/lib"))
import linguas
from tap import check, main, test

KEYWORDS = ["_", "N_", "C_:1c,2", "NC_:1c,2", "ngettext:1,2", "g_dngettext:2,3"]
MESSAGE = re.compile(r'^(msgctxt|msgid|msgid_plural|msgstr(?:\[\d\])?) "(.*)"$|^"(.*)"$')

os.chdir(ROOT)
LANGUAGES = linguas.spoken()
work = tempfile.TemporaryDirectory()
template = os.path.join(work.name, "vitrine.pot")


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def catalog(language):
    return "po/%s.po" % language


@functools.lru_cache(None)
def merged(language):
    """The catalog with what the sources say today, in the template's order."""
    return run("msgmerge", "--quiet", "--no-fuzzy-matching", "--output-file=-", catalog(language), template)


def messages(text):
    """{"msgid": …, "msgstr": …} of each message of a catalog, its texts as they are written there."""
    for block in text.split("\n\n"):
        fields, last = {}, None
        for line in block.split("\n"):
            match = MESSAGE.match(line)
            if match and match.group(1):
                last = match.group(1)
                fields[last] = match.group(2)
            elif match and last:
                fields[last] += match.group(3)
        if fields.get("msgid"):
            yield fields


def translations(language):
    """(English, translation) of each message, and of each form of a plural with the plural."""
    for fields in messages(merged(language)):
        english = fields.get("msgid_plural", fields["msgid"])
        for field, text in fields.items():
            if field.startswith("msgstr"):
                yield english, text


def check_each(language, is_wrong, what):
    wrong = ["“%s”: “%s”" % pair for pair in translations(language) if is_wrong(*pair)]
    check(not wrong, "%s: %s:\n%s" % (catalog(language), what, "\n".join(wrong[:20])))


def elements(text):
    return sorted(re.findall(r"</?[a-z]\w*[^<>]*>", text))


@test("/meta/languages/what-is-promised-is-there")
def promised():
    check({"es", "hr", "it", "pt_BR"} <= set(LANGUAGES), "po/LINGUAS says %s" % LANGUAGES)
    run("xgettext", "--from-code=UTF-8", "--add-comments", "--output=" + template, "--files-from=po/POTFILES.in",
        *["--keyword=" + keyword for keyword in KEYWORDS])


@test("/meta/languages/every-message-is-translated")
def complete():
    for language in LANGUAGES:
        missing = [english for english, text in translations(language) if not text]
        check(not missing, "%s lacks %d, such as: %s" % (catalog(language), len(missing), missing[:5]))
        fuzzy = run("msgattrib", "--only-fuzzy", "--no-obsolete", catalog(language))
        check(not list(messages(fuzzy)), "%s is unsure of:\n%s" % (catalog(language), fuzzy[-1000:]))


@test("/meta/languages/nothing-is-translated-that-nobody-says")
def no_more():
    for language in LANGUAGES:
        left = [line for line in merged(language).split("\n") if line.startswith("#~ msgid")]
        check(not left, "%s has %d of old, such as: %s" % (catalog(language), len(left), left[:5]))


@test("/meta/languages/what-is-filled-in-is-filled-in-everywhere")
def formats():
    for language in LANGUAGES:
        subprocess.run(["msgfmt", "--check", "--output-file=/dev/null", catalog(language)], check=True)


@test("/meta/languages/ends-are-the-same")
def ends():
    for language in LANGUAGES:
        for end in "…", "\\n", " ", ";", ":":
            check_each(language, lambda a, b: a.endswith(end) != b.endswith(end), "“%s” at the end" % end)
        check_each(language, lambda a, b: a.startswith(" ") != b.startswith(" "), "a space at the begin")


@test("/meta/languages/elements-and-options-stay-as-they-are")
def elements_stay():
    for language in LANGUAGES:
        check_each(language, lambda a, b: elements(a) != elements(b), "elements")
        check_each(language, lambda a, b: sorted(re.findall(r"--[a-z-]+", a)) != sorted(re.findall(r"--[a-z-]+", b)),
                   "options")


main()
