#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The manual page: it renders without a warning, names no option that there is not, and its
examples work.

usage: manpage.py PAGE TWINRP CONFIG

Examples run in one shell, in a folder with CONFIG as lns.cfg.  What needs a right is left out:
interfaces of the machine.  The chassis gets free ports and is waited for.
"""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

SECONDS = 100
SKIPPED = 77
WORDS = ("run", "demo", "console", "operator")
ENV = dict(os.environ, LC_ALL="C.UTF-8")


def render_faults(page):
    """What groff has to say of the page."""
    done = subprocess.run(["groff", "-man", "-ww", "-Tutf8", "-z", page], env=ENV,
                          capture_output=True, text=True)
    return [*done.stderr.splitlines()] or ([f"groff: {done.returncode}"]
                                           if done.returncode else [])


def plain(text):
    return text.replace("\\-", "-").replace("\\e", "\\").replace("\\(dq", '"')


def option_faults(text, twinrp):
    known = set()
    for word in ([], *([w] for w in WORDS)):
        shown = subprocess.run([twinrp, *word, "--help"], env=ENV, capture_output=True,
                               text=True, check=True).stdout
        known |= set(re.findall(r"(?<![\w-])--[a-z-]+", shown))
    return [f"there is no option {o}" for o in
            sorted(set(re.findall(r"(?<![\w-])--[a-z-]+", plain(text))) - known)]


def examples(text):
    part = text[text.index("\n.SH EXAMPLES"):]
    part = part[:part.index("\n.SH", 1)]
    return [plain(m) for m in re.findall(r"^\.RS\n(.*?)^\.RE", part, re.M | re.S)]


def script_of(blocks):
    script = "".join(blocks)
    script = re.sub(r"\\\n +--port \S+", "", script)
    script = script.replace("--headless", "--headless --console 127.0.0.1:0,0,0,0")
    script = re.sub(r" &$", " 2>lns.log &\nuntil [ -e lns.state ]; do sleep 0.1; done",
                    script, flags=re.M)
    if not shutil.which("tshark"):
        script = re.sub(r"^tshark .*\n", "", script, flags=re.M)
    return f"set -ex\n{script}kill %1\nwait %1\n"


def run_script(script, folder, env):
    """Its status and what it printed; nothing of it is left running."""
    with open(f"{folder}/printed", "w+", encoding="utf-8", errors="replace") as out:
        shell = subprocess.Popen(["bash", "-c", script], cwd=folder, env=env,
                                 stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                 start_new_session=True)
        try:
            status = shell.wait(SECONDS)
        except subprocess.TimeoutExpired:
            status = f"not ended after {SECONDS} s"
        try:
            os.killpg(shell.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        shell.wait()
        out.seek(0)
        return status, out.read()


def example_faults(text, twinrp, config):
    blocks = examples(text)
    script = script_of(blocks)
    if script.count("twinrp ") < 6:
        return ["there are no examples that this test can read"]
    with tempfile.TemporaryDirectory(prefix="man") as folder:
        shutil.copy(config, f"{folder}/lns.cfg")
        os.mkdir(f"{folder}/lessons")
        for name in ("loss.scn", "bring-up.inc", "lns.inc"):
            shutil.copy(config.parents[2] / "scenarios" / name, f"{folder}/lessons")
        for lua in twinrp.parent.glob("twinrp*.lua"):
            shutil.copy(lua, folder)
        env = dict(ENV, PATH=f"{twinrp.parent}:{ENV['PATH']}", HOME=folder)
        status, printed = run_script(script, folder, env)
    faults = [f"examples: status {status}\n{printed}"] if status else []
    if re.search(r"^error: ", printed, re.M):
        faults.append(f"examples: the operator console objects\n{printed}")
    return faults


def main():
    if len(sys.argv) != 4:
        print(__doc__)
        return 2
    page, twinrp, config = (pathlib.Path(a).resolve() for a in sys.argv[1:])
    text = page.read_text(encoding="utf-8")
    faults = option_faults(text, twinrp) + example_faults(text, twinrp, config)
    groff = shutil.which("groff")
    if groff:
        faults += render_faults(page)
    for fault in faults:
        print(fault)
    print(f"{len(faults)} faults")
    if not groff and not faults:
        print("the page was not rendered: there is no groff here")
        return SKIPPED
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
