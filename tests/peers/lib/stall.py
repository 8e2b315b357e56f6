# SPDX-License-Identifier: GPL-3.0-or-later
"""Did the machine itself stand still?

A process of its own sleeps for 5 ms at a time and says when it came back much too late.  It
needs next to no processor time: what holds it up holds up the programs under test too,
and a figure that was taken meanwhile measures the machine.
"""

import subprocess
import sys

LIMIT = 0.1  # seconds; no program under test keeps the processors busy for so long

SLEEPER = """
import sys, time
last = time.monotonic()
while True:
    time.sleep(0.005)
    now = time.monotonic()
    if now - last > float(sys.argv[1]):
        print(f"{now - last:.3f}", flush=True)
    last = time.monotonic()
"""


class StallWatch:
    """From its making until stop(), which gives the stalls in seconds."""

    def __init__(self, limit=LIMIT):
        self.process = subprocess.Popen([sys.executable, "-c", SLEEPER, str(limit)],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        text=True)

    def stop(self):
        self.process.terminate()
        text, _ = self.process.communicate()
        return [float(line) for line in text.split()]
