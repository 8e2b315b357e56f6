#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every rule of base/rule.h has its place in the code, and every place its rule.

usage: rules.py ROOT

A rule without a place must be one of HIDDEN in tests/sim/mutation.py, and docs/testing.md must
say of each of those why.
"""
import pathlib
import re
import sys

MODULES = ["base", "chassis", "cli", "fp", "l2tp", "ppp", "rp", "spa", "vpdn"]


def main():
    root = pathlib.Path(sys.argv[1])
    listed = dict(re.findall(r'^\tX\((\w+), "([\w-]+)",',
                             (root / "base/rule.h").read_text(), re.M))
    hidden = re.search(r"^HIDDEN = \{(.*?)\}", (root / "tests/sim/mutation.py").read_text(),
                       re.M | re.S)[1]
    hidden = re.findall(r'"([\w-]+)"', hidden)
    testing = (root / "docs/testing.md").read_text()
    places = set()
    for module in MODULES:
        for file in sorted((root / module).rglob("*.c")):
            places |= set(re.findall(r"rule_holds\(RULE_(\w+)\)", file.read_text()))
    faults = [f"{name}: no rule_holds(RULE_{symbol}) anywhere" for symbol, name
              in listed.items() if symbol not in places and name not in hidden]
    faults += [f"RULE_{symbol}: not in base/rule.h" for symbol in places - set(listed)]
    faults += [f"{name}: docs/testing.md does not say why no run shows it"
               for name in hidden if f"`{name}`" not in testing]
    faults += [f"{name}: hidden, and not in base/rule.h" for name in hidden
               if name not in listed.values()]
    print("\n".join(faults) or f"{len(listed)} rules")
    return bool(faults) or not listed


if __name__ == "__main__":
    sys.exit(main())
