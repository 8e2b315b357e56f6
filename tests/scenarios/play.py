#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the scenarios that come with the program, and of `twinrp run`.

usage: play.py flip|same|exits TWINRP SCENARIOS

flip   each scenario fails when the feature or the fault that it is about is taken out
same   the same seed gives the same events and captures, to the byte, inline and on threads
exits  exit statuses, TAP, JUnit, list, standard input
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

SSO_OFF = ("lns.inc", r"^  vpdn enable$", "  vpdn enable\n  no l2tp sso enable")

# What is taken out of a scenario: lists of (file, pattern, what stands there instead).
FLIPS = {
    "rp-pull": [[(None, r"^pull R0 .*", "label pulled")], [SSO_OFF],
                [(None, r"^cli R1 .*", "label back")]],
    "rp-crash": [[(None, r"^crash R0 .*", "label crashed")], [SSO_OFF]],
    "rp-hang": [[(None, r"^hang R0 .*", "label hung")], [SSO_OFF]],
    "rp-force": [[(None, r"^cli active .*", "label forced")], [SSO_OFF]],
    "rp-reload": [[(None, r"^cli R0 .*", "label reloaded")], [SSO_OFF]],
    "pull-setup": [[(None, r"^pull R0 .*", "label pulled")], [SSO_OFF]],
    "resync-611": [[(None, r"^pull R0 .*", "label pulled")], [SSO_OFF]],
    "loss": [[(None, r"^pull R0 .*", "label pulled")], [(None, r"^link .* loss .*", "")],
             [SSO_OFF]],
    "ha-off": [[(None, r"^  no l2tp sso enable$", "")], [(None, r"^pull R0 .*", "label pulled")]],
    "ha-off-group": [[(None, r"^   no sso enable$", "")],
                     [(None, r"^pull R0 .*", "label pulled")]],
    "standby-not-ready": [[(None, r"^pull R1 .*", "label alone")], [SSO_OFF]],
    "standby-pull": [[(None, r"^insert R1$", "")], [SSO_OFF]],
    "fp-pull": [[(None, r"^pull F0 .*", "label pulled")], [(None, r"^insert F0$", "")]],
    "ipc-cut": [[(None, r"^link ipc R0 R1 cut .*", "label broken")], [SSO_OFF]],
    "resync-tuning": [[(None, r"^   l2tp tunnel resync 1$", "")],
                      [(None, r"^pull R0 .*", "label pulled")]],
    "radius": [[(None, r"^do aaa1 radius dead$", "")], [SSO_OFF]],
    "lac-pull": [[(None, r"^pull R0 .*", "label pulled")],
                 [(None, r"^  vpdn enable$", "  vpdn enable\n  no l2tp sso enable")],
                 [(None, r"^   pppoe enable$", "")]],
    "three-hops": [[("there-and-back.inc", r"^pull \$c/R0 .*", "label $c-there")],
                   [("there-and-back.inc", r"^insert \$c/R0$", "")],
                   [(None, r"^  vpdn multihop$", "")],
                   [(None, r"^  vpdn multihop$", "  vpdn multihop\n  no l2tp sso enable")],
                   [(None, r"^   pppoe enable group global$", "")],
                   [(None, r"^link hop/Gi0/0/1 .*", "")]],
    "both-out": [[(None, r"^pull R1 .*", "label dark")], [(None, r"^pull R0$", "")]],
}


class Tap:
    """Counts and prints test points."""

    def __init__(self):
        self.number = 0
        self.failed = 0

    def point(self, good, name, why=""):
        self.number += 1
        self.failed += not good
        print("%s %d - %s" % ("ok" if good else "not ok", self.number, name), flush=True)
        if not good:
            print("".join("# %s\n" % line for line in str(why).split("\n")), end="")

    def end(self):
        print("1..%d" % self.number)
        return 1 if self.failed else 0


def run(program, *args, stdin=None):
    return subprocess.run([program, "run", "--batch", *args], text=True, input=stdin or "",
                          capture_output=True, timeout=300)


def shipped(folder):
    return sorted(name[:-4] for name in os.listdir(folder) if name.endswith(".scn"))


def edit(path, pattern, instead):
    with open(path, encoding="ascii") as file:
        text = file.read()
    new, n = re.subn(pattern, instead, text, flags=re.M)
    with open(path, "w", encoding="ascii") as file:
        file.write(new)
    return n


