# SPDX-License-Identifier: GPL-3.0-or-later
"""xl2tpd through every kind of loss of an RP, there and back, host behind packet: or tap:.

A round has one event.  The active RP has it in the middle of a stream, its twin takes over,
the old one comes back as standby, is HOT, and then the twin has the same event.  Ten rounds
are the five events times the two kinds of port once each, in an order drawn from the seed.
"""

import random
import time
from collections import namedtuple

import pull
from harness import HOST, host_address
from lib import capture, stream
from lib.netns import Failure, sh, wait_until

# `say` is what hands do to RP {a} while the active one; `back` brings it back, when it does
# not come by itself; `reason` is what its twin tells; `blind` is how long nobody serves
# control (only missing heartbeats tell of a hang).
Event = namedtuple("Event", "say back reason blind")
EVENTS = {
    "pull": Event("pull {a}", "insert {a}", "active unit removed", 0),
    "crash": Event("crash {a}", "insert {a}", "active unit failed", 0),
    "hang": Event("hang {a} for 6s", None, "active unit failed", 3.5),
    "reload": Event('cli {a} "hw-module slot {a} reload" answer "Proceed" ""', None,
                    "user initiated", 0),
    "force": Event('cli {a} "redundancy force-switchover" answer "Save" "no" '
                   'answer "Proceed" ""', None, "user forced", 0),
}
PORTS = ("packet", "tap")
# A short HELLO interval, so that pauses are short.
# The FP tells once a second what it heard: a HELLO comes up to 3 s after the last packet.
HELLO, PAUSE = 2, 4
EVENT_PHASE, EVENT_INTO = 2, 1


