# SPDX-License-Identifier: GPL-3.0-or-later
"""The outside interface of the binary: options, ready line, consoles, exit codes.

Nothing here needs root, except that one test gives up root to see what is said then.
"""

import os
import random
import re
import shutil
import signal
import socket
import subprocess
import time

from lib.netns import Failure, Skip, wait_until
from lib.twinrp import Twinrp, assert_silent, client

OPTIONS = ("--chassis", "--config", "--port", "--console", "--bootflash", "--timing",
           "--seed", "--headless", "--state-file", "--version", "--help")
REDUNDANCY = "show redundancy states"
ACTIVE = r"my state = 13\s*-ACTIVE"


def need(condition, sentence):
    if not condition:
        raise Failure(sentence)


def sentence_with(text, *words):
    """The one line of `text` that has all words; it must be more than a code."""
    lines = [l for l in text.splitlines() if all(w in l for w in words)]
    need(len(lines) == 1, f"not one line with {' and '.join(words)}: {text.strip()!r}")
    need(len(lines[0].split()) >= 5, f"not a sentence: {lines[0]!r}")
    return lines[0]


def refuses(lab, command, args, statuses, *words):
    """twinrp must end by itself with one sentence, and never say that it is ready."""
    status, out, err = client(lab, *command, "--headless", *args)
    need(status in statuses, f"exit {status}, not {statuses}: {err.strip()!r}")
    need("ready" not in out, f"it said {out.strip()!r} first")
    sentence_with(err, *words)


def started(ctx, title, config=True, **kw):
    lab = ctx.lab(title)
    ctx.require(ctx.twinrp)
    return lab, Twinrp(lab, ctx.twinrp, ctx.config if config else None,
                       **kw).wait_ready()


# Options and start.

def help_and_version(ctx):
    lab = ctx.lab("help")
    ctx.require(ctx.twinrp)
    status, out, _ = client(lab, ctx.twinrp, "--help")
    need(status == 0, f"--help: exit {status}")
    missing = [o for o in OPTIONS if o not in out]
    need(not missing, f"--help does not name {' '.join(missing)}")
    for port in ("2000", "2001", "2002", "2003"):
        need(port in out, f"--help does not name the default port {port}")
    status, out, _ = client(lab, ctx.twinrp, "--version")
    need(status == 0 and re.fullmatch(r"twinrp \d+\.\d+\S*.*\n", out),
         f"--version: exit {status}, {out!r}")


# Runs the examples of --help as they stand there, the first in the background, in a network
# of its own with the interface that it names.
EXAMPLES = r"""
set -e
ip link set lo up
ip link add veth0 type veth peer name veth1
ip link set veth0 up
ip link set veth1 up
{first} >ready 2>log &
for i in $(seq 100); do grep -q ready ready && break; sleep 0.1; done
grep ready ready
sleep 2
{others}
kill $!
wait $!
"""


def help_examples(ctx):
    """Every example of --help works as it is printed."""
    lab = ctx.lab("examples")
    ctx.require(ctx.twinrp)
    if os.geteuid() != 0:
        raise Skip("binding a port to an interface takes root")
    _, out, _ = client(lab, ctx.twinrp, "--help")
    block = out.partition("Examples:\n")[2].partition("\n\n")[0]
    examples = [l.strip() for l in block.splitlines()]
    need(len(examples) >= 4 and "--headless" in examples[0], f"examples: {examples}")
    folder = os.path.dirname(lab.write("lns.cfg", open(ctx.config).read()))
    script = EXAMPLES.format(first=examples[0], others="\n".join(examples[1:]))
    path = f"{os.path.dirname(ctx.twinrp)}:{os.environ['PATH']}"
    done = subprocess.run(["unshare", "-n", "bash", "-c", script], cwd=folder, text=True,
                          capture_output=True, timeout=60, env={**os.environ, "PATH": path})
    need(done.returncode == 0, f"exit {done.returncode}: {done.stdout[-800:]}{done.stderr}")
    need("peer state" in done.stdout and "\nok\n" in done.stdout, done.stdout[-800:])


def unknown_option(ctx):
    lab = ctx.lab("option")
    ctx.require(ctx.twinrp)
    refuses(lab, [ctx.twinrp], ["--no-such-option"], (2,), "no-such-option")
    refuses(lab, [ctx.twinrp], ["--port", "GigabitEthernet0/0/0"], (2,),
            "GigabitEthernet0/0/0")
    refuses(lab, [ctx.twinrp], ["--port", "GigabitEthernet0/0/0=pigeon:x"], (2,), "pigeon")
    refuses(lab, [ctx.twinrp], ["--config", "/no/such.cfg"], (2,), "/no/such.cfg")


