# SPDX-License-Identifier: GPL-3.0-or-later
"""Hand-made messages beside an established session, which may not notice.

xl2tpd has a session through which a stream runs all the time.  From another address of the same
wire come messages that no program sends: each row of the table names the reaction that RFC 2661
asks for.  Meanwhile R0 is pulled, and R1 gets them all again.  Packets and fragments are made
with scapy; what twinrp answers is read by tshark.
"""

import importlib.util
import re
import socket
import struct
import time

import pull
from harness import HOST, LAC, LNS
from lib import capture, stream
from lib.netns import Failure, Skip

STRANGERS = "10.99.0.128/25"  # all local to the LAC's machine
QUIET = 0.1         # seconds without a reaction
PATIENCE = 3        # seconds for one that must come
SCCRQ, SCCRP, SCCCN, STOPCCN, HELLO = 1, 2, 3, 4, 6
AHEAD = 30000       # an Ns far beyond all windows


def avp(kind, value, mandatory=True, vendor=0, length=None):
    bits = (0x8000 if mandatory else 0) | (6 + len(value) if length is None else length)
    return struct.pack("!HHH", bits, vendor, kind) + value


def u16(n):
    return struct.pack("!H", n)


def message(tunnel, ns, nr, body, session=0, flags=0xc802, length=None):
    size = 12 + len(body) if length is None else length
    return struct.pack("!6H", flags, size, tunnel, session, ns, nr) + body


def sccrq(own, more=b"", leave=(), change=None):
    """The AVPs of a usual SCCRQ, some left out or changed, and more."""
    parts = {0: u16(SCCRQ), 2: b"\1\0", 3: struct.pack("!I", 3), 7: b"stranger",
             9: u16(own), 10: u16(4)}
    parts.update(change or {})
    return message(0, 0, 0, b"".join(avp(k, v) for k, v in parts.items()
                                     if k not in leave) + more)


# name, datagram by our tunnel id, what may come: message, (result, error)
SILENCE = ("silence", ())
STOP = {"unknown": ("StopCCN", (2, 8)), "length": ("StopCCN", (2, 2)),
        "value": ("StopCCN", (2, 3)), "version": ("StopCCN", (5, 0x100)),
        "secret": ("StopCCN", (4, 0))}
OPENED = ("SCCRP", ())
DATAGRAMS = [
    ("usual", sccrq, OPENED),
    ("unknown-optional", lambda t: sccrq(t, avp(999, b"x", False)), OPENED),
    ("vendor-optional", lambda t: sccrq(t, avp(1, b"x", False, 9999)), OPENED),
    ("unknown-mandatory", lambda t: sccrq(t, avp(999, b"x")), STOP["unknown"]),
    ("vendor-mandatory", lambda t: sccrq(t, avp(1, b"x", vendor=9999)), STOP["unknown"]),
    ("avp-of-5-octets", lambda t: sccrq(t, avp(8, b"", length=5)), STOP["length"]),
    ("avp-runs-over", lambda t: sccrq(t, avp(8, b"vendor", length=900)), STOP["length"]),
    ("avp-of-1-octet", lambda t: sccrq(t, b"\x80"), STOP["length"]),
    ("window-of-1-octet", lambda t: sccrq(t, change={10: b"\4"}), STOP["length"]),
    ("window-of-0", lambda t: sccrq(t, change={10: u16(0)}), STOP["value"]),
    ("no-host-name", lambda t: sccrq(t, leave=(7,)), STOP["value"]),
    ("no-tunnel-id", lambda t: sccrq(t, leave=(9,)), SILENCE),
    ("tunnel-id-0", lambda t: sccrq(0), SILENCE),
    ("version-2", lambda t: sccrq(t, change={2: b"\2\0"}), STOP["version"]),
    ("first-is-no-type", lambda t: sccrq(t, leave=(0,)), SILENCE),
    ("unknown-type", lambda t: sccrq(t, change={0: u16(99)}), SILENCE),
    ("long-length", lambda t: message(0, 0, 0, b"", length=400), SILENCE),
    ("short-length", lambda t: message(0, 0, 0, avp(0, u16(1)), length=9), SILENCE),
    ("no-length-bit", lambda t: message(0, 0, 0, avp(0, u16(1)), flags=0x8802), SILENCE),
    ("l2tpv3", lambda t: message(0, 0, 0, avp(0, u16(1)), flags=0xc803), SILENCE),
    ("l2f", lambda t: b"\x80\1" + bytes(20), SILENCE),
    ("nothing", lambda t: b"", SILENCE),
    ("offset-runs-over", lambda t: struct.pack("!5H", 0x0202, 1, 1, 0xffff, 0), SILENCE),
    ("hello-of-nobody", lambda t: message(4711, 0, 0, avp(0, u16(HELLO))), SILENCE),
]


