# SPDX-License-Identifier: GPL-3.0-or-later
"""Other programs at either side of twinrp, over wires that lose 10 %.

As a multihop node, in the topology of multihop.py, xl2tpd's calls go on to xl2tpd or l2tpns.
As an LNS, in that of xl2tpd-pull, twinrp has xl2tpd or l2tpns as LAC; xl2tpd calls l2tpns,
which is told by RADIUS where to forward whom:

   sub1, sub2 --- xl2tpd [far] --- l2tpns [lac] --- twinrp [rtr] --- [host]

Calls come up while both ports lose a tenth of all packets each way, an RP is pulled in the
middle of a stream, its twin sets up another call; then the wires are good, the twin is pulled
in the middle of streams of both calls and not one packet may be lost.  In the end one
subscriber hangs up, and the LNS ends the other's call.
"""

import os
import re
import signal
import time

import events
import multihop
import pull
from harness import DNS, HOST, LAC, LNS
from lib import capture, stream
from lib.freeradius import SECRET, FreeRadius
from lib.l2tpns import L2tpns
from lib.netns import Failure, wait_until
from lib.xl2tpd import Xl2tpd
from setup import is_up

LOSS = 10        # percent, each way on each port
SLOW = 60        # seconds for what repeats may delay
LOSSY_PLAN = [1.6]
GOOD_PLAN = [1.4]
QUIET = 1.2      # seconds: nobody's restart timer is longer here
PORTS = ("GigabitEthernet0/0/0", "GigabitEthernet0/0/1")

USERS = """\
alice Cleartext-Password := "alicepw"

load1 Cleartext-Password := "loadpw"
"""


