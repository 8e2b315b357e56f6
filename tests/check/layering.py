#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may include whom: docs/architecture.md, as a dictionary.

usage: layering.py ROOT

Reads every C file of every module below ROOT and prints the includes, and the calls that
read a clock, which the table does not allow.  Exit status 1 if there are any.
"""
import pathlib
import re
import sys

# Module: what it may include.  "l2tp/wire" is the header l2tp/wire.h alone.
MAY_INCLUDE = {
    "base": [],
    "cli": ["base"],
    "l2tp/wire": ["base"],
    "l2tp": ["base"],
    "ppp/wire": ["base"],
    "ppp": ["base"],
    "vpdn": ["base", "l2tp", "ppp"],
    "chassis": ["base"],
    "spa": ["base", "chassis"],
    "fp": ["base", "chassis", "l2tp/wire", "ppp/wire"],
    "rp": ["base", "chassis", "cli", "l2tp", "ppp", "vpdn"],
    "scenarios": ["base", "chassis", "cli", "l2tp", "ppp", "vpdn"],
}

# System headers that give a module what it must not know, and the files that may.
RESERVED_HEADERS = {
    r"(pthread|threads|stdatomic)\.h": ["chassis/"],
    r"readline/.*": ["cli/client_operator.c"],
    r"pcap(/.*)?\.h": ["spa/"],
    r"nettle/.*": ["ppp/mschap.c"],
    r"(sys/socket|netdb|poll|sys/epoll|netinet/.*)\.h|gio/.*":
        ["chassis/", "spa/", "rp/", "scenarios/", "cli/client.c",
         "cli/client_console.c", "cli/client_operator.c"],
}

# Only the conductor reads a clock; the client is a process of its own.
CLOCK = re.compile(r"\b(clock_gettime|gettimeofday|g_get_(monotonic|real)_time|time)\s*\("
                   r"(?=NULL|CLOCK|0\)|\)|&)")
CLOCK_READERS = ["chassis/conductor.c", "cli/client.c"]

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
FOLDERS = sorted({m.split("/")[0] for m in MAY_INCLUDE})


def module_of(path):
    """The module whose rules hold for a file or a header (path relative to ROOT)."""
    folder, name = path.split("/")[0], path.split("/")[-1]
    stem = name.rsplit(".", 1)[0]
    if (stem == "cmd" or stem.startswith("cmd_")) and folder in ("l2tp", "ppp", "vpdn"):
        return "rp"  # a module's commands are compiled into the RP
    if f"{folder}/{stem}" in MAY_INCLUDE and path.count("/") == 1:
        return f"{folder}/{stem}"
    return folder


def may_include(path, header):
    module, target = module_of(path), module_of(header)
    if target == module or target.split("/")[0] == module:
        return True
    if header.endswith("/internal.h"):
        return False
    return any(a in (target, target.split("/")[0]) for a in MAY_INCLUDE[module])


def reserved(path, header):
    return any(re.fullmatch(pattern, header) and not path.startswith(tuple(owners))
               for pattern, owners in RESERVED_HEADERS.items())


def faults_in(root, file):
    path = file.relative_to(root).as_posix()
    for number, line in enumerate(file.read_text().splitlines(), 1):
        include = INCLUDE.match(line)
        where = f"{path}:{number}"
        if include and include[1] == "<":
            if reserved(path, include[2]):
                yield f"{where}: {module_of(path)} must not know <{include[2]}>"
        elif include and include[2].split("/")[0] not in FOLDERS:
            yield f'{where}: "{include[2]}" is not a header of a module, from the root'
        elif include and not may_include(path, include[2]):
            yield f'{where}: {module_of(path)} may not include "{include[2]}"'
        elif CLOCK.search(line) and path not in CLOCK_READERS:
            yield f"{where}: only {CLOCK_READERS[0]} reads the clock"


def main():
    if len(sys.argv) != 2 or sys.argv[1] == "--help":
        print(__doc__)
        return 2
    root = pathlib.Path(sys.argv[1])
    files = [f for folder in FOLDERS for f in sorted((root / folder).rglob("*.[ch]"))]
    faults = [fault for file in files for fault in faults_in(root, file)]
    print("\n".join(faults + [f"{len(files)} files, {len(faults)} faults"]))
    return 1 if faults or not files else 0


sys.exit(main())
