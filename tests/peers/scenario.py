# SPDX-License-Identifier: GPL-3.0-or-later
"""`twinrp run` with the real clock, real interfaces, and xl2tpd outside.

The scenario does everything to the router and asks the router; this side runs xl2tpd, the
subscribers and the streams, and judges them.  Here, a section's title in the scenario's
account says that it is time to call or to begin a stream; there, `wait` sees that it was
done.
"""

import os
import re
import shutil
import time

import pull
from harness import HOST, LNS
from lib import capture, stream
from lib.netns import Failure, wait_until

HERE = os.path.dirname(os.path.abspath(__file__))
INTERFACES = {"@LAC@": "vethA", "@HOST@": "vethB"}
POINT = re.compile(r"^\s*(check|require|wait)\s", re.M)
# The scenarios let the event come 5.5 s after the first packet, so in phase 2.
PAUSE, EVENT_PHASE = 4, 2


class Playing:
    """A scenario that `twinrp run` carries out: its account, its results."""

    def __init__(self, lab, program, name):
        self.points = 0
        for file in ("lns.inc", name):
            text = fill(file)
            lab.write(file, text)
            self.points += len(POINT.findall(text))
        self.out_dir = lab.path("out")
        self.proc = lab.start("twinrp", [
            program, "run", "--batch", "--out", self.out_dir,
            "--events", lab.path("events.jsonl"), lab.path(name)], netns="rtr", out=True)

    def wait_line(self, pattern, timeout):
        """Waits for a line of the account; what is found after `[  time]`."""
        regex = re.compile(rf"^ *\[ *[0-9.]+(?: s)?\] (?:{pattern})", re.M)

        def probe():
            ended = not self.proc.running()
            found = regex.search(self.proc.log())
            if ended and not found:
                raise Failure(f"twinrp run ended before /{pattern}/: {self.problems()}")
            return found
        return wait_until(f"/{pattern}/ in the account", probe, timeout, 0.01)

    def problems(self):
        """The points that are not ok, without the events before them."""
        bad = [line for line in self.proc.out().splitlines()
               if re.match(r"not ok|# \S", line)]
        return " / ".join(bad or self.proc.log().strip().splitlines()[-4:])

    def finish(self, timeout):
        """Exit status 0, and a good point for every line of the files that asks."""
        status = self.proc.wait(timeout)
        lines = self.proc.out().splitlines()
        good = sum(line.startswith("ok ") for line in lines)
        if status != 0:
            raise Failure(f"twinrp run: exit {status}: {self.problems()}")
        if good != self.points or f"1..{good}" not in lines:
            raise Failure(f"twinrp run: {good} points are ok, the scenario has "
                          f"{self.points}: {self.problems()}")

    def capture(self, name):
        return os.path.join(self.out_dir, f"{name}.pcapng")


def fill(file):
    """A scenario of this folder with the names of the interfaces in it."""
    with open(os.path.join(HERE, file), encoding="utf-8") as f:
        text = f.read()
    for place, interface in INTERFACES.items():
        if file.endswith(".inc") and text.count(f"packet:{place}\n") != 1:
            raise Failure(f"{file} has no place for {interface}")
        text = text.replace(f"packet:{place}\n", f"packet:{interface}\n")
    return text


class ScenarioRound(pull.Round):
    """`events` is how the account's line of each event begins, and its name."""

    def __init__(self, ctx, file, auth, events):
        super().__init__(ctx, auth, "tunsecret", title=file.replace(".scn", ""))
        self.file = file
        self.events = events

    def run(self):
        self.start()
        first = self.bring_up(self.subs[0], "sub1")
        self.one_way("R0 to R1", first, 0)
        self.section("xl2tpd may call again", 30)
        self.lac.call(pull.CALLS[1])
        if self.bring_up(self.subs[1], "sub2") == first:
            raise Failure(f"both subscribers got {first}")
        self.one_way("R1 to R0", first, 0 if self.events[1].name == "force" else 3.5)
        self.finish()
        self.ctx.note = self.describe()
        if self.wrong:
            raise Failure("\n".join(self.wrong))

    # ---- the router ----

    def new_router(self):
        self.host_side()
        return Playing(self.lab, self.ctx.twinrp, self.file)

    def boot(self):
        self.section("xl2tpd may call$", 60)

    def stop_router(self):
        self.ctx.progress("the end of the scenario")
        self.router.finish(60)

    def section(self, title, timeout):
        self.ctx.progress(f"wait for \"{title.rstrip('$')}\"")
        self.router.wait_line(title, timeout)

    # ---- the stream ----

    def one_way(self, name, address, blind):
        """A stream, in which the scenario lets something happen to the active RP."""
        event = self.events[len(self.ways)]
        self.section(f"A stream is to begin: {name}", 60)
        plan = [0.7, -PAUSE, 2 + blind, -PAUSE, 0.7]
        flow = stream.Stream(self.lab, self.ctx.seqstream, "sub1", address, "host", HOST,
                             plan, tag=f"stream-{len(self.ways)}")
        wall = time.time() - time.monotonic()
        moments = [wall + flow.phase_at(i) for i in range(len(plan) + 1)]
        self.router.wait_line(event.line, 15)
        at = time.time()
        self.ctx.progress(f"{event.name}; the stream goes on")
        since, until = moments[EVENT_PHASE:EVENT_PHASE + 2]
        if not since + 0.2 < at < until - 0.5:
            self.wrong.append(f"{name}: the {event.name} came {at - since:.1f} s after the "
                              f"packets of {until - since:.1f} s began")
        self.ways.append(pull.Way(name, at, moments, flow.finish(), address, event.name))


