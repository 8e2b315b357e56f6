#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames of our PPPoE and PPP engines as tshark reads them: none is malformed.

usage: pppoe_tshark.py PPPOE-WORLD

Exit status 1 if a check failed, 77 if there is no tshark.
"""
import collections
import pathlib
import shutil
import subprocess
import sys
import tempfile

failed = 0


def check(good, what):
    global failed
    print(f"{'ok' if good else 'FAILED'}: {what}")
    failed += not good


def tshark(path, *args):
    done = subprocess.run(["tshark", "-n", "-r", path, *args], capture_output=True,
                          text=True)
    check(done.returncode == 0, f"tshark {' '.join(args)[:60]} {done.stderr[:200]}")
    return done.stdout.splitlines()


def main():
    if not shutil.which("tshark"):
        print("skipped: tshark is not installed")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "access.pcapng"
        told = subprocess.run([sys.argv[1], path], capture_output=True, text=True,
                              check=True).stdout.splitlines()
        counts = {name: int(n) for name, n in (line.split() for line in told)}
        mschap = counts.pop("mschap")
        bad = tshark(path, "-Y", "_ws.malformed || _ws.unreassembled || "
                     "_ws.expert.severity == error || pppoe.payload_length.bad || pppoed.tag_length.invalid")
        check(not bad, f"nothing is malformed {bad[:3]}")
        check(counts.pop("up") == 4, "the four with the right password are up")

        # every packet is seen as what it was made as
        seen = collections.Counter(tshark(path, "-Y", "pppoe.code", "-T", "fields",
                                          "-e", "pppoe.code"))
        check({k: v for k, v in seen.items() if k} == counts,
              f"codes {dict(seen)} are {counts}")
        check(set(counts) == {"0x00", "0x07", "0x09", "0x19", "0x65", "0xa7"},
              f"each kind is there: {sorted(counts)}")
        for field, least in [
                ("pppoed.tags.ac_cookie", 12), ("pppoed.tags.host_uniq", 20),
                ("pppoed.tags.relay_session_id", 8), ("pppoed.tags.max_payload", 8),
                ("pppoed.tags.vendor_id", 6), ("pppoed.tags.circuit_id", 6),
                ("pppoed.tags.remote_id", 6), ("pppoed.tags.generic_error", 2),
                ("pppoed.tags.ac_system_error", 1), ("lcp", 30), ("pap", 4), ("chap", 9),
                ("ipcp", 12)]:
            n = len(tshark(path, "-Y", field))
            check(n >= least, f"{field}: {n}, at least {least}")
        texts = "\n".join(tshark(path, "-Y", "pppoed.tags.circuit_id", "-T", "fields",
                                 "-e", "pppoed.tags.circuit_id"))
        check("node eth 1/2:100" in texts, "the circuit id is what it was")
        names = "\n".join(tshark(path, "-Y", "chap.code == 2", "-T", "fields",
                                 "-e", "chap.name", "-e", "chap.value_size"))
        check(("alice\t49" in names) == bool(mschap) and "alice\t16" in names,
              "Responses of MD5 and of MS-CHAP")
    return 1 if failed else 0


sys.exit(main())