class EventRound(pull.Round):
    """`wrong` collects what does not stop the round."""

    subscribers = 3
    sessions_a_call = 1
    tunnels_beside = 0  # those of the calls
    tabled = True  # in the table at the end

    def __init__(self, ctx, kind, port, auth, secret):
        super().__init__(ctx, auth, secret, title=f"{kind}-{port}")
        self.kind = kind
        self.event = EVENTS[kind]
        self.port = port
        self.figures = []  # [(from, to, {direction: figures})]

    def run(self):
        self.start()
        self.addresses = [self.bring_up(self.subs[0], "sub1")]
        self.one_way("R0", "R1")
        self.one_way("R1", "R0")
        self.finish()
        if self.tabled:
            self.ctx.rows.append((self.kind, self.port, self.figures))
        self.ctx.note = self.describe()
        if self.wrong:
            raise Failure("\n".join(self.wrong))

    # ---- set-up ----

    def config_text(self):
        text = super().config_text()
        line = " l2tp tunnel hello 5\n"
        if text.count(line) != 1:
            raise Failure("the configuration has no HELLO interval to shorten")
        return text.replace(line, f" l2tp tunnel hello {HELLO}\n")

    def host_side(self):
        """A veth pair, or a TAP that twinrp makes in its namespace and that is moved."""
        if self.port == "packet":
            return super().host_side()
        return "GigabitEthernet0/0/1=tap:host0"

    def host_ready(self):
        lab = self.lab
        if self.port != "tap":
            return
        lab.add_ns("host")
        wait_until("TAP of twinrp", lambda: "host0" in sh(
            "ip", "-n", lab.ns("rtr"), "-o", "link"), 5)
        sh("ip", "-n", lab.ns("rtr"), "link", "set", "dev", "host0", "netns",
           lab.ns("host"))
        sh("ip", "-n", lab.ns("host"), "link", "set", "host0", "up")
        host_address(lab)
        self.captures["host"] = capture.Capture(lab, "host", "host", "host0")

    # ---- one event ----

    def plan(self):
        return [0.7, -PAUSE, 2 + self.event.blind, -PAUSE, 0.7]

    def one_way(self, a, b):
        """RP a is active and has the event; b takes over, sets up a call, sees a HOT."""
        ctx, number = self.ctx, len(self.addresses)
        here = f"{a} to {b}"
        ctx.progress(f"{self.kind}, {here}: stream and pauses")
        n = number * self.sessions_a_call
        self.operator.wait_shown(
            a, pull.REDUNDANCY, rf"L2TP Sessions:\s+{n}/{n}/{n}\b", 10)
        plan = self.plan()
        flow = stream.Stream(self.lab, ctx.seqstream, "sub1", self.addresses[0], "host",
                             HOST, plan, tag=f"stream-{a}")
        wall = time.time() - time.monotonic()
        moments = [wall + flow.phase_at(i) for i in range(len(plan) + 1)]
        flow.sleep_to(EVENT_PHASE, EVENT_INTO)
        at = time.time()
        self.happen(a)
        flow.sleep_to(EVENT_PHASE + 1, 0.3)
        self.taken_over(a, b, number)
        if self.event.back:
            self.operator.do(self.event.back.format(a=a))
        result = flow.finish()
        self.ways.append(pull.Way(here, at, moments, result, self.addresses[0], self.kind))
        ctx.progress(f"{self.kind}, {here}: new call")
        self.new_call(number)
        ctx.progress(f"{self.kind}, {here}: wait for STANDBY HOT")
        self.operator.wait_hot(b)
        self.figures.append((a, b, result))

    def happen(self, a):
        """An RP that is ordered away may be gone before it has answered."""
        self.operator.send(self.event.say.format(a=a))
        out, error = self.operator.answer()
        if error and not (self.event.say.startswith("cli") and "went out before" in error):
            raise Failure(f"operator: {self.event.say.format(a=a)}: {error} "
                          f"{' '.join(out)}".strip())

    def taken_over(self, a, b, number):
        tunnels = number + self.tunnels_beside
        shown = ((pull.REDUNDANCY, rf"L2TP Resynced Tunnels: {tunnels}/0"),
                 ("show redundancy states", r"my state = 13 -ACTIVE"),
                 ("show redundancy switchover history", rf"{self.event.reason}"))
        for command, pattern in shown:
            try:
                self.operator.wait_shown(b, command, pattern, 3)
            except Failure as e:
                self.wrong.append(f"after {self.kind} of {a}: {e}")

    def new_call(self, number):
        """A call that the new active RP alone sets up, beside those it took over."""
        sub = self.subs[number]
        self.lac.call(pull.CALLS[number])
        address = self.bring_up(sub, sub.name)
        if address in self.addresses:
            raise Failure(f"two subscribers got {address}")
        flow = stream.Stream(self.lab, self.ctx.seqstream, sub.name, address, "host", HOST,
                             [0.5], rate=500, tag=f"stream-{sub.name}", port=5006)
        for i in range(number):
            if self.lab.ping(f"sub{i + 1}", HOST) != 3:
                self.wrong.append(f"pings of sub{i + 1} got lost beside the call of "
                                  f"{sub.name}")
        self.wrong += [f"call of {sub.name}: {w}" for w in stream.check(flow.finish())]
        self.addresses.append(address)

    def finish(self):
        if self.port == "tap":  # it goes with twinrp
            self.captures["host"].stop()
        super().finish()

    # ---- figures ----

    def describe(self):
        out = []
        for a, b, result in self.figures:
            gaps = "/".join(f"{f['gap_ms']:.1f}" for f in result.values())
            out.append(f"{a} to {b} {gaps}")
        return "longest gaps, up/down, ms: " + "; ".join(out)


def summary(rows):
    """A table by event and port; lines."""
    out = [f"{'event':8}{'host':8}{'rounds':>7}{'sent':>9}{'lost':>6}"
           f"{'gap up ms':>11}{'gap down ms':>13}"]
    for kind in EVENTS:
        for port in PORTS:
            mine = [f for k, p, figures in rows if (k, p) == (kind, port)
                    for f in figures]
            if not mine:
                continue
            up, down = ([f[2][way] for f in mine]
                        for way in ("sub1 to host", "host to sub1"))
            out.append(
                f"{kind:8}{port:8}{len(mine) / 2:7g}"
                f"{sum(f['sent'] for f in up + down):9}"
                f"{sum(f['lost'] for f in up + down):6}"
                f"{max(f['gap_ms'] for f in up):11.1f}"
                f"{max(f['gap_ms'] for f in down):13.1f}")
    return out


def one_round(kind, port, auth, secret):
    return pull.runnable(lambda ctx: EventRound(ctx, kind, port, auth, secret))


def tests(rounds, seed):
    """Blocks of every event on every port, each block in an order of its own."""
    rng = random.Random(seed)
    out, block = [], []
    for i in range(rounds):
        if not block:
            block = [(kind, port) for kind in EVENTS for port in PORTS]
            rng.shuffle(block)
        kind, port = block.pop()
        auth, secret = rng.choice(pull.VARIANTS)
        name = f"{i + 1}-{kind}-{port}-{pull.variant_name(auth, secret)}"
        out.append((name, one_round(kind, port, auth, secret)))
    return out
