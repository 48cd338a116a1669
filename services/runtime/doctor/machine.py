"""This machine: its clock, its ports, and whether the service itself answers here."""

from __future__ import annotations

import asyncio
import ctypes
import http.client
import json
import socket
from collections.abc import Sequence
from datetime import datetime

from services.runtime.doctor.finding import Finding, fail, ok, warn
from services.runtime.listen import EVERY
from services.runtime.ports import read_port_file
from services.runtime.settings import ServiceSettings

ANSWER_S = 5.0
TIME_ERROR = 5
"""What adjtimex(2) returns while nothing disciplines the clock."""
SKEW_S = 5.0
"""Clocks that differ by less agree; the ward disbelieves a sender's clock at as much (`Rules.max_skew_s`)."""


async def clock_held() -> Sequence[Finding]:
    """Whether something (chrony, systemd-timesyncd, ntpd) keeps this machine's clock right."""
    room = ctypes.create_string_buffer(512)  # struct timex; modes 0: only asks
    state = ctypes.CDLL(None, use_errno=True).adjtimex(room)
    if state == TIME_ERROR or state < 0:
        said = "nothing keeps this machine's clock right" if state > 0 else "the kernel does not say who does"
        return [warn("clock", said, "let chrony or systemd-timesyncd run on the machine")]
    return [ok("clock", "held by a time service")]


def clock_of(about: str, theirs: datetime, before: datetime, after: datetime) -> Finding:
    """theirs: what another machine's clock said between our `before` and `after`."""
    off = max((theirs - after).total_seconds(), (before - theirs).total_seconds(), 0.0)
    if off > SKEW_S:
        way = "before" if theirs > after else "after"
        return fail(about, f"its clock is {off:.1f} s {way} this machine's", "set both by one time service")
    return ok(about, "its clock agrees with this machine's")


async def answers(settings: ServiceSettings) -> Sequence[Finding]:
    """What the service's own health endpoint says, where its port is known."""
    ports = read_port_file(settings.port_file) if settings.port_file is not None else None
    port = settings.health_port or (ports or {}).get("health", 0)
    if not port:
        return [warn("service", "its health port is not known here", "set its health_port; then it can be asked")]
    host = {"0.0.0.0": "127.0.0.1", EVERY: "127.0.0.1"}.get(settings.health_host, settings.health_host)
    try:
        told = await asyncio.to_thread(_ready, host, port)
    except (OSError, http.client.HTTPException, ValueError):
        return [fail("service", f"does not answer at {host}:{port}", "start it, and read the end of its log")]
    missing = [name for part in ("checks", "apart") for name, well in told.get(part, {}).items() if not well]
    if missing:
        return [fail("service", f"runs, and misses: {', '.join(missing)}", "mend what this list says of it below")]
    return [ok("service", "runs and is ready")]


def udp_ports(first: int, last: int, runs: bool) -> Finding:
    """Ports of media: free, or, where the service runs, its own.

    A port that is taken while the service does not run is somebody else's.
    """
    taken = [port for port in range(first, last + 1) if not _free(port)]
    if taken and not runs:
        return fail(
            "media ports",
            f"UDP {', '.join(map(str, taken[:8]))} are taken, and the service does not run",
            "end whatever has them (ss -ulpn), or set other media_ports",
        )
    if len(taken) == last - first + 1:
        return warn("media ports", f"all of UDP {first}-{last} are in use", "set more media_ports than cameras")
    return ok("media ports", f"UDP {first}-{last}: {last - first + 1 - len(taken)} free, {len(taken)} in use")


async def reaches(host: str, port: int) -> bool:
    """Whether something takes connections there."""
    try:
        async with asyncio.timeout(ANSWER_S):
            _, writer = await asyncio.open_connection(host, port)
    except OSError:  # TimeoutError is one
        return False
    writer.close()
    return True


def _ready(host: str, port: int) -> dict[str, dict[str, bool]]:
    asked = http.client.HTTPConnection(host, port, timeout=ANSWER_S)
    try:
        asked.request("GET", "/readyz")
        told: dict[str, dict[str, bool]] = json.loads(asked.getresponse().read())
        return told
    finally:
        asked.close()


def _free(port: int) -> bool:
    family = socket.AF_INET6 if socket.has_dualstack_ipv6() else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as one:
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        try:
            one.bind((EVERY if family == socket.AF_INET6 else "0.0.0.0", port))
        except OSError:
            return False
    return True
