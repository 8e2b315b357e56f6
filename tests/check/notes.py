#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must not be left in the tree: notes to ourselves, files without a licence line,
paths of one machine, functions that we do not use, files that grew too long.

usage: notes.py ROOT
"""
import pathlib
import re
import subprocess
import sys

LINES_MAX = 1000
NOTES = re.compile(r"\b(TODO|FIXME|XXX|HACK|[Ss]tub(s|bed)?)\b")
BANNED = re.compile(r"\b(strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|alloca|gets|rand)"
                    r"\s*\(")
MACHINE = re.compile(r"(?<![\w./-])/(work|root|home)(?![\w-])")
SPDX = "SPDX-License-Identifier: GPL-3.0-or-later"
DATA = ("tests/fuzz/corpus/", "tests/golden/", "LICENSE")


def files_of(root):
    """Files in git or about to be; all files where there is no git."""
    git = ["git", "-C", root, "ls-files", "-z", "--cached", "--others",
           "--exclude-standard"]
    try:
        done = subprocess.run(git, capture_output=True, check=True, text=True)
        names = done.stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):
        names = [f.relative_to(root).as_posix() for f in root.rglob("*")]
    return sorted(n for n in names if n and (root / n).is_file()
                  and not n.startswith(DATA))


def faults_in(name, text):
    lines = text.split("\n")
    is_c = name.endswith((".c", ".h"))
    is_script = text.startswith("#!") or name.endswith((".py", ".sh"))
    if (is_c or is_script) and not any(SPDX in line for line in lines[:2]):
        yield f"{name}:1: the licence line is missing"
    if (is_c or is_script) and len(lines) > LINES_MAX:
        yield f"{name}:{LINES_MAX}: more than {LINES_MAX} lines"
    for number, line in enumerate(lines, 1):
        if is_c and (found := NOTES.search(line)):
            yield f"{name}:{number}: unfinished: {found[0]}"
        if is_c and (found := BANNED.search(line)):
            yield f"{name}:{number}: {found[1]} is not used here"
        if found := MACHINE.search(line):
            yield f"{name}:{number}: path of one machine: {found[0]}"


def main():
    if len(sys.argv) != 2 or sys.argv[1] == "--help":
        print(__doc__)
        return 2
    root = pathlib.Path(sys.argv[1])
    faults, count = [], 0
    for name in files_of(root):
        data = (root / name).read_bytes()
        if b"\0" in data:
            continue
        count += 1
        faults += faults_in(name, data.decode(errors="replace"))
    print("\n".join(faults + [f"{count} files, {len(faults)} faults"]))
    return 1 if faults or not count else 0


sys.exit(main())
