# SPDX-License-Identifier: GPL-3.0-or-later
"""twinrp headless, its operator console, and its RP consoles as a cable sees them."""

import re
import select
import signal
import time

from .netns import Failure, wait_until

READY = re.compile(r"^ready operator=(\S+) r0=(\S+) r1=(\S+) vty=(\S+)\s*$", re.M)
HOT = "peer state = 8"


def address(text):
    host, port = text.rsplit(":", 1)
    return host, int(port)


class Twinrp:
    """A chassis in the foreground with free ports; `wait_ready` fills `ports`."""

    def __init__(self, lab, program, config=None, ports=(), netns=None, name="twinrp",
                 more=()):
        self.lab = lab
        self.program = program
        self.netns = netns
        self.state_file = lab.path(f"{name}.state")
        args = [program, "--headless", "--console", "127.0.0.1:0,0,0,0",
                "--state-file", self.state_file]
        if config:
            args += ["--config", config]
        for port in ports:
            args += ["--port", port]
        self.proc = lab.start(name, args + list(more), netns=netns, out=True)
        self.ports = {}

    def wait_ready(self, timeout=20):
        def probe():
            if not self.proc.running():
                raise Failure(f"twinrp ended with {self.proc.popen.returncode} before it "
                              f"was ready: {self.tail()}")
            return READY.search(self.proc.out())
        found = wait_until("ready line of twinrp", probe, timeout)
        self.ports = dict(zip(("operator", "r0", "r1", "vty"),
                              map(address, found.groups())))
        return self

    def operator(self):
        return Operator(self.lab.connect(self.netns, self.ports["operator"]))

    def console(self, which):
        return Console(self.lab.connect(self.netns, self.ports[which]))

    def run(self, *args, timeout=20):
        """A client of this chassis, as `-c` or `check`; (status, stdout, stderr)."""
        return client(self.lab, self.program, *args, "--state-file", self.state_file,
                      netns=self.netns, timeout=timeout)

    def tail(self):
        return " | ".join(self.proc.log().strip().splitlines()[-4:])

    def stop(self, sig=signal.SIGTERM):
        """Ends it as a power cut; its exit status must be 0."""
        if not self.proc.running():
            raise Failure(f"twinrp had ended by itself with "
                          f"{self.proc.popen.returncode}: {self.tail()}")
        self.proc.signal(sig)
        status = self.proc.wait(5)
        if status != 0:
            raise Failure(f"exit {status} after {signal.Signals(sig).name}: {self.tail()}")


def client(lab, program, *args, netns=None, timeout=20):
    """Runs the program to its end; (status, stdout, stderr)."""
    name = f"client{len(lab.procs)}"
    proc = lab.start(name, [program, *args], netns=netns, out=True)
    status = proc.wait(timeout)
    return status, proc.out(), proc.log()


class Operator:
    """A connection to the operator console: a line in; output lines, then ok or error."""

    def __init__(self, sock):
        self.sock = sock
        self.buf = b""

    def readline(self, timeout):
        end = time.monotonic() + timeout
        while b"\n" not in self.buf:
            self.sock.settimeout(max(end - time.monotonic(), 0.01))
            try:
                got = self.sock.recv(65536)
            except TimeoutError:
                raise Failure("the operator console does not answer") from None
            if not got:
                raise Failure("the operator console closed the connection")
            self.buf += got
        line, self.buf = self.buf.split(b"\n", 1)
        return line.decode("utf-8", "replace").rstrip("\r")

    def send(self, line):
        self.sock.sendall(line.encode() + b"\n")

    def answer(self, timeout=10):
        """(output lines, None or the text of the error)."""
        out = []
        while True:
            line = self.readline(timeout)
            if line == "ok":
                return out, None
            if line.startswith("error: "):
                return out, line[len("error: "):]
            out.append(line)

    def do(self, line, timeout=10):
        """The output of a line that must be answered with ok."""
        self.send(line)
        out, error = self.answer(timeout)
        if error is not None:
            raise Failure(f"operator: {line}: {error} {' '.join(out)}".strip())
        return "\n".join(out)

    def refused(self, line, timeout=10):
        """The text of the error with which a line must be answered."""
        self.send(line)
        out, error = self.answer(timeout)
        if error is None:
            raise Failure(f"operator: {line} was accepted: {' '.join(out)}")
        return error

    def show(self, slot, command):
        return self.do(f'show {slot} "{command}"')

    def wait_hot(self, slot="R0", timeout=30):
        self.do(f'wait {timeout}s until show {slot} "show redundancy states" '
                f'has "{HOT}"', timeout + 5)

    def wait_shown(self, slot, command, pattern, timeout):
        """Shows until the pattern is found; the match."""
        last = ""

        def probe():
            nonlocal last
            last = self.show(slot, command)
            return re.search(pattern, last)
        try:
            return wait_until(f"/{pattern}/ in {command} on {slot}", probe, timeout, 0.2)
        except Failure as e:
            raise Failure(f"{e}; it shows: {' / '.join(last.split(chr(10)))}") from None

    def rest(self, timeout=10):
        """Everything until the other side closes."""
        end = time.monotonic() + timeout
        got = self.buf
        self.buf = b""
        while True:
            self.sock.settimeout(max(end - time.monotonic(), 0.01))
            try:
                part = self.sock.recv(65536)
            except TimeoutError:
                raise Failure("the operator console does not close") from None
            if not part:
                return got.decode("utf-8", "replace")
            got += part

    def close(self):
        self.sock.close()


class Console:
    """A cable to an RP's console: bytes, with the telnet commands taken out."""

    def __init__(self, sock):
        self.sock = sock
        self.closed = False

    def read(self, seconds, until=None):
        """What arrives within a time, or until a pattern is in it; text."""
        raw = b""
        end = time.monotonic() + seconds
        while not self.closed:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.sock], [], [], left)[0]:
                break
            try:
                got = self.sock.recv(65536)
            except ConnectionResetError:
                got = b""
            if not got:
                self.closed = True
            raw += got
            if until and re.search(until, plain(raw)):
                break
        return plain(raw)

    def expect(self, pattern, seconds=5):
        got = self.read(seconds, pattern)
        if not re.search(pattern, got):
            raise Failure(f"the console did not show /{pattern}/ but {got[-300:]!r}")
        return got

    def type(self, text):
        self.sock.sendall(text.encode())

    def close(self):
        self.sock.close()


def plain(raw):
    """Console bytes without telnet negotiation (RFC 854), as text."""
    raw = re.sub(rb"\xff\xfa.*?\xff\xf0", b"", raw, flags=re.S)
    raw = re.sub(rb"\xff[\xfb-\xfe].", b"", raw, flags=re.S)
    return raw.replace(b"\xff\xff", b"\xff").decode("utf-8", "replace")


def assert_silent(sock, seconds):
    """Nothing may arrive, and the connection must stay open."""
    if select.select([sock], [], [], seconds)[0]:
        got = sock.recv(4096)
        raise Failure(f"the console said {got!r}" if got else "the console was closed")
