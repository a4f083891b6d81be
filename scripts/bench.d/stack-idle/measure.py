"""Prints memory and processor time of a stack's processes: measure.py HOME SECONDS"""

import os
import re
import sys
import time

sys.path.append(os.path.join(os.path.dirname(__file__), "..", "supervisor"))
import proc

# By a part of the command line; the first that matches.
PROGRAMS = (
    ("controller", "ControllerMain"),
    ("supervisor", "supervisor.cli.Main"),
    ("reaper", "supervisor-reaper"),
    ("livepatch unit", "io.livepatch.server.Main"),
    ("haproxy unit", "haproxy"),
    ("postgresql unit", "postgres"),
)


def program(pid):
    try:
        with open(f"/proc/{pid}/cmdline") as file:
            command = file.read().replace("\0", " ")
    except FileNotFoundError:
        return None
    return next((name for name, part in PROGRAMS if re.search(part, command)), "other")


def main(home, seconds):
    with open(os.path.join(home, "supervisor.sock.lock")) as file:
        root = int(file.read())
    # The reaper is a session of its own, and still a child.
    before = proc.descendants(root)
    began = time.monotonic()
    time.sleep(seconds)
    after = proc.descendants(root)
    lasted = time.monotonic() - began
    sums = {}
    for pid, one in after.items():
        if pid in before:
            name = program(pid)
            count, pss, ticks = sums.get(name, (0, 0.0, 0))
            # Checks are short-lived processes.
            ticks += one.ticks + one.ended - before[pid].ticks - before[pid].ended
            sums[name] = (count + 1, pss + proc.memory_mib([pid])[1], ticks)
    print(f"{'':18}{'processes':>10}{'PSS':>12}{'processor':>12}")
    rows = sorted(sums.items(), key=lambda item: -item[1][1])
    rows.append(("in all", tuple(map(sum, zip(*sums.values())))))
    for name, (count, pss, ticks) in rows:
        print(f"{name:18}{count:10d}{pss:8.0f} MiB{ticks / proc.TICKS / lasted:11.2%}")
    print(f"processor time in {lasted:.0f} s, as a part of one core, with that of checks")


main(sys.argv[1], int(sys.argv[2]))
