# SPDX-License-Identifier: GPL-3.0-or-later
"""An RP is pulled while a second xl2tpd sets up its call, and before its twin is ready.

In the first test one xl2tpd has a session with a stream in it, which may not notice; a second
xl2tpd, on a port of its own, places a call, and at a random moment of that the active RP is
pulled.  The call comes up, at once or when xl2tpd has given up and dialled again.

In the second the standby has just been put in when the active RP is pulled: what comes up has
nothing, says so, keeps nothing half, and takes new calls when the peer has found out.
"""

import random
import re
import time

import pull
from harness import HOST, LNS
from lib import stream
from lib.netns import Failure, Unmeasured, wait_until
from lib.xl2tpd import Xl2tpd, lac_config

LAC2, LNS2 = "10.99.2.1", "10.99.2.2"
PORT2 = f"""interface GigabitEthernet0/0/2
 ip address {LNS2} 255.255.255.0
!
end
"""
STREAM = 4      # seconds; the call comes after the first
SETTLED = 120   # xl2tpd gives up after 31 s, and dials again
GIVE_UP = 120   # HELLO after 60 s, which is asked for 31 s
COLD_GAP = 0.1  # between the insertion of one RP and the loss of the other


def sessions(n):
    return rf"L2TP Sessions:\s+{n}/{n}/{n}\b"


def is_up(subscriber):
    """What IPCP agreed on in the call that is there, or None."""
    up = subscriber.last("ipcp-up")
    if not up:
        return None
    at = subscriber.events().index(up)
    gone = [e for e in subscriber.events()[at:] if e[1] in ("exit", "hangup", "lcp-down")]
    return None if gone else up[2]