def flip(tap, program, folder):
    for name in shipped(folder):
        tap.point(name in FLIPS, name + " has something to take out")
        for i, changes in enumerate(FLIPS.get(name, [])):
            with tempfile.TemporaryDirectory() as work:
                copy = os.path.join(work, "scenarios")
                shutil.copytree(folder, copy)
                edited = [edit(os.path.join(copy, file or name + ".scn"), *change)
                          for file, *change in changes]
                answer = run(program, os.path.join(copy, name + ".scn"))
                tap.point(all(edited) and answer.returncode in (1, 3),
                          "%s fails without it (%d)" % (name, i + 1),
                          "%s, exit %d\n%s" % (edited, answer.returncode, answer.stderr[-3000:]))


def read(path):
    with open(path, "rb") as file:
        return file.read()


def outcome(program, work, name, label, *args):
    """Everything that a run writes: events, and captures by name."""
    out = os.path.join(work, label)
    events = os.path.join(work, label + ".events")
    answer = run(program, "--out", out, "--events", events, *args, name)
    files = {entry: read(os.path.join(out, entry)) for entry in sorted(os.listdir(out))}
    return answer, read(events), files


def same(tap, program, folder):
    for name in shipped(folder):
        path = os.path.join(folder, name + ".scn")
        with tempfile.TemporaryDirectory() as work:
            first = outcome(program, work, path, "a")
            tap.point(first[0].returncode == 0 and first[1], name + " passes",
                      first[0].stderr[-3000:])
            for label, args in (("again", []), ("threads", ["--threads"])):
                other = outcome(program, work, path, label, *args)
                tap.point(other[1] == first[1] and other[2] == first[2] and
                          other[0].stdout == first[0].stdout,
                          "%s is the same to the byte: %s" % (name, label))
            for line in first[1].decode("ascii").splitlines():
                json.loads(line)
    with tempfile.TemporaryDirectory() as work:
        path = os.path.join(folder, "rp-pull.scn")
        one = outcome(program, work, path, "a", "--seed", "1")
        two = outcome(program, work, path, "b", "--seed", "2")
        tap.point(one[0].returncode == 0 and two[0].returncode == 0 and one[2] != two[2],
                  "another seed gives another run, and passes too")


SMALL = """scenario 1
chassis a
  rp R0 R1
  fp F0
  spa 0/0 gigabit 2
end
boot a
wait 10s until show R0 "show redundancy states" has "my state = 13 -ACTIVE"
%s
check show R0 "show clock" has "2026"
"""


PAIR = """scenario 1
chassis a
  rp R0 R1
  fp F0
  spa 0/0 gigabit 2
end
chassis b
  rp R0
  fp F0
  spa 0/0 gigabit 2
end
link a/Gi0/0/0 b/Gi0/0/0 delay 1ms
boot a b
wait 10s until show a/R0 "show redundancy states" has "my state = 13 -ACTIVE"
wait 10s until show b/active "show redundancy states" has "my state = 13 -ACTIVE"
%s
"""


def several(tap, program):
    """A scenario of two chassis: whose slot it was is told wherever something of it is."""
    with tempfile.TemporaryDirectory() as work:
        junit, events = os.path.join(work, "j.xml"), os.path.join(work, "events")
        answer = run(program, "--junit", junit, "--events", events, "-",
                     stdin=PAIR % 'pull a/R1\npull b/R0\nafter 1s\ncheck log b/R0 has "none such"')
        with open(events, encoding="ascii") as file:
            lines = [json.loads(line) for line in file]
        failure = xml.etree.ElementTree.parse(junit).getroot().find(".//failure")
        tap.point({(one.get("chassis"), one.get("slot")) for one in lines if "slot" in one} >=
                  {("a", "R0"), ("a", "R1"), ("b", "R0")}, "events name the chassis", lines)
        tap.point(answer.returncode == 1 and 'expected: log b/R0 has "none such"' in answer.stderr and
                  re.search(r"^ +\d+\.\d+ a/R0 log ", answer.stderr, re.M) and
                  failure is not None and " a/R0 log " in failure.text,
                  "so do failures", answer.stderr)
    for line, says in (("insert b/R1", "there is no board for slot R1"),
                       ("show b/standby \"show clock\"", "b/R1 is not inserted"),
                       ("pull a/F0\npull a/F0", "F0 is not inserted"),
                       ("pull R0", "whose R0 is meant, as in a/R0")):
        answer = run(program, "-", stdin=PAIR % line)
        tap.point(answer.returncode in (1, 2) and says in answer.stderr, line.replace("\n", ", "),
                  answer.stderr)
    status = run(program, "-", stdin=PAIR % "link a/Gi0/0/0 b/Gi0/0/0 cut\nstatus")
    tap.point(status.returncode == 0 and "chassis a\n" in status.stderr and
              "chassis b\n" in status.stderr and
              status.stderr.count("GigabitEthernet0/0/0 cut") == 2 and
              "GigabitEthernet0/0/0 cut delay 1ms" in status.stderr, "status of both", status.stderr)
    checked = subprocess.run([program, "check", "-"], text=True, input=PAIR % "pull b/R0",
                             capture_output=True, timeout=60)
    tap.point(checked.returncode == 0 and not checked.stderr, "check", checked.stderr)


