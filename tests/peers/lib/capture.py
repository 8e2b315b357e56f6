# SPDX-License-Identifier: GPL-3.0-or-later
"""Captures by tcpdump, and what must hold in every one of them.

tshark judges whether bytes are well formed.  Numbers (Ns, Nr) are judged here, by a small
decoder of our own over the same file, since they need memory of the whole conversation;
both decoders must find the same number of control messages.
"""

import signal
import struct
import subprocess
from collections import namedtuple

from .netns import Failure, Unmeasured, wait_until

L2TP_PORT = 1701
STREAM_MAGIC = 0x73657173

MESSAGE = {0: "ZLB", 1: "SCCRQ", 2: "SCCRP", 3: "SCCCN", 4: "StopCCN", 6: "HELLO",
           7: "OCRQ", 8: "OCRP", 9: "OCCN", 10: "ICRQ", 11: "ICRP", 12: "ICCN", 14: "CDN",
           15: "WEN", 16: "SLI"}

# One UDP datagram, and one control message of L2TP.
Datagram = namedtuple("Datagram", "frame time src sport dst dport payload")
Control = namedtuple("Control", "frame time src dst tunnel session ns nr kind body")


class Capture:
    def __init__(self, lab, name, netns, ifname):
        self.path = lab.path(f"{name}.pcap")
        self.stopped = False
        self.proc = lab.start(f"tcpdump-{name}", [
            "tcpdump", "-i", ifname, "-Z", "root", "-n", "-U", "-B", "8192",
            "--immediate-mode", "-w", self.path], netns=netns)
        wait_until(f"tcpdump on {ifname}", lambda: "listening on" in self.proc.log(), 10)

    def stop(self):
        """May be called again, and must be before the interface goes."""
        if self.stopped:
            return
        self.stopped = True
        self.proc.signal(signal.SIGINT)
        self.proc.wait(10)
        log = self.proc.log()
        if "0 packets dropped by kernel" not in log:
            raise Unmeasured("tcpdump dropped packets: " + log.strip().replace("\n", "; "))


def frames(path):
    """[(time, bytes)] of a classic pcap file of Ethernet frames."""
    with open(path, "rb") as f:
        raw = f.read()
    for order in "<>":
        magic = struct.unpack_from(order + "I", raw)[0]
        if magic in (0xa1b2c3d4, 0xa1b23c4d):
            break
    else:
        raise Failure(f"{path} is not a pcap file")
    part = 1e9 if magic == 0xa1b23c4d else 1e6
    at = 24
    out = []
    while at + 16 <= len(raw):
        sec, frac, size, _ = struct.unpack_from(order + "IIII", raw, at)
        at += 16
        out.append((sec + frac / part, raw[at:at + size]))
        at += size
    return out


def ipv4_udp(packet):
    """(src, sport, dst, dport, payload) of an unfragmented IPv4 UDP packet, or None."""
    if len(packet) < 28 or packet[0] >> 4 != 4 or packet[9] != 17:
        return None
    if struct.unpack_from("!H", packet, 6)[0] & 0x3fff:
        return None
    at = (packet[0] & 15) * 4
    end = min(struct.unpack_from("!H", packet, 2)[0], len(packet))
    sport, dport, length = struct.unpack_from("!HHH", packet, at)
    src, dst = (".".join(map(str, packet[o:o + 4])) for o in (12, 16))
    return src, sport, dst, dport, packet[at + 8:min(at + length, end)]


def datagrams(path):
    out = []
    for number, (time, frame) in enumerate(frames(path), 1):
        if frame[12:14] != b"\x08\x00":
            continue
        got = ipv4_udp(frame[14:])
        if got:
            out.append(Datagram(number, time, *got))
    return out


def is_l2tp(d):
    return L2TP_PORT in (d.sport, d.dport) and len(d.payload) >= 6


