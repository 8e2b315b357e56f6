# SPDX-License-Identifier: GPL-3.0-or-later
"""xl2tpd as LAC or LNS, with ptyppp in the place of pppd.

ptyppp is bind-mounted over /usr/sbin/pppd in a mount namespace of xl2tpd's own, so the
machine's pppd is not touched.  Each call has an options file and a status file.
"""

import os
import re

from .netns import Failure, wait_until

PPPD = "/usr/sbin/pppd"


class Subscriber:
    """The PPP end of one call: reads what ptyppp wrote to its status file."""

    def __init__(self, lab, name, options):
        self.name = name
        self.status_path = lab.path(f"{name}.status")
        lines = [f"{k} {v}" for k, v in options] + [f"status {self.status_path}"]
        self.options_path = lab.write(f"{name}.options", "\n".join(lines) + "\n")

    def events(self):
        """[(time, event, {key: value})] so far."""
        out = []
        try:
            with open(self.status_path, encoding="utf-8") as f:
                for line in f:
                    words = line.split()
                    out.append((float(words[0]), words[1],
                                dict(w.split("=", 1) for w in words[2:] if "=" in w)))
        except FileNotFoundError:
            pass
        return out

    def last(self, event):
        found = [e for e in self.events() if e[1] == event]
        return found[-1] if found else None

    def wait_up(self, timeout=15):
        """What IPCP agreed on: {local, peer, dns1, dns2, tun}."""
        def probe():
            for event in ("auth-failed", "exit", "hangup", "timeout"):
                if self.last(event):
                    raise Failure(f"{self.name}: {event} before IPCP was up: "
                                  + " | ".join(e[1] for e in self.events()))
            return self.last("ipcp-up")
        return wait_until(f"IPCP of {self.name}", probe, timeout)[2]

    def problems(self):
        """Events that a quiet session must not have."""
        bad = ("bad-fcs", "malformed", "tun-write-failed", "lcp-down", "ipcp-down",
               "terminated", "hangup", "timeout", "auth-failed", "exit")
        return [f"{self.name}: {e[1]} {e[2]}" for e in self.events() if e[1] in bad]


class Xl2tpd:
    def __init__(self, lab, netns, ptyppp, config, secret=None, name="xl2tpd"):
        if not os.path.exists(PPPD):
            raise Failure(f"{PPPD} is missing, there is nothing to mount ptyppp over")
        self.lab = lab
        self.netns = netns
        conf = lab.write(f"{name}.conf", config)
        secrets = lab.write(f"{name}.secrets", f"* * {secret}\n" if secret else "")
        os.chmod(secrets, 0o600)
        self.control = lab.path(f"{name}.control")
        script = ('mount --bind "$1" "$2" && shift 2 && exec "$@"')
        self.proc = lab.start(name, [
            "unshare", "-m", "--propagation", "private", "sh", "-c", script, "sh",
            ptyppp, PPPD, "xl2tpd", "-D", "-c", conf, "-s", secrets,
            "-p", lab.path(f"{name}.pid"), "-C", self.control], netns=netns)
        wait_until("control pipe of xl2tpd", self.ready, 5)

    def ready(self):
        if not self.proc.running():
            raise Failure("xl2tpd ended: " + self.proc.log()[-400:])
        listening = "Listening on IP address" in self.proc.log()
        return listening and os.path.exists(self.control)

    def command(self, line):
        """A line for the control pipe: `c LAC` calls, `h CALL` hangs up, `d` disconnects."""
        fd = os.open(self.control, os.O_WRONLY | os.O_NONBLOCK)
        try:
            os.write(fd, line.encode() + b"\n")
        finally:
            os.close(fd)

    def call(self, lac):
        self.command(f"c {lac}")

    COMPLAINTS = re.compile(
        r"StopCCN|CDN|[Mm]aximum retries|Call \d+ closed|Connection \d+ closed|"
        r"[Tt]unnel closed|disconnect|Unable to|bad|invalid|unknown|"
        r"terminating|out of order", re.I)
    # Said at every start, on a machine without kernel L2TP or IPsec.
    USUAL = re.compile(r"setsockopt|[Kk]ernel support|SAref|saref|This binary|"
                       r"Not looking|IPsec|l2tp_ppp", re.I)

    REPEATED = re.compile(r"out of order control packet.*\(got (\d+), expected (\d+)\)")

    def complaints(self, repeats=0):
        """Lines of its log that speak of a lost call, a lost tunnel or a bad message.

        A new active RP that may not have heard of an acknowledgement sends the message
        again, unchanged; xl2tpd calls that out of order, and bad, and acknowledges it.  So
        many of those are no complaint."""
        out = []
        for line in self.proc.log().splitlines():
            if not self.COMPLAINTS.search(line) or self.USUAL.search(line):
                continue
            got = self.REPEATED.search(line)
            if got and (int(got[2]) - int(got[1])) % 0x10000 == 1 and repeats:
                repeats -= 1
                out.append(None)
            elif out and out[-1] is None and "bad control packet" in line:
                continue
            else:
                out.append(line)
        return [line for line in out if line]


def lac_config(calls, options):
    """A LAC with one section a call; `calls` maps its name to its Subscriber."""
    out = ["[global]", "port = 1701", f"listen-addr = {options['listen']}", ""]
    for name, subscriber in calls.items():
        out += [f"[lac {name}]", f"lns = {options['lns']}",
                f"hostname = {options.get('hostname', 'lac1')}", "redial = no",
                "length bit = yes", "require authentication = no",
                f"name = {options['user']}", f"pppoptfile = {subscriber.options_path}"]
        if options.get("challenge"):
            out.append("challenge = yes")
        out.append("")
    return "\n".join(out)


def lns_config(subscriber, listen, challenge=False):
    """An LNS that leaves addresses to the PPP end."""
    out = ["[global]", "port = 1701", f"listen-addr = {listen}", "",
           "[lns default]", "ip range = 100.64.0.2-100.64.0.9", "local ip = 172.16.0.1",
           "hostname = lns1", "length bit = yes", "require authentication = no",
           f"pppoptfile = {subscriber.options_path}"]
    if challenge:
        out.append("challenge = yes")
    return "\n".join(out) + "\n"
