# SPDX-License-Identifier: GPL-3.0-or-later
"""One call of xl2tpd over a real wire survives one pulled RP.

A round brings everything up anew: xl2tpd calls, a subscriber and a host send each other a
numbered stream, R0 is pulled in the middle of it, and neither xl2tpd nor the stream may
notice.  Rounds go through CHAP and PAP, with and without a tunnel secret.
"""

import ipaddress
import time

from harness import DNS, HOST, LAC, LNS, subscriber_options, topology
from lib import capture, stream
from lib.netns import Failure, Skip, lacking, wait_until
from lib.twinrp import Twinrp
from lib.xl2tpd import Subscriber, Xl2tpd, lac_config

VARIANTS = [("chap", "tunsecret"), ("pap", "tunsecret"), ("chap", None), ("pap", None)]
POOL = ipaddress.ip_network("100.64.0.0/16")
# Seconds of stream and (negative) of pause; R0 is pulled in the middle of phase 2, and
# in each pause a HELLO (interval 5 s) must leave and be answered.
PLAN = [1.5, -7, 3, -7, 1.5]
PULL_PHASE, PULL_INTO = 2, 1.5
REDUNDANCY = "show l2tp redundancy"


def variant_config(ctx, lab, secret):
    """lns.cfg, or lns.cfg without tunnel authentication."""
    with open(ctx.config, encoding="utf-8") as f:
        text = f.read()
    line = " l2tp tunnel password 0 tunsecret\n"
    if text.count(line) != 1:
        raise Failure(f"{ctx.config} has no tunnel password to leave out")
    if not secret:
        text = text.replace(line, " no l2tp tunnel authentication\n")
    return lab.write("lns.cfg", text)


def one_round(auth, secret):
    def test(ctx):
        reason = lacking()
        if reason:
            raise Skip(reason)
        ctx.require(ctx.twinrp, ctx.ptyppp, ctx.seqstream)
        Round(ctx, auth, secret).run()
    return test