def controls(dgrams):
    """The L2TPv2 control messages, in the order of the capture."""
    out = []
    for d in dgrams:
        if not is_l2tp(d) or d.payload[:2] != b"\xc8\x02" or len(d.payload) < 12:
            continue
        _, length, tunnel, session, ns, nr = struct.unpack_from("!6H", d.payload)
        body = d.payload[12:length]
        kind = struct.unpack_from("!H", body, 6)[0] if len(body) >= 8 else 0
        out.append(Control(d.frame, d.time, (d.src, d.sport), (d.dst, d.dport), tunnel,
                           session, ns, nr, MESSAGE.get(kind, str(kind)), body))
    return out


def inner_ip(d):
    """The IPv4 packet inside an L2TP data message, or None."""
    flags = struct.unpack_from("!H", d.payload)[0]
    if flags & 0x8000 or flags & 0x000f != 2:
        return None
    at = 6 + (2 if flags & 0x4000 else 0) + (4 if flags & 0x0800 else 0)
    if flags & 0x0200:
        at += 2 + struct.unpack_from("!H", d.payload, at)[0]
    ppp = d.payload[at:]
    if ppp[:2] == b"\xff\x03":
        ppp = ppp[2:]
    if ppp[:2] == b"\x00\x21":
        return ppp[2:]
    return ppp[1:] if ppp[:1] == b"\x21" else None


def stream_numbers(dgrams, sender):
    """The stream's sequence numbers from one sender, plain or inside L2TP."""
    out = set()
    for d in dgrams:
        src, payload = d.src, d.payload
        if is_l2tp(d):
            packet = inner_ip(d)
            got = packet and ipv4_udp(packet)
            if not got:
                continue
            src, payload = got[0], got[4]
        if src == sender and len(payload) >= 8:
            magic, number = struct.unpack_from("!II", payload)
            if magic == STREAM_MAGIC:
                out.add(number)
    return out


def ahead(a, b):
    """a - b among 16-bit serial numbers, -32768 to 32767."""
    return (a - b + 0x8000) % 0x10000 - 0x8000


def avp(body, wanted):
    """The value of the first AVP of that type (vendor 0, not hidden), or None."""
    at = 0
    while at + 6 <= len(body):
        bits, vendor, kind = struct.unpack_from("!HHH", body, at)
        length = bits & 0x3ff
        if length < 6:
            return None
        if not vendor and kind == wanted and not bits & 0x4000:
            return body[at + 6:at + length]
        at += length
    return None


class Tunnel:
    """Both directions of one control connection, as a bystander follows it."""

    def __init__(self, initiator, responder, initiator_id):
        self.ids = {initiator: initiator_id, responder: None}
        self.next = {initiator: 0, responder: 0}  # lowest Ns not seen sent yet
        self.bodies = {initiator: {}, responder: {}}
        # What came from the other since this one's last message: ZLBs, and others.
        self.zlbs = {initiator: 0, responder: 0}
        self.others = {initiator: 0, responder: 0}
        self.messages = []
        self.closed = False


def tunnels(messages):
    """Sorts control messages into tunnels; messages of none are returned beside."""
    found, strays = [], []
    for m in messages:
        ident = avp(m.body, 9)
        number = ident and len(ident) == 2 and struct.unpack("!H", ident)[0]
        here = [t for t in found if m.src[0] in t.ids and m.dst[0] in t.ids]
        if m.kind == "SCCRQ":
            here = [t for t in here if t.ids[m.src[0]] == number and not t.closed]
            if not here:
                here = [Tunnel(m.src[0], m.dst[0], number)]
                found += here
        else:
            here = [t for t in here if t.ids[m.dst[0]] == m.tunnel]
        if not here:
            strays.append(m)
            continue
        t = here[-1]
        if m.kind == "SCCRP":
            t.ids[m.src[0]] = number
        t.closed = t.closed or m.kind == "StopCCN"
        t.messages.append(m)
    return found, strays


def check_numbers(messages):
    """Faults in Ns, Nr, bodies and acknowledgements, as sentences."""
    found, strays = tunnels(messages)
    wrong = [f"frame {m.frame}: {m.kind} for unknown tunnel {m.tunnel}" for m in strays]
    for t in found:
        for m in t.messages:
            wrong += judge(t, m)
    return wrong