class Chain:
    """The steps, for a round of multihop.py or events.py."""

    subscribers = 2
    users = pull.USERS[:2]
    max_calls = 3  # loss may end one
    endings = ("CDN",)
    onward = HOST
    sides = 2  # that send them
    goodbye = signal.SIGTERM
    late_loss = False  # or only when the first call is up
    ppp_options = (("retry", "500"),)  # ms, so that a lost packet of PPP costs no 3 s

    def __init__(self, ctx, auth, secret):
        super().__init__(ctx, "pull", "packet", auth, secret)

    def boot(self):
        super().boot()
        for port in PORTS:
            self.operator.wait_shown("R0", "show ip interface brief",
                                     rf"{port} .*\bup +up\b", 10)
        if not self.late_loss:
            self.lose()

    def lose(self):
        """Not before ARP knows the way on: it asks twice only, and an LNS that no SCCRQ reaches
        is passed over for a while."""
        answer = self.operator.do(f'cli R0 "ping {self.onward} repeat 3"', 20)
        if not re.search(r"\([123]/3\)", answer):
            raise Failure(f"no way on: {answer}")
        for port in PORTS:
            self.operator.do(f"link {port} loss {LOSS}%")

    def run(self):
        self.start()
        self.addresses = [self.came_up(self.subs[0])]
        if self.late_loss:
            self.lose()
        self.lossy_pull()
        self.call_on_twin()
        self.good_pull()
        self.hang_up()
        self.finish()
        if self.wrong:
            raise Failure("\n".join(self.wrong))

    def note(self, text):
        self.ctx.note += f"{'; ' if self.ctx.note else ''}{text}"

    # ---- steps ----

    def came_up(self, sub):
        """IPCP may have begun again, when its last answer was lost.  l2tpns gives a call up
        when its answer to PAP or CHAP was, so who was hung up on calls again."""
        self.ctx.progress(f"PPP of {sub.name}")
        began = time.monotonic()
        calls = 1

        def probe():
            nonlocal calls
            if len([e for e in sub.events() if e[1] == "exit"]) == calls:
                calls += 1
                self.call_again(self.subs.index(sub))
            return self.at_rest(sub)
        got = wait_until(f"IPCP of {sub.name}", probe, SLOW)
        if calls > self.max_calls:
            self.wrong.append(f"{sub.name} had to call {calls} times")
        self.note(f"{sub.name} up after {time.monotonic() - began:.1f} s, {calls} calls")
        by = sub.last("authenticated")[2]["by"]
        if (got["dns1"], by) != (DNS, self.auth):
            raise Failure(f"{sub.name} got {got}, by {by}")
        return got["local"]

    def lossy_pull(self):
        """Numbers go on arriving after the pull, a fair share of them."""
        self.ctx.progress("pull of R0 on lossy wires")
        # ARP gets lost too, and is repeated after a second.
        wait_until("answer to a ping on lossy wires",
                   lambda: self.lab.ping("sub1", HOST, 1), SLOW)
        flow = self.flow(0, LOSSY_PLAN)
        flow.sleep_to(0, LOSSY_PLAN[0] / 2)
        self.operator.do("pull R0")
        result = flow.finish()
        self.operator.wait_shown("R1", "show redundancy states", "my state = 13 -ACTIVE", 5)
        self.resynced("R1", 1)
        for way, f in result.items():
            f["missing"] = len(f["missing"])
            share = f["received"] / f["sent"]
            self.note(f"{way} {share:.0%} of {f['sent']} on lossy wires")
            if not 0.6 < share < 0.95 or f["duplicates"] or f["strange"]:
                self.wrong.append(f"{way} on lossy wires: {f}")
            if f["gap_ms"] > 500:
                self.wrong.append(f"{way} on lossy wires: silent for {f['gap_ms']:.0f} ms")

    def tunnels(self, calls):
        return calls + self.tunnels_beside

    def resynced(self, rp, calls):
        self.operator.wait_shown(rp, pull.REDUNDANCY, rf"L2TP Resynced Tunnels: "
                                 rf"{self.tunnels(calls)}/0", SLOW)

    def protected(self, rp, calls):
        n = calls * self.sessions_a_call
        self.operator.wait_shown(rp, pull.REDUNDANCY, rf"L2TP Sessions:\s+{n}/{n}/{n}\b",
                                 SLOW)

    def left(self, rp, calls):
        n = calls * self.sessions_a_call
        self.operator.wait_shown(rp, pull.REDUNDANCY, rf"L2TP Sessions:\s+{n}/", 15)

    def flow(self, i, plan):
        return stream.Stream(self.lab, self.ctx.seqstream, f"sub{i + 1}",
                             self.addresses[i], "host", HOST, plan,
                             tag=f"stream-{len(self.lab.procs)}", port=5005 + i, lead=1)

    def call_again(self, i):
        self.lac.call(pull.CALLS[i])

    def call_on_twin(self):
        self.ctx.progress("call on R1, R0 comes back")
        self.operator.do("insert R0")
        self.call_again(1)
        self.addresses.append(self.came_up(self.subs[1]))
        self.operator.wait_hot("R1")
        for port in PORTS:
            self.operator.do(f"link {port} clear")
        self.protected("R1", 2)
        for i, sub in enumerate(self.subs):
            self.addresses[i] = self.settled(sub)
            self.pinged(sub)
        if len(set(self.addresses)) != 2:
            raise Failure(f"both subscribers have {self.addresses[0]}")

    def at_rest(self, sub):
        """What IPCP agreed on, when no renegotiation is under way that loss has caused."""
        up = is_up(sub)
        return up if up and time.time() - sub.events()[-1][0] > QUIET else None

    def settled(self, sub):
        return wait_until(f"rest of {sub.name}", lambda: self.at_rest(sub), SLOW)["local"]

    def pinged(self, sub):
        if self.lab.ping(sub.name, HOST) != 3:
            raise Failure(f"pings of {sub.name} got lost on good wires")

    def good_pull(self):
        self.ctx.progress("pull of R1 on good wires")
        flows = [self.flow(i, GOOD_PLAN) for i in range(2)]
        flows[0].sleep_to(0, GOOD_PLAN[0] / 2)
        self.operator.do("pull R1")
        gaps = []
        for i, flow in enumerate(flows):
            result = flow.finish()
            self.wrong += [f"back to R0: {w}" for w in stream.check(result)]
            gaps += [f"{f['gap_ms']:.1f}" for f in result.values()]
        self.note("longest gaps of the pull back " + "/".join(gaps) + " ms")
        self.resynced("R0", 2)

    def hang_up(self):
        """Who ends it is told to the other end, and twinrp keeps nothing."""
        self.ctx.progress("the subscriber hangs up")
        self.end_at_lac()
        self.left("R0", 1)
        self.gone_at_next(0)
        if self.lab.ping("sub2", HOST) != 3:
            self.wrong.append("pings of the other subscriber got lost")
        self.ctx.progress("the LNS hangs up")
        self.end_at_next()
        self.second_ended()
        self.left("R0", 0)

    def end_at_lac(self):
        """PPP says goodbye first, and who of LAC and LNS sends the CDN then is a race; where
        that matters, it goes without a word."""
        os.kill(int(self.subs[0].last("start")[2]["pid"]), self.goodbye)

    def second_ended(self):
        wait_until("end of the second subscriber's PPP", lambda: not is_up(self.subs[1]), 15)

    # ---- judging ----

    def finish(self):
        self.ctx.progress("captures")
        try:
            self.stop_router()
        except Failure as e:
            self.wrong.append(str(e))
        time.sleep(0.2)
        for name, c in self.captures.items():
            c.stop()
            faults, messages = capture.check_file(c.path)
            # What `link` loses on the way out is not seen outside.
            self.wrong += [f"{name} capture: {w}" for w in faults if " jumps to " not in w]
            if name != "host":
                self.judge_ends(name, messages)

    def judge_ends(self, name, messages):
        """A call was ended from either side, and no tunnel broke down before."""
        ends = {(m.src[0], m.ns) for m in messages if m.kind in self.endings}
        if len({src for src, _ in ends}) < self.sides:
            self.wrong.append(f"{name} capture: {self.endings} from one side only: {ends}")
        first = min((m.time for m in messages if m.kind == "CDN"), default=0)
        self.wrong += [f"{name} capture: StopCCN from {m.src[0]} before the calls ended"
                       for m in messages if m.kind == "StopCCN" and m.time < first]