class Round:
    def __init__(self, ctx, auth, secret):
        self.ctx = ctx
        self.auth = auth
        self.secret = secret
        self.lab = ctx.lab(f"pull-{auth}")
        self.wrong = []

    def run(self):
        self.start()
        address = self.bring_up(self.first, "sub1")
        result = self.pull_in_stream(address)
        self.on_r1()
        self.second_call()
        self.finish(result)
        if self.wrong:
            raise Failure("\n".join(self.wrong))

    def start(self):
        lab, ctx = self.lab, self.ctx
        ctx.progress("topology")
        topology(lab, "rtr", subscribers=2)
        self.captures = {"lac": capture.Capture(lab, "lac", "lac", "lac0"),
                         "host": capture.Capture(lab, "host", "host", "host0")}
        self.router = Twinrp(
            lab, ctx.twinrp, variant_config(ctx, lab, self.secret), netns="rtr",
            ports=["GigabitEthernet0/0/0=packet:vethA",
                   "GigabitEthernet0/0/1=packet:vethB"])
        self.first = Subscriber(lab, "sub1", subscriber_options(
            lab, 1, "alice", "alicepw", self.auth))
        self.second = Subscriber(lab, "sub2", subscriber_options(
            lab, 2, "load1", "loadpw", self.auth))
        self.lac = Xl2tpd(lab, "lac", ctx.ptyppp, lac_config(
            {"one": self.first, "two": self.second},
            {"listen": LAC, "lns": LNS, "user": "sub",
             "challenge": bool(self.secret)}), self.secret)
        ctx.progress("boot")
        self.router.wait_ready()
        self.operator = self.router.operator()
        ctx.progress("wait for STANDBY HOT")
        self.operator.wait_hot()
        self.lac.call("one")

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
        self.address = address
        flow = stream.Stream(self.lab, ctx.seqstream, "sub1", address, "host", HOST, PLAN)
        wall = time.time() - time.monotonic()
        self.moments = [wall + flow.phase_at(i) for i in range(len(PLAN) + 1)]
        ctx.progress("stream, then a pause for a HELLO")
        flow.sleep_to(PULL_PHASE, PULL_INTO)
        self.pulled = time.time()
        self.operator.do("pull R0")
        ctx.progress("R0 is out; stream, then a pause for a HELLO")
        return flow.finish()

    def on_r1(self):
        self.ctx.progress("R1")
        try:
            self.operator.wait_shown("R1", REDUNDANCY, r"L2TP Resynced Tunnels: 1/0", 5)
            self.operator.refused('show R0 "show clock"')
        except Failure as e:
            self.wrong.append(str(e))

    def second_call(self):
        """A call that R1 alone sets up, beside the one that it took over."""
        self.ctx.progress("second call")
        self.lac.call("two")
        address = self.bring_up(self.second, "sub2")
        if address == self.address:
            raise Failure(f"both subscribers got {address}")
        flow = stream.Stream(self.lab, self.ctx.seqstream, "sub2", address, "host", HOST,
                             [1], rate=500, tag="second", port=5006)
        if self.lab.ping("sub1", HOST) != 3:
            self.wrong.append("the first subscriber's pings got lost beside the second")
        self.wrong += [f"second call: {w}" for w in stream.check(flow.finish())]

    def finish(self, result):
        ctx = self.ctx
        ctx.progress("the end")
        self.wrong += self.first.problems() + self.second.problems()
        self.wrong += [f"xl2tpd: {line}" for line in self.lac.complaints()]
        try:
            self.operator.close()
            self.router.stop()
        except Failure as e:
            self.wrong.append(str(e))
        time.sleep(0.2)
        for c in self.captures.values():
            c.stop()
        ctx.progress("captures")
        self.judge_stream(result)
        self.judge_captures()

    def judge_stream(self, result):
        self.wrong += stream.check(result)
        paths = {n: capture.datagrams(c.path) for n, c in self.captures.items()}
        notes = []
        for way, f in result.items():
            sender = HOST if way.startswith("host") else self.address
            points = [(n, capture.stream_numbers(paths[n], sender))
                      for n in ("lac", "host")]
            if way.startswith("host"):
                points.reverse()
            if f["missing"]:
                named = [(f"the {n} capture", seen) for n, seen in points]
                self.wrong.append(f"{way}: "
                                  + capture.where_lost(f["missing"], named))
            after = (f["gap_ended"] - self.pulled) * 1000
            where = f"{after:+.0f} ms from the pull" if abs(after) < 1000 else "elsewhere"
            notes.append(f"{way} {f['sent']} sent, longest gap {f['gap_ms']:.1f} ms "
                         f"({where})")
        ctx = self.ctx
        ctx.note = "; ".join(notes)

    def judge_captures(self):
        for name, c in self.captures.items():
            faults, messages = capture.check_file(c.path)
            self.wrong += [f"{name} capture: {w}" for w in faults]
            if name != "lac":
                continue
            for m in messages:
                if m.kind in ("StopCCN", "CDN"):
                    self.wrong.append(f"{m.kind} from {m.src[0]}, "
                                      f"{m.time - self.pulled:+.3f} s from the pull")
            self.judge_hello(messages, "before", self.moments[1], self.moments[2])
            self.judge_hello(messages, "after", self.moments[3], self.moments[4])

    def judge_hello(self, messages, when, since, until):
        hellos = capture.answered(messages, "HELLO", LNS, since, until)
        if not hellos:
            self.wrong.append(f"no HELLO left in the pause {when} the pull")
        for m, gap in hellos:
            if gap is None:
                self.wrong.append(f"HELLO with Ns {m.ns} {when} the pull: no answer")
            elif gap > 1:
                self.wrong.append(f"HELLO with Ns {m.ns} {when} the pull: answered after "
                                  f"{gap:.1f} s, so it had to be repeated")


def tests(rounds):
    out = []
    for i in range(rounds):
        auth, secret = VARIANTS[i % len(VARIANTS)]
        kind = f"{auth}-{'secret' if secret else 'open'}"
        out.append((f"{i + 1}-{kind}", one_round(auth, secret)))
    return out
