# SPDX-License-Identifier: GPL-3.0-or-later
"""twinrp as LAC of Debian's `pppoe`: subscribers that end here, or go on to xl2tpd or l2tpns.

   sub1 -- ptyppp -- pppoe --+
                             [lac] lac0 ------ vethA [rtr] ---- LNS [next] ---- [host]
   sub2 -- ptyppp -- pppoe --+                    twinrp

Each pppoe has ptyppp as its PPP end, over a pair of sockets.  The steps are those of chain.py:
10 % loss and a pull, a call on the twin, a pull back on good wires, hang-ups from either side.
Where they go on to l2tpns, FreeRADIUS says so by the Tunnel-* attributes of their domain.
"""

import socket

import chain
import multihop
import pull
from lib import capture
from lib.freeradius import SECRET

DOMAIN = "example.net"
ACCESS = """\
bba-group pppoe global
 virtual-template 1
!
interface GigabitEthernet0/0/0
 pppoe enable group global
!
interface Virtual-Template1
 ppp authentication chap pap
 ppp timeout retry 1
!
"""
BY_GROUP = f"""\
vpdn-group TO-LNS
 request-dialin
  protocol l2tp
  domain {DOMAIN}
 initiate-to ip {multihop.NEXT}
 local name lac1
 l2tp tunnel password 0 tunsecret
 l2tp tunnel hello 5
!
"""
BY_RADIUS = f"""\
aaa new-model
aaa authentication ppp default local
aaa authorization network default group radius
radius server AAA1
 address ipv4 {multihop.NEXT} auth-port 1812 acct-port 1813
 key {SECRET}
!
"""
PORTS = f"""\
interface GigabitEthernet0/0/1
 ip address {multihop.ROUTER} 255.255.255.0
!
"""


class PppoeClients:
    """What chain.py calls the LAC: calls are clients that are started."""

    def __init__(self, test):
        self.test = test
        self.count = 0

    def call(self, name):
        lab, i = self.test.lab, pull.CALLS.index(name)
        self.count += 1
        ours, theirs = socket.socketpair()
        lab.start(f"pppoe-{self.count}", ["sh", "-c", "exec pppoe -I lac0 -T 80 -U >&0"],
                  netns="lac", stdin=theirs)
        lab.start(f"ptyppp-{self.count}", [
            self.test.ctx.ptyppp, "file", self.test.subs[i].options_path], netns="lac",
            stdin=ours)
        ours.close()
        theirs.close()


class Subscribers:
    """Mixed into a round of chain.py."""

    state = "FORWARDED"
    sessions_a_call = 1
    max_calls = 10     # pppoe gives up after three PADI
    late_loss = True   # it repeats a PADI after 5 s, then 10

    def start_lac(self):
        self.lac = PppoeClients(self)

    def sessions(self, rp, calls):
        """As `show pppoe session` counts them."""
        word = rf"\b{calls} sessions? +in {self.state}" if calls else r"\A(?![\s\S]* in )"
        self.operator.wait_shown(rp, "show pppoe session", word, chain.SLOW)

    def protected(self, rp, calls):
        super().protected(rp, calls)
        self.sessions(rp, calls)

    def left(self, rp, calls):
        super().left(rp, calls)
        self.sessions(rp, calls)

    def judge_ends(self, name, messages):
        if name != "lac":
            super().judge_ends(name, messages)
            return
        for code, what, senders in ((0x65, "PADS", 1), (0xa7, "PADT", 2)):
            seen = capture.tshark("-r", self.captures["lac"].path, "-Y",
                                  f"pppoe.code == {code}", "-T", "fields", "-e",
                                  "eth.src").split()
            if len(seen) < 2 or len(set(seen)) != senders:
                self.wrong.append(f"lac capture: {what} from {seen}")


class Local(Subscribers, chain.LnsChain):
    """Subscribers end here: no L2TP at all."""

    state = "LOCALLY_TERMINATED"

    def config_text(self):
        text = super().config_text()
        return text.replace("end\n", ACCESS.split("interface Virtual")[0] + "end\n")

    def resynced(self, rp, calls):
        self.operator.wait_shown(rp, "show redundancy states", "my state = 13 -ACTIVE", 5)

    def protected(self, rp, calls):
        self.sessions(rp, calls)

    def left(self, rp, calls):
        self.sessions(rp, calls)

    def end_at_next(self):
        self.operator.do('cli R0 "clear pppoe all"')


class ToXl2tpd(Subscribers, chain.HopChain):
    """A vpdn-group says where the domain goes."""

    users = ((f"alice@{DOMAIN}", "alicepw"),) * 2
    where = BY_GROUP

    def config_text(self):
        return ("hostname lac1\n!\nredundancy\n mode sso\n!\nvpdn enable\n!\n"
                + self.where + ACCESS + PORTS + "end\n")

    def tunnels(self, calls):
        return 1


class ToL2tpns(ToXl2tpd, chain.HopToL2tpns):
    """RADIUS says it."""

    users = tuple((f"{user}@{DOMAIN}", password) for user, password in pull.USERS[:2])
    where = BY_RADIUS
    accounts = "".join(f'{user} Cleartext-Password := "{password}"\n\n'
                       for user, password in users) + f"""\
{DOMAIN} Cleartext-Password := "cisco"
\tTunnel-Type:1 = L2TP,
\tTunnel-Medium-Type:1 = IPv4,
\tTunnel-Password:1 = "tunsecret",
\tTunnel-Server-Endpoint:1 = "{multihop.NEXT}",
\tTunnel-Client-Auth-ID:1 = "lac1",
\tCisco-AVPair += "vpdn:l2tp-silent-switchover=1",
\tCisco-AVPair += "vpdn:l2tp-hello-interval=5"
"""


def tests():
    more = ("l2tpns", "nsctl", "freeradius")
    return [("local", chain.round_of(Local, "chap", None, "pppoe")),
            ("xl2tpd", chain.round_of(ToXl2tpd, "chap", "tunsecret", "pppoe")),
            ("l2tpns", chain.round_of(ToL2tpns, "pap", "tunsecret", "pppoe", *more))]
