#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/conformance.md and docs/bad-input.md are true as far as a program can tell.

usage: conformance.py ROOT BUILD   looks into both documents
       conformance.py --self-test  the rules below, on small examples

Each numbered section of the RFCs in sections.txt has exactly one row; each AVP, message and
attribute of the tables in the code has one too; so has each input of bad-input.txt.  A status
is one of STATUSES; where the RFC is not in sections.txt, it is marked unverified, since its text
was not at hand, but for what AT_HAND names.  What is done or partly done names a test, what is
not or partly done says why.

A test is named in code quotes: /path/of/a/case (or of several, up to a slash) of a test program
that is built, peers:GROUP/TEST, a scenario NAME.scn, or a test by its name in meson.
"""
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys

STATUSES = ("done", "partly", "not", "text")
UNVERIFIED = " (unverified)"
# RFCs that have rows by packet or attribute, whose texts were read.
AT_HAND = {1334, 1570, 1662, 1877, 1990, 2433, 2759, 2865, 2866, 2867, 2868, 2869, 3162, 5072,
           5176}
CODE = re.compile(r"`([^`]+)`")
# Kind of row, file, what its names look like there.
TABLES = (
    ("AVP", "l2tp/avp.c", r'^\t\[L2TP_ATTR_\w+\] *= \{ "([^"]+)"'),
    ("Message", "l2tp/message.c", r'^\t\{ L2TP_\w+, +"([^"]+)"'),
    ("Line AVP", "l2tp/line.c", r'^\t\[L2TP_LINE_\w+\] *= \{.*"([^"]+)" \},$'),
    ("Attribute", "vpdn/radius.c", r'^\t\{ (?:IETF|CISCO|MICROSOFT),.*"([^"]+)" \},$'),
    ("Pair", "vpdn/profile.c", r'^\t\{ "([a-z0-9-]+)", +F_\w+,'),
)


def rows_of(text):
    """(line, RFC or None, kind of row, cells) of each row of each table."""
    rfc, kind, before = None, None, ""
    for number, line in enumerate(text.splitlines(), 1):
        if heading := re.match(r"## (?:RFC (\d+))?", line):
            rfc = int(heading[1]) if heading[1] else None
        if not line.startswith("|"):
            kind = None
        elif re.fullmatch(r"[|\- ]+", line):
            kind = cells_of(before)[0]
        elif kind:
            yield number, rfc, kind, cells_of(line)
        before = line


def cells_of(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def sections_of(text):
    """{RFC: [sections]} of sections.txt."""
    found = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, numbers = line.split(":")
            found[int(name)] = numbers.split()
    return found


def inputs_of(text):
    """The ids of bad-input.txt: M1 M4-M7."""
    for word in re.sub(r"#.*", "", text).split():
        first, _, last = word.partition("-")
        for number in range(int(first[1:]), int((last or first)[1:]) + 1):
            yield f"{first[0]}{number}"


# ---- tests ----

def list_of(test):
    """Paths of one program's cases; None: it is not built."""
    if not os.access(test["cmd"][0], os.X_OK):
        return None
    done = subprocess.run([test["cmd"][0], "-l"], capture_output=True, text=True, timeout=60,
                          check=False, env=os.environ | test["env"])
    return re.findall(r"^/\S+", done.stdout, re.M)


class Tests:
    """What can be named as a test."""

    def __init__(self, root, build):
        tests = json.loads((build / "meson-info/intro-tests.json").read_text())
        glib = [t for t in tests if t["protocol"] == "tap" and "/test-" in t["cmd"][0]]
        self.names = {t["name"] for t in tests}
        self.paths, self.missing = set(), []
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for test, paths in zip(glib, pool.map(list_of, glib)):
                if paths is None:
                    self.missing.append(test["name"])
                self.paths.update(paths or [])
        self.parents = {path[:i] for path in self.paths for i in range(1, len(path))
                        if path[i] == "/"}
        self.scenarios = {f.name for f in (root / "scenarios").glob("*.scn")}
        listed = subprocess.run([root / "tests/peers/run", "--list"], capture_output=True,
                                text=True, check=True).stdout.split()
        self.peers = set(listed) | {name.split("/")[0] for name in listed}

    def has(self, name):
        if name.startswith("/"):
            return name in self.paths or name in self.parents
        if name.startswith("peers:"):
            return name[len("peers:"):] in self.peers
        return name in self.scenarios or name in self.names


# ---- the documents ----

def row_faults(rfc, status, why, tests, has, at_hand):
    plain = status.removesuffix(UNVERIFIED)
    named = CODE.findall(tests)
    if plain not in STATUSES:
        yield f"status {status!r} is none of {', '.join(STATUSES)}"
    if rfc and (status != plain) == (rfc in at_hand):
        yield "unverified is for RFCs whose text is not at hand, and for those"
    if plain in ("partly", "not") and not why:
        yield f"it is {plain} done and does not say why"
    if plain in ("done", "partly") and not named:
        yield f"it is {plain} done and names no test"
    if re.sub(r"[\s,]", "", CODE.sub("", tests)):
        yield f"only names of tests, in code quotes, stand under Test: {tests}"
    for name in named:
        if not has(name):
            yield f"there is no test {name}"


