"""scripts/bench supervisor: compares the costs of supervisors and the availability of their workers."""

import argparse
import collections
import contextlib
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import proc
from peers import SHARED, SLEEPER, Loop, Ours, OursBehindBalancer, Supervisord, answering, await_

CLIENTS = 8
MANY = 100
SETTLE = 3
UPTIME = 1.2  # before a kill: for supervisord too a worker that ran for less is a failed start
MIGRATE = "/proc/sys/net/ipv4/tcp_migrate_req"
FAILURES = "requests failed, recycling 4 workers"

parser = argparse.ArgumentParser()
parser.add_argument("--root", required=True)
parser.add_argument("--rounds", type=int, required=True)
parser.add_argument("--kills", type=int, required=True)
parser.add_argument("--idle", type=float, required=True)
parser.add_argument("--json")
options = parser.parse_args()

figures = collections.defaultdict(list)  # (what, who): a value for each round
notes = []


def say(text):
    print(text, file=sys.stderr, flush=True)


def note(who, what, value):
    figures[what, who].append(value)
    say(f"    {what}: {value:.4g}")


def serving(peer):
    """The pids of its four workers, when all answer."""
    pids = await_("all workers answer", lambda: all(found := [answering(n) for n in range(4)]) and found)
    if strangers := set(pids) - set(proc.descendants(peer.process.pid)):
        raise SystemExit(f"bench: {strangers} answer, and are no workers of {type(peer).__name__}")
    await_("all workers count as ready", peer.settled, pause=0.05)
    return pids


def kill(who, make):
    """The time from kill -9 of a worker to the first answer of its successor."""
    with scratch() as work, make(work).serve() as peer:
        serving(peer)
        born = [time.monotonic()] * 4
        times = []
        for i in range(options.kills):
            number = i % 4
            time.sleep(max(0, born[number] + UPTIME - time.monotonic()))
            old = answering(number)
            began = time.monotonic()
            os.kill(old, signal.SIGKILL)
            await_("a killed worker has a successor", lambda: answering(number) not in (None, old))
            born[number] = time.monotonic()
            times.append((born[number] - began) * 1000)
        note(who, "kill -9 to answer, ms, median", statistics.median(times))
        note(who, "kill -9 to answer, ms, worst", max(times))


def recycle(who, make, how, migrate):
    """Failures and latencies of clients while all workers are replaced."""
    with open(MIGRATE, "w") as setting:
        setting.write(str(migrate))
    with scratch() as work, make(work).serve() as peer:
        old = serving(peer)
        load = subprocess.Popen(
            [sys.executable, "-B", os.path.join(os.path.dirname(__file__), "load.py"), str(SHARED), str(CLIENTS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            time.sleep(1)
            began = time.monotonic()
            how(peer)
            note(who, "recycling 4 workers, s", time.monotonic() - began)
            time.sleep(1)
            counts = json.loads(load.communicate(timeout=30)[0])
        finally:
            load.kill()
        renewed(peer, old)
        failed = sum(counts.values()) - counts.get("ok", 0)
        note(who, FAILURES, failed)
        note(who, "… of requests in all", sum(counts.values()))
        if failed:
            notes.append(f"{who}: " + ", ".join(f"{n} {what}" for what, n in sorted(counts.items()) if what != "ok"))


def renewed(peer, old):
    """Checks that all workers were replaced: otherwise no request would have failed."""
    family = proc.descendants(peer.process.pid)
    if left := [pid for pid in old if pid in family]:
        raise SystemExit(f"bench: {type(peer).__name__} has not replaced {left}")


def keep(who, make, workers):
    """Start time, memory and idle time with idle workers."""
    with scratch() as work:
        began = time.monotonic()
        with make(work).sleep(workers) as peer:
            await_("all workers run", lambda: peer.sleepers() == workers, pause=0.01)
            note(who, f"start of {workers} workers, ms", (time.monotonic() - began) * 1000)
            time.sleep(SETTLE)
            if workers == MANY:
                idle(who, peer)
            rss, pss = proc.memory_mib(peer.itself())
            note(who, f"memory with {workers} workers, MiB, RSS", rss)
            note(who, f"memory with {workers} workers, MiB, PSS", pss)


def idle(who, peer):
    pids = peer.itself()
    before = proc.cpu_seconds(pids)
    began = time.monotonic()
    time.sleep(options.idle)
    used = proc.cpu_seconds(pids) - before
    note(who, f"idle with {MANY} workers, ms of CPU per s", used * 1000 / (time.monotonic() - began))


@contextlib.contextmanager
def scratch():
    """A directory for the files of a peer; the sleeper in it has a unique process name."""
    work = tempfile.mkdtemp(prefix="lp-bench.")
    os.symlink(shutil.which("sleep"), os.path.join(work, SLEEPER))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def balanced():
    """Whether this build has proxy mode."""
    with scratch() as work, OursBehindBalancer(work, options.root).serve() as peer:
        return not await_("proxy mode answers or is refused", lambda: peer.refused() or answering(0), pause=0.1) is True


def round_of(proxy):
    ours = lambda work: Ours(work, options.root)
    eager = lambda work: Ours(work, options.root, initial="1ms")
    for who, make in ("ours", ours), ("ours, initial 1ms", eager), ("supervisord", Supervisord), ("shell loop", Loop):
        say(f"  {who}: kill -9")
        kill(who, make)
    one_by_one = lambda peer: peer.recycle()
    all_at_once = lambda peer: peer.recycle_all()
    recycled = [("ours", ours, one_by_one), ("supervisord", Supervisord, one_by_one), ("shell loop", Loop, one_by_one)]
    for migrate in 0, 1:
        for who, make, how in recycled:
            say(f"  {who}, tcp_migrate_req={migrate}: recycle")
            recycle(f"{who}, migrate {migrate}", make, how, migrate)
    say("  supervisord, restart all: recycle")
    recycle("supervisord, restart all", Supervisord, all_at_once, 0)
    if proxy:
        say("  ours, proxy mode: recycle")
        recycle("ours, proxy mode", lambda work: OursBehindBalancer(work, options.root), one_by_one, 0)
    for who, make in ("ours", ours), ("supervisord", Supervisord), ("shell loop", Loop):
        for workers in 1, MANY:
            say(f"  {who}: {workers} idle workers")
            keep(who, make, workers)


def table():
    """Medians over the rounds, and their ratios to those of supervisord."""
    for what in dict.fromkeys(what for what, _ in figures):
        print(f"\n{what}")
        base = figures.get((what, "supervisord"), figures.get((what, "supervisord, migrate 0")))
        for (row, who), values in figures.items():
            if row == what:
                ratio = statistics.median(values) / statistics.median(base) if base and statistics.median(base) else None
                shown = f"{ratio:8.2f}x" if ratio is not None else ""
                print(f"  {who:30} {statistics.median(values):10.1f} {shown:9}  {' '.join(f'{v:.1f}' for v in values)}")
    if notes:
        print("\nfailures, by round")
        print("\n".join(f"  {line}" for line in notes))


def stop(*_):
    raise SystemExit(143)


signal.signal(signal.SIGTERM, stop)
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
proxy = balanced()
if not proxy:
    notes.append("ours, proxy mode: skipped, this build has no balancer")
for number in range(options.rounds):
    say(f"round {number + 1} of {options.rounds}")
    round_of(proxy)
table()
if options.json:
    rows = [{"what": what, "who": who, "rounds": values} for (what, who), values in figures.items()]
    with open(options.json, "w") as file:
        json.dump({"processors": os.cpu_count(), "kernel": os.uname().release, "notes": notes, "figures": rows}, file, indent=1)
