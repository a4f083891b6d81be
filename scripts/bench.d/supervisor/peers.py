"""The measured supervisors: each starts N workers of a command, replaces them, and ends."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
import urllib.request

import proc

SHARED = 8080
OWN = 9000
ADMIN = 9100
WORKER = [sys.executable, "-I", "-S", os.path.join(os.path.dirname(os.path.abspath(__file__)), "worker.py")]
SLEEPER = "bench-sleeper"


def answering(number):
    """The pid of the worker that answers at its own port, or None."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{OWN + number}/", timeout=1) as answer:
            return int(answer.read())
    except OSError:
        return None


def await_(what, condition, seconds=60, pause=0.001):
    """Waits until the condition is true, and returns its value."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise SystemExit(f"bench: gave up after {seconds} s of waiting until {what}")
        time.sleep(pause)
    return found


class Peer:
    """A context manager around the process, which the kernel kills when this program ends."""

    def __init__(self, work):
        self.work = work
        self.process = None

    def serve(self):
        raise NotImplementedError

    def sleep(self, workers):
        raise NotImplementedError

    def settled(self):
        """Whether it considers its workers ready, too; a balancer may become ready after them."""
        return True

    def launch(self, *command):
        log = open(os.path.join(self.work, "log"), "ab")
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", "--", *command], cwd=self.work, stdout=log, stderr=log
        )
        log.close()
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """Returns when all processes have ended: a worker that remains would answer requests of the next peer."""
        family = proc.descendants(self.process.pid)
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        deadline = time.monotonic() + 5
        while left := [pid for pid, one in proc.read(family).items() if one.began == family[pid].began]:
            if time.monotonic() > deadline:
                for pid in left:
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.01)

    def write(self, name, text):
        path = os.path.join(self.work, name)
        with open(path, "w") as file:
            file.write(text)
        return path

    def sleepers(self):
        return sum(one.name == SLEEPER for one in proc.descendants(self.process.pid).values())

    def itself(self):
        """Its processes except the workers."""
        return [pid for pid, one in proc.descendants(self.process.pid).items() if one.name != SLEEPER]

    def sleeper(self):
        return os.path.join(self.work, SLEEPER)


class Ours(Peer):
    """Here a worker that ran for a second resets its count of crashes, so that each of many kills counts as the first."""

    def __init__(self, work, root, initial=None):
        super().__init__(work)
        self.root = root
        self.restart = "{stable_after: 1s%s}" % (f", initial: {initial}, cap: {initial}" if initial else "")

    def run(self, pool):
        text = f"admin: {{port: {ADMIN}}}\nsupervisor:\n  workers:\n    - name: web\n{pool}"
        path = self.write("pool.yaml", text)
        return self.launch(os.path.join(self.root, "scripts", "supervisor"), "-c", path)

    def serve(self):
        return self.run(f"""\
      replicas: 4
      exec: {WORKER[0]}
      args: [{", ".join(WORKER[1:])}, --own, "{{worker_port}}", --shared, "{SHARED}"]
      restart: {self.restart}
      ready: {{http: "http://127.0.0.1:{{worker_port}}/", interval: 200ms}}
      listen: {{port: {SHARED}, worker_port: {OWN}}}
""")

    def sleep(self, workers):
        return self.run(f"      replicas: {workers}\n      exec: {self.sleeper()}\n      args: [inf]\n")

    def settled(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{ADMIN}/workers", timeout=5) as answer:
            workers = json.loads(answer.read())["workers"]
        return [worker["state"] for worker in workers] == ["ready"] * 4

    def recycle(self):
        request = urllib.request.Request(f"http://127.0.0.1:{ADMIN}/pools/web/restart?wait=120", method="POST")
        urllib.request.urlopen(request, timeout=130).close()


class OursBehindBalancer(Ours):
    """Proxy mode. Not all builds have it."""

    def serve(self):
        return self.run(f"""\
      replicas: 4
      exec: {WORKER[0]}
      args: [{", ".join(WORKER[1:])}, --own, "{{port}}"]
      server:
        port_arg: {{start_port: {OWN}}}
        health_check_path: /health
        listener_address: 127.0.0.1
        listener_port: {SHARED}
""")

    def refused(self):
        """Whether this build has no balancer; any other end is an error."""
        if self.process.poll() is None:
            return False
        with open(os.path.join(self.work, "log")) as log:
            text = log.read()
        if "there is no balancer here" not in text:
            raise SystemExit(f"bench: scripts/supervisor ended:\n{text}")
        return True


class Supervisord(Peer):
    def run(self, workers, command):
        self.control = ["supervisorctl", "-c", os.path.join(self.work, "supervisord.conf")]
        path = self.write("supervisord.conf", f"""\
[supervisord]
nodaemon=true
logfile=/dev/null
logfile_maxbytes=0
pidfile={self.work}/supervisord.pid
childlogdir={self.work}
[unix_http_server]
file={self.work}/supervisord.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://{self.work}/supervisord.sock
[program:web]
command={command}
process_name=%(program_name)s_%(process_num)02d
numprocs={workers}
autorestart=true
""")
        return self.launch("supervisord", "-c", path)

    def serve(self):
        return self.run(4, shlex.join(WORKER) + f" --own {OWN // 100}%(process_num)02d --shared {SHARED}")

    def sleep(self, workers):
        return self.run(workers, f"{self.sleeper()} inf")

    def recycle(self):
        for number in range(4):
            self.restart(f"web:web_{number:02}")

    def recycle_all(self):
        self.restart("all")

    def restart(self, what):
        subprocess.run([*self.control, "restart", what], check=True, stdout=subprocess.DEVNULL)


class Loop(Peer):
    """A shell for each worker: while :; do worker; done."""

    def run(self, workers, command):
        return self.launch("sh", "-c", f"""
for number in $(seq 0 {workers - 1}); do
  (while :; do {command}; done) &
done
trap 'trap - TERM; kill 0' TERM
wait""")

    def launch(self, *command):
        # In a process group, which is killed as a whole.
        return super().launch("setsid", *command)

    def serve(self):
        return self.run(4, f"{shlex.join(WORKER)} --own $(({OWN} + number)) --shared {SHARED}")

    def sleep(self, workers):
        return self.run(workers, f"{self.sleeper()} inf")

    def recycle(self):
        for number in range(4):
            old = answering(number)
            os.kill(old, signal.SIGTERM)
            await_("the loop has a successor", lambda: answering(number) not in (None, old))
