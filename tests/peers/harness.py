# SPDX-License-Identifier: GPL-3.0-or-later
"""The harness itself, proven without twinrp.

xl2tpd calls xl2tpd, with ptyppp at both ends, over the topology of the pull test; and the
judges of captures are given doctored conversations that they must object to.
"""

import os
import signal
import struct
import time

from lib import capture, stream
from lib.netns import Failure, Lab, Skip, lacking
from lib.stall import StallWatch
from lib.xl2tpd import Subscriber, Xl2tpd, lac_config, lns_config

LAC, LNS = "10.99.0.1", "10.99.0.2"
HOST, HOST_GW, DNS = "192.0.2.1", "192.0.2.254", "192.0.2.53"


def lac_link(lab, router, subscribers):
    """lac --- router, and a namespace a subscriber.  The router's end gets no address here:
    who plays the router decides."""
    lab.add_ns("lac", router, *[f"sub{i + 1}" for i in range(subscribers)])
    lab.veth("lac", "lac0", router, "vethA")
    lab.addr("lac", "lac0", f"{LAC}/24")


def host_link(lab, router):
    """router --- host."""
    lab.add_ns("host")
    lab.veth("host", "host0", router, "vethB")
    host_address(lab)


def host_address(lab):
    lab.addr("host", "host0", f"{HOST}/24")
    lab.route("host", "default", "via", HOST_GW)


def topology(lab, router, subscribers=1):
    lac_link(lab, router, subscribers)
    host_link(lab, router)


def subscriber_options(lab, index, user, password, auth):
    """ptyppp at the LAC's side; it refuses the protocols that are not wanted."""
    only = ("only", auth) if auth == "mschapv2" else (
        "refuse", "pap" if auth == "chap" else "chap")
    return [("user", user), ("password", password), ("netns", lab.ns(f"sub{index}")),
            ("tun", "ppp0"), only]


def xl2tpd_pair(auth, secret):
    def test(ctx):
        reason = lacking()
        if reason:
            raise Skip(reason)
        ctx.require(ctx.ptyppp, ctx.seqstream)
        run_pair(ctx, ctx.lab(f"harness-{auth}"), auth, secret)
    return test


def run_pair(ctx, lab, auth, secret):
    ctx.progress("topology")
    topology(lab, "lns")
    lab.addr("lns", "vethA", f"{LNS}/24")
    lab.addr("lns", "vethB", f"{HOST_GW}/24")
    lab.run("lns", "sysctl", "-qw", "net.ipv4.ip_forward=1")
    captures = [capture.Capture(lab, "lac", "lac", "lac0"),
                capture.Capture(lab, "host", "host", "host0")]

    server = Subscriber(lab, "server", [
        ("server", auth), ("user", "alice"), ("password", "alicepw"), ("tun", "ppp%d"),
        ("dns1", DNS)])
    client = Subscriber(lab, "client",
                        subscriber_options(lab, 1, "alice", "alicepw", auth))
    lns = Xl2tpd(lab, "lns", ctx.ptyppp, lns_config(server, LNS, bool(secret)), secret,
                 "xl2tpd-lns")
    lac = Xl2tpd(lab, "lac", ctx.ptyppp, lac_config({"one": client}, {
        "listen": LAC, "lns": LNS, "user": "alice", "challenge": bool(secret)}), secret)
    ctx.progress("call")
    lac.call("one")
    got = client.wait_up()
    if (got["local"], got["dns1"]) != ("100.64.0.2", DNS):
        raise Failure(f"the subscriber got {got}")
    by = client.last("authenticated")[2]["by"]
    if by != auth:
        raise Failure(f"authenticated by {by}, not {auth}")
    if lab.ping("sub1", HOST) != 3 or lab.ping("host", "100.64.0.2") != 3:
        raise Failure("pings got lost")

    ctx.progress("stream")
    flow = stream.Stream(lab, ctx.seqstream, "sub1", "100.64.0.2", "host", HOST,
                         [1, -0.5, 1.5])
    result = flow.finish()
    for c in captures:
        c.stop()
    ctx.progress("captures")
    wrong = stream.check(result) + client.problems() + server.problems()
    wrong += lac.complaints() + lns.complaints()
    wrong += judge_captures(captures, secret)
    sent = capture.stream_numbers(capture.datagrams(captures[1].path), HOST)
    through = capture.stream_numbers(capture.datagrams(captures[0].path), HOST)
    if len(sent) != 2500 or sent != through:
        wrong.append(f"captures show {len(sent)} stream packets of the host, "
                     f"{len(through)} of them in the tunnel, not 2500")
    if wrong:
        raise Failure("\n".join(wrong))
    ctx.note = "longest gap " + ", ".join(f"{f['gap_ms']:.1f} ms" for f in result.values())


def judge_captures(captures, secret):
    wrong = []
    for c in captures:
        faults, messages = capture.check_file(c.path)
        wrong += [f"{os.path.basename(c.path)}: {w}" for w in faults]
        kinds = {m.kind for m in messages}
        if c is captures[0]:
            expected = {"SCCRQ", "SCCRP", "SCCCN", "ICRQ", "ICRP", "ICCN"}
            if not expected <= kinds:
                wrong.append(f"messages not captured: {expected - kinds}")
            asked = capture.answered(messages, "ICRQ", LAC, 0, 1e12)
            if len(asked) != 1 or asked[0][1] is None:
                wrong.append(f"ICRQ and its acknowledgement not found: {asked}")
            response = any(capture.avp(m.body, 13) for m in messages if m.kind == "SCCCN")
            if response != bool(secret):
                wrong.append("tunnel authentication is not as configured")
    return wrong


