"""Does the shards whose numbers come on stdin on a Ray cluster, and writes one JSON line for what became of each.

Each actor keeps one worker process (`nearlabel jobs work --stdin`), which loads the model once. Ray places actors, starts them
again elsewhere when they or their nodes are lost, and has the dashboard; what a shard is and when it is done is decided by the
worker. A shard whose worker was lost goes to whichever actor is free. `nearlabel jobs run --ray` starts this.
"""

import argparse
import collections
import json
import os
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import Future

parser = argparse.ArgumentParser()
parser.add_argument("--requirement", required=True)
parser.add_argument("--address", default="auto")
parser.add_argument("--workers", type=int, default=0)
parser.add_argument("--cpus", type=float, default=1)
parser.add_argument("--gpus", type=float, default=0)
parser.add_argument("--max-in-flight", type=int, default=2)
parser.add_argument("--tries", type=int, default=3)
parser.add_argument("command", nargs="+")
options = parser.parse_args()


def tell(line):
    print(json.dumps(line), flush=True)


def unless_soon(seconds, notice):
    """Tells it then, unless what this gives is cancelled before."""
    timer = threading.Timer(seconds, tell, [{"notice": notice}])
    timer.daemon = True
    timer.start()
    return timer


def give_up(reason):
    tell({"error": reason})
    sys.exit(2)


install = f"pip install '{options.requirement}'"
try:
    import ray
except ImportError as error:
    give_up(f"Ray is not installed for {sys.executable} ({error}). Install it: {install}")
wanted = options.requirement.split("==")[1]
if ray.__version__ != wanted:
    give_up(
        f"Ray {ray.__version__} is installed for {sys.executable}, and this release of nearlabel is for Ray {wanted}, here and "
        f"on all nodes. Install that: {install}, or name another Python with --python."
    )


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

    def ready(self):
        return True

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
        self.again = []
        self.tried = collections.Counter()
        self.is_over = False

    def next(self, actor, is_alone):
        """One for this actor; of those that came back none that it lost itself, unless all others are unwell too."""
        for at, (shard, loser) in enumerate(self.again):
            if is_alone or loser is not actor:
                del self.again[at]
                return shard
        if self.is_over:
            return None
        line = self.lines.readline().strip()
        self.is_over = not line
        return int(line) if line else None

    def put_back(self, shard, loser):
        """False where it was tried often enough."""
        self.tried[shard] += 1
        if self.tried[shard] >= options.tries:
            return False
        self.again.append((shard, loser))
        return True

    def are_left(self):
        return bool(self.again) or not self.is_over


class Crew:
    """The actors, each as often as it may have shards at a time.

    It is asked whether it is there before it has its first shard, as it may wait for a place in the cluster for ever. One that was
    lost rests, longer each time, and is asked again: otherwise it would take shard after shard from those that are well, as it fails
    sooner than they are done.
    """

    LONGEST_REST = 60
    NONE_YET = "No worker has found a place in the cluster yet. Each asks for {:g} CPUs and {:g} GPUs."

    def __init__(self, actors):
        self.free = collections.deque()
        self.resting = [(0, actor) for _ in range(options.max_in_flight) for actor in actors]
        self.starting = unless_soon(60, self.NONE_YET.format(options.cpus, options.gpus))
        # Since it last did a shard.
        self.losses = {actor: 0 for actor in actors}
        # There, and not lost since.
        self.well = set()
        self.has_done = False

    def rested(self):
        now = time.monotonic()
        rested = [actor for until, actor in self.resting if until <= now]
        self.resting = [(until, actor) for until, actor in self.resting if until > now]
        return rested

    def is_there(self, actor):
        self.starting.cancel()
        self.free.append(actor)
        if self.losses[actor] == 0:
            self.well.add(actor)

    def is_alone(self, actor):
        return not self.well - {actor}

    def did(self, actor):
        self.losses[actor] = 0
        self.has_done = True
        self.well.add(actor)
        self.free.append(actor)

    def lost(self, actor, reason):
        self.well.discard(actor)
        self.losses[actor] += 1
        # More than what one shard that ends every worker costs each.
        if not self.has_done and min(self.losses.values()) > options.tries * options.max_in_flight:
            give_up(f"No worker gets as far as a first shard. {reason}")
        rest = min(self.LONGEST_REST, 2 ** self.losses[actor])
        self.resting.append((time.monotonic() + rest, actor))


