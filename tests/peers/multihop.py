# SPDX-License-Identifier: GPL-3.0-or-later
"""twinrp between two xl2tpd: a LAC's calls go on to another LNS (vpdn multihop).

   sub1 --+                  10.99.0.1   .2   198.51.100.1   .2        192.0.2.254   .1
          xl2tpd LAC [lac] ------ vethA [rtr] vethC ----- [next] xl2tpd LNS ----- [host]
   sub2 --+                         twinrp

PPP runs between ptyppp at both ends; twinrp only switches it.  A round is one of
xl2tpd-events: the active RP is lost in the middle of a stream, there and back.
"""

import os

import events
import pull
from harness import DNS, HOST_GW, host_link
from lib import capture
from lib.xl2tpd import Subscriber, Xl2tpd, lns_config

NEXT, ROUTER = "198.51.100.2", "198.51.100.1"


class HopRound(events.EventRound):
    users = (("alice", "alicepw"),) * 3
    sessions_a_call = 2
    tunnels_beside = 1  # all calls go on in one
    tabled = False

    def config_text(self):
        with open(os.path.join(os.path.dirname(self.ctx.config), "hop.cfg"),
                  encoding="utf-8") as f:
            text = f.read().replace("tunnel hello 5", f"tunnel hello {events.HELLO}")
        if self.secret:
            return text
        return text.replace("l2tp tunnel password 0 tunsecret",
                            "no l2tp tunnel authentication")

    def host_side(self):
        lab = self.lab
        lab.add_ns("next")
        lab.veth("next", "up0", "rtr", "vethC")
        lab.addr("next", "up0", f"{NEXT}/24")
        host_link(lab, "next")
        lab.addr("next", "vethB", f"{HOST_GW}/24")
        lab.run("next", "sysctl", "-qw", "net.ipv4.ip_forward=1")
        self.captures["next"] = capture.Capture(lab, "next", "next", "up0")
        self.captures["host"] = capture.Capture(lab, "host", "host", "host0")
        return "GigabitEthernet0/0/1=packet:vethC"

    def start_next(self):
        """What is called in the end."""
        self.server = Subscriber(self.lab, "server", [
            ("server", self.auth), ("user", self.users[0][0]), ("password", "alicepw"),
            ("tun", "ppp%d"), ("dns1", DNS), *self.ppp_options])
        self.next = Xl2tpd(self.lab, "next", self.ctx.ptyppp,
                           lns_config(self.server, NEXT, bool(self.secret)), self.secret,
                           "xl2tpd-next")

    def boot(self):
        self.start_next()
        super().boot()

    def finish(self):
        self.wrong += self.server.problems()
        self.wrong += [f"next xl2tpd: {line}"
                       for line in self.next.complaints(len(self.ways))]
        super().finish()

    def judge_captures(self):
        super().judge_captures()
        _, messages = capture.check_file(self.captures["next"].path)
        for m in messages:
            if m.kind in ("StopCCN", "CDN"):
                self.wrong.append(f"{m.kind} from {m.src[0]} in the onward tunnel")
        placed = [m for m in messages if m.kind == "ICRQ" and m.src[0] == ROUTER]
        if len({m.ns for m in placed}) != len(self.subs):
            self.wrong.append(f"{len(placed)} ICRQs went on, for {len(self.subs)} calls")


def one_round(kind, auth, secret):
    return pull.runnable(lambda ctx: HopRound(ctx, kind, "packet", auth, secret))


def tests():
    return [("pull-chap-secret", one_round("pull", "chap", "tunsecret")),
            ("hang-pap-open", one_round("hang", "pap", None))]