def port_in_use(ctx):
    lab = ctx.lab("in-use")
    ctx.require(ctx.twinrp)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for console in (f"127.0.0.1:{port},0,0,0", f"127.0.0.1:0,0,{port},0"):
            refuses(lab, [ctx.twinrp], ["--console", console], (2,), port, "in use")


def missing_interface(ctx):
    lab = ctx.lab("interface")
    ctx.require(ctx.twinrp)
    refuses(lab, [ctx.twinrp], ["--console", "127.0.0.1:0,0,0,0", "--port",
                                "GigabitEthernet0/0/0=packet:nosuch0"], (2, 77), "nosuch0")
    refuses(lab, [ctx.twinrp], ["--console", "127.0.0.1:0,0,0,0", "--port",
                                "GigabitEthernet0/0/0=tap:a/b"], (2,), "tap:tap0")
    if os.geteuid() == 0 and os.path.exists("/dev/net/tun"):
        refuses(lab, [ctx.twinrp], ["--console", "127.0.0.1:0,0,0,0", "--port",
                                    "GigabitEthernet0/0/0=tap:lo"], (2,), "lo",
                "not a plain TAP")


def missing_right(ctx):
    """As nobody, a real interface or a TAP is refused with a sentence about the right."""
    lab = ctx.lab("right")
    ctx.require(ctx.twinrp)
    program = lab.path("twinrp")  # the build folder may be closed to nobody
    shutil.copy(ctx.twinrp, program)
    as_nobody = [program]
    if os.geteuid() == 0:
        if not shutil.which("setpriv"):
            raise Skip("setpriv is not installed")
        as_nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups",
                     "--bounding-set", "-all", program]
    refuses(lab, as_nobody, ["--console", "127.0.0.1:0,0,0,0", "--port",
                             "GigabitEthernet0/0/0=packet:lo"], (2, 77), "CAP_NET_RAW")
    refuses(lab, as_nobody, ["--console", "127.0.0.1:0,0,0,0", "--port",
                             "GigabitEthernet0/0/0=tap:nosuch0"], (77,), "nosuch0")


def without_ports(ctx):
    """Without real ports no right is needed: it starts as nobody."""
    lab = ctx.lab("nobody")
    ctx.require(ctx.twinrp)
    if os.geteuid() != 0:
        raise Skip("runs as an ordinary user anyway; every other test here shows it")
    program = lab.path("twinrp")
    shutil.copy(ctx.twinrp, program)
    os.chmod(lab.dir, 0o777)
    wrapper = lab.write("as-nobody", "#!/bin/sh\nexec setpriv --reuid 65534 --regid 65534 "
                        f"--clear-groups --bounding-set -all {program} \"$@\"\n")
    os.chmod(wrapper, 0o755)
    Twinrp(lab, wrapper).wait_ready().stop()


def ready_and_state_file(ctx):
    lab, router = started(ctx, "ready")
    lines = [l for l in router.proc.out().splitlines() if l.startswith("ready")]
    need(len(lines) == 1, f"not one ready line: {lines}")
    with open(router.state_file, encoding="utf-8") as f:
        state = f.read()
    need(lines[0].split()[1:] == [w for w in state.split() if re.match(r"\w+=", w)
                                  and not w.startswith("pid=")],
         f"state file {state!r} beside {lines[0]!r}")
    pid = re.search(r"\bpid=(\d+)", state)
    need(pid and int(pid.group(1)) == router.proc.pid, f"pid in {state!r}")
    need(len(set(router.ports.values())) == 4, f"ports {router.ports}")
    # stdin was at its end from the beginning: that does not end it.
    time.sleep(1)
    need(router.proc.running(), "it ended though nobody asked")
    router.operator().do("status")
    router.stop(signal.SIGTERM)


def sigint(ctx):
    _, router = started(ctx, "sigint", config=False)
    router.stop(signal.SIGINT)


def two_chassis(ctx):
    """Free ports are free: two run side by side."""
    lab, first = started(ctx, "two")
    second = Twinrp(lab, ctx.twinrp, name="second").wait_ready()
    need(not set(first.ports.values()) & set(second.ports.values()), "ports are shared")
    second.stop()
    first.operator().do("status")
    first.stop()