def conformance_faults(text, sections, has, tables):
    at_hand = AT_HAND | set(sections)
    seen = {}
    for number, rfc, kind, cells in rows_of(text):
        if len(cells) != 4:
            yield f"{number}: a row has four cells"
            continue
        name, status, why, tests = cells
        if kind == "Section":
            name = name.split(" ")[0]
        of = rfc if kind == "Section" else kind if kind in tables else f"RFC {rfc} {kind}"
        seen.setdefault((of, name), []).append(number)
        for fault in row_faults(rfc, status, why, tests, has, at_hand):
            yield f"{number}: {name}: {fault}"
    wanted = {(rfc, s) for rfc, numbers in sections.items() for s in numbers}
    wanted |= {(kind, name) for kind, names in tables.items() for name in names}
    for of, name in sorted(wanted - set(seen), key=str):
        yield f"{'RFC ' if isinstance(of, int) else ''}{of} {name} has no row"
    for (of, name), numbers in seen.items():
        if len(numbers) > 1:
            yield f"{numbers[1]}: {of} {name} has another row at line {numbers[0]}"
        checked = of in sections or of in tables
        if checked and (of, name) not in wanted:
            yield f"{numbers[0]}: there is no {of} {name}"


def input_faults(text, inputs, has):
    seen = []
    for number, _, _, cells in rows_of(text):
        if len(cells) != 4:
            yield f"{number}: a row has four cells"
            continue
        name, given, expected, tests = cells
        seen.append(name)
        if not given or not expected:
            yield f"{number}: {name}: what comes in, and what is expected?"
        for fault in row_faults(None, "done", "", tests, has, ()):
            yield f"{number}: {name}: {fault}"
    for name in inputs:
        if seen.count(name) != 1:
            yield f"{name} has {seen.count(name)} rows"
    for name in set(seen) - set(inputs):
        yield f"{name} is not in bad-input.txt"


def self_test():
    doc = ("# T\n| A | B |\n|---|---|\n| x | y |\n\n## RFC 7: seven\n\n"
           "| Section | Status | Why | Test |\n|---|---|---|---|\n{}\n\n"
           "| AVP | Status | Why | Test |\n|---|---|---|---|\n| Tie | done | | `/a/b` |\n")
    good = "| 1.1 One | done | | `/a/b`, `/a` |\n| 2 Two | not | no text | |"

    def faults(rows, at_hand=True):
        sections = {7: ["1.1", "2"]} if at_hand else {}
        text = doc.format(rows).replace("# T\n| A | B |\n|---|---|\n| x | y |\n", "")
        return list(conformance_faults(text, sections, {"/a/b", "/a"}.__contains__,
                                       {"AVP": ["Tie"]}))

    checks = [
        ("rows", [r[1:] for r in rows_of(doc.format(good))][0] == (None, "A", ["x", "y"])),
        ("sections", sections_of("# x\n12: 1 1.1\n") == {12: ["1", "1.1"]}),
        ("inputs", list(inputs_of("M1 M3-M5 # six M6\n")) == ["M1", "M3", "M4", "M5"]),
        ("good", not faults(good)),
        ("missing", len(faults(good.splitlines()[0])) == 1),
        ("twice", len(faults(good + "\n" + good.splitlines()[1])) == 1),
        ("strange section", len(faults(good + "\n| 3 | text | | |")) == 1),
        ("no test", len(faults(good.replace("`/a/b`, `/a`", ""))) == 1),
        ("no such test", len(faults(good.replace("`/a`", "`/c`"))) == 1),
        ("no reason", len(faults(good.replace("no text", ""))) == 1),
        ("status", len(faults(good.replace("not", "maybe"))) == 1),
        ("words", len(faults(good.replace("`/a`", "and"))) == 1),
        ("unverified", len(faults(good.replace("done", "done (unverified)"))) == 1),
        ("not marked", len(faults(good, False)) == 3),
        ("bad input", len(list(input_faults("| I | a | b | c |\n|--|--|--|--|\n"
                                            "| M1 | x | y | `/a` |\n| M2 | x | | `/b` |\n",
                                            ["M1", "M3"], "/a".__eq__))) == 4),
    ]
    for name, ok in checks:
        print(f"{'ok' if ok else 'WRONG'} {name}")
    return 0 if all(ok for _, ok in checks) else 1


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    if len(sys.argv) != 3:
        print(__doc__)
        return 2
    root, build = (pathlib.Path(a) for a in sys.argv[1:])
    here = root / "tests/check"
    tests = Tests(root, build)
    tables = {kind: re.findall(pattern, (root / file).read_text(), re.M)
              for kind, file, pattern in TABLES}
    faults = [f"{kind}: no names in {file}" for kind, file, _ in TABLES if not tables[kind]]
    for name, found in (
            ("conformance.md", lambda text: conformance_faults(
                text, sections_of((here / "sections.txt").read_text()), tests.has, tables)),
            ("bad-input.md", lambda text: input_faults(
                text, list(inputs_of((here / "bad-input.txt").read_text())), tests.has))):
        text = (root / "docs" / name).read_text()
        faults += [f"docs/{name}:{fault}" for fault in found(text)]
    print("\n".join(faults))
    if tests.missing:
        print("not built: " + " ".join(tests.missing))
    print(f"{len(tests.paths)} cases, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
