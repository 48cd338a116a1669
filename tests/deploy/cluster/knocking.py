"""Knocks from one end at every port of every other, and what arrived there.

What arrived is counted where it arrives, by nftables in the destination's own namespace: whether anything listens or
answers there does not matter, and nothing waits for an answer that will not come.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.deploy.cluster.fabric import End, Fabric
from tests.deploy.cluster.threads import entered

Port = tuple[str, int]
DOORBELL = """table inet doorbell {
  set rung { type ipv4_addr . inet_proto . inet_service; size 65535; flags dynamic; }
  chain door { type filter hook input priority -300; policy accept;
    meta l4proto { tcp, udp } ct state new add @rung { ip saddr . meta l4proto . th dport }
  }
}
"""
AWAY = "delete table inet doorbell\n"


@dataclass(frozen=True)
class Arrival:
    """source and destination: addresses."""

    source: str
    destination: str
    protocol: str
    port: int


def hang_bells(fabric: Fabric, ends: Iterable[End]) -> None:
    """From now on what arrives is counted."""
    for end in ends:
        fabric.nft(end, DOORBELL)


def take_bells_away(fabric: Fabric, ends: Iterable[End]) -> None:
    for end in ends:
        fabric.nft(end, AWAY)


def knock_everywhere(ends: Sequence[End], ports: Sequence[Port]) -> None:
    """Everybody at everybody else's ports. The kernel hands a packet on at once: when this returns, all were sent.

    One after the other, each in a thread for its network: at once they would hold some 30,000 sockets, more than a
    process may have, unless the first ones end in time.
    """
    for end in ends:
        one = threading.Thread(target=_knock, args=(end, ends, ports))
        one.start()
        one.join()


def _knock(source: End, ends: Sequence[End], ports: Sequence[Port]) -> None:
    with entered(source.path), contextlib.ExitStack() as opened:
        for destination in ends:
            if destination == source:
                continue
            for protocol, port in ports:
                kind = socket.SOCK_STREAM if protocol == "TCP" else socket.SOCK_DGRAM
                one = opened.enter_context(socket.socket(socket.AF_INET, kind))
                one.setblocking(False)
                with contextlib.suppress(OSError):
                    one.connect((destination.address, port))
                    if protocol == "UDP":
                        one.send(b"?")


def rung(fabric: Fabric, ends: Iterable[End]) -> set[Arrival]:
    """What arrived so far."""
    found = set()
    for end in ends:
        told = json.loads(fabric.list_set(end, "doorbell", "rung"))
        for item in (one["set"] for one in told["nftables"] if "set" in one):
            for element in item.get("elem", []):
                source, protocol, port = element["concat"]
                found.add(Arrival(source, end.address, protocol.upper(), port))
    return found