# Configuration.

BAD = """hostname lns7
!
interface Loopback0
 ip adress 172.16.0.1 255.255.255.0
 ip address 172.16.7.1 255.255.255.255
!
no such command here
!
interface GigabitEthernet0/0/0
 ip address 10.7.0.2 255.255.255.300
!
end
"""
BAD_LINES = (4, 7, 10)


def told(err, path, line):
    return re.search(rf"^{re.escape(path)}:{line}:[1-9]\d*: \S.*", err, re.M)


def all_told(err, path):
    for line in BAD_LINES:
        need(told(err, path, line), f"no {path}:{line}:COL: on stderr: {err!r}")
    lines = {int(n) for n in re.findall(rf"^{re.escape(path)}:(\d+):", err, re.M)}
    need(lines == set(BAD_LINES), f"complains about lines {sorted(lines)}")
    # The column points at the first character that no keyword fits: " ip ad" is right.
    need(told(err, path, 4).group(0).startswith(f"{path}:4:7:"),
         f"line 4 is wrong at column 7: {told(err, path, 4).group(0)}")


def bad_configuration(ctx):
    lab = ctx.lab("config")
    ctx.require(ctx.twinrp)
    path = lab.write("bad.cfg", BAD)
    router = Twinrp(lab, ctx.twinrp, path).wait_ready()
    operator = router.operator()
    running = operator.show("R0", "show running-config")
    all_told(router.proc.log(), path)
    for line in ("hostname lns7", "ip address 172.16.7.1 255.255.255.255"):
        need(line in running, f"the good line {line!r} was not applied: {running}")
    router.stop()


def check_file(ctx):
    lab = ctx.lab("check")
    ctx.require(ctx.twinrp)
    path = lab.write("bad.cfg", BAD)
    status, out, err = client(lab, ctx.twinrp, "check", path)
    need(status == 1, f"a bad file: exit {status}")
    all_told(err or out, path)
    status, out, err = client(lab, ctx.twinrp, "check", ctx.config)
    need(status == 0, f"lns.cfg: exit {status}, {err or out!r}")
    need(client(lab, ctx.twinrp, "check", "/no/such.cfg")[0] == 2, "a file that is absent")


def running_config(ctx):
    """What it shows is a configuration that it takes without a complaint."""
    lab, router = started(ctx, "running")
    text = router.operator().show("R0", "show running-config")
    router.stop()
    start = text.find("\nhostname ")
    need(start >= 0, f"no hostname in {text!r}")
    with open(ctx.config, encoding="utf-8") as f:
        for line in f.read().splitlines():
            words = line.split()
            if words and words != ["!"]:
                need(any(words == l.split() for l in text.splitlines()),
                     f"{line!r} is not in the running configuration")
    again = lab.write("again.cfg", text[start + 1:] + "\n")
    status, out, err = client(lab, ctx.twinrp, "check", again)
    need(status == 0, f"its own configuration is refused: {err or out}")


# Clients.

def one_command(ctx):
    lab, router = started(ctx, "command")
    router.operator().wait_hot()
    status, out, err = router.run("-c", REDUNDANCY)
    need(status == 0 and re.search(ACTIVE, out), f"-c: exit {status}, {out!r} {err!r}")
    for slot, state in (("R0", ACTIVE), ("active", ACTIVE),
                        ("R1", r"my state = 8\s*-STANDBY HOT")):
        status, out, err = router.run("-c", REDUNDANCY, "--on", slot)
        need(status == 0 and re.search(state, out),
             f"-c --on {slot}: exit {status}, {out!r} {err!r}")
    host, port = router.ports["operator"]
    status, out, _ = client(lab, ctx.twinrp, "-c", REDUNDANCY, "--at", f"{host}:{port}")
    need(status == 0 and re.search(ACTIVE, out), f"-c --at: exit {status}, {out!r}")
    status, out, err = router.run("-c", "show nonsense")
    need(status == 1 and "%" in out + err, f"a bad command: exit {status}, {out!r} {err!r}")
    router.stop()
    status, _, err = router.run("-c", REDUNDANCY)
    need(status == 2 and len(err.split()) >= 4, f"no chassis: exit {status}, {err!r}")


