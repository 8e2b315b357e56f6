#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a C file of the scenarios that the program carries with it: embed.py FILE..."""
import os
import sys


def literal(line):
    out = line.replace("\\", "\\\\").replace('"', '\\"').replace("??", "?\\?")
    return '\t"' + out + '\\n"'


def main():
    print("/* Made by scenarios/embed.py. */")
    print('#include "scenarios/engine/shipped.h"')
    print("const struct shipped shipped_scenarios[] = {")
    for path in sys.argv[1:]:
        with open(path, encoding="ascii") as file:
            lines = file.read().split("\n")
        if lines and not lines[-1]:
            lines.pop()
        print('\t{ "%s",' % os.path.basename(path))
        for line in lines:
            print(literal(line))
        print("\t},")
    print("\t{ 0 },\n};")


main()