def work(crew, shards):
    running = {}
    while shards.are_left() or any(shard is not None for _, shard in running.values()):
        for actor in crew.rested():
            running[actor.ready.remote()] = (actor, None)
        for _ in range(len(crew.free)):
            actor = crew.free.popleft()
            shard = shards.next(actor, crew.is_alone(actor))
            if shard is None:
                crew.free.append(actor)
            else:
                running[actor.run.remote(shard)] = (actor, shard)
        for reference in finished(running):
            actor, shard = running.pop(reference)
            settle(reference, actor, shard, crew, shards)


def settle(reference, actor, shard, crew, shards):
    try:
        outcome = ray.get(reference)
    except ray.exceptions.RayError as error:
        cause = getattr(error, "cause", None) or error
        if isinstance(cause, WorkerLost) and getattr(cause, "code", None) == 2:
            # Wrong plan, model or options: so it would be with every shard.
            give_up(str(cause))
        message = str(cause).strip().split("\n")[0]
        crew.lost(actor, message)
        failure = {"code": "WORKER_LOST", "message": message}
        outcome = {"shard": shard, "state": "retry", "rows": 0, "failed": 0, "seconds": 0, "error": failure}
    else:
        if shard is None:
            crew.is_there(actor)
        else:
            crew.did(actor)
    if shard is None:
        return
    if outcome["state"] == "retry" and shards.put_back(shard, actor):
        tell({"notice": f"Shard {shard} again: {outcome['error']['message']}"})
    else:
        tell(outcome)


def finished(running):
    """At most one of what runs. Looks up each second, for those who have rested."""
    if not running:
        time.sleep(1)
        return []
    return ray.wait(list(running), num_returns=1, timeout=1)[0]


def connected():
    quiet = {"log_to_driver": False, "configure_logging": False}
    address = known_address() if options.address == "auto" else options.address
    if address is None:
        return ray.init(**quiet)
    look_for(address)
    late = threading.Timer(CONNECT_SECONDS, answers_not, [address])
    late.daemon = True
    late.start()
    try:
        return ray.init(address=address, **quiet)
    finally:
        late.cancel()


# What listens may be no cluster, or one whose head is gone: Ray asks for minutes, and says nothing.
CONNECT_SECONDS = 90


def answers_not(address):
    tell({"error": f"No Ray cluster at {address}: something listens there, and gave no answer in {CONNECT_SECONDS} s. {hint()}."})
    os._exit(2)


def known_address():
    """The cluster that Ray means by auto: RAY_ADDRESS, else one that runs here, else the last that was started or joined here."""
    from ray._private.services import canonicalize_bootstrap_address

    named = os.environ.get("RAY_ADDRESS", "")
    if "://" in named:
        return named
    try:
        return canonicalize_bootstrap_address("auto")
    except ConnectionError:
        return None


def look_for(address):
    """Raises where nothing listens: Ray itself asks for minutes, and says nothing."""
    host, _, port = address.split("://")[-1].rpartition(":")
    if not host or not port.isdigit():
        raise ValueError("expected auto, host:port or ray://host:port")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=10).close()
    except OSError as error:
        raise OSError(f"nothing answers at {address} ({error})") from None


def hint():
    if options.address != "auto":
        return "Check the address, and that RAY_AUTH_TOKEN or ~/.ray/auth_token is the cluster's"
    if os.environ.get("RAY_ADDRESS"):
        return "RAY_ADDRESS names it: check or unset that"
    return "Ray remembers it from when it was started or joined here: ray stop forgets it, and --ray host:port names another"


def room():
    """How many workers the cluster has room for."""
    total = ray.cluster_resources()
    asked = {"CPU": options.cpus, "GPU": options.gpus}
    workers = int(min(total.get(name, 0) / number for name, number in asked.items() if number))
    if workers == 0:
        give_up(
            f"The cluster has {total.get('CPU', 0):g} CPUs and {total.get('GPU', 0):g} GPUs, and a worker asks for "
            f"{options.cpus:g} and {options.gpus:g}. Ask for less, or say with --workers how many the cluster grows to."
        )
    return workers


def main():
    slow = unless_soon(15, f"Ray ({options.address}) is not ready yet.")
    try:
        context = connected()
    except (OSError, RuntimeError, ValueError) as error:
        give_up(f"No Ray cluster at {options.address}: {' '.join(str(error).split())[:500]}. {hint()}.")
    slow.cancel()
    count = options.workers or room()
    tell({"dashboard": context.dashboard_url or "", "version": ray.__version__, "workers": count})
    make = Worker.options(
        num_cpus=options.cpus, num_gpus=options.gpus, max_concurrency=options.max_in_flight, scheduling_strategy="SPREAD"
    )
    work(Crew([make.remote(options.command) for _ in range(count)]), Shards(sys.stdin))


main()