def one_command_after_pull(ctx):
    _, router = started(ctx, "after-pull")
    operator = router.operator()
    operator.wait_hot()
    operator.do("pull R0")
    status, out, err = router.run("-c", REDUNDANCY)
    need(status == 0 and re.search(ACTIVE, out), f"-c: exit {status}, {out!r} {err!r}")
    status, _, err = router.run("-c", REDUNDANCY, "--on", "R0")
    need(status != 0 and "R0" in err, f"-c on a pulled RP: exit {status}, {err!r}")
    router.stop()


# Consoles.

def console(ctx):
    """A person at a cable: Enter, enable, an abbreviation, an error."""
    _, router = started(ctx, "console")
    cable = router.console("r0")
    cable.type("\r\n")
    got = cable.expect(r"lns1[>#]\s*$", 10)
    if not got.rstrip().endswith("#"):
        cable.type("enable\r\n")
        cable.expect(r"lns1#\s*$")
    cable.type("sh red st\r")  # a lone CR is an Enter too
    got = cable.expect(ACTIVE + r"(.|\n)*lns1#\s*$")
    need("sh red st" in got, f"what is typed is not echoed: {got!r}")
    cable.type("show nonsense\n")
    cable.expect(r"% Invalid input detected at '\^' marker\.(.|\n)*lns1#\s*$")
    router.stop()


def console_survives(ctx):
    """The connection is the cable: silent while R0 is out, boot text after insert."""
    _, router = started(ctx, "cable")
    operator = router.operator()
    operator.wait_hot()
    cable = router.console("r0")
    cable.type("\r\n")
    cable.expect(r"lns1[>#]\s*$", 10)
    operator.do("pull R0")
    cable.read(0.5)  # what it had said before
    need(not cable.closed, "the pull closed the console's connection")
    cable.type("\r\nshow clock\r\n")
    assert_silent(cable.sock, 1)
    cable.close()
    again = router.console("r0")
    again.type("\r\n")
    assert_silent(again.sock, 1)
    need("not inserted" in operator.refused('cli R0 "show clock"'), "cli on an empty slot")
    operator.do("insert R0")
    need(again.read(10, r"\S"), "no boot text after insert")
    need(not again.closed, "the insert closed the console's connection")
    operator.wait_hot("R1")
    router.stop()


def second_client(ctx):
    _, router = started(ctx, "second")
    first = router.console("r0")
    first.type("\r\n")
    first.expect(r"lns1[>#]\s*$", 10)
    second = router.console("r0")
    got = second.read(5)
    need(second.closed, f"the second client was not closed: {got!r}")
    need(len(got.split()) >= 3, f"the second client was told only {got!r}")
    first.type("\r\n")
    first.expect(r"lns1[>#]\s*$")
    first.close()

    def free():
        third = router.console("r0")
        third.type("\r\n")
        third.read(1, r"lns1[>#]")
        closed = third.closed
        third.close()
        return not closed
    wait_until("free console after the first client left", free, 5)
    router.stop()


def standby_locked(ctx):
    _, router = started(ctx, "standby")
    operator = router.operator()
    operator.wait_hot()
    cable = router.console("r1")
    cable.type("\r\n")
    cable.expect("Standby console disabled")
    for line in ("configure terminal", "redundancy", "main-cpu", "standby console enable",
                 "end"):
        operator.do(f'cli R0 "{line}"')
    cable.read(1)
    cable.type("\r\n")
    cable.expect(r"lns1-stby[>#]\s*$")
    router.stop()


# Operator.

def half_close(ctx):
    """All lines sent are answered, then the server closes."""
    _, router = started(ctx, "half-close")
    operator = router.operator()
    operator.sock.sendall(
        b'status\nshow R0 "show redundancy states"\nnonsense\nstatus\n')
    operator.sock.shutdown(socket.SHUT_WR)
    got = operator.rest()
    lines = got.splitlines()
    need(lines.count("ok") == 3, f"not three times ok: {got!r}")
    need(sum(l.startswith("error: ") for l in lines) == 1, f"not one error: {got!r}")
    need(re.search(ACTIVE, got), f"no answer to the show: {got!r}")
    if shutil.which("nc"):
        host, port = router.ports["operator"]
        done = subprocess.run(["nc", "-N", host, str(port)], input="status\n", text=True,
                              capture_output=True, timeout=10, check=False)
        need(done.stdout.endswith("ok\n"), f"nc -N got {done.stdout!r}")
    router.stop()