def exits(tap, program, folder):
    cases = [
        (0, "", "3 checks", "check log R0 lacks \"nothing like this\""),
        (1, "check failed", "1 of 3 checks failed", "check log R0 has \"nothing like this\""),
        (1, "requirement failed", "1 of 2 checks failed", "require log R0 has \"no such\""),
        (1, "could not be done", "insert R0", "insert R0"),
        (1, "could not be done", "% ", "show R0 \"show nonsense\""),
        (3, "timed out", "show R0", "wait 2s until show R0 \"show clock\" has \"2027\""),
        (2, "stdin:9:1:", "did you mean", "chek log R0 has \"x\""),
    ]
    for status, says, more, line in cases:
        answer = run(program, "-", stdin=SMALL % line)
        tap.point(answer.returncode == status and says in answer.stderr + answer.stdout and
                  more in answer.stderr, "exit %d: %s" % (status, line),
                  "exit %d\n%s\n%s" % (answer.returncode, answer.stdout, answer.stderr))
    failing = run(program, "-", stdin=SMALL % "check log R0 has \"nothing like this\"")
    tap.point("  expected: log R0 has" in failing.stderr and "  got:      " in failing.stderr and
              "the last events:" in failing.stderr and "stdin:9: check failed at " in failing.stderr,
              "a failure tells line, time, expected, got and events", failing.stderr)
    tap.point(failing.stdout.endswith("1..3\n") and "\nnot ok 2 - stdin:9 " in failing.stdout and
              "ok 3 - stdin:10 " in failing.stdout, "TAP", failing.stdout)
    with tempfile.TemporaryDirectory() as work:
        junit = os.path.join(work, "j.xml")
        run(program, "--junit", junit, "-", stdin=SMALL % "check log R0 has \"<none>\"")
        suite = xml.etree.ElementTree.parse(junit).getroot().find("testsuite")
        tap.point(suite.get("tests") == "3" and suite.get("failures") == "1" and
                  len(suite.findall("testcase")) == 3, "JUnit")
        out = os.path.join(work, "out")
        answer = run(program, "--out", out, "rp-crash", "rp-force")
        tap.point(answer.returncode == 0 and
                  os.path.exists(os.path.join(out, "rp-crash", "wire.pcapng")) and
                  "2 scenarios, 0 not passed" in answer.stderr, "several by name", answer.stderr)
    several(tap, program)
    listed = subprocess.run([program, "list"], text=True, capture_output=True, timeout=60)
    names = [line.split()[0] for line in listed.stdout.splitlines()]
    tap.point(names == shipped(folder), "list", listed.stdout)
    shown = [subprocess.run([program, "demo", "--seed", seed], text=True, capture_output=True,
                            timeout=60) for seed in ("3", "3", "4")]
    tap.point(all(one.returncode == 0 and "20 of 20 sessions" in one.stdout and
                  "WRONG" not in one.stdout and not one.stderr for one in shown),
              "the demonstration", shown[0].stdout)
    tap.point(shown[0].stdout == shown[1].stdout != shown[2].stdout,
              "the demonstration is the same for one seed")
    for args in ([], ["nowhere.scn"], ["--nonsense", "rp-pull"], ["--out", "/proc/x", "rp-pull"]):
        tap.point(run(program, *args).returncode == 2, "usage: %s" % args)
    for name in shipped(folder):
        with open(os.path.join(folder, name + ".scn"), encoding="ascii") as file:
            text = file.read()
        tap.point(text.startswith("# ") and "\n# What to learn: " in text.split("scenario 1")[0],
                  name + " begins with what to learn")
        tap.point(re.search(r"^check (loss|order|gap) ", text, re.M), name + " proves by forwarding")


def main():
    tap = Tap()
    {"flip": flip, "same": same, "exits": exits}[sys.argv[1]](tap, sys.argv[2], sys.argv[3])
    return tap.end()


sys.exit(main())
