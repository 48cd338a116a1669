"""Asks a network for its ONVIF devices: WS-Discovery 1.0 (April 2005), sections 4 and 5, as ONVIF Core, 7.3, wants it.

One datagram to the multicast group, and again after a second, since datagrams get lost; devices answer by datagram.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import uuid
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from services.ingest.discovery.xml import BadXml, named, parse, printable, texts

GROUP = ("239.255.255.250", 3702)
AGAIN_S = 1.0
MAX_DEVICES = 1024
MESSAGE = """<?xml version="1.0" encoding="utf-8"?>
<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"
 xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:n="http://www.onvif.org/ver10/network/wsdl"><s:Header>
<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action><a:MessageID>urn:uuid:{id}</a:MessageID>
<a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></s:Header>
<s:Body><d:Probe><d:Types>n:NetworkVideoTransmitter</d:Types></d:Probe></s:Body></s:Envelope>"""


@dataclass(frozen=True)
class Found:
    """A device: who it says that it is, where it answered from, and its device service's URLs there."""

    name: str
    address: str
    endpoint: str
    services: tuple[str, ...]


async def probe(patience_s: float, target: tuple[str, int] = GROUP, interface: str | None = None) -> list[Found]:
    """The devices that answer within patience_s seconds, by address; one that was asked alone is not waited for longer.

    Args:
        target: the multicast group, or one device's address. interface: this machine's address to ask from.

    Raises:
        OSError: the network cannot be asked.
    """
    found: dict[tuple[str, str], Found] = {}
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
    if interface is not None:
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(interface))
    sender.bind((interface or "", 0))
    loop = asyncio.get_running_loop()
    complete = asyncio.Event()
    alone = not ipaddress.ip_address(target[0]).is_multicast
    transport, _ = await loop.create_datagram_endpoint(
        lambda: _Answers(found, complete if alone else None), sock=sender
    )
    message = MESSAGE.format(id=uuid.uuid4()).encode()
    again_s = min(AGAIN_S, patience_s / 2)
    try:
        for pause_s in (again_s, patience_s - again_s):
            transport.sendto(message, target)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await complete.wait()
                break
    finally:
        transport.close()
    return sorted(found.values(), key=lambda one: (ipaddress.ip_address(one.address), one.endpoint))


class _Answers(asyncio.DatagramProtocol):
    def __init__(self, found: dict[tuple[str, str], Found], complete: asyncio.Event | None) -> None:
        self._found, self._complete = found, complete

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        for one in matches(data, addr[0]):
            if len(self._found) < MAX_DEVICES:
                self._found[one.address, one.endpoint] = one
        if self._found and self._complete is not None:
            self._complete.set()


def matches(data: bytes, address: str) -> list[Found]:
    """The devices of an answer that came from `address`; none of what is not one."""
    try:
        root = parse(data)
    except BadXml:
        return []
    return [
        Found(
            _name(" ".join(texts(one, "Scopes"))),
            address,
            next(iter(texts(one, "Address")), ""),
            tuple(url for url in " ".join(texts(one, "XAddrs")).split() if _is_of(url, address)),
        )
        for one in named(root, "ProbeMatch")
    ]


def _name(scopes: str) -> str:
    """What it is called: the scope `onvif://www.onvif.org/name/...`, else its hardware."""
    for kind in ("/name/", "/hardware/"):
        for scope in scopes.split():
            if kind in scope:
                return printable(unquote(scope.split(kind, 1)[1]))
    return ""


def _is_of(url: str, address: str) -> bool:
    """Whether the URL leads to who answered: others are not asked, least of all with a login."""
    try:
        where = urlsplit(url)
        return where.scheme in ("http", "https") and where.hostname == address and where.username is None
    except ValueError:
        return False
