#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks check: each must find a fault that is planted in a tree of one file, and
must find none in a tree without fault.  Prints TAP.

usage: self-test.py CC
"""
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
C = "/* SPDX-License-Identifier: GPL-3.0-or-later */\n"

# check, file, text behind the licence line, what it must say (None: no fault)
TREES = [
    ("layering", "l2tp/a.c", '#include "base/buf.h"\n#include "l2tp/b.h"\n', None),
    ("layering", "l2tp/a.c", '#include "ppp/ppp.h"\n', 'l2tp may not include "ppp/ppp.h"'),
    ("layering", "l2tp/a.c", '#include "cli/cli.h"\n', "may not include"),
    ("layering", "l2tp/cmd.c", '#include "cli/cli.h"\n#include "rp/rp.h"\n', None),
    ("layering", "base/a.c", '#include "chassis/ring.h"\n', "may not include"),
    ("layering", "base/a.c", '#include "a.h"\n', "not a header of a module"),
    ("layering", "fp/a.c", '#include "l2tp/wire.h"\n#include "chassis/ring.h"\n', None),
    ("layering", "fp/a.c", '#include "l2tp/l2tp.h"\n', "may not include"),
    ("layering", "fp/a.c", '#include "rp/rp.h"\n', "may not include"),
    ("layering", "l2tp/wire.c", '#include "l2tp/l2tp.h"\n', "may not include"),
    ("layering", "l2tp/avp.c", '#include "l2tp/wire.h"\n', None),
    ("layering", "rp/a.c", '#include "l2tp/internal.h"\n', "may not include"),
    ("layering", "l2tp/a.c", '#include "l2tp/internal.h"\n', None),
    ("layering", "spa/a.c", '#include "chassis/ring.h"\n', None),
    ("layering", "spa/a.c", '#include "fp/fp.h"\n', "may not include"),
    ("layering", "scenarios/engine/a.c", '#include "vpdn/vpdn.h"\n', None),
    ("layering", "scenarios/engine/a.c", '#include "rp/rp.h"\n', "may not include"),
    ("layering", "vpdn/a.c", "#include <pthread.h>\n", "must not know <pthread.h>"),
    ("layering", "l2tp/a.c", "\tt = time(NULL);\n", "reads the clock"),
    ("layering", "chassis/conductor.c", "\tclock_gettime(CLOCK_MONOTONIC, &t);\n", None),
    ("notes", "a.c", "int a;\n", None),
    ("notes", "a.c", "/* " + "TODO: more */\n", "unfinished"),
    ("notes", "a.c", "/* a " + "stub */\n", "unfinished"),
    ("notes", "a.c", "\tatoi(s);\n", "atoi is not used here"),
    ("notes", "a.c", '#define D "/' + 'work/x"\n', "path of one machine"),
    ("notes", "README.md", "in /" + "home/me\n", "path of one machine"),
    ("notes", "a.c", "\n" * 1000, "more than 1000 lines"),
    ("notes", "a.c", None, "licence line is missing"),
    ("globals", "a.c", "extern const int a;\nconst int a = 1;\n", None),
    ("globals", "a.c", "int counter;\n", "counter (.bss)"),
    ("globals", "a.c", "int counter = 1;\n", "counter (.data)"),
    ("globals", "a.c", "int f(void);\nint f(void) { static int n; return n++; }\n",
     "(.bss)"),
    ("globals", "a.c", "extern int rules_off;\nint f(void);\nint f(void) { return rules_off; }\n",
     "can be switched off"),
    ("globals", "a.c", 'extern const char *const t[];\nconst char *const t[] = {"a"};\n',
     None),
]


def run(check, root, file, cc):
    if check != "globals":
        command = [sys.executable, HERE / f"{check}.py", root]
    else:
        lib = root / "a.a"
        subprocess.run([cc, "-fPIC", "-c", file, "-o", root / "a.o"], check=True)
        subprocess.run(["ar", "rc", lib, root / "a.o"], check=True)
        command = [HERE / "globals.sh", "plain", lib]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def holds(check, name, text, expected, cc):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("int a;\n" if text is None else C + text)
        done = run(check, root, file, cc)
    if expected is None:
        good = done.returncode == 0
    else:
        good = done.returncode == 1 and expected in done.stdout
    if not good:
        print(f"# exit {done.returncode}: {done.stdout}{done.stderr}".replace("\n", "\n# "))
    return good


def main():
    print(f"1..{len(TREES)}")
    for number, tree in enumerate(TREES, 1):
        result = "ok" if holds(*tree, sys.argv[1]) else "not ok"
        print(f"{result} {number} {tree[0]} {tree[1]}: {tree[3] or 'no fault'}")


main()
