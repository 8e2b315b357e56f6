#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the examples of docs/scenario-language.md, and looks whether it names everything.

usage: examples.py TWINRP docs/scenario-language.md

A block that begins with ```scn is a whole scenario.  The lines of ```scn steps are put behind
the first scenario's calls, each block in a run of its own.
"""
import re
import subprocess
import sys

BLOCK = re.compile(r"^```scn( steps)?\n(.*?)^```$", re.M | re.S)


def main():
    program, path = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        text = file.read()
    blocks = BLOCK.findall(text)
    whole = [body for steps, body in blocks if not steps]
    start = whole[0].split('section "The pull"')[0]
    number = failed = 0

    def point(good, name, why=""):
        nonlocal number, failed
        number += 1
        failed += not good
        print("%s %d - %s" % ("ok" if good else "not ok", number, name))
        if not good:
            print("".join("# %s\n" % line for line in why.split("\n")), end="")

    for steps, body in blocks:
        script = start + body if steps else body
        answer = subprocess.run([program, "run", "--batch", "-"], input=script, text=True,
                                capture_output=True, timeout=120)
        point(answer.returncode == 0, body.split("\n")[0].replace("#", ""),
              "exit %d\n%s" % (answer.returncode, answer.stderr[-3000:]))
    # What a typo is offered are all words that a line can begin with; help has the typed ones.
    answer = subprocess.run([program, "run", "--batch", "-"], input="scenario 1\nhelp\n", text=True,
                            capture_output=True, timeout=60)
    point(answer.returncode == 2, "help is for consoles", answer.stderr)
    with open(sys.argv[2].replace("docs/scenario-language.md", "scenarios/engine/script.c"),
              encoding="ascii") as file:
        verbs = re.findall(r"^\t\[SCRIPT_\w+\] *= \{ \"(\w+)\", +F\b", file.read(), re.M)
    examples = "\n".join(body for steps, body in blocks)
    for verb in verbs:
        point(re.search(r"^ *%s\b" % verb, examples, re.M) or "`%s " % verb in text,
              "the page has " + verb)
    point(len(verbs) > 30, "there are verbs")
    print("1..%d" % number)
    return 1 if failed else 0


sys.exit(main())