class SetupRound(pull.Round):
    def __init__(self, ctx, moments, seed):
        super().__init__(ctx, "chap", "tunsecret", title="setup")
        self.moments = moments
        self.rng = random.Random(seed)
        self.seed = seed
        self.active, self.twin = "R0", "R1"
        self.second = None
        self.again = {"tunnel": 0, "call": 0}  # what xl2tpd had to set up a second time
        self.lost = 0

    def run(self):
        self.start()
        self.address = self.bring_up(self.subs[0], "sub1")
        span = self.undisturbed()
        for i in range(self.moments):
            self.one_pull(i, self.rng.uniform(0, span * 1.2))
        self.finish()
        self.ctx.note = (f"seed {self.seed}, set-up takes {span * 1000:.0f} ms, "
                         f"{self.moments} pulls in it; xl2tpd opened a new tunnel after "
                         f"{self.again['tunnel']}, only called again after "
                         f"{self.again['call']}; {self.lost} packets of the first session "
                         "lost")
        if self.wrong:
            raise Failure("\n".join(self.wrong))

    # ---- set-up ----

    def config_text(self):
        text = super().config_text()
        head, end = text.rsplit("end\n", 1)
        if end.strip():
            raise Failure("the configuration does not end with `end`")
        return head + PORT2

    def new_router(self):
        lab = self.lab
        lab.add_ns("lac2")
        lab.veth("lac2", "lac0", "rtr", "vethC")
        lab.addr("lac2", "lac0", f"{LAC2}/24")
        config = lab.write("lns.cfg", self.config_text())
        return pull.Twinrp(
            lab, self.ctx.twinrp, config, netns="rtr",
            ports=["GigabitEthernet0/0/0=packet:vethA", self.host_side(),
                   "GigabitEthernet0/0/2=packet:vethC"])

    # ---- the second LAC ----

    def second_lac(self, number):
        """A new xl2tpd, which dials again by itself; its subscriber starts anew."""
        sub = self.subs[1]
        self.lab.write(f"{sub.name}.status", "")
        text = lac_config({"two": sub}, {"listen": LAC2, "lns": LNS2, "user": "sub",
                                         "hostname": "lac2", "challenge": True})
        text = text.replace("redial = no", "redial = yes\nredial timeout = 1")
        self.second = Xl2tpd(self.lab, "lac2", self.ctx.ptyppp, text, self.secret,
                             f"xl2tpd2-{number}")

    def end_second(self):
        """It says StopCCN; only the first session is left."""
        self.second.command("d two")
        self.operator.wait_shown(self.active, pull.REDUNDANCY, sessions(1), 15)
        self.second.proc.end()

    def undisturbed(self):
        """Seconds that a call takes from the order to IPCP."""
        self.ctx.progress("second LAC, nothing happens")
        self.second_lac(0)
        began = time.time()
        self.second.call("two")
        wait_until("IPCP of the second LAC", lambda: is_up(self.subs[1]), 15, 0.005)
        took = self.subs[1].last("ipcp-up")[0] - began
        if not 0 < took < 10:
            raise Failure(f"a call of the second LAC takes {took:.3f} s")
        self.end_second()
        return took

    # ---- one pull ----

    def one_pull(self, i, delay):
        ctx, gone = self.ctx, self.active
        here = f"pull {i + 1} of {gone}, {delay * 1000:.0f} ms into the call"
        ctx.progress(here)
        self.second_lac(i + 1)
        flow = stream.Stream(self.lab, ctx.seqstream, "sub1", self.address, "host", HOST,
                             [STREAM], tag=f"stream-{i}")
        wall = time.time() - time.monotonic()
        moments = [wall + flow.phase_at(n) for n in range(2)]
        flow.sleep_to(0, 1)
        self.second.call("two")
        time.sleep(delay)
        at = time.time()
        self.operator.do(f"pull {gone}")
        self.active, self.twin = self.twin, self.active
        result = flow.finish()
        self.lost += sum(f["lost"] for f in result.values())
        self.ways.append(pull.Way(here, at, moments, result, self.address, "pull"))
        self.second_up(here)
        self.operator.do(f"insert {gone}")
        self.operator.wait_hot(self.active)
        self.operator.wait_shown(self.active, pull.REDUNDANCY, sessions(2), 5)
        self.end_second()

    def second_up(self, here):
        try:
            wait_until("call of the second LAC", lambda: is_up(self.subs[1]), SETTLED)
        except Failure as e:
            raise Failure(f"{here}: {e}; xl2tpd: {self.second.proc.log()[-600:]}") from None
        log = self.second.proc.log()
        if log.count("Connecting to host") > 1:
            self.again["tunnel"] += 1
        elif log.count("Calling on tunnel") > 1:
            self.again["call"] += 1
        wait_until("answer to a ping of the second subscriber",
                   lambda: self.lab.ping("sub2", HOST, 1), 10)
        if self.lab.ping("sub2", HOST) != 3:
            self.wrong.append(f"{here}: pings of the second subscriber got lost")
        if self.lab.ping("sub1", HOST) != 3:
            self.wrong.append(f"{here}: pings of the first subscriber got lost")

    # ---- judging ----

    def finish(self):
        self.subs = self.subs[:1]  # the second comes and goes
        super().finish()

    def judge_captures(self):
        """The streams leave no pause for a HELLO."""
        for name, c in self.captures.items():
            faults, messages = pull.capture.check_file(c.path)
            self.wrong += [f"{name} capture: {w}" for w in faults]
            self.wrong += [f"{m.kind} from {m.src[0]}, frame {m.frame}" for m in messages
                           if name == "lac" and m.kind in ("StopCCN", "CDN")]


