# SPDX-License-Identifier: GPL-3.0-or-later
"""The sequence-numbered UDP stream in both directions between two namespaces."""

import json
import time

from .netns import Failure

PORT = 5005


class Stream:
    """Starts `seqstream` at both ends; `plan` is seconds on and (negative) off."""

    def __init__(self, lab, program, a, addr_a, b, addr_b, plan, rate=1000,
                 tag="stream", port=PORT, lead=0.4):
        """`lead` is the time in which both programs must have started."""
        self.lab = lab
        self.plan = plan
        self.ends = {}
        self.begin = time.monotonic() + lead
        start_ns = str(int(self.begin * 1e9))
        text = ",".join(f"{s:g}" for s in plan)
        for end, addr, far in ((a, addr_a, addr_b), (b, addr_b, addr_a)):
            out = lab.path(f"{tag}-{end}.json")
            self.ends[end] = (lab.start(f"{tag}-{end}", [
                program, "--bind", f"{addr}:{port}", "--peer", f"{far}:{port}",
                "--rate", str(rate), "--start", start_ns, "--plan", text,
                "--out", out], netns=end), out)

    def phase_at(self, index):
        """When phase `index` begins, on time.monotonic()."""
        return self.begin + sum(abs(s) for s in self.plan[:index])

    def sleep_to(self, index, into=0.0):
        """Sleeps until `into` seconds after the beginning of a phase."""
        left = self.phase_at(index) + into - time.monotonic()
        if left < 0:
            raise Failure(f"{-left:.1f} s too late for phase {index} of the stream")
        time.sleep(left)

    def finish(self):
        """{direction: figures} after the plan's end; direction is 'a to b'."""
        length = sum(abs(s) for s in self.plan)
        limit = self.begin + length + 10 - time.monotonic()
        got = {}
        for end, (proc, out) in self.ends.items():
            if proc.wait(max(limit, 1)) != 0:
                raise Failure(f"seqstream in {end}: {proc.log().strip()}")
            with open(out, encoding="utf-8") as f:
                got[end] = json.load(f)
        a, b = self.ends
        return {f"{a} to {b}": figures(got[a], got[b]),
                f"{b} to {a}": figures(got[b], got[a])}


def figures(sender, receiver):
    """One direction: what one end sent beside what the other end got."""
    beyond = list(range(receiver["highest"] + 1, sender["sent"]))
    missing = receiver["missing"] + beyond[:1000]
    return {
        "sent": sender["sent"], "send_errors": sender["send_errors"],
        "received": receiver["unique"], "lost": sender["sent"] - receiver["unique"],
        "duplicates": receiver["duplicates"], "reordered": receiver["reordered"],
        "strange": receiver["strange"], "missing": missing,
        "gap_ms": receiver["longest_gap_ms"], "gap_ended": receiver["gap_ended"],
    }


def ranges(numbers):
    """[1, 2, 3, 7] as '1-3 7', cut after eight."""
    out = []
    for n in numbers:
        if out and out[-1][1] == n - 1:
            out[-1][1] = n
        else:
            out.append([n, n])
    text = [f"{a}-{b}" if a != b else str(a) for a, b in out[:8]]
    return " ".join(text) + (" ..." if len(out) > 8 else "")


def check(result):
    """What is wrong with a finished stream, as sentences."""
    wrong = []
    for way, f in result.items():
        if f["send_errors"]:
            wrong.append(f"{way}: {f['send_errors']} sends refused by the kernel")
        if f["lost"]:
            wrong.append(f"{way}: {f['lost']} of {f['sent']} lost "
                         f"(numbers {ranges(f['missing'])})")
        for what in ("duplicates", "reordered", "strange"):
            if f[what]:
                wrong.append(f"{way}: {f[what]} {what}")
        if not f["sent"]:
            wrong.append(f"{way}: nothing was sent")
    return wrong
