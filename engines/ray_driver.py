"""Does the shards whose numbers come on stdin on a Ray cluster, and writes one JSON line for what became of each.

Each actor keeps one worker process (`nearlabel jobs work --stdin`), which loads the model once. Ray places actors, starts them
again elsewhere when they or their nodes are lost, and has the dashboard; what a shard is and when it is done is decided by the
worker. A shard whose worker was lost goes to whichever actor is free. `nearlabel jobs run --ray` starts this.
"""

import argparse
import collections
import json
import subprocess
import sys
import threading
from concurrent.futures import Future


def tell(line):
    print(json.dumps(line), flush=True)


try:
    import ray
except ImportError as error:
    tell({"error": f"Ray is not installed for {sys.executable} ({error}). Install it: pip install 'ray[default]==2.60.0'"})
    sys.exit(2)


class WorkerLost(Exception):
    """The worker process ended before it answered."""


@ray.remote(max_restarts=-1, max_task_retries=0)
class Worker:
    """One worker process, which is started again where it ends."""

    def __init__(self, command):
        self.command = command
        self.lock = threading.Lock()
        self.process = None
        self.waiting = {}

    def run(self, shard):
        with self.lock:
            if self.process is None or self.process.poll() is not None:
                self.start()
            waiting = self.waiting
            answer = waiting[shard] = Future()
            try:
                self.process.stdin.write(f"{shard}\n")
                self.process.stdin.flush()
            except OSError:
                pass  # The reader tells of the end.
        return answer.result()

    def start(self):
        self.waiting = {}
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        errors = collections.deque(maxlen=5)
        threading.Thread(target=lambda pipe: errors.extend(pipe), args=[self.process.stderr], daemon=True).start()
        threading.Thread(target=self.read, args=[self.process, self.waiting, errors], daemon=True).start()

    def read(self, process, waiting, errors):
        for line in process.stdout:
            outcome = json.loads(line)
            if "shard" in outcome:
                waiting.pop(outcome["shard"]).set_result(outcome)
        code = process.wait()
        reason = "".join(errors).strip()[-500:]
        lost = WorkerLost(f"The worker ended with {code}: {reason}" if reason else f"The worker ended with {code}")
        lost.code = code
        with self.lock:
            for answer in list(waiting.values()):
                answer.set_exception(lost)
            waiting.clear()


class Shards:
    """The shards that are left: those that came back first, then those on stdin."""

    def __init__(self, lines):
        self.lines = lines
        self.again = collections.deque()
        self.tried = collections.Counter()

    def next(self):
        if self.again:
            return self.again.popleft()
        line = self.lines.readline()
        return int(line) if line.strip() else None

    def put_back(self, shard, tries):
        """False where it was tried often enough."""
        self.tried[shard] += 1
        if self.tried[shard] >= tries:
            return False
        self.again.append(shard)
        return True


def work(actors, shards, options):
    running = {}
    free = collections.deque(actor for _ in range(options.max_in_flight) for actor in actors)
    while True:
        while free and (shard := shards.next()) is not None:
            actor = free.popleft()
            running[actor.run.remote(shard)] = (actor, shard)
        if not running:
            return
        [done], _ = ray.wait(list(running), num_returns=1)
        actor, shard = running.pop(done)
        free.append(actor)
        outcome = outcome_of(done, shard)
        if outcome["state"] == "retry" and shards.put_back(shard, options.tries):
            tell({"again": shard, "reason": outcome["error"]["message"]})
        else:
            tell(outcome)


def outcome_of(reference, shard):
    try:
        return ray.get(reference)
    except ray.exceptions.RayError as error:
        cause = getattr(error, "cause", None) or error
        if isinstance(cause, WorkerLost) and getattr(cause, "code", None) == 2:
            # Wrong plan, model or options: so it would be with every shard.
            tell({"error": str(cause)})
            sys.exit(2)
        message = str(cause).strip().split("\n")[0]
        error = {"code": "WORKER_LOST", "message": message}
        return {"shard": shard, "state": "retry", "rows": 0, "failed": 0, "seconds": 0, "error": error}


def connected(address):
    quiet = {"log_to_driver": False, "configure_logging": False}
    if address != "auto":
        return ray.init(address=address, **quiet)
    try:
        return ray.init(address="auto", **quiet)
    except ConnectionError:
        return ray.init(**quiet)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--address", default="auto")
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--cpus", type=float, default=1)
    parser.add_argument("--gpus", type=float, default=0)
    parser.add_argument("--max-in-flight", type=int, default=2)
    parser.add_argument("--tries", type=int, default=3)
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    try:
        context = connected(options.address)
    except (ConnectionError, RuntimeError, ValueError) as error:
        hint = "Check the address, and that RAY_AUTH_TOKEN or ~/.ray/auth_token is the cluster's"
        tell({"error": f"No Ray cluster at {options.address}: {str(error).splitlines()[0]}. {hint}."})
        sys.exit(2)
    total = ray.cluster_resources()
    room = total.get("GPU", 0) / options.gpus if options.gpus else total.get("CPU", 1) / options.cpus
    count = options.workers or max(1, int(room))
    tell({"dashboard": context.dashboard_url, "version": ray.__version__, "workers": count})
    make = Worker.options(
        num_cpus=options.cpus, num_gpus=options.gpus, max_concurrency=options.max_in_flight, scheduling_strategy="SPREAD"
    )
    work([make.remote(options.command) for _ in range(count)], Shards(sys.stdin), options)


main()
