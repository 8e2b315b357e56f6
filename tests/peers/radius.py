# SPDX-License-Identifier: GPL-3.0-or-later
"""FreeRADIUS checks the subscribers of xl2tpd and takes the accounting, over pulls.

FreeRADIUS runs on the host behind Gi0/0/1.  RP R0 is pulled in the middle of a stream, then,
when it is HOT again, R1.  Of what the detail file has, copies of a record counted once, each
session has exactly one Start and one Stop, and octets that only grow.
"""

import os
import signal
import time

import pull
from harness import HOST, HOST_GW
from lib.freeradius import SECRET, FreeRadius
from lib.netns import Failure, wait_until

USERS = """\
alice Cleartext-Password := "alicepw"
\tFramed-IP-Address = 100.64.9.9,
\tClass = 0x616c696365

load1 Cleartext-Password := "loadpw"
\tAcct-Interim-Interval = 60
"""

AAA = f"""\
aaa new-model
aaa authentication ppp default group radius
aaa authorization network default group radius
aaa accounting network default start-stop group radius
radius server AAA1
 address ipv4 {HOST} auth-port 1812 acct-port 1813
 timeout 1
 key {SECRET}
"""


def hang_up(subscriber):
    os.kill(int(subscriber.last("start")[2]["pid"]), signal.SIGTERM)


class RadiusRound(pull.Round):
    signed = True
    aaa = AAA

    def config_text(self):
        text = super().config_text()
        users = [line for line in text.splitlines() if line.startswith("username ")]
        if len(users) != 2:
            raise Failure("the configuration has other users than expected")
        for line in users:
            text = text.replace(line + "\n", "")
        return text.replace("end\n", self.aaa + "!\nend\n")

    def host_ready(self):
        self.radius = FreeRadius(self.lab, "host", HOST, HOST_GW, USERS, self.signed)

    def run(self):
        self.start()
        self.steps()
        if self.wrong:
            raise Failure("\n".join(self.wrong))

    def steps(self):
        """There and back, with a new call in between, and all hang up."""
        address = self.bring_up(self.subs[0], "sub1")
        if address != "100.64.9.9":
            raise Failure(f"the subscriber got {address}, not what RADIUS says")
        self.wait_status("Start", 1)
        self.pull_in_stream(address)
        self.on_r1()
        self.second_call(address)
        self.operator.do("insert R0")
        self.operator.wait_hot("R1")
        self.ctx.progress("R1 is pulled")
        self.operator.do("pull R1")
        self.operator.wait_shown("R0", "show redundancy states", "my state = 13", 5)
        self.operator.wait_shown("R0", pull.REDUNDANCY, r"L2TP Resynced Tunnels: 2/0", 10)
        if self.lab.ping("sub1", HOST) != 3 or self.lab.ping("sub2", HOST) != 3:
            self.wrong.append("pings got lost on the way back")
        self.hang_up(2)
        self.judge_accounting(2)
        self.judge_way(self.ways[0])
        shown = self.operator.show("R0", "show aaa servers")
        if "State: current UP" not in shown:
            self.wrong.append(f"show aaa servers: {shown}")
        self.stop_router()
        self.ctx.note = (f"{len(self.radius.records())} records, " + self.describe())

    def judge_way(self, way):
        self.judge_stream(way)

    # ---- accounting ----

    def statuses(self, status):
        return sum(1 for s in self.radius.sessions().values() if status in s)

    def wait_status(self, status, n, timeout=15):
        wait_until(f"{status} records of {n} sessions",
                   lambda: self.statuses(status) >= n, timeout)

    def hang_up(self, n):
        """The subscribers' PPP ends say goodbye."""
        self.ctx.progress("hang-up")
        for sub in self.subs[:n]:
            hang_up(sub)
        self.wait_status("Stop", n, 30)
        time.sleep(1)  # a second Stop would come now

    def judge_accounting(self, n):
        sessions = self.radius.sessions()
        if len(sessions) != n:
            self.wrong.append(f"{len(sessions)} sessions in the detail file, not {n}")
        for name, by in sessions.items():
            self.judge_session(name, by)

    def judge_session(self, name, by):
        for status in ("Start", "Stop"):
            different = {r.get("Event-Timestamp") for r in by.get(status, [])}
            if len(different) != 1:
                self.wrong.append(f"session {name}: {len(different)} {status} records: "
                                  f"{by.get(status)}")
        if not by.get("Stop"):
            return
        last = by["Stop"][-1]
        octets = [int(r["Acct-Input-Octets"]) for s in ("Interim-Update", "Stop")
                  for r in by.get(s, [])]
        if octets != sorted(octets) or octets[-1] < 100:
            self.wrong.append(f"session {name}: octets {octets}")
        if last.get("Acct-Terminate-Cause") not in ("User-Request", "Lost-Carrier"):
            self.wrong.append(f"session {name}: ended by {last}")
        want = {"NAS-IP-Address": HOST_GW, "Tunnel-Client-Endpoint:0": "10.99.0.1",
                "NAS-Identifier": "lns1"}
        for key, value in want.items():
            if last.get(key, last.get(key.split(":")[0])) != value:
                self.wrong.append(f"session {name}: {key} is not {value}: {last}")


def round_of(kind, auth):
    return pull.runnable(lambda ctx: kind(ctx, auth, "tunsecret", title=f"radius-{auth}"),
                         "freeradius", "radclient")


