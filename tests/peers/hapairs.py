# SPDX-License-Identifier: GPL-3.0-or-later
"""Which tunnels survive a pull: the pairs of FreeRADIUS, the group's switch, the global one.

Each row of COMBINATIONS is a LAC by a host name of its own (xl2tpd opens a tunnel for each),
with one session.  FreeRADIUS is asked for that name when the tunnel is opened (`vpdn tunnel
authorization`) and returns the pairs l2tp-silent-switchover and l2tp-tunnel-resync-packet, or
none.  The group of half of the names has `no sso enable`.  R0 is pulled: exactly the sessions
that the table says go on, and where the resync pair counts, the window said so in the SCCRP.
"""

import itertools
import time
from collections import namedtuple

import pull
from harness import DNS, HOST, HOST_GW, LAC, LNS
from lib import capture
from lib.freeradius import SECRET, FreeRadius
from lib.netns import Failure, wait_until
from lib.xl2tpd import Xl2tpd, lac_config

RESYNC = 3

Combination = namedtuple("Combination", "name pair resync group")


def combinations():
    """silent-switchover absent, 1, 0; resync absent, 3; group on, off."""
    return [Combination(f"lac-{pair or 'x'}-{'r' if resync else 'x'}-"
                        f"{'on' if group else 'off'}", pair, resync, group)
            for pair, resync, group in itertools.product(
                (None, "1", "0"), (None, RESYNC), (True, False))]


def survives(c, globally):
    """Either switch off means no HA; otherwise the pair decides, and without it the group."""
    return globally and c.group and c.pair != "0"


def users(rows):
    out = []
    for c in rows:
        pairs = [f'Cisco-AVPair += "vpdn:l2tp-silent-switchover={c.pair}"'] * bool(c.pair)
        pairs += [f'Cisco-AVPair += "vpdn:l2tp-tunnel-resync-packet={c.resync}"'
                  ] * bool(c.resync)
        out.append(f'{c.name} Cleartext-Password := "cisco"'
                   + "".join(f"\n\t{p}," for p in pairs).rstrip(",") + "\n")
    return "\n".join(out)


GROUP = """\
vpdn-group {name}
 accept-dialin
  protocol l2tp
  virtual-template 1
 terminate-from hostname {name}
 local name lns1
 no sso enable
 l2tp tunnel password 0 tunsecret
!
"""


class PairsRound(pull.Round):
    def __init__(self, ctx, globally):
        self.globally = globally
        self.rows = combinations()
        self.subscribers = len(self.rows)
        self.users = (("alice", "alicepw"),) * len(self.rows)
        super().__init__(ctx, "pap", "tunsecret", title="pairs")

    def config_text(self):
        text = super().config_text()
        head, rest = text.split("interface Loopback0", 1)
        groups = "".join(GROUP.format(name=c.name) for c in self.rows if not c.group)
        more = f"""\
aaa new-model
aaa authentication ppp default local
aaa authorization network TUNNELS group radius
radius server AAA1
 address ipv4 {HOST} auth-port 1812 acct-port 1813
 key {SECRET}
!
vpdn tunnel authorization network TUNNELS
{'' if self.globally else 'no l2tp sso enable'}
!
"""
        return head + groups + more + "interface Loopback0" + rest

    def host_ready(self):
        self.radius = FreeRadius(self.lab, "host", HOST, HOST_GW, users(self.rows))

    def start_lac(self):
        """A section a name; xl2tpd says the name in its SCCRQ."""
        parts = [lac_config({c.name: sub}, {"listen": LAC, "lns": LNS, "user": "sub",
                                            "hostname": c.name, "challenge": True})
                 for c, sub in zip(self.rows, self.subs)]
        text = parts[0] + "".join(p[p.index("[lac "):] for p in parts[1:])
        self.lac = Xl2tpd(self.lab, "lac", self.ctx.ptyppp, text, self.secret)

    def first_call(self):
        """xl2tpd takes no second order before it has read the first."""
        for n, c in enumerate(self.rows, 1):
            self.lac.call(c.name)
            wait_until(f"xl2tpd's tunnel of {c.name}", lambda n=n:
                       self.lac.proc.log().count("Connecting to host") >= n, 10, 0.01)

    def run(self):
        self.start()
        self.ctx.progress(f"PPP of {len(self.subs)} LACs")
        for sub in self.subs:
            got = sub.wait_up(30)
            if got["dns1"] != DNS:
                raise Failure(f"{sub.name} got {got}")
        n = len(self.rows)
        good = sum(survives(c, self.globally) for c in self.rows)
        self.operator.wait_shown("R0", pull.REDUNDANCY,
                                 rf"L2TP Sessions:\s+{n}/{good}/{good}\b", 10)
        self.judge_pings("before the pull", [True] * n)
        self.operator.do("pull R0")
        self.operator.wait_shown("R1", "show redundancy states", "my state = 13 -ACTIVE", 5)
        self.operator.wait_shown("R1", pull.REDUNDANCY,
                                 rf"L2TP Resynced Tunnels: {good}/0", 10)
        self.judge_pings("after the pull", [survives(c, self.globally) for c in self.rows])
        self.operator.wait_shown("R1", pull.REDUNDANCY, rf"L2TP Sessions:\s+{good}/", 5)
        self.finish()
        self.ctx.note = (f"{n} combinations, global switch "
                         f"{'on' if self.globally else 'off'}: {good} survive")
        if self.wrong:
            raise Failure("\n".join(self.wrong))

    def judge_pings(self, when, wanted):
        """All at once: three pings a session."""
        self.ctx.progress(f"pings {when}")
        procs = [self.lab.start(f"ping-{len(self.lab.procs)}", [
            "ping", "-n", "-q", "-c", "3", "-i", "0.2", "-W", "1", HOST], netns=sub.name)
            for sub in self.subs]
        for c, proc, good in zip(self.rows, procs, wanted):
            proc.wait(15)
            answered = int(proc.log().split(" received")[0].split()[-1])
            if answered != (3 if good else 0):
                self.wrong.append(f"{c.name} {when}: {answered} of 3 pings answered")

    def finish(self):
        self.stop_router()
        time.sleep(0.2)
        for c in self.captures.values():
            c.stop()
        for name, c in self.captures.items():
            faults, messages = capture.check_file(c.path)
            self.wrong += [f"{name} capture: {w}" for w in faults]
            if name == "lac":
                self.judge_windows(messages)
        asked = [user for ok, user in self.radius.logins() if ok]
        if not {c.name for c in self.rows} <= set(asked):
            self.wrong.append(f"FreeRADIUS was asked for {asked} only")

    def judge_windows(self, messages):
        """An HA tunnel advertises no more than may be unacknowledged after a switchover."""
        ids = {}
        for m in messages:
            if m.kind == "SCCRQ":
                ids[capture.avp(m.body, 9)] = capture.avp(m.body, 7).decode()
        for m in messages:
            if m.kind != "SCCRP":
                continue
            c = next(c for c in self.rows
                     if c.name == ids.get(m.tunnel.to_bytes(2, "big")))
            window = int.from_bytes(capture.avp(m.body, 10) or b"", "big")
            if (window == RESYNC) != bool(c.resync and survives(c, self.globally)):
                self.wrong.append(f"{c.name}: a window of {window} in the SCCRP")


def round_of(globally):
    return pull.runnable(lambda ctx: PairsRound(ctx, globally), "freeradius")


def tests():
    return [("ha-pairs", round_of(True)), ("ha-pairs-global-off", round_of(False))]
