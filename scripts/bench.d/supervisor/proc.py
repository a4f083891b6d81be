"""Reads a process and its descendants from /proc."""

import collections
import os
import sys

TICKS = os.sysconf("SC_CLK_TCK")

One = collections.namedtuple("One", "name parent ticks began ended")


def _read(pid):
    """None if the process has ended or is a zombie. `ended` is the time of its children that have ended."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            text = file.read()
    except (FileNotFoundError, ProcessLookupError):
        return None
    end = text.rindex(")")
    fields = text[end + 2 :].split()
    if fields[0] in "ZX":
        return None
    return One(text[text.index("(") + 1 : end], int(fields[1]), int(fields[11]) + int(fields[12]), int(fields[19]), int(fields[13]) + int(fields[14]))


def read(pids):
    """Those of the processes that live; pids are reused, so the start times are compared."""
    return {pid: one for pid in pids if (one := _read(pid))}


def descendants(root):
    """A process and its descendants."""
    processes = read(int(entry) for entry in os.listdir("/proc") if entry.isdigit())
    children = collections.defaultdict(list)
    for pid, one in processes.items():
        children[one.parent].append(pid)
    family, open_ = {}, [root]
    while open_:
        pid = open_.pop()
        if pid in processes:
            family[pid] = processes[pid]
            open_ += children[pid]
    return family


def cpu_seconds(pids):
    """The processor time of these processes up to now."""
    return sum(one.ticks for one in read(pids).values()) / TICKS


def memory_mib(pids):
    """RSS and PSS of these processes in MiB. RSS counts shared pages once for each process."""
    sums = {"Rss": 0, "Pss": 0}
    for pid in pids:
        with open(f"/proc/{pid}/smaps_rollup") as file:
            for line in file:
                key, _, rest = line.partition(":")
                if key in sums:
                    sums[key] += int(rest.split()[0])
    return sums["Rss"] / 1024, sums["Pss"] / 1024


if __name__ == "__main__":
    # proc.py PID: prints the processor time of the process and its descendants in seconds.
    print(cpu_seconds(descendants(int(sys.argv[1]))))