class HopChain(Chain, multihop.HopRound):
    """xl2tpd - twinrp - xl2tpd."""

    users = pull.USERS[:1] * 2  # the PPP server of xl2tpd knows one user
    onward = multihop.NEXT
    goodbye = signal.SIGKILL

    def config_text(self):
        """An LNS that takes no SCCRQ would be passed over for a while."""
        return super().config_text().replace(
            " local name hop\n",
            " local name hop\n l2tp tunnel retransmit initial retries 5\n")

    def server_end(self, i):
        """ptyppp at the LNS's side of call i: (pid, is it there)."""
        pid = [int(e[2]["pid"]) for e in self.server.events()
               if e[1] == "ipcp-up" and e[2]["peer"] == self.addresses[i]][-1]
        return pid, os.path.exists(f"/proc/{pid}")

    def gone_at_next(self, i):
        wait_until("end of the call at the LNS", lambda: not self.server_end(i)[1], 10)

    def end_at_next(self):
        os.kill(self.server_end(1)[0], self.goodbye)


class HopToL2tpns(HopChain):
    """xl2tpd - twinrp - l2tpns."""

    users = pull.USERS[:2]
    accounts = USERS
    max_calls = 10

    def start_next(self):
        self.radius = FreeRadius(self.lab, "next", multihop.NEXT, "0.0.0.0/0", self.accounts)
        self.next = L2tpns(self.lab, "next", f"""\
set bind_address {multihop.NEXT}
set iftun_address 172.16.0.1
set peer_address 172.16.0.1
set l2tp_secret "{self.secret}"
set radius_secret "{SECRET}"
set primary_dns {DNS}
set ppp_restart_time 1
set ppp_max_configure 8
""", multihop.NEXT, self.auth)

    def boot(self):
        super().boot()
        self.next.wait_master()

    def hang_up(self):
        self.mark = len(self.next.log())
        super().hang_up()

    def gone_at_next(self, i):
        wait_until("end of the call at l2tpns",
                   lambda: "Shutting down session" in self.next.log()[self.mark:], 10)

    def end_at_next(self):
        self.next.drop(self.users[1][0])

    def finish(self):
        super().finish()
        self.wrong += [f"l2tpns: {line}" for line in self.next.complaints()]
        self.next.end()


