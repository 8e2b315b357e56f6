# SPDX-License-Identifier: GPL-3.0-or-later
"""One call of xl2tpd over a real wire survives one pulled RP.

A round brings everything up anew: xl2tpd calls, a subscriber and a host send each other a
numbered stream, R0 is pulled in the middle of it, and neither xl2tpd nor the stream may
notice.  Rounds go through CHAP and PAP, with and without a tunnel secret.
"""

import ipaddress
import time
from collections import namedtuple

from harness import DNS, HOST, LAC, LNS, host_link, lac_link, subscriber_options
from lib import capture, stream
from lib.netns import Failure, Skip, lacking, wait_until
from lib.twinrp import Twinrp
from lib.xl2tpd import Subscriber, Xl2tpd, lac_config

VARIANTS = [("chap", "tunsecret"), ("pap", "tunsecret"), ("chap", None), ("pap", None)]
USERS = (("alice", "alicepw"), ("load1", "loadpw"), ("alice", "alicepw"))
POOL = ipaddress.ip_network("100.64.0.0/16")
# Seconds of stream and (negative) of pause; R0 is pulled in the middle of phase 2, and
# in each pause a HELLO (interval 5 s) must leave and be answered.
PLAN = [1.5, -7, 3, -7, 1.5]
PULL_PHASE, PULL_INTO = 2, 1.5
REDUNDANCY = "show l2tp redundancy"


CALLS = ("one", "two", "three")

# One stream with an event in its middle: wall clock of the event and of the phases.
Way = namedtuple("Way", "name at moments result address event")


def variant_name(auth, secret):
    return f"{auth}-{'secret' if secret else 'open'}"


def runnable(make, *programs):
    """The test function of a round that make(ctx) makes, with programs beside the usual."""
    def test(ctx):
        reason = lacking(*programs)
        if reason:
            raise Skip(reason)
        ctx.require(ctx.twinrp, ctx.ptyppp, ctx.seqstream)
        make(ctx).run()
    return test


def one_round(auth, secret):
    return runnable(lambda ctx: Round(ctx, auth, secret))