def operator_errors(ctx):
    _, router = started(ctx, "errors")
    operator = router.operator()
    for line in ("nonsense", "pull", "pull R9", "pull R0 R1", 'show R0', 'show R0 "',
                 "wait 5 until", "insert R0", 'cli R5 "show clock"', "\x01\x02\xff",
                 "x" * 100000):
        error = operator.refused(line)
        need(len(error.split()) >= 2, f"{line[:30]!r} is refused with {error!r}")
        need("\x01" not in error, "control characters come back")
    error = operator.refused('wait 1s until show R0 "show clock" has "no such text"')
    need(error, "a wait that ends has no text")
    need("R0" in operator.do("status"), "status does not name R0")
    second = router.operator()
    second.do("status")  # several operators may be there
    second.send("quit")  # closes this connection only
    second.rest()
    operator.do("status")
    router.stop()


def cli_mode(ctx):
    """cli has one session a slot and connection, and its mode lasts between lines."""
    _, router = started(ctx, "mode")
    first, second = router.operator(), router.operator()
    first.do('cli R0 "configure terminal"')
    first.do('cli R0 "hostname other"')
    second.send('cli R0 "hostname third"')
    out, error = second.answer()
    need("%" in " ".join(out) + (error or ""), "the second session was in config mode too")
    first.do('cli R0 "end"')
    need("hostname other" in first.show("R0", "show running-config"),
         "the hostname was not set")
    router.stop()


def pull_and_insert(ctx):
    """Roles go over, come back, and the last RP may be pulled too."""
    _, router = started(ctx, "roles")
    operator = router.operator()
    operator.wait_hot()
    need(re.search(ACTIVE, operator.show("R0", REDUNDANCY)), "R0 is not active")
    operator.do("pull R0")
    operator.wait_shown("R1", REDUNDANCY, ACTIVE, 5)
    operator.refused("pull R0")
    operator.do("insert R0")
    operator.wait_hot("R1")
    operator.do("pull R1")
    operator.wait_shown("R0", REDUNDANCY, ACTIVE, 5)
    operator.do("pull R0")
    operator.refused(f'show R0 "{REDUNDANCY}"')
    operator.do("insert R0")
    operator.wait_shown("R0", REDUNDANCY, ACTIVE, 20)
    router.stop()


def consoles_under_fire(ctx):
    """Random bytes, clients that never read, a thousand calls: nobody else is disturbed."""
    _, router = started(ctx, "fire")
    operator = router.operator()
    operator.wait_hot()
    rng = random.Random(4711)
    noise = [router.console(which).sock for which in ("r0", "vty", "vty", "vty")]
    noise += [router.console("operator").sock for _ in range(4)]
    # Two that ask for much and never read.
    deaf = [router.console("vty").sock, router.console("operator").sock]
    deaf[0].sendall(b"\r\nterminal length 0\r\n" + b"show running-config\r\n" * 500)
    deaf[1].sendall(b'show R0 "show running-config"\n' * 500)
    for sock in noise:
        sock.setblocking(False)
    for turn in range(200):
        for sock in noise:
            try:
                sock.send(rng.randbytes(rng.randrange(1, 400)))
                sock.recv(65536)
            except (BlockingIOError, ConnectionError):
                pass  # bytes that say "exit" may well end a session
        if turn % 20 == 0:
            started_at = time.monotonic()
            need("UTC" in operator.show("R0", "show clock"), "R0 does not tell the time")
            took = time.monotonic() - started_at
            need(took < 2, f"an answer took {took:.1f} s while consoles were flooded")
    for sock in noise + deaf:
        sock.close()
    for _ in range(250):
        for which in ("r0", "r1", "vty", "operator"):
            router.console(which).close()
    operator.do("status")
    need("peer state = 8" in operator.show("R0", REDUNDANCY), "R1 is not HOT any more")
    cable = router.console("r0")
    cable.type("\x03\x1a\r\n")
    cable.expect(r"lns1[^\n]*[>#]\s*$", 10)
    router.stop()


def tests():
    named = [help_and_version, help_examples, unknown_option, port_in_use, missing_interface,
             missing_right, without_ports, ready_and_state_file, sigint, two_chassis,
             bad_configuration, check_file, running_config, one_command,
             one_command_after_pull, console, console_survives, second_client,
             standby_locked, half_close, operator_errors, cli_mode, pull_and_insert,
             consoles_under_fire]
    return [(f.__name__.replace("_", "-"), f) for f in named]
