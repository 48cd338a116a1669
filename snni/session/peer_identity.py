"""Whose certificate a peer has shown: its SPIFFE id against those expected, for every suite and either side."""

from __future__ import annotations

import ssl
from typing import cast

from snni.errors import HandshakeError


def spiffe_ids(sock: ssl.SSLSocket) -> list[str]:
    """URI subject alternative names of the peer's verified certificate."""
    certificate = sock.getpeercert() or {}
    names = cast("tuple[tuple[str, str], ...]", certificate.get("subjectAltName", ()))
    return [value for kind, value in names if kind == "URI"]


def is_named(name: str, expected: str) -> bool:
    """Whether a SPIFFE id is the expected one, or begins with an expected prefix, which ends in '/'."""
    return name == expected or (expected.endswith("/") and name.startswith(expected))


def check_peer(sock: ssl.SSLSocket, expected: str) -> str:
    """The peer's SPIFFE id. ``expected``: as ``is_named``.

    Raises:
        HandshakeError: the certificate names somebody else.
    """
    for name in spiffe_ids(sock):
        if is_named(name, expected):
            return name
    raise HandshakeError("identity", f"the peer's certificate does not name {expected}")