class ColdRound(pull.Round):
    def __init__(self, ctx, delay):
        super().__init__(ctx, "chap", "tunsecret", title="cold")
        self.delay = delay

    def run(self):
        self.start()
        address = self.bring_up(self.subs[0], "sub1")
        self.both_go()
        self.nothing_half(address)
        waited = self.peer_finds_out()
        self.new_call()
        self.finish()
        self.ctx.note = (f"R0 pulled {self.gap * 1000:.0f} ms after the insertion of R1; "
                         f"xl2tpd gave the tunnel up after {waited:.0f} s")
        if self.wrong:
            raise Failure("\n".join(self.wrong))

    def both_go(self):
        """R1 is put in anew, and R0 is pulled before R1 can have anything."""
        self.ctx.progress("R1 in, R0 out")
        self.operator.wait_shown("R0", pull.REDUNDANCY, sessions(1), 10)
        self.operator.do("pull R1")
        self.operator.do("insert R1")
        began = time.monotonic()
        time.sleep(self.delay)
        self.operator.do("pull R0")
        self.gap = time.monotonic() - began
        if self.gap > 2 * COLD_GAP:
            raise Unmeasured(f"R0 went {self.gap * 1000:.0f} ms after R1 had come")
        self.at = time.time()

    def nothing_half(self, address):
        """R1 says what it is, and knows nobody."""
        self.ctx.progress("R1 starts cold")
        self.operator.wait_shown("R1", "show redundancy states",
                                 r"my state = 13 -ACTIVE", 20)
        wait_until("COLD_START in the log",
                   lambda: "%REDUNDANCY-4-COLD_START" in self.router.proc.log(), 5)
        for command, pattern in ((pull.REDUNDANCY, sessions(0)),
                                 (pull.REDUNDANCY, r"L2TP Tunnels:\s+0/0/0/0\b"),
                                 ("show vpdn", r"No active L2TP tunnels")):
            try:
                self.operator.wait_shown("R1", command, pattern, 5)
            except Failure as e:
                self.wrong.append(str(e))
        if self.lab.ping("host", address, 2):
            self.wrong.append(f"{address} still answers, though its session is gone")

    def peer_finds_out(self):
        """xl2tpd's HELLO is not answered; the seconds until it has given the tunnel up."""
        self.ctx.progress("xl2tpd finds out")
        wait_until("end of xl2tpd's tunnel",
                   lambda: re.search(r"Connection \d+ closed|[Mm]aximum retries exceeded",
                                     self.lac.proc.log()), GIVE_UP)
        gone = time.time() - self.at
        wait_until("end of the first subscriber's PPP", lambda: not is_up(self.subs[0]), 10)
        return gone

    def new_call(self):
        """All is as on the first day."""
        self.ctx.progress("new call")
        self.lac.call(pull.CALLS[1])
        address = self.bring_up(self.subs[1], "sub2")
        self.operator.do("insert R0")
        self.operator.wait_hot("R1")
        self.operator.wait_shown("R1", pull.REDUNDANCY, sessions(1), 5)
        flow = stream.Stream(self.lab, self.ctx.seqstream, "sub2", address, "host", HOST,
                             [1.5], tag="second", port=5006)
        self.wrong += [f"new call: {w}" for w in stream.check(flow.finish())]

    def finish(self):
        self.stop_router()
        time.sleep(0.2)
        for c in self.captures.values():
            c.stop()
        self.wrong += self.subs[1].problems()
        faults, messages = pull.capture.check_file(self.captures["lac"].path)
        self.wrong += [f"lac capture: {w}" for w in faults]
        if not any(m.kind == "HELLO" and m.src[0] != LNS for m in messages):
            self.wrong.append("xl2tpd has not asked")


def tests(moments, seed):
    """`moments` pulls in set-ups; a cold start for each four of them."""
    rng = random.Random(seed)
    cold = [rng.uniform(0, COLD_GAP) for _ in range(max(1, moments // 4))]
    out = [("pull-in-call-setup",
            pull.runnable(lambda ctx: SetupRound(ctx, moments, seed)))]
    for i, delay in enumerate(cold):
        out.append((f"cold-start-{i + 1}",
                    pull.runnable(lambda ctx, d=delay: ColdRound(ctx, d))))
    return out
