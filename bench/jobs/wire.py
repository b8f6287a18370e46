"""A slow line between two hosts: two network interfaces, each of whose frames comes out of the other one later.

    wire.py <interface> <interface> <milliseconds>

For kernels without netem. Writes a line once the interfaces are there, to be moved into their namespaces. SIGUSR1 cuts the line,
SIGUSR2 mends it; what was sent meanwhile is lost.
"""

import collections
import fcntl
import os
import select
import signal
import struct
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TAP, IFF_NO_PI = 0x0002, 0x1000
# Longer than any frame of an interface whose kernel puts segments together.
FRAME = 65536 + 64


def tap(name):
    file = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(file, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TAP | IFF_NO_PI))
    return file


def send(file, frame):
    try:
        os.write(file, frame)
    except OSError:
        pass  # The interface is down, or its queue full: a line loses frames.


def carry(ends, delay, line):
    under_way = collections.deque()
    while True:
        wait = max(0, under_way[0][0] - time.monotonic()) if under_way else None
        for file in select.select(list(ends), [], [], wait)[0]:
            try:
                while True:
                    frame = os.read(file, FRAME)
                    if line["whole"]:
                        under_way.append((time.monotonic() + delay, ends[file], frame))
            except OSError:
                pass  # Nothing more for now.
        while under_way and under_way[0][0] <= time.monotonic():
            _, to, frame = under_way.popleft()
            if line["whole"]:
                send(to, frame)


first, second = tap(sys.argv[1]), tap(sys.argv[2])
line = {"whole": True}
signal.signal(signal.SIGUSR1, lambda *_: line.update(whole=False))
signal.signal(signal.SIGUSR2, lambda *_: line.update(whole=True))
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
print("ready", flush=True)
carry({first: second, second: first}, float(sys.argv[3]) / 1000, line)
