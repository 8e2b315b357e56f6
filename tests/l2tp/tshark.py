#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every control message of ours as tshark reads it: nothing malformed, and what was said.

usage: tshark.py PACKETS

PACKETS writes the capture, see packets.c.  Exit status 77 if there is no tshark.
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

MESSAGES = {"1", "2", "3", "4", "6", "10", "11", "12", "14", "15", "16"}
IN_CLEAR = ["dslam 0/1", "5551000", "alice", "no such user", "end of story"]
failed = 0


def check(good, what, details=""):
    global failed
    print(f"{'ok' if good else 'not ok'} - {what}")
    if not good:
        failed += 1
        print("\n".join("# " + line for line in str(details).splitlines()[:20]))


def tshark(path, *args):
    done = subprocess.run(["tshark", "-n", "-r", path, *args], capture_output=True,
                          text=True)
    if done.returncode:
        sys.exit(f"tshark: {done.stderr}")
    return done.stdout


def judge(exe, folder, hidden):
    name = "hidden" if hidden else "clear"
    path = folder / f"{name}.pcap"
    subprocess.run([exe, path] + ["hidden"] * hidden, check=True)
    malformed = tshark(path, "-Y", "_ws.malformed")
    check(not malformed, f"{name}: nothing is malformed", malformed)
    complaints = tshark(path, "-Y", "_ws.expert.severity >= 0x600000", "-T", "fields",
                        "-e", "frame.number", "-e", "_ws.expert.message")
    check(not complaints, f"{name}: no complaint", complaints)
    types = tshark(path, "-Y", "l2tp", "-T", "fields", "-e", "l2tp.avp.message_type")
    check(set(types.split()) == MESSAGES, f"{name}: all messages are there", types)
    text = tshark(path, "-O", "l2tp", "-V")
    if hidden:
        count = text.count("Hidden: True")
        check(count >= 30, f"{name}: {count} AVPs are hidden", text)
        seen = [t for t in ["5551000", "alice", "no such user"]
                if t.encode() in path.read_bytes()]
        check(not seen, f"{name}: nobody reads what is hidden", seen)
    else:
        missing = [t for t in IN_CLEAR if t not in text]
        check(not missing, f"{name}: what was said is read", missing)


def main():
    if not shutil.which("tshark"):
        return 77
    with tempfile.TemporaryDirectory() as folder:
        for hidden in (False, True):
            judge(sys.argv[1], pathlib.Path(folder), hidden)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
