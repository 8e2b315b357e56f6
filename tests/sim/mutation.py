#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does the simulation notice when a rule of the commit protocol is missing?

usage: mutation.py SIM [RULE...]

SIM is tests/sim/sim of a build with -Dmutations=true.  It is run without each rule of
base/rule.h, from seed 1 up, until a seed fails.  TAP, and a table: the rule, the first seed
that fails, the invariant that says so.
"""
import concurrent.futures
import os
import re
import subprocess
import sys
import time

SEEDS = 5000
SECONDS = 240  # a search that takes longer has failed

# Rules whose absence no run of the real code can show; docs/testing.md says why.
HIDDEN = {"H2-applied", "H3-mark-first", "H3-arbiter"}

NOT_OK = re.compile(r"^not ok seed-(\d+)-(\w+): (\w+): (.*)$", re.M)


def rules_of(sim):
    lines = subprocess.run([sim, "--rules"], check=True, capture_output=True, text=True)
    return dict(line.split(None, 1) for line in lines.stdout.splitlines())


def healthy(sim, seed):
    """Does the seed pass with all rules?"""
    return subprocess.run([sim, "--seed", seed], capture_output=True).returncode == 0


def search(sim, rule):
    """What came of it: found, seed, invariant, text, seconds."""
    began = time.monotonic()
    first = 1
    while first <= SEEDS:
        command = [sim, "--first", str(first), "--seeds", str(SEEDS + 1 - first),
                   "--until-failure", "--without", rule]
        left = SECONDS - (time.monotonic() - began)
        try:
            run = subprocess.run(command, capture_output=True, text=True, timeout=left,
                                 errors="replace")
        except subprocess.TimeoutExpired:
            return False, "", "", f"nothing after {SECONDS} s", SECONDS
        hit = NOT_OK.search(run.stdout)
        took = time.monotonic() - began
        if not hit:
            break
        if healthy(sim, hit[1]):
            return True, f"{hit[1]} {hit[2]}", hit[3], hit[4], took
        first = int(hit[1]) + 1
    if run.returncode == 0:
        return False, "", "", f"no seed of {SEEDS} fails", took
    return False, "", "", f"ended with {run.returncode}: {run.stderr[-300:]}", took


def main():
    sim, chosen = sys.argv[1], sys.argv[2:]
    rules = rules_of(sim)
    chosen = chosen or [r for r in rules if r not in HIDDEN]
    table = []
    missed = 0
    print(f"1..{len(chosen)}", flush=True)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = pool.map(lambda rule: search(sim, rule), chosen)
        for n, (rule, (ok, seed, invariant, text, took)) in enumerate(zip(chosen, found), 1):
            missed += not ok
            print(f"{'ok' if ok else 'not ok'} {n} {rule}")
            print(f"# {seed or '-':>12} {invariant or '-':10} {took:5.1f} s  {text[:150]}",
                  flush=True)
            table.append((rule, seed or "not found", invariant or "-", rules[rule]))
    table += [(rule, "-", "hidden", rules[rule]) for rule in sorted(HIDDEN) if len(chosen) > 1]
    for row in [("Without", "Seed", "Invariant", "Rule")] + table:
        print("# {:14} {:12} {:10} {}".format(*row))
    return missed > 0


if __name__ == "__main__":
    sys.exit(main())