class Round:
    subscribers = 2
    users = USERS
    ppp_options = ()  # more of ptyppp's

    def __init__(self, ctx, auth, secret, title=None):
        self.ctx = ctx
        self.auth = auth
        self.secret = secret
        self.lab = ctx.lab(title or f"pull-{auth}")
        self.wrong = []
        self.ways = []
        self.captures = {}

    def run(self):
        self.start()
        address = self.bring_up(self.subs[0], "sub1")
        self.pull_in_stream(address)
        self.on_r1()
        self.second_call(address)
        self.finish()
        self.ctx.note = self.describe()
        if self.wrong:
            raise Failure("\n".join(self.wrong))

    # ---- set-up ----

    def config_text(self):
        """lns.cfg, or lns.cfg without tunnel authentication."""
        with open(self.ctx.config, encoding="utf-8") as f:
            text = f.read()
        line = " l2tp tunnel password 0 tunsecret\n"
        if text.count(line) != 1:
            raise Failure(f"{self.ctx.config} has no tunnel password to leave out")
        if not self.secret:
            text = text.replace(line, " no l2tp tunnel authentication\n")
        return text

    def host_side(self):
        """The host's end, before twinrp starts; the --port of it."""
        host_link(self.lab, "rtr")
        self.captures["host"] = capture.Capture(self.lab, "host", "host", "host0")
        return "GigabitEthernet0/0/1=packet:vethB"

    def host_ready(self):
        """What the host's end needs when twinrp is ready."""

    def start(self):
        lab, ctx = self.lab, self.ctx
        ctx.progress("topology")
        lac_link(lab, "rtr", self.subscribers)
        self.captures["lac"] = capture.Capture(lab, "lac", "lac", "lac0")
        self.router = self.new_router()
        self.subs = [
            Subscriber(lab, f"sub{i + 1}", [
                *subscriber_options(lab, i + 1, *user, self.auth), *self.ppp_options])
            for i, user in enumerate(self.users[:self.subscribers])]
        self.start_lac()
        self.boot()
        self.first_call()

    def first_call(self):
        self.lac.call(CALLS[0])

    def start_lac(self):
        self.lac = Xl2tpd(self.lab, "lac", self.ctx.ptyppp,
                          self.lac_text(LAC, LNS), self.secret)

    def lac_text(self, listen, lns):
        return lac_config(dict(zip(CALLS, self.subs)), {
            "listen": listen, "lns": lns, "user": "sub", "challenge": bool(self.secret)})

    def new_router(self):
        """Starts twinrp, in rtr."""
        config = self.lab.write("lns.cfg", self.config_text())
        return Twinrp(
            self.lab, self.ctx.twinrp, config, netns="rtr",
            ports=["GigabitEthernet0/0/0=packet:vethA", self.host_side()])

    def boot(self):
        """Until both RPs are ready."""
        self.ctx.progress("boot")
        self.router.wait_ready()
        self.host_ready()
        self.operator = self.router.operator()
        self.ctx.progress("wait for STANDBY HOT")
        self.operator.wait_hot()

    def stop_router(self):
        self.operator.close()
        self.router.stop()

    def bring_up(self, subscriber, netns):
        """Waits for IPCP, checks what was assigned, pings both ways; the address."""
        self.ctx.progress(f"PPP of {subscriber.name}")
        got = subscriber.wait_up()
        by = subscriber.last("authenticated")[2]["by"]
        if ipaddress.ip_address(got["local"]) not in POOL:
            raise Failure(f"{subscriber.name} got {got['local']}, which is not of {POOL}")
        if got["dns1"] != DNS:
            raise Failure(f"{subscriber.name} got DNS {got['dns1']}, not {DNS}")
        if by != self.auth:
            raise Failure(f"{subscriber.name} was authenticated by {by}, not {self.auth}")
        ways = ((netns, HOST), ("host", got["local"]))
        for end, to in ways:
            wait_until(f"answer to a ping from {end} to {to}",
                       lambda e=end, t=to: self.lab.ping(e, t, 1), 6)
        for end, to in ways:
            if self.lab.ping(end, to) != 3:
                raise Failure(f"pings from {end} to {to} got lost")
        return got["local"]

    def pull_in_stream(self, address):
        ctx = self.ctx
        self.operator.wait_shown("R0", REDUNDANCY, r"L2TP Sessions:\s+1/1/1\b", 10)
        flow = stream.Stream(self.lab, ctx.seqstream, "sub1", address, "host", HOST, PLAN)
        wall = time.time() - time.monotonic()
        moments = [wall + flow.phase_at(i) for i in range(len(PLAN) + 1)]
        ctx.progress("stream, then a pause for a HELLO")
        flow.sleep_to(PULL_PHASE, PULL_INTO)
        pulled = time.time()
        self.operator.do("pull R0")
        ctx.progress("R0 is out; stream, then a pause for a HELLO")
        self.ways.append(Way("R0 to R1", pulled, moments, flow.finish(), address, "pull"))

    def on_r1(self):
        self.ctx.progress("R1")
        try:
            self.operator.wait_shown("R1", REDUNDANCY, r"L2TP Resynced Tunnels: 1/0", 5)
            self.operator.refused('show R0 "show clock"')
        except Failure as e:
            self.wrong.append(str(e))

    def second_call(self, first):
        """A call that R1 alone sets up, beside the one that it took over."""
        self.ctx.progress("second call")
        self.lac.call(CALLS[1])
        address = self.bring_up(self.subs[1], "sub2")
        if address == first:
            raise Failure(f"both subscribers got {address}")
        flow = stream.Stream(self.lab, self.ctx.seqstream, "sub2", address, "host", HOST,
                             [1], rate=500, tag="second", port=5006)
        if self.lab.ping("sub1", HOST) != 3:
            self.wrong.append("the first subscriber's pings got lost beside the second")
        self.wrong += [f"second call: {w}" for w in stream.check(flow.finish())]

    # ---- judging ----

    def finish(self):
        ctx = self.ctx
        ctx.progress("the end")
        for sub in self.subs:
            self.wrong += sub.problems()
        # A message again for each tunnel at each takeover: 1, then 2 tunnels.
        repeats = sum(range(1, len(self.ways) + 1))
        self.wrong += [f"xl2tpd: {line}" for line in self.lac.complaints(repeats)]
        try:
            self.stop_router()
        except Failure as e:
            self.wrong.append(str(e))
        time.sleep(0.2)
        for c in self.captures.values():
            c.stop()
        ctx.progress("captures")
        for way in self.ways:
            self.judge_stream(way)
        self.judge_captures()

    def judge_stream(self, way):
        self.wrong += [f"{way.name}: {w}" for w in stream.check(way.result)]
        lost = {d: f for d, f in way.result.items() if f["missing"]}
        if not lost:
            return
        paths = {n: [d for d in capture.datagrams(c.path)
                     if way.moments[0] <= d.time <= way.moments[-1] + 0.2]
                 for n, c in self.captures.items()}
        for d, f in lost.items():
            sender = HOST if d.startswith("host") else way.address
            points = [(f"the {n} capture", capture.stream_numbers(paths[n], sender))
                      for n in ("lac", "host")]
            if sender == HOST:
                points.reverse()
            self.wrong.append(f"{way.name}: {d}: "
                              + capture.where_lost(f["missing"], points))

    def describe(self):
        notes = []
        for way in self.ways:
            for d, f in way.result.items():
                after = (f["gap_ended"] - way.at) * 1000
                where = (f"{after:+.0f} ms from the {way.event}" if abs(after) < 1000
                         else "elsewhere")
                notes.append(f"{d} {f['sent']} sent, longest gap {f['gap_ms']:.1f} ms "
                             f"({where})")
        return "; ".join(notes)

    def judge_captures(self):
        for name, c in self.captures.items():
            faults, messages = capture.check_file(c.path)
            self.wrong += [f"{name} capture: {w}" for w in faults]
            if name != "lac":
                continue
            for m in messages:
                if m.kind in ("StopCCN", "CDN"):
                    since = ", ".join(f"{m.time - w.at:+.3f} s from the {w.event}, {w.name}"
                                      for w in self.ways)
                    self.wrong.append(f"{m.kind} from {m.src[0]} ({since})")
            for w in self.ways:
                event = f"the {w.event}, {w.name}"
                self.judge_hello(messages, f"before {event}", *w.moments[1:3])
                self.judge_hello(messages, f"after {event}", *w.moments[3:5])

    def judge_hello(self, messages, when, since, until):
        hellos = capture.answered(messages, "HELLO", LNS, since, until)
        if not hellos:
            self.wrong.append(f"no HELLO left in the pause {when}")
        for m, gap in hellos:
            if gap is None:
                self.wrong.append(f"HELLO with Ns {m.ns} {when}: no answer")
            elif gap > 1:
                self.wrong.append(f"HELLO with Ns {m.ns} {when}: answered after {gap:.1f} "
                                  "s, so it had to be repeated")


def tests(rounds):
    out = []
    for i in range(rounds):
        auth, secret = VARIANTS[i % len(VARIANTS)]
        out.append((f"{i + 1}-{variant_name(auth, secret)}", one_round(auth, secret)))
    return out
