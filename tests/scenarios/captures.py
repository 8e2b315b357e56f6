#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Captures of a whole chassis (capture-world.c), as files and as tshark reads them.

usage: captures.py files CAPTURE-WORLD
       captures.py tshark CAPTURE-WORLD twinrp.lua twinrp-tables.lua

Exit status 1 if a check failed, 77 if there is no tshark.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

NAMES = ["ckpt", "fib", "lac", "host"]
IPC = ["ckpt", "fib"]
failed = 0


def check(good, what, details=""):
    global failed
    print(f"{'ok' if good else 'not ok'} - {what}")
    if not good:
        failed += 1
        print("\n".join("# " + line for line in str(details).splitlines()[:20]))


def make(exe, folder, seed):
    """Runs the story; packets by name of capture, as the operator was told."""
    folder.mkdir()
    done = subprocess.run([exe, folder, str(seed)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"capture-world failed:\n{done.stdout}{done.stderr}")
    told = re.findall(r"> capture (\w+) stop\n\1: (\d+) packets, (\d+) dropped, in (.*)\nok\n",
                      done.stdout)
    check([t[0] for t in told] == NAMES and all(t[2] == "0" for t in told),
          f"seed {seed}: the operator is told of every capture that ends", done.stdout)
    return {name: int(packets) for name, packets, _, _ in told}


def contents(folder):
    return {name: (folder / f"{name}.pcapng").read_bytes() for name in NAMES}


def test_files(exe, folder):
    runs = []
    for number, seed in enumerate([7, 7, 8]):
        make(exe, folder / str(number), seed)
        runs.append(contents(folder / str(number)))
    for name in NAMES:
        check(runs[0][name] == runs[1][name], f"{name}: the same seed, the same bytes")
    for name in IPC:
        check(runs[0][name] != runs[2][name], f"{name}: another seed, other bytes")
    for run in runs:
        for name in IPC:
            check(b"hush" not in run[name], f"{name}: no secret word is in it")
        ckpt = run["ckpt"]
        check(all(b"username u%04u password * " % i in ckpt for i in (0, 1, 700)),
              "ckpt: users are in it, their passwords are masked")
        check(ckpt.count(b"l2tp tunnel password * ***********") >= 2,
              "ckpt: the tunnel's password is masked in the configuration")
        check(b"username late password * *********" in ckpt,
              "ckpt: a line that was typed is masked")
        check(b"load1" in ckpt, "ckpt: what is not secret is in it")


class Tshark:
    def __init__(self, script):
        self.script = ["-X", f"lua_script:{script}"] if script else []

    def run(self, path, *args):
        done = subprocess.run(["tshark", "-n", *self.script, "-r", path, *args],
                              capture_output=True, text=True, errors="replace")
        check(done.returncode == 0, f"tshark reads {path.name} {' '.join(args)[:60]}",
              done.stderr)
        return done.stdout

    def fields(self, path, *names, where=None):
        args = ["-T", "fields", "-E", "separator=|", "-E", "aggregator=\x01"]
        for name in names:
            args += ["-e", name]
        if where:
            args += ["-Y", where]
        return [line.split("|") for line in self.run(path, *args).splitlines()]

    def none(self, path, where, what, *more):
        rows = self.run(path, "-Y", where, *more)
        check(not rows, f"{path.name}: {what}", rows)


def test_plain(folder, counts):
    plain = Tshark(None)
    comment = {
        "ckpt": r"R0 -> R1 [a-z-]+|R1 -> R0 [a-z-]+",
        "fib": r"R0 -> F0 [a-z-]+|F0 -> R0 [a-z-]+",
        "lac": r"0/0 -> F0|F0 -> 0/0( tunnel \d+)?",
        "host": r"0/0 -> F0|F0 -> 0/0( tunnel \d+)?",
    }
    point = {"ckpt": "ipc R0-R1", "fib": "ipc R0-F0", "lac": "GigabitEthernet0/0/0",
             "host": "GigabitEthernet0/0/1"}
    for name in NAMES:
        rows = plain.fields(folder / f"{name}.pcapng", "frame.interface_name",
                            "frame.packet_flags_direction", "frame.comment",
                            "frame.time_epoch")
        check(len(rows) == counts[name], f"{name}: as many packets as were told",
              f"{len(rows)}, told {counts[name]}")
        check(all(r[0] == point[name] for r in rows), f"{name}: the interface has its name")
        bad = [r for r in rows if not re.fullmatch(comment[name], r[2])]
        check(not bad, f"{name}: comments say from where to where", bad[:5])
        check({r[1] for r in rows} == {"0x00000001", "0x00000002"},
              f"{name}: both directions are flagged", {r[1] for r in rows})
        # The first board named is the side that is looked from; of a port, the wire.
        out = {"ckpt": "R0", "fib": "R0", "lac": "F0", "host": "F0"}[name]
        check(all((r[1] == "0x00000002") == r[2].startswith(out) for r in rows),
              f"{name}: directions and comments agree")
        times = [float(r[3]) for r in rows]
        check(times == sorted(times) and 1767225600 < times[0] < 1767225700,
              f"{name}: virtual time, in order")


def test_dissector(folder, counts, script):
    lua = Tshark(script)
    ckpt = folder / "ckpt.pcapng"
    for name in IPC:
        path = folder / f"{name}.pcapng"
        rows = lua.fields(path, "_ws.col.Protocol", "_ws.col.Info", "twinrp.type",
                          "twinrp.boot", "twinrp.term")
        check(len(rows) == counts[name] and all(r[0] == "TWINRP" for r in rows),
              f"{name}: every packet is dissected")
        check(all(r[2] and r[3] for r in rows), f"{name}: the head of each is there")
        lua.none(path, "_ws.lua.error || _ws.malformed || twinrp.malformed || "
                 "twinrp.incomplete || twinrp.flags.unread == 1", "nothing is malformed")
        lua.none(path, "_ws.lua.error || _ws.malformed || twinrp.malformed || "
                 "twinrp.incomplete", "nor in a second pass", "-2")
        check("Lua Error" not in lua.run(path, "-V"), f"{name}: no error of Lua in detail")
    infos = "\n".join(r[1] for r in lua.fields(ckpt, "frame.number", "_ws.col.Info"))
    for wanted in (
            r"^R0>R1 ckpt-begin epoch=1 boot_to=0x[0-9a-f]{16}$",
            r"^R0>R1 ckpt txn 1 \(part\)$",
            r"^R0>R1 ckpt txn 1 \(2 records: config/running 0, config/startup 1\)$",
            r"^R0>R1 ckpt txn \d+ \(\d+ records: .*l2tp/seq \d+",
            r"^R0>R1 ckpt txn \d+ \(\d+ records: .*l2tp/session \d+/\d+",
            r"^R0>R1 ckpt txn \d+ \(\d+ records: .*l2tp/msg \d+/\d+",
            r"^R0>R1 ckpt txn \d+ \(\d+ records: .*vpdn/session \d+, ppp/link \d+",
            r"^R0>R1 ckpt txn \d+ \(\d+ records: .*ppp/link \d+ delete",
            r"^R0>R1 ckpt txn \d+ \(1 record: config/lines \d+\)$",
            r"^R1>R0 ckpt-ack epoch=1 seq=\d+ ",
            r"^R1>R0 ckpt txn 1 \(3 records: .*rf/switchover 1\)$",
            r"^R0>R1 rf state=13 "):
        check(re.search(wanted, infos, re.M), f"ckpt: a line as {wanted}", infos)
    test_values(lua, folder)
    test_damage(lua, folder, ckpt)


def test_values(lua, folder):
    names = ["twinrp.ckpt.seq", "twinrp.rec", "twinrp.rec.line", "twinrp.rec.l2tp.seq.s",
             "twinrp.rec.l2tp.cc.secret", "twinrp.rec.l2tp.cc.peer_name",
             "twinrp.rec.vpdn.session.username", "twinrp.rec.vpdn.session.ip",
             "twinrp.rec.ppp.link.peer_name", "twinrp.rec.rf.switchover.reason"]
    values = {name: [] for name in names}
    for row in lua.fields(folder / "ckpt.pcapng", *names, where="twinrp.type == 25"):
        for name, text in zip(names, row):
            values[name] += [v for v in text.split("\x01") if v]
    expected = {
        "twinrp.rec.l2tp.seq.s": r"\d+",
        "twinrp.rec.l2tp.cc.secret": r"\*{11}",
        "twinrp.rec.l2tp.cc.peer_name": "LAC-1",
        "twinrp.rec.vpdn.session.username": "load1",
        "twinrp.rec.vpdn.session.ip": r"100\.64\.0\.\d+",
        "twinrp.rec.ppp.link.peer_name": "load1",
        "twinrp.rec.rf.switchover.reason": "active unit removed",
    }
    for name, pattern in expected.items():
        found = values[name]
        check(found and all(re.fullmatch(pattern, v) for v in found),
              f"ckpt: {name} has its values", found[:10])
    lines = values["twinrp.rec.line"]
    check("hostname lns1" in lines, "ckpt: lines of the configuration")
    users = [v for v in lines if re.match(r"username u\d{4} ", v)]
    # Running and startup configuration, in each of two bulks.
    check(len(users) == 4 * 1500, "ckpt: all users of long transactions", len(users))
    bad = [v for v in lines if re.search(r"\b(password|secret|key|pass) ", v) and
           not re.search(r"\b(password|pass)( \*+)+$", v)]
    check(not bad, "ckpt: no password behind its word", bad[:5])


def test_damage(lua, folder, ckpt):
    """A file that begins in the middle, and one whose packets are cut short."""
    number = lua.fields(ckpt, "frame.number", where='twinrp.ckpt.flags.more == 1')[0][0]
    tail, short = folder / "tail.pcapng", folder / "short.pcapng"
    lua.run(ckpt, "-Y", f"frame.number > {number}", "-w", str(tail))
    first = lua.fields(tail, "_ws.col.Info", where="twinrp.incomplete")
    check(len(first) == 1 and "the beginning was not captured" in first[0][0],
          "tail: a part without its beginning is called so", first)
    lua.none(tail, "_ws.lua.error || twinrp.malformed", "no error")
    for size in (1, 23, 24, 30, 44, 45, 46, 59, 60, 61, 63, 70, 100):
        done = subprocess.run(["editcap", "-s", str(size), ckpt, short],
                              capture_output=True, text=True)
        check(done.returncode == 0, f"short: cut to {size} octets", done.stderr)
        lua.none(short, "_ws.lua.error", "no error of Lua")


def test_ports(folder):
    plain = Tshark(None)
    lac, host = folder / "lac.pcapng", folder / "host.pcapng"
    plain.none(lac, "_ws.malformed", "nothing is malformed")
    plain.none(host, "_ws.malformed", "nothing is malformed")
    kinds = {r[0] for r in plain.fields(lac, "l2tp.avp.message_type",
                                        where="l2tp.avp.message_type")}
    check({"1", "2", "3", "10", "11", "12", "14"} <= kinds,
          "lac: SCCRQ, SCCRP, SCCCN, ICRQ, ICRP, ICCN, CDN", kinds)
    check(plain.run(lac, "-Y", "l2tp && ipcp", "-c", "5000"), "lac: PPP in L2TP")
    check(plain.run(host, "-Y", "udp.port == 7007 && !l2tp", "-c", "100"),
          "host: packets of subscribers, without L2TP")
    # Answers to challenges are on the wire, and in no checkpoint.
    values = []
    for row in plain.fields(lac, "chap.value", "l2tp.avp.chap_challenge_response",
                            where="chap.code == 2 || l2tp.avp.chap_challenge_response"):
        values += [v for cell in row for v in cell.replace(":", "").split("\x01") if v]
    check(len(values) >= 4 + 6 and all(len(v) == 32 for v in values),
          "lac: answers to challenges", values)
    for name in IPC:
        text = (folder / f"{name}.pcapng").read_bytes().hex()
        check(not [v for v in values if v in text],
              f"{name}: no answer to a challenge is in it")


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory(prefix="twinrp-captures-") as name:
        folder = pathlib.Path(name)
        if sys.argv[1] == "files":
            test_files(sys.argv[2], folder)
            sys.exit(failed > 0)
        if not shutil.which("tshark") or not shutil.which("editcap"):
            print("skipped: tshark is not installed")
            sys.exit(77)
        for script in sys.argv[3:]:  # as it is installed: both in one folder
            shutil.copy(script, folder)
        counts = make(sys.argv[2], folder / "run", 1)
        test_plain(folder / "run", counts)
        test_dissector(folder / "run", counts, folder / pathlib.Path(sys.argv[3]).name)
        test_ports(folder / "run")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