class LnsChain(Chain, events.EventRound):
    """xl2tpd - twinrp."""

    endings = ("CDN", "StopCCN")

    def config_text(self):
        """PPP asks again after one second, not three."""
        return super().config_text().replace(
            "ppp authentication", "ppp timeout retry 1\n ppp authentication")

    def gone_at_next(self, i):
        """twinrp is the LNS, and was asked."""

    def end_at_next(self):
        self.operator.do('cli R0 "clear vpdn tunnel l2tp all"')


class LnsOfL2tpns(LnsChain):
    """xl2tpd - l2tpns - twinrp."""

    FAR, NEAR = "10.98.0.1", "10.98.0.2"
    sides = 1  # the LNS's CDNs alone: l2tpns may send none
    max_calls = 10

    def start_lac(self):
        lab = self.lab
        lab.add_ns("far")
        lab.veth("far", "far0", "lac", "near0")
        lab.addr("far", "far0", f"{self.FAR}/24")
        lab.addr("lac", "near0", f"{self.NEAR}/24")
        self.radius = FreeRadius(lab, "lac", "127.0.0.1", "127.0.0.1", tunnelled())
        self.l2tpns = L2tpns(lab, "lac", f"""\
set bind_address {self.NEAR}
set iftun_address 172.16.0.9
set peer_address 172.16.0.9
set l2tp_secret "{self.secret}"
set radius_secret "{SECRET}"
set bind_address_remotelns {LAC}
set ppp_restart_time 1
set ppp_max_configure 8
""", "127.0.0.1", self.auth)
        self.lac = Xl2tpd(lab, "far", self.ctx.ptyppp, self.lac_text(self.FAR, self.NEAR),
                          self.secret)

    def boot(self):
        super().boot()
        self.l2tpns.wait_master()

    def tunnels(self, calls):
        """One for all calls, by Tunnel-Assignment-Id."""
        return 1

    def second_ended(self):
        """l2tpns ends its session with us, and leaves the subscriber's as it is."""
        wait_until("end of the second session at l2tpns", lambda: re.search(
            r"Shutting down tunnel \d+ \(Stopped\)", self.l2tpns.log()), 10)

    def finish(self):
        super().finish()
        self.wrong += [f"l2tpns: {line}" for line in self.l2tpns.complaints()]
        self.l2tpns.end()


def tunnelled():
    """Both users are to be forwarded to twinrp."""
    return "\n".join(f"""\
{user} Cleartext-Password := "{password}"
\tTunnel-Type:1 = L2TP,
\tTunnel-Medium-Type:1 = IPv4,
\tTunnel-Password:1 = "tunsecret",
\tTunnel-Server-Endpoint:1 = "{LNS}",
\tTunnel-Assignment-Id:1 = "twinrp"
""" for user, password in pull.USERS[:2])


def round_of(kind, auth, secret, *programs):
    return pull.runnable(lambda ctx: kind(ctx, auth, secret), *programs)


def tests():
    more = ("l2tpns", "nsctl", "freeradius")
    return [("xl2tpd-hop-xl2tpd", round_of(HopChain, "chap", "tunsecret")),
            ("xl2tpd-hop-l2tpns", round_of(HopToL2tpns, "pap", "tunsecret", *more)),
            ("xl2tpd-lns", round_of(LnsChain, "pap", None)),
            ("l2tpns-lns", round_of(LnsOfL2tpns, "pap", "tunsecret", *more))]
