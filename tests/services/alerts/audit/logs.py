"""Audit logs for tests: real lines of alerts' lives, as bytes, and signed heads of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.alerts.audit.head import Head, signed_head
from services.alerts.audit.line import Place, canonical, line_hash, read, written
from services.alerts.policy.alert import Alert, AlertStatus, Change, Transition

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def raised(number: int, at: datetime | None = None, level: int = 2) -> Transition:
    at = at or START + timedelta(minutes=number)
    alert = Alert(f"alert-{number}", "ward-1/room-1/cam-room-1", level, AlertStatus.RAISED, at, at, at, at, at)
    return Transition(Change.RAISED, alert, at)


def log_of(count: int, level: int = 2) -> list[bytes]:
    """Lines 1 to count, each a minute after the one before it."""
    return [one.raw for one in written([raised(number, level=level) for number in range(1, count + 1)], Place())]


def place_of(lines: list[bytes]) -> Place:
    """Where these lines of a whole log end."""
    return [line.place for line in read(lines, Place())][-1]


def head_of(lines: list[bytes], site: str = "home") -> Head:
    return Head(site, place_of(lines), START + timedelta(minutes=len(lines), seconds=1))


def signed_of(lines: list[bytes], key: Ed25519PrivateKey, site: str = "home") -> bytes:
    return signed_head(head_of(lines, site), key)


def forged(line: bytes, **changes: object) -> bytes:
    """A line with other contents and a hash of its own that is right."""
    body = {name: part for name, part in (json.loads(line) | changes).items() if name != "hash"}
    return canonical(body | {"hash": line_hash(body)}) + b"\n"
