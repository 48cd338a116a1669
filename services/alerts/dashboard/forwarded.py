"""What a browser asked for, behind proxies that end its connection: X-Forwarded-Proto, -Host, -Port and -For, or RFC
7239's Forwarded, of trusted ones.

Only a peer whose address the settings name is believed, and another replica of this service, which shows the key that
whoever leads has given it (leading/forwarding.py); anybody can send these headers. Of several hosts the last
counts, which is the nearest proxy's own. Where several proxies name different schemes, the browser's may be any of
them. The port in Host is what the nearest proxy connects to, unless it says that it is the browser's.
"""

import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

EVERYBODY = "*"
REPLICA_KEY = "veilward-replica"
"""The header in which another replica shows its key."""
PORTS = {"http": 80, "https": 443}
_PAIR = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s;,"]*))')
Network = IPv4Network | IPv6Network


def networks(names: Sequence[str]) -> tuple[Network, ...]:
    """Addresses and networks (CIDR); "*" is every address. Raises ValueError."""
    wide = ("0.0.0.0/0", "::/0")
    return tuple(ip_network(one) for name in names for one in (wide if name == EVERYBODY else (name,)))


@dataclass(frozen=True, slots=True)
class Asked:
    """What the browser's address bar says. name: without port and final dot, lower case, "" when it is none.

    scheme, port: None where a trusted proxy has not said it: they may be any.
    """

    name: str
    scheme: str | None
    port: int | None

    def is_origin(self, origin: str) -> bool:
        """Whether an Origin header names it (RFC 6454)."""
        try:
            parts = urlsplit(origin.lower())
            port = parts.port or PORTS.get(parts.scheme)
        except ValueError:
            return False
        if parts.scheme not in PORTS or not parts.hostname or parts.hostname.removesuffix(".") != self.name:
            return False
        return self.scheme in (None, parts.scheme) and self.port in (None, port)


class Forwarded:
    """Reads requests. trusted: networks of the proxies. secure: whether this process itself speaks TLS.

    replica_key: what other replicas show; "": there are none.
    """

    def __init__(self, trusted: Sequence[Network], secure: bool, replica_key: Callable[[], str] = str) -> None:
        self._replica_key = replica_key
        self._trusted = tuple(trusted)
        self._secure = secure

    def asked(self, scope: Scope, headers: Headers) -> Asked:
        """What the browser asked for."""
        own = "https" if self._secure else "http"
        name, port = _authority(headers.get("host", ""))
        if not self._believes(scope, headers):
            return Asked(name, own, port or PORTS[own])
        port = None
        host = _listed(headers, "x-forwarded-host", "host")
        if host:
            name, port = _authority(host[-1])
        schemes = {one.lower() for one in _listed(headers, "x-forwarded-proto", "proto")} & PORTS.keys()
        scheme = schemes.pop() if len(schemes) == 1 else "https" if self._secure and not schemes else None
        said = _listed(headers, "x-forwarded-port", "")
        if said and said[-1].isdecimal():
            port = int(said[-1])
        return Asked(name, scheme, port)

    def client(self, scope: Scope, headers: Headers) -> str:
        """The address of whoever asked: the peer's, or what a trusted proxy says of its own peer."""
        peer = str((scope.get("client") or ("",))[0])
        said = _listed(headers, "x-forwarded-for", "for") if self._believes(scope, headers) else []
        for one in (said[-1], _authority(said[-1])[0]) if said else ():
            try:
                return str(ip_address(one))
            except ValueError:
                continue
        return peer

    def _believes(self, scope: Scope, headers: Headers) -> bool:
        shown, key = headers.get(REPLICA_KEY, ""), self._replica_key()
        if key and hmac.compare_digest(shown.encode(), key.encode()):
            return True
        try:
            peer = ip_address((scope.get("client") or ("",))[0])
        except ValueError:
            return False
        if isinstance(peer, IPv6Address) and peer.ipv4_mapped is not None:
            peer = peer.ipv4_mapped
        return any(peer in network for network in self._trusted)


def _authority(text: str) -> tuple[str, int | None]:
    try:
        parts = urlsplit(f"//{text}")
        return (parts.hostname or "").removesuffix("."), parts.port
    except ValueError:
        return "", None


def _listed(headers: Headers, name: str, parameter: str) -> list[str]:
    """The values of a header that may be a list; else those of a parameter of Forwarded."""
    values = [one.strip() for one in ",".join(headers.getlist(name)).split(",")]
    found = [one for one in values if one]
    if found or not parameter:
        return found
    pairs = _PAIR.findall(",".join(headers.getlist("forwarded")))
    return [quoted or plain for key, quoted, plain in pairs if key.lower() == parameter and (quoted or plain)]
