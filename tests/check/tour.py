#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README's tour, word for word, and what the documents name.

usage: tour.py ROOT TWINRP    runs the tour and looks into all documents
       tour.py --self-test    the rules below, on small examples

Blocks of README.md that begin with ```console are one session of bash, in a folder of its
own where `build` leads to the folder of TWINRP and `tests` to that of ROOT.  A line that
begins with "$ " is a command ("> ": its next line); what follows it is what it must print,
on either output, but for blanks at the ends of lines.  In that, <N> is any number, <T> a
date or time, <D> a date, and "..." on a line of its own any lines or none.

In README.md and docs/*.md, what looks like the path of a file or folder of ours must
exist, links too, and what looks like the path of a GLib test; the README must name every
folder.  The README or docs/*.1 must name whatever `--help` of twinrp and its words lists.
"""
import difflib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

SECONDS = 100
SKIPPED = 77
VARIES = {"<N>": r" *\d+", "<T>": r"[A-Za-z]{0,3} ?[\d-]*[ \d]*(?:\d\d:){2}\d\d(?:\.\d+)?",
          "<D>": r"[A-Z][a-z]{2} [A-Z][a-z]{2} +\d+ \d{4}"}
WITH_OPTIONS = ("run", "demo", "console", "operator")
SOURCE = (".c", ".h", ".py", ".md", ".cfg")
OF_CONFORMANCE = ("docs/conformance.md", "docs/bad-input.md")  # by the cases themselves
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.M | re.S)
FENCE = re.compile(r"^```.*?^```$", re.M | re.S)
LINK = re.compile(r"\]\(([^)#\s]+)")
CODE = re.compile(r"`([^`\n]+)`")
CASE = re.compile(r"(?<![\w./])/([a-z0-9]+)/([a-z0-9_-]+)/([\w/-]+)(?![\w/*-])")
PATH = re.compile(r"(?<![\w./<>:$=-])[\w.-]+(?:/[\w.*{},\[\]<>-]+)*/?(?![\w:(-])")


# ---- the tour ----

def steps_of(text):
    """[line, command, expected lines] of each command."""
    steps = []
    for block in BLOCK.finditer(text):
        first = text.count("\n", 0, block.start(1)) + 1
        for number, line in enumerate(block[1].splitlines(), first):
            if line.startswith("$ "):
                steps.append([number, line[2:], []])
            elif not steps or number == first:
                raise ValueError(f"README.md:{number}: a block begins with a command")
            elif line.startswith("> ") and not steps[-1][2]:
                steps[-1][1] += "\n" + line[2:]
            else:
                steps[-1][2].append(line.rstrip())
    return steps


def line_pattern(line):
    parts = re.split("(<[NTD]>)", line)
    return "".join(VARIES.get(part) or re.escape(part) for part in parts)


def matches(expected, printed):
    pattern = "".join(r"(?:.*\n)*?" if line == "..." else line_pattern(line) + r"\n"
                      for line in expected)
    return re.fullmatch(pattern, "".join(line + "\n" for line in printed)) is not None


def difference(expected, printed):
    """Both as a diff in which lines that match do not differ."""
    shown = []
    for line in printed:
        same = (e for e in expected if e != "..." and re.fullmatch(line_pattern(e), line))
        shown.append(next(same, line))
    return "\n".join(difflib.unified_diff(expected, shown, "README.md", "printed",
                                          lineterm="", n=99))


def run_session(commands, folder, env):
    """What each command printed, as lists of lines; and a fault or None."""
    mark = f"[tour {os.urandom(8).hex()}]"
    script = "".join(f"echo '{mark}'\n{command}\n" for command in commands)
    fault = None
    with tempfile.TemporaryFile() as output:
        shell = subprocess.Popen(["bash", "-c", script], cwd=folder, env=env,
                                 stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                 start_new_session=True)
        try:
            shell.wait(SECONDS)
        except subprocess.TimeoutExpired:
            fault = f"the tour took more than {SECONDS} s"
        try:
            os.killpg(shell.pid, signal.SIGKILL)
            fault = fault or "the tour has left processes behind"
        except ProcessLookupError:
            pass
        shell.wait()
        output.seek(0)
        printed = output.read().decode(errors="backslashreplace")
    parts = printed.split(mark + "\n")[1:]
    return [[line.rstrip() for line in p.splitlines()] for p in parts], fault


def tour_faults(root, twinrp):
    steps = steps_of((root / "README.md").read_text(encoding="utf-8"))
    if not steps:
        yield "README.md: there is no tour in it"
        return
    env = dict(os.environ, LC_ALL="C.UTF-8", TZ="UTC")
    env["PATH"] = f"{twinrp.parent}:{env['PATH']}"
    with tempfile.TemporaryDirectory(prefix="tour") as folder:
        os.symlink(twinrp.parent, f"{folder}/build")
        os.symlink(root / "tests", f"{folder}/tests")
        printed, fault = run_session([s[1] for s in steps], folder, env)
    for (number, command, expected), lines in zip(steps, printed):
        if not matches(expected, lines):
            yield (f"README.md:{number}: $ {command}\n"
                   f"printed something else:\n{difference(expected, lines)}")
    if len(printed) < len(steps):
        number, command = steps[len(printed)][:2]
        yield f"README.md:{number}: $ {command}\nwas not reached"
    if fault:
        yield f"README.md: {fault}"


# ---- what the documents name ----

def is_there(root, name):
    """Is there such a file?  Also `l2tp/chan` for l2tp/chan.c, chan.[ch], {a,b}.c."""
    braces = re.search(r"\{([^}]*)\}", name)
    if braces:
        return all(is_there(root, name[:braces.start()] + one + name[braces.end():])
                   for one in braces[1].split(","))
    name = name.rstrip("/.,")
    if name.endswith("[ch]"):
        return all(is_there(root, name[:-4] + one) for one in "ch")
    if "/" not in name:
        return any(root.glob(name)) or any(root.glob(f"[a-z.]*/**/{name}"))
    return any(any(root.glob(name + end)) for end in ("", ".c", ".h", ".py"))


def paths_in(text, top):
    """Words of code that look like paths of ours."""
    code = [m[0] for m in FENCE.finditer(text)]
    code += [m[1] for m in CODE.finditer(FENCE.sub("", text))]
    for piece in code:
        for word in PATH.findall(piece):
            if "<" in word or ">" in word:
                continue
            known = "/" in word and word.split("/")[0] in top
            if known or ("/" not in word and word.endswith(SOURCE)):
                yield word


def case_is_there(root, module, file, rest):
    """Does tests/MODULE/test-FILE.c have such a case?  Paths may be put together from words."""
    path = root / "tests" / module / f"test-{file}.c"
    if not path.is_file():
        return False
    text = path.read_text(encoding="utf-8")
    around = "".join(f.read_text(encoding="utf-8") for f in path.parent.glob("*.c"))
    return f"/{module}/{file}/{rest}\"" in text or all(
        f'"{word}"' in around or f"/{word}/%" in text for word in rest.split("/"))


def cases_in(root, text):
    """What looks like the path of a case of a folder of tests."""
    for code in CODE.findall(FENCE.sub("", text)):
        found = CASE.fullmatch(code)
        if found and (root / "tests" / found[1]).is_dir():
            yield found[0], found.groups()


def names_in(text, base, top):
    yield from paths_in(text, top)
    for target in LINK.findall(text):
        if "://" not in target:
            yield os.path.normpath(os.path.join(base, target))


def made_by(text):
    """Files that the tour makes itself."""
    commands = "\n".join(command for _, command, _ in steps_of(text))
    return set(re.findall(r"(?:>\s*|--state-file )([\w.-]+)", commands))


def document_faults(root, top):
    readme = (root / "README.md").read_text(encoding="utf-8")
    made = made_by(readme)
    for path in [root / "README.md", *sorted((root / "docs").glob("*.md"))]:
        name = path.relative_to(root).as_posix()
        text = path.read_text(encoding="utf-8")
        for word in sorted(set(names_in(text, os.path.dirname(name), top))):
            if word not in made and not is_there(root, word):
                yield f"{name}: there is no {word}"
        for case, parts in cases_in(root, text) if name not in OF_CONFORMANCE else ():
            if not case_is_there(root, *parts):
                yield f"{name}: there is no test {case}"
    for folder in sorted(f for f in top if (root / f).is_dir() and f[0] != "."):
        if f"`{folder}/" not in readme:
            yield f"README.md: the folder {folder}/ is not in it"


def help_of(twinrp, *words):
    return subprocess.run([twinrp, *words, "--help"], capture_output=True, text=True,
                          check=True, env=dict(os.environ, LC_ALL="C.UTF-8")).stdout


def help_faults(root, twinrp):
    shown = help_of(twinrp)
    text = (root / "README.md").read_text(encoding="utf-8")
    for page in sorted((root / "docs").glob("*.[1-8]")):
        text += page.read_text(encoding="utf-8").replace("\\-", "-")
    wanted = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", shown))
    words = re.findall(r"^  twinrp ([a-z]+)\b", shown, re.M)
    for word in WITH_OPTIONS:
        wanted |= set(re.findall(r"^  (--[a-z-]+)", help_of(twinrp, word), re.M))
    wanted |= {f"twinrp {w}" for w in words}
    if "--config" not in wanted:
        yield "twinrp --help lists no options that this check can read"
    for word in sorted(wanted):
        if not re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text):
            yield f"README.md: {word} of twinrp --help is not in it"


def top_of(root):
    """Files and folders at the top of the tree, without what builds and git put there."""
    return {f.name for f in root.iterdir()
            if f.name not in (".git", "build") and not f.name.startswith("build-")}


# ---- self-test ----

TOUR = """text
```console
$ echo a; sleep 0
a
$ printf 'x 12\\ny \\n'
x <N>
y
$ for i in 1 2 3; do
> echo line $i
> done
...
line 3
$ true
```
"""


def self_test():
    steps = steps_of(TOUR)
    with tempfile.TemporaryDirectory() as folder:
        printed, fault = run_session([s[1] for s in steps], folder, dict(os.environ))
        bad = run_session(["sleep 60 &", "echo (", "true"], folder, dict(os.environ))
        left = run_session(["sleep 60 &"], folder, dict(os.environ))
        (pathlib.Path(folder) / "fp").mkdir()
        (pathlib.Path(folder) / "fp/path.c").touch()
        root = pathlib.Path(folder)
        (root / "tests/fp").mkdir(parents=True)
        (root / "tests/fp/test-path.c").write_text(
            'add("/fp/path/one"); {"cut"}; {"by"}; add("/fp/path/way/%s/%s");')
        cases = [c for c, parts in cases_in(root, "`/fp/path/one` `/fp/path/one-more` "
                                            "`/fp/no/one` `/fp/path/way/cut` `/etc/fp/x` "
                                            "`/fp/path/way/not`")
                 if not case_is_there(root, *parts)]
        there = {n: is_there(root, n) for n in ("fp/path.c", "fp/path", "fp/", "path.c",
                                                "fp/no.c", "no.c", "fp/path.[ch]",
                                                "fp/{path,no}.c")}
    found = list(paths_in("`fp/a.c` `0/0/1` `tests/<m>/x.c`\n```\nfp/b x.d build/y z.h\n"
                          "```\n", {"fp", "tests"}))
    checks = [
        ("steps", [s[0] for s in steps] == [3, 5, 8, 13]),
        ("session", fault is None and len(printed) == 4),
        ("matches", all(matches(s[2], p) for s, p in zip(steps, printed))),
        ("another number of digits", matches(["a <N>"], ["a 123"])),
        ("times", all(matches(["<T>"], [t]) for t in (
            "Nov 24 21:20:02.113", "Nov  4 21:20:02.113", "2026-11-24 21:20:02",
            "00:00:01")) and not matches(["<T>"], ["12"])),
        ("a number in a column", matches(["[ <N>.<N> s]"], ["[   5.915 s]"])),
        ("no number", not matches(["a <N>"], ["a b"])),
        ("one line too many", not matches(["a"], ["a", "b"])),
        ("one line too few", not matches(["a", "b"], ["a"])),
        ("nothing expected", not matches([], ["a"]) and matches([], [])),
        ("any lines", matches(["a", "...", "b"], ["a", "b"]) and
         matches(["...", "b"], ["x", "y", "b"]) and not matches(["...", "b"], ["b", "x"])),
        ("dots in a line", not matches(["a.c"], ["abc"])),
        ("broken script", len(bad[0]) < 3),
        ("left behind", left[1] is not None),
        ("diff", "-a <N>" not in difference(["a <N>", "b"], ["a 1", "c"]) and
         "-b\n+c" in difference(["a <N>", "b"], ["a 1", "c"])),
        ("files", [n for n, yes in there.items() if yes] ==
         ["fp/path.c", "fp/path", "fp/", "path.c"]),
        ("cases", cases == ["/fp/path/one-more", "/fp/no/one", "/fp/path/way/not"]),
        ("words", sorted(found) == ["fp/a.c", "fp/b", "z.h"]),
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
    root, twinrp = (pathlib.Path(a).resolve() for a in sys.argv[1:])
    top = top_of(root)
    faults = [*document_faults(root, top), *help_faults(root, twinrp)]
    missing = [tool for tool in ("bash", "nc") if not shutil.which(tool)]
    if not missing:
        faults += tour_faults(root, twinrp)
    for fault in faults:
        print(fault)
    print(f"{len(faults)} faults")
    if missing and not faults:
        print(f"the tour was not run: there is no {missing[0]} here (netcat-openbsd)")
        return SKIPPED
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
