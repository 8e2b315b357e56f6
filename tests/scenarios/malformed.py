#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""More than 200 malformed scripts: each is answered with the line and column of its error, the
line itself, a caret below it, and exit status 2; `run` runs nothing of it.

usage: malformed.py TWINRP
"""
import re
import subprocess
import sys

HEAD = """scenario 1
chassis a
  rp R0 R1
  fp F0 F1
  spa 0/0 gigabit 4
end
peer l lac on Gi0/0/0
peer h host on Gi0/0/1
"""
BOOT = HEAD + "boot a\nsnapshot s a l2tp.sessions label x\ncapture w Gi0/0/0\n"

# A line, and its column that is wrong; where the file of it begins.
BEFORE = [
    ("title x", 7), ("title", 6), ('title "x" y', 11), ("title \"x", 7), ('title "x"y', 7),
    ('title "\\q"', 7), ("tags", 5), ("tags a/b", 6), ('tags "a"', 6), ("goal x", 6),
    ("clock", 6), ("clock vitual", 7), ("clock virtual sed 7", 15), ("clock virtual seed", 19),
    ("clock virtual seed x", 20), ("clock virtual seed -1", 20), ("clock real seed 1 2", 19),
    ("peer", 5), ("peer m", 7), ("peer m lak", 8), ("peer m lac", 11), ("peer m lac at Gi0/0/2", 12),
    ("peer m lac on", 14), ("peer m lac on Gi9", 15), ("peer m lac on R0", 15),
    ("peer m lac on Gi0/0/2 tunnels", 30), ("peer m lac on Gi0/0/2 tunnels 0", 31),
    ("peer m lac on Gi0/0/2 tunnels x", 31), ("peer m lac on Gi0/0/2 sesions 3", 23),
    ("peer m lac on Gi0/0/2 tunnels 1000 sessions 8000", 49),
    ("peer m lac on Gi0/0/2 user", 27), ("peer m lac on Gi0/0/2 address 1.2.3", 31),
    ("peer m lac on Gi0/0/2 address 1.2.3.4/33", 31), ("peer m lac on Gi0/0/2 lns 1.2.3.4/24", 27),
    ("peer m lac on Gi0/0/2 gateway 1.2.3.4", 23), ("peer m host on Gi0/0/2 lns 1.2.3.4", 24),
    ("peer m host on Gi0/0/2 secret x", 24), ("peer m lac on Gi0/0/2 probe", 28),
    ("peer m lac on Gi0/0/2 probe 100", 29), ("peer m lac on Gi0/0/2 probe 0pps", 29),
    ("peer m lac on Gi0/0/2 probe 9999pps", 29), ("peer m lac on Gi0/0/2 probe 10pps sideways", 35),
    ("peer m lac on Gi0/0/2 probe 10pps to", 37), ("peer m lac on Gi0/0/2 pace 5", 28),
    ("peer m lac on Gi0/0/2 hello x", 29), ("peer l lac on Gi0/0/2", 6),
    ("peer m lac on Gi0/0/0", 1), ("peer m lac on Gi0/0/5", 1), ("peer m/n lac on Gi0/0/2", 6),
    ("port", 5), ("port Gi0/0/2", 13), ("port Gi0/0/2 packet", 14), ("port Gi0/0/2 :x", 14),
    ("port Gi0/0/2 packet:", 14), ("port Gi0/0/7 packet:x", 1), ("port Gi0/0/0 packet:x", 1),
    ("boot", 5), ("boot b", 6), ("boot a b", 8), ("chassis a\n  rp R0\n  fp F0\nend", 9),
    ("config b\nend", 8), ("config", 7), ("config a", 1), ("pull R0", 1), ("check log R0 has \"x\"", 1),
    ("after 5s", 1), ("scenario 1", 1), ("scenario 2", 10), ("end", 1), ("help", 1), ("quit", 1),
    ("let", 4), ("let x", 6), ("let x y z", 9), ("repeat", 7), ("repeat 0\nend", 8),
    ("repeat x\nend", 8), ("repeat 2", 1), ("include", 8), ("include x", 9),
    ('include "nowhere.scn"', 1), ("ask", 4), ("ask q", 6), ("ask q q", 7), ('ask q "Q"', 1),
    ("Say \"x\"", 1), ("say", 4), ("say x", 5), ('say "x" label', 9), ('say "x" label a/b', 15),
    ('say "$nothing"', 5), ("section", 8), ("section /x/", 9), ("hint", 5), ("pause x", 7),
]
AFTER = [
    ("boot a", 1), ("title \"x\"", 1), ("clock real", 1), ("peer m lac on Gi0/0/2", 1),
    ("config a\nend", 1), ("pul R0", 1), ("PULL R0", 1), ("pull", 5), ("pull R2", 6),
    ("pull 0/9", 6), ("pull SIP9", 6), ("pull active", 6), ("pull lac1/R0", 6), ("pull R0 R1", 9),
    ("pull R0 item", 13), ("pull R0 item 0", 14), ("pull SIP0 item 3", 11), ("pull \"R0\"", 6),
    ("insert", 7), ("insert Gi0/0/0", 8), ("crash x", 7), ("hang", 5), ("hang R0 5s", 9),
    ("hang R0 for", 12), ("hang R0 for 5", 13), ("wake", 5), ("reset R0 now", 10),
    ("link", 5), ("link R0", 6), ("link Gi0/0/0", 13), ("link Gi0/0/0 loss", 18),
    ("link Gi0/0/0 loss 10", 19), ("link Gi0/0/0 loss 101%", 19), ("link Gi0/0/0 loss 1.%", 19),
    ("link Gi0/0/0 los 1%", 14), ("link Gi0/0/0 delay 5", 20), ("link Gi0/0/0 rate 5", 19),
    ("link Gi0/0/0 rate 0bit", 19), ("link Gi0/0/0 direction up", 24), ("link Gi0/0/0 room 5", 14),
    ("link ipc", 9), ("link ipc R0", 12), ("link ipc R0 SIP0 cut", 13), ("link ipc R0 R1", 15),
    ("link ipc R0 R1 loss 5%", 16), ("link ipc R0 R1 room x", 21), ("link ipc R0 R1 direction in", 16),
    ("capture a/b Gi0/0/0", 9), ("capture c", 10), ("capture c Gi0", 11), ("capture c ipc R0", 17),
    ("capture c Gi0/0/0 in x", 19), ("capture c Gi0/0/0 to", 21), ("capture c Gi0/0/0 to \"\"", 22),
    ("capture nosuch stop", 9), ("capture w stop now", 16),
    ("show", 5), ("show F0 \"x\"", 6), ("show R0", 8), ("show R0 x", 9), ("show R0 \"a\\nb\"", 9),
    ("show R0 \"a\" has \"b\"", 13), ("cli R0", 7), ("cli R0 \"x\" anser \"a\" \"b\"", 12),
    ("cli R0 \"x\" answer", 18), ("cli R0 \"x\" answer \"a\"", 22), ("cli R0 \"x\" refused", 19),
    ("cli R0 \"x\" refused \"a\" \"b\"", 24), ("do", 3), ("do l", 5), ("do m connect", 4),
    ("snapshot", 9), ("snapshot t", 11), ("snapshot t a", 13), ("snapshot t b l2tp.sessions", 12),
    ("snapshot t a l2tp.session", 14), ("snapshot t F0 l2tp.sessions", 12),
    ("at", 3), ("at 5", 4), ("after", 6), ("after soon", 7), ("after 0s", 7), ("after 99999999m", 7),
    ("after 5s pull R0", 10), ("label", 6), ("label a label b", 1), ("label a b", 9),
    ("wait", 5), ("wait 5", 6), ("wait 5s", 8), ("wait 5s util", 9), ("wait 5s until", 14),
    ("wait 5s until pull R0", 15), ("check", 6), ("check shw R0", 7), ("require", 8),
    ("check show R0 \"x\"", 18), ("check show R0 \"x\" had \"y\"", 19),
    ("check show R0 \"x\" has y", 23), ("check show R0 \"x\" has /y/", 23),
    ("check show R0 \"x\" matches \"y\"", 27), ("check show R0 \"x\" matches /(/", 27),
    ("check show R0 \"x\" matches /y", 27), ("check show R0 \"x\" has \"y\" since x", 27),
    ("check show R0 \"x\" has \"y\" within", 33), ("check show R0 \"x\" has \"y\" within 5", 34),
    ("check show R0 \"x\" has \"y\" for 5s", 27), ("check count", 12), ("check count a", 14),
    ("check count b l2tp.sessions == 1", 13), ("check count a sessions == 1", 15),
    ("check count a l2tp.sessions", 28), ("check count a l2tp.sessions = 1", 29),
    ("check count a l2tp.sessions ==", 31), ("check count a l2tp.sessions == x", 32),
    ("check count a l2tp.sessions == -1", 32), ("check count a l2tp.sessions == 1 since x", 34),
    ("check counter", 14), ("check counter m cdn == 0", 15), ("check counter l", 16),
    ("check counter l cdn", 20), ("check counter l cdn == 0 since y", 32), ("check log", 10),
    ("check log R0", 13), ("check log F0 has \"x\"", 11), ("check log R0 has \"x\" since y", 28),
    ("check packet", 13), ("check packet nosuch match \"arp\" count == 0", 14),
    ("check packet w mach \"arp\" count == 0", 16), ("check packet w match arp count == 0", 22),
    ("check packet w match \"\" count == 0", 22), ("check packet w match \"l2tp.Nothing\" count == 0", 22),
    ("check packet w match \"arp or\" count == 0", 22), ("check packet w match \"(arp\" count == 0", 22),
    ("check packet w match \"arp ip\" count == 0", 22), ("check packet w match \"arp\" == 0", 28),
    ("check packet w match \"arp\" count 0", 34), ("check gap", 10), ("check gap m any < 5ms", 11),
    ("check gap l", 12), ("check gap l all < 5ms", 13), ("check gap l any", 16),
    ("check gap l any < 5", 19), ("check gap l any sideways < 5ms", 17), ("check gap l 0 < 5ms", 13),
    ("check loss l any < 5", 20), ("check loss l any == 0% since y", 30), ("check order l any == 0%", 22),
    ("check same", 11), ("check same t a l2tp.sessions", 12), ("check same s b l2tp.sessions", 14),
    ("check same s a sessions", 16), ("check same s a l2tp.sessions fields", 36),
    ("check same s a l2tp.sessions fields usr", 37), ("check peer l", 13), ("check peer l last", 14),
    ("check peer l last-cdn", 22), ("check peer l last-cdn cause", 28), ("check peer l last-cdn cause x", 29),
    ("\"pull\" R0", 1), ("/pull/", 1), ("pull R0 label", 9), ("pull R0 label \"x\"", 15), ("\x01\x02", 1),
]


def tell(number, good, name, why=""):
    print("%s %d - %s" % ("ok" if good else "not ok", number, name))
    if not good:
        print("".join("# %s\n" % line for line in why.split("\n")), end="")
    return good


def judge(answer, line, column, source):
    found = re.search(r"^stdin:(\d+):(\d+): .+$", answer.stderr, re.M)
    if answer.returncode != 2:
        return "exit status %d" % answer.returncode
    if not found:
        return "no position: " + answer.stderr
    if (int(found[1]), int(found[2])) != (line, column):
        return "wanted %d:%d: %s" % (line, column, answer.stderr)
    if source and "\n  " + " " * (column - 1) + "^\n" not in answer.stderr:
        return "no caret: " + answer.stderr
    return None


def main():
    program = sys.argv[1]
    cases = [(HEAD, *row) for row in BEFORE] + [(BOOT, *row) for row in AFTER]
    number = 0
    good = True
    for head, text, column in cases:
        number += 1
        script = head + text + "\n"
        command = "check" if number % 5 else "run"
        answer = subprocess.run([program, command, "-"], input=script, text=True,
                                encoding="latin1", capture_output=True, timeout=60)
        why = judge(answer, head.count("\n") + 1, column, text)
        if answer.stdout and command == "run" and answer.stdout != "1..0\n":
            why = "something ran: " + answer.stdout
        good &= tell(number, why is None, repr(text), why or "")
    number += 1
    good &= tell(number, number > 200, "there are more than 200")
    print("1..%d" % number)
    return not good


sys.exit(main())
