# SPDX-License-Identifier: GPL-3.0-or-later
"""FreeRADIUS with a configuration of its own, in a namespace; its detail file, read."""

import os
import re
import signal

from .netns import Failure, wait_until

SECRET = "labsecret"

CONF = """\
prefix = /usr
libdir = /usr/lib/freeradius
raddbdir = @DIR@
logdir = @DIR@
run_dir = @DIR@
pidfile = @DIR@/pid
max_request_time = 30
cleanup_delay = 5
max_requests = 16384
hostname_lookups = no
log {
	destination = stdout
	auth = yes
}
security {
	max_attributes = 200
	reject_delay = 0
	status_server = no
}
thread pool {
	start_servers = 1
	max_servers = 4
	min_spare_servers = 1
	max_spare_servers = 3
	max_requests_per_server = 0
}
modules {
	files {
		key = "%{User-Name}"
		filename = @DIR@/users
	}
	pap {
	}
	chap {
	}
	mschap {
	}
	detail {
		filename = @DIR@/detail
		permissions = 0644
	}
}
client twinrp {
	ipaddr = @CLIENT@
	secret = @SECRET@
}
server default {
	listen {
		type = auth
		ipaddr = @ADDRESS@
		port = 1812
	}
	listen {
		type = acct
		ipaddr = @ADDRESS@
		port = 1813
	}
	authorize {
		chap
		mschap
		files
		pap
	}
	authenticate {
		Auth-Type PAP {
			pap
		}
		Auth-Type CHAP {
			chap
		}
		Auth-Type MS-CHAP {
			mschap
		}
	}
	accounting {
		detail
	}
	post-auth {
		@SIGNED@
		Post-Auth-Type REJECT {
			@SIGNED@
		}
	}
}
"""
SIGNED = "update reply {\n&Message-Authenticator := 0x00\n}"


class FreeRadius:
    """`users` is the text of a users file; signed: replies have Message-Authenticator."""

    def __init__(self, lab, netns, address, client, users, signed=True, name="freeradius"):
        self.lab, self.netns, self.name = lab, netns, name
        self.dir = lab.path(name)
        os.mkdir(self.dir)
        text = CONF
        for key, value in (("DIR", self.dir), ("CLIENT", client), ("SECRET", SECRET),
                           ("ADDRESS", address), ("SIGNED", SIGNED if signed else "")):
            text = text.replace(f"@{key}@", value)
        self.write("radiusd.conf", text)
        self.write("users", users)
        self.start()

    def write(self, name, text):
        with open(os.path.join(self.dir, name), "w", encoding="utf-8") as f:
            f.write(text)

    def start(self):
        self.proc = self.lab.start(
            self.name, ["freeradius", "-f", "-d", self.dir, "-D", "/usr/share/freeradius"],
            netns=self.netns)
        ready = self.proc.log().count("Ready to process requests")
        wait_until("FreeRADIUS ready", lambda: self.is_ready(ready), 15)

    def is_ready(self, before):
        if not self.proc.running():
            raise Failure("FreeRADIUS ended: " + self.proc.log()[-600:])
        return self.proc.log().count("Ready to process requests") > before

    def stop(self):
        """An outage: no goodbye."""
        self.proc.signal(signal.SIGKILL)
        self.proc.wait(5)

    def logins(self):
        """[(True or False, user)] from its log."""
        return [(m[1] == "OK", m[2]) for m in re.finditer(
            r"Login (OK|incorrect).*?\[([^\]/]*)", self.proc.log())]

    def records(self):
        """The detail file, a dictionary a record, in order."""
        try:
            with open(os.path.join(self.dir, "detail"), encoding="utf-8") as f:
                text = f.read()
        except FileNotFoundError:
            return []
        out = []
        for block in text.split("\n\n"):
            record = dict(re.findall(r'^\t([\w:-]+) = "?(.*?)"?$', block, re.M))
            if record:
                out.append(record)
        return out

    def sessions(self):
        """{Acct-Session-Id: {status: [records]}}"""
        out = {}
        for r in self.records():
            by = out.setdefault(r.get("Acct-Session-Id", ""), {})
            by.setdefault(r.get("Acct-Status-Type", ""), []).append(r)
        return out

    def radclient(self, to, command, attributes):
        """Sends a CoA or Disconnect request; what radclient says of the answer."""
        path = self.lab.write("radclient.txt", "\n".join(attributes) + "\n")
        return self.lab.run(self.netns, "radclient", "-x", "-r", "1", "-t", "3", "-f", path,
                            to, command, SECRET, check=False)
