# SPDX-License-Identifier: GPL-3.0-or-later
"""l2tpns as LNS, as LAC and as PPPoE access concentrator, with a folder of its own.

It reads /etc/l2tpns only, so that folder is bind-mounted in a mount namespace of its own.
Alone in its cluster it must find out that it is; short heartbeats make that two seconds.
Every login is asked of RADIUS.  Sessions are dropped from its side by nsctl.
"""

import os
import re
import signal

from .netns import Failure, read, wait_until

ETC = "/etc/l2tpns"

CONF = """\
set debug 3
set log_file "@DIR@/log"
set pid_file "@DIR@/pid"
set primary_radius @RADIUS@
set radius_authtypes "@AUTH@"
set cluster_interface "lo"
set cluster_hb_interval 1
set cluster_hb_timeout 10
set send_garp no
set cli_bind_address 127.0.0.1
load plugin "sessionctl"
"""


class L2tpns:
    """`settings` are further lines of startup-config; pool is what it gives out."""

    def __init__(self, lab, netns, settings, radius, auth, pool="100.64.0.0/24",
                 name="l2tpns"):
        if not os.path.isdir(ETC):
            raise Failure(f"{ETC} is missing, there is nothing to mount over")
        self.lab, self.netns = lab, netns
        self.dir = lab.path(name)
        os.mkdir(self.dir)
        text = CONF
        for key, value in (("DIR", self.dir), ("RADIUS", radius),
                           ("AUTH", f"{auth},{'pap' if auth == 'chap' else 'chap'}")):
            text = text.replace(f"@{key}@", value)
        lab.write(f"{name}/startup-config", text + settings)
        lab.write(f"{name}/ip_pool", pool + "\n")
        lab.write(f"{name}/log", "")
        script = ('mount --bind "$1" "$2" && shift 2 && exec "$@"')
        self.proc = lab.start(name, [
            "unshare", "-m", "--propagation", "private", "sh", "-c", script, "sh",
            self.dir, ETC, "l2tpns", "-h", name], netns=netns)

    def log(self):
        return read(os.path.join(self.dir, "log"))

    def wait_master(self):
        """It answers only as master of its cluster."""
        def probe():
            if not self.proc.running():
                raise Failure("l2tpns ended: " + (self.proc.log() + self.log())[-600:])
            return "declaring myself the master" in self.log()
        wait_until("l2tpns as master of its cluster", probe, 40)

    def drop(self, user):
        """Ends a session as its operator would."""
        self.lab.run(self.netns, "nsctl", "drop", user, "end of test")

    def complaints(self):
        return [line for line in self.log().splitlines()
                if re.search(r"Bad|Malformed|Unknown|unsupported|too short", line)
                and "plugin" not in line]

    def end(self):
        """SIGTERM would wait for the sessions."""
        self.proc.signal(signal.SIGKILL)
        self.proc.wait(5)
