"""Where WebRTC media is received: on which addresses and ports, which others are told of, and by which relay.

aioice binds an ephemeral port of every address and offers no setting for it. `MediaConnection` takes the ports of a
range instead, so that a firewall, a load balancer or a network policy can name them; tells of addresses by which a
translator of addresses passes those same ports on (RFC 8445, 5.1.1, host candidates that nobody could look up here);
and, where it is told of a TURN server (RFC 8656), asks it for an address that it relays from. aiortc makes its
connections itself: `receive_on` puts this one in the place of aioice's, once per process.
"""

from __future__ import annotations

import asyncio
import ipaddress
import secrets
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from aioice import Candidate, ice
from aioice.candidate import candidate_foundation, candidate_priority
from aiortc import RTCIceServer, rtcicetransport

from services.ingest.sources.webrtc.datagrams import Datagrams, has_room
from services.ingest.sources.webrtc.ice import IceServer
from services.runtime.ice import gather_on
from services.runtime.logging import get_logger, log_event

RECEIVE_BUFFER_BYTES = 2 * 1024 * 1024
"""Asked for; the system may give less. A keyframe's packets arrive in one burst."""

_log = get_logger("ingest")


@dataclass(frozen=True)
class MediaOptions:
    """addresses: those of this machine that receive, every one when empty. ports: the first and the last; None: any.

    announced: addresses under which cameras reach the same ports. relay: a TURN server to ask for an address.
    """

    addresses: tuple[str, ...] = ()
    ports: tuple[int, int] | None = None
    announced: tuple[str, ...] = ()
    relay: IceServer | None = None

    def tried(self) -> Iterable[int]:
        """Ports in the order in which to try them: from anywhere in the range, so that what a session left behind on
        its way seldom meets the next one.
        """
        if self.ports is None:
            return (0,)
        first, last = self.ports
        start, count = secrets.randbelow(last - first + 1), last - first + 1
        return (first + (start + step) % count for step in range(count))


class MediaConnection(ice.Connection):
    """One session's ICE, with the host candidates of `media` and, beside them, the relay's."""

    def __init__(self, *arguments: Any, media: MediaOptions, **options: Any) -> None:
        if media.relay is not None:
            one = RTCIceServer(media.relay.url, media.relay.username, media.relay.credential)
            options |= rtcicetransport.connection_kwargs([one])
        super().__init__(*arguments, **options)
        self._media = media
        self._known: tuple[str, int] | None = None
        """Whom `knows` knew last: most of a session's datagrams come from there."""

    async def get_component_candidates(
        self,
        component: int,
        addresses: list[str],
        timeout: int = 5,  # noqa: ASYNC109 - aioice calls it so
    ) -> list[Candidate]:
        """Host candidates, then what aioice asks the TURN server for."""
        hosts = [one for address in addresses for one in await self._receive(component, address)]
        return hosts + list(await super().get_component_candidates(component, [], timeout))

    def knows(self, address: tuple[str, int]) -> bool:
        """Whether the peer may be there: it told of it, or proved it by a check, which may wait to be looked at."""
        if address != self._known:
            told = any((one.host, one.port) == address for one in self._remote_candidates)
            if not told and not any(early[1] == address for early in self._early_checks):
                return False
            self._known = address
        return True

    def data_received(self, data: bytes, component: int) -> None:
        """What is no STUN, by whatever way; called by aioice."""
        if has_room(self._queue.qsize(), data):
            super().data_received(data, component)

    async def _receive(self, component: int, address: str) -> list[Candidate]:
        for port in self._media.tried():
            try:
                transport, protocol = await asyncio.get_running_loop().create_datagram_endpoint(
                    lambda: Datagrams(self), local_addr=(address, port)
                )
            except OSError:
                continue
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
            bound = transport.get_extra_info("sockname")
            protocol.local_candidate = _host(component, bound[0], bound[1])
            self._protocols.append(protocol)
            return [protocol.local_candidate, *self._announced(component, *bound[:2])]
        log_event(_log, "no_media_port", address=address)
        return []

    def _announced(self, component: int, address: str, port: int) -> list[Candidate]:
        family = ipaddress.ip_address(address).version
        told = [one for one in self._media.announced if ipaddress.ip_address(one).version == family and one != address]
        return [_host(component, one, port) for one in told]


def receive_on(media: MediaOptions) -> None:
    """Make every later connection of this process receive as `media` says. Raises ValueError for what is no IP."""
    for address in media.announced:
        ipaddress.ip_address(address)
    gather_on(media.addresses)
    rtcicetransport.Connection = partial(MediaConnection, media=media)


def _host(component: int, address: str, port: int) -> Candidate:
    return Candidate(
        foundation=candidate_foundation("host", "udp", address),
        component=component,
        transport="udp",
        priority=candidate_priority(component, "host"),
        host=address,
        port=port,
        type="host",
    )
