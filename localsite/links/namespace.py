"""A network namespace for a party, joined to this one by a veth pair that keeps the rate of what the party sends.

Needs root and a kernel with veth and tbf (tc-tbf(8)). The namespace is named after this process; ones that a killed
process left behind are removed by the next. Inside, TCP does not pace itself: BBR, where it is the system's default,
would shape these short legs a second time by its own estimate of them.

A token bucket lets through at full speed what it has saved while idle, here BURST_S of the rate or a fiftieth of the
delay. A message after a pause is early by as much; with less, a late timer leaves the link slower than its rate.
"""

from __future__ import annotations

import itertools
import os
import re
import shutil
import subprocess
from pathlib import Path

from localsite.links.errors import LinkError
from localsite.links.link import Link

BURST_S = (100e-6, 250e-6)
LEAST_BURST, MOST_PACKET = 32 << 10, 64 << 10
QUEUE_BYTES = 16 << 20
NUMBERS = itertools.count()
ELSE = "; use --shaper relay, which keeps the rate in the relay instead"


def run(*command: str) -> str:
    """Its output. Raises LinkError with what it said."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LinkError(f"{' '.join(command)}: {(done.stderr or done.stdout).strip()}{ELSE}")
    return done.stdout


def missing() -> str:
    """Why this machine cannot make such a link; empty when it can, tried by making one."""
    for command in ("ip", "tc"):
        if shutil.which(command) is None:
            return f"there is no `{command}` (iproute2)"
    if os.geteuid() != 0:
        return "making network namespaces needs root"
    try:
        Namespace(Link("probe", 1_000_000_000)).close()
    except LinkError as error:
        return str(error).removesuffix(ELSE)
    return ""


class Namespace:
    """Open from the start; ``close`` it. here, there: the addresses of this side and of the namespace's."""

    def __init__(self, link: Link) -> None:
        """Raises LinkError; nothing is left then."""
        remove_orphans()
        number = next(NUMBERS)
        self.name = f"vw{os.getpid():x}-{number}"
        net = (os.getpid() * 8 + number % 8) % (1 << 14)
        self.here, self.there = (f"198.18.{net >> 6}.{(net & 63) * 4 + end}" for end in (1, 2))  # RFC 2544
        self.burst = max(LEAST_BURST, int(link.rate * min(BURST_S[1], max(BURST_S[0], link.one_way_s / 50))))
        try:
            self._make(link.rate, min(MOST_PACKET, self.burst // 2))
        except LinkError:
            self.close()
            raise

    def _make(self, rate: int, packet: int) -> None:
        here, there = f"{self.name}a", f"{self.name}b"
        run("ip", "netns", "add", self.name)
        run("ip", "link", "add", here, "type", "veth", "peer", "name", there, "netns", self.name)
        run("ip", "address", "add", f"{self.here}/30", "dev", here)
        run("ip", "-n", self.name, "address", "add", f"{self.there}/30", "dev", there)
        run("ip", "link", "set", here, "up")
        run("ip", "-n", self.name, "link", "set", there, "gso_max_size", str(packet), "up")
        run("ip", "-n", self.name, "link", "set", "lo", "up")
        shape = ("rate", f"{rate * 8}bit", "burst", str(self.burst), "limit", str(QUEUE_BYTES))
        run("tc", "-n", self.name, "qdisc", "add", "dev", there, "root", "tbf", *shape)
        run(*self.command, "sysctl", "-qw", "net.ipv4.tcp_congestion_control=reno")

    @property
    def command(self) -> tuple[str, ...]:
        """What to put before a command that shall run inside."""
        return ("ip", "netns", "exec", self.name)

    def close(self) -> None:
        """Its veth pair goes with it."""
        subprocess.run(["ip", "netns", "del", self.name], capture_output=True, check=False)


def remove_orphans() -> None:
    """Namespaces of processes that are no more."""
    listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=False).stdout
    for name, pid in re.findall(r"^(vw([0-9a-f]+)-\d+)\b", listed, re.M):
        if not Path(f"/proc/{int(pid, 16)}").exists():
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
