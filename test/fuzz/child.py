"""A process that answers a line for each line that it is given, within limits, and is started again once it has died."""

import json
import os
import select
import subprocess
import sys
import time

PAGE = os.sysconf("SC_PAGE_SIZE")
#: Seconds more for the first answer: starting takes a while where other work goes on.
STARTING = 120


class Child:
    """`command` with `seconds` for an answer and `most_bytes` of resident memory; what it says to stderr goes to `log`."""

    def __init__(self, command, log, seconds=10, most_bytes=3 * 2**30):
        self.command, self.log, self.seconds, self.most_bytes = command, log, seconds, most_bytes
        self.process, self.has_answered = None, False

    def send(self, request):
        if self.process is None:
            self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=open(self.log, "wb"))
            self.held = b""
            self.is_fresh = True
        try:
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # the answer will tell

    def answer(self):
        """The answer, or `code` CRASH, HANG or MEMORY where none came."""
        deadline = time.monotonic() + self.seconds + (STARTING if self.is_fresh else 0)
        self.is_fresh = False
        output = self.process.stdout.fileno()
        while b"\n" not in self.held:
            if select.select([output], [], [], 0.1)[0]:
                data = os.read(output, 2**20)
                if not data:
                    return self.lost("CRASH")
                self.held += data
            elif time.monotonic() > deadline:
                return self.lost("HANG")
            elif self.resident() > self.most_bytes:
                return self.lost("MEMORY")
        line, self.held = self.held.split(b"\n", 1)
        self.has_answered = True
        return json.loads(line)

    def resident(self):
        try:
            with open(f"/proc/{self.process.pid}/statm") as file:
                return int(file.read().split()[1]) * PAGE
        except (OSError, IndexError):
            return 0

    def lost(self, code):
        self.process.kill()
        status = self.process.wait()
        self.process = None
        with open(self.log, "rb") as file:
            said = file.read()[-1500:].decode("utf-8", "replace")
        if not self.has_answered:
            sys.exit(f"{' '.join(self.command[:3])} does not start: {said}")
        return {"accepted": False, "code": code, "message": f"exit status {status}; {said}"}

    def close(self):
        if self.process is not None:
            self.process.stdin.close()
            self.process.wait()
            self.process = None