def judge(t, m):
    me, other = m.src[0], m.dst[0]
    name = f"frame {m.frame}: {m.kind} from {me}"
    wrong = []
    if ahead(m.nr, t.next[other]) > 0:
        wrong.append(f"{name} has Nr {m.nr}, but only Ns below {t.next[other]} was sent")
    answers_zlb = t.zlbs[me] and not t.others[me]
    t.zlbs[me] = t.others[me] = 0
    if m.kind == "ZLB":
        t.zlbs[other] += 1
        if answers_zlb:
            wrong.append(f"{name} answers a ZLB")
        return wrong
    t.others[other] += 1
    old = t.bodies[me].setdefault(m.ns, m.body)
    if old != m.body:
        wrong.append(f"{name} has another body than before for Ns {m.ns}")
    if ahead(m.ns, t.next[me]) > 0:
        wrong.append(f"{name} jumps to Ns {m.ns}, expected {t.next[me]}")
    if ahead(m.ns, t.next[me]) >= 0:
        t.next[me] = (m.ns + 1) % 0x10000
    return wrong


def answered(messages, kind, sender, since, until):
    """[(message, seconds to the first acknowledgement or None)] for messages of one kind
    that `sender` sent for the first time between two moments (wall clock)."""
    out, seen = [], set()
    for t in tunnels(messages)[0]:
        for i, m in enumerate(t.messages):
            key = (id(t), m.ns)
            if m.kind != kind or m.src[0] != sender or key in seen:
                continue
            seen.add(key)
            if not since <= m.time < until:
                continue
            ack = next((a for a in t.messages[i + 1:]
                        if a.dst[0] == sender and ahead(a.nr, m.ns) > 0), None)
            out.append((m, ack and ack.time - m.time))
    return out


def tshark(*args):
    done = subprocess.run(("tshark", "-n") + args, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, errors="replace", timeout=120)
    if done.returncode != 0:
        raise Failure(f"tshark {' '.join(args)}: {done.stderr.strip()}")
    return done.stdout


CHECKSUMS = ("-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE")


def check_bytes(path, only=None):
    """What tshark objects to: malformed packets, expert errors, and L2TP warnings; of all
    packets, or those of a display filter."""
    wrong = []
    also = f" && ({only})" if only else ""
    for line in tshark("-r", path, *CHECKSUMS, "-Y", "_ws.malformed" + also).splitlines():
        wrong.append(f"malformed: {' '.join(line.split())}")
    # "Errors (2)" and the like head tables of: frequency, group, protocol, summary.
    severity = None
    for line in tshark("-r", path, *CHECKSUMS, "-q", "-z",
                       "expert,warn" + (f",{only}" if only else "")).splitlines():
        words = line.split()
        if len(words) == 2 and words[1].startswith("("):
            severity = words[0]
        elif len(words) >= 4 and words[0].isdigit() and severity:
            if severity == "Errors" or words[2].upper() == "L2TP":
                wrong.append(f"tshark {severity}: {' '.join(words)}")
    return wrong


def check_file(path):
    """Everything above for one file; (faults, control messages)."""
    messages = controls(datagrams(path))
    wrong = check_bytes(path) + check_numbers(messages)
    by_tshark = len(tshark("-r", path, "-Y", "l2tp.type == 1 && !icmp").splitlines())
    if by_tshark != len(messages):
        wrong.append(f"tshark counts {by_tshark} control messages, we {len(messages)}")
    return wrong, messages


def where_lost(missing, points):
    """Tells between which two points of the path packets vanished; `points` is an ordered
    [(name, set of numbers seen there)]."""
    counts = {}
    for number in missing:
        place = "before " + points[0][0]
        for i, (name, seen) in enumerate(points):
            if number in seen:
                after = points[i + 1][0] if i + 1 < len(points) else "the receiver"
                place = f"between {name} and {after}"
        counts[place] = counts.get(place, 0) + 1
    return ", ".join(f"{n} {place}" for place, n in sorted(counts.items()))