class CraftedRound(pull.Round):
    subscribers = 1

    def __init__(self, ctx):
        super().__init__(ctx, "pap", "tunsecret", title="crafted")
        self.own = 128  # our tunnel id, and the stranger's last octet
        self.count = 0

    def run(self):
        self.start()
        address = self.bring_up(self.subs[0], "sub1")
        self.operator.wait_shown("R0", pull.REDUNDANCY, r"L2TP Sessions:\s+1/1/1\b", 10)
        self.lab.route("lac", "local", STRANGERS, "dev", "lo")
        self.sock = None
        with self.lab.inside("lac"):
            self.raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
            self.raw.bind(("lac0", 0))
        self.ids()
        neighbour = self.lab.run("lac", "ip", "neigh", "show", LNS, "dev", "lac0")
        own = self.lab.run("lac", "ip", "-o", "link", "show", "lac0")
        self.ethernet = b"".join(bytes.fromhex(re.search(rf"{word} (\S+)", text)[1].replace(
            ":", "")) for word, text in (("lladdr", neighbour), ("link/ether", own))
        ) + b"\x08\x00"
        plan = [14]
        flow = stream.Stream(self.lab, self.ctx.seqstream, "sub1", address, "host", HOST,
                             plan, rate=200)
        flow.sleep_to(0, 0.2)
        began = time.monotonic()
        self.everything("R0")
        self.operator.do("pull R0")
        self.operator.wait_shown("R1", pull.REDUNDANCY, r"L2TP Resynced Tunnels: 1/0", 10)
        self.everything("R1")
        took = time.monotonic() - began
        if took > plan[0] - 0.5:
            self.wrong.append(f"the messages took {took:.1f} s, longer than the stream")
        self.wrong += stream.check(flow.finish())
        self.operator.wait_shown("R1", pull.REDUNDANCY, r"L2TP Sessions:\s+1/", 5)
        self.sock.close()
        self.raw.close()
        self.finish()
        self.ctx.note = f"{self.count} messages in {took:.1f} s"
        if self.wrong:
            raise Failure("\n".join(self.wrong))

    # ---- the messages ----

    def everything(self, rp):
        self.ctx.progress(f"hand-made messages to {rp}")
        for name, make, wanted in DATAGRAMS:
            self.stranger()
            self.sock.sendto(make(self.own), (LNS, 1701))
            self.judge(f"{name} to {rp}", wanted)
        for name, make, wanted in self.packets():
            self.stranger()
            for packet in make(self.own):
                self.raw.send(self.ethernet + bytes(packet))
            self.judge(f"{name} to {rp}", wanted)
        self.wrong_secret(rp)

    def stranger(self):
        """Each message comes from another: few half-open tunnels are granted to one."""
        self.own += 1
        self.address = f"10.99.0.{self.own}"
        if self.sock:
            self.sock.close()
        with self.lab.inside("lac"):
            self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind((self.address, 1701))

    def reaction(self, kinds=("SCCRP", "StopCCN", "CDN", "HELLO", "ZLB"),
                 wait=PATIENCE):
        """[(kind, result and error, message)] that come."""
        out, end = [], time.monotonic() + wait
        while time.monotonic() < end:
            self.sock.settimeout(max(end - time.monotonic(), 0.001))
            try:
                data, _ = self.sock.recvfrom(4096)
            except TimeoutError:
                break
            got = capture.controls([capture.Datagram(0, 0, LNS, 1701, self.address, 1701, data)])
            for m in got:
                if m.tunnel not in (self.own, 0):
                    continue
                result = capture.avp(m.body, 1) or b""
                codes = struct.unpack(f"!{min(len(result) // 2, 2)}H", result[:4])
                if m.kind in kinds:
                    out.append((m.kind, codes, m))
                if m.kind == "StopCCN":
                    theirs = struct.unpack("!H", capture.avp(m.body, 9) or bytes(2))[0]
                    self.sock.sendto(message(theirs, 1, m.ns + 1, b""), (LNS, 1701))
                if m.kind in kinds:
                    return out
        return out

    def judge(self, name, wanted):
        self.count += 1
        got = self.reaction(wait=QUIET if wanted == SILENCE else PATIENCE)
        kinds = [(kind, codes) for kind, codes, _ in got]
        if [g[:len(wanted)] for g in kinds] != ([wanted] if wanted != SILENCE else []):
            self.wrong.append(f"{name}: answered by {kinds or 'nothing'}, not {wanted}")
        if got and got[0][0] == "SCCRP":
            self.close(got[0][2])

    def close(self, m):
        """Ends what a SCCRP has opened half."""
        tunnel = struct.unpack("!H", capture.avp(m.body, 9))[0]
        self.sock.sendto(message(tunnel, 1, 1, avp(0, u16(STOPCCN)) + avp(9, u16(self.own))
                                 + avp(1, u16(1))), (LNS, 1701))
        self.reaction(("ZLB",))

    def wrong_secret(self, rp):
        """A SCCCN whose Challenge Response is of another secret."""
        self.stranger()
        self.count += 2
        self.sock.sendto(sccrq(self.own, avp(11, bytes(16))), (LNS, 1701))
        got = self.reaction()
        if [g[0] for g in got] != ["SCCRP"]:
            self.wrong.append(f"wrong secret, {rp}: SCCRQ answered by {got}")
            return
        m = got[0][2]
        tunnel = struct.unpack("!H", capture.avp(m.body, 9))[0]
        self.sock.sendto(message(tunnel, 1, 1, avp(0, u16(SCCCN)) + avp(13, bytes(16))),
                         (LNS, 1701))
        got = self.reaction(("StopCCN",))
        if [g[:2] for g in got] != [STOP["secret"]]:
            self.wrong.append(f"wrong secret, {rp}: SCCCN answered by {got}")

    def packets(self):
        """Packets, made with scapy, that no socket sends: name, maker, reaction."""
        from scapy.layers.inet import IP, UDP, fragment
        from scapy.packet import Raw

        def whole(t, src=None, ip=(), udp=(), body=None):
            return IP(src=src or self.address, dst=LNS, id=t, **dict(ip)) / UDP(
                sport=1701, dport=1701, **dict(udp)) / Raw(sccrq(t) if body is None else body)

        def parts(t):
            return fragment(whole(t), fragsize=48)

        def moved(t, n, by):
            """Fragment n by 8-octet units away from its place."""
            out = parts(t)
            out[n].frag += by
            return out

        def cut(t, n):
            """Fragment n three octets short."""
            out = parts(t)
            del out[n].chksum, out[n].len
            out[n].payload = Raw(bytes(out[n].payload)[:-3])
            return out

        def theirs(body, ns=AHEAD, src=None, session=0):
            """To the tunnel of xl2tpd."""
            return [whole(self.own, src=src, body=message(
                self.tunnel, ns, 0, body, session=session))]
        bye = avp(0, u16(STOPCCN)) + avp(9, u16(7)) + avp(1, u16(1))
        hang_up = avp(0, u16(14)) + avp(1, u16(3)) + avp(14, u16(7))
        return [
            ("fragments", parts, OPENED),
            ("fragments-reversed", lambda t: parts(t)[::-1], OPENED),
            ("fragments-overlap", lambda t: moved(t, 1, -1), SILENCE),
            ("fragments-gap", lambda t: moved(t, 1, 1), SILENCE),
            ("fragment-first-only", lambda t: parts(t)[:1], SILENCE),
            ("fragment-last-only", lambda t: parts(t)[-1:], SILENCE),
            ("fragment-beyond-64k", lambda t: moved(t, -1, 8180), SILENCE),
            ("fragment-of-odd-length", lambda t: cut(t, 0), SILENCE),
            ("udp-length-long", lambda t: [whole(t, udp={"len": 900})], SILENCE),
            ("udp-length-4", lambda t: [whole(t, udp={"len": 4})], SILENCE),
            ("udp-checksum", lambda t: [whole(t, udp={"chksum": 0xbad})], SILENCE),
            ("ip-checksum", lambda t: [whole(t, ip={"chksum": 0xbad})], SILENCE),
            ("ip-length-long", lambda t: [whole(t, ip={"len": 900})], SILENCE),
            ("ip-length-short", lambda t: [whole(t, ip={"len": 24})], SILENCE),
            ("ip-header-of-16-octets", lambda t: [whole(t, ip={"ihl": 4})], SILENCE),
            ("from-ourselves", lambda t: [whole(t, src=LNS)], SILENCE),
            ("stopccn-of-a-stranger", lambda t: theirs(bye, self.next_ns), SILENCE),
            ("cdn-of-a-stranger", lambda t: theirs(hang_up, self.next_ns,
                                                   session=self.session), SILENCE),
            ("stopccn-far-ahead", lambda t: theirs(bye, src=LAC), SILENCE),
            ("terminate-of-a-stranger", lambda t: [whole(t, body=struct.pack(
                "!HHHHHBBH", 2, self.tunnel, self.session, 0xff03, 0xc021, 5, 1, 4))],
             SILENCE),
        ]

    def ids(self):
        """The ids that xl2tpd's LNS gave, and the Ns that it expects."""
        log = self.lac.proc.log()
        self.tunnel = int(re.search(r"Connection established.*Remote: (\d+)", log)[1])
        self.session = int(re.search(r"Call established.*Remote: (\d+)", log)[1])
        self.next_ns = 4  # SCCRQ, SCCCN, ICRQ, ICCN; HELLOs come later

    def finish(self):
        self.wrong += self.subs[0].problems()
        self.stop_router()
        time.sleep(0.2)
        for c in self.captures.values():
            c.stop()
        self.wrong += [f"lac capture: {w}" for w in capture.check_bytes(
            self.captures["lac"].path, f"ip.src == {LNS} && !icmp")]
        messages = [m for m in capture.controls(capture.datagrams(
            self.captures["lac"].path)) if LAC in (m.src[0], m.dst[0]) and m.ns != AHEAD]
        wrong = capture.check_numbers(messages)
        # The message that was far ahead is acknowledged to the LAC, once by each RP.
        extra = [w for w in wrong if w.endswith("answers a ZLB")][:2]
        self.wrong += [f"lac capture: {w}" for w in wrong if w not in extra]
        self.wrong += [f"{m.kind} from {m.src[0]}" for m in messages
                       if m.kind in ("StopCCN", "CDN")]


def messages(ctx):
    if not importlib.util.find_spec("scapy"):
        raise Skip("scapy is not installed (./bootstrap test installs it)")
    pull.runnable(CraftedRound)(ctx)


def tests():
    return [("messages", messages)]
