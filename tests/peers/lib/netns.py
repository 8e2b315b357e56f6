# SPDX-License-Identifier: GPL-3.0-or-later
"""Namespaces, veth pairs and processes of one test, and their certain end.

A Lab owns everything it makes: close() ends its processes by their id, then whatever is
left inside its namespaces, then the namespaces by name.  Names carry our process id, so
that two runs on one machine do not meet.
"""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager

CLONE_NEWNET = 0x40000000


class Failure(Exception):
    """A check of a test did not hold."""


class Unmeasured(Failure):
    """What was to be judged was not seen: no verdict, the test runs again."""


class Skip(Exception):
    """A right, a program or a kernel feature is missing here."""


def sh(*args, check=True, timeout=30):
    """Runs a short command; its output, or Failure with what it said."""
    done = subprocess.run(args, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          errors="replace", timeout=timeout)
    if check and done.returncode != 0:
        raise Failure(f"{' '.join(args)}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


def wait_until(what, probe, timeout, step=0.05):
    """Calls probe() until it gives something true; Failure naming `what` otherwise."""
    end = time.monotonic() + timeout
    while True:
        got = probe()
        if got:
            return got
        if time.monotonic() > end:
            raise Failure(f"no {what} within {timeout:g} s")
        time.sleep(step)


def read(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        return f.read()


def lacking(*more):
    """Why nothing with namespaces, or with those programs, can run here, or None."""
    if os.geteuid() != 0:
        return "needs root (network namespaces, TUN)"
    for program in ("ip", "ethtool", "xl2tpd", "tcpdump", "tshark", "ping", "unshare",
                    *more):
        if not shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin"):
            return f"{program} is not installed (./bootstrap test installs it)"
    if not os.path.exists("/dev/net/tun"):
        return "/dev/net/tun is missing (no TUN in this kernel)"
    probe = f"tp{os.getpid()}-probe"
    try:
        sh("ip", "netns", "add", probe)
        sh("ip", "-n", probe, "link", "add", "name", "va", "type", "veth",
           "peer", "name", "vb")
        sh("ip", "-n", probe, "tuntap", "add", "dev", "tun0", "mode", "tun")
    except Failure as e:
        return f"no namespaces, veth or TUN here: {e}"
    finally:
        sh("ip", "netns", "del", probe, check=False)
    return None


class Proc:
    """One program of a test, in the foreground, with its output in files.

    NAME.log has both streams, or standard error only when `out` asks for NAME.out."""

    def __init__(self, lab, name, args, netns=None, stdin=subprocess.DEVNULL, out=False):
        self.name = name
        self.log_path = os.path.join(lab.dir, f"{name}.log")
        self.out_path = os.path.join(lab.dir, f"{name}.out") if out else self.log_path
        self.log_file = open(self.log_path, "ab")
        out_file = open(self.out_path, "ab") if out else self.log_file
        if netns:
            args = ["ip", "netns", "exec", lab.ns(netns)] + list(args)
        self.args = args
        # A session of its own: Ctrl-C reaches the harness only, which then ends the rest
        # in order.
        self.popen = subprocess.Popen(
            args, stdin=stdin, stdout=out_file, stderr=self.log_file,
            start_new_session=True, cwd=lab.dir)
        if out:
            out_file.close()
        lab.procs.append(self)

    @property
    def pid(self):
        return self.popen.pid  # `ip netns exec` and `unshare` become the program

    def log(self):
        return read(self.log_path)

    def out(self):
        return read(self.out_path)

    def running(self):
        return self.popen.poll() is None

    def signal(self, sig):
        if self.running():
            self.popen.send_signal(sig)

    def wait(self, timeout):
        try:
            return self.popen.wait(timeout)
        except subprocess.TimeoutExpired:
            raise Failure(f"{self.name} did not end within {timeout:g} s") from None

    def end(self):
        """Asks, waits a little, then insists."""
        if self.running():
            self.popen.terminate()
            try:
                self.popen.wait(2)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait(5)
        if self.popen.stdin:
            self.popen.stdin.close()
        self.log_file.close()


class Lab:
    def __init__(self, title, parent=None):
        self.title = title
        self.names = []
        self.procs = []
        self.dir = tempfile.mkdtemp(prefix=f"twinrp-{title}-", dir=parent)
        os.chmod(self.dir, 0o755)  # tests as nobody read files in here

    def ns(self, short):
        return f"tp{os.getpid()}-{short}"

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)
        return self.path(name)

    def add_ns(self, *shorts):
        for short in shorts:
            sh("ip", "netns", "add", self.ns(short))
            self.names.append(short)
            sh("ip", "-n", self.ns(short), "link", "set", "lo", "up")
            # No router solicitations and no duplicate address detection in captures.
            for key in ("all", "default"):
                self.run(short, "sysctl", "-qw", f"net.ipv6.conf.{key}.disable_ipv6=1",
                         check=False)

    def run(self, short, *args, check=True, timeout=30):
        return sh("ip", "netns", "exec", self.ns(short), *args, check=check,
                  timeout=timeout)

    def veth(self, a, if_a, b, if_b):
        """A pair between two namespaces, up, without addresses, offloads off: a program
        that reads frames raw must see finished checksums and no merged segments."""
        sh("ip", "link", "add", "name", if_a, "netns", self.ns(a), "type", "veth",
           "peer", "name", if_b, "netns", self.ns(b))
        for short, name in ((a, if_a), (b, if_b)):
            self.run(short, "ethtool", "-K", name, "tx", "off", "rx", "off", "gso", "off",
                     "gro", "off", "tso", "off", check=False)
            sh("ip", "-n", self.ns(short), "link", "set", name, "up")

    def addr(self, short, ifname, prefix):
        sh("ip", "-n", self.ns(short), "addr", "add", prefix, "dev", ifname)

    def route(self, short, *words):
        sh("ip", "-n", self.ns(short), "route", "add", *words)

    def start(self, name, args, **kw):
        return Proc(self, name, args, **kw)

    @contextmanager
    def inside(self, short):
        """This thread in that namespace; a socket made here stays there."""
        libc = ctypes.CDLL(None, use_errno=True)
        with open("/proc/thread-self/ns/net", "rb") as home, \
                open(f"/run/netns/{self.ns(short)}", "rb") as there:
            if libc.setns(there.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
            try:
                yield
            finally:
                if libc.setns(home.fileno(), CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), "setns back")

    def connect(self, short, address, timeout=10):
        """A TCP connection from inside a namespace (None: from here)."""
        if short is None:
            return socket.create_connection(address, timeout=timeout)
        with self.inside(short):
            return socket.create_connection(address, timeout=timeout)

    def ping(self, short, to, count=3, source=None):
        """How many of `count` pings were answered."""
        args = ["ping", "-n", "-q", "-c", str(count), "-i", "0.2", "-W", "2"]
        if source:
            args += ["-I", source]
        out = self.run(short, *args, to, check=False)
        for word in out.split(","):
            if "received" in word:
                return int(word.split()[0])
        return 0

    def close(self, keep=False):
        for proc in reversed(self.procs):
            try:
                proc.end()
            except (OSError, subprocess.SubprocessError):
                pass
        self.procs = []
        for short in reversed(self.names):
            for pid in sh("ip", "netns", "pids", self.ns(short), check=False).split():
                try:
                    os.kill(int(pid), signal.SIGKILL)
                except ProcessLookupError:
                    pass
            sh("ip", "netns", "del", self.ns(short), check=False)
        self.names = []
        if not keep:
            shutil.rmtree(self.dir, ignore_errors=True)