# The judges.

def control(src, dst, tunnel, ns, nr, kind=None, extra=b""):
    """An L2TP control message in UDP, IPv4 and Ethernet."""
    body = struct.pack("!HHHH", 0x8008, 0, 0, kind) + extra if kind else b""
    l2tp = struct.pack("!6H", 0xc802, 12 + len(body), tunnel, 0, ns, nr) + body
    udp = struct.pack("!4H", 1701, 1701, 8 + len(l2tp), 0) + l2tp
    a, b = (bytes(map(int, x.split("."))) for x in (src, dst))
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0) + a + b
    total = sum(struct.unpack("!10H", head))
    while total > 0xffff:
        total = (total & 0xffff) + (total >> 16)
    head = head[:10] + struct.pack("!H", total ^ 0xffff) + head[12:]
    return b"\2\0\0\0\0\2\2\0\0\0\0\1\x08\0" + head + udp


def tunnel_id(n):
    return struct.pack("!HHHH", 0x8008, 0, 9, n)


def good_talk():
    """A tunnel is opened, a HELLO is sent and acknowledged."""
    return [control(LAC, LNS, 0, 0, 0, 1, tunnel_id(7)),
            control(LNS, LAC, 7, 0, 1, 2, tunnel_id(9)),
            control(LAC, LNS, 9, 1, 1, 3),
            control(LNS, LAC, 7, 1, 2),
            control(LNS, LAC, 7, 1, 2, 6),
            control(LAC, LNS, 9, 2, 2)]


# What is appended to the good talk, and a word of the objection to it.
DOCTORED = [
    ("nr-of-the-future", control(LAC, LNS, 9, 2, 3), "has Nr 3"),
    ("two-bodies", control(LNS, LAC, 7, 1, 2, 4, tunnel_id(9)), "another body"),
    ("zlb-for-zlb", control(LNS, LAC, 7, 2, 2), "answers a ZLB"),
    ("jump", control(LNS, LAC, 7, 4, 2, 6), "jumps to Ns 4"),
    ("stray", control(LNS, LAC, 8, 2, 2, 6), "unknown tunnel 8"),
    ("avp-runs-over", control(LNS, LAC, 7, 2, 2, 6, b"\x80\x40\0\0\0\x07x"), "tshark|malf"),
]


def write_pcap(path, packets):
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHIIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for i, p in enumerate(packets):
            f.write(struct.pack("<IIII", 1000 + i, 0, len(p), len(p)) + p)


def judges(ctx):
    lab = ctx.lab("judges")
    path = lab.path("talk.pcap")
    write_pcap(path, good_talk())
    wrong, messages = capture.check_file(path)
    if wrong or len(messages) != 6:
        raise Failure(f"the good conversation of {len(messages)} messages: {wrong}")
    hello = capture.answered(messages, "HELLO", LNS, 1000, 2000)
    if [(m.ns, gap) for m, gap in hello] != [(1, 1.0)]:
        raise Failure(f"the answered HELLO was not found: {hello}")
    for name, packet, word in DOCTORED:
        write_pcap(path, good_talk() + [packet])
        wrong = capture.check_file(path)[0]
        if not any(w in text for text in wrong for w in word.split("|")):
            raise Failure(f"{name} was not noticed: {wrong}")
    ends = ({"sent": 10, "send_errors": 0},
            {"unique": 7, "missing": [3, 4], "highest": 8, "duplicates": 1,
             "reordered": 1, "strange": 0, "longest_gap_ms": 1, "gap_ended": 0})
    said = " ".join(stream.check({"a to b": stream.figures(*ends)}))
    for word in ("3 of 10 lost (numbers 3-4 9)", "1 duplicates", "1 reordered"):
        if word not in said:
            raise Failure(f"the stream's judge said only: {said}")


def stalls(ctx):
    """A process that is held up is noticed; one that is not is left alone."""
    watch = StallWatch()
    time.sleep(0.5)
    os.kill(watch.process.pid, signal.SIGSTOP)
    time.sleep(0.4)
    os.kill(watch.process.pid, signal.SIGCONT)
    time.sleep(0.2)
    seen = watch.stop()
    if not any(0.3 < s < 10 for s in seen):
        raise Failure(f"a stall of 0.4 s was seen as {seen}")


def clean_up(ctx):
    """A closed lab leaves neither process nor namespace behind."""
    reason = lacking()
    if reason:
        raise Skip(reason)
    lab = Lab("cleanup")
    lab.add_ns("one")
    proc = lab.start("sleeper", ["sleep", "60"], netns="one")
    orphan = lab.start("parent", ["sh", "-c", "setsid sleep 61 & exec sleep 62"],
                       netns="one")
    name = lab.ns("one")
    lab.close()
    if proc.running() or orphan.running():
        raise Failure("processes are left")
    if os.path.exists(f"/run/netns/{name}") or os.path.exists(lab.dir):
        raise Failure("a namespace or the folder is left")


def tests():
    return [("judges", judges), ("stalls", stalls), ("clean-up", clean_up),
            ("xl2tpd-chap-secret", xl2tpd_pair("chap", "tunsecret")),
            ("xl2tpd-pap", xl2tpd_pair("pap", None))]