class DynamicRound(RadiusRound):
    """radclient: CoA, then Disconnect, on R0 and, after a pull, on R1; who is unknown is told."""

    aaa = AAA + f"""\
aaa server radius dynamic-author
 client {HOST} server-key {SECRET}
"""

    def ask(self, command, attributes, want):
        said = self.radius.radclient(f"{HOST_GW}:3799", command, attributes)
        if want not in said:
            raise Failure(f"radclient {command} {attributes}: no {want} in: {said}")
        return said

    def steps(self):
        self.bring_up(self.subs[0], "sub1")
        self.lac.call(pull.CALLS[1])
        self.bring_up(self.subs[1], "sub2")
        self.wait_status("Start", 2)
        said = self.ask("disconnect", ['User-Name = "nobody"'], "Disconnect-NAK")
        if "Session-Context-Not-Found" not in said:
            self.wrong.append(f"another Error-Cause: {said}")
        self.ask("coa", ['User-Name = "load1"', "Session-Timeout = 3600"], "CoA-ACK")
        self.ask("disconnect", ['User-Name = "alice"'], "Disconnect-ACK")
        self.wait_status("Stop", 1)
        self.operator.wait_shown("R0", pull.REDUNDANCY, r"L2TP Sessions:\s+1/1/1\b", 10)
        self.operator.do("pull R0")
        self.operator.wait_shown("R1", pull.REDUNDANCY, r"L2TP Resynced Tunnels: [12]/0", 10)
        if self.lab.ping("sub2", HOST) != 3:
            self.wrong.append("the other subscriber's pings got lost")
        name = next(n for n, by in self.radius.sessions().items() if "Stop" not in by)
        self.ask("disconnect", [f'Acct-Session-Id = "{name}"'], "Disconnect-ACK")
        self.wait_status("Stop", 2)
        for by in self.radius.sessions().values():
            if by["Stop"][-1].get("Acct-Terminate-Cause") != "Admin-Reset":
                self.wrong.append(f"ended by {by['Stop'][-1]}")
        self.stop_router()


class OutageRound(RadiusRound):
    """FreeRADIUS is away while the call ends and R0 is pulled; then it comes back."""

    def steps(self):
        self.bring_up(self.subs[0], "sub1")
        self.wait_status("Start", 1)
        self.operator.wait_shown("R0", pull.REDUNDANCY, r"L2TP Sessions:\s+1/1/1\b", 10)
        self.radius.stop()
        self.ctx.progress("hang-up while FreeRADIUS is away")
        hang_up(self.subs[0])
        time.sleep(3)
        self.operator.do("pull R0")
        self.operator.wait_shown("R1", "show redundancy states", "my state = 13", 5)
        time.sleep(2)
        self.radius.start()
        self.ctx.progress("FreeRADIUS is back")
        self.wait_status("Stop", 1, 40)
        time.sleep(1)
        self.judge_accounting(1)
        self.stop_router()
        self.ctx.note = f"{len(self.radius.records())} records"


class UnsignedRound(RadiusRound):
    """Replies without Message-Authenticator: nobody gets in, and the log says what to do;
    with that done, the same call succeeds."""

    signed = False

    def steps(self):
        hint = "no message-authenticator required"
        wait_until("hint in the log", lambda: hint in self.operator.show(
            "R0", "show logging"), 15, 0.3)
        if self.subs[0].last("ipcp-up"):
            raise Failure("the subscriber got in by a reply without Message-Authenticator")
        shown = self.operator.show("R0", "show aaa servers")
        if "without Message-Authenticator 0" in shown.split("Account")[0]:
            self.wrong.append(f"show aaa servers does not count it: {shown}")
        for line in ("configure terminal", "radius server AAA1", hint, "end"):
            self.operator.do(f'cli R0 "{line}"')
        self.lac.call(pull.CALLS[1])
        self.bring_up(self.subs[1], "sub2")
        self.wait_status("Start", 1)
        self.stop_router()


class MsChapRound(RadiusRound):
    """MS-CHAPv2: each side proves that it knows the password; a wrong one is refused, also when
    an RP that was standby asks the server."""

    users = pull.USERS[:2] + (("alice", "wrong"),)
    subscribers = 3

    def config_text(self):
        return super().config_text().replace("ppp authentication chap pap",
                                             "ppp authentication ms-chap-v2")

    def steps(self):
        self.bring_up(self.subs[0], "sub1")
        self.wait_status("Start", 1)
        self.operator.wait_shown("R0", pull.REDUNDANCY, r"L2TP Sessions:\s+1/1/1\b", 10)
        self.operator.do("pull R0")
        self.operator.wait_shown("R1", pull.REDUNDANCY, r"L2TP Resynced Tunnels: 1/0", 10)
        self.lac.call(pull.CALLS[1])
        self.bring_up(self.subs[1], "sub2")
        self.lac.call(pull.CALLS[2])
        wait_until("refusal of a wrong password",
                   lambda: self.subs[2].last("auth-failed"), 15)
        if self.lab.ping("sub1", HOST) != 3:
            self.wrong.append("the first subscriber's pings got lost")
        logins = self.radius.logins()
        if logins != [(True, "alice"), (True, "load1"), (False, "alice")]:
            self.wrong.append(f"FreeRADIUS let in and refused {logins}")
        self.hang_up(2)
        self.judge_accounting(2)
        self.stop_router()


def tests():
    return [("chap-there-and-back", round_of(RadiusRound, "chap")),
            ("pap-there-and-back", round_of(RadiusRound, "pap")),
            ("radclient", round_of(DynamicRound, "chap")),
            ("outage", round_of(OutageRound, "chap")),
            ("mschapv2", round_of(MsChapRound, "mschapv2")),
            ("unsigned", round_of(UnsignedRound, "pap"))]