class Event:
    def __init__(self, name, line):
        self.name = name
        self.line = line


class CapturingRound(ScenarioRound):
    """The scenario has captures of its own, `wire` and `ckpt`."""

    def judge_captures(self):
        super().judge_captures()
        self.judge_wire(self.router.capture("wire"))
        self.judge_ckpt(self.router.capture("ckpt"))

    def judge_wire(self, path):
        """Well formed, and the control messages that tcpdump saw."""
        self.wrong += [f"wire: {w}" for w in capture.check_bytes(path)]
        ours, theirs = (controls(p) for p in (path, self.captures["lac"].path))
        mine = [m for m in ours if m[0] == LNS]
        if len(mine) < 10 or mine != [m for m in theirs if m[0] == LNS]:
            self.wrong.append(f"wire: {len(mine)} control messages of twinrp are not those "
                              "that tcpdump saw")
        # tcpdump goes on for a moment when twinrp is gone.
        peer, other = ([m for m in some if m[0] != LNS] for some in (ours, theirs))
        if len(peer) < 10 or peer != other[:len(peer)] or len(other) > len(peer) + 2:
            self.wrong.append(f"wire: {len(peer)} control messages of xl2tpd are not the "
                              f"{len(other)} that tcpdump saw")

    def judge_ckpt(self, path):
        """The dissector understands every message, and the calls are among them."""
        for file in ("twinrp.lua", "twinrp-tables.lua"):  # they lie together
            shutil.copy(os.path.join(self.ctx.build, file), self.lab.dir)
        lua = ("-X", f"lua_script:{self.lab.path('twinrp.lua')}", "-r", path)
        rows = [line.split("|") for line in capture.tshark(
            *lua, "-T", "fields", "-E", "separator=|", "-e", "_ws.col.Protocol",
            "-e", "_ws.col.Info").splitlines()]
        if not rows or any(r[0] != "TWINRP" for r in rows):
            self.wrong.append(f"ckpt: not all of {len(rows)} messages are dissected")
        bad = capture.tshark(*lua, "-Y", "_ws.lua.error || _ws.malformed || "
                             "twinrp.malformed || twinrp.flags.unread == 1")
        self.wrong += [f"ckpt: malformed: {line}" for line in bad.splitlines()[:5]]
        infos = "\n".join(r[-1] for r in rows)
        for wanted in (r"^R0>R1 ckpt txn .*l2tp/cc ", r"^R0>R1 ckpt txn .*l2tp/session ",
                       r"^R1>R0 ckpt txn .*l2tp/session ", r"^R1>R0 ckpt-ack ",
                       r"^R0>R1 ckpt-ack "):
            if not re.search(wanted, infos, re.M):
                self.wrong.append(f"ckpt: no message as {wanted}")
        users = capture.tshark(*lua, "-T", "fields", "-E", "aggregator=/s",
                               "-e", "twinrp.rec.vpdn.session.username").split()
        missing = {user for user, _ in pull.USERS[:self.subscribers]} - set(users)
        if missing:
            self.wrong.append(f"ckpt: no record of the session of {' and '.join(missing)}")


def controls(path):
    """[(sender, tunnel, Ns, Nr, message)] of the control messages, as tshark reads them."""
    out = capture.tshark(
        "-r", path, "-Y", "l2tp.type == 1 && !icmp", "-T", "fields", "-E", "separator=|",
        "-e", "ip.src", "-e", "l2tp.tunnel", "-e", "l2tp.Ns", "-e", "l2tp.Nr",
        "-e", "l2tp.avp.message_type")
    return [tuple(line.split("|")) for line in out.splitlines()]


PULL = Event("pull", r"pull R0")
FORCE = Event("force", r"cli R1 .*force-switchover\" answer")
CRASH = Event("crash", r"crash R0")
HANG = Event("hang", r"hang R1")


def tests():
    return [
        ("pull-force", pull.runnable(
            lambda ctx: ScenarioRound(ctx, "pull-force.scn", "chap", (PULL, FORCE)))),
        ("crash-hang", pull.runnable(
            lambda ctx: CapturingRound(ctx, "crash-hang.scn", "pap", (CRASH, HANG)))),
    ]
